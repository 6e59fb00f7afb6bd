"""Check of a service before a load test: one handshake and one session."""

from __future__ import annotations

import asyncio

from voicelive.aio import (
    AuthenticationError,
    ConnectionClosed,
    ConnectionError,
    ConnectionFailed,
    SessionRejected,
    VoiceLiveConnection,
)
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_loadtest.callers.call import speaking_session
from voicelive_loadtest.callers.settings import CallSettings
from voicelive_protocol import ServerEventError


class CheckFailed(Exception):
    """The service does not accept calls with these settings.

    Attributes:
        code: Exit code of a command that ends for this reason.
    """

    def __init__(self, message: str, code: ExitCode) -> None:
        # Texts of the service may have line breaks.
        super().__init__(" ".join(message.split()))
        self.code = code


async def check_service(settings: CallSettings) -> None:
    """Open a connection, configure a session and close it.

    Overload is not an error of the settings: a refusal that may not happen again, such
    as 429 or 503, passes.

    Args:
        settings: Target and behaviour of the callers.

    Raises:
        CheckFailed: The service is unreachable, or rejects key, model or API version.
    """
    try:
        async with (
            asyncio.timeout(settings.connect_limit),
            settings.connect() as connection,
        ):
            await _configure(connection, settings)
    except AuthenticationError as error:
        raise CheckFailed(str(error), ExitCode.UNAUTHORIZED) from None
    except ConnectionFailed as error:
        if error.status is None or not error.retryable:
            raise CheckFailed(str(error), ExitCode.NO_CONNECTION) from None
    except SessionRejected as error:
        raise CheckFailed(str(error), ExitCode.FAILED) from None
    except ConnectionClosed as error:
        if not error.retryable:
            raise CheckFailed(str(error), ExitCode.FAILED) from None
    except ConnectionError as error:
        raise CheckFailed(str(error), ExitCode.NO_CONNECTION) from None
    except TimeoutError:
        limit = f"{settings.connect_limit:g} s"
        message = f"{settings.endpoint} did not configure a session within {limit}"
        raise CheckFailed(message, ExitCode.NO_CONNECTION) from None
    except ValueError as error:
        raise CheckFailed(str(error), ExitCode.USAGE) from None


async def _configure(connection: VoiceLiveConnection, settings: CallSettings) -> None:
    await connection.session.update(session=speaking_session(settings))
    while not connection.state.configured:
        event = await connection.recv()
        if isinstance(event, ServerEventError):
            error = event.error
            reason = error.message or error.code or error.type
            text = f"the service rejected the session: {reason}"
            raise CheckFailed(text, ExitCode.FAILED)
