"""From the words of the command line to a `Request`, and to the `Options` of the app and of `exec`.

Nothing is run or read here but the folders that are named. Every mistake is a `UsageError` that names the word and
the nearest valid one. (argparse is not used: it costs every start 20 ms, shortens flags by guessing, and has no such
messages.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast

from codex_cli.flags import COMMANDS, FIRST_WORDS, FLAGS, GROUPS, SHORT_FLAGS, Command, Flag
from codex_core.spelling import did_you_mean, is_one_slip_from, nearest

Value: TypeAlias = bool | str | tuple[str, ...]


class UsageError(Exception):
    """The command line is wrong; nothing was run. Exit code 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command line that is right in form: known flags that belong to the command, known choices."""

    command: Command
    values: Mapping[str, Value]
    """By `Flag.field`; only what was given."""
    words: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    """For a delegated command: everything but its name, unparsed."""
    wants_help: bool = False
    group: str = ""
    """Set instead of a command if help on a group of commands is wanted."""

    def flag(self, name: str) -> bool:
        return bool(self.values.get(name))

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name, ())
        return value if isinstance(value, tuple) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked of the app or of `exec`. None and empty mean: not said."""

    front_end: Literal["tui", "exec"]
    prompt: str | None = None
    """`-` for `exec`: read it from stdin."""
    images: tuple[Path, ...] = ()
    folder: Path
    """Where to work: absolute, resolved, a folder."""
    is_folder_named: bool = False
    """The user named it, rather than being there."""
    add_dirs: tuple[Path, ...] = ()
    """Absolute, resolved, folders."""

    resume: Literal["new", "picker", "last", "id"] = "new"
    resume_id: str = ""
    """An id, its beginning, or words of the title; set if `resume` is `id`."""
    fork: bool = False
    """Go on with a copy of that session."""
    like: str = ""
    """The id of the session whose model and mode a new one begins with; whatever else is said of them."""
    resume_all: bool = False
    """`last` and the picker look at the sessions of all folders."""

    model: str | None = None
    demo: bool = False
    mode: Literal["plan", "ask", "auto", "full"] | None = None
    """Never together with the next two."""
    sandbox_mode: Literal["read-only", "workspace-write", "danger-full-access"] | None = None
    approval_policy: Literal["untrusted", "on-request", "never"] | None = None
    bypass: bool = False
    """The user typed the long flag that `full` demands."""
    max_turns: int | None = None
    theme: str | None = None
    profile: str | None = None
    config_overrides: tuple[str, ...] = ()
    """`KEY=VALUE` as typed, in order."""
    trust: bool = False

    json: bool = False
    output_file: Path | None = None
    skip_git_repo_check: bool = False
    color: Literal["auto", "always", "never"] = "auto"

    def overrides(self) -> dict[str, str | int]:
        """Return what the flags say of settings, by the keys of `codex_core.config.settings`."""
        said: dict[str, str | int | None] = {
            "model": "demo" if self.demo else self.model,
            "mode": self.mode,
            "sandbox_mode": self.sandbox_mode,
            "approval_policy": self.approval_policy,
            "theme": self.theme,
            "max_turns": self.max_turns,
        }
        return {key: value for key, value in said.items() if value is not None}


def parse(argv: Sequence[str]) -> Request:
    """Parse a command line without its first word.

    Raises:
        UsageError: a flag, command or choice does not exist, does not belong here, or is not in this version.
    """
    scan = _Scan(argv)
    scan.run()
    if scan.group:
        return Request(command=COMMANDS[""], values={}, wants_help=True, group=scan.group)
    command = COMMANDS[scan.command]
    if command.is_delegated:
        return Request(command=command, values={}, rest=tuple(scan.rest))
    if scan.wants_help:
        return Request(command=command, values={}, wants_help=True)
    _check(command, scan)
    return Request(command=command, values=scan.values, words=tuple(scan.words))


