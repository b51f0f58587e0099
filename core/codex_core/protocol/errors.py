"""The errors that a user sees. Bugs are other exceptions; what a model should see is a `ToolResult`."""

from __future__ import annotations

from typing import Literal, TypeAlias

ProviderErrorKind: TypeAlias = Literal[
    "auth",  # the key is missing, wrong or not allowed to do this
    "quota",  # the account has no money or quota left
    "rate",  # too many requests for now
    "context",  # the request is longer than the model's window
    "policy",  # the provider refuses the content
    "bad_request",  # the provider does not understand the request
    "overloaded",
    "server",
    "connect",  # nothing answers at that address
    "timeout",
    "truncated",  # the stream ended before the reply did
    "crashed",  # our own model host died
    "unknown",
]


class CodexError(Exception):
    """Base of the errors that are told to the user in words: what is wrong and what to do about it."""


class ConfigError(CodexError):
    """A setting, flag or file of ours is wrong. The message names it and the nearest valid value."""


class ProviderError(CodexError):
    """A model call failed."""

    def __init__(
        self,
        message: str,
        *,
        kind: ProviderErrorKind,
        status: int | None = None,
        retryable: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind: ProviderErrorKind = kind
        self.status = status
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        """What the provider asked for; None if it named no time."""


class ToolError(CodexError):
    """Raised by a tool; its text goes to the model as the result, so it says what to do about it."""


class SandboxUnavailable(CodexError):
    """The confinement that the mode demands cannot be had here. Nothing was run."""


class SessionCorrupt(CodexError):
    """The session database, or a row of it, cannot be read."""


class SessionBusy(CodexError):
    """Another process owns the session."""

    def __init__(self, message: str, *, session_id: str = "", pid: int = 0) -> None:
        """`pid` of that process; 0 if it is not known."""
        super().__init__(message)
        self.session_id = session_id
        self.pid = pid


class SessionUnclear(CodexError):
    """No session is meant by these words, or more than one: somebody may look for it."""

    def __init__(self, message: str, *, words: str) -> None:
        super().__init__(message)
        self.words = words
