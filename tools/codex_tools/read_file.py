"""`read_file`: a text file, or a part of it, with line numbers. It remembers nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from codex_core.protocol import (
    Action,
    Arguments,
    Block,
    ImageBlock,
    SandboxPolicy,
    TextBlock,
    ToolContext,
    ToolError,
    ToolResult,
)
from codex_tools.arguments import AtLeast, parse_arguments, tool_spec
from codex_tools.beneath import FileContent, explained, read_regular
from codex_tools.file_kinds import binary_kind, image_of, size_words
from codex_tools.languages import language_of
from codex_tools.near_names import missing
from codex_tools.text_codec import DecodedText, decode_text, visible
from codex_tools.threads import run_until
from codex_tools.workspace import Workspace, require_readable

MAX_LINES = 2000
MAX_BYTES = 50_000
MAX_LINE_CHARS = 2000
TIMEOUT_S = 15.0
LIMIT_BYTES = 32 << 20
"""Longer files are not read even in part: everything up to the part would have to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    path: Annotated[str, "The file, relative to the workspace or absolute."]
    start_line: Annotated[int | None, "The first line to read, from 1.", AtLeast(1)] = None
    end_line: Annotated[int | None, "The last line to read, included.", AtLeast(1)] = None


class ReadFileTool:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.spec = tool_spec(
            "read_file",
            "Read a text file. Lines come as `NUMBER<TAB>TEXT`; the number is not part of the file."
            f" At most {MAX_LINES} lines or {MAX_BYTES // 1000} kB at once; a note says how to read on."
            " Prefer it to cat, head and sed.",
            ReadFile,
            read_only=True,
        )

    async def preview(self, args: Arguments) -> Action:
        wanted = parse_arguments(ReadFile, "read_file", args)
        if wanted.start_line is not None and wanted.end_line is not None and wanted.end_line < wanted.start_line:
            raise ToolError(f"end_line ({wanted.end_line}) comes before start_line ({wanted.start_line}).")
        path = self._workspace.resolve_readable(wanted.path)
        return Action(kind="read", summary=f"Read {self._workspace.shown(path)}{_span(wanted)}", paths=(path,))

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        wanted = parse_arguments(ReadFile, "read_file", args)
        path = ctx.action.paths[0]
        return await run_until(lambda _: self._read(path, wanted, ctx.policy), TIMEOUT_S)

    def _read(self, path: Path, wanted: ReadFile, policy: SandboxPolicy) -> ToolResult:
        require_readable(path, policy)
        name = self._workspace.shown(path)
        with explained(f"read {name}"):
            try:
                content = read_regular(path, LIMIT_BYTES)
            except (FileNotFoundError, NotADirectoryError) as error:
                raise missing(path, self._workspace) from error
        if (image := image_of(content.data)) is not None:
            size = content.info.st_size
            block = ImageBlock(path=str(path), mime=image.mime, size_bytes=size)
            text = f"{name} is a {image.words}, {size_words(size)}. Images cannot be looked at with this tool."
            return ToolResult(output=text, display=(block,))
        decoded = decode_text(content.data)
        if decoded is None:
            raise _binary(name, content)
        return _excerpt(name, path, decoded, wanted)


def _span(wanted: ReadFile) -> str:
    match wanted.start_line, wanted.end_line:
        case None, None:
            return ""
        case start, None:
            return f" from line {start}"
        case start, end:
            return f" lines {start or 1}-{end}"


def _binary(name: str, content: FileContent) -> ToolError:
    size = size_words(content.info.st_size)
    return ToolError(f"{name} is no text but {binary_kind(content.data)}, {size}. Inspect it with shell if you must.")


def _excerpt(name: str, path: Path, decoded: DecodedText, wanted: ReadFile) -> ToolResult:
    if not decoded.text:
        return ToolResult(output=f"{name} is empty.", display=(TextBlock(text=""),))
    lines = visible(decoded.text).split("\n")
    ends_with_newline = lines[-1] == ""
    if ends_with_newline:
        lines.pop()
    crlf = sum(line.endswith("\r") for line in lines)
    first = wanted.start_line or 1
    if first > len(lines):
        raise ToolError(f"{name} has only {len(lines)} lines; start_line {first} is behind its end.")
    shown = _fitting([line.removesuffix("\r") for line in lines[first - 1 : wanted.end_line]])
    last = first + len(shown) - 1
    notes = [
        decoded.label,
        _line_ends(crlf, len(lines)),
        "" if ends_with_newline or last < len(lines) else "no newline at the end of the file",
        _rest(first, last, len(lines), wanted),
    ]
    text = "\n".join(f"{number:>5}\t{line}" for number, line in enumerate(shown, start=first))
    told = "; ".join(note for note in notes if note)
    block: Block = TextBlock(text="\n".join(shown), language=language_of(path), first_line=first)
    return ToolResult(output=f"{text}\n({told})" if told else text, display=(block,))


def _fitting(lines: list[str]) -> list[str]:
    """As many of the lines as one answer takes, at least one, long ones cut."""
    shown: list[str] = []
    size = 0
    for line in lines[:MAX_LINES]:
        if len(line) > MAX_LINE_CHARS:
            line = f"{line[:MAX_LINE_CHARS]} … (cut: the line has {len(line):,} characters)"
        size += len(line.encode()) + 1
        if size > MAX_BYTES and shown:
            break
        shown.append(line)
    return shown


def _line_ends(crlf: int, total: int) -> str:
    if not crlf:
        return ""
    return "CRLF line ends" if crlf >= total - 1 else f"mixed line ends: {crlf} of {total} lines end with CRLF"


def _rest(first: int, last: int, total: int, wanted: ReadFile) -> str:
    if last < total and last != wanted.end_line:
        return f"lines {first}-{last} of {total}; read on with start_line={last + 1}"
    return f"lines {first}-{last} of {total}" if (first, last) != (1, total) else ""
