"""Reads a bash line into the simple commands that it runs, with tree-sitter.

The tree is not believed blindly: tree-sitter is more lenient than bash and differs from it in corners. Every leaf must
look as bash itself would cut it and nothing but blanks may lie between two of them; what is not known here, and what
two shells could read differently, becomes a problem, and a line with a problem is never safe.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from codex_core.policy.secret_names import is_secret_variable
from codex_core.policy.shell_words import WordBuilder, ansi_c_text
from codex_core.policy.words import Assignment, Command, Redirect, Script, Word, known, unknown

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LONGEST_PARSED = 8_000
"""Characters. The parser's time grows with the square of some hostile lines; no person writes longer ones."""
_DEEPEST = 60
_MOST_COMMANDS = 400

_BLANK = re.compile(rb"(?:[ \t\n]|\\\n)*")
_BLANK_IN_LINE = re.compile(rb"(?:[ \t]|\\\n)*")
_PLAIN_WORD = re.compile(r"(?:[^\s\\'\"`$|&;()<>]|\\[^\n])+")
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
_CLOSERS = (b";", b"&", b"|", b"(", b")")
_RESERVED = frozenset(
    (
        *("if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "in"),
        *("select", "function", "coproc", "{", "}", "[[", "]]", "!"),
    )
)
_SIMPLE_EXPANSION = re.compile(r"\$([A-Za-z_]\w*|[0-9@*#?$!_-])")
_EXPANSION = re.compile(
    r"""\$\{(\#?)([A-Za-z_]\w*|[0-9@*?#])(\[(?:[0-9]+|[@*])\])?
        (?:(:?[-+])([^$`\\'"{}()<>;&|\n]*)
        |(?:\#\#?|%%?|//?|\^\^?|,,?)[^$`'"{}<>;&\n]*|:\ ?-?[0-9]+(?::-?[0-9]+)?)?\}""",
    re.VERBOSE,
)
_ARITHMETIC = re.compile(r"\$\(\(([\w\s+\-*/%()<>=!&|^~?:,$]*)\)\)")
_NO_SIGNS = re.compile(r"[\w./:@%+=-][\w./:@%+=,-]*", re.ASCII)
_NO_SIGNS_QUOTED = re.compile(r'"[^"\\$`]*"')
_known = lru_cache(maxsize=1_000)(known)
_DELIMITER = re.compile(r"[A-Za-z_][\w.-]*|'[A-Za-z_][\w.-]*'|\"[A-Za-z_][\w.-]*\"")
_KEPT_SEPARATORS = frozenset((";", "\n", "&&", "||", "|", "|&", ";;", "&", "{", "}", "(", ")", "!"))


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


class _Reader:
    def __init__(self, source: bytes, home: str, variables: Mapping[str, Sequence[Word]], folder: Path | None) -> None:
        self._source = source
        self._home = home
        self._variables = variables
        self._folder = folder
        self._pushed: tuple[Path | None, ...] = ()
        self._is_doubtful = False
        self.assigned: dict[str, list[Word]] = {}
        self.used: set[str] = set()
        """Names of variables whose values were asked for."""
        self._commands: list[Command] = []
        self._problems: list[str] = []
        self._concerns: list[tuple[str, str]] = []
        self._depth = 0
        self._in_substitution = 0
        self._fed_by: tuple[Command, ...] = ()
        self._feeds = False
        self.functions: set[str] = set()

    def read(self, root: Node) -> None:
        self._is_doubtful = root.has_error
        if root.has_error:
            self._problem("bash would not understand it, or not as it looks")
        whole = self._source
        if _BLANK.fullmatch(whole, 0, root.start_byte) is None or _BLANK.fullmatch(whole, root.end_byte) is None:
            self._problem("parts of it cannot be read")
        self._walk(root)

    def script(self) -> Script:
        return Script(
            commands=tuple(self._commands[:_MOST_COMMANDS]),
            problems=tuple(self._problems),
            concerns=tuple(self._concerns),
            functions=frozenset(self.functions),
        )

    # Statements

    def _walk(self, node: Node) -> None:
        if len(self._commands) > _MOST_COMMANDS or self._depth > _DEEPEST:
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

    def _comment(self, node: Node) -> None:
        at = node.start_byte
        before = self._source[at - 1 : at]
        if at and (before not in (b" ", b"\t", b"\n", b";") or self._source[at - 2 : at - 1] == b"\\"):
            self._problem("it is not clear where a comment begins")
        if self._in_substitution:
            self._problem("it has a comment where none should be")

    # Commands

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
        if self._depth > _DEEPEST:
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

    # Redirections

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
                case kind if kind in _AFTER_HEREDOC:
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
                elif child.type in _AFTER_HEREDOC and child.is_named:
                    self._walk(child)
            self._fed_by = outer

    # Words

    def _words(self, node: Node, *, can_expand_braces: bool = True) -> list[Word]:
        if plain := self._plain(node):
            return [plain]
        builder = WordBuilder(self._home)
        if node.type == "concatenation":
            children = self._children(node)
            for before, child in zip([None, *children[:-1]], children, strict=True):
                if before is not None and before.end_byte != child.start_byte:
                    self._problem("two words touch each other")
                self._add_piece(builder, child, is_first=before is None)
        else:
            self._add_piece(builder, node, is_first=True)
        words = builder.words()
        if len(words) > 1 and not can_expand_braces:
            return [known(self._text(node))]
        return words

    def _plain(self, node: Node) -> Word | None:
        """A word in which no sign means anything, as most are: what the rest would say of it, sooner."""
        text = self._text(node)
        match node.type:
            case "word" | "number" if _NO_SIGNS.fullmatch(text):
                return _known(text)
            case "raw_string" if text.count("'") == 2 and text[0] == text[-1] == "'":
                return known(text[1:-1])
            case "string" if _NO_SIGNS_QUOTED.fullmatch(text):
                return known(text[1:-1])
            case _:
                return None

    def _add_piece(self, builder: WordBuilder, node: Node, *, is_first: bool) -> None:
        text = self._text(node)
        match node.type:
            case "word" | "number" | "variable_name" | "special_variable_name" | "extglob_pattern" | "regex":
                if _PLAIN_WORD.fullmatch(text) is None or (is_first and text.startswith("#")):
                    self._problem("a word of it can be read in two ways")
                    self._scan_expansions(node)
                builder.add_plain(text, is_first=is_first)
            case "brace_expression":
                if re.fullmatch(r"\{-?\w+\.\.-?\w+\}", text) is None:
                    self._problem("a word of it can be read in two ways")
                builder.add_plain(text, is_first=False)
            case "raw_string":
                if re.fullmatch(r"'[^']*'", text) is None:
                    self._problem("a word of it can be read in two ways")
                builder.add_quoted(text[1:-1])
            case "ansi_c_string":
                plain = ansi_c_text(text[2:-1])
                if plain is None or re.fullmatch(r"\$'(?:[^'\\]|\\.)*'", text) is None:
                    self._problem("it hides characters behind escapes")
                builder.add_quoted(plain if plain is not None else text)
            case "string":
                if not (text.startswith('"') and text.endswith('"') and len(text) > 1):
                    self._problem("a word of it can be read in two ways")
                self._add_inside(builder, node, node.start_byte + 1, node.end_byte - 1, in_heredoc=False)
            case "simple_expansion" | "expansion":
                self._add_expansion(builder, node, quoted=False)
            case "command_substitution" | "process_substitution" | "arithmetic_expansion":
                self._add_substitution(builder, node, quoted=False)
            case "$":
                following = self._source[node.end_byte : node.end_byte + 1]
                if following not in (b"", b" ", b"\n", b"\t", b";", b")"):
                    self._problem("a word of it can be read in two ways")
                builder.add_quoted("$")
            case kind:
                self._problem(f"it uses a form that is not looked through ({kind.replace('_', ' ')})")
                self._scan_expansions(node)
                builder.add_unknown(text, quoted=False)

    def _add_inside(self, builder: WordBuilder, node: Node, start: int, end: int, *, in_heredoc: bool) -> None:
        """What stands in double quotes or in a here-document: expansions, and all between them as it is."""
        at = start
        for child in node.children:
            if child.start_byte < start or child.end_byte > end or not child.is_named:
                continue
            if child.type in ("string_content", "heredoc_content"):
                continue
            self._add_literal(builder, self._source[at : child.start_byte].decode(errors="replace"), in_heredoc)
            at = child.end_byte
            match child.type:
                case "simple_expansion" | "expansion":
                    self._add_expansion(builder, child, quoted=True)
                case "command_substitution" | "arithmetic_expansion":
                    self._add_substitution(builder, child, quoted=True)
                case kind:
                    self._problem(f"it uses a form that is not looked through ({kind.replace('_', ' ')})")
                    builder.add_unknown(self._text(child), quoted=True)
        self._add_literal(builder, self._source[at:end].decode(errors="replace"), in_heredoc)

    def _add_literal(self, builder: WordBuilder, text: str, in_heredoc: bool) -> None:
        unescaped = re.sub(r"\\.", "", text, flags=re.DOTALL)
        if "`" in unescaped or re.search(r"\$[\w({@*#?$!\[-]", unescaped) or ('"' in unescaped and not in_heredoc):
            self._problem("a word of it can be read in two ways")
        if text.endswith("\\") and (len(text) - len(text.rstrip("\\"))) % 2:
            self._problem("a word of it can be read in two ways")
        escapes = r"\\([\\$`])" if in_heredoc else r'\\([\\$`"])'
        builder.add_quoted(re.sub(escapes, r"\1", text.replace("\\\n", "")))

    def _add_expansion(self, builder: WordBuilder, node: Node, *, quoted: bool) -> None:
        text = self._text(node)
        simple = _SIMPLE_EXPANSION.fullmatch(text)
        braced = _EXPANSION.fullmatch(text)
        if simple is None and braced is None:
            self._problem(f"`{text[:40]}` can do more than give a value")
            self._scan_expansions(node)
            assigned = re.fullmatch(r"\$\{\w+:?=([\w./~-]+)\}", text)
            builder.add_variable(text, None, quoted=quoted, guess=assigned[1] if assigned else "")
            return
        name = simple[1] if simple is not None else braced[2] if braced is not None else ""
        if is_secret_variable(name):
            self._concern("secret-variable", f"${name} may hold a secret")
        if name == "IFS":
            self._problem("it splits words by a variable")
        if simple is not None or (braced is not None and text == f"${{{name}}}"):
            builder.add_variable(text, self._values(name), quoted=quoted)
        elif braced is not None and braced[4]:
            builder.add_variable(text, None, quoted=quoted, guess=braced[5])
        elif braced is not None and braced[1]:
            builder.add_quoted("0")
        else:
            values = self._values(name)
            scripts = [unknown(text)] if values is None else [Word(shown=text, scripts=w.scripts) for w in values]
            builder.add_variable(text, scripts, quoted=quoted)

    def _values(self, name: str) -> Sequence[Word] | None:
        self.used.add(name)
        if name in self._variables:
            return self._variables[name]
        match name:
            case "HOME":
                return (known(self._home),)
            case "PWD":
                return (known("." if self._folder is None else str(self._folder)),)
            case "?" | "#" | "$" | "!" | "UID" | "EUID" | "LINENO" | "SECONDS" | "RANDOM" | "PPID":
                return (known("0"),)
            case "USER" | "LOGNAME" | "HOSTNAME" | "SHELL" | "LANG" | "TERM" | "OSTYPE" | "BASH_VERSION":
                return (known(f"{name.lower()}"),)
            case "TMPDIR":
                return (known("/tmp"),)  # noqa: S108 - a name in a foreign line
            case _:
                return None

    def _add_substitution(self, builder: WordBuilder, node: Node, *, quoted: bool) -> None:
        text = self._text(node)
        if node.type == "arithmetic_expansion":
            if not self._is_harmless_arithmetic(text):
                self._problem("it calculates with what it does not know")
                self._scan_expansions(node)
            builder.add_variable(text, (known("999"),), quoted=True)
            return
        if text.startswith(("$((", "$[ ")) or (text.startswith("`") and "\\" in text):
            self._problem("a substitution can be read in two ways")
        script = self._nested(node)
        if node.type == "process_substitution":
            builder.add_pipe(text, script)
            return
        builder.add_output(text, script, quoted=quoted, guess=_printed(script))

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

    def _is_harmless_arithmetic(self, text: str) -> bool:
        """Names in arithmetic are calculated again from their values, and an index in one may run commands."""
        found = _ARITHMETIC.fullmatch(text)
        if found is None or "$(" in found[1]:
            return False
        names = re.findall(r"[A-Za-z_]\w*", found[1])
        self.used.update(names)
        values = [self._variables.get(name) for name in names]
        return all(
            words is not None and all(re.fullmatch(r"-?\d+", text) for word in words for text in word.texts or ("?",))
            for words in values
        )

    def _scan_expansions(self, node: Node) -> None:
        """In a form that is not understood, still find what runs in it."""
        if self._depth > _DEEPEST:
            return
        self._depth += 1
        for child in node.named_children:
            if child.type in ("command_substitution", "process_substitution"):
                self._commands.extend(self._nested(child).commands)
            else:
                self._scan_expansions(child)
        self._depth -= 1

    # The tree

    def _children(self, node: Node) -> list[Node]:
        """The children of a node, with the promise kept that nothing but blanks lies between them."""
        children = node.children
        at = node.start_byte
        before: Node | None = None
        one_line, separate = node.type in _ON_ONE_LINE, node.type in _SEPARATE
        blank = _BLANK_IN_LINE if one_line else _BLANK
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
        "comment": _comment,
        "command": _command,
        "redirected_statement": _redirected,
        "variable_assignment": _one_assignment,
        "variable_assignments": _assignments,
        "declaration_command": _declaration,
        "unset_command": _unset,
        "test_command": _test,
    }


