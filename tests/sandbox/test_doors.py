"""More ways out, by the kernel's less used doors. Each is first taken unconfined, where that shows anything."""

# One line for each.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Station
from tests.sandbox.test_escapes import python

SECRET = "the-secret-that-must-not-be-read"

WRITES = {
    "O_PATH and /proc/self/fd": python("d = os.open(os.environ['OUTSIDE'] + '/file', os.O_PATH); os.write(os.open(f'/proc/self/fd/{d}', os.O_WRONLY), b'x'); escaped()"),
    "O_PATH of a folder": python("d = os.open(os.environ['OUTSIDE'], os.O_PATH); os.close(os.open('new', os.O_WRONLY | os.O_CREAT, dir_fd=d)); escaped()"),
    "a descriptor opened again for writing": python("d = os.open(os.environ['OUTSIDE'] + '/file', os.O_RDONLY); os.write(os.open(f'/proc/self/fd/{d}', os.O_RDWR), b'x'); escaped()"),
    "an unnamed file that is linked": python("d = os.open(os.environ['OUTSIDE'], os.O_TMPFILE | os.O_RDWR); os.link(f'/proc/self/fd/{d}', os.environ['OUTSIDE'] + '/new', follow_symlinks=True); escaped()"),
    "an unnamed file from here": python("d = os.open('.', os.O_TMPFILE | os.O_RDWR)\nif libc.linkat(-100, f'/proc/self/fd/{d}'.encode(), -100, (os.environ['OUTSIDE'] + '/new').encode(), 0x400) == 0: escaped()"),
    "a swap": python("open('mine', 'w')\nif libc.renameat2(-100, b'mine', -100, (os.environ['OUTSIDE'] + '/file').encode(), 2) == 0: escaped()"),
    "a shared mapping": python("import mmap\nf = open(os.environ['OUTSIDE'] + '/file', 'r+b'); m = mmap.mmap(f.fileno(), 0); m[0:1] = b'x'; escaped()"),
    "splice": python("r, w = os.pipe(); os.write(w, b'x'); os.splice(r, os.open(os.environ['OUTSIDE'] + '/file', os.O_WRONLY), 1); escaped()"),
    "allocation": python("os.posix_fallocate(os.open(os.environ['OUTSIDE'] + '/file', os.O_WRONLY), 0, 99); escaped()"),
    "truncation by name": python("os.truncate(os.environ['OUTSIDE'] + '/file', 1); escaped()"),
    "a socket file": python("s = socket.socket(socket.AF_UNIX); s.bind(os.environ['OUTSIDE'] + '/new'); escaped()"),
    "a parent that is renamed": "mv $OUTSIDE $OUTSIDE.moved && { mv $OUTSIDE.moved $OUTSIDE; echo ESCAPED; }",
    "the workspace itself renamed": "cd / && mv $OLDPWD $OLDPWD.moved && { mv $OLDPWD.moved $OLDPWD; echo ESCAPED; }",
    "the workspace replaced by a link": "w=$PWD; cd /; mv $w $w.old && { rm -rf $w; mv $w.old $w; echo ESCAPED; }",
    "coreutils' install": "install -m 755 /bin/true $OUTSIDE/new && echo ESCAPED",
    "tar through a link": "ln -s $OUTSIDE l; mkdir d; echo x > d/new; tar c d/new | tar x --transform 's,^d,l,' --keep-directory-symlink && test -e $OUTSIDE/new && echo ESCAPED",
    "git's work tree": "git init -q g && echo x > new && git --git-dir=g/.git --work-tree=. add new && git --git-dir=g/.git --work-tree=$OUTSIDE checkout -q -- new && echo ESCAPED",
    "sed in place": "sed -i s/u/x/ $OUTSIDE/file && echo ESCAPED",
    "dot-dot behind a folder of ours": "mkdir -p a/b && echo x > a/b/../../../outside/new && echo ESCAPED",
}  # fmt: skip

