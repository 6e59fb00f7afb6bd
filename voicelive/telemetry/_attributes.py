"""Span attributes of a connection, its session, and its events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from voicelive._connection.reading import field
from voicelive.telemetry import _names as names
from voicelive.telemetry._content import to_text, tools_of
from voicelive.telemetry._counters import token_usage
from voicelive_protocol import ItemType, ServerEventType
from voicelive_protocol.audio_formats import audio_format

_DEFAULT_PORTS = {"wss": 443, "ws": 80}

_OF_QUERY = {
    "model": names.REQUEST_MODEL,
    "agent-name": names.AGENT_NAME,
    "agent-version": names.AGENT_VERSION,
    "agent-project-name": names.AGENT_PROJECT_NAME,
    "conversation-id": names.CONVERSATION_ID,
}

# Events whose `item` is an item of the conversation.
_WITH_ITEM = frozenset(
    {
        ServerEventType.CONVERSATION_ITEM_CREATED,
        ServerEventType.CONVERSATION_ITEM_RETRIEVED,
        ServerEventType.RESPONSE_OUTPUT_ITEM_ADDED,
        ServerEventType.RESPONSE_OUTPUT_ITEM_DONE,
    }
)

_OF_EVENT = {
    "response_id": names.RESPONSE_ID,
    "call_id": names.CALL_ID,
    "item_id": names.ITEM_ID,
    "previous_item_id": names.PREVIOUS_ITEM_ID,
    "output_index": names.OUTPUT_INDEX,
}
_OF_SENT_EVENT = {
    "response_id": names.RESPONSE_ID,
    "previous_item_id": names.PREVIOUS_ITEM_ID,
}
_OF_RESPONSE = {
    "id": names.RESPONSE_ID,
    "conversation_id": names.CONVERSATION_ID,
}
_OF_APPROVAL = {
    "approval_request_id": names.MCP_APPROVAL_REQUEST_ID,
    "approve": names.MCP_APPROVE,
}
_OF_ITEM = {
    "id": names.ITEM_ID,
    "call_id": names.CALL_ID,
    "server_label": names.MCP_SERVER_LABEL,
    "name": names.MCP_TOOL_NAME,
    **_OF_APPROVAL,
}
_OF_SENT_ITEM = {"call_id": names.CALL_ID, **_OF_APPROVAL}


# --- the connection ----------------------------------------------------------------


def target_of(url: str) -> dict[str, Any]:
    """Return the attributes of the target in the URL of a connection."""
    parts = urlsplit(url)
    found: dict[str, Any] = {
        names.SERVER_ADDRESS: parts.hostname,
        names.SERVER_PORT: parts.port or _DEFAULT_PORTS.get(parts.scheme),
    }
    query = dict(parse_qsl(parts.query))
    found |= {attribute: query.get(key) for key, attribute in _OF_QUERY.items()}
    return {name: value for name, value in found.items() if value}


# --- the session -------------------------------------------------------------------


def requested(session: object, *, content: bool) -> dict[str, Any]:
    """Return the attributes of a requested session.

    Args:
        session: The session of `session.update`.
        content: Whether instructions and whole tools are recorded.
    """
    found = _formats(session)
    temperature = field(session, "temperature")
    if temperature is not None:
        # A string, for parity with the official instrumentor.
        found[names.REQUEST_TEMPERATURE] = str(temperature)
    limit = field(session, "max_response_output_tokens")
    if limit is not None:
        found[names.REQUEST_MAX_OUTPUT_TOKENS] = limit
    tools = field(session, "tools")
    if isinstance(tools, list) and tools:
        found[names.REQUEST_TOOLS] = tools_of(tools, whole=content)
    instructions = field(session, "instructions")
    if content and instructions:
        found[names.SYSTEM_INSTRUCTIONS] = instructions
    return found


def confirmed(session: object) -> dict[str, Any]:
    """Return the attributes of a session as the service reports it."""
    found = _formats(session)
    agent = field(session, "agent")
    named = {
        names.SESSION_ID: field(session, "id"),
        names.AGENT_ID: field(agent, "agent_id"),
        names.AGENT_THREAD_ID: field(agent, "thread_id"),
    }
    return found | {name: value for name, value in named.items() if value}


def _formats(session: object) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if given := field(session, "input_audio_format"):
        found[names.INPUT_AUDIO_FORMAT] = str(given)
    if rate := field(session, "input_audio_sampling_rate"):
        found[names.INPUT_SAMPLE_RATE] = rate
    if given := field(session, "output_audio_format"):
        found[names.OUTPUT_AUDIO_FORMAT] = str(given)
        if known := audio_format(given):
            found[names.OUTPUT_SAMPLE_RATE] = known.sample_rate
    return found


# --- events ------------------------------------------------------------------------


def ids_of_sent(event: object) -> dict[str, Any]:
    """Return the attributes that identify a client event."""
    found = _read(event, _OF_SENT_EVENT)
    return found | _read(field(event, "item"), _OF_SENT_ITEM)


def ids_of_received(kind: str, event: object) -> dict[str, Any]:
    """Return the attributes that identify a server event.

    Args:
        kind: The type of the event.
        event: The event.
    """
    found = _read(event, _OF_EVENT)
    if (response := field(event, "response")) is not None:
        found = _read(response, _OF_RESPONSE) | found
    if kind in _WITH_ITEM and (item := field(event, "item")) is not None:
        of_item = _read(item, _OF_ITEM)
        if field(item, "type") == ItemType.MESSAGE:
            of_item.pop(names.MCP_TOOL_NAME, None)
        found = of_item | found
    return found


def outcome(response: object) -> dict[str, Any]:
    """Return the attributes of a finished response: tokens and finish reasons."""
    reasons = finish_reasons(response)
    found = token_usage(response)
    return found | ({names.RESPONSE_FINISH_REASONS: reasons} if reasons else {})


def finish_reasons(response: object) -> str | None:
    """Return the status of a response as a JSON list, None if it has none.

    The form is that of the official instrumentor.
    """
    status = field(response, "status")
    return to_text([str(status)]) if status else None


def error_details(error: object) -> dict[str, Any]:
    """Return the attributes of an `error` event."""
    attributes: dict[str, Any] = {
        names.SYSTEM: names.SYSTEM_VALUE,
        names.EVENT_TYPE: str(ServerEventType.ERROR),
    }
    if code := field(error, "code"):
        attributes[names.ERROR_CODE] = str(code)
    if message := field(error, "message"):
        attributes[names.ERROR_MESSAGE] = str(message)
    return attributes


def _read(value: object, wanted: dict[str, str]) -> dict[str, Any]:
    if value is None:
        return {}
    found = ((attribute, field(value, name)) for name, attribute in wanted.items())
    return {name: value for name, value in found if value is not None and value != ""}


def recordable(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Drop the attributes whose values a span cannot hold.

    The service may send values of any type where a string belongs.
    """
    return {
        name: value
        for name, value in attributes.items()
        if isinstance(value, str | int | float)
    }
