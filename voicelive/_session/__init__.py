"""Session layer: client, session, handlers and the stack of connection wrappers.

May import the connection layer, `conversation`, `resilience` and `turns`.
"""
