"""Start and end of sessions, and rejected handshakes.

The tests of this folder use a WebSocket of aiohttp, not the client of this project: a
bug of the client must not mask the same bug of a service. They are strict where all
sources agree, and accept what a service is free to choose. A difference from a single
source, or from a default of the mock service, is a finding instead of a failure.
"""

from __future__ import annotations

import time

import aiohttp
import pytest

from tests.conformance.endpoint import Endpoint, HandshakeRejected
from voicelive_protocol import ErrorCode, ServerEventType

_WRONG_KEY = "0123456789abcdef0123456789abcdef"
_HOUR = 3600
_SESSION_KEYS = {
    "id",
    "model",
    "modalities",
    "instructions",
    "voice",
    "input_audio_format",
    "output_audio_format",
    "input_audio_transcription",
    "turn_detection",
    "tools",
    "tool_choice",
    "max_response_output_tokens",
    "expires_at",
    "input_audio_sampling_rate",
}


async def test_session_begins_and_ends(endpoint: Endpoint) -> None:
    """`session.created` comes first, with the whole session; a close is answered.

    Recordings.
    """
    async with endpoint.dial() as call:
        session = await call.created_session()
        missing = _SESSION_KEYS - session.keys()
        assert not missing, f"{missing} missing in {session}"
        assert session["id"]
        # The name of a deployment, which may differ from the requested one.
        assert session["model"]
        assert session["turn_detection"], "turn detection is on by default"
        left = session["expires_at"] - time.time()
        endpoint.expect(
            abs(left - _HOUR) < 300, f"the session lives {left:.0f} s, not an hour"
        )
        await call.socket.close()
        code = call.socket.close_code
        assert code is not None
        assert code != aiohttp.WSCloseCode.ABNORMAL_CLOSURE
        endpoint.expect(code == aiohttp.WSCloseCode.OK, f"the close code is {code}")


async def test_wrong_key_is_rejected(endpoint: Endpoint) -> None:
    """A wrong API key is rejected with HTTP 401, before any event.

    Documentation and other users.
    """
    with pytest.raises(HandshakeRejected) as refused:
        async with endpoint.dial(key=_WRONG_KEY):
            pass
    assert refused.value.status == 401


async def test_required_parameters(endpoint: Endpoint) -> None:
    """Without `api-version` or `model` there is no session.

    Documentation. Whether the answer is HTTP or an `error` is unpublished.
    """
    for missing in ("api-version", "model"):
        status = 400
        try:
            async with endpoint.dial({missing: None}) as call:
                event = await call.receive()
                assert event["type"] == ServerEventType.ERROR, event
        except HandshakeRejected as refused:
            status = refused.status
        assert 400 <= status < 500, f"HTTP {status} without {missing}"


async def test_unknown_model(endpoint: Endpoint) -> None:
    """An unknown model is accepted; an `error` replaces `session.created`.

    Live tests; the code from other users.
    """
    async with endpoint.dial({"model": "no-such-model"}) as call:
        event = await call.receive()
        assert event["type"] == ServerEventType.ERROR, event
        code = event["error"].get("code")
        endpoint.expect(code == ErrorCode.INVALID_MODEL, f"the code is {code!r}")
