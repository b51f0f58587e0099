"""Judges a shell line: reads it into commands, unwraps those that run others, and takes the worst that is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from codex_core.policy import lexical
from codex_core.policy.danger import TAKE_STATEMENTS, find_danger
from codex_core.policy.harmless import sources_are_known, why_asked
from codex_core.policy.places import Surroundings, absolute, is_endless, is_secret, paths_in, written_place
from codex_core.policy.shell_parser import parse_line
from codex_core.policy.words import Command, Redirect, Script, Word, known
from codex_core.policy.wrappers import FED, INTERPRETERS, SHELLS, TAKES_ITS_INPUT, is_harmless_variable, unwrap
from codex_core.protocol import Verdict

_DEEPEST = 8
_MOST_VARIANTS = 8
_SEVERITY = {"safe": 0, "ask": 1, "danger": 2}

_SYSTEM_FOLDERS = frozenset(("/bin", "/usr/bin", "/sbin", "/usr/sbin"))
_FETCHERS = frozenset(
    (
        *("curl", "wget", "fetch", "nc", "ncat", "netcat", "ftp", "http", "aria2c", "lynx", "socat", "scp", "telnet"),
        *("base64", "base32", "xxd", "openssl", "rev", "uudecode", "gunzip", "zcat", "bunzip2", "tr", "iconv", "gpg"),
        *("dig", "nslookup", "host"),
    )
)
_HIDES_NAMES = frozenset(
    (
        "echo",
        "ls",
        "stat",
        "test",
        "[",
        "[[",
        "basename",
        "dirname",
        "realpath",
        "readlink",
        "file",
        "du",
        "which",
        "type",
        "tree",
        "find",
        "cd",
        "printf",
        "git",
        ":",
        "mkdir",
        "touch",
        "fd",
        "df",
        "sleep",
        "gitignore",
        "export",
        "local",
        "true",
        "for",
        "pgrep",
        "expr",
        "seq",
        "rm",
        "chmod",
    )
)
"""They tell nothing of what is in a file."""
_PATTERN_FIRST = frozenset(("grep", "egrep", "fgrep", "rg", "sed", "awk", "gawk", "jq", "ag", "ack", "perl", "tr"))
_DANGEROUS_VARIABLES = re.compile(
    r"LD_\w+|DYLD_\w+|BASH_ENV|ENV|PROMPT_COMMAND|PS[0-4]|SHELLOPTS|BASHOPTS|BASH_FUNC\w*|GIT_SSH\w*|GIT_EXTERNAL_DIFF"
    r"|GIT_CONFIG\w*|GIT_EXEC_PATH|GIT_EDITOR|GIT_SEQUENCE_EDITOR|GIT_ASKPASS|GIT_TEMPLATE_DIR|GIT_PROXY_COMMAND"
    r"|PERL5(?:OPT|LIB|DB)|PYTHON(?:STARTUP|PATH|HOME|INSPECT|USERBASE|WARNINGS|BREAKPOINT)|NODE_OPTIONS|RUBYOPT|RUBYLIB"
    r"|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|LESSOPEN|LESSCLOSE|HIST(?:FILE|SIZE|FILESIZE)|(?:MAN|GIT_)?PAGER|EDITOR|VISUAL|RUSTUP_TOOLCHAIN|GCONV_PATH|RIPGREP_CONFIG_PATH"
)
_ODD_VARIABLES = re.compile(
    r"PATH|IFS|CDPATH|HOME|PWD|OLDPWD|SHELL|EDITOR|VISUAL|BROWSER|TMPDIR|GLOBIGNORE|FIGNORE|EXECIGNORE|HIST\w*|LESS\w*|GIT_\w+"
    r"|GREP_OPTIONS|RIPGREP\w*|FZF\w*|BAT_\w+|DOCKER_\w+|KUBECONFIG|AWS_\w+|SSH_\w+|TAR_OPTIONS|GZIP|MAKE\w*|CC|CXX|RUSTC\w*"
    r"|CARGO\w*|GO[A-Z]+|NPM_\w+|PIP_\w+|UV_\w+|XDG_\w+|POSIX\w*|BASH\w*|FUNCNEST|OPTIND|OPTERR|EXEC\w*|FCEDIT"
    r"|(?:MAN|GIT_)?PAGER|TMOUT|FUNCNAME|DIRSTACK|MAPFILE|HOSTFILE|INPUTRC|TERMINFO\w*|TERMCAP|LOCPATH|NLSPATH|TZDIR|RES_\w+"
    r"|HTTPS?_PROXY|ALL_PROXY|https?_proxy|all_proxy|OPENSSL\w*|CURL\w*|WGETRC|PYTHON\w*|NODE_PATH|JAVA\w*|_\w*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    verdict: Verdict
    rule: str
    why: str


@dataclass(slots=True, kw_only=True)
class Assessment:
    """What was found in a line so far; the worst of it, and of those the first, decides."""

    findings: list[Finding] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    is_understood: bool = True

    def add(self, verdict: Verdict, rule: str, why: str) -> None:
        self.findings.append(Finding(verdict=verdict, rule=rule, why=why))

    def worst(self) -> Finding:
        if not self.findings:
            return Finding(verdict="ask", rule="empty", why="there is nothing to run")
        return max(self.findings, key=lambda finding: (_SEVERITY[finding.verdict], finding.rule != "program::"))


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
        self._fetched_then_run(script)

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
        for arguments in calls[:_MOST_VARIANTS]:
            words = [
                w for word in command.words for w in (arguments if re.search(r"\$\{?[@*1-9]", word.shown) else (word,))
            ]
            self._danger(command.with_words(tuple(words)))
            self._danger(command.with_words(tuple(arguments)))

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
            self._redirect(redirect, command)
        self._assignments(command)
        if not command.words:
            if command.assignments and not command.redirects:
                self.found.add("safe", "assignment", "it only gives a name to a value")
            return
        argv = tuple(word.shown for word in command.words if word.shown != FED)
        if argv[:1] != (":",) or len(argv) == 1:
            self.found.commands.append(argv)
        self._danger(command)
        if _name(command) in _NETWORK_PIPES and any(_name(feeder) in SHELLS for feeder in command.fed_by):
            self.found.add("danger", "network:shell", "it gives a shell to somebody on the network")
        self._sends_input(command)
        self._secrets(command)
        self._program(command, depth, functions)

    def _sends_input(self, command: Command) -> None:
        """`tar cz . | nc host 80`: what is fed to a program of the network leaves this machine."""
        program = _name(command)
        if program not in _TAKE_INPUT:
            return
        words = [word.text for word in command.words[1:]]
        if program in ("curl", "wget", "http") and not any(re.search(r"@-$|^-$", word) for word in words):
            return
        if program == "openssl" and "s_client" not in words:
            return
        is_fed = any(_name(feeder) not in ("echo", "printf", "yes", "") for feeder in command.fed_by)
        is_script = program in ("sftp", "ftp") and bool(command.redirects)
        is_fed = is_fed or is_script or any(redirect.operator == "<" for redirect in command.redirects)
        if is_fed and not any(re.search(r"localhost|127\.0\.0\.1|::1", word) for word in words):
            self.found.add("danger", "network:upload", f"`{program}` sends what it is given to another machine")

    def _program(self, command: Command, depth: int, functions: frozenset[str]) -> None:
        word = command.words[0]
        if not word.is_known or not word.text:
            self.found.add("ask", "dynamic-program", f"`{word.shown[:60]}` is known to be a program only when it runs")
            for guess in (*word.guesses, *word.texts)[:_MOST_VARIANTS]:
                guessed = [*map(known, guess.split()), *command.words[1:]]
                self._danger(command.with_words(tuple(guessed)))
                if guessed and len(self.found.findings) < 200:
                    self._inner(command.with_words(tuple(guessed)), depth, only_danger=True)
            self._suffixes(command)
            self._needs_scan = True
            return
        path, _, program = word.text.rpartition("/")
        if (path and path not in _SYSTEM_FOLDERS) or (word.text.startswith("/") and not path):
            self.found.add("ask", "program-path", f"`{word.text[:60]}` is not one of the system's own programs")
            self._inner(command, depth, only_danger=True)
            self._suffixes(command)
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
                self._interpreter(command)
            elif program in ("sed", "gsed", "ed", "ex", "git"):
                self._editor_script(command)
            elif asked[0].startswith("unknown-program"):
                self._suffixes(command)
        else:
            self.found.add("safe", f"program:{program}", f"`{program}` only looks")

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
            if any(_is_fetched(script) for script in line.scripts):
                self.found.add("danger", "fetched-and-run", "it runs what it has just fetched or decoded")
            only_danger = True
        for text in (line.texts or (*line.guesses, line.shown))[:_MOST_VARIANTS]:
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
        if any(_name(feeder) in _FETCHERS or _prints_code(feeder) for feeder in (*feeders, *substituted)):
            self.found.add("danger", "fetched-and-run", "it runs what it has just fetched or decoded")
        elif takes_input and feeders and not _is_readable(feeders[-1]):
            self.found.add("danger", "piped-code", "a shell runs what another program prints, which nobody has seen")
        for feeder in feeders[-_MOST_VARIANTS:]:
            if _name(feeder) in ("echo", "printf", "cat"):
                lines = [
                    known(
                        " ".join(word.text for word in feeder.words[1:] if word.text not in ("-n", "-e", "%s", "%s\\n"))
                    )
                ]
                lines += [redirect.target for redirect in feeder.redirects if redirect.operator in ("<<", "<<<")]
                for line in lines:
                    self._nested_line(line, command, depth, only_danger=True)

    def _interpreter(self, command: Command) -> None:
        texts = [text for word in command.words[1:] for text in word.texts or (word.shown,)]
        self._danger(command.with_words(command.words[1:]))
        if "-m" in texts:
            self._danger(command.with_words(command.words[texts.index("-m") + 2 :]))
        texts += [redirect.target.text for redirect in command.redirects if redirect.operator in ("<<", "<<<")]
        for text in texts[:40]:
            if (" " in text or "(" in text or "`" in text) and (
                found := lexical.scan_code(text, command.folder, self._around)
            ):
                self.found.add("danger", *found)
        feeders = (*command.fed_by, *(c for word in command.words for script in word.scripts for c in script.commands))
        is_short = len(command.words) < 3 or (len(command.words) == 3 and bool(command.words[2].scripts))
        if any(_name(feeder) in _FETCHERS for feeder in feeders) and is_short:
            self.found.add("danger", "fetched-and-run", "it runs what it has just fetched or decoded")

    def _editor_script(self, command: Command) -> None:
        """`e` in a script of sed and `!` in one of ed run a command; so does what `git grep -O` opens files with."""
        texts = [text for word in command.words[1:] for text in word.texts or (word.shown,)]
        texts += [redirect.target.text for redirect in command.redirects if redirect.operator in ("<<", "<<<")]
        for text in texts:
            if _name(command) == "git":
                pieces = re.findall(r"^(?:-O|--open-files-in-pager=)(.+)", text)
            else:
                pieces = [p for sign in "/|,#" for p in text.replace("\\" + sign, "\0").split(sign)]
                pieces = [
                    re.sub(r"^(?:-\w*e|--\w+=)?[\d,$~]*\s*[e!]\s*", "", p.replace("\0", "/")) for p in (*pieces, text)
                ]
            for piece in pieces[:60]:
                if " " in piece and (found := lexical.scan(piece, command.folder, self._around)):
                    self.found.add("danger", *found)
                    return

    def _suffixes(self, command: Command) -> None:
        """An unknown program may run the words behind it."""
        for at, word in enumerate(command.words[1:20], start=1):
            if lexical.looks_dangerous(word.text):
                self._danger(command.with_words(command.words[at:]))

    def _danger(self, command: Command) -> None:
        given = _given_text(command) if _name(command) in TAKE_STATEMENTS else []
        for argv in _variants((*command.words, *given)):
            if found := find_danger(argv, command.folder, self._around):
                self.found.add("danger", *found)
                return

    def _secrets(self, command: Command) -> None:
        """Whether it would show what is kept from others."""
        program = _name(command)
        words = command.words[1:]
        if program in ("source", "."):
            return
        passes_on = program in ("echo", "printf") and command.feeds
        passes_on = passes_on or (program == "find" and any(word.text.startswith("-exec") for word in words))
        hides = program in _HIDES_NAMES and not passes_on
        if program in _PATTERN_FIRST:
            skipped = next((at for at, word in enumerate(words) if not word.text.startswith("-")), len(words))
            given = any(re.match(r"-\w*[ef]$|--regexp|--file|--expression", word.text) for word in words)
            words = words if given and program not in ("sed", "awk") else words[:skipped] + words[skipped + 1 :]
            words = tuple(word for word in words if not word.text.startswith("-"))
        if hides or program in _NO_FILES:
            return
        for word in words:
            for text in word.texts or (*word.guesses, word.shown):
                if len(text) == 2 and text[0] == "-":
                    continue
                for path in paths_in(text):
                    if path and is_secret(path, command.folder, self._around, globs=word.globs) and not _is_prose(path):
                        self.found.add(
                            "danger", "secret:read", f"`{program} {word.shown[:60]}` shows what may be a secret"
                        )
                        return

    def _redirect(self, redirect: Redirect, command: Command) -> None:
        target, operator = redirect.target, redirect.operator
        if operator in ("<<", "<<<"):
            return
        if operator in (">&", "<&") and target.is_known and re.fullmatch(r"\d{1,3}-?|-", target.text):
            return
        if operator in (">&-", "<&-"):
            return
        if operator == "<":
            self._reading(target, command)
            return
        texts = target.texts or (target.shown,)
        if target.is_known and target.text in ("/dev/null", "/dev/stdout", "/dev/stderr"):
            return
        if target.scripts and target.shown.startswith(">("):
            return
        self.found.beyond.append(f"{operator} {target.shown}")
        for text in (*texts, *target.guesses):
            if re.match(r"/dev/(?:tcp|udp)/", text):
                self.found.add(
                    "danger", "network:shell", f"`{operator} {text[:60]}` talks to the network through the shell itself"
                )
            elif place := written_place(text, command.folder, self._around):
                self.found.add("danger", *place)
        self.found.add("ask", "redirect:write", f"`{operator} {target.shown[:60]}` writes a file")

    def _reading(self, target: Word, command: Command) -> None:
        texts = target.texts or (target.shown,)
        if target.shown.startswith("<("):
            return
        if any(re.match(r"/dev/(?:tcp|udp)/", text) for text in texts):
            self.found.add(
                "danger", "network:shell", f"`< {texts[0][:60]}` talks to the network through the shell itself"
            )
        elif any(is_secret(text, command.folder, self._around, globs=target.globs) for text in texts):
            self.found.add("danger", "secret:read", f"`< {target.shown[:60]}` reads what may be a secret")
        elif any(is_endless(text, command.folder) for text in texts):
            self.found.add("ask", "redirect:device", f"`< {target.shown[:60]}` reads a device")
        elif not target.texts and not sources_are_known(target, command, self._around):
            self.found.add("ask", "redirect:unknown", f"`< {target.shown[:60]}` reads what is not known")

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
            if _DANGEROUS_VARIABLES.fullmatch(name) and value not in ("", "cat"):
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
            elif is_set_for_command or _ODD_VARIABLES.fullmatch(name):
                self.found.add("ask", "variable", f"`{name}` changes how programs work")

    def _fetched_then_run(self, script: Script) -> None:
        """`curl -o x … && sh x`: a file that was fetched in this very line is run by it."""
        fetched = {
            absolute(text, command.folder)
            for command in script.commands
            if _name(command) in ("curl", "wget", "fetch", "aria2c", "base64", "xxd", "openssl")
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
                self.found.add("danger", "fetched-and-run", "it runs what it has just fetched or decoded")


_ALSO_LOOKS = frozenset(
    ("docker", "podman", "kubectl", "git", "rg", "sort", "tar", "tmux", "npm", "find", "conda", "uv", "poetry", "pipx")
)
"""Programs that sometimes run others and sometimes only look."""
_NETWORK_PIPES = frozenset(("nc", "ncat", "netcat", "telnet", "socat", "openssl"))
_TAKE_INPUT = _NETWORK_PIPES | frozenset(("curl", "wget", "http", "ssh", "sftp", "ftp"))
_NO_FILES = frozenset(
    ("kubectl", "docker", "podman", "npm", "pip", "pip3", "cargo", "go", "gh", "apt", "brew", "man", "help", "history")
)


def _name(command: Command) -> str:
    return command.words[0].text.rpartition("/")[2] if command.words else ""


def _given_text(command: Command) -> list[Word]:
    """What a program gets by its input, as far as it stands in the line."""
    feeders = [feeder for feeder in command.fed_by[-1:] if _name(feeder) in ("echo", "printf", "cat")]
    redirects = (*command.redirects, *(redirect for feeder in feeders for redirect in feeder.redirects))
    texts = [redirect.target for redirect in redirects if redirect.operator in ("<<", "<<<")]
    return [*texts, *(word for feeder in feeders for word in feeder.words[1:])]


def _text_at(command: Command, at: int) -> str:
    return command.words[at].text if at < len(command.words) else ""


def _scripts_of(command: Command) -> Iterator[Script]:
    for word in (*command.words, *(a.value for a in command.assignments), *(r.target for r in command.redirects)):
        yield from word.scripts


def _variants(words: Sequence[Word]) -> list[list[str]]:
    """The command line for each text that its words can have, as many as are worth a look."""
    choices = [word.texts or word.guesses or (word.shown,) for word in words]
    count = min(max(map(len, choices)), _MOST_VARIANTS) if choices else 1
    found = [[texts[min(number, len(texts) - 1)] for texts in choices] for number in range(count)]
    if any(not word.texts and word.guesses for word in words):
        found.append([(word.texts or (word.shown,))[0] for word in words])
    return found


def _is_fetched(script: Script) -> bool:
    return any(_name(command) in _FETCHERS or _prints_code(command) for command in script.commands)


def _is_readable(feeder: Command) -> bool:
    """Whether what it prints stands in the line, or in a file by that name."""
    return not feeder.words or (_name(feeder) in ("echo", "printf", "cat") and all(w.texts for w in feeder.words))


def _prints_code(command: Command) -> bool:
    """It prints what it hides behind escapes."""
    if _name(command) not in ("printf", "echo"):
        return False
    return any(re.search(r"\\(?:x[0-9a-fA-F]|0?[0-7]{2}|u[0-9a-fA-F])", word.shown) for word in command.words[1:])


def _is_prose(path: str) -> bool:
    return " " in path and "/" not in path
