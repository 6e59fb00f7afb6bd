"""Control endpoint: the sessions, their journals, injected events, closing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from voicelive_core.close_codes import CloseCode
from voicelive_mockserver.faults import Close
from voicelive_mockserver.journal.entry import JournalEntry
from voicelive_mockserver.journal.journal import SessionJournal
from voicelive_mockserver.server.control_request import (
    RequestFailed,
    UnknownSession,
    json_body,
    number,
    test_of,
)
from voicelive_mockserver.server.controlled import Controlled
from voicelive_mockserver.server.session_driver import SessionDriver

_MAX_ENTRIES = 10_000
_MAX_WAIT_SECONDS = 60.0


class SessionRequests:
    """Handlers of requests about sessions.

    Args:
        server: The controlled server.
    """

    def __init__(self, server: Controlled) -> None:
        self._server = server

    async def list(self, request: web.Request) -> Any:
        """List the newest and all open sessions."""
        server = self._server
        test = test_of(request)
        opened = server.open_sessions
        # Open sessions are listed even after their journal was evicted.
        journals = {id(journal): journal for journal in server.sessions}
        for session in opened.values():
            journals.setdefault(id(session.journal), session.journal)
        return {
            "worker": server.worker,
            "sessions": [
                {
                    "id": journal.name,
                    "test": journal.test,
                    "model": journal.model,
                    "api_version": journal.api_version,
                    "open": journal.session_id in opened,
                    "close_code": journal.close_code,
                    "frames": journal.frames,
                    "bytes": journal.size,
                }
                for journal in journals.values()
                if test in ("", journal.test)
            ],
        }

    async def journal(self, request: web.Request) -> Any:
        """Return a page of the frames of a session; wait for one if it is empty."""
        journal = self._journal(request.match_info["id"])
        sender = request.query.get("from")
        if sender not in (None, "client", "server"):
            raise RequestFailed(400, "from: expected client or server")
        kind = request.query.get("type")
        after = int(number(request, "after", 0, 1 << 53))
        limit = int(number(request, "limit", _MAX_ENTRIES, _MAX_ENTRIES))
        wait = number(request, "wait", 0.0, _MAX_WAIT_SECONDS)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        while True:
            entries = journal.entries
            first = journal.total - len(entries)
            page: list[Any] = []
            position = max(first, after)
            for entry in entries[max(0, after - first) :]:
                if len(page) == limit:
                    break
                position += 1
                shown = _shown(entry, position)
                if sender in (None, shown["from"]) and kind in (None, _type(shown)):
                    page.append(shown)
            remaining = deadline - loop.time()
            is_over = journal.session_id not in self._server.open_sessions
            if page or remaining <= 0 or is_over:
                break
            await self._server.journals.wait_for_frame(remaining)
        return {"id": journal.name, "entries": page, "next": position}

    async def push(self, request: web.Request) -> Any:
        """Send injected events."""
        session = self._open(request)
        body = await json_body(request)
        events = body if isinstance(body, list) else [body]
        for event in events:
            if not (isinstance(event, dict) and isinstance(event.get("type"), str)):
                raise RequestFailed(400, "an event must be an object with a `type`")
        for event in events:
            session.push(event)
        return {"sent": len(events)}

    async def close(self, request: web.Request) -> Any:
        """Close a session."""
        session = self._open(request)
        body = await json_body(request, empty={})
        if not isinstance(body, dict) or body.keys() - {"code", "reason"}:
            raise RequestFailed(400, "expected an object with code and reason")
        try:
            close = msgspec.convert(
                {"code": CloseCode.NORMAL.value} | body | {"type": "close"}, Close
            )
        except msgspec.ValidationError as error:
            raise RequestFailed(400, str(error)) from None
        await session.close(close.code, close.reason)
        return {"closed": session.journal.session_id, "code": close.code}

    async def expectations(self, request: web.Request) -> Any:
        """Return the outcomes of the expectations of scenarios, for each session."""
        test = test_of(request)
        outcomes = [
            {
                "session": journal.name,
                "test": journal.test,
                "expectation": msgspec.to_builtins(outcome.expectation),
                "met": outcome.met,
                "detail": outcome.detail,
            }
            for journal in self._server.sessions
            if test in ("", journal.test)
            for outcome in journal.expectations
        ]
        return {
            "met": all(outcome["met"] for outcome in outcomes),
            "expectations": outcomes,
        }

    def _journal(self, wanted: str) -> SessionJournal:
        for journal in self._server.sessions:
            if journal.name == wanted:
                return journal
        raise UnknownSession(f"There is no session '{wanted}' in the journal.")

    def _open(self, request: web.Request) -> SessionDriver:
        wanted = request.match_info["id"]
        session = self._server.open_sessions.get(wanted)
        if session is None:
            raise UnknownSession(f"No session '{wanted}' is open.")
        return session


def _shown(entry: JournalEntry, number: int) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "number": number,
        "time": round(entry.time, 6),
        "from": "client" if entry.from_client else "server",
        "size": entry.size,
    }
    event = entry.event
    if event is None:
        return shown | {"text": entry.frame.decode(errors="backslashreplace")}
    return shown | {"event": event}


def _type(shown: Mapping[str, Any]) -> Any:
    event = shown.get("event")
    return event.get("type") if isinstance(event, dict) else None
