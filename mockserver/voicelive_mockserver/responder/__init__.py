"""What the mock service says when nobody tells it."""

from .builtin import built_in_responder

__all__ = ["built_in_responder"]
