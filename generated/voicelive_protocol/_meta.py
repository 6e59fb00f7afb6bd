# Generated from schema/ by `make generate`. Do not edit.
"""Where this package was generated from."""

SCHEMA_DIGEST = "77d41437583c8da9471307d2da85d8316fc0751850bfc9b215ff4b68aa33aef3"
"""SHA-256 over the schema files."""
