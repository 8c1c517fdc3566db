#!/usr/bin/env python3
"""Drives `favilla run`, `ask` and `chat` with the real SmolLM2, over pipes and over a pseudo-terminal.

FAVILLA is the program, FAVILLA_TEST_MODELS the folder with the models. Every test has a data folder of its own.
"""
import json
import os
import pathlib
import pty
import re
import select
import signal
import stat
import subprocess
import tempfile
import termios
import time
import unittest

FAVILLA = os.environ.get("FAVILLA", "favilla")
MODELS = os.environ.get("FAVILLA_TEST_MODELS")
DEADLINE_S = 120  # for anything to appear: generous, for machines that are busy or run under a sanitizer
LONG_QUESTION = "Tell me a very long story about a fox."


def model(name):
    if not MODELS:
        raise AssertionError("set FAVILLA_TEST_MODELS to the folder with the test models (./check does it)")
    path = pathlib.Path(MODELS) / name
    if not path.exists():
        raise AssertionError(f"{path} is missing; ./check fetches it")
    return str(path)


class ChatTestCase(unittest.TestCase):
    def setUp(self):
        self.smollm2 = model("SmolLM2-135M-Instruct.Q4_1.gguf")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = dict(os.environ, FAVILLA_DATA_HOME=str(self.folder / "data"),
                                FAVILLA_CACHE_HOME=str(self.folder / "cache"), TERM="xterm")

    def favilla(self, *arguments, stdin=b"", **options):
        return subprocess.run([FAVILLA, *arguments], input=stdin, capture_output=True, timeout=DEADLINE_S,
                              env=self.environment, cwd=self.folder, **options)

    def run_model(self, *arguments, stdin=b""):
        return self.favilla("run", self.smollm2, *arguments, stdin=stdin)


