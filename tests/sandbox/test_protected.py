"""Git's files that run something, instruction files and our own folder are as they were when a command is over."""

# One line for each.
# ruff: noqa: E501

from __future__ import annotations

import os

import pytest

from tests.sandbox.conftest import Station

GIT = "git -c user.name=A -c user.email=a@b.c"
MAKE = f"git -c init.defaultBranch=main init -q . && echo a > a && git add a && {GIT} commit -qm one"
USE = f"git status; git diff; git log -1 -p; echo b >> a; git diff; git add a; {GIT} commit -qm two; git checkout -q -b b{{}}; git fetch; git submodule status; true"
"""What a person, or our own status line, does in a repository later, unconfined."""
EVIL = "sh -c 'touch $OUTSIDE/pwned'"
PLANT = 'printf "#!/bin/sh\\ntouch $OUTSIDE/pwned\\n" > {0} && chmod +x {0}'

PLANTED = {
    "a hook": PLANT.format(".git/hooks/pre-commit"),
    "a hook by link": f"{PLANT.format('evil')} && ln -s ../../evil .git/hooks/pre-commit",
    "a hook by renaming": f"{PLANT.format('.git/x')} && mv .git/x .git/hooks/pre-commit",
    "a folder of hooks": f"mkdir h && {PLANT.format('h/pre-commit')} && rm -rf .git/hooks && mv h .git/hooks",
    "a link to hooks": f"mkdir h && {PLANT.format('h/pre-commit')} && rm -rf .git/hooks && ln -s ../h .git/hooks",
    "fsmonitor": f'git config core.fsmonitor "{EVIL}"',
    "a path of hooks": f"mkdir h && {PLANT.format('h/pre-commit')} && git config core.hooksPath h",
    "an external diff": f"{PLANT.format('evil')} && git config diff.external $PWD/evil",
    "an include": f'printf "[core]\\n\\tfsmonitor = {EVIL}\\n" > more && git config include.path ../more',
    "a conditional include": f'printf "[core]\\n\\tfsmonitor = {EVIL}\\n" > more && git config includeIf.gitdir:/.path $PWD/more',
    "a filter": f'git config filter.f.clean "{EVIL}" && echo "* filter=f" > .gitattributes',
    "a textual diff": f'git config diff.d.textconv "{EVIL}" && echo "* diff=d" > .gitattributes',
    "a remote helper": "git config remote.origin.url 'ext::sh -c touch% $OUTSIDE/pwned' && git config protocol.ext.allow always",
    "an upload pack": f'git init -q --bare r.git && git config remote.origin.url ./r.git && git config remote.origin.uploadpack "{EVIL}"',
    "a signing program": f"{PLANT.format('evil')} && git config commit.gpgsign true && git config gpg.program $PWD/evil",
    "a worktree's config": f"git config extensions.worktreeConfig true && git config --worktree core.fsmonitor \"{EVIL}\"",
    "a config by link": f'cp .git/config mine && printf "[core]\\n\\tfsmonitor = {EVIL}\\n" >> mine && rm .git/config && ln -s ../mine .git/config',
    "a config by hard link": f'ln .git/config mine && printf "[core]\\n\\tfsmonitor = {EVIL}\\n" >> mine',
    "a common folder": f'cp -r .git evil && git config -f evil/config core.fsmonitor "{EVIL}" && echo ../evil > .git/commondir',
    "another repository": f'cp -r .git evil && git config -f evil/config core.fsmonitor "{EVIL}" && rm -rf .git && mv evil .git',
    "a link to another": f'cp -r .git evil && git config -f evil/config core.fsmonitor "{EVIL}" && rm -rf .git && ln -s evil .git',
    "a pointer to another": f'cp -r .git evil && git config -f evil/config core.fsmonitor "{EVIL}" && rm -rf .git && echo "gitdir: evil" > .git',
    "from the background": f'git config core.fsmonitor "{EVIL}" & for _ in $(seq 100); do grep -q fsmonitor .git/config && break; sleep 0.01; done',
}  # fmt: skip


@pytest.mark.parametrize("what", PLANTED)
def test_nothing_planted_in_a_repository_runs_later(station: Station, what: str) -> None:
    attack, use = PLANTED[what], USE.replace("{}", "x")
    planted = f"{MAKE}; {attack}; {use}"
    if not station.was_pwned(planted):
        pytest.skip(f"this git runs nothing of it: {station.unconfined(planted).output[-200:]}")
    station.run(MAKE, mode="danger-full-access")

    ran = station.run(attack)
    station.run(use, mode="danger-full-access")

    assert not (station.outside / "pwned").exists(), ran
    assert ran.denial is not None


