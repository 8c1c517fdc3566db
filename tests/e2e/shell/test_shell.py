"""favilla ask for commands and scripts: approval, the sandbox, limits.

Environment: FAVILLA, the program.
"""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

FAVILLA = os.environ["FAVILLA"]


class ShellTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.environment = {"FAVILLA_DATA_HOME": f"{self.home}/data", "FAVILLA_CONFIG_HOME": f"{self.home}/config",
                            "FAVILLA_CACHE_HOME": f"{self.home}/cache", "HOME": str(self.home)}
        (self.home / "config").mkdir()
        (self.home / "project").mkdir()
        (self.home / "secret").write_text("do not read")
        (self.home / "config/config.toml").write_text('[shell]\nfolders = ["~/project"]\nscripts = "~/scripts"\n')
        # Some containers allow no user namespaces: there the refusal is what can be tested.
        probe = subprocess.run(["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"], capture_output=True,
                               check=False)
        self.sandbox_works = probe.returncode == 0

    def tearDown(self):
        self.folder.cleanup()

    def reply(self, text, *options):
        done = subprocess.run([FAVILLA, "ask", text, "--json", *options], capture_output=True, text=True, timeout=90,
                              check=False, env={**os.environ, **self.environment})
        self.assertTrue(done.stdout, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["path"], "instant", answer)
        return answer["reply"]

    def run_command(self, command, wanted):
        reply = self.reply(f"run the command {command}", "--yes")
        if self.sandbox_works:
            self.assertEqual(reply, f"Ran {command}:\n{wanted}")
        else:
            self.assertIn("bwrap:", reply)

    def test_nothing_runs_without_approval(self):
        self.assertIn("approval", self.reply("run the command touch x"))
        self.assertFalse((self.home / "project/x").exists())

    def test_output_status_and_errors_are_told(self):
        self.run_command("echo hello", "hello")
        self.run_command("true", "It said nothing.")
        self.run_command("false", "\nIt ended with status 1.")

    def test_the_named_folder_can_be_changed_and_the_home_is_not_there(self):
        self.run_command("touch made", "It said nothing.")
        self.assertEqual((self.home / "project/made").exists(), self.sandbox_works)
        self.run_command(f"test -e {self.home}/secret && echo seen || echo hidden", "hidden")

    def test_there_is_no_network_and_the_system_is_read_only(self):
        self.run_command("ls /sys/class/net 2>/dev/null | wc -l", "0")
        self.run_command("touch /usr/x 2>/dev/null && echo written || echo refused", "refused")

    def test_endless_output_is_cut(self):
        if self.sandbox_works:
            reply = self.reply("run the command head -c 1000000 /dev/zero | tr '\\0' x", "--yes")
            self.assertLess(len(reply), 70000)
            self.assertIn("(the rest of the output is left out)", reply)

    def test_a_script_runs_by_its_name(self):
        scripts = self.home / "scripts"
        scripts.mkdir()
        (scripts / "weekly-report.sh").write_text("#!/bin/sh\necho reported\n")
        (scripts / "weekly-report.sh").chmod(0o755)
        (scripts / "notes.txt").write_text("no script")
        self.assertEqual(self.reply("which scripts do I have?"), "Scripts:\n- weekly-report")
        reply = self.reply("run the weekly report script", "--yes")
        if self.sandbox_works:
            self.assertEqual(reply, "Ran weekly-report.sh:\nreported")
        self.assertIn('no script "other"', self.reply("run the other script", "--yes"))

    def test_without_bubblewrap_it_refuses(self):
        self.environment["PATH"] = str(self.home)
        self.assertIn("bubblewrap is not installed", self.reply("run the command echo hello", "--yes"))


if __name__ == "__main__":
    unittest.main()
