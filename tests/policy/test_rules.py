from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_core.policy.globs import glob_matches
from codex_core.policy.judge import judge
from codex_core.policy.offers import offers_for, widening_offers, widening_rules
from codex_core.policy.rules import Case, covering, remembered_widenings, ruling_on, too_wide
from codex_core.protocol import (
    Action,
    CommandRule,
    Denial,
    EditRule,
    Effect,
    HostRule,
    Pattern,
    Rule,
    SandboxPolicy,
    ToolRule,
    Widening,
    WideningRule,
)

HERE = Path("/project")
POLICY = SandboxPolicy(
    mode="workspace-write",
    workspace=HERE,
    hidden_paths=(Path("/home/me/.ssh"),),
    protected_paths=(HERE / "AGENTS.md", HERE / ".git/hooks"),
)


def shell(line: str) -> Case:
    action = Action(kind="exec", summary=line, argv=("bash", "-c", line))
    return Case(action=action, judgement=judge(action, POLICY), tool="shell", policy=POLICY)


def edit(*paths: str) -> Case:
    action = Action(kind="write", summary="Edit", paths=tuple(HERE / path for path in paths))
    return Case(action=action, judgement=judge(action, POLICY), tool="edit_file", policy=POLICY)


def fetch(*urls: str) -> Case:
    action = Action(kind="network", summary="Fetch", urls=urls)
    return Case(action=action, judgement=judge(action, POLICY), tool="web_fetch", policy=POLICY)


def foreign(tool: str) -> Case:
    action = Action(kind="other", summary="Call")
    return Case(action=action, judgement=judge(action, POLICY), tool=tool, policy=POLICY)


def rule(pattern: Pattern, effect: Effect = "allow") -> Rule:
    return Rule(rule_id="r", pattern=pattern, effect=effect, scope="user", made_at=0.0, origin="")


def begins(*words: str) -> Pattern:
    return CommandRule(prefix=words)


def exactly(*words: str) -> Pattern:
    return CommandRule(prefix=words, is_exact=True)


MAKE_AND_COMMIT = (rule(exactly("make")), rule(begins("make", "test")), rule(begins("git", "commit")))


@pytest.mark.parametrize(
    "line",
    [
        "make", "make test -j4", "git commit -m 'a; b'", "make && git commit -am x", "ls -la && make", "make | wc -l",
        "make 2>&1", "make >/dev/null 2>&1", "make test CC=gcc", "for x in a b; do make test $x; done",
    ],
)  # fmt: skip
def test_a_line_is_covered_if_each_of_its_commands_is_safe_or_begins_as_a_rule_says(line: str) -> None:
    case = shell(line)
    assert covering(case, MAKE_AND_COMMIT)


@pytest.mark.parametrize(
    "line",
    [
        "makefile", "git push", "git", "git -C x commit", "make; curl x", "make & curl x", "make || sh x", "make | sh",
        "make > ~/.profile", "make >> x", "make >/dev/null.x", "CC=evil make", "PATH=. make", "PATH=.; make",
        "make $(curl x)", "make\ncurl x", "make() { curl x; }; make", "./make", "/tmp/make", "$X make",
        "bash -c 'make'; x", "sudo make", "env make", "make <(curl x)", "if make; then curl x; fi", "xargs make",
        "$MAKE", "ma''ke; x", "make -f x", "make CC=gcc", "make; rm -rf /",
        "rm -rf / ; make", "FOO=1 make FOO=1", "find . $X; make",
    ],
)  # fmt: skip
def test_a_line_that_does_anything_else_too_is_not_covered(line: str) -> None:
    assert covering(shell(line), MAKE_AND_COMMIT) == ()


@pytest.mark.parametrize("line", ["rm -rf /", "sudo make", "git push --force"])
def test_danger_is_never_covered(line: str) -> None:
    case = shell(line)
    assert case.judgement.verdict == "danger"
    everything = (rule(exactly("bash", "-c", line)), rule(begins(*line.split()[:1])), rule(exactly(*line.split())))
    assert covering(case, everything) == ()
    assert offers_for(case) == ()


def test_an_exact_rule_covers_these_words_and_no_more() -> None:
    rules = (rule(exactly("pytest", "-q")),)
    assert covering(shell("pytest -q"), rules)
    assert covering(shell("pytest  '-q'"), rules)
    assert not covering(shell("pytest -q x"), rules)
    assert not covering(shell("pytest"), rules)


