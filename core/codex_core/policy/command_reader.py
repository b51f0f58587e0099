"""Simple commands: words, assignments, tests, and what they do to the folder and to variables."""

from __future__ import annotations

import posixpath
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from codex_core.policy.redirect_reader import AFTER_HEREDOC, RedirectReader
from codex_core.policy.word_reader import DEEPEST
from codex_core.policy.words import Assignment, Command, Redirect, Script, Word, known, unknown

if TYPE_CHECKING:
    from tree_sitter import Node

_RESERVED = frozenset(
    (
        *("if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "in"),
        *("select", "function", "coproc", "{", "}", "[[", "]]", "!"),
    )
)
_TEST_GROUPS = frozenset(("unary_expression", "binary_expression", "parenthesized_expression"))
_BRACKET_SIGNS = frozenset(("[", "]", "[[", "]]", "=", "==", "!=", "!"))
_TEST_SIGNS = frozenset(("&&", "||", "(", ")", "<", ">", "=~"))


class CommandReader(RedirectReader):
    """Reads simple commands, assignments and tests."""

    def __init__(self, source: bytes, home: str, variables: Mapping[str, Sequence[Word]], folder: Path | None) -> None:
        super().__init__(source, home, variables, folder)
        self.assigned: dict[str, list[Word]] = {}
        self._pushed: tuple[Path | None, ...] = ()
        self._fed_by: tuple[Command, ...] = ()
        self._feeds = False

    @abstractmethod
    def _walk(self, node: Node) -> None:
        """Read a statement."""

    @abstractmethod
    def _walk_parts(self, children: Sequence[Node]) -> None:
        """Read several statements."""

    def _comment(self, node: Node) -> None:
        at = node.start_byte
        before = self._source[at - 1 : at]
        if at and (before not in (b" ", b"\t", b"\n", b";") or self._source[at - 2 : at - 1] == b"\\"):
            self._problem("it is not clear where a comment begins")
        if self._in_substitution:
            self._problem("it has a comment where none should be")

    def _command(self, node: Node) -> None:
        self._add(*self._parts(self._children(node)))

    def _redirected(self, node: Node) -> None:
        body: Node | None = None
        redirects: list[Node] = []
        for child in self._children(node):
            if child.type.endswith("_redirect"):
                redirects.append(child)
            elif body is None and child.is_named:
                body = child
            else:
                self._problem("it redirects in a form that is not looked through")
        if body is not None and body.type == "list":
            # The tree gives a redirection behind `a && b` to both; for bash it belongs to `b`.
            parts = self._children(body)
            self._walk_parts(parts[:-1])
            body = parts[-1]
        self._redirect_body(body, redirects)

    def _redirect_body(self, body: Node | None, redirects: Sequence[Node]) -> None:
        inner = self._children(body) if body is not None and body.type == "command" else []
        if body is None or body.type == "command":
            self._add(*self._parts([*inner, *redirects]))
            self._walk_after_heredocs(redirects)
            return
        words, assignments, redirected = self._parts(redirects)
        if words or assignments:
            self._problem("it redirects in a form that is not looked through")
        # What a group reads or writes is what each command in it could.
        holder = Command(redirects=redirected, fed_by=self._fed_by, feeds=self._feeds, folder=self._folder)
        self._commands.append(holder)
        outer = self._fed_by
        self._fed_by = (*outer, holder)
        self._walk(body)
        self._fed_by = outer
        self._walk_after_heredocs(redirects)

    def _parts(self, children: Sequence[Node]) -> tuple[tuple[Word, ...], tuple[Assignment, ...], tuple[Redirect, ...]]:
        words: list[Word] = []
        assignments: list[Assignment] = []
        redirects: list[Redirect] = []
        end = -1
        for child in children:
            if (
                child.start_byte == end
                and not child.type.endswith("_redirect")
                and not self._text(child).startswith("<")
            ):
                self._problem("two words touch each other")
            end = child.end_byte
            match child.type:
                case "variable_assignment":
                    assignments.append(self._assignment(child))
                case "command_name":
                    for inner in self._children(child):
                        words.extend(self._words(inner))
                    if words and words[0].shown in _RESERVED and self._text(child) in _RESERVED:
                        self._problem(f"`{words[0].shown}` stands where a command should")
                case "file_redirect":
                    redirect, further = self._file_redirect(child)
                    redirects.append(redirect)
                    words.extend(further)
                case "herestring_redirect":
                    redirects.extend(self._herestring(child))
                case "heredoc_redirect":
                    redirects.extend(self._heredoc(child))
                case "comment":
                    self._comment(child)
                case kind if child.is_named:
                    del kind
                    words.extend(self._words(child))
                case kind:
                    self._problem(f"it uses a form that is not looked through ({kind})")
        return tuple(words), tuple(assignments), tuple(redirects)

    def _add(
        self, words: tuple[Word, ...], assignments: tuple[Assignment, ...], redirects: tuple[Redirect, ...]
    ) -> None:
        if not words:
            for assignment in assignments:
                self._assign(assignment, [assignment.value] if assignment.is_exact else None)
        command = Command(
            words=words,
            assignments=assignments,
            redirects=redirects,
            fed_by=self._fed_by,
            feeds=self._feeds,
            folder=self._folder,
        )
        self._commands.append(command)
        match [word.shown for word in words[:1]]:
            case ["cd" | "pushd" | "popd"]:
                self._change_folder(words)
            case ["read" | "mapfile" | "readarray" | "getopts" | "printf" | "let" | "wait"]:
                is_fed = bool(self._fed_by) and words[0].shown == "read" and not redirects
                is_fed = is_fed and not any(word.shown.startswith("-") and "u" in word.shown for word in words)
                feeders = (Script(commands=self._fed_by),) if is_fed else ()
                for word in words[1:]:
                    if re.fullmatch(r"[A-Za-z_]\w*", word.shown):
                        value = Word(shown="$" + word.shown, splits=True, scripts=feeders)
                        self._assign(Assignment(name=word.shown, value=value), [value])
            case _:
                pass

    def _change_folder(self, words: tuple[Word, ...]) -> None:
        operands = [word for word in words[1:] if word.shown not in ("--", "-P", "-L")]
        if words[0].shown == "popd":
            self._folder = self._pushed[-1] if self._pushed and not operands else None
            self._pushed = self._pushed[:-1]
            return
        if words[0].shown == "pushd":
            self._pushed = (*self._pushed, self._folder)
        if len(operands) > 1 or (words[0].shown == "pushd" and (not operands or operands[0].text[:1] in "+-")):
            self._folder = None
        elif not operands:
            self._folder = Path(self._home)
        elif not operands[0].is_known or operands[0].text.startswith("-"):
            is_inside = operands[0].scripts and not operands[0].texts and _prints_toplevel(operands[0])
            self._folder = self._folder if is_inside else None
        elif self._folder is not None or operands[0].text.startswith("/"):
            self._folder = Path(posixpath.normpath(posixpath.join(str(self._folder), operands[0].text)))

    def _add_reading(self, words: Sequence[Word]) -> None:
        """Keep words that only a construct itself reads, for the commands in them."""
        self._commands.append(Command(words=(known(":"), *words), folder=self._folder))

    def _assignments(self, node: Node) -> None:
        self._add((), tuple(self._assignment(child) for child in self._children(node)), ())

    def _one_assignment(self, node: Node) -> None:
        self._add((), (self._assignment(node),), ())

    def _assignment(self, node: Node) -> Assignment:
        children = self._children(node)
        name, operator = children[0], children[1].type if len(children) > 1 else ""
        is_exact = name.type == "variable_name" and operator == "="
        if name.type == "subscript":
            if re.fullmatch(r"\w+\[\d+\]", self._text(name)) is None:
                self._problem("it calculates")
                self._scan_expansions(name)
        elif name.type != "variable_name" or operator not in ("=", "+="):
            self._problem("it assigns in a form that is not looked through")
        values = children[2:]
        if any(a.end_byte != b.start_byte for a, b in pairwise(children)):
            self._problem("it assigns in a form that is not looked through")
        called = re.match(r"\w*", self._text(name))
        found = Assignment(name=called[0] if called else "", value=known(""), is_exact=is_exact)
        if not values:
            return found
        if values[0].type == "array":
            words: list[Word] = []
            for child in self._children(values[0]):
                if child.is_named and child.type != "comment":
                    words.extend(self._words(child))
                elif child.type not in ("(", ")"):
                    self._problem("it uses a form of a list")
            scripts = tuple(script for word in words for script in word.scripts)
            value = Word(shown=self._text(values[0]), splits=True, scripts=scripts)
            return Assignment(name=found.name, value=value, is_exact=False)
        words = self._words(values[0], can_expand_braces=False)
        return Assignment(name=found.name, value=words[0], is_exact=is_exact)

    def _assign(self, assignment: Assignment, values: Sequence[Word] | None) -> None:
        self.assigned.setdefault(assignment.name, []).extend(
            values if values is not None else [unknown("$" + assignment.name)]
        )

    def _declaration(self, node: Node) -> None:
        words: list[Word] = []
        assignments: list[Assignment] = []
        for child in self._children(node):
            if child.type == "variable_assignment":
                assignments.append(self._assignment(child))
                words.append(Word(shown=self._text(child), texts=(self._text(child),)))
            elif child.is_named and child.type != "comment":
                words.extend(self._words(child))
            else:
                words.append(known(self._text(child)))
        for assignment in assignments:
            self._assign(assignment, [assignment.value] if assignment.is_exact else None)
        values = tuple(
            Command(words=(known(":"), assignment.value), folder=self._folder)
            for assignment in assignments
            if assignment.value.scripts
        )
        self._commands.extend(values)
        self._commands.append(
            Command(words=tuple(words), assignments=tuple(assignments), folder=self._folder, feeds=self._feeds)
        )

    def _unset(self, node: Node) -> None:
        words = [known(self._text(child)) for child in self._children(node)]
        self._commands.append(Command(words=tuple(words), folder=self._folder))

    def _test(self, node: Node) -> None:
        children = self._children(node)
        is_bracket = children[0].type == "["
        words: list[Word] = []
        self._flatten_test(node, words, is_bracket=is_bracket)
        self._commands.append(Command(words=tuple(words), fed_by=self._fed_by, feeds=self._feeds, folder=self._folder))

    def _flatten_test(self, node: Node, words: list[Word], *, is_bracket: bool) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            self._problem("it has too many parts to be looked through")
            return
        children = self._children(node)
        for before, child in zip([None, *children[:-1]], children, strict=True):
            text = self._text(child)
            touches = before is not None and before.end_byte == child.start_byte
            if touches and not (text in "()" or (before is not None and before.type in "(!")):
                self._problem("two words touch each other")
            if child.type in _TEST_GROUPS:
                self._flatten_test(child, words, is_bracket=is_bracket)
            elif child.type == "test_operator" or (not child.is_named and text in _BRACKET_SIGNS):
                words.append(known(text))
            elif child.type in ("regex", "extglob_pattern"):
                if re.fullmatch(r"[\w^$.*+?|()\[\]{}/:@%,=~-]+", text) is None or is_bracket or text.endswith("]]"):
                    self._problem("it uses a pattern that is not looked through")
                    self._scan_expansions(child)
                words.append(known(text))
            elif not child.is_named and not is_bracket and text in _TEST_SIGNS:
                words.append(known(text))
            elif child.is_named and child.type != "comment":
                words.extend(self._words(child))
            else:
                self._problem("it tests in a form that is not looked through")
        self._depth -= 1

    def _walk_after_heredocs(self, redirects: Sequence[Node]) -> None:
        """Commands behind a here-document on its line (`cat <<E | sh`) hang below it in the tree."""
        for redirect in redirects:
            if redirect.type != "heredoc_redirect":
                continue
            outer = self._fed_by
            self._fed_by = (*outer, *self._commands[-1:])
            for child in redirect.children:
                if child.type == "pipeline":
                    self._walk_parts(self._children(child))
                elif child.type in AFTER_HEREDOC and child.is_named:
                    self._walk(child)
            self._fed_by = outer


def _prints_toplevel(word: Word) -> bool:
    argvs = [command.argv for script in word.scripts for command in script.commands]
    return argvs == [("git", "rev-parse", "--show-toplevel")]
