"""Which single commands destroy what cannot be brought back, or reach for root, secrets, persistence or accounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from codex_core.policy import git
from codex_core.policy.danger_tables import PERSISTENT, PHRASES, ROOT, SYSTEM
from codex_core.policy.places import (
    Surroundings,
    absolute,
    is_inside,
    is_secret,
    is_wide,
    paths_in,
    written_place,
)

Found = tuple[str, str]
"""The rule's name, and a sentence for the user."""

TAKE_STATEMENTS = frozenset(
    (
        *(
            "psql",
            "mysql",
            "mariadb",
            "sqlite3",
            "mongo",
            "mongosh",
            "cqlsh",
            "clickhouse-client",
            "duckdb",
            "bq",
            "sqlcmd",
        ),
        *("redis-cli", "litecli", "pgcli", "mycli"),
    )
)
"""Programs that take statements for a database, as arguments or by their input."""
_UNKNOWN = re.compile(r"[$`…]|<\(|\{\}")


def find_danger(argv: Sequence[str], folder: Path | None, around: Surroundings) -> Found | None:
    """Look at one command: its words as they would be, expansions that are not known as they were written."""
    if not argv:
        return None
    program = argv[0].rpartition("/")[2].lower().removesuffix(".exe")
    if program in ROOT:
        return f"root:{program}", f"`{program}` acts with the rights of another user"
    if program in SYSTEM or program.startswith("mkfs."):
        return f"system:{program}", f"`{program}` changes the machine itself"
    if program in PERSISTENT:
        return f"persistence:{program}", f"`{program}` makes something run later, out of sight"
    if phrase := _phrase(program, argv):
        return phrase
    rule = _RULES.get(program)
    if rule is not None and (found := rule(_Call(program, argv[1:], folder, around))):
        return found
    if program in _WRITERS and (found := _writes(program, argv[1:], folder, around)):
        return found
    if program in _SENDERS and (found := _sends(program, argv[1:], folder, around)):
        return found
    return None


def is_always_danger(program: str) -> bool:
    return program in ROOT or program in SYSTEM or program in PERSISTENT or program.startswith("mkfs.")


class _Call:
    """A call, with the questions that rules ask of it."""

    def __init__(self, program: str, words: Sequence[str], folder: Path | None, around: Surroundings) -> None:
        self.program = program
        self.words = words
        self.folder = folder
        self.around = around
        end = words.index("--") if "--" in words else len(words)
        self.flags = "".join(word[1:] for word in words[:end] if re.match(r"-[A-Za-z]", word))
        self.operands = [w for w in words[:end] if not w.startswith("-") or w == "-"] + list(words[end + 1 :])

    def has(self, *names: str) -> bool:
        """Whether a long option is given, maybe shortened as GNU programs allow."""
        return any(
            word.startswith("--") and len(word) > 2 and name.startswith(word.partition("=")[0])
            for word in self.words
            for name in names
        )

    def wide(self) -> str:
        return next((path for path in self.operands if is_wide(path, self.folder, self.around)), "")

    def outside(self) -> str:
        """The first operand that lies outside of what may be written, as far as it is known."""
        for path in self.operands:
            whole = absolute(path, self.folder)
            if whole.startswith(("/", "..", "~")) and not is_inside(whole, self.around):
                return path
        return ""

    def unknown(self) -> str:
        return next((path for path in self.operands if _UNKNOWN.search(path)), "")


def _rm(call: _Call) -> Found | None:
    if call.has("--no-preserve-root"):
        return "rm:root", "`rm --no-preserve-root` removes the whole system"
    recursive = bool(set(call.flags) & set("rR")) or call.has("--recursive")
    if recursive:
        if path := call.wide():
            return "rm:wide", f"`rm -r {path}` removes all of a place that cannot be brought back"
        if path := call.unknown():
            return "rm:unknown", f"`rm -r {path}` removes whatever that turns out to be"
        if path := call.outside():
            return "rm:outside", f"`rm -r {path}` removes what is outside the workspace"
        if not call.operands:
            return "rm:fed", "`rm -r` removes whatever it is given"
    if any(path in ("…", "{}") for path in call.operands):
        return "rm:fed", "`rm` removes whatever it is given"
    if path := next((p for p in call.operands if re.match(r"[$`]", p)), ""):
        return "rm:unknown", f"`rm {path}` removes whatever that turns out to be"
    bare = [path for path in call.operands if re.fullmatch(r"(?:\.{0,2}/)*\.?\*(?:\.\*)?", path)]
    if bare or call.wide():
        return "rm:wide", f"`rm {bare[0] if bare else call.wide()}` removes everything there"
    if path := call.outside():
        return "rm:outside", f"`rm {path}` removes what is outside the workspace"
    return _writes(call.program, call.words, call.folder, call.around)


