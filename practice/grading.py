"""Grading: what the outcomes of a version's tests mean, and recording that once.

``judge`` is a pure function of the tests and their outcomes. ``record`` writes the verdict with all that follows from
it in one statement, by compare-and-set: a second verdict finds the first one there and changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from core import limits, texts
from core.code import Code, code_hash
from core.faults import Faults, Invalid, Required, Taken
from practice.attempts import queries
from sql.database import Jsonb, Transaction
from sql.rows.practice import AttemptRow
from sql.rows.tree import IdRow

Outcome = Literal["PASSED", "FAILED", "ERROR", "TIMEOUT", "CRASHED", "SKIPPED"]
Status = Literal["PASSED", "FAILED", "ERROR", "INCONCLUSIVE"]

UNJUDGED = ("ERROR", "INCONCLUSIVE")  # ended without a verdict on the work, and can be judged again


class Weighed(Protocol):
    """A test as far as grading knows it."""

    @property
    def id(self) -> str: ...
    @property
    def weight(self) -> int: ...
    @property
    def hidden(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Result:
    """How one test came out; ``message`` is for the learner."""

    test_id: str
    outcome: Outcome
    message: str | None = None


@dataclass(frozen=True, slots=True)
class PageError:
    """An error of a learner's page: SYNTAX, EXCEPTION, REJECTION or CONSOLE.

    ``file`` is ``html``, ``css`` or ``js``, None where it is in none of them; line and column count from 1.
    """

    kind: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judged attempt: ``score`` in percent (None where there is none), results in the order of the tests.

    ``run_status`` says how the page ended and ``errors`` what went wrong in it; a verdict from outside has neither.
    """

    status: Status
    score: int | None
    results: tuple[Result, ...]
    hidden: frozenset[str]
    run_status: str | None = None
    errors: tuple[PageError, ...] = ()


def check(tests: Sequence[Weighed], results: Sequence[Result]) -> Faults:
    """Return what is wrong with stated results: each of the tests needs one, nothing else has any."""
    faults = Faults()
    known, seen = {test.id for test in tests}, set()
    for index, result in enumerate(results):
        path = ("results", str(index))
        if result.test_id not in known:
            faults.append(Invalid((*path, "testId"), f"The attempt's version has no test {result.test_id[:100]}."))
        elif result.test_id in seen:
            faults.append(Taken((*path, "testId"), f"The test {result.test_id} has a result already."))
        seen.add(result.test_id)
        texts.prose(faults, (*path, "message"), result.message or "", limits.TEST_MESSAGE)
    if missing := [test.id for test in tests if test.id not in seen]:
        faults.append(Required(("results",), f"Results are missing for {', '.join(missing)}."))
    return faults


def judge(
    tests: Sequence[Weighed],
    results: Sequence[Result],
    run_status: str | None = None,
    errors: Sequence[Mapping[str, Any]] = (),
) -> Verdict:
    """Return the verdict of complete results: the share of passed weight; 100 only when every test passed.

    ``errors`` are those of the page as its verdict keeps them, all of them.
    """
    by_id = {result.test_id: result for result in results}
    passed = [test for test in tests if by_id[test.id].outcome == "PASSED"]
    everything = len(passed) == len(tests)
    share = 100 * sum(test.weight for test in passed) // max(1, sum(test.weight for test in tests))
    return Verdict(
        "PASSED" if everything else "FAILED",
        # Weightless tests count for completion too, so all weight passed is not yet all.
        100 if everything else min(99, share),
        tuple(by_id[test.id] for test in tests),
        frozenset(test.id for test in tests if test.hidden),
        run_status,
        shown_errors(tests, errors),
    )


def shown_errors(tests: Sequence[Weighed], errors: Sequence[Mapping[str, Any]]) -> tuple[PageError, ...]:
    """Return those of a page's errors that its learner may see: none that a hidden test may have had a part in.

    An error tells what the page was called with, so one that came after a hidden test had begun would show what that
    test tries. A file that cannot be parsed owes that to nobody. Where it is not known when an error came, it counts
    as late.
    """
    hidden = next((place for place, test in enumerate(tests) if test.hidden), len(tests))
    early = {None, *(test.id for test in tests[:hidden])}
    return tuple(
        PageError(error["kind"], error["message"], error["file"], error["line"], error["column"])
        for error in errors
        if hidden == len(tests)
        or ("during" in error and error["during"] in early)
        or (error["kind"] == "SYNTAX" and error["file"] is not None)
    )


def hash_of(attempt: AttemptRow) -> str:
    """Return the hash of an attempt's code: computed when it was submitted, or here for one that is older than that."""
    return attempt.code_hash or code_hash(Code(attempt.code_html, attempt.code_css, attempt.code_js))


async def record(tx: Transaction, attempt: AttemptRow, verdict: Verdict, *, at: datetime, grader: UUID | None) -> bool:
    """Write a verdict with all that follows from it; False when the attempt has one already.

    The transaction's identity is the learner's. ``grader`` is None for a verdict that was made here.
    """
    await tx.fetch_one(queries.hold_for_verdict, IdRow, user_id=attempt.user_id, challenge_id=attempt.challenge_id)
    written = await tx.fetch_one(
        queries.record_verdict,
        IdRow,
        user_id=attempt.user_id,
        created_at=attempt.created_at,
        id=attempt.id,
        status=verdict.status,
        score=verdict.score,
        results=Jsonb(
            [
                {
                    "id": result.test_id,
                    "outcome": result.outcome,
                    "message": result.message,
                    "hidden": result.test_id in verdict.hidden,
                }
                for result in verdict.results
            ]
        ),
        run_status=verdict.run_status,
        page_errors=Jsonb([asdict(error) for error in verdict.errors]),
        at=at,
        graded_by=grader,
        code_hash=hash_of(attempt),
    )
    if written is None:
        return False
    await tx.execute(queries.notify_graded, id=attempt.id)
    return True
