"""The processes that take part in one command's namespaces, without a sandbox around them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.sandbox.conftest import IMPORTED_FROM

_WITHOUT_DEVICES = """
import os, sys
from codex_tools.sandbox import kernel_view, namespaces

try:
    kernel_view.unshare_as_anybody(kernel_view.NEW_MOUNTS)
    kernel_view.make_mounts_private()
    kernel_view.mount("tmpfs", "/dev", "tmpfs", 0)
except OSError as error:
    sys.exit(f"refused: {error}")
namespaces.separate(own_network=False, network=None)
os._exit(7)
"""


def test_those_who_wait_for_a_command_need_no_devices() -> None:
    """It makes its own /dev in the mount namespace that they are in, too: at some moment that is empty."""
    ran = subprocess.run(
        [sys.executable, "-c", _WITHOUT_DEVICES],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(IMPORTED_FROM)},
        capture_output=True,
        text=True,
        check=False,
    )

    if "refused: " in ran.stderr:
        pytest.skip(ran.stderr)
    assert ran.returncode == 7, ran.stderr