def _recursive_mode(call: _Call) -> Found | None:
    recursive = "R" in call.flags or call.has("--recursive")
    if recursive and (path := call.wide() or call.unknown() or call.outside()):
        return f"{call.program}:wide", f"`{call.program} -R {path}` changes the rights of a whole place"
    if call.program == "chmod":
        mode = next(iter(call.operands), "")
        if re.fullmatch(r"0?[2-7][0-7]{3}|[ugoa]*[+=][rwxXt]*s[rwxXst]*|.*,[ugoa]*\+\w*s.*", mode):
            return "chmod:setuid", f"`chmod {mode}` lets others act with the owner's rights"
        if re.search(r"777|666|[ao]*\+\w*w|a\+rwx|^\+rwx", mode) and (call.wide() or call.outside()):
            return "chmod:wide", f"`chmod {mode}` opens a place to everybody"
    if path := call.outside():
        return f"{call.program}:outside", f"`{call.program}` changes {path}, which is outside the workspace"
    return _writes(call.program, call.words, call.folder, call.around)


def _find(call: _Call) -> Found | None:
    for at, word in enumerate(call.words):
        if word == "-delete":
            return "find:delete", "`find -delete` deletes all that it finds"
        if word in ("-fprint", "-fprint0", "-fls", "-fprintf"):
            target = call.words[at + 1] if at + 1 < len(call.words) else ""
            if place := written_place(target, call.folder, call.around):
                return place
        if word in ("-exec", "-execdir", "-ok", "-okdir"):
            program = call.words[at + 1].rpartition("/")[2] if at + 1 < len(call.words) else ""
            if program in ("rm", "shred", "unlink", "rmdir", "srm"):
                return "find:rm", f"`find {word} {program}` deletes all that it finds"
            if (
                program in ("chmod", "chown", "chgrp")
                and (path := next((p for p in call.words[:at] if not p.startswith("-")), "."))
                and is_wide(path, call.folder, call.around)
                and path not in (".", "./")
            ):
                return "find:rights", f"`find {word} {program}` changes the rights of a whole place"
    return None


def _fd(call: _Call) -> Found | None:
    for at, word in enumerate(call.words):
        program = call.words[at + 1].rpartition("/")[2] if at + 1 < len(call.words) else ""
        if word in ("-x", "-X", "--exec", "--exec-batch") and program in ("rm", "shred", "unlink"):
            return "find:rm", f"`{call.program} {word} {program}` deletes all that it finds"
    return None


def _dd(call: _Call) -> Found | None:
    for word in call.words:
        if word.startswith("of="):
            if word.startswith("of=/dev/") and word not in ("of=/dev/null", "of=/dev/stdout"):
                return "dd:device", f"`dd {word}` overwrites a device"
            if place := written_place(word[3:], call.folder, call.around):
                return place
        if re.match(r"if=/dev/(?:sd|nvme|vd|xvd|hd|mapper|disk|mem|mmcblk)", word):
            return "secret:dd", f"`dd {word}` reads a whole disk"
        if word.startswith("if=") and is_secret(word[3:], call.folder, call.around):
            return "secret:dd", f"`dd {word}` reads a secret"
    return None


def _kill(call: _Call) -> Found | None:
    if any(re.fullmatch(r"-1", word) for word in call.words[1:]) or list(call.words) == ["-1"]:
        return "kill:all", "`kill -1` ends every process of the user"
    if any(word in ("1", "$PPID", "$$", "0") for word in call.operands[0:]):
        return "kill:parent", "it ends a process that others depend on"
    if any(word == "…" or re.search(r"\b(?:pgrep|pidof|ps)\b", word) for word in call.operands):
        return "kill:many", "it ends every process that is found, not only its own"
    return None


