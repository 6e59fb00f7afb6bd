"""Reconnect report: restored and missing state."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from voicelive._errors import ConnectionClosed


class Missing(StrEnum):
    """Kinds of state that a reconnect may not restore."""

    ITEM = "item"
    """An item of the conversation, or a part of one."""

    OLDER_ITEMS = "older_items"
    """Items beyond the limit of the history that is kept."""

    SETTINGS = "settings"
    """The session settings, which the service refused."""

    RESPONSE = "response"
    """A response that was in progress or requested."""

    INPUT_AUDIO = "input_audio"
    """Audio that was sent but not committed, or dropped while reconnecting."""

    FUNCTION_CALL = "function_call"
    """A function call that has no output yet."""

    AVATAR = "avatar"
    """The WebRTC connection of the avatar."""

    CALL = "call"
    """The WebRTC call."""


@dataclass(frozen=True, slots=True)
class NotRestored:
    """One piece of state that the new session lacks.

    Attributes:
        kind: Kind of the state, for programs.
        what: Description, with the id if there is one.
        why: Reason, or what to do about it.
        id: Id of the item, response or call in the old session, if there is one.
    """

    kind: Missing
    what: str
    why: str
    id: str | None = None

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectReport:
    """Report of a reconnect.

    Attributes:
        cause: The loss of the old connection; None for a planned renewal.
        attempts: Number of attempts.
        seconds: Duration from the loss until the session was restored.
        old_session_id: Id of the session that ended.
        new_session_id: Id of the new session.
        settings_restored: Whether the service accepted the session settings again; also
            true if the client had set none.
        restored: Ids of the restored items in the new session, oldest first.
        renamed: New ids of items by their old ids. The client requests the same ids, so
            this is normally empty.
        resent: Number of events that were sent again because the old session had not
            acknowledged them.
        dropped_audio_ms: Milliseconds of input audio dropped while reconnecting.
        kept_by_service: Whether the history was left to the service, which stores it
            under the `conversation_id` of an agent.
        reason: Reason of a renewal that was requested with `renew()`; "" for others.
        not_restored: State that the new session lacks.
    """

    cause: ConnectionClosed | None
    attempts: int
    seconds: float
    old_session_id: str | None
    new_session_id: str | None
    settings_restored: bool = True
    restored: list[str] = field(default_factory=list[str])
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    resent: int = 0
    dropped_audio_ms: float = 0.0
    kept_by_service: bool = False
    reason: str = ""
    not_restored: list[NotRestored] = field(default_factory=list[NotRestored])

    def __str__(self) -> str:
        tries = "1 attempt" if self.attempts == 1 else f"{self.attempts} attempts"
        items = "1 item" if len(self.restored) == 1 else f"{len(self.restored)} items"
        lines = [
            f"reconnected after {self.seconds:.1f} s and {tries}; {items} restored"
        ]
        if self.reason:
            lines.append(f"renewed: {self.reason}")
        lines += [f"not restored: {entry}" for entry in self.not_restored]
        return "\n".join(lines)


def dropped_audio(milliseconds: float) -> list[NotRestored]:
    """Return the report entry for audio dropped while reconnecting, if any."""
    if not milliseconds:
        return []
    return [
        NotRestored(
            Missing.INPUT_AUDIO,
            f"{milliseconds:.0f} ms of input audio",
            "it was too old when there was a connection again (waiting_audio_ms)",
        )
    ]
