# Generated from schema/ by `make generate`. Do not edit.
"""Where this package was generated from."""

SCHEMA_DIGEST = "05b170f82e985d0c38dbfc53542bd6de142364286097e0cda34999b996967594"
"""SHA-256 over the schema files."""