class RunTest(ChatTestCase):
    def test_answers_the_prompt_on_standard_output_and_nothing_else(self):
        result = self.run_model("Say hello.", "--max-tokens", "8")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(result.stdout.strip())
        self.assertEqual(result.stderr, b"")

    def test_reads_the_prompt_from_standard_input(self):
        by_argument = self.run_model("Say hello.", "--max-tokens", "8")
        by_pipe = self.run_model("-", "--max-tokens", "8", stdin=b"Say hello.\n")
        self.assertEqual(by_pipe.stdout, by_argument.stdout)

    def test_the_same_seed_gives_the_same_answer_and_another_seed_another(self):
        def answer(seed):
            options = ("--temperature", "1.5", "--seed", seed, "--max-tokens", "24")
            return self.run_model("Tell me a story.", *options).stdout

        self.assertEqual(answer("7"), answer("7"))
        self.assertNotEqual(answer("7"), answer("8"))

    def test_json_is_one_object_with_text_reason_usage_and_timings(self):
        result = self.run_model("Say hello.", "--json", "--max-tokens", "8")
        self.assertEqual(result.returncode, 0, result.stderr)
        answer = json.loads(result.stdout)
        self.assertEqual(set(answer), {"text", "stop_reason", "usage", "timings"})
        self.assertIn(answer["stop_reason"], ("stop", "length"))
        self.assertGreater(answer["usage"]["prompt_tokens"], 10)
        self.assertLessEqual(answer["usage"]["completion_tokens"], 8)
        self.assertGreater(answer["timings"]["first_token_ms"], 0)

    def test_a_schema_makes_every_answer_valid_json(self):
        schema = self.folder / "schema.json"
        schema.write_text(json.dumps({"type": "object", "required": ["city", "days", "sunny"], "properties": {
            "city": {"type": "string", "maxLength": 20}, "days": {"type": "integer", "minimum": 1, "maximum": 7},
            "sunny": {"type": "boolean"}}}))
        for seed in range(3):
            result = self.run_model("Three days in Paris.", "--schema", str(schema), "--temperature", "1.5", "--seed",
                                    str(seed))
            self.assertEqual(result.returncode, 0, result.stderr)
            answer = json.loads(result.stdout)
            self.assertEqual(list(answer), ["city", "days", "sunny"])
            self.assertLessEqual(len(answer["city"]), 20)
            self.assertIn(answer["days"], range(1, 8))
            self.assertIsInstance(answer["sunny"], bool)

    def test_a_regex_or_a_grammar_is_matched_as_a_whole(self):
        result = self.run_model("Is the sky blue?", "--regex", "(yes|no), (surely|perhaps)")
        self.assertRegex(result.stdout.decode(), r"\A(yes|no), (surely|perhaps)\n\Z")
        grammar = self.folder / "list.gbnf"
        grammar.write_text('root ::= ("- " [a-z]+ "\\n"){2}')
        result = self.run_model("Name two colours.", "--grammar", str(grammar), "--max-tokens", "100")
        self.assertRegex(result.stdout.decode(), r"\A(- [a-z]+\n){1,2}")

    def test_a_grammar_that_cannot_be_followed_is_refused_in_one_sentence(self):
        schema = self.folder / "schema.json"
        schema.write_text('{"not": {}}')
        result = self.run_model("Hi", "--schema", str(schema))
        self.assertEqual(result.returncode, 4)
        self.assertIn(b"the schema at #: not is not supported", result.stderr)
        self.assertEqual(result.stderr.count(b"\n"), 1)
        self.assertEqual(self.run_model("Hi", "--regex", "a", "--schema", str(schema)).returncode, 2)

    def test_raw_continues_the_text_without_a_template(self):
        raw = json.loads(self.run_model("Once upon a time", "--raw", "--json", "--max-tokens", "4").stdout)
        self.assertLess(raw["usage"]["prompt_tokens"], 8)

    def test_a_base_model_continues_the_text(self):
        result = self.favilla("run", model("gemma-3-270m-Q4_K_M.gguf"), "One, two, three, four,", "--max-tokens", "4")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(b"five", result.stdout)

    def test_a_base_model_refuses_a_system_text(self):
        result = self.favilla("run", model("gemma-3-270m-Q4_K_M.gguf"), "Hello", "--system", "Be brief.")
        self.assertEqual(result.returncode, 2)

    def test_stops_before_a_stop_string(self):
        full = self.run_model("Count from one to ten.", "--max-tokens", "24").stdout.decode()
        stop = full[5:8]
        cut = self.run_model("Count from one to ten.", "--max-tokens", "24", "--stop", stop).stdout.decode()
        self.assertEqual(cut.rstrip("\n"), full[:full.index(stop)].rstrip("\n"))

    def test_names_the_byte_of_invalid_utf8(self):
        result = self.run_model("-", stdin=b"caf\xe9 au lait")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr.decode(), "favilla: standard input is not UTF-8 text: byte 3 is 0xE9\n")

    def test_a_prompt_over_the_window_names_the_limit(self):
        result = self.run_model("-", "--context", "64", stdin=b"word " * 200)
        self.assertEqual(result.returncode, 5)
        self.assertIn(b"the window holds 64", result.stderr)
        self.assertIn(b"--context", result.stderr)
        self.assertEqual(result.stderr.count(b"\n"), 1)

    def test_an_option_out_of_range_is_a_usage_error(self):
        for option, value in (("--temperature", "-1"), ("--top-p", "2"), ("--max-tokens", "0"), ("--seed", "x")):
            self.assertEqual(self.run_model("Hello", option, value).returncode, 2, option)

    def test_verbose_puts_timings_on_standard_error(self):
        result = self.run_model("Say hello.", "--max-tokens", "4", "--verbose")
        self.assertRegex(result.stderr.decode(), r"first token \d+ ms, .* tokens/s")

    def test_sigterm_ends_an_answer_with_143_and_keeps_what_was_said(self):
        process = subprocess.Popen([FAVILLA, "run", self.smollm2, LONG_QUESTION, "--max-tokens", "4000"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment)
        said = process.stdout.read(1)
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=DEADLINE_S)
        self.assertEqual(process.returncode, 143)
        self.assertTrue(said and rest.endswith(b"\n"))


