#!/usr/bin/env python3
"""Drives `favilla batch` with the real SmolLM2 and tiny models: answers, errors, restarts.

FAVILLA is the program, FAVILLA_TEST_MODELS the folder with the models. The answers are also read by the types of
OpenAI's own Python client (build/interop-venv, which ./check makes).
"""
import base64
import json
import math
import os
import pathlib
import signal
import struct
import subprocess
import tempfile
import time
import unittest

FAVILLA = os.environ.get("FAVILLA", "favilla")
MODELS = os.environ.get("FAVILLA_TEST_MODELS")
ROOT = pathlib.Path(__file__).resolve().parents[3]
CLIENT_PYTHON = pathlib.Path(os.environ.get("FAVILLA_INTEROP_BIN", ROOT / "build" / "interop-venv" / "bin")) / "python"
TINY_EMBEDDER = ROOT / "tests" / "golden" / "models" / "bert-mean.gguf"
DEADLINE_S = 120
CHAT = "/v1/chat/completions"
EMBEDDINGS = "/v1/embeddings"

WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 30}},
                   "required": ["city"]}}}
ALARM = {"type": "function", "function": {
    "name": "set_alarm", "description": "Sets an alarm",
    "parameters": {"type": "object", "properties": {"hour": {"type": "integer", "minimum": 0, "maximum": 23}},
                   "required": ["hour"]}}}
READ_AS_CLIENT = """
import json, sys
from openai.types.chat import ChatCompletion
from openai.types import CreateEmbeddingResponse
for line in open(sys.argv[1]):
    body = json.loads(line)["response"]["body"]
    kind = ChatCompletion if body["object"] == "chat.completion" else CreateEmbeddingResponse
    kind.model_validate(body, strict=True)
    print(kind.__name__)
"""


def user(text):
    return [{"role": "user", "content": text}]


class BatchTestCase(unittest.TestCase):
    def setUp(self):
        self.assertTrue(MODELS, "set FAVILLA_TEST_MODELS to the folder with the test models (./check does it)")
        self.smollm2 = str(pathlib.Path(MODELS) / "SmolLM2-135M-Instruct.Q4_1.gguf")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.input = self.folder / "in.jsonl"
        self.output = self.folder / "out.jsonl"
        self.environment = dict(os.environ, FAVILLA_DATA_HOME=str(self.folder / "data"),
                                FAVILLA_CACHE_HOME=str(self.folder / "cache"))

    def chat_row(self, custom_id, messages, **body):
        body = {"model": self.smollm2, "messages": messages, "temperature": 0, "max_tokens": 24} | body
        return {"custom_id": custom_id, "method": "POST", "url": CHAT, "body": body}

    def embedding_row(self, custom_id, texts, **body):
        return {"custom_id": custom_id, "method": "POST", "url": EMBEDDINGS,
                "body": {"model": str(TINY_EMBEDDER), "input": texts} | body}

    def write(self, rows):
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        self.input.write_text("".join(line + "\n" for line in lines), encoding="utf-8")

    def command(self, *options):
        return [FAVILLA, "batch", str(self.input), str(self.output), *options]

    def run_batch(self, *options):
        return subprocess.run(self.command(*options), capture_output=True, text=True, timeout=DEADLINE_S,
                              env=self.environment, check=False)

    def answers(self):
        return [json.loads(line) for line in self.output.read_text(encoding="utf-8").splitlines()]

    def batch(self, rows, code=0):
        """Answers by custom_id; the order is checked here, for every batch."""
        self.write(rows)
        result = self.run_batch()
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        answers = self.answers()
        self.assertEqual(len(answers), len(rows))
        for row, answer in zip(rows, answers):
            self.assertEqual(set(answer), {"id", "custom_id", "response", "error"})
            self.assertEqual(answer["custom_id"], row.get("custom_id") if isinstance(row, dict) else None)
        return {answer["custom_id"]: answer for answer in answers}

    def body(self, row):
        return self.batch([row])[row["custom_id"]]["response"]["body"]


