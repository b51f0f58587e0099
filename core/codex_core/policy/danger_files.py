"""Which calls destroy files, or write where it must be asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from codex_core.policy.danger_call import Call, Found
from codex_core.policy.places import Surroundings, absolute, is_inside, is_secret, is_wide, paths_in, written_place


def rm_danger(call: Call) -> Found | None:
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
    return writes(call.program, call.words, call.folder, call.around)


def recursive_mode_danger(call: Call) -> Found | None:
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
    return writes(call.program, call.words, call.folder, call.around)


def find_call_danger(call: Call) -> Found | None:
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


def fd_danger(call: Call) -> Found | None:
    for at, word in enumerate(call.words):
        program = call.words[at + 1].rpartition("/")[2] if at + 1 < len(call.words) else ""
        if word in ("-x", "-X", "--exec", "--exec-batch") and program in ("rm", "shred", "unlink"):
            return "find:rm", f"`{call.program} {word} {program}` deletes all that it finds"
    return None


def dd_danger(call: Call) -> Found | None:
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


def mv_danger(call: Call) -> Found | None:
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


def ln_danger(call: Call) -> Found | None:
    if len(call.operands) > 1 and (place := written_place(call.operands[-1], call.folder, call.around)):
        return place
    return None


def truncate_danger(call: Call) -> Found | None:
    if re.search(r"-s\s*=?0|--size=0|-s 0", " ".join(call.words)):
        return "truncate:empty", "`truncate -s 0` empties a file"
    return None


def tar_danger(call: Call) -> Found | None:
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


WRITERS = frozenset(
    (
        *("cp", "mv", "ln", "install", "tee", "touch", "truncate", "rsync", "ed", "ex", "patch", "sponge", "unlink"),
        *("mkdir", "rmdir", "link", "mkfifo", "mknod", "scp", "sed", "perl", "vi", "vim", "nano", "emacs", "split"),
        *("csplit", "gzip", "gunzip", "bzip2", "xz", "zstd", "unzip", "cpio", "awk", "gawk", "ruby", "sort", "shuf"),
        *("chmod", "chown", "chgrp", "setfacl", "trash", "gio", "rename", "symlinks", "rm", "xxd", "uniq"),
    )
)


def writes(program: str, words: Sequence[str], folder: Path | None, around: Surroundings) -> Found | None:
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
