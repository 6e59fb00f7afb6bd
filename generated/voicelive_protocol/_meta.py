# Generated from schema/ by `make generate`. Do not edit.
"""Digest of the schema that this package was generated from."""

SCHEMA_DIGEST = "39ec973a9280aa453dfcb383c6f516730059d6a62c350a1a66464ef4562ac5a1"
"""SHA-256 over the schema files."""
