# Generated from schema/ by `make generate`. Do not edit.
"""Entries of the conversation history.

Clients add request items; the service reports response items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from voicelive_core.convert import UnknownModel
from voicelive_core.model import Model, specialize
from voicelive_core.scalars import MYPY, OpenEnum
from voicelive_protocol.discriminators import ItemType

from .content import (
    AnyContentPart,
    AnyMessageContentPart,
    MessageRole,
    MessageRoleOrStr,
)
from .errors import VoiceLiveErrorDetails
from .search import FileSearchResult
from .tools import MCPTool


class ConversationItemBase(Model, kw_only=True):
    """Empty marker for conversation items; it is never sent by itself."""


class ConversationRequestItem(Model, kw_only=True):
    """Base of the items that a client adds with `conversation.item.create`.

    `type` selects the concrete item.
    """

    if TYPE_CHECKING:
        type: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""

    id: str | None | UnsetType = UNSET
    """Identifier for the item, kept by the service.

    Omit it to get one of the form `item_...`.
    """


class FunctionCallItem(
    ConversationRequestItem, kw_only=True, tag_field="type", tag="function_call"
):
    """An earlier function call of the assistant, for restoring history.

    Add the matching `function_call_output` after it.
    """

    type: ClassVar[Literal["function_call"]] = "function_call"

    name: str
    """Name of the function that was called."""

    call_id: str
    """Identifier that links the call to its output."""

    arguments: str
    """The arguments as JSON text."""

    status: ItemParamStatusOrStr | None | UnsetType = UNSET
    """State of the call.

    Optional.
    """


class FunctionCallOutputItem(
    ConversationRequestItem, kw_only=True, tag_field="type", tag="function_call_output"
):
    """The result of a function call, returned to the model.

    Send `response.create` after it, once `response.done` of the calling response has
    come.
    """

    type: ClassVar[Literal["function_call_output"]] = "function_call_output"

    call_id: str
    """The `call_id` of the function call that this answers.

    It has to be in the conversation already; otherwise the item is refused with the
    code `invalid_tool_call_id`.
    """

    output: str
    """The result as text, commonly JSON.

    It must be a string; the model reads it as it is.
    """

    status: ItemParamStatusOrStr | None | UnsetType = UNSET
    """State of the output.

    Optional; the service does not report it back.
    """


class ItemParamStatus(OpenEnum):
    """State that a client gives an item it adds.

    Optional: messages added without it were recorded coming back as `completed`.
    """

    COMPLETED = "completed"
    """The item is whole."""

    INCOMPLETE = "incomplete"
    """The item was cut short, for example by an interruption."""


if TYPE_CHECKING:
    ItemParamStatusOrStr: TypeAlias = ItemParamStatus | str
else:
    ItemParamStatusOrStr = ItemParamStatus
"""A member of `ItemParamStatus`, or its string."""


class MCPApprovalResponseRequestItem(
    ConversationRequestItem, kw_only=True, tag_field="type", tag="mcp_approval_response"
):
    """Allows or refuses an MCP tool call for which the service sent an
    `mcp_approval_request` item.

    Since API version 2026-01-01-preview.
    """

    type: ClassVar[Literal["mcp_approval_response"]] = "mcp_approval_response"

    approval_request_id: str
    """The `id` of the `mcp_approval_request` item that this answers."""

    approve: bool
    """Whether the tool may run."""


class MessageItem(
    ConversationRequestItem, kw_only=True, tag_field="type", tag="message"
):
    """Base of the messages that a client adds to the history.

    `role` selects the author.
    """

    type: ClassVar[Literal["message"]] = "message"

    role: MessageRoleOrStr
    """The author of the message; it selects the class of the message."""

    content: list[AnyMessageContentPart]
    """Parts of the message, in order.

    Use `input_text` or `input_audio` for the user, `input_text` for system and `text`
    for the assistant.
    """

    status: ItemParamStatusOrStr | None | UnsetType = UNSET
    """State of the message.

    Optional; the service reports `completed` for messages it accepted.
    """

    def __post_init__(self) -> None:
        """Become the class that `role` asks for."""
        specialize(
            self,
            self.role,
            {
                "assistant": AssistantMessageItem,
                "system": SystemMessageItem,
                "user": UserMessageItem,
            },
        )


if TYPE_CHECKING:
    AnyConversationRequestItem: TypeAlias = (
        MessageItem
        | FunctionCallItem
        | FunctionCallOutputItem
        | MCPApprovalResponseRequestItem
        | UnknownModel
    )
else:
    AnyConversationRequestItem = (
        MessageItem
        | FunctionCallItem
        | FunctionCallOutputItem
        | MCPApprovalResponseRequestItem
    )
"""Any variant of `ConversationRequestItem`, known or not."""


class AssistantMessageItem(MessageItem, kw_only=True, tag_field="type", tag="message"):
    """Something the assistant said, as text: restores earlier history, or supplies
    fixed text to speak. Audio content is refused.
    """

    role: MessageRoleOrStr = "assistant"
    """Always `assistant`."""


class ResponseItem(Model, kw_only=True):
    """Base of the items that the service reports.

    `type` selects the concrete item.
    """

    if TYPE_CHECKING:
        type: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""

    id: str | None = None
    """Identifier of the item, of the form `item_...` unless the client chose it."""

    object: str | None = None
    """Always `realtime.item`."""


class ResponseFileSearchCallItem(
    ResponseItem, kw_only=True, tag_field="type", tag="file_search_call"
):
    """A search in uploaded files that the assistant made while answering.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ItemType.FILE_SEARCH_CALL]]
    else:
        type: ClassVar[Literal[ItemType.FILE_SEARCH_CALL, "file_search_call"]] = (
            ItemType.FILE_SEARCH_CALL
        )

    queries: list[str] | None = None
    """Texts that were searched for."""

    status: str | None = None
    """How far the search has got.

    Known values: `in_progress`, `searching`, `completed`, `incomplete`, `failed`.
    """

    results: list[FileSearchResult] | None = None
    """The results.

    Present only when the session `include` lists `file_search_call.results`.
    """


