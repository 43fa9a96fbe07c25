"""Attempts: submitting work, and reading one's own back. An attempt's moment is the millisecond inside its id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from core import limits
from core.code import Code, code_hash
from core.ids import new_id
from core.write_context import WriteContext
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.practice import AttemptRow, CountRow, TriesRow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REJUDGES_WITHIN = timedelta(hours=1)
LATEST = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True)
class _Queries:
    submit: Query
    waiting_attempts: Query
    begin_judging: Query
    count_tries: Query
    queue_again: Query
    hold_for_verdict: Query
    record_verdict: Query
    attempts_by_id: Query
    attempts_of_challenge: Query
    attempts_of_all: Query
    notify_graded: Query


queries = load("practice/attempts", _Queries)


@dataclass(frozen=True, slots=True)
class Place:
    """The version that a learner works on, since which publication of the challenge, and the pin that leads there.

    ``stored`` is the pin as it lies in their row (version, publication), None before they begin; ``before`` the version
    that they worked on until that publication.
    """

    version_id: UUID
    seq: int
    stored: tuple[UUID, int] | None = None
    before: UUID | None = None

    @property
    def is_new(self) -> bool:
        """Whether the learner was led here since they last wrote something."""
        return self.stored is not None and self.stored[0] != self.version_id


def moment_of(id: UUID) -> datetime:
    """Return the moment that stands in an attempt's id, to the millisecond; of what is none the latest there is."""
    return EPOCH + timedelta(milliseconds=min(id.int >> 80, microseconds(LATEST[0]) // 1000))


def microseconds(at: datetime) -> int:
    """Return a moment as cursors spell it: microseconds since 1970 UTC."""
    return (at - EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """Return the moment that a cursor spells."""
    return EPOCH + timedelta(microseconds=at)


async def submit(tx: Transaction, act: WriteContext, challenge_id: UUID, place: Place, code: Code) -> UUID | None:
    """Store checked code as the acting learner's next attempt at a version and return its id.

    Without progress the attempt begins the challenge at that version. Returns None, and writes nothing, when the
    learner's pin is no longer the one that led there.
    """
    id = new_id()
    code = code.lf()
    written = await tx.execute(
        queries.submit,
        user_id=act.actor,
        at=moment_of(id),
        id=id,
        challenge_id=challenge_id,
        version_id=place.version_id,
        seq=place.seq,
        pinned_version_id=place.stored[0] if place.stored else None,
        pinned_seq=place.stored[1] if place.stored else None,
        html=code.html,
        css=code.css,
        js=code.js,
        code_hash=code_hash(code),
    )
    return id if written else None


async def waiting(reads: Reads, user_id: UUID, challenge_id: UUID, at: datetime) -> int:
    """Return how many attempts of a learner at a challenge wait for their verdict, of those of the day before."""
    found = await reads.fetch_one(
        queries.waiting_attempts, CountRow, user_id=user_id, challenge_id=challenge_id, since=at - timedelta(days=1)
    )
    return found.number if found else 0


async def begin(tx: Transaction, attempt: AttemptRow) -> TriesRow | None:
    """Say that an attempt is being judged and return what was tried before; None when it has its verdict.

    The transaction's identity is the learner's.
    """
    return await tx.fetch_one(
        queries.begin_judging, TriesRow, user_id=attempt.user_id, created_at=attempt.created_at, id=attempt.id
    )


async def count(tx: Transaction, attempt: AttemptRow, *, tries: int = 0, failures: int = 0) -> TriesRow | None:
    """Add tries that came to no verdict, let the attempt wait again, and return how many they are by now.

    None when it has its verdict. The transaction's identity is the learner's.
    """
    return await tx.fetch_one(
        queries.count_tries,
        TriesRow,
        user_id=attempt.user_id,
        created_at=attempt.created_at,
        id=attempt.id,
        tries=tries,
        failures=failures,
    )


async def queue_again(tx: Transaction, act: WriteContext, attempt: AttemptRow) -> bool:
    """Have the acting learner's attempt wait for a verdict again; False when nothing changed.

    Nothing changes when it waits already, has a verdict, lies in the archive, or was judged again ``REJUDGES`` times
    in the last hour.
    """
    key = {"user_id": act.actor, "created_at": attempt.created_at, "id": attempt.id}
    since = act.at - REJUDGES_WITHIN
    return bool(await tx.execute(queries.queue_again, **key, at=act.at, since=since, most=limits.REJUDGES))


def is_rejudged_too_often(attempt: AttemptRow, at: datetime) -> bool:
    """Tell whether an attempt was judged again ``REJUDGES`` times in the last hour."""
    return sum(one > at - REJUDGES_WITHIN for one in attempt.rejudged_at) >= limits.REJUDGES


async def by_id(reads: Reads, user_id: UUID, ids: Sequence[UUID]) -> list[AttemptRow]:
    """Return a learner's attempts of these ids; those of others are absent."""
    return await reads.fetch_all(
        queries.attempts_by_id, AttemptRow, user_id=user_id, ids=list(ids), moments=[moment_of(id) for id in ids]
    )


async def page(
    reads: Reads, user_id: UUID, *, challenge_id: UUID | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[AttemptRow]:
    """Return a learner's attempts, newest first, of one challenge or all, after a key of (moment, id)."""
    at, id = after or LATEST
    if challenge_id is None:
        return await reads.fetch_all(queries.attempts_of_all, AttemptRow, user_id=user_id, at=at, id=id, limit=limit)
    return await reads.fetch_all(
        queries.attempts_of_challenge,
        AttemptRow,
        user_id=user_id,
        challenge_id=challenge_id,
        at=at,
        id=id,
        limit=limit,
    )
