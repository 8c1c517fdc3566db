"""The contract with llama.cpp's own server: what favilla says through it is what the server says when it is asked
directly.

Environment: FAVILLA, the program; FAVILLA_TEST_MODELS, the folder with the models. The server is in build/interop-venv,
which ./check makes from tests/e2e/interop/requirements.txt.
"""

import json
import os
import re
import signal
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[3]
FAVILLA = os.environ["FAVILLA"]
MODEL = Path(os.environ["FAVILLA_TEST_MODELS"]) / "SmolLM2-135M-Instruct.Q4_1.gguf"
PYTHON = Path(os.environ.get("FAVILLA_INTEROP_BIN", ROOT / "build/interop-venv/bin")) / "python"
KEY = "sk-of-the-test"
QUESTION = "Why is the sky blue?"


class LlamaServerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.home = Path(cls.folder.name)
        cls.log = open(cls.home / "server.log", "w+")
        cls.process = subprocess.Popen([PYTHON, ROOT / "tests/support/llama_server.py", MODEL, KEY],
                                       stdout=subprocess.PIPE, stderr=cls.log, text=True)
        cls.addClassCleanup(cls.end_server)
        cls.url = cls.process.stdout.readline().strip() + "/v1"
        if not cls.url.startswith("http://127.0.0.1:"):
            raise AssertionError((cls.home / "server.log").read_text()[-2000:])
        (cls.home / "key").write_text(KEY)
        (cls.home / "key").chmod(0o600)
        cls.configure()

    @classmethod
    def end_server(cls):
        cls.process.kill()
        cls.process.wait()
        cls.process.stdout.close()
        cls.log.close()
        cls.folder.cleanup()

    @classmethod
    def configure(cls):
        (cls.home / "config").mkdir(exist_ok=True)
        (cls.home / "config/config.toml").write_text(
            f'[models.chat]\nurl = "{cls.url}"\nmodel = "smollm2"\nkey = "file:{cls.home}/key"\n')

    def environment(self):
        return {**os.environ, "FAVILLA_DATA_HOME": str(self.home / "data"), "HOME": str(self.home),
                "FAVILLA_CONFIG_HOME": str(self.home / "config"), "FAVILLA_CACHE_HOME": str(self.home / "cache")}

    def favilla(self, *arguments, stdin=""):
        return subprocess.run([FAVILLA, *arguments], input=stdin, capture_output=True, text=True, timeout=120,
                              check=False, env=self.environment())

    def run_json(self, *options):
        done = self.favilla("run", "remote:chat", QUESTION, "--json", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def asked_directly(self, **options):
        """The answer of the server without streaming."""
        body = {"messages": [{"role": "user", "content": QUESTION}], "temperature": 0, "top_p": 0.95, **options}
        request = urllib.request.Request(f"{self.url}/chat/completions", json.dumps(body).encode(),
                                         {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as reply:
            return json.load(reply)

    def test_the_streamed_text_is_the_text_of_a_whole_answer(self):
        direct = self.asked_directly(max_tokens=24)
        through = self.run_json("--max-tokens", "24")
        self.assertEqual(through["text"], direct["choices"][0]["message"]["content"])
        self.assertEqual(through["usage"]["prompt_tokens"], direct["usage"]["prompt_tokens"])

    def test_max_tokens_ends_the_answer(self):
        answer = self.run_json("--max-tokens", "5")
        self.assertEqual((answer["stop_reason"], answer["usage"]["completion_tokens"]), ("length", 5))

    def test_a_stop_string_ends_the_answer_before_it(self):
        whole = self.run_json("--max-tokens", "24")["text"]
        word = whole.split()[5]
        cut = self.run_json("--max-tokens", "24", "--stop", word)
        self.assertEqual(cut["text"], whole[:whole.index(word)])
        self.assertEqual(cut["stop_reason"], "stop")

    def test_a_conversation_has_its_history(self):
        done = self.favilla("chat", "--no-instant", "--temperature", "0", "--max-tokens", "12", "--verbose",
                            stdin="My name is Ada.\nWhat is my name?\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        cached, first, second = (int(count) for count in re.search(
            r" of (\d+) prompt tokens.*?(\d+) of (\d+) prompt tokens", done.stderr, re.DOTALL).group(2, 1, 3))
        self.assertGreater(second, first + 12, "the second prompt has the first question and its answer")
        self.assertGreater(cached, first, "and the server had read both")

    def test_errors_have_the_words_of_the_server(self):
        done = self.favilla("run", "remote:chat", "word " * 2000)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"^favilla: 127\.0\.0\.1:\d+: it answers 400: .*context size.*\n$")
        (self.home / "key").write_text("sk-wrong")
        self.addCleanup((self.home / "key").write_text, KEY)
        done = self.favilla("run", "remote:chat", QUESTION)
        self.assertEqual(done.returncode, 8)
        self.assertIn("it answers 401, it does not accept the key: Invalid API Key\n", done.stderr)

    def test_ctrl_c_stops_the_server_too(self):
        process = subprocess.Popen([FAVILLA, "run", "remote:chat", "Tell me a very long story.", "--max-tokens", "400"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment())
        self.assertTrue(process.stdout.read(10))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.run_json("--max-tokens", "1")  # its only slot is free again


if __name__ == "__main__":
    unittest.main()
