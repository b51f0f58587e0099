"""Markdown as it streams: split into blocks, each drawn once when it is finished, only the open one again."""