class ChatTest(BatchTestCase):
    def test_a_question_is_answered_with_usage_and_reason(self):
        body = self.body(self.chat_row("a", user("Say hello."), max_tokens=5))
        choice = body["choices"][0]
        self.assertEqual(choice["message"]["role"], "assistant")
        self.assertTrue(choice["message"]["content"])
        self.assertEqual(choice["finish_reason"], "length")
        usage = body["usage"]
        self.assertEqual(usage["completion_tokens"], 5)
        self.assertEqual(usage["total_tokens"], usage["prompt_tokens"] + 5)

    def test_usage_counts_the_rendered_prompt(self):
        prompt = ("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
        tokenized = subprocess.run([FAVILLA, "tokenize", self.smollm2, "--control", "--json", prompt],
                                   capture_output=True, text=True, timeout=DEADLINE_S, env=self.environment, check=True)
        row = self.chat_row("a", [{"role": "system", "content": "Be brief."}] + user("Hi"), max_tokens=1)
        self.assertEqual(self.body(row)["usage"]["prompt_tokens"], len(json.loads(tokenized.stdout)["tokens"]))

    def test_a_seed_makes_the_answer_come_again_and_another_seed_does_not(self):
        rows = [self.chat_row(name, user("Tell me a story."), temperature=1.5, seed=seed)
                for name, seed in (("a", 7), ("b", 8), ("c", 7))]
        texts = [a["response"]["body"]["choices"][0]["message"]["content"] for a in self.batch(rows).values()]
        self.assertEqual(texts[0], texts[2])
        self.assertNotEqual(texts[0], texts[1])

    def test_a_stop_text_ends_the_answer(self):
        whole = self.body(self.chat_row("a", user("Count from one to five.")))["choices"][0]["message"]["content"]
        word = whole.split()[2]
        self.output.unlink()
        cut = self.body(self.chat_row("a", user("Count from one to five."), stop=[word]))["choices"][0]
        self.assertEqual(cut["message"]["content"], whole[:whole.index(word)])
        self.assertEqual(cut["finish_reason"], "stop")

    def test_logprobs_spell_the_content_and_greedy_takes_the_likeliest(self):
        body = self.body(self.chat_row("a", user("Say hello."), logprobs=True, top_logprobs=3, max_tokens=6))
        choice = body["choices"][0]
        tokens = choice["logprobs"]["content"]
        self.assertEqual(bytes(b for t in tokens for b in t["bytes"]).decode(), choice["message"]["content"])
        for token in tokens:
            self.assertEqual(len(token["top_logprobs"]), 3)
            self.assertEqual(token["top_logprobs"][0]["token"], token["token"])
            self.assertLessEqual(token["logprob"], 0)
            self.assertLess(sum(math.exp(other["logprob"]) for other in token["top_logprobs"]), 1.0001)

    def test_a_schema_is_kept_to(self):
        schema = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20},
                                                   "days": {"type": "integer", "minimum": 1, "maximum": 9}},
                  "required": ["city", "days"], "additionalProperties": False}
        format_ = {"type": "json_schema", "json_schema": {"name": "trip", "schema": schema, "strict": True}}
        for seed in range(3):
            body = self.body(self.chat_row(f"s{seed}", user("Three days in Paris."), response_format=format_,
                                           temperature=1.5, seed=seed, max_tokens=100))
            self.output.unlink()
            answer = json.loads(body["choices"][0]["message"]["content"])
            self.assertEqual(list(answer), ["city", "days"])
            self.assertIn(answer["days"], range(1, 10))

    def test_a_schema_that_cannot_be_kept_to_is_refused_by_name(self):
        format_ = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"not": {}}}}
        answer = self.batch([self.chat_row("a", user("Hi"), response_format=format_)], code=1)["a"]
        self.assertEqual(answer["response"]["status_code"], 400)
        self.assertEqual(answer["response"]["body"]["error"]["param"], "response_format.json_schema.schema")

    def test_a_prompt_beyond_the_window_says_so(self):
        answer = self.batch([self.chat_row("a", user("word " * 9000))], code=1)["a"]
        error = answer["response"]["body"]["error"]
        self.assertEqual(error["code"], "context_length_exceeded")
        self.assertRegex(error["message"], r"are \d+ tokens long, and the window holds \d+")


