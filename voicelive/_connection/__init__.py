"""Connection layer: `connect`, the connection, the state of its session, its hooks.

May import the transport layer and the errors of the package.
"""
