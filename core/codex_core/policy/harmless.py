"""Whether one command only looks and ends by itself: the tables of `programs`, and what a table cannot say."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence

from codex_core.policy import git
from codex_core.policy.places import Surroundings, absolute, is_endless, is_secret, paths_in
from codex_core.policy.programs import FORMS, HELPFUL, SHORT_VERSIONS, SUBCOMMANDS, TOOLS, Form, form_of, words_of
from codex_core.policy.script_texts import why_awk_asks, why_jq_asks, why_sed_asks
from codex_core.policy.secret_names import is_secret_variable
from codex_core.policy.words import Command, Word

Asked = tuple[str, str]
"""The rule's name, and why it is asked."""

_LONGEST_SLEEP_S = 60
_SUBCOMMAND_PROGRAMS = frozenset(key[0] for key in SUBCOMMANDS)


def why_asked(program: str, command: Command, around: Surroundings) -> Asked | None:
    """Return why a command is not known to be harmless; None if it is.

    `program` is the bare name; whether it is really that program has been looked at before.
    """
    words = command.words[1:]
    own = f"program:{program}"
    if len(words) == 1 and words[0].is_known and _tells_version(program, words[0].text):
        return None
    if program not in _SEARCHES and any(
        steers_terminal(text) for word in words for text in word.texts or (word.shown,)
    ):
        return own, "it can print characters that steer the terminal"
    if program in _SPECIAL:
        return _with_rule(own, _SPECIAL[program](words, command, around))
    form = FORMS.get(program)
    if program in _SUBCOMMAND_PROGRAMS:
        for depth in (3, 2, 1):
            key = (program, *(word.text for word in words[:depth] if word.is_known))
            if len(key) == depth + 1 and key in SUBCOMMANDS:
                why = _why_form(SUBCOMMANDS[key], words[depth:], command, around)
                return _with_rule(f"program:{' '.join(key)}", why or _why_kind(key, words[depth:]))
        shown = " ".join((program, *(word.shown for word in words[:1])))
        return f"unknown-program:{program}", f"`{shown[:60]}` is not known to only look"
    if form is None:
        return "unknown-program", f"`{program[:60]}` is not known to only look"
    return _with_rule(own, _why_form(form, words, command, around))


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


