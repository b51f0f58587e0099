from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_core.policy.judge import Judgement, judge
from codex_core.policy.prefixes import prefix_depth
from codex_core.protocol import Action, SandboxPolicy
from tests.policy.lines import labelled

HERE = Path("/project")
POLICY = SandboxPolicy(
    mode="workspace-write",
    workspace=HERE,
    hidden_paths=(Path("/home/me/.ssh"),),
    protected_paths=(HERE / ".git/hooks", HERE / "AGENTS.md"),
)


def judged(line: str) -> Judgement:
    return judge(Action(kind="exec", summary=line, argv=("bash", "-c", line)), POLICY)


def program(*argv: str) -> Judgement:
    return judge(Action(kind="exec", summary=" ".join(argv), argv=argv), POLICY)


@pytest.mark.parametrize("line", labelled("safe"))
def test_everyday_lines_that_only_look_run_unasked(line: str) -> None:
    assert judged(line).verdict == "safe", judged(line).why


@pytest.mark.parametrize("line", labelled("never_safe"))
def test_lines_that_may_do_more_are_never_safe(line: str) -> None:
    assert judged(line).verdict != "safe"


@pytest.mark.parametrize("line", labelled("asked"))
def test_everyday_work_is_asked_and_is_no_danger(line: str) -> None:
    assert judged(line).verdict == "ask", judged(line).why


@pytest.mark.parametrize("line", labelled("danger"))
def test_lines_that_destroy_or_reach_too_far_are_danger(line: str) -> None:
    assert judged(line).verdict == "danger"


@pytest.mark.parametrize(
    "line",
    [
        "ls\u00a0-la",
        "ls\u200b",
        "ls \u202e-la",
        "l\u0455",
        "ls\r",
        "ls\x00",
        "ls \x1b[2J",
        "ls\u2003-a",
        "cat \uff45.txt",
        "ls \u2013la",
        "cat /etc/p\u0430sswd",
        "ls\u2028rm",
        "ls \ud800",
        "ls\x0b-a",
        "ls \u00ad",
        "\ufeffls",
        "ls\uff1b rm",
        "ls \U000e0041",
    ],
)
def test_characters_that_do_not_show_what_they_are_are_never_safe(line: str) -> None:
    assert judged(line).rule == "not-understood" or judged(line).verdict != "safe"
    assert judged(line).verdict != "safe"


DANGEROUS = [
    "rm -rf /",
    "rm -rf ~",
    "git push --force",
    "git reset --hard",
    "sudo ls",
    "find . -delete",
    "shred x",
    "kill -9 -1",
    "git branch -D main",
    "chmod -R 777 /",
    "dd if=x of=/dev/sda",
    "npm publish",
    "cat ~/.ssh/id_rsa",
]

_WRAPPINGS = [
    "{}",
    "bash -c {q}",
    "sh -c {q}",
    "env {}",
    "env -i A=b {}",
    "nohup {}",
    "nice -n 5 {}",
    "timeout 5 {}",
    "({})",
    "{{ {}; }}",
    "if true; then {}; fi",
    "for i in 1; do {}; done",
    "while true; do {}; done",
    "f() {{ {}; }}; f",
    "! {}",
    "true && {}",
    "false || {}",
    "ls; {}",
    "ls | {}",
    "echo $({})",
    'echo "$({})"',
    "echo `{}`",
    "x=$({})",
    "cat <({})",
    "eval {q}",
    "ls\n{}\nls",
    "ls # c\n{}",
    "bash <<< {q}",
    "command {}",
    "exec {}",
    "time {}",
    "setsid {}",
    "case x in x) {};; esac",
    "A=b {}",
    "{} &",
    "{} > /dev/null 2>&1",
    "  {}  ",
    "\t{}",
    "[ -f x ] && {}",
    "cat <<E\n$({})\nE",
    "bash <<E\n{}\nE",
    "cat <<E | sh\n{}\nE",
    "echo {q} | bash",
    "ssh host {q}",
    "until false; do {}; done",
    "trap {q} EXIT",
    "stdbuf -oL {}",
    "xargs -n1 {}",
    "parallel {}",
    "watch {q}",
    "busybox {}",
    "/usr/bin/env {}",
    "find . -exec {} \\;",
    "{}; 'unfinished",
    "{} ) (",
    "coproc {}",
    "strace -f {}",
    "flock /tmp/l {}",
    "script -c {q}",
    "uv run {}",
    "docker run x {}",
]


