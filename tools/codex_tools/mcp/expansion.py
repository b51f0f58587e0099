"""`${VAR}` and `${VAR:-default}` in configured texts."""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|\$\{(?P<bad>[^}]*)\}?")


class MissingVariable(Exception):
    """A text refers to a variable that is not there. The message names it."""


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace every reference; a default counts if the variable is missing or empty, as in a shell.

    What comes out is not looked at again: a variable's value may hold `${` of its own. A `$` alone stays.

    Raises:
        MissingVariable: no such variable and no default, or `${…}` that is neither form.
    """

    def value_of(match: re.Match[str]) -> str:
        if match["name"] is None:
            raise MissingVariable(f"{match[0]} is neither ${{VAR}} nor ${{VAR:-default}}")
        value, default = variables.get(match["name"]), match["default"]
        if default is not None:
            return value or default
        if value is None:
            raise MissingVariable(
                f"the variable {match['name']} is not set; set it, or write ${{{match['name']}:-default}}"
            )
        return value

    return _REFERENCE.sub(value_of, text)
