"""The examples of a cluster: they can be read, and name options that exist."""

from __future__ import annotations

import argparse
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from voicelive_loadtest.cli import command, environment
from voicelive_loadtest.locust.load_shape import Steps
from voicelive_loadtest.locust.profile import parse_profile, profile_names
from voicelive_mockserver.cli import add_arguments

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "load_cluster"
ROOT = FOLDER.parents[1]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
    return found


def kubernetes() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text("utf-8")))


def containers() -> Iterator[dict[str, Any]]:
    for entry in kubernetes():
        if "template" in entry.get("spec", {}):
            yield from entry["spec"]["template"]["spec"]["containers"]


def commands() -> list[list[str]]:
    """Return all command lines, without the program."""
    found = [service["command"] for service in compose()["services"].values()]
    return [*found, *(container["args"] for container in containers())]


@pytest.fixture(scope="module")
def load_options() -> set[str]:
    """The options of `voicelive load`."""
    done = subprocess.run(
        command(["--help"]),
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(re.findall(r"--[a-z][a-z-]*", done.stdout))


def test_load_commands(load_options: set[str]) -> None:
    """Each option of Locust and of the callers exists; master and worker are there."""
    roles = []
    for name, *words in commands():
        if name == "load":
            given = {word.partition("=")[0] for word in words}
            assert given <= load_options, given - load_options
            roles.append("worker" if "--worker" in given else "master")
    assert sorted(roles) == ["master", "master", "worker", "worker"]


def test_mock_commands() -> None:
    """The mock service takes what it is given, and has several workers."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_arguments(parser)
    found = [words for name, *words in commands() if name == "mock"]
    assert len(found) == 1
    args = parser.parse_args(found[0])
    assert args.workers > 1
    assert f":{args.port}" in " ".join(compose()["services"]["master"]["command"])


def test_as_many_workers_as_are_waited_for() -> None:
    """Otherwise the master waits for ever, or begins without some."""
    services = compose()["services"]
    replicas = services["worker"]["deploy"]["replicas"]
    assert f"--expect-workers={replicas}" in services["master"]["command"]
    (workers,) = [one for one in kubernetes() if one["kind"] == "Deployment"]
    (master,) = [one for one in containers() if one["name"] == "master"]
    assert f"--expect-workers={workers['spec']['replicas']}" in master["args"]


def test_profiles() -> None:
    """The one in the ConfigMap is in order, the default of compose one that ships."""
    (settings,) = [one for one in kubernetes() if one["kind"] == "ConfigMap"]
    profile = parse_profile(settings["data"]["profile.toml"], "ConfigMap")
    assert isinstance(profile.shape, Steps)
    (named,) = re.findall(r"--load-profile=\$\{PROFILE:-(\w+)\}", str(commands()))
    assert named in profile_names()


def test_names_fit_together() -> None:
    """Workers look for the master under the name that it has."""
    (service,) = [one for one in kubernetes() if one["kind"] == "Service"]
    for one in containers():
        if one["name"] == "worker":
            assert f"--master-host={service['metadata']['name']}" in one["args"]
    (job,) = [one for one in kubernetes() if one["kind"] == "Job"]
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert "--master-host=master" in compose()["services"]["worker"]["command"]


def test_the_image() -> None:
    """What it copies is there, and it is the one that all use."""
    lines = (FOLDER / "Dockerfile").read_text("utf-8").splitlines()
    copied = [
        word for line in lines if line.startswith("COPY") for word in line.split()
    ]
    sources = {word for word in copied if word not in {"COPY", "./"}}
    assert sources
    assert [name for name in sources if not (ROOT / name).exists()] == []
    images = {one["image"] for one in containers()}
    images |= {one["image"] for one in compose()["services"].values()}
    assert len(images) == 1
    for service in compose()["services"].values():
        build = service["build"]
        assert (FOLDER / build["context"]).resolve() == ROOT
        assert (ROOT / build["dockerfile"]).is_file()
