"""A shell line as policy sees it: simple commands, each with its words and redirections. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One argument after the removal of quotes, as far as it can be known without running anything."""

    shown: str
    """For people and for remembered rules: unquoted, expansions as they were written."""
    texts: tuple[str, ...] = ()
    """Every text that it can stand for, home and known variables filled in; empty if that is not known."""
    globs: bool = False
    """It holds an unquoted pattern, so that names of files take its place."""
    splits: bool = False
    """It holds an unquoted expansion: it can become several words, or none."""
    scripts: tuple[Script, ...] = ()
    """What runs so that this word gets its text: command and process substitutions."""
    guesses: tuple[str, ...] = ()
    """Of an unknown word: what it may well be, to find danger by, never safety."""

    @property
    def text(self) -> str:
        return self.texts[0] if self.texts else self.shown

    @property
    def is_known(self) -> bool:
        """It is one word, and this text."""
        return len(self.texts) == 1 and not self.globs and not self.splits

    @property
    def may_be_flag(self) -> bool:
        """It may turn out to be an option that cannot be seen here."""
        if self.splits and not self.texts:
            return True
        return not self.texts or any(
            text.startswith("-") if not self.globs else text[:1] in "-*?[" for text in self.texts
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    operator: str
    """`>`, `>>`, `<`, `>&`, `&>`, `<<`, `<<<`, …"""
    target: Word
    """The file; for `<<` and `<<<` the text that is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    name: str
    value: Word
    is_exact: bool = True
    """False for `+=` and elements of arrays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One simple command: it has words, or only assignments, or only redirections."""

    words: tuple[Word, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    fed_by: tuple[Command, ...] = ()
    """What is before it in its pipeline."""
    feeds: bool = False
    """Its output goes on: into a pipe, or into a substitution."""
    folder: Path | None = None
    """Where it runs; None if that is not known."""

    @property
    def argv(self) -> tuple[str, ...]:
        return tuple(word.shown for word in self.words)

    def with_words(self, words: tuple[Word, ...]) -> Command:
        return Command(  # spelled out: `replace` takes several times as long
            words=words,
            assignments=self.assignments,
            redirects=self.redirects,
            fed_by=self.fed_by,
            feeds=self.feeds,
            folder=self.folder,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a line runs, in the order of writing."""

    commands: tuple[Command, ...]
    problems: tuple[str, ...] = ()
    """Why it is not fully understood, in words; empty if it is."""
    concerns: tuple[tuple[str, str], ...] = ()
    """Understood, but more than looking: the rule's name, and why in words."""
    functions: frozenset[str] = frozenset()
    """Names that it gives a meaning of its own."""


def known(text: str) -> Word:
    return Word(shown=text, texts=(text,))


def unknown(shown: str) -> Word:
    return Word(shown=shown, splits=True)
