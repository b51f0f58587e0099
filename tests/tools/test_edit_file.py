from __future__ import annotations

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_core.protocol import DiffBlock
from codex_tools.edit_file import _FileText  # the one part whose arithmetic deserves random input
from tests.tools.conftest import Bench


async def test_the_text_is_replaced_and_nothing_else(bench: Bench) -> None:
    bench.write("a.py", "def f():\n    return 1\n")
    result = await bench.call("edit_file", path="a.py", old_text="return 1", new_text="return 2")
    assert result.output == "Replaced 1 occurrence in a.py."
    assert bench.read("a.py") == b"def f():\n    return 2\n"
    (block,) = result.display
    assert isinstance(block, DiffBlock)
    assert block.files[0].unified == "@@ -1,2 +1,2 @@\n def f():\n-    return 1\n+    return 2\n"


async def test_an_ambiguous_text_is_refused_with_its_lines(bench: Bench) -> None:
    bench.write("a", "x\ny\nx\n")
    assert "occurs 2 times in a, on lines 1, 3" in await bench.refusal(
        "edit_file", path="a", old_text="x", new_text="z"
    )
    await bench.call("edit_file", path="a", old_text="x", new_text="z", replace_all=True)
    assert bench.read("a") == b"z\ny\nz\n"


async def test_crlf_files_are_edited_with_lf_text_and_stay_crlf(bench: Bench) -> None:
    bench.write("a", b"one\r\ntwo\r\nthree\r\n")
    await bench.call("edit_file", path="a", old_text="one\ntwo\n", new_text="1\n2\n2b\n")
    assert bench.read("a") == b"1\r\n2\r\n2b\r\nthree\r\n"
    await bench.call("edit_file", path="a", old_text="2b", new_text="x\ny")
    assert bench.read("a") == b"1\r\n2\r\nx\r\ny\r\nthree\r\n"


async def test_mixed_line_ends_stay_where_nothing_was_changed(bench: Bench) -> None:
    bench.write("a", b"one\r\ntwo\nthree\r\nfour\n")
    await bench.call("edit_file", path="a", old_text="two\n", new_text="2\n")
    assert bench.read("a") == b"one\r\n2\nthree\r\nfour\n"


async def test_encoding_mark_and_missing_newline_stay(bench: Bench) -> None:
    bench.write("bom", b"\xef\xbb\xbfa\nb")
    bench.write("latin", "café\nthé".encode("cp1252"))
    bench.write("utf16", "héllo\nb".encode("utf-16"))
    bench.write("broken", "été élan\n".encode() + b"\xff\nb")
    await bench.call("edit_file", path="bom", old_text="a", new_text="é")
    await bench.call("edit_file", path="latin", old_text="café", new_text="cafés")
    await bench.call("edit_file", path="utf16", old_text="héllo", new_text="ça")
    await bench.call("edit_file", path="broken", old_text="élan", new_text="élans")
    assert bench.read("bom") == b"\xef\xbb\xbf\xc3\xa9\nb"
    assert bench.read("latin") == "cafés\nthé".encode("cp1252")
    assert bench.read("utf16") == "ça\nb".encode("utf-16")
    assert bench.read("broken") == "été élans\n".encode() + b"\xff\nb"


async def test_a_character_that_the_encoding_lacks_is_refused(bench: Bench) -> None:
    bench.write("latin", b"caf\xe9\n")
    assert "Windows-1252, which has no character" in await bench.refusal(
        "edit_file", path="latin", old_text="caf", new_text="日本"
    )


async def test_the_nearest_miss_says_what_differs(bench: Bench) -> None:
    bench.write("a.py", "import os\n\n\ndef f():\n\tif x:\n\t\treturn 'a'\n    \n")

    async def near(old: str) -> str:
        return await bench.refusal("edit_file", path="a.py", old_text=old, new_text="z")

    tabs = await near("def f():\n    if x:\n        return 'a'\n")
    assert "nearest place starts at line 4" in tabs
    assert "Line 5 differs in indentation: the file has 1 tab, what you wrote 4 spaces" in tabs
    assert "differs in its quotes" in await near("\t\treturn ‘a’\n")
    assert "differs in its text" in await near("def f():\n\tif y:\n\t\treturn 'a'\n")
    assert "in spaces at its end" in await near("import os \n\n")
    assert "leave those out" in await near("    4\tdef f():\n    5\t\tif x:\n")
    assert "Nothing like it" in await near("zzzzzzzzzzzzzzzz")
    assert "goes on" in await near("\t\treturn 'a'\n    \nmore\nand more\n")


async def test_useless_edits_are_refused(bench: Bench) -> None:
    bench.write("a", "x\n")
    bench.write("b", b"\0\1")
    assert "the same" in await bench.refusal("edit_file", path="a", old_text="x", new_text="x")
    assert "is empty" in await bench.refusal("edit_file", path="a", old_text="", new_text="x")
    assert "no text but" in await bench.refusal("edit_file", path="b", old_text="x", new_text="y")
    assert "There is no c" in await bench.refusal("edit_file", path="c", old_text="x", new_text="y")


TEXT = st.lists(st.sampled_from(["a", "b", "\n", "\r\n", "\r", "é"]), max_size=30).map("".join)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(before=TEXT, after=TEXT, old=TEXT.filter(bool), new=TEXT)
def test_only_what_is_found_changes_whatever_the_line_ends(before: str, after: str, old: str, new: str) -> None:
    text = _FileText(before + old + after)
    place = len(before.replace("\r\n", "\n"))
    if not (before + old + after).replace("\r\n", "\n").startswith(old.replace("\r\n", "\n"), place):
        return  # a CR at the border has joined an LF
    edited = text.replaced([place], len(old.replace("\r\n", "\n")), new)
    if (before[-1:], old[:1]) != ("\r", "\n") and (old[-1:], after[:1]) != ("\r", "\n"):
        assert edited.startswith(before)
        assert edited.endswith(after)


async def test_replacing_in_very_many_places_of_a_long_file_does_not_take_for_ever(bench: Bench) -> None:
    bench.write("long", "a word and a few more\n" * 100_000)
    began = time.process_time()
    await bench.call("edit_file", path="long", old_text="word", new_text="line\nbreak", replace_all=True)
    assert bench.read("long").startswith(b"a line\nbreak and a few more\na line\n")
    assert time.process_time() - began < 10
