"""favilla bench and favilla latency: the shape of what they print, and what they refuse. Not how fast anything is.

Environment: FAVILLA, the program; FAVILLA_TEST_MODELS, the folder with the real models.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "bench"))
import peers  # noqa: E402

FAVILLA = os.environ["FAVILLA"]
TINY = Path(__file__).resolve().parents[2] / "golden/models/llama.gguf"  # a window of 256 tokens
DEADLINE_S = 300


def favilla(*words, **environment):
    return subprocess.run([FAVILLA, *map(str, words)], capture_output=True, text=True, timeout=DEADLINE_S, check=False,
                          env={**os.environ, **environment})


def bench(*options):
    answer = favilla("bench", TINY, "--repeat", "2", "--json", *options)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def names(report):
    return [result["name"] for result in report["results"]]


class BenchTest(unittest.TestCase):
    def test_defaults_that_do_not_fit_the_window_are_left_out(self):
        self.assertEqual(names(bench("--starts", "1")), ["pp16", "pp128", "tg64", "cold start"])

    def test_what_was_asked_for_and_does_not_fit_is_an_error(self):
        for option in ("--prefill", "--depth", "--first-token", "--restore"):
            answer = favilla("bench", TINY, option, "257", "--starts", "0")
            self.assertEqual(answer.returncode, 2, answer.stderr)
            self.assertIn("256", answer.stderr)

    def test_every_result_has_its_figures(self):
        report = bench("--prefill", "8", "--decode", "4", "--depth", "0,16", "--batch", "1,3", "--restore", "40",
                       "--starts", "1")
        self.assertEqual(names(report), ["pp8", "tg4", "tg4@16", "tg4x1", "tg4x3", "prefix of 40 restored",
                                         "cold start"])
        for result in report["results"]:
            self.assertGreater(result["p50_ms"], 0)
            self.assertGreaterEqual(result["p95_ms"], result["p50_ms"])
            self.assertNotIn("percent_of_limit", result)
            self.assertEqual(result["runs"], 1 if result["name"] == "cold start" else 2)
            if result["name"] in ("cold start", "prefix of 40 restored"):
                self.assertNotIn("tokens_per_s", result)
            else:
                self.assertLessEqual(result["min"], result["tokens_per_s"])
                self.assertLessEqual(result["tokens_per_s"], result["max"])
        self.assertNotIn("limits", report)

    def test_restoring_leaves_nothing_behind_on_the_disk(self):
        with tempfile.TemporaryDirectory() as cache:
            answer = favilla("bench", TINY, "--prefill", "8", "--decode", "0", "--restore", "40,80", "--starts", "0",
                             FAVILLA_CACHE_HOME=cache)
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertIn("prefix of 80 restored", answer.stdout)
            self.assertEqual(os.listdir(cache), ["packed"])

    def test_a_disk_without_room_for_the_prefix_is_named(self):
        with tempfile.NamedTemporaryFile() as file:
            answer = favilla("bench", TINY, "--restore", "40", "--decode", "0", "--starts", "0",
                             FAVILLA_CACHE_HOME=file.name)
            self.assertNotEqual(answer.returncode, 0)
            self.assertIn(file.name, answer.stderr)

    def test_limits_know_how_fast_each_instruction_set_multiplies(self):
        for isa in ("avx2", "avxvnni", "avx512vnni", "neon"):
            answer = favilla("bench", TINY, "--prefill", "8", "--decode", "0", "--isa", isa, "--limits", "--json")
            if answer.returncode != 0:
                self.assertIn(f"has no {isa}", answer.stderr)
                continue
            report = json.loads(answer.stdout)
            self.assertGreater(report["limits"]["all_threads"]["multiply_adds_per_s"], 1e9, isa)

    def test_limits_come_with_the_part_that_each_figure_reaches(self):
        report = bench("--prefill", "8", "--decode", "4", "--depth", "0", "--starts", "0", "--limits")
        for threads in ("one_thread", "all_threads"):
            self.assertGreater(report["limits"][threads]["read_bytes_per_s"], 1e8)
        self.assertGreaterEqual(report["limits"]["buffer_bytes"], 1 << 26)
        self.assertIn(report["limits"]["may_sit_in_l3"], (True, False))
        written = next(result for result in report["results"] if result["name"] == "tg4")
        self.assertGreater(written["percent_of_limit"], 0)

    def test_the_table_for_people_names_every_test(self):
        answer = favilla("bench", TINY, "--prefill", "8", "--decode", "4", "--depth", "0", "--starts", "0", "--limits")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        for word in ("pp8", "tg4", "tokens/s", "p95 ms", "% of limit", "GB/s"):
            self.assertIn(word, answer.stdout)

    def test_wrong_options_are_usage_errors(self):
        for options in (["--batch", "0"], ["--batch", "9"], ["--prefill", "0"], ["--depth", "-1"], ["--starts", "x"],
                        ["--repeat", "0"], ["--kv", "f8"], ["--isa", "scalar", "--starts", "1"]):
            answer = favilla("bench", TINY, *options)
            self.assertEqual(answer.returncode, 2, options)
            self.assertEqual(answer.stdout, "")
            self.assertTrue(answer.stderr.startswith("favilla: "), answer.stderr)


class PeersTest(unittest.TestCase):
    def test_depths_that_a_models_window_has_no_room_for_are_left_out(self):
        window = peers.window_tokens(FAVILLA, TINY)
        self.assertEqual(window, 256)
        asked = peers.Plan(prefill=[8], decode=4, depths=[0, 252, 253, 8192])
        self.assertEqual(asked.within(window).names(), ["pp8", "tg4", "tg4@252"])

    def test_a_plan_without_any_depth_left_still_reads(self):
        plan = peers.Plan(prefill=[8], decode=4, depths=[])
        report = peers.measure_favilla(FAVILLA, TINY, 1, plan, "native")
        self.assertEqual(names(report), plan.names())


class LatencyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = {"FAVILLA_DATA_HOME": folder.name}

    def install_smollm2(self):
        path = Path(os.environ["FAVILLA_TEST_MODELS"], "SmolLM2-135M-Instruct.Q4_1.gguf")
        pulled = favilla("pull", path, "--name", "smollm2-135m", **self.home)
        self.assertEqual(pulled.returncode, 0, pulled.stderr)

    def test_without_its_model_it_says_how_to_get_it(self):
        answer = favilla("latency", **self.home)
        self.assertEqual(answer.returncode, 3)
        self.assertIn("favilla pull smollm2-135m", answer.stderr)

    def test_json_has_each_stage_with_its_bar_and_verdict(self):
        self.install_smollm2()
        answer = favilla("latency", "--json", **self.home)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        stages = {stage["stage"]: stage for stage in json.loads(answer.stdout)["stages"]}
        self.assertEqual({name: stage["bar_ms"] for name, stage in stages.items()}, {
            "instant turn, flushed to disk": 10,
            "instant turn, not flushed": 2,
            "process start to instant reply": 30,
            "first token, prefix cached, 40 new tokens, 135M": 60,
            "agent turn, 5 functions, warm, to the first decision, 135M": 100,
            "process start to first token, files in page cache, prefix on disk, 135M": 150,
            "token to screen overhead, terminal": 5,
        })
        for stage in stages.values():
            self.assertEqual(set(stage), {"stage", "p50_ms", "p95_ms", "bar_ms", "pass"})
            self.assertLess(0, stage["p50_ms"])
            self.assertLessEqual(stage["p50_ms"], stage["p95_ms"])
            self.assertEqual(stage["pass"], stage["p95_ms"] <= stage["bar_ms"])

    def test_check_turns_a_missed_bar_into_an_exit_code(self):
        self.install_smollm2()
        answer = favilla("latency", "--check", **self.home)
        self.assertEqual(answer.returncode, 1 if "FAIL" in answer.stdout else 0, answer.stdout)
        self.assertEqual(answer.stdout.count("pass") + answer.stdout.count("FAIL"), 7)

    def test_wrong_options_are_usage_errors(self):
        for options in (["--bars", "1"], ["smollm2-135m"]):
            answer = favilla("latency", *options, **self.home)
            self.assertEqual(answer.returncode, 2, options)
            self.assertEqual(answer.stdout, "")


if __name__ == "__main__":
    unittest.main()
