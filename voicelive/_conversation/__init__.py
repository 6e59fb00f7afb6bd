"""Account of a conversation: turns, usage and exports, as a sans-I/O model.

No clock, event loop or socket: each event comes with its time. May import
`voicelive._connection`, the core and the protocol.
"""
