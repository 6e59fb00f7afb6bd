"""The results of a run: timeline, thresholds, verdict, summary and report.

May import `callers`.
"""
