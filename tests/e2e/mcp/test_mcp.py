"""favilla mcp against servers of the official Python and TypeScript SDKs, and against one that misbehaves.

Environment: FAVILLA, the program. The SDKs are in build/mcp-venv and build/mcp-node, which ./check makes from
requirements.txt and package.json.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))

from mcp_server import free_port, start_mcp_server  # noqa: E402  (needs the path above)

FAVILLA = os.environ["FAVILLA"]
SERVERS = Path(__file__).parent / "servers"
BUILD = Path(__file__).parents[3] / "build"
VENV = Path(os.environ.get("FAVILLA_MCP_VENV", BUILD / "mcp-venv")).resolve()
PYTHON = (VENV / "bin/python").resolve().parents[1]  # where the interpreter of the environment is installed
NODE_MODULES = Path(os.environ.get("FAVILLA_MCP_NODE", BUILD / "mcp-node")).resolve() / "node_modules"
NO_SANDBOX = "this computer does not let bubblewrap make one"


def sandbox_works():
    """Some containers allow no user namespaces, or no /proc of one's own: there no stdio server may run."""
    probe = subprocess.run(["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev",
                            "--tmpfs", "/tmp", "true"], capture_output=True, check=False)
    return probe.returncode == 0


SANDBOX = sandbox_works()


class McpTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        (self.home / "config").mkdir()
        (self.home / "secret").write_text("do not read")
        self.environment = {"FAVILLA_DATA_HOME": f"{self.home}/data", "FAVILLA_CONFIG_HOME": f"{self.home}/config",
                            "FAVILLA_CACHE_HOME": f"{self.home}/cache", "FAVILLA_RUNTIME_DIR": f"{self.home}/run",
                            "HOME": str(self.home), "SECRET_OF_THE_SESSION": "s3cret"}
        self.processes = []

    def tearDown(self):
        for process in self.processes:
            process.kill()
            process.communicate()
        self.folder.cleanup()

    # ---- what a test says

    def configure(self, **servers):
        (self.home / "config/mcp.json").write_text(json.dumps({"mcpServers": servers}))

    def favilla(self, *arguments):
        return subprocess.run([FAVILLA, *arguments], capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, **self.environment})

    def mcp(self, *arguments):
        done = self.favilla("mcp", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.rstrip("\n")

    def problem(self, *arguments):
        done = self.favilla("mcp", *arguments)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertTrue(done.stderr.startswith("favilla: "), done.stderr)
        return done.stderr.removeprefix("favilla: ").rstrip("\n")

    def listed(self, server):
        return json.loads(self.mcp("list", server, "--json"))["result"]["servers"][0]

    def call(self, server, tool, **arguments):
        """What the tool said, once the owner approved the tool and the call."""
        answer = json.loads(self.mcp("call", server, tool, json.dumps(arguments), "--yes", "--json"))
        return answer["result"]["calls"][0]["reply"]

    def approve(self, server):
        self.mcp("list", server)
        self.mcp("approve", server, "--yes")

    # ---- servers

    def python_server(self, **more):
        server = {"command": str(VENV / "bin/python"), "args": [str(SERVERS / "sdk_server.py")],
                  "limits": {"start_seconds": 30}}
        seen = [str(PYTHON), str(VENV), str(SERVERS), *more.pop("read", [])]
        return {**server, "sandbox": {"read": seen}, **more}

    def typescript_server(self, package):
        return {"command": "node", "args": [str(SERVERS / "sdk_server.mjs"), str(NODE_MODULES), package],
                "sandbox": {"read": [str(NODE_MODULES), str(SERVERS)]}, "limits": {"start_seconds": 30}}

    def bad_server(self, way, *arguments, **limits):
        # With the folder of the test as an argument, so that what is left behind can be told from others'.
        return {"command": "python3", "args": [str(SERVERS / "bad_server.py"), way, *arguments, str(self.home)],
                "sandbox": {"read": [str(SERVERS)], "write": [str(self.home / "shared")]},
                "limits": {"start_seconds": 6, "call_seconds": 2, **limits}}

    def use_bad_server(self, way, *arguments, **limits):
        (self.home / "shared").mkdir(exist_ok=True)
        self.configure(bad=self.bad_server(way, *arguments, **limits))

    def start_http(self, *command):
        """The address of a server that was started outside of Favilla."""
        process, address = start_mcp_server(*command)
        self.processes.append(process)
        return address


class Http(McpTest):
    def test_the_python_sdk_speaks_2026_07_28(self):
        self.configure(py={"url": self.start_http(str(VENV / "bin/python"), str(SERVERS / "sdk_server.py"))})
        listed = self.listed("py")
        self.assertEqual(listed["protocol"], "2026-07-28")
        self.assertEqual({tool["name"] for tool in listed["tools"]}, {"add", "greet", "fail", "report", "look"})
        self.approve("py")
        self.assertEqual(self.call("py", "add", a=2, b=3), "2 + 3 = 5")
        # Its schema asks for the argument in a header, too.
        self.assertEqual(self.call("py", "greet", name="Jo\u00e3o"), "Hello, Jo\u00e3o.")
        self.assertEqual(self.call("py", "report"), "reported")
        self.assertIn("It failed: ", self.call("py", "fail"))

    def typescript(self, version):
        package = f"sdk-{version}"
        self.configure(ts={"url": self.start_http("node", str(SERVERS / "sdk_server.mjs"), str(NODE_MODULES), package)})
        listed = self.listed("ts")
        self.assertEqual(listed["protocol"], version)
        self.assertEqual([tool["name"] for tool in listed["tools"]], ["add", "shout", "count"])
        self.approve("ts")
        self.assertEqual(self.call("ts", "shout", text="hello"), "shout: HELLO")
        self.assertEqual(self.call("ts", "count", text="x"), "count: X")
        process = self.processes.pop()
        process.kill()
        closed = process.communicate()[1].count("closed ")
        self.assertEqual(closed, 4, "each conversation ends its session")

    def test_the_typescript_sdk_speaks_2025_11_25(self):
        self.typescript("2025-11-25")

    def test_the_typescript_sdk_of_2025_speaks_2025_06_18(self):
        self.typescript("2025-06-18")

    def test_an_address_without_a_server_is_one_sentence(self):
        self.configure(gone={"url": f"http://127.0.0.1:{free_port()}/mcp"})
        self.assertEqual(self.problem("list", "gone"), "gone: cannot ask 127.0.0.1: nothing answers there")


@unittest.skipUnless(SANDBOX, "NoSandbox tests what happens there")
class Stdio(McpTest):
    def test_the_python_sdk_speaks_2026_07_28(self):
        self.configure(py=self.python_server())
        self.assertEqual(self.listed("py")["protocol"], "2026-07-28")
        self.approve("py")
        self.assertEqual(self.call("py", "add", a=2, b=3), "2 + 3 = 5")
        self.assertEqual(self.call("py", "report"), "reported")

    def typescript(self, version):
        self.configure(ts=self.typescript_server(f"sdk-{version}"))
        listed = self.listed("ts")
        self.assertEqual(listed["protocol"], version)
        self.assertEqual([tool["name"] for tool in listed["tools"]], ["add", "shout", "count"])
        self.approve("ts")
        self.assertEqual(self.call("ts", "count", text="x"), "count: X")

    def test_the_typescript_sdk_speaks_2025_11_25(self):
        self.typescript("2025-11-25")

    def test_the_typescript_sdk_of_2025_speaks_2025_06_18(self):
        self.typescript("2025-06-18")

    def test_a_server_sees_its_own_folders_and_nothing_else(self):
        (self.home / "named").mkdir()
        (self.home / "named/file").write_text("x")
        self.configure(py=self.python_server(env={"TOKEN": "of the server"}, read=[str(self.home / "named")]))
        self.approve("py")
        self.assertEqual(self.call("py", "look", path=f"{self.home}/secret"), "hidden")
        self.assertEqual(self.call("py", "look", path=f"{self.home}/config/mcp.json"), "hidden")
        self.assertEqual(self.call("py", "look", path=f"{self.home}/named/file"), "seen")
        self.assertEqual(self.call("py", "look", path="token"), "of the server")
        names = set(self.call("py", "look", path="environment").split())
        self.assertLessEqual(names, {"HOME", "LANG", "LC_CTYPE", "PATH", "PWD", "TOKEN"})
        self.assertIn(self.call("py", "look", path="network"), {"none", "lo"})

    def test_favillas_own_folders_are_hidden_in_a_folder_that_holds_them(self):
        (self.home / "data/notes").mkdir(parents=True)
        self.configure(py=self.python_server(sandbox={"read": [str(PYTHON), str(VENV), str(SERVERS)],
                                                      "write": [str(self.home)]}))
        self.approve("py")
        self.assertEqual(self.call("py", "look", path=f"{self.home}/secret"), "seen")
        for hidden in ("config/mcp.json", "data/favilla.db", "data/notes", "cache/tools"):
            self.assertEqual(self.call("py", "look", path=f"{self.home}/{hidden}"), "hidden", hidden)

    def test_memory_is_limited(self):
        self.configure(py=self.python_server(limits={"start_seconds": 30, "memory_megabytes": 256}))
        self.approve("py")
        self.assertIn("It failed: ", self.call("py", "look", path="memory"))


@unittest.skipUnless(SANDBOX, "NoSandbox tests what happens there")
class Misbehaviour(McpTest):
    def test_a_server_that_never_answers_is_given_up(self):
        self.use_bad_server("hang", start_seconds=2)
        begin = time.monotonic()
        self.assertEqual(self.problem("list", "bad"), "bad: it does not answer in time")
        self.assertLess(time.monotonic() - begin, 20)

    def test_a_server_that_dies_says_why(self):
        self.use_bad_server("die")
        self.assertEqual(self.problem("list", "bad"), "bad: it ended and said: a part is missing")
        self.configure(bad={"command": "/nowhere/server"})
        self.assertIn("bad: it ended and said: sh: ", self.problem("list", "bad"))

    def test_a_server_of_2024_is_refused_and_a_quiet_one_is_greeted(self):
        self.use_bad_server("old")
        self.assertEqual(self.problem("list", "bad"),
                         'bad: it speaks version "2024-11-05" of the protocol, which Favilla does not')
        self.use_bad_server("quiet")
        self.assertEqual(self.listed("bad")["protocol"], "2025-11-25")

    def test_calls_that_never_end_are_ended_and_told_as_unsure(self):
        for way, why in [("flood", "it sends other things without end"), ("slow", "it does not answer in time"),
                         ("endless", "the server sent a message over 4 MiB"),
                         ("wrong-id", "it does not answer in time")]:
            with self.subTest(way):
                self.use_bad_server(way)
                self.approve("bad")
                self.assertIn(f"bad: {why}", self.problem("call", "bad", "work", "--yes"))
                entry = json.loads(self.favilla("journal", "--limit", "1", "--json").stdout)["entries"][0]
                self.assertEqual(entry["state"], "unsure")
        self.assertEqual(subprocess.run(["pgrep", "-f", f"bad_server.py.*{self.home}"], check=False,
                                        stdout=subprocess.DEVNULL).returncode, 1, "a server was left behind")

    def test_what_is_no_message_is_passed_over_and_the_result_is_neutral(self):
        self.use_bad_server("garbage")
        self.approve("bad")
        self.assertEqual(self.call("bad", "work"), "done[2J\n\nreally")

    def test_a_tool_that_wants_more_is_not_called(self):
        self.use_bad_server("asks")
        self.approve("bad")
        self.assertEqual(self.problem("call", "bad", "work", "--yes"),
                         "bad asks for more before it does work, which Favilla does not answer")

    def test_lists_have_an_end(self):
        self.use_bad_server("many")
        self.assertEqual(self.problem("list", "bad"), "bad has more than 512 tools")
        self.use_bad_server("pages", call_seconds=30)
        self.assertEqual(self.problem("list", "bad"), "bad lists its tools without end")

    def test_hostile_definitions_are_left_out_or_neutral(self):
        self.use_bad_server("hostile")
        listed = self.listed("bad")
        self.assertEqual([(tool["name"], tool["description"]) for tool in listed["tools"]],
                         [("twice", "Works."), ("hidden", "Works.[2J")])
        self.assertEqual(listed["refused"],
                         ['a tool with the name "two words"', "bare without a schema", "twice a second time",
                          "a tool that is no object", "big with a definition over 32 KiB"])

    def test_a_changed_tool_is_blocked_until_it_is_approved_again(self):
        self.use_bad_server("swap", str(self.home / "shared/count"))
        self.approve("bad")
        self.assertEqual(self.problem("call", "bad", "work", "--yes"),
                         "work of bad is blocked: its description changed since you approved it (favilla mcp list bad "
                         "shows it, favilla mcp approve bad approves it)")
        self.assertIn("changed (its description), blocked until you approve it again", self.mcp("list", "bad"))

    def test_a_stopped_favilla_leaves_no_server_behind(self):
        self.use_bad_server("slow", call_seconds=60)
        self.approve("bad")
        process = subprocess.Popen([FAVILLA, "mcp", "call", "bad", "work", "--yes"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env={**os.environ, **self.environment})
        self.processes.append(process)
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 6)
        self.assertEqual(json.loads(self.favilla("journal", "--json").stdout)["entries"][0]["state"], "unsure")


@unittest.skipIf(SANDBOX, "there is a sandbox")
class NoSandbox(McpTest):
    def test_no_server_runs_without_a_sandbox(self):
        self.configure(py=self.python_server())
        self.assertIn(NO_SANDBOX, self.problem("list", "py"))


class Approvals(McpTest):
    def setUp(self):
        super().setUp()
        self.url = self.start_http(str(VENV / "bin/python"), str(SERVERS / "sdk_server.py"))
        self.configure(py={"url": self.url})

    def test_nothing_is_called_without_two_approvals(self):
        self.mcp("list", "py")
        self.assertIn("add of py was never approved", self.problem("call", "py", "add", '{"a": 1, "b": 2}', "--yes"))
        self.assertIn("mcp approve needs your approval: let py (", self.problem("approve", "py", "add"))
        self.mcp("approve", "py", "add", "--yes")
        self.assertIn("mcp call needs your approval: call add of the MCP server py",
                      self.problem("call", "py", "add", '{"a": 1, "b": 2}'))
        self.assertEqual(self.call("py", "add", a=1, b=2), "1 + 2 = 3")

    def test_a_rule_may_allow_a_server_and_undo_takes_an_approval_back(self):
        self.approve("py")
        self.favilla("rules", "add", "mcp: allow call to py")
        self.assertIn("1 + 2 = 3", self.mcp("call", "py", "add", '{"a": 1, "b": 2}'))
        self.mcp("revoke", "py", "add")
        self.assertIn("was never approved", self.problem("call", "py", "add", '{"a": 1, "b": 2}'))

    def test_servers_are_added_shown_in_full_and_removed(self):
        added = self.mcp("add", "notes", "--env", "TOKEN=s3", "--read", "~/mcp", "--", "python3", "notes.py", "--all")
        self.assertTrue(added.startswith("Added notes: python3 notes.py --all\n"), added)
        self.assertIn("notes: its tools were not listed yet, 0 approved (python3 notes.py --all)", self.mcp("list"))
        entry = json.loads((self.home / "config/mcp.json").read_text())["mcpServers"]["notes"]
        self.assertEqual(entry, {"command": "python3", "args": ["notes.py", "--all"], "env": {"TOKEN": "s3"},
                                 "sandbox": {"read": ["~/mcp"]}})
        self.assertEqual(self.mcp("remove", "notes"), "Removed notes.")
        self.assertIn("mcp.json has no server", self.problem("remove", "notes"))
        self.assertIn("LD_PRELOAD", self.problem("add", "evil", "--env", "LD_PRELOAD=x", "--", "python3"))
        self.assertNotIn("evil", self.mcp("list"))

    def test_questions_about_servers_are_understood(self):
        done = self.favilla("ask", "list my mcp servers", "--json")
        self.assertIn("py: its tools were not listed yet", json.loads(done.stdout)["reply"])


if __name__ == "__main__":
    unittest.main()
