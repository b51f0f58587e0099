"""Talking to models. What a provider says is parsed here, once, into our own events."""
