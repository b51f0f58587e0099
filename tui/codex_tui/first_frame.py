"""The first frame: a picture of the empty screen, drawn before anything is imported.

Owns the files below `$CODEX_PY_HOME/cache`, one per terminal size, theme, colour depth and release. A frame shows the
chrome only: no path, no branch, no mode, nothing the user or a model ever wrote. Imports next to nothing.
"""

from __future__ import annotations

import os

from codex_tui import terminal

_LIMIT_BYTES = 512_000
_KEPT_FILES = 24


class Frame:
    """What is kept: the rows of the screen, escape sequences and all, and the line that can be typed into."""

    __slots__ = ("columns", "line", "rows")

    def __init__(self, columns: int, rows: list[str], line: Line) -> None:
        self.columns, self.rows, self.line = columns, rows, line


class Line:
    """Where the composer's text begins in a frame, how far it may go, and what stands before text and cursor there."""

    __slots__ = ("column", "cursor", "row", "text", "width")

    def __init__(self, row: int, column: int, width: int, text: str, cursor: str) -> None:
        """Rows and columns from 0, of the screen; `text` and `cursor` are escape sequences."""
        self.row, self.column, self.width, self.text, self.cursor = row, column, width, text, cursor

    def to_record(self) -> str:
        return "\t".join((str(self.row), str(self.column), str(self.width), self.text, self.cursor))

    @classmethod
    def of_record(cls, record: str) -> Line | None:
        """None if it is damaged."""
        match record.split("\t"):
            case [row, column, width, text, cursor] if (
                all(number.isdecimal() and len(number) < 5 for number in (row, column, width))
                and _only_colours(text)
                and _only_colours(cursor)
            ):
                return cls(int(row), int(column), int(width), text, cursor)
            case _:
                return None


def show(home: str, version: str, theme: str = "") -> Line | None:
    """Take the terminal over and draw the frame kept for it; returns its line for text, if there was one.

    `theme` is the one asked for; empty means the one used last. Does nothing but take the terminal where there is no
    frame or another picture is shown already, and nothing at all where stdin and stdout are not both terminals.
    """
    taken = terminal.take()
    if taken is None or taken.is_full_screen:
        return None
    try:
        size = os.get_terminal_size(1)
        name = theme or last_theme(home)
        frame = _read(_frame_path(home, version, name, size.columns, size.lines)).decode() if name else ""
    except (OSError, UnicodeDecodeError):
        return None
    record, _, picture = frame.partition("\r\n")
    if not picture or not _only_colours(picture.replace("\r\n", "")):
        return None
    taken.is_full_screen = True
    _write_all(1, (terminal.ENTER_SCREEN + picture).encode())
    return Line.of_record(record)


def last_theme(home: str) -> str:
    """The theme that a start without arguments will wear; empty if that is not known, as after a change of settings."""
    theme, _, settings = _read(_theme_path(home)).decode("ascii", "ignore").partition("\n")
    return _plain(theme) if settings == _settings(home) else ""


def remember_theme(home: str, theme: str) -> None:
    """The settings as they are now mean this theme."""
    record = f"{_plain(theme)}\n{_settings(home)}".encode()
    try:
        os.makedirs(_folder(home), mode=0o700, exist_ok=True)  # noqa: PTH103 -- pathlib is not imported here
        if _read(_theme_path(home)) != record:
            _replace(_theme_path(home), record)
    except OSError:
        return


def keep(home: str, version: str, theme: str, frame: Frame, *, is_for_now: bool = False) -> None:
    """Keep `frame` as that of its size and this theme, atomically.

    `is_for_now` says that the theme was asked for by an argument: the next start will wear another.
    """
    path = _frame_path(home, version, theme, frame.columns, len(frame.rows))
    try:
        os.makedirs(_folder(home), mode=0o700, exist_ok=True)  # noqa: PTH103 -- pathlib is not imported here
        body = "\r\n".join((frame.line.to_record(), *frame.rows)).encode()
        if _read(path) != body:
            _replace(path, body)
            _forget_oldest(_folder(home))
    except OSError:
        return  # a full or read-only disk costs the frame, nothing else
    if not is_for_now:
        remember_theme(home, theme)


def _only_colours(text: str) -> bool:
    """Whether the only escape sequences are colours: a damaged file must not steer the terminal."""
    first, *others = text.split("\x1b[")
    for other in others:
        numbers, end, _ = other.partition("m")
        if not end or numbers.strip("0123456789;:"):
            return False
    return (first + "".join(others)).isprintable()


def _folder(home: str) -> str:
    return home + "/cache"


def _theme_path(home: str) -> str:
    return _folder(home) + "/frame-theme"


def _frame_path(home: str, version: str, theme: str, columns: int, rows: int) -> str:
    kind = "|".join(os.environ.get(name, "") for name in ("TERM", "COLORTERM", "NO_COLOR", "TEXTUAL_COLOR_SYSTEM"))
    key = _plain(f"{theme}-{version}-{_state(f'{home}/themes/{_plain(theme)}.toml')}-{kind}")
    return f"{_folder(home)}/frame-{columns}x{rows}-{key}.frame"


def _settings(home: str) -> str:
    """What the choice of a theme depends on, without reading it."""
    chosen = "|".join(os.environ.get(name, "") for name in ("CODEX_PY_THEME", "CODEX_PY_PROFILE"))
    return f"{_state(home + '/config.toml')}|{_plain(chosen)}"


def _state(path: str) -> str:
    """Changes with every write of the file; empty if there is none."""
    try:
        info = os.stat(path)  # noqa: PTH116
    except OSError:
        return ""
    return f"{info.st_mtime_ns:x}.{info.st_size:x}"


def _plain(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "_" for c in text)[:120]


def _read(path: str) -> bytes:
    """The file's bytes; empty if there is none."""
    try:
        # Without waiting: a pipe in its place would keep the program from starting.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return os.read(fd, _LIMIT_BYTES)
        finally:
            os.close(fd)
    except OSError:
        return b""


def _replace(path: str, body: bytes) -> None:
    temporary = f"{path}.{os.getpid()}"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _write_all(fd, body)
    finally:
        os.close(fd)
    os.replace(temporary, path)  # noqa: PTH105


def _write_all(fd: int, body: bytes) -> None:
    while body:
        body = body[os.write(fd, body) :]


def _forget_oldest(folder: str) -> None:
    with os.scandir(folder) as entries:
        frames = [e for e in entries if e.name.startswith("frame-") and e.name != "frame-theme"]
    frames.sort(key=lambda entry: entry.stat(follow_symlinks=False).st_mtime)
    for entry in frames[:-_KEPT_FILES]:
        os.unlink(entry.path)  # noqa: PTH108
