"""Waiting for a verdict: over a WebSocket, and inside submitAttempt; nobody hears of another's."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.fix_gateway import GatewayServer
from tests.gateway.test_graphql_ws import begin, closing, heard, send, socket
from tests.practice.test_day import OPERATIONS, Person, content, results
from tests.waits import eventually

GRADED = OPERATIONS["AttemptGraded"]
GRADER = {"name": "grader", "scopes": ["GRADE"]}


@pytest.fixture
def author(server: GatewayServer) -> Person:
    return Person(server, server.token("author"))


@pytest.fixture
def grader(server: GatewayServer) -> Person:
    admin = Person(server, server.token("admin"))
    return Person(server, admin.ask("CreateApiToken", input=GRADER)["createApiToken"]["token"])


@pytest.fixture
def learner(server: GatewayServer, author: Person) -> Person:
    """Somebody who is enrolled in a track with a challenge."""
    author.do("ApplyContent", tracks=content(1), publish=True)
    found = Person(server, server.token("learner"))
    found.do("Enroll", trackId=found.ask("TrackTree", slug="track")["track"]["id"])
    return found


def submitted(learner: Person, **more: Any) -> Any:
    id = learner.ask("ChallengePage", path="track/m/lesson/c1")["challenge"]["id"]
    return learner.do("SubmitAttempt", challengeId=id, code={"html": "<h1>Mine</h1>"}, **more)["attempt"]


def follow(made: Any, attempt: str) -> None:
    send(made, "subscribe", id="1", payload={"query": GRADED, "variables": {"attemptId": attempt}})


def test_a_verdict_is_heard_when_it_is_there_and_again_by_who_comes_late(
    server: GatewayServer, learner: Person, grader: Person
) -> None:
    attempt = submitted(learner)["id"]
    with socket(server, learner.token) as made:
        begin(made)
        follow(made, attempt)
        assert eventually(lambda: server.waiting() == 1)
        grader.do("GradeAttempt", attemptId=attempt, results=results("PASSED", "FAILED", "PASSED"))
        for _ in range(2):
            event = heard(made)
            assert event["type"] == "next", event
            assert event["payload"]["data"]["attemptGraded"] == {
                "id": attempt,
                "status": "FAILED",
                "score": 75,
                "results": [
                    {"testId": "t1", "outcome": "PASSED", "message": None},
                    {"testId": "t2", "outcome": "FAILED", "message": "Not yet."},
                ],
            }
            assert heard(made) == {"type": "complete", "id": "1"}
            follow(made, attempt)


def test_of_anothers_verdict_nothing_is_heard(server: GatewayServer, learner: Person, grader: Person) -> None:
    attempt = submitted(learner)["id"]
    for token in (server.token("learner", "other"), grader.token):
        with socket(server, token) as made:
            begin(made)
            follow(made, attempt)
            told = heard(made)
            assert told["type"] == "error", told
            assert attempt not in str(told)
    with socket(server) as visitor:
        send(visitor, "connection_init")
        assert closing(visitor)[0] == 4403
    grader.do("GradeAttempt", attemptId=attempt, results=results("PASSED", "PASSED", "PASSED"))


def test_a_submission_that_waits_answers_with_the_verdict(
    server: GatewayServer, learner: Person, grader: Person
) -> None:
    with ThreadPoolExecutor() as other:
        waiting = other.submit(submitted, learner, waitSeconds=20)
        until = time.monotonic() + 10
        attempts: list[Any] = []
        while not attempts and time.monotonic() < until:
            id = learner.ask("ChallengePage", path="track/m/lesson/c1")["challenge"]["id"]
            attempts = learner.ask("AttemptHistory", challengeId=id)["viewer"]["attempts"]["edges"]
        began = time.monotonic()
        grader.do("GradeAttempt", attemptId=attempts[0]["node"]["id"], results=results("PASSED", "PASSED", "PASSED"))
        answered = waiting.result(20)
        assert (answered["status"], answered["score"]) == ("PASSED", 100)
        assert time.monotonic() - began < 5


def test_a_submission_that_waits_in_vain_answers_queued(learner: Person) -> None:
    began = time.monotonic()
    assert submitted(learner, waitSeconds=1)["status"] == "QUEUED"
    assert 0.9 < time.monotonic() - began < 10


def test_who_has_many_attempts_waiting_comes_after_who_has_few(
    server: GatewayServer, learner: Person, owner_url: str
) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from settings where name = 'attempts_judged_by'")
        owner.execute("delete from jobs.procrastinate_jobs")
        other = Person(server, server.token("learner", "other"))
        other.do("Enroll", trackId=other.ask("TrackTree", slug="track")["track"]["id"])
        for who in (*[learner] * 12, other):
            submitted(who)
        found = owner.execute(
            "select priority from jobs.procrastinate_jobs where queue_name = 'learner' order by id"
        ).fetchall()
    assert [priority for (priority,) in found] == [20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 11, 11, 20]
