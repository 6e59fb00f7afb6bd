"""The responses of a session: asking for one, running it, stopping it."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from .context import SessionContext
from .conversation import Item
from .errors import RequestError, active_response, no_active_response
from .items import created_item
from .ports import Reply, ReplyRequest, Responder, Say
from .response_run import ResponseRun, ResponseSettings
from .session import check_modalities, normalized_tools, normalized_voice
from .usage import Usage, cached_tokens, count_text

_logger = logging.getLogger(__name__)

_BURST_BYTES = 256 * 1024
"""How far production may run ahead of the one who takes the frames."""


class Responses:
    """Runs the responses of one session.

    A conversation has at most one response at a time, from the request for it to its
    end. Responses outside the conversation run beside it.

    Args:
        context: The session.
        responder: Decides what is answered.
        on_idle: Called after `response.done` of a response of the conversation.
    """

    def __init__(
        self,
        context: SessionContext,
        responder: Responder,
        on_idle: Callable[[], None],
    ) -> None:
        self._context = context
        self._responder = responder
        self._on_idle = on_idle
        self._requested: str | None = None
        self._active: ResponseRun | None = None
        self._beside: dict[str, ResponseRun] = {}
        self._count = 0
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

    def create(
        self, params: Mapping[str, Any], additional_instructions: str = ""
    ) -> None:
        """Ask for a response.

        Args:
            params: The `response` of a `response.create`, as sent.
            additional_instructions: Instructions on top of those that apply.

        Raises:
            RequestError: A response is active or requested already, or a parameter
                is wrong.
        """
        settings = self._settings(params, additional_instructions)
        if settings.in_conversation:
            busy = self._requested or (self._active and self._active.id)
            if busy:
                raise active_response(busy)
        extra = [
            created_item(item, self._new_id)
            for item in params.get("append_input_items") or ()
        ]
        given = params.get("input_items")
        replaced = (
            None if given is None else [created_item(i, self._new_id) for i in given]
        )
        response_id = self._context.new_id("resp")
        if settings.in_conversation:
            self._requested = response_id
        timeline = self._context.timeline
        timeline.at(
            timeline.now + self._context.model.pipeline.latency.response_created,
            partial(
                self._start,
                response_id,
                settings,
                replaced,
                extra,
                _ready_made(params.get("pre_generated_assistant_message")),
            ),
        )

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
        run.end("cancelled", {"type": "cancelled", "reason": "client_cancelled"})
        self._done(run)

    def interrupt(self) -> None:
        """Stop the response of the conversation, if one is active: the user speaks."""
        run = self._active
        if run is not None:
            run.end("cancelled", {"type": "cancelled", "reason": "turn_detected"})
            self._done(run)

    def _new_id(self) -> str:
        return self._context.ids.own("item")

    def _settings(
        self, params: Mapping[str, Any], additional_instructions: str
    ) -> ResponseSettings:
        session = self._context.session
        given = {key: value for key, value in params.items() if value is not None}
        check_modalities(given.get("modalities"), "response.modalities")
        limit = given.get(
            "max_output_tokens", session["max_response_output_tokens"] or "inf"
        )
        if isinstance(limit, int) and limit < 1:
            raise RequestError(
                "invalid_value",
                f"Invalid value: {limit}. Expected a positive integer or 'inf'.",
                param="response.max_output_tokens",
            )
        tools = given.get("tools")
        instructions = given.get("instructions") or session["instructions"]
        if additional_instructions:
            instructions = f"{instructions}\n{additional_instructions}"
        return ResponseSettings(
            modalities=given.get("modalities", session["modalities"]),
            voice=normalized_voice(given.get("voice", session["voice"])),
            output_audio_format=given.get(
                "output_audio_format", session["output_audio_format"] or "pcm16"
            ),
            instructions=instructions,
            tools=session["tools"] if tools is None else normalized_tools(tools),
            tool_choice=given.get("tool_choice", session["tool_choice"]),
            temperature=given.get("temperature", session.get("temperature")),
            max_output_tokens=limit,
            metadata=given.get("metadata"),
            in_conversation=given.get("conversation") != "none",
        )

    def _start(
        self,
        response_id: str,
        settings: ResponseSettings,
        replaced: list[Item] | None,
        extra: list[Item],
        ready_made: Reply | None,
    ) -> None:
        if ready_made is None:
            reply = self._reply(settings, replaced, extra)
            usage = self._input_usage(settings, replaced, extra)
        else:
            reply, usage = ready_made, Usage()
        self._count += 1
        run = ResponseRun(
            self._context, response_id, settings, reply or Reply(()), usage
        )
        if settings.in_conversation:
            self._requested = None
            self._active = run
        else:
            self._beside[response_id] = run
        if reply is None:
            next(run.steps)
            run.end("failed", {"type": "failed", "error": _RESPONDER_FAILED})
            self._done(run)
        else:
            self._advance(run)

    def _advance(self, run: ResponseRun) -> None:
        """Produce what is due of a response."""
        timeline = self._context.timeline
        outbox = self._context.outbox
        # It may have been ended by somebody else before its next step was due.
        while not run.finished:
            pause = next(run.steps, 0.0)
            if run.finished:
                self._done(run)
                return
            due = timeline.now + pause
            if outbox.size > _BURST_BYTES:
                timeline.hold()
            if not timeline.reach(due):
                # The end of a response is no content: client events may wait for it.
                timeline.at(
                    due, partial(self._advance, run), production=not run.finishing
                )
                return

    def _done(self, run: ResponseRun) -> None:
        usage = run.usage
        self._seen_text_tokens = usage.input_text + usage.output_text
        self.spoke = self.spoke or usage.output_audio > 0
        if run is self._active:
            self._active = None
            self._on_idle()
        else:
            del self._beside[run.id]

    def _reply(
        self, settings: ResponseSettings, replaced: list[Item] | None, extra: list[Item]
    ) -> Reply | None:
        """Ask the responder; `None` when it fails, which must not end the session."""
        history = self._context.conversation.items if replaced is None else replaced
        request = ReplyRequest(
            history=[*history, *extra] if extra else history,
            instructions=settings.instructions,
            tools=settings.tools,
            tool_choice=settings.tool_choice,
            modalities=settings.modalities,
            number=self._count,
            random=self._context.random,
        )
        try:
            reply = self._responder(request)
        except Exception:
            _logger.exception("the responder failed")
            return None
        return Reply((Say(reply),)) if isinstance(reply, str) else reply

    def _input_usage(
        self, settings: ResponseSettings, replaced: list[Item] | None, extra: list[Item]
    ) -> Usage:
        conversation = self._context.conversation
        text, audio = conversation.text_tokens, conversation.audio_tokens
        if replaced is not None:
            text, audio = sum(item.text_tokens for item in replaced), 0
        text += sum(item.text_tokens for item in extra)
        text += count_text(settings.instructions)
        text += sum(count_text(str(tool)) for tool in settings.tools)
        return Usage(
            input_text=text,
            input_audio=audio,
            cached_text=cached_tokens(self._seen_text_tokens, text),
        )


_RESPONDER_FAILED = {
    "type": "server_error",
    "code": "server_error",
    "message": "The responder of the mock service raised an exception; see its log.",
    "param": None,
}


def _ready_made(message: Mapping[str, Any] | None) -> Reply | None:
    """Return the reply that is a message the client has written itself."""
    if message is None:
        return None
    texts = [part.get("text") for part in message.get("content") or ()]
    text = "".join(text for text in texts if isinstance(text, str))
    return Reply((Say(text, at_once=True),))
