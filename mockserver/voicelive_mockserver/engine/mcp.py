"""Simulated MCP servers of a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from msgspec import structs

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.engine.conversation import ConversationItems, Item
from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.interfaces import McpError, McpHost, McpTool
from voicelive_mockserver.engine.models import ServiceModel
from voicelive_mockserver.engine.outbox import EventOutbox
from voicelive_mockserver.engine.replies import CallMcp
from voicelive_mockserver.engine.scheduler import Scheduler
from voicelive_protocol import (
    ServerEventConversationItemCreated,
    ServerEventMcpListToolsCompleted,
    ServerEventMcpListToolsFailed,
    ServerEventMcpListToolsInProgress,
    encode,
    parse,
)

logger = redacting_logger(__name__)

_MAX_PENDING_APPROVALS = 100
_ONE_TEXT = {
    "type": "object",
    "properties": {"query": {"type": "string"}},
    "required": ["query"],
}
_DEFAULT_TOOLS = (
    McpTool("search_documents", "Search the documents of the server.", _ONE_TEXT),
    McpTool(
        "fetch_document",
        "Fetch one document of the server by its identifier.",
        {
            "type": "object",
            "properties": {"id": {"type": "string"}},
            "required": ["id"],
        },
    ),
)


def check_mcp(tools: Sequence[Mapping[str, Any]], model: ServiceModel) -> None:
    """Reject MCP servers for a model that does not support them.

    Args:
        tools: The tools of the session.
        model: The model of the session.

    Raises:
        RequestError: The tools contain an MCP server.
    """
    if not model.traits.takes_mcp and any(tool["type"] == "mcp" for tool in tools):
        raise rejected("mcp_unsupported", model=model.name)


class SimulatedMcpHost:
    """The default MCP host, which simulates all servers.

    A server has the tools that the client allows, or `search_documents` and
    `fetch_document`. It is reachable if its address is an absolute `http` or `https`
    URL, unless the host is in the reserved domain `invalid`.
    """

    def list_tools(self, server: Mapping[str, Any], /) -> Sequence[McpTool]:
        """Return the tools of a server.

        Args:
            server: The entry of the session's tools.

        Raises:
            McpError: The server is not reachable at its address.
        """
        url = server["server_url"]
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            raise McpError(f"{url!r} is not a URL") from None
        if (
            parts.scheme not in ("http", "https")
            or not host
            or host.endswith(".invalid")
        ):
            raise McpError(f"{url!r} cannot be reached")
        allowed = server.get("allowed_tools")
        if not allowed:
            return _DEFAULT_TOOLS
        known = {tool.name: tool for tool in _DEFAULT_TOOLS}
        return [
            known.get(name) or McpTool(name, name.replace("_", " "), _ONE_TEXT)
            for name in allowed
        ]

    def call(self, server: Mapping[str, Any], name: str, arguments: str, /) -> str:
        """Return a result that repeats the arguments.

        Args:
            server: The entry of the session's tools.
            name: The name of the tool.
            arguments: Its arguments.
        """
        try:
            given = parse(arguments)
        except (ValueError, RecursionError):
            given = arguments
        words = given.values() if isinstance(given, dict) else [given]
        about = ", ".join(str(word) for word in words) or "nothing in particular"
        return f"{server['server_label']} found one entry with {name} for {about}."


@dataclass(frozen=True, slots=True)
class ApprovedCall:
    """A call that needs the approval of the client.

    Attributes:
        request_id: The identifier of the `mcp_approval_request` item.
        call: The call.
    """

    request_id: str
    call: CallMcp


class McpServers:
    """The MCP servers configured in one session.

    Args:
        host: The host that simulates the servers.
        scheduler: The scheduler of the session.
        outbox: The outgoing events.
        conversation: The conversation, which gets the items.
        latency: The seconds needed to list the tools of a server.
    """

    __slots__ = (
        "_approved",
        "_conversation",
        "_host",
        "_latency",
        "_outbox",
        "_pending",
        "_scheduler",
        "_servers",
        "_tools",
    )

    def __init__(
        self,
        host: McpHost,
        scheduler: Scheduler,
        outbox: EventOutbox,
        conversation: ConversationItems,
        latency: float,
    ) -> None:
        self._host = host
        self._scheduler = scheduler
        self._outbox = outbox
        self._conversation = conversation
        self._latency = latency
        self._servers: dict[str, dict[str, Any]] = {}
        self._tools: dict[str, tuple[McpTool, ...]] = {}
        self._pending: dict[str, CallMcp] = {}
        self._approved: list[ApprovedCall] = []

    def tools(self, offered: Sequence[Mapping[str, Any]]) -> list[McpTool]:
        """Return the tools that a response may use.

        Args:
            offered: The tools of the response. MCP servers whose tools this session has
                not listed are ignored.
        """
        if not offered:
            return []
        labels = [tool["server_label"] for tool in offered if tool["type"] == "mcp"]
        return [tool for label in labels for tool in self._tools.get(label, ())]

    def configure(
        self, tools: list[dict[str, Any]], new_item_id: Callable[[], str]
    ) -> None:
        """Apply the tools of the session, and list those of new or changed servers.

        Args:
            tools: The tools of the session.
            new_item_id: Factory of item identifiers.
        """
        servers = {
            tool["server_label"]: tool for tool in tools if tool["type"] == "mcp"
        }
        changed = [
            server
            for label, server in servers.items()
            if self._servers.get(label) != server
        ]
        self._servers = servers
        self._tools = {
            label: tools
            for label, tools in self._tools.items()
            if label in servers and servers[label] not in changed
        }
        for server in changed:
            self._list_tools(server, new_item_id())

    def place(self, call: CallMcp) -> CallMcp | None:
        """Return a call with the label of its server; `None` if no server matches."""
        if call.server:
            return call if call.server in self._servers else None
        for label, tools in self._tools.items():
            if any(tool.name == call.name for tool in tools):
                return structs.replace(call, server=label)
        # The tools may not be listed yet, or a scenario names an unlisted tool.
        first = next(iter(self._servers), None)
        return None if first is None else structs.replace(call, server=first)

    def needs_approval(self, call: CallMcp) -> bool:
        """Return whether a call needs approval under the settings of its server."""
        if call.needs_approval is not None:
            return call.needs_approval
        rule = self._servers[call.server].get("require_approval")
        if isinstance(rule, Mapping):
            return call.name not in (rule.get("never") or ())
        return rule != "never"

    def run(self, call: CallMcp) -> str:
        """Make a call.

        Args:
            call: The call.

        Returns:
            The output of the tool.

        Raises:
            McpError: The call failed.
        """
        if call.error is not None:
            raise McpError(call.error)
        if call.output is not None:
            return call.output
        server = self._servers.get(call.server)
        if server is None:
            raise McpError(f"The MCP server '{call.server}' is not configured.")
        arguments = call.arguments
        if not isinstance(arguments, str):
            arguments = encode(arguments).decode()
        try:
            return self._host.call(server, call.name, arguments)
        except McpError:
            raise
        except Exception:
            logger.exception("the MCP host failed")
            raise McpError(f"The MCP server '{call.server}' failed.") from None

    def request_approval(self, request: ApprovedCall) -> None:
        """Store a call that needs approval; above a limit, drop the oldest."""
        self._pending[request.request_id] = request.call
        if len(self._pending) > _MAX_PENDING_APPROVALS:
            del self._pending[next(iter(self._pending))]

    def is_pending(self, request_id: str) -> bool:
        """Return whether a request for approval is pending."""
        return request_id in self._pending

    def answer(self, request_id: str, approve: bool) -> None:
        """Process the answer of the client.

        Args:
            request_id: The identifier of a pending request.
            approve: Whether the call is approved.
        """
        call = self._pending.pop(request_id)
        if approve:
            self._approved.append(ApprovedCall(request_id, call))

    @property
    def has_approved(self) -> bool:
        """Whether there are approved calls that were not taken."""
        return bool(self._approved)

    def take_approved(self) -> list[ApprovedCall]:
        """Return the approved calls, and remove them."""
        approved = self._approved
        self._approved = []
        return approved

    def _list_tools(self, server: dict[str, Any], item_id: str) -> None:
        item = Item(
            {
                "id": item_id,
                "object": "realtime.item",
                "type": "mcp_list_tools",
                "server_label": server["server_label"],
                "tools": [],
            }
        )
        previous = self._conversation.add(item)
        self._outbox.event(
            ServerEventConversationItemCreated.type,
            {"previous_item_id": previous, "item": item.data},
        )
        self._outbox.event(ServerEventMcpListToolsInProgress.type, {"item_id": item_id})
        self._scheduler.call_at(
            self._scheduler.now + self._latency, partial(self._listed, server, item)
        )

    def _listed(self, server: dict[str, Any], item: Item) -> None:
        label = server["server_label"]
        try:
            tools = self._host.list_tools(server)
        except Exception as error:
            if not isinstance(error, McpError):
                logger.exception("the MCP host failed")
            self._outbox.event(ServerEventMcpListToolsFailed.type, {"item_id": item.id})
            return
        if self._servers.get(label) is server:
            self._tools[label] = tuple(replace(tool, server=label) for tool in tools)
        # The client sees the list only when it retrieves the item.
        item.data["tools"] = [
            {
                "name": tool.name,
                "description": tool.description,
                "input_schema": tool.input_schema,
            }
            for tool in tools
        ]
        self._outbox.event(ServerEventMcpListToolsCompleted.type, {"item_id": item.id})
