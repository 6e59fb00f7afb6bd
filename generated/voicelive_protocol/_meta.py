# Generated from schema/ by `make generate`. Do not edit.
"""Where this package was generated from."""

SCHEMA_DIGEST = "8f7825e3c4629099c7f4e5de561a433a986e465b1d1b0164543a1002451f0a89"
"""SHA-256 over the schema files."""
