#!/usr/bin/env python3
"""Writes the golden files of the tokenizer tests: texts with the ids that independent tokenizers give them.

    python make_golden.py MODELS       # needs: pip install gguf tokenizers llama-cpp-python regex

MODELS holds SmolLM2-135M-Instruct.Q4_1.gguf, gemma-3-270m-Q4_K_M.gguf and minilm/tokenizer.json.
Run make_vocabularies.py first. The references, all of which must agree before a line is written:
    byte-level BPE  llama.cpp and Hugging Face tokenizers. On broken UTF-8, where llama.cpp puts U+FFFD and loses bytes:
                    the pieces of the `regex` module (a bad byte is neither letter, number nor blank), each through the
                    BPE model of tokenizers
    SPM             llama.cpp; bytes that are not UTF-8, and a U+2581 in the text, become byte tokens, and llama.cpp
                    tokenizes what lies between them
    WordPiece       Hugging Face tokenizers; characters are left out where its Unicode tables are older than version 14
Each line: {"text": ...}, or {"hex": ...} for bytes that are not UTF-8; "parse": true where control tokens are
recognised; "ids".
"""

import json
import re
import sys
import tempfile
import unicodedata
from pathlib import Path

import gguf
import llama_cpp
import regex
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers

from make_vocabularies import PATTERNS, byte_splitter, write_llama2
from strings import WORD_MARK, golden_texts

HERE = Path(__file__).parent
CONTROL, USER_DEFINED = gguf.TokenType.CONTROL, gguf.TokenType.USER_DEFINED
WORD_MARK_TEXTS = [WORD_MARK, WORD_MARK * 2, f"a{WORD_MARK}b", f" {WORD_MARK} x", "\u2582\u2581\u2583\u2581"]


class Vocabulary:
    """What the references need of a GGUF file, and llama.cpp on it."""

    def __init__(self, path):
        fields = gguf.GGUFReader(path).fields
        self.entries = fields["tokenizer.ggml.tokens"].contents()
        self.types = fields["tokenizer.ggml.token_type"].contents()
        self.merges = fields["tokenizer.ggml.merges"].contents() if "tokenizer.ggml.merges" in fields else []
        self.ids = {entry: index for index, entry in enumerate(self.entries)}
        self.llama = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)

    def of_type(self, token_type):
        return [entry for entry, found in zip(self.entries, self.types) if found == token_type]

    def llama_ids(self, text, parse):
        return self.llama.tokenize(text.encode(), add_bos=False, special=parse)


def is_utf8(data):
    try:
        data.decode()
        return True
    except UnicodeDecodeError:
        return False


class ByteLevelReference:
    def __init__(self, path, pre):
        self.vocabulary = Vocabulary(path)
        self.pre = pre
        merges = [tuple(merge.split(" ")) for merge in self.vocabulary.merges]
        self.model = models.BPE(self.vocabulary.ids, merges, ignore_merges=pre == "llama-bpe")
        self.tokenizer = Tokenizer(self.model)
        self.tokenizer.pre_tokenizer = self.splitter()
        self.tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in self.vocabulary.of_type(CONTROL)])
        self.tokenizer.add_tokens([AddedToken(t, normalized=False) for t in self.vocabulary.of_type(USER_DEFINED)])

    def splitter(self):
        if self.pre == "smollm":
            return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
        return byte_splitter(self.pre)

    def ids(self, data, parse):
        if not is_utf8(data):
            return self.ids_of_broken(data)
        text = data.decode()
        self.tokenizer.encode_special_tokens = not parse
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids
        assert ids == self.vocabulary.llama_ids(text, parse), f"the references differ on {text!r}"
        return ids

    def ids_of_broken(self, data):
        spelling = bytes_to_printable()
        without_token = "|".join(re.escape(c) for c in spelling if c not in self.vocabulary.ids) or "(?!)"
        ids = []
        for piece in regex_pieces(self.pre, data.decode(errors="surrogateescape")):
            spelt = "".join(spelling[byte] for byte in piece.encode(errors="surrogateescape"))
            # The model would join across a byte that it does not know; llama.cpp and we do not.
            for known in re.split(without_token, spelt):
                ids += [token.id for token in self.model.tokenize(known)] if known else []
        return ids


def regex_pieces(pre, text):
    if pre != "smollm":
        return regex.findall(PATTERNS[pre], text)
    fragments = regex.findall(r"\p{N}|[^\p{N}]+", text)
    return [piece for fragment in fragments for piece in regex.findall(PATTERNS["gpt-2"], fragment)]


