"""Connection layer: `connect`, the connection, the state of its session, its hooks.

May import the transport layer and the errors, never a wrapper of a connection.
"""
