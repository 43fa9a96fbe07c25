"""What follows for gate and label from learners' solutions under changed tests: pure functions of what is stored."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.code import Code, code_hash
from core.ids import new_id
from practice.replay_sample import Submissions
from sql.rows.replays import ReplayRow, SubmissionRow
from versioning.content.definition import ChallengeTest, Content, Hooks
from versioning.judging.compatibility import Accepted, Compatibility, only_adds_or_changes, state

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOBODY = Accepted()
ONE, TWO = ChallengeTest("t1", "One.", "assert(1)"), ChallengeTest("t2", "Two.", "assert(2)")
CONTENT = Content("Title", tests=(ONE, TWO), solution=Code("<p>"))


def replayed(still_pass: int, breaks: dict[str, int] | None = None, **more: Any) -> ReplayRow:
    """A finished replay; each broken solution fails one test."""
    broken = sum((breaks or {}).values())
    total = still_pass + broken
    counts: dict[str, Any] = {"found": total, "total": total, "done": total, "still_pass": still_pass, "broken": broken}
    counts |= {"pinned": total, "in_progress": 0, "completed": total, "solved": total}
    told = [{"id": id, "breaks": number} for id, number in (breaks or {}).items()]
    facts: dict[str, Any] = {"broken_learners": broken, "newly_pass": 0, "unknown": 0, "breaks": told, **counts, **more}
    hashes: dict[str, Any] = {"content_hash": "c", "judged_hash": "new", "against_judged_hash": "old"}
    about: dict[str, Any] = {"id": new_id(), "challenge_id": new_id(), "against_version_id": new_id()}
    about |= {"seed": 0, "most": 300}
    return ReplayRow(**about, **hashes, requested_at=NOW, state="FINISHED", finished_at=NOW, **facts)


def known(replay: ReplayRow | None, *, solved: int = 40, allowed: int = 2, runner: bool = True) -> Compatibility:
    return Compatibility(solved, replay, allowed, runner)


@pytest.mark.parametrize(
    ("about", "wanted", "stands"),
    [
        (None, None, "PASSED"),  # the tests are those that are live
        (known(None, solved=0), None, "PASSED"),
        (known(None), None, "PENDING"),
        (known(None), "MINOR", "PENDING"),
        (known(None), "MAJOR", "WARNING"),  # what is said to break waits for nothing
        (known(None, runner=False), None, "WARNING"),
        (known(replayed(40)), None, "PASSED"),
        (known(replayed(98, {"t1": 2})), "MINOR", "PASSED"),
        (known(replayed(97, {"t1": 3})), "MINOR", "FAILED"),
        (known(replayed(97, {"t1": 3}), allowed=3), "MINOR", "PASSED"),
        (known(replayed(97, {"t1": 3})), "MAJOR", "WARNING"),
        (known(replayed(97, {"t1": 3})), None, "WARNING"),
        (known(replayed(0)), None, "PASSED"),
    ],
)
def test_the_gate_follows_from_learners_the_replay_and_the_label(
    about: Compatibility | None, wanted: Any, stands: str
) -> None:
    assert state(about, wanted, NOBODY)[0] == stands


@pytest.mark.parametrize(
    ("accepted", "stands"),
    [
        (Accepted(frozenset({"t1", "t2"}), "It was never asked for."), "WARNING"),
        (Accepted(frozenset({"t1"}), "It was never asked for."), "FAILED"),
        (Accepted(frozenset({"t1", "t2"}), " "), "FAILED"),
    ],
)
def test_every_broken_test_has_to_be_named_with_a_reason(accepted: Accepted, stands: str) -> None:
    found = state(known(replayed(5, {"t1": 3, "t2": 1})), "MINOR", accepted)
    assert found[0] == stands
    assert found[1] is not None
    assert "5 of 9 different solutions still pass; t1 breaks 3, t2 breaks 1, of 4 learners" in found[1]


@pytest.mark.parametrize(
    ("replay", "harmless"),
    [
        (replayed(30), True),
        (replayed(29), False),
        (replayed(1000, {"t1": 1}), False),
        (replayed(30, unknown=1), False),
        (None, False),
    ],
)
def test_thirty_solutions_that_all_pass_make_a_changed_test_minor(replay: ReplayRow | None, harmless: bool) -> None:
    assert known(replay).is_harmless is harmless


@pytest.mark.parametrize(
    ("changed", "can_be_told"),
    [
        ({"tests": (ONE, replace(TWO, code="assert(3)"))}, True),
        ({"tests": (ONE, replace(TWO, weight=2, hidden=True))}, True),
        ({"tests": (ChallengeTest("t0", "Zero.", "assert(0)"), ONE, TWO)}, True),
        ({"tests": (ONE,)}, False),
        ({"tests": (TWO, ONE)}, False),
        ({"tests": (ONE, replace(TWO, id="t3"))}, False),
        ({"hooks": Hooks(before_all="let x;")}, False),
        ({"libraries": ("0" * 64,)}, False),
        ({"solution": Code("<p>", js="let x;")}, False),
        ({"starter": Code("<p>")}, False),
    ],
)
def test_a_replay_speaks_for_tests_that_were_added_or_changed_and_for_nothing_else(
    changed: dict[str, Any], can_be_told: bool
) -> None:
    assert only_adds_or_changes(CONTENT, replace(CONTENT, **changed)) is can_be_told


def submitted(html: str, status: str = "PASSED", *, hashed: bool = True) -> SubmissionRow:
    code = Code(html)
    given = (html, "", "") if not hashed else ("", "", "")
    return SubmissionRow(new_id(), NOW, new_id(), status, code_hash(code) if hashed else None, *given)


def test_each_code_is_chosen_once_and_the_seed_decides_which() -> None:
    found = Submissions()
    for number in range(40):
        found.add(submitted(f"<p>{number}"))
        found.add(submitted(f"<p>{number}", hashed=False))  # as before attempts had hashes
        found.add(submitted(f"<i>{number}", "FAILED"))
    found.add(submitted("<p>1", "FAILED"))  # what is accepted somewhere is not among the wrong
    assert found.found == 40
    everything = found.chosen(0, 300, 300)
    assert [one.kind for one in everything] == ["ACCEPTED"] * 40 + ["WRONG"] * 40
    assert {one.learners for one in everything if one.kind == "ACCEPTED"} == {2}
    few = found.chosen(7, 5, 2)
    assert (len(few), few) == (7, found.chosen(7, 5, 2))
    assert {one.code_hash for one in few} != {one.code_hash for one in found.chosen(8, 5, 2)}
