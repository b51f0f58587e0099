"""The nearest valid word: every message about an unknown name ends with it."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """Return the valid name that `word` was probably meant to be, or None if none is like it."""
    candidates = list(valid)
    folded = {candidate.casefold().replace("_", "-"): candidate for candidate in candidates}
    asked = word.casefold().replace("_", "-")
    if asked in folded:
        return folded[asked]
    prefixed = [name for name in folded if len(asked) >= 2 and name.startswith(asked)]
    if len(prefixed) == 1:
        return folded[prefixed[0]]
    slips = [name for name in folded if is_one_slip_from(asked, name)]
    if slips:
        return folded[slips[0]]
    close = close_to(asked[:64], folded)
    return folded[close[0]] if close else None


def close_to(word: str, words: Iterable[str], *, most: int = 1, cutoff: float = 0.6) -> list[str]:
    """Return the words that are like `word`, the likest first; `cutoff` is from 0, anything, to 1, the same."""
    import difflib  # deferred: only a mistake needs it, and it costs a start 5 ms

    return difflib.get_close_matches(word, list(words), n=most, cutoff=cutoff)


def did_you_mean(word: str, valid: Iterable[str]) -> str:
    """Return `; did you mean X?`, or `; valid are: …` where nothing is near and the list is short, else nothing."""
    candidates = list(valid)
    if (near := nearest(word, candidates)) is not None:
        return f"; did you mean {near}?"
    return f"; valid: {', '.join(candidates)}" if 0 < len(candidates) <= 16 else ""


def is_one_slip_from(word: str, name: str) -> bool:
    """Whether one wrong, missing, extra or swapped letter turns `word` into `name`, which it is not."""
    if word == name or abs(len(word) - len(name)) > 1:
        return False
    same_head = next((i for i, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), min(len(word), len(name)))
    rest, wanted = word[same_head:], name[same_head:]
    return (
        rest[1:] == wanted[1:]
        or rest[1:] == wanted
        or rest == wanted[1:]
        or (rest[:2] == wanted[1::-1] and len(wanted) >= 2 and rest[2:] == wanted[2:])
    )
