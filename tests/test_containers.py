"""The container files: what they name exists, what they promise is there, and their commands run."""

import importlib.metadata
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
import yaml

from core import limits
from core.sealing import Keyring
from gateway.config import ENVIRONMENT, Config
from gateway.server.client import Proxies

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = sorted(name for name, service in SERVICES.items() if service["image"].startswith("palimpsest"))
LIBPQ = {"PGPASSWORD"}  # read by the database driver, not by us
UVICORN = {"FORWARDED_ALLOW_IPS"}  # read by uvicorn and by gateway.server.client
GIVEN = {"DATABASE_URL", "PALIMPSEST_KEYS"}  # by the compose file itself, or asked for
# What an operator does not set in a container, and why.
ELSEWHERE = {
    "DATABASE_OWNER_URL": "one login has one password here; two of them take a compose file of one's own",
    "PALIMPSEST_HOST": "an option of the service's command",
    "PALIMPSEST_PORT": "an option of the service's command",
    "PALIMPSEST_DATA": "there is no embedded database",
    "PALIMPSEST_NO_DEMO": "read by `up` alone",
    "PALIMPSEST_DEMO_ACCOUNTS": "read by `up` alone",
    "PALIMPSEST_CHROMIUM": "the worker's image has one, where it is looked for",
}


def stage(name: str) -> str:
    """A stage of the image's file."""
    return re.split(rf"^FROM .+ AS {name}$", DOCKERFILE, flags=re.MULTILINE)[1].partition("\nFROM ")[0]


def image_command(name: str) -> list[str]:
    found = re.findall(r"^CMD (\[.*\])$", stage(name), re.MULTILINE)
    assert len(found) == 1
    words: list[str] = json.loads(found[0])
    return words


