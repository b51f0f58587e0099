"""Programs that run others: which part of their words is a command of its own, or a whole shell line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from codex_core.policy.programs import HARMLESS_VARIABLES
from codex_core.policy.words import Assignment, Command, Script, Word, known, unknown

SHELLS = frozenset(("bash", "sh", "dash", "zsh", "ksh", "mksh", "ash", "fish", "csh", "tcsh", "rbash", "posh", "yash"))
INTERPRETERS = frozenset(
    (
        *(
            "python",
            "python2",
            "python3",
            "pypy",
            "pypy3",
            "node",
            "nodejs",
            "deno",
            "bun",
            "perl",
            "ruby",
            "php",
            "lua",
        ),
        *("luajit", "tclsh", "wish", "expect", "guile", "osascript", "pwsh", "powershell", "Rscript", "julia", "ghci"),
        *("irb", "ipython", "ipython3", "jshell", "scala", "groovy", "make", "gdb", "ts-node", "tsx"),
    )
)

FED = "…"
"""Shown in the place of what a program gets from its input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrapped:
    commands: tuple[Command, ...] = ()
    """Commands that the wrapper runs, by their words."""
    lines: tuple[Word, ...] = ()
    """Shell lines that it runs."""
    concern: str = ""
    """Why the wrapper itself is more than a way to run them; empty if it is not."""
    is_unclear: bool = False
    """Its own options are not all known: where the command begins is a guess, for finding danger only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """How a wrapper is called: options, so many operands of its own, then the command."""

    flags: str = ""
    values: str = ""
    long: frozenset[str] = field(default_factory=frozenset)
    """Without a value, or with one after `=`."""
    long_values: frozenset[str] = frozenset()
    operands: int = 0
    concern: str = ""
    line: bool = False
    """What follows is joined to a shell line."""


def _shape(
    flags: str = "",
    values: str = "",
    long: str = "",
    long_values: str = "",
    *,
    operands: int = 0,
    concern: str = "",
    line: bool = False,
) -> _Shape:
    return _Shape(
        flags=flags,
        values=values,
        long=frozenset(long.split()),
        long_values=frozenset(long_values.split()),
        operands=operands,
        concern=concern,
        line=line,
    )


_ELSEWHERE = "it runs a command somewhere else"
_OWN_WAY = "it runs a command in a way of its own"

_SHAPES: dict[str, _Shape] = {
    "nice": _shape("0123456789", "n", "--adjustment", ""),
    "ionice": _shape("t", "cn", "", "--class --classdata"),
    "timeout": _shape("v", "sk", "--preserve-status --foreground --verbose --signal --kill-after", operands=1),
    "nohup": _shape(concern="it outlives what started it, and writes nohup.out"),
    "stdbuf": _shape("", "ioe", "--input --output --error"),
    "time": _shape("pv"),
    "command": _shape("p"),
    "builtin": _shape(),
    "exec": _shape("cl", "a", concern="it replaces the shell"),
    "setsid": _shape("fwc", "", "--fork --wait --ctty", concern="it detaches a command from the session"),
    "watch": _shape(
        "dtgcebpwx",
        "nq",
        "--differences --no-title --interval --color --exec",
        "--interval",
        concern="it repeats for ever",
        line=True,
    ),
    "strace": _shape("fFcCqvxyTtrik", "eopsEauXIOSP", concern=_OWN_WAY),
    "ltrace": _shape("fcCSti", "eopsulxnaDA", concern=_OWN_WAY),
    "taskset": _shape("ac", "", operands=1, concern=_OWN_WAY),
    "chrt": _shape("bfiorvaR", "TPD", operands=1, concern=_OWN_WAY),
    "numactl": _shape("", "iNmpCl", concern=_OWN_WAY),
    "prlimit": _shape(concern=_OWN_WAY),
    "unbuffer": _shape("p", concern=_OWN_WAY),
    "rlwrap": _shape(concern=_OWN_WAY),
    "chronic": _shape(concern=_OWN_WAY),
    "caffeinate": _shape("disumt", "", concern=_OWN_WAY),
    "parallel": _shape(
        "0kmXuvt",
        "jaISndlP",
        "--jobs --bar --halt --colsep --dry-run --keep-order",
        "--jobs",
        concern="it runs a command for all that it is given",
        line=True,
    ),
    "busybox": _shape(concern=_OWN_WAY),
    "toybox": _shape(concern=_OWN_WAY),
    "firejail": _shape(concern=_OWN_WAY),
    "bwrap": _shape(concern=_OWN_WAY),
    "proot": _shape("", "rbwq", concern=_OWN_WAY),
    "fakeroot": _shape(concern=_OWN_WAY),
    "dbus-run-session": _shape(concern=_OWN_WAY),
    "xvfb-run": _shape("a", "ens", concern=_OWN_WAY),
    "valgrind": _shape(concern=_OWN_WAY),
    "perf": _shape(operands=1, concern=_OWN_WAY),
    "hyperfine": _shape("", "wrm", concern=_OWN_WAY, line=True),
    "entr": _shape("acdnprsz", concern=_OWN_WAY),
    "npx": _shape("yq", "pc", "--yes --no-install", "--package --call", concern="it may fetch a program and run it"),
    "bunx": _shape(concern="it may fetch a program and run it"),
    "uvx": _shape("", "", "", "--from --with --python", concern="it may fetch a program and run it"),
    "pipx": _shape("", "", "", "--spec", operands=1, concern="it may fetch a program and run it"),
    "poetry": _shape(operands=1, concern=_OWN_WAY),
    "pipenv": _shape(operands=1, concern=_OWN_WAY),
    "pdm": _shape(operands=1, concern=_OWN_WAY),
    "hatch": _shape(operands=1, concern=_OWN_WAY),
    "rye": _shape(operands=1, concern=_OWN_WAY),
    "uv": _shape("", "", "", "--with --python --package --directory --project", operands=1, concern=_OWN_WAY),
    "bundle": _shape(operands=1, concern=_OWN_WAY),
    "direnv": _shape(operands=2, concern=_OWN_WAY),
    "mise": _shape(operands=1, concern=_OWN_WAY),
    "asdf": _shape(operands=1, concern=_OWN_WAY),
    "conda": _shape("", "np", "--no-capture-output", "--name --prefix", operands=1, concern=_OWN_WAY),
    "docker": _shape("", "", concern=_ELSEWHERE),
    "podman": _shape("", "", concern=_ELSEWHERE),
    "kubectl": _shape("", "", concern=_ELSEWHERE),
    "dotenv": _shape("", "f", operands=1, concern=_OWN_WAY),
    "op": _shape(operands=1, concern=_OWN_WAY),
    "env-cmd": _shape("", "f", concern=_OWN_WAY),
    "cross-env": _shape(concern=_OWN_WAY),
    "dotnet": _shape(concern=_OWN_WAY),
    "coproc": _shape(concern="it leaves something running in the background"),
    "start-stop-daemon": _shape(concern=_OWN_WAY),
    "daemonize": _shape(concern=_OWN_WAY),
    "dbus-launch": _shape(concern=_OWN_WAY),
    "torsocks": _shape(concern=_OWN_WAY),
    "proxychains": _shape(concern=_OWN_WAY),
    "proxychains4": _shape(concern=_OWN_WAY),
}

RUNS_OTHERS = frozenset((*_SHAPES, "env", "xargs", "eval", "trap", "flock", "script"))
_XARGS = _shape(
    "0rtxo",
    "nPLIdEsa",
    "--null --no-run-if-empty --verbose --max-args --max-procs --replace --delimiter --exit",
    "--max-args --max-procs --delimiter --max-lines",
)
_LINE_OPTIONS: dict[str, frozenset[str]] = {
    "git": frozenset(
        ("--exec", "-x", "--tree-filter", "--index-filter", "--msg-filter", "--commit-filter", "--env-filter")
    ),
    "script": frozenset(("-c", "--command")),
    "su": frozenset(("-c", "--command")),
    "runuser": frozenset(("-c", "--command")),
    "flock": frozenset(("-c", "--command")),
    "rg": frozenset(("--pre",)),
    "tar": frozenset(("--to-command", "-I", "--use-compress-program", "-F", "--info-script")),
    "nix-shell": frozenset(("--run", "--command")),
    "nix": frozenset(("-c", "--command")),
    "sshpass": frozenset(),
    "ssh": frozenset(),
    "tmux": frozenset(),
    "screen": frozenset(("-X",)),
    "find": frozenset(),
    "vim": frozenset(("-c", "+", "--cmd")),
    "vi": frozenset(("-c",)),
    "nvim": frozenset(("-c", "--cmd")),
    "less": frozenset(("+",)),
    "make": frozenset(("--eval",)),
    "rsync": frozenset(("-e", "--rsh", "--rsync-path")),
    "scp": frozenset(("-S",)),
    "sort": frozenset(("--compress-program",)),
    "zip": frozenset(("-TT", "--unzip-command")),
    "man": frozenset(("-P", "--pager", "-H")),
    "npm": frozenset(("-c", "--call")),
    "npx": frozenset(("-c", "--call")),
    "nodemon": frozenset(("--exec", "-x")),
    "watchexec": frozenset(),
    "xterm": frozenset(("-e",)),
    "gnome-terminal": frozenset(("-e",)),
    "gdb": frozenset(("-ex", "-eval-command")),
    "socat": frozenset(),
    "nc": frozenset(("-e", "-c")),
    "ncat": frozenset(("-e", "-c", "--sh-exec", "--exec")),
}


def unwrap(program: str, command: Command) -> Unwrapped | None:
    """Return what `command` runs, if its program is one that runs others."""
    words = command.words
    match program:
        case "env":
            return _env(command)
        case "xargs":
            return _xargs(command)
        case "find":
            return _find(command)
        case "fd" | "fdfind":
            return _after_flags(command, ("-x", "-X", "--exec", "--exec-batch"))
        case "eval":
            return Unwrapped(lines=(joined(words[1:]),), concern="it runs text as a command")
        case "trap":
            return Unwrapped(lines=tuple(words[1:2]), concern="it runs a command later")
        case "ssh":
            return _ssh(command)
        case "git":
            return _git(command)
        case _ if program in SHELLS:
            return _shell(command)
        case "docker" | "podman" | "kubectl" | "flock" | "busybox" | "toybox" | "tmux" | "screen" | "start-stop-daemon":
            return _guess(command, _SHAPES.get(program, _Shape(concern=_OWN_WAY)).concern, _lines(program, words))
        case _ if program in _SHAPES:
            return _by_shape(command, _SHAPES[program])
        case _ if program in _LINE_OPTIONS:
            lines = _lines(program, words)
            return Unwrapped(lines=lines, concern="it runs another program") if lines else None
        case _:
            return None


def joined(words: Sequence[Word]) -> Word:
    """Several words as the one line that they make."""
    scripts = tuple(script for word in words for script in word.scripts)
    shown = " ".join(word.shown for word in words)
    if any(len(word.texts) != 1 for word in words):
        guess = " ".join(word.texts[0] if word.texts else (word.guesses or (word.shown,))[0] for word in words)
        return Word(shown=shown, splits=True, scripts=scripts, guesses=(guess,))
    return Word(shown=shown, texts=(" ".join(word.text for word in words),), scripts=scripts)


def _by_shape(command: Command, shape: _Shape) -> Unwrapped:
    words = command.words
    at, is_unclear = 1, False
    while at < len(words):
        text = words[at].text
        if text == "--":
            at += 1
            break
        if not text.startswith("-") or len(text) == 1:
            is_unclear = is_unclear or words[at].may_be_flag
            break
        name, equals, _ = text.partition("=")
        at += 1
        if text.startswith("--"):
            is_unclear = is_unclear or name not in shape.long | shape.long_values
            at += not equals and name in shape.long_values
            continue
        for position, letter in enumerate(text[1:], start=2):
            if letter in shape.values:
                at += position == len(text)
                break
            is_unclear = is_unclear or letter not in shape.flags
    at += shape.operands
    rest = words[at:]
    if shape.line:
        return Unwrapped(lines=(joined(rest),) if rest else (), concern=shape.concern, is_unclear=is_unclear)
    inner = (command.with_words(rest),) if rest else ()
    return Unwrapped(commands=inner, concern=shape.concern, is_unclear=is_unclear)


def _env(command: Command) -> Unwrapped:
    words = command.words
    at = 1
    concern = ""
    assignments: list[Assignment] = []
    is_unclear = False
    while at < len(words):
        word = words[at]
        text = word.text
        if re.match(r"[A-Za-z_]\w*=", text):
            name, _, value = text.partition("=")
            assignments.append(Assignment(name=name, value=known(value) if word.texts else unknown(value)))
        elif text in ("-S", "--split-string") or text.startswith(("-S", "--split-string=", "-vS", "-iS")):
            line = (
                words[at + 1 :]
                if text in ("-S", "--split-string", "-vS", "-iS")
                else [known(re.sub(r"^(?:-[vi]?S|--split-string=)", "", text)), *words[at + 1 :]]
            )
            return Unwrapped(lines=(joined(line),), concern="it splits text into a command")
        elif text in ("-u", "--unset", "-C", "--chdir"):
            concern = concern if text in ("-u", "--unset") else "it runs a command in another folder"
            at += 1
        elif text in ("-i", "-", "--ignore-environment", "-0", "--null") or text.startswith(("-u", "--unset=")):
            pass
        elif text == "--":
            at += 1
            break
        elif text.startswith("-"):
            is_unclear = True
        else:
            break
        at += 1
    rest = words[at:]
    if not rest:
        return Unwrapped(concern="it shows all variables, secrets among them")
    return Unwrapped(
        commands=(replace(command, words=rest, assignments=tuple(assignments)),),
        concern=concern,
        is_unclear=is_unclear or words[at].may_be_flag,
    )


def is_harmless_variable(name: str, value: str) -> bool:
    """Whether a program that only looks still only looks with this variable set."""
    if name in ("PAGER", "GIT_PAGER", "MANPAGER", "BAT_PAGER"):
        return value in ("cat", "")
    if name == "TZ":
        return re.fullmatch(r"[A-Z][\w+-]*(?:/[A-Z][\w+/-]*)?", value) is not None
    return name in HARMLESS_VARIABLES and re.search(r"[$\\]|^/|\.\./", value) is None


def _xargs(command: Command) -> Unwrapped:
    found = _by_shape(command, _XARGS)
    producers = Script(commands=command.fed_by)
    if any(re.match(r"-\w*a|--arg", word.text) for word in command.words[1:]):
        producers = Script(commands=())
    fed = Word(shown=FED, splits=True, scripts=(producers,))
    if not found.commands:
        return Unwrapped(commands=(command.with_words((known("echo"), fed)),), is_unclear=found.is_unclear)
    inner = found.commands[0]
    marks = [
        command.words[at + 1].text if word.text == "-I" and at + 1 < len(command.words) else word.text[2:]
        for at, word in enumerate(command.words)
        if word.text.startswith("-I")
    ]
    if not marks:
        return Unwrapped(commands=(inner.with_words((*inner.words, fed)),), is_unclear=found.is_unclear)
    mark = marks[0] or "{}"
    replaced = tuple(
        Word(
            shown=word.shown,
            scripts=(producers,),
            splits=word.shown.startswith(mark),
            guesses=(word.shown.replace(mark, FED),),
        )
        if mark in word.shown
        else word
        for word in inner.words
    )
    return Unwrapped(commands=(inner.with_words(replaced),), is_unclear=found.is_unclear)


def _find(command: Command) -> Unwrapped | None:
    words = command.words
    found: list[Command] = []
    producers = Script(commands=(command,))
    at = 1
    while at < len(words):
        at += 1
        if words[at - 1].text not in ("-exec", "-execdir", "-ok", "-okdir"):
            continue
        begin = at
        while at < len(words) and words[at].text != ";" and not (words[at].text == "+" and words[at - 1].text == "{}"):
            at += 1
        inner = tuple(
            Word(shown=word.shown, texts=("./…",) if word.shown == "{}" else (), scripts=(producers,))
            if "{}" in word.shown
            else word
            for word in words[begin:at]
        )
        found.append(command.with_words(inner))
    return Unwrapped(commands=tuple(found)) if found else None


def _after_flags(command: Command, flags: Sequence[str]) -> Unwrapped | None:
    for at, word in enumerate(command.words):
        if word.text in flags:
            inner = tuple(
                Word(shown=w.shown, texts=("./…",), scripts=(Script(commands=(command,)),)) if "{" in w.shown else w
                for w in command.words[at + 1 :]
                if w.text != ";"
            )
            return Unwrapped(commands=(command.with_words(inner),), concern="it runs a command for all that it finds")
    return None


TAKES_ITS_INPUT = "a shell that runs what it is given"
_SAME_LANGUAGE = frozenset(("bash", "sh", "dash", "ash", "rbash"))


def _shell(command: Command) -> Unwrapped:
    words = command.words
    is_same = words[0].text.rpartition("/")[2] in _SAME_LANGUAGE
    concern = "" if is_same else "it is another shell, which reads the line in its own way"
    at = 1
    while at < len(words):
        text = words[at].text
        if not re.match(r"[-+]\w|--", text) or text == "--":
            break
        if re.fullmatch(r"-[abefhkmnprtuvxBCHPlis]*c[abefhkmnprtuvxBCHPlis]*", text):
            if set("lis") & set(text) or (words[at].may_be_flag and not words[at].is_known):
                concern = "it starts a shell of its own, with its start-up files"
            line_at = at + 1
            while line_at < len(words) and re.match(r"[-+]\w", words[line_at].text):
                concern = "the shell gets further options"
                line_at += 2 if re.search(r"[oO]$", words[line_at].text) else 1
            return Unwrapped(lines=tuple(words[line_at : line_at + 1]), concern=concern)
        concern = "it starts a shell of its own"
        at += 2 if re.fullmatch(r"[-+]\w*[oO]|--rcfile|--init-file", text) else 1
    rest = words[at:]
    if rest and rest[0].text not in ("-s", "-", "--", "/dev/stdin"):
        return Unwrapped(concern=f"it runs the script {rest[0].shown[:40]}")
    lines: list[Word] = [r.target for r in command.redirects if r.operator in ("<<", "<<<")]
    return Unwrapped(lines=tuple(lines), concern=f"it starts {TAKES_ITS_INPUT}")


def _ssh(command: Command) -> Unwrapped:
    words = command.words
    at = 1
    lines: list[Word] = []
    while at < len(words) and words[at].text.startswith("-"):
        text = words[at].text
        if re.match(r"-o", text):
            option = text[2:] or (words[at + 1].text if at + 1 < len(words) else "")
            if re.match(r"(?i)(?:proxycommand|localcommand|knownhostscommand)[= ]", option):
                lines.append(known(re.split(r"[= ]", option, maxsplit=1)[1]))
        at += 2 if re.fullmatch(r"-\w*[bcDEeFIiJLlmOopQRSWw]", text) else 1
    rest = words[at + 1 :]
    return Unwrapped(lines=(*lines, *((joined(rest),) if rest else ())), concern="it works on another machine")


def _git(command: Command) -> Unwrapped | None:
    texts = [word.text for word in command.words]
    lines = list(_lines("git", command.words))
    commands: list[Command] = []
    for first, second in (("bisect", "run"), ("submodule", "foreach")):
        if first in texts and second in texts[texts.index(first) :]:
            rest = command.words[texts.index(second, texts.index(first)) + 1 :]
            rest = rest[1:] if rest and rest[0].text == "--recursive" else rest
            (lines.append(joined(rest)) if first == "submodule" else commands.append(command.with_words(rest)))
    for text in texts:
        if value := re.match(
            r"(?:alias\.[\w-]+|core\.\w+|[\w.-]+\.(?:cmd|command|clean|smudge|textconv))=!?(.+)", text
        ):
            lines.append(known(value[1]))
    if not lines and not commands:
        return None
    return Unwrapped(commands=tuple(commands), lines=tuple(lines), concern="git runs another program with this")


def _lines(program: str, words: Sequence[Word]) -> tuple[Word, ...]:
    options = _LINE_OPTIONS.get(program, frozenset())
    lines: list[Word] = []
    for at, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        is_clustered = program in ("script", "su", "flock", "runuser") and re.fullmatch(r"-\w+c", name) is not None
        if name in options or is_clustered:
            found = [known(value)] if equals else list(words[at + 1 : at + 2])
            if program in ("vim", "vi", "nvim"):
                found = [known(word.text.lstrip(":!")) for word in found]
            lines.extend(found)
        elif program in ("vim", "vi", "nvim", "less") and word.text.startswith(("+!", "+:!")):
            lines.append(known(word.text.lstrip("+:!")))
        elif (action := re.match(r"--checkpoint-action=exec=(.*)", word.text, re.DOTALL)) or (
            action := re.search(r"(?:EXEC|SYSTEM|exec|system):['\"]?([^,'\"]+)", word.text)
        ):
            lines.append(known(action[1]))
    return tuple(lines)


def _guess(command: Command, concern: str, lines: tuple[Word, ...]) -> Unwrapped:
    """Where the command begins cannot be told: every place is looked at, for danger."""
    rest = command.words[1:]
    texts = [word.text for word in rest]
    begins = [at for at, text in enumerate(texts) if not text.startswith("-")]
    inner = tuple(command.with_words(rest[at:]) for at in begins[:12])
    return Unwrapped(commands=inner, lines=lines, concern=concern or "it runs a command", is_unclear=True)