@pytest.mark.parametrize("what", ["a hook", "fsmonitor", "an include", "a common folder", "a worktree's config"])
def test_nothing_planted_in_a_new_repository_runs_later(station: Station, what: str) -> None:
    use = USE.replace("{}", "x")

    ran = station.run(f"{MAKE} && {PLANTED[what]}")
    used = station.run(use + "; git log --oneline", mode="danger-full-access")

    assert not (station.outside / "pwned").exists(), ran
    assert "two" in used.output


def test_a_config_that_may_not_be_written_is_explained(station: Station) -> None:
    if station.tier == "B":
        pytest.skip("without namespaces it may be written, and is looked at afterwards")
    station.run(MAKE, mode="danger-full-access")

    ran = station.run("git remote add origin https://example.org/a.git")

    assert ran.exit_code != 0
    assert ran.denied_path == str(station.workspace / ".git/config")


def test_nothing_of_the_protection_is_left_in_the_repository(station: Station) -> None:
    station.run(MAKE, mode="danger-full-access")

    inside = station.run("cat .git/commondir; git status --short")

    assert inside.output == (".\n" if station.tier == "A" else inside.output)
    assert not (station.workspace / ".git/commondir").exists()


def test_a_new_pointer_to_a_repository_goes(station: Station) -> None:
    ran = station.run(f"{MAKE} && mv .git evil && echo 'gitdir: evil' > .git")

    assert not (station.workspace / ".git").exists(), ran


def test_a_hook_in_a_submodules_folder_goes(station: Station) -> None:
    module = ".git/modules/lib"
    station.run(f"{MAKE} && git init -q --bare {module}", mode="danger-full-access")

    ran = station.run(f"{PLANT.format(module + '/hooks/post-checkout')}; git config -f {module}/config core.pager evil")

    assert not (station.workspace / module / "hooks/post-checkout").exists()
    assert "evil" not in (station.workspace / module / "config").read_text()
    assert ran.denial is not None


def test_hooks_that_were_there_stay_as_they_were(station: Station) -> None:
    station.run(f"{MAKE} && {PLANT.format('.git/hooks/pre-push')}", mode="danger-full-access")
    hook = station.workspace / ".git/hooks/pre-push"
    before = (hook.read_text(), hook.stat().st_mode, hook.stat().st_uid)

    station.run("echo evil >> .git/hooks/pre-push; chmod -x .git/hooks/pre-push")
    assert (hook.read_text(), hook.stat().st_mode, hook.stat().st_uid) == before

    station.run("rm .git/hooks/pre-push; echo > .git/hooks/pre-push.sample")
    assert (hook.read_text(), hook.stat().st_mode, hook.stat().st_uid) == before


def test_what_git_itself_needs_to_write_in_its_config_stays(station: Station) -> None:
    if station.tier == "A":
        pytest.skip("with namespaces the config of a repository is read-only while commands run")
    station.run(MAKE, mode="danger-full-access")

    ran = station.run(
        "git remote add origin https://example.org/a.git && git config user.name 'B \"C\" D' && "
        "git config branch.main.remote origin && git config branch.main.merge refs/heads/main"
    )

    assert (ran.exit_code, ran.denial) == (0, None)
    config = (station.workspace / ".git/config").read_text()
    assert "https://example.org/a.git" in config
    assert 'name = B \\"C\\" D' in config


@pytest.mark.parametrize("name", ["AGENTS.md", ".codex-py/config.toml", "CLAUDE.md", "mcp_servers_config.json"])
@pytest.mark.parametrize("was_there", [True, False])
def test_files_that_instruct_agents_are_put_back(station: Station, name: str, was_there: bool) -> None:
    path = station.workspace / name
    if was_there:
        station.run(f"mkdir -p $(dirname {name}) && echo before > {name}", mode="danger-full-access")

    ran = station.run(f"mkdir -p $(dirname {name}); echo evil >> {name}; echo fine > other")

    assert ran.exit_code == 0
    assert ran.denial is not None
    assert (path.read_text() if was_there else path.exists()) == ("before\n" if was_there else False)
    assert (station.workspace / "other").read_text() == "fine\n"


