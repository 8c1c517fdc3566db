"""The texts of the tokenizer golden files: deterministic, and chosen to sit where tokenizers go wrong."""

import random
import unicodedata

SEED = 20240607

# Code points beyond Python 3.11's Unicode 14 are left out: the references are built on different Unicode versions.
NEWEST_UNICODE = "14.0.0"
assert unicodedata.unidata_version >= NEWEST_UNICODE

WORD_MARK = "\u2581"  # stands for a blank in SPM vocabularies; has tests of its own

WORDS = """\
the of and to in is was for on that by this with you it not or be are from at as your all have new more an we can us
if my has but our one other do no information time they site he up may what which their news out use any there see
only so his when contact here business who web also now help get view online first am been would how were services
some these click its like service than find price date back top people had list name just over state year day into
email two health world next used go work last most music buy data make them should product system post her city add
policy number such please available copyright support message after best software then good video well where info
rights public books high school through each links she review years order very privacy book items company read group
need many user said does set under general research university tokenizer antidisestablishmentarianism hippopotamus
internationalization Schadenfreude na\u00efve caf\u00e9 r\u00e9sum\u00e9 co\u00f6perate fa\u00e7ade""".split()

CONTRACTIONS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'T", "'RE", "'Re", "'vE", "'M", "'LL", "'lL", "'D",
                "\u2019s", "\u2019t", "'x", "'", "''", "'l", "'r", "'v", "'\u017f", "`s"]

CODE = [
    "def f(x, *args, **kw):\n    return [y**2 for y in range(x) if y % 2 == 0]\n",
    "#include <stdio.h>\nint main(void) {\n\tprintf(\"%d\\n\", 0x1F & ~3);\n\treturn 0;\n}\n",
    "for (size_t i = 0; i < n; ++i) { sum += a[i] * b[i]; }  // dot product\r\n",
    "SELECT u.name, COUNT(*) AS n FROM users u LEFT JOIN orders o ON o.uid=u.id GROUP BY 1 HAVING n>=10;",
    "{\"tool\": \"timer.set\", \"arguments\": {\"minutes\": 10, \"label\": \"tea\"}, \"x\": [1.5e-3, null]}",
    "<div class=\"a b\"><a href='https://example.org/?q=1&r=%20x#top'>link</a><br/></div><!-- c -->",
    "<table><tr><td>1</td><td>2</td></tr></table><h1>T</h1><ul><li>x</li></ul><code>y</code>",
    "$ find . -name '*.cc' | xargs grep -n \"main\" > /dev/null 2>&1 && echo ok || exit 1\n",
    "| a | b |\n|---|:-:|\n| 1 | **2** |\n\n```py\nprint('hi')\n```\n\n- [x] done\n- [ ] open\n",
    "lambda: (yield); a->b; x::y<T>; ...; !=; <<=; >>>; ===; ??=; ?.; @decorator; #!/bin/sh",
    "\\frac{a}{b} = \\sum_{i=0}^{n} x_i^2 \\quad \\text{where } n \\in \\mathbb{N}",
    "fn main() -> Result<(), Box<dyn Error>> { let v: Vec<u8> = vec![0; 16]; Ok(()) }",
    "import numpy as np\n\n\nclass A(object):\n        def __init__(self):\n                self.x_1 = {}\n",
    "MOV EAX, [EBX+4*ECX]\n\t\tJNZ\t.L1 ; loop\n\n\n\n",
    "key=value;other=\"v 2\"\tthird='3'\n[section]\nname = 1_000_000\n",
]

EMOJI = ["\U0001F600", "\U0001F44D\U0001F3FD", "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466",
         "\u2764\uFE0F",
         "\U0001F1EB\U0001F1F7", "\U0001F1FA\U0001F1F8\U0001F1E9\U0001F1EA", "1\uFE0F\u20E3",
         "\U0001F3F3\uFE0F\u200D\U0001F308",
         "\U0001F9D1\U0001F3FF\u200D\U0001F4BB",
         "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",
         "\u2600", "\u263A\uFE0E", "\U0001F973\U0001F973"]

SCRIPTS = {
    "han": [(0x4E00, 0x9FFF), (0x3400, 0x34FF), (0x20000, 0x200FF), (0xF900, 0xF9FF), (0x3000, 0x303F)],
    "kana": [(0x3041, 0x3096), (0x30A1, 0x30FA), (0xFF61, 0xFF9F)],
    "hangul": [(0xAC00, 0xD7A3), (0x1100, 0x11FF)],
    "arabic": [(0x0620, 0x065F), (0x0660, 0x0669), (0xFE80, 0xFEFC), (0x060C, 0x061F)],
    "hebrew": [(0x05B0, 0x05C7), (0x05D0, 0x05EA)],
    "thai": [(0x0E01, 0x0E3A), (0x0E40, 0x0E5B)],
    "devanagari": [(0x0900, 0x097F)],
    "greek_cyrillic": [(0x0391, 0x03C9), (0x0410, 0x045F), (0x1F00, 0x1FFE)],
    "latin_extended": [(0x00C0, 0x024F), (0x1E00, 0x1EFF), (0xFF21, 0xFF5A)],
    "symbols": [(0x2010, 0x206F), (0x20A0, 0x20BF), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2500, 0x2580),
                (0x25A0, 0x25FF)],
    "numbers": [(0x0030, 0x0039), (0x00B2, 0x00B9), (0x2150, 0x218B), (0x2460, 0x249B), (0x0966, 0x096F),
                (0x1D7CE, 0x1D7FF)],
}

