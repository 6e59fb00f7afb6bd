"""Our public surface against that of three releases of the official SDK."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

import voicelive.models
from tests.parity.compare import Findings, missing
from tests.parity.differences import Listed, listed_differences
from tests.parity.shape import Shape
from tools.official_sdk import NEWEST, VERSIONS
from voicelive.models import FunctionTool, MessageItem, Tool, UserMessageItem

pytestmark = pytest.mark.package_index


@pytest.fixture(scope="module")
def listed() -> Listed:
    return listed_differences()


@pytest.mark.parametrize(
    ("version", "models", "members", "client_events", "server_events"),
    [
        ("1.0.0", 119, 112, 16, 35),
        ("1.2.0", 164, 170, 17, 55),
        ("1.3.1", 168, 187, 19, 56),
    ],
)
def test_the_whole_sdk_was_read(
    sdk_shapes: dict[str, Shape],
    version: str,
    models: int,
    members: int,
    client_events: int,
    server_events: int,
) -> None:
    """What is compared is the release it should be, with nothing overlooked."""
    shape = sdk_shapes[version]
    assert shape.version == version
    assert len(shape.models) == models
    assert sum(map(len, shape.enums.values())) == members
    assert len(shape.client_events) == client_events
    assert len(shape.server_events) == server_events
    assert {"connect", *shape.classes} >= {"VoiceLiveConnection", "SessionResource"}
    assert not shape.other


@pytest.mark.parametrize("version", VERSIONS)
def test_no_difference_is_unlisted(
    findings: dict[str, Findings], listed: Listed, version: str
) -> None:
    """Models, fields, enums, events and the client are the SDK's, unless listed."""
    unlisted = findings[version].keys() - listed[version].keys()
    assert not unlisted, "\n".join(
        f"{kind}: {key} ({findings[version][kind, key]})"
        for kind, key in sorted(unlisted)
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_every_listed_difference_exists(
    findings: dict[str, Findings], listed: Listed, version: str
) -> None:
    """The list of differences has nothing that is no longer so."""
    gone = listed[version].keys() - findings[version].keys()
    assert not gone, "\n".join(f"{kind}: {key}" for kind, key in sorted(gone))


# --- the comparison itself -------------------------------------------------------


def rename_field(shape: Shape) -> None:
    fields = shape.models["ServerVad"].fields
    fields["treshold"] = fields.pop("threshold")


def rename_on_the_wire(shape: Shape) -> None:
    fields = shape.models["AvatarConfig"].fields
    fields["avatar_type"] = msgspec.structs.replace(
        fields["avatar_type"], wire="avatar_type"
    )


def make_optional(shape: Shape) -> None:
    fields = shape.models["FunctionTool"].fields
    fields["name"] = msgspec.structs.replace(fields["name"], required=False)


def change_type(shape: Shape) -> None:
    fields = shape.models["Response"].fields
    fields["output"] = msgspec.structs.replace(fields["output"], type="list[any]")


def change_constant(shape: Shape) -> None:
    fields = shape.models["UserMessageItem"].fields
    fields["role"] = msgspec.structs.replace(fields["role"], constant="human")


def drop_base(shape: Shape) -> None:
    shape.models["UserMessageItem"].bases.remove("MessageItem")


def drop_variant(shape: Shape) -> None:
    del shape.models["MessageItem"].variants["user"]


def drop_model(shape: Shape) -> None:
    del shape.models["TokenUsage"]


def drop_enum_member(shape: Shape) -> None:
    del shape.enums["Modality"]["AUDIO"]


def change_enum_value(shape: Shape) -> None:
    shape.enums["Modality"]["AUDIO"] = "sound"


def drop_event(shape: Shape) -> None:
    del shape.server_events["response.done"]


def drop_method(shape: Shape) -> None:
    del shape.classes["VoiceLiveConnection"].methods["recv_bytes"]


def drop_parameter(shape: Shape) -> None:
    del shape.functions["connect"].parameters["credential_scopes"]


def drop_resource(shape: Shape) -> None:
    del shape.classes["ConversationResource"].attributes["item"]


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        (rename_field, ("missing field", "ServerVad.threshold")),
        (rename_on_the_wire, ("wire name", "AvatarConfig.avatar_type")),
        (make_optional, ("required", "FunctionTool.name")),
        (change_type, ("type", "Response.output")),
        (change_constant, ("constant", "UserMessageItem.role")),
        (drop_base, ("base", "UserMessageItem")),
        (drop_variant, ("variant", "MessageItem[user]")),
        (drop_model, ("missing model", "TokenUsage")),
        (drop_enum_member, ("missing enum member", "Modality.AUDIO")),
        (change_enum_value, ("enum value", "Modality.AUDIO")),
        (drop_event, ("event", "server:response.done")),
        (drop_method, ("missing method", "aio.VoiceLiveConnection.recv_bytes")),
        (drop_parameter, ("missing parameter", "aio.connect(credential_scopes)")),
        (drop_resource, ("missing attribute", "aio.ConversationResource.item")),
    ],
)
def test_a_change_is_noticed(
    sdk_shapes: dict[str, Shape],
    own_shape: Shape,
    change: Callable[[Shape], None],
    noticed: tuple[str, str],
) -> None:
    """Each way in which our surface could leave the SDK's is found."""
    copy = msgspec.convert(msgspec.to_builtins(own_shape), Shape)
    change(copy)
    before = missing(sdk_shapes[NEWEST], own_shape).keys()
    assert set(missing(sdk_shapes[NEWEST], copy)) - before == {noticed}


@pytest.mark.parametrize("version", VERSIONS)
def test_isinstance_works_along_the_hierarchy_of_the_sdk(
    sdk_shapes: dict[str, Shape], version: str
) -> None:
    """A `FunctionTool` is a `Tool`, a `UserMessageItem` is a `MessageItem`."""
    pairs = [
        (getattr(voicelive.models, name), getattr(voicelive.models, base))
        for name, model in sdk_shapes[version].models.items()
        for base in model.bases
    ]
    assert (UserMessageItem, MessageItem) in pairs
    assert (FunctionTool, Tool) in pairs
    assert not [pair for pair in pairs if not issubclass(*pair)]
