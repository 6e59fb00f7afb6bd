# Generated from schema/ by `make generate`. Do not edit.
"""Digest of the schema that this package was generated from."""

SCHEMA_DIGEST = "a7492cce414713506b899764defd61b57540ce3e58151a023a7b19488fcbcf0c"
"""SHA-256 over the schema files."""
