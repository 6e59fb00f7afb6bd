"""Where two surfaces differ, as keys that a list of intended differences can name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

from tests.parity.shape import ClassShape, Field, ModelShape, Shape, Signature

Kind: TypeAlias = Literal[
    # The SDK has it, and we do not or not as the SDK does.
    "missing model",
    "base",
    "missing field",
    "wire name",
    "required",
    "constant",
    "type",
    "variant",
    "missing enum",
    "missing enum member",
    "enum value",
    "event",
    "missing name",
    "missing method",
    "missing parameter",
    "call",
    "default",
    "missing attribute",
    "behaviour",
    "value",
    # We have it, and the newest SDK does not.
    "extra model",
    "extra field",
    "extra enum",
    "extra enum member",
    "extra event",
    "extra name",
    "extra method",
    "extra parameter",
    "extra attribute",
]

Findings: TypeAlias = dict[tuple[Kind, str], str]
"""What differs, with both sides in words."""

_Finding: TypeAlias = tuple[Kind, str, str]


def missing(sdk: Shape, ours: Shape) -> Findings:
    """What the SDK has and we do not, or not as the SDK has it."""
    return _collect(
        [
            *_models(sdk, ours),
            *_enums(sdk, ours),
            *_events("client", sdk.client_events, ours.client_events),
            *_events("server", sdk.server_events, ours.server_events),
            *_client(sdk, ours),
            *_behaviour(sdk, ours),
        ]
    )


def extra(sdk: Shape, ours: Shape) -> Findings:
    """What we have and the SDK does not."""
    return _collect(
        [
            *_extra_models(sdk, ours),
            *_extra_enums(sdk, ours),
            *_extra("extra event", "client:", ours.client_events, sdk.client_events),
            *_extra("extra event", "server:", ours.server_events, sdk.server_events),
            *_extra("extra name", "models.", ours.other, sdk.other),
            *_extra_client(sdk, ours),
        ]
    )


def _collect(found: Iterable[_Finding]) -> Findings:
    return {(kind, key): detail for kind, key, detail in found}


def _extra(
    kind: Kind, prefix: str, ours: Iterable[str], sdk: Iterable[str]
) -> Iterator[_Finding]:
    for name in sorted(set(ours) - set(sdk)):
        yield kind, f"{prefix}{name}", "only ours"


# --- models ----------------------------------------------------------------------


def _bases_first(models: Mapping[str, ModelShape]) -> list[str]:
    return sorted(models, key=lambda name: (len(models[name].bases), name))


def _models(sdk: Shape, ours: Shape) -> Iterator[_Finding]:
    seen: Findings = {}
    for name in _bases_first(sdk.models):
        model = sdk.models[name]
        own = ours.models.get(name)
        if own is None:
            yield "missing model", name, "only in the SDK"
            continue
        for base in model.bases:
            if base not in own.bases:
                yield "base", name, f"in the SDK it is a {base}"
        for value, variant in model.variants.items():
            if own.variants.get(value) != variant:
                found = own.variants.get(value)
                yield "variant", f"{name}[{value}]", f"SDK {variant}, ours {found}"
        for attribute, field in model.fields.items():
            for kind, detail in _field(field, own.fields.get(attribute)):
                # What a base has already said need not be said of each variant.
                seen[kind, f"{name}.{attribute}"] = detail
                if not any(
                    seen.get((kind, f"{base}.{attribute}")) == detail
                    for base in model.bases
                ):
                    yield kind, f"{name}.{attribute}", detail


def _field(sdk: Field, ours: Field | None) -> Iterator[tuple[Kind, str]]:
    if ours is None:
        yield "missing field", f"SDK {sdk.type}"
        return
    if sdk.wire != ours.wire:
        yield "wire name", f"SDK {sdk.wire}, ours {ours.wire}"
    if sdk.required != ours.required:
        words = {True: "required", False: "optional"}
        yield "required", f"SDK {words[sdk.required]}, ours {words[ours.required]}"
    if sdk.selects:
        return
    if sdk.constant != ours.constant:
        yield "constant", f"SDK {sdk.constant}, ours {ours.constant or ours.type}"
    elif sdk.constant is None and sdk.type != ours.type:
        yield "type", f"SDK {sdk.type}, ours {ours.type}"


def _extra_models(sdk: Shape, ours: Shape) -> Iterator[_Finding]:
    for name in _bases_first(ours.models):
        model = ours.models[name]
        other = sdk.models.get(name)
        if other is None:
            yield "extra model", name, "only ours"
            continue
        inherited = {a for b in model.bases for a in ours.models[b].fields}
        for attribute, field in model.fields.items():
            if attribute not in other.fields and attribute not in inherited:
                yield "extra field", f"{name}.{attribute}", field.type


# --- enums, events, behaviour ----------------------------------------------------


def _enums(sdk: Shape, ours: Shape) -> Iterator[_Finding]:
    for name, members in sdk.enums.items():
        if name not in ours.enums:
            yield "missing enum", name, "only in the SDK"
            continue
        for member, value in members.items():
            found = ours.enums[name].get(member)
            if found is None:
                yield "missing enum member", f"{name}.{member}", f"SDK {value}"
            elif found != value:
                yield "enum value", f"{name}.{member}", f"SDK {value}, ours {found}"


def _extra_enums(sdk: Shape, ours: Shape) -> Iterator[_Finding]:
    for name, members in ours.enums.items():
        if name not in sdk.enums:
            yield "extra enum", name, "only ours"
            continue
        yield from _extra("extra enum member", f"{name}.", members, sdk.enums[name])


def _events(
    side: str, sdk: Mapping[str, str], ours: Mapping[str, str]
) -> Iterator[_Finding]:
    for wire, name in sdk.items():
        if ours.get(wire) != name:
            yield "event", f"{side}:{wire}", f"SDK {name}, ours {ours.get(wire)}"


def _behaviour(sdk: Shape, ours: Shape) -> Iterator[_Finding]:
    for name, outcome in sdk.behaviour.items():
        found = ours.behaviour[name]
        if found != outcome:
            yield "behaviour", name, f"SDK {outcome}, ours {found}"


# --- client ----------------------------------------------------------------------


def _client(sdk: Shape, ours: Shape) -> Iterator[_Finding]:
    for name, function in sdk.functions.items():
        if name not in ours.functions:
            yield "missing name", f"aio.{name}", "only in the SDK"
        else:
            yield from _call(f"aio.{name}", function, ours.functions[name])
    for name, cls in sdk.classes.items():
        if name not in ours.classes:
            yield "missing name", f"aio.{name}", "only in the SDK"
        else:
            yield from _class(f"aio.{name}", cls, ours.classes[name])


def _class(key: str, sdk: ClassShape, ours: ClassShape) -> Iterator[_Finding]:
    for base in sdk.bases:
        if base not in ours.bases:
            yield "base", key, f"in the SDK it is a {base}"
    for name, method in sdk.methods.items():
        if name not in ours.methods:
            yield "missing method", f"{key}.{name}", "only in the SDK"
        else:
            yield from _call(f"{key}.{name}", method, ours.methods[name])
    for name, kind in sdk.attributes.items():
        found = ours.attributes.get(name)
        if found != kind:
            yield "missing attribute", f"{key}.{name}", f"SDK {kind}, ours {found}"


def _call(key: str, sdk: Signature, ours: Signature) -> Iterator[_Finding]:
    if sdk.is_async != ours.is_async:
        yield "call", key, f"SDK async {sdk.is_async}, ours {ours.is_async}"
    if sdk.takes_more and not ours.takes_more:
        yield "call", key, "the SDK ignores keywords it does not know"
    for name, parameter in sdk.parameters.items():
        found = ours.parameters.get(name)
        if found is None:
            yield "missing parameter", f"{key}({name})", "only in the SDK"
        elif found.required and not parameter.required:
            yield "default", f"{key}({name})", f"SDK {parameter.default}, ours none"
        elif not parameter.required and found.default != parameter.default:
            detail = f"SDK {parameter.default}, ours {found.default}"
            yield "default", f"{key}({name})", detail
    for name, parameter in ours.parameters.items():
        if parameter.required and name not in sdk.parameters:
            yield "call", f"{key}({name})", "we require it, the SDK has no such thing"


def _extra_client(sdk: Shape, ours: Shape) -> Iterator[_Finding]:
    names = [*ours.functions, *ours.classes]
    yield from _extra("extra name", "aio.", names, [*sdk.functions, *sdk.classes])
    for name, function in sdk.functions.items():
        if name in ours.functions:
            yield from _extra_parameters(f"aio.{name}", function, ours.functions[name])
    for name, cls in sdk.classes.items():
        own = ours.classes.get(name)
        if own is None:
            continue
        key = f"aio.{name}"
        yield from _extra("extra method", f"{key}.", own.methods, cls.methods)
        yield from _extra("extra attribute", f"{key}.", own.attributes, cls.attributes)
        for method in cls.methods.keys() & own.methods.keys():
            yield from _extra_parameters(
                f"{key}.{method}", cls.methods[method], own.methods[method]
            )


def _extra_parameters(key: str, sdk: Signature, ours: Signature) -> Iterator[_Finding]:
    for name in ours.parameters.keys() - sdk.parameters.keys():
        yield "extra parameter", f"{key}({name})", "only ours"
