"""Options that select a service: endpoint, key, model, API version."""

from __future__ import annotations

import argparse

from voicelive_core.command_line.variables import API_KEY, DEFAULT_MODEL

VISIBLE = "since other users of this machine can see options"
"""Reason to prefer an environment variable for a secret."""


def add_endpoint(
    parser: argparse._ActionsContainer, *, place: str = "in this process"
) -> None:
    """Add the option `--endpoint`.

    Args:
        parser: Parser, or a group of one.
        place: Place of the mock service that is started without an endpoint.
    """
    parser.add_argument(
        "--endpoint",
        metavar="URL",
        help=f"URL of the resource; by default a mock service is started {place}",
    )


def add_api_key(parser: argparse._ActionsContainer, *, purpose: str = "") -> None:
    """Add the option `--api-key`.

    Args:
        parser: Parser, or a group of one.
        purpose: Use of the key, if it is not that of the command itself.
    """
    parser.add_argument(
        "--api-key",
        metavar="KEY",
        help=f"API key{purpose}; prefer {API_KEY}, {VISIBLE}",
    )


def add_model(parser: argparse._ActionsContainer) -> None:
    """Add the options `--model` and `--api-version`."""
    parser.add_argument("--model", help=f"model name (default: {DEFAULT_MODEL})")
    parser.add_argument("--api-version", metavar="VERSION", help="API version")
