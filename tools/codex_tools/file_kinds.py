"""What a file is that is no text, told from its first bytes."""

from __future__ import annotations

from dataclasses import dataclass

_IMAGES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\x7fELF", "an ELF executable or library"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive (or a document or package in that form)"),
    (b"\x1f\x8b", "gzip data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\0", "xz data"),
    (b"\x28\xb5\x2f\xfd", "zstandard data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-zip archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\xca\xfe\xba\xbe", "a Java class or a universal Mach-O binary"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O binary"),
    (b"\0asm", "a WebAssembly module"),
    (b"MZ", "a Windows executable"),
    (b"!<arch>\n", "a static library"),
    (b"OggS", "Ogg audio or video"),
    (b"ID3", "MP3 audio"),
    (b"fLaC", "FLAC audio"),
    (b"wOFF", "a web font"),
    (b"wOF2", "a web font"),
)


@dataclass(frozen=True, slots=True)
class Image:
    mime: str
    width: int | None = None
    height: int | None = None

    @property
    def words(self) -> str:
        """`PNG image, 640x480`."""
        name = self.mime.removeprefix("image/").upper()
        return f"{name} image" + (f", {self.width}x{self.height}" if self.width is not None else "")


def image_of(data: bytes) -> Image | None:
    """What image the file is; None if none. An SVG is text."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Image("image/webp")
    mime = next((mime for magic, mime in _IMAGES if data.startswith(magic)), None)
    match mime:
        case None:
            return None
        case "image/png" if len(data) >= 24:
            return Image(mime, int.from_bytes(data[16:20]), int.from_bytes(data[20:24]))
        case "image/gif" if len(data) >= 10:
            return Image(mime, int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little"))
        case "image/bmp" if b"\0" not in data[:16]:
            return None  # a text that begins with these two letters
        case _:
            return Image(mime)


def binary_kind(data: bytes) -> str:
    """What a file that is no text is, in words."""
    if data[4:12] in {b"ftypisom", b"ftypmp42", b"ftypM4A ", b"ftypqt  "}:
        return "an MPEG-4 container"
    return next((words for magic, words in _OTHERS if data.startswith(magic)), "binary data")


def size_words(size_bytes: int) -> str:
    """`12 B`, `3.4 kB`, `120 MB`: three digits are enough for people and models."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 9.95 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
