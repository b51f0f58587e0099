"""Danger in a line that could not be parsed: cut at everything that may begin a command, each piece looked at by words.

It errs towards danger: a word in quotes counts like one outside. Its time grows with the line and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from codex_core.policy.danger import find_danger
from codex_core.policy.danger_call import Found
from codex_core.policy.places import Surroundings, is_secret, written_place
from codex_core.policy.programs import words_of
from codex_core.policy.wrapper_tables import RUNS_OTHERS, SHELLS

LONGEST_SCANNED = 131_072
"""Characters. Linux hands no program a longer argument; nobody would read it through either."""
_MOST_COMMANDS = 2_000
_NOTHING = re.compile(r"\$\(\s{0,9}(?:true|:)?\s{0,9}\)|`\s{0,9}(?:true|:)?\s{0,9}`|\$[@*]|\$\{[@*]\}")
"""Expansions that leave nothing, put into a word to hide it."""
_SEPARATOR = re.compile(r"\$IFS\b|\$\{IFS[^}]{0,20}\}")
_CUTS = re.compile(r"\|\||&&|[;&|()`\n{}]|\$\(|<\(|>\(")
_UNQUOTED = str.maketrans("", "", "'\"\\")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_REDIRECT = re.compile(r"\d*(?:&>>?|>>?\|?|<>)\s*([^\s;&|<>()]+)")
_OVER_A_DEVICE = re.compile(r">\s*/dev/(?:sd|nvme|vd|xvd|hd|mapper|disk|mem|kmem|mmcblk|loop)")
FORK_BOMB = re.compile(
    r"(?<![^\s;|&(){}])([^\s;|&(){}]{1,64})\s{0,8}\(\s{0,8}\)\s{0,8}\{[^}]{0,200}\1\s{0,8}\|\s{0,8}\1"
)
_FORK_LOOP = re.compile(r"\b(?:while|until)\s[^;\n]{0,40}[;\n]\s{0,8}do\s[^;\n]{0,200}&\s{0,8}(?:done|;)")
"""Every repetition is bounded: a line can have megabytes, and nothing else happens while it is judged."""
FETCHED_AND_RUN = re.compile(
    r"\b(?:curl|wget|fetch|nc|ncat|base64|base32|xxd|openssl|rev|gunzip|zcat|tr|uudecode)\b[^;\n]{0,400}\|\s{0,8}(?:\S{0,40}/)?"
    r"(?:sudo |env |exec |nohup |busybox )?\s{0,4}(?:\S{0,40}/)?(?:ba|z|da|k|a|fi|c)?sh\b"
)
REMOTE_SHELL = re.compile(r"/dev/(?:tcp|udp)/")
_RUN_ANOTHER = (
    RUNS_OTHERS
    | SHELLS
    | frozenset(
        words_of(
            "then do else elif if while until ! in case function set -- <<< bisect run fd find ssh docker podman "
            "kubectl python perl"
        )
    )
)
"""What follows them, after options and numbers, may be a command again."""
_LOOKS_DANGEROUS = re.compile(
    r"(?:.*/)?(?:rm|dd|shred|mkfs(?:\.\w+)?|sudo|git|chmod|chown|wipefs|unlink|p?npm|yarn|cargo|twine"
    r"|kubectl|terraform|helm|docker|killall|pkill|crontab|mv|cp|tee|find|fd)"
)


def starts_without_end(line: str) -> bool:
    return FORK_BOMB.search(line) is not None or _FORK_LOOP.search(line) is not None


def scan(line: str, folder: Path | None, around: Surroundings) -> Found | None:
    line = _NOTHING.sub("", line.replace("\\\n", ""))
    line = _SEPARATOR.sub(" ", line)
    if _OVER_A_DEVICE.search(line):
        return "write:device", "it overwrites a device"
    if starts_without_end(line):
        return "fork-bomb", "it starts itself without end"
    if REMOTE_SHELL.search(line):
        return "network:shell", "it talks to the network through the shell itself"
    if FETCHED_AND_RUN.search(line):
        return "fetched-and-run", "it runs what it has just fetched or decoded"
    seen = 0
    for piece in _CUTS.split(line):
        words = piece.translate(_UNQUOTED).split()
        if len(words) == 1 and "," in piece[:500]:  # {rm,-rf,/}
            words = words[0].split(",")
        for at in _commands(words):
            seen += 1
            if seen > _MOST_COMMANDS:
                return "too-long", "it has too many parts to be looked through"
            if found := find_danger(words[at : at + 64], folder, around):
                return found
            if words[at].rpartition("/")[2] in _READERS and any(
                is_secret(w, folder, around) for w in words[at + 1 : at + 64]
            ):
                return "secret:read", f"`{words[at][:40]}` shows what may be a secret"
    for count, target in enumerate(_REDIRECT.finditer(line)):
        if count > 200:
            break
        name = target[1].translate(_UNQUOTED)[:500]
        if name != "/dev/null" and (found := written_place(name, folder, around)):
            return found
    return None


def scan_code(code: str, folder: Path | None, around: Surroundings) -> Found | None:
    """The same for a program text in another language: strings in it may be shell lines."""
    if _CODE.search(code[:LONGEST_SCANNED]):
        return "code:destroys", "the program in it deletes or reaches what it must not"
    plain = re.sub(r"['\"(),\[\]]+", " ; ", code[:20_000])
    joined = re.sub(r"['\"]\s*,\s*['\"]", " ", code[:20_000])
    return scan(plain, folder, around) or scan(re.sub(r"['\"()\[\]]+", " ; ", joined), folder, around)


_CODE = re.compile(
    r"(?:rmtree|rmSync|rmdirSync|rm_rf|removeSync|remove_tree|FileUtils\.rm\w*|unlinkSync|deltree)\s{0,4}\(?\s{0,4}"
    r"(?:['\"](?:/|~|\.\.?['\"/]|\*)|os\.path\.expanduser|Path\.home|os\.environ|process\.env|os\.homedir|Dir\.home|ENV)"
    r"|/\.ssh/|\.aws/credentials|/etc/shadow|/dev/(?:sd|nvme)|socket\.socket|pty\.spawn|fsockopen|IO::Socket"
    r"|TCPSocket|os\.fork|fork while"
    r"|\bunlink\b\s{0,4}\(?\s{0,4}glob|\bsocket\s{0,4}\(\s{0,4}\w|\bSocket\b.{0,40}\bconnect"
    r"|\b(?:exec|eval)\s{0,4}\(.{0,80}(?:urlopen|requests\.get|fetch\()|print\w*\s{0,4}\(.{0,20}os\.environ\s{0,4}\)"
    r"|process\.env\s{0,4}(?:\)|$)",
)


def _commands(words: list[str]) -> Iterator[int]:
    """Where in these words a command begins: the first, and the one that it runs, if it is one that runs another."""
    at = 0
    while at < len(words):
        if _ASSIGNMENT.match(words[at]):
            at += 1
            continue
        yield at
        program = words[at].rpartition("/")[2]
        if program in _RUN_ANOTHER:  # it may have words of its own before the command: `flock FILE rm`
            yield from (later for later in range(at + 2, min(at + 8, len(words))) if looks_dangerous(words[later]))
        if program not in _RUN_ANOTHER and not words[at].startswith(("-", "$")):
            return
        at += 1
        while at < len(words) and (words[at].startswith("-") or re.fullmatch(r"[\d.]{1,12}[smhd]?", words[at])):
            at += 1


_READERS = frozenset(
    (
        *(
            "cat",
            "head",
            "tail",
            "less",
            "more",
            "grep",
            "cp",
            "scp",
            "curl",
            "base64",
            "xxd",
            "strings",
            "nc",
            "tar",
            "zip",
        ),
        *("sed", "awk", "od", "nl", "tac", "rev", "sort", "diff", "tee", "dd", "source", ".", "vim", "bat"),
    )
)


def looks_dangerous(word: str) -> bool:
    """A word that, as a program, would be looked at closely."""
    return _LOOKS_DANGEROUS.fullmatch(word) is not None