MARKS = ("\u0300\u0301\u0302\u0303\u0308\u030A\u0323\u0327\u0331\u0338\u20D0\u0483\u0E34\u0E48\u093E\u094D\u05B8\u0650"
         "\u0BCD\u302A")
BLANKS = [" ", " ", " ", "  ", "\t", "\n", "\r\n", "\r", "\n\n", "\u00A0", "\u2003", "\u3000", "\u0085", "\x0b",
          "\x0c", "\u2028", "\u200B",
          "\uFEFF", "   ", "\t\t", " \n", "\n ", "\u1680", "\u202F"]


def _assigned(code_point):
    category = unicodedata.category(chr(code_point))
    return category not in ("Cn", "Cs", "Co", "Cc") and chr(code_point) != WORD_MARK


ALL_CHARACTERS = [chr(c) for c in range(0x20, 0x110000) if _assigned(c)]


class Texts:
    """Draws texts of one kind at a time from a seeded generator."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def of_script(self, name, count):
        low, high = self.random.choice(SCRIPTS[name])
        drawn = (self.random.randint(low, high) for _ in range(count))
        return "".join(chr(c) for c in drawn if _assigned(c))

    def words(self):
        r = self.random
        case = r.choice([str, str.upper, str.title, str])
        return "".join(case(r.choice(WORDS)) + r.choice([" ", " ", " ", ", ", ". ", "-", "/", "! ", "  ", "\n"])
                       for _ in range(r.randint(1, 14)))

    def contractions(self):
        r = self.random
        return "".join(r.choice(["I", "we", "THEY", "you", "it", " ", "can", "5", "\u00e9"]) + r.choice(CONTRACTIONS) +
                       r.choice(["", " ", "x", "1", "."]) for _ in range(r.randint(1, 8)))

    def numbers(self):
        r = self.random
        makers = [lambda: str(r.randint(0, 10 ** r.randint(1, 20))), lambda: f"{r.random() * 1000:.{r.randint(0, 8)}f}",
                  lambda: f"{r.randint(0, 10**9):,}", lambda: hex(r.randint(0, 2**40)),
                  lambda: f"{r.randint(1900, 2100)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}T08:15",
                  lambda: f"v{r.randint(0, 20)}.{r.randint(0, 99)}", lambda: self.of_script("numbers", r.randint(1, 6)),
                  lambda: f"{r.randint(1, 9999)}km", lambda: f"+{r.randint(1, 99)} {r.randint(10**6, 10**9)}"]
        return r.choice(["", " "]).join(r.choice(makers)() + r.choice(["", " ", "  ", "\n", "%", "x"])
                                        for _ in range(r.randint(1, 6)))

    def white_space(self):
        r = self.random
        parts = []
        for _ in range(r.randint(1, 8)):
            parts.append(r.choice(BLANKS) * r.choice([1, 1, 2, 3, r.randint(4, 40)]))
            parts.append(r.choice(["", "a", "word", "1", "12", ".", "}", "'s", "\u4e2d", "\U0001F600", "\n"]))
        return "".join(parts)

    def code(self):
        r = self.random
        line = r.choice(CODE)
        begin = r.randint(0, len(line) // 2)
        indent = r.choice(["", "    ", "\t", "        ", "  "])
        return indent + line[begin:begin + r.randint(8, 120)] + r.choice(["", "\n" + indent, r.choice(CODE)[:40]])

    def emoji(self):
        r = self.random
        return "".join(r.choice(EMOJI) * r.choice([1, 1, 2]) + r.choice(["", " ", "hi", "\uFE0F", "\u200D", "!", "3"])
                       for _ in range(r.randint(1, 6)))

    def marks(self):
        r = self.random
        bases = "aeiouAnCs \u05d0\u0915\u4e2d1'"
        return "".join(r.choice(bases) + "".join(r.choice(MARKS) for _ in range(r.randint(0, 4)))
                       for _ in range(r.randint(1, 12)))

    def scripts(self):
        r = self.random
        names = sorted(SCRIPTS)
        return "".join(self.of_script(r.choice(names), r.randint(1, 10)) + r.choice(["", " ", "\n", ". ", "a", "1"])
                       for _ in range(r.randint(1, 5)))

    def any_characters(self):
        r = self.random
        return "".join(r.choice(ALL_CHARACTERS) + r.choice(["", "", " ", "a", "9"]) for _ in range(r.randint(1, 12)))

    def repeats(self):
        r = self.random
        return r.choice(["a", "A", "0", " ", "\n", "\t", "=", "-", "ha", "\u4e2d", "\u00e9", "\U0001F600", "\u0301",
                         ". ", "'s", "ab1"]) * r.randint(2, 70)

    def mixed(self):
        r = self.random
        kinds = [self.words, self.contractions, self.numbers, self.white_space, self.code, self.emoji, self.marks,
                 self.scripts]
        return "".join(r.choice(kinds)()[:30] for _ in range(r.randint(2, 5)))

    def controls(self, tokens):
        """Control tokens of the vocabulary, whole, cut and glued to text."""
        r = self.random
        parts = []
        for _ in range(r.randint(1, 6)):
            token = r.choice(tokens)
            parts.append(r.choice([token, token, token, token[:-1], token[1:], token.upper(), token + token[:3],
            " " + token]))
            parts.append(r.choice(["", " ", "user", "\n", "Hi 12 ", "'s", "\u00e9", "  "]))
        return "".join(parts)

    def broken_utf8(self):
        """Bytes: text with stray, cut and overlong sequences inside."""
        r = self.random
        broken = [b"\x80", b"\xbf\xbf", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xe0\x80\x80",
        b"\xc0\xaf", b"\xff",
                  b"\xfe\xff", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xc3\x28"]
        text = b""
        for _ in range(r.randint(1, 6)):
            text += r.choice([self.words, self.numbers, self.emoji, self.white_space])()[:r.randint(0, 12)].encode()
            text += r.choice(broken)
        return text + r.choice(["", " the end", "\n", "s"]).encode()


HAND_WRITTEN = [
    "", " ", "  ", "\n", "\n\n", "\t", "\r\n", "a", " a", "a ", "  a", "a  b", "a   b", "a\nb", "a\n b", "a \n b",
    "a\n\n\nb", "\n a", " \n",
    " \n\n a", "\t\ta", " \t a", "a\t", "Hello, world!", "Hello World", "HELLO world", "don't", "DON'T",
    "we'll I'd they've", "'s", " 's",
    "it''s", "'", "1", "12", "123", "1234", "12345", "1234567890", " 1", "  1", "a1", "1a", "1.5", "-1", "3,14",
    "a1b2c3", "0x7f",
    "\u00bd\u00b2", "\u0663\u0664", "x\u00b2+y\u00b2", "...", "!?", "a.b", "a . b", "--", "---\n", ")\n", ");\n\n",
    "!\r\n", " !\n a", "(a)", " (a",
    "\u00e9", "e\u0301", "\u00c5ngstr\u00f6m", "A\u030angstro\u0308m", "\ufb01nancial", "\u0130stanbul",
    "STRASSE stra\u00dfe", "\u01c5",
    "\u4e2d\u6587\u5b57", "\u4f60\u597d\uff0c\u4e16\u754c\uff01", "\u3053\u3093\u306b\u3061\u306f",
    "\uc548\ub155\ud558\uc138\uc694",
    "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd",
    "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\u0928\u092e\u0938\u094d\u0924\u0947", "\U0001F600\U0001F600", "\u00a0a", "a\u00a0b", "\u3000a", "\u2028a",
    "a\u200bb", "\ufeffa",
    "a\u0000b", "\u0000", "\u001b[31mred\u001b[0m", "\ufffd", "a\ufffdb", "\u007f", "\u0085x", "a\x0bb\x0c", "##ing",
    "[unused1]", "\u1e9b\u0323",
    "x" * 99, "x" * 100, "x" * 101, "ab" * 60, "supercalifragilisticexpialidocious",
    "a" * 500, " " * 300, "\n" * 100, "\t" * 70 + "x",
]


def golden_texts(control_tokens):
    """(text or bytes, parse control tokens) pairs: 1,160 of them, the same for the same control tokens."""
    texts = Texts(SEED)
    cases = [(text, False) for text in HAND_WRITTEN]
    kinds = [(texts.words, 90), (texts.contractions, 80), (texts.numbers, 100), (texts.white_space, 120),
             (texts.code, 100), (texts.emoji, 60),
             (texts.marks, 60), (texts.scripts, 120), (texts.any_characters, 100), (texts.repeats, 50),
             (texts.mixed, 60)]
    for draw, count in kinds:
        cases += [(draw(), False) for _ in range(count)]
    cases += [(texts.controls(control_tokens), False) for _ in range(40)]
    cases += [(texts.controls(control_tokens), True) for _ in range(40)]
    cases += [(texts.broken_utf8(), False) for _ in range(50)]
    return cases
