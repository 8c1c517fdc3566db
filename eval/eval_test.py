#!/usr/bin/env python3
"""Tests of the evaluation itself: what counts as the same value, what the runners make of answers, and the data."""

import importlib.util
import json
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "everyday")]

import values  # noqa: E402
from cases import Case, Step, like, like_any  # noqa: E402

NOW = datetime(2026, 11, 23, 10)

# Stands in for the command: it understands the sentences of EVAL_ANSWERS, and has one action that reads only.
STAND_IN = """#!/usr/bin/env python3
import json, os, sys
if sys.argv[1] == "tools":
    print("clock now: Tells the time. (reads only)" if sys.argv[2:] else "TOOL\\nclock")
    sys.exit()
answers = json.load(open(os.environ["EVAL_ANSWERS"]))
for row in sys.stdin:
    print(json.dumps(answers.get(json.loads(row)["text"], {"path": "none", "actions": []})))
"""


def load(path):
    spec = importlib.util.spec_from_file_location(path.parent.name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


everyday = load(HERE / "everyday" / "run.py")
tasks = load(HERE / "tasks" / "run.py")
agent = load(HERE / "agent" / "run.py")


def same(key, expected, arguments, now=NOW):
    return values.same_value(key, expected, values.found_value(key, arguments, now), arguments, now)


class Values(unittest.TestCase):
    def test_a_moment_may_be_a_time_of_day_or_so_long_from_now(self):
        self.assertTrue(same("due", "2026-11-23T18:00", {"due": "2026-11-23T18:00:00"}))
        self.assertTrue(same("due", "2026-11-23T18:00", {"due": "18:00:00"}))
        self.assertTrue(same("due", "2026-11-23T10:20", {"in_seconds": 1200}))
        self.assertFalse(same("due", "2026-11-23T18:00", {"due": "06:00:00"}))
        self.assertFalse(same("due", "2026-11-23T18:00", {"due": "2026-11-23"}))
        self.assertFalse(same("due", "2026-11-23T18:00", {}))

    def test_a_time_of_day_that_is_over_is_tomorrows(self):
        self.assertTrue(same("time", "2026-11-24T07:00", {"time": "07:00"}))
        self.assertFalse(same("time", "2026-11-23T07:00", {"time": "07:00"}))

    def test_a_day_is_kept_with_or_without_a_time(self):
        for due in ("2026-11-24", "2026-11-24T09:00:00"):
            self.assertTrue(same("due", {"on": "2026-11-24"}, {"due": due}))
        self.assertFalse(same("due", {"on": "2026-11-24"}, {"due": "2026-11-25"}))

    def test_a_part_of_the_day_is_a_moment_in_it_or_a_range_in_it(self):
        evening = {"between": ["2026-11-23T17:00", "2026-11-23T23:59"]}
        self.assertTrue(same("due", evening, {"due": "2026-11-23T20:00:00"}))
        self.assertTrue(same("due", evening, {"due": "2026-11-23T18:00:00/2026-11-23T22:00:00"}))
        self.assertFalse(same("due", evening, {"due": "2026-11-23T10:00:00"}))
        self.assertTrue(same("due", {"between": ["2026-11-30", "2026-12-06"]}, {"due": "2026-12-06T20:00:00"}))

    def test_a_range_may_be_a_word_a_day_or_two_ends(self):
        self.assertTrue(same("range", "2026-11-23", {"which": "today"}))
        self.assertTrue(same("range", "2026-11-24", {"range": "2026-11-24T00:00:00/2026-11-25T00:00:00"}))
        self.assertTrue(same("range", "2026-11-23/2026-11-30", {"start": "2026-11-23", "end": "2026-11-30"}))
        self.assertTrue(same("range", "2026-11-24", {"start": "2026-11-24"}))
        self.assertFalse(same("range", "2026-11-24", {"start": "2026-11-24T10:00:00"}))
        self.assertFalse(same("range", "2026-11-24", {"which": "today"}))

    def test_an_end_may_be_said_as_a_length(self):
        arguments = {"start": "2026-11-24T14:00:00", "duration_seconds": 7200}
        self.assertTrue(same("end", "2026-11-24T16:00", arguments))
        self.assertTrue(same("duration_seconds", 3600, {"range": "2026-11-24T14:00:00/2026-11-24T15:00:00"}))

    def test_rules_are_compared_by_meaning(self):
        weekdays = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
        self.assertTrue(same("recurrence", weekdays, {"recurrence": "FREQ=DAILY;BYDAY=FR,MO,TU,WE,TH"}))
        monday = {"recurrence": "FREQ=WEEKLY;INTERVAL=1", "due": "2026-11-30T09:00:00"}
        self.assertTrue(same("recurrence", "FREQ=WEEKLY;BYDAY=MO", monday))
        self.assertFalse(same("recurrence", "FREQ=WEEKLY;BYDAY=TU", monday))
        self.assertFalse(same("recurrence", "FREQ=WEEKLY;INTERVAL=2", {"recurrence": "FREQ=WEEKLY"}))

    def test_names_differ_in_case_and_articles_only(self):
        self.assertTrue(same("list", "shopping", {"list": "the Shopping list"}))
        self.assertTrue(same("items", ["milk"], {"item": "Milk"}))
        self.assertFalse(same("items", ["milk", "eggs"], {"items": ["milk and eggs"]}))
        self.assertFalse(same("text", "call Ana", {"text": "to call Ana"}))

    def test_sizes_are_compared_in_bytes(self):
        for size in ("1 GB", 1000000000, {"number": "1", "unit": "gigabyte"}):
            self.assertTrue(same("larger_than", 1000000000, {"larger_than": size}))
        self.assertTrue(same("larger_than", 2**20, {"larger_than": "1 MiB"}))
        self.assertFalse(same("larger_than", 1000000000, {"larger_than": "1 MB"}))

    def test_an_answer_is_a_number_in_the_reply(self):
        self.assertTrue(values.has_answer(10560, {}, "2 miles = 10,560 feet"))
        self.assertTrue(values.has_answer(0.3, {"result": {"value": "0.3"}}, ""))
        self.assertFalse(values.has_answer(17, {}, "20% of 85"))


class Patterns(unittest.TestCase):
    def test_a_star_is_anything_and_the_rest_is_itself(self):
        self.assertTrue(like("DUE;TZID=X:20261123T180000", "DUE*20261123T180000*"))
        self.assertFalse(like("- [x] milk", "- [ ] milk"))
        self.assertTrue(like_any("Two\nlines", "nothing || two*LINES"))


class EverydayRunner(unittest.TestCase):
    def setUp(self):
        self.do = everyday.read_rows(HERE / "everyday" / "do.jsonl")
        self.dont = everyday.read_rows(HERE / "everyday" / "dont.jsonl")

    def run_with(self, answers):
        with tempfile.TemporaryDirectory() as folder:
            command = Path(folder) / "favilla"
            command.write_text(STAND_IN, encoding="utf-8")
            command.chmod(0o755)
            (Path(folder) / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
            figures = Path(folder) / "figures.json"
            script = HERE / "everyday" / "run.py"
            done = subprocess.run(
                [sys.executable, script, "--favilla", command, "--json", figures, "--show"],
                env={"PATH": "/usr/bin:/bin", "EVAL_ANSWERS": str(Path(folder) / "answers.json")},
                capture_output=True,
                text=True,
                check=False,
            )
            report = json.loads(figures.read_text(encoding="utf-8")) if figures.exists() else {}
            return done.returncode, report, done.stdout

    @staticmethod
    def clock_answer():
        return {"path": "instant", "reply": "", "actions": [{"tool": "clock", "action": "now", "arguments": {}}]}

    def test_understanding_nothing_is_exact_and_misses_the_bar(self):
        code, report, _ = self.run_with({})
        self.assertEqual(code, 1)
        self.assertEqual((report["all"]["handled"], report["all"]["wrong_effects"]), (0, 0))

    def test_one_wrong_effect_is_counted_and_a_held_out_one_is_not_printed(self):
        add = {"tool": "lists", "action": "add", "arguments": {}}
        answer = {"path": "instant", "reply": "", "actions": [add]}
        for row in (self.dont[0], self.dont[2]):
            code, report, output = self.run_with({row["text"]: answer})
            self.assertEqual((code, report["all"]["wrong_effects"]), (1, 1))
            self.assertEqual(row["text"] in output, not row["held_out"])

    def test_asking_back_excuses_fragments_only(self):
        answer = {"path": "instant", "asks": True, "actions": [{"pure": False}]}
        fragment = next(row for row in self.dont if row["kind"] == "fragment")
        negation = next(row for row in self.dont if row["kind"] == "negation")
        self.assertEqual(everyday.judge_dont(fragment, answer), "allowed")
        self.assertEqual(everyday.judge_dont(negation, answer), "effect")

    def test_a_right_and_a_wrong_answer_make_half_precision(self):
        clock = [row for row in self.do if row["expect"] == {"tool": "clock", "action": "now", "arguments": {}}]
        other = next(row for row in self.do if row["id"] == "lists-001")
        answers = {row["text"]: self.clock_answer() for row in (clock[0], other)}
        _, report, _ = self.run_with(answers)
        self.assertEqual((report["all"]["handled"], report["all"]["precision"]), (2, 50.0))


class TaskRunner(unittest.TestCase):
    def run_case(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "one.case"
            path.write_text(text, encoding="utf-8")
            return tasks.run_case(tasks.checked_cases(path)[0], Path(folder) / "no-such-command")

    def test_a_command_that_is_missing_fails_the_case(self):
        self.assertIsNotNone(self.run_case("= a\nsay hello\nreply *\n"))

    def test_cases_that_check_nothing_or_have_strange_steps_are_refused(self):
        for text in ("= a\nsay hello\n", "= a\nreply *\n", "= a\nsay x\nreplies *\n", "say x\n"):
            with self.assertRaises(ValueError):
                self.run_case(text)


class AgentRunner(unittest.TestCase):
    def outcome(self, steps, failure=None, **seen):
        case = Case("a", 1, [Step(1, keyword, "") for keyword in steps])
        task = agent.AgentTask(case, Path("."), None, None, None)
        for name, value in seen.items():
            setattr(task, name, value)
        return task.outcome(failure)

    def test_what_became_of_a_task(self):
        self.assertEqual(self.outcome(["say"], None, paths=["agent"]), "at once")
        self.assertEqual(self.outcome(["say"], None, paths=["agent"], proposals=1), "confirmed")
        self.assertEqual(self.outcome(["say"], "no", paths=["none"]), "nothing")
        self.assertEqual(self.outcome(["say"], "no", paths=["agent"]), "wrong answer")
        self.assertEqual(self.outcome(["say"], "no", paths=["agent"], effects=1), "wrong effect")

    def test_what_became_of_talk(self):
        self.assertEqual(self.outcome(["talk"], None, paths=["none"]), "quiet")
        self.assertEqual(self.outcome(["talk"], None, paths=["agent"]), "disturbed")
        self.assertEqual(self.outcome(["talk"], "changed", paths=["agent"]), "wrong effect")

    def test_effects_of_talk_are_not_among_those_of_tasks(self):
        talk, say = (Case(keyword, 1, [Step(1, keyword, "")]) for keyword in ("talk", "say"))
        result = {"outcome": "wrong effect", "failure": "changed", "instant": False}
        report = agent.figures([(talk, result), (say, result), (say, {**result, "outcome": "at once"})])
        self.assertEqual((report["tasks"], report["asking_for_nothing"]), (2, 1))
        self.assertEqual((report["wrong_effect"], report["effects_of_nothing"]), (1, 1))
        self.assertEqual(report["right_percent"], 50.0)


class Data(unittest.TestCase):
    def test_each_side_has_600_sentences_that_occur_once(self):
        do = everyday.read_rows(HERE / "everyday" / "do.jsonl")
        dont = everyday.read_rows(HERE / "everyday" / "dont.jsonl")
        self.assertEqual((len(do), len(dont)), (600, 600))
        for key in ("id", "text"):
            self.assertEqual(len({row[key].casefold() for row in do + dont}), 1200)

    def test_expected_values_expect_themselves(self):
        rows = everyday.read_rows(HERE / "everyday" / "do.jsonl")
        for row in rows + everyday.read_rows(HERE / "everyday" / "varied" / "do.jsonl"):
            wanted = row["expect"] if isinstance(row["expect"], list) else [row["expect"]]
            actions = [{**one, "arguments": plain_arguments(one)} for one in wanted]
            reply = " ".join(str(plain(one["answer"])) for one in wanted if "answer" in one)
            now = datetime.fromisoformat(row["now"])
            self.assertTrue(values.is_expected(row, actions, reply, now), row)

    def test_tasks_have_different_titles_and_none_is_lost(self):
        titles = [(path, c.title) for path in (HERE / "tasks").glob("*.case") for c in tasks.checked_cases(path)]
        self.assertEqual((len(titles), len(set(titles))), (301, 301))


    def test_the_agents_cases_have_different_titles_and_two_sides(self):
        cases = [c for path in agent.CASES for c in agent.checked_cases(path, *agent.FORMAT)]
        self.assertGreaterEqual(len(cases), 200)
        self.assertEqual(len({case.title for case in cases}), len(cases))
        held_out = sum(agent.is_held_out(case) for case in cases)
        self.assertLess(abs(held_out - len(cases) / 2), len(cases) / 8)


def plain(value):
    """A value that fits an expected one."""
    if not isinstance(value, dict):
        return value
    if "any_of" in value:
        return plain(value["any_of"][0])
    return value["on"] if "on" in value else value["between"][0]


def plain_arguments(action):
    return {key: plain(value) for key, value in action.get("arguments", {}).items()}


if __name__ == "__main__":
    unittest.main()
