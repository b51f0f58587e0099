"""What the command line asks of the app and of `exec`.

Nothing is run or read here but the folders and files that are named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from codex_cli.argument_values import count_of, folder_of, named_file, named_folder, text_of
from codex_cli.arguments import Request, UsageError

_BYPASS_FIELD = "dangerously-bypass-approvals-and-sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked of the app or of `exec`. None and empty mean: not said."""

    front_end: Literal["tui", "exec"]
    prompt: str | None = None
    """`-` for `exec`: read it from stdin."""
    images: tuple[Path, ...] = ()
    folder: Path
    """Where to work: absolute, resolved, a folder."""
    is_folder_named: bool = False
    """The user named it, rather than being there."""
    add_dirs: tuple[Path, ...] = ()
    """Absolute, resolved, folders."""

    resume: Literal["new", "picker", "last", "id"] = "new"
    resume_id: str = ""
    """An id, its beginning, or words of the title; set if `resume` is `id`."""
    fork: bool = False
    """Go on with a copy of that session."""
    like: str = ""
    """The id of the session whose model and mode a new one begins with; whatever else is said of them."""
    resume_all: bool = False
    """`last` and the picker look at the sessions of all folders."""

    model: str | None = None
    demo: bool = False
    mode: Literal["plan", "ask", "auto", "full"] | None = None
    """Never together with the next two."""
    sandbox_mode: Literal["read-only", "workspace-write", "danger-full-access"] | None = None
    approval_policy: Literal["untrusted", "on-request", "never"] | None = None
    bypass: bool = False
    """The user typed the long flag that `full` demands."""
    max_turns: int | None = None
    theme: str | None = None
    profile: str | None = None
    config_overrides: tuple[str, ...] = ()
    """`KEY=VALUE` as typed, in order."""
    trust: bool = False

    json: bool = False
    output_file: Path | None = None
    skip_git_repo_check: bool = False
    color: Literal["auto", "always", "never"] = "auto"

    def overrides(self) -> dict[str, str | int]:
        """Return what the flags say of settings, by the keys of `codex_core.config.settings`."""
        said: dict[str, str | int | None] = {
            "model": "demo" if self.demo else self.model,
            "mode": self.mode,
            "sandbox_mode": self.sandbox_mode,
            "approval_policy": self.approval_policy,
            "theme": self.theme,
            "max_turns": self.max_turns,
        }
        return {key: value for key, value in said.items() if value is not None}


def options_of(request: Request) -> Options:
    """Return the options of the app or of `exec`.

    Raises:
        UsageError: flags contradict each other, or a folder, file or number is none.
    """
    front_end = "exec" if request.command.name.startswith("exec") else "tui"
    bypass = request.flag("bypass")
    mode = _mode(request)
    sandbox_mode, approval_policy = request.text("sandbox"), request.text("ask_for_approval")
    if mode == "full" and not bypass:
        raise UsageError("--mode full confines nothing and asks nothing: it needs --" + _BYPASS_FIELD)
    if request.flag("demo") and request.text("model"):
        raise UsageError("--demo and --model exclude each other")
    resume, resume_id, prompt = _resume_and_prompt(request)
    folder = folder_of(request)
    output_file = request.text("output_last_message")
    return Options(
        front_end=front_end,
        prompt=prompt,
        images=tuple(named_file(name, "--image") for name in _split(request.texts("image"))),
        folder=folder,
        is_folder_named=request.text("cd") is not None,
        add_dirs=tuple(named_folder(name, "--add-dir") for name in request.texts("add_dir")),
        resume=resume,
        resume_id=resume_id,
        fork=request.command.name == "fork",
        resume_all=request.flag("all"),
        model=text_of(request, "model"),
        demo=request.flag("demo"),
        mode=mode,
        sandbox_mode=cast('Literal["read-only", "workspace-write", "danger-full-access"] | None', sandbox_mode),
        approval_policy=cast('Literal["untrusted", "on-request", "never"] | None', approval_policy),
        bypass=bypass,
        max_turns=count_of(request, "max_turns", "--max-turns"),
        theme=text_of(request, "theme"),
        profile=text_of(request, "profile"),
        config_overrides=request.texts("config"),
        trust=request.flag("trust"),
        json=request.flag("json"),
        output_file=Path(output_file).absolute() if output_file else None,
        skip_git_repo_check=request.flag("skip_git_repo_check"),
        color=cast('Literal["auto", "always", "never"]', request.text("color") or "auto"),
    )


def _mode(request: Request) -> Literal["plan", "ask", "auto", "full"] | None:
    """Return the mode that was named, by whichever flag.

    Raises:
        UsageError: two flags name different ones, or `-s` or `-a` says it in detail too.
    """
    named: dict[str, str] = {}
    if (mode := request.text("mode")) is not None:
        named["--mode"] = mode
    for field_name, flag, means in (
        ("plan", "--plan", "plan"),
        ("full_auto", "--full-auto", "auto"),
        ("bypass", "--" + _BYPASS_FIELD, "full"),
    ):
        if request.flag(field_name):
            named[flag] = means
    detail = [
        f
        for f, name in (("--sandbox", "sandbox"), ("--ask-for-approval", "ask_for_approval"))
        if request.text(name) is not None
    ]
    if len(set(named.values())) > 1 or (named and detail):
        raise UsageError(f"{' and '.join([*named, *detail])} contradict each other; use one")
    return cast('Literal["plan", "ask", "auto", "full"] | None', next(iter(named.values()), None))


def _resume_and_prompt(request: Request) -> tuple[Literal["new", "picker", "last", "id"], str, str | None]:
    words = list(request.words)
    how: Literal["new", "picker", "last", "id"] = "new"
    resume_id = ""
    if request.command.name.endswith("resume") or request.command.name == "fork":
        if request.flag("last"):
            how = "last"
            if len(words) > 1:
                raise UsageError(f"--last names the session already: '{words[0]}' is one too many")
        elif words:
            how, resume_id = "id", words.pop(0)
        elif request.command.name in ("resume", "fork"):
            how = "picker"
        else:
            raise UsageError("codex-py exec resume needs a session: an ID or --last; see codex-py sessions list")
    if "resume" in request.values:
        if how != "new":
            raise UsageError("resume and --resume say the same; use one")
        resume_id = request.text("resume") or ""
        how = "id" if resume_id else "picker"
        if how == "picker" and request.command.name == "exec":
            raise UsageError("exec cannot show a list of sessions: use --resume=ID or exec resume --last")
    task = request.text("task")
    if task is not None and words:
        raise UsageError("--task and a prompt say the same; use one")
    return how, resume_id, task if task is not None else next(iter(words), None)


def _split(names: Iterable[str]) -> list[str]:
    """Codex takes `-i a.png,b.png` too; a file that has a comma in its name wins."""
    return [part for name in names for part in ([name] if Path(name).exists() else name.split(","))]
