"""A repository is protected wherever its folder really is, and with it what its configuration names."""

# One line for each.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Station
from tests.sandbox.test_protected import EVIL, GIT, MAKE, PLANT

SCRIPT = 'printf "#!/bin/sh\\ntrue\\n" > {0} && chmod +x {0}'
COMMIT = f"echo c >> c && git add c && {GIT} commit -qm two"

LAYOUTS = {
    "a pointer": ("git -c init.defaultBranch=main init -q --separate-git-dir=./.bare .", ".", ".bare"),
    "a pointer to further down": ("mkdir -p a/b && git init -q --separate-git-dir=a/b/repo .", ".", "a/b/repo"),
    "a pointer through a link": ("mkdir real && ln -s real l && git init -q --separate-git-dir=real/repo . && echo 'gitdir: l/repo' > .git", ".", "real/repo"),
    "a link": ("git init -q . && mv .git .real && ln -s .real .git", ".", ".real"),
    "a link to a pointer": ("git init -q . && mv .git .real && echo 'gitdir: .real' > ptr && ln -s ptr .git", ".", ".real"),
    "a bare one with worktrees": (f"git init -q --bare .bare && echo 'gitdir: ./.bare' > .git && git -C .bare {GIT[4:]} commit-tree -m x $(git -C .bare mktree < /dev/null) > id && git -C .bare update-ref refs/heads/w $(cat id) && git worktree add -q tree w", "tree", ".bare"),
    "a pointer further down": ("mkdir lib && git init -q --separate-git-dir=lib.git lib", "lib", "lib.git"),
    "a link to the hooks": ("git init -q . && rm -rf .git/hooks && mkdir h && ln -s ../h .git/hooks", ".", ".git"),
    "a link to the config": ("git init -q . && mv .git/config conf && ln -s ../conf .git/config", ".", ".git"),
}  # fmt: skip

STEERED = {
    "a hook": PLANT.format("$G/hooks/pre-commit"),
    "fsmonitor": f'git config -f $G/config core.fsmonitor "{EVIL}"; printf "[core]\\n\\tfsmonitor = {EVIL}\\n" >> $G/config',
    "another folder of hooks": f"mkdir evil && {PLANT.format('evil/pre-commit')} && mv $G/hooks $G/old; mv evil $G/hooks",
    "another repository": f'cp -r $G evil; printf "[core]\\n\\tfsmonitor = {EVIL}\\n" >> evil/config; mv $G $G.old; mv evil $G',
    "another pointer": f'cp -rL $G evil; printf "[core]\\n\\tfsmonitor = {EVIL}\\n" >> evil/config; rm -rf $T/.git; echo "gitdir: $PWD/evil" > $T/.git',
    "another link": f'cp -rL $G evil; printf "[core]\\n\\tfsmonitor = {EVIL}\\n" >> evil/config; rm -rf $T/.git; ln -s $PWD/evil $T/.git',
    "other links on the way": f'cp -rL $G evil; printf "[core]\\n\\tfsmonitor = {EVIL}\\n" >> evil/config; mkdir e; mv evil e/repo; rm -f l ptr; ln -s e l; echo "gitdir: e/repo" > ptr',
    "a common folder": f'cp -rL $G evil; rm -f evil/config; printf "[core]\\n\\tfsmonitor = {EVIL}\\n" > evil/config; echo $PWD/evil > $G/commondir',
}  # fmt: skip


@pytest.mark.parametrize("attack", STEERED)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_repository_is_steered_wherever_its_folder_is(station: Station, layout: str, attack: str) -> None:
    make, top, git = LAYOUTS[layout]
    variables = f"T={top} G={git}; "
    use = f"cd {top} && git status; {GIT} commit -q --allow-empty -m x; true"
    if not station.was_pwned(f"{make}; {variables}{STEERED[attack]}; {use}"):
        pytest.skip(f"git runs nothing of {layout}, {attack}")
    station.run(make, mode="danger-full-access")

    ran = station.run(variables + STEERED[attack])
    station.run(use, mode="danger-full-access")

    assert not (station.outside / "pwned").exists(), ran
    assert ran.denial is not None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_commits_are_made_wherever_the_repositorys_folder_is(station: Station, layout: str) -> None:
    make, top, _ = LAYOUTS[layout]
    hook = 'h=$(git rev-parse --git-path hooks)/pre-commit; mkdir -p ${h%/*}; printf "#!/bin/sh\\ntouch hooked\\n" > $h; chmod +x $h'
    station.run(f"{make}; cd {top}; {hook}", mode="danger-full-access")

    ran = station.run(f"cd {top} && {COMMIT} && git branch other && git gc -q && git status --short")
    again = station.run(f"cd {top} && {COMMIT} && git log --oneline")

    assert (ran.exit_code, ran.denial) == (0, None), ran
    assert (again.exit_code, again.denial) == (0, None), again
    assert (station.workspace / top / "hooked").exists()
    assert not list(station.workspace.rglob("commondir")) or layout == "a bare one with worktrees"


