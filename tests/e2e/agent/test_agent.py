"""The model acts in `favilla ask`: with the packaged models, from a sentence that no rule understands to the files.

Environment: FAVILLA, the program; FAVILLA_TEST_MODELS, the folder with the models. The server of the MCP test runs in
build/mcp-venv, which ./check makes.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))

from mcp_server import start_mcp_server  # noqa: E402  (needs the path above)

FAVILLA = os.environ["FAVILLA"]
MODELS = os.environ.get("FAVILLA_TEST_MODELS")
SERVER = pathlib.Path(__file__).parent / "parcel_server.py"
MCP_VENV = os.environ.get("FAVILLA_MCP_VENV", pathlib.Path(__file__).parents[3] / "build/mcp-venv")
DEADLINE_S = 120
NOT_FOUND = 3
INTERRUPTED = 130
CLOCK = ("--now", "2026-11-23T10:00:00", "--tz", "Europe/Lisbon")
# Surely a list's, and surely nothing's.
REQUEST = "cheese and ham belong on the shopping list"
TALK = "what a lovely evening that was"


def environment(root):
    names = {"DATA_HOME": "data", "CONFIG_HOME": "config", "CACHE_HOME": "cache", "RUNTIME_DIR": "run"}
    return dict(os.environ, HOME=str(root), **{f"FAVILLA_{key}": f"{root}/{name}" for key, name in names.items()})


class AgentTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not MODELS:
            raise AssertionError("set FAVILLA_TEST_MODELS to the folder with the test models (./check does it)")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.store = pathlib.Path(folder.name)
        for source, name in (("SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2-135m"), ("minilm", "minilm")):
            subprocess.run([FAVILLA, "pull", pathlib.Path(MODELS) / source, "--name", name], check=True,
                           capture_output=True, env=environment(cls.store), timeout=DEADLINE_S)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "data").mkdir()
        (self.root / "data" / "models").symlink_to(self.store / "data" / "models")
        self.environment = environment(self.root)
        self.environment["FAVILLA_CACHE_HOME"] = str(self.store / "cache")  # packed weights and vectors, shared

    def ask(self, text, *options, code=0):
        done = subprocess.run([FAVILLA, "ask", text, "--json", "--act-only", *CLOCK, *options], capture_output=True,
                              text=True, timeout=DEADLINE_S, check=False, env=self.environment)
        self.assertEqual(done.returncode, code, done.stderr)
        self.told = done.stderr
        return json.loads(done.stdout) if done.stdout else None

    def lists(self):
        return {path.name: path.read_text() for path in (self.root / "data" / "lists").glob("*.md")}

    def test_what_no_rule_understands_is_done_by_a_tool_and_can_be_undone(self):
        answer = self.ask(REQUEST)
        self.assertEqual(answer["path"], "agent")
        self.assertEqual(answer["plan"]["source"], "agent")
        self.assertEqual(answer["plan"]["actions"][0]["tool"], "lists")
        if answer["asks"]:
            self.assertEqual(self.lists(), {})
            answer = self.ask("yes")
        self.assertEqual(len(answer["undo_ids"]), 1)
        self.assertIn("cheese", self.lists()["shopping.md"])
        self.ask("undo that")
        self.assertEqual(self.lists(), {})

    def test_what_asks_for_nothing_changes_nothing(self):
        self.ask(TALK, code=NOT_FOUND)
        self.assertEqual(self.lists(), {})

    def test_an_empty_sentence_is_no_question(self):
        self.ask(" ", code=2)
        self.assertIn("nothing was asked", self.told)

    def test_an_approved_tool_of_an_mcp_server_is_proposed_asked_about_and_called(self):
        (self.root / "config").mkdir()
        self.environment["FAVILLA_CACHE_HOME"] = str(self.root / "cache")  # others count what the shared one holds
        process, address = start_mcp_server(pathlib.Path(MCP_VENV) / "bin/python", SERVER)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        servers = {"mcpServers": {"parcels": {"url": address}}}
        (self.root / "config" / "mcp.json").write_text(json.dumps(servers))
        request = "track the parcel PX4471"
        self.ask(request, code=NOT_FOUND)  # not before the owner has approved it
        for command in (("list", "parcels"), ("approve", "parcels", "--yes")):
            subprocess.run([FAVILLA, "mcp", *command], check=True, capture_output=True, env=self.environment,
                           timeout=DEADLINE_S)
        proposal = self.ask(request)
        self.assertTrue(proposal["asks"])
        self.assertIn('track parcel of parcels, number "PX4471"', proposal["reply"])
        self.assertIn("in the depot of Braga", self.ask("yes", "--yes")["reply"])
        missing = self.ask("redirect the parcel PX9020")
        self.assertIn("What is the address?", missing["reply"])
        self.assertIn("PX9020 goes to 5 Rua da Escola now.", self.ask("5 Rua da Escola", "--yes")["reply"])

    def test_a_rule_forbids_it_to_the_model_too(self):
        (self.root / "config").mkdir()
        rules = self.root / "config" / "rules.txt"
        rules.write_text("lists: never add\n")
        rules.chmod(0o600)
        done = subprocess.run([FAVILLA, "ask", REQUEST, "--act-only", "--yes", *CLOCK], capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False, env=self.environment)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.lists(), {})

    def test_verbose_says_which_functions_were_weighed_and_why(self):
        self.ask(REQUEST, "--verbose")
        self.assertIn("lists_add", self.told)
        self.assertRegex(self.told, r"ranked in [\d.]+ ms, chosen in [\d.]+ ms")

    def test_a_model_that_may_not_act_answers_in_words(self):
        done = subprocess.run([FAVILLA, "ask", REQUEST, "--json", "--no-act", "--max-tokens", "4", *CLOCK],
                              capture_output=True, text=True, timeout=DEADLINE_S, check=True, env=self.environment)
        self.assertEqual(json.loads(done.stdout)["path"], "model")
        self.assertEqual(self.lists(), {})

    def test_vectors_of_functions_are_kept_and_a_damaged_file_is_made_anew(self):
        self.ask(REQUEST, "--dry-run")
        folder = self.store / "cache" / "vectors"
        (file,) = folder.iterdir()
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        self.ask(REQUEST, "--dry-run")
        self.assertEqual(file.read_bytes(), whole)

    def test_ctrl_c_ends_it_soon_while_vectors_are_made(self):
        self.environment["FAVILLA_CACHE_HOME"] = str(self.root / "cache")  # nothing is there yet
        process = subprocess.Popen([FAVILLA, "ask", REQUEST, "--act-only", *CLOCK], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        process.communicate(timeout=DEADLINE_S)
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertLess(time.monotonic() - start, 5)  # 0.25 s on a quiet machine
        self.assertEqual(self.lists(), {})


if __name__ == "__main__":
    unittest.main()
