"""Responses of a session: requesting, running and cancelling them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.engine.client_items import add_client_item, new_client_items
from voicelive_mockserver.engine.context import BURST_BYTES, SessionContext
from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.errors import (
    active_response,
    error_details,
    no_active_response,
    rejected,
)
from voicelive_mockserver.engine.interfaces import Responder
from voicelive_mockserver.engine.mcp_calls import RunningCalls
from voicelive_mockserver.engine.replies import Reply
from voicelive_mockserver.engine.reply_source import (
    PendingResponse,
    ReplySource,
    predefined_reply,
)
from voicelive_mockserver.engine.response_run import ResponseRun
from voicelive_mockserver.engine.response_settings import SettingsCache
from voicelive_protocol import ServerEventConversationItemTruncated

logger = redacting_logger(__name__)

_MAX_OUT_OF_BAND = 32
"""The number of out-of-band responses that may run at the same time."""

_PRODUCTION_FAILED = error_details(rejected("production_failed"))


class ResponseRunner:
    """Runs the responses of one session.

    A conversation has at most one response at a time, from the request to the end.
    Out-of-band responses, those outside the conversation, run concurrently with it.

    The results of MCP calls belong to the conversation, so a response that is requested
    during a call begins after it. The service itself
    starts a response that makes the calls that the client has approved.

    Args:
        context: The session.
        responder: Produces the replies.
    """

    __slots__ = (
        "_active",
        "_calls",
        "_context",
        "_held",
        "_makes_approved",
        "_out_of_band",
        "_out_of_band_count",
        "_replies",
        "_requested",
        "_settings",
        "_when_idle",
        "on_done",
        "spoke",
    )

    def __init__(self, context: SessionContext, responder: Responder) -> None:
        self._context = context
        self._replies = ReplySource(context, responder)
        self._settings = SettingsCache(context)
        self._when_idle: list[Callable[[], None]] = []
        self._requested: str | None = None
        self._active: ResponseRun | None = None
        self._out_of_band: dict[str, ResponseRun] = {}
        self._out_of_band_count = 0  # including requested ones
        self._calls = RunningCalls(context.scheduler)
        self._makes_approved = False  # from the approval to the end of the response
        self._held: PendingResponse | None = None  # `_requested`, if it has to wait
        self.spoke = False
        """Whether the session has had spoken output."""
        self.on_done: Callable[[], None] | None = None
        """Called after each response of the conversation."""

    @property
    def is_requested(self) -> bool:
        """Whether a response of the conversation is requested and not yet created."""
        return self._requested is not None

    @property
    def is_active(self) -> bool:
        """Whether a response of the conversation is created and not yet done."""
        return self._active is not None

    @property
    def is_finishing(self) -> bool:
        """Whether the active response has all its output and is about to end."""
        return self._active is not None and self._active.finishing

    def when_idle(self, action: Callable[[], None]) -> None:
        """Run an action once, after `response.done` of the active response.

        Args:
            action: The action.
        """
        self._when_idle.append(action)

    def create(
        self,
        params: Mapping[str, Any],
        additional_instructions: str = "",
        *,
        is_last: bool = False,
    ) -> None:
        """Request a response.

        Args:
            params: The `response` of a `response.create`, as sent.
            additional_instructions: Instructions in addition to those that apply.
            is_last: Whether the caller's action ends with this call, so that the
                response may begin within it.

        Raises:
            RequestError: A response is active or requested already, or a parameter
                is invalid.
        """
        context = self._context
        settings = self._settings.get(params, additional_instructions)
        extra = replacement = None
        predefined: Reply | None = None
        if params:
            added, given = params.get("append_input_items"), params.get("input_items")
            if added:
                extra = new_client_items(context, added)
            if given is not None:
                replacement = new_client_items(context, given)
            predefined = predefined_reply(params.get("pre_generated_assistant_message"))
        if settings.in_conversation:
            self._ensure_idle(params.get("cancel_previous") is True)
        elif self._out_of_band_count >= _MAX_OUT_OF_BAND:
            raise rejected("too_many_responses", most=_MAX_OUT_OF_BAND)
        if extra and settings.is_kept:
            for item in extra:
                add_client_item(context, item)
            extra = None
            self.make_approved_calls()
        response_id = context.new_id("resp")
        if settings.in_conversation:
            self._requested = response_id
        else:
            self._out_of_band_count += 1
        pending = PendingResponse(response_id, settings, replacement, extra, predefined)
        scheduler = context.scheduler
        due = scheduler.now + context.model.pipeline.latency.response_created
        if is_last and scheduler.try_advance(due):
            self._start(pending)
        else:
            scheduler.call_at(due, partial(self._start, pending))

    def cancel(self, response_id: str | None) -> None:
        """Cancel a response on behalf of the client.

        Args:
            response_id: Its identifier; `None` for the response of the conversation.

        Raises:
            RequestError: It is not running. A requested response does not run yet, and
                cannot be cancelled.
        """
        run = self._active
        if response_id is not None and (run is None or run.id != response_id):
            run = self._out_of_band.get(response_id)
        if run is None:
            raise no_active_response()
        self._cancel(run, "client_cancelled")

    def make_approved_calls(self) -> None:
        """Begin a response with the calls that the client has approved, if any.

        While another response is active or requested, this waits for its end.
        """
        context = self._context
        if (
            self._makes_approved
            or self._active is not None
            or (self._requested is not None and self._held is None)
            or not context.mcp.has_approved
        ):
            return
        self._makes_approved = True
        scheduler = context.scheduler
        scheduler.call_at(
            scheduler.now + context.model.pipeline.latency.response_created,
            self._start_approved,
        )

    def interrupt(self) -> None:
        """Stop speech and production in the conversation because the user speaks."""
        unplayed = self._context.playback.clear()
        detection = self._context.session["turn_detection"] or {}
        if detection.get("auto_truncate"):
            for item, audio_end_ms in unplayed:
                self._truncate(
                    item, audio_end_ms, detection["appended_text_after_truncation"]
                )
        self._context.avatar.stop()
        self._context.rtc_call.stop()
        run = self._active
        # Speech does not cancel a call that the user has approved.
        if run is not None and not self._makes_approved:
            self._cancel(run, "turn_detected")

    def _cancel(self, run: ResponseRun, reason: str) -> None:
        try:
            run.end("cancelled", {"type": "cancelled", "reason": reason})
        except Exception as problem:
            self._abandon(run, problem)
        else:
            self._done(run)

    def _truncate(self, item: Item, audio_end_ms: int, appended: str | None) -> None:
        """Truncate an item to the audio that was played, without a request."""
        context = self._context
        if item.truncated or context.conversation.get(item.id) is not item:
            return
        item.truncate(audio_end_ms, appended=appended or "")
        context.outbox.event(
            ServerEventConversationItemTruncated.type,
            {"item_id": item.id, "content_index": 0, "audio_end_ms": audio_end_ms},
        )

    def _ensure_idle(self, cancel_previous: bool) -> None:
        """Cancel the active response if requested; raise if there is still one."""
        active = None if self._makes_approved else self._active
        cancels = cancel_previous and self._context.model.pipeline.cancels_previous
        if active is not None and cancels:
            self.cancel(None)
            return
        busy = self._requested or (active and active.id)
        if busy:
            raise active_response(busy)

    def _start(self, pending: PendingResponse) -> None:
        settings = pending.settings
        needs_results = pending.predefined is None and bool(self._calls)
        if settings.in_conversation and (self._makes_approved or needs_results):
            self._held = pending
            return
        reply, usage = self._replies.reply(pending)
        self._replies.count += 1
        run = ResponseRun(self._context, pending.response_id, settings, reply, usage)
        if reply.latency is None:
            self._begin(run)
            return
        # The latency of the model has passed before the responder is called.
        usual = self._context.model.pipeline.latency.response_created
        more = max(0.0, reply.latency.response_created - usual)
        scheduler = self._context.scheduler
        scheduler.call_at(scheduler.now + more, partial(self._begin, run))

    def _start_approved(self) -> None:
        context = self._context
        try:
            settings = self._settings.get({}, "")
            usage = self._replies.conversation_usage(settings)
        except Exception:
            self._makes_approved = False
            raise
        approved = context.mcp.take_approved()
        self._replies.count += 1
        self._active = ResponseRun(
            context, context.new_id("resp"), settings, Reply(()), usage, approved
        )
        self._advance(self._active)

    def _begin(self, run: ResponseRun) -> None:
        if run.settings.in_conversation:
            self._requested = None
            self._active = run
        else:
            self._out_of_band[run.id] = run
        self._advance(run)

    def _advance(self, run: ResponseRun) -> None:
        """Produce the events of a response that are due."""
        scheduler = self._context.scheduler
        outbox = self._context.outbox
        # A cancellation may have ended it before its next step was due.
        while not run.finished:
            try:
                pause = next(run.steps, 0.0)
            except Exception as problem:
                self._fail(run, problem)
                return
            if run.finished:
                self._done(run)
                return
            due = scheduler.now + pause
            if outbox.size > BURST_BYTES:
                scheduler.hold()
            if not scheduler.try_advance(due):
                # The end of a response is not held back: requests may wait for it.
                scheduler.call_at(
                    due, partial(self._advance, run), production=not run.finishing
                )
                return

    def _fail(self, run: ResponseRun, problem: Exception) -> None:
        """End a response as failed, so that an internal error does not block others."""
        logger.error("response %s failed", run.id, exc_info=problem)
        try:
            run.end("failed", {"type": "failed", "error": _PRODUCTION_FAILED})
        except Exception as another:
            self._abandon(run, another)
        else:
            self._done(run)

    def _abandon(self, run: ResponseRun, problem: Exception) -> None:
        """End a response without its output, after `ResponseRun.end` has failed."""
        logger.error("response %s cannot be encoded", run.id, exc_info=problem)
        try:
            run.abandon({"type": "failed", "error": _PRODUCTION_FAILED})
        finally:
            self._done(run)

    def _done(self, run: ResponseRun) -> None:
        usage = run.usage
        self._replies.cache_input(usage)
        self.spoke = self.spoke or usage.output_audio > 0
        in_conversation = run is self._active
        if in_conversation:
            self._active = None
            self._makes_approved = False
        else:
            del self._out_of_band[run.id]
            self._out_of_band_count -= 1
        self._calls.begin(run.calls, self._start_waiting if in_conversation else None)
        if not in_conversation:
            return
        actions, self._when_idle = self._when_idle, []
        for action in actions:
            action()
        self._start_waiting()
        if self.on_done is not None:
            self.on_done()

    def _start_waiting(self) -> None:
        """Start the response that waited for another one, or for a call."""
        self.make_approved_calls()
        if self._held is not None and self._active is None:
            held, self._held = self._held, None
            self._start(held)
