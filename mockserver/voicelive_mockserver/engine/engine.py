"""One session of the service, without sockets and without a clock of its own."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from types import MappingProxyType
from typing import Any

from voicelive_mockserver.catalogue import Model
from voicelive_protocol import (
    ClientEvent,
    ClientEventConversationItemCreate,
    ClientEventConversationItemDelete,
    ClientEventConversationItemRetrieve,
    ClientEventConversationItemTruncate,
    ClientEventInputAudioBufferAppend,
    ClientEventInputAudioBufferClear,
    ClientEventInputAudioBufferCommit,
    ClientEventResponseCancel,
    ClientEventResponseCreate,
    ClientEventSessionUpdate,
    InvalidClientEvent,
)

from .context import SessionContext, make_id
from .conversation import Conversation, Item
from .errors import RequestError, error_body, missing, unknown_item
from .ids import IdSource
from .items import created_item
from .outbox import Outbox
from .ports import Responder, SpeechSource, Transcriber
from .requests import check_variants, decode_request, raw_object, rejection
from .responses import Responses
from .session import SessionRules, initial_session, updated_session
from .timeline import Timeline
from .turns import UserTurns

_logger = logging.getLogger(__name__)

_INTERNAL_ERROR = RequestError(
    "server_error",
    "The mock service had an error while processing your request; see its log.",
    error_type="server_error",
)


@dataclass(frozen=True, slots=True)
class EngineSources:
    """Where a session gets its words, its voice and its ears from.

    Attributes:
        responder: Decides what is answered.
        transcriber: Knows what the user said.
        keeps_audio: Whether the transcriber looks at the audio; without, the audio
            of the user is not stored.
        speech: Turns answers into audio.
    """

    responder: Responder
    transcriber: Transcriber
    keeps_audio: bool
    speech: SpeechSource


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
    """

    def __init__(
        self,
        model: Model,
        api_version: str,
        sources: EngineSources,
        *,
        seed: int,
        ordinal: int,
        started_at: float,
    ) -> None:
        ids = IdSource(seed, ordinal)
        self._rules = SessionRules(model, api_version)
        session_id = make_id(ids, model, "sess", started_at)
        self._context = SessionContext(
            model=model,
            api_version=api_version,
            started_at=started_at,
            ids=ids,
            random=Random(f"{seed}/{ordinal}/replies"),
            timeline=Timeline(),
            outbox=Outbox(ids),
            session=initial_session(self._rules, session_id, started_at),
            conversation=Conversation(make_id(ids, model, "conv", started_at)),
            speech=sources.speech,
        )
        self._responses = Responses(self._context, sources.responder, self._go_on)
        self._turns = UserTurns(
            self._context,
            self._responses,
            sources.transcriber,
            keep_audio=sources.keeps_audio,
        )
        self._turns.configure()
        self._inbox: deque[tuple[float, Callable[[], None]]] = deque()
        self._waits_for_response = False
        self._stalled = False
        latency = model.pipeline.latency
        self._request_times = {
            "session.update": latency.session_update,
            # A response has a latency of its own; audio and cancelling have none.
            "response.create": 0.0,
            "response.cancel": 0.0,
            "input_audio_buffer.append": 0.0,
        }
        self._item_ack = latency.item_ack
        self._ready_at = latency.session_created
        self._context.timeline.at(latency.session_created, self._greet)

    @property
    def id(self) -> str:
        """The identifier of the session."""
        identifier: str = self._context.session["id"]
        return identifier

    @property
    def now(self) -> float:
        """The time of the session, in seconds since it began."""
        return self._context.timeline.now

    @property
    def next_due(self) -> float | None:
        """When `advance` has something to do, in seconds; `None` for never."""
        return self._context.timeline.next_due

    def receive(self, frame: bytes, now: float) -> None:
        """Take a frame from the client.

        Requests take effect in the order in which they came, each after the time the
        service takes for it.

        Args:
            frame: The payload of a text message, valid or not.
            now: The time, in seconds since the session began; what was due until
                then happens first.
        """
        self.advance(now)
        try:
            event = decode_request(frame, self._context.api_version)
        except InvalidClientEvent as problem:
            error, event_id = rejection(problem), problem.event_id
            self._enqueue(0.0, partial(self._reject, error, event_id))
            return
        delay = self._request_times.get(event.type, self._item_ack)
        self._enqueue(delay, partial(self._handle, event, frame))

    def advance(self, now: float) -> None:
        """Do what is due.

        Args:
            now: The time, in seconds since the session began. Infinity does everything
                that is left, as far as the frames are taken.
        """
        self._context.timeline.run(now)

    def take(self) -> list[bytes]:
        """Return the frames that are ready for the client, and go on producing."""
        frames = self._context.outbox.take()
        if not self._stalled:
            self._context.timeline.release()
        return frames

    def stall(self, stalled: bool) -> None:
        """Stop or resume the content of responses, because of a slow reader.

        Requests are still answered; a response that is held back can be cancelled.

        Args:
            stalled: Whether to hold the content back.
        """
        self._stalled = stalled
        if stalled:
            self._context.timeline.hold()
        else:
            self._context.timeline.release()

    def _greet(self) -> None:
        self._context.outbox.event(
            "session.created", {"session": self._context.session}
        )

    def _enqueue(self, delay: float, action: Callable[[], None]) -> None:
        """Do something after a delay, but never before what was asked earlier."""
        now = self.now
        due = max(now + delay, self._ready_at)
        self._ready_at = due
        if due <= now and not self._inbox:
            # The most common case by far: audio while nothing else is waiting.
            action()
            return
        self._inbox.append((due, action))
        self._context.timeline.at(due, self._work_off)

    def _work_off(self) -> None:
        while (
            self._inbox
            and not self._waits_for_response
            and self._inbox[0][0] <= self._context.timeline.now
        ):
            self._inbox.popleft()[1]()

    def _go_on(self) -> None:
        """Work off what had to wait for the end of a response."""
        if self._waits_for_response:
            self._waits_for_response = False
            self._work_off()

    def _handle(self, event: ClientEvent, frame: bytes) -> None:
        event_id = event.event_id if isinstance(event.event_id, str) else None
        handler = _HANDLERS.get(type(event))
        try:
            if handler is None:
                raise RequestError(
                    "unsupported_event",
                    f"The mock service does not support '{event.type}' yet.",
                    param="type",
                )
            handler(self, event, frame)
        except RequestError as error:
            self._reject(error, event_id)
        except Exception:
            # A fault of this program must not cost the client its session.
            _logger.exception("%s failed", event.type)
            self._reject(_INTERNAL_ERROR, event_id)

    def _reject(self, error: RequestError, event_id: str | None) -> None:
        self._context.outbox.event("error", error_body(error, event_id))

    def _session_update(self, event: ClientEventSessionUpdate, frame: bytes) -> None:
        check_variants(event)
        context = self._context
        session = context.session
        updated = updated_session(session, raw_object(frame, "session"), self._rules)
        if self._responses.spoke and updated["voice"] != session["voice"]:
            raise RequestError(
                "cannot_update_voice",
                "Cannot update a conversation's voice if assistant audio is present.",
                param="session.voice",
            )
        for key in ("input_audio_format", "input_audio_sampling_rate"):
            if self._turns.has_audio and updated[key] != session[key]:
                raise RequestError(
                    "invalid_request_error",
                    f"Cannot change {key} after input audio was received.",
                    param=f"session.{key}",
                )
        context.session = updated
        self._turns.configure()
        context.outbox.event("session.updated", {"session": updated})

    def _append(self, event: ClientEventInputAudioBufferAppend, _frame: bytes) -> None:
        self._turns.append(event.audio)

    def _commit(self, _event: ClientEventInputAudioBufferCommit, _frame: bytes) -> None:
        self._turns.commit()

    def _clear(self, _event: ClientEventInputAudioBufferClear, _frame: bytes) -> None:
        self._turns.clear()

    def _item_create(
        self, event: ClientEventConversationItemCreate, frame: bytes
    ) -> None:
        if self._responses.is_finishing:
            # The service acknowledges such an item only after `response.done`.
            self._waits_for_response = True
            self._inbox.appendleft((self.now, partial(self._handle, event, frame)))
            return
        data = raw_object(frame, "item")
        if not data:
            raise missing("item")
        context = self._context
        item = created_item(data, lambda: context.ids.own("item"))
        after = event.previous_item_id
        previous = context.conversation.add(
            item, after if isinstance(after, str) else None
        )
        context.outbox.event(
            "conversation.item.created",
            {"previous_item_id": previous, "item": item.data},
        )

    def _item_retrieve(
        self, event: ClientEventConversationItemRetrieve, _frame: bytes
    ) -> None:
        item = self._item("retrieve", event.item_id)
        self._context.outbox.event("conversation.item.retrieved", {"item": item.data})

    def _item_delete(
        self, event: ClientEventConversationItemDelete, _frame: bytes
    ) -> None:
        item = self._item("delete", event.item_id)
        self._context.conversation.remove(item.id)
        self._context.outbox.event("conversation.item.deleted", {"item_id": item.id})

    def _item_truncate(
        self, event: ClientEventConversationItemTruncate, _frame: bytes
    ) -> None:
        item = self._item("truncate", event.item_id)
        length = item.audio_ms
        if not length:
            raise RequestError(
                "unsupported_content_type",
                "Only model output audio messages can be truncated",
            )
        if event.audio_end_ms < 0:
            raise RequestError(
                "invalid_value",
                f"Invalid value: {event.audio_end_ms}. Expected 0 or more.",
                param="audio_end_ms",
            )
        if event.audio_end_ms > length:
            raise RequestError(
                "invalid_value",
                f"Audio content of {length:.0f}ms is already shorter than "
                f"{event.audio_end_ms}ms",
                param="audio_end_ms",
            )
        item.audio_ms = float(event.audio_end_ms)
        item.truncated = True
        item.drop_transcript()
        self._context.outbox.event(
            "conversation.item.truncated",
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
        check_variants(event)
        additional = event.additional_instructions
        self._responses.create(
            raw_object(frame, "response"),
            additional if isinstance(additional, str) else "",
        )

    def _response_cancel(self, event: ClientEventResponseCancel, _frame: bytes) -> None:
        response_id = event.response_id
        self._responses.cancel(response_id if isinstance(response_id, str) else None)


_HANDLERS: Mapping[type[ClientEvent], Callable[[SessionEngine, Any, bytes], None]] = (
    MappingProxyType(
        {
            ClientEventSessionUpdate: SessionEngine._session_update,
            ClientEventInputAudioBufferAppend: SessionEngine._append,
            ClientEventInputAudioBufferCommit: SessionEngine._commit,
            ClientEventInputAudioBufferClear: SessionEngine._clear,
            ClientEventConversationItemCreate: SessionEngine._item_create,
            ClientEventConversationItemRetrieve: SessionEngine._item_retrieve,
            ClientEventConversationItemDelete: SessionEngine._item_delete,
            ClientEventConversationItemTruncate: SessionEngine._item_truncate,
            ClientEventResponseCreate: SessionEngine._response_create,
            ClientEventResponseCancel: SessionEngine._response_cancel,
        }
    )
)
