"""Examples of a cluster: valid files with existing options."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tools.paths import ROOT
from voicelive_core.command_line.parser import CommandParser
from voicelive_loadtest.cli import command, environment
from voicelive_loadtest.locust.profile import parse_profile, profile_names
from voicelive_loadtest.locust.profile_shapes import Steps
from voicelive_mockserver.cli import add_arguments

pytestmark = pytest.mark.slow

FOLDER = ROOT / "examples" / "load_cluster"


def compose() -> dict[str, Any]:
    """Return the Compose file."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
    return found


def kubernetes() -> list[dict[str, Any]]:
    """Return the Kubernetes objects."""
    return list(yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text("utf-8")))


def containers() -> Iterator[dict[str, Any]]:
    """Yield the containers of all pods."""
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
    """All options exist, and each example has a master and a worker."""
    roles = []
    for name, *words in commands():
        if name == "load":
            given = {word.partition("=")[0] for word in words}
            assert given <= load_options, given - load_options
            roles.append("worker" if "--worker" in given else "master")
    assert sorted(roles) == ["master", "master", "worker", "worker"]


def test_mock_commands() -> None:
    """The options of the mock service are valid, and it has several workers."""
    parser = CommandParser("voicelive mock")
    add_arguments(parser)
    found = [words for name, *words in commands() if name == "mock"]
    assert len(found) == 1
    args = parser.parse_args(found[0])
    assert args.workers > 1
    master = compose()["services"]["master"]["environment"]
    assert f":{args.port}" in master["AZURE_VOICELIVE_ENDPOINT"]


def test_each_service_has_only_its_own_key() -> None:
    """The mock service and the workers have a key each, the master has none."""
    services = compose()["services"]
    given = {name: set(one.get("environment", ())) for name, one in services.items()}
    callers = {"AZURE_VOICELIVE_ENDPOINT", "AZURE_VOICELIVE_API_KEY"}
    assert given == {
        "mock": {"VOICELIVE_MOCK_API_KEY"},
        "master": {"AZURE_VOICELIVE_ENDPOINT"},
        "worker": callers,
    }
    # A real key in the environment of the user does not reach the mock service.
    text = (FOLDER / "compose.yaml").read_text("utf-8")
    assert "${AZURE_VOICELIVE_API_KEY" not in text
    assert "LOAD_API_KEY" not in str(services["mock"])
    variables = {
        one["name"]: {entry["name"] for entry in one["env"]} for one in containers()
    }
    assert variables == {"master": {"AZURE_VOICELIVE_ENDPOINT"}, "worker": callers}
    (master, worker) = (one["env"][-1]["valueFrom"] for one in containers())
    assert "configMapKeyRef" in master
    assert "secretKeyRef" in worker
    # Other users of the machine can see options.
    assert "key" not in " ".join(word for words in commands() for word in words)


def test_masters_listen_on_all_addresses() -> None:
    """By default a master listens on 127.0.0.1 only."""
    for name, *words in commands():
        if name == "load" and "--master" in words:
            assert "--master-bind-host=0.0.0.0" in words


def test_compose_containers_are_restricted() -> None:
    """No root, no privileges, read-only, with limits and without published ports."""
    found = compose()
    for service in found["services"].values():
        assert int(service["user"].partition(":")[0]) > 0
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "ports" not in service
        limits = service["deploy"]["resources"]["limits"]
        assert set(limits) == {"cpus", "memory", "pids"}
        outside = "outside" in service["networks"]
        assert outside == ("AZURE_VOICELIVE_API_KEY" in str(service))
    assert found["networks"]["cluster"] == {"internal": True}


def pods() -> Iterator[dict[str, Any]]:
    """Yield the templates of pods."""
    for entry in kubernetes():
        if "template" in entry.get("spec", {}):
            yield entry["spec"]["template"]