class ResponseFoundryAgentCallItem(
    ResponseItem, kw_only=True, tag_field="type", tag="foundry_agent_call"
):
    """A call of a Foundry agent as a tool, made by the service itself.

    Further fields of the item are unknown.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """

    if MYPY:
        type: ClassVar[Literal[ItemType.FOUNDRY_AGENT_CALL]]
    else:
        type: ClassVar[Literal[ItemType.FOUNDRY_AGENT_CALL, "foundry_agent_call"]] = (
            ItemType.FOUNDRY_AGENT_CALL
        )


class ResponseFunctionCallItem(
    ResponseItem, kw_only=True, tag_field="type", tag="function_call"
):
    """A function call that the assistant makes: run the function and return a
    `function_call_output` item with the same `call_id`.
    """

    if MYPY:
        type: ClassVar[Literal[ItemType.FUNCTION_CALL]]
    else:
        type: ClassVar[Literal[ItemType.FUNCTION_CALL, "function_call"]] = (
            ItemType.FUNCTION_CALL
        )

    name: str | None = None
    """Name of the function to run."""

    call_id: str | None = None
    """Identifier of the call, to return with the result."""

    arguments: str | None = None
    """The arguments as JSON text from the model.

    Empty while the call is `in_progress`.
    """

    status: ResponseItemStatus | None = None
    """How far the call has got.

    `completed` means that the arguments are whole, not that the function ran.
    """


