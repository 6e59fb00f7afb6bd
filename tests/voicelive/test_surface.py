from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

import voicelive
import voicelive.aio
import voicelive.models
import voicelive_protocol

OFFICIAL_AIO = {
    "ConnectionClosed",
    "ConnectionError",
    "ConversationItemResource",
    "ConversationResource",
    "InputAudioBufferResource",
    "OutputAudioBufferResource",
    "ResponseResource",
    "SessionResource",
    "TranscriptionSessionResource",
    "VoiceLiveConnection",
    "WebsocketConnectionOptions",
    "connect",
}


@pytest.mark.parametrize(
    "name", ["voicelive", "voicelive.aio", "voicelive.models", "voicelive.testing"]
)
def test_all(name: str) -> None:
    """`__all__` names things that exist, once each."""
    module = importlib.import_module(name)
    assert len(module.__all__) == len(set(module.__all__)) > 0
    for public in module.__all__:
        assert getattr(module, public) is not None


def test_names_of_the_official_aio_package() -> None:
    """Every public name of azure.ai.voicelive.aio is here."""
    assert set(voicelive.aio.__all__) >= OFFICIAL_AIO


def test_resources_are_exported() -> None:
    """Every resource class of the protocol is a name of voicelive.aio."""
    resources = {n for n in voicelive_protocol.__all__ if n.endswith("Resource")}
    assert resources <= set(voicelive.aio.__all__)


def test_models_are_those_of_the_protocol() -> None:
    """voicelive.models has all public names of the protocol, not copies of them."""
    assert voicelive.models.__all__ == voicelive_protocol.__all__
    for name in voicelive_protocol.__all__:
        assert getattr(voicelive.models, name) is getattr(voicelive_protocol, name)


def test_signature_of_connect() -> None:
    """connect() has the official keywords and defaults, `transport`, and `**`."""
    parameters = inspect.signature(voicelive.aio.connect).parameters
    required = inspect.Parameter.empty
    assert {n: p.default for n, p in parameters.items() if n != "kwargs"} == {
        "credential": required,
        "endpoint": required,
        "api_version": "2026-04-10",
        "model": None,
        "agent_name": None,
        "project_name": None,
        "agent_version": None,
        "conversation_id": None,
        "authentication_identity_client_id": None,
        "foundry_resource_override": None,
        "query": None,
        "headers": None,
        "connection_options": None,
        "credential_scopes": None,
        "transport": None,
    }
    kinds = {p.kind for p in parameters.values()}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}


@pytest.mark.slow
def test_package_is_light() -> None:
    """`import voicelive` loads neither aiohttp nor the protocol."""
    code = (
        "import sys, voicelive; "
        "print(*sorted({'aiohttp', 'voicelive_protocol'} & set(sys.modules)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert output.stdout.strip() == ""
