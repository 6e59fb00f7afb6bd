"""One session of the service, without sockets and without a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from math import inf
from random import Random
from types import MappingProxyType
from typing import Any

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.engine.agents import Agent
from voicelive_mockserver.engine.avatar import Avatar
from voicelive_mockserver.engine.client_input import ClientInput
from voicelive_mockserver.engine.client_items import add_client_item, new_client_item
from voicelive_mockserver.engine.configuration import ConfigurationPhase, unconfigured
from voicelive_mockserver.engine.context import SessionContext, make_id
from voicelive_mockserver.engine.conversation import Conversation, Item
from voicelive_mockserver.engine.errors import (
    FATAL_CLOSE_CODE,
    RequestError,
    error_body,
    missing,
    rejected,
    unknown_item,
)
from voicelive_mockserver.engine.event_routing import (
    data_channel_start,
    goes_to_control_socket,
)
from voicelive_mockserver.engine.ids import IdSource
from voicelive_mockserver.engine.interfaces import (
    McpHost,
    Responder,
    SpeechSource,
    Transcriber,
)
from voicelive_mockserver.engine.latency import LatencyModel
from voicelive_mockserver.engine.mcp import ImaginaryMcp, McpServers, check_mcp
from voicelive_mockserver.engine.models import Model
from voicelive_mockserver.engine.outbox import Outbox, Tally
from voicelive_mockserver.engine.playback import Playback
from voicelive_mockserver.engine.requests import (
    MOST_REQUEST,
    checked_object,
    decode_request,
    is_missing_offer,
    may_be_long,
    raw_object,
    read_append,
    rejection,
)
from voicelive_mockserver.engine.responses import Responses
from voicelive_mockserver.engine.rtc_call import RtcCall
from voicelive_mockserver.engine.session import (
    SESSION_SECONDS,
    SessionPast,
    SessionRules,
    initial_session,
    shown_session,
    updated_session,
)
from voicelive_mockserver.engine.streamed_text import StreamedText
from voicelive_mockserver.engine.timeline import Timeline
from voicelive_mockserver.engine.turns import UserTurns
from voicelive_mockserver.engine.versions import (
    check_item,
    check_response,
    check_session,
)
from voicelive_mockserver.engine.voices import check_output_format
from voicelive_protocol import (
    ClientEvent,
    ClientEventConversationItemCreate,
    ClientEventConversationItemDelete,
    ClientEventConversationItemRetrieve,
    ClientEventConversationItemTruncate,
    ClientEventInputAudioBufferAppend,
    ClientEventInputAudioBufferClear,
    ClientEventInputAudioBufferCommit,
    ClientEventInputAudioClear,
    ClientEventInputAudioTurnAppend,
    ClientEventInputAudioTurnCancel,
    ClientEventInputAudioTurnEnd,
    ClientEventInputAudioTurnStart,
    ClientEventInputTextDelta,
    ClientEventInputTextDone,
    ClientEventOutputAudioBufferClear,
    ClientEventResponseCancel,
    ClientEventResponseCreate,
    ClientEventRtcCallSdpCreate,
    ClientEventSessionAvatarConnect,
    ClientEventSessionUpdate,
    ClientEventTranscriptionSessionUpdate,
    InvalidClientEvent,
    RequestSession,
    ServerEventConversationItemDeleted,
    ServerEventConversationItemRetrieved,
    ServerEventConversationItemTruncated,
    ServerEventSessionCreated,
    ServerEventSessionUpdated,
)

logger = redacting_logger(__name__)

_MOST_AUDIO = 15 << 20  # bytes in one append


@dataclass(frozen=True, slots=True)
class EngineSources:
    """Where a session gets its words, its voice and its ears from.

    Attributes:
        responder: Decides what is answered.
        transcriber: Knows what the user said.
        keeps_audio: Whether the transcriber looks at the audio; without, the audio
            of the user is not stored.
        speech: Turns answers into audio.
        mcp: Stands for the MCP servers.
    """

    responder: Responder
    transcriber: Transcriber
    keeps_audio: bool
    speech: SpeechSource
    mcp: McpHost = field(default_factory=ImaginaryMcp)


@dataclass(frozen=True, slots=True)
class Closing:
    """How the connection of a session that has ended is to be closed.

    Attributes:
        code: The close code.
        reason: Why, for a reader.
    """

    code: int
    reason: str


class SessionEngine:
    """The server side of one session.

    Whoever owns it brings the frames of the client (`receive`), tells the time
    (`advance`), and takes the frames for the client (`take`). Times are seconds since
    the session began, at the pace of the real service; a driver that is in a hurry
    tells times that pass faster, or infinity to have everything at once. The same
    input at the same times with the same seed gives the same bytes.

    Args:
        model: The model that serves the session.
        api_version: The API version of the connection.
        sources: Where words and voices come from.
        seed: The seed of the server.
        ordinal: The number of the session on its server, counted from 0.
        started_at: When the session begins, in Unix seconds.
        agent: The agent that answers instead of the model, if there is one.
        features: The features that the connection asked for.
        session_seconds: How long the session may live, in seconds.
        fatal_close_code: The close code after a fatal error for which none is known.
        require_configuration: Whether the first message has to be a `session.update`.
    """

    __slots__ = (
        "_context",
        "_data_channel",
        "_fatal_close_code",
        "_inbox",
        "_input",
        "_item_ack",
        "_phase",
        "_ready_at",
        "_request_times",
        "_responses",
        "_rules",
        "_stalled",
        "_text",
        "_timeline",
        "_turns",
        "_waits_for_response",
        "closing",
    )

    def __init__(
        self,
        model: Model,
        api_version: str,
        sources: EngineSources,
        *,
        seed: int,
        ordinal: int,
        started_at: float,
        agent: Agent | None = None,
        features: frozenset[str] = frozenset(),
        session_seconds: float = SESSION_SECONDS,
        fatal_close_code: int = FATAL_CLOSE_CODE,
        require_configuration: bool = True,
    ) -> None:
        self.closing: Closing | None = None
        """How to close the connection once all frames are sent; `None` while the
        session goes on."""
        ids = IdSource(seed, ordinal)
        self._rules = SessionRules(
            model,
            api_version,
            features,
            session_seconds,
            None if agent is None else agent.voice_temperature,
        )
        session_id = make_id(ids, model, "sess", started_at)
        session = initial_session(self._rules, session_id, started_at)
        conversation = Conversation(make_id(ids, model, "conv", started_at))
        if agent is not None:
            session["agent"] = agent.shown(conversation.id)
        timeline, outbox = Timeline(), Outbox(ids)
        playback = Playback(timeline)
        latency = model.pipeline.latency
        self._context = SessionContext(
            model=model,
            api_version=api_version,
            started_at=started_at,
            ids=ids,
            random=Random(f"{seed}/{ordinal}/replies"),
            timeline=timeline,
            outbox=outbox,
            session=session,
            conversation=conversation,
            speech=sources.speech,
            playback=playback,
            avatar=Avatar(timeline, outbox, playback, ids, api_version),
            rtc_call=RtcCall(timeline, outbox, playback, ids, session_id, api_version),
            mcp=McpServers(
                sources.mcp, timeline, outbox, conversation, latency.mcp_list_tools
            ),
            agent=agent,
        )
        self._responses = Responses(self._context, sources.responder)
        self._turns = UserTurns(
            self._context,
            self._responses,
            sources.transcriber,
            keep_audio=sources.keeps_audio,
        )
        self._turns.configure()
        self._input = ClientInput(self._context, self._turns)
        self._text = StreamedText(self._context)
        self._data_channel: list[bytes] = []
        self._phase = ConfigurationPhase(required=require_configuration)
        self._inbox: list[tuple[float, Callable[[], None]]] = []
        self._waits_for_response = False
        self._stalled = False
        self._fatal_close_code = fatal_close_code
        self._request_times = _request_times(latency)
        self._item_ack = latency.item_ack
        self._ready_at = latency.session_created
        self._timeline = timeline
        timeline.at(latency.session_created, self._greet)

    @property
    def id(self) -> str:
        """The identifier of the session."""
        identifier: str = self._context.session["id"]
        return identifier

    @property
    def api_version(self) -> str:
        """The API version of the connection."""
        return self._context.api_version

    @property
    def now(self) -> float:
        """The time of the session, in seconds since it began."""
        return self._timeline.now

    @property
    def expires_at(self) -> float:
        """When the session ends at the latest, in seconds since it began."""
        return self._rules.seconds

    @property
    def next_due(self) -> float | None:
        """When `advance` has something to do, in seconds; `None` for never.

        The end of the session is not counted: it has `expires_at`.
        """
        return None if self.closing else self._timeline.next_due

    @property
    def waiting(self) -> int:
        """How many requests wait for the time that the service takes for them."""
        return len(self._inbox)

    def receive(self, frame: bytes, now: float, until: float = -inf) -> None:
        """Take a frame from the client.

        Requests take effect in the order in which they came, each after the time the
        service takes for it.

        Args:
            frame: The payload of a text message, valid or not.
            now: The time, in seconds since the session began; what was due until
                then happens first.
            until: What is due until then happens after that, as with `advance`.
        """
        timeline = self._timeline
        if now > timeline.now:
            self.advance(now)
        if self.closing is not None:
            return
        timeline.open(until)
        try:
            self._receive(frame)
        except Exception as problem:
            self._contain(problem)
        finally:
            timeline.close()
        if until > now and (
            timeline.next_due is not None or timeline.now >= self._rules.seconds
        ):
            self.advance(until)

    def _receive(self, frame: bytes) -> None:
        if (
            not self._inbox
            and self._ready_at <= self._timeline.now
            and self._phase.is_over
        ):
            # The most common case by far: audio while nothing else is waiting.
            audio = read_append(frame)
            if audio is not None:
                kind = ClientEventInputAudioBufferAppend.type
                self._attempt(kind, None, self._append_audio, audio)
                return
        if len(frame) > MOST_REQUEST and not may_be_long(frame):
            error = rejected("request_too_long", size=len(frame))
            self._enqueue(0.0, self._refuse_frame, error, None, None)
            return
        try:
            event = decode_request(frame, self._context.api_version)
        except InvalidClientEvent as problem:
            if is_missing_offer(problem, self._context.api_version):
                self._enqueue(0.0, self._context.rtc_call.connect, "")
                return
            error, event_id = rejection(problem), problem.event_id
            event_type = problem.event_type
            self._enqueue(0.0, self._refuse_frame, error, event_id, event_type)
            return
        delay = self._request_times.get(event.type, self._item_ack)
        self._enqueue(delay, self._handle, event, frame)

    def advance(self, now: float) -> None:
        """Do what is due.

        Args:
            now: The time, in seconds since the session began. Infinity does everything
                that is left, as far as the frames are taken.
        """
        timeline = self._timeline
        if now < self._rules.seconds:
            if self.closing is None:
                self._run(now)
            return
        if self.closing is None:
            self._run(now if now == inf else self._rules.seconds)
        # With infinity the session may have gone on for longer than it lives.
        if self.closing is None and timeline.now >= self._rules.seconds:
            self.expire()

    def _run(self, until: float) -> None:
        """Run what is due; an action that fails does not keep the others from it."""
        while True:
            try:
                self._timeline.run(until)
            except Exception as problem:
                self._contain(problem)
            else:
                return

    def expire(self) -> None:
        """End the session as one that has lived for too long."""
        self._end(rejected("session_expired", minutes=self._rules.seconds / 60), None)

    def take(self) -> list[bytes]:
        """Return the frames that are ready for the client, and go on producing."""
        frames = self._context.outbox.take()
        if not self._stalled:
            self._timeline.release()
        if frames and self._context.rtc_call.is_live:
            return self._routed(frames)
        return frames

    def take_data_channel(self) -> list[bytes]:
        """Return the frames that have gone to the data channel of a WebRTC call."""
        frames, self._data_channel = self._data_channel, []
        return frames

    def _routed(self, frames: list[bytes]) -> list[bytes]:
        """Return the frames that stay on the socket while there is a WebRTC call."""
        tally = self._context.outbox.taken
        start = data_channel_start(tally.types)
        kept: list[bytes] = []
        types: list[str] = []
        for index, (kind, frame) in enumerate(zip(tally.types, frames, strict=True)):
            if index < start or goes_to_control_socket(kind, frame):
                kept.append(frame)
                types.append(kind)
            else:
                self._data_channel.append(frame)
        tally.types = types
        return kept

    @property
    def taken(self) -> Tally:
        """What the frames were that were taken last."""
        return self._context.outbox.taken

    def stall(self, stalled: bool) -> None:
        """Stop or resume the content of responses, because of a slow reader.

        Requests are still answered; a response that is held back can be cancelled.

        Args:
            stalled: Whether to hold the content back.
        """
        self._stalled = stalled
        if stalled:
            self._timeline.hold()
        else:
            self._timeline.release()

    def _greet(self) -> None:
        self._context.outbox.event(
            ServerEventSessionCreated.type,
            {"session": shown_session(self._context.session)},
        )

    def _enqueue(
        self, delay: float, action: Callable[..., None], *arguments: Any
    ) -> None:
        """Do something after a delay, but never before what was asked earlier."""
        timeline = self._timeline
        now = timeline.now
        due = self._ready_at = max(now + delay, self._ready_at)
        if not self._inbox and (due <= now or timeline.reach(due)):
            action(*arguments)
            return
        self._inbox.append((due, partial(action, *arguments)))
        timeline.at(due, self._work_off)

    def _work_off(self) -> None:
        while (
            self._inbox
            and self.closing is None
            and not self._waits_for_response
            and self._inbox[0][0] <= self._timeline.now
        ):
            self._inbox.pop(0)[1]()

    def _go_on(self) -> None:
        """Work off what had to wait for the end of a response."""
        self._waits_for_response = False
        self._work_off()

    def _handle(self, event: ClientEvent, frame: bytes) -> None:
        event_id = event.event_id if isinstance(event.event_id, str) else None
        if not self._phase.accepts(event.type):
            self._reject(unconfigured(event.type), event_id)
            return
        handler = _HANDLERS.get(type(event), SessionEngine._unsupported)
        self._attempt(event.type, event_id, handler, self, event, frame)

    def _attempt(
        self,
        event_type: str,
        event_id: str | None,
        action: Callable[..., None],
        *arguments: Any,
    ) -> None:
        """Do what an event asks for; whatever fails becomes an error event."""
        try:
            action(*arguments)
        except RequestError as error:
            self._reject(error, event_id)
        except Exception:
            # A fault of this program must not cost the client its session.
            logger.exception("%s failed", event_type)
            self._reject(rejected("internal_error"), event_id)

    def _contain(self, problem: Exception) -> None:
        """Answer an exception that no request caused, or none that can be named.

        It is a fault of this program, and must not cost the client its session.
        """
        logger.error("session %s: an action failed", self.id, exc_info=problem)
        if self.closing is None:
            error = error_body(rejected("internal_error"), None)
            self._context.outbox.error(error)

    def _refuse_frame(
        self, error: RequestError, event_id: str | None, event_type: str | None
    ) -> None:
        """Answer a frame that cannot be read."""
        accepted = self._phase.accepts(event_type)
        self._reject(error if accepted else unconfigured(event_type), event_id)

    def _reject(self, error: RequestError, event_id: str | None) -> None:
        error = self._phase.failed(error)
        if error.fatal:
            self._end(error, event_id)
        else:
            self._context.outbox.error(error_body(error, event_id))

    def _end(self, error: RequestError, event_id: str | None) -> None:
        """Send the error that ends the session; nothing happens in it any more."""
        self._context.outbox.error(error_body(error, event_id))
        close_code = error.close_code or self._fatal_close_code
        self.closing = Closing(close_code, error.message)
        self._timeline.clear()
        self._inbox.clear()

    def _unsupported(self, event: ClientEvent, _frame: bytes) -> None:
        raise rejected("unsupported_event", event_type=event.type)

    def _session_update(self, event: ClientEventSessionUpdate, frame: bytes) -> None:
        context = self._context
        session = context.session
        sent = raw_object(frame, "session")
        check_session(event.session, sent, context.api_version)
        past = SessionPast(
            spoke=self._responses.spoke,
            heard=self._turns.has_audio,
            has_agent=context.agent is not None,
        )
        updated = updated_session(session, sent, self._rules, past)
        check_output_format(
            updated["output_audio_format"] or "pcm16",
            updated["voice"],
            context.api_version,
            "session.output_audio_format",
        )
        check_mcp(updated["tools"], context.model)
        if context.rtc_call.is_live and updated["avatar"] is not None:
            raise rejected("avatar_in_call")
        updated["avatar"] = context.avatar.shown(updated["avatar"], session["avatar"])
        context.session = updated
        try:
            self._turns.configure()
            context.avatar.configure(updated["avatar"])
        except BaseException:
            # Nothing of a rejected update is applied.
            context.session = session
            self._turns.configure()
            context.avatar.configure(session["avatar"])
            raise
        self._phase.end()
        context.outbox.event(
            ServerEventSessionUpdated.type, {"session": shown_session(updated)}
        )
        context.mcp.configure(updated["tools"], context.new_item_id)

    def _append(self, event: ClientEventInputAudioBufferAppend, _frame: bytes) -> None:
        self._append_audio(event.audio)

    def _append_audio(self, audio: bytes) -> None:
        self._check_audio(audio)
        self._turns.append(audio)

    def _check_audio(self, audio: bytes) -> None:
        size = len(audio)
        if size > _MOST_AUDIO:
            raise rejected("audio_too_long", size=size)
        context = self._context
        if (
            size % 2
            and context.model.pipeline.speaks_itself
            and context.session["input_audio_format"] == "pcm16"
        ):
            # Text models do not mind: the recognizer takes the bytes as a stream.
            raise rejected("half_a_sample", size=size)

    def _commit(self, _event: ClientEventInputAudioBufferCommit, _frame: bytes) -> None:
        self._turns.commit()

    def _clear(self, _event: ClientEventInputAudioBufferClear, _frame: bytes) -> None:
        self._turns.clear()

    def _turn_start(self, event: ClientEventInputAudioTurnStart, _frame: bytes) -> None:
        self._input.start_turn(event.turn_id)

    def _turn_append(
        self, event: ClientEventInputAudioTurnAppend, _frame: bytes
    ) -> None:
        self._check_audio(event.audio)
        self._input.append_turn(event.turn_id, event.audio)

    def _turn_end(self, event: ClientEventInputAudioTurnEnd, _frame: bytes) -> None:
        self._input.end_turn(event.turn_id)

    def _turn_cancel(
        self, event: ClientEventInputAudioTurnCancel, _frame: bytes
    ) -> None:
        self._input.cancel_turn(event.turn_id)

    def _input_clear(self, _event: ClientEventInputAudioClear, _frame: bytes) -> None:
        self._input.clear()

    def _text_delta(self, event: ClientEventInputTextDelta, _frame: bytes) -> None:
        self._text.append(event.id, _content_index(event), event.delta)

    def _text_done(self, event: ClientEventInputTextDone, _frame: bytes) -> None:
        self._text.end(event.id, _content_index(event))

    def _transcription_update(
        self, _event: ClientEventTranscriptionSessionUpdate, _frame: bytes
    ) -> None:
        """Accept it: an SDK can send it, but nobody has documented what it does."""

    def _postpone(self, event: ClientEvent, frame: bytes) -> None:
        """Handle a request, and what follows it, after the active response."""
        self._waits_for_response = True
        self._responses.when_idle(self._go_on)
        self._inbox.insert(0, (self.now, partial(self._handle, event, frame)))

    def _item_create(
        self, event: ClientEventConversationItemCreate, frame: bytes
    ) -> None:
        if self._responses.is_finishing:
            # The service acknowledges such an item only after `response.done`.
            self._postpone(event, frame)
            return
        version = self._context.api_version
        data = checked_object(event, frame, "item", check_item, version)
        if not data:
            raise missing("item")
        after = event.previous_item_id
        add_client_item(
            self._context,
            new_client_item(self._context, data),
            after if isinstance(after, str) else None,
        )
        self._responses.make_approved_calls()

    def _item_retrieve(
        self, event: ClientEventConversationItemRetrieve, _frame: bytes
    ) -> None:
        item = self._item("retrieve", event.item_id)
        self._context.outbox.event(
            ServerEventConversationItemRetrieved.type, {"item": item.data}
        )

    def _item_delete(
        self, event: ClientEventConversationItemDelete, _frame: bytes
    ) -> None:
        item = self._item("delete", event.item_id)
        self._context.conversation.remove(item.id)
        self._context.outbox.event(
            ServerEventConversationItemDeleted.type, {"item_id": item.id}
        )

    def _item_truncate(
        self, event: ClientEventConversationItemTruncate, _frame: bytes
    ) -> None:
        item = self._item("truncate", event.item_id)
        if item.truncated_by_service:
            raise rejected("item_already_truncated", item_id=item.id)
        length = item.audio_ms
        if not length:
            raise rejected("unsupported_content_type")
        if event.content_index != 0:
            raise rejected("no_such_content", index=event.content_index)
        if event.audio_end_ms < 0:
            raise rejected("truncate_below_zero", audio_end_ms=event.audio_end_ms)
        if event.audio_end_ms > length:
            raise rejected(
                "truncate_past_end", length=length, audio_end_ms=event.audio_end_ms
            )
        item.truncate(event.audio_end_ms)
        self._context.outbox.event(
            ServerEventConversationItemTruncated.type,
            {
                "item_id": item.id,
                "content_index": event.content_index,
                "audio_end_ms": event.audio_end_ms,
            },
        )

    def _item(self, action: str, item_id: str) -> Item:
        item = self._context.conversation.get(item_id)
        if item is None:
            raise unknown_item(action, item_id)
        return item

    def _response_create(self, event: ClientEventResponseCreate, frame: bytes) -> None:
        version = self._context.api_version
        params = checked_object(event, frame, "response", check_response, version)
        if self._responses.is_finishing and params.get("conversation") != "none":
            # On a real network it would come after `response.done`.
            self._postpone(event, frame)
            return
        more = event.additional_instructions
        self._responses.create(
            params, more if isinstance(more, str) else "", is_last=not self._inbox
        )

    def _response_cancel(self, event: ClientEventResponseCancel, _frame: bytes) -> None:
        response_id = event.response_id
        self._responses.cancel(response_id if isinstance(response_id, str) else None)

    def _avatar_connect(
        self, event: ClientEventSessionAvatarConnect, _frame: bytes
    ) -> None:
        self._context.avatar.connect(event.client_sdp)

    def _output_clear(
        self, _event: ClientEventOutputAudioBufferClear, _frame: bytes
    ) -> None:
        call = self._context.rtc_call
        (call if call.is_live else self._context.avatar).clear()

    def _rtc_connect(self, event: ClientEventRtcCallSdpCreate, frame: bytes) -> None:
        if isinstance(event.session, RequestSession):
            self._session_update(ClientEventSessionUpdate(session=event.session), frame)
        if self._context.session["avatar"] is not None:
            self._context.rtc_call.refuse_avatar()
            return
        self._context.rtc_call.connect(event.sdp_offer)


@cache
def _request_times(latency: LatencyModel) -> Mapping[str, float]:
    """Return how long requests take that are no ordinary ones, in seconds."""
    return {
        ClientEventSessionUpdate.type: latency.session_update,
        # A response has a latency of its own; audio and cancelling have none.
        ClientEventResponseCreate.type: 0.0,
        ClientEventResponseCancel.type: 0.0,
        ClientEventSessionAvatarConnect.type: latency.avatar_connect,
        ClientEventRtcCallSdpCreate.type: latency.avatar_connect,
        ClientEventInputAudioBufferAppend.type: 0.0,
        ClientEventInputAudioTurnAppend.type: 0.0,
    }


def _content_index(event: ClientEventInputTextDelta | ClientEventInputTextDone) -> int:
    return event.content_index if isinstance(event.content_index, int) else 0


_HANDLERS: Mapping[type[ClientEvent], Callable[[SessionEngine, Any, bytes], None]] = (
    MappingProxyType(
        {
            ClientEventSessionUpdate: SessionEngine._session_update,
            ClientEventInputAudioBufferAppend: SessionEngine._append,
            ClientEventInputAudioBufferCommit: SessionEngine._commit,
            ClientEventInputAudioBufferClear: SessionEngine._clear,
            ClientEventInputAudioTurnStart: SessionEngine._turn_start,
            ClientEventInputAudioTurnAppend: SessionEngine._turn_append,
            ClientEventInputAudioTurnEnd: SessionEngine._turn_end,
            ClientEventInputAudioTurnCancel: SessionEngine._turn_cancel,
            ClientEventInputAudioClear: SessionEngine._input_clear,
            ClientEventInputTextDelta: SessionEngine._text_delta,
            ClientEventInputTextDone: SessionEngine._text_done,
            ClientEventTranscriptionSessionUpdate: SessionEngine._transcription_update,
            ClientEventConversationItemCreate: SessionEngine._item_create,
            ClientEventConversationItemRetrieve: SessionEngine._item_retrieve,
            ClientEventConversationItemDelete: SessionEngine._item_delete,
            ClientEventConversationItemTruncate: SessionEngine._item_truncate,
            ClientEventResponseCreate: SessionEngine._response_create,
            ClientEventResponseCancel: SessionEngine._response_cancel,
            ClientEventSessionAvatarConnect: SessionEngine._avatar_connect,
            ClientEventOutputAudioBufferClear: SessionEngine._output_clear,
            ClientEventRtcCallSdpCreate: SessionEngine._rtc_connect,
        }
    )
)
