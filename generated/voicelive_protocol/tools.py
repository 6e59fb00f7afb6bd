# Generated from schema/ by `make generate`. Do not edit.
"""Tools the model can call during a conversation, and how it chooses among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from voicelive_core.convert import UnknownModel
from voicelive_core.model import Model
from voicelive_core.scalars import MYPY, OpenEnum
from voicelive_protocol.discriminators import ToolType


class MCPApprovalType(OpenEnum):
    """Whether calls to an MCP server need the client's consent."""

    NEVER = "never"
    """Run calls at once without asking the client.

    Since API version 2026-01-01-preview.
    """

    ALWAYS = "always"
    """Ask the client with an `mcp_approval_request` item before each call.

    The default. Since API version 2026-01-01-preview.
    """


if TYPE_CHECKING:
    MCPApprovalTypeOrStr: TypeAlias = MCPApprovalType | str
else:
    MCPApprovalTypeOrStr = MCPApprovalType
"""A member of `MCPApprovalType`, or its string."""


class MCPTool(Model, kw_only=True):
    """A tool that an MCP server offers.

    Since API version 2026-01-01-preview.
    """

    name: str | None = None
    """Name of the tool on its server."""

    description: str | None = None
    """Description of the tool by its server."""

    input_schema: Any | None = None
    """JSON Schema of the tool's arguments."""

    annotations: Any | None = None
    """Hints of the server about the tool's behaviour, in any JSON form."""


class Tool(Model, kw_only=True):
    """A tool the model may use: a function the client runs, or an MCP server the
    service calls.
    """

    if TYPE_CHECKING:
        type: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""


class FunctionTool(Tool, kw_only=True, tag_field="type", tag="function"):
    """A function that the client runs when the model asks for it.

    Send the result as a `function_call_output` item, then `response.create`: the model
    does not go on by itself.
    """

    if MYPY:
        type: ClassVar[Literal[ToolType.FUNCTION]]
    else:
        type: ClassVar[Literal[ToolType.FUNCTION, "function"]] = ToolType.FUNCTION

    name: str
    """Name by which the model calls the function: letters, digits, `_` and `-`, and
    unique among the functions of the session.
    """

    description: str | None | UnsetType = UNSET
    """Description of the function for the model, with when to call it."""

    parameters: Any | None | UnsetType = UNSET
    """JSON Schema of the function's arguments.

    The model's arguments arrive as a JSON string that may contain odd whitespace and
    should be checked.
    """


class MCPServer(Tool, kw_only=True, tag_field="type", tag="mcp"):
    """A remote MCP server whose tools the service calls itself.

    Its tools are listed when the session is configured; an unreachable server does not
    end the session. Not available with phi models.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ToolType.MCP]]
    else:
        type: ClassVar[Literal[ToolType.MCP, "mcp"]] = ToolType.MCP

    server_label: str
    """Name you give the server; its items and calls carry it."""

    server_url: str
    """Address of the MCP server."""

    authorization: str | None | UnsetType = UNSET
    """Access token the service presents to the MCP server."""

    headers: dict[str, str] | None | UnsetType = UNSET
    """Extra HTTP headers sent with each request to the MCP server."""

    allowed_tools: list[str] | None | UnsetType = UNSET
    """Names of the tools the model may use; all of them if left out."""

    require_approval: MCPApprovalTypeOrStr | dict[str, list[str]] | None | UnsetType = (
        UNSET
    )
    """Which calls need the client's consent.

    One value for all tools, or a map from value to tool names: `{"never": ["a"],
    "always": ["b"]}`. The request for consent has been seen not to come. Default:
    "always".
    """


if TYPE_CHECKING:
    AnyTool: TypeAlias = FunctionTool | MCPServer | UnknownModel
else:
    AnyTool = FunctionTool | MCPServer
"""Any variant of `Tool`, known or not."""


class ToolChoiceLiteral(OpenEnum):
    """General rule for calling tools."""

    AUTO = "auto"
    """Let the model decide whether to call tools.

    The default.
    """

    NONE = "none"
    """Never call a tool."""

    REQUIRED = "required"
    """Always call at least one tool, whatever the user says."""


if TYPE_CHECKING:
    ToolChoiceLiteralOrStr: TypeAlias = ToolChoiceLiteral | str
else:
    ToolChoiceLiteralOrStr = ToolChoiceLiteral
"""A member of `ToolChoiceLiteral`, or its string."""


class ToolChoiceSelection(Model, kw_only=True):
    """Makes the model call one particular tool.

    Reported not to work on native realtime models.
    """

    if TYPE_CHECKING:
        type: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""


class ToolChoiceFunctionSelection(
    ToolChoiceSelection, kw_only=True, tag_field="type", tag="function"
):
    """Makes the model call one particular function."""

    type: ClassVar[Literal["function"]] = "function"

    name: str
    """Name of the function to call; it must be among the session's tools."""


if TYPE_CHECKING:
    AnyToolChoiceSelection: TypeAlias = ToolChoiceFunctionSelection | UnknownModel
else:
    AnyToolChoiceSelection = ToolChoiceFunctionSelection
"""Any variant of `ToolChoiceSelection`, known or not."""


if TYPE_CHECKING:
    ToolChoice: TypeAlias = (
        ToolChoiceLiteral | AnyToolChoiceSelection | str | UnknownModel
    )
else:
    ToolChoice = ToolChoiceLiteral | AnyToolChoiceSelection
"""How the model chooses tools: a general rule, or one tool it must call."""


__all__ = [
    "AnyTool",
    "AnyToolChoiceSelection",
    "FunctionTool",
    "MCPApprovalType",
    "MCPApprovalTypeOrStr",
    "MCPServer",
    "MCPTool",
    "Tool",
    "ToolChoice",
    "ToolChoiceFunctionSelection",
    "ToolChoiceLiteral",
    "ToolChoiceLiteralOrStr",
    "ToolChoiceSelection",
]
