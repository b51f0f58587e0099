"""What a yes is remembered for, and for how long: the page that `a` opens, as data. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from codex_core.protocol import (
    AnswerApproval,
    ApprovalRequest,
    ApproveAlways,
    ApproveWidening,
    CommandRule,
    EditRule,
    Offer,
    Op,
    Pattern,
    WideningOffer,
    pattern_words,
)

Scope: TypeAlias = Literal["session", "project", "user"]

SCOPE_WORDS: dict[Scope, str] = {
    "session": "this session",
    "project": "this project",
    "user": "all projects",
}
SCOPE_ENDS: dict[Scope, str] = {
    "session": "until it ends",
    "project": "until removed in /rules",
    "user": "until removed in /rules",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRow:
    """One way in which a yes may be remembered."""

    words: str
    matches: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()
    scopes: tuple[Scope, ...]
    make: Callable[[Scope], Op]
    text: str = ""
    """Its prefixes or globs, as they may be edited; empty if they may not."""
    retype: Callable[[str], ScopeRow | str] | None = None
    """The row with other prefixes or globs, or what is wrong with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopePage:
    """The page and what is current in it."""

    title: str
    rows: tuple[ScopeRow, ...]
    """The narrowest first; at least one."""
    index: int = 0
    scope: Scope = "session"

    @property
    def row(self) -> ScopeRow:
        return self.rows[self.index]

    @property
    def chosen(self) -> Scope:
        """The scope that stands, or the nearest that this row has."""
        return self.scope if self.scope in self.row.scopes else self.row.scopes[-1]

    @property
    def op(self) -> Op:
        return self.row.make(self.chosen)

    def moved(self, step: int) -> ScopePage:
        return replace(self, index=(self.index + step) % len(self.rows))

    def at(self, index: int) -> ScopePage:
        return replace(self, index=index) if index < len(self.rows) else self

    def scoped(self, step: int) -> ScopePage:
        scopes = self.row.scopes
        return replace(self, scope=scopes[(scopes.index(self.chosen) + step) % len(scopes)])

    def retyped(self, text: str) -> ScopePage | str:
        """With the current row's patterns typed anew; or what is wrong with them, in words."""
        row = self.row.retype(text) if self.row.retype is not None else self.row
        if isinstance(row, str):
            return row
        return replace(self, rows=(*self.rows[: self.index], row, *self.rows[self.index + 1 :]))


def always_page(request: ApprovalRequest) -> ScopePage:
    """The offers of a request that has some."""
    return ScopePage(title="Allow always", rows=tuple(_offer_row(request, offer) for offer in request.offers))


def widening_page(request: ApprovalRequest, offers: Sequence[WideningOffer]) -> ScopePage | None:
    """What may be allowed for longer than once after a denial; None if nothing may."""
    rows = tuple(row for offer in offers if (row := _widening_row(request, offer)).scopes)
    return ScopePage(title="Allow it for longer, and run it again", rows=rows) if rows else None


def _widening_row(request: ApprovalRequest, offer: WideningOffer) -> ScopeRow:
    def make(scope: Scope) -> Op:
        wide = "project" if scope == "user" else scope
        answer = ApproveWidening(widening=offer.widening, scope=wide)
        return AnswerApproval(request_id=request.request_id, answer=answer)

    scopes: tuple[Scope, ...] = tuple(scope for scope in offer.scopes if scope != "once")
    return ScopeRow(words=offer.words, scopes=scopes, make=make)


def _offer_row(request: ApprovalRequest, offer: Offer) -> ScopeRow:
    def make(scope: Scope) -> Op:
        answer = ApproveAlways(patterns=offer.patterns, scope=scope)
        return AnswerApproval(request_id=request.request_id, answer=answer)

    def retype(text: str) -> ScopeRow | str:
        patterns = _patterns_of(text, offer.patterns)
        if isinstance(patterns, str):
            return patterns
        if problem := _problem(patterns, request):
            return problem
        return _offer_row(request, _with_patterns(offer, patterns))

    text = _text_of(offer.patterns) if offer.is_editable else ""
    return ScopeRow(
        words=offer.words,
        matches=offer.matches,
        misses=offer.misses,
        scopes=offer.scopes,
        make=make,
        text=text,
        retype=retype if text else None,
    )


# Patterns as a line that is typed: prefixes as a shell would write them, or globs, with `;` between several.


def _is_open(pattern: Pattern) -> bool:
    return isinstance(pattern, EditRule) or (isinstance(pattern, CommandRule) and not pattern.is_exact)


def _text_of(patterns: tuple[Pattern, ...]) -> str:
    texts: list[str] = []
    for pattern in filter(_is_open, patterns):
        match pattern:
            case CommandRule(prefix=prefix):
                texts.append(shlex.join(prefix))
            case EditRule(glob=glob):
                texts.append(glob)
            case _:
                pass
    return " ; ".join(texts)


def _patterns_of(text: str, before: tuple[Pattern, ...]) -> tuple[Pattern, ...] | str:
    """The patterns `before` with what was typed in the place of those that may be changed."""
    open_ones = [pattern for pattern in before if _is_open(pattern)]
    pieces = [piece.strip() for piece in text.split(" ; ")]
    if len(pieces) != len(open_ones) or not all(pieces):
        return "type something" if len(open_ones) == 1 else f"type {len(open_ones)} of them, with ` ; ` between"
    typed: list[Pattern] = []
    for pattern, piece in zip(open_ones, pieces, strict=True):
        if isinstance(pattern, EditRule):
            typed.append(EditRule(glob=piece))
            continue
        try:
            typed.append(CommandRule(prefix=tuple(shlex.split(piece))))
        except ValueError:
            return f"a quotation mark is missing in {piece}"
    left = iter(typed)
    return tuple(next(left) if _is_open(pattern) else pattern for pattern in before)


def _problem(patterns: tuple[Pattern, ...], request: ApprovalRequest) -> str:
    """What is plainly wrong; whether they cover all that is asked is for the session to say."""
    for pattern in patterns:
        if isinstance(pattern, CommandRule) and request.commands:
            size = len(pattern.prefix)
            if not any(words[:size] == pattern.prefix for words in request.commands):
                return f"none of these commands begins with {shlex.join(pattern.prefix)}"
    return ""


def _with_patterns(offer: Offer, patterns: tuple[Pattern, ...]) -> Offer:
    opened = [p.prefix for p in patterns if isinstance(p, CommandRule) and not p.is_exact]
    matches, misses = offer.matches[:1], offer.misses
    if opened:
        matches += tuple(f"{shlex.join(prefix)} …" for prefix in opened)
        misses = tuple(f"{prefix[0]} … in any other form" for prefix in opened if len(prefix) > 1)
    return replace(
        offer, patterns=patterns, words=" and ".join(map(pattern_words, patterns)), matches=matches, misses=misses
    )
