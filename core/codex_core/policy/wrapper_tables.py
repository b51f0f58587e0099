"""Programs that run others, as data: how they are called, and which of their options hold a shell line."""

from __future__ import annotations

from dataclasses import dataclass, field

SHELLS = frozenset(("bash", "sh", "dash", "zsh", "ksh", "mksh", "ash", "fish", "csh", "tcsh", "rbash", "posh", "yash"))
INTERPRETERS = frozenset(
    (
        *(
            "python",
            "python2",
            "python3",
            "pypy",
            "pypy3",
            "node",
            "nodejs",
            "deno",
            "bun",
            "perl",
            "ruby",
            "php",
            "lua",
        ),
        *("luajit", "tclsh", "wish", "expect", "guile", "osascript", "pwsh", "powershell", "Rscript", "julia", "ghci"),
        *("irb", "ipython", "ipython3", "jshell", "scala", "groovy", "make", "gdb", "ts-node", "tsx"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a wrapper is called: options, so many operands of its own, then the command."""

    flags: str = ""
    values: str = ""
    long: frozenset[str] = field(default_factory=frozenset)
    """Without a value, or with one after `=`."""
    long_values: frozenset[str] = frozenset()
    operands: int = 0
    concern: str = ""
    line: bool = False
    """What follows is joined to a shell line."""


def _shape(
    flags: str = "",
    values: str = "",
    long: str = "",
    long_values: str = "",
    *,
    operands: int = 0,
    concern: str = "",
    line: bool = False,
) -> Shape:
    return Shape(
        flags=flags,
        values=values,
        long=frozenset(long.split()),
        long_values=frozenset(long_values.split()),
        operands=operands,
        concern=concern,
        line=line,
    )


_ELSEWHERE = "it runs a command somewhere else"
AS_ANOTHER = "it acts with the rights of another user"
OWN_WAY = "it runs a command in a way of its own"
SHAPES: dict[str, Shape] = {
    "sudo": _shape(
        "AbEeHiKklNnPSsVv",
        "CDghpRTtUu",
        "--preserve-env --login --non-interactive --stdin --background --set-home --shell",
        "--user --group --chdir --host --prompt --chroot --role --type --command-timeout --other-user --close-from",
        concern=AS_ANOTHER,
    ),
    "doas": _shape("Lns", "aCu", concern=AS_ANOTHER),
    "pkexec": _shape("", "", "--disable-internal-agent --keep-cwd", "--user", concern=AS_ANOTHER),
    "nice": _shape("0123456789", "n", "--adjustment", ""),
    "ionice": _shape("t", "cn", "", "--class --classdata"),
    "timeout": _shape("v", "sk", "--preserve-status --foreground --verbose --signal --kill-after", operands=1),
    "nohup": _shape(concern="it outlives what started it, and writes nohup.out"),
    "stdbuf": _shape("", "ioe", "--input --output --error"),
    "time": _shape("pv"),
    "command": _shape("p"),
    "builtin": _shape(),
    "exec": _shape("cl", "a", concern="it replaces the shell"),
    "setsid": _shape("fwc", "", "--fork --wait --ctty", concern="it detaches a command from the session"),
    "watch": _shape(
        "dtgcebpwx",
        "nq",
        "--differences --no-title --interval --color --exec",
        "--interval",
        concern="it repeats for ever",
        line=True,
    ),
    "strace": _shape("fFcCqvxyTtrik", "eopsEauXIOSP", concern=OWN_WAY),
    "ltrace": _shape("fcCSti", "eopsulxnaDA", concern=OWN_WAY),
    "taskset": _shape("ac", "", operands=1, concern=OWN_WAY),
    "chrt": _shape("bfiorvaR", "TPD", operands=1, concern=OWN_WAY),
    "numactl": _shape("", "iNmpCl", concern=OWN_WAY),
    "prlimit": _shape(concern=OWN_WAY),
    "unbuffer": _shape("p", concern=OWN_WAY),
    "rlwrap": _shape(concern=OWN_WAY),
    "chronic": _shape(concern=OWN_WAY),
    "caffeinate": _shape("disumt", "", concern=OWN_WAY),
    "parallel": _shape(
        "0kmXuvt",
        "jaISndlP",
        "--jobs --bar --halt --colsep --dry-run --keep-order",
        "--jobs",
        concern="it runs a command for all that it is given",
        line=True,
    ),
    "busybox": _shape(concern=OWN_WAY),
    "toybox": _shape(concern=OWN_WAY),
    "firejail": _shape(concern=OWN_WAY),
    "bwrap": _shape(concern=OWN_WAY),
    "proot": _shape("", "rbwq", concern=OWN_WAY),
    "fakeroot": _shape(concern=OWN_WAY),
    "dbus-run-session": _shape(concern=OWN_WAY),
    "xvfb-run": _shape("a", "ens", concern=OWN_WAY),
    "valgrind": _shape(concern=OWN_WAY),
    "perf": _shape(operands=1, concern=OWN_WAY),
    "hyperfine": _shape("", "wrm", concern=OWN_WAY, line=True),
    "entr": _shape("acdnprsz", concern=OWN_WAY),
    "npx": _shape("yq", "pc", "--yes --no-install", "--package --call", concern="it may fetch a program and run it"),
    "bunx": _shape(concern="it may fetch a program and run it"),
    "uvx": _shape("", "", "", "--from --with --python", concern="it may fetch a program and run it"),
    "pipx": _shape("", "", "", "--spec", operands=1, concern="it may fetch a program and run it"),
    "poetry": _shape(operands=1, concern=OWN_WAY),
    "pipenv": _shape(operands=1, concern=OWN_WAY),
    "pdm": _shape(operands=1, concern=OWN_WAY),
    "hatch": _shape(operands=1, concern=OWN_WAY),
    "rye": _shape(operands=1, concern=OWN_WAY),
    "uv": _shape("", "", "", "--with --python --package --directory --project", operands=1, concern=OWN_WAY),
    "bundle": _shape(operands=1, concern=OWN_WAY),
    "direnv": _shape(operands=2, concern=OWN_WAY),
    "mise": _shape(operands=1, concern=OWN_WAY),
    "asdf": _shape(operands=1, concern=OWN_WAY),
    "conda": _shape("", "np", "--no-capture-output", "--name --prefix", operands=1, concern=OWN_WAY),
    "docker": _shape("", "", concern=_ELSEWHERE),
    "podman": _shape("", "", concern=_ELSEWHERE),
    "kubectl": _shape("", "", concern=_ELSEWHERE),
    "dotenv": _shape("", "f", operands=1, concern=OWN_WAY),
    "op": _shape(operands=1, concern=OWN_WAY),
    "env-cmd": _shape("", "f", concern=OWN_WAY),
    "cross-env": _shape(concern=OWN_WAY),
    "dotnet": _shape(concern=OWN_WAY),
    "coproc": _shape(concern="it leaves something running in the background"),
    "start-stop-daemon": _shape(concern=OWN_WAY),
    "daemonize": _shape(concern=OWN_WAY),
    "dbus-launch": _shape(concern=OWN_WAY),
    "torsocks": _shape(concern=OWN_WAY),
    "proxychains": _shape(concern=OWN_WAY),
    "proxychains4": _shape(concern=OWN_WAY),
}
RUNS_OTHERS = frozenset((*SHAPES, "env", "xargs", "eval", "trap", "flock", "script"))
XARGS = _shape(
    "0rtxo",
    "nPLIdEsa",
    "--null --no-run-if-empty --verbose --max-args --max-procs --replace --delimiter --exit",
    "--max-args --max-procs --delimiter --max-lines",
)
LINE_OPTIONS: dict[str, frozenset[str]] = {
    "git": frozenset(
        ("--exec", "-x", "--tree-filter", "--index-filter", "--msg-filter", "--commit-filter", "--env-filter")
    ),
    "script": frozenset(("-c", "--command")),
    "su": frozenset(("-c", "--command")),
    "runuser": frozenset(("-c", "--command")),
    "flock": frozenset(("-c", "--command")),
    "rg": frozenset(("--pre",)),
    "tar": frozenset(("--to-command", "-I", "--use-compress-program", "-F", "--info-script")),
    "nix-shell": frozenset(("--run", "--command")),
    "nix": frozenset(("-c", "--command")),
    "sshpass": frozenset(),
    "ssh": frozenset(),
    "tmux": frozenset(),
    "screen": frozenset(("-X",)),
    "find": frozenset(),
    "vim": frozenset(("-c", "+", "--cmd")),
    "vi": frozenset(("-c",)),
    "nvim": frozenset(("-c", "--cmd")),
    "less": frozenset(("+",)),
    "make": frozenset(("--eval",)),
    "rsync": frozenset(("-e", "--rsh", "--rsync-path")),
    "scp": frozenset(("-S",)),
    "sort": frozenset(("--compress-program",)),
    "zip": frozenset(("-TT", "--unzip-command")),
    "man": frozenset(("-P", "--pager", "-H")),
    "npm": frozenset(("-c", "--call")),
    "npx": frozenset(("-c", "--call")),
    "nodemon": frozenset(("--exec", "-x")),
    "ansible": frozenset(("-a", "--args")),
    "watchexec": frozenset(),
    "xterm": frozenset(("-e",)),
    "gnome-terminal": frozenset(("-e",)),
    "gdb": frozenset(("-ex", "-eval-command")),
    "socat": frozenset(),
    "nc": frozenset(("-e", "-c")),
    "ncat": frozenset(("-e", "-c", "--sh-exec", "--exec")),
}
