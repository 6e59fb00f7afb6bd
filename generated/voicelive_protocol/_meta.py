# Generated from schema/ by `make generate`. Do not edit.
"""Digest of the schema that this package was generated from."""

SCHEMA_DIGEST = "7e7853c974b1b4fb603301f2f88a72193ce7826e8e42e092eb52126a3d39a0b4"
"""SHA-256 over the schema files."""