READS = {
    "O_PATH and /proc/self/fd": python("d = os.open(os.environ['HIDDEN'] + '/key', os.O_PATH); print(open(f'/proc/self/fd/{d}').read())"),
    "sendfile": python("r, w = os.pipe(); os.sendfile(w, os.open(os.environ['HIDDEN'] + '/key', os.O_RDONLY), 0, 99); print(os.read(r, 99))"),
    "copy_file_range": python("o = os.open('copy', os.O_RDWR | os.O_CREAT); os.copy_file_range(os.open(os.environ['HIDDEN'] + '/key', os.O_RDONLY), o, 99); print(os.pread(o, 99, 0))"),
    "openat2": python("how = ctypes.create_string_buffer(struct.pack('3Q', 0, 0, 0)); d = libc.syscall(437, -100, (os.environ['HIDDEN'] + '/key').encode(), how, ctypes.c_long(24)); print(os.read(d, 99))"),
    "the parent's root": "cat /proc/$PPID/root$HIDDEN/key",
    "the first process's root": "cat /proc/1/root$HIDDEN/key /proc/$VICTIM/root$HIDDEN/key",
    "a thread's root": "cat /proc/thread-self/root$HIDDEN/key",
    "a folder entered before": "cd $HIDDEN && cat key",
    "a loader": "/lib64/ld-linux-x86-64.so.2 --list $HIDDEN/key; env LD_PRELOAD=$HIDDEN/key true; . $HIDDEN/key",
    "a shell's redirection": "read -r line < $HIDDEN/key; echo $line",
    "git's no-index": "git --no-pager diff --no-index /dev/null $HIDDEN/key",
    "a swapped link": "ln -s /etc/hostname l; (for i in $(seq 200); do ln -sfn $HIDDEN/key l; ln -sfn /etc/hostname l; done) & for i in $(seq 200); do cat l; done 2>/dev/null",
}  # fmt: skip

