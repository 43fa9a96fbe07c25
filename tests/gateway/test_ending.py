"""The end of a serving process by SIGTERM: soon, whatever its clients do, with an answer for each of them."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from core.sealing import Keyring
from tests.fix_gateway import GatewayServer
from tests.gateway.test_commands import KEYS
from tests.gateway.test_runs import Desk, drafted
from tests.gateway.test_starting import PREVIEW, expect, sent
from tests.waits import eventually, waiting

ENDING, ENDED = 2, 6
PROGRAM = f"""
import sys
from core import limits
limits.ENDING_SECONDS, limits.ENDED_SECONDS = {ENDING}, {ENDED}
from gateway.__main__ import main
sys.exit(main(["serve", "--port", "0", "--no-worker"]))
"""
CREATE = """mutation { createTrack(input: { slug: "late", title: "Late" }) { track { id } userErrors { code } } }"""


@pytest.fixture
def keyring() -> Keyring:
    """Keys that a process of its own can be given too."""
    return Keyring.parse(KEYS)


@contextmanager
def process(url: str, before: str = "") -> Iterator[tuple["subprocess.Popen[str]", httpx.URL]]:
    """Serve the database by a process whose end has shorter stages; yield it and its address."""
    environment = os.environ | {"DATABASE_URL": url, "PALIMPSEST_KEYS": KEYS}
    command = [sys.executable, "-c", before + PROGRAM]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, text=True, stderr=pipe, stdin=pipe) as made:
        try:
            assert made.stderr is not None
            (address,) = (
                found[1] for line in [next(made.stderr)] if (found := re.search(r"(http://\S+)/graphql", line))
            )
            yield made, httpx.URL(address)
        finally:
            made.kill()


def opened(url: httpx.URL, text: bytes = b"", receive_bytes: int | None = None) -> socket.socket:
    made = socket.socket()
    if receive_bytes is not None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    made.settimeout(20)
    made.connect((url.host, url.port or 0))
    made.sendall(text)
    return made


def test_it_ends_in_time_whatever_clients_do(server: GatewayServer, owner_url: str, gateway_url: str) -> None:
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    names = b" ".join(b"%b%d: __typename" % (b"a" * 1_000, number) for number in range(30))
    large = b'{"query": "{%b}"}' % names
    token = server.token("author")
    with process(gateway_url) as (serving, url), ExitStack() as stack, ThreadPoolExecutor() as threads:
        stack.enter_context(opened(url))
        stack.enter_context(opened(url, b"GET /graphql HTTP/1.1\r\nx-slow: "))
        stack.enter_context(opened(url, head + b"content-length: 100\r\n\r\n{"))
        unread = head + b"content-length: %d\r\n\r\n%b" % (len(large), large)
        stack.enter_context(opened(url, unread * 10, 4_096))
        idle = stack.enter_context(httpx.Client(base_url=url))
        assert idle.get("/healthz").status_code == 200
        talking = stack.enter_context(
            connect(str(url).replace("http", "ws") + "/graphql", subprotocols=["graphql-transport-ws"], proxy=None)  # type: ignore[list-item]  # a plain text will do
        )
        holder = stack.enter_context(psycopg.connect(owner_url))
        holder.execute("lock table tracks in access exclusive mode")
        headers = {"authorization": f"Bearer {token}"}
        late = threads.submit(httpx.post, f"{url}/graphql", json={"query": CREATE}, headers=headers, timeout=30)
        assert eventually(lambda: waiting(owner_url) == 1)
        began = time.monotonic()
        serving.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            talking.recv(5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
        assert time.monotonic() - began < ENDING
        answer = late.result()
        assert answer.status_code == 503
        assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["UNAVAILABLE"]
        assert serving.wait(ENDED + 4) == 0
        assert ENDING <= time.monotonic() - began < ENDED + 2
        holder.rollback()
        assert holder.execute("select count(*) from tracks").fetchone() == (0,)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_wait_ends_at_once_with_the_id_of_what_goes_on(server: GatewayServer, owner_url: str) -> None:
    author = Desk(server, server.token("author"))
    draft = await drafted(author)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from settings where name in ('verdicts_required', 'attempts_judged_by')")
    expect(owner_url, 60)
    with process(owner_url) as (serving, url), ThreadPoolExecutor() as threads:
        previewed = threads.submit(_previewed, str(url), author, draft["id"])
        await asyncio.sleep(2)  # it waits for a browser, of which nothing is seen from outside
        assert not previewed.done()
        began = time.monotonic()
        serving.send_signal(signal.SIGTERM)
        payload = previewed.result()
        assert time.monotonic() - began < ENDING
        assert payload["run"]["id"]
        assert payload["run"]["state"] == "QUEUED"
        assert serving.wait(ENDED + 4) == 0


def _previewed(address: str, author: Desk, challenge: str) -> Any:
    return sent(address, author, PREVIEW, {"challengeId": challenge, "waitSeconds": 60})


TAKING = """
import os, resource, sys, threading
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
def take():
    held = []
    sys.stdin.readline()
    try:
        while True:
            held.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        sys.stdin.readline()
    for one in held:
        os.close(one)
threading.Thread(target=take, daemon=True).start()
"""


def test_descriptors_that_run_out_stop_nothing(server: GatewayServer, gateway_url: str) -> None:
    """Accepting goes on after a failure, which is told once a second at most."""
    with process(gateway_url, TAKING) as (serving, url), ExitStack() as stack:
        assert serving.stdin is not None
        assert serving.stderr is not None
        health = httpx.URL(f"{url}/healthz")
        assert httpx.get(health, timeout=20).status_code == 200
        serving.stdin.write("take all of them\n")
        serving.stdin.flush()
        time.sleep(0.5)
        for _ in range(30):
            stack.enter_context(opened(url))
        time.sleep(1.5)
        serving.stdin.write("give them back\n")
        serving.stdin.flush()
        assert httpx.get(health, timeout=20).status_code == 200
        serving.terminate()
        lines = serving.stderr.read().splitlines()
        assert serving.wait(ENDED + 4) == 0
    failures = [line for line in lines if '"accept failed"' in line]
    assert 1 <= len(failures) <= 4
    assert all('"EMFILE"' in line for line in failures)
    assert sum(map(len, lines)) < 10_000
