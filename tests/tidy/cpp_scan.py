"""A small scanner of C++ text for tidy: blanks comments and literals, finds functions and namespace-scope statements.

It is no parser. It relies on what this project's style guarantees (clang-format, no macros that open scopes) and on
braces and parentheses that balance once comments, literals and preprocessor lines are blanked.

    text = blank_literals(blank_comments(source))
    scan = scan_scopes(text)
    for function in scan.functions: print(function.name, function.lines)
"""

import re
from dataclasses import dataclass, field

COMMENT_OR_LITERAL = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<raw>R"(?P<delimiter>[^()\s\\]{0,16})\(.*?\)(?P=delimiter)")
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<char>(?<![0-9])'(?:\\[^\n]{1,9}?|[^'\\\n])')""",
    re.VERBOSE | re.DOTALL)
PREPROCESSOR_LINE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\[^\n])*", re.MULTILINE)


def _spaces(text):
    """The same lines and columns, without content."""
    return re.sub(r"[^\n]", " ", text)


def blank_comments(source):
    return COMMENT_OR_LITERAL.sub(lambda m: _spaces(m[0]) if m["comment"] else m[0], source)


def blank_literals(source):
    """Blanks strings and characters too, but keeps one quote so that `extern "C"` still ends in something."""
    return COMMENT_OR_LITERAL.sub(lambda m: _spaces(m[0]) if m["comment"] else '"' + _spaces(m[0][1:]), source)


@dataclass
class Function:
    name: str
    first_line: int
    last_line: int
    start: int  # offsets of the body, braces included
    end: int

    @property
    def lines(self):
        return self.last_line - self.first_line + 1


@dataclass
class Statement:
    """A declaration at namespace or class scope that ends in a semicolon."""
    text: str
    line: int
    scope: str  # "namespace" or "type"


@dataclass
class Scan:
    functions: list = field(default_factory=list)
    statements: list = field(default_factory=list)


def _flatten(head):
    """Empties parentheses and braces: `f(int a = {}) : m_{1}` becomes `f() : m_{}`."""
    previous = None
    while previous != head:
        previous = head
        head = re.sub(r"\([^()]+\)", "()", head)
        head = re.sub(r"\{[^{}]+\}", "{}", head)
    return head


def _without_template_prefix(head):
    """Drops leading `template <...>` lists and attributes."""
    head = re.sub(r"^(\[\[.*?\]\]\s*)+", "", head.strip())
    while (match := re.match(r"template\s*<", head)):
        depth, position = 1, match.end()
        while position < len(head) and depth:
            depth += {"<": 1, ">": -1}.get(head[position], 0)
            position += 1
        head = head[position:].strip()
    return head


def _kind_of_brace(head, parent):
    """What a `{` after `head` opens inside a scope of kind `parent`."""
    if parent not in ("namespace", "type"):
        return "block"
    head = _flatten(_without_template_prefix(re.sub(r"\b(public|private|protected)\s*:(?!:)", "", head)))
    if re.match(r"(inline\s+)?namespace\b", head) or re.match(r'extern\s*"\s*$', head):
        return "namespace"
    without_alignment = re.sub(r"alignas\s*\(\)", "", head)
    if re.match(r"((static|constexpr|typedef|inline|const)\s+)*(class|struct|union|enum)\b", without_alignment) \
            and "(" not in without_alignment:
        return "type"
    if "=" in re.sub(r"operator\s*[^\s\w(]+|[<>!=]=", "", head) or "(" not in head:
        return "initializer"
    # `Type() : member_{` opens a member's initializer; the body's own brace follows `)` or `}`.
    if re.search(r"\)\s*(noexcept\s*)?:(?!:)", head) and re.search(r"[\w>]\s*$", head):
        return "initializer"
    return "function"


def _name_of_function(head):
    flat = _flatten(_without_template_prefix(head))
    match = re.search(r"([~\w:]+|operator[^(]*)\s*\(\)", flat)
    if match and match[1] in ("TEST", "TEST_F", "TEST_P"):
        return " ".join(head.split())
    return match[1] if match else "?"


