"""Judges a shell line: reads it into commands, unwraps those that run others, and takes the worst that is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from codex_core.policy import lexical
from codex_core.policy.assessment import Assessment
from codex_core.policy.feeders import (
    FETCHERS,
    NETWORK_PIPES,
    fetched_then_run,
    is_fetched,
    is_readable,
    name_of,
    prints_code,
    send_input,
)
from codex_core.policy.harmless import why_asked
from codex_core.policy.places import Surroundings
from codex_core.policy.program_texts import look_at_editor, look_at_interpreter
from codex_core.policy.redirects import look_at_redirect
from codex_core.policy.secret_reads import show_secrets
from codex_core.policy.shell_parser import parse_line
from codex_core.policy.variables import DANGEROUS_VARIABLES, ODD_VARIABLES, is_harmless_variable
from codex_core.policy.variants import MOST_VARIANTS, add_danger, add_danger_behind
from codex_core.policy.words import Command, Script, Word, known
from codex_core.policy.wrapper_tables import INTERPRETERS, SHELLS
from codex_core.policy.wrappers import FED, TAKES_ITS_INPUT, unwrap
from codex_core.protocol import Verdict

_DEEPEST = 8
_LOOKED_BEHIND = 20
"""Words behind a program that is not known."""
_SYSTEM_FOLDERS = frozenset(("/bin", "/usr/bin", "/sbin", "/usr/sbin"))


def assess_line(line: str, folder: Path | None, around: Surroundings) -> Assessment:
    """Assess what `bash -c LINE` would do in `folder`."""
    assessor = _Assessor(around)
    if len(line) > lexical.LONGEST_SCANNED:
        assessor.found.add("danger", "too-long", "it is too long to be looked through")
        assessor.found.is_understood = False
        return assessor.found
    assessor.line(line, folder, depth=0)
    return assessor.found


def assess_argv(argv: Sequence[str], folder: Path, around: Surroundings) -> Assessment:
    """Assess a program that is run with these very words, without a shell."""
    assessor = _Assessor(around)
    if sum(map(len, argv)) > lexical.LONGEST_SCANNED:
        assessor.found.add("danger", "too-long", "it is too long to be looked through")
        assessor.found.is_understood = False
        return assessor.found
    assessor.command(Command(words=tuple(map(known, argv)), folder=folder), depth=0)
    return assessor.found


class _Assessor:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._seen: set[int] = set()
        self._kept: list[Command] = []
        self._needs_scan = False
        self.found = Assessment()

    def line(self, line: str, folder: Path | None, depth: int) -> None:
        if depth > _DEEPEST:
            self._not_understood("it is nested too deeply to be looked through")
            self._scan(line, folder)
            return
        script = parse_line(line, folder, self._around.home)
        if script.problems:
            self._not_understood(script.problems[0])
            self._scan(line, folder)
        elif lexical.starts_without_end(line):
            self.found.add("danger", "fork-bomb", "it starts itself without end")
        elif not any(command.words or command.assignments or command.redirects for command in script.commands):
            self.found.add("ask", "empty", "there is nothing to run")
        for rule, why in script.concerns:
            self.found.add("ask", rule, why)
        self._script(script, depth)
        if self._needs_scan:
            self._needs_scan = False
            self._scan(line, folder)
        fetched_then_run(self.found, script)

    def _not_understood(self, why: str) -> None:
        self.found.is_understood = False
        self.found.add("ask", "not-understood", f"the line is not fully understood: {why}")

    def _scan(self, line: str, folder: Path | None) -> None:
        if found := lexical.scan(line, folder, self._around):
            self.found.add("danger", *found)

    def _script(self, script: Script, depth: int) -> None:
        calls = [c.words[1:] for c in script.commands if c.words and c.words[0].text in script.functions]
        for command in script.commands:
            if script.functions and any(re.search(r"\$(?:\{?[@*1-9])", word.shown) for word in command.words):
                self._with_arguments(command, calls, depth)
            self.command(command, depth, script.functions)

    def _with_arguments(self, command: Command, calls: Sequence[tuple[Word, ...]], depth: int) -> None:
        """In a function, `$1` and `$@` are what it is called with."""
        for arguments in calls[:MOST_VARIANTS]:
            words = [
                w for word in command.words for w in (arguments if re.search(r"\$\{?[@*1-9]", word.shown) else (word,))
            ]
            add_danger(self.found, command.with_words(tuple(words)), self._around)
            add_danger(self.found, command.with_words(tuple(arguments)), self._around)

    def command(self, command: Command, depth: int, functions: frozenset[str] = frozenset()) -> None:
        if id(command) in self._seen:
            return
        self._seen.add(id(command))
        self._kept.append(command)  # an id counts as long as its owner lives
        if depth > _DEEPEST:
            self._not_understood("it is nested too deeply to be looked through")
            return
        for script in _scripts_of(command):
            self._script(script, depth + 1)
        for redirect in command.redirects:
            look_at_redirect(self.found, redirect, command, self._around)
        self._assignments(command)
        if not command.words:
            if command.assignments and not command.redirects:
                self.found.add("safe", "assignment", "it only gives a name to a value")
            return
        argv = tuple(word.shown for word in command.words if word.shown != FED)
        if argv[:1] != (":",) or len(argv) == 1:
            self.found.commands.append(argv)
        add_danger(self.found, command, self._around)
        if name_of(command) in NETWORK_PIPES and any(name_of(feeder) in SHELLS for feeder in command.fed_by):
            self.found.add("danger", "network:shell", "it gives a shell to somebody on the network")
        send_input(self.found, command)
        show_secrets(self.found, command, self._around)
        self._program(command, depth, functions)

    def _program(self, command: Command, depth: int, functions: frozenset[str]) -> None:
        word = command.words[0]
        if not word.is_known or not word.text:
            self.found.add("ask", "dynamic-program", f"`{word.shown[:60]}` is known to be a program only when it runs")
            for guess in (*word.guesses, *word.texts)[:MOST_VARIANTS]:
                guessed = [*map(known, guess.split()), *command.words[1:]]
                add_danger(self.found, command.with_words(tuple(guessed)), self._around)
                if guessed and len(self.found.findings) < 200:
                    self._inner(command.with_words(tuple(guessed)), depth, only_danger=True)
            self._behind(command, depth)
            self._needs_scan = True
            return
        path, _, program = word.text.rpartition("/")
        if (path and path not in _SYSTEM_FOLDERS) or (word.text.startswith("/") and not path):
            self.found.add("ask", "program-path", f"`{word.text[:60]}` is not one of the system's own programs")
            self._inner(command, depth, only_danger=True)
            self._behind(command, depth)
            return
        if program in functions:
            self.found.add("ask", "function", f"`{program[:40]}` is given a meaning of its own here")
            return
        if program == "alias":
            self.found.add("ask", "alias", "it gives a name another meaning")
            for alias in command.words[1:]:
                self._nested_line(known(alias.text.partition("=")[2]), command, depth, only_danger=True)
            return
        if program in ("source", "."):
            self.found.add("ask", "source", f"`{program}` runs what is in a file")
            self._fed_shell(command, depth, takes_input=False)
            return
        if self._inner(command, depth, only_danger=False):
            return
        if asked := why_asked(program, command, self._around):
            self.found.add("ask", *asked)
            if program in INTERPRETERS or re.fullmatch(r"python[\d.]*|perl[\d.]*|[gm]?awk", program):
                look_at_interpreter(self.found, command, self._around)
            elif program in ("sed", "gsed", "ed", "ex", "git"):
                look_at_editor(self.found, command, self._around)
            elif asked[0].startswith("unknown-program"):
                self._behind(command, depth)
        else:
            self.found.add("safe", f"program:{program}", f"`{program}` only looks")

    def _behind(self, command: Command, depth: int) -> None:
        """A program that is not known may run the words behind it, a shell among them."""
        add_danger_behind(self.found, command, self._around)
        for at, word in enumerate(command.words[1:_LOOKED_BEHIND], start=1):
            if word.text.rpartition("/")[2] in SHELLS:
                inner = command.with_words(command.words[at:])
                self._only_danger(lambda inner=inner: self.command(inner, depth + 1))
                return

    def _inner(self, command: Command, depth: int, *, only_danger: bool) -> bool:
        """Assess what a wrapper runs. Returns whether it was one, and is done with."""
        program = command.words[0].text.rpartition("/")[2]
        unwrapped = unwrap(program, command)
        if unwrapped is None or (program == "command" and re.match(r"-p?[vV]", _text_at(command, 1))):
            return False
        if program in SHELLS and len(command.words) == 2 and command.words[1].text == "--version":
            return False
        may_look = program in _ALSO_LOOKS and not unwrapped.lines and (not unwrapped.commands or unwrapped.is_unclear)
        if may_look and why_asked(program, command, self._around) is None:
            return False
        concern = unwrapped.concern
        if unwrapped.is_unclear and not concern:
            concern = "an option of it is not known to be harmless"
        if program == "find" and not only_danger and (asked := why_asked("find", command, self._around)):
            self.found.add("ask", *asked)
        if concern:
            self.found.add("ask", f"wrapper:{program}", f"`{program}`: {concern}")
        only_danger = only_danger or unwrapped.is_unclear
        for line in unwrapped.lines:
            self._nested_line(line, command, depth, only_danger=only_danger)
        for inner in unwrapped.commands:
            if only_danger:
                self._only_danger(lambda inner=inner: self.command(inner, depth + 1))
            else:
                texts = tuple(redirect for redirect in inner.redirects if redirect.operator in ("<<", "<<<"))
                own = inner.assignments if program == "env" else ()
                self.command(replace(inner, redirects=texts, assignments=own), depth + 1)
        if program in SHELLS or program in ("eval", "source", "."):
            self._fed_shell(command, depth, takes_input=unwrapped.concern.endswith(TAKES_ITS_INPUT))
        if not concern and not unwrapped.commands and not unwrapped.lines:
            self.found.add("ask", f"wrapper:{program}", f"`{program}` runs what is not known")
        return True

    def _nested_line(self, line: Word, command: Command, depth: int, *, only_danger: bool) -> None:
        if not line.texts or line.splits:
            self.found.add("ask", "dynamic-line", f"it runs `{line.shown[:60]}`, which is known only when it runs")
            self.found.is_understood = False
            if any(is_fetched(script) for script in line.scripts):
                self.found.add("danger", "fetched-and-run", "it runs what it has just fetched or decoded")
            only_danger = True
        for text in (line.texts or (*line.guesses, line.shown))[:MOST_VARIANTS]:
            if only_danger:
                self._only_danger(lambda text=text: self.line(text, command.folder, depth + 1))
            else:
                self.line(text, command.folder, depth + 1)

    def _only_danger(self, assess: Callable[[], None]) -> None:
        """Assess what is a guess: it counts where it is danger, and for nothing else."""
        kept = self.found
        self.found = Assessment()
        assess()
        kept.findings.extend(finding for finding in self.found.findings if finding.verdict == "danger")
        self.found = kept

    def _fed_shell(self, command: Command, depth: int, *, takes_input: bool) -> None:
        """A shell that takes its lines from a pipe or a file descriptor."""
        feeders = command.fed_by
        read = (redirect.target for redirect in command.redirects)
        substituted = [c for word in (*command.words, *read) for script in word.scripts for c in script.commands]
        if any(name_of(feeder) in FETCHERS or prints_code(feeder) for feeder in (*feeders, *substituted)):
            self.found.add("danger", "fetched-and-run", "it runs what it has just fetched or decoded")
        elif takes_input and feeders and not is_readable(feeders[-1]):
            self.found.add("danger", "piped-code", "a shell runs what another program prints, which nobody has seen")
        for feeder in feeders[-MOST_VARIANTS:]:
            if name_of(feeder) in ("echo", "printf", "cat"):
                lines = [
                    known(
                        " ".join(word.text for word in feeder.words[1:] if word.text not in ("-n", "-e", "%s", "%s\\n"))
                    )
                ]
                lines += [redirect.target for redirect in feeder.redirects if redirect.operator in ("<<", "<<<")]
                for line in lines:
                    self._nested_line(line, command, depth, only_danger=True)

    def _assignments(self, command: Command) -> None:
        for assignment in command.assignments:
            name = assignment.name
            value = assignment.value.text if assignment.value.texts else "$?"
            is_set_for_command = bool(command.words)
            if is_set_for_command:
                is_splitting = name == "IFS" and command.words[0].text == "read" and "$" not in value
                if is_splitting or is_harmless_variable(name, value):
                    continue
                self.found.beyond.append(f"{name}={assignment.value.shown}")
            if DANGEROUS_VARIABLES.fullmatch(name) and value not in ("", "cat"):
                verdict: Verdict = (
                    "danger"
                    if name.startswith(
                        ("LD_", "DYLD_", "BASH_ENV", "PROMPT_", "GIT_SSH", "GIT_EXT", "GIT_CONFIG", "HIST")
                    )
                    else "ask"
                )
                self.found.add(verdict, "variable:runs", f"`{name}` makes programs run something else")
                if value not in ("", "$?") and " " in value:
                    self._only_danger(lambda value=value: self.line(value, command.folder, _DEEPEST - 1))
            elif is_set_for_command or ODD_VARIABLES.fullmatch(name):
                self.found.add("ask", "variable", f"`{name}` changes how programs work")


_ALSO_LOOKS = frozenset(
    ("docker", "podman", "kubectl", "git", "rg", "sort", "tar", "tmux", "npm", "find", "conda", "uv", "poetry", "pipx")
)
"""Programs that sometimes run others and sometimes only look."""


def _text_at(command: Command, at: int) -> str:
    return command.words[at].text if at < len(command.words) else ""


def _scripts_of(command: Command) -> Iterator[Script]:
    for word in (*command.words, *(a.value for a in command.assignments), *(r.target for r in command.redirects)):
        yield from word.scripts
