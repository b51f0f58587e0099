from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_core.protocol import CommandSpec, SandboxPolicy
from codex_tools.sandbox.denials import find_denial
from codex_tools.sandbox.environment import child_environment
from codex_tools.sandbox.guarded import git_config
from codex_tools.sandbox.landlock.rights import rights_known_by
from codex_tools.sandbox.landlock.rules import without
from codex_tools.sandbox.output import HeadAndTail
from codex_tools.sandbox.policy_defaults import default_policy
from codex_tools.sandbox.seccomp import build_filter
from codex_tools.sandbox.syscalls import NUMBERS

ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def judged(program: bytes, machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    """What the kernel's interpreter would return: classic BPF, as far as seccomp uses it."""
    padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    wide = [argument & (1 << 64) - 1 for argument in padded]
    data = struct.pack("=IIQ6Q", number, ARCH[machine] if arch is None else arch, 0, *wide)
    at = accumulator = 0
    while True:
        code, if_true, if_false, operand = struct.unpack_from("=HBBI", program, 8 * at)
        at += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("=I", data, operand)
            case 0x54:
                accumulator &= operand
            case 0x15:
                at += if_true if accumulator == operand else if_false
            case 0x35:
                at += if_true if accumulator >= operand else if_false
            case 0x45:
                at += if_true if accumulator & operand else if_false
            case 0x06:
                return operand
            case _:
                raise AssertionError(hex(code))


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_filter_denies_what_it_names_and_nothing_else(machine: str) -> None:
    program, numbers = build_filter(machine, "off", 1000, 1000), NUMBERS[machine]

    def judge(call: str, *arguments: int) -> int:
        return judged(program, machine, numbers[call], *arguments)

    assert judge("ptrace") == judge("mount") == judge("bpf") == EPERM
    assert judge("io_uring_setup") == judge("clone3") == judge("openat2") == ENOSYS
    assert judge("clone", 0x003D0F00) == ALLOW  # a thread
    assert judge("clone", 0x10000000) == judge("unshare", 0x40000000) == judge("unshare", 0x80) == EPERM
    assert judge("unshare", 0x400) == ALLOW
    assert judge("socket", 1, 1) == judge("socket", 2, 1) == judge("socket", 16, 3) == EPERM
    assert judge("socketpair", 1, 1 | 0x80000) == judge("socketpair", 1, 5) == ALLOW
    assert judge("socketpair", 1, 2) == judge("socketpair", 1, 3) == EPERM
    assert judge("ioctl", 0, 0x5401) == ALLOW
    assert judge("ioctl", 0, 0x5412) == judge("ioctl", 0, 0x5412 | 1 << 32) == EPERM
    assert judge("fchmod", 3, 0o755) == ALLOW
    assert judge("fchmod", 3, 0o4755) == EPERM
    assert judge("openat", 0, 0, 0o101, 0o4755) == EPERM
    assert judge("openat", 0, 0, 0o0, 0o4755) == ALLOW
    assert judge("mknodat", 0, 0, 0o010644) == ALLOW
    assert judge("mknodat", 0, 0, 0o020644) == judge("mknodat", 0, 0, 0o060644) == EPERM
    assert judge("fchownat", 0, 0, 1000, -1) == judge("fchownat", 0, 0, -1, 1000) == ALLOW
    assert judge("fchownat", 0, 0, 0, 0) == judge("fchownat", 0, 0, 1000, 5) == EPERM
    assert judge("prlimit64", 0) == ALLOW
    assert judge("prlimit64", 77) == EPERM
    assert judge("setpriority", 0, 0) == ALLOW
    assert judge("setpriority", 2, 0) == EPERM


def test_with_the_network_on_only_the_internet_is_reached(machine: str) -> None:
    program, socket = build_filter(machine, "on", 1000, 1000), NUMBERS[machine]["socket"]

    assert [judged(program, machine, socket, family, kind) for family in (2, 10) for kind in (1, 2)] == [ALLOW] * 4
    assert judged(program, machine, socket, 2, 3) == EPERM
    assert judged(program, machine, socket, 1, 1) == EPERM
    assert judged(program, machine, socket, 16, 3, 0) == ALLOW
    assert judged(program, machine, socket, 16, 3, 15) == EPERM


def test_other_calling_conventions_do_not_pass(machine: str) -> None:
    program = build_filter(machine, "off", 1000, 1000)

    assert judged(program, machine, 0, arch=0x40000003) == KILL
    assert judged(build_filter("x86_64", "off", 0, 0), "x86_64", 0x40000000 | 39) == ENOSYS


@pytest.mark.parametrize(
    ("machine", "header"),
    [("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), ("aarch64", "/usr/include/asm-generic/unistd.h")],
)
def test_the_numbers_are_the_kernels(machine: str, header: str) -> None:
    if not Path(header).exists():
        pytest.skip(f"{header} is not installed")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", Path(header).read_text())
    known = {name: int(number) for name, number in found}

    assert {name: known.get(name, number) for name, number in NUMBERS[machine].items()} == NUMBERS[machine]


def test_landlock_rights_grow_with_its_interface() -> None:
    assert [rights_known_by(abi).bit_length() for abi in (1, 2, 3, 4, 5, 7, 9, 99)] == [13, 14, 15, 15, 16, 16, 17, 17]


def test_excluding_a_path_grants_its_siblings(tmp_path: Path) -> None:
    for name in ("a/b/key", "a/b/other", "a/c", "d"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to("a")

    granted, looked_into = without(str(tmp_path), [f"{tmp_path}/a/b/key", f"{tmp_path}/a/b/gone", "/elsewhere"])

    assert [path.removeprefix(str(tmp_path)) for path in granted] == ["/a/b/other", "/a/c", "/d"]
    assert len(looked_into) == 3
    assert without(str(tmp_path), ["/elsewhere", str(tmp_path.parent)]) == ([str(tmp_path)], [])
    assert without(str(tmp_path), [str(tmp_path)]) == ([], [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            (name, "x")
            for name in ("OPENAI_API_KEY", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "NPM_AUTH")
        ),
        *((name, "x") for name in ("SSH_AUTH_SOCK", "GITHUB_PAT", "dbPassword", "apiKey", "MYSQL_PWD", "MY_CUSTOM")),
        *((name, "x") for name in ("LD_PRELOAD", "BASH_ENV", "PYTHONPATH", "NODE_OPTIONS", "GIT_SSH_COMMAND")),
        *((name, "x") for name in ("BASH_FUNC_ls%%", "GIT_CONFIG_COUNT", "DBUS_SESSION_BUS_ADDRESS", "DOCKER_HOST")),
        ("INNOCENT", "sk-proj-0123456789abcdefghij"),
        ("INNOCENT", "ghp_0123456789abcdefghij0123456789"),
        ("INNOCENT", "AKIAIOSFODNN7EXAMPLE"),
        ("DATABASE_URL", "postgres://user:word@localhost/db"),
    ],
)
def test_a_variable_that_children_do_not_get(name: str, value: str) -> None:
    assert child_environment({name: value}, provider_variables=["MY_CUSTOM"]) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("GIT_AUTHOR_NAME", "A"), ("PATH", "/bin"), ("HOME", "/h"), ("LANG", "C"), ("LC_ALL", "C"), ("PWD", "/w")),
        *(("XDG_SESSION_ID", "1"), ("TOKENIZERS_PARALLELISM", "false"), ("KEYBOARD", "us"), ("MONKEY", "1")),
        *(("PASSENGER_COUNT", "3"), ("COMPASS", "n"), ("SECRETARY", "s"), ("HTTP_PROXY", "http://proxy:3128")),
        *(
            ("PYTHONUNBUFFERED", "1"),
            ("VIRTUAL_ENV", "/v"),
            ("CI", "1"),
            ("EDITOR", "vi"),
            ("OPENAI_BASE_URL", "http://a"),
        ),
    ],
)
def test_a_variable_that_children_get(name: str, value: str) -> None:
    assert child_environment({name: value}, provider_variables=["OPENAI_API_KEY"]) == {name: value}


