"""Progress across versions: what a learner began stays theirs until they move on, whatever is published meanwhile."""

import asyncio
from typing import Any

import psycopg
import pytest

from tests.accounts.makers import started
from tests.fix_api import Api
from tests.practice.makers import (
    CODE,
    OTHER_TESTS,
    PAGE,
    PATH,
    Room,
    board,
    dashboard,
    history,
    opened,
    parts,
    refused_unchanged,
    results,
)
from tests.versioning.makers import visitor
from tests.waits import soon, waiting

NEW = "t1 t2 t4"


@pytest.fixture
async def room(author: Api) -> Room:
    """A challenge at v1.0, which a learner has begun."""
    made = await opened(author)
    begun = await made.learner.done("startChallenge", challengeId=made.id)
    assert (begun["progress"]["status"], begun["progress"]["version"]["label"]) == ("IN_PROGRESS", "v1.0")
    assert begun["progress"]["newerVersion"] is None
    return made


def _labels(progress: dict[str, Any]) -> tuple[Any, ...]:
    """Return the version worked on, the newer one and the completed one of a progress."""
    found = (progress["version"], progress["newerVersion"], progress["completedVersion"])
    return tuple(version and version["label"] for version in found)


async def _version(room: Room) -> str:
    """Return the id of the version that is live."""
    return str((await room.author.run(PAGE, path=PATH))["challenge"]["version"]["id"])


@pytest.mark.parametrize("stated", [False, True])
async def test_submissions_at_once_after_a_carried_change_all_count(room: Room, owner_url: str, stated: bool) -> None:
    assert await room.publish(title="Better words") == "v1.1"
    seen = await room.page()
    assert seen["version"]["label"] == "v1.1"
    more = {"versionId": seen["version"]["id"]} if stated else {}
    with psycopg.connect(owner_url) as holding:
        holding.execute("select from user_progress for update")
        # Each has read where the learner works, and waits to write; the first of them leads the pin on.
        sending = [asyncio.create_task(room.submit(**more)) for _ in range(3)]
        await soon(lambda: waiting(owner_url) == 3)
        holding.rollback()
        sent = await asyncio.gather(*sending)
    assert len(set(sent)) == 3
    assert [one["version"]["label"] for one in await history(room.learner, room.id)] == ["v1.1"] * 3


async def test_a_learner_keeps_what_they_began_and_is_graded_by_it(room: Room, owner_url: str) -> None:
    assert await room.publish() == "v2.0"
    seen = await room.page()
    assert seen["version"]["label"] == "v1.0"
    assert _labels(seen["viewerProgress"]) == ("v1.0", "v2.0", None)
    newcomer = await room.another("-new")
    assert (await newcomer.page())["version"]["label"] == "v2.0"
    attempt = await room.submit()
    told = await refused_unchanged(owner_url, room.grader, "gradeAttempt", attemptId=attempt, results=results(NEW, NEW))
    assert told == [("INVALID", "results.2.testId"), ("REQUIRED", "results")]
    graded = await room.grade(attempt, "t1 t3")
    assert (graded["attempt"]["status"], graded["attempt"]["score"]) == ("FAILED", 75)
    (attempt_of_v1,) = await history(room.learner)
    assert attempt_of_v1["version"]["label"] == "v1.0"


async def test_adopting_moves_to_what_is_live_and_later_work_is_graded_by_it(room: Room) -> None:
    await room.publish()
    moved = await room.learner.done("adoptVersion", challengeId=room.id, versionId=await _version(room))
    assert _labels(moved["progress"]) == ("v2.0", None, None)
    seen = await room.page()
    assert (seen["version"]["label"], seen["viewerProgress"]["status"]) == ("v2.0", "IN_PROGRESS")
    graded = await room.attempt(NEW, tests=NEW)
    assert (graded["attempt"]["score"], _labels(graded["progress"])) == (100, ("v2.0", None, "v2.0"))
    again = await room.learner.done("adoptVersion", challengeId=room.id)
    assert _labels(again["progress"]) == ("v2.0", None, "v2.0"), "adopting what one has changes nothing"


