# Generated from schema/ by `make generate`. Do not edit.
"""Text, audio and images that messages consist of, as the client sends and the service
reports them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from voicelive_core.convert import UnknownModel
from voicelive_core.model import Model
from voicelive_core.scalars import MYPY, Base64Bytes, OpenEnum
from voicelive_protocol.discriminators import ContentPartType


class ContentPart(Model, kw_only=True):
    """A piece of content in an item that the service reports."""

    if TYPE_CHECKING:
        type: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""


class MessageContentPart(Model, kw_only=True):
    """A piece of content in a message that the client adds to the conversation."""

    if TYPE_CHECKING:
        type: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""


class InputAudioContentPart(
    MessageContentPart, kw_only=True, tag_field="type", tag="input_audio"
):
    """A recording of the user that the client adds to a message.

    Only for native realtime models; others need the text instead.
    """

    type: ClassVar[Literal["input_audio"]] = "input_audio"

    audio: Base64Bytes
    """The recording in the session's input format, base64; `pcm16` mono at 24000 Hz
    unless changed.
    """

    transcript: str | None | UnsetType = UNSET
    """Transcript of the recording, kept with the item for reference.

    The model does not see it.
    """


class InputImageContentPart(
    MessageContentPart, kw_only=True, tag_field="type", tag="input_image"
):
    """An image in a user message, given by URL or as a data URL.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """

    type: ClassVar[Literal["input_image"]] = "input_image"

    image_url: str | None | UnsetType = UNSET
    """Where the image is: an https URL, or a `data:` URL with base64 content."""

    detail: RequestImageContentPartDetailOrStr | None | UnsetType = UNSET
    """How closely the model looks at the image."""


class InputTextContentPart(
    MessageContentPart, kw_only=True, tag_field="type", tag="input_text"
):
    """Text that the client adds to a user or system message."""

    type: ClassVar[Literal["input_text"]] = "input_text"

    text: str
    """The text."""


class MessageRole(OpenEnum):
    """The author of a message."""

    SYSTEM = "system"
    """Instructions for the model, as text only."""

    USER = "user"
    """The person who talks to the assistant; text, audio or, per the documentation,
    images.
    """

    ASSISTANT = "assistant"
    """The assistant itself.

    The client can add text under this role, but no audio.
    """


if TYPE_CHECKING:
    MessageRoleOrStr: TypeAlias = MessageRole | str
else:
    MessageRoleOrStr = MessageRole
"""A member of `MessageRole`, or its string."""


class OutputTextContentPart(
    MessageContentPart, kw_only=True, tag_field="type", tag="text"
):
    """Text of an earlier assistant answer that the client adds, for example to restore
    a conversation. The service also takes `output_text` as its `type` and reports it as
    `text`.
    """

    type: ClassVar[Literal["text"]] = "text"

    text: str
    """The text."""


if TYPE_CHECKING:
    AnyMessageContentPart: TypeAlias = (
        InputTextContentPart
        | InputAudioContentPart
        | InputImageContentPart
        | OutputTextContentPart
        | UnknownModel
    )
else:
    AnyMessageContentPart = (
        InputTextContentPart
        | InputAudioContentPart
        | InputImageContentPart
        | OutputTextContentPart
    )
"""Any variant of `MessageContentPart`, known or not."""


class RequestAudioContentPart(
    ContentPart, kw_only=True, tag_field="type", tag="input_audio"
):
    """Speech of the user, in an item that the service reports."""

    if MYPY:
        type: ClassVar[Literal[ContentPartType.INPUT_AUDIO]]
    else:
        type: ClassVar[Literal[ContentPartType.INPUT_AUDIO, "input_audio"]] = (
            ContentPartType.INPUT_AUDIO
        )

    audio: Base64Bytes | None = None
    """The speech in the session's input format, base64.

    Required by the specification, but absent or `null` in what the service sends. Since
    API version 2026-01-01-preview.
    """

    transcript: str | None = None
    """Transcript of the user's speech.

    `null` without transcription or before it is finished; models that do not hear audio
    themselves report it from the start.
    """


class RequestImageContentPart(
    ContentPart, kw_only=True, tag_field="type", tag="input_image"
):
    """A picture in a user message, alongside text or audio.

    Documented for messages that the client sends, though specified only among reported
    content.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ContentPartType.INPUT_IMAGE]]
    else:
        type: ClassVar[Literal[ContentPartType.INPUT_IMAGE, "input_image"]] = (
            ContentPartType.INPUT_IMAGE
        )

    image_url: str | None = None
    """Address of the picture.

    Called `url` before 2026-06-01-preview. Since API version 2026-06-01-preview.
    """

    detail: RequestImageContentPartDetail | None = None
    """How closely the model looks at the picture."""

    url: str | None = None
    """Address of the picture; called `image_url` in later API versions.

    Until API version 2026-04-10.
    """


