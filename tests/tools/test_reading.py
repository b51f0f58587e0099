from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from codex_core.protocol import ImageBlock, TextBlock, ToolError
from tests.tools.conftest import Bench

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x08" + b"\0" * 20


async def test_lines_come_numbered(bench: Bench) -> None:
    bench.write("a.py", "import os\n\nprint(1)\n")
    result = await bench.call("read_file", path="a.py")
    assert result.output == "    1\timport os\n    2\t\n    3\tprint(1)"
    assert result.display == (TextBlock(text="import os\n\nprint(1)", language="python", first_line=1),)


async def test_a_range_is_read_and_the_note_counts(bench: Bench) -> None:
    bench.write("a", "".join(f"{n}\n" for n in range(1, 11)))
    result = await bench.call("read_file", path="a", start_line=3, end_line=4)
    assert result.output == "    3\t3\n    4\t4\n(lines 3-4 of 10)"


async def test_a_long_file_says_how_to_read_on(bench: Bench) -> None:
    bench.write("a", "x\n" * 5000)
    first = await bench.call("read_file", path="a")
    assert first.output.endswith("(lines 1-2000 of 5000; read on with start_line=2001)")
    last = await bench.call("read_file", path="a", start_line=4001)
    assert last.output.endswith(" 5000\tx\n(lines 4001-5000 of 5000)")


async def test_wide_lines_are_cut_and_the_bytes_are_capped(bench: Bench) -> None:
    bench.write("a", "é" * 3000 + "\n" + ("y" * 1500 + "\n") * 100)
    output = (await bench.call("read_file", path="a")).output
    assert "é … (cut: the line has 3,000 characters)" in output
    assert len(output.encode()) < 52_000
    assert "read on with start_line=" in output


async def test_crlf_encodings_and_a_missing_newline_are_noted(bench: Bench) -> None:
    bench.write("crlf", b"a\r\nb\r\n")
    bench.write("latin", "caf\xe9\n".encode("cp1252"))
    bench.write("utf16", "hé\n".encode("utf-16"))
    bench.write("bare", "a\nb")
    assert (await bench.call("read_file", path="crlf")).output == "    1\ta\n    2\tb\n(CRLF line ends)"
    assert (await bench.call("read_file", path="latin")).output == "    1\tcafé\n(Windows-1252)"
    assert (await bench.call("read_file", path="utf16")).output == "    1\thé\n(UTF-16-LE)"
    assert (await bench.call("read_file", path="bare")).output.endswith("(no newline at the end of the file)")


async def test_an_empty_file_is_said_to_be_empty(bench: Bench) -> None:
    bench.write("a", "")
    assert (await bench.call("read_file", path="a")).output == "a is empty."


async def test_an_image_is_noted(bench: Bench) -> None:
    path = bench.write("a.png", PNG)
    result = await bench.call("read_file", path="a.png")
    assert "PNG image, 16x8" in result.output
    assert result.display == (ImageBlock(path=str(path), mime="image/png", size_bytes=len(PNG)),)


async def test_a_binary_file_is_refused_by_kind_and_size(bench: Bench) -> None:
    bench.write("a.out", b"\x7fELF" + b"\0" * 3000)
    assert await bench.refusal("read_file", path="a.out") == (
        "a.out is no text but an ELF executable or library, 3.0 kB. Inspect it with shell if you must."
    )


async def test_a_missing_file_brings_near_names(bench: Bench) -> None:
    bench.write("src/server.py", "")
    assert "Did you mean src/server.py?" in await bench.refusal("read_file", path="src/sever.py")
    assert "Did you mean src/server.py?" in await bench.refusal("read_file", path="server.py")


async def test_a_folder_is_answered_with_the_right_tool(bench: Bench) -> None:
    (bench.folder / "src").mkdir()
    assert "Use list_dir." in await bench.refusal("read_file", path="src")
    bench.write("f", "")
    assert "Use read_file." in await bench.refusal("list_dir", path="f")


