"""Deadlines: the base plus the stated waits, for every mutation that waits; what a caller is told whose wait ends."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from graphql import FieldNode, OperationDefinitionNode, build_schema, get_named_type, parse

from core import limits
from gateway.execution.deadlines import WAIT, deadline, stated_wait, waiting_inputs
from gateway.execution.operation import root_fields
from sandbox.work import PROTOCOL
from schema.api import schema
from tests.fix_api import TEST, Api
from tests.fix_gateway import GatewayServer, serving
from tests.waits import soon

SCHEMA = schema._schema
BASE, LONGER = 3, 5

HAS = 'challengeId: "x", code: {}'


def mutations_that_wait() -> list[str]:
    """Return the mutations with an input that has the field, as the schema tells."""
    kind = SCHEMA.mutation_type
    assert kind is not None
    return sorted(
        name
        for name, field in kind.fields.items()
        if any(
            one == WAIT or get_named_type(argument.type).name in waiting_inputs(SCHEMA)
            for one, argument in field.args.items()
        )
    )


def selected(text: str) -> tuple[OperationDefinitionNode, list[FieldNode]]:
    document = parse(text)
    (operation, *_) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    return operation, root_fields(document, operation)


@pytest.mark.parametrize(
    ("text", "variables", "seconds"),
    [
        (f"mutation {{ submitAttempt(input: {{ {HAS}, waitSeconds: 7 }}) {{ __typename }} }}", {}, 7),
        (f"mutation {{ submitAttempt(input: {{ {HAS} }}) {{ __typename }} }}", {}, 0),
        ("mutation { publishChallenge(input: {}) { __typename } }", {}, 30),
        ("mutation ($i: I!) { publishChallenge(input: $i) { __typename } }", {"i": {}}, 30),
        ("mutation ($i: I!) { publishChallenge(input: $i) { __typename } }", {"i": {WAIT: 45}}, 45),
        ("mutation ($i: I!) { publishChallenge(input: $i) { __typename } }", {"i": {WAIT: 45.0}}, 45),
        ("mutation ($i: I = { waitSeconds: 9 }) { publishChallenge(input: $i) { __typename } }", {}, 9),
        ("mutation ($w: Int!) { previewDraft(input: { waitSeconds: $w }) { __typename } }", {"w": 8}, 8),
        ("mutation ($w: Int! = 6) { previewDraft(input: { waitSeconds: $w }) { __typename } }", {}, 6),
        ("mutation ($w: Int! = 6) { previewDraft(input: { waitSeconds: $w }) { __typename } }", {"w": 5}, 5),
        ("mutation ($w: Int) { publishChallenge(input: { waitSeconds: $w }) { __typename } }", {}, 30),
        ("mutation { previewDraft(input: { waitSeconds: 100000 }) { __typename } }", {}, 60),
        ("mutation { previewDraft(input: { waitSeconds: -5 }) { __typename } }", {}, 0),
        ("mutation ($w: Int!) { previewDraft(input: { waitSeconds: $w }) { __typename } }", {"w": "sixty"}, 0),
        ("mutation ($w: Int!) { previewDraft(input: { waitSeconds: $w }) { __typename } }", {"w": True}, 0),
        ("mutation ($i: I!) { publishChallenge(input: $i) { __typename } }", {"i": "nothing"}, 0),
        (
            "mutation { a: previewDraft(input: { waitSeconds: 10 }) { __typename }"
            " b: previewDraft(input: { waitSeconds: 100 }) { __typename } ...More }"
            " fragment More on Mutation { ... { publishChallenge(input: {}) { __typename } } }",
            {},
            100,
        ),
        (
            "mutation { previewDraft(input: { waitSeconds: 10 }) { __typename }"
            " previewDraft(input: { waitSeconds: 10 }) { run { id } } }",
            {},
            10,
        ),
        ("mutation { archiveChallenge(input: {}) { __typename } }", {}, 0),
        ("mutation { there_is_no_such_thing }", {}, 0),
        ("{ __typename }", {}, 0),
    ],
)
def test_the_stated_wait_is_found_wherever_it_stands(text: str, variables: dict[str, Any], seconds: int) -> None:
    operation, fields = selected(text)
    assert stated_wait(SCHEMA, operation, fields, variables) == seconds
    assert deadline(SCHEMA, operation, fields, variables) == limits.REQUEST_SECONDS + seconds


def test_a_wait_is_found_in_nested_inputs_and_lists_and_as_an_argument() -> None:
    nested = build_schema("""
        type Query { none: Int }
        type Mutation { all(items: [Item!]!, waitSeconds: Int! = 4): Int  other(input: Plain): Int }
        input Item { deeper: Deeper  plain: Plain }
        input Deeper { back: Item  waitSeconds: Int! = 3 }
        input Plain { seconds: Int }
    """)
    assert waiting_inputs(nested) == {"Item", "Deeper"}
    text = "mutation ($d: Deeper) { all(items: [{ deeper: $d }, { deeper: {} }, { plain: {} }]) other(input: {}) }"
    operation, fields = selected(text)
    assert stated_wait(nested, operation, fields, {"d": {WAIT: 20, "back": {"deeper": {}}}}) == 4 + 20 + 3 + 3


def test_a_tree_has_a_base_of_its_own_and_its_wait_is_added() -> None:
    operation, fields = selected("mutation { applyContent(input: { tracks: [], waitSeconds: 20 }) { __typename } }")
    assert deadline(SCHEMA, operation, fields, {}) == limits.APPLY_SECONDS + 20


def _allow(owner_url: str) -> None:
    """Let code be judged here, by a worker with a browser that never comes to it."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from settings where name in ('verdicts_required', 'attempts_judged_by')")
        owner.execute(
            "insert into runners (id, engine, protocol, isolation, seen_at)"
            " values (gen_random_uuid(), 'slow', %s, 'Slow.', now() + interval '1 hour')",
            [PROTOCOL],
        )


