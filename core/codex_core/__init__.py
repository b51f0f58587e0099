"""The agent itself: vocabulary, loop, model client, policy, sessions. Knows no screen."""

__version__ = "0.1.0"