class ResponseFunctionCallOutputItem(
    ResponseItem, kw_only=True, tag_field="type", tag="function_call_output"
):
    """A function result in the history, as the client sent it.

    It is the one item echoed without `status`.
    """

    if MYPY:
        type: ClassVar[Literal[ItemType.FUNCTION_CALL_OUTPUT]]
    else:
        type: ClassVar[
            Literal[ItemType.FUNCTION_CALL_OUTPUT, "function_call_output"]
        ] = ItemType.FUNCTION_CALL_OUTPUT

    call_id: str | None = None
    """The `call_id` of the function call that this answers."""

    output: str | None = None
    """The result as text."""


class ResponseItemStatus(OpenEnum):
    """How far an item has got."""

    IN_PROGRESS = "in_progress"
    """The item is still being produced; more deltas follow."""

    COMPLETED = "completed"
    """The item is whole and will not change."""

    INCOMPLETE = "incomplete"
    """The item was cut short, for example by an interruption.

    Cascaded models also use it for a message that has just begun.
    """


class ResponseMCPApprovalRequestItem(
    ResponseItem, kw_only=True, tag_field="type", tag="mcp_approval_request"
):
    """Asks whether an MCP tool may run.

    Answer with an `mcp_approval_response` item that names the `id` of this one.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ItemType.MCP_APPROVAL_REQUEST]]
    else:
        type: ClassVar[
            Literal[ItemType.MCP_APPROVAL_REQUEST, "mcp_approval_request"]
        ] = ItemType.MCP_APPROVAL_REQUEST

    arguments: str | None = None
    """The arguments that the tool would get, as JSON text."""

    name: str | None = None
    """Name of the tool that the assistant wants to run."""

    server_label: str | None = None
    """Label of the MCP server that has the tool."""


class ResponseMCPApprovalResponseItem(
    ResponseItem, kw_only=True, tag_field="type", tag="mcp_approval_response"
):
    """The answer to an approval request, as stored in the history.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ItemType.MCP_APPROVAL_RESPONSE]]
    else:
        type: ClassVar[
            Literal[ItemType.MCP_APPROVAL_RESPONSE, "mcp_approval_response"]
        ] = ItemType.MCP_APPROVAL_RESPONSE

    approval_request_id: str | None = None
    """The `id` of the `mcp_approval_request` item that was answered."""

    approve: bool | None = None
    """Whether the tool was allowed to run."""

    reason: str | None = None
    """Why the decision was made, if a reason was given."""


class ResponseMCPCallItem(ResponseItem, kw_only=True, tag_field="type", tag="mcp_call"):
    """A call of a tool on an MCP server, run by the service itself.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ItemType.MCP_CALL]]
    else:
        type: ClassVar[Literal[ItemType.MCP_CALL, "mcp_call"]] = ItemType.MCP_CALL

    approval_request_id: str | None = None
    """The `id` of the approval request behind the call, if approval was needed."""

    arguments: str | None = None
    """The arguments as JSON text.

    Empty when the call has just begun.
    """

    server_label: str | None = None
    """Label of the MCP server that has the tool."""

    name: str | None = None
    """Name of the tool."""

    output: str | None = None
    """Result of the tool, as text.

    Absent until the call has succeeded.
    """

    error: VoiceLiveErrorDetails | None = None
    """Why the call failed.

    Absent unless it failed; its shape is not specified, and a plain text is read as
    `message`.
    """


class ResponseMCPListToolItem(
    ResponseItem, kw_only=True, tag_field="type", tag="mcp_list_tools"
):
    """Marks that the service reads, or has read, the tools of an MCP server.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ItemType.MCP_LIST_TOOLS]]
    else:
        type: ClassVar[Literal[ItemType.MCP_LIST_TOOLS, "mcp_list_tools"]] = (
            ItemType.MCP_LIST_TOOLS
        )

    tools: list[MCPTool] | None = None
    """Tools that the server offers.

    Do not rely on it: live sessions have not delivered the list to the client.
    """

    server_label: str | None = None
    """Label of the MCP server, as configured in the session tools."""