class MemoryInAnswersTest(ChatTestCase):
    def ask(self, text, *options):
        return self.favilla("ask", text, "--model", self.smollm2, "--max-tokens", "40", "--temperature", "0", *options)

    def test_a_fact_that_the_words_are_about_is_shown_to_the_model(self):
        told = self.ask("remember that my sister's name is Zenobia")
        self.assertEqual(told.returncode, 0, told.stderr)
        greeting = "Write a one-sentence birthday greeting for my sister."
        answer = json.loads(self.ask(greeting, "--json").stdout)
        self.assertEqual(answer["path"], "model")
        self.assertEqual(answer["known"], "Known: my sister's name is Zenobia.")
        self.assertIn("Zenobia", answer["text"])
        self.assertIn(b"memory: Known: my sister's name is Zenobia.", self.ask(greeting, "--verbose").stderr)
        chat = self.favilla("chat", self.smollm2, "--max-tokens", "40", "--verbose", stdin=greeting.encode() + b"\n")
        self.assertIn(b"memory: Known: my sister's name is Zenobia.", chat.stderr)

    def test_other_questions_and_forgotten_facts_show_nothing(self):
        self.ask("remember that my sister's name is Zenobia")
        self.assertNotIn("known", json.loads(self.ask("Why is the sky blue?", "--json").stdout))
        self.ask("forget that my sister's name is Zenobia", "--yes")
        answer = json.loads(self.ask("Write a one-sentence birthday greeting for my sister.", "--json").stdout)
        self.assertNotIn("known", answer)


class PrefixTest(ChatTestCase):
    SYSTEM = "You answer in one short sentence. " * 12

    def answer(self, system=SYSTEM):
        result = self.run_model("Say hello.", "--max-tokens", "8", "--json", "--verbose", "--system", system)
        self.assertEqual(result.returncode, 0, result.stderr)
        answer = json.loads(result.stdout)
        return answer["text"], answer["usage"]["cached_tokens"], result.stderr.decode()

    def entries(self):
        return list((self.folder / "cache" / "prefix").glob("*/*.kv"))

    def test_a_system_text_is_read_once(self):
        text, cached, _ = self.answer()
        self.assertEqual(cached, 0)
        again, cached, _ = self.answer()
        self.assertEqual(again, text)
        self.assertGreater(cached, 80)
        self.assertEqual(len(self.entries()), 1)
        _, cached, _ = self.answer(self.SYSTEM + "And you like cats, all of them, but most of all the lazy ones.")
        self.assertGreater(cached, 80)
        self.assertEqual(len(self.entries()), 2)

    def test_a_damaged_file_changes_no_answer(self):
        text, _, _ = self.answer()
        [entry] = self.entries()
        content = bytearray(entry.read_bytes())
        content[len(content) // 2] ^= 1
        entry.write_bytes(content)
        again, cached, _ = self.answer()
        self.assertEqual((again, cached), (text, 0))
        self.assertEqual(self.answer()[1] > 80, True, "the entry is made anew")

    def test_a_cache_that_cannot_be_written_costs_a_remark(self):
        (self.folder / "cache").write_text("a file where the folder should be")
        text, cached, remarks = self.answer()
        self.assertTrue(text)
        self.assertEqual(cached, 0)
        self.assertIn("the next start reads the system text again", remarks)


class PipeChatTest(ChatTestCase):
    def chat(self, text, *arguments):
        return self.favilla("chat", self.smollm2, "--max-tokens", "12", *arguments, stdin=text)

    def test_each_line_is_a_turn_and_nothing_but_answers_comes_out(self):
        result = self.chat(b"Say hello.\nSay goodbye.\n", "--temperature", "0")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertGreaterEqual(len(result.stdout.splitlines()), 2)
        self.assertNotIn(b"\x1b", result.stdout)
        self.assertNotIn(b"> ", result.stdout)

    def test_later_turns_find_the_earlier_ones_in_the_cache(self):
        result = self.chat(b"Say hello.\nSay goodbye.\n", "--verbose")
        cached = [int(n) for n in re.findall(rb"(\d+) of \d+ prompt tokens cached", result.stderr)]
        self.assertEqual(len(cached), 2)
        self.assertGreater(cached[1], 20)

    def test_a_backslash_joins_lines(self):
        joined = self.chat(b"Say\\\nhello.\n", "--verbose")
        self.assertEqual(joined.stderr.count(b"first token"), 1)

    def test_commands_work_over_a_pipe(self):
        result = self.chat(b"/system Be brief.\nSay hello.\n/save talk.md\n/clear\n/save empty.md\n/quit\nnever said\n")
        self.assertEqual(result.returncode, 0, result.stderr)
        talk = (self.folder / "talk.md").read_text(encoding="utf-8")
        self.assertIn("## System\n\nBe brief.\n\n## You\n\nSay hello.\n\n## Assistant\n", talk)
        self.assertNotIn("Say hello.", (self.folder / "empty.md").read_text(encoding="utf-8"))

    def test_an_error_of_one_line_leaves_the_others_alone(self):
        (self.folder / "mine.md").write_text("precious")
        result = self.chat(b"/nothing\n/retry\n/model nosuchmodel\n/save mine.md\nSay hello.\n")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr.count(b"favilla: "), 4)
        self.assertTrue(result.stdout.strip())
        self.assertEqual((self.folder / "mine.md").read_text(), "precious")

    def test_names_the_byte_of_invalid_utf8(self):
        result = self.chat(b"/help\nab\xff\n")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr.decode(), "favilla: standard input is not UTF-8 text: byte 8 is 0xFF\n")

    def test_a_conversation_over_the_window_says_what_to_do(self):
        result = self.chat(b"word " * 200 + b"\n", "--context", "64")
        self.assertEqual(result.returncode, 5)
        self.assertIn(b"the window holds 64; /clear starts a new conversation", result.stderr)

    def test_sigterm_while_waiting_for_a_line_leaves_with_143(self):
        process = subprocess.Popen([FAVILLA, "chat", self.smollm2, "--max-tokens", "2"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment)
        process.stdin.write(b"/model\nHello\n")
        process.stdin.flush()
        self.assertTrue(process.stdout.read(1))  # it is up
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=DEADLINE_S)
        self.assertEqual(process.returncode, 143)