class _Scan:
    """One pass over the words: flags may stand before, between and after the words of a command."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = list(argv)
        self._at = 0
        self.command = ""
        self.group = ""
        self.words: list[str] = []
        self.rest: list[str] = []
        self.values: dict[str, Value] = {}
        self.given: list[Flag] = []
        self.wants_help = False

    def run(self) -> None:
        only_words = False
        may_name_command = True
        while self._at < len(self._argv):
            word = self._argv[self._at]
            self._at += 1
            if only_words or word == "-" or not word.startswith("-"):
                if may_name_command and not only_words and self._names_command(word):
                    may_name_command = word in GROUPS and self.command == word  # `exec` may go on with `resume`
                    if COMMANDS[self.command].is_delegated:
                        name_words = len(self.command.split())
                        self.rest = [*self._argv[: self._at - name_words], *self._argv[self._at :]]
                        return
                    continue
                may_name_command = False
                self.words.append(word)
            elif word == "--":
                only_words = True
            elif word.startswith("--"):
                self._take_long(word)
            else:
                self._take_short(word)
            if self.group:
                return

    def _names_command(self, word: str) -> bool:
        """Take `word` as the name of a command, with the word after it where it is a group."""
        if self.command:  # an `exec` is open
            if word not in GROUPS[self.command]:
                return False
            self.command = f"{self.command} {word}"
            return True
        if word not in FIRST_WORDS:
            return False
        if word in COMMANDS:
            self.command = word
            return True
        self._take_second_word(word)
        return True

    def _take_second_word(self, group: str) -> None:
        names = GROUPS[group]
        second = self._argv[self._at] if self._at < len(self._argv) else ""
        if second in ("--help", "-h"):
            self.group = group
            self.command = f"{group} {names[0]}"
            return
        if not second or second.startswith("-"):
            raise UsageError(f"{group} needs one of: {', '.join(names)}")
        if second not in names:
            raise UsageError(f"no command '{group} {second}'{did_you_mean(second, names)}")
        self._at += 1
        self.command = f"{group} {second}"

    def _take_long(self, word: str) -> None:
        name, equals, value = word.partition("=")
        flag = FLAGS.get(name)
        if flag is None:
            valid = COMMANDS[self.command].flags
            near = nearest(name, valid) or nearest(name, FLAGS)
            raise UsageError(f"unknown flag {name}" + (f"; did you mean {near}?" if near else "; see codex-py --help"))
        self._take(flag, name, value if equals else None)

    def _take_short(self, word: str) -> None:
        named = SHORT_FLAGS.get(word[:2])
        if named is None:
            raise UsageError(f"unknown flag {word[:2]}; see codex-py --help")
        flag = next((each for each in named if each.long in COMMANDS[self.command].flags), named[0])
        attached = word[2:]
        if attached and not flag.value:
            raise UsageError(f"{word[:2]} takes no value: {word}")
        self._take(flag, word[:2], attached.removeprefix("=") if attached else None)

    def _take(self, flag: Flag, typed: str, value: str | None) -> None:
        self.given.append(flag)
        if flag.long == "--help":
            self.wants_help = True
        if not flag.value:
            if value is not None:
                raise UsageError(f"{typed} takes no value")
            self.values[flag.field] = True
            return
        if value is None and flag.value_is_optional:
            self.values[flag.field] = True
            return
        if value is None:
            value = self._next_value(flag, typed)
        if flag.choices and value not in flag.choices:
            raise UsageError(f"{typed} cannot be '{value}'{did_you_mean(value, flag.choices)}")
        before = self.values.get(flag.field, ())
        self.values[flag.field] = (*cast(tuple[str, ...], before), value) if flag.is_list else value

    def _next_value(self, flag: Flag, typed: str) -> str:
        following = self._argv[self._at] if self._at < len(self._argv) else None
        if following is None or (following.startswith("-") and following != "-"):
            hint = f"; write {flag.long}={following} if that is the value" if following else ""
            raise UsageError(f"{typed} needs a value: {flag.long} {flag.value}{hint}")
        self._at += 1
        return following


def _check(command: Command, scan: _Scan) -> None:
    called = f"codex-py {command.name}".rstrip()
    if not command.built:
        raise UsageError(f"not in this version: {called}")
    for flag in scan.given:
        if flag.long not in (*command.flags, "--help"):
            homes = [other.name for other in COMMANDS.values() if flag.long in other.flags and other.built]
            firsts = dict.fromkeys(name.split()[0] if name else "codex-py alone" for name in homes)
            where = f"; it goes with: {', '.join(firsts)}" if firsts else ""
            raise UsageError(f"{flag.long} does not go with {called}{where}")
        if not flag.built:
            raise UsageError(f"not in this version: {flag.long}")
    if len(scan.words) > command.most_words:
        raise UsageError(_too_many(command, called, scan.words))
    if len(scan.words) < command.least_words:
        raise UsageError(f"{command.name} needs {command.words}")
    if not command.name and len(scan.words) == 1:
        _refuse_slip(scan.words[0])


def _too_many(command: Command, called: str, words: Sequence[str]) -> str:
    if command.name in ("", "exec"):
        near = nearest(words[0], (*FIRST_WORDS, *GROUPS)) if not command.name else None
        if near is not None:
            return f"no command '{words[0]}'; did you mean {near}?"
        return f'more than one prompt; put it in quotes: {called} "{" ".join(words)}"'
    return f"{command.name} takes {command.words or 'no further words'}, not '{words[command.most_words]}'"


def _refuse_slip(word: str) -> None:
    """A lone word that is one slip away from a command is hardly a prompt for an agent."""
    for name in FIRST_WORDS:
        if is_one_slip_from(word.lower(), name) or (word != name and word.lower() == name):
            raise UsageError(f"no command '{word}'; did you mean {name}? As a prompt: codex-py --task {word}")


def options_of(request: Request) -> Options:
    """Return the options of the app or of `exec`.

    Raises:
        UsageError: flags contradict each other, or a folder, file or number is none.
    """
    front_end = "exec" if request.command.name.startswith("exec") else "tui"
    bypass = request.flag("bypass")
    mode = _mode(request)
    sandbox_mode, approval_policy = request.text("sandbox"), request.text("ask_for_approval")
    if mode == "full" and not bypass:
        raise UsageError("--mode full confines nothing and asks nothing: it needs --" + _BYPASS_FIELD)
    if request.flag("demo") and request.text("model"):
        raise UsageError("--demo and --model exclude each other")
    resume, resume_id, prompt = _resume_and_prompt(request)
    folder = _folder(request.text("cd") or ".", "--cd")
    output_file = request.text("output_last_message")
    return Options(
        front_end=front_end,
        prompt=prompt,
        images=tuple(_file(name, "--image") for name in _split(request.texts("image"))),
        folder=folder,
        is_folder_named=request.text("cd") is not None,
        add_dirs=tuple(_folder(name, "--add-dir") for name in request.texts("add_dir")),
        resume=resume,
        resume_id=resume_id,
        fork=request.command.name == "fork",
        resume_all=request.flag("all"),
        model=_not_empty(request, "model"),
        demo=request.flag("demo"),
        mode=mode,
        sandbox_mode=cast('Literal["read-only", "workspace-write", "danger-full-access"] | None', sandbox_mode),
        approval_policy=cast('Literal["untrusted", "on-request", "never"] | None', approval_policy),
        bypass=bypass,
        max_turns=count_of(request, "max_turns", "--max-turns"),
        theme=_not_empty(request, "theme"),
        profile=_not_empty(request, "profile"),
        config_overrides=request.texts("config"),
        trust=request.flag("trust"),
        json=request.flag("json"),
        output_file=Path(output_file).absolute() if output_file else None,
        skip_git_repo_check=request.flag("skip_git_repo_check"),
        color=cast('Literal["auto", "always", "never"]', request.text("color") or "auto"),
    )


_BYPASS_FIELD = "dangerously-bypass-approvals-and-sandbox"


def _mode(request: Request) -> Literal["plan", "ask", "auto", "full"] | None:
    """Return the mode that was named, by whichever flag.

    Raises:
        UsageError: two flags name different ones, or `-s` or `-a` says it in detail too.
    """
    named: dict[str, str] = {}
    if (mode := request.text("mode")) is not None:
        named["--mode"] = mode
    for field_name, flag, means in (
        ("plan", "--plan", "plan"),
        ("full_auto", "--full-auto", "auto"),
        ("bypass", "--" + _BYPASS_FIELD, "full"),
    ):
        if request.flag(field_name):
            named[flag] = means
    detail = [
        f
        for f, name in (("--sandbox", "sandbox"), ("--ask-for-approval", "ask_for_approval"))
        if request.text(name) is not None
    ]
    if len(set(named.values())) > 1 or (named and detail):
        raise UsageError(f"{' and '.join([*named, *detail])} contradict each other; use one")
    return cast('Literal["plan", "ask", "auto", "full"] | None', next(iter(named.values()), None))


def _resume_and_prompt(request: Request) -> tuple[Literal["new", "picker", "last", "id"], str, str | None]:
    words = list(request.words)
    how: Literal["new", "picker", "last", "id"] = "new"
    resume_id = ""
    if request.command.name.endswith("resume") or request.command.name == "fork":
        if request.flag("last"):
            how = "last"
            if len(words) > 1:
                raise UsageError(f"--last names the session already: '{words[0]}' is one too many")
        elif words:
            how, resume_id = "id", words.pop(0)
        elif request.command.name in ("resume", "fork"):
            how = "picker"
        else:
            raise UsageError("codex-py exec resume needs a session: an ID or --last; see codex-py sessions list")
    if "resume" in request.values:
        if how != "new":
            raise UsageError("resume and --resume say the same; use one")
        resume_id = request.text("resume") or ""
        how = "id" if resume_id else "picker"
        if how == "picker" and request.command.name == "exec":
            raise UsageError("exec cannot show a list of sessions: use --resume=ID or exec resume --last")
    task = request.text("task")
    if task is not None and words:
        raise UsageError("--task and a prompt say the same; use one")
    return how, resume_id, task if task is not None else next(iter(words), None)


def count_of(request: Request, name: str, flag: str) -> int | None:
    """Return a flag's value as a whole number from 1.

    Raises:
        UsageError: it is none.
    """
    text = request.text(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise UsageError(f"{flag} needs a whole number from 1, not '{text}'")
    return int(text)


def _not_empty(request: Request, name: str) -> str | None:
    text = request.text(name)
    if text is not None and not text.strip():
        raise UsageError(f"--{name.replace('_', '-')} is empty")
    return text


def _split(names: Iterable[str]) -> list[str]:
    """Codex takes `-i a.png,b.png` too; a file that has a comma in its name wins."""
    return [part for name in names for part in ([name] if Path(name).exists() else name.split(","))]


def _folder(name: str, flag: str) -> Path:
    try:
        path = Path(name).expanduser().resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{flag}: {name}: {_reason(error)}") from error
    if not path.is_dir():
        raise UsageError(f"{flag}: {name} is not a folder")
    return path


def _file(name: str, flag: str) -> Path:
    try:
        path = Path(name).expanduser().resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{flag}: {name}: {_reason(error)}") from error
    if not path.is_file():
        raise UsageError(f"{flag}: {name} is not a file")
    return path


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def folder_of(request: Request) -> Path:
    """Return the folder of `-C`, else the current one, absolute and resolved.

    Raises:
        UsageError: there is no such folder.
    """
    return _folder(request.text("cd") or ".", "--cd")


def named_folder_of(request: Request) -> Path | None:
    """Return the folder of `-C`, absolute and resolved; None without it.

    Raises:
        UsageError: there is no such folder.
    """
    return folder_of(request) if request.text("cd") is not None else None
