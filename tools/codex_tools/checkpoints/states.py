"""What is at a path: the states that a checkpoint records, and folders of them as bytes. Pure.

A folder is stored as a list of its entries, each with the digest of what is in it, as git does: folders that are the
same are stored once, and comparing two checkpoints costs what differs. Unlike git's trees these keep all permission
bits, empty folders, and what is there without being covered.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from codex_tools.checkpoints.errors import ObjectDamaged

Reason: TypeAlias = Literal[
    "ignored",  # by git
    "git",  # a repository's own folder, or its pointer file
    "hidden",  # by the policy: secrets, our own state
    "too-large",  # a file above the limit of a file, or what came after the limit of the tree
    "too-deep",
    "late",  # there was no time to read it; the next checkpoint goes on
    "unreadable",
    "special",  # a pipe, a socket, a device
]

IN_WORDS: Mapping[Reason, str] = {
    "ignored": "ignored by git",
    "git": "git's own",
    "hidden": "hidden from the agent",
    "too-large": "too large",
    "too-deep": "nested too deeply",
    "late": "there was no time to read it",
    "unreadable": "not readable",
    "special": "no regular file",
}


@dataclass(frozen=True, slots=True)
class FileState:
    mode: int
    """Permission bits, at most 0o777."""
    size_bytes: int
    digest: str
    """SHA-256 of the content, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class LinkState:
    target: str
    """Bytes that are no UTF-8 are lone surrogates, as in all names and paths here."""


@dataclass(frozen=True, slots=True)
class FolderState:
    mode: int
    digest: str
    """Of the list of its entries."""


@dataclass(frozen=True, slots=True)
class NotCovered:
    """Something is there and it is not recorded what. It is never changed or removed without asking."""

    reason: Reason
    is_folder: bool = False
    size_bytes: int = 0
    """0 where its changing does not matter, such as for what git ignores."""
    modified_ns: int = 0
    """Likewise."""


PathState: TypeAlias = FileState | LinkState | FolderState | NotCovered
"""None stands for: there is nothing."""


def is_same(one: PathState | None, other: PathState | None) -> bool:
    """Whether the path itself is the same; of a folder, what is in it does not count."""
    if isinstance(one, FolderState) and isinstance(other, FolderState):
        return one.mode == other.mode
    return one == other


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def encode_folder(entries: Mapping[str, PathState]) -> bytes:
    """Equal folders have equal bytes. Three texts for each entry, each ended by NUL, which no name can hold."""
    return b"".join(_encode(name, entries[name]) for name in sorted(entries))


def _encode(name: str, state: PathState) -> bytes:
    match state:
        case FileState(mode, size_bytes, digest):
            head, target = f"f {mode:o} {size_bytes} {digest}", ""
        case FolderState(mode, digest):
            head, target = f"d {mode:o} {digest}", ""
        case LinkState(target):
            head = "l"
        case NotCovered(reason, is_folder, size_bytes, modified_ns):
            head, target = f"x {reason} {is_folder:d} {size_bytes} {modified_ns}", ""
    return b"%s\0%s\0%s\0" % (head.encode(), os.fsencode(name), os.fsencode(target))


def decode_folder(data: bytes) -> dict[str, PathState]:
    """Raises:
    ObjectDamaged: these are not the bytes of a folder.
    """
    texts = data.split(b"\0")
    try:
        return {
            os.fsdecode(name): _decode(head.decode(), os.fsdecode(target))
            for head, name, target in zip(texts[:-1:3], texts[1::3], texts[2::3], strict=True)
        }
    except ValueError as error:
        raise ObjectDamaged("a folder of a checkpoint cannot be read") from error


def _decode(head: str, target: str) -> PathState:
    match head.split(" "):
        case ["f", mode, size_bytes, digest]:
            return FileState(int(mode, 8), int(size_bytes), digest)
        case ["d", mode, digest]:
            return FolderState(int(mode, 8), digest)
        case ["l"]:
            return LinkState(target)
        case ["x", reason, is_folder, size_bytes, modified_ns]:
            known = next((each for each in get_args(Reason) if each == reason), None)
            if known is not None:
                return NotCovered(known, is_folder == "1", int(size_bytes), int(modified_ns))
        case _:
            pass
    raise ValueError(head)
