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
        r"system|getline|ENVIRON|ARGV|ARGC|\bwhile\b|\bdo\b|@|\bclose\b|PROCINFO|\\(?:[0-7xeu]|\n|r|b|a|v)|SYMTAB|%c",
        program,
    ):
        return "awk can run commands and read anything, and this program may do so"
    code = _awk_code(program)
    if code is None:
        return "this awk program is not fully understood"
    if re.search(
        r"for\s*\((?!\s*\(?\s*\w+\s+in\b|\s*\w+\s*=\s*\d+\s*;\s*\w+\s*<=?\s*(?:NF|NR|\d+|length\(\w*\))\s*;\s*(?:\w+\+\+|\+\+\w+)\s*\))",
        code,
    ):
        return "this awk program may never end"
    if re.search(r"(?<!\|)\|(?!\|)", code):
        return "awk can pipe into commands, and this program may do so"
    for piece in re.split(r"[;{}\n]", code):
        if re.search(r"print.*>", piece):
            return "awk can write files, and this program may do so"
    return None


_AWK_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_AWK_PATTERN = re.compile(r"/(?:[^/\\\n\[]|\\.|\[\^?\]?(?:\[:\w+:\]|[^\[\]\n\\/]|\\.)*\])+/")
_AWK_OPERAND_BEFORE = re.compile(r"(?:[\w)\]$\"]|\+\+|--)\s*$")
_AWK_KEYWORD_BEFORE = re.compile(r"\b(?:print|printf|return|in|case|else)\s*$")
_AWK_CONTINUED = re.compile(r"(?:(?<=[,{&|?:])|\b(?:else|do)\b)[ \t]*\n\s*")


def _awk_code(program: str) -> str | None:
    """The program without what its strings, patterns and comments hold; None if that is unclear."""
    code: list[str] = []
    at = 0
    while at < len(program):
        sign = program[at]
        if sign == '"':
            found = _AWK_STRING.match(program, at)
            mark = '"'
        elif sign == "/" and _begins_pattern("".join(code[-40:])):
            found = _AWK_PATTERN.match(program, at)
            mark = '"'
        elif sign == "#":
            found = re.compile(r"[^\n]*").match(program, at)
            mark = ""
        elif sign == "\\":
            found = re.compile(r"\\\n").match(program, at)
            mark = " "
        else:
            code.append(sign)
            at += 1
            continue
        if found is None:
            return None
        code.append(mark)
        at = found.end()
    return _AWK_CONTINUED.sub(" ", "".join(code))


def _begins_pattern(before: str) -> bool:
    """Whether a slash begins a pattern, rather than divides."""
    return _AWK_KEYWORD_BEFORE.search(before) is not None or _AWK_OPERAND_BEFORE.search(before) is None


def why_jq_asks(program: str) -> str | None:
    if re.search(r"\benv\b|\$ENV|\$__|\binput_filename\b|\bimport\b|\binclude\b|\bmodulemeta\b", program):
        return "it can show variables, secrets among them"
    if re.search(r"\b(?:repeat|while|until|infinite|limit|recurse_down|range|def)\b|\brecurse\s*\(", program):
        return "it may never end"
    return None