@given(st.lists(st.binary(max_size=40), max_size=40), st.integers(16, 200))
def test_head_and_tail_count_every_byte(pieces: list[bytes], limit: int) -> None:
    kept = HeadAndTail(limit)
    for piece in pieces:
        kept.feed(piece)
    whole = b"".join(pieces)

    text, cut = kept.text()

    if cut == 0:
        assert text == whole.decode(errors="replace")
        assert len(whole) <= limit
    else:
        assert len(whole) > limit
        assert 0 < len(whole) - cut <= limit
        assert len(whole) - cut > limit - 8
        assert f"[… {cut} bytes left out …]" in text


@given(st.text(alphabet="aé€🙂\n", max_size=300), st.integers(16, 50))
def test_head_and_tail_cut_no_character_in_two(text: str, limit: int) -> None:
    kept = HeadAndTail(limit)
    kept.feed(text.encode())

    assert "\ufffd" not in kept.text()[0]


PLAIN = b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n"


@pytest.mark.parametrize(
    "added",
    [
        b"[user]\n\tname = A B\n",
        b'[remote "origin"]\n\turl = https://example.org/a.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n',
        b'[remote "origin"]\n\turl = git@example.org:a/b.git\n',
        b'[branch "main"]\n\tremote = origin\n\tmerge = refs/heads/main\n',
        b"# a comment\n; another\n\n",
        b"[core]\n\tautocrlf = input ; with a comment\n",
    ],
)
def test_a_harmless_addition_to_gits_config(added: bytes) -> None:
    assert git_config.harmless(PLAIN, PLAIN + added, depth=1)


