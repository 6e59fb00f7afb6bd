"""Exports of an account: JSON, plain text, WebVTT."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict

from voicelive._conversation.records import TurnRole, TurnStatus
from voicelive._conversation.turns import ConversationTurn, ToolCallRecord
from voicelive._conversation.usage import SessionUsage
from voicelive_core.redaction import printable
from voicelive_protocol import encode

_NAMES = {
    TurnRole.USER: "User",
    TurnRole.ASSISTANT: "Assistant",
    TurnRole.SYSTEM: "System",
}

# Shorter cues cannot be read.
_MIN_CUE_SECONDS = 0.5

# Of the arguments and the result of a tool call in plain text.
_MAX_NOTE_CHARACTERS = 500

_LINE_ENDS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


def to_json(
    turns: Sequence[ConversationTurn],
    out_of_band: Sequence[ConversationTurn],
    usage: SessionUsage,
) -> str:
    """Return the account as JSON text."""
    account = {
        "turns": [asdict(turn) for turn in turns],
        "out_of_band": [asdict(turn) for turn in out_of_band],
        "usage": asdict(usage),
    }
    # Lone surrogates become escapes, so the text is valid UTF-8.
    return encode(account, indent=2).decode()


def to_text(turns: Sequence[ConversationTurn]) -> str:
    """Return the turns as lines with time and speaker.

    Further lines of a turn are indented, so that each line that is not begins a turn.
    """
    blocks: list[str] = []
    for turn in turns:
        head = f"[{_time(turn.start)}] {_NAMES[turn.role]}:"
        lines = [f"({note})" for note in _notes(turn)]
        if turn.spoken_text:
            lines += _LINE_ENDS.split(_clean(turn.spoken_text))
        if lines:
            blocks.append(head + " " + "\n    ".join(lines) + "\n")
    return "".join(blocks)


def to_webvtt(turns: Sequence[ConversationTurn]) -> str:
    """Return what was heard as WebVTT, with a cue for each turn.

    Cues may overlap: the user speaks while the assistant does.
    """
    cues = ["WEBVTT\n"]
    for turn in turns:
        lines = _LINE_ENDS.split(_clean(turn.spoken_text))
        text = "\n".join(_escaped(line) for line in lines if line.strip())
        if text:
            end = turn.start if turn.end is None else turn.end
            end = max(end, turn.start + _MIN_CUE_SECONDS)
            times = f"{_time(turn.start)} --> {_time(end)}"
            cues.append(f"{times}\n<v {_NAMES[turn.role]}>{text}\n")
    return "\n".join(cues)


def _notes(turn: ConversationTurn) -> list[str]:
    notes = [_call_note(call) for call in turn.tool_calls]
    if turn.status in (TurnStatus.FAILED, TurnStatus.LOST, TurnStatus.INCOMPLETE):
        why = "" if turn.error is None else f": {printable(turn.error)}"
        notes.append(f"{turn.status.value}{why}")
    elif turn.role is TurnRole.USER and turn.error is not None:
        notes.append(f"no transcript: {printable(turn.error)}")
    elif turn.interrupted:
        notes.append("interrupted")
    return notes


def _call_note(call: ToolCallRecord) -> str:
    note = f"calls {printable(call.name)} {_short(call.arguments)}".rstrip()
    result = call.error if call.result is None else call.result
    return note if result is None else f"{note}: {_short(result)}"


def _short(text: str) -> str:
    return printable(re.sub(r"\s+", " ", text).strip(), _MAX_NOTE_CHARACTERS)


def _time(seconds: float) -> str:
    whole = round(max(0.0, seconds) * 1000)
    minutes, milliseconds = divmod(whole, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds / 1000:06.3f}"


def _clean(text: str) -> str:
    """Replace what a file of text must not have: NUL and lone surrogates."""
    return (
        text.replace("\0", "\ufffd")
        .encode("utf-16", "surrogatepass")
        .decode("utf-16", "replace")
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
