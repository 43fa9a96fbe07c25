"""What is different for a learner in another version, as they are told it: counts, and nothing of hidden tests."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from sql.rows.versions import FullVersionRow
from versioning.content.definition import ChallengeTest
from versioning.judging.head_status import Head, HeadStatus, describe_changes, visible_changes

NOBODY = UUID(int=0)


def version(*tests: str, hidden: str = "", **changes: Any) -> FullVersionRow:
    """Return a version whose tests are ids, each with its code after a colon."""
    made = []
    for test in tests:
        id, _, code = test.partition(":")
        made.append(ChallengeTest(id, f"Text of {id}.", code or "ok", hidden=id in hidden.split()).stored())
    facts: dict[str, Any] = {
        "id": NOBODY,
        "challenge_id": NOBODY,
        "number": 1,
        "major": 1,
        "minor": 0,
        "label": "v1.0",
        "title": "T",
        "instructions": "Do it.",
        "difficulty": "EASY",
        "points": 10,
        "estimated_time_minutes": 5,
        "starter_html": "",
        "starter_css": "",
        "starter_js": "",
        "solution_hash": None,
        "tests": made,
        "hooks": {},
        "libraries": [],
        "hints": [],
        "canonical": 1,
        "content_hash": "",
        "judged_hash": "",
        "chain_hash": "",
        "restored_from": None,
        "changelog": "",
        "created_by": NOBODY,
        "reviewed_by": None,
        "published_by": NOBODY,
        "published_at": datetime.now(UTC),
        "is_active": True,
        "weight": 100,
    }
    return FullVersionRow(**(facts | changes))


UNKNOWN = Head("UNKNOWN", None)


def ran(passed: str, failed: str = "") -> Head:
    """Return how a page stands that passed these tests and failed those."""
    outcomes = dict.fromkeys(passed.split(), "PASSED") | dict.fromkeys(failed.split(), "FAILED")
    return Head("FAILS" if failed else "PASSES", outcomes)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (version("t1"), version("t1", "t2", "t3"), "2 tests added"),
        (version("t1", "t2"), version("t1:new", "t3"), "1 test added, 1 changed, 1 removed"),
        (version("t1", "t2"), version("t2", "t1"), "the order of tests changed"),
        (version("t1", "t2"), version("t1"), "1 test removed"),
        (version("t1"), version("t1", hidden="t1"), "1 test changed"),
        (version("t1"), version("t1", instructions="Other."), "the instructions changed"),
        (
            version("t1"),
            version("t1", "t2", title="N", starter_js="x", points=5),
            "1 test added; the title, the starter and the points changed",
        ),
        (version("t1"), version("t1", hooks={"before_all": "x"}), "the code that tests share changed"),
        (version("t1"), version("t1", solution_hash="x"), "nothing that you see changed"),
    ],
)
def test_what_changed_is_told_in_counts_and_names(before: FullVersionRow, after: FullVersionRow, says: str) -> None:
    assert describe_changes(before, after, UNKNOWN) == says


@pytest.mark.parametrize(
    ("added", "head", "says"),
    [
        ("t2 t3", ran("t1 t2 t3"), "passes both"),
        ("t2 t3", ran("t1 t2", "t3"), "passes one of them"),
        ("t2 t3", ran("t1", "t2 t3"), "passes neither"),
        ("t2 t3", ran("t2 t3", "t1"), "passes both, but not every other test"),
        ("t2", ran("t1 t2"), "passes it"),
        ("t2", ran("t1", "t2"), "does not pass it"),
        ("t2 t3 t4", ran("t1 t2 t3 t4"), "passes all 3"),
        ("t2 t3 t4", ran("t1 t2 t3", "t4"), "passes 2 of them"),
        ("t2 t3 t4", ran("t1", "t2 t3 t4"), "passes none of them"),
        ("", ran("t1"), "passes all tests"),
        ("", ran("", "t1"), "passes 0 of 1 tests"),
        ("t2", Head("PASSES", None), "passes all tests"),
        ("t2", Head("FAILS", None), "does not pass all tests"),
        ("t2", Head("QUEUED", None), "is being checked"),
        ("t2", Head("STALE", None), "was not checked against it yet"),
    ],
)
def test_what_ones_code_came_to_is_told_beside_it(added: str, head: Head, says: str) -> None:
    sentence = describe_changes(version("t1"), version("t1", *added.split()), head)
    assert sentence.rpartition("; ")[2] == f"your saved code {says}"


def test_of_hidden_tests_nothing_but_their_number_is_shown() -> None:
    before = version("t1", "t2:assert(secret)", hidden="t2", hints=["Look."])
    after = version("t1", "t3:assert(hidden)", "t4", hidden="t3", hints=["Look.", "Twice."], starter_html="<p>")
    shown = visible_changes(before, after)
    assert [one.name for one in shown] == ["starter.html", "tests", "hints"]
    text = "".join(one.unified for one in shown)
    assert "+Text of t4." in text
    for secret in ("t2", "t3", "secret", "hidden"):
        assert secret not in text
    status: HeadStatus = "UNKNOWN"
    assert describe_changes(before, after, Head(status, None)).startswith("2 tests added, 1 removed; ")
