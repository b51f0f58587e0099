"""`make bench`: measures, prints a line per budget as it comes, and ends with 1 if one is over."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from benchmarks import checkpoints, diff, judging, keys, sessions, start, steps, stream
from benchmarks.budget import Group, Measurement, as_json, as_line, skipped
from benchmarks.processes import describe_machine

GROUPS: dict[str, Group] = {
    "start": start.measure,
    "keys": keys.measure,
    "stream": stream.measure,
    "sessions": sessions.measure,
    "steps": steps.measure,
    "judging": judging.measure,
    "diff": diff.measure,
    "checkpoints": checkpoints.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=GROUPS, metavar="NAME", help=f"one of: {', '.join(GROUPS)}")
    parser.add_argument("--json", action="store_true", help="print one JSON list at the end and nothing else")
    options = parser.parse_args()
    if sys.platform != "linux":
        parser.error("CPU time and memory are read from Linux interfaces")

    if not options.json:
        print(f"{describe_machine()}\n")
    measurements: list[Measurement] = []
    for name in options.only or GROUPS:
        for measurement in _measure(name):
            measurements.append(measurement)
            if not options.json:
                print(as_line(measurement), flush=True)
    if options.json:
        print(as_json(measurements))
    return 1 if any(each.verdict == "over" for each in measurements) else 0


def _measure(name: str) -> Iterator[Measurement]:
    """One group; that it cannot be measured is a line of its own, not the end of the run."""
    try:
        yield from GROUPS[name]()
    except (AssertionError, OSError) as error:
        first_line = str(error).strip().partition("\n")[0] or type(error).__name__
        yield skipped(f"({name})", "ms", 0, first_line)


sys.exit(main())
