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
                            "FAVILLA_CACHE_HOME": f"{self.home}/cache", "FAVILLA_RUNTIME_DIR": f"{self.home}/run",
                            "HOME": str(self.home)}
        (self.home / "config").mkdir()
        (self.home / "project").mkdir()
        (self.home / "secret").write_text("do not read")
        (self.home / "config/config.toml").write_text('[shell]\nfolders = ["~/project"]\nscripts = "~/scripts"\n')
        # Some containers allow no user namespaces, or no /proc of one's own: there every command is refused.
        probe = subprocess.run(["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev",
                                "--tmpfs", "/tmp", "true"], capture_output=True, check=False)
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
            self.assertIn("does not let bubblewrap make one", reply)

    def test_nothing_runs_without_approval(self):
        reply = self.reply("run the command touch x")
        if self.sandbox_works:
            self.assertEqual(reply, "shell run needs your approval: run touch x in a sandbox")
        else:
            self.assertIn("does not let bubblewrap make one", reply)
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
        reply = self.reply("run the command head -c 1000000 /dev/zero | tr '\\0' x", "--yes")
        self.assertLess(len(reply), 70000)
        self.assertEqual("(the rest of the output is left out)" in reply, self.sandbox_works, reply[-200:])

    def test_what_a_terminal_would_obey_is_left_out(self):
        self.run_command("printf 'a\\033[2Jb\\342\\200\\256c'", "a[2Jbc")

    def test_memory_files_and_processes_are_limited(self):
        self.run_command("ulimit -v", "8388608")
        self.run_command("head -c 400000000 /dev/zero >/tmp/big 2>/dev/null || echo full",
                         "full")

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
        self.assertIn('no script "tidy"', self.reply("run the tidy script", "--yes"))

    def test_without_bubblewrap_it_refuses(self):
        self.environment["PATH"] = str(self.home)
        self.assertIn("bubblewrap is not installed", self.reply("run the command echo hello", "--yes"))

    def test_where_namespaces_are_forbidden_it_refuses(self):
        (self.home / "bin").mkdir()
        program = self.home / "bin/bwrap"
        program.write_text('#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "bwrap: No permissions" >&2\nexit 1\n')
        program.chmod(0o755)
        self.environment["PATH"] = f"{self.home}/bin:{os.environ['PATH']}"
        self.assertEqual(self.reply("run the command echo hello", "--yes"),
                         "Commands run only in a sandbox, and this computer does not let bubblewrap make one "
                         "(bwrap: No permissions).")


if __name__ == "__main__":
    unittest.main()