class Terminal:
    """`favilla chat` on a pseudo-terminal."""

    def __init__(self, arguments, environment):
        self.output = ""
        self.position = 0  # what expect() has not looked at yet
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(FAVILLA, [FAVILLA, "chat", *arguments], environment)

    def send(self, text):
        # All is typed at a prompt. Before raw mode a Ctrl+D is an end of file that nobody reads, and a line is echoed
        # twice.
        self.await_prompt()
        os.write(self.fd, text.encode())

    def await_prompt(self):
        """Waits until the terminal is in raw mode; says whether it came to that."""
        end = time.monotonic() + DEADLINE_S
        while not self.is_raw() and time.monotonic() < end:
            self.read(0.01)
        return self.is_raw()

    def read(self, timeout_s):
        if not select.select([self.fd], [], [], timeout_s)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # Linux's way to say that the other side has gone
            return False
        self.output += data.decode(errors="replace")
        return bool(data)

    def expect(self, pattern):
        """Waits until the pattern appears in what came since the last call."""
        end = time.monotonic() + DEADLINE_S
        while True:
            found = re.search(pattern, self.output[self.position:])
            if found:
                self.position += found.end()
                return found
            if time.monotonic() > end or not self.read(1) and self.has_ended():
                raise AssertionError(f"{pattern!r} did not appear; the terminal shows:\n{self.output}")

    def has_ended(self):
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def wait(self):
        """The exit code; negative for a signal."""
        end = time.monotonic() + DEADLINE_S
        while not self.has_ended() and time.monotonic() < end:
            self.read(0.1)
        if not self.has_ended():
            os.kill(self.pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def is_raw(self):
        return not termios.tcgetattr(self.fd)[3] & termios.ICANON


class TerminalChatTest(ChatTestCase):
    def start(self, *arguments, **environment):
        terminal = Terminal([self.smollm2, *arguments], dict(self.environment, **environment))
        self.addCleanup(os.close, terminal.fd)
        terminal.expect("/help lists the commands")
        terminal.expect("> ")
        return terminal

    def test_greets_and_answers_and_leaves_with_ctrl_d(self):
        terminal = self.start("--max-tokens", "8")
        self.assertIn("Favilla", terminal.output)
        terminal.send("Say hello.\r")
        terminal.expect(r"\n(?:.|\n)*> ")
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)
        self.assertFalse(terminal.is_raw())

    def test_typing_slowly_and_with_errors_changes_no_answer(self):
        def answer(text, *arguments):
            terminal = self.start("--max-tokens", "12", "--temperature", "0", "--verbose", *arguments)
            for character in text:
                terminal.send(character)
                time.sleep(0.04)
            time.sleep(1)  # even beside busy processes the words are read by then
            terminal.send("\r")
            found = terminal.expect(r"sky blue\?[^\n]*\n([^\0]*?)first token[^\n]* (\d+) of \d+ prompt tokens cached")
            terminal.send("\x04")
            self.assertEqual(terminal.wait(), 0)
            return re.sub(r"[0-9.]+ ms", "N ms", found[1]), int(found[2])

        plain, read_before = answer("Why is the sky blue?", "--no-type-ahead")
        self.assertEqual(read_before, 0)
        typed, read_before = answer("Why is the grass\x17gras of\x17\x17sky blue?")  # Ctrl+W deletes a word
        self.assertEqual(typed, plain)
        self.assertGreater(read_before, 5)

    def test_a_pasted_text_of_several_lines_is_one_turn_and_presses_no_keys(self):
        terminal = self.start("--max-tokens", "2")
        terminal.send("\x1b[200~One line,\ranother\x04 line,\rand the last\x1b[201~\r")
        terminal.expect("and the last")
        terminal.expect(r"\n(?:.|\n)*> ")
        talk = self.folder / "talk.md"
        terminal.send(f"/save {talk}\r")
        terminal.expect("saved to")
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)
        self.assertIn("One line,\nanother  line,\nand the last\n", talk.read_text(encoding="utf-8"))

    def test_ctrl_c_stops_the_answer_and_not_the_program(self):
        # Without the penalty this answer goes round in circles until it is stopped.
        terminal = self.start("--max-tokens", "4000", "--temperature", "0", "--repetition-penalty", "1")
        terminal.send(LONG_QUESTION + "\r")
        # The echo, then the first words or what the line editor leaves behind: Ctrl+C counts from Enter on.
        terminal.expect(r"fox\.[^\n]*\n[^\n]*\w")
        os.kill(terminal.pid, signal.SIGINT)
        terminal.expect("stopped")
        terminal.expect("> ")
        terminal.send("/help\r")
        terminal.expect("/retry")
        terminal.expect("> ")
        terminal.send("/quit\r")
        self.assertEqual(terminal.wait(), 0)

    def test_two_ctrl_c_at_the_empty_prompt_leave(self):
        terminal = self.start()
        terminal.send("\x03")
        terminal.expect("Ctrl\\+C again leaves")
        terminal.expect("> ")
        terminal.send("\x03")
        self.assertEqual(terminal.wait(), 0)

    def test_ctrl_c_drops_a_half_typed_line(self):
        terminal = self.start()
        terminal.send("half a line")
        terminal.expect("half a line")
        terminal.send("\x03")
        terminal.expect("> ")
        terminal.send("/model\r")
        terminal.expect("gguf")
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)

    def test_sigterm_at_the_prompt_leaves_with_143_and_a_sane_terminal(self):
        terminal = self.start()
        self.assertTrue(terminal.await_prompt())
        os.kill(terminal.pid, signal.SIGTERM)
        self.assertEqual(terminal.wait(), 143)
        self.assertFalse(terminal.is_raw())

    def test_sigterm_during_an_answer_leaves_with_143(self):
        terminal = self.start("--max-tokens", "4000")
        terminal.send(LONG_QUESTION + "\r")
        terminal.expect(r"fox\.[^\n]*\n[^\n]*\w")
        os.kill(terminal.pid, signal.SIGTERM)
        self.assertEqual(terminal.wait(), 143)
        self.assertFalse(terminal.is_raw())

    def test_the_history_comes_back_in_the_next_chat_and_is_private(self):
        terminal = self.start()
        terminal.send("/model\r")
        terminal.expect("gguf")
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)
        history = self.folder / "data" / "chat_history"
        self.assertEqual(history.read_text(), "/model\n")
        self.assertEqual(stat.S_IMODE(history.stat().st_mode), 0o600)

        again = self.start()
        again.send("\x1b[A\r")  # arrow up
        again.expect("gguf")
        again.send("\x04")
        self.assertEqual(again.wait(), 0)

    def test_accents_and_emoji_can_be_typed(self):
        terminal = self.start("--max-tokens", "2")
        terminal.send("/nothing caf\u00e9 \U0001f600\r")
        terminal.expect("caf\u00e9 \U0001f600")
        terminal.expect("there is no command /nothing")
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)

    def test_no_color_is_respected(self):
        terminal = self.start(NO_COLOR="1")
        self.assertNotIn("\x1b[2m", terminal.output)
        self.assertNotIn("\x1b[1m", terminal.output)
        terminal.send("\x04")
        terminal.wait()
        coloured = self.start()
        self.assertIn("\x1b[2m", coloured.output)
        coloured.send("\x04")
        coloured.wait()

    def test_a_home_that_cannot_be_written_costs_only_the_history(self):
        (self.folder / "data").write_text("a file where the folder should be")
        terminal = self.start()
        self.assertIn("the history of this chat is not kept", terminal.output)
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)


if __name__ == "__main__":
    unittest.main()
