"""A server made with the SDK, for the tests: a tool for everything that a server can do to its client."""

import asyncio
import os
import sys
from pathlib import Path

from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel

server = MCPServer("sample")


class Answer(BaseModel):
    text: str


@server.tool()
def echo(text: str) -> str:
    """Say it again."""
    return text


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def fail() -> str:
    """Never works."""
    raise ToolError("the disk is made of cheese")


@server.tool()
async def count(upto: int, context: Context) -> str:
    """Count, reporting progress."""
    for number in range(1, upto + 1):
        await context.report_progress(number, upto, f"at {number}")
    return "counted"


@server.tool()
async def hang(marker: str) -> str:
    """Write to `marker` what happens while it hangs."""
    path = Path(marker)
    path.write_text("started")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        path.write_text("cancelled")
        raise
    return "never"


@server.tool()
def big(characters: int) -> str:
    """A long text."""
    return "head" + "x" * (characters - 8) + "tail"


@server.tool()
def picture() -> Image:
    """An image."""
    return Image(data=b"\x89PNG" + bytes(96), format="png")


@server.tool()
def die(code: int) -> str:
    """End the whole server in the middle of the call."""
    sys.stderr.write("last words on stderr\n")
    sys.stderr.flush()
    os._exit(code)


@server.tool()
def environment() -> dict[str, str]:
    """What it can see."""
    return dict(os.environ)


@server.tool()
def log(text: str) -> str:
    """Print to stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
    return "logged"


@server.tool()
async def ask(context: Context) -> str:
    """Ask the user something."""
    answer = await context.elicit("Your name?", Answer)
    return f"the user said {answer.action}"


@server.tool()
async def grow(context: Context) -> str:
    """Offer one more tool."""

    def grown() -> str:
        """New."""
        return "grown"

    server.add_tool(grown)
    await context.notify_tools_changed()
    return "done"


if __name__ == "__main__":
    server.run("stdio")
