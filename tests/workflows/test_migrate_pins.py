"""Learners between versions: each policy on publish and rollback, followed when read, and nothing ever taken back."""

import asyncio
from typing import Any

import pytest

from core.sealing import Keyring
from sql.database import Pool
from tests.fix_api import Api, uuid_of
from tests.practice.makers import (
    CODE,
    OTHER_TESTS,
    PAGE,
    PATH,
    TESTS,
    Room,
    enrolled,
    looked_up,
    opened,
    refused_unchanged,
)
from tests.practice.movers import hurry, judged, labels, physical, policies, publish, rollback, stand, told, work
from tests.versioning.releasing import chapter, planned, text

NEW = "t1 t2 t4"
HISTORY = """query ($id: ID!) { node(id: $id) { ... on Challenge { history { edges { node {
    migration { policy state moved } } } } } } }"""
PROSE: dict[str, Any] = {"instructions": "Other words."}
OTHER: dict[str, Any] = {"tests": OTHER_TESTS}


@pytest.fixture
async def room(author: Api) -> Room:
    """A challenge at v1.0, which a learner has begun."""
    made = await opened(author)
    await made.learner.done("startChallenge", challengeId=made.id)
    return made


async def begun(room: Room, name: str) -> Room:
    """Return the room with another learner who begins what is live."""
    other = await room.another(name)
    await other.learner.done("startChallenge", challengeId=room.id)
    return other


def stored(owner_url: str, room: Room) -> tuple[str, int]:
    """Return a learner's pin as it lies in their row."""
    (row,) = looked_up(
        owner_url,
        "select 'v' || v.major || '.' || v.minor, p.pinned_seq from user_progress p"
        " join challenge_versions v on v.id = p.pinned_version_id where p.user_id = %s",
        room.learner.viewer.user_id,
    )
    return str(row[0]), int(row[1])


async def test_the_default_follows_from_the_change(room: Room, owner_url: str) -> None:
    assert policies(owner_url) == [], "a first version replaces nothing"
    await publish(room, **PROSE)
    await publish(room, **OTHER)
    await rollback(room, "v1.1")
    await rollback(room, "v1.0")
    await publish(room, title="Starter", starter={"js": "let x;"}, tests=TESTS)
    assert policies(owner_url) == ["CARRY", "OFFER", "OFFER", "CARRY", "CARRY"]
    log = (await room.author.run(HISTORY, id=room.id))["node"]["history"]["edges"]
    assert [edge["node"]["migration"] for edge in reversed(log)] == [
        None,
        *(
            {"policy": policy, "state": "FINISHED" if policy == "CARRY" else "QUEUED", "moved": 0}
            for policy in policies(owner_url)
        ),
    ]


async def test_a_change_that_judges_alike_is_followed_silently(
    room: Room, owner_url: str, worker_pool: Pool, keyring: Keyring
) -> None:
    completed = await begun(room, "-completed")
    before = (await completed.attempt())["progress"]
    await publish(room, **PROSE)
    await work(worker_pool, keyring)
    for one in (room, completed):
        assert (await one.page())["version"]["label"] == "v1.1"
        assert (await stand(one))["newerVersion"] is None
        assert await told(one) == []
    progress = await completed.progress()
    assert (progress["status"], progress["bestScore"], progress["completedAt"]) == (
        "COMPLETED",
        100,
        before["completedAt"],
    )
    assert progress["completedVersion"]["label"] == "v1.0"
    assert stored(owner_url, room)[0] == "v1.0"
    seen = (await room.page())["version"]["id"]
    assert (await room.attempt())["attempt"]["status"] == "PASSED"
    assert stored(owner_url, room)[0] == "v1.1", "the learner's own write stores where they were led"
    await room.submit(versionId=seen)


async def test_a_publish_touches_no_learners_row_whatever_its_policy(
    room: Room, owner_url: str, worker_pool: Pool, keyring: Keyring
) -> None:
    for name in ("-a", "-b", "-c"):
        await (await begun(room, name)).attempt("t1")
    changes = iter(range(10))
    for policy, reason in (("CARRY", None), ("OFFER", None), ("AUTO", None), ("FORCE", "It was broken.")):
        before = physical(owner_url)
        await publish(room, policy, reason, title=f"Round {next(changes)}")
        assert physical(owner_url) == before, policy
        await work(worker_pool, keyring)
    before = physical(owner_url)
    for label, policy in (("v1.0", "FORCE"), ("v1.1", "AUTO"), ("v1.2", "OFFER"), ("v1.3", "CARRY")):
        await rollback(room, label, policy)
    assert physical(owner_url) == before


