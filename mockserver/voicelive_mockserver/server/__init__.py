"""The server: admission, sessions, control endpoint, metrics and worker processes.

It runs sessions of the engine on an event loop, over `websocket` and, for HTTP
requests, aiohttp. May import all layers below it.
"""
