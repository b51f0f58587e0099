"""Redirections, here-strings and here-documents."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from codex_core.policy.shell_words import WordBuilder
from codex_core.policy.word_reader import WordReader
from codex_core.policy.words import Redirect, Word, known, unknown

if TYPE_CHECKING:
    from tree_sitter import Node

_CLOSERS = (b";", b"&", b"|", b"(", b")")
_DELIMITER = re.compile(r"[A-Za-z_][\w.-]*|'[A-Za-z_][\w.-]*'|\"[A-Za-z_][\w.-]*\"")
AFTER_HEREDOC = frozenset(("pipeline", "&&", "||", "list", "command", "redirected_statement"))


class RedirectReader(WordReader):
    """Reads redirections and here-documents."""

    def _file_redirect(self, node: Node) -> tuple[Redirect, list[Word]]:
        operator = ""
        words: list[Word] = []
        children = self._children(node)
        named = [child for child in children if child.is_named]
        if any(a.end_byte == b.start_byte for a, b in pairwise(named)):
            self._problem("two words touch each other")
        before = self._source[node.start_byte - 1 : node.start_byte]
        if children and children[0].type == "file_descriptor" and before not in (b"", b" ", b"\t", b"\n", *_CLOSERS):
            self._problem("two words touch each other")
        for child in children:
            if child.type == "file_descriptor":
                if re.fullmatch(r"\d{1,3}", self._text(child)) is None or child.end_byte != children[1].start_byte:
                    self._problem("it redirects in a form that is not looked through")
            elif not child.is_named:
                operator += child.type
            else:
                words.extend(self._words(child))
        if not operator:
            self._problem("it redirects in a form that is not looked through")
        if not words:
            words = [known("-")] if operator.endswith("-") else [unknown("?")]
        return Redirect(operator=operator or "?", target=words[0]), words[1:]

    def _herestring(self, node: Node) -> list[Redirect]:
        words = [word for child in self._children(node) if child.is_named for word in self._words(child)]
        if len(words) != 1:
            self._problem("it redirects in a form that is not looked through")
        return [Redirect(operator="<<<", target=word) for word in words]

    def _heredoc(self, node: Node) -> list[Redirect]:
        """A here-document, and the redirections that stand behind it on its line."""
        redirects: list[Redirect] = []
        start = body = end = None
        for child in self._children(node):
            match child.type:
                case "heredoc_start":
                    start = child
                case "heredoc_body":
                    body = child
                case "heredoc_end":
                    end = child
                case "file_redirect":
                    redirect, further = self._file_redirect(child)
                    redirects.append(redirect)
                    if further:
                        self._problem("it redirects in a form that is not looked through")
                case "<<" | "<<-":
                    pass
                case kind if kind in AFTER_HEREDOC:
                    pass
                case _:
                    self._problem("it uses a form of a here-document")
        if start is None or body is None or end is None or not self._ends_where_bash_ends(node, start, body, end):
            self._problem("it is not clear where a here-document ends")
            self._scan_expansions(node)
            return redirects
        is_literal = self._text(start)[:1] in "'\""
        text = self._text(body)
        builder = WordBuilder(self._home)
        if is_literal:
            builder.add_quoted(text)
        else:
            self._add_inside(builder, body, body.start_byte, body.end_byte, in_heredoc=True)
        return [Redirect(operator="<<", target=builder.words()[0]), *redirects]

    def _ends_where_bash_ends(self, node: Node, start: Node, body: Node, end: Node) -> bool:
        """Whether the tree and bash agree on this here-document; told by the lines themselves."""
        delimiter = self._text(start)
        if _DELIMITER.fullmatch(delimiter) is None or self._source.count(b"<<") > 1 + 2 * self._source.count(b"<<<"):
            return False
        if self._in_substitution and b"`" in self._source:
            return False
        line_end = self._source.find(b"\n", start.end_byte)
        if line_end < 0 or self._source[start.end_byte : line_end].endswith(b"\\"):
            return False
        strips_tabs = self._text(node).startswith("<<-")
        at = line_end + 1
        wanted = delimiter.strip("'\"").encode()
        while True:
            until = self._source.find(b"\n", at)
            until = until if until >= 0 else len(self._source)
            line = self._source[at:until]
            bare = line.lstrip(b"\t") if strips_tabs else line
            if bare == wanted:
                return line_end <= body.start_byte <= at and end.end_byte == until and end.start_byte >= at
            if until == len(self._source) or (line.endswith(b"\\") and delimiter[:1] not in "'\""):
                return False
            at = until + 1