def arguments(command: list[str]) -> list[str]:
    """What follows ``python -m gateway``."""
    assert command[:3] == ["python", "-m", "gateway"]
    return command[3:]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(database_url: str) -> dict[str, str]:
    """The environment of a container of ours, with values in place of what compose puts in."""
    given = {"DATABASE_URL": database_url, "PGPASSWORD": "unused", "PALIMPSEST_KEYS": Keyring.generate()}
    given |= dict.fromkeys(passed_on(SERVICES["gateway"]), "")
    assert given.keys() == set(SERVICES["gateway"]["environment"])
    return {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error"} | given


def test_services_are_the_four_and_wait_for_one_another() -> None:
    assert set(SERVICES) == {"postgres", "migrate", "gateway", "worker"}
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert SERVICES["worker"]["depends_on"] == SERVICES["gateway"]["depends_on"]
    assert SERVICES["gateway"]["depends_on"] == {
        "postgres": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_restricted(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    # Chromium makes its sandbox of namespaces, which Docker's filter of system calls forbids
    assert service["security_opt"] == ["no-new-privileges:true", *(["seccomp:unconfined"] if name == "worker" else [])]
    assert service["user"] not in ("root", "0")


def test_image_serves_as_an_ordinary_user_that_owns_nothing() -> None:
    user = SERVICES["gateway"]["user"]
    assert re.findall(r"^USER (\S+)$", stage("house"), re.MULTILINE) == [user]
    assert re.findall(r"^USER (\S+)$", stage("worker"), re.MULTILINE) == ["root", user]
    assert re.findall(r"^USER (\S+)$", stage("gateway"), re.MULTILINE) == []
    assert "--chown" not in DOCKERFILE


def test_no_image_holds_a_package_under_the_gpl() -> None:
    """Such packages serve tests: the stage of packages takes them out again, and nothing that serves imports them."""
    covered = set()
    for package in importlib.metadata.distributions():
        texts = [package.metadata[key] or "" for key in ("Name", "License-Expression")]
        texts += [text for text in package.metadata.get_all("Classifier") or () if text.startswith("License ::")]
        if re.search(r"(?<!L)GPL|General Public License", " ".join(texts[1:]).replace("Lesser General", "L")):
            covered.add(texts[0])
    assert covered == {"pglast"}
    assert re.findall(r"uv pip uninstall --python \S+ (.+)$", stage("packages"), re.MULTILINE) == [*covered]
    copied = re.findall(r"^COPY (\w+) \1$", stage("house"), re.MULTILINE)
    assert "gateway" in copied
    served = [path.read_text() for folder in copied for path in (ROOT / folder).rglob("*.py")]
    assert not any(re.search(rf"^\s*(?:import|from) (?:{'|'.join(covered)})\b", text, re.MULTILINE) for text in served)


@pytest.mark.parametrize("name", ["gateway", "worker"])
def test_image_and_service_start_the_same_command(name: str) -> None:
    assert SERVICES[name]["command"] == image_command(name)
    assert SERVICES[name]["build"]["target"] == name


def test_the_worker_s_container_reaps_what_browsers_leave() -> None:
    assert SERVICES["worker"]["init"] is True


def test_the_worker_s_image_has_the_browser_that_the_launcher_installs() -> None:
    assert "chromium-headless-shell" in stage("worker")
    assert '["chromium-headless-shell"]' in (ROOT / "palimpsest").read_text()


@pytest.mark.parametrize("name", OURS)
def test_command_is_one_that_the_gateway_has(name: str) -> None:
    command, *options = arguments(SERVICES[name]["command"])
    done = subprocess.run(
        [sys.executable, "-m", "gateway", command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for option in options:
        if option.startswith("--"):
            assert option in done.stdout


def passed_on(service: dict[str, Any]) -> set[str]:
    """The settings that a service takes as they are, empty where they are absent."""
    return {name for name, value in service["environment"].items() if value == f"${{{name}:-}}"}


@pytest.mark.parametrize("name", OURS)
def test_every_setting_reaches_the_service_or_is_left_out_for_a_reason(name: str) -> None:
    assert passed_on(SERVICES[name]) == ENVIRONMENT - GIVEN - ELSEWHERE.keys() | UVICORN
    assert set(SERVICES[name]["environment"]) == ENVIRONMENT - ELSEWHERE.keys() | LIBPQ | UVICORN


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_setting_that_is_passed_on_empty_has_its_default(host: str) -> None:
    empty = dict.fromkeys(passed_on(SERVICES["gateway"]), "")
    assert Config.read(empty, host=host) == Config.read({}, host=host)
    assert Proxies.of(empty) == Proxies.of({})


def test_secrets_come_from_the_environment_and_are_asked_for_in_a_sentence() -> None:
    asked: set[str] = set()
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if re.search("PASSWORD|KEYS", name):
                found = re.fullmatch(r"\$\{(\w+):\?(\1 .+)\}", value)
                assert found is not None, f"{name} is not asked for"
                asked.add(found[1])
    assert asked == {"POSTGRES_PASSWORD", "PALIMPSEST_KEYS"}
    assert "@postgres:5432/palimpsest" in SERVICES["gateway"]["environment"]["DATABASE_URL"]


def test_a_stop_waits_for_the_longest_operation() -> None:
    assert int(SERVICES["gateway"]["stop_grace_period"].removesuffix("s")) > limits.ENDED_SECONDS


def test_only_the_gateway_is_reached_and_only_from_this_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"gateway": ["127.0.0.1:8000:8000"]}


def test_image_holds_every_package_of_the_house_and_what_it_copies_exists() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) (\S+)$", stage("house"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert {source for source, _ in copied} == set(project["tool"]["importlinter"]["root_packages"])
    assert all(source == target for source, target in copied)
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        assert all((ROOT / name).exists() for name in source.split())


def test_image_has_the_launcher_s_uv() -> None:
    pinned = re.search(r'^UV = "(.+)"$', (ROOT / "palimpsest").read_text(), re.MULTILINE)
    assert pinned is not None
    assert f" uv=={pinned[1]}\n" in DOCKERFILE


def test_stages_of_the_image_name_modules_that_exist() -> None:
    for module in re.findall(r"^RUN python -m ([\w.]+)$", DOCKERFILE, re.MULTILINE):
        assert (ROOT / Path(*module.split("."))).with_suffix(".py").exists()


def test_migrate_then_serve_run_as_the_services_do(database_url: str) -> None:
    """The commands of the compose file on an empty database: set up, served, healthy by the image's check, ended."""
    variables = environment(database_url)
    migrate = [sys.executable, *SERVICES["migrate"]["command"][1:]]
    for _ in range(2):  # compose runs it at every start
        done = subprocess.run(migrate, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")

    port = str(free_port())
    serve = [port if word == "8000" else word for word in SERVICES["gateway"]["command"][1:]]
    with subprocess.Popen([sys.executable, *serve], cwd=ROOT, env=variables, stderr=subprocess.PIPE) as process:
        try:
            until = time.monotonic() + 30
            while (status := health(port)) != 200:
                assert process.poll() is None, process.communicate()[1]
                assert time.monotonic() < until, f"still {status}"
                time.sleep(0.05)
            assert image_health_check(port) == 0
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=40)
            assert process.returncode == 0, told
        finally:
            process.kill()
    assert image_health_check(port) == 1


def test_the_worker_runs_as_its_service_does_and_ends_when_told(database_url: str, chai: str) -> None:
    variables = environment(database_url) | {"PALIMPSEST_CHROMIUM": "/nonexistent"}
    migrate = [sys.executable, *SERVICES["migrate"]["command"][1:]]
    subprocess.run(migrate, cwd=ROOT, env=variables, capture_output=True, check=True)
    work = [sys.executable, *SERVICES["worker"]["command"][1:]]
    with subprocess.Popen(work, cwd=ROOT, env=variables, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert any("no sandbox" in line for line in process.stderr), "it says what it cannot do"
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=40) == 0
        finally:
            process.kill()


def health(port: str) -> int:
    """The status of ``/health``, 0 while nothing listens."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            status: int = answer.status
            return status
    except HTTPError as error:
        error.close()
        return error.code
    except URLError:
        return 0


def image_health_check(port: str) -> int:
    """The exit code of the check that the image declares, asked of our port."""
    found = re.search(r"^HEALTHCHECK .*\\\n\s+CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found is not None
    command = [word.replace(":8000/", f":{port}/") for word in json.loads(found[1])]
    return subprocess.run([sys.executable, *command[1:]], capture_output=True, check=False).returncode
