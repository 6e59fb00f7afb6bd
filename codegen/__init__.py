"""Compiler of the annotated JSON Schema into the package `voicelive_protocol`."""
