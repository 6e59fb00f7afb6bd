"""The types of the protocol: events, session settings, items, enums.

Every public name of `voicelive_protocol`, under the name that
`azure.ai.voicelive.models` has for it.
"""

from voicelive_protocol import *  # noqa: F403
from voicelive_protocol import __all__ as __all__
