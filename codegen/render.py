"""IR to the text of every file of the generated package."""

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
from codegen.ir import ModuleIR, PackageIR, ResourceIR
from codegen.layout import COPIED, PACKAGE, RESOURCE_NAMES, RESOURCES, TEMPLATED
from codegen.models import TEMPLATES, type_modules
from codegen.source import Schema
from codegen.text import docstring

SUPPORT = Path(__file__).parent / "support"
HEADER = "# Generated from schema/ by `make generate`. Do not edit.\n"


def render(schema: Schema) -> dict[str, str]:
    """The generated package as text, by path below the source root."""
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
        # The generator adds the same imports everywhere, also where they are defined.
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
    resources = _flat(package.resources)
    for name in ("registry", "handlers", "availability", "retry"):
        template = environment.get_template(f"{name}.py.jinja")
        modules[name] = template.render(package=package)
    modules["_meta"] = environment.get_template("meta.py.jinja").render(package=package)
    modules[RESOURCES] = environment.get_template("resources.py.jinja").render(
        package=package, resources=resources, roots=package.resources
    )
    for name in COPIED:
        modules[f"_{name}"] = (SUPPORT / f"{name}.py").read_text("utf-8")
    public = _public_modules(package, resources)
    modules["__init__"] = environment.get_template("package_init.py.jinja").render(
        modules=public, names=sorted(n for m in public for n in m.names)
    )
    return modules


def _public_modules(package: PackageIR, resources: list[ResourceIR]) -> list[ModuleIR]:
    stubs = [*RESOURCE_NAMES, *(resource.class_name for resource in resources)]
    return [
        *package.modules,
        *(ModuleIR(f"_{name}", "", names) for name, names in COPIED.items()),
        *(ModuleIR(name, "", names) for name, names in TEMPLATED.items()),
        ModuleIR(RESOURCES, "", tuple(sorted(stubs))),
    ]


def _flat(resources: tuple[ResourceIR, ...]) -> list[ResourceIR]:
    """Children before the parents that create them."""
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
