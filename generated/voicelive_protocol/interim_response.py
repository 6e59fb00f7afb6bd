# Generated from schema/ by `make generate`. Do not edit.
"""Short filler phrases that the assistant speaks while its real answer is late or a
tool is running.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from voicelive_core.convert import UnknownModel
from voicelive_core.model import Model
from voicelive_core.scalars import MYPY, OpenEnum
from voicelive_protocol.discriminators import InterimResponseConfigType


class InterimResponseConfigBase(Model, kw_only=True):
    """When the assistant fills a silence, whatever it says then.

    Needs an Azure voice and a model without speech output of its own, or an agent.

    Since API version 2026-01-01-preview.
    """

    if TYPE_CHECKING:
        type: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""

    triggers: list[InterimResponseTriggerOrStr] | None | UnsetType = UNSET
    """Situations that call for a filler, any one of which is enough.

    Default: ["latency"].
    """

    latency_threshold_ms: int | None | UnsetType = UNSET
    """Wait in ms before the `latency` trigger fires.

    Default: 2000. Bounds: at least 0.
    """


class InterimResponseTrigger(OpenEnum):
    """Situation that calls for a filler."""

    LATENCY = "latency"
    """The answer takes longer than `latency_threshold_ms`.

    Since API version 2026-01-01-preview.
    """

    TOOL = "tool"
    """The assistant is waiting for a tool to finish.

    Since API version 2026-01-01-preview.
    """


if TYPE_CHECKING:
    InterimResponseTriggerOrStr: TypeAlias = InterimResponseTrigger | str
else:
    InterimResponseTriggerOrStr = InterimResponseTrigger
"""A member of `InterimResponseTrigger`, or its string."""


class LlmInterimResponseConfig(
    InterimResponseConfigBase,
    kw_only=True,
    tag_field="type",
    tag="llm_interim_response",
):
    """Lets a language model word a phrase that fits the conversation.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[InterimResponseConfigType.LLM_INTERIM_RESPONSE]]
    else:
        type: ClassVar[
            Literal[
                InterimResponseConfigType.LLM_INTERIM_RESPONSE, "llm_interim_response"
            ]
        ] = InterimResponseConfigType.LLM_INTERIM_RESPONSE

    model: str | None | UnsetType = UNSET
    """Model that words the phrase.

    The default may change without a new API version. Default: "gpt-4.1-mini".
    """

    instructions: str | None | UnsetType = UNSET
    """Prompt for wording the phrase; the service has its own if left out."""

    max_completion_tokens: int | None | UnsetType = UNSET
    """Most tokens a phrase may use, at least 1.

    Default: 50.
    """


class StaticInterimResponseConfig(
    InterimResponseConfigBase,
    kw_only=True,
    tag_field="type",
    tag="static_interim_response",
):
    """Speaks one of your own phrases, picked at random.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[InterimResponseConfigType.STATIC_INTERIM_RESPONSE]]
    else:
        type: ClassVar[
            Literal[
                InterimResponseConfigType.STATIC_INTERIM_RESPONSE,
                "static_interim_response",
            ]
        ] = InterimResponseConfigType.STATIC_INTERIM_RESPONSE

    texts: list[str] | None | UnsetType = UNSET
    """Phrases to pick from, such as `One moment, please`."""


if TYPE_CHECKING:
    AnyInterimResponseConfig: TypeAlias = (
        StaticInterimResponseConfig | LlmInterimResponseConfig | UnknownModel
    )
else:
    AnyInterimResponseConfig = StaticInterimResponseConfig | LlmInterimResponseConfig
"""Any variant of `InterimResponseConfigBase`, known or not."""


if TYPE_CHECKING:
    InterimResponseConfig: TypeAlias = AnyInterimResponseConfig | UnknownModel
else:
    InterimResponseConfig = AnyInterimResponseConfig
"""Fillers to speak: phrases of your own, or phrases worded by a language model.

Since API version 2026-01-01-preview.
"""


__all__ = [
    "AnyInterimResponseConfig",
    "InterimResponseConfig",
    "InterimResponseConfigBase",
    "InterimResponseTrigger",
    "InterimResponseTriggerOrStr",
    "LlmInterimResponseConfig",
    "StaticInterimResponseConfig",
]
