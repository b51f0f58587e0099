"""The prompt of a headless run: words of the command line, stdin, images."""

from __future__ import annotations

import contextlib
import select
import sys
from collections.abc import Sequence
from pathlib import Path

from codex_cli.arguments import UsageError
from codex_core.protocol import ImagePart, Part, TextPart

MOST_STDIN_BYTES = 16_000_000
MOST_IMAGE_BYTES = 20_000_000
_PATIENCE_S = 2.0
_REMEDY = 'codex-py exec "…", or pipe it to stdin'
_MAGIC = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


def read_prompt(words: str | None) -> str:
    """Return the prompt: `words`, with what is piped to stdin below them; stdin alone if they are missing or `-`.

    Raises:
        UsageError: there is none.
    """
    is_piped = sys.stdin is not None and not sys.stdin.isatty()  # pyright: ignore[reportUnnecessaryComparison] - it is None if it was closed
    if words is not None and words != "-":
        piped = _read_stdin() if is_piped else ""
        text = f"{words}\n\n<stdin>\n{piped.rstrip()}\n</stdin>" if piped.strip() else words
    elif words is None and not is_piped:
        raise UsageError(f"exec needs a prompt: {_REMEDY}")
    else:
        text = _read_stdin()
    if not text.strip():
        raise UsageError(f"the prompt is empty: {_REMEDY}")
    return text


def _read_stdin() -> str:
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] - it was closed
        return ""
    _tell_if_it_takes_long()
    data = sys.stdin.buffer.read(MOST_STDIN_BYTES + 1)
    if len(data) > MOST_STDIN_BYTES:
        raise UsageError(f"more than {MOST_STDIN_BYTES:,} bytes on stdin; put them in a file and name it in the prompt")
    return data.decode("utf-8", "replace")


def _tell_if_it_takes_long() -> None:
    """A pipe that its owner forgot to close would otherwise look like a hang of ours."""
    with contextlib.suppress(OSError, ValueError):  # what is no file cannot be waited for, nor does it keep us waiting
        if not select.select([sys.stdin], [], [], _PATIENCE_S)[0]:
            print("codex-py: waiting for stdin (use </dev/null if there is nothing in it)", file=sys.stderr)  # noqa: T201


def prompt_parts(text: str, images: Sequence[Path]) -> tuple[Part, ...]:
    """Return what to submit; images are read now.

    Raises:
        UsageError: a file is no image that models take, or too big.
    """
    return (*images_of(images), TextPart(text=text))


def images_of(paths: Sequence[Path]) -> tuple[ImagePart, ...]:
    """Read images.

    Raises:
        UsageError: a file is no image that models take, or too big.
    """
    return tuple(map(_image, paths))


def _image(path: Path) -> ImagePart:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_IMAGE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"--image: {path}: {error.strerror}") from error
    if len(data) > MOST_IMAGE_BYTES:
        raise UsageError(f"--image: {path} is bigger than {MOST_IMAGE_BYTES // 1_000_000} MB")
    mime = next((mime for magic, mime in _MAGIC if data.startswith(magic)), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        mime = "image/webp"
    if mime is None:
        raise UsageError(f"--image: {path} is not a PNG, JPEG, GIF or WebP image")
    return ImagePart(path=str(path), mime=mime, data=data)
