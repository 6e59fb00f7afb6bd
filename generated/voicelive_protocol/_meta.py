# Generated from schema/ by `make generate`. Do not edit.
"""Where this package was generated from."""

SCHEMA_DIGEST = "284de3d4fc29662ec2787dc9acad658bf140a635938919cc92d2eae252ebaadf"
"""SHA-256 over the schema files."""
