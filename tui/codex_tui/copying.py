"""What `/copy` copies: the newest answer, or one of the code blocks in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from codex_tui.markdown.block_parser import feed
from codex_tui.markdown.blocks import AnyBlock, Document, Fence, ListItem, Quote

USAGE = "Either /copy, /copy code or /copy code NUMBER."


class CodeBlock(NamedTuple):
    language: str
    text: str
    """As it was written, tabs and all."""

    @property
    def first_line(self) -> str:
        return next((line.strip() for line in self.text.split("\n") if line.strip()), "")


def code_blocks(markdown: str) -> list[CodeBlock]:
    """The fenced code of a text, in order; that of lists and quotes too."""
    document = Document()
    for line in markdown.split("\n"):
        feed(document, line.rstrip("\r"))
    document.close()
    return list(_code_of(document.blocks))


def _code_of(blocks: Iterable[AnyBlock]) -> Iterable[CodeBlock]:
    for block in blocks:
        match block:
            case Fence(fence=fence, code=code) if fence:
                yield CodeBlock(code.language, "\n".join([*code.lines, ""]))
            case ListItem(body=body) | Quote(body=body):
                yield from _code_of(body.blocks)
            case _:
                pass


class Copying:
    """Finds what `/copy` means. `choose` lets the user pick one of several blocks."""

    def __init__(
        self,
        answers: Callable[[], Iterable[str]],
        *,
        put: Callable[[str], None],
        say: Callable[[str], None],
        choose: Callable[[list[CodeBlock], Callable[[CodeBlock], None]], None],
    ) -> None:
        """`answers` gives the texts of the model, the newest first; `put` takes what is copied."""
        self._answers = answers
        self._put = put
        self._say = say
        self._choose = choose

    def copy(self, what: str) -> None:
        """Do what `/copy WHAT` says."""
        word, _, number = what.partition(" ")
        if not what:
            self._copy_answer()
        elif word == "code" and (not number or number.strip().isdecimal()):
            self._copy_code(int(number) if number else None)
        else:
            self._say(USAGE)

    def _copy_answer(self) -> None:
        if text := next(iter(self._answers()), ""):
            self._put(text)
        self._say("The last answer is in the clipboard." if text else "There is no answer yet.")

    def _copy_code(self, number: int | None) -> None:
        found = (code_blocks(text) for text in self._answers() if "```" in text or "~~~" in text)
        blocks = next(filter(None, found), list[CodeBlock]())
        if not blocks:
            self._say("No answer holds a code block yet.")
        elif number is not None and not 1 <= number <= len(blocks):
            self._say(f"The newest answer with code has {_counted(len(blocks), 'code block')}.")
        elif number is None and len(blocks) > 1:
            self._choose(blocks, self._copy_block)
        else:
            self._copy_block(blocks[(number or 1) - 1])

    def _copy_block(self, block: CodeBlock) -> None:
        self._put(block.text)
        self._say(f"The code block is in the clipboard: {_counted(block.text.count(chr(10)), 'line')}.")


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
