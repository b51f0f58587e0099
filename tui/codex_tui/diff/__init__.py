"""Diffs as lines: parsed, paired and coloured hunk by hunk, when a line is first looked at."""
