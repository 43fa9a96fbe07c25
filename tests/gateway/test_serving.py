"""Commands that serve, as processes of their own: they answer, end gently, and come back with their data."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from gateway.__main__ import main
from tests.fix_gateway import GatewayServer
from tests.gateway.test_commands import KEYS, refusal


@pytest.fixture
def migrated(database_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of an installation whose database is set up."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PALIMPSEST_KEYS", KEYS)
    assert main(["migrate"]) == 0
    return dict(os.environ)


@contextmanager
def running(environment: dict[str, str], *arguments: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run a serving command; yield the process and its address once it answers."""
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", *arguments, "--port", "0"],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            assert process.stdout is not None
            address = None
            for line in process.stdout:
                if found := re.search(r"(http://\S+)/graphql", line):
                    address = found[1]
                    break
            assert address is not None, "it ended before it served"
            yield process, address
        finally:
            if process.poll() is None:
                process.kill()


def test_serve_finishes_what_is_under_way_when_terminated(migrated: dict[str, str]) -> None:
    with running(migrated, "serve") as (process, address):
        assert httpx.get(f"{address}/health").status_code == 200
        with psycopg.connect(migrated["DATABASE_URL"]) as connection:
            connection.execute("lock table tracks in access exclusive mode")
            body = b'{"query": "{ tracks(first: 1) { edges { node { id } } } }"}'
            url = httpx.URL(address)
            with socket.create_connection((url.host, url.port or 0), timeout=20) as asking:
                asking.sendall(
                    b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                    b"connection: close\r\ncontent-length: " + str(len(body)).encode() + b"\r\n\r\n" + body
                )
                time.sleep(0.5)
                process.send_signal(signal.SIGTERM)
                time.sleep(0.5)
                assert process.poll() is None
                connection.rollback()
                answer = b""
                while part := asking.recv(65_536):
                    answer += part
        assert answer.endswith(b'{"data":{"tracks":{"edges":[]}}}')
        assert process.wait(20) == 0


def test_worker_ends_cleanly_when_terminated(migrated: dict[str, str]) -> None:
    command = [sys.executable, "-m", "gateway", "worker"]
    with subprocess.Popen(command, env=migrated, text=True, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        # Its first jobs are those of every start.
        assert any('"event":"upkeep"' in line for line in process.stderr)
        process.terminate()
        process.stderr.read()
        assert process.wait(20) == 0


def test_up_makes_everything_serves_and_comes_back_with_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    monkeypatch.delenv("DATABASE_URL", raising=False)
    data = tmp_path / "data"
    query = {"query": '{ challenge(path: "web-pages/first-page/headings/one-heading") { version { label } } }'}
    with running(environment, "up", "--data", str(data)) as (process, address):
        kept = data / "demo-accounts.txt"
        for _ in range(300):
            told = httpx.post(f"{address}/graphql", json=query).json()
            if told == {"data": {"challenge": {"version": {"label": "v1.2"}}}}:
                break
            time.sleep(0.1)
        else:
            raise AssertionError(told)
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert stat.S_IMODE((data / "keys").stat().st_mode) == 0o600
        emails = [line.split()[0] for line in kept.read_text().splitlines()]
        assert emails == [f"{role}@example.com" for role in ("admin", "author", "reviewer", "learner")]
        email, password = kept.read_text().splitlines()[1].split()
        entered = httpx.post(f"{address}/session", json={"email": email, "password": password})
        assert entered.json()["role"] == "AUTHOR"
        assert "is already run by process" in refusal(capsys, "up", "--port", "0", "--data", str(data))
        assert main(["verify", "--data", str(data)]) == 0
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    began = time.monotonic()
    with running(environment, "up", "--no-demo", "--data", str(data)) as (process, address):
        assert time.monotonic() - began < 20
        assert httpx.post(f"{address}/graphql", json=query).json() == told
        process.terminate()
        assert process.wait(30) == 0


def test_where_others_can_reach_it_there_are_no_demo_accounts(migrated: dict[str, str], tmp_path: Path) -> None:
    with running(migrated, "up", "--host", "0.0.0.0", "--data", str(tmp_path)) as (process, _):
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("No demo accounts"):
                break
        else:
            raise AssertionError("nothing was said of accounts")
        process.terminate()
        assert process.wait(30) == 0
    assert not list(tmp_path.glob("demo-accounts*"))


def test_fixture_speaks_as_each_role(server: GatewayServer) -> None:
    for role in ("learner", "author", "reviewer", "admin"):
        answer = server.gql("{ viewer { user { role } } }", token=server.token(role))
        assert answer == {"data": {"viewer": {"user": {"role": role.upper()}}}}
