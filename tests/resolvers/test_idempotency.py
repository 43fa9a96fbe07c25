"""Idempotency keys: done once, answered alike, also by a twin in flight; a refusal leaves the key free."""

import asyncio

import psycopg

from resolvers.idempotency import IdempotentCall, Ids, run_once
from sql.database import Transaction
from tests.fix_api import Api
from tests.waits import soon, waiting


def _kept(owner_url: str) -> int:
    with psycopg.connect(owner_url) as owner:
        row = owner.execute("select count(*) from idempotency_keys").fetchone()
        assert row is not None
        return int(row[0])


async def test_the_same_key_and_input_answer_alike_and_do_it_once(author: Api, owner_url: str) -> None:
    first = await author.done("createTrack", slug="a", title="A", idempotencyKey="k")
    second = await author.done("createTrack", slug="a", title="A", idempotencyKey="k")
    assert first == second
    assert _kept(owner_url) == 1


async def test_a_publish_sent_twice_makes_one_version(author: Api) -> None:
    id = (await author.challenge())["id"]
    seen = await author.standing(id)
    given = {
        "challengeId": id,
        "contentHash": seen["draft"]["contentHash"],
        "liveSetHash": seen["liveSetHash"],
        "changelog": "First.",
        "idempotencyKey": "publish-1",
    }
    first = await author.done("publishChallenge", **given)
    second = await author.done("publishChallenge", **given)
    assert first["version"] == second["version"]
    assert first["publication"] == second["publication"]
    counted = await author.run("query ($id: ID!) { verifyHistory(challengeId: $id) { checkedVersions } }", id=id)
    assert counted["verifyHistory"]["checkedVersions"] == 1


async def test_an_apply_sent_twice_answers_the_changes_of_the_first(author: Api) -> None:
    given = {"tracks": [{"slug": "t", "title": "T"}], "idempotencyKey": "apply-1"}
    first = await author.done("applyContent", **given)
    assert first["created"] == 1
    assert await author.done("applyContent", **given) == first
    assert (await author.done("applyContent", **given | {"idempotencyKey": "apply-2"}))["unchanged"] == 1


async def test_a_dry_run_keeps_no_key(author: Api, owner_url: str) -> None:
    given = {"tracks": [{"slug": "t", "title": "T"}], "idempotencyKey": "k"}
    assert (await author.done("applyContent", **given, dryRun=True))["created"] == 1
    assert _kept(owner_url) == 0


async def test_a_key_belongs_to_its_actor_and_mutation(author: Api) -> None:
    admin = await author.as_("admin")
    await author.done("createTrack", slug="a", title="A", idempotencyKey="k")
    await admin.done("createTrack", slug="b", title="B", idempotencyKey="k")
    track = (await author.run('{ track(slug: "a") { id } }'))["track"]["id"]
    await author.done("createModule", trackId=track, slug="m", title="M", idempotencyKey="k")


async def test_a_refusal_leaves_the_key_free(author: Api, owner_url: str) -> None:
    assert await author.refused("createTrack", slug="A", title="A", idempotencyKey="k") == [("INVALID", "slug")]
    assert _kept(owner_url) == 0
    await author.done("createTrack", slug="a", title="A", idempotencyKey="k")


async def test_twins_in_flight_do_it_once(author: Api) -> None:
    given = {"slug": "a", "title": "A", "idempotencyKey": "k"}
    answers = await asyncio.gather(*(author.done("createTrack", **given) for _ in range(8)))
    assert len({answer["track"]["id"] for answer in answers}) == 1


async def test_a_twin_waits_for_the_first_to_end(author: Api, owner_url: str) -> None:
    begun, go = asyncio.Event(), asyncio.Event()
    asked = IdempotentCall("any", {"n": 1}, "k")

    async def slowly(tx: Transaction) -> Ids:
        begun.set()
        await go.wait()
        return {"id": 1}

    async def never(tx: Transaction) -> Ids:
        raise AssertionError("the twin did it again")

    first = asyncio.create_task(run_once(author.context(), asked, slowly))
    await begun.wait()
    second = asyncio.create_task(run_once(author.context(), asked, never))
    await soon(lambda: waiting(owner_url) == 1)
    assert not second.done()
    go.set()
    assert await first == await second == {"id": 1}
