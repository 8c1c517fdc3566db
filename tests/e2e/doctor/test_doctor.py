"""favilla doctor on homes that are empty, complete, damaged and read-only.

Environment: FAVILLA, the program.
"""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

FAVILLA = os.environ["FAVILLA"]


class DoctorTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def doctor(self, *options, **environment):
        home = {"FAVILLA_DATA_HOME": str(self.home / "data"), "FAVILLA_CONFIG_HOME": str(self.home / "config"),
                "FAVILLA_CACHE_HOME": str(self.home / "cache")}
        return subprocess.run([FAVILLA, "doctor", *options], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, **home, **environment})

    def checks(self, **environment):
        report = json.loads(self.doctor("--json", **environment).stdout)
        return {check["name"]: check for check in report["checks"]}

    def test_a_fresh_home_lacks_a_model_and_says_how_to_get_one(self):
        answer = self.doctor()
        self.assertEqual(answer.returncode, 1)
        self.assertIn("-> favilla pull smollm2-135m", answer.stdout)
        self.assertEqual(answer.stderr, "")
        self.assertNotIn("\x1b", answer.stdout, "no colours into a pipe")

    def test_it_changes_nothing(self):
        self.doctor()
        self.assertEqual(list(self.home.iterdir()), [])

    def test_json_has_every_check_with_figures(self):
        checks = self.checks()
        self.assertEqual(list(checks), ["cpu", "memory", "disk", "folders", "cache", "models", "python", "terminal"])
        self.assertGreaterEqual(checks["cpu"]["details"]["physical_cores"], 1)
        self.assertGreater(checks["memory"]["details"]["total_bytes"], 0)
        self.assertGreater(checks["disk"]["details"]["available_bytes"], 0)
        for check in checks.values():
            self.assertIn(check["state"], ("ok", "note", "missing"))
            self.assertEqual(check["state"] == "ok", check["remedy"] == "", check)

    def test_without_python_it_names_the_package(self):
        check = self.checks(PATH=str(self.home))["python"]
        self.assertEqual(check["state"], "missing")
        self.assertEqual(check["remedy"], "sudo apt-get install python3-pip")

    def test_a_folder_that_cannot_be_made_is_named(self):
        (self.home / "file").write_text("x", encoding="ascii")
        check = self.checks(FAVILLA_CACHE_HOME=str(self.home / "file" / "cache"))["folders"]
        self.assertEqual(check["state"], "missing")
        self.assertIn("FAVILLA_CACHE_HOME", check["remedy"])

    def test_a_damaged_models_toml_is_named(self):
        models = self.home / "data" / "models"
        models.mkdir(parents=True)
        (models / "models.toml").write_text("[[model]\n", encoding="ascii")
        answer = self.doctor()
        self.assertEqual(answer.returncode, 1)
        self.assertIn("models.toml", answer.stdout)

    def test_words_that_it_does_not_know_are_a_usage_error(self):
        self.assertEqual(self.doctor("--frobnicate").returncode, 2)


if __name__ == "__main__":
    unittest.main()
