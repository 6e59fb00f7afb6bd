"""For `locust -f`: everything is in the package."""

import locust

from voicelive_loadtest.locust.hooks import Hooks, prepare_locust
from voicelive_loadtest.locust.plan import Plan
from voicelive_loadtest.locust.users import (
    BargeIn,
    ConnectAndLeave,
    LongConversation,
    ShortQuestion,
    SilentLine,
    TextOnly,
    ToolCall,
)

__all__ = [
    "BargeIn",
    "ConnectAndLeave",
    "LongConversation",
    "ShortQuestion",
    "SilentLine",
    "TextOnly",
    "ToolCall",
]

prepare_locust()
_plan = Plan()
Hooks(finish=_plan.finish).listen(locust.events)
_plan.listen(locust.events)
