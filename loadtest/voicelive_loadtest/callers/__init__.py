"""Callers on asyncio: calls, speech, pacing and what each call measures.

May import the client; knows nothing of Locust or gevent.
"""
