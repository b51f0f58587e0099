"""May the agent do this? Once, always, changed, in parts, or not."""

from __future__ import annotations

from codex_core.protocol import (
    AnswerApproval,
    ApprovalAnswer,
    ApprovalRequest,
    Approve,
    ApproveEditedCommand,
    ApproveEditedFiles,
    Deny,
    DiffBlock,
    EditableCommand,
    EditableFiles,
    FileText,
    Op,
)
from codex_tui.panels.explain import explanation_of
from codex_tui.panels.facts import facts_of
from codex_tui.panels.retry import retry_panel
from codex_tui.panels.scope import always_page
from codex_tui.panels.view import (
    Answer,
    Choice,
    EditCommand,
    EditTexts,
    Explain,
    PanelView,
    PickHunks,
    PickScope,
    ShowDiff,
    Words,
)


def approval_panel(request: ApprovalRequest) -> PanelView:
    if request.retry is not None:
        return retry_panel(request, request.retry)
    is_danger = request.verdict == "danger"
    return PanelView(
        id=request.request_id,
        title=request.summary,
        facts=facts_of(request),
        blocks=request.display,
        choices=tuple(_choices(request)),
        tone="danger" if is_danger else "ask",
        main_key="n" if is_danger else "y",
        refusals=refusals_of(request),
        call_id=request.call_id,
    )


def refusals_of(request: ApprovalRequest) -> tuple[tuple[str, str], ...]:
    """Why keys that other requests offer are not offered for this one."""
    is_danger = request.verdict == "danger"
    is_edit = any(isinstance(block, DiffBlock) for block in request.display)
    return (
        ("a", "dangerous: cannot be remembered" if is_danger else "this cannot be remembered, only allowed once"),
        ("e", "this cannot be changed: y or n"),
        ("h", "one hunk only: y or n" if is_edit else "only an edit has hunks: y or n"),
        ("d", "there is no more to see of it"),
    )


def _choices(request: ApprovalRequest) -> list[Choice]:
    def answer(value: ApprovalAnswer) -> Op:
        return AnswerApproval(request_id=request.request_id, answer=value)

    def deny(words: str) -> Op:
        return answer(Deny(words=words.strip()))

    choices = [Choice(key="y", label="once", does=Answer(op=answer(Approve())))]
    if request.offers:
        choices.append(Choice(key="a", label="always…", short="always", does=PickScope(page=always_page(request))))
    if (edit := _edit(request)) is not None:
        choices.append(edit)
    if request.hunks:
        choices.append(Choice(key="h", label="hunks", does=PickHunks(request=request)))
    no = Words(placeholder="no, because… (Enter sends; may be empty)", make=deny, may_be_empty=True)
    choices.append(Choice(key="n", label="no, because…", short="no…", does=no))
    if request.hunks:
        choices.append(Choice(key="d", label="full diff", short="diff", does=PickHunks(request=request)))
    elif request.display:
        is_diff = any(isinstance(block, DiffBlock) for block in request.display)
        what = "diff" if is_diff else "view"
        choices.append(Choice(key="d", label=f"full {what}", short=what, does=ShowDiff()))
    keys = tuple(choices)
    choices.append(Choice(key="?", label="explain", short="why", does=Explain(sections=explanation_of(request, keys))))
    return choices


def _edit(request: ApprovalRequest) -> Choice | None:
    def edited_command(line: str) -> Op:
        return AnswerApproval(request_id=request.request_id, answer=ApproveEditedCommand(line=line))

    def edited_files(changed: dict[str, str]) -> Op:
        files = tuple(FileText(path=path, text=text) for path, text in changed.items())
        answer = ApproveEditedFiles(files=files) if files else Approve()
        return AnswerApproval(request_id=request.request_id, answer=answer)

    match request.editable:
        case EditableCommand(line=line):
            return Choice(key="e", label="edit", does=EditCommand(line=line, make=edited_command))
        case EditableFiles(files=files):
            texts = tuple((file.path, file.text) for file in files)
            edit = EditTexts(title=request.summary, texts=texts, sends="write this", make=edited_files)
            return Choice(key="e", label="edit", does=edit)
        case None:
            return None
