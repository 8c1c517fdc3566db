#!/usr/bin/env python3
"""Self tests of tidy: small trees with one mistake each, and the finding that must come of it.

    tests/tidy/tidy_test.py
"""

import tempfile
import unittest
from pathlib import Path

import cpp_scan
from exceptions import Exemption
from tidy import Tidy

TABLE = """# Architecture
| module | what it owns | may include | open headers |
|---|---|---|---|
| base | ground | - | * |
| store *planned* | rows | base | - |
| model | files | base | gguf.h, chat/* |
| app | everything | all above | - |
"""

GOOD_TREE = {
    "ARCHITECTURE.md": TABLE,
    "src/base/CMakeLists.txt": "favilla_module(base LIBS x)\n",
    "src/base/base.h": "// base: ground.\n//\n//   int one = base_one();\n#pragma once\nint base_one();\n",
    "src/model/CMakeLists.txt": "favilla_module(model DEPENDS base)\n",
    "src/model/model.h": "// model: files.\n//   open();\n#pragma once\n",
    "src/model/gguf.h": "// gguf.\n#pragma once\n",
    "src/model/secret.h": "// Inner part.\n#pragma once\n",
    "src/app/CMakeLists.txt": "favilla_module(app DEPENDS base model)\n",
    "src/app/app.cc": '// app.\n#include "base/base.h"\n#include "model/gguf.h"\n#include "model/model.h"\n',
}


