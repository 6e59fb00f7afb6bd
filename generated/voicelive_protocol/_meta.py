# Generated from schema/ by `make generate`. Do not edit.
"""Digest of the schema that this package was generated from."""

SCHEMA_DIGEST = "1ead2b8cb5fb6713fbb6d993883961f46ef39017f692584f97e17c3c25b566c0"
"""SHA-256 over the schema files."""
