"""A learner's day by the contract's operations alone, over HTTP, graded through a token."""

from pathlib import Path
from typing import Any

import pytest
from graphql import DocumentNode, OperationDefinitionNode, parse, print_ast

from tests.fix_gateway import GatewayServer

CONTRACT = Path(__file__).parent.parent / "contract"
OPERATIONS = {
    one.name.value: print_ast(DocumentNode(definitions=(one,)))
    for path in CONTRACT.glob("*.graphql")
    for one in parse(path.read_text()).definitions
    if isinstance(one, OperationDefinitionNode) and one.name
}
TESTS = [
    {"id": "t1", "text": "One.", "code": "assert(true)", "weight": 2},
    {"id": "t2", "text": "Two.", "code": "assert(true)", "weight": 1},
    {"id": "t3", "text": "Three.", "code": "assert(true)", "weight": 1, "hidden": True},
]


class Person:
    """Sends the contract's operations, and nothing else, as one person or tool."""

    def __init__(self, server: GatewayServer, token: str | None = None) -> None:
        self._server = server
        self.token = token

    def ask(self, operation: str, **variables: Any) -> Any:
        answer = self._server.gql(OPERATIONS[operation], variables, self.token)
        assert "errors" not in answer, answer
        return answer["data"]

    def do(self, operation: str, **input: Any) -> Any:
        (payload,) = self.ask(operation, input=input).values()
        assert payload["userErrors"] == [], payload
        return payload


def content(challenges: int = 2, **changes: Any) -> list[dict[str, Any]]:
    """A track of one lesson."""
    written = [
        {
            "slug": f"c{number}",
            "title": f"Challenge {number}",
            "instructions": "Do it.",
            "difficulty": "EASY",
            "points": 10,
            "estimatedTimeMinutes": 5,
            "tests": TESTS,
            **changes,
        }
        for number in range(1, challenges + 1)
    ]
    lesson = {"slug": "lesson", "title": "Lesson", "challenges": written}
    return [{"slug": "track", "title": "Track", "modules": [{"slug": "m", "title": "M", "lessons": [lesson]}]}]


@pytest.fixture
def author(server: GatewayServer) -> Person:
    return Person(server, server.token("author"))


@pytest.fixture
def grader(server: GatewayServer) -> Person:
    """A tool whose token can grade and nothing else."""
    admin = Person(server, server.token("admin"))
    made = admin.ask("CreateApiToken", input={"name": "grader", "scopes": ["GRADE"]})["createApiToken"]
    return Person(server, made["token"])


def results(*outcomes: str) -> list[dict[str, Any]]:
    return [
        {"testId": f"t{number}", "outcome": outcome, "message": None if outcome == "PASSED" else "Not yet."}
        for number, outcome in enumerate(outcomes, start=1)
    ]


def test_a_learners_day(server: GatewayServer, author: Person, grader: Person) -> None:
    author.do("ApplyContent", tracks=content(), publish=True, changelog="First.")
    learner = Person(server)
    entered = learner.do("SignUp", email="ada@example.org", password="long enough", displayName="Ada")
    learner.token = entered["token"]
    tree = learner.ask("TrackTreeWithProgress", slug="track")["track"]
    cards = tree["modules"][0]["lessons"][0]["challenges"]
    assert [card["viewerProgress"]["status"] for card in cards] == ["NOT_STARTED", "NOT_STARTED"]
    assert learner.ask("Dashboard")["viewer"]["dashboard"] == []

    enrolled = learner.do("Enroll", trackId=tree["id"])["enrollment"]
    assert (enrolled["progressPercentage"], enrolled["track"]["slug"]) == (0.0, "track")
    challenge = cards[0]["id"]
    begun = learner.do("StartChallenge", challengeId=challenge)["progress"]
    assert (begun["status"], begun["version"]["label"]) == ("IN_PROGRESS", "v1.0")

    def attempt(*outcomes: str) -> tuple[Any, Any]:
        made = learner.do("SubmitAttempt", challengeId=challenge, code={"html": "<h1>Mine</h1>"})
        assert (made["attempt"]["status"], made["attempt"]["score"]) == ("QUEUED", None)
        graded = grader.do("GradeAttempt", attemptId=made["attempt"]["id"], results=results(*outcomes))
        assert graded["attempt"]["id"] == made["attempt"]["id"]
        return graded["attempt"], graded["progress"]

    def dashboard() -> tuple[float, int, int, int, int]:
        (found,) = learner.ask("Dashboard")["viewer"]["dashboard"]
        return (
            found["progressPercentage"],
            found["completedChallenges"],
            found["totalChallenges"],
            found["earnedPoints"],
            found["totalPoints"],
        )

    def page() -> Any:
        return learner.ask("ChallengePage", path="track/m/lesson/c1")["challenge"]["viewerProgress"]

    def board() -> list[Any]:
        return [edge["node"] for edge in learner.ask("Leaderboard", challengeId=challenge)["leaderboard"]["edges"]]

    graded, progress = attempt("PASSED", "FAILED", "PASSED")
    assert (graded["status"], graded["score"], progress["status"]) == ("FAILED", 75, "IN_PROGRESS")
    assert (page()["bestScore"], page()["totalAttempts"], page()["completedAt"]) == (75, 1, None)
    assert dashboard() == (0.0, 0, 2, 0, 20)
    assert board() == []

    graded, progress = attempt("PASSED", "PASSED", "PASSED")
    assert (graded["status"], graded["score"], progress["status"]) == ("PASSED", 100, "COMPLETED")
    completed = page()
    assert (completed["bestScore"], completed["totalAttempts"]) == (100, 2)
    assert completed["completedAt"] is not None
    assert dashboard() == (50.0, 1, 2, 10, 20)
    assert [(one["rank"], one["displayName"], one["bestScore"], one["totalAttempts"]) for one in board()] == [
        (1, "Ada", 100, 2)
    ]

    graded, progress = attempt("FAILED", "PASSED", "FAILED")
    assert (graded["status"], graded["score"], progress["status"]) == ("FAILED", 25, "COMPLETED")
    after = page()
    assert (after["status"], after["bestScore"], after["totalAttempts"]) == ("COMPLETED", 100, 3)
    assert (after["completedAt"], after["version"]["label"]) == (completed["completedAt"], "v1.0")
    assert dashboard() == (50.0, 1, 2, 10, 20)
    assert [(one["rank"], one["totalAttempts"]) for one in board()] == [(1, 2)]

    history = learner.ask("AttemptHistory", challengeId=challenge)["viewer"]["attempts"]["edges"]
    assert [(edge["node"]["status"], edge["node"]["score"]) for edge in history] == [
        ("FAILED", 25),
        ("PASSED", 100),
        ("FAILED", 75),
    ]
    # Of the hidden test a learner sees no result.
    assert [one["testId"] for one in history[0]["node"]["results"]] == ["t1", "t2"]
    listed = learner.ask("Progress")["viewer"]["progress"]["edges"]
    assert [(edge["node"]["challenge"]["path"], edge["node"]["bestScore"]) for edge in listed] == [
        ("track/m/lesson/c1", 100)
    ]
