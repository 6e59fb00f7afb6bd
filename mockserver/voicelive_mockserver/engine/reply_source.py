"""Replies of the responder, with the token usage of their input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.interfaces import ReplyRequest, Responder
from voicelive_mockserver.engine.replies import Failed, Reply, Say, reply_of
from voicelive_mockserver.engine.response_settings import ResponseSettings
from voicelive_mockserver.engine.usage import Usage, cached_tokens

logger = redacting_logger(__name__)

_GENERAL_CHOICES = ("auto", "none", "required")


class PendingResponse(NamedTuple):
    """A response that was requested and has not started."""

    response_id: str
    settings: ResponseSettings
    replacement: list[Item] | None
    """The items that the model sees instead of the conversation."""
    extra: list[Item] | None
    """The items that the model sees after the conversation."""
    predefined: Reply | None
    """The reply supplied by the client, if any."""


class ReplySource:
    """Obtains the replies of one session from the responder.

    Args:
        context: The session.
        responder: Produces the replies.
    """

    __slots__ = ("_context", "_responder", "_seen_text_tokens", "count")

    def __init__(self, context: SessionContext, responder: Responder) -> None:
        self._context = context
        self._responder = responder
        self._seen_text_tokens = 0
        self.count = 0
        """The number of responses started in the session."""

    def reply(self, pending: PendingResponse) -> tuple[Reply, Usage]:
        """Return the reply of a response, and the usage of its input.

        On an error, the reply is a failed one, so that other responses are not blocked.

        Args:
            pending: The response.
        """
        if pending.predefined is not None:
            return pending.predefined, Usage()
        try:
            reply = self._reply(pending.settings, pending.replacement, pending.extra)
            usage = self._input_usage(
                pending.settings, pending.replacement, pending.extra
            )
        except Exception:
            logger.exception("response %s failed", pending.response_id)
            return _failed("production_failed"), Usage()
        return reply, usage

    def conversation_usage(self, settings: ResponseSettings) -> Usage:
        """Return the usage of the conversation as the input of a response.

        Args:
            settings: The settings of the response.
        """
        return self._input_usage(settings, None, None)

    def cache_input(self, usage: Usage) -> None:
        """Record the text of a response as cached for the next input.

        Args:
            usage: The usage of the response.
        """
        self._seen_text_tokens = usage.input_text + usage.output_text

    def _reply(
        self,
        settings: ResponseSettings,
        replacement: list[Item] | None,
        extra: list[Item] | None,
    ) -> Reply:
        context = self._context
        unsupported = self._unsupported_setting(settings)
        if unsupported is not None:
            return _failed(unsupported)
        history = context.conversation.items if replacement is None else replacement
        request = ReplyRequest(
            history=[*history, *extra] if extra else history,
            instructions=settings.instructions,
            tools=settings.tools,
            tool_choice=self._tool_choice(settings.tool_choice),
            modalities=settings.modalities,
            number=self.count,
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
        """Return the name of the error for a setting that the model rejects.

        The session accepts such a setting, as the service passes it to the model only
        with a response. An agent has its own model.
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
        """Return the tool choice for the responder."""
        obeyed = self._context.model.pipeline.obeys_named_tool
        return choice if obeyed or choice in _GENERAL_CHOICES else "auto"

    def _input_usage(
        self,
        settings: ResponseSettings,
        replacement: list[Item] | None,
        extra: list[Item] | None,
    ) -> Usage:
        conversation = self._context.conversation
        text, audio = conversation.text_tokens, conversation.audio_tokens
        if replacement is not None:
            text, audio = sum(item.text_tokens for item in replacement), 0
        if extra:
            text += sum(item.text_tokens for item in extra)
        text += settings.input_tokens
        usage = Usage(text, audio)
        if self._context.model.pipeline.caches_input:
            usage.cached_text = cached_tokens(self._seen_text_tokens, text)
        return usage


def predefined_reply(message: Mapping[str, Any] | None) -> Reply | None:
    """Return the reply for a `pre_generated_assistant_message`.

    Args:
        message: The message as the client sent it.
    """
    if message is None:
        return None
    texts = [part.get("text") for part in message.get("content") or ()]
    text = "".join(text for text in texts if isinstance(text, str))
    return Reply((Say(text, at_once=True),))


def _failed(name: str) -> Reply:
    """Return a reply that fails with an error of the catalogue."""
    error = rejected(name)
    return Reply(
        (),
        Failed(
            code=error.code or "",
            message=error.message,
            error_type=error.error_type,
        ),
    )