class ToolsTest(BatchTestCase):
    def call_of(self, **body):
        choice = self.body(self.chat_row("a", user("What is the weather in Paris?"), tools=[ALARM, WEATHER], **body))
        return choice["choices"][0]

    def test_required_gives_one_valid_call_of_one_of_the_tools(self):
        choice = self.call_of(tool_choice="required", max_tokens=200)
        self.assertEqual(choice["finish_reason"], "tool_calls")
        self.assertIsNone(choice["message"]["content"])
        (call,) = choice["message"]["tool_calls"]
        self.assertRegex(call["id"], r"^call_[0-9a-f]{24}$")
        self.assertIn(call["function"]["name"], ("get_weather", "set_alarm"))
        self.assertIsInstance(json.loads(call["function"]["arguments"]), dict)

    def test_a_named_function_is_called_with_arguments_of_its_schema(self):
        named = {"type": "function", "function": {"name": "set_alarm"}}
        choice = self.call_of(tool_choice=named, temperature=1.5, seed=1)
        (call,) = choice["message"]["tool_calls"]
        self.assertEqual(call["function"]["name"], "set_alarm")
        self.assertIn(json.loads(call["function"]["arguments"])["hour"], range(24))

    def test_none_calls_nothing_and_does_not_show_the_tools(self):
        with_none = self.body(self.chat_row("a", user("Hi"), tools=[WEATHER], tool_choice="none"))
        self.output.unlink()
        without = self.body(self.chat_row("a", user("Hi")))
        self.assertEqual(with_none["usage"]["prompt_tokens"], without["usage"]["prompt_tokens"])
        self.assertEqual(with_none["choices"], without["choices"])

    def test_results_go_back_into_the_conversation(self):
        function = {"name": "get_weather", "arguments": "{\"city\": \"Paris\"}"}
        call = {"id": "c1", "type": "function", "function": function}
        messages = user("Weather?") + [{"role": "assistant", "content": None, "tool_calls": [call]},
                                       {"role": "tool", "tool_call_id": "c1", "content": "It rains in Paris."}]
        body = self.body(self.chat_row("a", messages, tools=[WEATHER]))
        self.assertTrue(body["choices"][0]["message"]["content"])

    def test_a_schema_of_arguments_that_cannot_be_kept_to_names_its_tool(self):
        tool = {"type": "function", "function": {"name": "f", "parameters": {"not": {}}}}
        answer = self.batch([self.chat_row("a", user("Hi"), tools=[tool], tool_choice="required")], code=1)["a"]
        self.assertEqual(answer["response"]["body"]["error"]["param"], "tools[0].function.parameters")

    def test_a_strict_function_is_called_with_valid_arguments_only(self):
        def weather(strict):
            parameters = {"type": "object", "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
                          "required": ["city"]}
            return {"type": "function", "function": {"name": "get_weather", "strict": strict, "parameters": parameters}}

        messages = []
        for city in ("Paris", "Rome"):  # a base model goes on as it sees
            function = {"name": "get_weather", "arguments": json.dumps({"city": city})}
            messages += user(f"What is the weather in {city}?")
            call = {"id": city, "type": "function", "function": function}
            messages.append({"role": "assistant", "tool_calls": [call]})
            messages.append({"role": "tool", "tool_call_id": city, "content": "sunny"})
            messages.append({"role": "assistant", "content": "It is sunny."})
        messages += user("What is the weather in Berlin?")
        gemma = str(pathlib.Path(MODELS) / "gemma-3-270m-Q4_K_M.gguf")
        answers = self.batch([self.chat_row(str(strict), messages, tools=[weather(strict)], model=gemma, max_tokens=60)
                              for strict in (False, True)])
        cities = {}
        for name, answer in answers.items():
            choice = answer["response"]["body"]["choices"][0]
            self.assertEqual(choice["finish_reason"], "tool_calls")
            self.assertIsNone(choice["message"]["content"])
            (call,) = choice["message"]["tool_calls"]
            cities[name] = json.loads(call["function"]["arguments"])["city"]
        self.assertEqual(cities["False"], "Berlin")
        self.assertIn(cities["True"], ("Paris", "Rome"))

    def test_a_base_model_can_be_made_to_call(self):
        gemma = str(pathlib.Path(MODELS) / "gemma-3-270m-Q4_K_M.gguf")
        row = self.chat_row("a", user("What is the weather in Paris?"), tools=[WEATHER], tool_choice="required",
                            model=gemma)
        (call,) = self.body(row)["choices"][0]["message"]["tool_calls"]
        self.assertEqual(list(json.loads(call["function"]["arguments"])), ["city"])


