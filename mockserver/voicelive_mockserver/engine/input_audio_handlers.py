"""Handlers of input audio: the buffer, and turns that the client delimits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from voicelive_mockserver.engine.client_handlers import Handlers
from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.input_audio import MAX_KEPT_MS, InputFormat
from voicelive_mockserver.engine.turns import UserTurns
from voicelive_protocol import (
    ClientEventInputAudioBufferAppend,
    ClientEventInputAudioBufferClear,
    ClientEventInputAudioBufferCommit,
    ClientEventInputAudioClear,
    ClientEventInputAudioTurnAppend,
    ClientEventInputAudioTurnCancel,
    ClientEventInputAudioTurnEnd,
    ClientEventInputAudioTurnStart,
)

_MAX_APPEND_BYTES = 15 << 20


@dataclass(slots=True)
class _OpenTurn:
    turn_id: str
    size: int = 0
    audio: bytearray = field(default_factory=bytearray)


class InputAudioHandlers:
    """Handles the audio that a client sends.

    Audio in the buffer goes to voice activity detection. A turn that the client
    delimits does not: its pieces are not acknowledged. Its end creates an item, which
    gets a response if turn detection is on and creates responses.

    Args:
        context: The session.
        turns: The turns of the user.
    """

    __slots__ = ("_context", "_turn", "_turns")

    def __init__(self, context: SessionContext, turns: UserTurns) -> None:
        self._context = context
        self._turns = turns
        self._turn: _OpenTurn | None = None

    def append(self, audio: bytes) -> None:
        """Append to the buffer.

        Args:
            audio: The audio in the input format.

        Raises:
            RequestError: It is too long, or ends within a sample.
        """
        self._check(audio)
        self._turns.append(audio)

    def _append(self, event: ClientEventInputAudioBufferAppend, _frame: bytes) -> None:
        self.append(event.audio)

    def _commit(self, _event: ClientEventInputAudioBufferCommit, _frame: bytes) -> None:
        self._turns.commit()

    def _clear(self, _event: ClientEventInputAudioBufferClear, _frame: bytes) -> None:
        self._turns.clear()

    def _start_turn(self, event: ClientEventInputAudioTurnStart, _frame: bytes) -> None:
        if self._turn is not None:
            raise rejected("turn_is_open", turn_id=self._turn.turn_id)
        self._turn = _OpenTurn(event.turn_id)

    def _append_to_turn(
        self, event: ClientEventInputAudioTurnAppend, _frame: bytes
    ) -> None:
        audio = event.audio
        self._check(audio)
        turn = self._open_turn(event.turn_id)
        turn.size += len(audio)
        if not self._turns.keep_audio:
            return
        turn.audio += audio
        audio_format = self._format
        limit = (
            MAX_KEPT_MS * audio_format.sample_rate // 1000 * audio_format.sample_size
        )
        if len(turn.audio) > 2 * limit:
            surplus = len(turn.audio) - limit
            # Whole samples only, to keep the alignment of those that follow.
            del turn.audio[: surplus - surplus % audio_format.sample_size]

    def _end_turn(self, event: ClientEventInputAudioTurnEnd, _frame: bytes) -> None:
        turn = self._open_turn(event.turn_id)
        self._turn = None
        audio_format = self._format
        size = len(turn.audio)
        audio = bytes(turn.audio[: size - size % audio_format.sample_size])
        self._turns.add(
            audio if audio_format.decode is None else audio_format.decode(audio),
            audio_format.duration_ms(turn.size),
            audio_format.sample_rate,
        )

    def _cancel_turn(
        self, event: ClientEventInputAudioTurnCancel, _frame: bytes
    ) -> None:
        self._open_turn(event.turn_id)
        self._turn = None

    def _clear_all(self, _event: ClientEventInputAudioClear, _frame: bytes) -> None:
        self._turn = None
        self._turns.clear()

    def _check(self, audio: bytes) -> None:
        size = len(audio)
        if size > _MAX_APPEND_BYTES:
            raise rejected("audio_too_long", size=size)
        context = self._context
        if (
            size % 2
            and context.model.pipeline.speaks_itself
            and context.session["input_audio_format"] == "pcm16"
        ):
            # Cascaded pipelines accept it: the recognizer reads the bytes as a stream.
            raise rejected("half_a_sample", size=size)

    def _open_turn(self, turn_id: str) -> _OpenTurn:
        turn = self._turn
        if turn is None or turn.turn_id != turn_id:
            raise rejected("no_such_turn", turn_id=turn_id)
        return turn

    @property
    def _format(self) -> InputFormat:
        return InputFormat(self._context.session)

    HANDLERS: ClassVar[Handlers] = {
        ClientEventInputAudioBufferAppend: _append,
        ClientEventInputAudioBufferCommit: _commit,
        ClientEventInputAudioBufferClear: _clear,
        ClientEventInputAudioTurnStart: _start_turn,
        ClientEventInputAudioTurnAppend: _append_to_turn,
        ClientEventInputAudioTurnEnd: _end_turn,
        ClientEventInputAudioTurnCancel: _cancel_turn,
        ClientEventInputAudioClear: _clear_all,
    }