class TidyTest(unittest.TestCase):
    def findings(self, changes, exceptions=()):
        """Rules found in the good tree with `changes` (path -> text, None removes) applied."""
        with tempfile.TemporaryDirectory() as folder:
            for path, text in {**GOOD_TREE, **changes}.items():
                if text is not None:
                    file = Path(folder, path)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text, encoding="utf-8")
            return Tidy(folder, exceptions).run()

    def rules(self, changes):
        return [finding.rule for finding in self.findings(changes)]

    def assert_one(self, rule, changes):
        self.assertEqual(self.rules(changes), [rule])

    def assert_code(self, rules, body):
        """The findings of one file src/app/x.cc with this body."""
        self.assertEqual(self.rules({"src/app/x.cc": "// x.\n" + body}), rules, body)

    def test_a_tree_that_keeps_the_rules_has_no_finding(self):
        self.assertEqual(self.findings({}), [])

    # ---- modules

    def test_an_include_that_the_table_does_not_allow_is_found(self):
        self.assert_one("include-module", {"src/base/x.cc": '// x.\n#include "model/model.h"\n'})

    def test_an_inner_header_of_another_module_is_found(self):
        self.assert_one("include-front-door", {"src/app/x.cc": '// x.\n#include "model/secret.h"\n'})

    def test_an_open_pattern_covers_a_folder(self):
        self.assertEqual(self.rules({"src/model/chat/a.h": "// a.\n#pragma once\n",
                                     "src/app/x.cc": '// x.\n#include "model/chat/a.h"\n'}), [])

    def test_parent_paths_and_bare_names_are_found(self):
        self.assert_code(["include-path"], '#include "../base/base.h"\n')
        self.assert_code(["include-path"], '#include "app.h"\n')

    def test_a_commented_include_is_no_include(self):
        self.assert_code([], '// #include "model/secret.h"\n')

    def test_a_folder_without_row_and_a_row_without_folder_are_found(self):
        self.assert_one("module-table", {"src/extra/CMakeLists.txt": "favilla_module(extra)\n"})
        self.assert_one("module-table", {"src/store/CMakeLists.txt": "favilla_module(store DEPENDS base)\n",
                                         "src/app/CMakeLists.txt": "favilla_module(app DEPENDS base model)\n"})
        self.assert_one("module-table", {"ARCHITECTURE.md": TABLE + "| cli | commands | all above | - |\n"})

    def test_a_row_may_only_name_rows_above_it_so_there_is_no_cycle(self):
        cyclic = TABLE.replace("| base | ground | - |", "| base | ground | model |")
        self.assertIn("module-table", self.rules({"ARCHITECTURE.md": cyclic}))

    def test_cmake_that_says_something_else_than_the_table_is_found(self):
        self.assert_one("cmake-depends", {"src/app/CMakeLists.txt": "favilla_module(app DEPENDS base LIBS model)\n"})
        self.assert_one("cmake-depends", {"src/model/CMakeLists.txt": "favilla_module(other)\n"})

    def test_a_front_door_without_example_and_a_header_without_pragma_are_found(self):
        self.assert_one("front-door", {"src/model/model.h": "// model: files.\n#pragma once\n"})
        self.assert_one("pragma-once", {"src/model/secret.h": "// Inner part.\n"})

    def test_only_some_folders_reach_the_network(self):
        self.assert_one("network", {"src/app/b.cc": "// b.\n#include <sys/socket.h>\n"})
        self.assertEqual(self.rules({"src/app/b.cc": "// b.\n#include <curl/curl.h>\n"}), ["network"])
        self.assertEqual(self.rules({"tests/b.cc": "// b.\n#include <sys/socket.h>\n"}), [])

    def test_a_library_is_wrapped_by_one_source_file(self):
        one = {"src/app/a.cc": "// a.\n#include <zip.h>\n"}
        self.assertEqual(self.rules(one), [])
        self.assertEqual(self.rules({**one, "src/app/b.cc": "// b.\n#include <zip.h>\n"}), ["wrapped-library"] * 2)
        self.assert_one("wrapped-library", {"src/app/b.h": "// b.\n#pragma once\n#include <zip.h>\n"})

    # ---- text

    def test_lengths_are_limited(self):
        self.assert_code(["line-length"], "// " + "x" * 118 + "\n")
        self.assert_code(["file-length"], "//\n" * 800)
        self.assert_code([], "void f() {\n" + "\n" * 68 + "}\n")
        self.assert_code(["function-length"], "void f() {\n" + "\n" * 69 + "}\n")

    def test_a_long_table_is_not_a_long_function(self):
        self.assert_code([], "constexpr int kTable[] = {\n" + "1,\n" * 100 + "};\n")

    def test_sources_are_ascii_with_a_head_comment(self):
        self.assert_code(["ascii"], "// caf\u00e9\n")
        self.assert_one("head-comment", {"src/app/x.cc": "int f();\n"})
        self.assert_one("head-comment", {"scripts/x": "#!/bin/sh\necho\n"})
        self.assert_code(["trailing-space"], "int f(); \n")

    def test_a_reminder_needs_an_issue(self):
        self.assert_code(["todo"], "// " + "TO" + "DO: later\n")
        self.assert_code([], "// " + "TO" + "DO(#12): later\n")

    def test_machine_paths_and_registry_hosts_are_found_in_any_file(self):
        self.assert_one("machine-trace", {"docs/x.md": "see /" + "work/main/x\n"})
        self.assert_one("machine-trace", {"x.txt": "https://py" + "pi.org/simple\n"})

    # ---- C++

    def test_banned_constructs_are_found_with_a_replacement(self):
        for rule, code in {
            "regex": "std::regex r;", "exit": "exit(1);", "shell": 'system("x");', "c-string": "sprintf(a, b);",
            "c-number": "int i = atoi(x);", "rand": "int i = rand();", "detach": "t.detach();", "throw": "throw 1;",
            "new": "auto p = new T();", "delete": "delete p;", "malloc": "void* p = malloc(3);",
            "thread": "std::thread t;", "reinterpret-cast": "auto p = reinterpret_cast<int*>(q);",
            "getenv": 'auto p = std::getenv("X");', "openmp": "#pragma omp parallel",
        }.items():
            self.assert_code([rule], "void f() {\n" + code + "\n}\n")
        self.assert_code(["using-namespace"], "using namespace std;\n")

    def test_what_only_looks_like_a_banned_construct_is_not_found(self):
        for code in ["// throw new exit(1)\n", 'void f() { log("throw"); }\n', "struct A { A() = delete; };\n",
                     "using namespace std::string_literals;\n", "void f() { server.exit(); }\n",
                     "void f() { std::this_thread::yield(); }\n", "int operand(int a);\n",
                     "std::unique_ptr<A> f() { return std::unique_ptr<A>(new A()); }\n",
                     'auto text = f(R"(delete this)");\n'.replace("auto", "const auto")]:
            self.assert_code([], code)

    def test_mutable_globals_are_found(self):
        for code in ["int counter = 0;\n", "static std::string name;\n", "namespace { std::atomic<int> n{0}; }\n",
                     "const char* text = nullptr;\n", "struct A { static int n; };\n",
                     "inline std::vector<int> list = {1, 2};\n", "void f() { static int calls = 0; }\n",
                     "thread_local int depth;\n", "int table[3];\n"]:
            self.assert_code(["mutable-global"], code)

    def test_constants_functions_and_types_are_no_mutable_globals(self):
        for code in ["constexpr int kOne = 1;\n", "const std::string kName = g(1);\n", "int f(int a = 3);\n",
                     "const char* const kText = nullptr;\n", "struct A { int n = 0; static int f(); };\n", "class B;\n",
                     "namespace fs = std::filesystem;\n", "using C = int;\n", "extern template class D<int>;\n",
                     "static_assert(1 == 1);\n",
                     "void f() { static constexpr int k = 1; static const char* const t = nullptr; }\n",
                     "constexpr const char* kNames[] = {\"a\"};\n", "template <class T> constexpr bool kIs = false;\n",
                     "bool operator==(const E& a, const E& b);\n", "enum class F { kA, kB };\n",
                     "struct G { static constexpr int k = 1; int a, b; };\n"]:
            self.assert_code([], code)

    # ---- exceptions

    def test_an_exception_silences_its_rule_in_its_file_only(self):
        row = Exemption("exit", "src/app/main.cc", "ends the process")
        changes = {"src/app/main.cc": "// main.\nvoid f() { exit(1); }\n"}
        self.assertEqual(self.findings(changes, [row]), [])
        changes["src/app/x.cc"] = "// x.\nvoid f() { exit(1); }\n"
        self.assertEqual([finding.path for finding in self.findings(changes, [row])], ["src/app/x.cc"])

    def test_an_exception_that_nothing_needs_is_found(self):
        row = Exemption("exit", "src/app/main.cc", "ends the process")
        self.assertEqual([finding.rule for finding in self.findings({}, [row])], ["unused-exception"])