def _printed(script: Script) -> str:
    """What a script prints if it is nothing but one `echo` or `printf` of known words."""
    if len(script.commands) != 1 or script.commands[0].redirects:
        return ""
    words = script.commands[0].words
    if [word.text for word in words[:-1]] in (["which"], ["command", "-v"], ["type", "-p"], ["type", "-P"]):
        return words[-1].text
    if not words or words[0].text not in ("echo", "printf") or not all(word.texts for word in words):
        return ""
    return " ".join(word.text for word in words[1:] if word.text != "-n")


def _prints_toplevel(word: Word) -> bool:
    argvs = [command.argv for script in word.scripts for command in script.commands]
    return argvs == [("git", "rev-parse", "--show-toplevel")]


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
_IF_WORDS = frozenset(("if", "then", "elif", "else", "fi", ";", "\n"))
_WHILE_WORDS = frozenset(("while", "until", "do", "done", ";", "\n"))
_TEST_GROUPS = frozenset(("unary_expression", "binary_expression", "parenthesized_expression"))
_BRACKET_SIGNS = frozenset(("[", "]", "[[", "]]", "=", "==", "!=", "!"))
_TEST_SIGNS = frozenset(("&&", "||", "(", ")", "<", ">", "=~"))
_AFTER_HEREDOC = frozenset(("pipeline", "&&", "||", "list", "command", "redirected_statement"))