def _in_single_quotes(line: str) -> str:
    return "'" + line.replace("'", "'\\''") + "'"


@st.composite
def _hidden(draw: st.DrawFn) -> str:
    """A dangerous line whose words are quoted and escaped at random, wrapped some times over."""
    words = draw(st.sampled_from(DANGEROUS)).split()
    for at, word in enumerate(words):
        how = draw(st.sampled_from(["plain", "single", "double", "escape", "split"]))
        if "~" in word:
            how = "plain"
        cut = draw(st.integers(0, len(word)))
        words[at] = {
            "plain": word,
            "single": f"'{word}'",
            "double": f'"{word}"',
            "escape": word[:cut] + "\\" + word[cut:] if cut < len(word) else word,
            "split": f"{word[:cut]}''{word[cut:]}",
        }[how]
    line = draw(st.sampled_from([" ", "  ", " \\\n "])).join(words)
    for _ in range(draw(st.integers(0, 3))):
        wrapping = draw(st.sampled_from(_WRAPPINGS))
        line = wrapping.format(line, q=_in_single_quotes(line))
    return line


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_hidden())
def test_no_quoting_and_no_wrapping_makes_a_dangerous_line_less_than_danger(line: str) -> None:
    assert judged(line).verdict == "danger"


_TOKENS = [
    *(
        "echo ",
        "ls ",
        "cat ",
        "true",
        "evil",
        "evil",
        " ",
        " ",
        ";",
        "|",
        "&&",
        "||",
        "&",
        "\n",
        "'",
        "'",
        '"',
        '"',
        "`",
        "`",
    ),
    *(
        "$(",
        ")",
        "(",
        "{ ",
        "; }",
        "#",
        " #",
        "\\",
        "\\\n",
        "<<E",
        "\nE\n",
        "<<'E'",
        ">",
        "> pwn",
        "[[ ",
        " ]]",
        "[ ",
        " ]",
    ),
    *(
        "((",
        "))",
        "$((",
        "if ",
        "then ",
        "fi",
        "for x in ",
        "; do ",
        "done",
        "case x in ",
        "x) ",
        ";; ",
        "esac",
        "x=",
        "$x",
    ),
    *(
        "${x:-",
        "}",
        "! ",
        "=~",
        "<(",
        "$'",
        ",",
        "..",
        "*",
        "a",
        "-n",
        "2>&1",
        "<<<",
        "<&",
        "a=(",
        "|&",
        "\n#",
        "~",
        "?",
    ),
]


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["echo ", "ls ", "cat <<E\n", "true; ", "[[ a ", "[ a "]),
    st.lists(st.sampled_from(_TOKENS), max_size=14),
)
def test_what_is_judged_safe_runs_nothing_else_in_a_real_bash(begin: str, tokens: list[str]) -> None:
    line = begin + "".join(tokens)
    if judged(line).verdict == "safe" and ("evil" in line or "pwn" in line):
        _assert_runs_nothing_else(line)


def _assert_runs_nothing_else(line: str) -> None:
    script = (
        'd=$(mktemp -d) && cd "$d" && mkdir bin && printf "#!/bin/sh\\n: > $d/ran\\n" > bin/evil && chmod +x bin/evil\n'
    )
    script += 'PATH="$d/bin:$PATH" timeout 3 bash -c "$1" < /dev/null > /dev/null 2>&1\nls; rm -r "$d"'
    left = subprocess.run(["bash", "-c", script, "-", line], capture_output=True, text=True, check=True, timeout=20)
    assert left.stdout.split() == ["bin"], line


def test_a_program_that_is_run_without_a_shell_is_judged_by_the_same_tables() -> None:
    assert program("ls", "-la", "$(rm -rf ~)").verdict == "safe"
    assert program("sort", "-o", "f", "f").verdict == "ask"
    assert program("rm", "-rf", "/").verdict == "danger"
    assert program("sh", "-c", "rm -rf /").verdict == "danger"
    assert program("echo", "a", ";", "evil").verdict == "safe"


