#!/usr/bin/env python3
"""tidy: the rules of ARCHITECTURE.md that a compiler does not check. Prints `file:line: rule: what is wrong`.

    tests/tidy/tidy.py            # the whole tree, in seconds
    tests/tidy/tidy.py --root DIR # another tree (the self tests use this)

Rules: the module table (includes, front doors, CMake, cycles), who may reach the network, lengths, ASCII, head
comments, banned constructs, mutable globals, machine paths and registry hosts. A deliberate exception is one row of
exceptions.py with its reason; a row that nothing needs any more is itself a finding. Exit code 1 if there is any.
"""

import argparse
import fnmatch
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import cpp_scan
from exceptions import EXCEPTIONS
from module_table import parse_module_table

MAX_FUNCTION_LINES = 70
MAX_FILE_LINES = 800
MAX_COLUMNS = 120

CPP = (".cc", ".h")
SOURCES = CPP + (".py", ".sh", ".cmake", ".txt", ".1")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


@dataclass(frozen=True)
class Ban:
    """A construct that must not appear in C++ code (comments and literals are not searched)."""
    rule: str
    pattern: str
    why: str


BANS = [
    Ban("regex", r"\bstd::w?regex\b|#\s*include\s*<regex>", "recurses without limit on hostile text; write a scanner"),
    Ban("exit", r"(?<![\w.>])(?:std::)?(?:exit|abort|quick_exit|_exit|terminate)\s*\(",
        "only main ends the process; return a Result or an exit code"),
    Ban("shell", r"(?<![\w.>])(?:std::)?(?:system|popen)\s*\(", "goes through a shell; use base/subprocess.h"),
    Ban("c-string", r"\b(?:sprintf|vsprintf|strcpy|strcat|strncpy|strncat|strtok|gets)\s*\(",
        "has no bound; use std::string or fmt::format"),
    Ban("c-number", r"\b(?:atoi|atol|atoll|atof|strtol|strtoul|sscanf)\s*\(|\bstd::sto[ifdlu]+\s*\(",
        "hides errors or throws; use std::from_chars"),
    Ban("rand", r"(?<![\w.>])(?:std::)?s?rand\s*\(|\bstd::(?:mt19937|default_random_engine)",
        "differs between machines; use Random of base/random.h"),
    Ban("detach", r"[.>]\s*detach\s*\(", "a detached thread outlives what it uses; join it"),
    Ban("throw", r"\bthrow\b", "no exception crosses our functions; return an Error"),
    Ban("new", r"(?<!unique_ptr<)\bnew\s+[A-Za-z_:(]", "use std::make_unique or a container"),
    Ban("delete", r"(?<!=)(?<!= )\bdelete\b(?:\s*\[\s*\])?\s+?[A-Za-z_*(]", "ownership belongs in unique_ptr"),
    Ban("malloc", r"(?<![\w.>])(?:std::)?(?:malloc|calloc|realloc)\s*\(", "use a container or an owning class"),
    Ban("using-namespace", r"\busing\s+namespace\b(?!\s+std::(?:\w+_)?literals\b)",
        "open the namespace, or name what you use"),
    Ban("thread", r"\bstd::(?:j?thread\b(?!::)|async\b)|\bpthread_create\b", "threads are made in base only"),
    Ban("reinterpret-cast", r"\breinterpret_cast\b", "use std::memcpy, std::bit_cast or std::as_bytes"),
    Ban("getenv", r"\b(?:secure_)?getenv\s*\(", "the environment is passed in: base/paths.h"),
    Ban("openmp", r"#\s*pragma\s+omp\b", "the engine has its own threads"),
]

# A library of Debian's is met by one .cc of ours, so that replacing it is one file's work.
WRAPPED_LIBRARIES = ["curl/", "gmp.h", "utf8proc.h", "sodium.h", "sqlite3.h", "xxhash.h", "zip.h", "toml++/",
                     "histedit.h", "editline/"]

# The only folders from which anything reaches the network (ARCHITECTURE.md, invariants).
NETWORK_FOLDERS = ("src/catalog/", "src/tools/net/", "src/generate/remote/")
NETWORK_HEADERS = ("curl/", "sys/socket.h", "netinet/", "arpa/inet.h", "netdb.h", "boost/asio", "boost/beast")

# Written so that no pattern matches its own line.
MACHINE_TRACES = [
    (r"/work/(?:main|shared|[.]library)\b|/tmp/[w]/|/roo[t]/\w|/hom[e]/[a-z]+/(?:favilla|src|git|work)\b",
     "a path of one machine"),
    (r"\bpypi[.]org|pythonhosted[.]org|registry[.]npmjs|[.]npmjs[.]org|(?:static|index)[.]crates[.]io"
     r"|proxy[.]golang[.]org|repo1?[.]maven|deb[.]debian[.]org|security[.]debian[.]org",
     "the host of a package registry"),
]


