"""Transport layer: the `Transport` interface and its implementations, URL, credentials.

May import the errors of the package and nothing above it.
"""
