"""The main job as a scripted model does it: fix the failing test of the `calc` project."""

from __future__ import annotations

from tests.support.model_server import Call, Reply

FIX = {"path": "calc.py", "old_text": "(len(numbers) + 1)", "new_text": "len(numbers)"}

READ = Reply(
    text="I will read the program and look for the bug.",
    calls=(
        Call("read_file", {"path": "calc.py"}),
        Call("grep", {"pattern": "mean"}),
        Call("read_file", {"path": "test_calc.py"}),
    ),
)
EDIT = Reply(text="The mean divides by one too many.", calls=(Call("edit_file", FIX),))
TEST = Reply(text="Now the tests.", calls=(Call("shell", {"command": "python3 -B -m unittest"}),))
DONE = Reply(text="Fixed: `mean` divides by the right number, and the **tests pass**.")

FIX_THE_TEST = (READ, EDIT, TEST, DONE)
