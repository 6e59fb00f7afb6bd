"""Requests to the control endpoint: bodies, parameters, and refusals."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from voicelive_mockserver.server.scopes import named_test
from voicelive_protocol import parse

NOT_FOUND = 404
_MAX_TEST_ID = 200


class RequestFailed(Exception):
    """An error response of the control endpoint.

    Args:
        status: The HTTP status.
        message: The reason.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class UnknownSession(RequestFailed):
    """This worker does not have the session; another one may."""

    def __init__(self, message: str) -> None:
        super().__init__(NOT_FOUND, message)


def test_of(request: web.Request) -> str:
    """Return the test that a request is about; "" for all.

    Raises:
        RequestFailed: The name is too long.
    """
    test = named_test(request.query, request.headers)
    if len(test) > _MAX_TEST_ID:
        raise RequestFailed(400, f"x-test-id: more than {_MAX_TEST_ID} characters")
    return test


async def json_body(request: web.Request, *, empty: Any = None) -> Any:
    """Return the JSON of the body.

    Args:
        request: The request.
        empty: The value of an empty body; None refuses it.

    Raises:
        RequestFailed: It is not JSON.
    """
    data = await request.read()
    if not data and empty is not None:
        return empty
    try:
        return parse(data)
    except (ValueError, RecursionError) as error:
        raise RequestFailed(400, f"not valid JSON: {error}") from None


async def text_body(request: web.Request) -> str:
    """Return the `text` of an object in the body.

    Raises:
        RequestFailed: It is not an object with only a text.
    """
    body = await json_body(request)
    if not (
        isinstance(body, dict)
        and body.keys() == {"text"}
        and isinstance(body["text"], str)
    ):
        raise RequestFailed(400, 'expected an object with a text: {"text": "..."}')
    return body["text"]


def number(request: web.Request, name: str, default: float, most: float) -> float:
    """Return a number from the query.

    Args:
        request: The request.
        name: The name of the parameter.
        default: The value if it is absent.
        most: The largest value; the smallest is 0.

    Raises:
        RequestFailed: It is not a number in this range.
    """
    given = request.query.get(name)
    if given is None:
        return default
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise RequestFailed(400, f"{name}: expected a number from 0 to {most:g}")
    return value