CALLS = {
    "vsock": python("s = socket.socket(40, socket.SOCK_STREAM); escaped()"),
    "a packet socket": python("s = socket.socket(17, socket.SOCK_RAW, 0x300); escaped()"),
    "the kernel's crypto": python("s = socket.socket(38, socket.SOCK_SEQPACKET); escaped()"),
    "bluetooth": python("s = socket.socket(31, socket.SOCK_RAW, 1); escaped()"),
    "CAN": python("s = socket.socket(29, socket.SOCK_RAW, 1); escaped()"),
    "SCTP": python("s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132); escaped()"),
    "MPTCP": python("s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262); s.connect(('127.0.0.1', int(os.environ['TCP_PORT']))); escaped()"),
    "fast open": python("s = socket.socket(); s.sendto(b'x', 0x20000000, ('127.0.0.1', int(os.environ['TCP_PORT']))); escaped()"),
    "netlink of the kernel's events": python("s = socket.socket(16, socket.SOCK_RAW, 15); s.bind((0, 1)); escaped()"),
    "netlink of sockets": python("s = socket.socket(16, socket.SOCK_RAW, 4); escaped()"),
    "netlink of audit": python("s = socket.socket(16, socket.SOCK_RAW, 9); escaped()"),
    "reading memory by a call": python("b = ctypes.create_string_buffer(8); l = struct.pack('QQ', ctypes.addressof(b), 8)\nat = int(open(f\"/proc/{os.environ['VICTIM']}/maps\").readline().split('-')[0], 16); r = struct.pack('QQ', at, 8)\nif call(310, int(os.environ['VICTIM']), ctypes.addressof(ctypes.create_string_buffer(l)), 1, ctypes.addressof(ctypes.create_string_buffer(r)), 1, 0) > 0: escaped()"),
    "the victim's command line": python("open(f\"/proc/{os.environ['VICTIM']}/environ\").read(1); escaped()"),
    "its root": "ls -L /proc/$VICTIM/root > /dev/null && echo ESCAPED",
    "kill of everything": "kill -0 -1 2>/dev/null; kill -0 $VICTIM && echo ESCAPED",
    "a signal to the group of another": "kill -0 -- -$(ps -o pgid= $VICTIM | tr -d ' ') && echo ESCAPED",
    "a signal on input": python("import fcntl, time\nv = int(os.environ['VICTIM']); r, w = os.pipe(); fcntl.fcntl(r, 8, v); fcntl.fcntl(r, 10, 9); fcntl.fcntl(r, 4, 0o20000); os.write(w, b'x'); time.sleep(0.2)\nif open(f'/proc/{v}/stat').read().split()[2] == 'Z': escaped()"),
    "typing into a terminal": python("import fcntl\nfor f in (0, 1, 2):\n    fcntl.ioctl(f, 0x5412, b'x')\nescaped()"),
    "taking a terminal": python("import fcntl\nos.setsid() if os.getpgrp() != os.getpid() else 0\nfcntl.ioctl(os.open('/dev/tty', os.O_RDWR), 0x540E, 1); escaped()"),
    "the console": python("os.open('/dev/console', os.O_WRONLY); escaped()"),
    "the kernel's messages": python("os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK); escaped()"),
    "FUSE": python("os.open('/dev/fuse', os.O_RDWR); escaped()"),
    "a virtual machine": python("os.open('/dev/kvm', os.O_RDWR); escaped()"),
    "a tunnel": python("import fcntl\nfcntl.ioctl(os.open('/dev/net/tun', os.O_RDWR), 0x400454CA, struct.pack('16sH22x', b'tun9', 1)); escaped()"),
    "a loop device": python("os.open('/dev/loop-control', os.O_RDWR); escaped()"),
    "a keyring": python("if call(248, ctypes.cast(b'user', ctypes.c_void_p).value, ctypes.cast(b'k', ctypes.c_void_p).value, ctypes.cast(b'v', ctypes.c_void_p).value, 1, 0xFFFFFFFD) > 0: escaped()"),
    "fanotify": python("if libc.syscall(300, 0, 0) >= 0: escaped()"),
    "a mount by descriptor": python("if libc.syscall(430, b'tmpfs', 0) >= 0: escaped()"),
    "a time namespace": python("if libc.unshare(0x80) == 0: escaped()"),
    "a cgroup namespace": "unshare -C true && echo ESCAPED",
    "namespaces of its own user": "unshare -Ur --map-root-user true && echo ESCAPED",
    "entering by a pid": python("p = os.pidfd_open(int(os.environ['VICTIM']))\nif libc.setns(p, 0x20000000) == 0: escaped()"),
    "lowering its own limits' ceiling": python("import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1)) if resource.getrlimit(resource.RLIMIT_FSIZE)[1] != -1 else 0\nif resource.getrlimit(resource.RLIMIT_FSIZE)[1] == -1: escaped()"),
    "io_uring's registration": python("if libc.syscall(427, -1, 0, 0, 0) == -1 and ctypes.get_errno() != 38: escaped()"),
    "landlock without it": python("print('ESCAPED' if 'NoNewPrivs:\\t0' in open('/proc/self/status').read() else '')"),
    "32-bit calls": "printf 'int main(void){int r;__asm__ volatile(\"int $0x80\":\"=a\"(r):\"a\"(20));return r>0?0:1;}' > i.c && gcc i.c -o i && ./i && echo ESCAPED",
    "core dumps": "ulimit -c unlimited && test \"$(ulimit -c)\" = unlimited && echo ESCAPED",
}  # fmt: skip