def test_a_protected_folder_that_became_a_link_is_put_back(station: Station) -> None:
    station.run("mkdir .codex-py && echo before > .codex-py/config.toml", mode="danger-full-access")

    station.run("mv .codex-py x && mkdir evil && echo evil > evil/config.toml && ln -s evil .codex-py")

    assert not (station.workspace / ".codex-py").is_symlink()
    assert (station.workspace / ".codex-py/config.toml").read_text() == "before\n"


def test_putting_back_follows_no_link_out_of_the_workspace(station: Station) -> None:
    station.run(f"{MAKE} && echo before > AGENTS.md", mode="danger-full-access")

    station.run("rm -rf .git/hooks AGENTS.md && ln -s $OUTSIDE .git/hooks && ln -s $OUTSIDE/file AGENTS.md")

    assert (station.outside / "file").read_text() == "untouched\n"
    assert [entry.name for entry in station.outside.iterdir()] == ["file"]
    assert (station.workspace / "AGENTS.md").read_text() == "before\n"


OBSTACLES = {
    "a file where the old content is written first": "for f in config hooks; do touch .git/.$f.$PPID.restored; done; touch .AGENTS.md.$PPID.restored",
    "folders where the new ones are moved to": "for n in 1 2 3; do mkdir -p .git/hooks/x/y .git/hooks/.$PPID.$n.removed/z; done",
    "hooks that cannot be listed": "chmod 311 .git/hooks",
    "hooks that cannot be written": "chmod 555 .git/hooks",
    "a repository that cannot be listed": "chmod 311 .git",
    "a repository that cannot be written": "chmod 555 .git .git/hooks",
    "a workspace that cannot be listed": "chmod 311 .",
    "a workspace that cannot be written": "chmod 555 .",
}  # fmt: skip


@pytest.mark.parametrize("what", OBSTACLES)
def test_nothing_a_command_leaves_in_the_way_keeps_files_from_being_put_back(station: Station, what: str) -> None:
    station.run(f"{MAKE} && echo before > AGENTS.md", mode="danger-full-access")

    attack = f'{PLANT.format(".git/hooks/pre-commit")}; git config core.fsmonitor "{EVIL}"; echo evil > AGENTS.md'
    ran = station.run(f"{attack}; {OBSTACLES[what]}")
    station.run(f"chmod 755 . .git .git/hooks; {USE.replace('{}', 'x')}", mode="danger-full-access")

    assert not (station.outside / "pwned").exists(), ran
    assert (station.workspace / "AGENTS.md").read_text() == "before\n"
    assert ran.denial is not None


def test_a_command_that_is_ended_is_looked_at_too(station: Station) -> None:
    station.run("echo before > AGENTS.md", mode="danger-full-access")

    ran = station.run("echo evil > AGENTS.md; sleep 600", wall_s=0.3)

    assert ran.ended_by == "timeout", ran
    assert (station.workspace / "AGENTS.md").read_text() == "before\n"


def test_a_protected_file_too_large_to_keep_is_told_of(station: Station) -> None:
    station.run("head -c 2000000 /dev/zero > AGENTS.md", mode="danger-full-access")

    ran = station.run("echo evil > AGENTS.md")

    assert ran.denial is not None
    if station.tier == "B":
        assert "too large" in ran.denial


BEYOND = {
    "a large hook": "head -c 1500000 /dev/zero > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit",
    "too many hooks": "for n in $(seq 1005); do echo > .git/hooks/a$n.sample; done; "
    "printf '#!/bin/sh\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit",
    "a large config": "(echo; yes '# a comment' | head -n 100000) >> .git/config",
}


@pytest.mark.parametrize("what", BEYOND)
def test_what_is_too_large_to_keep_runs_nothing_new_either(station: Station, what: str) -> None:
    station.run(f"{MAKE}; {BEYOND[what]}", mode="danger-full-access")

    ran = station.run(f'{PLANT.format(".git/hooks/pre-commit")}; git config core.fsmonitor "{EVIL}"')
    station.run(USE.replace("{}", "x"), mode="danger-full-access")

    assert not (station.outside / "pwned").exists(), ran
    assert ran.denial is not None


def test_a_rebase_that_goes_on_later_runs_nothing_that_was_added(station: Station) -> None:
    station.run(f"{MAKE} && {GIT} commit -q --allow-empty -m two", mode="danger-full-access")
    begin = f"{GIT} -c sequence.editor='sed -i s/pick/edit/' rebase -q -i HEAD~1"

    ran = station.run(
        f"{begin}; echo 'exec touch $OUTSIDE/pwned' >> .git/rebase-merge/git-rebase-todo; echo pick HEAD >> .git/rebase-merge/git-rebase-todo"
    )
    todo = (station.workspace / ".git/rebase-merge/git-rebase-todo").read_text()
    station.run(f"{GIT} rebase --continue", mode="danger-full-access")

    assert ran.denial is not None
    assert "exec" not in todo
    assert "pick HEAD" in todo
    assert not (station.outside / "pwned").exists()


