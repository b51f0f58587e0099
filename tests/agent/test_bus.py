from __future__ import annotations

import asyncio

from codex_core.protocol import Envelope, Paused, TextDelta, ToolOutputDelta
from codex_core.session.bus import Bus


async def _read_all(bus: Bus, count: int) -> list[Envelope]:
    reader = bus.reader()
    for number in range(count):
        bus.publish(TextDelta(item_id="a", text=f"{number} "))
    bus.publish(ToolOutputDelta(call_id="a", text="out"))
    bus.publish(TextDelta(item_id="b", text="other"))
    bus.publish(Paused())
    bus.close()
    return [envelope async for envelope in reader]


async def test_waiting_deltas_of_one_item_come_as_one_and_nothing_is_lost() -> None:
    read = await _read_all(Bus(), 1000)
    assert [type(envelope.event) for envelope in read] == [TextDelta, ToolOutputDelta, TextDelta, Paused]
    first = read[0].event
    assert isinstance(first, TextDelta)
    assert first.text == "".join(f"{number} " for number in range(1000))
    assert [envelope.seq for envelope in read] == [1000, 1001, 1002, 1003]


async def test_every_reader_sees_every_event() -> None:
    bus = Bus()
    readers = [bus.reader(), bus.reader()]
    bus.publish(Paused())
    bus.close()
    seen = await asyncio.gather(*(_collect(reader) for reader in readers))
    assert [len(events) for events in seen] == [1, 1]


async def _collect(reader: object) -> list[object]:
    return [envelope async for envelope in reader]  # type: ignore[attr-defined]
