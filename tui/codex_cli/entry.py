"""The first code of ours that runs: it answers what needs nothing, and imports for a command only what that needs.

Exit codes: 0 done, 1 failed, 2 usage or configuration, 130 interrupted, 141 nobody reads stdout any more; `exec` has
more (see `codex_cli.exec`).
"""

from __future__ import annotations

import os
import sys

from codex_cli.stdout import OutputLost, Stdout
from codex_core import __version__
from codex_core.config.home import home_folder

TYPE_CHECKING = False  # type checkers read it as true; `import typing` would cost more than all of this module
if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_cli.arguments import Request

# Imports below are deferred on purpose: every command pays only for its own.


def main() -> int:
    """Run the command line of this process and return its exit code."""
    argv = sys.argv[1:]
    if argv and argv[0] in ("--version", "-V"):
        argv = argv[:1]
    _print_anything()
    if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison] - it is None if it was closed
        sys.stdout = Stdout(sys.stdout)  # pyright: ignore[reportAttributeAccessIssue] - it is one in all that is used
    try:
        code = run(argv)
        print(end="", flush=True)  # noqa: T201
    except KeyboardInterrupt:
        return 130
    except OutputLost as lost:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is flushed at exit would fail once more
        if lost.is_unread:  # as in `codex-py sessions list | head`
            return 141
        _complain(str(lost))
        return 1
    return code


def run(argv: Sequence[str]) -> int:
    """Run one command line; errors that are meant for the user become one line on stderr."""
    if is_screen(argv):
        _show_first_frame()
    elif argv[0] in ("--version", "-V"):
        print(f"codex-py {__version__}")  # noqa: T201
        return 0
    elif argv[-1] in ("--help", "-h"):
        from codex_cli.help import help_by_words

        if (text := help_by_words(argv[:-1])) is not None:
            print(text, end="")  # noqa: T201
            return 0
    from codex_cli.arguments import UsageError, parse

    try:
        return _answer(parse(argv))
    except UsageError as error:
        _complain(str(error))
        return 2
    except Exception as error:
        from codex_core.protocol.errors import CodexError, ConfigError

        if not isinstance(error, CodexError):
            _give_terminal_back()
            raise
        _complain(str(error))
        return 2 if isinstance(error, ConfigError) else 1


def _answer(request: Request) -> int:
    """Help and the version are told here; all else is run by the code of its command."""
    if request.wants_help:
        from codex_cli.help import help_of, help_of_group

        text = help_of_group(request.group) if request.group else help_of(request.command)
        print(text, end="")  # noqa: T201
        return 0
    if request.flag("version"):
        return run(["--version"])
    from codex_cli.dispatch import run_request

    return run_request(request)


def is_screen(argv: Sequence[str]) -> bool:
    """Whether this surely asks for the screen, with the theme of last time, known before the arguments are parsed.

    It has a composer, where a list of sessions has what is typed searched.
    A word that is neither a flag, nor after one, nor a prompt of several words may be a command.
    """
    before = ""
    for word in argv:
        if word in _NO_SCREEN or "theme" in word or word.startswith("--resume"):
            return False
        if not (word.startswith("-") or before.startswith("-") or " " in word):
            return False
        before = word
    return True


_NO_SCREEN = frozenset(("-h", "--help", "-V", "--version", "--plain", "resume", "fork", "--"))


def _show_first_frame() -> None:
    """Show the kept picture of the empty screen at once, and in it what is typed.

    If the arguments are wrong after all, it is taken back.
    """
    if os.environ.get("TERM") == "dumb":
        return
    from codex_tui.first_frame import show

    if (line := show(home_folder(os.environ), __version__)) is not None:
        from codex_tui.early_keys import begin

        begin(line)


def _print_anything() -> None:
    """Printing never fails for the text: lone surrogates and a narrow locale come out escaped."""
    for stream in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")


def _give_terminal_back() -> None:
    """The first frame may be on the screen, and what is typed be shown in it."""
    if (early_keys := sys.modules.get("codex_tui.early_keys")) is not None:
        early_keys.end()
    if (terminal := sys.modules.get("codex_tui.terminal")) is not None and (taken := terminal.current()) is not None:
        taken.restore()


def _complain(text: str) -> None:
    """One line on stderr. File names and foreign messages in it cannot steer the terminal."""
    _give_terminal_back()
    line = " ".join(text.split())
    shown = "".join(c if c.isprintable() else "�" for c in line)
    try:  # noqa: SIM105 - contextlib would cost a start more than it saves
        print(f"codex-py: {shown}", file=sys.stderr)  # noqa: T201
    except OSError:
        pass  # there is nowhere left to say it; the exit code does


if __name__ == "__main__":
    sys.exit(main())
