"""favilla ask, run and chat with a model behind a server, which a stand-in on the loopback interface plays.

Environment: FAVILLA, the program.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))
from chat_server import (ChatServer, break_off, break_off_at_once, chunk, embed, event, pause_after,  # noqa: E402
                         redirect, refuse, say, say_at_once, say_byte_by_byte, send_bytes, stay_silent)

FAVILLA = os.environ["FAVILLA"]
KEY = "sk-stand-in-0123456789"


class RemoteTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        (self.home / "config").mkdir()
        self.server = self.enterContext(ChatServer())
        self.configure()
        # A proxy of the environment that must never see what goes to the loopback interface.
        nobody = "http://127.0.0.1:9"
        folders = {f"FAVILLA_{name}": str(self.home / folder) for name, folder in
                   (("DATA_HOME", "data"), ("CONFIG_HOME", "config"), ("CACHE_HOME", "cache"), ("RUNTIME_DIR", "run"))}
        self.environment = {**os.environ, **folders, "HOME": str(self.home), "http_proxy": nobody, "all_proxy": nobody}

    def configure(self, role="chat", **settings):
        values = {"url": self.server.url, "model": "stand-in", **settings}
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        (self.home / "config/config.toml").write_text("\n".join([f"[models.{role}]", *lines]) + "\n")

    def favilla(self, *arguments, stdin="", **environment):
        return subprocess.run([FAVILLA, *arguments], input=stdin, capture_output=True, text=True, timeout=60,
                              check=False, env={**self.environment, **environment})

    def ask(self, *options):
        return self.favilla("ask", "Why is the sky blue?", "--no-instant", *options)

    def ask_with(self, **environment):
        return self.favilla("ask", "Why?", "--no-instant", **environment)

    def assert_fails(self, done, code, *words):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)


class AnswerTest(RemoteTestCase):
    def test_an_answer_is_streamed(self):
        self.server.will(say("It scatters light."))
        done = self.ask()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "It scatters light.\n", ""))
        request = self.server.requests[0]
        self.assertEqual(request.path, "/v1/chat/completions")
        self.assertEqual(request.body["model"], "stand-in")
        self.assertEqual(request.body["messages"], [{"role": "user", "content": "Why is the sky blue?"}])
        self.assertTrue(request.body["stream"])
        self.assertNotIn("Authorization", request.headers)

    def test_options_that_every_server_knows_are_sent(self):
        self.server.will(say("Blue."))
        self.ask("--temperature", "0.5", "--top-p", "0.9", "--seed", "7", "--max-tokens", "20", "--stop", "END",
                 "--system", "Be short.")
        body = self.server.requests[0].body
        self.assertEqual([body[name] for name in ("temperature", "max_tokens", "seed", "stop")], [0.5, 20, 7, ["END"]])
        self.assertAlmostEqual(body["top_p"], 0.9, places=6)
        self.assertEqual(body["messages"][0], {"role": "system", "content": "Be short."})

    def test_json_has_usage_the_reason_and_the_server(self):
        self.server.will(say("Because of", finish="length"))
        answer = json.loads(self.ask("--json").stdout)
        self.assertEqual(answer["reply"], "Because of")
        self.assertEqual(answer["stop_reason"], "length")
        self.assertEqual(answer["usage"], {"prompt_tokens": 11, "cached_tokens": 4, "completion_tokens": 3})
        self.assertEqual(answer["server"], self.server.address)

    def test_verbose_says_which_server_answered(self):
        self.server.will(say("Blue."))
        self.assertIn(f"answered by stand-in at {self.server.address}\n", self.ask("--verbose").stderr)

    def test_pieces_of_one_byte_make_the_same_answer(self):
        self.server.will(say_byte_by_byte("Gr\u00fc\u00dfe \U0001F600"))
        self.assertEqual(self.ask().stdout, "Gr\u00fc\u00dfe \U0001F600\n")

    def test_a_server_that_does_not_stream_answers_in_one_piece(self):
        self.server.will(say_at_once("All at once."))
        answer = json.loads(self.ask("--json").stdout)
        self.assertEqual(answer["reply"], "All at once.")
        self.assertEqual(answer["usage"]["completion_tokens"], 3)

    def test_reasoning_is_no_part_of_the_answer(self):
        for behaviour in (say("Blue.", thinking="Hm."), say("<think>Hm.</think>Blue.")):
            self.server.will(behaviour)
            answer = json.loads(self.ask("--json").stdout)
            self.assertEqual((answer["reply"], answer["thinking"]), ("Blue.", "Hm."))

    def test_run_names_the_role(self):
        self.server.will(say("Hello."))
        self.assertEqual(self.favilla("run", "remote:chat", "Say hello.").stdout, "Hello.\n")
        self.configure(role="tools")
        self.assertEqual(self.favilla("run", "remote:tools", "Say hello.").stdout, "Hello.\n")
        self.assert_fails(self.favilla("run", "remote:chat", "Say hello."), 3, "[models.chat]")

    def test_what_only_a_model_of_this_machine_can_do_is_refused(self):
        self.assert_fails(self.favilla("run", "remote:chat", "Say hello.", "--regex", "a+"), 4, "of this machine")
        self.assert_fails(self.favilla("run", "remote:chat", "Say hello.", "--raw"), 4, "of this machine")
        self.assertEqual(self.server.requests, [])

    def test_local_asks_no_server(self):
        self.assert_fails(self.ask("--local"), 3, "smollm2-135m")
        self.assertEqual(self.server.requests, [])

    def test_what_rules_understand_goes_nowhere(self):
        self.assertEqual(self.favilla("ask", "what is 15% of 84").stdout, "15% of 84 = 12.6\n")
        self.assertEqual(self.server.requests, [])

    def test_a_chat_sends_its_history_over_one_connection(self):
        self.server.will(say("Hi Ada."), say("Ada."))
        done = self.favilla("chat", "--no-instant", stdin="I am Ada.\nWhat is my name?\n")
        self.assertEqual(done.stdout, "Hi Ada.\nAda.\n", done.stderr)
        self.assertEqual([(m["role"], m["content"]) for m in self.server.requests[1].body["messages"]],
                         [("user", "I am Ada."), ("assistant", "Hi Ada."), ("user", "What is my name?")])
        self.assertEqual(len({request.connection for request in self.server.requests}), 1)

    def test_a_turn_that_fails_leaves_no_trace_in_the_chat(self):
        self.server.will(break_off("Half an"), say("Whole."))
        done = self.favilla("chat", "--no-instant", stdin="One.\nTwo.\n")
        self.assertIn("Whole.\n", done.stdout)
        self.assertEqual(self.server.requests[-1].body["messages"], [{"role": "user", "content": "Two."}])


class FaultTest(RemoteTestCase):
    def test_a_busy_server_is_asked_again(self):
        for status in (429, 500, 502, 503, 504):
            self.server.requests.clear()
            self.server.will(refuse(status), say("Now."))
            done = self.ask("--verbose")
            self.assertEqual(done.stdout, "Now.\n", done.stderr)
            self.assertIn(f"answers {status}: refused with {status}; trying again in", done.stderr)
            self.assertEqual(len(self.server.requests), 2)

    def test_a_wait_that_the_server_asks_for_is_kept(self):
        self.server.will(refuse(429, Retry_After="1"), say("Now."))
        start = time.monotonic()
        self.assertEqual(self.ask().stdout, "Now.\n")
        self.assertGreaterEqual(time.monotonic() - start, 1)

    def test_a_wait_that_is_too_long_is_told(self):
        self.server.will(refuse(429, Retry_After="3600"))
        self.assert_fails(self.ask(), 7, "it asks to wait for 3600 s")
        self.assertEqual(len(self.server.requests), 1)

    def test_it_gives_up_after_the_retries(self):
        self.configure(retries=1)
        self.server.will(refuse(500))
        self.assert_fails(self.ask(), 6, f"{self.server.address}: it answers 500: refused with 500")
        self.assertEqual(len(self.server.requests), 2)

    def test_what_will_not_change_is_asked_once(self):
        for status, code in ((400, 2), (401, 8), (403, 8), (404, 3), (422, 2), (501, 6)):
            self.server.requests.clear()
            self.server.will(refuse(status))
            self.assert_fails(self.ask(), code, f"{status}", f"refused with {status}")
            self.assertEqual(len(self.server.requests), 1)

    def test_a_connection_that_breaks_before_the_first_word_is_made_again(self):
        self.server.will(break_off_at_once, say("Now."))
        self.assertEqual(self.ask().stdout, "Now.\n")

    def test_nothing_is_asked_again_after_the_first_word(self):
        self.server.will(break_off("Half an"))
        done = self.ask()
        self.assertEqual((done.returncode, done.stdout), (6, "Half an"))
        self.assertEqual(len(self.server.requests), 1)

    def test_an_answer_without_an_end_is_told(self):
        self.server.will(send_bytes(event(chunk({"content": "Half an"}))))
        self.assert_fails(self.ask("--json"), 6, "the answer broke off in the middle")
        self.server.will(say("Some.", finish="content_filter"))
        self.assert_fails(self.ask("--json"), 6, "another reason: content_filter")

    def test_nobody_there(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.configure(url=f"http://127.0.0.1:{free.getsockname()[1]}/v1", retries=1)
        self.assert_fails(self.ask(), 6, "nothing answers there")

    def test_silence_is_waited_for_as_long_as_configured(self):
        self.configure(timeout_s=1)
        for behaviour in (stay_silent(20), pause_after("Half an", 20)):
            self.server.will(behaviour)
            start = time.monotonic()
            self.assert_fails(self.ask("--json"), 6, "no word for 1 s")
            self.assertLess(time.monotonic() - start, 10)

    def test_garbage_is_told_in_one_sentence(self):
        for content, content_type in ((b"\xff\xfe\x00garbage\n\n" * 100, "text/event-stream"),
                                      (b"data: {\"choices\": [\n\n", "text/event-stream"),
                                      (b"data: [[[[\n\n", "text/event-stream"),
                                      (b"<html>hello</html>", "text/html"), (b"", "application/json"),
                                      (b"", "text/event-stream"), (b"7", "application/json")):
            self.server.will(send_bytes(content, content_type))
            self.assert_fails(self.ask("--json"), 6, self.server.address)

    def test_a_line_without_end_is_not_kept(self):
        self.server.will(send_bytes(b"data: " + b"x" * (3 << 20)))
        self.assert_fails(self.ask(), 6, "an event of more than 1048576 bytes")

    def test_an_error_among_the_events_is_told_and_made_safe(self):
        self.server.will(send_bytes(event({"error": {"message": "out of\x1b[2J\nmemory\u202e"}})))
        self.assert_fails(self.ask(), 6, "out of[2J memory\n")

    def test_ctrl_c_stops_soon_and_keeps_what_was_said(self):
        for behaviour, said in ((stay_silent(30), ""), (pause_after("Half an", 30), "Half an")):
            self.server.will(behaviour)
            self.server.requests.clear()
            process = subprocess.Popen([FAVILLA, "ask", "Why?", "--no-instant"], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, env=self.environment)
            if said:
                self.assertEqual(process.stdout.read(len(said)), said)
            while not self.server.requests:
                time.sleep(0.01)
            start = time.monotonic()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
            self.assertEqual(process.returncode, 130)
            self.assertLess(time.monotonic() - start, 2, "0.25 s on a machine that has nothing else to do")


class KeyTest(RemoteTestCase):
    def setUp(self):
        super().setUp()
        self.file = self.home / "key"
        self.file.write_text(KEY + "\n")
        self.file.chmod(0o600)
        self.configure(key=f"file:{self.file}")

    def assert_key_is_not_shown(self, done):
        self.assertNotIn(KEY, done.stdout + done.stderr)

    def test_a_key_comes_from_a_private_file(self):
        self.server.will(say("Blue."))
        for reference in (f"file:{self.file}", "file:~/key"):
            self.configure(key=reference)
            done = self.ask("--verbose", "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_key_is_not_shown(done)
        self.assertEqual({request.headers["Authorization"] for request in self.server.requests}, {f"Bearer {KEY}"})

    def test_a_key_comes_from_systemd(self):
        (self.home / "credentials").mkdir()
        (self.home / "credentials/llm").write_text(KEY)
        self.configure(key="credential:llm")
        self.server.will(say("Blue."))
        self.assertEqual(self.ask_with(CREDENTIALS_DIRECTORY=str(self.home / "credentials")).returncode, 0)
        self.assertEqual(self.server.requests[0].headers["Authorization"], f"Bearer {KEY}")
        self.assert_fails(self.ask(), 3, "models.chat.key", "no credential llm")

    def start_keyring(self):
        """GNOME Keyring on a bus of its own, open; returns the environment of programs that use it."""
        bus = subprocess.Popen(["dbus-daemon", "--session", "--print-address", "--nofork"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(bus.communicate)
        self.addCleanup(bus.kill)
        address = bus.stdout.readline().strip()
        environment = {"DBUS_SESSION_BUS_ADDRESS": address, "XDG_DATA_HOME": str(self.home),
                       "XDG_RUNTIME_DIR": str(self.home)}
        keyring = subprocess.Popen(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
                                   stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**self.environment, **environment})
        self.addCleanup(keyring.wait)
        self.addCleanup(keyring.kill)
        keyring.stdin.write(b"password")
        keyring.stdin.close()
        question = ["dbus-send", f"--bus={address}", "--print-reply", "--dest=org.freedesktop.DBus", "/",
                    "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]
        deadline = time.monotonic() + 60
        while b"true" not in subprocess.run(question, capture_output=True, check=True, timeout=60).stdout:
            self.assertLess(time.monotonic(), deadline, "no keyring came up")
            time.sleep(0.05)
        return environment

    def test_a_key_comes_from_the_keyring_of_the_desktop(self):
        self.configure(key="secret-service:favilla/llm")
        self.server.will(say("Blue."))
        self.assert_fails(self.ask_with(DBUS_SESSION_BUS_ADDRESS=f"unix:path={self.home}/none"), 3, "no keyring")
        environment = self.start_keyring()

        def secret_tool(*arguments, key=""):
            subprocess.run(["secret-tool", *arguments], input=key, text=True, check=True, timeout=60,
                           env={**self.environment, **environment})

        secret_tool("store", "--label", "Another", "service", "favilla", "username", "other", key="sk-of-another")
        self.assert_fails(self.ask_with(**environment), 3, "models.chat.key", "secret-tool store", "username llm")
        secret_tool("store", "--label", "Favilla: llm", "service", "favilla", "username", "llm", key=KEY)
        self.assertEqual(self.ask_with(**environment).returncode, 0)
        self.assertEqual(self.server.requests[-1].headers["Authorization"], f"Bearer {KEY}")
        subprocess.run(["dbus-send", f"--bus={environment['DBUS_SESSION_BUS_ADDRESS']}", "--print-reply",
                        "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets",
                        "org.freedesktop.Secret.Service.Lock",
                        "array:objpath:/org/freedesktop/secrets/collection/login"],
                       check=True, timeout=60, stdout=subprocess.DEVNULL)
        self.assert_fails(self.ask_with(**environment), 8, "the keyring is locked")

    def test_a_file_that_others_may_read_is_refused(self):
        self.file.chmod(0o640)
        self.assert_fails(self.ask(), 8, "models.chat.key", "chmod 600")
        self.file.unlink()
        self.assert_fails(self.ask(), 3, "models.chat.key", str(self.file))
        self.assertEqual(self.server.requests, [])

    def test_what_is_no_key_is_refused_and_not_shown(self):
        for content in ("", "  \n", f"{KEY}\nsecond line\n", f"{KEY}\x01"):
            self.file.write_text(content)
            done = self.ask()
            self.assert_fails(done, 2, "holds no key")
            self.assert_key_is_not_shown(done)
        self.assertEqual(self.server.requests, [])

    def test_a_key_that_the_server_repeats_is_not_shown(self):
        for words in (f"wrong key {KEY}", f"wrong key {KEY[:9]}\x00{KEY[9:]}", "x" * 480 + KEY):
            self.server.will(refuse(401, {"error": {"message": words}}))
            done = self.ask("--verbose")
            self.assertEqual(done.returncode, 8)
            self.assertNotIn(KEY[:12], done.stderr)

    def test_a_redirect_is_not_followed_and_the_key_stays(self):
        with ChatServer() as other:
            other.will(say("Stolen."))
            self.server.will(redirect(f"{other.url}/chat/completions"))
            self.assert_fails(self.ask(), 6, "it answers 307, another address, which is not followed")
            self.assertEqual(other.requests, [])

    def test_a_key_is_not_sent_where_others_can_read_it(self):
        self.configure(url="http://llm.example:8080/v1", key=f"file:{self.file}")
        self.assert_fails(self.ask(), 2, "config.toml: models.chat.url must begin with https://")


class SettingsTest(RemoteTestCase):
    def test_wrong_settings_are_named_and_never_shown(self):
        wrong = {"url": (7, "", "hall:8080", "ftp://hall/v1", "http://ana:pass@hall/v1"), "model": (7, ""),
                 "key": (KEY, f"file:{KEY}", "credential:a/b", 7), "timeout_s": (0, 4000, "60", 1.5),
                 "retries": (-1, 11, "2"), "allow": ("secret", "all", True)}
        for name, values in wrong.items():
            for value in values:
                self.configure(**{name: value})
                done = self.ask()
                self.assert_fails(done, 2, f"config.toml: models.chat.{name} must")
                self.assertNotIn(KEY, done.stderr)
        self.configure(mode="x")
        self.assert_fails(self.ask(), 2, "there is no setting models.chat.mode")
        self.configure(role="caht")
        self.assert_fails(self.ask(), 2, "there is no role models.caht; the roles are chat, tools, embed")
        for text, words in (('[models.chat]\nmodel = "m"\n', "models.chat.url is missing"),
                            ("[models]\nchat = 7\n", "must be written as [models.chat]"),
                            ("models = 7\n", "must be written as [models.chat]")):
            (self.home / "config/config.toml").write_text(text)
            self.assert_fails(self.ask(), 2, words)
        self.assertEqual(self.server.requests, [])


class EmbedTest(RemoteTestCase):
    def test_vectors_come_from_the_server_and_have_length_1(self):
        self.configure(role="embed")
        self.server.will(embed)
        done = self.favilla("embed", "remote:embed", "cat", "\u00e9", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([row["tokens"] for row in rows], [7, 7])
        for row, expected in zip(rows, ((3 / 10 ** 0.5, 1 / 10 ** 0.5), (2 / 5 ** 0.5, 1 / 5 ** 0.5))):
            for value, wanted in zip(row["embedding"], expected, strict=True):
                self.assertAlmostEqual(value, wanted, places=6)
        self.assertEqual(len({request.connection for request in self.server.requests}), 1)
        self.assertEqual({request.path for request in self.server.requests}, {"/v1/embeddings"})

    def test_an_answer_that_has_no_vectors_is_told(self):
        self.configure(role="embed")
        self.server.will(say_at_once("Hello."))
        self.assert_fails(self.favilla("embed", "remote:embed", "cat"), 6, "does not have 1 vectors of one size")
        self.assert_fails(self.favilla("embed", "remote:chat", "cat"), 3, "[models.chat]")


class DoctorTest(RemoteTestCase):
    def servers(self):
        checks = json.loads(self.favilla("doctor", "--json").stdout)["checks"]
        return next(check for check in checks if check["name"] == "servers")

    def test_a_server_that_answers_is_well(self):
        check = self.servers()
        self.assertEqual((check["state"], check["remedy"]), ("ok", ""))
        self.assertEqual(check["summary"], f"chat by stand-in at {self.server.address}: answers")
        self.assertEqual(check["details"]["chat"]["may_read"], "personal")
        self.assertEqual([request.path for request in self.server.requests], ["/v1/models"])

    def test_a_server_without_the_model_is_noted(self):
        self.server.models = ["a", "b\x1b[2J"]
        check = self.servers()
        self.assertEqual(check["state"], "note")
        self.assertIn("does not list stand-in: it has a, b[2J", check["summary"])

    def test_a_server_that_refuses_or_is_not_there_is_missing(self):
        self.server.models = None
        self.server.will(refuse(401))
        self.assertIn("it answers 401, it wants a key", self.servers()["summary"])
        self.configure(url="http://127.0.0.1:9/v1")
        check = self.servers()
        self.assertEqual(check["state"], "missing")
        self.assertIn("nothing answers there", check["summary"])

    def test_settings_that_are_wrong_are_missing(self):
        self.configure(retries=99)
        self.assertIn("models.chat.retries must be", self.servers()["summary"])

    def test_without_servers_there_is_no_such_check(self):
        (self.home / "config/config.toml").unlink()
        self.assertNotIn('"servers"', self.favilla("doctor", "--json").stdout)


class LabelTest(RemoteTestCase):
    def setUp(self):
        super().setUp()
        self.favilla("ask", "remember that my sister's name is Ana")
        self.server.will(say("Dear Ana."))

    def ask_about_the_sister(self, *options):
        return self.favilla("ask", "write a birthday greeting for my sister", "--verbose", *options)

    def sent(self):
        return json.dumps([request.body for request in self.server.requests])

    def test_what_is_known_goes_to_a_server_of_this_machine(self):
        done = self.ask_about_the_sister()
        self.assertIn("memory: Known: my sister's name is Ana.", done.stderr)
        self.assertIn("my sister's name is Ana", self.sent())

    def test_what_is_known_stays_here_when_only_public_things_may_go(self):
        self.configure(allow="public")
        done = self.ask_about_the_sister("--json")
        self.assertEqual(json.loads(done.stdout)["reply"], "Dear Ana.")
        self.assertIn(f"memory: what is known is personal, and not sent to {self.server.address}\n", done.stderr)
        self.assertNotIn("known", json.loads(done.stdout))
        self.assertIn("birthday greeting", self.sent())
        self.assertNotIn("name is Ana", self.sent())

    def test_an_answer_that_was_made_of_what_is_known_is_personal_too(self):
        with ChatServer() as other:
            other.will(say("Never."))
            config = self.home / "config/config.toml"
            config.write_text(config.read_text() + f'[models.tools]\nurl = "{other.url}"\nmodel = "other"\n'
                              'allow = "public"\n')
            done = self.favilla("chat", stdin="write a birthday greeting for my sister\n/model remote:tools\n"
                                              "write another greeting\n/clear\nwrite a poem about rain\n")
            self.assertIn(f"the conversation holds personal things, which {other.address} may not read", done.stderr)
            self.assertEqual([len(request.body["messages"]) for request in other.requests], [1])


if __name__ == "__main__":
    unittest.main()
