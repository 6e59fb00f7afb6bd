# Generated from schema/ by `make generate`. Do not edit.
"""Digest of the schema that this package was generated from."""

SCHEMA_DIGEST = "fc5318c6342605c6d8c39b7247814c4f48f477e9a9fc0065bc61def0ecd1c01f"
"""SHA-256 over the schema files."""