async def test_a_completion_stays_and_says_of_which_version(room: Room) -> None:
    completed = (await room.attempt())["progress"]
    assert (completed["status"], completed["bestScore"], _labels(completed)) == (
        "COMPLETED",
        100,
        ("v1.0", None, "v1.0"),
    )
    await room.publish()
    assert _labels(await room.progress()) == ("v1.0", "v2.0", "v1.0")
    moved = (await room.learner.done("adoptVersion", challengeId=room.id))["progress"]
    assert (moved["status"], moved["completedAt"]) == ("COMPLETED", completed["completedAt"])
    assert _labels(moved) == ("v2.0", None, "v1.0")
    failed = await room.attempt("t1", tests=NEW)
    assert (failed["attempt"]["status"], failed["attempt"]["score"]) == ("FAILED", 50)
    for progress in (failed["progress"], await room.progress()):
        assert (progress["status"], progress["bestScore"], progress["totalAttempts"]) == ("COMPLETED", 100, 2)
        assert progress["completedAt"] == completed["completedAt"]
        assert _labels(progress) == ("v2.0", None, "v1.0")
    passed = await room.attempt(NEW, tests=NEW)
    assert _labels(passed["progress"]) == ("v2.0", None, "v1.0"), "the first full score's version"
    assert (await dashboard(room.learner))["track"]["completedChallenges"] == 1
    (entry,) = await board(room.learner, room.id)
    assert (entry["totalAttempts"], entry["completedAt"]) == (1, completed["completedAt"])


async def test_the_best_score_is_over_all_versions(room: Room) -> None:
    await room.attempt("t1 t3")
    await room.publish()
    await room.learner.done("adoptVersion", challengeId=room.id)
    graded = await room.attempt("t4", tests=NEW)
    assert (graded["attempt"]["score"], graded["progress"]["bestScore"]) == (25, 75)


async def test_a_submission_alone_begins_a_challenge_and_holds_its_version(room: Room) -> None:
    other = await room.another("-submits")
    await other.submit()
    await room.publish()
    progress = await other.progress()
    assert (progress["status"], progress["totalAttempts"], _labels(progress)) == (
        "IN_PROGRESS",
        1,
        ("v1.0", "v2.0", None),
    )
    begun = (await other.learner.done("startChallenge", challengeId=room.id))["progress"]
    assert _labels(begun) == ("v1.0", "v2.0", None), "beginning again moves nobody"


async def test_what_is_offered_after_a_rollback_may_have_a_lower_number(room: Room) -> None:
    await room.publish()
    other = await room.another("-second")
    await other.attempt(NEW, tests=NEW)
    await room.author.rollback(room.id, "v1.0")
    assert _labels(await room.progress()) == ("v1.0", None, None)
    progress = await other.progress()
    assert (progress["status"], progress["bestScore"], progress["totalAttempts"]) == ("COMPLETED", 100, 1)
    assert _labels(progress) == ("v2.0", "v1.0", "v2.0")
    assert (await other.page())["version"]["label"] == "v2.0"
    failed = await other.attempt("t1", tests=NEW)
    assert (failed["attempt"]["score"], failed["progress"]["status"]) == (50, "COMPLETED")
    moved = (await other.learner.done("adoptVersion", challengeId=room.id))["progress"]
    assert (moved["status"], _labels(moved)) == ("COMPLETED", ("v1.0", None, "v2.0"))
    assert [one["version"]["label"] for one in await history(other.learner)] == ["v2.0", "v2.0"]
    assert await other.board() == [(1, "Learner-second")]


async def test_an_archived_challenge_stays_readable_for_those_who_began_it_and_takes_nothing_new(
    room: Room, owner_url: str
) -> None:
    before = await room.attempt("t1")
    await room.publish()
    await room.archive()
    node = "query ($id: ID!) { node(id: $id) { ... on Challenge { state version { label } } } }"
    seen = await room.page()
    assert (seen["state"], seen["version"]["label"]) == ("ARCHIVED", "v1.0")
    assert (await room.learner.run(node, id=room.id))["node"] == {"state": "ARCHIVED", "version": {"label": "v1.0"}}
    assert (seen["viewerProgress"]["bestScore"], _labels(seen["viewerProgress"])) == (50, ("v1.0", None, None))
    (attempt,) = await history(room.learner, room.id)
    assert (attempt["id"], attempt["challenge"]["path"]) == (before["attempt"]["id"], PATH)
    stranger = await room.another("-stranger")
    for viewer in (stranger.learner, visitor(room.author)):
        assert (await viewer.run(PAGE, path=PATH))["challenge"] is None
        assert (await viewer.run(node, id=room.id))["node"] is None
    for mutation, more in (("startChallenge", {}), ("submitAttempt", {"code": CODE}), ("adoptVersion", {})):
        told = await refused_unchanged(owner_url, room.learner, mutation, challengeId=room.id, **more)
        assert told == [("ARCHIVED", "challengeId")], mutation
        told = await refused_unchanged(owner_url, stranger.learner, mutation, challengeId=room.id, **more)
        assert told == [("NOT_FOUND", "challengeId")], mutation
    await room.archive(back=True)
    seen = await room.page()
    assert (seen["state"], _labels(seen["viewerProgress"])) == ("PUBLISHED", ("v1.0", "v2.0", None))
    assert (await room.attempt())["progress"]["totalAttempts"] == 2


