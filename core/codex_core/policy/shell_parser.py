"""Reads a bash line into the simple commands that it runs, with tree-sitter.

The tree is not believed blindly: tree-sitter is more lenient than bash and differs from it in corners. Every leaf must
look as bash itself would cut it and nothing but blanks may lie between two of them; what is not known here, and what
two shells could read differently, becomes a problem, and a line with a problem is never safe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from codex_core.policy.command_reader import CommandReader
from codex_core.policy.shell_tree import BLANK
from codex_core.policy.word_reader import DEEPEST
from codex_core.policy.words import Assignment, Script, Word, known, unknown

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LONGEST_PARSED = 8_000
"""Characters. The parser's time grows with the square of some hostile lines; no person writes longer ones."""
_MOST_COMMANDS = 400
_ODD_CHARACTER = re.compile(
    r"[^\t\n -~\u00a1-\u00ac\u00ae-\u02af\u0370-\u037d\u037f-\u0386\u0388-\u03ff\u0400-\u04ff\u3041-\u30ff\u3400-\u4dbf"
    r"\u4e00-\u9fff\uac00-\ud7a3\u2013\u2014\u2022\u2026\u20ac\u2190-\u2194\u2500-\u257f\u26a0\u2705\u2713\u2717\u274c"
    r"\U0001f300-\U0001faff]"
)
"""What may stand in a line: ASCII and plain letters of some scripts; nothing invisible, no odd blanks."""
_LOOKALIKE = re.compile(r"[A-Za-z][\u0370-\u04ff]|[\u0370-\u04ff][A-Za-z]|(?:^|\s)[\u2013\u2014]\w")
_MANY_WORDS = re.compile(
    r"\{-?\d{6,}\.\.|\.\.-?\d{6,}|\{[^\s{}]{1,99}\.\.[^\s{}]{1,99}\}[^\s{}]*\{[^\s{}]*\.\.|(?:\{[^\s{}]{0,99},[^\s{}]*\}[^\s{}]*){6}"
)
"""Ranges and lists in braces multiply: a short word could fill the memory."""
_KEPT_SEPARATORS = frozenset((";", "\n", "&&", "||", "|", "|&", ";;", "&", "{", "}", "(", ")", "!"))
_IF_WORDS = frozenset(("if", "then", "elif", "else", "fi", ";", "\n"))
_WHILE_WORDS = frozenset(("while", "until", "do", "done", ";", "\n"))


@cache
def _parser() -> Parser:
    # Deferred: it is loaded in the thread that judges, never before the first paint.
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def parse_line(line: str, folder: Path | None, home: str) -> Script:
    """Read `line` as `bash -c` would, run in `folder`."""
    if odd := _ODD_CHARACTER.search(line):
        return _not_understood(f"it holds the character U+{ord(odd[0]):04X}, which does not belong into a command")
    if _LOOKALIKE.search(line):
        return _not_understood("a word of it mixes letters that look alike")
    if len(line) > LONGEST_PARSED:
        return _not_understood("it is too long to be looked through")
    if _MANY_WORDS.search(line):
        return _not_understood("its braces make more words than can be looked through")
    if "\\\n" in line:
        if not any(sign in line for sign in ("'", "#", "<<", "\\\\\n")):
            line = line.replace("\\\n", "")  # as bash does before anything else
        elif re.search(r"[^ \t]\\\n|\\\n[ \t]*#", line):
            return _not_understood("a line is continued in the middle of a word")
    source = line.encode()
    root = _parser().parse(source).root_node
    if root.end_byte > len(source) or root.type != "program":
        return _not_understood("it is no shell script")
    reader = _Reader(source, home, {}, folder)
    reader.read(root)
    if not reader.assigned.keys().isdisjoint(reader.used):
        # Every value of a variable counts everywhere, since a loop runs what stands before an assignment after it.
        reader = _Reader(source, home, reader.assigned, folder)
        reader.read(root)
    return reader.script()


def _not_understood(why: str) -> Script:
    return Script(commands=(), problems=(why,))