def test_a_judgement_names_the_command_the_reason_and_the_rule() -> None:
    forced = judged("cd src && git push --force")
    assert (forced.why, forced.rule) == ("`git push --force` rewrites history on the remote", "git:push-force")
    assert judged("ls -la").rule == "program:ls"
    assert judged("frobnicate x").rule == "unknown-program"
    assert judged("ls > out").rule == "redirect:write"
    assert judged("ls 'x").rule == "not-understood"


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("ls -la | wc -l", (("ls", "-la"), ("wc", "-l"))),
        ("cd src && git commit -m 'a b'", (("cd", "src"), ("git", "commit", "-m", "a b"))),
        ("bash -c 'npm test'", (("bash", "-c", "npm test"), ("npm", "test"))),
        ("timeout 5 make x", (("timeout", "5", "make", "x"), ("make", "x"))),
        ("ls *.py | xargs touch", (("ls", "*.py"), ("xargs", "touch"), ("touch",))),
        ('make "$X"', (("make", "$X"),)),
        ("echo $(make)", (("make",), ("echo", "$(make)"))),
        ("if make; then ls; fi", (("make",), ("ls",))),
        ("make 'unfinished", ()),
        ('make; eval "$X"', ()),
    ],
)
def test_the_commands_of_a_line_are_those_that_would_run(line: str, commands: tuple[tuple[str, ...], ...]) -> None:
    found = judged(line).commands
    assert sorted(found) == sorted(commands)


def test_what_no_remembered_command_covers_is_told_apart() -> None:
    assert judged("make > log.txt").beyond == ("> log.txt",)
    assert judged("CC=evil make").beyond == ("CC=evil",)
    assert judged("LC_ALL=C make 2>&1 >/dev/null").beyond == ()


@pytest.mark.parametrize(
    ("argv", "depth"),
    [
        ("git commit -m x", 2),
        ("git push origin", 2),
        ("git", 1),
        ("npm run build", 3),
        ("npm test", 2),
        ("docker compose up -d", 3),
        ("docker ps", 2),
        ("pytest -q", 1),
        ("python -m pytest -q", 3),
        ("python x.py", 2),
        ("make test", 2),
        ("make", 1),
        ("cargo build --release", 2),
        ("go test ./...", 2),
        ("uv run pytest -q", 3),
        ("kubectl get pods", 2),
        ("ls -la", 1),
        ("ruff check .", 2),
        ("git remote add x y", 3),
        *(
            (line, 0)
            for line in (
                "bash -c x",
                "sh x",
                "sudo ls",
                "rm x",
                "env ls",
                "xargs ls",
                "curl x",
                "python -c x",
                "node -e x",
                "perl -e x",
                "ssh h",
                "eval x",
                "find . -exec x",
                "timeout 5 x",
                "git -c a=b x",
                "docker run x",
                "npx x",
                "wget x",
                "dd if=x",
                "kill 1",
                "python",
                "source x",
                "git rebase x",
                "awk x",
                "sed -i x",
                "chmod x y",
            )
        ),
    ],
)
def test_a_remembered_prefix_is_as_long_as_the_sub_command(argv: str, depth: int) -> None:
    assert prefix_depth(tuple(argv.split())) == depth


@pytest.mark.parametrize(
    "argv",
    [
        *("uv run python -c x", "uv run bash -c x", "poetry run python", "bundle exec ruby -e 1", "yarn node -e x"),
        *("python manage.py shell", "php artisan tinker", "rails runner x", "flask shell", "terraform console"),
        *("elixir -e x", "nix run x", "cmake -P x", "bash x.sh", "python3 -c x", "env ls", "sudo ls", "rm x"),
    ],
)
def test_what_can_be_told_anything_is_never_remembered_by_prefix(argv: str) -> None:
    assert prefix_depth(tuple(argv.split())) == 0


@pytest.mark.parametrize(
    ("argv", "depth"),
    [("uv run pytest -q", 3), ("python manage.py migrate", 3), ("bundle exec rspec x", 3), ("uv run python x.py", 4)],
)
def test_a_runner_is_remembered_with_the_task_that_it_runs(argv: str, depth: int) -> None:
    assert prefix_depth(tuple(argv.split())) == depth


def test_the_command_behind_sudo_is_listed() -> None:
    assert judged("sudo -u root A=1 rm x").commands[-1] == ("rm", "x")