async def _draft(author: Api) -> dict[str, Any]:
    return {"challengeId": (await author.challenge())["id"]}


async def _to_publish(author: Api) -> dict[str, Any]:
    seen = await author.challenge()
    hashes = {"contentHash": seen["draft"]["contentHash"], "liveSetHash": seen["liveSetHash"]}
    return {"challengeId": seen["id"], "changelog": "First."} | hashes


async def _live(author: Api) -> dict[str, Any]:
    seen = await author.challenge()
    await author.publish(seen["id"])
    return {"challengeId": seen["id"]}


async def _attempt(author: Api) -> dict[str, Any]:
    return await _live(author) | {"code": {"html": "<h1>Mine</h1>"}}


async def _edited(author: Api) -> dict[str, Any]:
    wish = await _live(author)
    await author.edit(wish["challengeId"], tests=[TEST, TEST | {"id": "t2", "text": "More."}])
    return wish


async def _release(author: Api) -> dict[str, Any]:
    seen = await author.challenge()
    made = await author.done("createRelease", name="Spring", changelog="All at once.")
    release = made["release"]["id"]
    item = {"challengeId": seen["id"], "contentHash": seen["draft"]["contentHash"], "liveSetHash": seen["liveSetHash"]}
    await author.done("addToRelease", releaseId=release, item=item)
    return {"releaseId": release}


MEASURES = {"difficulty": "EASY", "points": 1, "estimatedTimeMinutes": 1}


async def _tree(author: Api) -> dict[str, Any]:
    challenge = {"slug": "c", "title": "C", "instructions": "Say hi.", "tests": [TEST]} | MEASURES
    lesson = {"slug": "l", "title": "L", "challenges": [challenge]}
    module = {"slug": "m", "title": "M", "lessons": [lesson]}
    return {"publish": True, "tracks": [{"slug": "other", "title": "Other", "modules": [module]}]}


# How each is asked for, and where its answer names what goes on.
WISHES: dict[str, tuple[Callable[[Api], Awaitable[dict[str, Any]]], str]] = {
    "applyContent": (_tree, "runId"),
    "previewDraft": (_draft, "run { id state }"),
    "publishChallenge": (_to_publish, "runId"),
    "publishRelease": (_release, "runId"),
    "rejudgeAttempt": (_attempt, "attempt { id status }"),
    "replayDraft": (_edited, "replay { id state }"),
    "submitAttempt": (_attempt, "attempt { id status }"),
}
ENROLL = "mutation ($input: EnrollInput!) { enroll(input: $input) { userErrors { code } } }"


