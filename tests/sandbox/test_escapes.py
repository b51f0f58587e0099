"""Ways out of the sandbox. Each is first taken unconfined, to show that it is one on this machine."""

# One line for each.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Station

_C = """
import ctypes, os, sys, errno, struct, socket, signal
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    return libc.syscall(ctypes.c_long(number), *(a if isinstance(a, ctypes._Pointer) else ctypes.c_void_p(a) for a in args))
def escaped(): print("ESCAPED"); sys.exit(0)
"""


def python(code: str) -> str:
    quoted = (_C + code).replace("'", "'\\''")
    return f"\"$PY\" -I -c '{quoted}'"


WRITES = {
    "a file outside": "echo x > $OUTSIDE/new",
    "appending outside": "echo x >> $OUTSIDE/file",
    "truncating outside": "truncate -s 0 $OUTSIDE/file",
    "unlinking outside": "rm $OUTSIDE/file",
    "a folder outside": "mkdir $OUTSIDE/folder",
    "a pipe outside": "mkfifo $OUTSIDE/pipe",
    "a link outside": "ln -s /etc/passwd $OUTSIDE/link",
    "through a link": "ln -s $OUTSIDE way && echo x > way/new",
    "through a link to a file": "ln -s $OUTSIDE/file way && echo x > way",
    "through a hard link": "ln $OUTSIDE/file way && echo x > way",
    "renaming out": "echo x > mine && mv mine $OUTSIDE/new",
    "renaming in": "mv $OUTSIDE/file mine",
    "hard-linking out": "echo x > mine && ln mine $OUTSIDE/new",
    "through /proc/self/root": "echo x > /proc/self/root$OUTSIDE/new",
    "through the victim's root": "echo x > /proc/$VICTIM/root$OUTSIDE/new",
    "through the victim's folder": "echo x > /proc/$VICTIM/cwd/new",
    "through dot-dot": "echo x > ../outside/new",
    "/dev/shm": "echo x > /dev/shm/codex-py-$VICTIM && rm /dev/shm/codex-py-$VICTIM",
    "/tmp": "echo x > /tmp/codex-py-$VICTIM && rm /tmp/codex-py-$VICTIM",
    "/var/tmp": "echo x > /var/tmp/codex-py-$VICTIM && rm /var/tmp/codex-py-$VICTIM",
    "the home folder": "echo x > ~/.bashrc",
    "a process's settings": "echo 500 > /proc/$VICTIM/oom_score_adj",
    "rsync-like replacement": "cp $OUTSIDE/file $OUTSIDE/file.tmp && mv $OUTSIDE/file.tmp $OUTSIDE/file",
}

READS = {
    "a hidden file": "cat $HIDDEN/key",
    "through a link": "ln -s $HIDDEN way; cat way/key",
    "through a hard link": "ln $HIDDEN/key way; cat way",
    "by copying": "cp -r $HIDDEN copy; cat copy/key",
    "by moving": "mv $HIDDEN/key copy; cat copy; r=$?; mv copy $HIDDEN/key; exit $r",
    "through /proc/self/root": "cat /proc/self/root$HIDDEN/key",
    "through the victim's root": "cat /proc/$VICTIM/root$HIDDEN/key",
    "the victim's environment": "tr '\\0' '\\n' < /proc/$VICTIM/environ",
    "by archive": "tar c -C / ${HIDDEN#/}",
    "by executing it": "bash $HIDDEN/key",
    "by mapping": python(
        "import mmap, os\nf = open(os.environ['HIDDEN'] + '/key')\nprint(mmap.mmap(f.fileno(), 0, prot=1)[:])"
    ),
}

