"""No request holds the event loop: the processor time of each of its callbacks, while large ones are executed."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from graphql import get_introspection_query

from gateway.server.collecting import collected_apart
from tests.fix_api import TEST
from tests.fix_gateway import GatewayServer

MILLISECONDS = 20
APPLY = "mutation ($i: ApplyContentInput!) { applyContent(input: $i) { userErrors { message } } }"
PLAIN = '{ challenge(path: "t/m/l/c0") { lesson { challenges { id slug path position state } } } }'
VERSIONS = """{ challenge(path: "t/m/l/c0") { lesson { challenges { slug version {
    id label title instructions starter { html css js } tests { testId text } hints { text } } } } } }"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Challenge { slug version { instructions } } } }"


class Callbacks:
    """The longest callback of all event loops, in milliseconds of its thread's processor time."""

    longest = 0.0


@contextmanager
def measured() -> Iterator[Callbacks]:
    """Measure every callback that runs within the block."""
    found = Callbacks()
    run = asyncio.Handle._run

    def measured_run(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        found.longest = max(found.longest, (time.thread_time() - began) * 1000)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.Handle, "_run", measured_run)
        yield found


def content(server: GatewayServer, challenges: int) -> None:
    """Publish a lesson of that many challenges with ten tests each."""
    tests = [TEST | {"id": f"t{number}"} for number in range(10)]
    common = {"instructions": "Do it. " * 200, "difficulty": "EASY", "points": 1, "estimatedTimeMinutes": 1}
    named = [common | {"slug": f"c{number}", "title": "C", "tests": tests} for number in range(challenges)]
    lesson = {"slug": "l", "title": "L", "challenges": named}
    tree = [{"slug": "t", "title": "T", "modules": [{"slug": "m", "title": "M", "lessons": [lesson]}]}]
    applied = server.gql(APPLY, {"i": {"tracks": tree, "publish": True}}, server.token("author"))
    assert applied["data"]["applyContent"]["userErrors"] == []


def test_the_measure_sees_a_callback_that_holds_the_loop(server: GatewayServer) -> None:
    async def hold() -> None:
        until = time.thread_time() + 0.03
        while time.thread_time() < until:
            pass

    with measured() as callbacks:
        server.do(hold())
    assert callbacks.longest >= 30


def test_no_callback_of_a_large_request_holds_the_loop(server: GatewayServer) -> None:
    content(server, 300)
    found = server.gql(PLAIN)["data"]["challenge"]["lesson"]["challenges"]
    ids = {"ids": [one["id"] for one in found[:100]]}
    typos = "{" + " ".join(f"trak{number}" for number in range(1_500)) + "}"
    longest: dict[str, float] = {}
    with collected_apart():
        for name, query, variables in (
            ("a long list", PLAIN, None),
            ("a long list with loads", VERSIONS, None),
            ("nodes", NODES, ids),
            ("introspection", get_introspection_query(), None),
            ("a faulty document", typos, None),
        ):
            longest[name] = min(_longest(server, f"# {turn}\n{query}", variables) for turn in range(2))
    assert {name: round(ms) for name, ms in longest.items() if ms > MILLISECONDS} == {}


def _longest(server: GatewayServer, query: str, variables: dict[str, Any] | None) -> float:
    # The least of two, because other processes share the cores' caches.
    with measured() as callbacks:
        server.gql(query, variables)
    return callbacks.longest


def test_large_bodies_and_many_variables_do_not_hold_the_loop(server: GatewayServer) -> None:
    author = server.token("author")
    wide = {"ids": ["x"] * 100, "more": [{"a": [number, "b" * 10]} for number in range(120_000)]}
    with measured() as callbacks:
        assert server.gql(NODES, wide, author)["data"]["nodes"] == [None] * 100
    assert callbacks.longest < 50
