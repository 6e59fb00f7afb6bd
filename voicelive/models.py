"""Types of the protocol: events, session settings, items, enums.

Re-exports the public names of `voicelive_protocol`, which are those of
`azure.ai.voicelive.models`.
"""

from __future__ import annotations

from voicelive_protocol import *  # noqa: F403
from voicelive_protocol import __all__ as __all__
