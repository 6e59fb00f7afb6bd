"""Conversion of conversation items to requests that recreate them."""

from __future__ import annotations

from typing import Any

from voicelive._connection.reading import content_parts
from voicelive._conversation.heard import beginning
from voicelive_protocol import (
    AnyConversationRequestItem,
    AnyMessageContentPart,
    AssistantMessageItem,
    ContentPartType,
    FunctionCallItem,
    FunctionCallOutputItem,
    InputImageContentPart,
    InputTextContentPart,
    ItemType,
    MessageRole,
    OutputTextContentPart,
    SystemMessageItem,
    UserMessageItem,
)

NO_TRANSCRIPT = "audio without a transcript"
UNREADABLE = "it has fields that cannot be read"
BY_SERVICE = "only the service can create items of this type"


def request_item(
    item: dict[str, Any], *, transcript: str | None = None, heard: float | None = None
) -> tuple[AnyConversationRequestItem | None, str | None]:
    """Return the request that recreates a sent or received item.

    Speech is replaced by its transcript.

    Args:
        item: The item with wire names.
        transcript: Transcript of the user's speech, if it was a separate event.
        heard: Fraction of the assistant's speech that was heard, from 0 to 1, if the
            item was truncated.

    Returns:
        The item, or None if it cannot be recreated; and a description of what is
        missing, or None if it is complete.
    """
    try:
        return _request_item(item, transcript, heard)
    except (KeyError, TypeError, ValueError):
        return None, UNREADABLE


def _request_item(
    item: dict[str, Any], transcript: str | None, heard: float | None
) -> tuple[AnyConversationRequestItem | None, str | None]:
    match item.get("type"):
        case ItemType.MESSAGE:
            return _message(item, transcript, heard)
        case ItemType.FUNCTION_CALL:
            call = FunctionCallItem(
                id=item.get("id"),
                name=item["name"],
                call_id=item["call_id"],
                arguments=item["arguments"],
            )
            return call, None
        case ItemType.FUNCTION_CALL_OUTPUT:
            output = FunctionCallOutputItem(
                id=item.get("id"), call_id=item["call_id"], output=item["output"]
            )
            return output, None
        case _:
            return None, BY_SERVICE


def _message(
    item: dict[str, Any], transcript: str | None, heard: float | None
) -> tuple[AnyConversationRequestItem | None, str | None]:
    parts = content_parts(item)
    if item.get("role") == MessageRole.ASSISTANT:
        return _assistant(item.get("id"), parts, heard)
    content: list[AnyMessageContentPart] = []
    missing = None
    for part in parts:
        image = part.get("image_url") or part.get("url")
        if part.get("type") == ContentPartType.INPUT_AUDIO:
            text = part.get("transcript") or transcript
        else:
            text = part.get("text")
        if text:
            content.append(InputTextContentPart(text=text))
        elif part.get("type") == ContentPartType.INPUT_IMAGE and image:
            detail = {k: part[k] for k in ("detail",) if part.get(k)}
            content.append(InputImageContentPart(image_url=image, **detail))
        elif part.get("type") == ContentPartType.INPUT_AUDIO:
            missing = NO_TRANSCRIPT
    if not content:
        return None, missing or "it has no content"
    if item.get("role") == MessageRole.SYSTEM:
        return SystemMessageItem(id=item.get("id"), content=content), missing
    return UserMessageItem(id=item.get("id"), content=content), missing


def _assistant(
    item_id: str | None, parts: list[dict[str, Any]], heard: float | None
) -> tuple[AnyConversationRequestItem | None, str | None]:
    texts = [part.get("text") or part.get("transcript") or "" for part in parts]
    text = " ".join(text for text in texts if text)
    if not text:
        return None, NO_TRANSCRIPT
    missing = None
    if heard is not None and heard < 1:
        text = beginning(text, heard)
        missing = "its text was cut to the share of the audio that was heard"
    if not text:
        return None, "none of its audio was heard"
    content = [OutputTextContentPart(text=text)]
    return AssistantMessageItem(id=item_id, content=[*content]), missing