def function(name, description, **properties):
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


class AssistantTest(BatchTestCase):
    """Model "favilla": its own way to choose functions, with the adapter that is part of the program and without."""

    TOOLS = [function("play_song", "Play a song.", title={"type": "string"}),
             function("book_table", "Reserve a table in a restaurant.", restaurant={"type": "string"},
                      people={"type": "integer"}),
             function("send_message", "Send a text message to somebody.", to={"type": "string"},
                      text={"type": "string"})]
    SAID = {"play the song \"Blue Moon\"": ("play_song", {"title": "Blue Moon"}),
            "book a table for 4 people at Casa Rosa": ("book_table", {"restaurant": "Casa Rosa", "people": 4}),
            "what a lovely day it is": None,
            "who painted the Mona Lisa?": None}

    def calls(self, *options):
        rows = [self.chat_row(text, user(text), model="favilla", tools=self.TOOLS) for text in self.SAID]
        self.write(rows)
        result = self.run_batch("--model", self.smollm2, *options)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        calls = {}
        for answer in self.answers():
            made = answer["response"]["body"]["choices"][0]["message"].get("tool_calls") or []
            function = made[0]["function"] if made else None
            calls[answer["custom_id"]] = function and (function["name"], json.loads(function["arguments"]))
        return calls

    def test_the_trained_model_calls_what_is_asked_for_and_nothing_else(self):
        self.assertEqual(self.calls(), self.SAID)

    def test_the_bare_model_calls_nothing_that_is_not_asked_for(self):
        for text, call in self.calls("--no-adapter").items():
            self.assertIn(call, (self.SAID[text], None))


class EmbeddingsTest(BatchTestCase):
    def test_texts_become_vectors_of_length_one(self):
        body = self.body(self.embedding_row("a", ["one", "two"]))
        self.assertEqual([item["index"] for item in body["data"]], [0, 1])
        for item in body["data"]:
            self.assertAlmostEqual(sum(x * x for x in item["embedding"]), 1, places=4)
        self.assertEqual(body["usage"]["prompt_tokens"], body["usage"]["total_tokens"])

    def test_base64_and_token_ids_and_fewer_dimensions_say_the_same(self):
        answers = self.batch([self.embedding_row("floats", "one"),
                              self.embedding_row("base64", "one", encoding_format="base64"),
                              self.embedding_row("few", "one", dimensions=4)])
        floats, coded, few = (answers[name]["response"]["body"]["data"][0]["embedding"] for name in answers)
        raw = base64.b64decode(coded)
        for a, b in zip(floats, struct.unpack(f"<{len(raw) // 4}f", raw)):
            self.assertAlmostEqual(a, b, places=6)
        length = math.sqrt(sum(x * x for x in floats[:4]))
        for a, b in zip(few, floats):
            self.assertAlmostEqual(a, b / length, places=5)

    def test_wrong_dimensions_and_wrong_kinds_of_model_are_refused(self):
        answers = self.batch([self.embedding_row("dimensions", "one", dimensions=60000),
                              self.embedding_row("generator", "one", model=self.smollm2),
                              self.embedding_row("token", [10 ** 8]),
                              self.chat_row("embedder", user("Hi"), model=str(TINY_EMBEDDER))], code=1)
        params = {name: answer["response"]["body"]["error"]["param"] for name, answer in answers.items()}
        self.assertEqual(params, {"dimensions": "dimensions", "generator": "model", "token": "input",
                                  "embedder": "model"})


