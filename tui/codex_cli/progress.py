"""What `exec` tells people on stderr while it works. Nothing in it can steer a terminal."""

from __future__ import annotations

from collections.abc import Callable

from codex_cli.jsonl import arguments_of
from codex_core.protocol import (
    AssistantItem,
    Event,
    Item,
    ItemCompleted,
    ItemSuperseded,
    NoticeItem,
    RetryScheduled,
    SessionState,
    ToolCallItem,
    ToolResultItem,
)
from codex_tui.sanitize import sanitize, sanitize_line

_MARKS = {"ok": "✓", "error": "✗", "denied": "⊘", "interrupted": "–", "timeout": "✗"}
_TOLD = ("command", "path", "pattern", "query", "url", "server")
_WIDTH = 100


class Progress:
    """Tells of steps as they end, and holds back what may turn out to be the answer."""

    def __init__(self, tell: Callable[[str], None], *, is_coloured: bool) -> None:
        self._tell = tell
        self._is_coloured = is_coloured
        self._calls: dict[str, ToolCallItem] = {}
        self._held: AssistantItem | None = None

    @property
    def last_message(self) -> str:
        """The last thing the model said, exactly as it said it."""
        return self._held.text if self._held is not None else ""

    def opened(self, state: SessionState) -> None:
        settings = state.settings
        model = f"{settings.model or 'no model'} {settings.effort or ''}".rstrip()
        self._quietly(
            f"codex-py · {model} · {settings.mode} ({settings.sandbox_mode}, "
            f"{settings.approval_policy}, network {settings.network}) · {state.workspace} · session {state.session_id}"
        )

    def take(self, event: Event) -> None:
        match event:
            case ItemCompleted(item=item):
                self._completed(item)
            case ItemSuperseded(item_id=item_id):
                if self._held is not None and self._held.id == item_id:
                    self._held = None
            case RetryScheduled(attempt=attempt, error=error, delay_s=delay_s):
                soon = f"in {delay_s:.0f} s" if delay_s >= 1 else "now"
                self._warn(f"{error} Trying again {soon} (attempt {attempt}).")
            case _:
                pass

    def _completed(self, item: Item) -> None:
        match item:
            case AssistantItem(text=text) if text.strip():
                self._say_held()
                self._held = item
            case ToolCallItem():
                self._say_held()
                self._calls[item.call_id] = item
            case ToolResultItem():
                self._result(item)
            case NoticeItem(level="info", text=text):
                self._quietly(text)
            case NoticeItem(text=text):
                self._warn(text)
            case _:
                pass

    def _say_held(self) -> None:
        """It was not the last word."""
        if self._held is not None:
            self._tell(sanitize(self._held.text).rstrip())
            self._held = None

    def _result(self, result: ToolResultItem) -> None:
        call = self._calls.get(result.call_id)
        what = f"{result.name} {_summary(call)}".rstrip() if call is not None else result.name
        line = f"{_MARKS[result.status]} {what}  {result.duration_s:.1f} s"
        if result.status == "ok":
            self._quietly(line)
        else:
            self._warn(f"{line}  {result.status}: {_cut(sanitize_line(result.output))}")

    def _quietly(self, text: str) -> None:
        self._painted("2", text)

    def _warn(self, text: str) -> None:
        self._painted("33", text)

    def _painted(self, colour: str, text: str) -> None:
        line = sanitize_line(text)
        self._tell(f"\x1b[{colour}m{line}\x1b[0m" if self._is_coloured else line)


def _summary(call: ToolCallItem) -> str:
    arguments = arguments_of(call)
    told = next((value for name in _TOLD if isinstance(value := arguments.get(name), str)), "")
    return _cut(sanitize_line(told, reveal=True))


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
