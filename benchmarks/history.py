"""Items as a long working day leaves them behind: prompts, answers in markdown, calls with their results."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from codex_core.protocol import (
    AssistantItem,
    Item,
    TextBlock,
    TextPart,
    ToolCallItem,
    ToolResultItem,
    UserItem,
    new_id,
)

_ANSWER = """\
I looked at part {n}. Two things stand out:

- the **mean** is taken over one number too many, see `mean()` in `calc.py`
- nothing tests an empty list

```python
def mean(numbers):
    return sum(numbers) / len(numbers)
```
"""


def turns(count: int, *, last: str) -> Iterator[Item]:
    """Make exactly `count` items, a multiple of 4; `last` is the text of the last one."""
    for number in range(count // 4):
        yield UserItem(id=new_id("item"), at=time.time(), parts=(TextPart(text=f"now look at part {number}"),))
        yield from call_and_result(number)
        text = last if number == count // 4 - 1 else _ANSWER.format(n=number)
        yield AssistantItem(id=new_id("item"), at=time.time(), text=text, provider="demo", model="demo")


def call_and_result(number: int) -> tuple[ToolCallItem, ToolResultItem]:
    """Make a call that read a file of 40 lines."""
    call_id = new_id("call")
    output = "\n".join(f"{line:6}\tnumbers.append({line} * {number})" for line in range(1, 41))
    call = ToolCallItem(
        id=new_id("item"),
        at=time.time(),
        call_id=call_id,
        name="read_file",
        arguments=json.dumps({"path": f"part_{number}.py"}),
    )
    result = ToolResultItem(
        id=new_id("item"),
        at=time.time(),
        call_id=call_id,
        name=call.name,
        status="ok",
        output=output,
        display=(TextBlock(text=output, language="python"),),
        duration_s=0.004,
    )
    return call, result
