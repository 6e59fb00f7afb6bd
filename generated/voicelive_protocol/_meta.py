# Generated from schema/ by `make generate`. Do not edit.
"""Where this package was generated from."""

SCHEMA_DIGEST = "83b730fed275bbb3ca3fb11ddb0781b1d9ab024b48bed19a81bdeb10ca0c7476"
"""SHA-256 over the schema files."""
