from __future__ import annotations

import stat
from pathlib import Path

import pytest

from codex_core.protocol import DiffBlock
from tests.tools.conftest import Bench


def patch(*sections: str) -> str:
    return "*** Begin Patch\n" + "".join(sections) + "*** End Patch\n"


async def apply(bench: Bench, *sections: str) -> str:
    return (await bench.call("apply_patch", patch=patch(*sections))).output


async def test_files_are_added_updated_moved_and_deleted_by_one_patch(bench: Bench) -> None:
    bench.write("a.py", "one\ntwo\nthree\n")
    bench.write("old.py", "x\n")
    bench.write("from.py", "def f():\n    return 1\n").chmod(0o755)
    text = patch(
        "*** Update File: a.py\n@@\n one\n-two\n+2\n three\n",
        "*** Add File: new/b.py\n+first\n+\n",
        "*** Delete File: old.py\n",
        "*** Update File: from.py\n*** Move to: to.py\n@@ def f():\n-    return 1\n+    return 2\n",
    )
    action = await bench.preview("apply_patch", patch=text)
    assert bench.names() == {"a.py", "old.py", "from.py"}
    touched = {str(path.relative_to(bench.folder)) for path in action.paths}
    assert touched == {"a.py", "new/b.py", "old.py", "from.py", "to.py"}
    result = await bench.run("apply_patch", action, patch=text)
    assert result.output.splitlines() == [
        "Updated a.py (+1 -1)",
        "Added new/b.py (+2 -0)",
        "Deleted old.py (+0 -1)",
        "Updated from.py -> to.py (+1 -1)",
    ]
    (block,) = result.display
    assert isinstance(block, DiffBlock)
    assert [file.kind for file in block.files] == ["update", "add", "delete", "update"]
    assert bench.read("a.py") == b"one\n2\nthree\n"
    assert bench.read("new/b.py") == b"first\n\n"
    assert bench.read("to.py") == b"def f():\n    return 2\n"
    assert stat.S_IMODE((bench.folder / "to.py").stat().st_mode) == 0o755
    assert bench.names() == {"a.py", "new/b.py", "to.py"}


async def test_headers_lead_to_the_right_repeat(bench: Bench) -> None:
    body = "class A:\n    def f(self):\n        return 1\n\n\nclass B:\n    def f(self):\n        return 1\n"
    bench.write("a.py", body)
    await apply(
        bench, "*** Update File: a.py\n@@ class B:\n@@     def f(self):\n-        return 1\n+        return 2\n"
    )
    assert bench.read("a.py").decode() == body[:-2] + "2\n"


async def test_the_end_of_the_file_is_meant_when_it_is_said(bench: Bench) -> None:
    bench.write("a", "x\nend\nx\n")
    await apply(bench, "*** Update File: a\n@@\n-x\n+last\n*** End of File\n")
    assert bench.read("a") == b"x\nend\nlast\n"
    said = await bench.refusal("apply_patch", patch=patch("*** Update File: a\n@@\n-x\n+y\n*** End of File\n"))
    assert "not at the end of the file" in said


async def test_lines_without_old_ones_go_behind_their_header_or_to_the_end(bench: Bench) -> None:
    bench.write("a", "one\ntwo")
    await apply(bench, "*** Update File: a\n@@ one\n+1b\n")
    assert bench.read("a") == b"one\n1b\ntwo"
    await apply(bench, "*** Update File: a\n@@\n+three\n")
    assert bench.read("a") == b"one\n1b\ntwo\nthree\n"


async def test_line_ends_encoding_and_a_missing_newline_are_kept(bench: Bench) -> None:
    bench.write("crlf", b"a\r\nb\r\nc")
    bench.write("latin", "thé\ncafé\n".encode("cp1252"))
    bench.write("broken", b"\xff\xfd\xfea \nx  \nb\n")
    bench.write("bom", b"\xef\xbb\xbffirst\nsecond\n")
    await apply(
        bench,
        "*** Update File: crlf\n a\n-b\n+B\n+B2\n c\n",
        "*** Update File: latin\n thé\n-café\n+cafés é\n",
        "*** Update File: broken\n x\n-b\n+c\n",
    )
    assert bench.read("crlf") == b"a\r\nB\r\nB2\r\nc"
    assert bench.read("latin") == "thé\ncafés é\n".encode("cp1252")
    assert bench.read("broken") == b"\xff\xfd\xfea \nx  \nc\n"


async def test_what_cannot_be_misunderstood_is_forgiven(bench: Bench) -> None:
    bench.write("a.txt", "one\n\nthree\n")
    bench.write("b.txt", "“quoted” – text \nx\n")
    text = (
        "\n*** Begin Patch  \n*** Update File:   a.txt  \n one\n\n-three\n+3\n\n"
        '*** Update File: b.txt\n@@\n "quoted" - text\n-x\n+y\n*** End Patch \n\n'
    )
    await bench.call("apply_patch", patch=text)
    assert bench.read("a.txt") == b"one\n\n3\n"
    assert bench.read("b.txt").decode() == "“quoted” – text \ny\n"


