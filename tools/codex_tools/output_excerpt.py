"""What a program printed, made fit for a model: plain text, head and tail, with an exact note on what is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|[ -/]*[0-~]|$)|[\x80-\x9f]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    text: str
    cut_bytes: int
    """Bytes of the whole output that are not in `text`."""


def excerpt(output: str, *, cut_bytes: int, limit_bytes: int) -> Excerpt:
    """Head and tail of `output`, which itself may already lack `cut_bytes` in its middle."""
    if cut_bytes:
        # The sandbox says so in a line of its own, which gives way to ours.
        before, _, after = output.partition(f"[… {cut_bytes} bytes left out …]\n")
        first, last = _encoded(before), _encoded(after)
    else:
        first, last = _encoded(output), b""
    if not cut_bytes and len(first) <= limit_bytes:
        return Excerpt(text=first.decode(), cut_bytes=0)
    whole = first + last
    half = min(limit_bytes, len(whole)) // 2
    head, tail = _head(first, half), _tail(last or first, half)
    missing = whole[len(head) : len(whole) - len(tail)]
    newlines = missing.count(b"\n")
    lines = "" if cut_bytes else f" ({newlines:,} lines)"
    total = len(missing) + cut_bytes
    note = f"[... {total:,} bytes{lines} cut out here; send the output to a file and look at parts of it ...]"
    return Excerpt(text=f"{head.decode().rstrip()}\n{note}\n{tail.decode()}", cut_bytes=total)


def _encoded(output: str) -> bytes:
    return plain_text(output).rstrip("\n").encode("utf-8", "replace")


def plain_text(output: str) -> str:
    """Without escape sequences and control characters; of a line that was written over, what stood there last."""
    text = _ESCAPES.sub("", output).replace("\r\n", "\n")
    if "\r" in text:
        text = "\n".join(_last_version(line) for line in text.split("\n"))
    return _CONTROLS.sub("", text)


def _last_version(line: str) -> str:
    """Progress bars write over a line again and again."""
    versions = [version for version in line.split("\r") if version]
    return versions[-1] if versions else ""


def _head(data: bytes, size: int) -> bytes:
    """About `size` bytes, up to the end of a line if there is one in the second half."""
    end = data.rfind(b"\n", size // 2, size)
    return data[: end + 1] if end >= 0 else data[:size].decode("utf-8", "ignore").encode()


def _tail(data: bytes, size: int) -> bytes:
    start = data.find(b"\n", len(data) - size, len(data) - size // 2)
    return data[start + 1 :] if start >= 0 else data[len(data) - size :].decode("utf-8", "ignore").encode()
