"""`codex-py exec`: one prompt through a session, without a screen.

stdout is the answer (or JSON lines), stderr everything else. Exit codes: 0 completed, 1 failed, 2 usage or
configuration, 3 an approval was needed and none could be given, 4 a limit was reached, 130 interrupted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path

from codex_cli.arguments import UsageError
from codex_cli.jsonl import TurnLines, as_text, failure, thread_started
from codex_cli.options import Options
from codex_cli.progress import Progress
from codex_cli.prompt import prompt_parts, read_prompt
from codex_cli.wording import own_command
from codex_core.protocol import (
    AnswerApproval,
    ApprovalRequested,
    CodexError,
    Completed,
    Deny,
    Envelope,
    Event,
    Failed,
    HistoryReplayed,
    LimitReached,
    Outcome,
    Part,
    Paused,
    Resume,
    SessionHandle,
    SessionState,
    Shutdown,
    StateChanged,
    Stop,
    Stopped,
    SubmitPrompt,
    TurnEnded,
)
from codex_tui.sanitize import sanitize, sanitize_line

INTERRUPTED = 130


def run_exec(options: Options) -> int:
    """Run one prompt and return the exit code.

    Raises:
        UsageError: there is no prompt, or a file that cannot be used.
        CodexError: the session cannot be opened.
    """
    _check_output_file(options.output_file)
    parts = prompt_parts(read_prompt(options.prompt), options.images)
    try:
        return asyncio.run(_run(options, parts))
    except (CodexError, UsageError) as error:
        if options.json:
            print(as_text(failure(str(error))), flush=True)  # noqa: T201
        raise


async def _run(options: Options, parts: tuple[Part, ...]) -> int:
    # Deferred: it brings everything that a session needs, and nothing of that is needed to refuse a prompt.
    from codex_cli.wiring import open_session

    interrupt = Interrupt()
    with interrupt.watching():
        opening = asyncio.ensure_future(open_session(options))
        interrupt.on_first = opening.cancel
        try:
            session = await opening
        except asyncio.CancelledError:
            if interrupt.exit_code is None:
                raise
            return interrupt.exit_code
        try:
            return await Conversation(session, options, interrupt).hold(parts)
        finally:
            await session.close()


class Interrupt:
    """Ctrl+C stops the turn in good order, once more ends it at once; SIGTERM and SIGHUP save and leave."""

    def __init__(self) -> None:
        self.on_first: Callable[[], object] = _nothing
        self.on_second: Callable[[], object] = _nothing
        self.exit_code: int | None = None
        """Set as soon as the user, or the system, wanted the end."""
        self.is_leaving = False
        """The process is being ended: the turn is to be kept as it is, for a later resume."""

    @contextlib.contextmanager
    def watching(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for number in signals:
            loop.add_signal_handler(number, self._take, number)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    def _take(self, number: signal.Signals) -> None:
        is_first = self.exit_code is None
        self.is_leaving = self.is_leaving or number is not signal.SIGINT
        self.exit_code = self.exit_code or (INTERRUPTED if number is signal.SIGINT else 128 + number)
        (self.on_first if is_first else self.on_second)()


class Conversation:
    """One prompt submitted to an open session, and what becomes of it, printed."""

    def __init__(self, session: SessionHandle, options: Options, interrupt: Interrupt) -> None:
        self._session = session
        self._options = options
        self._interrupt = interrupt
        self._session_id = ""
        self._lines = TurnLines()
        self._progress = Progress(_silence if options.json else _tell, is_coloured=_is_coloured(options.color))

    async def hold(self, parts: tuple[Part, ...]) -> int:
        """Return the exit code."""
        events = self._session.events()
        state = await _opened(events)
        if self._options.json:
            _print(as_text(thread_started(state.session_id)))
        self._session_id = state.session_id
        self._progress.opened(state)
        _warn_outside_git(self._options, state)
        try:
            async with asyncio.TaskGroup() as group:
                self._interrupt.on_first = lambda: group.create_task(self._give_up())
                self._interrupt.on_second = lambda: group.create_task(self._session.submit(Shutdown()))
                await self._session.submit(SubmitPrompt(parts=parts))
                if self._interrupt.exit_code is not None:
                    await self._give_up()
                outcome = await self._outcome(events)
                self._interrupt.on_first = self._interrupt.on_second = _nothing
        except BaseExceptionGroup as group_of_errors:  # who catches it above asks for the kind of the error itself
            raise group_of_errors.exceptions[0] from None
        return self._end(outcome)

    async def _give_up(self) -> None:
        await self._session.submit(Shutdown() if self._interrupt.is_leaving else Stop())

    async def _outcome(self, events: AsyncIterator[Envelope]) -> Outcome:
        async for envelope in events:
            event = envelope.event
            self._show(event)
            match event:
                case TurnEnded(outcome=outcome):
                    return outcome
                case ApprovalRequested(request=request):
                    # A session without a screen asks nobody. Should one ask all the same: nobody is here.
                    await self._session.submit(AnswerApproval(request_id=request.request_id, answer=Deny()))
                case Paused() if self._interrupt.exit_code is None:
                    await self._session.submit(Resume())  # it was left paused; the prompt says how to go on
                case _:
                    pass
        return Stopped() if self._interrupt.exit_code is not None else Failed(error="the session ended too early")

    def _show(self, event: Event) -> None:
        self._progress.take(event)
        if self._options.json:
            for line in self._lines.of(event):
                _print(as_text(line))

    def _end(self, outcome: Outcome) -> int:
        message = self._progress.last_message
        if self._options.output_file is not None:
            _write(self._options.output_file, message)
        match outcome:
            case Completed():
                if message and not self._options.json:
                    _print(sanitize(message).rstrip())
                return 0
            case Failed(error=error, needed_approval=needed_approval):
                self._explain(message, error)
                return 3 if needed_approval else 1
            case LimitReached(which=which):
                self._explain(message, f"limit reached: {which}")
                return 4
            case Stopped():
                self._explain(message, "interrupted")
                return self._interrupt.exit_code or INTERRUPTED

    def _explain(self, message: str, why: str) -> None:
        """What was said so far is no answer, so it does not go to stdout."""
        if message and not self._options.json:
            _tell(sanitize(message).rstrip())
        _tell(f"codex-py: {sanitize_line(why)}")
        if not self._options.json:  # who reads lines knows the id from the first one
            _tell(f'codex-py: to go on with this session: {own_command()} exec resume {self._session_id} "…"')


async def _opened(events: AsyncIterator[Envelope]) -> SessionState:
    """Read past what is stored; return the state of the session."""
    state: SessionState | None = None
    async for envelope in events:
        match envelope.event:
            case StateChanged():
                state = envelope.event.state
            case HistoryReplayed() if state is not None:
                return state
            case _:
                pass
    raise CodexError("the session ended before it began")


def _warn_outside_git(options: Options, state: SessionState) -> None:
    if options.skip_git_repo_check or state.settings.sandbox_mode == "read-only":
        return
    folder = Path(state.workspace)
    if not any((level / ".git").exists() for level in (folder, *folder.parents)):
        _tell("codex-py: not a git repository, so git cannot undo what is changed (--skip-git-repo-check: no warning)")


def _check_output_file(path: Path | None) -> None:
    if path is None:
        return
    if path.is_dir() or not path.parent.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"--output-last-message: {path} cannot be written")


def _write(path: Path, message: str) -> None:
    try:
        path.write_text(message, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise CodexError(f"--output-last-message: {path}: {error.strerror}") from error


def _is_coloured(color: str) -> bool:
    if color == "auto":
        return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return color == "always"


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - stdout is the answer


def _tell(text: str) -> None:
    # Nobody may read stderr any more, or it cannot be written; that is no reason to stop.
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201


def _silence(_: str) -> None: ...


def _nothing() -> None: ...
