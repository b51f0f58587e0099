"""Completion scripts for shells, written out from the tables of `flags`."""

from __future__ import annotations

from codex_cli.arguments import UsageError
from codex_cli.flags import COMMANDS, FIRST_WORDS, FLAGS, GROUPS
from codex_core.spelling import did_you_mean

_SHELLS = ("bash", "zsh", "fish")


def run_completion(shell: str) -> int:
    """Print the script for `shell`.

    Raises:
        UsageError: there is none for it.
    """
    if shell not in _SHELLS:
        raise UsageError(f"no completion for '{shell}'{did_you_mean(shell, _SHELLS)}")
    print(_fish() if shell == "fish" else _bash() if shell == "bash" else _zsh(), end="")  # noqa: T201
    return 0


def _firsts() -> list[str]:
    return [
        first
        for first in FIRST_WORDS
        if any(command.built for name, command in COMMANDS.items() if name.split()[:1] == [first])
    ]


def _seconds(group: str) -> list[str]:
    return [second for second in GROUPS[group] if COMMANDS[f"{group} {second}"].built]


def _flags(first: str) -> list[str]:
    names = [name for key, command in COMMANDS.items() if key.split()[:1] == [first] for name in command.flags]
    return [name for name in dict.fromkeys((*names, "--help")) if FLAGS[name].built and name != "--experimental-json"]


def _words(first: str) -> list[str]:
    """What can follow a first word and is no flag of the tables."""
    seconds = _seconds(first) if first in GROUPS else []
    own = [word for name, command in COMMANDS.items() if name.split()[:1] == [first] for word in command.completions]
    return [*seconds, *own]


def _bash() -> str:
    cases = "\n".join(f'    {first}) words="{" ".join([*_words(first), *_flags(first)])}" ;;' for first in _firsts())
    choices = "\n".join(
        f'    {"|".join(filter(None, (flag.short, flag.long)))}) words="{" ".join(flag.choices)}" ;;'
        for flag in FLAGS.values()
        if flag.choices
    )
    app_flags = [name for name in (*COMMANDS[""].flags, "--help") if FLAGS[name].built]
    return f"""# bash completion for codex-py
_codex_py() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} words
  case $previous in
{choices}
    -C|--cd|--add-dir) COMPREPLY=($(compgen -d -- "$current")); return ;;
    -i|--image|-o|--output|--output-last-message) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  if [[ -z $words ]]; then
    if [[ $COMP_CWORD -eq 1 ]]; then
      words="{" ".join([*_firsts(), *app_flags])}"
    else
      case ${{COMP_WORDS[1]}} in
{cases.replace("    ", "        ")}
        *) words="{" ".join(app_flags)}" ;;
      esac
    fi
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _codex_py codex-py
"""


def _zsh() -> str:
    return "#compdef codex-py\nautoload -U +X bashcompinit && bashcompinit\n" + _bash()


def _fish() -> str:
    lines = ["# fish completion for codex-py"]
    for first in _firsts():
        command = COMMANDS.get(first) or COMMANDS[f"{first} {_seconds(first)[0]}"]
        lines.append(f"complete -c codex-py -n __fish_use_subcommand -a {first} -d {_quoted(command.help)}")
        if words := " ".join(_words(first)):
            lines.append(f"complete -c codex-py -n '__fish_seen_subcommand_from {first}' -a '{words}'")
        lines += [_fish_flag(name, f"__fish_seen_subcommand_from {first}") for name in _flags(first)]
    app_flags = [name for name in (*COMMANDS[""].flags, "--help") if FLAGS[name].built]
    return "\n".join([*lines, *(_fish_flag(name, "__fish_use_subcommand") for name in app_flags)]) + "\n"


def _fish_flag(name: str, condition: str) -> str:
    flag = FLAGS[name]
    short = f" -s {flag.short[1:]}" if flag.short else ""
    value = f" -x -a '{' '.join(flag.choices)}'" if flag.choices else " -r" if flag.value else ""
    optional = "" if flag.value_is_optional else value
    return f"complete -c codex-py -n '{condition}' -l {name[2:]}{short}{optional} -d {_quoted(flag.help)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