class RowsTest(BatchTestCase):
    def test_a_wrong_row_is_answered_with_its_error_and_the_run_goes_on(self):
        good = self.embedding_row("good", "one")
        rows = ["nonsense", "[]", {"custom_id": "nothing"}, good | {"custom_id": "method", "method": "GET"},
                good | {"custom_id": "url", "url": "/v1/images"}, good | {"custom_id": "body", "body": 3},
                good | {"custom_id": "member", "priority": 1}, good]
        answers = self.batch(rows, code=1)
        self.assertEqual(answers["good"]["response"]["status_code"], 200)
        for name in ("nothing", "method", "url", "body", "member"):
            self.assertIsNone(answers[name]["response"])
            self.assertRegex(answers[name]["error"]["message"], r"^line \d+: \w+: ")
        self.assertEqual(answers["method"]["error"]["code"], "invalid_method")
        self.assertEqual(answers["url"]["error"]["code"], "invalid_url")

    def test_a_request_that_is_wrong_gets_the_status_of_the_http_interface(self):
        answers = self.batch([self.chat_row("model", user("Hi"), model="no-such-model"),
                              self.chat_row("content", user(3)),
                              self.chat_row("stream", user("Hi"), stream=True)], code=1)
        found = {name: (a["response"]["status_code"], a["response"]["body"]["error"]["param"])
                 for name, a in answers.items()}
        self.assertEqual(found, {"model": (404, "model"), "content": (400, "messages[0].content"),
                                 "stream": (400, "stream")})

    def test_rows_without_a_model_get_the_one_of_the_command(self):
        row = self.embedding_row("a", "one")
        del row["body"]["model"]
        self.write([row])
        self.assertEqual(self.run_batch().returncode, 1)
        self.output.unlink()
        self.assertEqual(self.run_batch("--model", str(TINY_EMBEDDER)).returncode, 0)

    def test_the_summary_counts_and_json_is_one_object(self):
        self.write([self.embedding_row("a", "one"), self.embedding_row("b", "")])
        summary = json.loads(self.run_batch("--json").stdout)
        self.assertEqual({name: summary[name] for name in ("rows", "answered", "failed", "already_answered")},
                         {"rows": 2, "answered": 1, "failed": 1, "already_answered": 0})
        again = self.run_batch()
        self.assertEqual(again.returncode, 0)
        self.assertIn("2 were there already", again.stdout)

    def test_one_custom_id_twice_is_refused_before_anything_is_done(self):
        self.write([self.embedding_row("a", "one"), self.embedding_row("a", "two")])
        result = self.run_batch()
        self.assertEqual(result.returncode, 2)
        self.assertIn('line 2 has the custom_id "a" of line 1', result.stderr)
        self.assertFalse(self.output.exists())

    def test_files_that_cannot_be_used_are_refused_in_one_sentence(self):
        self.assertEqual(self.run_batch().returncode, 3)
        self.write([])
        self.assertEqual(self.run_batch().returncode, 2)
        self.write([self.embedding_row("a", "one")])
        self.output.write_text("a letter\n")
        result = self.run_batch()
        self.assertEqual(result.returncode, 4)
        self.assertEqual(result.stderr.count("\n"), 1)
        self.assertEqual(self.output.read_text(), "a letter\n")
        same = subprocess.run([FAVILLA, "batch", str(self.input), str(self.input)], capture_output=True,
                              timeout=DEADLINE_S, env=self.environment, check=False)
        self.assertEqual(same.returncode, 2)


