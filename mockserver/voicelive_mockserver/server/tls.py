"""TLS context of the server."""

from __future__ import annotations

import ssl
from pathlib import Path


class TlsError(Exception):
    """A certificate or key cannot be used."""


def server_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """Return the TLS context of a server.

    Args:
        certificate: A PEM file with the certificate chain.
        key: A PEM file with the unencrypted private key; `None` if it is in the same
            file.

    Raises:
        TlsError: A file is missing or invalid.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)

    def refuse_password() -> str:
        raise TlsError("the private key needs a password, which is not supported")

    try:
        context.load_cert_chain(certificate, key, password=refuse_password)
    except OSError as error:
        # Includes SSL errors, which name no file.
        files = f"{certificate}" if key is None else f"{certificate}, {key}"
        reason = error.strerror or str(error)
        raise TlsError(f"cannot use the certificate and key ({files}): {reason}") from (
            None
        )
    return context
