"""How long after a key press its character is on the screen: idle, during a reply, while the model host warms up.

Each key is a letter that nothing else on the screen can contain, so its bytes in the output are its echo. The
presses come at irregular intervals, so that no timer of the program is met in step.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from benchmarks.budget import Measurement, percentile
from benchmarks.places import PROJECT, model_server, place
from benchmarks.stream import CHUNKS_PER_S, reply
from tests.support.terminal import Terminal

_LETTERS = [chr(code) for code in range(0x0400, 0x0460)]
_PAUSE_S = (0.03, 0.08)
MODEL = "openai/scripted"


def measure() -> Iterator[Measurement]:
    steps = [{"text": "I am here."}, reply("the-stream", chunks=1500)]
    with place() as here, model_server(steps) as env, here.start("-m", MODEL, env=env) as terminal:
        terminal.wait_for(PROJECT)
        yield _p95("key echo p95, while the model host warms up", echo_times_s(terminal, 40), 35)

        ask(terminal, "hello")
        terminal.wait_for_bytes(b"I am here.", 60)
        terminal.watch(2.0)
        yield _p95("key echo p95, idle", echo_times_s(terminal, 60), 16)

        ask(terminal, "go on")
        terminal.wait_for_bytes(b"the-stream-0", 60)
        echo = echo_times_s(terminal, 80)
        yield _p95(f"key echo p95, while a reply streams at {CHUNKS_PER_S} chunks/s", echo, 35)


def ask(terminal: Terminal, prompt: str) -> None:
    """Send a prompt, whatever was in the composer before."""
    terminal.press("ctrl+c").type(prompt).press("enter")


def echo_times_s(terminal: Terminal, count: int) -> list[float]:
    """Press `count` keys and return how long each took to be drawn."""
    chance = random.Random(1)
    times: list[float] = []
    for letter in random.Random(2).sample(_LETTERS, count):
        terminal.watch(chance.uniform(*_PAUSE_S))
        start = len(terminal.raw)
        pressed_at = time.perf_counter()
        terminal.type(letter)
        terminal.wait_for_bytes(letter.encode(), 5, start=start)
        times.append(time.perf_counter() - pressed_at)
    return times


def _p95(name: str, times_s: list[float], limit_ms: float) -> Measurement:
    note = f"median {percentile(times_s, 0.5) * 1000:.1f} ms, {len(times_s)} keys, wall"
    return Measurement(name=name, value=percentile(times_s, 0.95) * 1000, unit="ms", limit=limit_ms, note=note)