class _Reader(CommandReader):
    """Reads statements: all of a script."""

    def __init__(self, source: bytes, home: str, variables: Mapping[str, Sequence[Word]], folder: Path | None) -> None:
        super().__init__(source, home, variables, folder)
        self.functions: set[str] = set()

    def read(self, root: Node) -> None:
        self._is_doubtful = root.has_error
        if root.has_error:
            self._problem("bash would not understand it, or not as it looks")
        whole = self._source
        if BLANK.fullmatch(whole, 0, root.start_byte) is None or BLANK.fullmatch(whole, root.end_byte) is None:
            self._problem("parts of it cannot be read")
        self._walk(root)

    def script(self) -> Script:
        return Script(
            commands=tuple(self._commands[:_MOST_COMMANDS]),
            problems=tuple(self._problems),
            concerns=tuple(self._concerns),
            functions=frozenset(self.functions),
        )

    def _walk(self, node: Node) -> None:
        if len(self._commands) > _MOST_COMMANDS or self._depth > DEEPEST:
            self._problem("it has too many parts to be looked through")
            return
        self._depth += 1
        handler = self._handlers.get(node.type)
        if handler is None:
            self._problem(f"it uses a form that is not looked through ({node.type.replace('_', ' ')})")
            for child in node.named_children:
                self._walk(child)
        else:
            handler(self, node)
        self._depth -= 1

    def _statements(self, node: Node) -> None:
        self._walk_parts(self._children(node))

    def _walk_parts(self, children: Sequence[Node]) -> None:
        for child in children:
            if child.is_named:
                self._walk(child)
            elif child.type == "&":
                self._concern("background", "it leaves something running in the background")
            elif child.type not in _KEPT_SEPARATORS:
                self._problem(f"it uses a form that is not looked through ({child.type})")

    def _subshell(self, node: Node) -> None:
        folder, pushed = self._folder, self._pushed
        self._statements(node)
        self._folder, self._pushed = folder, pushed

    def _compound(self, node: Node) -> None:
        if self._text(node).startswith("(("):
            self._problem("it calculates")
            self._scan_expansions(node)
            return
        self._statements(node)

    def _pipeline(self, node: Node) -> None:
        outer_fed, outer_feeds, folder, pushed = self._fed_by, self._feeds, self._folder, self._pushed
        stages = self._children(node)
        named = [child for child in stages if child.is_named and child.type != "comment"]
        for child in stages:
            if not child.is_named:
                if child.type not in ("|", "|&"):
                    self._problem(f"it uses a form that is not looked through ({child.type})")
                continue
            begin = len(self._commands)
            self._feeds = outer_feeds or child != named[-1]
            self._walk(child)
            self._fed_by = (*self._fed_by, *self._commands[begin:])
            self._folder, self._pushed = folder, pushed
        self._fed_by, self._feeds = outer_fed, outer_feeds

    def _block(self, keywords: frozenset[str]) -> Callable[[Node], None]:
        def read(node: Node) -> None:
            for child in self._children(node):
                if child.is_named:
                    self._walk(child)
                elif child.type == "&":
                    self._concern("background", "it leaves something running in the background")
                elif child.type not in keywords:
                    self._problem(f"it uses a form that is not looked through ({child.type})")

        return read

    def _if(self, node: Node) -> None:
        self._block(_IF_WORDS)(node)

    def _do(self, node: Node) -> None:
        self._block(_WHILE_WORDS)(node)

    def _while(self, node: Node) -> None:
        begin = len(self._commands)
        condition = node.child_by_field_name("condition")
        self._block(_WHILE_WORDS)(node)
        first = self._commands[begin : begin + 1]
        if condition is None or not first or first[0].argv[:1] != ("read",) or condition.type != "command":
            self._concern("loop", "it may repeat for ever")

    def _for(self, node: Node) -> None:
        children = self._children(node)
        name = ""
        values: list[Word] = []
        is_listed = False
        for child in children:
            if child.type == "variable_name":
                name = self._text(child)
            elif child.type == "in":
                is_listed = True
            elif child.type in ("do_group", "compound_statement"):
                if child.type == "compound_statement":
                    self._problem("it uses an old form of a loop")
                self._assign(Assignment(name=name, value=unknown("$" + name)), values if is_listed else None)
                self._add_reading(values)
                self._walk(child)
            elif child.type == "comment":
                self._walk(child)
            elif child.is_named:
                values.extend(self._words(child))
            elif child.type not in ("for", ";", "\n"):
                self._problem("it asks for a choice" if child.type == "select" else "it uses a form of a loop")

    def _counting_for(self, node: Node) -> None:
        self._concern("loop", "it may repeat for ever")
        self._problem("it calculates")
        self._scan_expansions(node)
        for child in node.named_children:
            if child.type in ("do_group", "compound_statement"):
                self._walk(child)

    def _case(self, node: Node) -> None:
        for child in self._children(node):
            if child.type == "case_item":
                self._case_item(child)
            elif child.type == "comment":
                self._walk(child)
            elif child.is_named:
                self._add_reading(self._words(child))
            elif child.type not in ("case", "in", "esac", ";", "\n"):
                self._problem("it uses a form of a choice")

    def _case_item(self, node: Node) -> None:
        is_pattern = True
        for child in self._children(node):
            if child.type == ")":
                is_pattern = False
            elif is_pattern and child.is_named:
                if (
                    re.fullmatch(r"[\w.*?\[\]/+:@%,=-]+|\"[\w .*?/+:@%,=-]*\"|'[\w .*?/+:@%,=-]*'", self._text(child))
                    is None
                ):
                    self._problem("it uses a pattern that is not looked through")
                    self._scan_expansions(child)
            elif is_pattern and child.type in ("|", "("):
                continue
            elif child.is_named:
                self._walk(child)
            elif child.type == "&":
                self._concern("background", "it leaves something running in the background")
            elif child.type not in (";", "\n", ";;"):
                self._problem("it uses a form of a choice")

    def _function(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        called = self._text(name) if name is not None else ""
        self.functions.add(called)
        self._concern("function", f"it gives `{called[:40]}` a meaning of its own")
        for child in self._children(node):
            if child.is_named and child != name:
                self._walk(child)

    def _nested(self, node: Node) -> Script:
        inner = _Reader(self._source, self._home, self._variables, self._folder)
        inner._is_doubtful = self._is_doubtful
        inner.assigned, inner.used = self.assigned, self.used
        inner._depth = self._depth + 1
        inner._in_substitution = self._in_substitution + 1
        inner._feeds = True
        for child in inner._children(node):
            if not child.is_named:
                if child.type not in ("$(", ")", "`", "<(", ">(", *_KEPT_SEPARATORS):
                    inner._problem("a substitution can be read in two ways")
                elif child.type == "&":
                    inner._concern("background", "it leaves something running in the background")
            elif child.type == "file_redirect":  # $(< file)
                inner._add((known("cat"),), (), (inner._file_redirect(child)[0],))
            else:
                inner._walk(child)
        self._problems.extend(inner._problems)
        self._concerns.extend(inner._concerns)
        self.functions |= inner.functions
        return inner.script()

    _handlers: ClassVar[Mapping[str, Callable[..., None]]] = {
        "program": _statements,
        "list": _statements,
        "negated_command": _statements,
        "subshell": _subshell,
        "compound_statement": _compound,
        "pipeline": _pipeline,
        "if_statement": _if,
        "elif_clause": _if,
        "else_clause": _if,
        "while_statement": _while,
        "do_group": _do,
        "for_statement": _for,
        "c_style_for_statement": _counting_for,
        "case_statement": _case,
        "function_definition": _function,
        "comment": CommandReader._comment,
        "command": CommandReader._command,
        "redirected_statement": CommandReader._redirected,
        "variable_assignment": CommandReader._one_assignment,
        "variable_assignments": CommandReader._assignments,
        "declaration_command": CommandReader._declaration,
        "unset_command": CommandReader._unset,
        "test_command": CommandReader._test,
    }