def _why_form(form: Form, words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    operands: list[Word] = []
    only_operands = False
    takes_value = False
    pattern_given = False
    for word in words:
        if takes_value:
            takes_value = False
            if word.globs or (word.splits and not word.texts):
                return f"`{word.shown[:40]}` can become several words, options among them"
            continue
        is_input = word.is_known and word.text == "-"
        if only_operands or is_input or not (word.text.startswith("-") or word.may_be_flag):
            operands.append(word)
            continue
        if word.is_known and word.text == "--":
            only_operands = True
            continue
        if form.flags is None:
            pattern_given = pattern_given or word.text.startswith(("-e", "--regexp", "-f", "--file"))
            if not word.text.startswith("-"):
                operands.append(word)
            continue
        if not word.is_known:
            return f"`{word.shown[:40]}` could become an option that cannot be seen here"
        refused, takes_value = _option(form, word.text)
        if refused:
            return f"the option `{word.text[:40]}` is not known to be harmless"
        pattern_given = pattern_given or word.text.startswith(("-e", "--regexp"))
    if len(operands) > form.most_operands or (
        form.most_operands < len(words) and any(word.globs or (word.splits and not word.texts) for word in operands)
    ):
        return "it is given more than it only reads"
    if form.pattern_first and not pattern_given:
        operands = operands[1:]
    why = _why_reads(form.reads, operands, command, around) or _why_values(form, words, command, around)
    if why is None and program_of(command) in _SEARCHES:
        return _why_search(operands, words, command, around)
    return why


def program_of(command: Command) -> str:
    return command.words[0].text.rpartition("/")[2]


def _why_search(operands: Sequence[Word], words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    """A search in all of home, or for files that hold secrets, shows what is in them."""
    for before, word in itertools.pairwise((words[0], *words) if words else ()):
        found = re.match(r"(?:-\w*g|--i?glob[= ]?|--include[= ]?)(.*)", word.text, re.DOTALL)
        globs = [found[1]] if found else []
        globs += [word.text] if re.fullmatch(r"-\w*g|--i?glob|--include", before.text) else []
        if any(is_secret(glob, None, around, globs=True) for glob in globs if not glob.startswith("!")):
            return f"`{word.shown[:40]}` may hold a secret"
    is_recursive = program_of(command) == "rg" or any(re.match(r"-\w*[rR]|--rec|--deref", w.text) for w in words)
    is_piped = program_of(command) == "rg" and bool(command.fed_by) and not operands
    if not is_recursive or is_piped or any(word.text == "--files" for word in words):
        return None
    places = [text for word in operands for text in word.texts] or (["."] if not operands else [])
    for place in places:
        path = absolute(place, command.folder)
        if around.home == path or f"{around.home}/.config" == path or around.home.startswith(path.rstrip("/") + "/"):
            return f"`{place[:40]}` is searched whole, with the secrets that are kept there"
    return None


def _option(form: Form, text: str) -> tuple[bool, bool]:
    """Whether an option is refused, and whether the next word is its value."""
    name, equals, _ = text.partition("=")
    if name in form.long:
        return False, not equals and name in form.long_values
    if text.startswith("--"):
        return True, False
    for at, letter in enumerate(text[1:], start=2):
        if letter in form.values:
            return False, at == len(text)
        if letter not in (form.flags or ""):
            return True, False
    return False, False


def _why_values(form: Form, words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    """Options can name files as well: `--file=.env`, `-f/etc/shadow`."""
    if form.reads == "nothing":
        return None
    for word in words:
        if word.text.startswith("-") and len(word.text) > 2:
            for path in list(paths_in(word.text))[1:]:
                if (
                    path
                    and not path.startswith("-")
                    and is_secret(path, command.folder, around)
                    and "/" in path + word.text[:2]
                ):
                    return f"`{word.shown[:60]}` may hold a secret"
    if form.flags is None:
        for before, word in itertools.pairwise(words):
            if before.text in ("-f", "--file") and is_secret(word.text, command.folder, around):
                return f"`{word.shown[:60]}` may hold a secret"
    return None


def _why_reads(reads: str, operands: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if reads == "nothing":
        return None
    for word in operands:
        if command.words[0].text not in _LOOK_FROM_OUTSIDE and any(
            is_endless(text, command.folder) for text in word.texts or (word.shown,)
        ):
            return f"`{word.shown[:60]}` is a device, and reading it may never end"
        is_filled_in = word.scripts and not word.shown.startswith("<(")
        if (
            reads == "content"
            and (not word.texts or is_filled_in)
            and not sources_are_known(word, command, around, searches=command.words[0].text in _SEARCHES)
        ):
            return f"it shows what is in `{word.shown[:40]}`, and that is not known"
    if (
        reads == "content"
        and command.folder is None
        and any(not word.text.startswith("/") and word.text != "-" for word in operands)
    ):
        return "it is not known in which folder it reads"
    return None


_LISTERS: Mapping[str, re.Pattern[str]] = {
    "pwd": re.compile(r".*"),
    "dirname": re.compile(r".*"),
    "basename": re.compile(r".*"),
    "realpath": re.compile(r".*"),
    "readlink": re.compile(r".*"),
    "which": re.compile(r".*"),
    "command": re.compile(r"-[vV] .*"),
    "date": re.compile(r".*"),
    "hostname": re.compile(r".*"),
    "whoami": re.compile(r".*"),
    "uname": re.compile(r".*"),
    "seq": re.compile(r".*"),
    "head": re.compile(r"-?[-\w ]*"),
    "tail": re.compile(r"-?[-\w ]*"),
    "sort": re.compile(r"(?:-[nruzVfht]+ ?)*"),
    "uniq": re.compile(r"(?:-[cdu]+ ?)*"),
    "wc": re.compile(r".*"),
    "grep": re.compile(r"(?!.*(?:-\w*o|--only|-\w*[rR]))-?.*"),
    "ls": re.compile(r"(?!.*-\w*[aAf]|.*--a).*"),
    "rg": re.compile(
        r"(?!.*(?:-\w*[uo.r]|--hidden|--no-ignore|--only|--replace|--unrestricted))(?=.*(?:-\w*l|--files)).*"
    ),
    "fd": re.compile(r"(?!.*(?:-\w*[HIu]|--hidden|--unrestricted|--no-ignore)).*"),
    "git": re.compile(
        r"(?:ls-files(?! .*(?:-o|--others|-\w*o))|diff (?:.* )?--name-only|grep -\w*l|rev-parse|show .*--name-only).*"
        r"|ls-files"
    ),
    "find": re.compile(r".*", re.DOTALL),
}


_LOOK_FROM_OUTSIDE = frozenset(("ls", "stat", "test", "[", "[[", "readlink", "realpath", "basename", "dirname", "tree"))
"""They do not open what they are given."""

_SEARCHES = frozenset(("grep", "egrep", "fgrep", "rg"))
"""To search in all that is found is no more than to search a whole folder."""


def sources_are_known(word: Word, command: Command, around: Surroundings, *, searches: bool = False) -> bool:
    """Whether what fills in an unknown word can only be names of ordinary files, as far as its makers tell."""
    makers = [maker for script in word.scripts for maker in script.commands]
    return bool(makers) and all(
        _lists_ordinary(maker, command, around, searches=searches, is_own="{}" in word.shown) for maker in makers
    )


def _lists_ordinary(maker: Command, command: Command, around: Surroundings, *, searches: bool, is_own: bool) -> bool:
    """`is_own`: the maker is the `find` that runs the command itself."""
    argv = maker.argv
    if any(redirect.operator in ("<", "<<", "<<<") for redirect in maker.redirects):
        return False
    if not argv:
        return not maker.assignments
    pattern = _LISTERS.get(argv[0])
    if pattern is None or pattern.fullmatch(" ".join(argv[1:])) is None:
        return False
    if argv[0] == "find":
        if not is_own and any(text in ("-exec", "-execdir", "-printf") for text in argv):
            return False
        names = [
            name for flag, name in itertools.pairwise(argv) if re.fullmatch(r"-i?(?:name|path|wholename|regex)", flag)
        ]
        if not all(_finds_ordinary(name) for name in names) or not (names or searches):
            return False
    for part in maker.words[1:]:
        if any(is_secret(text, command.folder, around, globs=part.globs) for text in part.texts or (part.shown,)):
            return False
        if part.globs and re.search(r"(?:^|/)[.\[]", part.text):
            return False
        if part.scripts and not part.texts and not sources_are_known(part, command, around):
            return False
    return True


def _finds_ordinary(pattern: str) -> bool:
    return re.fullmatch(r"[\w*?.-]*\.\w+|[\w-]+[\w.-]*", pattern) is not None and not re.search(
        r"env$|\.(?:pem|key|p12|pfx|kdbx|gpg|asc)$|id_|netrc|history|secret|credential|shadow|^\.", pattern
    )


_STEERS = re.compile(
    r"(?i)\\(?:0?33(?!\d)|0?0?7(?![\d;])|x0?(?:1b|9[bd])|e(?=[\[\]()PX^_#c=>78])|u\{?0*(?:1b|9[bd])\b|o0?33|d0?27|c\[)|%x?(?:1b|9[bd])"
)


def steers_terminal(text: str) -> bool:
    """Whether some program may make an escape character of it, the beginning of what steers a terminal."""
    return ("\\" in text or "%" in text) and _STEERS.search(text) is not None


# What a table cannot say.


def _echo(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    interprets = any(re.fullmatch(r"-[neE]*e[neE]*", word.text) for word in words[:2])
    if interprets and any(_steers_terminal(text) for word in words for text in word.texts or (word.shown,)):
        return "it prints characters that steer the terminal"
    return None


def _printf(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if not words:
        return None
    if not words[0].is_known or (words[0].text.startswith("-") and words[0].text != "--"):
        return "the form of what it prints is not known"
    if re.search(r"%[^%\s]*n", re.sub(r"%[-+ #0]*\d*(?:\.\d+)?[sdiouxXeEfgGcqb%]", "", words[0].text)):
        return "it gives a variable a value"
    if any(_steers_terminal(text) for word in words for text in word.texts or (word.shown,)):
        return "it prints characters that steer the terminal"
    return None


def _steers_terminal(text: str) -> bool:
    return re.search(r"\\(?:[0-7xeEuUc]|a|b|r|v|f)", text) is not None


def _sed(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    scripts: list[Word] = []
    files: list[Word] = []
    at = 0
    only_files = False
    while at < len(words):
        word = words[at]
        text = word.text
        at += 1
        if not only_files and text.startswith("-") and len(text) > 1:
            if not word.is_known:
                return "an option of it cannot be seen here"
            if text == "--":
                only_files = True
            elif re.fullmatch(r"-[nErsuz]*e|--expression", text):
                scripts.extend(words[at : at + 1])
                at += 1
            elif found := re.fullmatch(r"(?:-[nErsuz]*e|--expression=)(.+)", text, re.DOTALL):
                scripts.append(Word(shown=found[1], texts=(found[1],)))
            elif not re.fullmatch(
                r"-[nErsuz]+|--(?:quiet|silent|regexp-extended|separate|null-data|sandbox|posix|debug)", text
            ):
                return f"the option `{text[:40]}` is not known to be harmless"
        else:
            if not only_files and word.may_be_flag:
                return f"`{word.shown[:40]}` could become an option that cannot be seen here"
            files.append(word)
    if not scripts:
        scripts, files = files[:1], files[1:]
    for script in scripts:
        if script.globs or len(script.texts) != 1:
            return "what sed shall do is not known"
        if why := why_sed_asks(script.text):
            return why
    return _why_reads("content", files, command, around)


def _awk(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    at = 0
    while at < len(words) and words[at].text.startswith("-"):
        word = words[at]
        if not word.is_known:
            return "an option of it cannot be seen here"
        at += 1
        if word.text == "--":
            break
        if re.fullmatch(r"-F.*|--field-separator(?:=.*)?", word.text, re.DOTALL):
            if word.text in ("-F", "--field-separator"):
                if not words[at : at + 1] or not words[at].is_known:
                    return "an option of it cannot be seen here"
                at += 1
        elif word.text == "-v":
            if not words[at : at + 1] or words[at].globs or (words[at].splits and not words[at].texts):
                return "an option of it cannot be seen here"
            at += 1
        elif not re.fullmatch(r"-v\w+=.*", word.text, re.DOTALL):
            return f"the option `{word.text[:40]}` is not known to be harmless"
    program = words[at] if at < len(words) else None
    if program is None or not program.is_known:
        return "what awk shall do is not known"
    files = words[at + 1 :]
    # gawk takes options behind its program as files, mawk and busybox do as well.
    return why_awk_asks(program.text) or _why_reads("content", files, command, around)


def _jq(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    plain: list[Word] = []
    at = 0
    while at < len(words):
        text = words[at].text
        if text in ("--arg", "--argjson"):
            if any(w.may_be_flag and not w.is_known and w.splits for w in words[at + 1 : at + 3]):
                return "an option of it cannot be seen here"
            at += 3
            continue
        if text == "--indent":
            at += 2
            continue
        plain.append(words[at])
        at += 1
    for word in plain:
        if not word.text.startswith("-"):
            if not word.is_known:
                return "what jq shall do is not known"
            if why := why_jq_asks(word.text):
                return why
            break
    return _why_form(FORMS["jq"], plain, command, around)


_FIND_ALONE = frozenset(
    words_of(
        "-print -print0 -ls -empty -mount -xdev -depth -daystart -follow -noleaf -true -false -prune -quit -o -or "
        "-a -and -not ! ( ) , -readable -writable -executable -nouser -nogroup -H -L -P -warn -nowarn "
        "-ignore_readdir_race"
    )
)
_FIND_VALUED = frozenset(
    words_of(
        "-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -xtype -maxdepth -mindepth "
        "-size -mtime -atime -ctime -mmin -amin -cmin -newer -anewer -cnewer -user -group -uid -gid -perm -links -inum "
        "-samefile -fstype -lname -ilname -used -printf -context -newermt -newerat -newerct -newerma -newermm"
    )
)


def _find(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    at = 0
    in_expression = False
    while at < len(words):
        word = words[at]
        text = word.text
        at += 1
        if word.may_be_flag and not word.is_known:
            return f"`{word.shown[:40]}` could become an option that cannot be seen here"
        if word.splits:
            return f"`{word.shown[:40]}` can become several words"
        if text in ("-exec", "-execdir"):  # the command itself is looked at on its own
            while (
                at < len(words) and words[at].text != ";" and not (words[at].text == "+" and words[at - 1].text == "{}")
            ):
                at += 1
            if at >= len(words):
                return "it is not clear what it runs"
            at += 1
            in_expression = True
        elif text in _FIND_VALUED:
            if at >= len(words) or words[at].globs or (words[at].splits and not words[at].texts):
                return f"`{words[at].shown[:40] if at < len(words) else text}` can become several words"
            if text == "-printf" and _steers_terminal(words[at].text):
                return "it prints characters that steer the terminal"
            at += 1
            in_expression = True
        elif text in _FIND_ALONE:
            in_expression = in_expression or text not in ("-H", "-L", "-P")
        elif (text.startswith("-") or in_expression) and not re.fullmatch(r"-O[0-3]", text):
            return f"`find {text[:40]}` is not known to only look"
    return None


def _git(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    folder = git.folder_of(command.words, command.folder)
    inside = folder is not None and folder.is_relative_to(around.workspace)
    if why := git.why_asked(command.words, command.folder):
        return why
    if not inside and any(word.text not in ("--version", "--help") for word in words):
        return "git runs what a repository elsewhere tells it to"
    for word in words:
        for text in word.texts or (word.shown,):
            if not text.startswith("-") and any(
                is_secret(path, command.folder, around) and ("/" in path or "." in path or path.startswith("id_"))
                for path in paths_in(text)
            ):
                return f"`{text[:60]}` may hold a secret"
    return None


def _tar(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    texts = [word.text for word in words]
    if any(not word.is_known for word in words):
        return "an option of it cannot be seen here"
    first, rest = (texts[0] if texts else ""), texts[1:]
    listing = re.fullmatch(r"-?[tvfzjJR]+", first) and "t" in first and first.rstrip("f") != first
    if listing and not any(text.startswith(("-", "/dev/")) or ":" in text for text in rest):
        return None
    if first in ("--list", "-t") and all(
        re.fullmatch(r"-[vzjf]+|--verbose|--file(?:=[^:]*)?|[^-][^:]*", t) for t in rest
    ):
        return None
    return "`tar` writes files, or runs programs"


def _date(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    words = [word for word in words if not re.fullmatch(r"-I(?:date|hours|minutes|seconds|ns)", word.text)]
    why = _why_form(FORMS["date"], words, command, around)
    if why:
        return why
    takes_value = False
    for word in words:
        if takes_value or word.text.startswith("-"):
            takes_value = not takes_value and word.text in ("-d", "-r", "--date", "--reference")
            continue
        if not word.text.startswith("+") or word.splits:
            return "it would set the clock"
    return None


def _seq(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    steps = [word.text for word in words if not word.text.startswith("-w")]
    ok = not (len(steps) > 2 and re.fullmatch(r"-?0+(?:\.0+)?", steps[1])) and all(
        re.fullmatch(r"-?\d{1,7}(?:\.\d+)?|-w|-s[ ,;:]?|[ ,;:]|\\\\n", text)
        for w in words
        for text in w.texts or ("?",)
    )
    return None if ok else "it may never end"


def _sleep(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    seconds = (
        re.fullmatch(r"(\d{0,3}(?:\.\d{1,6})?)s?", words[0].text) if len(words) == 1 and words[0].is_known else None
    )
    is_short = seconds is not None and seconds[1] != "" and float(seconds[1]) <= _LONGEST_SLEEP_S
    return None if is_short else "it waits for long"


def _ps(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    for word in words:
        if not word.texts:
            return "an option of it cannot be seen here"
        if (
            re.fullmatch(r"[A-Za-z]+", word.text)
            and "e" in word.text
            and not re.search(r"pid|comm|user|time|mem|args|stat|rss", word.text)
        ):
            return "it shows the variables of programs, secrets among them"
        if "environ" in word.text:
            return "it shows the variables of programs, secrets among them"
    return _why_form(FORMS["ps"], words, command, around)


def _lsof(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if any(word.text.startswith("+") or not word.texts for word in words):
        return "it may never end"
    return _why_form(FORMS["lsof"], words, command, around)


def _unzip(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if not words or not re.fullmatch(r"-[q1]*[lvZt][lvZtq1]*", words[0].text):
        return "it writes files"
    return _why_form(FORMS["unzip"], words, command, around)


def _test(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    is_keyword = command.words[0].text == "[["
    for before, word in zip([None, *words], words, strict=False):
        if before is not None and before.text in ("-v", "-R") and re.fullmatch(r"\w+", word.text) is None:
            return "it calculates with what it does not know"
        if is_keyword and re.fullmatch(r"-(?:eq|ne|lt|le|gt|ge)", word.text):
            at = words.index(word)
            sides = (*words[max(0, at - 1) : at], *words[at + 1 : at + 2])
            if not all(re.fullmatch(r"-?\d+", text) for side in sides for text in side.texts or ("?",)):
                return "it calculates with what it does not know"
        if any(text in ("-v", "-R") for text in word.texts) and word.text == "-v" and len(words) < 2:
            return "it calculates with what it does not know"
    if (
        not is_keyword
        and any(not word.is_known and word.splits for word in words)
        and any(w.text in ("-v", "-R") for w in words)
    ):
        return "it calculates with what it does not know"
    return None


def _read(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    takes_value = False
    for word in words:
        if takes_value:
            takes_value = False
        elif re.fullmatch(r"-[rs]*[dnNpu]", word.text):
            takes_value = True
        elif re.fullmatch(r"-[rs]+", word.text):
            continue
        elif not word.is_known or not re.fullmatch(r"[a-z][a-z0-9_]*|[A-Z]|REPLY|LINE|FILE|NAME|FILENAME", word.text):
            return f"it gives `{word.shown[:40]}` a value that is not known"
    return None


def _cd(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    return None


def _tee(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if all(word.is_known and word.text in ("/dev/null", "/dev/stderr", "/dev/stdout", "-a") for word in words):
        return None
    return "it writes a file"


def _command_lookup(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if words and words[0].is_known and words[0].text in ("-v", "-V", "-pv"):
        return None
    return "it runs a command"


def _printenv(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if not words or not all(word.is_known and re.fullmatch(r"[A-Za-z_]\w*", word.text) for word in words):
        return "it shows all variables, secrets among them"
    if any(is_secret_variable(word.text) for word in words):
        return "it may show a secret"
    return None


def _set(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    text = " ".join(word.text for word in words)
    if all(word.is_known for word in words) and re.fullmatch(
        r"(?:(?:[-+][euxvf]*o (?:pipefail|errexit|nounset|xtrace)|[-+][euxvf]+)(?: |$))+", text
    ):
        return None
    return "it shows or changes variables, or how the shell reads the line"


def _mapfile(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    names = [word for word in words if not word.text.startswith("-")]
    if not all(word.is_known and re.fullmatch(r"[a-z]\w*", word.text) for word in names[-1:]):
        return "it gives a variable a value that is not known"
    return _why_form(FORMS["mapfile"], words, command, around)


def _decompress(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    flags = [word.text for word in words if word.text.startswith("-") and word.text != "-"]
    if any(word.may_be_flag and not word.is_known for word in words):
        return "an option of it cannot be seen here"
    if not all(
        re.fullmatch(r"-[cdklqtvfn]+|--(?:stdout|to-stdout|decompress|uncompress|list|test|quiet|verbose|keep)", flag)
        for flag in flags
    ):
        return "an option of it is not known to be harmless"
    short = "".join(flag[1:] for flag in flags if not flag.startswith("--"))
    shows = bool(set(short) & set("clt")) or bool({"--stdout", "--to-stdout", "--list", "--test"} & set(flags))
    if not shows:
        return "it writes a file and removes the old one"
    return _why_reads("content", [word for word in words if word.text not in flags], command, around)


def _binary(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if any(text.startswith("@") for word in words for text in word.texts or ("@",)):
        return "it takes further options from a file"
    return _why_form(FORMS[command.words[0].text.rpartition("/")[2]], words, command, around)


def _xmllint(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if any("://" in text for word in words for text in word.texts or ("://",)):
        return "it may reach the network"
    return _why_form(FORMS["xmllint"], words, command, around)


def _bat(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    plain = [word for word in words if word.text != "--paging=never"]
    if len(plain) == len(words) and not any(re.fullmatch(r"-\w*P\w*|-\w*pp\w*", word.text) for word in words):
        return "it may show its output in a pager"
    return _why_form(FORMS["bat"], plain, command, around)


def _top(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    text = " ".join(word.text for word in words)
    if all(word.is_known for word in words) and re.fullmatch(
        r"(?=.*-\w*b)(?=.*-\w*n ?1?\d?(?: |$))(?:-[bcHiSwE]*n? ?|\d{1,2} ?|-o ?[%+\w]+ ?|-[pu] ?\w+ ?)+", text
    ):
        return None
    return "it never ends by itself"


def _journalctl(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if not any(word.text == "--no-pager" for word in words):
        return "it shows its output in a pager"
    return _why_form(_JOURNAL, words, command, around)


_JOURNAL = form_of(
    "bkrxqe",
    "nupSUtog",
    "--no-pager --reverse --quiet --dmesg --boot --utc --no-hostname --no-tail",
    "--lines --unit --priority --since --until --identifier --output --grep --user-unit",
    reads="nothing",
)


def _yq(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    operands = [word for word in words if not word.text.startswith("-")]
    if any(not word.is_known for word in (*words[:1], *operands[:1])) or any(
        word.may_be_flag and not word.is_known for word in words
    ):
        return "what yq shall do is not known"
    if not all(
        re.fullmatch(r"-[rjPCMeN]+|-(?:o|p)=?\w+|--(?:output|input)-format=\w+|--no-colors|--colors", w.text)
        for w in words
        if w not in operands
    ):
        return "an option of it is not known to be harmless"
    expressions = operands[1:2] if operands and operands[0].text in ("e", "eval") else operands[:1]
    if not expressions or re.search(r"load|str|split_doc|system|\bdocument\b", expressions[0].text):
        return "yq can read other files and variables, and this program may do so"
    files = [word for word in operands if word not in expressions and word.text not in ("e", "eval")]
    return why_jq_asks(expressions[0].text) or _why_reads("content", files, command, around)


def _bc(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    given = [r.target for r in command.redirects if r.operator in ("<<<", "<<")]
    given += [
        word
        for feeder in command.fed_by[-1:]
        for word in feeder.words[1:]
        if feeder.words[0].text in ("echo", "printf")
    ]
    if (
        all(re.fullmatch(r"-[lqs]+", word.text) for word in words)
        and given
        and not any(
            re.search(r"while|for|define|read|!|\d{5}", text) for word in given for text in word.texts or ("read",)
        )
    ):
        return None
    return "it may never end"


def _export(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    """The names and values have been looked at as assignments."""
    if command.words[0].text in ("export", "local", "readonly", "declare", "typeset") and command.assignments:
        flags = [word for word in words if word.text.startswith("-")]
        plain = [word for word in words if not word.text.startswith("-")]
        if len(plain) == len(command.assignments) and all(re.fullmatch(r"-[rxg]+", word.text) for word in flags):
            return None
    return "it shows or changes variables"


_SPECIAL: Mapping[str, Callable[[Sequence[Word], Command, Surroundings], str | None]] = {
    "echo": _echo,
    "printf": _printf,
    "sed": _sed,
    "awk": _awk,
    "gawk": _awk,
    "mawk": _awk,
    "jq": _jq,
    "find": _find,
    "git": _git,
    "tar": _tar,
    "date": _date,
    "seq": _seq,
    "sleep": _sleep,
    "ps": _ps,
    "lsof": _lsof,
    "unzip": _unzip,
    "test": _test,
    "[": _test,
    "[[": _test,
    "read": _read,
    "cd": _cd,
    "tee": _tee,
    "command": _command_lookup,
    "xmllint": _xmllint,
    "printenv": _printenv,
    "set": _set,
    "mapfile": _mapfile,
    "readarray": _mapfile,
    **dict.fromkeys(("gzip", "gunzip", "bzip2", "bunzip2", "xz", "unxz", "zstd", "unzstd"), _decompress),
    "top": _top,
    "journalctl": _journalctl,
    "yq": _yq,
    "bc": _bc,
    **dict.fromkeys(("nm", "size", "readelf", "objdump", "strings"), _binary),
    **dict.fromkeys(("bat", "batcat"), _bat),
    "export": _export,
    "local": _export,
    "readonly": _export,
    "declare": _export,
    "typeset": _export,
}
