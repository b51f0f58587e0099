"""What can be enforced here? Found by really running a confined command and looking at what it could do."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

from codex_core.protocol import CommandSpec, Limits, SandboxPolicy, SandboxStatus, SandboxUnavailable
from codex_tools.sandbox import seccomp
from codex_tools.sandbox.launcher import Launcher
from codex_tools.sandbox.private_folder import PrivateFolder
from codex_tools.sandbox.spec import ConfiningTier
from codex_tools.sandbox.wire import Ending

_PROBE_LIMIT_S: Final = 20.0

# Each test that a confined process must fail at, or pass, ends the script with a code of its own.
_SCRIPT: Final = """
{ echo > "$1/outside"; } 2>/dev/null && exit 11
{ read -r _ < "$1/secret"; } 2>/dev/null && exit 12
[ "$2" = A ] && [ -e "/proc/$3" ] && exit 18
{ echo > "$TMPDIR/inside"; } 2>/dev/null || exit 13
rm -f "$TMPDIR/inside" || exit 14
while read -r key value _; do
  case $key in
    NoNewPrivs:) [ "$value" = 1 ] || exit 15 ;;
    Seccomp:) [ "$value" = 2 ] || exit 16 ;;
  esac
done < /proc/self/status || exit 17
exit 0
"""
_MEANING: Final = {
    11: "a confined command could write outside its folders",
    12: "a confined command could read a hidden file",
    13: "a confined command could not write to its private temp",
    14: "a confined command could not delete in its private temp",
    15: "no_new_privs does not hold",
    16: "the seccomp filter does not hold",
    17: "/proc cannot be read",
    18: "a confined command could see other processes",
}

_ABI_TRUNCATE, _ABI_NET, _ABI_IOCTL, _ABI_SCOPE, _ABI_UNIX = 3, 4, 5, 6, 9
_GAPS: Final = (
    "nothing limits how much disk and processor time is used inside the workspace",
    "programs written into the workspace are not confined when you run them yourself",
)
_GAPS_OF_A: Final = (
    "hidden files that are made or replaced while a command runs can be read if they are in the workspace itself",
)
_OPEN_SOCKETS: Final = (
    "Unix sockets outside /tmp that are opened while a command runs can be connected to (Landlock ABI < 9)",
)
_GAPS_OF_B: Final = (
    "permissions, times and attributes of your own files outside the workspace can be changed, not their contents",
    "names of hidden files can be listed, not their contents",
    "other processes can be seen in /proc, not read, traced or signalled",
    "git and instruction files are put back after a command, not protected while it runs",
    "no Unix sockets, no loopback, no pseudo-terminals, no POSIX semaphores inside",
)
_GAPS_BEFORE: Final = (
    (_ABI_TRUNCATE, "files outside the workspace that are yours can be cut to a length (Landlock ABI < 3)"),
    (_ABI_IOCTL, "device controls on terminals are limited by seccomp only (Landlock ABI < 5)"),
    (_ABI_SCOPE, "your other processes can be signalled (Landlock ABI < 6)"),
)


async def probe(launcher: Launcher, folder: PrivateFolder, best: ConfiningTier) -> SandboxStatus:
    """Return what holds, at most `best`. Never raises for what cannot be had here: that is tier C, with the reason."""
    if sys.platform != "linux":
        return _none(0, f"Landlock and seccomp are Linux's, this is {sys.platform}")
    try:
        hello = await launcher.hello()
        abi = hello["landlock_abi"]
        if not abi:
            return _none(0, "the kernel has no Landlock, or it is switched off (lsm= on the kernel's command line)")
        if not seccomp.supports(hello["machine"]):
            return _none(abi, f"no seccomp filter is known for {hello['machine']}")
        without_a = await _run_probe(launcher, folder, "A") if best == "A" else "namespaces are switched off"
        without_b = await _run_probe(launcher, folder, "B") if without_a else ""
    except SandboxUnavailable as error:
        return _none(0, str(error))
    if without_b:
        return _none(abi, without_b)
    of_tier = _GAPS_OF_B if without_a else (*(_OPEN_SOCKETS if abi < _ABI_UNIX else ()), *_GAPS_OF_A)
    of_abi = (gap for needed, gap in _GAPS_BEFORE if abi < needed)
    return SandboxStatus(
        tier="B" if without_a else "A", landlock_abi=abi, reason=without_a, gaps=(*of_tier, *of_abi, *_GAPS)
    )


def _none(abi: int, reason: str) -> SandboxStatus:
    return SandboxStatus(tier="C", landlock_abi=abi, reason=reason, gaps=("nothing is confined",))


async def _run_probe(launcher: Launcher, folder: PrivateFolder, tier: ConfiningTier) -> str:
    """Return why confinement of this tier does not hold, or nothing."""
    outside = folder.path / "probe"
    await asyncio.to_thread(_prepare, outside)
    command = CommandSpec(
        argv=("/bin/sh", "-c", _SCRIPT, "probe", str(outside), tier, str(os.getpid())),
        cwd=Path("/"),
        environment={"PATH": "/usr/bin:/bin"},
        policy=SandboxPolicy(
            mode="read-only",
            workspace=folder.places.temp,
            hidden_paths=(outside,),
            limits=Limits(wall_s=_PROBE_LIMIT_S),
        ),
    )
    null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    try:
        launched = await launcher.start(command, tier=tier, output_fd=null)
    finally:
        os.close(null)
    try:
        return _judge(await launched.ending())
    finally:
        launched.close()


def _prepare(outside: Path) -> None:
    outside.mkdir(mode=0o700, exist_ok=True)
    (outside / "secret").write_text("what a confined command must not read\n")


def _judge(ending: Ending) -> str:
    if ending["failure"] or ending["wait_status"] is None:
        return ending["failure"] or "the probe did not run"
    code = os.waitstatus_to_exitcode(ending["wait_status"])
    return "" if code == 0 else _MEANING.get(code, f"the confined probe ended with {code}")
