"""Checks of the installation: versions, extras, audio devices."""

from __future__ import annotations

import asyncio
import platform
import re
import sys
from collections.abc import AsyncIterator, Iterable
from importlib import metadata

from voicelive._commands.diagnosis.check import Check, Status
from voicelive._version import __version__
from voicelive_core.command_line.exit_codes import ExitCode

_GROUP = "installation"
_PACKAGE = "voicelive"
# Importing Locust takes seconds on a slow disk.
_IMPORT_SECONDS = 20.0

_EXTRA = re.compile(r"""extra == ["'](?P<extra>[\w-]+)["']""")
_REQUIREMENT = re.compile(r"[\w.-]+")
# Modules whose names are not those of their packages.
_MODULES = {
    "opentelemetry-api": "opentelemetry.trace",
    "pyyaml": "yaml",
}
# In a process of its own: an import can patch or crash the interpreter. PortAudio is a
# library of the system, which may be missing.
_PROBE = """\
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
if "espeakng_loader" in sys.argv:
    import ctypes, espeakng_loader
    ctypes.CDLL(espeakng_loader.get_library_path())
"""
_DEVICES = """\
import sounddevice
for kind in ("input", "output"):
    try:
        about = sounddevice.query_devices(kind=kind)
    except sounddevice.PortAudioError:
        about = {"name": ""}
    print(about["name"])
"""
_PORTAUDIO_ADVICE = (
    "install PortAudio: apt install libportaudio2 (Debian, Ubuntu), dnf install "
    "portaudio (Fedora) or pacman -S portaudio (Arch)"
)


async def check_installation() -> AsyncIterator[Check]:
    """Yield the versions, the extras and the audio devices."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check(
        _GROUP,
        "version",
        Status.OK,
        f"voicelive {__version__}, Python {version}, {platform.system()} "
        f"{platform.machine()}",
    )
    try:
        extras = _extras(metadata.requires(_PACKAGE) or ())
    except metadata.PackageNotFoundError:
        yield Check(
            _GROUP,
            "extras",
            Status.WARNING,
            "voicelive runs from source and is not installed, so that its extras are "
            "unknown",
            "pip install --editable .",
        )
        return
    probes = [
        asyncio.create_task(_check_extra(name, packages))
        for name, packages in extras.items()
    ]
    try:
        for probe in probes:
            yield await probe
        if (devices := await _check_devices()) is not None:
            yield devices
    finally:
        for probe in probes:
            probe.cancel()
        await asyncio.gather(*probes, return_exceptions=True)


def _extras(requirements: Iterable[str]) -> dict[str, list[str]]:
    """Return the packages of each extra, from the metadata of the package."""
    extras: dict[str, list[str]] = {}
    for requirement in requirements:
        extra, package = _EXTRA.search(requirement), _REQUIREMENT.match(requirement)
        # Requirements for some platforms only do not decide whether an extra works.
        if extra and package and "platform" not in requirement:
            extras.setdefault(extra["extra"], []).append(package[0])
    return extras


async def _check_extra(extra: str, packages: list[str]) -> Check:
    name, install = f"extra {extra}", f'pip install "voicelive[{extra}]"'
    versions = {package: _version(package) for package in packages}
    missing = [package for package, version in versions.items() if version is None]
    if len(missing) == len(packages):
        return Check(_GROUP, name, Status.ABSENT, "not installed", install)
    found = ", ".join(
        f"{package} {version}" for package, version in versions.items() if version
    )
    if missing:
        detail = f"{found}; without {', '.join(missing)}"
        return Check(_GROUP, name, Status.WARNING, detail, install)
    modules = [_MODULES.get(item, item.replace("-", "_")) for item in packages]
    code, _, errors = await _python(_PROBE, *modules)
    if code == 0:
        return Check(_GROUP, name, Status.OK, found)
    advice = f"{install} --force-reinstall"
    if "PortAudio" in errors:
        advice = _PORTAUDIO_ADVICE
    return Check(
        _GROUP,
        name,
        Status.FAILED,
        f"installed, but cannot be used: {errors}",
        advice,
        exit_code=ExitCode.NOT_INSTALLED,
    )


async def _check_devices() -> Check | None:
    """Return the default audio devices; None if sounddevice does not work."""
    if _version("sounddevice") is None:
        return None
    code, output, _ = await _python(_DEVICES)
    if code != 0:
        return None
    microphone, speaker = [*output.split("\n"), "", ""][:2]
    detail = f"microphone {microphone or 'none'}, speaker {speaker or 'none'}"
    if microphone and speaker:
        return Check(_GROUP, "audio devices", Status.OK, detail)
    advice = "voicelive talk needs both; --wav and --out replace them by files"
    return Check(_GROUP, "audio devices", Status.WARNING, detail, advice)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


async def _python(program: str, *arguments: str) -> tuple[int | None, str, str]:
    """Run a program in another interpreter.

    Returns:
        Exit code, output, and the last line of the errors.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_IMPORT_SECONDS):
            output, errors = await process.communicate()
    except TimeoutError:
        return None, "", f"no result within {_IMPORT_SECONDS:g} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    lines = errors.decode(errors="replace").strip().splitlines()
    problem = lines[-1] if lines else f"exit code {process.returncode}"
    return process.returncode, output.decode(errors="replace"), problem