def _killall(call: _Call) -> Found | None:
    return f"kill:{call.program}", f"`{call.program}` ends every process of that name, not only its own"


def _pkill(call: _Call) -> Found | None:
    if call.words[:1] == ["-0"] or call.has("--help", "--version"):
        return None
    return "kill:pkill", "`pkill` ends every process that matches, not only its own"


def _init(call: _Call) -> Found | None:
    return (
        ("system:init", f"`{call.program} {call.words[0]}` stops the machine")
        if call.words[:1] and re.fullmatch(r"[0-6sS]", call.words[0])
        else None
    )


def _mv(call: _Call) -> Found | None:
    if call.operands[-1:] == ["/dev/null"]:
        return "mv:null", "`mv … /dev/null` destroys what it moves"
    if path := next((p for p in call.operands[:-1] or call.operands if is_wide(p, call.folder, call.around)), ""):
        return "mv:wide", f"`mv {path}` moves all of a place away"
    target = next(
        (
            p
            for p in call.operands[:-1]
            if (w := absolute(p, call.folder)).startswith(("/", "..", "~")) and not is_inside(w, call.around)
        ),
        "",
    )
    if target:
        return "mv:outside", f"`mv {target}` removes what is outside the workspace"
    return None


def _curl(call: _Call) -> Found | None:
    for at, word in enumerate(call.words):
        following = call.words[at + 1] if at + 1 < len(call.words) else ""
        target = ""
        if word in (
            "-o",
            "-O",
            "--output",
            "--output-document",
            "--output-dir",
            "-P",
            "-D",
            "--dump-header",
            "-c",
            "-a",
        ):
            target = following
        elif re.match(r"-[a-zA-Z]*[oOP](?=[/~.])", word):
            target = re.sub(r"^-[a-zA-Z]*?[oOP](?=[/~.])", "", word)
        elif word.startswith(("--output=", "--output-document=")):
            target = word.partition("=")[2]
        if target and (place := written_place(target, call.folder, call.around)):
            return place
    return _uploads(call)


_THIS_MACHINE = re.compile(
    r"(?:https?://)?(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|host\.docker\.internal)(?:[:/].*)?"
)


def _uploads(call: _Call) -> Found | None:
    """Whether curl or wget send a file away, or delete something there."""
    if any(_THIS_MACHINE.fullmatch(word) for word in call.words):
        return None
    text = " ".join(call.words)
    if re.search(
        r"(?:^|\s)(?:-[a-zA-Z]*T|--upload-f\S*|--post-f\S*|--body-f\S*)"
        r"|(?:^|\s)(?:-[a-zA-Z]*[dF]|--data\S*|--form\S*|--json)[ =]?\S{0,80}@",
        text,
    ):
        return "network:upload", f"`{call.program}` sends a file to another machine"
    if re.search(r"(?:-X|--request|--method)[ =]?(?i:delete)\b", text):
        return "network:delete", f"`{call.program} -X DELETE` deletes something on another machine"
    if re.search(r"(?:\$\(|`|\|)\s*(?:env|printenv|cat|base64|history|head|tail|xxd|tar|gzip|set|declare)\b", text):
        return "network:upload", f"`{call.program}` sends what is on this machine to another one"
    return None


def _remote_copy(call: _Call) -> Found | None:
    if call.program == "rsync" and (found := _rsync(call)):
        return found
    if len(call.operands) > 1 and re.match(r"(?:[\w.-]+@)?[\w.-]+:(?!\\)|(?:scp|sftp|rsync)://", call.operands[-1]):
        return "network:upload", f"`{call.program}` sends files to another machine"
    return None


def _truncate(call: _Call) -> Found | None:
    if re.search(r"-s\s*=?0|--size=0|-s 0", " ".join(call.words)):
        return "truncate:empty", "`truncate -s 0` empties a file"
    return None


def _history(call: _Call) -> Found | None:
    if set(call.flags) & set("cdw"):
        return "history:clear", "`history` with this option removes or overwrites the history of the shell"
    return None


