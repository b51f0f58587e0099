"""`codex-py doctor`: what this machine can do for us, what it cannot, and what to do about it.

`--json` prints one object:
`{"version", "kernel", "machine",
"python": {"version", "executable"},
"sandbox": {"tier": "A|B|C", "landlock_abi", "reason", "gaps": [TEXT…], "user_namespaces": BOOL},
"terminal": {"is_terminal": BOOL, "term", "colorterm", "columns", "rows"},
"programs": {NAME: PATH|null…},
"home": {"path", "is_writable": BOOL},
"provider_keys": [NAME…],
"configuration": {"file": PATH, "problems": [TEXT…]},
"model": {"name", "from", "problem"},
"problems": [TEXT…]}`. Values of keys are never printed.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypedDict

from codex_cli.configured import configured_in
from codex_cli.model_choice import choose_model
from codex_core import __version__
from codex_core.config.home import home_folder, home_path
from codex_core.config.settings import CONFIG_FILE, Config
from codex_core.llm.endpoints import provider_variables
from codex_core.protocol import CodexError, SandboxStatus
from codex_tools.sandbox.runner import open_sandbox

_PROGRAMS: Final = ("bash", "git", "rg", "node", "make")
_NEEDED: Final = {
    "bash": "the shell tool runs every command with it",
    "git": "without it there are no diffs of a project's history",
}

# Makes all the namespaces that confinement would want, in a process of its own, and says why not.
_NAMESPACE_TEST: Final = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
raise SystemExit(0 if libc.unshare(0x7C020000) == 0 else ctypes.get_errno() or 1)
"""


class PythonReport(TypedDict):
    version: str
    executable: str


class SandboxReport(TypedDict):
    tier: str
    landlock_abi: int
    reason: str
    gaps: list[str]
    user_namespaces: bool


class TerminalReport(TypedDict):
    is_terminal: bool
    term: str
    colorterm: str
    columns: int
    rows: int


class HomeReport(TypedDict):
    path: str
    is_writable: bool


class ConfigurationReport(TypedDict):
    file: str
    problems: list[str]


# `from` is no name for an attribute.
ModelReport = TypedDict("ModelReport", {"name": str, "from": str, "problem": str})


class Report(TypedDict):
    version: str
    kernel: str
    machine: str
    python: PythonReport
    sandbox: SandboxReport
    terminal: TerminalReport
    programs: dict[str, str | None]
    home: HomeReport
    provider_keys: list[str]
    configuration: ConfigurationReport
    model: ModelReport
    problems: list[str]


async def run_doctor(as_json: bool) -> int:
    """Print what was found; return 1 if something is missing that codex-py cannot do without."""
    report = await examine(dict(os.environ))
    print(json.dumps(report, indent=2, ensure_ascii=False) if as_json else _in_words(report))  # noqa: T201
    return 1 if report["problems"] else 0


async def examine(environ: Mapping[str, str]) -> Report:
    home, home_problem = await asyncio.to_thread(_home, environ)
    status = await _sandbox_status(Path(home["path"]) if home["is_writable"] else None)
    programs = {name: shutil.which(name) for name in _PROGRAMS}
    size = shutil.get_terminal_size()
    problems = [f"{name} is not installed: {why}" for name, why in _NEEDED.items() if programs[name] is None]
    if home_problem:
        problems.append(home_problem)
    configuration, config = await asyncio.to_thread(_configuration, environ)
    problems += configuration["problems"]
    model = await _model(config, environ)
    if model["problem"]:
        problems.append(model["problem"])
    if status.tier == "C":
        problems.append(f"commands cannot be confined: {status.reason}")
    return Report(
        version=__version__,
        kernel=f"{platform.system()} {platform.release()}",
        machine=platform.machine(),
        python=PythonReport(version=platform.python_version(), executable=sys.executable),
        sandbox=SandboxReport(
            tier=status.tier,
            landlock_abi=status.landlock_abi,
            reason=status.reason,
            gaps=list(status.gaps),
            user_namespaces=await _has_user_namespaces(),
        ),
        terminal=TerminalReport(
            is_terminal=sys.stdout.isatty(),
            term=environ.get("TERM", ""),
            colorterm=environ.get("COLORTERM", ""),
            columns=size.columns,
            rows=size.lines,
        ),
        programs=programs,
        home=home,
        provider_keys=sorted(provider_variables(environ)),
        configuration=configuration,
        model=model,
        problems=problems,
    )