async def test_carried_learners_stay_carried_when_a_rollback_only_offers(room: Room, owner_url: str) -> None:
    await publish(room, **PROSE)
    carried = await begun(room, "-carried")
    await rollback(room, "v1.0", "OFFER")
    late = await begun(room, "-late")
    assert await labels(room, carried, late) == ["v1.1", "v1.1", "v1.0"]
    assert [(await stand(one))["newerVersion"] for one in (room, late)] == [{"label": "v1.0"}, None]
    await room.submit()
    await late.submit()
    assert [stored(owner_url, one)[0] for one in (room, late)] == ["v1.1", "v1.0"]
    await room.learner.done("adoptVersion", challengeId=room.id)
    await rollback(room, "v1.1", "OFFER")
    assert await labels(room, carried, late) == ["v1.0", "v1.1", "v1.0"], (
        "what one adopted is followed from then on only"
    )


async def test_carries_and_forces_are_followed_one_after_the_other(room: Room, owner_url: str) -> None:
    await publish(room, **PROSE)  # v1.1
    await publish(room, **OTHER)  # v2.0, offered
    second = await begun(room, "-second")
    await publish(room, title="Third")  # v2.1, carried from v2.0
    assert await labels(room, second) == ["v1.1", "v2.1"]
    await publish(room, "FORCE", "The tests were wrong.", tests=TESTS, title="Fourth")  # v3.0
    await publish(room, title="Fifth")  # v3.1, carried
    third = await begun(room, "-third")
    assert await labels(room, second, third) == ["v3.1"] * 3
    await rollback(room, "v2.0", "FORCE")
    assert await labels(room, second, third) == ["v2.0"] * 3
    assert [stored(owner_url, one)[0] for one in (room, second, third)] == ["v1.0", "v2.0", "v3.1"]
    for one in (room, second, third):
        await one.submit()
    assert await labels(room, second, third) == ["v2.0"] * 3
    versions = {row for (row,) in looked_up(owner_url, "select version_id from challenge_attempts")}
    assert len(versions) == 1


async def test_a_version_that_one_was_led_to_is_within_reach_and_the_one_before_no_more(room: Room) -> None:
    node = "query ($id: ID!) { node(id: $id) { ... on ChallengeVersion { label instructions } } }"
    first = (await room.page())["version"]["id"]
    await publish(room, **PROSE)
    second = (await room.page())["version"]["id"]
    await publish(room, **OTHER)
    assert (await room.learner.run(node, id=second))["node"] == {"label": "v1.1", "instructions": "Other words."}
    assert (await room.learner.run(node, id=first))["node"] is None
    stranger = await room.another("-stranger")
    assert (await stranger.learner.run(node, id=second))["node"] is None


async def test_carry_is_refused_where_the_tests_differ_and_force_without_a_reason(room: Room, owner_url: str) -> None:
    seen = await room.author.edit(room.id, **OTHER)
    given = {"challengeId": room.id, "contentHash": seen["draft"]["contentHash"], "liveSetHash": seen["liveSetHash"]}
    for more, faults in (
        ({"migration": "CARRY"}, [("INVALID", "migration")]),
        ({"migration": "FORCE"}, [("REQUIRED", "migrationReason")]),
        ({"migration": "FORCE", "migrationReason": " "}, [("REQUIRED", "migrationReason")]),
        ({"migration": "FORCE", "migrationReason": "x" * 2001}, [("TOO_LARGE", "migrationReason")]),
    ):
        told = await refused_unchanged(
            owner_url, room.author, "publishChallenge", **given, changelog="Other tests.", **more
        )
        assert told == faults
    await room.author.publish(room.id)
    hash = (await room.author.standing(room.id))["liveSetHash"]
    back = {"challengeId": room.id, "toLabel": "v1.0", "liveSetHash": hash, "migration": "CARRY"}
    told = await refused_unchanged(owner_url, room.author, "rollbackChallenge", **back, reason="Why.")
    assert told == [("INVALID", "migration")]
    back |= {"migration": "FORCE"}
    told = await refused_unchanged(owner_url, room.author, "rollbackChallenge", **back, reason="")
    assert told == [("REQUIRED", "reason")]


async def test_what_was_submitted_before_a_forced_publish_is_judged_by_what_its_learner_saw(
    room: Room, owner_url: str
) -> None:
    first = (await room.page())["version"]["id"]
    attempt = await room.submit(versionId=first)
    await publish(room, "FORCE", "It was broken.", **OTHER)
    assert await labels(room) == ["v2.0"]
    told = await refused_unchanged(
        owner_url, room.learner, "submitAttempt", challengeId=room.id, versionId=first, code=CODE
    )
    assert told == [("STALE", "versionId")]
    graded = await room.grade(attempt)
    assert (graded["attempt"]["score"], graded["progress"]["status"]) == (100, "COMPLETED")
    assert graded["progress"]["completedVersion"]["label"] == "v1.0"
    failed = await room.attempt("t1", tests=NEW)
    assert (failed["attempt"]["score"], failed["progress"]["bestScore"]) == (50, 100)
    assert (await room.progress())["status"] == "COMPLETED"