class RequestImageContentPartDetail(OpenEnum):
    """How closely the model looks at a picture; finer detail costs more tokens."""

    AUTO = "auto"
    """Let the service choose the detail.

    Since API version 2026-01-01-preview.
    """

    LOW = "low"
    """Look at a coarse version, which is cheaper and faster.

    Since API version 2026-01-01-preview.
    """

    HIGH = "high"
    """Look at fine detail, which is slower and costs more.

    Since API version 2026-01-01-preview.
    """


if TYPE_CHECKING:
    RequestImageContentPartDetailOrStr: TypeAlias = RequestImageContentPartDetail | str
else:
    RequestImageContentPartDetailOrStr = RequestImageContentPartDetail
"""A member of `RequestImageContentPartDetail`, or its string."""


class RequestTextContentPart(
    ContentPart, kw_only=True, tag_field="type", tag="input_text"
):
    """Text from the user or the system, in an item that the service reports."""

    if MYPY:
        type: ClassVar[Literal[ContentPartType.INPUT_TEXT]]
    else:
        type: ClassVar[Literal[ContentPartType.INPUT_TEXT, "input_text"]] = (
            ContentPartType.INPUT_TEXT
        )

    text: str | None = None
    """The text."""


class ResponseAudioContentPart(
    ContentPart, kw_only=True, tag_field="type", tag="audio"
):
    """Speech of the assistant, represented by its transcript.

    The sound itself arrives in `response.audio.delta` events.
    """

    if MYPY:
        type: ClassVar[Literal[ContentPartType.AUDIO]]
    else:
        type: ClassVar[Literal[ContentPartType.AUDIO, "audio"]] = ContentPartType.AUDIO

    transcript: str | None = None
    """Transcript of the assistant's speech.

    Empty when the part is added, complete when it is done.
    """

    audio: Base64Bytes | None = None
    """The speech, base64.

    Not seen in recordings, where the sound came only in `response.audio.delta`.
    Documented by the vendor; no SDK declares it.
    """


class ResponseTextContentPart(ContentPart, kw_only=True, tag_field="type", tag="text"):
    """Text that the assistant wrote."""

    if MYPY:
        type: ClassVar[Literal[ContentPartType.TEXT]]
    else:
        type: ClassVar[Literal[ContentPartType.TEXT, "text"]] = ContentPartType.TEXT

    text: str | None = None
    """The text.

    Native realtime models leave it empty in `response.content_part.done`; read it from
    `response.text.done` or `response.output_item.done`.
    """


if TYPE_CHECKING:
    AnyContentPart: TypeAlias = (
        RequestTextContentPart
        | RequestAudioContentPart
        | RequestImageContentPart
        | ResponseTextContentPart
        | ResponseAudioContentPart
        | UnknownModel
    )
else:
    AnyContentPart = (
        RequestTextContentPart
        | RequestAudioContentPart
        | RequestImageContentPart
        | ResponseTextContentPart
        | ResponseAudioContentPart
    )
"""Any variant of `ContentPart`, known or not."""


__all__ = [
    "AnyContentPart",
    "AnyMessageContentPart",
    "ContentPart",
    "InputAudioContentPart",
    "InputImageContentPart",
    "InputTextContentPart",
    "MessageContentPart",
    "MessageRole",
    "MessageRoleOrStr",
    "OutputTextContentPart",
    "RequestAudioContentPart",
    "RequestImageContentPart",
    "RequestImageContentPartDetail",
    "RequestImageContentPartDetailOrStr",
    "RequestTextContentPart",
    "ResponseAudioContentPart",
    "ResponseTextContentPart",
]
