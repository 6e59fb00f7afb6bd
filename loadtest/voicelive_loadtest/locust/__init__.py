"""The integration with Locust: users, load shapes, options, statistics, web pages.

Runs on gevent; `bridge` connects it to the event loop of the callers. May import
`callers` and `results`.
"""
