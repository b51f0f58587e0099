"""Which lexer colours which code, and how a lexer is run over part of a text.

Pygments is imported with the first code that is seen (20 ms and more), not at start-up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

LINE_COLORED = 1_000
"""Longer lines stay plain: lexers backtrack."""

_ALIASES = {
    "shell": "bash",
    "sh": "bash",
    "zsh": "bash",
    "console": "text",
    "shell-session": "text",
    "terminal": "text",
    "output": "text",
    "py": "python",
    "python3": "python",
    "js": "javascript",
    "jsx": "javascript",
    "ts": "typescript",
    "tsx": "typescript",
    "yml": "yaml",
    "rs": "rust",
    "c++": "cpp",
    "docker": "docker",
    "patch": "diff",
    "json5": "json",
    "jsonc": "json",
}

_SUFFIXES = {"py": "python", "pyi": "python", "md": "markdown", "txt": "text", "h": "c", "toml": "toml", "lock": "text"}

_KINDS = {
    "Comment.Preproc": "keyword",
    "Comment": "comment",
    "Keyword.Constant": "constant",
    "Keyword.Type": "type",
    "Keyword": "keyword",
    "Operator.Word": "keyword",
    "Operator": "operator",
    "Name.Function": "function",
    "Name.Class": "type",
    "Name.Namespace": "type",
    "Name.Exception": "type",
    "Name.Builtin": "builtin",
    "Name.Builtin.Pseudo": "constant",
    "Name.Constant": "constant",
    "Name.Decorator": "decorator",
    "Name.Tag": "tag",
    "Name.Attribute": "attribute",
    "Name.Property": "attribute",
    "Name.Variable": "attribute",
    "Literal.String.Doc": "comment",
    "Literal.String": "string",
    "Literal.Number": "number",
    "Generic.Heading": "function",
    "Generic.Subheading": "function",
    "Generic.Inserted": "inserted",
    "Generic.Deleted": "deleted",
    "Generic.Prompt": "comment",
    "Generic.Strong": "constant",
}


def meaning_of(kind: str) -> str:
    """The palette's name for a kind."""
    match kind:
        case "":
            return "text"
        case "inserted":
            return "success"
        case "deleted":
            return "danger"
        case _:
            return f"syntax.{kind}"


class Colored(NamedTuple):
    """A piece of a line. `kind` is a name of the theme's syntax table, or `inserted`, `deleted`, or empty."""

    text: str
    kind: str


_lexers: dict[str, Any] = {}
_kind_of: dict[Any, str] = {}


def lexer_for_path(path: str) -> Any:  # pygments is not typed
    """The lexer for a file of that name, or None. The file is not read."""
    name = path.rsplit("/", 1)[-1]
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else name.lower()
    key = f"*.{suffix}"
    if key not in _lexers:
        from pygments.lexers import find_lexer_class_for_filename  # start-up time

        found = lexer_named(_SUFFIXES[suffix]) if suffix in _SUFFIXES else None
        if found is None and (lexer_class := find_lexer_class_for_filename(name)) is not None:
            found = lexer_class()
        _lexers[key] = found
    return _lexers[key]


def lexer_named(language: str) -> Any:  # pygments is not typed
    """The lexer of a language as markdown calls it, or None."""
    language = _ALIASES.get(language, language)
    if language in _lexers:
        return _lexers[language]
    lexer = None
    if language and language != "text":
        from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]  # start-up time
        from pygments.util import ClassNotFound

        try:
            lexer = get_lexer_by_name(language)
        except ClassNotFound:
            lexer = None
    _lexers[language] = lexer
    return lexer


def _kind(token: Any) -> str:
    kind = _kind_of.get(token)
    if kind is None:
        kind = ""
        parts = list(token)
        while parts and not kind:
            kind = _KINDS.get(".".join(parts), "")
            parts.pop()
        _kind_of[token] = kind
    return kind


def color_lines(
    lexer: Any, lines: list[str], state: tuple[str, ...] = ("root",)
) -> tuple[list[tuple[Colored, ...]], tuple[str, ...]]:
    """Colour whole lines, beginning in the lexer's `state`; returns the state after them too."""
    if lexer is None or any(len(line) > LINE_COLORED for line in lines):
        return [(Colored(line, ""),) for line in lines], state
    text = "\n".join(lines) + "\n"
    tokens, state = _tokens(lexer, text, state)
    colored: list[tuple[Colored, ...]] = []
    line: list[Colored] = []
    for kind, value in tokens:
        parts = value.split("\n")
        for number, part in enumerate(parts):
            if number:
                colored.append(tuple(line))
                line = []
            if part:
                if line and line[-1].kind == kind:
                    line[-1] = Colored(line[-1].text + part, kind)
                else:
                    line.append(Colored(part, kind))
    return colored[: len(lines)], state


def _tokens(lexer: Any, text: str, state: tuple[str, ...]) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    from pygments.lexer import RegexLexer  # start-up time

    usual = cast("Any", RegexLexer).get_tokens_unprocessed
    if cast("Any", type(lexer)).get_tokens_unprocessed is not usual:
        return [(_kind(token), value) for _, token, value in lexer.get_tokens_unprocessed(text)], state
    stack = list(state)
    return [(_kind(token), value) for token, value in _run(lexer, text, stack)], tuple(stack[-16:])


def _run(lexer: Any, text: str, stack: list[str]) -> Iterator[tuple[Any, str]]:
    """A pygments RegexLexer's state machine, run over `text` with a stack of states that stays with the caller."""
    from pygments.token import Error  # start-up time

    definitions = lexer._tokens
    position, end = 0, len(text)
    while position < end:
        for match_at, action, transition in definitions[stack[-1]]:
            match = match_at(text, position)
            if match is None:
                continue
            if action is not None:
                if type(action) is type(Error):
                    yield action, match.group()
                else:
                    for _, token, value in action(lexer, match):
                        yield token, value
            stuck = match.end() == position and transition is None
            position = match.end()
            _shift(stack, transition)
            if stuck:  # an empty match that leads nowhere: no lexer of pygments has one, a plugin's might
                yield Error, text[position]
                position += 1
            break
        else:
            if text[position] == "\n":
                del stack[1:]
                stack[0] = "root"
            yield Error, text[position]
            position += 1


def _shift(stack: list[str], transition: Any) -> None:
    match transition:
        case None:
            return
        case int():
            del stack[transition if -transition < len(stack) else 1 :]
        case "#push":
            stack.append(stack[-1])
        case "#pop":
            if len(stack) > 1:
                stack.pop()
        case tuple():
            for step in cast("tuple[Any, ...]", transition):
                _shift(stack, step)
        case _:
            stack.append(transition)