CALLS = {
    "TCP": python("s = socket.socket(); s.connect(('127.0.0.1', int(os.environ['TCP_PORT']))); escaped()"),
    "TCP by bash": "echo > /dev/tcp/127.0.0.1/$TCP_PORT && echo ESCAPED",
    "listening on TCP": python("s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); escaped()"),
    "UDP": python(
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.sendto(b'x', ('127.0.0.1', int(os.environ['UDP_PORT']))); escaped()"
    ),
    "IPv6": python("s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); escaped()"),
    "netlink": python("s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); s.bind((0, 0)); escaped()"),
    "raw packets": python("s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); escaped()"),
    "a Unix socket": python("s = socket.socket(socket.AF_UNIX); s.connect(os.environ['STREAM_SOCKET']); escaped()"),
    "a Unix datagram": python(
        "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.sendto(b'x', os.environ['DATAGRAM_SOCKET']); escaped()"
    ),
    "an abstract socket": python(
        "s = socket.socket(socket.AF_UNIX); s.connect('\\0' + os.environ['ABSTRACT_SOCKET']); escaped()"
    ),
    "a datagram pair with an address": python(
        "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\na.sendto(b'x', os.environ['DATAGRAM_SOCKET']); escaped()"
    ),
    "a raw pair with an address": python(
        "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_RAW)\na.sendto(b'x', os.environ['DATAGRAM_SOCKET']); escaped()"
    ),
    "a datagram pair, reconnected": python(
        "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\na.connect(os.environ['DATAGRAM_SOCKET']); escaped()"
    ),
    "ptrace": python(
        "pid = int(os.environ['VICTIM'])\n"
        "if libc.ptrace(ctypes.c_long(16), ctypes.c_long(pid), None, None) == 0: os.waitpid(pid, 0x40000000); escaped()"
    ),
    "tracing a child": python("if libc.ptrace(ctypes.c_long(0), ctypes.c_long(0), None, None) == 0: escaped()"),
    "reading memory": python(
        "pid = int(os.environ['VICTIM'])\n"
        "at = int(open(f'/proc/{pid}/maps').readline().split('-')[0], 16)\n"
        "f = open(f'/proc/{pid}/mem', 'rb', 0); f.seek(at); f.read(4); escaped()"
    ),
    "the victim's descriptors": python("open(f\"/proc/{os.environ['VICTIM']}/fd/0\"); escaped()"),
    "stealing a descriptor": python(
        "p = os.pidfd_open(int(os.environ['VICTIM']))\nif call(438, p, 0, 0) >= 0: escaped()"
    ),
    "kill": "kill -TERM $VICTIM && echo ESCAPED",
    "kill -CONT": "kill -CONT $VICTIM && echo ESCAPED",
    "tgkill": python("v = int(os.environ['VICTIM'])\nif call(234, v, v, 18) == 0: escaped()"),
    "pidfd_send_signal": python("signal.pidfd_send_signal(os.pidfd_open(int(os.environ['VICTIM'])), 18); escaped()"),
    "sigqueue": python(
        "buffer = ctypes.create_string_buffer(struct.pack('iii', 18, 0, -1), 128)\n"
        "v = int(os.environ['VICTIM'])\n"
        "if libc.syscall(ctypes.c_long(129), ctypes.c_long(v), ctypes.c_long(18), buffer) == 0: escaped()"
    ),
    "renice": "renice -n 5 -p $VICTIM && echo ESCAPED",
    "renice of the whole user": python("if libc.setpriority(2, 0, libc.getpriority(2, 0)) == 0: escaped()"),
    "affinity": python("os.sched_setaffinity(int(os.environ['VICTIM']), {0}); escaped()"),
    "scheduler": python(
        "os.sched_setscheduler(int(os.environ['VICTIM']), os.SCHED_BATCH, os.sched_param(0)); escaped()"
    ),
    "limits": python(
        "import resource\nresource.prlimit(int(os.environ['VICTIM']), resource.RLIMIT_CORE, (0, 0)); escaped()"
    ),
    "ionice": python("if call(251, 1, int(os.environ['VICTIM']), 3 << 13) == 0: escaped()"),
    "io_uring": python("buffer = ctypes.create_string_buffer(256)\nif libc.syscall(425, 4, buffer) >= 0: escaped()"),
    "a user namespace": "unshare -U true && echo ESCAPED",
    "a user namespace by clone": python(
        "pid = libc.syscall(ctypes.c_long(56), ctypes.c_long(0x10000000 | 17), None, None, None, None)\n"
        "if pid == 0: os._exit(0)\n"
        "if pid > 0: escaped()"
    ),
    "a user namespace by clone3": python(
        "args = ctypes.create_string_buffer(struct.pack('8Q', 0x10000000, 0, 0, 0, 17, 0, 0, 0))\n"
        "pid = libc.syscall(ctypes.c_long(435), args, ctypes.c_long(64))\n"
        "if pid == 0: os._exit(0)\n"
        "if pid > 0: escaped()"
    ),
    "a mount namespace": "unshare -m true && echo ESCAPED",
    "a mount": "unshare -Urm mount -t tmpfs none /mnt && echo ESCAPED",
    "a new root": "unshare -Ur chroot / true && echo ESCAPED",
    "a clone of a mount": python(
        "libc.unshare(0x10000000 | 0x20000)\nfd = call(428, -100, 0, 0)\n"
        "fd = libc.syscall(428, -100, b'/', 1)\nif fd >= 0: escaped()"
    ),
    "set-user-id": "touch mine && chmod u+s mine && echo ESCAPED",
    "set-user-id by descriptor": python("f = open('mine', 'w'); os.fchmod(f.fileno(), 0o4755); escaped()"),
    "set-user-id by fchmodat2": python(
        "open('mine', 'w')\nif libc.syscall(452, -100, b'mine', 0o4755, 0) == 0: escaped()"
    ),
    "set-user-id on creation": python(
        "os.umask(0); fd = os.open('mine', os.O_CREAT | os.O_WRONLY, 0o4755)\n"
        "if os.fstat(fd).st_mode & 0o4000: escaped()"
    ),
    "set-user-id by openat2": python(
        "how = ctypes.create_string_buffer(struct.pack('3Q', os.O_CREAT | os.O_WRONLY, 0o4755, 0))\n"
        "fd = libc.syscall(437, -100, b'mine', how, ctypes.c_long(24))\n"
        "if fd >= 0 and os.fstat(fd).st_mode & 0o4000: escaped()"
    ),
    "SysV memory": python("i = libc.shmget(0, 4096, 0o1600)\nif i >= 0: libc.shmctl(i, 0, None); escaped()"),
    "a message queue": python(
        "q = libc.syscall(240, b'codex-py-test', os.O_CREAT | os.O_RDWR, 0o600, None)\n"
        "if q >= 0: libc.syscall(241, b'codex-py-test'); escaped()"
    ),
    "keyrings": python("if call(250, 0, 0xFFFFFFFD, 1) > 0: escaped()"),
    "userfaultfd": python("if call(323, 1) >= 0: escaped()"),
    "file handles": python(
        "h = ctypes.create_string_buffer(struct.pack('Ii', 128, 0), 136); m = ctypes.c_int()\n"
        "if libc.syscall(303, -100, b'/', h, ctypes.byref(m), 0) == 0: escaped()"
    ),
    "x32 calls": python("if call(0x40000000 | 39) > 0: escaped()"),
}