class _Scanner:
    """State: the open scopes, and where the statement in the current scope began."""

    def __init__(self, text):
        self.text = text
        self.scan = Scan()
        self.stack = []      # (kind, head_start, parenthesis depth) of the enclosing scopes
        self.kind = "namespace"
        self.head_start = 0
        self.depth = 0
        self.bodies = []     # offset of each open brace

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def first_line_of_head(self, end):
        head = self.text[self.head_start:end]
        return self.line_of(self.head_start + len(head) - len(head.lstrip()))

    def open_brace(self, position):
        head = self.text[self.head_start:position]
        kind = "block" if self.depth else _kind_of_brace(head, self.kind)
        self.stack.append((self.kind, self.head_start, self.depth))
        self.bodies.append(position)
        self.kind, self.head_start, self.depth = kind, position + 1, 0

    def close_brace(self, position):
        if not self.stack:
            return
        closed = self.kind
        self.kind, self.head_start, self.depth = self.stack.pop()
        start = self.bodies.pop()
        if closed == "function":
            name = _name_of_function(self.text[self.head_start:start])
            first_line = self.first_line_of_head(start)
            self.scan.functions.append(Function(name, first_line, self.line_of(position), start, position))
        # After an initializer or an inner block in parentheses the statement goes on.
        if closed in ("function", "namespace") or (closed == "block" and not self.depth):
            self.head_start = position + 1

    def end_statement(self, position):
        if self.kind in ("namespace", "type"):
            text = self.text[self.head_start:position].strip()
            if text:
                self.scan.statements.append(Statement(text, self.first_line_of_head(position), self.kind))
        self.head_start = position + 1

    def run(self):
        for match in re.finditer(r"[{}();]", self.text):
            token, position = match[0], match.start()
            if token == "{":
                self.open_brace(position)
            elif token == "}":
                self.close_brace(position)
            elif token == "(":
                self.depth += 1
            elif token == ")":
                self.depth = max(0, self.depth - 1)
            elif not self.depth:
                self.end_statement(position)
        return self.scan


def scan_scopes(blanked):
    """Functions and outer statements of text that blank_literals() made."""
    return _Scanner(PREPROCESSOR_LINE.sub(lambda m: _spaces(m[0]), blanked)).run()


def is_mutable_variable(statement):
    """Whether a statement at namespace or class scope defines a variable that someone can change."""
    text = _without_template_prefix(re.sub(r"\b(public|private|protected)\s*:(?!:)", "", statement.text))
    # `struct Name {...} variable;` is not the style here and would be seen by review.
    if re.match(r"(using|typedef|class|struct|enum|union|friend|extern|static_assert|template|concept|namespace)\b",
                text):
        return False
    if statement.scope == "type" and not re.match(r"(inline\s+)?static\b", text):
        return False  # an ordinary member
    declaration = re.split(r"=|\{", _flatten(re.sub(r"\[\[.*?\]\]|alignas\s*\([^()]*\)", "", text)), maxsplit=1)[0]
    if "(" in declaration or "operator" in declaration:
        return False  # a function
    if len(re.findall(r"[\w:]+", declaration)) < 2 or re.search(r"\bconstexpr\b", declaration):
        return False
    after_pointer = declaration.rsplit("*", 1)
    return not re.search(r"\bconst\b", after_pointer[-1])


LOCAL_STATIC = re.compile(r"\b(?:static|thread_local)\s+[^;={(]*")


def mutable_local_statics(blanked, scan):
    """Offsets of function-local static variables that are not constant."""
    for function in scan.functions:
        for match in LOCAL_STATIC.finditer(blanked, function.start, function.end):
            if not re.search(r"\b(const|constexpr)\b", match[0].rsplit("*", 1)[-1]) \
                    and not re.search(r"\bconstexpr\b", match[0]):
                yield match.start()