async def test_a_here_document_around_the_patch_is_taken_off(bench: Bench) -> None:
    await bench.call("apply_patch", patch="apply_patch <<'EOF'\n" + patch("*** Add File: a\n+x\n") + "EOF\n")
    assert bench.read("a") == b"x\n"


async def test_sections_of_one_file_see_each_other(bench: Bench) -> None:
    bench.write("a", "one\ntwo\n")
    await apply(
        bench,
        "*** Update File: a\n-one\n+1\n",
        "*** Update File: a\n 1\n-two\n+2\n",
        "*** Add File: b\n+b\n",
        "*** Update File: b\n-b\n+B\n",
    )
    assert (bench.read("a"), bench.read("b")) == (b"1\n2\n", b"B\n")


REFUSED = {
    "no end": ("*** Begin Patch\n*** Update File: a\n-one\n+1\n", "end marker"),
    "no begin": ("*** Update File: a\n-one\n+1\n*** End Patch\n", "neither"),
    "text before": ("Here:\n*** Begin Patch\n*** Add File: n\n+x\n*** End Patch\n", "text before"),
    "text after": (patch("*** Add File: n\n+x\n") + "more\n", "text after"),
    "nothing": ("*** Begin Patch\n\n*** End Patch\n", "names no file"),
    "empty": ("  \n", "empty"),
    "no hunk": (patch("*** Update File: a\n"), "a: the section has no hunk"),
    "only context": (patch("*** Update File: a\n@@\n one\n"), "a, hunk 1: it changes nothing"),
    "only a header": (patch("*** Update File: a\n-one\n+1\n@@ two\n"), "a, hunk 2: it changes nothing"),
    "unknown header": (patch("*** Update File: a\n@@ def g():\n-two\n+2\n"), "a, hunk 1: no line"),
    "missing context": (patch("*** Update File: a\n@@\n one\n-three\n+3\n"), "a, hunk 1: its context"),
    "wrong order": (patch("*** Update File: a\n@@\n-two\n+2\n@@\n-one\n+1\n"), "a, hunk 2: its lines are at line 1"),
    "bad line": (patch("*** Update File: a\n@@\n-one\n1\n"), "begins with a space"),
    "bad marker": (patch("*** Rename File: a\n"), "expected"),
    "added without plus": (patch("*** Add File: n\nx\n"), "begins with +"),
    "added twice": (patch("*** Add File: a\n+x\n"), "exists already"),
    "not there": (patch("*** Update File: aa\n-one\n+1\n"), "no such file"),
    "deleted and not there": (patch("*** Delete File: b\n"), "no such file"),
    "move onto a file": (patch("*** Update File: a\n*** Move to: c\n-one\n+1\n"), "exists already"),
    "a link": (patch("*** Delete File: link\n"), "symbolic link to c"),
    "a folder": (patch("*** Delete File: d\n"), "is a folder"),
    "no name": (patch("*** Delete File: \n"), "names no file"),
    "binary": (patch("*** Update File: bin\n-x\n+y\n"), "binary"),
    "not UTF-8": ("*** Begin Patch\ud800", "surrogate"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_wrong_is_refused_with_its_place_and_nothing_is_touched(bench: Bench, name: str) -> None:
    bench.write("a", "one\ntwo\n")
    bench.write("c", "c\n")
    bench.write("bin", b"x\0\n")
    (bench.folder / "link").symlink_to("c")
    (bench.folder / "d").mkdir()
    text, words = REFUSED[name]
    assert words in await bench.refusal("apply_patch", patch=text)
    if text.startswith("*** Begin Patch\n*** "):
        longer = text.replace("Patch\n", "Patch\n*** Add File: first\n+x\n", 1)
        assert words in await bench.refusal("apply_patch", patch=longer)
    assert bench.names() == {"a", "c", "bin", "link"}
    assert (bench.read("a"), bench.read("c")) == (b"one\ntwo\n", b"c\n")


async def test_a_patch_does_not_lead_out_of_what_may_be_written(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (bench.folder / "link").symlink_to(tmp_path / "out")
    for name in ("../x", "link/x", str(tmp_path / "x"), ".git/hooks/x"):
        await bench.refusal("apply_patch", patch=patch("*** Add File: ok\n+x\n", f"*** Add File: {name}\n+x\n"))
    assert bench.names() == {"link"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "workspace"]


async def test_a_change_after_the_preview_keeps_all_files_back(bench: Bench) -> None:
    bench.write("a", "one\n")
    bench.write("b", "one\n")
    text = patch("*** Update File: a\n-one\n+1\n", "*** Update File: b\n-one\n+1\n")
    action = await bench.preview("apply_patch", patch=text)
    bench.write("b", "two\n")
    with pytest.raises(Exception, match="b has changed"):
        await bench.run("apply_patch", action, patch=text)
    assert (bench.read("a"), bench.read("b")) == (b"one\n", b"two\n")


async def test_a_unified_diff_is_understood_too(bench: Bench) -> None:
    bench.write("a", "one\ntwo\n")
    await bench.call("apply_patch", patch="--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n")
    assert bench.read("a") == b"one\n2\n"
