# Generated from schema/ by `make generate`. Do not edit.
"""Where this package was generated from."""

SCHEMA_DIGEST = "f6aec47a1f55cc38ed8b2887fe9ea512f0a8551f2fc001e839fe748c5fd7b76e"
"""SHA-256 over the schema files."""
