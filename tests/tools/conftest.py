from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from codex_core.protocol import (
    Action,
    Json,
    Question,
    QuestionAnswer,
    Sandbox,
    SandboxPolicy,
    SandboxUnavailable,
    ToolContext,
    ToolError,
    ToolResult,
)
from codex_tools.catalogue import builtin_tools
from codex_tools.workspace import Workspace


class _NoSandbox:
    """For tools that start nothing: whoever tries is told that there is none."""

    @property
    def status(self) -> object:
        raise SandboxUnavailable("this test has no sandbox")

    async def run(self, command: object, on_output: object) -> object:
        raise SandboxUnavailable("this test has no sandbox")

    async def start(self, command: object) -> object:
        raise SandboxUnavailable("this test has no sandbox")


class Bench:
    """A workspace and its tools; calls them as the loop does: a preview, then a run of what was previewed."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.policy = SandboxPolicy(mode="workspace-write", workspace=folder)
        self.sandbox = sandbox
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
        self.printed: list[str] = []
        self.on_print: Callable[[], None] = lambda: None
        self.asked: list[Question] = []
        workspace = Workspace(folder=folder, policy=lambda: self.policy, home=folder / "home")
        self.tools = {tool.spec.name: tool for tool in builtin_tools(workspace)}

    async def preview(self, name: str, /, **args: Json) -> Action:
        return await self.tools[name].preview(args)

    async def run(self, name: str, action: Action, /, **args: Json) -> ToolResult:
        context = ToolContext(
            call_id="call-1",
            action=action,
            policy=self.policy,
            sandbox=self.sandbox,
            environment=self.environment,
            emit_output=self._print,
            ask=self._answer,
        )
        return await self.tools[name].run(args, context)

    async def call(self, name: str, /, **args: Json) -> ToolResult:
        return await self.run(name, await self.preview(name, **args), **args)

    async def refusal(self, name: str, /, **args: Json) -> str:
        """What the model is told when the call fails."""
        with pytest.raises(ToolError) as caught:
            await self.call(name, **args)
        return str(caught.value)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def names(self) -> set[str]:
        """All files and links in the workspace."""
        found = [path for path in self.folder.rglob("*") if path.is_symlink() or not path.is_dir()]
        return {str(path.relative_to(self.folder)) for path in found}

    def _print(self, text: str) -> None:
        self.printed.append(text)
        self.on_print()

    async def _answer(self, question: Question) -> QuestionAnswer:
        self.asked.append(question)
        return QuestionAnswer(text="the second one")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return Bench(folder.resolve(), _NoSandbox())  # type: ignore[arg-type]


@pytest.fixture
async def confined(bench: Bench, tmp_path: Path) -> AsyncGenerator[Bench]:
    """The same with the real sandbox."""
    from codex_tools.sandbox import open_sandbox  # late: most tests here need none

    sandbox = await open_sandbox(state_dir=tmp_path / "state")
    try:
        if sandbox.status.tier == "C":
            pytest.skip(f"nothing can be confined here: {sandbox.status.reason}")
        bench.sandbox = sandbox
        yield bench
    finally:
        await sandbox.close()
