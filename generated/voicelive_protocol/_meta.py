# Generated from schema/ by `make generate`. Do not edit.
"""Where this package was generated from."""

SCHEMA_DIGEST = "0a4c37a4774c0d7047e7741d4793318e4e3b7d449be3d035bb01d59f17e06b56"
"""SHA-256 over the schema files."""
