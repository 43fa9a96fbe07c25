"""A sample of learners for trials and measurements: who attempted what when, as arithmetic on two numbers.

Nothing is remembered and nothing is drawn by lot: the attempt numbered ``j`` of the learner numbered ``n`` is a pure
function of both, so months can be made in any order, again, or on another machine, and are the same. Busy learners do
nine times as much as idle ones; each goes through challenges in order from a place of their own, tries each about three
times, and completes nine of ten.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from practice.attempts import EPOCH
from practice.grading import Result, judge
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.practice import SampleChallengeRow
from sql.rows.tree import IdRow

MONTHS = 24
TRIES = 3
STRIPES = 10  # of a month: within one, rows lie learner by learner, as a busy week's do not
PHASES = 1024
LINES = 2_000  # a block of rows for the server
COLUMNS = (
    *("user_id", "created_at", "id", "challenge_id", "version_id", "number"),
    *("code_html", "code_css", "code_js", "status", "score", "results", "graded_at"),
)
_ODD = 0x2545F4914F6CDD1D


@dataclass(frozen=True)
class _Queries:
    tracks_beside: Query
    sample_challenges: Query
    sample_progress: Query


_q = load("practice/sample", _Queries)


@dataclass(frozen=True, slots=True)
class _Test:
    id: str
    weight: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class Exercise:
    """A challenge as far as the sample knows it; ``passed`` and ``failed`` end the row of such an attempt."""

    id: str
    version: str
    passed: str
    failed: str


@dataclass(frozen=True, slots=True)
class Sample:
    """So many learners with so many attempts in the months up to ``until`` (its first day, UTC midnight)."""

    users: int
    attempts: int
    until: datetime
    months: int = MONTHS

    @property
    def since(self) -> datetime:
        """The first moment."""
        return self.month(0)

    def month(self, number: int) -> datetime:
        """Return the first moment of a month, counted from 0."""
        return first_of_month(self.until, number - self.months)

    def user_id(self, number: int) -> UUID:
        """Return a learner's id, a UUIDv7 of the sample's first moment."""
        return _uuid(_ms(self.since) - 1, 0, number)

    def count(self, number: int) -> int:
        """Return how many attempts a learner makes; of all learners together exactly ``attempts``."""
        return self._up_to(number + 1) - self._up_to(number)

    def lines(self, first: datetime, last: datetime, exercises: Sequence[Exercise]) -> Iterator[bytes]:
        """Yield blocks of rows in the form of COPY: all attempts with ``first <= created_at < last``."""
        block: list[str] = []
        begin, span = _ms(self.since), _ms(self.until) - _ms(self.since)
        low, high = _ms(first) - begin, _ms(last) - begin
        counts = [self.count(number) for number in range(self.users)]
        users = [self.user_id(number).hex for number in range(self.users)]
        stripes = max(1, min(STRIPES, self.attempts // max(1, self.users)))
        for stripe in range(stripes):
            start, end = low + (high - low) * stripe // stripes, low + (high - low) * (stripe + 1) // stripes
            for number, count in enumerate(counts):
                if count:
                    phase = number * 389 % PHASES
                    chain = range(_first(start, count, phase, span), min(count, _first(end, count, phase, span)))
                    for turn in chain:
                        at = begin + (turn * PHASES + phase) * span // (count * PHASES)
                        block.append(_line(users[number], number, count, turn, at, exercises))
                    if len(block) >= LINES:
                        yield "".join(block).encode()
                        block.clear()
        yield "".join(block).encode()

    def _up_to(self, number: int) -> int:
        # The integral of a straight line from a fifth of the average to nine fifths.
        return self.attempts * (number * self.users + 4 * number * number) // (5 * self.users * self.users)


async def is_alone(reads: Reads, track_slug: str) -> bool:
    """Tell whether a database holds no track but the sample's."""
    return not await reads.fetch_all(_q.tracks_beside, IdRow, slug=track_slug)


async def exercises(reads: Reads, track_slug: str) -> list[Exercise]:
    """Return a track's live challenges in their order."""
    return [_exercise(row) for row in await reads.fetch_all(_q.sample_challenges, SampleChallengeRow, slug=track_slug)]


async def fill_in(tx: Transaction, user_ids: Sequence[UUID], track_slug: str) -> None:
    """Write what follows from these learners' attempts, as every single verdict would have: progress and its counts."""
    await tx.execute(_q.sample_progress, user_ids=list(user_ids), slug=track_slug)


def first_of_month(at: datetime, months: int = 0) -> datetime:
    """Return the first moment of the month so many months later (UTC)."""
    number = at.year * 12 + at.month - 1 + months
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=at.tzinfo)


def _first(moment: int, count: int, phase: int, span: int) -> int:
    """Return the first of a learner's turns that is not before a moment."""
    return max(0, -((phase * span - moment * count * PHASES) // (PHASES * span)))


def _line(user: str, number: int, count: int, turn: int, at: int, exercises: Sequence[Exercise]) -> str:
    visited = min(len(exercises), -(-count // TRIES))
    slot = turn * visited // count
    opening, ending = -(-slot * count // visited), -(-(slot + 1) * count // visited)
    exercise = exercises[(number * 7 + slot) % len(exercises)]
    passes = turn == ending - 1 and (number * 31 + slot * 17) % 10 != 0
    moment = (EPOCH + timedelta(milliseconds=at)).isoformat()
    id = _uuid(at, turn, number).hex
    code = (
        f"<main>\\n  <h1>Learner {number}</h1>\\n  <p>My attempt {turn - opening + 1} of this challenge.</p>\\n</main>"
    )
    end = exercise.passed if passes else exercise.failed
    return (
        f"{user}\t{moment}\t{id}\t{exercise.id}\t{exercise.version}\t{turn - opening + 1}"
        f"\t{code}\tmain {{ margin: {turn % 40}px }}\tlet turn = {turn};\t{end}\t{moment}\n"
    )


def _exercise(row: SampleChallengeRow) -> Exercise:
    tests = [_Test(test["id"], test.get("weight", 1), test.get("hidden", False)) for test in row.tests]
    ends = []
    for first in ("PASSED", "FAILED"):
        results = [Result(test.id, "PASSED") for test in tests]
        if first == "FAILED" and results:
            results[0] = Result(results[0].test_id, "FAILED", "expected null to exist")
        verdict = judge(tests, results)
        told = [
            {"id": one.test_id, "outcome": one.outcome, "message": one.message, "hidden": one.test_id in verdict.hidden}
            for one in verdict.results
        ]
        escaped = orjson.dumps(told).decode().replace("\\", "\\\\")
        ends.append(f"{verdict.status}\t{verdict.score}\t{escaped}")
    return Exercise(row.challenge_id.hex, row.version_id.hex, ends[0], ends[1])


def _uuid(at: int, turn: int, number: int) -> UUID:
    """Return the UUIDv7 of a moment in milliseconds and of two numbers, no two of which give the same."""
    tail = ((number << 24 | turn) * _ODD) & ((1 << 62) - 1)
    return UUID(int=at << 80 | 0x7 << 76 | (turn & 0xFFF) << 64 | 0b10 << 62 | tail)


def _ms(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)
