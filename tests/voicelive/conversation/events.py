"""Events of a spoken conversation, as the service sends them."""

from __future__ import annotations

import base64
from typing import Any

Event = dict[str, Any]

BYTES_PER_MS = 48
VAD = {"type": "server_vad"}


def session_created(number: int = 1) -> Event:
    """`session.created` of the n-th session."""
    fields = {"id": f"sess_{number}", "model": "gpt-realtime", "turn_detection": VAD}
    return {"type": "session.created", "session": fields}


# --- the user ----------------------------------------------------------------------


def speech_started(item: str, ms: int = 0) -> Event:
    kind = "input_audio_buffer.speech_started"
    return {"type": kind, "audio_start_ms": ms, "item_id": item}


def speech_stopped(item: str, ms: int = 900) -> Event:
    kind = "input_audio_buffer.speech_stopped"
    return {"type": kind, "audio_end_ms": ms, "item_id": item}


def committed(item: str, after: str | None = None) -> Event:
    kind = "input_audio_buffer.committed"
    return {"type": kind, "item_id": item, "previous_item_id": after}


def user_item(
    item: str, after: str | None = None, *, transcript: str | None = None
) -> Event:
    content = [{"type": "input_audio", "transcript": transcript}]
    return item_created(
        {"id": item, "type": "message", "role": "user", "content": content}, after
    )


def user_text(item: str, text: str, after: str | None = None) -> Event:
    content = [{"type": "input_text", "text": text}]
    return item_created(
        {"id": item, "type": "message", "role": "user", "content": content}, after
    )


def spoken(item: str, after: str | None = None) -> list[Event]:
    """All events of a turn of the user, without its transcript."""
    return [
        speech_started(item),
        speech_stopped(item),
        committed(item, after),
        user_item(item, after),
    ]


def timed_out(item: str) -> Event:
    """The user has said nothing for `idle_timeout_ms`."""
    kind = "input_audio_buffer.timeout_triggered"
    return {"type": kind, "item_id": item, "audio_start_ms": 0, "audio_end_ms": 5000}


def transcript(item: str, text: str) -> Event:
    kind = "conversation.item.input_audio_transcription.completed"
    return {"type": kind, "item_id": item, "content_index": 0, "transcript": text}


def transcript_delta(item: str, text: str) -> Event:
    kind = "conversation.item.input_audio_transcription.delta"
    return {"type": kind, "item_id": item, "content_index": 0, "delta": text}


def transcript_failed(item: str, message: str) -> Event:
    kind = "conversation.item.input_audio_transcription.failed"
    error = {"type": "server_error", "code": "failed", "message": message}
    return {"type": kind, "item_id": item, "content_index": 0, "error": error}


# --- items -------------------------------------------------------------------------


def item_created(item: Event, after: str | None = None) -> Event:
    return {
        "type": "conversation.item.created",
        "previous_item_id": after,
        "item": {"object": "realtime.item", "status": "completed", **item},
    }


def truncated(item: str, ms: int) -> Event:
    kind = "conversation.item.truncated"
    return {"type": kind, "item_id": item, "content_index": 0, "audio_end_ms": ms}


def deleted(item: str) -> Event:
    return {"type": "conversation.item.deleted", "item_id": item}


def message(item: str, text: str = "", status: str = "completed") -> Event:
    """The item of an answer."""
    content = [{"type": "audio", "transcript": text}] if text else []
    return {"id": item, "type": "message", "role": "assistant"} | {
        "status": status,
        "content": content,
    }


def call(item: str, call_id: str, name: str, arguments: str = "{}") -> Event:
    """The item of a function call."""
    fields = {"id": item, "type": "function_call", "status": "completed"}
    return fields | {"call_id": call_id, "name": name, "arguments": arguments}


def output(item: str, call_id: str, result: str, after: str | None = None) -> Event:
    """The acknowledgement of the output of a function call."""
    fields = {"type": "function_call_output", "call_id": call_id, "output": result}
    return item_created({"id": item, **fields}, after)


# --- responses ---------------------------------------------------------------------


def response_created(response: str, conversation: str | None = "conv_1") -> Event:
    fields = {"id": response, "status": "in_progress", "conversation_id": conversation}
    return {"type": "response.created", "response": fields}


def response_done(
    response: str, *items: Event, status: str = "completed", **more: Any
) -> Event:
    fields = {"id": response, "status": status, "output": list(items), **more}
    return {"type": "response.done", "response": fields}


def item_added(response: str, item: Event) -> Event:
    begun = item | {"status": "in_progress"}
    begun |= {"content": []} if "content" in item else {}
    begun |= {"arguments": ""} if "arguments" in item else {}
    return {"type": "response.output_item.added", "item": begun} | {
        "response_id": response,
        "output_index": 0,
    }


def item_done(response: str, item: Event) -> Event:
    return {"type": "response.output_item.done", "item": item} | {
        "response_id": response,
        "output_index": 0,
    }


def audio(response: str, item: str, ms: int = 1000) -> Event:
    """Audio of the assistant, in the default format."""
    delta = base64.b64encode(bytes(BYTES_PER_MS * ms)).decode()
    return _part("response.audio.delta", response, item) | {"delta": delta}


def words(response: str, item: str, text: str) -> Event:
    """A piece of the transcript."""
    return _part("response.audio_transcript.delta", response, item) | {"delta": text}


def words_done(response: str, item: str, text: str) -> Event:
    kind = "response.audio_transcript.done"
    return _part(kind, response, item) | {"transcript": text}


def word(response: str, item: str, text: str, start_ms: int, length_ms: int) -> Event:
    """The timestamp of a word."""
    return _part("response.audio_timestamp.delta", response, item) | {
        "audio_offset_ms": start_ms,
        "audio_duration_ms": length_ms,
        "text": text,
        "timestamp_type": "word",
    }


def begun(response: str, item: str, after: str | None = None) -> list[Event]:
    """The start of a spoken answer, up to its item."""
    shell = message(item, status="in_progress")
    return [
        response_created(response),
        item_added(response, shell),
        item_created(shell, after),
    ]


def ended(
    response: str, item: str, text: str, status: str = "completed", **more: Any
) -> list[Event]:
    """The end of a spoken answer."""
    whole = message(item, text, "completed" if status == "completed" else "incomplete")
    return [
        words_done(response, item, text),
        item_done(response, whole),
        response_done(response, whole, status=status, **more),
    ]


def answered(
    response: str, item: str, text: str, after: str | None = None, ms: int = 1000
) -> list[Event]:
    """All events of a spoken answer."""
    return [
        *begun(response, item, after),
        words(response, item, text),
        audio(response, item, ms),
        *ended(response, item, text),
    ]


def calling(response: str, item: Event, after: str | None = None) -> list[Event]:
    """All events of a response that is a function call."""
    begun = item | {"status": "in_progress", "arguments": ""}
    done = {"type": "response.function_call_arguments.done", "response_id": response}
    return [
        response_created(response),
        item_added(response, item),
        item_created(begun, after),
        done | {"name": item["name"], "arguments": item["arguments"]},
        item_done(response, item),
        response_done(response, item),
    ]


def _part(kind: str, response: str, item: str) -> Event:
    where: Event = {"output_index": 0, "content_index": 0}
    return {"type": kind, "response_id": response, "item_id": item} | where
