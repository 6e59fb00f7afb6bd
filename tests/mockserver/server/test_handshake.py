"""Handshake: credentials, errors before the upgrade, and errors after it."""

from __future__ import annotations

import pytest

from voicelive_mockserver.engine.handshake import (
    LEGACY_PATH,
    AcceptedHandshake,
    FailedHandshake,
    RejectedHandshake,
    answer_handshake,
)
from voicelive_protocol import API_VERSIONS
from voicelive_protocol.endpoint import PATH

KEY = {"api-key": "secret"}
BEARER = {"Authorization": "Bearer token"}
QUERY = {"api-version": "2026-04-10", "model": "gpt-realtime"}
AGENT = {
    "api-version": "2026-04-10",
    "agent-name": "a",
    "agent-project-name": "p",
}


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        (QUERY, KEY),
        (QUERY, BEARER),
        (QUERY, {"Authorization": "bearer token"}),
        (QUERY | KEY, {}),
        (QUERY | {"authorization": "Bearer token"}, {}),
        (QUERY | {"Authorization": "Bearer token"}, {}),
    ],
)
def test_key_or_token_in_header_or_query(
    query: dict[str, str], headers: dict[str, str]
) -> None:
    """A key or a token is accepted in the header and in the query."""
    answer = answer_handshake(query, headers, "secret")
    assert isinstance(answer, AcceptedHandshake)
    assert answer.model.deployment == "gpt-realtime-global-standard"
    assert answer.api_version == "2026-04-10"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"api-key": "wrong"},
        {"api-key": ""},
        {"api-key": "sécret"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic abc"},
        {"api-key": "wrong", "Authorization": "Bearer token"},
    ],
)
def test_without_a_valid_credential_it_is_401(headers: dict[str, str]) -> None:
    """Without a valid credential, the response is 401 with a JSON body."""
    answer = answer_handshake(QUERY, headers, "secret")
    assert isinstance(answer, RejectedHandshake)
    assert answer.status == 401
    assert answer.body()["error"]["code"] == "401"


@pytest.mark.parametrize(
    "query",
    [
        {"model": "gpt-realtime"},
        QUERY | {"api-version": "2020-01-01"},
        {"api-version": "2026-04-10"},
    ],
)
def test_version_and_model_are_required(query: dict[str, str]) -> None:
    """An absent or unknown API version, or no model, is 400."""
    answer = answer_handshake(query, KEY, "secret")
    assert isinstance(answer, RejectedHandshake)
    assert answer.status == 400


@pytest.mark.parametrize(
    ("query", "headers", "code", "message"),
    [
        (
            QUERY | {"model": "gpt-9"},
            KEY,
            "invalid_model",
            "Model gpt-9 is not supported in this region.",
        ),
        (
            QUERY | {"profile": "byom-x"},
            KEY,
            "invalid_profile",
            "Profile byom-x is not supported.",
        ),
        (AGENT, KEY, None, "Key authentication is not supported in Agent mode"),
        (
            {"api-version": "2026-04-10", "agent-name": "a"},
            BEARER,
            None,
            "Missing required agent project name",
        ),
        (
            QUERY | {"agent-id": "x"},
            BEARER,
            None,
            "Classic foundry agent is not supported in API version 2026-04-10 and "
            "above",
        ),
    ],
)
def test_configuration_fails_in_band(
    query: dict[str, str], headers: dict[str, str], code: str | None, message: str
) -> None:
    """Errors in model, profile and agent are reported after the upgrade."""
    answer = answer_handshake(query, headers, "secret")
    assert isinstance(answer, FailedHandshake)
    assert (answer.error.code, answer.error.message) == (code, message)


@pytest.mark.parametrize(
    ("query", "headers", "pipeline"),
    [
        (QUERY | {"model": "gpt-realtime-mini"}, KEY, "native"),
        (QUERY | {"model": "gpt-4.1-nano"}, KEY, "cascaded"),
        (QUERY | {"model": "gpt-5-chat"}, KEY, "cascaded"),
        (
            QUERY | {"model": "mine", "profile": "byom-azure-openai-realtime"},
            KEY,
            "native",
        ),
        (AGENT, BEARER, "cascaded"),
    ],
)
def test_the_model_chooses_the_pipeline(
    query: dict[str, str], headers: dict[str, str], pipeline: str
) -> None:
    """Realtime models are native; others, and agents, are cascaded."""
    answer = answer_handshake(query, headers, "secret")
    assert isinstance(answer, AcceptedHandshake)
    assert answer.model.pipeline.name == pipeline


@pytest.mark.parametrize("version", API_VERSIONS)
def test_every_version_is_served(version: str) -> None:
    """All API versions of the protocol are accepted, previews included."""
    answer = answer_handshake(QUERY | {"api-version": version}, KEY, "secret")
    assert isinstance(answer, AcceptedHandshake)
    assert answer.api_version == version


@pytest.mark.parametrize("path", [PATH, LEGACY_PATH])
def test_the_first_preview_is_served_on_both_paths(path: str) -> None:
    """2025-05-01-preview is served like the oldest version whose schema is known."""
    query = QUERY | {"api-version": "2025-05-01-preview"}
    answer = answer_handshake(query, KEY, "secret", path)
    assert isinstance(answer, AcceptedHandshake)
    assert answer.api_version == "2025-10-01"


@pytest.mark.parametrize("version", API_VERSIONS)
def test_later_versions_do_not_know_the_old_path(version: str) -> None:
    """The old path is 404 for every version but the first preview."""
    query = QUERY | {"api-version": version}
    answer = answer_handshake(query, KEY, "secret", LEGACY_PATH)
    assert isinstance(answer, RejectedHandshake)
    assert answer.status == 404


def test_keys_in_the_query_ignore_case() -> None:
    """Query parameters are case-insensitive, as clients differ in their spelling."""
    query = {"API-Version": "2026-04-10", "Model": "gpt-realtime", "Api-Key": "secret"}
    assert isinstance(answer_handshake(query, {}, "secret"), AcceptedHandshake)


@pytest.mark.parametrize(
    ("flags", "features"),
    [
        ("client_ec_reference:true", {"client_ec_reference"}),
        ("a:false, b:True ,c", {"b"}),
        ("", set()),
    ],
)
def test_features_are_switched_on(flags: str, features: set[str]) -> None:
    """`features` is a list of names, each with true or false."""
    answer = answer_handshake(QUERY | {"features": flags}, KEY, "secret")
    assert isinstance(answer, AcceptedHandshake)
    assert answer.features == features
