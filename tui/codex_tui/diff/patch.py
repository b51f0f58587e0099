"""One hunk as a patch that `git apply` and `patch -p1` take. Pure."""

from __future__ import annotations

from codex_core.protocol import FileDiff, hunk_texts


def hunk_patch(file: FileDiff, number: int) -> str:
    """The hunk `number` of a file (from 0) with the headers of that file; empty if it has none."""
    hunks = hunk_texts(file.unified)
    if not 0 <= number < len(hunks):
        return ""
    text = hunks[number]
    return "\n".join([*_headers(file), text if text.endswith("\n") else f"{text}\n"])


def _headers(file: FileDiff) -> list[str]:
    # A moved file is where it is now: the hunk is for who has moved it already.
    old, new = _name("a", file.path), _name("b", file.path)
    lines = [f"diff --git {old} {new}"]
    match file.kind:
        case "add":
            lines.append(f"new file mode {file.new_mode or '100644'}")
            old = "/dev/null"
        case "delete":
            lines.append(f"deleted file mode {file.old_mode or '100644'}")
            new = "/dev/null"
        case "update":
            pass
    # A tab ends a name with spaces in it, for `patch`.
    return [*lines, f"--- {old}{_end(old)}", f"+++ {new}{_end(new)}"]


def _name(side: str, path: str) -> str:
    whole = f"{side}/{path.removeprefix('/')}"
    return f'"{whole}"' if "\\" in whole or '"' in whole else whole


def _end(name: str) -> str:
    return "\t" if " " in name else ""
