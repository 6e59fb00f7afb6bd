"""Conventions of the commands: parser, exit codes, environment variables, colours.

Client, mock service and load test share them. Only the standard library is imported, to
keep `--help` fast.
"""