def _sent(server: GatewayServer, token: str, name: str, input: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """Send a mutation; return its payload and how long that took."""
    kind = name[0].upper() + name[1:] + "Input!"
    text = f"mutation ($input: {kind}) {{ {name}(input: $input) {{ {WISHES[name][1]} userErrors {{ code }} }} }}"
    began = time.monotonic()
    answer = server.gql(text, {"input": input}, token)
    assert "errors" not in answer, answer
    return answer["data"][name], time.monotonic() - began


async def _prepared(server: GatewayServer, author: Api, owner_url: str, name: str) -> tuple[str, dict[str, Any]]:
    """Return the token that may send a mutation, and its input."""
    input = await WISHES[name][0](author)
    token = server.token("author", "sender")
    if name in ("rejudgeAttempt", "submitAttempt"):
        token = server.token("learner")
        track = (await author.run('{ track(slug: "track") { id } }'))["track"]["id"]
        server.gql(ENROLL, {"input": {"trackId": track}}, token)
    _allow(owner_url)
    if name == "rejudgeAttempt":
        payload, _ = _sent(server, token, "submitAttempt", input)
        with psycopg.connect(owner_url, autocommit=True) as owner:
            owner.execute("update challenge_attempts set status = 'INCONCLUSIVE', run_status = 'INCONCLUSIVE'")
        input = {"attemptId": payload["attempt"]["id"]}
    return token, input


def _named(payload: dict[str, Any]) -> bool:
    """Whether an answer names what goes on."""
    (found,) = (value for key, value in payload.items() if key != "userErrors")
    if isinstance(found, dict):
        return bool(found["id"]) and found.get("state", found.get("status")) in ("QUEUED", "RUNNING")
    return isinstance(found, str)


def test_every_mutation_that_waits_is_tried_here() -> None:
    assert mutations_that_wait() == sorted(WISHES)


@pytest.mark.parametrize("name", mutations_that_wait())
async def test_a_wait_beyond_the_base_deadline_ends_with_the_id_of_what_goes_on(
    server: GatewayServer, author: Api, owner_url: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    token, input = await _prepared(server, author, owner_url, name)
    monkeypatch.setattr(limits, "REQUEST_SECONDS", BASE)
    monkeypatch.setattr(limits, "APPLY_SECONDS", BASE)
    payload, seconds = await asyncio.to_thread(_sent, server, token, name, input | {WAIT: LONGER})
    assert seconds >= LONGER - 0.1
    assert _named(payload), payload


async def test_waits_hold_no_connection(server: GatewayServer, author: Api, owner_url: str) -> None:
    """More of them than the pool has connections, and another request is answered meanwhile."""
    token, input = await _prepared(server, author, owner_url, "submitAttempt")
    threads = ThreadPoolExecutor(12)
    waits = [threads.submit(_sent, server, token, "submitAttempt", input | {WAIT: 8}) for _ in range(12)]
    await soon(lambda: server.waiting() == 12)
    busy = (
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and application_name = 'palimpsest gateway' and (state <> 'idle' or xact_start is not null)"
    )
    with psycopg.connect(owner_url, autocommit=True) as owner:
        assert owner.execute("select count(*) from challenge_attempts").fetchone() == (12,)
        # What the house itself asks now and then is soon over; what a wait held would stay.
        await soon(lambda: owner.execute(busy.encode()).fetchone() == (0,), 3)
    began = time.monotonic()
    assert "errors" not in await asyncio.to_thread(server.gql, "{ tracks(first: 1) { edges { node { id } } } }")
    assert time.monotonic() - began < 2
    assert not any(one.done() for one in waits)
    await asyncio.to_thread(threads.shutdown)
    assert all(_named(one.result()[0]) for one in waits)


@pytest.mark.parametrize("name", ["previewDraft", "publishChallenge", "submitAttempt"])
async def test_waits_end_at_once_when_the_process_stops(
    gateway_url: str, author: Api, owner_url: str, name: str
) -> None:
    with serving(gateway_url, author.keyring) as server:
        token, input = await _prepared(server, author, owner_url, name)
        waiting = asyncio.create_task(asyncio.to_thread(_sent, server, token, name, input | {WAIT: 60}))
        await soon(lambda: server.waiting() == 1)
        assert not waiting.done()
        began = time.monotonic()
        await asyncio.to_thread(server.stop)
        payload, _ = await waiting
        assert time.monotonic() - began < 10
    assert _named(payload), payload