class ResponseMessageItem(ResponseItem, kw_only=True, tag_field="type", tag="message"):
    """A message in the history, of the user, the assistant or the system."""

    if MYPY:
        type: ClassVar[Literal[ItemType.MESSAGE]]
    else:
        type: ClassVar[Literal[ItemType.MESSAGE, "message"]] = ItemType.MESSAGE

    role: MessageRole | None = None
    """The author of the message."""

    content: list[AnyContentPart] | None = None
    """Parts of the message, in order.

    Empty when an assistant message has just begun; audio parts carry the transcript,
    not the sound.
    """

    status: ResponseItemStatus | None = None
    """How far the message has got."""


class ResponseWebSearchCallItem(
    ResponseItem, kw_only=True, tag_field="type", tag="web_search_call"
):
    """A web search that the assistant made while answering.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ItemType.WEB_SEARCH_CALL]]
    else:
        type: ClassVar[Literal[ItemType.WEB_SEARCH_CALL, "web_search_call"]] = (
            ItemType.WEB_SEARCH_CALL
        )

    status: str | None = None
    """How far the search has got.

    Known values: `in_progress`, `searching`, `completed`, `failed`.
    """


if TYPE_CHECKING:
    AnyResponseItem: TypeAlias = (
        ResponseFileSearchCallItem
        | ResponseFoundryAgentCallItem
        | ResponseFunctionCallItem
        | ResponseFunctionCallOutputItem
        | ResponseMCPApprovalRequestItem
        | ResponseMCPApprovalResponseItem
        | ResponseMCPCallItem
        | ResponseMCPListToolItem
        | ResponseMessageItem
        | ResponseWebSearchCallItem
        | UnknownModel
    )
else:
    AnyResponseItem = (
        ResponseFileSearchCallItem
        | ResponseFoundryAgentCallItem
        | ResponseFunctionCallItem
        | ResponseFunctionCallOutputItem
        | ResponseMCPApprovalRequestItem
        | ResponseMCPApprovalResponseItem
        | ResponseMCPCallItem
        | ResponseMCPListToolItem
        | ResponseMessageItem
        | ResponseWebSearchCallItem
    )
"""Any variant of `ResponseItem`, known or not."""


class SystemMessageItem(MessageItem, kw_only=True, tag_field="type", tag="message"):
    """A system text in the middle of the history, to steer the assistant from that
    point on.
    """

    role: MessageRoleOrStr = "system"
    """Always `system`."""


class UserMessageItem(MessageItem, kw_only=True, tag_field="type", tag="message"):
    """Something the user said or wrote.

    Send `response.create` after it for a reply.
    """

    role: MessageRoleOrStr = "user"
    """Always `user`."""


if TYPE_CHECKING:
    AnyMessageItem: TypeAlias = (
        AssistantMessageItem | SystemMessageItem | UserMessageItem | UnknownModel
    )
else:
    AnyMessageItem = AssistantMessageItem | SystemMessageItem | UserMessageItem
"""Any variant of `MessageItem`, known or not."""


__all__ = [
    "AnyConversationRequestItem",
    "AnyMessageItem",
    "AnyResponseItem",
    "AssistantMessageItem",
    "ConversationItemBase",
    "ConversationRequestItem",
    "FunctionCallItem",
    "FunctionCallOutputItem",
    "ItemParamStatus",
    "ItemParamStatusOrStr",
    "MCPApprovalResponseRequestItem",
    "MessageItem",
    "ResponseFileSearchCallItem",
    "ResponseFoundryAgentCallItem",
    "ResponseFunctionCallItem",
    "ResponseFunctionCallOutputItem",
    "ResponseItem",
    "ResponseItemStatus",
    "ResponseMCPApprovalRequestItem",
    "ResponseMCPApprovalResponseItem",
    "ResponseMCPCallItem",
    "ResponseMCPListToolItem",
    "ResponseMessageItem",
    "ResponseWebSearchCallItem",
    "SystemMessageItem",
    "UserMessageItem",
]
