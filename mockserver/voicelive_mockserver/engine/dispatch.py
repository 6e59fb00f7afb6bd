"""Dispatch of client events to the parts of a session."""

from __future__ import annotations

from voicelive_mockserver.engine.client_handlers import dispatch_table
from voicelive_mockserver.engine.configuration import ConfigurationPhase
from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.input_audio_handlers import InputAudioHandlers
from voicelive_mockserver.engine.item_handlers import ItemHandlers
from voicelive_mockserver.engine.request_queue import RequestQueue
from voicelive_mockserver.engine.response_handlers import ResponseHandlers
from voicelive_mockserver.engine.responses import ResponseRunner
from voicelive_mockserver.engine.session import SessionRules
from voicelive_mockserver.engine.session_updates import SessionUpdates
from voicelive_mockserver.engine.signalling import Signalling
from voicelive_mockserver.engine.sources import EngineSources
from voicelive_mockserver.engine.streamed_text import StreamedText
from voicelive_mockserver.engine.turns import UserTurns
from voicelive_protocol import ClientEvent

_TABLE = dispatch_table(
    (
        SessionUpdates,
        InputAudioHandlers,
        StreamedText,
        ItemHandlers,
        ResponseHandlers,
        Signalling,
    )
)


class RequestDispatcher:
    """Owns the parts of one session that handle client events.

    Args:
        context: The session.
        rules: The rules for its settings.
        sources: The responder and transcriber.
        phase: The configuration phase.
        queue: The queue of requests.
    """

    __slots__ = ("_parts", "input_audio", "responses")

    def __init__(
        self,
        context: SessionContext,
        rules: SessionRules,
        sources: EngineSources,
        phase: ConfigurationPhase,
        queue: RequestQueue,
    ) -> None:
        self.responses = ResponseRunner(context, sources.responder)
        """The runner of the responses."""
        turns = UserTurns(
            context,
            self.responses,
            sources.transcriber,
            keep_audio=sources.keeps_audio,
        )
        turns.configure()
        self.input_audio = InputAudioHandlers(context, turns)
        """The handlers of audio events."""
        updates = SessionUpdates(context, rules, self.responses, turns, phase)
        # In the order of `_TABLE`.
        self._parts = (
            updates,
            self.input_audio,
            StreamedText(context),
            ItemHandlers(context, self.responses),
            ResponseHandlers(self.responses, queue, context.api_version),
            Signalling(context, updates),
        )

    def dispatch(self, event: ClientEvent, frame: bytes) -> None:
        """Run the handler of a client event.

        Args:
            event: The event.
            frame: Its frame.

        Raises:
            RequestError: The service rejects the event.
            ResponseIsFinishing: The event must be dispatched again after the active
                response.
        """
        found = _TABLE.get(type(event))
        if found is None:
            raise rejected("unsupported_event", event_type=event.type)
        index, handler = found
        handler(self._parts[index], event, frame)