def test_a_tree_too_deep_or_too_wide_to_look_at_is_removed(station: Station) -> None:
    deep = "import os\nos.mkdir('.codex-py'); os.chdir('.codex-py')\nfor _ in range(1500): os.mkdir('d'); os.chdir('d')"
    wide = "import os\nos.mkdir('.agents')\nfor n in range(1500): open(f'.agents/{n}', 'w').close()"

    ran = station.run(f'"$PY" -c "{deep}"; "$PY" -c "{wide}"')

    assert ran.exit_code == 0, ran
    assert list(station.workspace.iterdir()) == []


def test_a_planted_folder_that_cannot_be_opened_is_removed(station: Station) -> None:
    ran = station.run("mkdir -p .codex-py/sub && echo evil > .codex-py/sub/config && chmod 0 .codex-py/sub .codex-py")

    assert list(station.workspace.iterdir()) == [], ran


def test_what_was_too_much_to_keep_is_left_alone(station: Station) -> None:
    station.run(
        "mkdir .claude && head -c 3000000 /dev/zero > .claude/big && echo a > .claude/small", mode="danger-full-access"
    )

    ran = station.run("rm .claude/small; echo evil > .claude/new")

    assert ran.denial is not None
    assert sorted(path.name for path in (station.workspace / ".claude").iterdir()) == ["big", "small"]
    assert (station.workspace / ".claude/big").stat().st_size == 3000000


NESTED = {
    "a repository": f'git init -q lib && git -C lib config core.fsmonitor "{EVIL}"',
    "a repository further down": f'git init -q x/y/lib && git -C x/y/lib config core.fsmonitor "{EVIL}" && mv x/y/lib lib',
    "a hook": f"git init -q lib && {PLANT.format('lib/.git/hooks/pre-commit')}",
    "a pointer": f'git init -q far && git -C far config core.fsmonitor "{EVIL}" && mkdir lib && echo "gitdir: $PWD/far/.git" > lib/.git',
    "a link": f'git init -q far && git -C far config core.fsmonitor "{EVIL}" && mkdir lib && ln -s ../far/.git lib/.git',
    "behind many others": "for n in $(seq 12); do git init -q d$n; done; "
    f'git init -q lib && git -C lib config core.fsmonitor "{EVIL}"',
    "beside a broken one": "mkdir a1; printf 'gitdir: a\\0b' > a1/.git; "
    f'git init -q lib && git -C lib config core.fsmonitor "{EVIL}"',
    "a bare one": f'git init -q --bare lib && git -C lib config core.bare false && git -C lib config core.worktree . && git -C lib config core.fsmonitor "{EVIL}"',
    "inside of git": f'git init -q .git/x && git -C .git/x config core.fsmonitor "{EVIL}" && ln -s .git/x lib',
    "a pointer to a folder in a worktree's": f'git init -q --bare .git/worktrees/a/b && git -C .git/worktrees/a/b config core.bare false && git -C .git/worktrees/a/b config core.fsmonitor "{EVIL}" && mkdir lib && echo "gitdir: ../.git/worktrees/a/b" > lib/.git',
    "an old time": f'git init -q lib && git -C lib config core.fsmonitor "{EVIL}" && touch -d @1 lib lib/.git',
}


@pytest.mark.parametrize("what", NESTED)
def test_nothing_planted_in_a_nested_repository_runs_later(station: Station, what: str) -> None:
    use = f"cd lib && git status; {GIT} commit -q --allow-empty -m x; true"
    assert station.was_pwned(f"{MAKE}; {NESTED[what]}; {use}")
    station.run(MAKE, mode="danger-full-access")

    ran = station.run(NESTED[what])
    station.run(use, mode="danger-full-access")

    assert not (station.outside / "pwned").exists(), ran
    assert ran.denial is not None


