"""The integration with Locust: users, load shapes, options, statistics, web pages.

May import `callers` and `results`.
"""
