"""Account of a conversation: turns, tool calls, times, usage and cost.

`session.conversation` of a `VoiceLiveSession`, `keeper.conversation` of a `TurnKeeper`,
or `ConversationView` around any connection. Imports `voicelive._conversation`, the
model without I/O, and `voicelive._connection`.
"""

from __future__ import annotations

from voicelive._conversation.records import TurnRole, TurnStatus
from voicelive._conversation.turns import ConversationTurn, ToolCallRecord
from voicelive._conversation.usage import (
    PriceTable,
    ResponseUsage,
    SessionUsage,
    TokenCounts,
)
from voicelive.conversation._changes import (
    ChangeKind,
    ConversationChange,
    ConversationChanges,
)
from voicelive.conversation._conversation import Conversation
from voicelive.conversation._view import ConversationView

__all__ = [
    "ChangeKind",
    "Conversation",
    "ConversationChange",
    "ConversationChanges",
    "ConversationTurn",
    "ConversationView",
    "PriceTable",
    "ResponseUsage",
    "SessionUsage",
    "TokenCounts",
    "ToolCallRecord",
    "TurnRole",
    "TurnStatus",
]