@pytest.mark.parametrize(
    "added",
    [
        b"[core]\n\tfsmonitor = evil\n",
        b"[CORE]\nFsMonitor=evil\n",
        b"[core] fsmonitor = evil\n",
        b"[core]\n\tfs\\\nmonitor = evil\n",
        b"[core]\n\tbare = false\\\n\n\tfsmonitor = evil\n",
        b"[include]\n\tpath = more\n",
        b'[includeIf "gitdir:/"]\n\tpath = more\n',
        b"[alias]\n\tst = !evil\n",
        b'[remote "origin"]\n\turl = ext::sh -c evil\n',
        b'[remote "origin"]\n\turl = --upload-pack=evil\n',
        b'[remote "origin"]\n\turl = ssh://-oProxyCommand=evil/x\n',
        b'[remote "origin"]\n\tuploadpack = evil\n',
        b'[remote "origin"]\n\tvcs = evil\n',
        b'[submodule "x"]\n\tupdate = !evil\n',
        b"[core]\n\tworktree = /home/user\n",
        b"[core]\n\tworktree = ../../elsewhere\n",
        b"[user\n",
        b'[user]\n\tname = "open\n',
        b"\x00\xff",
    ],
)
def test_an_addition_to_gits_config_that_is_not_kept(added: bytes) -> None:
    assert not git_config.harmless(PLAIN, PLAIN + added, depth=1)


def test_a_submodules_work_tree_stays_in_the_workspace() -> None:
    def is_kept(path: bytes, depth: int) -> bool:
        return git_config.harmless(PLAIN, PLAIN + b"[core]\n\tworktree = " + path + b"\n", depth=depth)

    assert is_kept(b"../../../lib", 3)
    assert not is_kept(b"../../../../lib", 3)
    assert not is_kept(b"../../../lib/../../x", 3)
    assert not is_kept(b"../../../.git", 3)
    assert not is_kept(b"../../../lib", 1)


def test_taking_a_protective_setting_away_is_no_harmless_change() -> None:
    assert not git_config.harmless(PLAIN + b"[core]\n\thooksPath = /dev/null\n", PLAIN, depth=1)


@given(st.binary(max_size=200))
def test_whatever_is_left_of_a_config_is_harmless(data: bytes) -> None:
    cleaned = git_config.cleaned(data, depth=1)

    assert git_config.harmless(b"", cleaned, depth=1)
    assert git_config.cleaned(cleaned, depth=1) == cleaned


def test_the_defaults_hide_keys_and_protect_what_instructs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    workspace, dotfiles = tmp_path / "project", tmp_path / "dotfiles"
    for folder in (workspace, dotfiles / "aws"):
        folder.mkdir(parents=True)
    (tmp_path / ".aws").symlink_to(dotfiles / "aws")

    policy = default_policy("workspace-write", workspace, tmp_path / "home", "off", [dotfiles, dotfiles])

    assert {tmp_path / "home", tmp_path / ".ssh", tmp_path / ".aws", dotfiles / "aws"} <= set(policy.hidden_paths)
    assert {workspace / ".git/hooks", workspace / "AGENTS.md", dotfiles / ".codex-py"} <= set(policy.protected_paths)
    assert policy.writable_roots == (dotfiles,)


WORKSPACE = Path("/srv/project")
POLICY = SandboxPolicy(mode="workspace-write", workspace=WORKSPACE, hidden_paths=(Path("/home/u/.ssh"),))


@pytest.mark.parametrize(
    ("output", "what", "kind", "target"),
    [
        ("bash: line 1: /etc/hosts: Permission denied\n", "write to /etc/hosts", "write", "/etc/hosts"),
        ("touch: cannot touch '/usr/x': Read-only file system", "write to /usr/x", "write", "/usr/x"),
        ("cp: cannot create regular file '../x': Permission denied", "write to /srv/x", "write", "/srv/x"),
        (
            "cat: /home/u/.ssh/id: Permission denied",
            "access to /home/u/.ssh/id, which is hidden",
            "read",
            "/home/u/.ssh/id",
        ),
        (
            "PermissionError: [Errno 13] Permission denied: '~/.bashrc'",
            "write to /home/u/.bashrc",
            "write",
            "/home/u/.bashrc",
        ),
        ("Error: EACCES: permission denied, open '/opt/x'", "write to /opt/x", "write", "/opt/x"),
        ("curl: (6) Could not resolve host: example.org", "network access to example.org", "network", "example.org"),
        (
            "Error: getaddrinfo EAI_AGAIN packages.example.org",
            "network access to packages.example.org",
            "network",
            "packages.example.org",
        ),
        ("ping: socket: Operation not permitted", "network access", "network", ""),
    ],
)
def test_a_likely_denial_is_named_with_the_least_that_would_do(output: str, what: str, kind: str, target: str) -> None:
    denial = find_denial(_command(), 1, output, ())

    assert denial is not None
    assert (denial.what, denial.widening.kind, denial.widening.target) == (what, kind, target)


@pytest.mark.parametrize(
    ("output", "exit_code"),
    [
        ("bash: /etc/hosts: Permission denied\n", 0),
        ("bash: ./script.sh: Permission denied\n", 126),
        ("AssertionError: expected 'Permission denied'\n", 1),
        ("FAILED tests/test_x.py\n", 1),
        ("fatal: not a git repository\n", 128),
    ],
)
def test_other_failures_are_not_the_sandbox(output: str, exit_code: int) -> None:
    assert find_denial(_command(), exit_code, output, ()) is None


def _command() -> CommandSpec:
    return CommandSpec(argv=("x",), cwd=WORKSPACE, environment={"HOME": "/home/u"}, policy=POLICY)