class ResumeTest(BatchTestCase):
    def rows(self, count):
        return [self.chat_row(f"row {i}", user(f"Say {i}."), max_tokens=4) for i in range(count)]

    def test_a_killed_run_goes_on_and_ends_with_the_same_answers(self):
        rows = self.rows(30)
        expected = {name: answer["response"]["body"]["choices"] for name, answer in self.batch(rows).items()}
        self.output.unlink()
        kept = []
        for wanted in (3, 11, 20):
            run = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=self.environment)
            deadline = time.monotonic() + DEADLINE_S
            while run.poll() is None and time.monotonic() < deadline:
                if self.output.exists() and self.output.read_bytes().count(b"\n") >= wanted:
                    break
                time.sleep(0.002)
            run.send_signal(signal.SIGKILL)
            run.wait()
            whole = self.output.read_bytes().splitlines(keepends=True)
            self.assertEqual(whole[:len(kept)], kept, "an answer that was written is gone")
            kept = [line for line in whole if line.endswith(b"\n")]
            self.assertGreaterEqual(len(kept), wanted)
        result = self.run_batch()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.output.read_bytes().splitlines(keepends=True)[:len(kept)], kept)
        found = {answer["custom_id"]: answer["response"]["body"]["choices"] for answer in self.answers()}
        self.assertEqual(list(found.items()), list(expected.items()))

    def test_a_torn_last_line_is_cut_off_and_said(self):
        rows = self.rows(3)
        self.batch(rows)
        whole = self.output.read_bytes()
        for cut in (1, 50, len(whole.splitlines()[-1])):
            self.output.write_bytes(whole[:-cut])
            result = self.run_batch()
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("the last line was torn", result.stderr)
            self.assertEqual([a["custom_id"] for a in self.answers()], ["row 0", "row 1", "row 2"])

    def test_missing_answers_are_put_where_they_belong(self):
        rows = self.rows(5)
        self.batch(rows)
        lines = self.output.read_bytes().splitlines(keepends=True)
        self.output.write_bytes(lines[0] + lines[3])
        self.assertEqual(self.run_batch().returncode, 0)
        self.assertEqual([a["custom_id"] for a in self.answers()], [row["custom_id"] for row in rows])
        self.assertIn(lines[3], self.output.read_bytes().splitlines(keepends=True))

    def test_rows_may_be_added_at_the_end(self):
        rows = self.rows(4)
        self.batch(rows[:2])
        before = self.output.read_bytes()
        self.batch(rows)
        self.assertTrue(self.output.read_bytes().startswith(before))

    def test_answers_to_other_requests_are_never_mixed_in(self):
        self.batch(self.rows(2))
        before = self.output.read_bytes()
        for rows in ([self.embedding_row("row 0", "one")], [self.embedding_row("other", "one")]):
            self.write(rows)
            result = self.run_batch()
            self.assertEqual(result.returncode, 4)
            self.assertIn("name another file for the answers", result.stderr)
            self.assertEqual(self.output.read_bytes(), before)

    def test_ctrl_c_stops_within_a_second_and_keeps_what_is_done(self):
        self.write([self.chat_row("a", user("Hi"), max_tokens=2),
                    self.chat_row("b", user("Tell me a very long story."), max_tokens=1900)])
        run = subprocess.Popen(self.command(), stderr=subprocess.PIPE, text=True, env=self.environment)
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline and not (self.output.exists() and b"\n" in self.output.read_bytes()):
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=DEADLINE_S)
        self.assertEqual(run.returncode, 130)
        self.assertIn("stopped after 1 of 2 rows", errors)
        self.assertEqual([a["custom_id"] for a in self.answers()], ["a"])

    def test_two_runs_do_not_write_one_file(self):
        self.write([self.chat_row("a", user("Tell me a very long story."), max_tokens=1900)])
        first = subprocess.Popen(self.command(), stderr=subprocess.DEVNULL, env=self.environment)
        self.addCleanup(first.wait)
        self.addCleanup(first.kill)
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline and not self.output.exists():
            time.sleep(0.01)
        result = self.run_batch()
        self.assertEqual(result.returncode, 7, result.stderr)


class ClientTest(BatchTestCase):
    def test_the_types_of_openais_client_read_every_answer(self):
        self.assertTrue(CLIENT_PYTHON.exists(), f"{CLIENT_PYTHON} is missing; ./check makes it")
        self.batch([self.chat_row("text", user("Hi"), logprobs=True, top_logprobs=2, max_tokens=3),
                    self.chat_row("call", user("Weather in Paris?"), tools=[WEATHER], tool_choice="required"),
                    self.chat_row("length", user("Hi"), max_tokens=1),
                    self.embedding_row("vector", ["one", "two"])])
        read = subprocess.run([str(CLIENT_PYTHON), "-c", READ_AS_CLIENT, str(self.output)], capture_output=True,
                              text=True, timeout=DEADLINE_S, check=False)
        self.assertEqual(read.returncode, 0, read.stderr)
        self.assertEqual(read.stdout.split(), ["ChatCompletion"] * 3 + ["CreateEmbeddingResponse"])


if __name__ == "__main__":
    unittest.main()
