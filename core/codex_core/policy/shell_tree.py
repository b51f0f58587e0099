"""The syntax tree of a line, and what must be true of it for bash to read the line alike.

Every leaf must look as bash itself would cut it, and nothing but blanks may lie between two of them. What is not so is
a problem; a line with a problem is never safe.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

BLANK = re.compile(rb"(?:[ \t\n]|\\\n)*")
_BLANK_IN_LINE = re.compile(rb"(?:[ \t]|\\\n)*")
_SEPARATE = frozenset(("command", "declaration_command", "unset_command"))
"""Between two of their parts there must be a blank: what touches is one word for bash."""
_ON_ONE_LINE = frozenset(
    (
        *(
            "command",
            "declaration_command",
            "unset_command",
            "file_redirect",
            "herestring_redirect",
            "redirected_statement",
        ),
        *("test_command", "unary_expression", "binary_expression", "parenthesized_expression", "variable_assignments"),
    )
)
"""A newline within them would end them for bash."""


class TreeReader:
    """Takes the tree apart, and notes what is not as bash would have it."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._is_doubtful = False
        self._problems: list[str] = []
        self._concerns: list[tuple[str, str]] = []

    def _children(self, node: Node) -> list[Node]:
        """The children of a node, with the promise kept that nothing but blanks lies between them."""
        children = node.children
        at = node.start_byte
        before: Node | None = None
        one_line, separate = node.type in _ON_ONE_LINE, node.type in _SEPARATE
        blank = _BLANK_IN_LINE if one_line else BLANK
        for child in children:
            start = child.start_byte
            if start > at:
                if self._source[at:start] != b" " and blank.fullmatch(self._source, at, start) is None:
                    self._problem("parts of it cannot be read")
            elif start == at and before is not None and separate and not child.type.endswith("_redirect"):
                self._problem("two words touch each other")
            at, before = child.end_byte, child
        if self._is_doubtful and any(child.is_missing or child.type == "ERROR" for child in children):
            self._problem("bash would not understand it, or not as it looks")
        return children

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode(errors="replace")

    def _problem(self, why: str) -> None:
        if len(self._problems) < 5:
            self._problems.append(why)

    def _concern(self, rule: str, why: str) -> None:
        if len(self._concerns) < 5:
            self._concerns.append((rule, why))
