"""Counting: what many submissions and verdicts at once add up to, and what a verdict is worth."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
import pytest
from graphql import DocumentNode, ExecutionResult, execute, parse

from gateway.app_state import now
from practice import attempts
from practice.grading import Verdict, record
from schema.api import schema
from sql.database import Pool
from tests.fix_api import Api
from tests.fix_database import ROLES
from tests.practice.makers import (
    CODE,
    TESTS,
    Room,
    board,
    dashboard,
    enrolled,
    grading,
    history,
    looked_up,
    opened,
    parts,
    published,
    refused_unchanged,
    results,
)
from tests.versioning.makers import Tree, challenge

WORKERS = 16
ATTEMPTS = 1_000
SUBMIT = parse("""mutation ($input: SubmitAttemptInput!) {
    submitAttempt(input: $input) { attempt { id } userErrors { code path } } }""")
GRADE = parse("mutation ($input: GradeAttemptInput!) { gradeAttempt(input: $input) { userErrors { code path } } }")
STATE = """select p.challenge_id, p.best_score, p.total_attempts, p.status,
    (select e.completed_challenges from user_enrollments e), (select count(*) from leaderboard_entries)
from user_progress p"""
ENTRIES = """select l.best_score, l.attempts, a.status, a.number from leaderboard_entries l
join user_progress p using (user_id, challenge_id) join challenge_attempts a on a.id = p.completed_attempt_id"""


async def told(api: Api, document: DocumentNode, **input: Any) -> Any:
    """Run a mutation that was parsed and validated before, as the gateway does, and return its payload."""
    answer = execute(schema._schema, document, context_value=api.context(), variable_values={"input": input})
    result = answer if isinstance(answer, ExecutionResult) else await answer
    assert result.errors is None, result.errors
    assert result.data is not None
    (payload,) = result.data.values()
    return payload


@dataclass(slots=True)
class Crowd:
    """Many workers of one learner, and what they were told."""

    learner: Api
    grader: Api
    ids: list[str]
    todo: Iterator[int] = field(default_factory=lambda: iter(range(ATTEMPTS)))
    dropped: int = 0
    passed: Counter[str] = field(default_factory=Counter)

    async def work(self, number: int) -> None:
        """Submit, and have it graded, often by two at once, until nothing is left to do."""
        chance = random.Random(number)
        for turn in self.todo:
            # All at the same challenge at the same time: the first completion is fought for.
            id = self.ids[turn * len(self.ids) // ATTEMPTS]
            made = await told(self.learner, SUBMIT, challengeId=id, code=CODE)
            assert made["userErrors"] == []
            full = chance.random() < 0.7
            self.passed[id] += full
            verdict = {"attemptId": made["attempt"]["id"], "results": results("t1 t2 t3" if full else "t1")}
            graders = 2 if chance.random() < 0.3 else 1
            answers = await asyncio.gather(*(told(self.grader, GRADE, **verdict) for _ in range(graders)))
            errors = [answer["userErrors"] for answer in answers]
            assert sorted(errors, key=len) == [[], [{"code": "STALE", "path": ["attemptId"]}]][:graders]
            self.dropped += graders - 1


@dataclass(slots=True)
class Watch:
    """Looks on from a connection of its own and tells what was never to be seen."""

    samples: int = 0
    faults: list[Any] = field(default_factory=list)
    _best: dict[Any, tuple[int, int]] = field(default_factory=dict)

    async def look(self, url: str, over: asyncio.Event) -> None:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as watcher:
            while not over.is_set():
                state = await (await watcher.execute(STATE)).fetchall()
                self.samples += 1
                completed = sum(status == "COMPLETED" for *_, status, _, _ in state)
                if any((counted, entries) != (completed, completed) for *_, counted, entries in state):
                    self.faults.append((completed, state))
                for id, best, attempts, *_ in state:
                    before = self._best.get(id, (-1, 0))
                    self._best[id] = (-1 if best is None else best, attempts)
                    if self._best[id][0] < before[0] or attempts < before[1]:
                        self.faults.append((before, best, attempts))


@pytest.fixture
async def wide(gateway_url: str) -> AsyncIterator[Pool]:
    """A pool of as many connections as there are workers."""
    opened = Pool(gateway_url, role=ROLES.gateway, size=WORKERS)
    await opened.open()
    yield opened
    await opened.close()


@pytest.mark.long
async def test_a_thousand_attempts_at_once_are_counted_once_each(author: Api, wide: Pool, owner_url: str) -> None:
    found = await published(author, *(challenge(f"c{number}", tests=TESTS) for number in range(10)))
    learner, grader = (replace(one, pool=wide) for one in (await enrolled(author), await grading(author)))
    ids = [found[f"track/module/lesson/c{number}"] for number in range(10)]
    crowd, watch, over = Crowd(learner, grader, ids), Watch(), asyncio.Event()
    watching = asyncio.create_task(watch.look(owner_url, over))
    await asyncio.gather(*(crowd.work(number) for number in range(WORKERS)))
    over.set()
    await watching
    assert watch.faults == []
    assert watch.samples >= 2_000
    assert min(crowd.passed.values()) >= 20, "completions never met, so nothing was shown"
    assert crowd.dropped >= 200
    progress = looked_up(owner_url, "select total_attempts, best_score, status from user_progress")
    assert progress == [(100, 100, "COMPLETED")] * 10
    assert sum(row[0] for row in progress) == ATTEMPTS
    numbers = looked_up(
        owner_url, "select array_agg(number order by number) from challenge_attempts group by challenge_id"
    )
    assert [row[0] for row in numbers] == [list(range(1, 101))] * 10
    statuses = looked_up(owner_url, "select status, count(*) from challenge_attempts group by status order by 1 desc")
    passed = sum(crowd.passed.values())
    assert statuses == [("PASSED", passed), ("FAILED", ATTEMPTS - passed)]
    far = (await dashboard(learner))["track"]
    assert (far["completedChallenges"], far["progressPercentage"], far["earnedPoints"]) == (10, 100.0, 100)
    assert [len(await board(learner, id)) for id in ids] == [1] * 10
    entries = looked_up(owner_url, ENTRIES)
    assert len(entries) == 10
    assert all((best, status) == (100, "PASSED") and tries == number for best, tries, status, number in entries)


@pytest.fixture
async def room(author: Api) -> Room:
    """A published challenge of three tests, a learner, and a grader."""
    return await opened(author)


async def test_a_second_verdict_is_dropped(room: Room, owner_url: str) -> None:
    attempt = await room.submit()
    first = await room.grade(attempt, "t1")
    for passed in ("t1 t2 t3", "t1", ""):
        given = {"attemptId": attempt, "results": results(passed)}
        assert await refused_unchanged(owner_url, room.grader, "gradeAttempt", **given) == [("STALE", "attemptId")]
    (error,) = (await room.grader.do("gradeAttempt", **given))["userErrors"]
    assert (error["expected"], error["actual"]) == ("QUEUED", "FAILED")
    (seen,) = await history(room.learner)
    assert (seen["status"], seen["score"]) == (first["attempt"]["status"], first["attempt"]["score"]) == ("FAILED", 50)


@pytest.mark.parametrize("status", ["ERROR", "INCONCLUSIVE"])
async def test_what_could_not_be_judged_keeps_the_attempt_changes_no_progress_and_is_graded_again(
    room: Room, status: Any
) -> None:
    await room.attempt("t1")
    attempt = await room.submit()
    before = await room.progress()
    learner, id = parts(attempt)
    for _ in range(2):
        async with room.author.pool.database().transaction(identity=learner) as tx:
            (row,) = await attempts.by_id(tx, learner, [id])
            assert await record(tx, row, Verdict(status, None, (), frozenset()), at=now(), grader=None)
        seen = (await history(room.learner))[0]
        assert (seen["id"], seen["status"], seen["score"], seen["results"]) == (attempt, status, None, [])
        assert await room.progress() == before
    assert await room.board() == []
    graded = await room.grade(attempt)
    assert (graded["attempt"]["status"], graded["progress"]["status"]) == ("PASSED", "COMPLETED")
    assert (await dashboard(room.learner))["track"]["completedChallenges"] == 1
    assert await room.grader.refused("gradeAttempt", attemptId=attempt, results=results()) == [("STALE", "attemptId")]


def _weighing(*weights: int) -> list[Tree]:
    """Return tests t1, t2, … of these weights, the last one hidden."""
    made = [{"id": f"t{n}", "text": "It is.", "code": "assert(1)", "weight": w} for n, w in enumerate(weights, start=1)]
    return [*made[:-1], made[-1] | {"hidden": True}]


@pytest.mark.parametrize(
    ("weights", "passed", "score"),
    [
        ((1, 1, 1), "t1", 33),
        ((1, 1, 1), "t1 t2", 66),
        ((2, 1, 1), "", 0),
        ((1000, 1000, 1), "t1 t2", 99),
        ((1, 1, 1000), "t1 t2", 0),
        ((1, 1, 0), "t1 t2", 99),
        ((1, 0, 1), "t1 t3", 99),
        ((0, 0, 0), "t1 t2", 0),
        ((0, 0, 0), "t1 t2 t3", 100),
        ((1, 0, 2), "t1 t2 t3", 100),
    ],
)
async def test_a_score_is_the_floor_of_the_passed_weight_and_100_takes_every_test(
    author: Api, weights: tuple[int, ...], passed: str, score: int
) -> None:
    room = await opened(author, tests=_weighing(*weights))
    graded = await room.attempt(passed)
    status, far = ("PASSED", "COMPLETED") if score == 100 else ("FAILED", "IN_PROGRESS")
    assert (graded["attempt"]["score"], graded["attempt"]["status"]) == (score, status)
    assert (graded["progress"]["bestScore"], graded["progress"]["status"]) == (score, far)
    assert await room.board() == ([(1, "Learner")] if score == 100 else [])
    assert (await dashboard(room.learner))["track"]["completedChallenges"] == (score == 100)


@pytest.mark.parametrize("outcome", ["FAILED", "ERROR", "TIMEOUT", "CRASHED", "SKIPPED"])
async def test_no_other_outcome_passes_and_hidden_tests_are_only_counted(room: Room, outcome: str) -> None:
    attempt = await room.submit()
    (waiting,) = await history(room.learner)
    assert (waiting["results"], waiting["hiddenPassed"], waiting["hiddenTotal"]) == ([], None, None)
    given = [{"testId": "t3", "outcome": outcome, "message": "SECRET"}]
    given += [{"testId": "t2", "outcome": outcome, "message": "Look."}, {"testId": "t1", "outcome": "PASSED"}]
    graded = await room.grader.done("gradeAttempt", attemptId=attempt, results=given)
    assert (graded["attempt"]["score"], graded["progress"]["status"]) == (50, "IN_PROGRESS")
    (seen,) = await history(room.learner)
    assert seen["results"] == [
        {"testId": "t1", "outcome": "PASSED", "message": None},
        {"testId": "t2", "outcome": outcome, "message": "Look."},
    ]
    assert (seen["hiddenPassed"], seen["hiddenTotal"]) == (0, 1)
    await room.attempt("t3")
    newest, _ = await history(room.learner)
    assert [one["testId"] for one in newest["results"]] == ["t1", "t2"]
    assert (newest["hiddenPassed"], newest["hiddenTotal"]) == (1, 1)
