"""Secrets are masked before they are stored and shown; those that come out of tools before the model is sent them."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import TypeVar, cast

from codex_core.protocol import AssistantItem, Item, ReasoningItem, Record

R = TypeVar("R", bound=Record)
ItemT = TypeVar("ItemT", bound=Item)


def _word(letters: str) -> str:
    """`letters` where a word begins: also behind an escape of JSON, as calls hold their arguments (`"\nsk-…"`).

    The letters come first, so that the search leaps from one candidate to the next.
    """
    escapes = (r"\b", r"\\[bfnrt]", r"\\u[0-9a-fA-F]{4}")
    return f"{letters}(?:{'|'.join(f'(?<={before}{letters})' for before in escapes)})"


_SHAPES = re.compile(
    "|".join(
        (
            _word("sk-") + r"(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,}",  # OpenAI, Anthropic, OpenRouter
            _word("gh[pousr]_") + r"[A-Za-z0-9]{36,}",  # GitHub
            _word("github_pat_") + r"[A-Za-z0-9_]{50,}",
            _word("glpat-") + r"[A-Za-z0-9_-]{20,}",  # GitLab
            _word("xox[abprs]-") + r"[A-Za-z0-9-]{10,}",  # Slack
            _word("AKIA") + r"[0-9A-Z]{16}",  # AWS
            _word("AIza") + r"[0-9A-Za-z_-]{35}",  # Google
        )
    )
)
_BEGIN = "-----BEGIN "
_PRIVATE_KEY = re.compile(
    # A key without its end is one that was cut. Each begins at most one run to the next five dashes: a file that is
    # nothing but beginnings must not cost the square of its length.
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-(?!----)[^-]*)*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?"
)
_END = re.compile(r"-----END [A-Z ]{0,60}-----")

MASK = "[secret masked]"


class Masker:
    """Knows the shapes of common keys and the values that must never appear."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        """`values`: the user's own keys. Short ones are ignored: they would mask ordinary words."""
        known = {value for value in values if len(value) >= 8}
        known |= {json.dumps(value, ensure_ascii=is_ascii)[1:-1] for value in known for is_ascii in (True, False)}
        self._known = sorted(known, key=len, reverse=True)

    def mask(self, text: str) -> str:
        for value in self._known:
            text = text.replace(value, MASK)
        if _BEGIN in text:
            text = _PRIVATE_KEY.sub(MASK, text)
        return _SHAPES.sub(MASK, text)

    def mask_record(self, record: R) -> R:
        """The same record with all texts in it masked."""
        values = {field.name: cast(object, getattr(record, field.name)) for field in fields(record)}
        masked = {name: self._mask_value(value) for name, value in values.items()}
        changed = {name: value for name, value in masked.items() if value is not values[name]}
        return replace(record, **changed) if changed else record

    def mask_item(self, item: ItemT) -> ItemT:
        """The same item without secrets. What a provider wants back is dropped whole if there is one in it.

        It is signed, or encrypted: changed it would be refused.
        """
        masked = self.mask_record(item)
        if isinstance(masked, AssistantItem | ReasoningItem) and masked.opaque is not None:
            with contextlib.suppress(RecursionError):  # it cannot be stored either
                told = json.dumps(masked.opaque, ensure_ascii=False)
                if self.mask(told) != told:
                    return replace(masked, opaque=None)
        return masked

    def _mask_value(self, value: object) -> object:
        if isinstance(value, str):
            masked = self.mask(value)
            return value if masked == value else masked
        if isinstance(value, tuple):
            parts: tuple[object, ...] = cast(tuple[object, ...], value)
            masked_parts = tuple(self._mask_value(part) for part in parts)
            return parts if all(a is b for a, b in zip(parts, masked_parts, strict=True)) else masked_parts
        return self.mask_record(value) if isinstance(value, Record) else value


class MaskedStream:
    """Masks a text that comes in pieces: a word, or a key's block, is held back until it is whole."""

    MOST_HELD = 16_384
    """Characters; longer than any key."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what may be shown now. The last word is never returned: the whole text follows anyway."""
        text = self._held + piece
        floor = max(0, len(text) - self.MOST_HELD)
        end = max(floor, *(text.rfind(space, floor) + 1 for space in " \n\t"))
        if (begin := text.rfind(_BEGIN, floor)) >= 0:
            ended = _END.search(text, begin)
            end = begin if ended is None else max(end, ended.end())
        self._held = text[end:]
        return self._masker.mask(text[:end])
