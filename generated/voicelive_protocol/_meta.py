# Generated from schema/ by `make generate`. Do not edit.
"""Digest of the schema that this package was generated from."""

SCHEMA_DIGEST = "75fc658538c5f6f8cdc548b869300142e03d85f7e786288811148376c7254e7a"
"""SHA-256 over the schema files."""