def test_nothing_is_added_to_a_nested_repository_that_was_there(station: Station) -> None:
    station.run(f"git init -q lib && {PLANT.format('lib/.git/hooks/post-merge')}", mode="danger-full-access")
    hooks = station.workspace / "lib/.git/hooks"

    ran = station.run(f'git -C lib config core.fsmonitor "{EVIL}"; {PLANT.format("lib/.git/hooks/pre-commit")}')

    assert not (hooks / "pre-commit").exists(), ran
    assert (hooks / "post-merge").exists()
    assert "fsmonitor" not in (hooks.parent / "config").read_text()
    assert ran.denial is not None


REDIRECTED = {
    "a worktree's folder": "git worktree add -q lib; cp -r .git/worktrees/lib .git/ev; mv .git/worktrees/lib .git/old; ln -s ../ev .git/worktrees/lib; "
    "git init -q --bare .git/cc; cp -r .git/objects .git/refs .git/cc/; git config -f .git/cc/config core.bare false; "
    f'git config -f .git/cc/config core.fsmonitor "{EVIL}"; echo ../cc > .git/ev/commondir',
    "a rebase's folder": f"{GIT} -c sequence.editor='sed -i 1ibreak' rebase -qi HEAD~1; mv .git/rebase-merge .git/rm2; ln -s rm2 .git/rebase-merge; "
    "echo 'exec touch $OUTSIDE/pwned' >> .git/rm2/git-rebase-todo",
    "a rebase's strategy": f"{GIT} -c sequence.editor='sed -i 1ibreak' rebase -qi HEAD~1; {GIT} commit -q --allow-empty -m between; mkdir git-merge-s; {PLANT.format('git-merge-s/ev')}; "
    "echo s/ev > .git/rebase-merge/strategy",
}


@pytest.mark.parametrize("what", REDIRECTED)
def test_git_is_led_nowhere_else_and_runs_nothing_that_was_put_into_its_plans(station: Station, what: str) -> None:
    make = f"{MAKE}; {GIT} commit -q --allow-empty -m two"
    use = f"{GIT} rebase --continue; cd lib && git status; true"
    assert station.was_pwned(f"{make}; {REDIRECTED[what]}; {use}"), station.unconfined(
        f"{make}; {REDIRECTED[what]}; {use}"
    )
    station.run(make, mode="danger-full-access")

    ran = station.run(REDIRECTED[what])
    station.run(use, mode="danger-full-access")

    assert not (station.outside / "pwned").exists(), ran
    assert ran.denial is not None


def test_worktrees_and_submodules_that_git_makes_stay(station: Station) -> None:
    station.run(
        f"{MAKE}; git init -q ../outside/lib; {GIT} -C ../outside/lib commit -q --allow-empty -m x",
        mode="danger-full-access",
    )

    made = station.run(f"git worktree add -q tree && cd tree && echo c > c && git add c && {GIT} commit -qm c")
    added = station.run("git -c protocol.file.allow=always submodule add -q $OUTSIDE/lib sub")
    used = station.run("git -C tree log --oneline && git -C sub log --oneline", mode="danger-full-access")

    assert (made.exit_code, made.denial) == (0, None), made
    assert used.exit_code == 0, (added, used)


def test_a_clone_with_submodules_and_a_worktree_of_it_stay(station: Station) -> None:
    allowed = "-c protocol.file.allow=always"
    station.run(
        f"git init -q ../outside/lib; {GIT} -C ../outside/lib commit -q --allow-empty -m x; git init -q ../outside/app; cd ../outside/app; git {allowed} submodule add -q $OUTSIDE/lib sub; {GIT} commit -qm y",
        mode="danger-full-access",
    )

    station.run(f"git {allowed} clone -q --recurse-submodules $OUTSIDE/app cl; git -C cl worktree add -q ../clwt")
    used = station.run("git -C cl/sub log --oneline && git -C clwt log --oneline", mode="danger-full-access")

    assert used.exit_code == 0, used


@pytest.mark.parametrize("change", ["echo evil > {}", "rm {}; echo evil > {}", "ln -sf ../evil {}", "mv evil {}"])
def test_instructions_further_down_are_put_back(station: Station, change: str) -> None:
    name = "a/b/AGENTS.md"
    told = station.workspace / name
    told.parent.mkdir(parents=True)
    told.write_text("be kind")
    (station.workspace / "evil").write_text("evil")
    for path in (told.parents[1], told.parent, told, station.workspace / "evil"):
        os.chown(path, station.user, station.user)

    ran = station.run(change.replace("{}", name))

    assert told.read_text() == "be kind"
    assert ran.denied_path == str(told)
    assert station.run("rm -r a").denied_path is None
    assert not told.exists()
