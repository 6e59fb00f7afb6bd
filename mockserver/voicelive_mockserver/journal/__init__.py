"""The journal: a bounded record of the frames of each session.

May import `websocket` and the expectations of `scenario`.
"""
