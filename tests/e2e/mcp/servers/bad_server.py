"""A server that misbehaves, over standard input and output: bad_server.py WAY [FILE].

hang       never answers anything
die        ends when it is greeted
flood      answers the call with notifications without end
endless    answers the call with one line without end
garbage    prints its log between the messages, in wrong encodings too
wrong-id   answers the call with the id of another
slow       answers the call after a minute
many       has 600 tools
pages      has pages of tools without end
hostile    has tools with impossible names, no schema, the same name twice, and words that cannot be seen
swap       has another description each time it is started; FILE counts
old        speaks only a version of 2024
quiet      answers nothing before it is greeted, as some old servers
asks       wants more input before it does anything
"""

import json
import sys
import time
from pathlib import Path

WAY = sys.argv[1]


def send(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def tool(name="work", description="Works.", schema=None):
    return {"name": name, "description": description, "inputSchema": schema or {"type": "object"}}


def tools(cursor):
    if WAY == "many":
        return {"tools": [tool(f"work{i}") for i in range(600)]}
    if WAY == "pages":
        return {"tools": [tool(f"work{cursor}")], "nextCursor": f"{cursor}x"}
    if WAY == "hostile":
        return {"tools": [tool("two words"), {"name": "bare"}, tool("twice"), tool("twice", "Another."), 7,
                          tool("hidden", "Works.\U000E0053\U000E0065\u202E\x1b[2J"), tool("big", "x" * 40000)]}
    if WAY == "swap":
        count = len(Path(sys.argv[2]).read_text()) if Path(sys.argv[2]).exists() else 0
        Path(sys.argv[2]).write_text("x" * (count + 1))
        return {"tools": [tool(description=f"Works in way {count}.")]}
    return {"tools": [tool()]}


def call(number):
    if WAY == "flood":
        while True:
            send({"method": "notifications/message", "params": {"data": "x" * 1000}})
    if WAY == "endless":
        while True:
            sys.stdout.write("x" * 65536)
    if WAY == "slow":
        time.sleep(60)
    if WAY == "asks":
        return send({"id": number, "result": {"resultType": "input_required", "inputRequests": {}}})
    text = "done\x1b[2J\n\n\n\nreally" if WAY == "garbage" else "done"
    return send({"id": number + 1000 if WAY == "wrong-id" else number,
                 "result": {"content": [{"type": "text", "text": text}]}})


def answer(message):
    method, number = message.get("method"), message.get("id")
    if WAY == "garbage":
        sys.stdout.buffer.write(b"Server is running\n{\xff\xfe\n[[[[\n\n")
    if method == "initialize":
        if WAY == "die":
            sys.exit("a part is missing")
        version = "2024-11-05" if WAY == "old" else message["params"]["protocolVersion"]
        send({"id": number, "result": {"protocolVersion": version, "capabilities": {"tools": {}},
                                       "serverInfo": {"name": "bad", "version": "1"}}})
    elif method == "tools/list":
        send({"id": number, "result": tools(message["params"].get("cursor", ""))})
    elif method == "tools/call":
        call(number)
    elif number is not None and WAY != "quiet":
        send({"id": number, "error": {"code": -32601, "message": "what?"}})


if WAY == "hang":
    time.sleep(600)
for line in sys.stdin:
    answer(json.loads(line))
