"""What flows between the commands of a line: code into shells, files to other machines."""

from __future__ import annotations

import re

from codex_core.policy.assessment import Assessment
from codex_core.policy.places import absolute
from codex_core.policy.words import Command, Script
from codex_core.policy.wrapper_tables import INTERPRETERS, SHELLS

FETCHERS = frozenset(
    (
        *("curl", "wget", "fetch", "nc", "ncat", "netcat", "ftp", "http", "aria2c", "lynx", "socat", "scp", "telnet"),
        *("base64", "base32", "xxd", "openssl", "rev", "uudecode", "gunzip", "zcat", "bunzip2", "tr", "iconv", "gpg"),
        *("dig", "nslookup", "host"),
    )
)
NETWORK_PIPES = frozenset(("nc", "ncat", "netcat", "telnet", "socat", "openssl"))
_TAKE_INPUT = NETWORK_PIPES | frozenset(("curl", "wget", "http", "ssh", "sftp", "ftp"))


def name_of(command: Command) -> str:
    return command.words[0].text.rpartition("/")[2] if command.words else ""


def send_input(found: Assessment, command: Command) -> None:
    """`tar cz . | nc host 80`: what is fed to a program of the network leaves this machine."""
    program = name_of(command)
    if program not in _TAKE_INPUT:
        return
    words = [word.text for word in command.words[1:]]
    if program in ("curl", "wget", "http") and not any(re.search(r"@-$|^-$", word) for word in words):
        return
    if program == "openssl" and "s_client" not in words:
        return
    is_fed = any(name_of(feeder) not in ("echo", "printf", "yes", "") for feeder in command.fed_by)
    is_script = program in ("sftp", "ftp") and bool(command.redirects)
    is_fed = is_fed or is_script or any(redirect.operator == "<" for redirect in command.redirects)
    if is_fed and not any(re.search(r"localhost|127\.0\.0\.1|::1", word) for word in words):
        found.add("danger", "network:upload", f"`{program}` sends what it is given to another machine")


def fetched_then_run(found: Assessment, script: Script) -> None:
    """`curl -o x … && sh x`: a file that was fetched in this very line is run by it."""
    fetched = {
        absolute(text, command.folder)
        for command in script.commands
        if name_of(command) in ("curl", "wget", "fetch", "aria2c", "base64", "xxd", "openssl")
        for word in (*command.words[1:], *(r.target for r in command.redirects if r.operator in (">", ">>", ">|")))
        for text in (word.text, word.text.rpartition("/")[2])
        if text and not text.startswith("-")
    }
    if not fetched:
        return
    for command in script.commands:
        program = command.words[0].text if command.words else ""
        runs = program in SHELLS or program in INTERPRETERS or program in ("source", ".", "chmod", "exec")
        ran = [word.text for word in command.words[1:]] if runs else [program] if "/" in program else []
        if any(text and absolute(text, command.folder) in fetched for text in ran):
            found.add("danger", "fetched-and-run", "it runs what it has just fetched or decoded")


def is_fetched(script: Script) -> bool:
    return any(name_of(command) in FETCHERS or prints_code(command) for command in script.commands)


def is_readable(feeder: Command) -> bool:
    """Whether what it prints stands in the line, or in a file by that name."""
    return not feeder.words or (name_of(feeder) in ("echo", "printf", "cat") and all(w.texts for w in feeder.words))


def prints_code(command: Command) -> bool:
    """It prints what it hides behind escapes."""
    if name_of(command) not in ("printf", "echo"):
        return False
    return any(re.search(r"\\(?:x[0-9a-fA-F]|0?[0-7]{2}|u[0-9a-fA-F])", word.shown) for word in command.words[1:])
