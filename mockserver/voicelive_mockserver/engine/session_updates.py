"""Handlers of session updates."""

from __future__ import annotations

from typing import Any, ClassVar

from voicelive_mockserver.engine.client_handlers import Handlers
from voicelive_mockserver.engine.configuration import ConfigurationPhase
from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.mcp import check_mcp
from voicelive_mockserver.engine.requests import raw_object
from voicelive_mockserver.engine.responses import ResponseRunner
from voicelive_mockserver.engine.session import (
    SessionProgress,
    SessionRules,
    shown_session,
    updated_session,
)
from voicelive_mockserver.engine.turns import UserTurns
from voicelive_mockserver.engine.versions import check_session
from voicelive_mockserver.engine.voices import check_output_format
from voicelive_protocol import (
    ClientEventSessionUpdate,
    ClientEventTranscriptionSessionUpdate,
    ServerEventSessionUpdated,
)


class SessionUpdates:
    """Applies updates to one session.

    Args:
        context: The session.
        rules: The rules of its settings.
        responses: Its responses.
        turns: The turns of the user.
        phase: The configuration phase, which the first accepted update ends.
    """

    __slots__ = ("_context", "_phase", "_responses", "_rules", "_turns")

    def __init__(
        self,
        context: SessionContext,
        rules: SessionRules,
        responses: ResponseRunner,
        turns: UserTurns,
        phase: ConfigurationPhase,
    ) -> None:
        self._context = context
        self._rules = rules
        self._responses = responses
        self._turns = turns
        self._phase = phase

    def apply(self, session: Any, frame: bytes) -> None:
        """Apply an update atomically, and acknowledge it.

        Args:
            session: The decoded `session` of a client event.
            frame: The frame of the event.

        Raises:
            RequestError: A setting is invalid, unavailable or fixed by now.
        """
        context = self._context
        before = context.session
        sent = raw_object(frame, "session")
        check_session(session, sent, context.api_version)
        progress = SessionProgress(
            spoke=self._responses.spoke,
            heard=self._turns.has_audio,
            has_agent=context.agent is not None,
        )
        updated = updated_session(before, sent, self._rules, progress)
        check_output_format(
            updated["output_audio_format"] or "pcm16",
            updated["voice"],
            context.api_version,
            "session.output_audio_format",
        )
        check_mcp(updated["tools"], context.model)
        if context.rtc_call.is_live and updated["avatar"] is not None:
            raise rejected("avatar_in_call")
        updated["avatar"] = context.avatar.shown(updated["avatar"], before["avatar"])
        context.session = updated
        try:
            self._turns.configure()
            context.avatar.configure(updated["avatar"])
        except BaseException:
            context.session = before
            self._turns.configure()
            context.avatar.configure(before["avatar"])
            raise
        self._phase.end()
        context.outbox.event(
            ServerEventSessionUpdated.type, {"session": shown_session(updated)}
        )
        context.mcp.configure(updated["tools"], context.new_item_id)

    def _update(self, event: ClientEventSessionUpdate, frame: bytes) -> None:
        self.apply(event.session, frame)

    def _update_transcription(
        self, _event: ClientEventTranscriptionSessionUpdate, _frame: bytes
    ) -> None:
        """Do nothing: an SDK can send the event, but its effect is undocumented."""

    HANDLERS: ClassVar[Handlers] = {
        ClientEventSessionUpdate: _update,
        ClientEventTranscriptionSessionUpdate: _update_transcription,
    }
