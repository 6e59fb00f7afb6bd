# Generated from schema/ by `make generate`. Do not edit.
"""Where this package was generated from."""

SCHEMA_DIGEST = "4e67285634f51f71e888634278d7401c1a6a36ef554799b0e05550c7bd14f58b"
"""SHA-256 over the schema files."""