async def test_neither_pipes_nor_sockets_nor_devices_are_read(bench: Bench) -> None:
    os.mkfifo(bench.folder / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(bench.folder)  # the path of a socket is short
        server.bind("sock")
        assert "a named pipe" in await bench.refusal("read_file", path="pipe")
        assert "a socket" in await bench.refusal("read_file", path="sock")
    assert "belongs to the kernel" in await bench.refusal("read_file", path="/dev/zero")
    assert "belongs to the kernel" in await bench.refusal("read_file", path="/proc/self/environ")


async def test_a_huge_file_is_refused_without_reading_it(bench: Bench) -> None:
    with (bench.folder / "huge").open("wb") as file:
        file.truncate(10 << 30)
    assert "too long to read whole" in await bench.refusal("read_file", path="huge")


async def test_hidden_paths_are_not_read_whatever_way_leads_there(bench: Bench, tmp_path: Path) -> None:
    secret = tmp_path / "keys"
    secret.mkdir()
    (secret / "id").write_text("KEY")
    bench.policy = replace(bench.policy, hidden_paths=(secret.resolve(),))
    (bench.folder / "link").symlink_to(secret)
    for path in ("link/id", "../keys/id", str(secret / "id"), "link/../keys/id"):
        assert "hidden" in await bench.refusal("read_file", path=path)
    assert "hidden" in await bench.refusal("list_dir", path="link")
    assert "hidden" in await bench.refusal("grep", pattern="KEY", path="link")
    assert "hidden" in await bench.refusal("glob", pattern="*", path="link")


async def test_a_file_swapped_for_a_link_after_the_check_is_not_read(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a").write_text("SECRET")
    bench.write("d/a", "mine")
    action = await bench.preview("read_file", path="d/a")
    (bench.folder / "d").rename(bench.folder / "e")
    (bench.folder / "d").symlink_to(tmp_path / "outside")
    with pytest.raises(ToolError, match="became a symbolic link"):
        await bench.run("read_file", action, path="d/a")


async def test_paths_that_cannot_be_are_refused_in_words(bench: Bench) -> None:
    assert "empty" in await bench.refusal("read_file", path=" ")
    assert "NUL" in await bench.refusal("read_file", path="a\0b")
    assert "not a usable path" in await bench.refusal("read_file", path="\ud800")
    assert "File name too long" in await bench.refusal("read_file", path="a" * 300)
    (bench.folder / "loop").symlink_to("loop")
    assert "loop" in await bench.refusal("read_file", path="loop")


async def test_a_tilde_is_the_home_folder(bench: Bench) -> None:
    bench.write("home/notes", "hi\n")
    assert (await bench.call("read_file", path="~/notes")).output == "    1\thi"


async def test_a_folder_is_listed_sorted_with_sizes_and_links(bench: Bench) -> None:
    bench.write("b.txt", "x" * 1500)
    bench.write("a/inner.txt", "1")
    bench.write("build/out", "1")
    bench.write(".gitignore", "build/\n")
    (bench.folder / "link").symlink_to("a")
    shallow = await bench.call("list_dir")
    assert shallow.output == ".gitignore  7 B\na/\nb.txt  1.5 kB\nlink -> a\n(1 git-ignored entry left out)"
    deep = await bench.call("list_dir", path=".", depth=2)
    assert "a/\n  inner.txt  1 B\n" in deep.output


async def test_a_listing_is_capped_with_a_count(bench: Bench) -> None:
    for number in range(510):
        (bench.folder / f"f{number:03}").touch()
    output = (await bench.call("list_dir")).output
    assert output.endswith("f499  0 B\n(10 more entries not shown: list a folder further down, or use glob)")


async def test_names_with_control_characters_or_broken_bytes_are_shown_escaped(bench: Bench) -> None:
    (bench.folder / "a\x1b[31mb").touch()
    (bench.folder / os.fsdecode(b"\xff")).touch()
    output = (await bench.call("list_dir")).output
    assert "a\\x1b[31mb  0 B" in output
    assert "\\xff  0 B" in output
    output.encode()


async def test_glob_finds_newest_first_and_honours_ignore_files(bench: Bench) -> None:
    old = bench.write("src/old.py", "")
    bench.write("src/deep/new.py", "")
    bench.write("src/page.ts", "")
    bench.write("node_modules/x.py", "")
    bench.write(".gitignore", "node_modules\n")
    os.utime(old, (1, 1))
    assert (await bench.call("glob", pattern="**/*.py")).output == "src/deep/new.py\nsrc/old.py"
    assert (await bench.call("glob", pattern="*.py", path="src")).output == "src/old.py"
    assert (await bench.call("glob", pattern="src/*.{py,ts}")).output == "src/page.ts\nsrc/old.py"
    assert (await bench.call("glob", pattern=f"{bench.folder}/src/*.ts")).output == "src/page.ts"
    assert "`**/*.py` looks in every folder" in (await bench.call("glob", pattern="*.py")).output


async def test_glob_refuses_patterns_it_cannot_mean(bench: Bench) -> None:
    assert "relative to `path`" in await bench.refusal("glob", pattern="/etc/*")
    assert "empty" in await bench.refusal("glob", pattern="")
    assert "more than 256" in await bench.refusal("glob", pattern="{a,b,c,d}" * 8)
