"""The help texts, made from the tables of `flags`."""

from __future__ import annotations

from collections.abc import Sequence

from codex_cli.flags import COMMANDS, FLAGS, GROUPS, Command, Flag

_EXIT_CODES = "exit codes: 0 completed, 1 failed, 2 usage, 3 approval needed, 4 limit reached, 130 interrupted"


def help_by_words(words: Sequence[str]) -> str | None:
    """Return the help for the words before `--help` if they are a command and nothing else."""
    name = " ".join(words)
    if name in COMMANDS and not COMMANDS[name].is_delegated:
        return help_of(COMMANDS[name])
    return help_of_group(name) if name in GROUPS else None


def overview() -> str:
    """The help of `codex-py` itself: every command that this version has, then the flags of the app."""
    rows: list[tuple[str, str]] = []
    for first in dict.fromkeys(name.split()[0] for name in COMMANDS if name):
        if first in GROUPS and first not in COMMANDS:
            built = [second for second in GROUPS[first] if COMMANDS[f"{first} {second}"].built]
            if built:
                rows.append((f"{first} {'|'.join(built)}", COMMANDS[f"{first} {built[0]}"].help))
        elif COMMANDS[first].built:
            rows.append((f"{first} {COMMANDS[first].words}".rstrip(), COMMANDS[first].help))
            rows += _second_rows(first)
    app = COMMANDS[""]
    return "\n".join(
        (
            "codex-py: a coding agent in the terminal",
            "",
            "usage: codex-py [FLAGS] [PROMPT]      open the full-screen app",
            "       codex-py COMMAND …             see codex-py COMMAND --help",
            "",
            "commands:",
            *_columns(rows),
            "",
            "flags:",
            *_columns([_flag_row(FLAGS[name], app) for name in (*app.flags, "--help") if FLAGS[name].built]),
            "",
            "examples:",
            *(f"  {example}" for example in app.examples),
            "",
        )
    )


def help_of(command: Command) -> str:
    if not command.name:
        return overview()
    names = [name for name in (*command.flags, "--help") if FLAGS[name].built and name != "--experimental-json"]
    flags = " [FLAGS]" if command.flags else ""
    words = f" {command.words}" if command.words else ""
    lines = [f"usage: codex-py {command.name}{flags}{words}", "", command.help]
    if not command.built:
        lines.append("(not in this version)")
    if seconds := _second_rows(command.name):
        lines += ["", "commands:", *_columns(seconds)]
    lines += ["", "flags:", *_columns([_flag_row(FLAGS[name], command) for name in names])]
    if command.examples:
        lines += ["", "examples:", *(f"  {example}" for example in command.examples)]
    if command.name.startswith("exec"):
        lines += ["", _EXIT_CODES]
    return "\n".join(lines) + "\n"


def help_of_group(group: str) -> str:
    commands = [COMMANDS[f"{group} {second}"] for second in GROUPS[group]]
    rows = _second_rows(group)
    later = [c.name.split()[1] for c in commands if not c.built]
    lines = [f"usage: codex-py {group} {'|'.join(c.name.split()[1] for c in commands if c.built)}", "", *_columns(rows)]
    if not rows:
        lines = [f"codex-py {group}: not in this version"]
    elif later:
        lines += ["", f"not in this version: {', '.join(later)}"]
    return "\n".join(lines) + "\n"


def _second_rows(group: str) -> list[tuple[str, str]]:
    """The commands of a group; none if it is no group."""
    commands = [COMMANDS[f"{group} {second}"] for second in GROUPS.get(group, ())]
    return [(f"{command.name} {command.words}".rstrip(), command.help) for command in commands if command.built]


def _flag_row(flag: Flag, command: Command) -> tuple[str, str]:
    short = f"{flag.short}, " if flag.short else "    "
    value = f"[={flag.value}]" if flag.value_is_optional else f" {flag.value}" if flag.value else ""
    choices = f": {' | '.join(flag.choices)}" if flag.choices else ""
    if flag.long == "--mode":  # its help names the choices
        choices = f" (default: {command.default_mode})"
    return f"{short}{flag.long}{value}", flag.help + choices


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    """Align on the widest left side that leaves room; a wider one puts its text on the next line."""
    width = max((len(left) for left, _ in rows if len(left) <= 29), default=0)
    lines: list[str] = []
    for left, right in rows:
        if len(left) > width:
            lines += [f"  {left}", f"  {'':{width}}  {right}"]
        else:
            lines.append(f"  {left:{width}}  {right}")
    return lines
