# Generated from schema/ by `make generate`. Do not edit.
"""Digest of the schema that this package was generated from."""

SCHEMA_DIGEST = "c94667cf672ea467f7071230e7eafeb8c34bd85d58d11c4ee90f0bbad08328a6"
"""SHA-256 over the schema files."""
