"""Identifiers: sortable by creation time, unique across processes, safe in file names and URLs."""

from __future__ import annotations

import os
import time


def new_id(prefix: str) -> str:
    """Return `PREFIX_` + 12 hex digits of the time in ms + 10 random hex digits.

    Ids made by one process in different milliseconds sort in the order of their making.
    """
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{os.urandom(5).hex()}"