def bytes_to_printable():
    """GPT-2's spelling of bytes: printable Latin-1 as itself, the others as U+0100 and on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) if byte in printable else chr(0x100 + others.index(byte)) for byte in range(256)]


class SpmReference:
    """unprefixed_path: the same vocabulary without a blank before every text, where `path` has one."""

    def __init__(self, path, unprefixed_path=None):
        self.vocabulary = Vocabulary(path)
        self.add_blank = unprefixed_path is not None
        self.unprefixed = Vocabulary(unprefixed_path) if self.add_blank else self.vocabulary

    def ids(self, data, parse):
        parts = re.split(b"(" + WORD_MARK.encode() + b")", data)
        if is_utf8(data) and len(parts) == 1:
            return self.vocabulary.llama_ids(data.decode(), parse)
        ids = []
        for part in parts:
            for run, is_text in valid_runs(part) if part != WORD_MARK.encode() else [(part, False)]:
                ids += self.text_ids(run, first=not ids) if is_text else self.byte_ids(run, first=not ids)
        return ids

    def text_ids(self, text, first):
        return (self.vocabulary if first else self.unprefixed).llama_ids(text.decode(), parse=False)

    def byte_ids(self, data, first):
        blank = [self.vocabulary.ids[WORD_MARK]] if first and self.add_blank else []
        return blank + [self.vocabulary.ids[f"<0x{byte:02X}>"] for byte in data]


def valid_runs(data):
    """(bytes, whether they are UTF-8): runs of well-formed text, and single bytes that are not."""
    text = data.decode(errors="surrogateescape")
    for run in re.findall("[\udc80-\udcff]|[^\udc80-\udcff]+", text):
        yield run.encode(errors="surrogateescape"), not "\udc80" <= run <= "\udcff"


class WordPieceReference:
    def __init__(self, path):
        self.tokenizer = Tokenizer.from_file(str(path))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def knows(self, character):
        """Whether the reference, built on an older Unicode, treats a character as Unicode 14 would have it."""
        category = unicodedata.category(character)
        if character.isascii() or category[0] not in "MPSC":
            return True
        normal = self.tokenizer.normalizer.normalize_str(f"1{character}2")
        pieces = self.tokenizer.pre_tokenizer.pre_tokenize_str(normal)
        return (normal == "12", len(pieces) == 3) == (category in ("Mn", "Cf", "Cc", "Co"), category[0] == "P")

    def ids(self, data, parse):
        self.tokenizer.encode_special_tokens = not parse
        return self.tokenizer.encode(data.decode(errors="replace"), add_special_tokens=False).ids


def write_golden(name, reference, control_tokens, more_texts=(), keep=lambda character: True):
    lines = []
    for text, parse in [*golden_texts(control_tokens), *((text, False) for text in more_texts)]:
        if isinstance(text, str):
            text = "".join(filter(keep, text))
        data = text if isinstance(text, bytes) else text.encode()
        line = {"text": data.decode()} if is_utf8(data) else {"hex": data.hex()}
        if parse:
            line["parse"] = True
        line["ids"] = reference.ids(data, parse)
        lines.append(json.dumps(line, separators=(",", ":")))
    (HERE / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    print(f"{name}: {len(lines)} texts")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    model_folder = Path(sys.argv[1])
    smollm = ByteLevelReference(model_folder / "SmolLM2-135M-Instruct.Q4_1.gguf", "smollm")
    write_golden("smollm", smollm, smollm.vocabulary.of_type(CONTROL))
    for pre in PATTERNS:
        reference = ByteLevelReference(HERE / f"{pre}.gguf", pre)
        special = reference.vocabulary.of_type(CONTROL) + reference.vocabulary.of_type(USER_DEFINED)
        write_golden(pre, reference, special)
    gemma = SpmReference(model_folder / "gemma-3-270m-Q4_K_M.gguf")
    gemma_special = ["<bos>", "<eos>", "<pad>", "<start_of_turn>", "<end_of_turn>", "<unused7>", "<start_of_image>",
                     "<h1>", "</td>"]
    write_golden("gemma", gemma, gemma_special, WORD_MARK_TEXTS)
    with tempfile.TemporaryDirectory() as folder:
        unprefixed = Path(folder) / "llama-2-unprefixed.gguf"
        write_llama2(unprefixed, add_blank=False)
        llama2 = SpmReference(HERE / "llama-2.gguf", unprefixed)
    llama2_special = llama2.vocabulary.of_type(CONTROL) + llama2.vocabulary.of_type(USER_DEFINED)
    write_golden("llama-2", llama2, llama2_special, WORD_MARK_TEXTS)
    wordpiece = WordPieceReference(model_folder / "minilm" / "tokenizer.json")
    wordpiece_special = ["[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]"]
    write_golden("wordpiece", wordpiece, wordpiece_special, WORD_MARK_TEXTS, wordpiece.knows)


if __name__ == "__main__":
    main()
