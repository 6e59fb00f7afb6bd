"""The journal: a bounded record of the frames of each session.

Long audio payloads are truncated. May import `websocket` and the expectations of
`scenario`.
"""