def test_a_line_that_is_not_understood_is_covered_only_by_itself() -> None:
    line = 'eval "$X"'
    assert not shell(line).judgement.commands
    assert covering(shell(line), (rule(exactly("bash", "-c", line)),))
    assert not covering(shell(line + " "), (rule(exactly("bash", "-c", line)),))


@pytest.mark.parametrize("words", [("bash",), ("python3", "-c"), ("sudo", "make"), ("env",), ("git",), ("npm", "run")])
def test_what_can_run_anything_is_too_wide_for_a_rule(words: tuple[str, ...]) -> None:
    assert too_wide(words)
    assert not covering(shell(" ".join((*words, "x", "y"))), (rule(begins(*words)),))


@pytest.mark.parametrize("effect", ["ask", "deny"])
@pytest.mark.parametrize("line", ["git push", "ls && git push", "/usr/bin/git push", "git push origin x"])
def test_a_rule_that_tightens_needs_one_command_of_the_line(line: str, effect: Effect) -> None:
    ruling = ruling_on(shell(line), (rule(begins("git", "push")), rule(begins("git", "push"), effect)))
    assert ruling is not None
    assert ruling.effect == effect


def test_what_may_be_forbidden_but_cannot_be_parsed_is_asked() -> None:
    for line in ('eval "$X"', "$X push", "git $X"):
        ruling = ruling_on(shell(line), (rule(begins("git", "push"), "deny"),))
        assert ruling is not None
        assert ruling.effect == "ask"
    assert ruling_on(shell("make"), (rule(begins("git", "push"), "deny"),)) is None


def test_globs_cover_edits_inside_the_workspace_and_never_protected_files() -> None:
    docs = (rule(EditRule(glob="docs/**")),)
    assert covering(edit("docs/a.md", "docs/x/b.md"), docs)
    assert not covering(edit("docs/a.md", "src/a.py"), docs)
    assert not covering(edit("docs"), docs)
    everything = (rule(EditRule(glob="**")),)
    assert covering(edit("src/a.py"), everything)
    for path in ("AGENTS.md", ".git/hooks/pre-commit", ".git/x", "/etc/hosts"):
        assert not covering(edit("src/a.py", path), everything)


@pytest.mark.parametrize(
    ("glob", "matches", "misses"),
    [
        ("*.py", ["a.py", ".py"], ["x/a.py", "a.pyc"]),
        ("**/*.py", ["a.py", "x/y/a.py"], ["a.pyc"]),
        ("docs/**", ["docs/a", "docs/x/y"], ["docs", "docsx/a"]),
        ("docs/", ["docs/a"], ["docs"]),
        ("a?b", ["axb"], ["a/b", "ab"]),
        ("a/**/b", ["a/b", "a/x/y/b"], ["a/xb"]),
        ("[x](y).md", ["[x](y).md"], ["x.md"]),
        ("**/**/x", ["x", "a/b/x"], ["ax"]),
    ],
)
def test_globs(glob: str, matches: list[str], misses: list[str]) -> None:
    assert all(glob_matches(glob, name) for name in matches)
    assert not any(glob_matches(glob, name) for name in misses)


@given(st.text(max_size=20), st.text(max_size=20))
def test_every_glob_compiles_and_quickly(glob: str, name: str) -> None:
    glob_matches(glob, name)
    glob_matches("**/" * 20 + glob, "/".join("a" * 50))


def test_hosts_are_matched_by_name_or_by_what_they_are_below() -> None:
    one = (rule(HostRule(host="Example.org")),)
    assert covering(fetch("https://example.org/x?y"), one)
    assert covering(fetch("https://u@EXAMPLE.org.:443/"), one)
    for url in ("https://a.example.org", "https://example.org.evil", "https://example.org@evil/", "file:///etc", ""):
        assert not covering(fetch(url), one)
    assert not covering(fetch("https://example.org", "https://evil"), one)
    below = (rule(HostRule(host="*.example.org")),)
    assert covering(fetch("https://a.b.example.org"), below)
    assert not covering(fetch("https://example.org"), below)
    assert not covering(fetch("https://badexample.org"), below)


def test_tools_from_outside_are_matched_by_name_and_by_server() -> None:
    assert covering(foreign("mcp__git__log"), (rule(ToolRule(tool="mcp__git__log")),))
    assert covering(foreign("mcp__git__log"), (rule(ToolRule(tool="mcp__git__*")),))
    assert not covering(foreign("mcp__github__log"), (rule(ToolRule(tool="mcp__git__*")),))


