"""Web and file searches that the service makes during a response."""

from __future__ import annotations

from typing import Any

from voicelive_mockserver.engine.outputs.base import Place, Steps, Stream
from voicelive_mockserver.engine.replies import SearchFiles, SearchWeb
from voicelive_protocol import (
    ServerEventResponseFileSearchCallCompleted,
    ServerEventResponseFileSearchCallInProgress,
    ServerEventResponseFileSearchCallSearching,
    ServerEventResponseWebSearchCallCompleted,
    ServerEventResponseWebSearchCallInProgress,
    ServerEventResponseWebSearchCallSearching,
    SessionIncludeOption,
)

_SEARCH_OVERHEAD = 10
_WEB = (
    ServerEventResponseWebSearchCallInProgress.type,
    ServerEventResponseWebSearchCallSearching.type,
    ServerEventResponseWebSearchCallCompleted.type,
)
_FILES = (
    ServerEventResponseFileSearchCallInProgress.type,
    ServerEventResponseFileSearchCallSearching.type,
    ServerEventResponseFileSearchCallCompleted.type,
)
_RESULTS = SessionIncludeOption.FILE_SEARCH_CALL_RESULTS


class SearchStream(Stream):
    """A search with its progress events.

    Args:
        place: The position of the item.
        output: The search.
    """

    __slots__ = ("_keys", "_output", "_sequence", "_states")

    overhead = _SEARCH_OVERHEAD

    def __init__(self, place: Place, output: SearchWeb | SearchFiles) -> None:
        self._output = output
        in_web = isinstance(output, SearchWeb)
        self._states = _WEB if in_web else _FILES
        data: dict[str, Any] = {
            "id": place.context.new_item_id(),
            "object": "realtime.item",
            "type": "web_search_call" if in_web else "file_search_call",
            "status": "in_progress",
        }
        if isinstance(output, SearchWeb):
            data["action"] = {"type": "search", "query": output.query}
        else:
            data["queries"] = list(output.queries)
            data["results"] = None
        super().__init__(place, data)
        self._keys = {
            "response_id": place.response_id,
            "item_id": data["id"],
            "output_index": place.index,
        }
        self._sequence = 0
        self._count_overhead()

    def steps(self) -> Steps:
        """Search, and report progress."""
        begun, searching, completed = self._states
        self._progress("in_progress", begun)
        self._progress("searching", searching)
        yield self._latency.tool_call
        self._progress("completed", completed)
        included = self._place.context.session["include"] or ()
        if isinstance(self._output, SearchFiles) and _RESULTS in included:
            self.item.data["results"] = [dict(found) for found in self._output.results]

    def close(self, status: str) -> None:
        """End the item."""
        self._finish_item(status, "")

    def _progress(self, status: str, event_type: str) -> None:
        self.item.data["status"] = status
        self._outbox.event(event_type, self._keys | {"sequence_number": self._sequence})
        self._sequence += 1
