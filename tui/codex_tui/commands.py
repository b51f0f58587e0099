"""Every action of the main screen, once: its name, key, slash command and words.

Bindings, the command palette, the slash popup and the help screen are all made from this table.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol


class Command(NamedTuple):
    action: str
    """The action of the main screen that it runs."""
    title: str
    help: str
    keys: tuple[str, ...] = ()
    """As Textual names them. The first is shown."""
    slash: str = ""
    """Typed in the composer, without the slash; empty if it is not offered there."""
    argument: str = ""
    """What may follow the slash command, in words; empty if nothing may."""
    is_priority: bool = False
    """The key works whatever has the focus, a text field included."""
    on_palette: bool = True
    needs_session: bool = False
    """Asked for while one is being opened, it is done when that is there."""

    @property
    def usage(self) -> str:
        """`/copy code NUMBER`; empty if it has no slash command."""
        return f"/{self.slash} {self.argument}".strip() if self.slash else ""

    @property
    def key_name(self) -> str:
        return shown_key(self.keys[0]) if self.keys else ""


class RunCommand(Protocol):
    """Has what a command does done; `argument` is what followed it."""

    def __call__(self, action: str, argument: str = "") -> None: ...


COMMANDS = (
    Command(action="help", title="Help", help="keys and commands", keys=("f1",), slash="help", is_priority=True),
    Command(action="palette", title="Commands", help="every action", keys=("ctrl+p",), on_palette=False),
    Command(
        action="cycle_mode",
        title="Next mode",
        help="plan, ask, auto in turn",
        keys=("shift+tab",),
        is_priority=True,
        needs_session=True,
    ),
    Command(
        action="mode",
        title="Mode",
        help="plan, ask, auto or full",
        slash="mode",
        argument="MODE",
        needs_session=True,
    ),
    Command(
        action="full_access", title="Full access", help="nothing is confined, nothing is asked", needs_session=True
    ),
    Command(action="rules", title="Rules", help="what you allowed for longer", slash="rules", needs_session=True),
    Command(
        action="model", title="Model", help="choose another model", slash="model", argument="NAME", needs_session=True
    ),
    Command(
        action="effort",
        title="Effort",
        help="how hard the model thinks",
        slash="effort",
        argument="VALUE",
        needs_session=True,
    ),
    Command(
        action="compact",
        title="Compact",
        help="summarise what is older, to make room",
        slash="compact",
        argument="WHAT TO KEEP",
        needs_session=True,
    ),
    Command(
        action="context", title="Context", help="what fills the model's window", slash="context", needs_session=True
    ),
    Command(action="theme", title="Theme", help="choose a colour theme", slash="theme", argument="NAME"),
    Command(
        action="rewind",
        title="Rewind",
        help="back to an earlier turn; or Esc Esc",
        slash="rewind",
        needs_session=True,
    ),
    Command(action="pause", title="Pause", help="stop at the next safe point, then ask", slash="pause"),
    Command(
        action="cancel", title="End the running tool", help="stop what runs now; the model is told", slash="cancel"
    ),
    Command(action="skip_wait", title="Retry now", help="make the failed model call again at once", slash="retry"),
    Command(
        action="focus_panel",
        title="Answer",
        help="give the open question the keyboard",
        keys=("alt+a",),
        is_priority=True,
    ),
    Command(
        action="full_diff",
        title="Diff",
        help="the change in question, or all of them",
        slash="diff",
        argument="git",
        needs_session=True,
    ),
    Command(action="show_chat", title="Chat", help="to the conversation and back", keys=("f2",), is_priority=True),
    Command(action="show_timeline", title="Timeline", help="go to the steps", keys=("f3",), is_priority=True),
    Command(
        action="show_changes",
        title="Changes",
        help="all that this session has changed",
        keys=("f4",),
        slash="changes",
        is_priority=True,
        needs_session=True,
    ),
    Command(
        action="copy_answer",
        title="Copy the last answer",
        help="the newest answer; code: a block of it",
        slash="copy",
        argument="code NUMBER",
    ),
    Command(action="copy_code", title="Copy a code block", help="of the newest answer that has one"),
    Command(
        action="find",
        title="Find",
        help="search in the whole conversation",
        keys=("ctrl+f",),
        slash="find",
        argument="WORDS",
        is_priority=True,
    ),
    Command(action="previous_turn", title="Previous turn", help="what you said before", keys=("ctrl+up",)),
    Command(action="next_turn", title="Next turn", help="what you said after that", keys=("ctrl+down",)),
    Command(action="follow", title="Newest", help="scroll to the newest line", keys=("ctrl+end",)),
    Command(action="page_up", title="Scroll up", help="the conversation, a page", keys=("pageup",), on_palette=False),
    Command(
        action="page_down", title="Scroll down", help="the conversation, a page", keys=("pagedown",), on_palette=False
    ),
    Command(
        action="resume",
        title="Resume",
        help="go on with another session; this one is kept",
        slash="resume",
        argument="ID | WORDS",
        needs_session=True,
    ),
    Command(
        action="new", title="New session", help="begin anew; this session is kept", slash="new", needs_session=True
    ),
    Command(
        action="new", title="New session", help="the same as /new", slash="clear", on_palette=False, needs_session=True
    ),
    Command(action="resume_info", title="Resume later", help="the command that opens this session"),
    Command(
        action="redraw",
        title="Redraw",
        help="draw the whole screen anew",
        keys=("ctrl+l",),
        slash="redraw",
        is_priority=True,
    ),
    Command(
        action="suspend",
        title="Suspend",
        help="back to the shell; fg returns",
        keys=("ctrl+z",),
        is_priority=True,
    ),
    Command(
        action="edit_outside",
        title="Editor",
        help="what you are writing, in $VISUAL or $EDITOR",
        keys=("ctrl+g",),
        is_priority=True,
        on_palette=False,
    ),
    Command(
        action="search_history",
        title="History",
        help="search what was said in all sessions",
        keys=("ctrl+r",),
        slash="history",
    ),
    Command(
        action="interrupt",
        title="Interrupt",
        help="pause, end the tool, clear, quit",
        keys=("ctrl+c", "super+c"),
        is_priority=True,
        on_palette=False,
    ),
    Command(action="escape", title="Back", help="close what is open, else pause", keys=("escape",), on_palette=False),
    Command(
        action="quit", title="Quit", help="leave; the session is kept", keys=("ctrl+q",), slash="quit", is_priority=True
    ),
)

COMPOSER_KEYS = (
    ("Enter", "send; while the agent works: steer it"),
    ("Tab", "while the agent works: wait for its turn to end"),
    ("Shift+Enter, Ctrl+J", "new line"),
    ("Up, Down", "earlier prompts, at the first and last line; other sessions' too"),
    ("Up in the empty composer", "edit what is queued"),
    ("Ctrl+O", "at a chip of a long paste: open it; Backspace removes all of it"),
    ("/", "commands"),
    ("@", 'name a file or folder: Tab or Enter completes, Esc closes; `@"a name"` where it has blanks'),
    (
        "!",
        "run a shell line yourself, confined as the mode says; the model sees the output. A blank before it: a prompt",
    ),
)

HEADER_WORDS = (
    ("sandbox A", "what the agent runs is confined, by all that Linux has: namespaces, Landlock and seccomp"),
    ("sandbox B", "it is confined by Landlock and seccomp only; `codex-py doctor` says what this machine lacks"),
    ("not confined", "nothing holds it back: there is no sandbox, or the mode is full"),
    ("net on, net off", "whether what the agent runs may use the network"),
)

TRANSCRIPT_KEYS = (
    ("F2", "the keyboard to the conversation, and back to the composer"),
    ("/", "search; n and N go to the next and the previous match"),
    ("[ ]", "previous and next turn"),
    ("k j", "mark the previous, the next step"),
    ("Enter, click", "open or close what is marked: a step, a thought"),
    ("drag, two clicks, three", "select text, a word, a line; Ctrl+C copies"),
)

TIMELINE_KEYS = (
    ("F3", "the keyboard to the timeline; F2 leaves it"),
    ("Enter", "go to the step in the conversation"),
    ("o d a r", "its output, diff, arguments, raw JSON"),
    ("f", "all, tools, failures, approvals, model in turn"),
    ("/", "only steps with these words"),
)

MODE_WORDS = (
    ("plan", "looks around, changes nothing, proposes a plan"),
    ("ask", "asks before changes, and commands not known to be harmless"),
    ("auto", "works inside the sandbox without asking; asks to leave it"),
    ("full", "nothing confined, nothing asked: you confirm it twice"),
)

EFFORT_WORDS = (
    ("default", "as the provider has it"),
    ("none", "answers without thinking, if the model can"),
    ("minimal", "hardly thinks"),
    ("low", "quick and cheap"),
    ("medium", "for most work"),
    ("high", "for what is hard; takes longer, costs more"),
    ("xhigh", "the most there is; takes longest, costs most"),
)

PANEL_KEYS = (
    ("y", "yes, once"),
    ("a", "yes, always: see what that covers, and for how long"),
    ("e", "change the command, or what will be written"),
    ("h", "take or leave the hunks of a change one by one"),
    ("n", "no, with words for the model"),
    ("d", "the whole diff; hunks can be taken there too"),
    ("?", "why it is asked, and how it was judged"),
    ("Alt+A", "give the panel the keyboard"),
)


def shown_key(key: str) -> str:
    """`ctrl+p` as people write it."""
    return "+".join(
        _KEY_WORDS.get(part, part.upper() if part[0] == "f" else part.capitalize()) for part in key.split("+")
    )


_KEY_WORDS = {"pageup": "PgUp", "pagedown": "PgDn", "escape": "Esc", "shift": "Shift", "ctrl": "Ctrl"}


def slash_commands(typed: str) -> tuple[Command, ...]:
    """The commands whose slash name begins with `typed` (without the slash), in the order of the table."""
    return tuple(c for c in COMMANDS if c.slash and c.slash.startswith(typed))


def parse_slash(text: str) -> tuple[Command, str] | None:
    """The command and its argument, if `text` is one line that names a slash command exactly."""
    if not text.startswith("/") or "\n" in text.strip():
        return None
    name, _, argument = text.strip()[1:].partition(" ")
    found = next((c for c in COMMANDS if c.slash and c.slash == name), None)
    return (found, argument.strip()) if found is not None else None


_SLASH_WORD = re.compile(r"/([A-Za-z][\w-]*)( +\S.*)?\s*")


def unknown_slash(text: str) -> str | None:
    """What to say of `text` if it was meant as a slash command and names none; None if it is a prompt or a command.

    A word alone is meant so. What begins with a path is not, nor is what goes on after a word that is like no command.
    """
    import difflib  # deferred: not part of the first paint

    if (match := _SLASH_WORD.fullmatch(text)) is None or parse_slash(text) is not None:
        return None
    name, rest = match.groups()
    near = difflib.get_close_matches(name.lower(), [c.slash for c in COMMANDS if c.slash], n=1)
    if rest and not near:
        return None
    return f"There is no command /{name}. " + (f"The nearest is /{near[0]}." if near else "Type / to see them all.")