@pytest.mark.parametrize(
    "case",
    [
        shell("make test"), shell("git commit -m x && make"), shell("make a; make b; ls"),
        shell("python3 x.py"), shell("for a in b; do c; done"),
        edit("src/a.py"), edit("a.py", "docs/b.md"), edit(), fetch("https://example.org/a"), foreign("mcp__git__log"),
    ],
)  # fmt: skip
def test_what_is_offered_covers_what_is_asked(case: Case) -> None:
    offers = offers_for(case)
    assert offers
    for offer in offers:
        assert covering(case, [rule(pattern) for pattern in offer.patterns])
        assert offer.words


def test_a_wider_offer_names_program_and_subcommand_but_never_an_interpreter() -> None:
    assert [offer.patterns for offer in offers_for(shell("git commit -m x"))] == [
        (exactly("git", "commit", "-m", "x"),),
        (begins("git", "commit"),),
    ]
    assert [offer.patterns for offer in offers_for(shell("curl x"))] == [(exactly("curl", "x"),)]


# Widening.


def denied(kind: str, target: str) -> Denial:
    return Denial(what="it", widening=Widening(kind=kind, target=target))  # pyright: ignore[reportArgumentType]


def test_after_a_denial_the_smallest_widening_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    offers = widening_offers(shell("make"), denied("write", str(folder)))
    assert [offer.widening for offer in offers] == [
        Widening(kind="write", target=str(folder)),
        Widening(kind="unconfined", target=""),
    ]
    assert [offer.scopes for offer in offers] == [("once", "session", "project"), ("once",)]
    (network, _) = widening_offers(shell("make"), denied("network", "example.org"))
    assert network.widening == Widening(kind="network", target="")
    assert "single hosts cannot" in network.words


def test_a_file_that_is_not_there_is_made_possible_by_its_folder_unless_that_is_everything(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for name in ("new", "file"):
        (offer, _) = widening_offers(shell("make"), denied("write", str(tmp_path / name)))
        assert offer.widening.target == str(tmp_path)
        assert "everything in it" in offer.words
    for path in ("/new", str(Path.home() / "never-there"), "/etc/never-there", "/"):
        assert [o.widening.kind for o in widening_offers(shell("make"), denied("write", path))] == ["unconfined"]


def test_guarded_places_and_danger_are_widened_once_only() -> None:
    case = shell("make")
    policy = SandboxPolicy(mode="workspace-write", workspace=Path("/tmp/w"), protected_paths=(Path("/usr/bin"),))
    guarded = Case(action=case.action, judgement=case.judgement, tool="shell", policy=policy)
    assert all(o.scopes == ("once",) for o in widening_offers(guarded, denied("write", "/usr/bin")))
    dangerous = shell("rm -rf ~")
    assert all(o.scopes == ("once",) for o in widening_offers(dangerous, denied("network", "")))


def test_what_was_granted_already_is_not_offered_again() -> None:
    network = Widening(kind="network", target="")
    assert [o.widening.kind for o in widening_offers(shell("make"), denied("network", ""), [network])] == ["unconfined"]


def test_plan_mode_widens_no_writing() -> None:
    case = shell("make")
    policy = SandboxPolicy(mode="read-only", workspace=HERE)
    planning = Case(action=case.action, judgement=case.judgement, tool="shell", policy=policy)
    assert widening_offers(planning, denied("write", "/usr/bin")) == ()
    assert [o.widening.kind for o in widening_offers(planning, denied("network", ""))] == ["network"]


def test_a_remembered_widening_counts_for_such_commands_only() -> None:
    case = shell("git commit -m x && ls")
    patterns = widening_rules(case, Widening(kind="network", target=""))
    assert patterns == (WideningRule(kind="network", prefix=("git", "commit")),)
    rules = [rule(pattern) for pattern in patterns]
    assert remembered_widenings(case, rules)
    assert not remembered_widenings(shell("git commit; curl x"), rules)
    assert not remembered_widenings(shell("git push"), rules)
    assert not remembered_widenings(case, [*rules, rule(WideningRule(kind="network"), "deny")])
    assert remembered_widenings(shell("git push"), [rule(WideningRule(kind="network"))])
    assert not remembered_widenings(shell("rm -rf /"), [rule(WideningRule(kind="network"))])
    assert not remembered_widenings(shell("make"), [rule(WideningRule(kind="unconfined"))])
    assert remembered_widenings(shell("make"), [rule(WideningRule(kind="unconfined", prefix=("make",), is_exact=True))])
