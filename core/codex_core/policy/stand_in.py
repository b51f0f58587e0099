"""What the rules need of a judgement, over the first form of the judge. To be replaced by `policy.judge` itself."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from codex_core.policy import judge as first_form
from codex_core.policy.judge import shell_line
from codex_core.protocol import Action, SandboxPolicy, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    verdict: Verdict
    why: str
    """For the user, why this is asked."""
    rule: str
    """Which piece of policy decided."""
    commands: tuple[tuple[str, ...], ...] = ()
    """The parsed words of every simple command of the line; empty if it is not understood."""


def judge(action: Action, policy: SandboxPolicy, tool: str) -> Judgement:
    judged = first_form.judge(action, policy, tool)
    commands = _commands(shell_line(action.argv)) if action.kind == "exec" else ()
    return Judgement(verdict=judged.verdict, why=judged.why, rule=f"built in: {action.kind}", commands=commands)


def prefix_depth(argv: tuple[str, ...]) -> int:
    """How many words make a sensible remembered prefix; 0: never by prefix."""
    if not argv:
        return 0
    if argv[0].rpartition("/")[2] in _RUN_ANYTHING:
        return 0
    return _DEPTHS.get(" ".join(argv[:2]), _DEPTHS.get(argv[0], 1))


_RUN_ANYTHING = frozenset(
    ("bash", "sh", "dash", "zsh", "python", "python3", "node", "perl", "ruby", "env", "sudo", "xargs", "eval", "exec")
)
_DEPTHS: Mapping[str, int] = {
    **dict.fromkeys(("git", "cargo", "go", "docker", "kubectl", "pip", "uv", "npm", "yarn", "pnpm", "gh"), 2),
    **dict.fromkeys(("npm run", "yarn run", "uv run", "pnpm run"), 3),
}

_NOT_PLAIN = re.compile(r"[$`(){}<>\n\\#~*?\[\]!]")
_KEYWORDS = frozenset(
    (
        "if",
        "then",
        "else",
        "elif",
        "fi",
        "for",
        "do",
        "done",
        "while",
        "until",
        "case",
        "esac",
        "select",
        "function",
        "time",
    )
)
_OPERATORS = frozenset((";", "&&", "||", "|"))


def _commands(line: str) -> tuple[tuple[str, ...], ...]:
    if _NOT_PLAIN.search(line) or len(line) > 10_000:
        return ()
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    lexer.commenters = ""
    commands: list[list[str]] = [[]]
    try:
        for word in lexer:
            if set(word) <= set(";&|") and word:
                if word not in _OPERATORS:
                    return ()
                commands.append([])
            else:
                commands[-1].append(word)
    except ValueError:
        return ()
    if any(words and words[0] in _KEYWORDS for words in commands):
        return ()
    return tuple(tuple(words) for words in commands if words)