ROOTS = {
    "mounting": "unshare -m sh -c 'mount -t tmpfs none /mnt' && echo ESCAPED",
    "chroot": "chroot / true && echo ESCAPED",
    "a device": "mknod disk b 8 0 && echo ESCAPED",
    "a memory device": "mknod mem c 1 1 && echo ESCAPED",
    "a disk": "head -c 1 \"$(ls /dev/vda /dev/sda /dev/nvme0n1 2>/dev/null | head -1)\" > byte && test -s byte && echo ESCAPED",
    "giving a file away": "touch mine && chown 12345 mine && echo ESCAPED",
    "taking a file": "chown 12345 $OUTSIDE/file && chown 0 $OUTSIDE/file && echo ESCAPED",
    "another user": python("os.setuid(12345); escaped()"),
    "the host's name": 'hostname "$(hostname)" && echo ESCAPED',
    "kernel settings": "cat /proc/sys/kernel/core_pattern > old && cat old > /proc/sys/kernel/core_pattern && echo ESCAPED",
    "a namespace of another": "nsenter -t 1 -u true && echo ESCAPED",
    "bpf": python("attr = ctypes.create_string_buffer(struct.pack('IIII', 2, 4, 8, 1), 72)\n"
                  "if libc.syscall(321, 0, attr, 72) >= 0: escaped()"),
    "the kernel's log": python("if call(103, 10, 0, 0) >= 0: escaped()"),
}  # fmt: skip


