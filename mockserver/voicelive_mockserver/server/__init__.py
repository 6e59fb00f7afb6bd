"""The server: admission, sessions, control endpoint, metrics and worker processes.

The only layer that runs an event loop and knows aiohttp; may import all others.
"""
