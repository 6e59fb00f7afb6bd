"""One response while it is produced: its events, one after the other."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from .context import SessionContext
from .conversation import Item
from .outbox import delta_stem, encode_text
from .ports import CallFunction, Output, Reply, Say, Speech
from .usage import AUDIO_TOKEN_MS, Usage, count_item, text_pieces

_TOKENS_PER_DELTA = 5
# What a model produces beside the text itself.
_TEXT_OVERHEAD = 2
_SPEECH_OVERHEAD = 8
_CALL_OVERHEAD = 10

Steps = Generator[float, None, None]
"""Does a piece of work each time it is resumed; yields the seconds until the next."""


@dataclass(frozen=True, slots=True)
class ResponseSettings:
    """What applies to one response: the session, changed by the request.

    Attributes:
        modalities: What the answer may consist of.
        voice: The voice, as the session shows it.
        output_audio_format: An output audio format of the protocol.
        instructions: What the model is told.
        tools: The tools that are offered.
        tool_choice: How they may be used.
        temperature: Shown only.
        max_output_tokens: Where the response is cut, or `inf`.
        metadata: Shown only.
        in_conversation: Whether the output becomes part of the conversation.
    """

    modalities: list[str]
    voice: Any
    output_audio_format: str
    instructions: str
    tools: list[dict[str, Any]]
    tool_choice: Any
    temperature: float | None
    max_output_tokens: int | str
    metadata: dict[str, str] | None
    in_conversation: bool


class ResponseRun:
    """Produces the events of one response.

    Args:
        context: The session.
        response_id: The identifier of the response.
        settings: What applies to it.
        reply: What it consists of.
        usage: The tokens of its input; the output is added.
    """

    def __init__(
        self,
        context: SessionContext,
        response_id: str,
        settings: ResponseSettings,
        reply: Reply,
        usage: Usage,
    ) -> None:
        self.id = response_id
        self.settings = settings
        self.usage = usage
        self.finished = False
        """Whether `response.done` was sent."""
        self.finishing = False
        """Whether the output is complete and only `response.done` is to come."""
        self.steps = self._produce(reply)
        """The work that is left."""
        self._context = context
        self._output: list[dict[str, Any]] = []
        self._current: _Stream | None = None

    def end(self, status: str, details: dict[str, Any] | None) -> None:
        """End the response now, whatever is left of it.

        An output item in progress is closed as incomplete, then `response.done`
        follows.

        Args:
            status: The status of the response.
            details: Its `status_details`.
        """
        self.steps.close()
        if self._current is not None:
            self._close_current("incomplete")
        self._finish(status, details)

    def _produce(self, reply: Reply) -> Steps:
        latency = self._context.model.pipeline.latency
        self._context.outbox.event(
            "response.created", {"response": self._body("in_progress", None, [], None)}
        )
        yield latency.first_text
        status, details = "completed", None
        for index, output in enumerate(reply.outputs):
            stream = self._stream(output, index)
            self._current = stream
            yield from stream.steps()
            if stream.was_cut:
                status = "incomplete"
                details = {"type": status, "reason": "max_output_tokens"}
            self._close_current(status)
            if stream.was_cut:
                break
        self.finishing = True
        yield latency.response_done
        self._finish(status, details)

    def _stream(self, output: Output, index: int) -> "_Stream":
        limit = self.settings.max_output_tokens
        used = self.usage.output_text + self.usage.output_audio
        left = limit - used if isinstance(limit, int) else None
        if isinstance(output, CallFunction):
            return _CallStream(self._context, self, index, output, left)
        if "audio" in self.settings.modalities:
            return _SpeechStream(self._context, self, index, output, left)
        return _TextStream(self._context, self, index, output, left)

    def _close_current(self, status: str) -> None:
        stream = self._current
        assert stream is not None
        self._current = None
        stream.close(status)
        self.usage.output_text += stream.text_tokens
        self.usage.output_audio += stream.audio_tokens
        self._output.append(stream.item.data)

    def _finish(self, status: str, details: dict[str, Any] | None) -> None:
        self.finished = True
        self.finishing = False
        self._context.outbox.event(
            "response.done",
            {"response": self._body(status, details, self._output, self.usage.body())},
        )

    def _body(
        self,
        status: str,
        details: dict[str, Any] | None,
        output: list[dict[str, Any]],
        usage: dict[str, Any] | None,
    ) -> dict[str, Any]:
        settings = self.settings
        conversation = self._context.conversation
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": output,
            "usage": usage,
            "conversation_id": conversation.id if settings.in_conversation else None,
            "modalities": settings.modalities,
            "voice": settings.voice,
            "output_audio_format": settings.output_audio_format,
            "temperature": settings.temperature,
            "max_output_tokens": settings.max_output_tokens,
            "metadata": settings.metadata,
        }


class _Stream:
    """One output item while it is produced.

    Attributes:
        item: The item.
        text_tokens: Text tokens produced so far.
        audio_tokens: Audio tokens produced so far.
        was_cut: Whether the limit of output tokens left something out.
    """

    overhead = 0

    def __init__(
        self,
        context: SessionContext,
        run: ResponseRun,
        index: int,
        data: dict[str, Any],
        *,
        spoken: bool = False,
    ) -> None:
        self._context = context
        self._run = run
        self._index = index
        self.item = Item(data, audio_ms=0.0 if spoken else None)
        self.text_tokens = 0
        self.audio_tokens = 0
        self.was_cut = False
        conversation = context.conversation
        self._item_event("response.output_item.added")
        if run.settings.in_conversation:
            previous = conversation.add(self.item)
            context.outbox.event(
                "conversation.item.created",
                {"previous_item_id": previous, "item": data},
            )

    def steps(self) -> Steps:
        """Produce the deltas of the item."""
        raise NotImplementedError

    def close(self, status: str) -> None:
        """Send what ends the item, complete or not.

        Args:
            status: The final status of the item.
        """
        raise NotImplementedError

    def _item_event(self, event_type: str) -> None:
        self._context.outbox.event(
            event_type,
            {
                "response_id": self._run.id,
                "output_index": self._index,
                "item": self.item.data,
            },
        )

    def _finish_item(self, status: str, said: str) -> None:
        """Complete the item after its content was set."""
        self.item.data["status"] = status
        self._item_event("response.output_item.done")
        self.item.said = said
        conversation = self._context.conversation
        if conversation.get(self.item.id) is self.item:
            self.item.text_tokens = count_item(said)
            self.item.audio_tokens = self.audio_tokens
            conversation.count(self.item.text_tokens, self.item.audio_tokens)

    def _pieces_within(self, text: str, left: int | None) -> list[str]:
        """Return the pieces of a text that the limit of output tokens allows."""
        pieces = text_pieces(text)
        if left is not None and len(pieces) + self.overhead > left:
            self.was_cut = True
            del pieces[max(0, left - self.overhead) :]
        self.text_tokens = min(
            self.overhead, left if left is not None else self.overhead
        )
        return pieces


class _MessageStream(_Stream):
    """A message of the assistant; subclasses tell text from speech."""

    part: ClassVar[dict[str, str]]

    def __init__(
        self, context: SessionContext, run: ResponseRun, index: int, *, spoken: bool
    ) -> None:
        data = {
            "id": context.new_id("item"),
            "object": "realtime.item",
            "type": "message",
            "status": context.model.pipeline.started_message_status,
            "role": "assistant",
            "content": [],
        }
        super().__init__(context, run, index, data, spoken=spoken)
        self._sent: list[str] = []
        context.outbox.event(
            "response.content_part.added", self._part_keys() | {"part": self.part}
        )

    def _part_keys(self) -> dict[str, Any]:
        return {
            "response_id": self._run.id,
            "item_id": self.item.id,
            "output_index": self._index,
            "content_index": 0,
        }

    def _stem(self, event_type: str) -> bytes:
        return delta_stem(event_type, self._part_keys(), "delta")

    def _send_text(self, stem: bytes, piece: str) -> None:
        self._context.outbox.delta(stem, encode_text(piece))
        self._sent.append(piece)
        self.text_tokens += 1


class _TextStream(_MessageStream):
    """A message as text."""

    overhead = _TEXT_OVERHEAD
    part: ClassVar[dict[str, str]] = {"type": "text", "text": ""}

    def __init__(
        self,
        context: SessionContext,
        run: ResponseRun,
        index: int,
        output: Say,
        left: int | None,
    ) -> None:
        super().__init__(context, run, index, spoken=False)
        pieces = self._pieces_within(output.text, left)
        self._pieces = ["".join(pieces)] if output.at_once else pieces

    def steps(self) -> Steps:
        stem = self._stem("response.text.delta")
        pause = 1 / self._context.model.pipeline.latency.text_rate
        for number, piece in enumerate(self._pieces):
            if number:
                yield pause
            self._send_text(stem, piece)

    def close(self, status: str) -> None:
        text = "".join(self._sent)
        keys = self._part_keys()
        outbox = self._context.outbox
        outbox.event("response.text.done", keys | {"text": text})
        repeated = text if self._context.model.pipeline.repeats_text_in_part else ""
        outbox.event(
            "response.content_part.done",
            keys | {"part": {"type": "text", "text": repeated}},
        )
        self.item.data["content"] = [{"type": "text", "text": text}]
        self._finish_item(status, text)


class _SpeechStream(_MessageStream):
    """A message as speech with its transcript."""

    overhead = _SPEECH_OVERHEAD
    part: ClassVar[dict[str, str]] = {"type": "audio", "transcript": ""}

    def __init__(
        self,
        context: SessionContext,
        run: ResponseRun,
        index: int,
        output: Say,
        left: int | None,
    ) -> None:
        super().__init__(context, run, index, spoken=True)
        settings = run.settings
        speech = context.speech.speak(
            output.text, settings.voice, settings.output_audio_format
        )
        pieces = text_pieces(output.text)
        whole = len(pieces) + self.overhead + speech.tokens
        if left is not None and whole > left:
            self.was_cut = True
            share = max(0, left - self.overhead) / (whole - self.overhead)
            del pieces[int(len(pieces) * share) :]
            tokens = int(speech.tokens * share) // _TOKENS_PER_DELTA * _TOKENS_PER_DELTA
            speech = Speech(speech.chunks[: tokens // _TOKENS_PER_DELTA], tokens)
        self.text_tokens = self.overhead if left is None else min(self.overhead, left)
        self._speech = speech
        self._pieces = ["".join(pieces)] if output.at_once else pieces

    def steps(self) -> Steps:
        latency = self._context.model.pipeline.latency
        text_stem = self._stem("response.audio_transcript.delta")
        audio_stem = self._stem("response.audio.delta")
        pieces, chunks = self._pieces, self._speech.chunks
        chunk_pause = _TOKENS_PER_DELTA * AUDIO_TOKEN_MS / 1000 / latency.audio_rate
        lead = latency.first_audio - latency.first_text
        elapsed = 0.0
        text_index = audio_index = 0
        # Two streams at their own pace, merged by time; the transcript leads.
        while text_index < len(pieces) or audio_index < len(chunks):
            text_due = text_index / latency.text_rate
            audio_due = lead + audio_index * chunk_pause
            text_is_next = audio_index == len(chunks) or (
                text_index < len(pieces) and text_due <= audio_due
            )
            due = text_due if text_is_next else audio_due
            if due > elapsed:
                yield due - elapsed
                elapsed = due
            if text_is_next:
                self._send_text(text_stem, pieces[text_index])
                text_index += 1
            else:
                audio_index += 1
                self._send_audio(audio_stem, audio_index)

    def _send_audio(self, stem: bytes, number: int) -> None:
        chunks = self._speech.chunks
        self._context.outbox.delta(stem, b'"%b"' % chunks[number - 1])
        # The last delta carries the tokens that do not fill a delta of their own.
        is_last = number == len(chunks)
        tokens = self._speech.tokens if is_last else number * _TOKENS_PER_DELTA
        self.audio_tokens = tokens
        self.item.audio_ms = float(tokens * AUDIO_TOKEN_MS)

    def close(self, status: str) -> None:
        transcript = "".join(self._sent)
        keys = self._part_keys()
        part = {"type": "audio", "transcript": transcript}
        outbox = self._context.outbox
        outbox.event("response.audio.done", keys)
        outbox.event(
            "response.audio_transcript.done", keys | {"transcript": transcript}
        )
        outbox.event("response.content_part.done", keys | {"part": part})
        self.item.data["content"] = [part]
        self._finish_item(status, transcript)
        if self.item.truncated:
            self.item.drop_transcript()


class _CallStream(_Stream):
    """A function call."""

    overhead = _CALL_OVERHEAD

    def __init__(
        self,
        context: SessionContext,
        run: ResponseRun,
        index: int,
        output: CallFunction,
        left: int | None,
    ) -> None:
        data = {
            "id": context.new_id("item"),
            "object": "realtime.item",
            "type": "function_call",
            "status": "in_progress",
            "name": output.name,
            "call_id": context.ids.call(),
            "arguments": "",
        }
        super().__init__(context, run, index, data)
        compact = context.model.pipeline.compact_arguments
        arguments = output.arguments
        if not isinstance(arguments, str):
            arguments = _written(msgspec.json.encode(arguments).decode(), compact)
        self._pieces = self._pieces_within(arguments, left)
        self._sent: list[str] = []

    def _call_keys(self) -> dict[str, Any]:
        return {
            "response_id": self._run.id,
            "item_id": self.item.id,
            "output_index": self._index,
            "call_id": self.item.data["call_id"],
        }

    def steps(self) -> Steps:
        stem = delta_stem(
            "response.function_call_arguments.delta", self._call_keys(), "delta"
        )
        pause = 1 / self._context.model.pipeline.latency.text_rate
        for number, piece in enumerate(self._pieces):
            if number:
                yield pause
            self._context.outbox.delta(stem, encode_text(piece))
            self._sent.append(piece)
            self.text_tokens += 1

    def close(self, status: str) -> None:
        arguments = "".join(self._sent)
        self._context.outbox.event(
            "response.function_call_arguments.done",
            self._call_keys()
            | {"name": self.item.data["name"], "arguments": arguments},
        )
        self.item.data["arguments"] = arguments
        self._finish_item(status, arguments)


def _written(arguments: str, compact: bool) -> str:
    """Return JSON arguments with the white space of a pipeline.

    A native model writes its arguments token by token and is generous with spaces and
    line ends; clients must not compare the text.
    """
    if compact:
        return arguments
    return msgspec.json.format(arguments, indent=2).replace("\n}", " \n}") + " \n"
