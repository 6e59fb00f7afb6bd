"""Protocol reference: Markdown pages, JSON Schemas and AsyncAPI documents.

The pages are made when the documentation is built and are not committed: nothing
imports them, and a change of one description would change dozens of files. May import
the rest of the compiler, which never imports it.
"""
