# Generated from schema/ by `make generate`. Do not edit.
"""Address of the service below a resource's endpoint."""

from __future__ import annotations

PATH = "/voice-live/realtime"
"""The path of the WebSocket."""