def test_a_bare_repository_as_the_workspace_is_protected(station: Station) -> None:
    make = (
        "W=$PWD; git init -q --bare . && cd $OUTSIDE && git init -q c && cd c && echo a > a && git add a && "
        + f"{GIT} commit -qm one"
    )
    use = "W=$PWD; cd $OUTSIDE/c && git push -q $W HEAD:refs/heads/main"
    attack = PLANT.format("hooks/update")
    assert station.was_pwned(f"{make}; cd $W; {attack}; {use}")
    station.run(make, mode="danger-full-access")

    ran = station.run(attack)
    station.run(use, mode="danger-full-access")
    fetched = station.run("git fetch -q $OUTSIDE/c HEAD:refs/heads/other && git log --oneline other")

    assert not (station.outside / "pwned").exists(), ran
    assert ran.denial is not None
    assert (fetched.exit_code, fetched.denial) == (0, None), fetched
    assert not (station.workspace / "commondir").exists()


BARE_FURTHER_DOWN = {
    "a hook": PLANT.format("d/r.git/hooks/update"),
    "fsmonitor": f'git -C d/r.git config core.bare false; git -C d/r.git config core.worktree .; git -C d/r.git config core.fsmonitor "{EVIL}"',
}


@pytest.mark.parametrize("what", BARE_FURTHER_DOWN)
def test_a_bare_repository_in_the_workspace_is_protected(station: Station, what: str) -> None:
    make = f"{MAKE}; mkdir d; git init -q --bare d/r.git"
    use = "git push -q d/r.git HEAD:refs/heads/main; cd d/r.git; git status; true"
    assert station.was_pwned(f"{make}; {BARE_FURTHER_DOWN[what]}; {use}")
    station.run(make, mode="danger-full-access")

    pushed = station.run("git push -q d/r.git HEAD:refs/heads/other")
    ran = station.run(BARE_FURTHER_DOWN[what])
    station.run(use, mode="danger-full-access")

    assert (pushed.exit_code, pushed.denial) == (0, None), pushed
    assert not (station.outside / "pwned").exists(), ran
    assert ran.denial is not None


def test_a_bare_repository_in_two_halves_is_found(station: Station) -> None:
    halves = "mkdir lib half; cp .git/HEAD lib; cp -r .git/objects .git/refs half; echo ../half > lib/commondir"
    attack = f"{halves}; mkdir half/hooks; {PLANT.format('half/hooks/update')}"
    use = "git push -q lib HEAD:refs/heads/new"
    assert station.was_pwned(f"{MAKE}; {attack}; {use}")
    station.run(MAKE, mode="danger-full-access")

    ran = station.run(attack)
    station.run(use, mode="danger-full-access")

    assert not (station.outside / "pwned").exists(), ran
    assert ran.denial is not None


