"""A server written with the official Python SDK.

    sdk_server.py             over standard input and output
    sdk_server.py http PORT   over Streamable HTTP at /mcp, on the loopback interface
"""

import os
import sys
import time
from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from pydantic import Field

server = MCPServer("sdk-server")


@server.tool()
def add(a: int, b: int) -> str:
    """Adds two numbers."""
    return f"{a} + {b} = {a + b}"


@server.tool()
def greet(name: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Name"})]) -> str:
    """Greets somebody by name."""
    return f"Hello, {name}."


@server.tool()
def fail() -> str:
    """Always fails."""
    raise ValueError("there is nothing here")


@server.tool()
async def report(context: Context) -> str:
    """Reports its progress before it answers."""
    await context.report_progress(1, 2)
    return "reported"


@server.tool()
def look(path: str) -> str:
    """Says what it can see and do, for tests of the sandbox."""
    if path == "environment":
        return " ".join(sorted(os.environ))
    if path == "token":
        return os.environ.get("TOKEN", "none")
    if path == "sleep":
        time.sleep(60)
    if path == "memory":
        return str(len(bytearray(1 << 30)))
    if path == "network":
        return " ".join(sorted(os.listdir("/sys/class/net"))) if os.path.isdir("/sys/class/net") else "none"
    return "seen" if os.path.exists(path) else "hidden"


if sys.argv[1:2] == ["http"]:
    server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
else:
    server.run()