async def test_what_was_submitted_before_an_archive_still_counts(room: Room) -> None:
    attempt = await room.submit()
    await room.archive()
    graded = await room.grade(attempt)
    assert (graded["attempt"]["status"], graded["progress"]["status"]) == ("PASSED", "COMPLETED")
    assert _labels(graded["progress"]) == ("v1.0", None, "v1.0")
    assert (await room.progress())["bestScore"] == 100
    assert (await dashboard(room.learner))["track"]["earnedPoints"] == 10
    assert await room.board() == [(1, "Learner")]


async def test_a_stale_version_is_told_with_both_sides_and_nothing_is_written(room: Room, owner_url: str) -> None:
    first = (await room.page())["version"]["id"]
    await room.publish()
    second = await _version(room)
    for mutation, more in (("submitAttempt", {"code": CODE}), ("startChallenge", {})):
        told = await refused_unchanged(owner_url, room.learner, mutation, challengeId=room.id, versionId=second, **more)
        assert told == [("STALE", "versionId")], mutation
    payload = await room.learner.do("submitAttempt", challengeId=room.id, versionId=second, code=CODE)
    (error,) = payload["userErrors"]
    assert (error["expected"], error["actual"]) == ("v2.0", "v1.0")
    newcomer = await room.another("-new")
    for mutation, more in (("submitAttempt", {"code": CODE}), ("startChallenge", {})):
        told = await refused_unchanged(
            owner_url, newcomer.learner, mutation, challengeId=room.id, versionId=first, **more
        )
        assert told == [("STALE", "versionId")], mutation
    told = await refused_unchanged(owner_url, room.learner, "adoptVersion", challengeId=room.id, versionId=first)
    assert told == [("STALE", "versionId")]
    assert (await room.progress())["totalAttempts"] == 0
    await room.submit(versionId=first)
    await newcomer.submit(versionId=second)


async def test_a_verdict_for_a_version_that_was_left_is_by_the_attempts_own(room: Room, owner_url: str) -> None:
    attempt = await room.submit()
    await room.publish()
    await room.learner.done("adoptVersion", challengeId=room.id)
    told = await refused_unchanged(owner_url, room.grader, "gradeAttempt", attemptId=attempt, results=results(NEW, NEW))
    assert told == [("INVALID", "results.2.testId"), ("REQUIRED", "results")]
    graded = await room.grade(attempt)
    assert (graded["attempt"]["score"], graded["attempt"]["hiddenTotal"]) == (100, 1)
    assert (graded["progress"]["status"], _labels(graded["progress"])) == ("COMPLETED", ("v2.0", None, "v1.0"))


async def test_a_version_is_reached_by_whoever_works_on_it_tried_it_or_gets_it_now(room: Room) -> None:
    operation = "query ($id: ID!) { node(id: $id) { ... on ChallengeVersion { label instructions } } }"
    first = (await room.page())["version"]["id"]
    tried, stranger = await room.another("-tried"), await room.another("-stranger")
    await tried.attempt()
    await room.publish(instructions="Other words.", tests=OTHER_TESTS)
    await tried.learner.done("adoptVersion", challengeId=room.id)
    for reader in (room.learner, tried.learner):
        assert (await reader.run(operation, id=first))["node"] == {"label": "v1.0", "instructions": "Write one."}
    for reader in (stranger.learner, visitor(room.author)):
        assert (await reader.run(operation, id=first))["node"] is None
        assert (await reader.run(operation, id=await _version(room)))["node"]["label"] == "v2.0"


async def test_work_that_meets_a_move_to_another_version_is_stale(room: Room, owner_url: str) -> None:
    first = (await room.page())["version"]["id"]
    await room.publish()
    second = await _version(room)
    async with await psycopg.AsyncConnection.connect(owner_url) as mover:
        await mover.execute("update user_progress set pinned_version_id = %s", [parts(second)[0]])
        given = {"challengeId": room.id, "versionId": first, "code": CODE}
        submitting = await started(room.learner.refused("submitAttempt", **given))
        await mover.commit()
    assert await submitting == [("STALE", "versionId")]
    assert await history(room.learner) == []
    assert (await room.progress())["totalAttempts"] == 0
    await room.submit(versionId=second)
