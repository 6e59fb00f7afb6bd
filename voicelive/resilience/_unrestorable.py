"""State that a new session cannot restore: responses, input audio, WebRTC."""

from __future__ import annotations

from voicelive._connection.state import SessionState
from voicelive.resilience._report import Missing, NotRestored

_REQUEST_AGAIN = "request it again if it is still needed"
_NEW_OFFER = "set up WebRTC again with a new offer"


def unrestorable(session: SessionState, input_audio_bytes: int) -> list[NotRestored]:
    """Return the state that ends with a session.

    Args:
        session: State of the session.
        input_audio_bytes: Bytes of input audio that were sent but not committed.
    """
    found = [
        NotRestored(
            Missing.RESPONSE,
            f"response {response_id}" if response_id else "a response",
            f"it was in progress; {_REQUEST_AGAIN}",
            response_id,
        )
        for response_id in sorted(session.responses.in_progress)
    ]
    if session.responses.requested:
        found.append(
            NotRestored(
                Missing.RESPONSE,
                "a requested response",
                f"it had not started; {_REQUEST_AGAIN}",
            )
        )
    if input_audio_bytes:
        sent = session.input_format.milliseconds(input_audio_bytes)
        while_speaking = " while the user was speaking" if session.user_speaking else ""
        found.append(
            NotRestored(
                Missing.INPUT_AUDIO,
                f"{sent:.0f} ms of input audio",
                f"it was sent but not committed{while_speaking}",
            )
        )
    if session.avatar:
        found.append(
            NotRestored(Missing.AVATAR, "the connection of the avatar", _NEW_OFFER)
        )
    if session.call:
        found.append(NotRestored(Missing.CALL, "the WebRTC call", _NEW_OFFER))
    return found
