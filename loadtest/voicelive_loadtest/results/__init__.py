"""The results of a run: timeline, thresholds, verdict, summary and report.

It reads measurements only, and knows no Locust. May import `callers`.
"""
