"""Transport layer: URL, credentials, handshake, options and the WebSocket.

May import the errors of the package and nothing above it.
"""
