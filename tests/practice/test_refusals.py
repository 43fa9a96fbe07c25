"""Bad input of learners and graders: each fault with its code and path, and nothing written."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from core import limits
from core.ids import new_id
from schema.fields import global_id
from tests.fix_api import Api, uuid_of
from tests.practice.makers import CODE, TESTS, Room, enrolled, history, opened, parts, refused_unchanged, results, sent
from tests.versioning.makers import challenge, ids, lesson, module, rows, track, visitor

Told = list[tuple[str, str]]
Refusal = Callable[..., Awaitable[Told]]
ACTS: dict[str, dict[str, Any]] = {"startChallenge": {}, "submitAttempt": {"code": CODE}, "adoptVersion": {}}


@pytest.fixture
async def room(author: Api) -> Room:
    """A published challenge, a learner, and a grader."""
    return await opened(author)


@pytest.fixture
def refusal(room: Room, owner_url: str) -> Refusal:
    """Send a mutation that must be refused, as the learner or whoever is given, and see that no table changed."""

    async def send(mutation: str, api: Api | None = None, **input: Any) -> Told:
        return await refused_unchanged(owner_url, api or room.learner, mutation, **input)

    return send


@pytest.fixture
def verdict(room: Room, refusal: Refusal) -> Refusal:
    """Send a verdict that must be refused."""

    async def send(attempt: str, results: list[dict[str, Any]], **more: Any) -> Told:
        return await refusal("gradeAttempt", room.grader, attemptId=attempt, results=results, **more)

    return send


@pytest.mark.parametrize("mutation", ACTS)
async def test_what_is_no_challenge_is_not_found(room: Room, refusal: Refusal, mutation: str) -> None:
    for id in (global_id("Challenge", new_id()), global_id("Track", uuid_of(room.id)), "nonsense", "", "\0"):
        assert await refusal(mutation, challengeId=id, **ACTS[mutation]) == [("NOT_FOUND", "challengeId")], id
    odd = {"challengeId": "nonsense", "versionId": "nonsense"} | ACTS[mutation]
    assert await refusal(mutation, **odd) == [("NOT_FOUND", "challengeId"), ("NOT_FOUND", "versionId")]


@pytest.mark.parametrize("mutation", ACTS)
async def test_an_unpublished_challenge_is_not_there_for_learners_and_unpublished_for_authors(
    room: Room, refusal: Refusal, mutation: str
) -> None:
    parts = (lesson(challenge("one", tests=TESTS), challenge("new")), lesson(challenge("shown"), slug="hidden"))
    await room.author.done("applyContent", tracks=[track(module(*parts))])
    found = await ids(room.author)
    await room.author.publish(found["track/module/hidden/shown"])
    await room.author.done("setPublished", id=found["track/module/hidden"], published=False)
    for path in ("track/module/lesson/new", "track/module/hidden/shown"):
        told = await refusal(mutation, challengeId=found[path], **ACTS[mutation])
        assert told == [("NOT_FOUND", "challengeId")], path
    await room.author.done("enroll", trackId=found["track"])
    told = await refusal(mutation, room.author, challengeId=found["track/module/lesson/new"], **ACTS[mutation])
    assert told == [("NOT_PUBLISHED", "challengeId")]


async def test_what_is_no_track_or_not_shown_cannot_be_followed(room: Room, refusal: Refusal) -> None:
    await room.author.done("createTrack", slug="unseen", title="Unseen")
    unseen = (await ids(room.author))["unseen"]
    for id in (unseen, global_id("Track", new_id()), room.id, "nonsense"):
        assert await refusal("enroll", trackId=id) == [("NOT_FOUND", "trackId")]


async def test_whoever_is_not_enrolled_does_nothing(room: Room, refusal: Refusal) -> None:
    other = track(module(lesson(challenge("far"))), slug="other")
    await room.author.done("applyContent", tracks=[other], publish=True)
    elsewhere = await enrolled(room.author, "-elsewhere", "other")
    for mutation, more in ACTS.items():
        told = await refusal(mutation, elsewhere, challengeId=room.id, **more)
        assert told == [("NOT_ENROLLED", "challengeId")], mutation
    await elsewhere.done("enroll", trackId=(await ids(room.author))["track"])
    assert await refusal("adoptVersion", elsewhere, challengeId=room.id) == [("NOT_FOUND", "challengeId")]


async def test_an_archived_challenge_takes_nothing(room: Room, refusal: Refusal) -> None:
    await room.submit()
    stranger = await room.another("-stranger")
    await room.archive()
    for mutation, more in ACTS.items():
        assert await refusal(mutation, challengeId=room.id, **more) == [("ARCHIVED", "challengeId")], mutation
        told = await refusal(mutation, stranger.learner, challengeId=room.id, **more)
        assert told == [("NOT_FOUND", "challengeId")], mutation


async def test_code_is_measured_over_its_three_files_in_bytes(room: Room, refusal: Refusal) -> None:
    limit = limits.CODE_BYTES
    for code in (
        {"html": "x" * (limit + 1)},
        {"html": "x" * limit, "js": "y"},
        {"html": "x" * (limit // 3), "css": "x" * (limit // 3), "js": "x" * (limit // 3 + 2)},
        {"css": "é" * (limit // 2) + "x"},
        {"js": "x" * 5_000_000},
    ):
        assert await refusal("submitAttempt", challengeId=room.id, code=code) == [("TOO_LARGE", "code")]
    for code in ({"html": "x" * limit}, {"html": "x", "css": "é" * (limit // 2 - 1), "js": "y"}):
        await room.submit(code=code)
    assert len(await history(room.learner)) == 2


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "x\udfff"])
async def test_code_that_cannot_be_stored_is_refused_file_by_file(room: Room, refusal: Refusal, odd: str) -> None:
    for file in ("html", "css", "js"):
        told = await refusal("submitAttempt", challengeId=room.id, code={file: odd})
        assert told == [("INVALID", f"code.{file}")]
    told = await refusal("submitAttempt", challengeId=room.id, code={"html": odd, "js": odd})
    assert told == [("INVALID", "code.html"), ("INVALID", "code.js")]
    attempt = await room.submit()
    given = [results()[0] | {"message": odd}, *results()[1:]]
    told = await refusal("gradeAttempt", room.grader, attemptId=attempt, results=given)
    assert told == [("INVALID", "results.0.message")]


async def test_waiting_has_bounds(room: Room, refusal: Refusal) -> None:
    for seconds in (-1, 61, 2**31 - 1):
        told = await refusal("submitAttempt", challengeId=room.id, code=CODE, waitSeconds=seconds)
        assert told == [("INVALID", "waitSeconds")]


async def test_a_key_does_each_mutation_once_and_holds_for_its_input_only(room: Room, refusal: Refusal) -> None:
    given = {"challengeId": room.id, "code": CODE, "idempotencyKey": "k"}
    first = await room.learner.done("submitAttempt", **given)
    assert await room.learner.done("submitAttempt", **given) == first
    twins = await asyncio.gather(
        *(room.learner.done("submitAttempt", **given | {"idempotencyKey": "twin"}) for _ in range(4))
    )
    assert len({twin["attempt"]["id"] for twin in twins}) == 1
    assert [one["number"] for one in await history(room.learner)] == [2, 1]
    mismatch = [("IDEMPOTENCY_MISMATCH", "idempotencyKey")]
    assert await refusal("submitAttempt", **given | {"code": {"html": "Else"}}) == mismatch
    attempt = first["attempt"]["id"]
    graded = {"attemptId": attempt, "results": results("t1"), "idempotencyKey": "k"}
    verdict = await room.grader.done("gradeAttempt", **graded)
    assert await room.grader.done("gradeAttempt", **graded) == verdict
    assert await refusal("gradeAttempt", room.grader, **graded | {"results": results()}) == mismatch
    for mutation in ("startChallenge", "adoptVersion"):
        acted = {"challengeId": room.id, "idempotencyKey": "k"}
        assert await room.learner.done(mutation, **acted) == await room.learner.done(mutation, **acted)
        assert await refusal(mutation, **acted | {"challengeId": global_id("Challenge", new_id())}) == mismatch
    other = await room.another("-other")
    await other.submit(idempotencyKey="k")
    assert (await other.progress())["totalAttempts"] == 1, "a key is its sender's own"


async def test_a_refusal_keeps_no_key_and_odd_keys_are_refused(room: Room, refusal: Refusal) -> None:
    given = {"challengeId": room.id, "idempotencyKey": "k"}
    assert await refusal("submitAttempt", **given, code={"js": "\0"}) == [("INVALID", "code.js")]
    await room.submit(idempotencyKey="k")
    for key, code in (("", "REQUIRED"), ("x" * 201, "TOO_LARGE"), ("\0", "INVALID"), ("a\nb", "INVALID")):
        told = await refusal("submitAttempt", challengeId=room.id, code=CODE, idempotencyKey=key)
        assert told == [(code, "idempotencyKey")]


async def test_a_verdict_names_each_test_of_the_attempts_version_once(room: Room, verdict: Refusal) -> None:
    attempt = await room.submit()
    missing = ("REQUIRED", "results")
    assert await verdict(attempt, []) == [missing]
    assert await verdict(attempt, results(tests="t1 t2")) == [missing], "hidden tests need a result too"
    assert await verdict(attempt, results(tests="t1 t2 t3 t4")) == [("INVALID", "results.3.testId")]
    assert await verdict(attempt, results(tests="t1 t2 t4")) == [("INVALID", "results.2.testId"), missing]
    assert await verdict(attempt, results(tests="t1 t2 t3 t1")) == [("TAKEN", "results.3.testId")]
    assert await verdict(attempt, results(tests="t1 t1 t2 x")) == [
        ("TAKEN", "results.1.testId"),
        ("INVALID", "results.3.testId"),
        missing,
    ]
    assert await verdict(attempt, results(tests="t1 t2 \0")) == [("INVALID", "results.2.testId"), missing]
    long = [results()[0] | {"message": "x" * (limits.TEST_MESSAGE + 1)}, *results()[1:]]
    assert await verdict(attempt, long) == [("TOO_LARGE", "results.0.message")]
    fitting = [long[0] | {"message": "x" * limits.TEST_MESSAGE}, *results()[1:]]
    graded = await room.grader.done("gradeAttempt", attemptId=attempt, results=fitting)
    assert graded["attempt"]["score"] == 100
    assert await verdict(attempt, results("")) == [("STALE", "attemptId")]


async def test_an_attempt_goes_by_its_learner_and_its_own_id(room: Room, verdict: Refusal) -> None:
    owner, id = parts(await room.submit())
    other = (await room.another("-other")).learner.viewer.user_id
    for unknown in (
        global_id("Attempt", owner, new_id()),
        global_id("Attempt", new_id(), new_id()),
        global_id("Attempt", other, id),
        global_id("Attempt", id),
        global_id("ChallengeProgress", owner, id),
        room.id,
        "nonsense",
    ):
        assert await verdict(unknown, results()) == [("NOT_FOUND", "attemptId")]


async def test_an_attempts_id_whose_moment_is_no_date_is_unknown_like_any_other(room: Room, verdict: Refusal) -> None:
    odd = global_id("Attempt", room.learner.viewer.user_id, UUID(int=2**128 - 1))
    for viewer in (room.learner, room.grader):
        answer = await viewer.run("query ($id: ID!) { node(id: $id) { id } }", id=odd)
        assert (answer.data, answer.errors) == ({"node": None}, [])
    assert await verdict(odd, results()) == [("NOT_FOUND", "attemptId")]


async def test_only_a_token_for_it_grades_and_only_a_person_practises(room: Room, owner_url: str) -> None:
    attempt = await room.submit()
    grade, admin = frozenset({"grade"}), await room.author.as_("admin", "-tool")
    nobody = visitor(room.author)
    graders = [room.learner, await room.author.as_("learner", scopes=grade), admin, room.author]
    graders += [await room.author.as_(role, scopes=grade) for role in ("author", "reviewer")]
    graders.append(await room.author.as_("admin", "-tool", scopes=frozenset({"operate", "content:publish"})))
    tokens = [room.grader, await room.author.as_("learner", scopes=grade)]
    verdict = {"attemptId": attempt, "results": results()}
    track_id = (await ids(room.author))["track"]
    practice = {name: {"challengeId": room.id} | more for name, more in ACTS.items()} | {
        "enroll": {"trackId": track_id}
    }
    refused = [(viewer, "gradeAttempt", verdict, "FORBIDDEN") for viewer in graders]
    refused += [(viewer, name, given, "FORBIDDEN") for viewer in tokens for name, given in practice.items()]
    refused += [
        (nobody, name, given, "UNAUTHENTICATED") for name, given in {"gradeAttempt": verdict, **practice}.items()
    ]
    before = rows(owner_url)
    for viewer, mutation, given, code in refused:
        answer = await sent(viewer, mutation, **given)
        assert (answer.codes, answer.meter.statements) == ([code], 0), (viewer.viewer, mutation)
    assert rows(owner_url) == before
    assert (await room.grade(attempt))["attempt"]["score"] == 100
    for viewer in (nobody, await room.author.as_("learner", "-else"), admin):
        node = await viewer.run("query ($id: ID!) { node(id: $id) { id } }", id=attempt)
        assert node["node"] is None, "an attempt is its learner's, and its grader's"