def _home(environ: Mapping[str, str]) -> tuple[HomeReport, str]:
    try:
        path = home_path(environ)
        with tempfile.TemporaryFile(dir=path):
            return HomeReport(path=str(path), is_writable=True), ""
    except (CodexError, OSError) as error:
        path = environ.get("CODEX_PY_HOME", "")
        return HomeReport(path=path, is_writable=False), f"the home folder cannot be used: {error}"


def _configuration(environ: Mapping[str, str]) -> tuple[ConfigurationReport, Config | None]:
    """What a start here would read: the settings, and the files of MCP servers. None: no start would get past it."""
    file = str(Path(home_folder(environ)) / CONFIG_FILE)
    try:
        configured = configured_in(Path.cwd())
    except CodexError as error:
        return ConfigurationReport(file=file, problems=[str(error)]), None
    servers = configured.servers()
    problems = [*configured.config.warnings, *(servers.problems if servers.is_malformed else ())]
    return ConfigurationReport(file=file, problems=problems), configured.config


async def _model(config: Config | None, environ: Mapping[str, str]) -> ModelReport:
    if config is None:
        return {"name": "", "from": "", "problem": ""}  # what is wrong is told already
    address = {"OPENAI_BASE_URL": config.openai_base_url} if config.openai_base_url else {}
    choice = await choose_model(config.model, {**environ, **address})
    return {"name": choice.model, "from": choice.source, "problem": choice.problem}


async def _sandbox_status(home: Path | None) -> SandboxStatus:
    """Really confine a command, in a folder of its own if there is no home."""
    with tempfile.TemporaryDirectory(prefix="codex-py-doctor-") as spare:
        sandbox = await open_sandbox(state_dir=home or Path(spare))
        try:
            return sandbox.status
        finally:
            await sandbox.close()


async def _has_user_namespaces() -> bool:
    if sys.platform != "linux":
        return False
    test = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-c", _NAMESPACE_TEST),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await test.wait() == 0


def _in_words(report: Report) -> str:
    sandbox, terminal, home, model = report["sandbox"], report["terminal"], report["home"], report["model"]
    tiers = {
        "A": "A: namespaces, Landlock and seccomp",
        "B": "B: Landlock and seccomp",
        "C": "C: nothing is confined",
    }
    rows = [
        ("codex-py", report["version"]),
        ("system", f"{report['kernel']} ({report['machine']})"),
        ("python", f"{report['python']['version']}  {report['python']['executable']}"),
        ("sandbox", tiers[sandbox["tier"]] + (f" ({sandbox['reason']})" if sandbox["reason"] else "")),
        ("landlock", f"ABI {sandbox['landlock_abi']}" if sandbox["landlock_abi"] else "not there"),
        ("namespaces", "available" if sandbox["user_namespaces"] else "not available to this user"),
        *(("not covered" if not number else "", gap) for number, gap in enumerate(sandbox["gaps"])),
        ("terminal", f"{terminal['term'] or 'TERM is not set'}, {terminal['columns']}x{terminal['rows']}"),
        ("programs", ", ".join(name if path else f"no {name}" for name, path in report["programs"].items())),
        ("home", home["path"] + ("" if home["is_writable"] else "  (not writable)")),
        ("keys", ", ".join(report["provider_keys"]) or "no provider's key is set"),
        ("settings", report["configuration"]["file"]),
        ("model", f"{model['name']}  ({model['from']})" if model["name"] else "none"),
    ]
    lines = [f"{label:<12} {text}" for label, text in rows]
    lines += ["", *(f"✗ {problem}" for problem in report["problems"])] if report["problems"] else ["", "✓ all is well"]
    return "\n".join(lines)
