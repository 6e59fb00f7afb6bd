# Generated from schema/ by `make generate`. Do not edit.
"""Where this package was generated from."""

SCHEMA_DIGEST = "8ac75255f8793929910c50dc908c94211ad69d019cc9b1617f06a5868d26654e"
"""SHA-256 over the schema files."""
