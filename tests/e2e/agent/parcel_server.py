"""A server of the kind that owners add, written with the official Python SDK: it knows two parcels.

    parcel_server.py             over standard input and output
    parcel_server.py http PORT   over Streamable HTTP at /mcp, on the loopback interface
"""

import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("parcels")
PARCELS = {"PX4471": "in the depot of Braga, out for delivery tomorrow", "PX9020": "delivered to the neighbour"}


@server.tool()
def track_parcel(number: str) -> str:
    """Where a parcel is now, by its tracking number."""
    return f"{number} is {PARCELS[number]}." if number in PARCELS else f"There is no parcel {number}."


@server.tool()
def redirect_parcel(number: str, address: str) -> str:
    """Have a parcel delivered to another address."""
    return f"{number} goes to {address} now."


if sys.argv[1:2] == ["http"]:
    server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
else:
    server.run()