NAMED = {
    "a relative path of hooks": (f"mkdir .githooks && {SCRIPT.format('.githooks/pre-commit')} && git config core.hooksPath .githooks", PLANT.format(".githooks/pre-commit")),
    "a new hook in it": ("mkdir .githooks && git config core.hooksPath .githooks", PLANT.format(".githooks/pre-commit")),
    "a path of hooks that is not there": ("git config core.hooksPath .githooks", f"mkdir .githooks; {PLANT.format('.githooks/pre-commit')}"),
    "a folder of hooks renamed": (f"mkdir .githooks && {SCRIPT.format('.githooks/pre-commit')} && git config core.hooksPath .githooks", f"mv .githooks x; mkdir .githooks; {PLANT.format('.githooks/pre-commit')}"),
    "an absolute path of hooks": ("mkdir .githooks && git config core.hooksPath $PWD/.githooks", PLANT.format(".githooks/pre-commit")),
    "the whole workspace as hooks": ("git config core.hooksPath $PWD", PLANT.format("pre-commit")),
    "hooks in the repository": ("mkdir .git/mine && git config core.hooksPath .git/mine", PLANT.format(".git/mine/pre-commit")),
    "the user's path of hooks": ("mkdir -p .githooks ~ && git config --global core.hooksPath .githooks", PLANT.format(".githooks/pre-commit")),
    "a path of hooks in the user's include": ("mkdir -p .githooks ~ && git config -f ~/more core.hooksPath .githooks && git config --global include.path more", PLANT.format(".githooks/pre-commit")),
    "husky": (f"mkdir -p .husky/_ && {SCRIPT.format('.husky/pre-commit')} && printf '#!/bin/sh\\n. .husky/pre-commit' > .husky/_/pre-commit && chmod +x .husky/_/pre-commit && git config core.hooksPath .husky/_", "echo 'touch $OUTSIDE/pwned' >> .husky/pre-commit"),
    "a hook that is a link": (f"mkdir s && {SCRIPT.format('s/check')} && ln -s ../../s/check .git/hooks/pre-commit", PLANT.format("s/check")),
    "an include": ("touch more && git config include.path ../more", f'git config -f more core.fsmonitor "{EVIL}"'),
    "an include that is not there": ("git config include.path ../more", f'git config -f more core.fsmonitor "{EVIL}"'),
    "a conditional include": ("touch more && git config includeIf.gitdir:/.path $PWD/more", f'git config -f more core.fsmonitor "{EVIL}"'),
    "an include in an include": ("git config -f more include.path m2 && touch m2 && git config include.path ../more", f'git config -f m2 core.fsmonitor "{EVIL}"'),
    "a fsmonitor": (f"mkdir t && {SCRIPT.format('t/fsm')} && git config core.fsmonitor t/fsm", PLANT.format("t/fsm")),
    "a filter": (f"mkdir t && {SCRIPT.format('t/f')} && git config filter.f.clean 'sh ./t/f %f' && echo '* filter=f' > .gitattributes", PLANT.format("t/f")),
    "a textual diff": (f"mkdir t && {SCRIPT.format('t/f')} && git config diff.d.textconv t/f && echo '* diff=d' > .gitattributes", PLANT.format("t/f")),
    "an alias": (f"mkdir t && {SCRIPT.format('t/f')} && git config alias.st '!sh t/f; git status'", PLANT.format("t/f")),
    "a program by link": (f"mkdir t && {SCRIPT.format('t/g')} && ln -s g t/f && git config core.fsmonitor t/f", f"rm t/f; {PLANT.format('t/f')}"),
    "a program a link leads to": (f"mkdir t && {SCRIPT.format('t/g')} && ln -s g t/f && git config core.fsmonitor t/f", PLANT.format("t/g")),
    "the config of another worktree": (f"mkdir t && git config extensions.worktreeConfig true && git worktree add -q w && cd w && mkdir t && {SCRIPT.format('t/f')} && git config --worktree core.fsmonitor t/f; cd ..", PLANT.format("w/t/f")),
    "a worktree's config": (f"mkdir t && {SCRIPT.format('t/f')} && git config extensions.worktreeConfig true && git config --worktree core.fsmonitor t/f", PLANT.format("t/f")),
}  # fmt: skip


@pytest.mark.parametrize("what", NAMED)
def test_what_the_configuration_names_is_as_it_was(station: Station, what: str) -> None:
    make, attack = f"{MAKE}; {NAMED[what][0]}", NAMED[what][1]
    use = f"git status; git st; git -C w status; echo b >> a; git diff; git add a; {GIT} commit -qm two; true"
    assert station.was_pwned(f"{make}; {attack}; {use}"), station.unconfined(f"{make}; {attack}; {use}")
    station.run(make, mode="danger-full-access")

    ran = station.run(attack)
    station.run(use, mode="danger-full-access")

    assert not (station.outside / "pwned").exists(), ran
    assert ran.denial is not None


def test_a_command_that_kills_itself_is_looked_at_like_any_other(station: Station) -> None:
    station.run(MAKE, mode="danger-full-access")

    ran = station.run(f"{PLANT.format('x')}; mkdir -p .codex-py; kill -9 $$")

    assert ran.exit_code == 137
    assert ran.denial is not None


