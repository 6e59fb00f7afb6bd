# Generated from schema/ by `make generate`. Do not edit.
"""Where this package was generated from."""

SCHEMA_DIGEST = "3c0dc13d61c18ab24cf8c24a3c6044c0d70ccf1fd7e32859907abc78773aa7d1"
"""SHA-256 over the schema files."""
