"""The command line as tables: every flag, every command, which flag goes with which command.

`arguments` parses by them, `help` prints them, `completion` writes them out for shells. They are plain classes,
not dataclasses: `--help` may not cost what `import dataclasses` costs.
"""

from __future__ import annotations

SANDBOX_MODES = ("read-only", "workspace-write", "danger-full-access")
APPROVAL_POLICIES = ("untrusted", "on-request", "never")
MODES = ("plan", "ask", "auto", "full")
BYPASS = "--dangerously-bypass-approvals-and-sandbox"


class Flag:
    """One flag. `field` is the name under which its value is kept; `value` is empty for a switch."""

    __slots__ = ("built", "choices", "field", "help", "is_list", "long", "short", "value", "value_is_optional")

    def __init__(
        self,
        long: str,
        help: str,  # noqa: A002 - the word for it
        *,
        short: str = "",
        field: str = "",
        value: str = "",
        choices: tuple[str, ...] = (),
        is_list: bool = False,
        value_is_optional: bool = False,
        built: bool = True,
    ) -> None:
        self.long = long
        self.short = short
        self.field = field or long.lstrip("-").replace("-", "_")
        self.value = value
        self.choices = choices
        self.is_list = is_list
        self.value_is_optional = value_is_optional
        self.help = help
        self.built = built


class Command:
    """One command. `name` holds its sub-command too: `sessions list`; the full-screen app is the empty name."""

    __slots__ = (
        *("built", "completions", "default_mode", "examples"),
        *("flags", "help", "is_delegated", "most_words", "name", "words"),
    )

    def __init__(
        self,
        name: str,
        help: str,  # noqa: A002 - the word for it
        *,
        words: str = "",
        most_words: int = 0,
        flags: tuple[str, ...] = (),
        examples: tuple[str, ...] = (),
        is_delegated: bool = False,
        completions: tuple[str, ...] = (),
        default_mode: str = "ask",
        built: bool = True,
    ) -> None:
        self.name = name
        self.words = words
        """How its positional words are shown in the help; those in `[]` may be left out."""
        self.most_words = most_words
        self.flags = flags
        self.help = help
        self.examples = examples
        self.is_delegated = is_delegated
        """It parses what follows its name itself."""
        self.completions = completions
        """Words that can follow, beside second words and flags."""
        self.default_mode = default_mode
        """What it does without any of the flags that set a mode, in words."""
        self.built = built

    @property
    def least_words(self) -> int:
        return sum(not word.startswith("[") for word in self.words.split())


_ALL_FLAGS = (
    Flag("--model", "model, by LiteLLM's name: openai/gpt-5, ollama_chat/qwen3", short="-m", value="MODEL"),
    Flag("--mode", "plan · ask · auto · full", value="MODE", choices=MODES),
    Flag("--plan", "same as --mode plan: look and propose, change nothing"),
    Flag("--full-auto", "same as --mode auto: work inside the sandbox without asking"),
    Flag("--sandbox", "what may be written", short="-s", value="POLICY", choices=SANDBOX_MODES),
    Flag("--ask-for-approval", "when to ask", short="-a", value="WHEN", choices=APPROVAL_POLICIES),
    Flag(BYPASS, "mode full: nothing confined, nothing asked", field="bypass"),
    Flag("--cd", "work in DIR", short="-C", value="DIR"),
    Flag("--add-dir", "another folder that may be written (repeatable)", value="DIR", is_list=True),
    Flag("--config", "set a config key, VALUE in TOML (repeatable)", short="-c", value="KEY=VALUE", is_list=True),
    Flag("--profile", "use [profiles.NAME] of config.toml", short="-p", value="NAME"),
    Flag("--image", "attach an image to the prompt (repeatable)", short="-i", value="FILE", is_list=True),
    Flag("--theme", "colour theme, see: codex-py themes list", value="NAME"),
    Flag("--task", "the prompt, for scripts that prefer a flag", value="TEXT"),
    Flag("--resume", "go on with a session; without ID: choose one", value="ID", value_is_optional=True),
    Flag("--trust", "let this folder's own settings count, this time"),
    Flag("--demo", "use the built-in offline demo model"),
    Flag("--max-turns", "stop after N model calls in a turn", value="N"),
    Flag("--max-cost", "pause when a session has cost this much", value="USD", built=False),
    Flag("--plain", "plain output for screen readers", built=False),
    Flag("--otlp-endpoint", "send traces there", value="URL", built=False),
    Flag("--json", "print JSON: one value, or a line per event for exec"),
    Flag("--experimental-json", "the old name of --json", field="json"),
    Flag("--output-last-message", "also write the last message to FILE", short="-o", value="FILE"),
    Flag("--output-schema", "a JSON schema that the answer must follow", value="FILE", built=False),
    Flag("--skip-git-repo-check", "do not warn outside a git repository"),
    Flag("--color", "colour in progress messages", value="WHEN", choices=("auto", "always", "never")),
    Flag("--last", "the newest session of this folder"),
    Flag("--all", "sessions of all folders, not only this one"),
    Flag("--limit", "show at most N", value="N"),
    Flag("--format", "md, json or html (default: md)", value="FORMAT", choices=("md", "json", "html")),
    Flag("--output", "write to FILE instead of stdout", short="-o", value="FILE"),
    Flag("--undo", "take it back: list it again, or take the last rewind back"),
    Flag("--to", "the turn to go back to: its number, or its ID; see: codex-py sessions turns ID", value="TURN"),
    Flag("--what", "what goes back", value="WHAT", choices=("conversation", "files", "both")),
    Flag("--restore", "restore this file although somebody else changed it (repeatable)", value="PATH", is_list=True),
    Flag("--keep", "leave this file as it is now (repeatable)", value="PATH", is_list=True),
    Flag("--force", "overwrite also what is somebody else's, or was changed by them since"),
    Flag("--yes", "do not ask"),
    Flag("--dry-run", "say what would change, change nothing"),
    Flag("--origin", "say where each value comes from"),
    Flag("--help", "show this help", short="-h"),
    Flag("--version", "show the version", short="-V"),
)
FLAGS = {flag.long: flag for flag in _ALL_FLAGS}
SHORT_FLAGS = {
    short: tuple(flag for flag in _ALL_FLAGS if flag.short == short)
    for short in (each.short for each in _ALL_FLAGS)
    if short
}
"""`-o` is one flag for `exec` and another for `sessions export`."""

