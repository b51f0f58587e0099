"""Small programs within a command, of sed, awk and jq: do they only show something?"""

from __future__ import annotations

import re

_ONE_ADDRESS = re.compile(r"\d+(?:~\d+)?|\$|/(?:[^/\\\n]|\\[^\n])*/I?|\+\d+|~\d+")
_BETWEEN, _NEGATION, _COMMA = re.compile(r"[\s;]*"), re.compile(r"[ \t]*!?[ \t]*"), re.compile(r"\s*,\s*")
_END = re.compile(r"[ \t]*(?:[;\n}]|$)")
_SED_SIMPLE = re.compile(r"[pdqQlnNGHhgxDPz=F](?:\s*\d+)?|[btT]\s*\w*|:\s*\w+")


def why_sed_asks(script: str) -> str | None:
    """Return why a sed script may do more than print; None if it is all understood and only prints."""
    at = 0
    depth = 0
    while True:
        at = _skip(_BETWEEN, script, at)
        if at >= len(script):
            return None if depth == 0 else _SED_UNKNOWN
        if script[at] == "}":
            depth -= 1
            at += 1
            continue
        if script[at] == "#":
            return _SED_UNKNOWN
        address = _ONE_ADDRESS.match(script, at)
        if address:
            at = address.end()
            if not _is_clear(address[0].strip("/I"), "/"):
                return _SED_UNKNOWN
            if second := _COMMA.match(script, at):
                other = _ONE_ADDRESS.match(script, second.end())
                if other is None:
                    return _SED_UNKNOWN
                at = other.end()
                if not _is_clear(other[0].strip("/I"), "/"):
                    return _SED_UNKNOWN
        at = _skip(_NEGATION, script, at)
        if at >= len(script):
            return _SED_UNKNOWN
        if script[at] == "{":
            depth += 1
            at += 1
            continue
        end = _sed_command(script, at)
        if end is None:
            return _SED_UNKNOWN
        at = end
        if at < len(script) and not _END.match(script, at):
            return _SED_UNKNOWN


def _is_clear(pattern: str, sign: str) -> bool:
    """Whether no bracket hides the sign that ends the pattern: in `[/]` it does not end it for every sed."""
    plain = re.sub(r"\\.", "", pattern)
    return "[" not in re.sub(rf"\[\^?\]?(?:\[:\w+:\]|[^\]\[{re.escape(sign)}])*\]", "", plain)


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


_SED_UNKNOWN = "sed can write files and run commands, and this script is not known to only print"


def _sed_command(script: str, at: int) -> int | None:
    """Return where the command at `at` ends; None if it is not one that only prints."""
    letter = script[at]
    if letter in "sy":
        if at + 1 >= len(script):
            return None
        sign = script[at + 1]
        if sign.isalnum() or sign in "\\\n ;[]":
            return None
        at += 2
        begin = at
        for part in range(2):
            while at < len(script) and script[at] != sign:
                if script[at] == "\n":
                    return None
                at += 2 if script[at] == "\\" else 1
            if at >= len(script) or (part == 0 and not _is_clear(script[begin:at], sign)):
                return None
            at += 1
        flags = re.compile(r"[gpIi0-9]*").match(script, at)
        assert flags is not None
        return flags.end() if letter == "s" else at
    simple = _SED_SIMPLE.match(script, at)
    return simple.end() if simple else None


def why_awk_asks(program: str) -> str | None:
    """Return why an awk program may do more than print."""
    if re.search(
        r"system|getline|ENVIRON|ARGV|ARGC|\bwhile\b|\bdo\b|@|\bclose\b|PROCINFO|\\(?:[0-7xeu]|\n|r|b|a|v)|SYMTAB",
        program,
    ):
        return "awk can run commands and read anything, and this program may do so"
    if re.search(
        r"for\s*\((?!\s*\(?\s*\w+\s+in\b|\s*\w+\s*=\s*\d+\s*;\s*\w+\s*<=?\s*(?:NF|NR|\d+|length\(\w*\))\s*;\s*(?:\w+\+\+|\+\+\w+)\s*\))",
        program,
    ):
        return "this awk program may never end"
    if re.search(r"(?<!\|)\|(?!\|)", program):
        return "awk can pipe into commands, and this program may do so"
    for piece in re.split(r"[;{}\n]", program):
        if re.search(r"print.*>", piece):
            return "awk can write files, and this program may do so"
    return None


def why_jq_asks(program: str) -> str | None:
    if re.search(r"\benv\b|\$ENV|\$__|\binput_filename\b|\bimport\b|\binclude\b|\bmodulemeta\b", program):
        return "it can show variables, secrets among them"
    if re.search(r"\b(?:repeat|while|until|infinite|limit|recurse_down|range)\b", program):
        return "it may never end"
    return None
