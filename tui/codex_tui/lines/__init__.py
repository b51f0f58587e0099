"""Widgets made of lines: the engine under the transcript, the timeline and the detail pane."""
