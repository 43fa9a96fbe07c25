"""A worker that starts: who needs its browser waits for it, and is refused only where there will be none."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from core import limits
from core.sealing import Keyring
from sandbox.pool import Sandbox
from sandbox.work import PROTOCOL
from tests.fix_gateway import GatewayServer
from tests.gateway.test_runs import KEYS, Desk, _rows, at_work, drafted, gates, wish
from tests.gateway.test_serving import running
from tests.waits import soon

pytestmark = pytest.mark.asyncio(loop_scope="session")

PUBLISH = """mutation ($input: PublishChallengeInput!) {
    publishChallenge(input: $input) { version { label } runId userErrors { code } } }"""
PREVIEW = """mutation ($input: PreviewDraftInput!) {
    previewDraft(input: $input) { run { id state solution { passed } } userErrors { code } } }"""


@pytest.fixture
def keyring() -> Keyring:
    """Keys that a process of its own can be given too."""
    return Keyring.parse(KEYS)


@pytest.fixture
def strict(owner_url: str) -> None:
    """Let verdicts be required, as they are where nobody sets otherwise."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from settings where name in ('verdicts_required', 'attempts_judged_by')")


@pytest.fixture
def author(server: GatewayServer) -> Desk:
    return Desk(server, server.token("author"))


@contextmanager
def served(owner_url: str, **variables: str) -> Iterator[str]:
    """Run ``serve`` with its embedded worker; yield its address as soon as it is healthy."""
    environment = os.environ | {"DATABASE_URL": owner_url, "PALIMPSEST_KEYS": KEYS} | variables
    with running(environment, "serve") as (process, address):
        assert httpx.get(f"{address}/health").status_code == 200
        yield address
        process.terminate()
        process.wait(30)


def sent(address: str, author: Desk, operation: str, input: dict[str, Any]) -> Any:
    """Send a mutation to another gateway on the same database."""
    headers = {"authorization": f"Bearer {author.token}"}
    body = {"query": operation, "variables": {"input": input}}
    answer = httpx.post(f"{address}/graphql", json=body, headers=headers, timeout=120).json()
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    return payload


def expect(owner_url: str, seconds: int) -> None:
    """Announce a worker's browser for so long; it never comes."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(
            "insert into runners (id, protocol, seen_at, expected_until)"
            " values (gen_random_uuid(), %s, now(), now() + make_interval(secs => %s))",
            [PROTOCOL, seconds],
        )


async def test_a_publish_right_after_the_start_waits_for_the_browser(
    strict: None, author: Desk, owner_url: str, chai: str
) -> None:
    draft = await drafted(author)
    input = await wish(author, draft, waitSeconds=60)

    def publish() -> Any:
        with served(owner_url) as address:
            assert _rows(owner_url, "select engine is null from runners") == [(True,)], "it is only announced"
            return sent(address, author, PUBLISH, input)

    payload = await asyncio.to_thread(publish)
    assert payload == {"version": {"label": "v1.0"}, "runId": None, "userErrors": []}
    assert await asyncio.to_thread(_rows, owner_url, "select count(*) from runners") == [(0,)]


async def test_a_preview_right_after_the_start_waits_for_the_browser(
    strict: None, author: Desk, owner_url: str, chai: str
) -> None:
    draft = await drafted(author)

    def preview() -> Any:
        with served(owner_url) as address:
            return sent(address, author, PREVIEW, {"challengeId": draft["id"], "waitSeconds": 60})

    payload = await asyncio.to_thread(preview)
    assert payload["userErrors"] == []
    assert (payload["run"]["state"], payload["run"]["solution"]) == ("FINISHED", {"passed": True})


async def test_where_no_browser_can_be_had_the_start_refuses_soon(
    strict: None, author: Desk, owner_url: str, chai: str
) -> None:
    draft = await drafted(author)
    input = await wish(author, draft, waitSeconds=60)

    def refused() -> tuple[list[str], list[str], float]:
        with served(owner_url, PALIMPSEST_CHROMIUM="/nonexistent") as address:
            began = time.monotonic()
            publish = sent(address, author, PUBLISH, input)
            preview = sent(address, author, PREVIEW, {"challengeId": draft["id"], "waitSeconds": 60})
            seconds = time.monotonic() - began
        codes = [[error["code"] for error in payload["userErrors"]] for payload in (publish, preview)]
        return codes[0], codes[1], seconds

    publish, preview, seconds = await asyncio.to_thread(refused)
    assert publish == ["RUNNER_UNAVAILABLE"] * 2
    assert preview == ["RUNNER_UNAVAILABLE"]
    assert seconds < 30
    assert await asyncio.to_thread(_rows, owner_url, "select count(*) from runs") == [(0,)]


async def test_an_announced_browser_is_waited_for_as_long_as_it_is_announced(
    strict: None, author: Desk, owner_url: str
) -> None:
    draft = await drafted(author)
    expect(owner_url, 4)
    assert (await gates(author, draft))["SOLUTION_PASSES"] == "PENDING"
    began = time.monotonic()
    assert await author.refused("PreviewDraft", challengeId=draft["id"], waitSeconds=60) == [("RUNNER_UNAVAILABLE", "")]
    assert 2 < time.monotonic() - began < 20
    assert (await gates(author, draft))["SOLUTION_PASSES"] == "UNAVAILABLE"


async def test_a_wait_that_ends_before_the_browser_comes_names_the_run(
    strict: None, author: Desk, owner_url: str
) -> None:
    draft = await drafted(author)
    expect(owner_url, 60)
    for seconds in (0, 2):
        run = (await author.do("PreviewDraft", challengeId=draft["id"], waitSeconds=seconds))["run"]
        assert run["state"] == "QUEUED"
    input = await wish(author, draft, waitSeconds=1)
    answer = await asyncio.to_thread(author.server.gql, PUBLISH, {"input": input}, author.token)
    payload = answer["data"]["publishChallenge"]
    assert payload["runId"] == run["id"]
    assert {error["code"] for error in payload["userErrors"]} == {"GATE_FAILED"}


async def test_a_default_publish_ends_published_after_the_base_deadline(
    strict: None,
    author: Desk,
    owner_url: str,
    keyring: Keyring,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It waits for the browser first, then for the run, both within the wait that it states by default."""
    draft = await drafted(author)
    input = await wish(author, draft)
    del input["waitSeconds"]
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 3)
    expect(owner_url, 60)
    variables = {"input": input}
    publishing = asyncio.create_task(asyncio.to_thread(author.server.gql, PUBLISH, variables, author.token))
    await asyncio.sleep(4)
    assert not publishing.done()
    async with at_work(owner_url, keyring, sandbox):
        answer = await publishing
    assert answer == {"data": {"publishChallenge": {"version": {"label": "v1.0"}, "runId": None, "userErrors": []}}}
    await soon(lambda: _rows(owner_url, "select count(*) from runners where engine is not null") == [(0,)])