SETTING_FLAGS = ("--model", "--mode", "--plan", "--full-auto", "--sandbox", "--ask-for-approval", BYPASS)
COMMON_FLAGS = (
    *SETTING_FLAGS,
    *("--cd", "--add-dir", "--config", "--profile", "--image", "--theme", "--task", "--resume", "--trust", "--demo"),
    *("--max-turns", "--max-cost", "--plain", "--otlp-endpoint"),
)
EXEC_FLAGS = (
    *COMMON_FLAGS,
    *("--json", "--experimental-json", "--output-last-message", "--output-schema", "--skip-git-repo-check", "--color"),
)
_EXEC_MODE = "only reads, never asks"
CONFIG_FLAGS = (*SETTING_FLAGS, "--cd", "--config", "--profile", "--theme", "--max-turns")

SANDBOX_FLAGS = (
    *("--sandbox", "--network", "--add-dir", "--cd", "--timeout", "--max-output", "--max-procs", "--max-memory"),
    "--tier",
)
MCP_WORDS = (
    *("list", "test", "add", "remove"),
    *("--cd", "--json", "--presets", "--env", "--cwd", "--mode", "--network", "--writable", "--disabled"),
)
POLICY_RULES_WORDS = (
    *(
        "list",
        "add",
        "remove",
        "--cd",
        "--json",
        "--all",
        "--scope",
        "--effect",
        "--exact",
        "--edit",
        "--host",
        "--tool",
    ),
    *("--widen", "--target"),
)
"""What `codex-py sandbox`, `codex-py mcp` and `codex-py policy rules` parse themselves; a test compares."""