def _tar(call: _Call) -> Found | None:
    text = " ".join(call.words)
    if "P" in call.flags or re.fullmatch(r"[A-Za-z]*P[A-Za-z]*", next(iter(call.words), "")):
        return "tar:outside", "`tar -P` writes wherever the archive says"
    if "--remove-files" in text:
        return "tar:remove", "`tar --remove-files` deletes what it has packed"
    if re.search(r"(?:^|\s)(?:-P|--absolute-names)|(?:-C|--directory)[ =]?/(?:\s|$|etc|usr|bin|root)", text):
        return "tar:outside", "`tar` writes outside the workspace"
    if re.search(
        r"--(?:checkpoint-action=exec|to-command|use-compress-program|info-script|new-volume-script|rsh-command)", text
    ):
        return "tar:runs", "`tar` runs another program with this option"
    return None


def _rsync(call: _Call) -> Found | None:
    if call.has(
        "--delete", "--delete-after", "--delete-before", "--delete-during", "--delete-excluded", "--remove-source-files"
    ):
        return "rsync:delete", "`rsync --delete` deletes what is not at the source"
    return None


def _nc(call: _Call) -> Found | None:
    text = " ".join(call.words)
    if (
        set(call.flags) & set("ec")
        or call.has("--exec", "--sh-exec", "--lua-exec")
        or re.search(r"(?i)exec:|system:", text)
    ):
        return "network:shell", f"`{call.program}` gives a shell to somebody on the network"
    return None


def _docker(call: _Call) -> Found | None:
    text = " ".join(call.words)
    if re.search(r"\b(?:system|volume|image|container|network|builder) prune\b", text):
        return "docker:prune", "`docker prune` deletes images, volumes or containers"
    if re.search(
        r"(?:^|\s)(?:volume (?:rm|remove)|rmi?\s.*-[a-z]*f|rm\s.*-[a-z]*v|compose .*down.*(?:-v|--volumes|--rmi)"
        r"|down.*(?:-v|--volumes)|(?:kill|stop|rm)\b.*(?:\$|`|…)|system reset)",
        text,
    ):
        return "docker:remove", "`docker` deletes data with this"
    if re.search(
        r"--privileged|--pid[= ]host|--net(?:work)?[= ]host.*--cap-add|--cap-add|docker\.sock"
        r"|(?:-v|--volume)[= ]?/(?:etc|root|home|usr|var|proc|sys|boot)?[:/]|source=/(?:,|etc|root)"
        r"|--device|--userns[= ]host",
        text,
    ):
        return "docker:host", "`docker` reaches out of the container into the machine with this"
    if re.search(r"(?:^|\s)push\b|(?:^|\s)login\b", text):
        return "publish:docker", "`docker push` and `login` reach the user's account"
    return None


def _sql(call: _Call) -> Found | None:
    text = " ".join(call.words)
    if re.search(
        r"(?i)\bdrop\s+(?:database|keyspace|table|schema|user|role|view|index|owned)|\btruncate\s+(?:table\s+)?\w|\bdelete\s+from\s+[\w.\"`]+\s*(?:;|$|[\"'])|\bdropdatabase\b|\.drop\(|flushall|flushdb|deletemany\(\s*\{\s*\}",
        text,
    ):
        return "database:drop", f"`{call.program}` deletes data of a database for good"
    if re.search(
        r"(?i)\\!|\.shell|\.system|copy\s.*\s(?:to|from)\s+program|into\s+(?:outfile|dumpfile)|load_extension|pg_read_file|\bsystem\b",
        text,
    ):
        return "database:runs", f"`{call.program}` runs a program with this"
    return None


def _ln(call: _Call) -> Found | None:
    if len(call.operands) > 1 and (place := written_place(call.operands[-1], call.folder, call.around)):
        return place
    return None


def _git(call: _Call) -> Found | None:
    if found := git.danger((call.program, *call.words)):
        return found
    is_clone = list(call.words[:1]) == ["clone"]
    if is_clone and any(re.search(r"^ext::|--upload-pack|^-u$|--config|^-c$", word) for word in call.words):
        return "git:runs", "`git clone` runs a program with this"
    return None


@cache
def _compiled(program: str) -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """Only what is used is compiled: all of it would cost the first line that is judged."""
    return tuple(
        (re.compile(rf"(?:{pattern})(?:\s.*)?", re.DOTALL), rule, does)
        for pattern, rule, does in PHRASES.get(program, ())
    )


def _phrase(program: str, argv: Sequence[str]) -> Found | None:
    text = " ".join(argv[1:])[:2_000]
    for pattern, rule, does in _compiled(program):
        if pattern.fullmatch(text):
            return rule, f"`{program} {text[:60]}` {does}"
    return None


