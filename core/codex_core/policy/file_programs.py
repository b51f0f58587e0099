"""Programs that look into files and folders, of which some calls write or run: find, git, archives, binaries."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codex_core.policy.escapes import has_escape
from codex_core.policy.forms import why_form
from codex_core.policy.git_call import folder_of
from codex_core.policy.git_looking import why_asked
from codex_core.policy.places import Surroundings, is_secret, paths_in
from codex_core.policy.programs import FORMS, words_of
from codex_core.policy.sources import why_reads
from codex_core.policy.words import Command, Word

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


def why_find(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
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
            if text == "-printf" and has_escape(words[at].text):
                return "it prints characters that steer the terminal"
            at += 1
            in_expression = True
        elif text in _FIND_ALONE:
            in_expression = in_expression or text not in ("-H", "-L", "-P")
        elif (text.startswith("-") or in_expression) and not re.fullmatch(r"-O[0-3]", text):
            return f"`find {text[:40]}` is not known to only look"
    return None


def why_git(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    folder = folder_of(command.words, command.folder)
    inside = folder is not None and folder.is_relative_to(around.workspace)
    if why := why_asked(command.words, command.folder):
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


def why_tar(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
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


def why_unzip(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if not words or not re.fullmatch(r"-[q1]*[lvZt][lvZtq1]*", words[0].text):
        return "it writes files"
    return why_form(FORMS["unzip"], words, command, around)


def why_decompress(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
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
    return why_reads("content", [word for word in words if word.text not in flags], command, around)


def why_binary(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if any(text.startswith("@") for word in words for text in word.texts or ("@",)):
        return "it takes further options from a file"
    return why_form(FORMS[command.words[0].text.rpartition("/")[2]], words, command, around)


def why_xmllint(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if any("://" in text for word in words for text in word.texts or ("://",)):
        return "it may reach the network"
    return why_form(FORMS["xmllint"], words, command, around)


def why_bat(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    plain = [word for word in words if word.text != "--paging=never"]
    if len(plain) == len(words) and not any(re.fullmatch(r"-\w*P\w*|-\w*pp\w*", word.text) for word in words):
        return "it may show its output in a pager"
    return why_form(FORMS["bat"], plain, command, around)


def why_tee(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if all(word.is_known and word.text in ("/dev/null", "/dev/stderr", "/dev/stdout", "-a") for word in words):
        return None
    return "it writes a file"