def tracked_files(root):
    """Paths relative to root: what git tracks or would track; without git, everything outside build folders."""
    listing = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True)
    if listing.returncode == 0:
        names = listing.stdout.decode("utf-8", "surrogateescape").split("\0")
        return sorted(name for name in names if name and (root / name).is_file())
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in ("build", ".git", ".cache", "__pycache__")]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in files]
    return sorted(found)


class Tidy:
    """One pass over a tree. `run` returns the findings that no exception covers."""

    def __init__(self, root, exceptions=EXCEPTIONS):
        self.root = Path(root)
        self.exceptions = exceptions
        self.used_exceptions = set()
        self.findings = []
        self.wrapped = {}  # library header -> files that include it

    def report(self, path, line, rule, message):
        for index, exception in enumerate(self.exceptions):
            if exception.rule == rule and fnmatch.fnmatch(path, exception.path):
                self.used_exceptions.add(index)
                return
        self.findings.append(Finding(path, line, rule, message))

    def run(self):
        files = tracked_files(self.root)
        self.modules, problems = parse_module_table((self.root / "ARCHITECTURE.md").read_text(encoding="utf-8"))
        for line, message in problems:
            self.report("ARCHITECTURE.md", line, "module-table", message)
        self.check_folders()
        self.check_cmake()
        for name in files:
            self.check_file(name)
        self.check_wrapped_libraries()
        for index, exception in enumerate(self.exceptions):
            if index not in self.used_exceptions:
                self.findings.append(Finding("tests/tidy/exceptions.py", 1, "unused-exception",
                                             f"nothing needs ({exception.rule}, {exception.path}) any more: remove it"))
        return sorted(self.findings, key=lambda f: (f.path, f.line, f.rule))

    # ---- modules

    def check_folders(self):
        folders = {path.name for path in (self.root / "src").iterdir() if path.is_dir()}
        for name in sorted(folders - set(self.modules)):
            self.report(f"src/{name}", 1, "module-table", "this folder has no row in ARCHITECTURE.md's module table")
        for module in self.modules.values():
            if module.planned and module.name in folders:
                self.report("ARCHITECTURE.md", module.line, "module-table", f"{module.name} exists: unmark *planned*")
            if not module.planned and module.name not in folders:
                self.report("ARCHITECTURE.md", module.line, "module-table", f"no src/{module.name}: mark *planned*")

    def check_cmake(self):
        """DEPENDS of each module is its row, less what is only planned."""
        for module in self.modules.values():
            path = f"src/{module.name}/CMakeLists.txt"
            if module.planned or not (self.root / path).is_file():
                continue
            text = re.sub(r"#[^\n]*", "", (self.root / path).read_text(encoding="utf-8"))
            call = re.search(rf"favilla_module\(\s*{module.name}\b([^)]*)\)", text)
            if not call:
                self.report(path, 1, "cmake-depends", f"no favilla_module({module.name} ...)")
                continue
            words = re.search(r"\bDEPENDS\b(.*?)(?:\bLIBS\b|$)", call[1], re.DOTALL)
            declared = set(words[1].split()) if words else set()
            expected = {name for name in module.may_include if not self.modules[name].planned}
            if declared != expected:
                self.report(path, 1, "cmake-depends",
                            f"DEPENDS is {sorted(declared)}, the module table says {sorted(expected)}")

    def check_include(self, path, line, included):
        if ".." in included.split("/"):
            self.report(path, line, "include-path", f'"{included}": include from src/ down, never with ../')
            return
        parts = path.split("/")
        own = self.modules.get(parts[1]) if parts[0] == "src" and len(parts) > 2 else None
        target_name = included.split("/")[0]
        target = self.modules.get(target_name)
        if target is None or "/" not in included:
            if parts[0] == "src":
                self.report(path, line, "include-path", f'"{included}": write the full path below src/')
            return
        if own is None or target is own:
            return
        if target.name not in own.may_include:
            self.report(path, line, "include-module", f"{own.name} may not include {target.name} (module table)")
        elif not target.opens(included.split("/", 1)[1]):
            self.report(path, line, "include-front-door",
                        f'"{included}": use "{target.name}/{target.name}.h" or an open header of the table')

    def check_wrapped_libraries(self):
        for library, users in sorted(self.wrapped.items()):
            sources = [user for user in users if not user[0].endswith("_test.cc")]
            for path, line in sources:
                if path.endswith(".h") or len(sources) > 1:
                    others = ", ".join(user[0] for user in sources if user[0] != path)
                    self.report(path, line, "wrapped-library",
                                f"<{library}> belongs in one .cc of ours" + (f"; also in {others}" if others else ""))

    # ---- files

    def check_file(self, name):
        data = (self.root / name).read_bytes()
        if b"\0" in data[:4096]:
            return  # data, not text
        text = data.decode("utf-8", "replace")
        for pattern, what in MACHINE_TRACES:
            for match in re.finditer(pattern, text):
                self.report(name, text.count("\n", 0, match.start()) + 1, "machine-trace", f"{match[0]!r} is {what}")
        if name.startswith("src/") and not name.endswith(SOURCES + (".case",)):
            self.report(name, 1, "file-kind", "only C++, CMakeLists.txt, rules and *.case belong below src/")
        executable = text.startswith("#!")
        is_cmake = name.endswith(("CMakeLists.txt", ".cmake"))
        if not (name.endswith(CPP + (".py", ".sh", ".1")) or is_cmake or executable):
            return
        self.check_text(name, data, text, is_cmake)
        if name.endswith(CPP):
            self.check_cpp(name, text)

    def check_text(self, name, data, text, is_cmake):
        lines = text.split("\n")
        if len(lines) - 1 > MAX_FILE_LINES:
            message = f"{len(lines) - 1} lines, at most {MAX_FILE_LINES}: split it by purpose"
            self.report(name, 1, "file-length", message)
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_COLUMNS and not name.endswith(".1"):
                self.report(name, number, "line-length", f"{len(line)} columns, at most {MAX_COLUMNS}")
            if line.endswith((" ", "\t", "\r")):
                self.report(name, number, "trailing-space", "remove it")
        if not data.isascii():
            offset = next(index for index, byte in enumerate(data) if byte > 127)
            self.report(name, data.count(b"\n", 0, offset) + 1, "ascii", "not ASCII: write an escape such as \\u2026")
        for match in re.finditer(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b(?!\(#\d+\))", text):
            line = text.count("\n", 0, match.start()) + 1
            self.report(name, line, "todo", f"give {match[1]} an issue: {match[1]}(#12)")
        first = lines[0] if not lines[0].startswith("#!") else (lines[1] if len(lines) > 1 else "")
        if text.strip() and not is_cmake and not first.startswith(("//", "#", '"""', '.\\"')):
            self.report(name, 1, "head-comment", "begin the file with a comment that says what it is for")

    def check_cpp(self, name, text):
        code = cpp_scan.blank_comments(text)
        for match in re.finditer(r'^\s*#\s*include\s*(["<])([^">]+)[">]', code, re.MULTILINE):
            line = code.count("\n", 0, match.start(2)) + 1
            if match[1] == '"':
                self.check_include(name, line, match[2])
                continue
            is_apart = name.startswith("src/") and not name.startswith(NETWORK_FOLDERS)
            if is_apart and match[2].startswith(NETWORK_HEADERS):
                self.report(name, line, "network", f"<{match[2]}> belongs in {', '.join(NETWORK_FOLDERS)} only")
            if match[2].startswith(tuple(WRAPPED_LIBRARIES)):
                self.wrapped.setdefault(match[2], []).append((name, line))
        blanked = cpp_scan.blank_literals(text)
        for ban in BANS:
            for match in re.finditer(ban.pattern, blanked):
                if ban.rule == "new" and blanked[:match.start()].rstrip().endswith("("):
                    before = blanked[max(0, match.start() - 80):match.start()]
                    if re.search(r"unique_ptr<[^;]*>\s*(\w+\s*)?\(\s*$", before):
                        continue  # the only way to own an object whose constructor is private
                line = blanked.count("\n", 0, match.start()) + 1
                self.report(name, line, ban.rule, f"{match[0].strip()!r} {ban.why}")
        self.check_scopes(name, blanked)
        if name.endswith(".h"):
            self.check_header(name, text)

    def check_scopes(self, name, blanked):
        scan = cpp_scan.scan_scopes(blanked)
        for function in scan.functions:
            if function.lines > MAX_FUNCTION_LINES:
                self.report(name, function.first_line, "function-length",
                            f"{function.name} has {function.lines} lines, at most {MAX_FUNCTION_LINES}")
        for statement in scan.statements:
            if cpp_scan.is_mutable_variable(statement):
                self.report(name, statement.line, "mutable-global",
                            f"{' '.join(statement.text.split())[:60]!r}: give it an owner and pass it in")
        for offset in cpp_scan.mutable_local_statics(blanked, scan):
            line = blanked.count("\n", 0, offset) + 1
            self.report(name, line, "mutable-global", "a mutable static is a hidden singleton")

    def check_header(self, name, text):
        # x_inl.h is the common text of one source file for each instruction set, not an interface.
        if "#pragma once" not in text and not name.endswith("_inl.h"):
            self.report(name, 1, "pragma-once", "a header begins with #pragma once after its head comment")
        parts = name.split("/")
        if parts[0] == "src" and len(parts) == 3 and parts[2] == parts[1] + ".h":
            head = text.split("#pragma once")[0]
            if not re.search(r"^//\s{2,}\S", head, re.MULTILINE):
                self.report(name, 1, "front-door", "a module's front door starts with a usage example (`//   code`)")


def main():
    parser = argparse.ArgumentParser(description="Checks the rules of ARCHITECTURE.md.")
    parser.add_argument("--root", default=Path(__file__).resolve().parents[2], type=Path)
    findings = Tidy(parser.parse_args().root).run()
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} finding{'' if len(findings) == 1 else 's'}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
