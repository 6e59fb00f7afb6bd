"""Endpoint, API key and proxy of a load test."""

from __future__ import annotations

import re

import pytest

from voicelive_loadtest.locust.target import Target, TargetError

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ("https://a.test", "https://A.test:443/"),
        ("https://a.test", "wss://a.test"),
        ("a.test", "https://a.test"),
        ("http://a.test:80/x/", "ws://a.test/x"),
    ],
)
def test_spellings_of_an_endpoint_are_equal(given: str, same: str) -> None:
    """Other spellings of the endpoint get its key."""
    target = Target(given, KEY)
    assert target.key_for(same) == KEY
    assert target.key_for(None) == target.key_for("") == KEY
    assert KEY not in repr(target)


@pytest.mark.parametrize(
    "endpoint", ["", f"http://x:{KEY}@a.test", f"http://a.test?api-key={KEY}", "file:x"]
)
def test_endpoints_with_secrets_are_refused(endpoint: str) -> None:
    """The web interface shows the endpoint; the error does not repeat the secret."""
    with pytest.raises(TargetError) as caught:
        Target(endpoint, KEY)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "other",
    [
        "http://a.test",
        "https://a.test:444",
        "https://a.test.evil.test",
        "https://evil.test/https://a.test",
        "https://a.test@evil.test",
        "https://a.test/x",
        "ftp://a.test",
        "https://a.test?x=1",
        "nonsense",
    ],
)
def test_other_endpoints_get_no_key(other: str) -> None:
    """Scheme, host, port, path and query must match; the error names the endpoint."""
    with pytest.raises(TargetError, match=re.escape("https://a.test only")):
        Target("https://a.test", KEY).key_for(other)


@pytest.mark.parametrize(
    ("endpoint", "proxy", "message"),
    [
        ("https://a.test", f"socks5://x:{KEY}@h:1", "not supported"),
        ("http://a.test", f"http://x:{KEY}@h:1", "https:// endpoint"),
    ],
)
def test_unusable_proxies_are_refused(endpoint: str, proxy: str, message: str) -> None:
    """The error does not repeat the password."""
    with pytest.raises(TargetError, match=message) as caught:
        Target(endpoint, "key", proxy)
    assert KEY not in str(caught.value)
