"""Which calls reach beyond the machine: they send files away, destroy data elsewhere, open a way in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from codex_core.policy.danger_call import Call, Found
from codex_core.policy.places import Surroundings, is_secret, paths_in, written_place

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


def curl_danger(call: Call) -> Found | None:
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


def _uploads(call: Call) -> Found | None:
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


def remote_copy_danger(call: Call) -> Found | None:
    if call.program == "rsync" and (found := _rsync(call)):
        return found
    if len(call.operands) > 1 and re.match(r"(?:[\w.-]+@)?[\w.-]+:(?!\\)|(?:scp|sftp|rsync)://", call.operands[-1]):
        return "network:upload", f"`{call.program}` sends files to another machine"
    return None


def _rsync(call: Call) -> Found | None:
    if call.has(
        "--delete", "--delete-after", "--delete-before", "--delete-during", "--delete-excluded", "--remove-source-files"
    ):
        return "rsync:delete", "`rsync --delete` deletes what is not at the source"
    return None


def nc_danger(call: Call) -> Found | None:
    text = " ".join(call.words)
    if (
        set(call.flags) & set("ec")
        or call.has("--exec", "--sh-exec", "--lua-exec")
        or re.search(r"(?i)exec:|system:", text)
    ):
        return "network:shell", f"`{call.program}` gives a shell to somebody on the network"
    return None


def docker_danger(call: Call) -> Found | None:
    text = " ".join(call.words)
    if re.search(r"\b(?:system|volume|image|container|network|builder) prune\b", text):
        return "docker:prune", "`docker prune` deletes images, volumes or containers"
    if re.search(
        r"(?:^|\s)(?:volume (?:rm|remove)|rmi?\s.*-[a-z]*f|rm\s.*-[a-z]*v|compose .*down.*(?:-v|--volumes|--rmi)"
        r"|down.*(?:-v|--volumes)|(?:kill|stop|rmi?)\b.*(?:\$|`|…)|system reset)",
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
    if re.search(r"(?:^|\s)push\b|\s--push\b|(?:^|\s)login\b", text):
        return "publish:docker", "`docker push` and `login` reach the user's account"
    return None


def sql_danger(call: Call) -> Found | None:
    text = " ".join(call.words)
    if re.search(
        r"(?i)\bdrop\s+(?:database|keyspace|table|schema|user|role|view|index|owned)|\btruncate\s+(?:table\s+)?\w|\bdelete\s+from\s+[\w.\"`]+\s*(?:;|$|[\"'])|\bdropdatabase\b|\.drop\(|flushall|flushdb|deletemany\(\s*\{\s*\}",
        text,
    ):
        return "database:drop", f"`{call.program}` deletes data of a database for good"
    if re.search(r"(?i)\balter\s+table\s.*\bdrop\b|\b(?:grant|revoke)\s.*\s(?:to|from)\s", text):
        return "database:alter", f"`{call.program}` changes what a database is, or who may use it"
    if re.search(r"(?i)\bupdate\s+[\w.\"`]+\s+set\b", text) and not re.search(r"(?i)\bwhere\b", text):
        return "database:update", f"`{call.program}` changes every row of a table"
    if re.search(
        r"(?i)\\!|\.shell|\.system|copy\s.*\s(?:to|from)\s+program|into\s+(?:outfile|dumpfile)|load_extension|pg_read_file|\bsystem\b",
        text,
    ):
        return "database:runs", f"`{call.program}` runs a program with this"
    return None


SENDERS = frozenset(
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


def sends(program: str, words: Sequence[str], folder: Path | None, around: Surroundings) -> Found | None:
    for word in words:
        for path in paths_in(word):
            if path and is_secret(path, folder, around) and not re.match(r"https?://", path):
                return "secret:send", f"`{program}` may send {path[:60]}, which may hold a secret"
    return None
