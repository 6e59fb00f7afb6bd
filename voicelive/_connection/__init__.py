"""Connection layer: `connect`, its checked request, the connection and its hooks.

May import the transport layer and the errors of the package.
"""