ROOTS = {
    "binfmt_misc": "ls /proc/sys/fs/binfmt_misc/register >/dev/null 2>&1; mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && echo ESCAPED",
    "a magic key": "test -w /proc/sysrq-trigger && (exec 3> /proc/sysrq-trigger) && echo ESCAPED",
    "a module's helper": "(exec 3> /proc/sys/kernel/modprobe) && echo ESCAPED",
    "the uevent helper": "(exec 3>> /sys/kernel/uevent_helper) && echo ESCAPED",
    "a cgroup": "c=$(ls -d /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs 2>/dev/null | head -1); (exec 3>> $c) && echo ESCAPED",
    "a cgroup of its own": "mkdir /sys/fs/cgroup/codex-py-test && { rmdir /sys/fs/cgroup/codex-py-test; echo ESCAPED; }",
    "the memory of the machine": "head -c 1 /dev/mem > m && echo ESCAPED",
    "the kernel's core": "head -c 1 /proc/kcore > m && test -s m && echo ESCAPED",
    "debugfs": "mount -t debugfs none /sys/kernel/debug && echo ESCAPED",
    "a capability of a file": "cp /bin/true t && setcap cap_sys_admin+ep t && echo ESCAPED",
    "an attribute outside": python("os.setxattr(os.environ['OUTSIDE'] + '/file', 'trusted.x', b'x'); escaped()"),
    "immutability": "chattr +i $OUTSIDE/file && { chattr -i $OUTSIDE/file; echo ESCAPED; }",

    "another group": python("os.setgroups([1]); escaped()"),
    "the clock": python("import time\ntime.clock_settime(0, time.clock_gettime(0)); escaped()"),

    "another root's files": "(cd /proc/1/root && cat etc/shadow) > /dev/null && test \"$(readlink /proc/1/exe)\" && cat /proc/1/environ >/dev/null && test -e /proc/$VICTIM && echo ESCAPED",
    "the out-of-memory score of another": "echo 1 > /proc/$VICTIM/oom_score_adj && echo ESCAPED",
    "a lower out-of-memory score": "echo -1000 > /proc/self/oom_score_adj && echo ESCAPED",
    "a better priority": "b=$(nice); nice -n -5 sh -c \"test \\$(nice) -lt $b\" && echo ESCAPED",
    "real-time scheduling": python("os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)); escaped()"),
    "locked memory": python("import mmap\nm = mmap.mmap(-1, 100 << 20)\nif libc.mlock(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(m))), ctypes.c_size_t(100 << 20)) == 0: escaped()"),
}  # fmt: skip


@pytest.mark.parametrize("way", WRITES)
def test_nothing_outside_is_written(station: Station, way: str) -> None:
    unconfined = station.unconfined(WRITES[way])
    if "ESCAPED" not in unconfined.output:
        pytest.skip(f"no way out here, even unconfined: {unconfined.output[-200:]}")

    assert "ESCAPED" not in station.run(WRITES[way]).output
    assert [entry.name for entry in station.outside.iterdir()] == ["file"]
    assert (station.outside / "file").read_text() == "untouched\n"


@pytest.mark.parametrize("way", READS)
def test_nothing_hidden_is_read(station: Station, way: str) -> None:
    unconfined = station.unconfined(READS[way])
    if SECRET not in unconfined.output:
        pytest.skip(f"no way in here, even unconfined: {unconfined.output[-200:]}")

    assert SECRET not in station.run(READS[way]).output


@pytest.mark.parametrize("way", CALLS)
def test_nothing_outside_is_reached(station: Station, way: str) -> None:
    unconfined = station.unconfined(CALLS[way])
    if "ESCAPED" not in unconfined.output:
        pytest.skip(f"no way out here, even unconfined: {unconfined.output[-200:]}")

    assert "ESCAPED" not in station.run(CALLS[way]).output


@pytest.mark.parametrize("way", ROOTS)
def test_roots_powers_are_gone(station: Station, way: str) -> None:
    if station.user != 0:
        pytest.skip("only root has them")
    unconfined = station.unconfined(ROOTS[way])
    if "ESCAPED" not in unconfined.output:
        pytest.skip(f"no way out here, even unconfined: {unconfined.output[-200:]}")

    assert "ESCAPED" not in station.run(ROOTS[way]).output
