"""A session that plays what a test gives it and remembers what it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from codex_core.protocol import (
    ApprovalRequest,
    ApprovalRequested,
    AssistantItem,
    Block,
    DiffBlock,
    EditRule,
    Envelope,
    Event,
    FileDiff,
    HistoryReplayed,
    InputRequest,
    InputRequested,
    Item,
    ItemCompleted,
    ItemStarted,
    Offer,
    Op,
    SandboxStatus,
    SessionState,
    Settings,
    StateChanged,
    Status,
    StepEnded,
    StepItem,
    StepStarted,
    TextDelta,
    TextPart,
    ToolCallItem,
    ToolResultItem,
    TurnStarted,
    Usage,
    UsageUpdated,
    UserItem,
    Verdict,
)

NOON = 1_795_694_463.0
"""2026-11-26 12:01:03 UTC: when everything in these sessions begins."""


class ScriptedSession:
    """Implements `SessionHandle` and `close`. `play` sends events; `ops` is what came from the front end."""

    def __init__(self, *, stored: Sequence[Item] = (), earlier: Sequence[Item] = (), used: Usage | None = None) -> None:
        self.ops: list[Op] = []
        self.closed = False
        self.at = NOON
        self._stored = stored
        self._earlier = list(earlier)
        self._used = [] if used is None else [UsageUpdated(step=used, session=used)]
        self._seq = 0
        self._events: asyncio.Queue[Envelope | None] = asyncio.Queue()
        self._asked = asyncio.Event()
        self.state = SessionState(
            session_id="ses_0123456789ab",
            title="",
            workspace="/home/ada/src/tempo",
            status="idle",
            settings=Settings(
                model="openai/gpt-5", sandbox_mode="workspace-write", approval_policy="untrusted", network="off"
            ),
            sandbox=SandboxStatus(tier="A", landlock_abi=7),
            trusted=True,
            context_window=200_000,
        )

    async def connect(self) -> ScriptedSession:
        """What the screen calls to get it: tells its state and its stored items."""
        self.play(
            StateChanged(state=self.state),
            *(ItemCompleted(item=item) for item in self._stored),
            *self._used,
            HistoryReplayed(total=len(self._stored) + len(self._earlier), replayed=len(self._stored)),
        )
        return self

    # The handle.

    async def submit(self, op: Op) -> None:
        self.ops.append(op)
        self._asked.set()

    async def events(self) -> AsyncIterator[Envelope]:
        while (envelope := await self._events.get()) is not None:
            yield envelope

    async def earlier(self, before_id: str | None, limit: int) -> tuple[Item, ...]:
        page, self._earlier = self._earlier[-limit:], self._earlier[:-limit]
        return tuple(page)

    async def close(self) -> None:
        self.closed = True
        self._events.put_nowait(None)

    # The script.

    def play(self, *events: Event, agent: tuple[str, ...] = (), passing_s: float = 0.0) -> None:
        """Let these events happen now, `passing_s` after those before."""
        self.at += passing_s
        for event in events:
            self._seq += 1
            self._events.put_nowait(Envelope(seq=self._seq, agent=agent, at=self.at, event=event))

    def become(self, status: Status, **changes: object) -> None:
        """Change the state and tell it."""
        fields = {name: getattr(self.state, name) for name in SessionState.__slots__}
        self.state = SessionState(**{**fields, "status": status, **changes})  # pyright: ignore[reportArgumentType]
        self.play(StateChanged(state=self.state))

    async def wait_for_op(self, wanted: Callable[[Op], bool] = lambda _: True, timeout_s: float = 5.0) -> Op:
        """Wait until such an op has come; return the newest one."""
        async with asyncio.timeout(timeout_s):
            while True:
                for op in reversed(self.ops):
                    if wanted(op):
                        return op
                self._asked.clear()
                await self._asked.wait()

    def start_turn(self, prompt: str) -> None:
        """The user said something, the model is asked."""
        self.become("running", title=self.state.title or prompt[:60])
        self.play(TurnStarted(turn_id="turn_1"), ItemCompleted(item=user(prompt, at=self.at)))
        self.play(StepStarted(step_id="step_1", model=self.state.settings.model))

    def say(self, text: str, item_id: str = "text_1") -> None:
        """The model writes, and goes on writing."""
        self.play(ItemStarted(item=answer("", item_id, at=self.at)), TextDelta(item_id=item_id, text=text))

    def end_step(self, step_id: str = "step_1", *, tokens: int = 12_300, output: int = 812, cost: float = 0.12) -> None:
        usage = Usage(input_tokens=tokens, output_tokens=output, cost_usd=cost)
        item = StepItem(id=step_id, at=self.at, model=self.state.settings.model, duration_s=3.1, usage=usage)
        self.play(
            StepEnded(step_id=step_id, duration_s=3.1),
            ItemCompleted(item=item),
            UsageUpdated(step=usage, session=usage),
        )

    def ask(self, request: ApprovalRequest) -> None:
        self.play(ApprovalRequested(request=request))

    def inquire(self, request: InputRequest, request_id: str = "input_1") -> None:
        self.play(InputRequested(request_id=request_id, request=request))


def user(text: str, *, at: float = NOON) -> UserItem:
    return UserItem(id=f"user_{abs(hash(text)) % 10**8}", at=at, parts=(TextPart(text=text),))


def answer(text: str, item_id: str, *, at: float = NOON) -> AssistantItem:
    return AssistantItem(id=item_id, at=at, text=text, provider="litellm", model="openai/gpt-5")


def call(name: str, arguments: str, call_id: str, *, at: float = NOON) -> ToolCallItem:
    return ToolCallItem(id=f"tool_{call_id}", at=at, call_id=call_id, name=name, arguments=arguments)


def result(
    call_item: ToolCallItem, *, output: str = "", display: tuple[Block, ...] = (), took_s: float = 0.004, status="ok"
) -> ToolResultItem:
    return ToolResultItem(
        id=f"result_{call_item.call_id}",
        at=call_item.at + took_s,
        call_id=call_item.call_id,
        name=call_item.name,
        status=status,
        output=output,
        display=display,
        duration_s=took_s,
    )


CLOCK_DIFF = (
    "@@ -10,6 +10,9 @@\n"
    " class Clock:\n"
    "-    def now(self) -> float:\n"
    "-        return time.time()\n"
    "+    def __init__(self, source=time):\n"
    "+        self._source = source\n"
    "+\n"
    "+    def now(self) -> float:\n"
    "+        return self._source.time()\n"
    " \n"
    "     def since(self, t: float) -> float:\n"
    "         return self.now() - t\n"
)
EDIT = DiffBlock(files=(FileDiff(path="src/tempo/clock.py", kind="update", added=5, removed=2, unified=CLOCK_DIFF),))


def approval(
    call_id: str,
    summary: str,
    *,
    kind: str = "write",
    why: str = "every edit is asked in this mode",
    verdict: Verdict = "ask",
    scope: str = "all edits inside the workspace",
    display: tuple[Block, ...] = (EDIT,),
    request_id: str = "approval_1",
) -> ApprovalRequest:
    return ApprovalRequest(
        request_id=request_id,
        call_id=call_id,
        tool="edit_file",
        kind=kind,  # pyright: ignore[reportArgumentType]
        summary=summary,
        why=why,
        verdict=verdict,
        offers=(Offer(patterns=(EditRule(glob="**"),), words=scope),) if scope else (),
        display=display,
    )
