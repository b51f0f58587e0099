"""The repository itself: locks, packages, import rules, make, and nothing of the machine it was written on."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
PACKAGES = (
    "core/codex_core",
    "tools/codex_tools",
    "themes/codex_themes",
    "tui/codex_tui",
    "tui/codex_cli",
)
TARGETS = {
    "help",
    "run",
    "test",
    "check",
    "test-all",
    "crash-test",
    "bench",
    "fuzz",
    "install",
    "test-deps",
    "lock",
    "clean",
}
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text()
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ \\\n]+)", text, re.MULTILINE))


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("this is no git checkout")
    return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_versions_and_hashes_and_no_place(lock: str) -> None:
    for requirement in re.sub(r"\\\n", " ", (ROOT / lock).read_text()).splitlines():
        if requirement.startswith("#"):
            continue
        assert re.fullmatch(
            r"[a-z0-9._-]+(\[[a-z0-9,_-]+\])?==\S+( ; [^@:]+?)?(\s+--hash=sha256:[0-9a-f]{64})+", requirement
        ), requirement


def test_the_development_lock_holds_the_runtime_lock() -> None:
    runtime, development = (pins(lock) for lock in LOCKS)
    assert runtime.items() <= development.items()


def test_the_locks_agree_with_the_project() -> None:
    build = SETTINGS["build-system"]["requires"]
    assert set(build) == set(SETTINGS["dependency-groups"]["build"])
    exact = [line.split(";")[0].strip() for line in (*SETTINGS["project"]["dependencies"], *build) if "==" in line]
    assert {"litellm==1.106.2", "landlock==1.0.0.dev5"} <= set(exact)
    for requirement in exact:
        name, version = requirement.split("==")
        assert pins("requirements.lock")[name] == version


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_typed_and_says_what_it_is(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()
    assert (ROOT / package / "__init__.py").read_text().startswith('"""')


def test_the_wheel_has_these_packages_and_no_other() -> None:
    assert tuple(SETTINGS["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES


def test_imports_keep_to_their_layers() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_no_file_names_a_registry_or_a_place_on_somebodys_machine() -> None:
    own = {"test_repository.py"}
    words = re.compile(rb"pypi\.org|pythonhosted|registry\.npmjs|(?<![\w.~])/(root|work)/")
    offenders = [
        f"{path.relative_to(ROOT)}: {found[0].decode()}"
        for path in tracked_files()
        if path.name not in own and (found := words.search(path.read_bytes()))
    ]
    assert offenders == []


PICTURES = {
    "screen": "test_looks/test_looks[approval_of_edit][wide-night]",
    "changes": "test_diffs/test_looks[against_git][very-wide-night]",
    "sessions": "test_looks_of_sessions/test_looks[searched][wide-day]",
    "danger": "test_every_theme/test_every_theme_in_one_run[danger][wide-dusk]",
    "narrow": "test_every_theme/test_every_theme_in_one_run[approval_of_edit][narrow-parchment]",
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_in_the_readme_is_a_tested_screen(name: str) -> None:
    tested = ROOT / f"tests/tui/__snapshots__/{PICTURES[name]}.svg"
    picture = ROOT / f"docs/pictures/{name}.svg"
    assert picture.read_bytes() == tested.read_bytes(), f"copy it to {picture}"
    assert f"(docs/pictures/{name}.svg)" in (ROOT / "README.md").read_text()


def test_make_alone_lists_what_it_can_do() -> None:
    result = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"^  make ([a-z-]+)", result.stdout, re.MULTILINE)) == TARGETS


@pytest.mark.parametrize("script", ["scripts/bootstrap.sh", "scripts/lock.sh", "tui/bin/codex-py"])
def test_a_script_is_plain_shell(script: str) -> None:
    assert (ROOT / script).read_text().startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", ROOT / script], check=True)
    assert (ROOT / script).stat().st_mode & 0o111
