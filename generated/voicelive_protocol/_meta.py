# Generated from schema/ by `make generate`. Do not edit.
"""Where this package was generated from."""

SCHEMA_DIGEST = "67899d18bc3769277b83dd0f03eea95e83f2537f120069d2cc2b7cfdd0c3bfd1"
"""SHA-256 over the schema files."""
