"""SDP answers for simulated WebRTC connections."""

from __future__ import annotations

import zlib
from hashlib import sha256

from voicelive_mockserver.engine.ids import IdSource


def answer_to(offer: str, ids: IdSource) -> str:
    """Return an SDP answer that accepts every section of an offer.

    Args:
        offer: The SDP of the offer.
        ids: The source of random tokens.
    """
    number = zlib.crc32(ids.token())
    general, *sections = offer.replace("\r\n", "\n").split("\nm=")
    lines = ["v=0", f"o=- {number} 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    lines += [line for line in general.split("\n") if line.startswith("a=group:")]
    secret = [
        f"a=ice-ufrag:{ids.token().decode()[:8]}",
        f"a=ice-pwd:{ids.token().decode()}{ids.token().decode()}",
        f"a=fingerprint:sha-256 {sha256(ids.token()).digest().hex(':').upper()}",
        "a=setup:active",
        "a=rtcp-mux",
    ]
    for section in sections:
        first, *rest = section.split("\n")
        kind, _, *protocol = first.split(" ")
        lines += [f"m={kind} 9 {' '.join(protocol)}", "c=IN IP4 0.0.0.0"]
        lines += [
            line
            for line in rest
            if line.startswith(("a=mid:", "a=rtpmap:", "a=fmtp:", "a=sctp-port:"))
        ]
        lines += secret
        if kind != "application":
            lines.append("a=sendonly")
    return "\r\n".join(lines) + "\r\n"