OWN_IN_A_VIEW = {"/tmp", "/dev/shm", "/var/tmp", "listening on TCP", "UDP", "IPv6", "netlink", "SysV memory"}
"""With namespaces there is a private one of each; `test_view` shows that it is."""


def skip_what_is_private(station: Station, way: str) -> None:
    if station.tier == "A" and way in OWN_IN_A_VIEW:
        pytest.skip("no way out: it is the command's own")


@pytest.mark.parametrize("way", WRITES)
def test_nothing_outside_is_written(station: Station, way: str) -> None:
    skip_what_is_private(station, way)
    line = f"({WRITES[way]}) && echo ESCAPED"
    unconfined = station.unconfined(line)
    assert "ESCAPED" in unconfined.output, unconfined

    confined = station.run(line)

    assert "ESCAPED" not in confined.output
    assert [entry.name for entry in station.outside.iterdir()] == ["file"]
    assert (station.outside / "file").read_text() == "untouched\n"


@pytest.mark.parametrize("way", WRITES)
def test_a_read_only_command_writes_nowhere(station: Station, way: str) -> None:
    skip_what_is_private(station, way)
    confined = station.run(f"({WRITES[way]}) && echo ESCAPED", mode="read-only")

    assert "ESCAPED" not in confined.output
    assert list(station.workspace.iterdir()) == []


@pytest.mark.parametrize("way", READS)
def test_nothing_hidden_is_read(station: Station, way: str) -> None:
    secret = "the-secret-that-must-not-be-read"
    assert secret in station.unconfined(READS[way]).output

    assert secret not in station.run(READS[way]).output


@pytest.mark.parametrize("way", CALLS)
def test_nothing_outside_is_reached(station: Station, way: str) -> None:
    skip_what_is_private(station, way)
    unconfined = station.unconfined(CALLS[way])
    if "ESCAPED" not in unconfined.output:
        pytest.skip(f"no way out here, even unconfined: {unconfined.output[-200:]}")

    confined = station.run(CALLS[way])

    assert "ESCAPED" not in confined.output
    assert confined.exit_code is not None


@pytest.mark.parametrize("way", ROOTS)
def test_roots_powers_are_gone(station: Station, way: str) -> None:
    if station.user != 0:
        pytest.skip("only root has them")
    unconfined = station.unconfined(ROOTS[way])
    if "ESCAPED" not in unconfined.output:
        pytest.skip(f"no way out here, even unconfined: {unconfined.output[-200:]}")

    assert "ESCAPED" not in station.run(ROOTS[way]).output


@pytest.mark.parametrize("mode", ["read-only", "workspace-write", "danger-full-access"])
def test_a_command_holds_no_descriptor_but_the_standard_ones(station: Station, mode: str) -> None:
    # One of a Landlock ruleset that is used again would let it add rules for the commands that follow.
    names = station.run("ls /proc/self/fd | sort -n | tr '\\n' ' '", mode=mode)

    assert names.output.split() == ["0", "1", "2", "3"]  # 3 is the folder that ls reads
