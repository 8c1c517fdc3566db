"""favilla skills, and a question that names a skill.

Environment: FAVILLA, the program; FAVILLA_TEST_MODELS, the folder of the real models.
"""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

FAVILLA = os.environ["FAVILLA"]
MODELS = Path(os.environ.get("FAVILLA_TEST_MODELS", Path(__file__).parents[3] / "build/models"))
SKILL = """---
name: {name}
description: {what}
license: MIT
---
# How
Answer with the word Zenobia only.
"""


class SkillsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.environment = {"FAVILLA_DATA_HOME": f"{self.home}/data", "FAVILLA_CONFIG_HOME": f"{self.home}/config",
                            "FAVILLA_CACHE_HOME": f"{self.home}/cache", "FAVILLA_RUNTIME_DIR": f"{self.home}/run",
                            "HOME": str(self.home)}
        self.add("data/skills", "release-notes", "Writes release notes.")

    def tearDown(self):
        self.folder.cleanup()

    def add(self, place, name, what, text=SKILL):
        folder = self.home / place / name
        folder.mkdir(parents=True)
        (folder / "SKILL.md").write_text(text.format(name=name, what=what))
        return folder

    def favilla(self, *arguments):
        return subprocess.run([FAVILLA, *arguments], capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, **self.environment})

    def test_skills_are_listed_with_what_is_wrong_with_the_others(self):
        (self.home / "config").mkdir()
        (self.home / "config/config.toml").write_text('[skills]\nfolders = ["~/more"]\n')
        self.add("more", "forms", "Fills in forms.")
        broken = self.add("more", "broken", "", text="hello")
        done = self.favilla("skills")
        self.assertEqual(done.returncode, 0, done.stderr)
        names = [line.split("  ")[0] for line in done.stdout.splitlines()]
        self.assertEqual(names, ["SKILL", "forms", "release-notes"])
        self.assertEqual(done.stderr, f"favilla: not a skill: {broken}: line 1: the file must begin with a line ---\n")
        found = json.loads(self.favilla("skills", "--json").stdout)
        self.assertEqual([skill["name"] for skill in found["skills"]], ["forms", "release-notes"])
        self.assertEqual(len(found["problems"]), 1)

    def test_one_is_shown(self):
        shown = self.favilla("skills", "release-notes").stdout
        self.assertIn("release-notes: Writes release notes.\nlicense: MIT\n", shown)
        self.assertTrue(shown.endswith("\n\n# How\nAnswer with the word Zenobia only.\n"), shown)
        missing = self.favilla("skills", "other")
        self.assertEqual((missing.returncode, missing.stderr),
                         (3, 'favilla: there is no skill "other" (`favilla skills` lists them)\n'))

    def test_without_skills_it_says_where_they_belong(self):
        (self.home / "data/skills/release-notes/SKILL.md").unlink()
        self.assertEqual(self.favilla("skills").stdout,
                         f"No skills: put folders with a SKILL.md into {self.home}/data/skills\n")

    def test_a_question_that_names_a_skill_takes_it_to_the_model(self):
        model = str(MODELS / "SmolLM2-135M-Instruct.Q4_1.gguf")
        options = ("--model", model, "--max-tokens", "8")
        answer = json.loads(self.favilla("ask", "Write the release notes of this week.", *options, "--json").stdout)
        self.assertEqual(answer["known"], "Follow these instructions of the skill release-notes:\n# How\n"
                                          "Answer with the word Zenobia only.")
        told = self.favilla("ask", "Write the release notes of this week.", *options, "--verbose").stderr
        self.assertIn("skill: Follow these instructions of the skill release-notes:\n", told)
        plain = json.loads(self.favilla("ask", "Write a poem about notes.", *options, "--json").stdout)
        self.assertNotIn("known", plain)


if __name__ == "__main__":
    unittest.main()
