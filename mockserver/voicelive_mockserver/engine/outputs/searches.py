"""Searches that the service makes while it answers, in the web or in files."""

from typing import Any

from voicelive_mockserver.engine.ports import SearchFiles, SearchWeb

from .base import Place, Steps, Stream

_SEARCH_OVERHEAD = 10
_RESULTS = "file_search_call.results"


class SearchStream(Stream):
    """A search with its progress.

    Args:
        place: Where it belongs.
        output: What is searched for.
    """

    __slots__ = ("_keys", "_kind", "_output", "_sequence")

    overhead = _SEARCH_OVERHEAD

    def __init__(self, place: Place, output: SearchWeb | SearchFiles) -> None:
        self._output = output
        in_web = isinstance(output, SearchWeb)
        self._kind = "web_search_call" if in_web else "file_search_call"
        data: dict[str, Any] = {
            "id": place.context.new_id("item"),
            "object": "realtime.item",
            "type": self._kind,
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
        """Search, and tell how far it is."""
        self._progress("in_progress")
        self._progress("searching")
        yield self._latency.tool_call
        self._progress("completed")
        included = self._place.context.session["include"] or ()
        if isinstance(self._output, SearchFiles) and _RESULTS in included:
            self.item.data["results"] = [dict(found) for found in self._output.results]

    def close(self, status: str) -> None:
        """End the item."""
        self._finish_item(status, "")

    def _progress(self, state: str) -> None:
        self.item.data["status"] = state
        self._outbox.event(
            f"response.{self._kind}.{state}",
            self._keys | {"sequence_number": self._sequence},
        )
        self._sequence += 1
