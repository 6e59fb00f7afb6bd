"""Connection layer: `connect`, the connection, its interface and instrumentation.

May import the transport layer and the errors of the package.
"""
