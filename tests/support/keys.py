"""The bytes a terminal sends for a key, in the legacy encoding and in the kitty protocol's (flag 1: disambiguate)."""

from __future__ import annotations

_PLAIN = {"enter": "\r", "tab": "\t", "backspace": "\x7f", "esc": "\x1b", "escape": "\x1b", "space": " "}
_LETTER_KEYS = {"up": "A", "down": "B", "right": "C", "left": "D", "end": "F", "home": "H"}
_FUNCTION_KEYS = {"f1": "P", "f2": "Q", "f3": "R", "f4": "S"}
_TILDE_KEYS = {
    "insert": 2,
    "delete": 3,
    "pageup": 5,
    "pagedown": 6,
    "f5": 15,
    "f6": 17,
    "f7": 18,
    "f8": 19,
    "f9": 20,
    "f10": 21,
    "f11": 23,
    "f12": 24,
}
_MODIFIERS = {"shift": 1, "alt": 2, "ctrl": 4}


def encode(key: str, *, kitty: bool = False) -> bytes:
    """Encode a key such as `a`, `enter`, `f2`, `ctrl+c`, `alt+a`, `shift+tab`, `ctrl+shift+left`.

    Raises:
        ValueError: there is no such key.
    """
    *modifiers, name = key.removesuffix("+").split("+")
    if key.endswith("+"):
        name = "+"
    try:
        modifier = sum(_MODIFIERS[each] for each in modifiers)
    except KeyError as error:
        raise ValueError(f"no such modifier: {error} in {key!r}") from None
    return _encode(name, modifier, kitty=kitty).encode()


def _encode(name: str, modifier: int, *, kitty: bool) -> str:
    suffix = f"1;{modifier + 1}" if modifier else ""
    if name in _LETTER_KEYS:
        return f"\x1b[{suffix}{_LETTER_KEYS[name]}"
    if name in _FUNCTION_KEYS:
        return f"\x1b[{suffix}{_FUNCTION_KEYS[name]}" if modifier else f"\x1bO{_FUNCTION_KEYS[name]}"
    if name in _TILDE_KEYS:
        return f"\x1b[{_TILDE_KEYS[name]}{f';{modifier + 1}' if modifier else ''}~"
    text = _PLAIN.get(name, name)
    if len(text) != 1:
        raise ValueError(f"no such key: {name!r}")
    is_ambiguous = name in {"esc", "escape"} or (modifier and (modifier != _MODIFIERS["shift"] or name in _PLAIN))
    if kitty and is_ambiguous:
        return f"\x1b[{ord(text.lower())}{f';{modifier + 1}' if modifier else ''}u"
    return _legacy(text, modifier)


def _legacy(text: str, modifier: int) -> str:
    if modifier & _MODIFIERS["shift"]:
        text = "\x1b[Z" if text == "\t" else text.upper()
    if modifier & _MODIFIERS["ctrl"] and len(text) == 1 and "@" <= text.upper() <= "_":
        text = chr(ord(text.upper()) & 0x1F)
    return f"\x1b{text}" if modifier & _MODIFIERS["alt"] else text
