# Generated from schema/ by `make generate`. Do not edit.
"""Where this package was generated from."""

SCHEMA_DIGEST = "7de44435f086eb2e8d40aa24ad659abe3860692e82325f28e455a872438eb006"
"""SHA-256 over the schema files."""