_WRITERS = frozenset(
    (
        *("cp", "mv", "ln", "install", "tee", "touch", "truncate", "rsync", "ed", "ex", "patch", "sponge", "unlink"),
        *("mkdir", "rmdir", "link", "mkfifo", "mknod", "scp", "sed", "perl", "vi", "vim", "nano", "emacs", "split"),
        *("csplit", "gzip", "gunzip", "bzip2", "xz", "zstd", "unzip", "cpio", "awk", "gawk", "ruby", "sort", "shuf"),
        *("chmod", "chown", "chgrp", "setfacl", "trash", "gio", "rename", "symlinks", "rm", "xxd", "uniq"),
    )
)
_SENDERS = frozenset(
    (
        "curl",
        "wget",
        "nc",
        "ncat",
        "netcat",
        "scp",
        "sftp",
        "ftp",
        "rsync",
        "socat",
        "http",
        "https",
        "xh",
        "mail",
        "sendmail",
        "mutt",
        "telnet",
        "openssl",
        "ssh",
        "gh",
        "aws",
        "rclone",
        "croc",
        "wormhole",
    )
)


def _writes(program: str, words: Sequence[str], folder: Path | None, around: Surroundings) -> Found | None:
    operands = [word for word in words if not word.startswith("-") or word == "-"]
    values = [path for word in words if word.startswith("-") for path in list(paths_in(word))[1:]]
    match program:
        case "cp" | "install" | "rsync" | "scp" | "ln" | "link":
            directory = next(
                (
                    w.partition("=")[2] or (words[at + 1] if at + 1 < len(words) else "")
                    for at, w in enumerate(words)
                    if w == "-t" or w.startswith("--target-d")
                ),
                "",
            )
            targets = [directory] if directory else operands[-1:]
        case "sed" | "perl" | "ruby" | "awk" | "gawk":
            in_place = any(re.match(r"-[A-Za-z]*i|--in-place|-i", word) for word in words)
            targets = operands if in_place else []
        case "sort" | "shuf":
            targets = [words[at + 1] for at, w in enumerate(words[:-1]) if w in ("-o", "--output")] + values
        case "uniq" | "xxd":
            targets = operands[1:2]
        case _:
            targets = [*operands, *values]
    for target in targets:
        if place := written_place(target, folder, around):
            return place
    if program in ("cp", "rsync", "scp", "mv", "ln") and any(is_secret(o, folder, around) for o in operands[:-1]):
        secret = next(o for o in operands if is_secret(o, folder, around))
        return "secret:copy", f"`{program}` copies {secret}, which may hold a secret"
    return None


def _sends(program: str, words: Sequence[str], folder: Path | None, around: Surroundings) -> Found | None:
    for word in words:
        for path in paths_in(word):
            if path and is_secret(path, folder, around) and not re.match(r"https?://", path):
                return "secret:send", f"`{program}` may send {path[:60]}, which may hold a secret"
    return None


_RULES: Mapping[str, Callable[[_Call], Found | None]] = {
    "rm": _rm,
    "unlink": _rm,
    "rmdir": lambda call: (
        ("rm:outside", f"`rmdir {p}` removes what is outside the workspace") if (p := call.outside()) else None
    ),
    "find": _find,
    "fd": _fd,
    "fdfind": _fd,
    "git": _git,
    "dd": _dd,
    "kill": _kill,
    "killall": _killall,
    "killall5": _killall,
    "skill": _killall,
    "pkill": _pkill,
    "init": _init,
    "chmod": _recursive_mode,
    "chown": _recursive_mode,
    "chgrp": _recursive_mode,
    "mv": _mv,
    "curl": _curl,
    "wget": _curl,
    "ln": _ln,
    "truncate": _truncate,
    "history": _history,
    "tar": _tar,
    "bsdtar": _tar,
    "rsync": _remote_copy,
    "scp": _remote_copy,
    "nc": _nc,
    "ncat": _nc,
    "netcat": _nc,
    "nc.traditional": _nc,
    "socat": _nc,
    "docker": _docker,
    "podman": _docker,
    "docker-compose": _docker,
    **dict.fromkeys(TAKE_STATEMENTS, _sql),
}