async def test_only_those_whose_code_passes_are_moved_and_never_before_their_verdict(
    room: Room, owner_url: str, worker_pool: Pool, keyring: Keyring
) -> None:
    passes, fails, waits = [await begun(room, f"-{name}") for name in ("passes", "fails", "waits")]
    for one, html in ((passes, "good"), (fails, "bad"), (waits, "good")):
        await one.grade(await one.submit(code={"html": html}))
    waiting = await waits.submit(code={"html": "later"})
    await publish(room, "AUTO", **OTHER)
    judged(owner_url, "v2.0", "good", "t1 t2 t4")
    judged(owner_url, "v2.0", "bad", "t1 t2")
    everybody = (room, passes, fails, waits)
    assert await labels(*everybody) == ["v1.0"] * 4
    await work(worker_pool, keyring)
    assert await labels(*everybody) == ["v1.0", "v2.0", "v1.0", "v1.0"]
    assert [await told(one) for one in everybody] == [
        [("OFFERED", "v1.0", "v2.0")],
        [("MOVED", "v1.0", "v2.0")],
        [("OFFERED", "v1.0", "v2.0")],
        [("OFFERED", "v1.0", "v2.0")],
    ]
    graded = await waits.grade(waiting, "t1")
    assert (graded["attempt"]["status"], graded["attempt"]["score"]) == ("FAILED", 50)
    hurry(owner_url)
    await work(worker_pool, keyring)
    assert await labels(*everybody) == ["v1.0", "v2.0", "v1.0", "v2.0"]
    assert await told(waits) == [("MOVED", "v1.0", "v2.0")]
    for one in (passes, fails, waits):
        progress = await stand(one)
        assert (progress["status"], progress["bestScore"]) == ("COMPLETED", 100), "nothing is taken back"
    (row,) = looked_up(owner_url, "select state, moved from version_migrations")
    assert row == ("FINISHED", 2)
    hurry(owner_url)
    await work(worker_pool, keyring)
    assert looked_up(owner_url, "select moved from version_migrations") == [(2,)]


async def test_learners_who_begin_while_prose_is_published_all_end_on_the_last(room: Room, owner_url: str) -> None:
    others = [await room.another(f"-{number}") for number in range(24)]

    published = [asyncio.Event() for _ in range(9)]

    async def publishing() -> None:
        for number, done in enumerate(published):
            if number:
                await publish(room, title=f"Round {number}")
            done.set()

    async def beginning(one: Room, after: int) -> None:
        """Begin while the next round is under way."""
        await published[after].wait()
        await one.learner.done("startChallenge", challengeId=room.id)

    await asyncio.gather(publishing(), *(beginning(one, number // 3) for number, one in enumerate(others)))
    assert len({stored(owner_url, one) for one in others}) >= 2, "they began at several versions"
    assert set(await labels(room, *others)) == {"v1.8"}


async def test_a_learner_who_adopts_while_another_publish_comes_is_not_moved_twice(room: Room, owner_url: str) -> None:
    await publish(room, "FORCE", "It was broken.", **OTHER)
    await rollback(room, "v1.0", "OFFER")
    assert await labels(room) == ["v2.0"]
    moved = await room.learner.done("adoptVersion", challengeId=room.id)
    assert moved["progress"]["version"]["label"] == "v1.0", "back to where the row still was"
    assert await labels(room) == ["v1.0"]
    assert (await room.author.run(PAGE, path=PATH))["challenge"]["version"]["label"] == "v1.0"
    (seq,) = looked_up(owner_url, "select max(seq) from publication_records where subject_id = %s", uuid_of(room.id))
    assert stored(owner_url, room) == ("v1.0", seq[0])


async def test_a_release_and_its_revert_mean_for_learners_what_follows_from_each_change(
    author: Api, owner_url: str
) -> None:
    """``one`` gets other words and ``two`` another test."""
    at = await chapter(author)
    learner = await enrolled(author)
    for slug in ("one", "two"):
        await learner.done("startChallenge", challengeId=at[slug])
    release = await planned(author, await text(author, at["one"]), await text(author, at["two"]))
    before = physical(owner_url)
    await author.done("publishRelease", releaseId=release)
    seen = "query ($id: ID!) { node(id: $id) { ... on Challenge { version { label } } } }"

    async def works_on() -> list[str]:
        return [(await learner.run(seen, id=at[slug]))["node"]["version"]["label"] for slug in ("one", "two")]

    assert await works_on() == ["v1.1", "v1.0"]
    assert policies(owner_url)[-2:] == ["CARRY", "OFFER"]
    await author.done("revertRelease", releaseId=release, reason="Too early.")
    assert await works_on() == ["v1.0", "v1.0"]
    assert policies(owner_url)[-2:] == ["CARRY", "OFFER"]
    assert physical(owner_url) == before
