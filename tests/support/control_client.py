"""A client of the control endpoint that checks answers against the OpenAPI document."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema

import voicelive_mockserver
from voicelive_mockserver import MockServer

OPENAPI: dict[str, Any] = json.loads(
    (Path(voicelive_mockserver.__file__).parent / "server" / "openapi.json").read_text()
)


def operation(method: str, path: str) -> dict[str, Any]:
    """Return the documented operation of a request."""
    for pattern, operations in OPENAPI["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
            found: dict[str, Any] = operations[method.lower()]
            return found
    raise AssertionError(f"{path} is not documented")


def check(schema: dict[str, Any], value: Any) -> None:
    """Check a value against a schema of the document."""
    jsonschema.validate(
        value,
        schema | {"components": OPENAPI["components"]},
        cls=jsonschema.Draft202012Validator,
    )


class Control:
    """A client of the control endpoint.

    Args:
        http: The HTTP client.
        server: The server.
        test: The test whose sessions the requests are about; "" for all.
    """

    def __init__(
        self, http: aiohttp.ClientSession, server: MockServer, test: str = ""
    ) -> None:
        self._http = http
        self._server = server
        self._test = {"x-test-id": test} if test else {}

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int = 200,
        yaml: str | None = None,
    ) -> Any:
        """Send a request; return the JSON of the answer."""
        content: dict[str, Any] = {"json": body}
        headers = {"api-key": self._server.api_key, **self._test}
        if yaml is not None:
            content = {"data": yaml}
            headers["Content-Type"] = "application/yaml"
        async with self._http.request(
            method, self._server.endpoint + path, headers=headers, **content
        ) as response:
            assert response.status == status, await response.text()
            answer = await response.json()
        documented = operation(method, path.partition("?")[0])["responses"][str(status)]
        reference = documented.get("$ref")
        if reference is not None:
            documented = OPENAPI["components"]["responses"][reference.split("/")[-1]]
        check(documented["content"]["application/json"]["schema"], answer)
        return answer

    async def text(self, path: str) -> str:
        """Return the text of an answer to a request without a key."""
        async with self._http.get(self._server.endpoint + path) as response:
            assert response.status == 200
            return await response.text()
