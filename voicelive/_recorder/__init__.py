"""Recording proxy behind `voicelive record`: relays sessions and writes journals.

May import the transport layer of the client; only `_commands` imports it.
"""