def test_pods_are_restricted() -> None:
    """As the restricted profile of Kubernetes requires, with limits and read-only."""
    for pod in pods():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True
        assert security["runAsUser"] > 0
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in spec["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False
            assert security["readOnlyRootFilesystem"] is True
            assert security["capabilities"] == {"drop": ["ALL"]}
            resources = container["resources"]
            assert {"cpu", "memory"} <= set(resources["limits"])
            assert {"cpu", "memory"} <= set(resources["requests"])
            # Matplotlib and others need a writable directory.
            assert "/tmp" in {one["mountPath"] for one in container["volumeMounts"]}
        for volume in spec["volumes"]:
            assert (
                volume.get("emptyDir", {"sizeLimit": ""}).get("sizeLimit") is not None
            )


def test_network_policies() -> None:
    """Each pod has one for its incoming and outgoing traffic."""
    policies = [one["spec"] for one in kubernetes() if one["kind"] == "NetworkPolicy"]
    for pod in pods():
        labels = pod["metadata"]["labels"]
        matching = [
            one
            for one in policies
            if one["podSelector"]["matchLabels"].items() <= labels.items()
        ]
        assert len(matching) == 1
        (policy,) = matching
        assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
        for rule in policy["ingress"]:
            (source,) = rule["from"]
            assert source["podSelector"]["matchLabels"]["role"] == "worker"
        if labels["role"] == "master":
            assert policy["egress"] == []
        else:
            assert policy["ingress"] == []
            blocks = [to["ipBlock"] for to in policy["egress"][-1]["to"]]
            assert all(block["except"] for block in blocks)
    namespaces = {one["metadata"].get("namespace") for one in kubernetes()}
    (namespace,) = [one for one in kubernetes() if one["kind"] == "Namespace"]
    assert namespaces == {None, namespace["metadata"]["name"]}
    levels = namespace["metadata"]["labels"]
    assert levels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_masters_expect_the_number_of_workers() -> None:
    """Otherwise a master waits forever, or starts without some of them."""
    services = compose()["services"]
    replicas = services["worker"]["deploy"]["replicas"]
    assert f"--expect-workers={replicas}" in services["master"]["command"]
    (workers,) = [one for one in kubernetes() if one["kind"] == "Deployment"]
    (master,) = [one for one in containers() if one["name"] == "master"]
    assert f"--expect-workers={workers['spec']['replicas']}" in master["args"]


def test_profiles() -> None:
    """The one of the ConfigMap is valid, and the default of Compose is built in."""
    (settings,) = [one for one in kubernetes() if one["kind"] == "ConfigMap"]
    profile = parse_profile(settings["data"]["profile.toml"], "ConfigMap")
    assert isinstance(profile.shape, Steps)
    (named,) = re.findall(r"--load-profile=\$\{PROFILE:-(\w+)\}", str(commands()))
    assert named in profile_names()


def test_workers_use_the_host_name_of_the_master() -> None:
    """The name of its service."""
    (service,) = [one for one in kubernetes() if one["kind"] == "Service"]
    for one in containers():
        if one["name"] == "worker":
            assert f"--master-host={service['metadata']['name']}" in one["args"]
    (job,) = [one for one in kubernetes() if one["kind"] == "Job"]
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert "--master-host=master" in compose()["services"]["worker"]["command"]


def test_the_image() -> None:
    """Its sources exist, and all containers use it."""
    lines = (FOLDER / "Dockerfile").read_text("utf-8").splitlines()
    copied = [
        word
        for line in lines
        if line.startswith("COPY") and "--from=" not in line
        for word in line.split()
    ]
    sources = {word for word in copied if word not in {"COPY", "./"}}
    assert sources
    # The build context has nothing else, such as a file with a key.
    ignored = (FOLDER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert ignored[1] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == sources
    # The base image can be pinned by digest.
    assert [line for line in lines if line.startswith("FROM")] == [
        "FROM ${PYTHON_IMAGE} AS build",
        "FROM ${PYTHON_IMAGE}",
    ]
    (user,) = [line.split()[1] for line in lines if line.startswith("USER")]
    users = {service["user"] for service in compose()["services"].values()}
    users |= {
        f"{one['runAsUser']}:{one['runAsGroup']}"
        for one in (pod["spec"]["securityContext"] for pod in pods())
    }
    assert users == {user}
    assert [name for name in sources if not (ROOT / name).exists()] == []
    images = {one["image"] for one in containers()}
    images |= {one["image"] for one in compose()["services"].values()}
    assert len(images) == 1
    for service in compose()["services"].values():
        build = service["build"]
        assert (FOLDER / build["context"]).resolve() == ROOT
        assert (ROOT / build["dockerfile"]).is_file()
