"""The responses of a session: asking for one, running it, stopping it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

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
from voicelive_mockserver.engine.interfaces import (
    Failed,
    Reply,
    ReplyRequest,
    Responder,
    Say,
    reply_of,
)
from voicelive_mockserver.engine.mcp_calls import RunningCalls
from voicelive_mockserver.engine.response_run import ResponseRun
from voicelive_mockserver.engine.response_settings import (
    ResponseSettings,
    response_settings,
)
from voicelive_mockserver.engine.usage import Usage, cached_tokens
from voicelive_protocol import ServerEventConversationItemTruncated

logger = redacting_logger(__name__)

_GENERAL_CHOICES = ("auto", "none", "required")

_MOST_BESIDE = 32
"""How many responses outside the conversation may run at the same time."""


_PRODUCTION_FAILED = error_details(rejected("production_failed"))


class _Usual(NamedTuple):
    """What applied to the last response, and to what it applied."""

    session: dict[str, Any]
    params: Mapping[str, Any]
    additional_instructions: str
    settings: ResponseSettings


class _Asked(NamedTuple):
    """A response that was asked for."""

    response_id: str
    settings: ResponseSettings
    replaced: list[Item] | None
    """What the model sees instead of the conversation."""
    extra: list[Item] | None
    """What it sees beside it."""
    ready_made: Reply | None


class Responses:
    """Runs the responses of one session.

    A conversation has at most one response at a time, from the request for it to its
    end. Responses outside the conversation run beside it.

    What an MCP tool returns belongs to the conversation, so a response that is asked
    for while a call is going on begins when its result is known. A call that the
    client has approved is written by a response that the service begins by itself.

    Args:
        context: The session.
        responder: Decides what is answered.
    """

    __slots__ = (
        "_active",
        "_beside",
        "_beside_count",
        "_calls",
        "_context",
        "_count",
        "_held",
        "_makes_approved",
        "_requested",
        "_responder",
        "_seen_text_tokens",
        "_usual",
        "_when_idle",
        "spoke",
    )

    def __init__(self, context: SessionContext, responder: Responder) -> None:
        self._context = context
        self._responder = responder
        self._when_idle: list[Callable[[], None]] = []
        self._requested: str | None = None
        self._active: ResponseRun | None = None
        self._beside: dict[str, ResponseRun] = {}
        self._beside_count = 0  # with those that have not begun
        self._usual: _Usual | None = None
        self._count = 0
        self._calls = RunningCalls(context.timeline)
        self._makes_approved = False  # from the approval to the end of the response
        self._held: _Asked | None = None  # `_requested`, if it waits for something
        self._seen_text_tokens = 0
        self.spoke = False
        """Whether the session has had spoken output."""

    @property
    def is_requested(self) -> bool:
        """Whether a response of the conversation was asked for and is not created."""
        return self._requested is not None

    @property
    def is_active(self) -> bool:
        """Whether a response of the conversation is created and not done."""
        return self._active is not None

    @property
    def is_finishing(self) -> bool:
        """Whether the active response has all its output and is about to end."""
        return self._active is not None and self._active.finishing

    def when_idle(self, action: Callable[[], None]) -> None:
        """Do something after `response.done` of the active response.

        Args:
            action: What to do, once.
        """
        self._when_idle.append(action)

    def create(
        self,
        params: Mapping[str, Any],
        additional_instructions: str = "",
        *,
        is_last: bool = False,
    ) -> None:
        """Ask for a response.

        Args:
            params: The `response` of a `response.create`, as sent.
            additional_instructions: Instructions on top of those that apply.
            is_last: Whether nothing else is done in the same action, so that the
                response may begin within this call.

        Raises:
            RequestError: A response is active or requested already, or a parameter
                is wrong.
        """
        context = self._context
        settings = self._settings(params, additional_instructions)
        extra = replaced = None
        ready_made: Reply | None = None
        if params:
            added, given = params.get("append_input_items"), params.get("input_items")
            if added:
                extra = new_client_items(context, added)
            if given is not None:
                replaced = new_client_items(context, given)
            ready_made = _ready_made(params.get("pre_generated_assistant_message"))
        if settings.in_conversation:
            self._make_room(params.get("cancel_previous") is True)
        elif self._beside_count >= _MOST_BESIDE:
            raise rejected("too_many_responses", most=_MOST_BESIDE)
        if extra and settings.is_kept:
            for item in extra:
                add_client_item(context, item)
            extra = None
            self.make_approved_calls()
        response_id = context.new_id("resp")
        if settings.in_conversation:
            self._requested = response_id
        else:
            self._beside_count += 1
        asked = _Asked(response_id, settings, replaced, extra, ready_made)
        timeline = context.timeline
        due = timeline.now + context.model.pipeline.latency.response_created
        if is_last and timeline.reach(due):
            self._start(asked)
        else:
            timeline.at(due, partial(self._start, asked))

    def cancel(self, response_id: str | None) -> None:
        """Stop a response because the client wants it.

        Args:
            response_id: Which one; `None` means the one of the conversation.

        Raises:
            RequestError: It is not running. One that is merely requested is not
                running yet, and will not be stopped.
        """
        run = self._active
        if response_id is not None and (run is None or run.id != response_id):
            run = self._beside.get(response_id)
        if run is None:
            raise no_active_response()
        self._cancel(run, "client_cancelled")

    def make_approved_calls(self) -> None:
        """Begin a response with the calls that the client has approved, if any.

        While there is another response, this waits for its end.
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
        timeline = context.timeline
        timeline.at(
            timeline.now + context.model.pipeline.latency.response_created,
            self._start_approved,
        )

    def interrupt(self) -> None:
        """Stop what is spoken and produced in the conversation: the user speaks."""
        unheard = self._context.playback.clear()
        detection = self._context.session["turn_detection"] or {}
        if detection.get("auto_truncate"):
            for item, audio_end_ms in unheard:
                self._truncate(
                    item, audio_end_ms, detection["appended_text_after_truncation"]
                )
        self._context.avatar.stop()
        self._context.rtc_call.stop()
        run = self._active
        # A call that the user has approved is nothing to talk into.
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
        """Cut an item to what was heard of it, without being asked."""
        context = self._context
        if item.truncated or context.conversation.get(item.id) is not item:
            return
        item.truncate(audio_end_ms, appended=appended or "")
        context.outbox.event(
            ServerEventConversationItemTruncated.type,
            {"item_id": item.id, "content_index": 0, "audio_end_ms": audio_end_ms},
        )

    def _settings(
        self, params: Mapping[str, Any], additional_instructions: str
    ) -> ResponseSettings:
        context = self._context
        usual = self._usual
        # Most clients want the same again and again, of a session that seldom changes.
        if (
            usual is None
            or usual.session is not context.session
            or (params is not usual.params and (params or usual.params))
            or additional_instructions != usual.additional_instructions
        ):
            usual = self._usual = _Usual(
                context.session,
                params,
                additional_instructions,
                response_settings(context, params, additional_instructions),
            )
        return usual.settings

    def _make_room(self, cancel_previous: bool) -> None:
        """Make sure that no other response of the conversation is in the way."""
        active = None if self._makes_approved else self._active
        cancels = cancel_previous and self._context.model.pipeline.cancels_previous
        if active is not None and cancels:
            self.cancel(None)
            return
        busy = self._requested or (active and active.id)
        if busy:
            raise active_response(busy)

    def _new_id(self) -> str:
        return self._context.own_item_id()

    def _start(self, asked: _Asked) -> None:
        settings = asked.settings
        needs_results = asked.ready_made is None and bool(self._calls)
        if settings.in_conversation and (self._makes_approved or needs_results):
            self._held = asked
            return
        reply, usage = self._answer(asked)
        self._count += 1
        run = ResponseRun(self._context, asked.response_id, settings, reply, usage)
        if reply.latency is None:
            self._begin(run)
            return
        # The usual time has passed when the responder is asked.
        usual = self._context.model.pipeline.latency.response_created
        more = max(0.0, reply.latency.response_created - usual)
        timeline = self._context.timeline
        timeline.at(timeline.now + more, partial(self._begin, run))

    def _answer(self, asked: _Asked) -> tuple[Reply, Usage]:
        """Return what a response consists of; a failure must not block the others."""
        if asked.ready_made is not None:
            return asked.ready_made, Usage()
        try:
            reply = self._reply(asked.settings, asked.replaced, asked.extra)
            usage = self._input_usage(asked.settings, asked.replaced, asked.extra)
        except Exception:
            logger.exception("response %s failed", asked.response_id)
            return _failed("production_failed"), Usage()
        return reply, usage

    def _start_approved(self) -> None:
        """Begin the response with the calls that were approved."""
        context = self._context
        try:
            settings = self._settings({}, "")
            usage = self._input_usage(settings, None, None)
        except Exception:
            self._makes_approved = False
            raise
        approved = context.mcp.take_approved()
        self._count += 1
        self._active = ResponseRun(
            context, context.new_id("resp"), settings, Reply(()), usage, approved
        )
        self._advance(self._active)

    def _begin(self, run: ResponseRun) -> None:
        if run.settings.in_conversation:
            self._requested = None
            self._active = run
        else:
            self._beside[run.id] = run
        self._advance(run)

    def _advance(self, run: ResponseRun) -> None:
        """Produce what is due of a response."""
        timeline = self._context.timeline
        outbox = self._context.outbox
        # It may have been ended by somebody else before its next step was due.
        while not run.finished:
            try:
                pause = next(run.steps, 0.0)
            except Exception as problem:
                self._fail(run, problem)
                return
            if run.finished:
                self._done(run)
                return
            due = timeline.now + pause
            if outbox.size > BURST_BYTES:
                timeline.hold()
            if not timeline.reach(due):
                # The end of a response is no content: client events may wait for it.
                timeline.at(
                    due, partial(self._advance, run), production=not run.finishing
                )
                return

    def _fail(self, run: ResponseRun, problem: Exception) -> None:
        """End a response as failed: a fault of this program must not block others.

        Args:
            run: The response.
            problem: What was raised while it was produced.
        """
        logger.error("response %s failed", run.id, exc_info=problem)
        try:
            run.end("failed", {"type": "failed", "error": _PRODUCTION_FAILED})
        except Exception as another:
            self._abandon(run, another)
        else:
            self._done(run)

    def _abandon(self, run: ResponseRun, problem: Exception) -> None:
        """End a response without its output, after its end itself has failed."""
        logger.error("response %s cannot be shown", run.id, exc_info=problem)
        try:
            run.abandon({"type": "failed", "error": _PRODUCTION_FAILED})
        finally:
            self._done(run)

    def _done(self, run: ResponseRun) -> None:
        usage = run.usage
        self._seen_text_tokens = usage.input_text + usage.output_text
        self.spoke = self.spoke or usage.output_audio > 0
        in_conversation = run is self._active
        if in_conversation:
            self._active = None
            self._makes_approved = False
        else:
            del self._beside[run.id]
            self._beside_count -= 1
        self._calls.begin(run.calls, self._go_on if in_conversation else None)
        if not in_conversation:
            return
        actions, self._when_idle = self._when_idle, []
        for action in actions:
            action()
        self._go_on()

    def _go_on(self) -> None:
        """Begin the response that had to wait for another, or for a call."""
        self.make_approved_calls()
        if self._held is not None and self._active is None:
            held, self._held = self._held, None
            self._start(held)

    def _reply(
        self,
        settings: ResponseSettings,
        replaced: list[Item] | None,
        extra: list[Item] | None,
    ) -> Reply:
        """Ask the responder, whose failure must not end the session."""
        context = self._context
        unsupported = self._unsupported_setting(settings)
        if unsupported is not None:
            return _failed(unsupported)
        history = context.conversation.items if replaced is None else replaced
        request = ReplyRequest(
            history=[*history, *extra] if extra else history,
            instructions=settings.instructions,
            tools=settings.tools,
            tool_choice=self._tool_choice(settings.tool_choice),
            modalities=settings.modalities,
            number=self._count,
            random=context.random,
            mcp_tools=context.mcp.tools(settings.tools),
            invoke_input=settings.invoke_input,
            metadata=settings.metadata,
        )
        try:
            return reply_of(self._responder(request))
        except Exception:
            logger.exception("the responder failed")
            return _failed("responder_failed")

    def _unsupported_setting(self, settings: ResponseSettings) -> str | None:
        """Return the name of the error for a setting with which each response fails.

        The session accepts such a setting, as the model behind it is not asked before
        it has to answer. An agent has a model of its own.
        """
        traits, effort = self._context.model.traits, settings.reasoning_effort
        if self._context.agent is not None:
            return None
        if effort is not None and not traits.takes_reasoning_effort:
            return "reasoning_effort_unsupported"
        if (
            settings.temperature is not None
            and not traits.takes_temperature
            and effort != "none"
        ):
            return "temperature_unsupported"
        return None

    def _tool_choice(self, choice: Any) -> Any:
        """Return a tool choice as the model sees it."""
        obeyed = self._context.model.pipeline.obeys_named_tool
        return choice if obeyed or choice in _GENERAL_CHOICES else "auto"

    def _input_usage(
        self,
        settings: ResponseSettings,
        replaced: list[Item] | None,
        extra: list[Item] | None,
    ) -> Usage:
        conversation = self._context.conversation
        text, audio = conversation.text_tokens, conversation.audio_tokens
        if replaced is not None:
            text, audio = sum(item.text_tokens for item in replaced), 0
        if extra:
            text += sum(item.text_tokens for item in extra)
        text += settings.input_tokens
        usage = Usage(text, audio)
        if self._context.model.pipeline.caches_input:
            usage.cached_text = cached_tokens(self._seen_text_tokens, text)
        return usage


def _failed(name: str) -> Reply:
    """Return a response that fails with an error of the catalogue."""
    error = rejected(name)
    return Reply(
        (),
        Failed(
            code=error.code or "",
            message=error.message,
            error_type=error.error_type,
        ),
    )


def _ready_made(message: Mapping[str, Any] | None) -> Reply | None:
    """Return the reply that is a message the client has written itself."""
    if message is None:
        return None
    texts = [part.get("text") for part in message.get("content") or ()]
    text = "".join(text for text in texts if isinstance(text, str))
    return Reply((Say(text, at_once=True),))
