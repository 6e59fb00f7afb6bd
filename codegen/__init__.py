"""The compiler: annotated JSON Schema in, the `voicelive_protocol` package out."""
