"""The man page and the completions name every command and every option that the program has.

Environment: FAVILLA, the program.
"""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

FAVILLA = os.environ["FAVILLA"]
MAN_PAGE = Path(__file__).resolve().parents[3] / "packaging" / "favilla.1"
SYNTAX_CHECK = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}


def output_of(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, **options).stdout


def command_names():
    """The commands of --help: indented lines, a word and its summary, before the options and examples."""
    return re.findall(r"^  ([a-z][a-z-]*) +\S", output_of(FAVILLA, "--help").split("\nOptions:")[0], re.MULTILINE)


class PackagingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.environment = {**os.environ, "FAVILLA_DATA_HOME": cls.folder.name,
                           "PATH": f"{Path(FAVILLA).parent}:{os.environ['PATH']}"}
        cls.scripts = {}
        for shell in SYNTAX_CHECK:
            cls.scripts[shell] = Path(cls.folder.name, f"completion.{shell}")
            cls.scripts[shell].write_text(output_of(FAVILLA, "completions", shell), encoding="utf-8")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_help_lists_the_commands(self):
        self.assertTrue({"chat", "run", "pull", "list", "bench", "doctor", "completions"} <= set(command_names()))

    def test_the_man_page_describes_every_command(self):
        described = re.findall(r"^\.It Nm Cm (\S+)", MAN_PAGE.read_text(encoding="ascii"), re.MULTILINE)
        self.assertEqual(sorted(command_names()), sorted(described))

    def test_the_man_page_names_every_option(self):
        named = set(re.findall(r"\bFl -([a-z0-9-]+)", MAN_PAGE.read_text(encoding="ascii")))
        for command in command_names():
            options = set(re.findall(r"--([a-z][a-z0-9-]*)", output_of(FAVILLA, command, "--help")))
            self.assertEqual(options - named, set(), f"options of favilla {command} that packaging/favilla.1 lacks")

    def test_the_man_page_has_no_mistakes_that_mandoc_knows(self):
        lint = subprocess.run(["mandoc", "-Tlint", MAN_PAGE], capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(lint.stdout + lint.stderr, "")

    def test_the_completion_scripts_are_valid_and_name_every_command(self):
        for shell, script in self.scripts.items():
            output_of(*SYNTAX_CHECK[shell], str(script))
            text = script.read_text(encoding="utf-8")
            for command in command_names():
                self.assertRegex(text, rf"\b{command}\b", f"{shell} lacks {command}")

    def complete_in_bash(self, *words):
        """What bash would offer for the last of these words."""
        quoted = " ".join(f"'{word}'" for word in words)
        code = f"source {self.scripts['bash']}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _favilla; " \
               'printf "%s\\n" "${COMPREPLY[@]}"'
        return output_of("bash", "-c", code, env=self.environment, cwd=self.folder.name).split("\n")

    def test_bash_completes_commands_options_and_models(self):
        self.assertEqual(self.complete_in_bash("favilla", "doc"), ["doctor", ""])
        self.assertIn("--json", self.complete_in_bash("favilla", "doctor", "--js"))
        self.assertIn("smollm2-135m", self.complete_in_bash("favilla", "run", "smol"))

    def test_fish_completes_commands_options_and_models(self):
        def complete(line):
            code = f"source {self.scripts['fish']}; complete -C '{line}'"
            text = output_of("fish", "--no-config", "-c", code, env=self.environment)
            return [word.split("\t")[0] for word in text.split("\n")]
        self.assertIn("doctor", complete("favilla doc"))
        self.assertIn("--json", complete("favilla doctor --js"))
        self.assertIn("smollm2-135m", complete("favilla run smol"))

    def test_zsh_defines_the_completion(self):
        code = f"autoload -Uz compinit && compinit -u -D && source {self.scripts['zsh']} && print $_comps[favilla]"
        self.assertEqual(output_of("zsh", "-f", "-c", code, env=self.environment).strip(), "_favilla")

    def test_an_unknown_shell_is_a_usage_error(self):
        answer = subprocess.run([FAVILLA, "completions", "csh"], capture_output=True, timeout=30, check=False)
        self.assertEqual(answer.returncode, 2)


if __name__ == "__main__":
    unittest.main()
