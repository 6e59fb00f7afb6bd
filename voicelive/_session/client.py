"""Client: creates sessions with one resource."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias, Unpack, overload

from voicelive._connection.protocol import ConnectionProtocol
from voicelive._connection.request import ConnectRequest
from voicelive._session.options import (
    CreateSessionOptions,
    StartSessionOptions,
    VoiceLiveClientOptions,
    limits_of,
    merge,
    stack_of,
)
from voicelive._session.session import VoiceLiveSession
from voicelive._session.stack import ReconnectListener
from voicelive._session.target import SessionTarget, connect_arguments, target_of
from voicelive._transport.credentials import Credential, check_credential
from voicelive._transport.url import build_url, with_scheme
from voicelive_protocol import DEFAULT_API_VERSION, RequestSession

Target: TypeAlias = str | SessionTarget | RequestSession | Mapping[str, Any]
"""A model by name, a model or an agent, or a configuration with a model."""


class VoiceLiveClient:
    """Client that creates sessions with one resource.

    ```python
    client = VoiceLiveClient(endpoint, credential)
    async with client.create_session("gpt-realtime") as session:
        ...
    ```

    The client holds no connection and needs no closing.

    Args:
        endpoint: URL of the resource, such as `https://name.services.ai.azure.com`; the
            scheme defaults to `https`.
        credential: An API key, as a string or an object with `.key`; or an object with
            a sync or async `get_token(*scopes)`, such as those of azure-identity.
        options: API version, and options for all sessions.
        **more: The same as keywords, which override `options`.

    Raises:
        TypeError: The credential is not supported, or an option is unknown.
        ValueError: The endpoint is not a URL.
    """

    def __init__(
        self,
        endpoint: str,
        credential: Credential,
        options: VoiceLiveClientOptions | None = None,
        **more: Unpack[VoiceLiveClientOptions],
    ) -> None:
        check_credential(credential)
        self._endpoint = with_scheme(endpoint)
        build_url(self._endpoint, {}, {})
        self._credential = credential
        given = merge(VoiceLiveClientOptions, options or {}, more)
        defaults = given.get("default_session_options") or {}
        self._defaults = merge(CreateSessionOptions, defaults)
        self._api_version: str = (
            given.get("api_version")
            or self._defaults.get("api_version")
            or DEFAULT_API_VERSION
        )

    @property
    def endpoint(self) -> str:
        """URL of the resource, with its scheme."""
        return self._endpoint

    @property
    def api_version(self) -> str:
        """Default API version of sessions."""
        return self._api_version

    @overload
    def create_session(
        self,
        model: str,
        /,
        options: CreateSessionOptions | None = None,
        **more: Unpack[CreateSessionOptions],
    ) -> VoiceLiveSession: ...

    @overload
    def create_session(
        self,
        target: SessionTarget | Mapping[str, Any],
        /,
        options: CreateSessionOptions | None = None,
        **more: Unpack[CreateSessionOptions],
    ) -> VoiceLiveSession: ...

    @overload
    def create_session(
        self,
        configuration: RequestSession,
        /,
        options: CreateSessionOptions | None = None,
        **more: Unpack[CreateSessionOptions],
    ) -> VoiceLiveSession: ...

    def create_session(
        self,
        target: Target,
        /,
        options: CreateSessionOptions | None = None,
        **more: Unpack[CreateSessionOptions],
    ) -> VoiceLiveSession:
        """Create a session without connecting it.

        Arguments are checked immediately. The session connects with `connect()` or when
        its context is entered.

        Args:
            target: The name of a model; a `SessionTarget`, or a mapping with `model` or
                `agent`; or a `RequestSession` with a `model` to connect with, which is
                then sent as the configuration.
            options: Timeouts, queue sizes, headers.
            **more: The same as keywords, which override `options`; both override the
                defaults of the client.

        Raises:
            TypeError: The target has an unsupported type, or both or neither of model
                and agent; or an option is unknown.
            ValueError: A name is missing, or an option is out of range.
        """
        given = merge(CreateSessionOptions, self._defaults, options or {}, more)
        return self._create(target, given)

    @overload
    async def start_session(
        self,
        model: str,
        /,
        options: StartSessionOptions | None = None,
        **more: Unpack[StartSessionOptions],
    ) -> VoiceLiveSession: ...

    @overload
    async def start_session(
        self,
        target: SessionTarget | Mapping[str, Any],
        /,
        options: StartSessionOptions | None = None,
        **more: Unpack[StartSessionOptions],
    ) -> VoiceLiveSession: ...

    @overload
    async def start_session(
        self,
        configuration: RequestSession,
        /,
        options: StartSessionOptions | None = None,
        **more: Unpack[StartSessionOptions],
    ) -> VoiceLiveSession: ...

    async def start_session(
        self,
        target: Target,
        /,
        options: StartSessionOptions | None = None,
        **more: Unpack[StartSessionOptions],
    ) -> VoiceLiveSession:
        """Create a session, subscribe handlers, and connect.

        ```python
        async with await client.start_session("gpt-realtime", handlers=mine) as session:
            ...
        ```

        Args:
            target: As for `create_session`.
            options: As for `create_session`, and `handlers`.
            **more: The same as keywords, which override `options`.

        Returns:
            A connected session; the caller has to dispose of it.

        Raises:
            TypeError: As `create_session`, or there is no handler.
            ValueError: As `create_session`.
            ConnectionError: As `VoiceLiveSession.connect`; the session is disposed of.
        """
        given = merge(StartSessionOptions, self._defaults, options or {}, more)
        handlers = given.pop("handlers", None)
        session = self._create(target, given)
        if isinstance(handlers, Mapping):
            session.subscribe(**handlers)
        elif handlers is not None:
            session.subscribe(handlers)
        try:
            await session.connect()
        except BaseException:
            await session.dispose()
            raise
        return session

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._endpoint!r})"

    def _create(self, target: Target, options: dict[str, Any]) -> VoiceLiveSession:
        wanted, configuration = _read(target)
        limits, stack = limits_of(options), stack_of(options)
        arguments: Mapping[str, Any] = {
            "credential": self._credential,
            "endpoint": self._endpoint,
            "api_version": self._api_version,
            **options,
            **connect_arguments(wanted),
        }
        request = ConnectRequest.check(arguments)

        def open_connection(
            listener: ReconnectListener,
        ) -> AbstractAsyncContextManager[ConnectionProtocol]:
            return stack.connect(request, listener)

        return VoiceLiveSession(
            open_connection,
            configuration=stack.configure(configuration),
            limits=limits,
        )


def _read(target: object) -> tuple[SessionTarget, RequestSession | None]:
    """Return the target to connect to and the configuration to send."""
    if isinstance(target, str):
        return SessionTarget(model=target), None
    if isinstance(target, SessionTarget):
        return target, None
    if isinstance(target, RequestSession):
        model = target.get("model")
        if not model:
            raise ValueError(
                "a RequestSession needs its model to connect with; for an agent "
                "connect first and then call update_session()"
            )
        return SessionTarget(model=model), target
    if isinstance(target, Mapping):
        return target_of(target), None
    raise TypeError(
        "the target must be the name of a model, a SessionTarget or a "
        f"RequestSession, not {type(target).__name__}"
    )
