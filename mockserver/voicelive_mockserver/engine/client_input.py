"""Audio turns whose beginning and end the client sets."""

from __future__ import annotations

from dataclasses import dataclass, field

from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.input_audio import InputFormat
from voicelive_mockserver.engine.turns import UserTurns

_KEPT_MS = 120_000


@dataclass(slots=True)
class _AudioTurn:
    turn_id: str
    size: int = 0
    audio: bytearray = field(default_factory=bytearray)


class ClientInput:
    """Collects what a client sends in turns of its own making.

    Nothing answers the single pieces, and voice detection does not hear them. When a
    turn ends, it becomes an item of the conversation; it is answered when turn
    detection is on and creates responses.

    Args:
        context: The session.
        turns: The turns of the user.
    """

    __slots__ = (
        "_context",
        "_turn",
        "_turns",
    )

    def __init__(self, context: SessionContext, turns: UserTurns) -> None:
        self._context = context
        self._turns = turns
        self._turn: _AudioTurn | None = None

    def start_turn(self, turn_id: str) -> None:
        """Open a turn of audio.

        Raises:
            RequestError: Another turn is open.
        """
        if self._turn is not None:
            raise rejected("turn_is_open", turn_id=self._turn.turn_id)
        self._turn = _AudioTurn(turn_id)

    def append_turn(self, turn_id: str, audio: bytes) -> None:
        """Add audio to the open turn.

        Raises:
            RequestError: It is not open.
        """
        turn = self._open_turn(turn_id)
        turn.size += len(audio)
        if not self._turns.keep_audio:
            return
        turn.audio += audio
        audio_format = self._format
        limit = _KEPT_MS * audio_format.sample_rate // 1000 * audio_format.sample_size
        if len(turn.audio) > 2 * limit:
            surplus = len(turn.audio) - limit
            # Whole samples only, so that those that follow keep their place.
            del turn.audio[: surplus - surplus % audio_format.sample_size]

    def end_turn(self, turn_id: str) -> None:
        """Make an item of the open turn.

        Raises:
            RequestError: It is not open, or there are less than 100 ms in it.
        """
        turn = self._open_turn(turn_id)
        self._turn = None
        audio_format = self._format
        size = len(turn.audio)
        audio = bytes(turn.audio[: size - size % audio_format.sample_size])
        self._turns.add(
            audio if audio_format.decode is None else audio_format.decode(audio),
            audio_format.duration_ms(turn.size),
            audio_format.sample_rate,
        )

    def cancel_turn(self, turn_id: str) -> None:
        """Drop the open turn.

        Raises:
            RequestError: It is not open.
        """
        self._open_turn(turn_id)
        self._turn = None

    def clear(self) -> None:
        """Drop all audio that has not become an item."""
        self._turn = None
        self._turns.clear()

    def _open_turn(self, turn_id: str) -> _AudioTurn:
        turn = self._turn
        if turn is None or turn.turn_id != turn_id:
            raise rejected("no_such_turn", turn_id=turn_id)
        return turn

    @property
    def _format(self) -> InputFormat:
        return InputFormat(self._context.session)