_ALL_COMMANDS = (
    Command(
        "",
        "the full-screen app",
        words="[PROMPT]",
        most_words=1,
        flags=(*COMMON_FLAGS, "--version"),
        examples=('codex-py "fix the failing test"', "codex-py --mode plan -C ~/project", "codex-py --resume"),
    ),
    Command(
        "exec",
        "run headless: the answer on stdout, or JSON lines",
        words="[PROMPT|-]",
        most_words=1,
        flags=EXEC_FLAGS,
        default_mode=_EXEC_MODE,
        examples=(
            'codex-py exec "what does this project do?"',
            'codex-py exec --full-auto --json "fix the failing test"',
            'git diff | codex-py exec "review this"',
        ),
    ),
    Command(
        "exec resume",
        "go on with a session, headless",
        words="[ID] [PROMPT|-]",
        most_words=2,
        flags=(*EXEC_FLAGS, "--last", "--all"),
        default_mode=_EXEC_MODE,
        examples=('codex-py exec resume --last "now write the test"',),
    ),
    Command(
        "resume",
        "go on with a session; without ID: choose one",
        words="[ID] [PROMPT]",
        most_words=2,
        flags=(*COMMON_FLAGS, "--last", "--all"),
        examples=("codex-py resume --last",),
    ),
    Command(
        "fork",
        "branch off a session and go on with the copy; without ID: choose one",
        words="[ID] [PROMPT]",
        most_words=2,
        flags=(*(flag for flag in COMMON_FLAGS if flag != "--resume"), "--last", "--all"),
        examples=("codex-py fork --last",),
    ),
    Command("sessions list", "list sessions, newest first", flags=("--all", "--limit", "--cd", "--json")),
    Command("sessions show", "print a session", words="ID", most_words=1, flags=("--json",)),
    Command(
        "sessions search",
        "find words in all that was said, done and printed",
        words="WORDS…",
        most_words=99,
        flags=("--limit", "--json"),
        examples=("codex-py sessions search flaky clock", 'codex-py sessions search "exit code 137"'),
    ),
    Command(
        "sessions export",
        "print a session as Markdown, JSON or HTML, with diffs and the audit log",
        words="ID",
        most_words=1,
        flags=("--format", "--output", "--force", "--json"),
        examples=("codex-py sessions export ID --format html -o session.html",),
    ),
    Command("sessions rename", "give a session a title", words="ID TITLE…", most_words=99, flags=("--json",)),
    Command("sessions archive", "hide a session from the list", words="ID", most_words=1, flags=("--undo", "--json")),
    Command("sessions delete", "delete a session for good", words="ID", most_words=1, flags=("--yes", "--json")),
    Command(
        "sessions fork", "branch off a session: copy it, print the new ID", words="ID", most_words=1, flags=("--json",)
    ),
    Command(
        "sessions turns",
        "list the turns of a session and the files each changed",
        words="ID",
        most_words=1,
        flags=("--cd", "--json"),
    ),
    Command(
        "sessions rewind",
        "go back to before an earlier turn: conversation, files, or both",
        words="ID",
        most_words=1,
        flags=("--to", "--what", "--undo", "--restore", "--keep", "--force", "--dry-run", "--cd", "--json"),
        examples=(
            "codex-py sessions rewind ID --to 3 --what both --dry-run",
            "codex-py sessions rewind ID --to 3 --what files --keep notes.md",
            "codex-py sessions rewind ID --undo",
        ),
    ),
    Command(
        "sandbox",
        "run one command confined as the agent's would be",
        words="-- CMD…",
        is_delegated=True,
        completions=SANDBOX_FLAGS,
    ),
    Command(
        "policy check",
        "how would this shell line be judged, and why",
        words="[LINE…|-]",
        most_words=1_000_000,
        flags=("--mode", "--cd", "--config", "--profile", "--json"),
        default_mode="what is configured",
        examples=(
            "codex-py policy check -- 'git push --force'",
            "codex-py policy check --json --mode auto -- 'ls | wc -l'",
        ),
    ),
    Command(
        "policy rules",
        "rules for what is not asked, or never done",
        words="list|add|remove",
        is_delegated=True,
        completions=POLICY_RULES_WORDS,
    ),
    Command(
        "apply",
        "apply a patch (apply_patch or unified diff), all or nothing",
        words="[FILE|-]",
        most_words=1,
        flags=("--cd", "--dry-run", "--json"),
        examples=("codex-py apply change.patch", "git diff | codex-py apply - -C ../other --dry-run"),
    ),
    Command(
        "mcp",
        "list, test, add or remove MCP servers",
        words="list|test|add|remove",
        is_delegated=True,
        completions=MCP_WORDS,
    ),
    Command("models", "what models can be used here", flags=("--json",)),
    Command("themes list", "list the colour themes", flags=("--json",)),
    Command("themes show", "print the colours of a theme", words="NAME", most_words=1, flags=("--json",)),
    Command("doctor", "check this machine: sandbox, terminal, models", flags=("--json",)),
    Command("config show", "print the settings that count here", flags=(*CONFIG_FLAGS, "--origin", "--json")),
    Command("config path", "print where the configuration lies"),
    Command(
        "completion",
        "print a completion script",
        words="bash|zsh|fish",
        most_words=1,
        completions=("bash", "zsh", "fish"),
        examples=("codex-py completion bash > ~/.local/share/bash-completion/completions/codex-py",),
    ),
    Command("login", "keep a provider's key in the keyring", words="PROVIDER", most_words=1, built=False),
    Command("mcp-server", "offer the agent as an MCP server", built=False),
)
COMMANDS = {command.name: command for command in _ALL_COMMANDS}
GROUPS: dict[str, tuple[str, ...]] = {
    group: tuple(name.split()[1] for name in COMMANDS if name.startswith(group + " "))
    for group in dict.fromkeys(name.split()[0] for name in COMMANDS if " " in name)
}
"""The first words that have second words. `exec` is also a command by itself."""
FIRST_WORDS = tuple(dict.fromkeys(name.split()[0] for name in COMMANDS if name))
