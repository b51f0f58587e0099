"""Whether one command only looks and ends by itself: the tables of `programs`, and what a table cannot say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from codex_core.policy import file_programs, shell_builtins, small_programs, system_programs
from codex_core.policy.escapes import steers_terminal
from codex_core.policy.forms import why_form
from codex_core.policy.places import Surroundings
from codex_core.policy.programs import FORMS
from codex_core.policy.sources import SEARCHES
from codex_core.policy.subcommands import SUBCOMMANDS
from codex_core.policy.version_calls import HELPFUL, SHORT_VERSIONS, TOOLS
from codex_core.policy.words import Command, Word

Asked = tuple[str, str]
"""The rule's name, and why it is asked."""
_SUBCOMMAND_PROGRAMS = frozenset(key[0] for key in SUBCOMMANDS)


def why_asked(program: str, command: Command, around: Surroundings) -> Asked | None:
    """Return why a command is not known to be harmless; None if it is.

    `program` is the bare name; whether it is really that program has been looked at before.
    """
    words = command.words[1:]
    own = f"program:{program}"
    if len(words) == 1 and words[0].is_known and _tells_version(program, words[0].text):
        return None
    if program not in SEARCHES and any(steers_terminal(text) for word in words for text in word.texts or (word.shown,)):
        return own, "it can print characters that steer the terminal"
    if program in _SPECIAL:
        return _with_rule(own, _SPECIAL[program](words, command, around))
    form = FORMS.get(program)
    if program in _SUBCOMMAND_PROGRAMS:
        for depth in (3, 2, 1):
            key = (program, *(word.text for word in words[:depth] if word.is_known))
            if len(key) == depth + 1 and key in SUBCOMMANDS:
                why = why_form(SUBCOMMANDS[key], words[depth:], command, around)
                return _with_rule(f"program:{' '.join(key)}", why or _why_kind(key, words[depth:]))
        shown = " ".join((program, *(word.shown for word in words[:1])))
        return f"unknown-program:{program}", f"`{shown[:60]}` is not known to only look"
    if form is None:
        return "unknown-program", f"`{program[:60]}` is not known to only look"
    return _with_rule(own, why_form(form, words, command, around))


def _with_rule(rule: str, why: str | None) -> Asked | None:
    return None if why is None else (rule, why)


def _tells_version(program: str, flag: str) -> bool:
    if flag in ("--version", "--help"):
        return program in TOOLS or program in HELPFUL
    return program in TOOLS and (program, flag) in SHORT_VERSIONS


def _why_kind(key: tuple[str, ...], words: Sequence[Word]) -> str | None:
    if key[0] == "kubectl" and any(re.match(r"secrets?(?:$|[/.,])|.*,secrets?", word.text) for word in words):
        return "it shows secrets of a cluster"
    if key[0] == "kubectl" and any(word.text.startswith(("-w", "--watch")) for word in words):
        return "it never ends by itself"
    if key == ("cargo", "metadata") and not any(word.text == "--no-deps" for word in words):
        return "it may fetch packages, and write Cargo.lock"
    if key == ("npm", "config", "get") and not any(
        re.fullmatch(r"registry|prefix|cache|\w*config|\w+version", w.text) for w in words
    ):
        return "the settings of npm can hold secrets"
    return None


_SPECIAL: Mapping[str, Callable[[Sequence[Word], Command, Surroundings], str | None]] = {
    "echo": small_programs.why_echo,
    "printf": small_programs.why_printf,
    "sed": small_programs.why_sed,
    "awk": small_programs.why_awk,
    "gawk": small_programs.why_awk,
    "mawk": small_programs.why_awk,
    "jq": small_programs.why_jq,
    "find": file_programs.why_find,
    "git": file_programs.why_git,
    "tar": file_programs.why_tar,
    "date": system_programs.why_date,
    "seq": small_programs.why_seq,
    "sleep": system_programs.why_sleep,
    "ps": system_programs.why_ps,
    "lsof": system_programs.why_lsof,
    "unzip": file_programs.why_unzip,
    "test": shell_builtins.why_test,
    "[": shell_builtins.why_test,
    "[[": shell_builtins.why_test,
    "read": shell_builtins.why_read,
    "cd": shell_builtins.why_cd,
    "tee": file_programs.why_tee,
    "command": shell_builtins.why_command_lookup,
    "xmllint": file_programs.why_xmllint,
    "printenv": shell_builtins.why_printenv,
    "set": shell_builtins.why_set,
    "mapfile": shell_builtins.why_mapfile,
    "readarray": shell_builtins.why_mapfile,
    **dict.fromkeys(
        ("gzip", "gunzip", "bzip2", "bunzip2", "xz", "unxz", "zstd", "unzstd"), file_programs.why_decompress
    ),
    "top": system_programs.why_top,
    "journalctl": system_programs.why_journalctl,
    "yq": small_programs.why_yq,
    "bc": small_programs.why_bc,
    **dict.fromkeys(("nm", "size", "readelf", "objdump", "strings"), file_programs.why_binary),
    **dict.fromkeys(("bat", "batcat"), file_programs.why_bat),
    "export": shell_builtins.why_export,
    "local": shell_builtins.why_export,
    "readonly": shell_builtins.why_export,
    "declare": shell_builtins.why_export,
    "typeset": shell_builtins.why_export,
}
