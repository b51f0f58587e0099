"""A server of a few lines, for the tests: speaks the old handshake, and misbehaves as its argument says."""

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

PLAIN = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


def tool(name: object, description: object = "", schema: object = None) -> dict[str, object]:
    return {"name": name, "description": description, "inputSchema": PLAIN if schema is None else schema}


def hostile_tools() -> list[object]:
    many = [tool(f"tool-{number}") for number in range(300)]
    deep: dict[str, object] = {"type": "object"}
    for _ in range(200):
        deep = {"type": "object", "properties": {"inner": deep}}
    return [
        tool("plain", "Harmless."),
        tool("a.b"),
        tool("a/b"),
        tool("x" * 200),
        tool("escape", "Be\x1b[31mware \u202eof\U000e0041 this" + "!" * 10_000),
        tool("deep", "", deep),
        tool("list schema", "", {"type": "array"}),
        tool("bad property", "", {"type": "object", "properties": {"a b\n": {}}}),
        tool("top", "", {"$schema": "x", "anyOf": [{}], "type": "object", "properties": {"p": {"type": "string"}}}),
        {"name": 7},
        "no object",
        tool("no schema", "", "text"),
        tool("slow", "") | {"outputSchema": {"type": "object", "properties": {"t": {"pattern": "^(a+)+$"}}}},
        *many,
    ]


def answer(message: dict[str, object], mode: str) -> object:
    match message["method"]:
        case "initialize":
            return {
                "protocolVersion": "2025-06-18",
                "capabilities": {"tools": {"listChanged": True}},
                "serverInfo": {"name": "raw", "version": "1"},
            }
        case "tools/list":
            plain = [tool("echo"), tool("write"), tool("connect")]
            return {"tools": hostile_tools() if mode == "hostile" else plain}
        case "tools/call":
            params = message["params"]
            assert isinstance(params, dict)
            return call(mode) if params["name"] == "echo" or mode == "hostile" else attempt(params)
        case _:
            return None


def attempt(params: dict[str, dict[str, object]]) -> object:
    """Try what a sandbox may refuse."""
    arguments = params["arguments"]
    try:
        if params["name"] == "write":
            Path(str(arguments["path"])).write_text("written by the server")
        else:
            socket.create_connection(("127.0.0.1", int(str(arguments["port"]))), timeout=5).close()
    except OSError as error:
        return {"content": [{"type": "text", "text": f"refused: {type(error).__name__}"}]}
    return {"content": [{"type": "text", "text": "done"}]}


def call(mode: str) -> object:
    match mode:
        case "hostile":
            text = "a" * 40 + "b"
            return {"content": [{"type": "text", "text": "x"}], "structuredContent": {"t": text}}
        case "long-line":
            for _ in range(20):
                sys.stdout.write("x" * (1 << 20))
            sys.stdout.flush()
            return {}
        case "nonsense":
            return {"content": "no list", "isError": "perhaps"}
        case "crash":
            os.kill(os.getpid(), 9)
            return {}
        case _:
            return {"content": [{"type": "text", "text": "hello"}]}


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(mode: str) -> None:
    if mode == "dies":
        sys.exit("ModuleNotFoundError: No module named 'nothing'")
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if mode == "garbage":
        say("Welcome to my server!\x1b[2J")
    for line in sys.stdin:
        message = json.loads(line)
        if mode in ("silent", "garbage") or "id" not in message:
            continue
        result = answer(message, mode)
        body = {"error": {"code": -32601, "message": "no such method"}} if result is None else {"result": result}
        if mode == "chatty":
            say("this is not JSON")
            say('{"jsonrpc": "2.0", "nonsense": true}')
        say(json.dumps({"jsonrpc": "2.0", "id": message["id"], **body}))
    while mode == "stubborn":
        time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1])
