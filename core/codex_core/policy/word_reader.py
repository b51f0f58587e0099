"""The words of a line: pieces in and out of quotes, expansions, and the scripts within them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from codex_core.policy.secret_names import is_secret_variable
from codex_core.policy.shell_tree import TreeReader
from codex_core.policy.shell_words import WordBuilder, ansi_c_text
from codex_core.policy.words import Command, Script, Word, known, unknown

if TYPE_CHECKING:
    from tree_sitter import Node

DEEPEST = 60
_PLAIN_WORD = re.compile(r"(?:[^\s\\'\"`$|&;()<>]|\\[^\n])+")
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


class WordReader(TreeReader, ABC):
    """Reads words: quotes, expansions, substitutions."""

    def __init__(self, source: bytes, home: str, variables: Mapping[str, Sequence[Word]], folder: Path | None) -> None:
        super().__init__(source)
        self._home = home
        self._variables = variables
        self._folder = folder
        self._commands: list[Command] = []
        self.used: set[str] = set()
        """Names of variables whose values were asked for."""
        self._depth: int = 0
        self._in_substitution: int = 0

    @abstractmethod
    def _nested(self, node: Node) -> Script:
        """Read the script of a substitution."""

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
        if self._depth > DEEPEST:
            return
        self._depth += 1
        for child in node.named_children:
            if child.type in ("command_substitution", "process_substitution"):
                self._commands.extend(self._nested(child).commands)
            else:
                self._scan_expansions(child)
        self._depth -= 1


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
