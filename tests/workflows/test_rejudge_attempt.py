"""An attempt that ended without a verdict on the work is judged again; what its learner sees of its page."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from practice import attempts, grading
from practice.grading import Result, Status, Verdict
from sql.database import Pool
from tests.fix_api import Answer, Api
from tests.practice.makers import CODE, Room, looked_up, opened, parts
from tests.versioning.makers import rows
from versioning.content.definition import ChallengeTest

ERRORS: list[dict[str, Any]] = [
    {"kind": "SYNTAX", "message": "Unexpected token", "file": "js", "line": 3, "column": 7},
    {"kind": "CONSOLE", "message": "while it loads", "file": None, "line": None, "column": None, "during": None},
    {"kind": "EXCEPTION", "message": "in t1", "file": "js", "line": 1, "column": 1, "during": "t1"},
    {"kind": "CONSOLE", "message": "secret of t2", "file": None, "line": None, "column": None, "during": "t2"},
    {"kind": "REJECTION", "message": "later, of t3", "file": None, "line": None, "column": None, "during": "t3"},
    {"kind": "CONSOLE", "message": "whenever", "file": None, "line": None, "column": None},
]
DETAIL = """query ($id: ID!) { node(id: $id) { ... on Attempt { status score runStatus canRejudge gradedAt
    learner { displayName } pageErrors { kind message file line column } results { testId } } } }"""
REJUDGE = """mutation ($input: RejudgeAttemptInput!) { rejudgeAttempt(input: $input) {
    attempt { id status score runStatus canRejudge number } progress { status totalAttempts }
    userErrors { __typename code message path } } }"""
JOBS = "select count(*) from jobs.procrastinate_jobs where task_name = 'runs:attempt'"


@pytest.fixture
async def room(author: Api) -> Room:
    return await opened(author)


async def judged(worker: Pool, attempt: str, verdict: Verdict) -> None:
    """Record what a worker found."""
    learner, id = parts(attempt)
    database = worker.database().of(learner)
    (row,) = await attempts.by_id(database, learner, [id])
    async with worker.database().transaction(identity=learner) as tx:
        assert await grading.record(tx, row, verdict, at=row.created_at, grader=None)


async def unjudged(worker: Pool, attempt: str, status: Status = "INCONCLUSIVE") -> None:
    await judged(worker, attempt, Verdict(status, None, (), frozenset(), "INCONCLUSIVE"))


async def detail(viewer: Api, attempt: str) -> Any:
    return (await viewer.run(DETAIL, id=attempt))["node"]


async def rejudge(viewer: Api, attempt: str, **more: Any) -> Answer:
    return await viewer.run(REJUDGE, input={"attemptId": attempt} | more)


def test_errors_that_came_after_a_hidden_test_had_begun_are_not_shown() -> None:
    def shown(*hidden: str) -> list[str]:
        tests = [ChallengeTest(id, id, "", hidden=id in hidden) for id in ("t1", "t2", "t3")]
        return [error.message for error in grading.shown_errors(tests, ERRORS)]

    every = [error["message"] for error in ERRORS]
    assert shown() == every
    assert shown("t3") == every[:4]
    assert shown("t2") == every[:3]
    assert shown("t1") == shown("t1", "t3") == every[:2]


async def test_an_attempt_shows_how_its_page_ended_and_what_went_wrong(room: Room, worker_pool: Pool) -> None:
    attempt = await room.submit()
    before = await detail(room.learner, attempt)
    assert (before["pageErrors"], before["runStatus"], before["canRejudge"]) == ([], None, False)
    tests = [
        ChallengeTest("t1", "One.", ""),
        ChallengeTest("t2", "Two.", ""),
        ChallengeTest("t3", "3.", "", hidden=True),
    ]
    results = [Result(test.id, "FAILED") for test in tests]
    await judged(worker_pool, attempt, grading.judge(tests, results, "FINISHED", ERRORS))
    after = await detail(room.learner, attempt)
    assert (after["status"], after["runStatus"], after["canRejudge"]) == ("FAILED", "FINISHED", False)
    assert after["learner"] == {"displayName": "Learner"}
    assert [error["message"] for error in after["pageErrors"]] == [error["message"] for error in ERRORS[:4]]
    assert after["pageErrors"][0] == ERRORS[0]
    grader = await detail(room.grader, attempt)
    assert (grader["learner"], grader["canRejudge"]) == ({"displayName": "Learner"}, False)
    assert await detail((await room.another("other")).learner, attempt) is None


@pytest.mark.parametrize("status", ["ERROR", "INCONCLUSIVE"])
async def test_an_attempt_without_a_verdict_waits_again_and_no_count_changes(
    room: Room, worker_pool: Pool, owner_url: str, status: Status
) -> None:
    looked_up(owner_url, "delete from settings where name = 'attempts_judged_by'")
    attempt = await room.submit()
    await unjudged(worker_pool, attempt, status)
    shown = await detail(room.learner, attempt)
    assert (shown["status"], shown["canRejudge"]) == (status, True)
    tool = await room.author.as_("learner", scopes=frozenset({"content:read"}))
    assert (await detail(tool, attempt))["canRejudge"] is False, "no token works for a learner"
    before, jobs = rows(owner_url), looked_up(owner_url, JOBS)[0][0]
    payload = (await rejudge(room.learner, attempt))["rejudgeAttempt"]
    assert payload["userErrors"] == []
    assert payload["attempt"] | {"id": attempt} == {
        "id": attempt,
        "status": "QUEUED",
        "score": None,
        "runStatus": None,
        "canRejudge": False,
        "number": 1,
    }
    assert payload["progress"] == {"status": "IN_PROGRESS", "totalAttempts": 1}
    after = rows(owner_url)
    changed = {table for table in after if after[table] != before[table]}
    assert {name.rstrip("_0123456789") for name in changed} <= {"challenge_attempts", "challenge_attempts_default"}
    assert looked_up(owner_url, JOBS) == [(jobs + 1,)]
    # While it waits a second wish is none.
    assert (await rejudge(room.learner, attempt))["rejudgeAttempt"]["attempt"]["status"] == "QUEUED"
    assert looked_up(owner_url, JOBS) == [(jobs + 1,)]
    graded = await room.grade(attempt)
    assert (graded["attempt"]["status"], graded["progress"]["totalAttempts"]) == ("PASSED", 1)


async def test_what_has_a_verdict_or_is_not_one_s_own_is_refused(room: Room, worker_pool: Pool, owner_url: str) -> None:
    attempt = await room.submit()
    other = (await room.another("other")).learner
    await room.grade(attempt, "t1")
    before = rows(owner_url)
    for viewer, id, more, told in (
        (room.learner, attempt, {}, ("ALREADY_JUDGED", ["attemptId"])),
        (other, attempt, {}, ("NOT_FOUND", ["attemptId"])),
        (room.learner, "nonsense", {}, ("NOT_FOUND", ["attemptId"])),
        (room.learner, attempt, {"waitSeconds": 61}, ("INVALID", ["waitSeconds"])),
    ):
        payload = (await rejudge(viewer, id, **more))["rejudgeAttempt"]
        (error,) = payload["userErrors"]
        assert (error["__typename"], error["code"], error["path"]) == ("RejudgeAttemptError", *told)
        assert (payload["attempt"], payload["progress"]) == (None, None)
    assert rows(owner_url) == before


async def test_an_attempt_is_judged_again_three_times_an_hour(room: Room, worker_pool: Pool, owner_url: str) -> None:
    attempt = await room.submit()
    for _ in range(3):
        await unjudged(worker_pool, attempt)
        assert (await rejudge(room.learner, attempt))["rejudgeAttempt"]["userErrors"] == []
    await unjudged(worker_pool, attempt)
    refused = (await rejudge(room.learner, attempt))["rejudgeAttempt"]["userErrors"]
    assert [(error["code"], error["message"]) for error in refused] == [
        ("OVERLOADED", "This attempt was judged again three times within an hour; try again later.")
    ]
    learner = room.learner
    later = Api(learner.pool, learner.keyring, lambda: learner.clock() + timedelta(hours=1), learner.viewer)
    assert (await rejudge(later, attempt))["rejudgeAttempt"]["userErrors"] == []
    assert looked_up(owner_url, "select cardinality(rejudged_at) from challenge_attempts") == [(3,)]


async def test_wishes_at_once_are_one_and_a_key_is_answered_alike(
    room: Room, worker_pool: Pool, owner_url: str
) -> None:
    looked_up(owner_url, "delete from settings where name = 'attempts_judged_by'")
    attempt = await room.submit()
    await unjudged(worker_pool, attempt)
    jobs = looked_up(owner_url, JOBS)[0][0]
    answers = await asyncio.gather(*(rejudge(room.learner, attempt) for _ in range(5)))
    assert [one["rejudgeAttempt"]["userErrors"] for one in answers] == [[]] * 5
    assert looked_up(owner_url, JOBS) == [(jobs + 1,)]
    await unjudged(worker_pool, attempt)
    first = (await rejudge(room.learner, attempt, idempotencyKey="k"))["rejudgeAttempt"]
    await unjudged(worker_pool, attempt)
    again = (await rejudge(room.learner, attempt, idempotencyKey="k"))["rejudgeAttempt"]
    assert again["attempt"]["id"] == first["attempt"]["id"] == attempt
    assert looked_up(owner_url, JOBS) == [(jobs + 2,)], "the key was used: nothing is queued again"
    mismatch = (await rejudge(room.learner, await room.submit(), idempotencyKey="k"))["rejudgeAttempt"]
    assert [error["code"] for error in mismatch["userErrors"]] == ["IDEMPOTENCY_MISMATCH"]


async def test_an_attempt_in_the_archive_is_not_judged_again(room: Room, worker_pool: Pool, owner_url: str) -> None:
    attempt = await room.submit(code=CODE)
    await unjudged(worker_pool, attempt)
    month = looked_up(owner_url, "select date_trunc('month', created_at)::date from challenge_attempts")[0][0]
    looked_up(owner_url, "select make_month_of_attempts(%s)", month)
    looked_up(owner_url, "select archive_month_of_attempts(%s)", month)
    refused = (await rejudge(room.learner, attempt))["rejudgeAttempt"]["userErrors"]
    assert [(error["code"], error["message"][:34]) for error in refused] == [
        ("NOT_FOUND", "This attempt lies in the archive, ")
    ]
