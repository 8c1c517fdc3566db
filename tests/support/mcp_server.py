"""MCP servers over Streamable HTTP, which tests start as programs of their own, so that no sandbox is needed."""

import socket
import subprocess
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_mcp_server(*command):
    """Runs `command http PORT`. Returns the process, which is the caller's to end, and the server's address."""
    port = free_port()
    process = subprocess.Popen([*command, "http", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               text=True)
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, f"http://127.0.0.1:{port}/mcp"
        time.sleep(0.1)
    process.kill()
    raise AssertionError(f"the server does not start: {process.communicate()[1]}")
