"""Subcommands of `voicelive`: each module has `add_arguments` and `run`.

May import every package of the client; `service` also starts the mock service.
"""
