"""Paths in the repository."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
QUESTION = ROOT / "voicelive" / "_commands" / "audio" / "question.wav"
"""A spoken question, 24 kHz mono."""

CERTIFICATE = ROOT / "tests" / "support" / "localhost.pem"
"""A self-signed certificate for localhost, with its key."""

RECORDINGS = ROOT / "tests" / "recordings"
"""Synthetic recordings of sessions."""
