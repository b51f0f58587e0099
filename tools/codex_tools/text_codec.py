"""File bytes as text and back, such that what was not changed comes back byte for byte."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Literal

from codex_core.protocol import ToolError

_UTF16_BOMS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedText:
    """The text of a file with what it takes to write it again: `encode(text)` is the exact content."""

    text: str
    """Without the byte order mark. Line ends are as they are. Bytes that are no UTF-8 are lone surrogates."""
    codec: str
    bom: bytes = b""
    errors: Literal["strict", "surrogateescape"] = "strict"

    @property
    def label(self) -> str:
        """What is unusual about the encoding, in words; empty for plain UTF-8."""
        if self.errors == "surrogateescape":
            return "UTF-8 with some broken bytes"
        if self.codec == "utf-8":
            return "UTF-8 with a byte order mark" if self.bom else ""
        return {"cp1252": "Windows-1252", "latin-1": "Latin-1"}.get(self.codec, self.codec.upper())

    def encode(self, text: str) -> bytes:
        """Raises:
        ToolError: a character does not exist in the file's encoding.
        """
        try:
            return self.bom + text.encode(self.codec, self.errors)
        except UnicodeEncodeError as error:
            character = text[error.start]
            raise ToolError(
                f"The file is {self.label or 'UTF-8'}, which has no character {character!r} (U+{ord(character):04X})."
                " Write the text without it, or convert the file to UTF-8 first."
            ) from error


def decode_text(data: bytes) -> DecodedText | None:
    """The text of a file, or None if it is binary."""
    for bom, codec in _UTF16_BOMS:
        if data.startswith(bom):
            return _decode_utf16(data, bom, codec)
    if b"\0" in data:
        return None
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        return DecodedText(text=data[len(bom) :].decode(), codec="utf-8", bom=bom)
    except UnicodeDecodeError:
        return _decode_odd(data, bom)


def visible(text: str) -> str:
    """`text` as valid Unicode: bytes that are no UTF-8 become U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if not _is_valid(text) else text


def _is_valid(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _decode_utf16(data: bytes, bom: bytes, codec: str) -> DecodedText | None:
    try:
        text = data[len(bom) :].decode(codec)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else DecodedText(text=text, codec=codec, bom=bom)


def _decode_odd(data: bytes, bom: bytes) -> DecodedText:
    """Not UTF-8: an old one-byte encoding, unless so much of it is good UTF-8 that some bytes are just broken."""
    text = data[len(bom) :].decode("utf-8", "surrogateescape")
    foreign = [c for c in text if c > "\x7f"]
    broken = sum("\udc80" <= c <= "\udcff" for c in foreign)
    if bom or len(foreign) > 2 * broken:
        return DecodedText(text=text, codec="utf-8", bom=bom, errors="surrogateescape")
    try:
        return DecodedText(text=data.decode("cp1252"), codec="cp1252")
    except UnicodeDecodeError:  # five bytes mean nothing there
        return DecodedText(text=data.decode("latin-1"), codec="latin-1")
