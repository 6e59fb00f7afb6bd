"""Code blocks of Markdown pages, and Python modules of them for type checkers."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.M | re.S)


_OWN_IMPORT = re.compile(r"^from assistant import \w+$", re.M)


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A fenced block.

    Attributes:
        language: Language of the fence; "" without one.
        text: Contents, without the indentation of the fence.
        line: Number of its first line.
    """

    language: str
    text: str
    line: int


def code_blocks(text: str) -> list[CodeBlock]:
    """Return the code blocks of a page."""
    return [
        CodeBlock(
            match[2],
            textwrap.dedent(match[3]),
            text.count("\n", 0, match.start(3)) + 1,
        )
        for match in _BLOCK.finditer(text)
    ]


def as_module(blocks: list[CodeBlock], preamble: str) -> str:
    """Return the Python blocks of a page as one module.

    Later blocks know the names of earlier ones, and need not import them from the file
    of the page, `assistant.py`. A block that awaits is a function.
    """
    parts = ["from __future__ import annotations\n", preamble]
    for number, block in enumerate(b for b in blocks if b.language == "python"):
        parts.append(f"# line {block.line}\n")
        text = _OWN_IMPORT.sub("", block.text)
        if _awaits(text):
            imports, rest = _split_imports(text)
            parts.append(imports)
            parts.append(f"async def _block_{number}() -> None:\n")
            text = textwrap.indent(rest, "    ")
        parts.append(text.replace("asyncio.run(main())", "_ = asyncio.run(main())"))
    return "\n".join(parts)


def _awaits(text: str) -> bool:
    """Return whether a block awaits outside of functions."""
    try:
        compile(text, "block", "exec", dont_inherit=True)
    except SyntaxError:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        compile(text, "block", "exec", flags=flags, dont_inherit=True)
        return True
    return False


def _split_imports(text: str) -> tuple[str, str]:
    """Return the imports of a block, and the rest."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST
    module = compile(text, "block", "exec", flags=flags, dont_inherit=True)
    lines = text.splitlines()
    imports = []
    for node in module.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            end = node.end_lineno or node.lineno
            imports += lines[node.lineno - 1 : end]
            lines[node.lineno - 1 : end] = [""] * (end - node.lineno + 1)
    return "\n".join(imports) + "\n", "\n".join(lines) + "\n"
