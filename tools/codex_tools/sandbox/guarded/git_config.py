"""Which changes to a repository's config are harmless. Pure, child side.

Git runs what its config says: pagers, editors, hooks, filters, fsmonitor, transports. So what a confined command may
add is a short list of keys, with their values checked; everything else it does to the file is undone.
The syntax is that of git-config(1).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple


class Entry(NamedTuple):
    section: str
    """Lower case."""
    subsection: str
    """As written; empty if there is none."""
    key: str
    """Lower case."""
    value: str | None
    """None for a key without `=`, which means true."""


_SECTION: Final = re.compile(r'\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\\n]|\\.)*)")?\s*\]')
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_ESCAPES: Final = {"n": "\n", "t": "\t", "b": "\b", "\\": "\\", '"': '"'}

_MODULE_DEPTH: Final = 3  # .git/modules/NAME/config

_PLAIN: Final = re.compile(r"[\w./+@:~ -]*")
_REF: Final = re.compile(r"\+?[\w./*+@-]+(:[\w./*+@-]+)?")
_URL: Final = re.compile(r"(https?|git|ssh|file)://[^\s-][^\s]*|[\w.-]+@[\w.-]+:[^\s-][^\s]*|\.{0,2}/[^\s]*")
_HARMLESS: Final[dict[tuple[str, str], re.Pattern[str]]] = {
    **{
        ("core", key): re.compile(r"true|false|[0-9]*", re.IGNORECASE)
        for key in (
            *("repositoryformatversion", "filemode", "bare", "logallrefupdates", "ignorecase", "precomposeunicode"),
            *("symlinks", "sparsecheckout", "sparsecheckoutcone"),
        )
    },
    ("core", "autocrlf"): re.compile(r"true|false|input", re.IGNORECASE),
    ("core", "eol"): re.compile(r"lf|crlf|native", re.IGNORECASE),
    **{("extensions", key): _PLAIN for key in ("objectformat", "refstorage", "worktreeconfig", "relativeworktrees")},
    ("user", "name"): re.compile(r".*"),
    ("user", "email"): re.compile(r".*"),
    ("init", "defaultbranch"): _REF,
    ("pull", "rebase"): _PLAIN,
    ("pull", "ff"): _PLAIN,
    ("push", "default"): _PLAIN,
    ("push", "autosetupremote"): _PLAIN,
    ("index", "sparse"): _PLAIN,
    ("gc", "auto"): _PLAIN,
    ("remote", "url"): _URL,
    ("remote", "fetch"): _REF,
    ("remote", "push"): _REF,
    ("remote", "tagopt"): re.compile(r"--tags|--no-tags"),
    ("branch", "remote"): _PLAIN,
    ("branch", "merge"): _REF,
    ("branch", "rebase"): _PLAIN,
    ("branch", "description"): re.compile(r".*", re.DOTALL),
    ("submodule", "url"): _URL,
    ("submodule", "active"): _PLAIN,
}
"""What may be added, and what its value must look like. `::` in a URL would name a program to run."""


def harmless(before: bytes, after: bytes, *, depth: int) -> bool:
    """Whether the file may stay as `after`: all that was added or taken away is on the list.

    `depth` counts the folders from the workspace down to the file: a submodule's work tree must not leave it.
    """
    if before == after:
        return True
    old, new = parse(before), parse(after)
    if old is None or new is None:
        return False
    was, now = Counter(old), Counter(new)
    return all(_is_harmless(entry, depth) for entry in (*(now - was), *(was - now)))


def cleaned(after: bytes, *, depth: int) -> bytes:
    """Return the harmless part of a config that was not there before."""
    return _written(entry for entry in parse(after) or [] if _is_harmless(entry, depth))


def _written(entries: Iterable[Entry]) -> bytes:
    lines: list[str] = []
    for entry in entries:
        name = f'{entry.section} "{_quoted(entry.subsection)}"' if entry.subsection else entry.section
        lines.append(f"[{name}]\n")
        lines.append(f"\t{entry.key}\n" if entry.value is None else f'\t{entry.key} = "{_quoted(entry.value)}"\n')
    return "".join(lines).encode(errors="surrogateescape")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")


def _is_harmless(entry: Entry, depth: int) -> bool:
    if (entry.section, entry.subsection, entry.key) == ("core", "", "worktree"):
        return _stays_inside(entry.value or "", depth)
    pattern = _HARMLESS.get((entry.section, entry.key))
    if pattern is None:
        return False
    has_subsection = entry.section in ("remote", "branch", "submodule")
    if has_subsection != bool(entry.subsection):
        return False
    value = entry.value or ""
    return "::" not in value and pattern.fullmatch(value) is not None


def _stays_inside(path: str, depth: int) -> bool:
    """Whether this is the way up and down again that git writes for submodules, whose folders are the deeper ones."""
    upward = path.count("../")
    downward = path.removeprefix("../" * upward)
    is_below = not downward.startswith("/") and not {"..", ".git"} & set(downward.split("/"))
    return depth >= _MODULE_DEPTH and upward <= depth and is_below


def merged(before: bytes, after: bytes, *, depth: int) -> bytes | None:
    """Return `after` without what may not be added, and with what may not be taken away; None if that cannot be had.

    What the user has changed from outside meanwhile stays so, if a command could have changed it too.
    """
    text, old, new = _text(after), parse(before), _placed(_text(after))
    if old is None or new is None:
        return None
    added = Counter(entry for entry, _, _ in new) - Counter(old)
    missing = list((Counter(old) - Counter(entry for entry, _, _ in new)).elements())
    for entry, start, end in reversed(new):
        if added[entry] and not _is_harmless(entry, depth):
            added[entry] -= 1
            text = text[:start] + text[end:]
    data = text.encode(errors="surrogateescape")
    again = _written(entry for entry in missing if not _is_harmless(entry, depth))
    data += b"\n" + again if again and not data.endswith(b"\n") else again
    return data if harmless(before, data, depth=depth) else None


def parse(data: bytes) -> list[Entry] | None:
    """Return the entries in order, or None if this is not quite a git config."""
    placed = _placed(_text(data))
    return None if placed is None else [entry for entry, _, _ in placed]


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape").removeprefix("\ufeff").replace("\r\n", "\n")


def _placed(text: str) -> list[tuple[Entry, int, int]] | None:
    """The entries with where each begins and ends."""
    entries: list[tuple[Entry, int, int]] = []
    section = subsection = ""
    position = 0
    while position < len(text):
        character = text[position]
        if character.isspace():
            position += 1
        elif character in "#;":
            position = _line_end(text, position)
        elif character == "[":
            if (header := _SECTION.match(text, position)) is None:
                return None
            name, quoted = header.groups()
            section, _, dotted = name.lower().partition(".")
            subsection = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else dotted
            position = header.end()
        elif section and (key := _KEY.match(text, position)) is not None:
            start, read = position, _read_value(text, key.end())
            if read is None:
                return None
            value, position = read
            entries.append((Entry(section, subsection, key[0].lower(), value), start, position))
        else:
            return None
    return entries


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _read_value(text: str, position: int) -> tuple[str | None, int] | None:
    """Read from behind a key to the end of its line or lines. None if the value is malformed."""
    while position < len(text) and text[position] in " \t":
        position += 1
    if position == len(text) or text[position] in "\n#;":
        return None if position < len(text) and text[position] in "#;" else (None, position)
    if text[position] != "=":
        return None
    position += 1
    value: list[str] = []
    kept = 0  # how much of `value` stays when trailing blanks are cut
    is_quoted = False
    while position < len(text):
        character = text[position]
        if character == "\n":
            break
        if character in "#;" and not is_quoted:
            position = _line_end(text, position)
            break
        position += 1
        if character == '"':
            is_quoted = not is_quoted
            kept = len(value)
            continue
        if character == "\\":
            escaped = text[position : position + 1]
            position += 1
            if escaped == "\n":
                continue
            if escaped not in _ESCAPES:
                return None
            value.append(_ESCAPES[escaped])
            kept = len(value)
            continue
        if not value and character in " \t" and not is_quoted:
            continue
        value.append(character)
        if is_quoted or character not in " \t":
            kept = len(value)
    return None if is_quoted else ("".join(value[:kept]), position)
