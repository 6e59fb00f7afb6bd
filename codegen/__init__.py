"""Compiler of the annotated JSON Schema into the package `voicelive_protocol`.

`python -m codegen` runs it. Imports none of the packages of the repository, since their
types are its output.
"""
