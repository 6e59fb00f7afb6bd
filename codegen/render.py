"""Rendering of the IR as the files of the generated package."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from codegen.build import build
from codegen.bundle import bundle
from codegen.docstrings import docstring, wrapped
from codegen.ir import PackageIR, ResourceIR
from codegen.layout import (
    CORE,
    CORE_NAMES,
    PACKAGE,
    RESOURCE_NAMES,
    RESOURCES,
    TEMPLATED,
)
from codegen.models import TEMPLATES, type_modules
from codegen.source import Schema

HEADER = "# Generated from schema/ by `make generate`. Do not edit.\n"


def render(schema: Schema) -> dict[str, str]:
    """Return the generated package as text, by path below the source root."""
    package = build(schema)
    modules = _python_modules(schema, package)
    files = {f"{PACKAGE}/{name}.py": text for name, text in _polish(modules).items()}
    files[f"{PACKAGE}/py.typed"] = ""
    for version in schema.versions:
        text = json.dumps(bundle(schema, version), indent=1, ensure_ascii=False)
        files[f"{PACKAGE}/schemas/{version}.json"] = f"{text}\n"
    return files


def _python_modules(schema: Schema, package: PackageIR) -> dict[str, str]:
    modules = {}
    docs = {module.name: module.doc for module in package.modules}
    exports = {module.name: module.names for module in package.modules}
    for name, text in type_modules(schema, package).items():
        body = text.partition("from __future__ import annotations\n")[2]
        # The generator adds these imports to every module, the defining one included.
        body = re.sub(rf"^from {PACKAGE}\.{name} import .*\n", "", body, flags=re.M)
        listed = "".join(f'    "{export}",\n' for export in exports[name])
        modules[name] = (
            f"{docstring(docs[name], 0)}\n\nfrom __future__ import annotations\n{body}"
            f"\n\n__all__ = [\n{listed}]\n"
        )
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["docstring"] = docstring
    environment.filters["wrapped"] = wrapped
    environment.filters["python"] = repr
    resources = _flat(package.resources)
    for name in TEMPLATED:
        template = environment.get_template(f"{name.lstrip('_')}.py.jinja")
        modules[name] = template.render(package=package)
    modules[RESOURCES] = environment.get_template("resources.py.jinja").render(
        package=package, resources=resources, roots=package.resources
    )
    public = _public_names(package, resources)
    modules["__init__"] = environment.get_template("package_init.py.jinja").render(
        modules=public, names=sorted(n for names in public.values() for n in names)
    )
    return modules


def _public_names(
    package: PackageIR, resources: list[ResourceIR]
) -> dict[str, tuple[str, ...]]:
    """Return the public names by module."""
    classes = tuple(resource.class_name for resource in resources)
    return {
        **{f"{CORE}.{module}": names for module, names in CORE_NAMES.items()},
        **{f"{PACKAGE}.{module.name}": module.names for module in package.modules},
        **{f"{PACKAGE}.{name}": names for name, names in TEMPLATED.items() if names},
        f"{PACKAGE}.{RESOURCES}": (*RESOURCE_NAMES, *classes),
    }


def _flat(resources: tuple[ResourceIR, ...]) -> list[ResourceIR]:
    """Return the resources depth first, as parents create their children."""
    found = []
    for resource in resources:
        found += _flat(resource.children)
        found.append(resource)
    return found


def _polish(modules: dict[str, str]) -> dict[str, str]:
    """Drop unused imports, sort the others, format; then check that it compiles."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, PACKAGE)
        folder.mkdir()
        for name, text in modules.items():
            (folder / f"{name}.py").write_text(HEADER + text, "utf-8")
        ruff = [sys.executable, "-m", "ruff"]
        config = ["--config", str(Path(__file__).parent / "generated.ruff.toml")]
        _run([*ruff, "check", *config, "--fix", "--quiet", "--no-cache", scratch])
        _run([*ruff, "format", *config, "--quiet", "--no-cache", scratch])
        polished = {
            name: (folder / f"{name}.py").read_text("utf-8") for name in modules
        }
    for name, text in polished.items():
        compile(text, f"{PACKAGE}/{name}.py", "exec")
    return polished


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        output = (done.stdout + done.stderr)[:2000]
        raise RuntimeError(f"{' '.join(command[2:4])} failed:\n{output}")
