"""Documentation site: `python -m tools.site build` and `serve`.

Pages come from `docs/`, other Markdown files of the repository, the examples, the
docstrings and the schema. They are gathered as Markdown in `build/docs/`, from which
Zensical builds `build/site/`.
"""
