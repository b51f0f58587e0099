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

_SHAPES = re.compile(
    # Each begins with its letters, so that the search leaps from one candidate to the next; then the word boundary.
    r"""
        sk-(?<=\bsk-)(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,}     # OpenAI, Anthropic, OpenRouter
      | gh[pousr]_(?<=\bgh[pousr]_)[A-Za-z0-9]{36,}            # GitHub
      | github_pat_(?<=\bgithub_pat_)[A-Za-z0-9_]{50,}
      | glpat-(?<=\bglpat-)[A-Za-z0-9_-]{20,}                  # GitLab
      | xox[abprs]-(?<=\bxox[abprs]-)[A-Za-z0-9-]{10,}         # Slack
      | AKIA(?<=\bAKIA)[0-9A-Z]{16}                            # AWS
      | AIza(?<=\bAIza)[0-9A-Za-z_-]{35}                       # Google
    """,
    re.VERBOSE,
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
        self._known = sorted({value for value in values if len(value) >= 8}, key=len, reverse=True)

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