class ScanTest(unittest.TestCase):
    def names(self, code):
        return [function.name for function in cpp_scan.scan_scopes(cpp_scan.blank_literals(code)).functions]

    def test_functions_of_all_shapes_are_found_once(self):
        for code, names in {
            "int f() { if (x) { y(); } return 0; }": ["f"],
            "namespace a { class B { int g() const { return 1; } }; }": ["g"],
            "A::A(int x) : a_{x}, b_(1) { go(); }": ["A::A"],
            "A::A(int x) : a_(x) {}": ["A::A"],
            "template <class T, int N = 3> auto f(T t) -> int { return [&] { return 1; }(); }": ["f"],
            "bool operator==(const A& a, const A& b) { return true; }": ["operator=="],
            "void f(Options o = {}) { }": ["f"],
            "TEST(Suite, reads_well) { EXPECT_EQ(1, 1); }": ["TEST(Suite, reads_well)"],
            "struct A { int x = 1; std::vector<int> v{1, 2}; };": [],
            "constexpr Row kRows[] = {{1, f(2)}, {3, 4}}; int g() { return 0; }": ["g"],
            'extern "C" int fuzz(const char* d) { return 0; }': ["fuzz"],
            "#define M(x) { \\\n  x\nint f() { return '{'; }": ["f"],
            'const char* f() { return "}"; } int g() { return 1\'000; }': ["f", "g"],
        }.items():
            self.assertEqual(self.names(code), names, code)

    def test_lengths_count_from_the_head_to_the_closing_brace(self):
        function = cpp_scan.scan_scopes("\nint\nf()\n{\n}\n").functions[0]
        self.assertEqual((function.first_line, function.last_line, function.lines), (2, 5, 4))


if __name__ == "__main__":
    unittest.main()
