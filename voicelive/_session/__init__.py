"""Session layer: client, session, handlers and the stack of connection wrappers.

May import the connection layer, `resilience` and `turns`.
"""