def test_a_denied_edit_of_a_hook_that_the_configuration_names_says_where(station: Station) -> None:
    station.run(f"{MAKE}; {NAMED['husky'][0]}", mode="danger-full-access")

    edited = station.run("echo 'npm test' >> .husky/pre-commit")
    committed = station.run(COMMIT)

    assert str(edited.denied_path).startswith(str(station.workspace / ".husky"))
    assert (committed.exit_code, committed.denial) == (0, None), committed


OUTSIDE = f"cd $OUTSIDE && {MAKE} && git worktree add -q $OLDPWD/x && mv $OLDPWD/x/* $OLDPWD/x/.git $OLDPWD && cd - && rmdir x && git -C $OUTSIDE worktree repair $PWD"
SHARED = {
    "a hook": PLANT.format("$OUTSIDE/.git/hooks/pre-commit"),
    "fsmonitor": f'git config core.fsmonitor "{EVIL}"',
    "a worktree's config": f'git config extensions.worktreeConfig true; git config --worktree core.fsmonitor "{EVIL}"',
    "another common folder": f'cp -r $OUTSIDE/.git evil; git config -f evil/config core.fsmonitor "{EVIL}"; echo $PWD/evil > $OUTSIDE/.git/worktrees/x/commondir',
    "a common folder of the main one": f'cp -r $OUTSIDE/.git evil; git config -f evil/config core.fsmonitor "{EVIL}"; echo $PWD/evil > $OUTSIDE/.git/commondir',
    "another pointer": f'cp -r $OUTSIDE/.git evil; git config -f evil/config core.fsmonitor "{EVIL}"; rm .git; echo "gitdir: evil" > .git',
}  # fmt: skip


def test_a_worktree_of_a_repository_outside_commits(station: Station) -> None:
    station.run(OUTSIDE, mode="danger-full-access")

    ran = station.run(f"{COMMIT} && git branch other && git log --oneline && git status --short")
    seen = station.run("cd $OUTSIDE && git log --oneline --all && git status --short", mode="danger-full-access")
    elsewhere = station.run("echo x > $OUTSIDE/other")

    assert (ran.exit_code, ran.denial) == (0, None), ran
    assert "two" in seen.output
    assert not (station.outside / "other").exists(), elsewhere
    assert not (station.outside / ".git/commondir").exists()


@pytest.mark.parametrize("what", SHARED)
def test_a_repository_outside_is_not_steered_by_its_worktree(station: Station, what: str) -> None:
    use = f"git status; {GIT} commit -q --allow-empty -m x; cd $OUTSIDE; git status; {GIT} commit -q --allow-empty -m x; true"
    assert station.was_pwned(f"{OUTSIDE}; {SHARED[what]}; {use}"), station.unconfined(
        f"{OUTSIDE}; {SHARED[what]}; {use}"
    )
    station.run(OUTSIDE, mode="danger-full-access")

    ran = station.run(SHARED[what])
    station.run(use, mode="danger-full-access")

    assert not (station.outside / "pwned").exists(), ran
    assert ran.denial is not None


UNMATCHED = {
    "to a worktree's folder that points elsewhere": "git -C $OUTSIDE worktree add -q y && echo gitdir: $OUTSIDE/.git/worktrees/y > .git",
    "to the repository itself": "echo gitdir: $OUTSIDE/.git > .git",
    "to a folder that is no worktree's": "mkdir -p $OUTSIDE/.git/w/y && cp $OUTSIDE/.git/HEAD $OUTSIDE/.git/w/y && echo ../.. > $OUTSIDE/.git/w/y/commondir && echo $PWD/.git > $OUTSIDE/.git/w/y/gitdir && echo gitdir: $OUTSIDE/.git/w/y > .git",
    "by a link": "ln -s $OUTSIDE/.git .git",
}


@pytest.mark.parametrize("what", UNMATCHED)
def test_a_pointer_that_nothing_points_back_to_opens_nothing(station: Station, what: str) -> None:
    station.run(f"(cd $OUTSIDE && {MAKE}); {UNMATCHED[what]}", mode="danger-full-access")

    ran = station.run("touch $OUTSIDE/.git/x $OUTSIDE/.git/objects/x $OUTSIDE/.git/w/y/x; git status")

    assert not list(station.outside.rglob("x")), ran
