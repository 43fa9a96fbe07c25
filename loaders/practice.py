"""Loading a learner's own work: enrolments with their totals, progress, attempts.

Of anybody else's only an attempt, and that to a grader. For a visitor there is none, and no statement is spent on
finding that out.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from core.code import Code
from loaders.batch import by_key, grouped
from loaders.content.tree import challenge_by_id, track_by_id
from loaders.loader import ReadContext, list_loader, loader
from loaders.pages import Page, PageOf, cursor_of, key_in, page_size, uuid_in
from practice import attempts, enrollments, notices, progress
from practice.attempts import microseconds, moment
from practice.enrollments import percentage
from practice.grading import UNJUDGED, PageError, Result
from sql.rows.log import LogHeadRow
from sql.rows.migrations import NoticeRow
from sql.rows.practice import AttemptRow, EnrollmentRow, ProgressRow
from versioning.judging.head_status import Work
from versioning.log.publication_log import queries as log
from versioning.pins.selection import Pin, followed, successions_in

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class ProgressOf:
    """A page of progress, of one status or all."""

    first: int | None = None
    after: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class AttemptsOf:
    """A page of attempts, at one challenge or all."""

    challenge_id: UUID | None = None
    first: int | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Enrollment:
    """An enrolment with what its track holds now."""

    user_id: UUID
    track_id: UUID
    enrolled_at: datetime
    total_challenges: int
    completed_challenges: int
    progress_percentage: float
    total_points: int
    earned_points: int
    new_challenges: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A learner's progress in a challenge, begun or not; ``version_id`` is where their pin leads by now.

    ``newer_than`` asks which version they would get without it, ``work`` how their work stands there.
    """

    user_id: UUID
    challenge_id: UUID
    work: Work
    status: str = "NOT_STARTED"
    best_score: int | None = None
    total_attempts: int = 0
    last_attempt_at: datetime | None = None
    completed_at: datetime | None = None
    version_id: UUID | None = None
    completed_version_id: UUID | None = None
    newer_than: tuple[UUID, UUID] | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as its learner sees it: of hidden tests only how many there are and how many passed."""

    user_id: UUID
    id: UUID
    challenge_id: UUID
    version_id: UUID
    number: int
    status: str
    score: int | None
    created_at: datetime
    graded_at: datetime | None
    code: Code
    results: tuple[Result, ...]
    hidden_passed: int | None
    hidden_total: int | None
    run_status: str | None
    page_errors: tuple[PageError, ...]
    can_rejudge: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """What a learner is told of a challenge's versions; ``step`` asks what is different between them."""

    user_id: UUID
    id: UUID
    challenge_id: UUID
    kind: str
    from_version_id: UUID
    to_version_id: UUID
    reason: str | None
    created_at: datetime
    seen_at: datetime | None
    step: tuple[Work, UUID, UUID]


@loader
async def progress_by_challenge_id(ctx: ReadContext, challenge_ids: Sequence[UUID]) -> dict[UUID, Progress]:
    """Find the viewer's progress in these challenges, begun or not."""
    if ctx.user_id is None:
        return {}
    rows = await progress.by_challenge_id(ctx.database, ctx.user_id, challenge_ids)
    begun = {row.challenge_id: progress_of(row) for row in rows}
    return {id: begun.get(id) or Progress(ctx.user_id, id, Work(id)) for id in challenge_ids}


async def pins_of(ctx: ReadContext, challenge_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return the versions that the viewer works on, by challenge."""
    found = await progress_by_challenge_id.fetch(ctx, challenge_ids)
    return {id: one.version_id for id, one in found.items() if one and one.version_id}


@loader
async def progress_by_user_id(
    ctx: ReadContext, keys: Sequence[tuple[UUID, ProgressOf]]
) -> dict[tuple[UUID, ProgressOf], Page[Progress]]:
    """Find pages of the viewer's progress; one statement for each page asked for."""
    found: dict[tuple[UUID, ProgressOf], Page[Progress]] = {}
    for user_id, wanted in _own(ctx, keys):
        size = page_size(wanted.first, "first")
        rows = await progress.page(
            ctx.database, user_id, status=wanted.status, after=_moment_and_id(wanted.after), limit=size + 1
        )
        page = Page.cut(
            rows, size, lambda row: _cursor(row.started_at, row.challenge_id), later=wanted.after is not None
        )
        found[user_id, wanted] = page.map(progress_of)
    return found


@loader
async def attempt_by_ref(ctx: ReadContext, refs: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Attempt]:
    """Find attempts; a key is (learner, attempt), and those of others are there for a grader alone.

    One statement for each learner: a row is read as the learner whose it is.
    """
    found: dict[tuple[UUID, UUID], Attempt] = {}
    for learner, own in grouped(refs, lambda ref: ref[0]).items():
        ids = [id for _, id in own]
        if learner == ctx.user_id:
            rows = [_shown_to(ctx)(row) for row in await attempts.by_id(ctx.database, learner, ids)]
        elif ctx.grades:
            others = await attempts.by_id(ctx.database.of(learner), learner, ids)
            rows = [attempt_of(row, in_person=False) for row in others]
        else:
            continue
        found |= by_key(rows, lambda row: (row.user_id, row.id))
    return found


@loader
async def attempts_by_user_id(
    ctx: ReadContext, keys: Sequence[tuple[UUID, AttemptsOf]]
) -> dict[tuple[UUID, AttemptsOf], Page[Attempt]]:
    """Find pages of the viewer's attempts, newest first; one statement for each page asked for."""
    found: dict[tuple[UUID, AttemptsOf], Page[Attempt]] = {}
    for user_id, wanted in _own(ctx, keys):
        size = page_size(wanted.first, "first")
        rows = await attempts.page(
            ctx.database,
            user_id,
            challenge_id=wanted.challenge_id,
            after=_moment_and_id(wanted.after),
            limit=size + 1,
        )
        page = Page.cut(rows, size, lambda row: _cursor(row.created_at, row.id), later=wanted.after is not None)
        found[user_id, wanted] = page.map(_shown_to(ctx))
    return found


@loader
async def notice_by_ref(ctx: ReadContext, refs: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Notice]:
    """Find notices, put away or not; a key is (learner, notice), and those of others are absent."""
    if ctx.user_id is None:
        return {}
    rows = await notices.by_id(ctx.database, ctx.user_id, [id for _, id in _own(ctx, refs)])
    return by_key(map(notice_of, rows), lambda one: (one.user_id, one.id))


@loader
async def notices_by_user_id(
    ctx: ReadContext, keys: Sequence[tuple[UUID, PageOf]]
) -> dict[tuple[UUID, PageOf], Page[Notice]]:
    """Find pages of what the viewer is told, newest first; one statement for each page asked for."""
    found: dict[tuple[UUID, PageOf], Page[Notice]] = {}
    for user_id, wanted in _own(ctx, keys):
        before = uuid_in(key_in(wanted.after, str)[0]) if wanted.after is not None else None
        rows = await notices.page(ctx.database, user_id, before=before, limit=wanted.size + 1)
        page = Page.cut(rows, wanted.size, lambda row: cursor_of(str(row.id)), later=wanted.after is not None)
        found[user_id, wanted] = page.map(notice_of)
    return found


@list_loader
async def enrollments_by_user_id(ctx: ReadContext, user_ids: Sequence[UUID]) -> dict[UUID, list[Enrollment]]:
    """Find the viewer's enrolments in tracks that are shown, the last begun first."""
    if ctx.user_id is None or ctx.user_id not in user_ids:
        return {}
    return {ctx.user_id: await _with_totals(ctx, await enrollments.of_learner(ctx.database, ctx.user_id))}


@loader
async def enrollment_by_ref(ctx: ReadContext, refs: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Enrollment]:
    """Find enrolments; a key is (learner, track), and those of others are absent."""
    if ctx.user_id is None:
        return {}
    rows = await enrollments.in_tracks(ctx.database, ctx.user_id, [track_id for _, track_id in _own(ctx, refs)])
    return by_key(await _with_totals(ctx, rows), lambda one: (one.user_id, one.track_id))


@loader
async def visible_enrollment_by_ref(
    ctx: ReadContext, refs: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], Enrollment | None]:
    """Find the viewer's enrolments in tracks that they see; a key is (learner, track)."""
    own = _own(ctx, refs)
    tracks = await asyncio.gather(*(ctx.load(track_by_id, track_id) for _, track_id in own))
    seen = [ref for ref, track in zip(own, tracks, strict=True) if track is not None]
    return dict(await enrollment_by_ref.fetch(ctx, seen)) if seen else {}


@loader
async def visible_progress_by_ref(
    ctx: ReadContext, refs: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], Progress | None]:
    """Find the viewer's progress in challenges that they see; a key is (learner, challenge)."""
    own = _own(ctx, refs)
    challenges = await asyncio.gather(*(ctx.load(challenge_by_id, challenge_id) for _, challenge_id in own))
    seen = [ref for ref, challenge in zip(own, challenges, strict=True) if challenge is not None]
    found = await asyncio.gather(*(ctx.load(progress_by_challenge_id, challenge_id) for _, challenge_id in seen))
    return dict(zip(seen, found, strict=True))


async def _with_totals(ctx: ReadContext, rows: Sequence[EnrollmentRow]) -> list[Enrollment]:
    head = await ctx.database.fetch_one(log.head, LogHeadRow)
    totals = await ctx.totals.of(ctx.database, head.seq if head else 0, [row.track_id for row in rows])
    return [_enrollment(row, totals[row.track_id]) for row in rows]


def _shown_to(ctx: ReadContext) -> Callable[[AttemptRow], Attempt]:
    return partial(attempt_of, in_person=ctx.in_person)


def _own(ctx: ReadContext, keys: Sequence[tuple[UUID, K]]) -> list[tuple[UUID, K]]:
    return [(user_id, wanted) for user_id, wanted in keys if user_id == ctx.user_id]


def progress_of(row: ProgressRow) -> Progress:
    """Return a row as it is shown."""
    pin = followed(Pin(row.pinned_version_id, row.pinned_seq), successions_in(row.successions))
    return Progress(
        user_id=row.user_id,
        challenge_id=row.challenge_id,
        work=_work(row, pin.version_id),
        status=row.status,
        best_score=row.best_score,
        total_attempts=row.total_attempts,
        last_attempt_at=row.last_attempt_at,
        completed_at=row.completed_at,
        version_id=pin.version_id,
        completed_version_id=row.completed_version_id,
        newer_than=(row.challenge_id, pin.version_id),
    )


def notice_of(row: NoticeRow) -> Notice:
    """Return a row as it is shown: with the version that has come since in the place of the one it told of."""
    to = followed(Pin(row.to_version_id, row.seq), successions_in(row.successions)).version_id
    return Notice(
        user_id=row.user_id,
        id=row.id,
        challenge_id=row.challenge_id,
        kind=row.kind,
        from_version_id=row.from_version_id,
        to_version_id=to,
        reason=row.reason,
        created_at=row.created_at,
        seen_at=row.seen_at,
        step=(_work(row, row.from_version_id), row.from_version_id, to),
    )


def _work(row: ProgressRow | NoticeRow, version_id: UUID) -> Work:
    return Work(
        row.challenge_id,
        version_id,
        row.best_version_id,
        row.best_code_hash,
        None if row.best_score is None else row.best_score == 100,
        row.completed_version_id,
    )


def attempt_of(row: AttemptRow, *, in_person: bool) -> Attempt:
    """Return a row as it is shown: ``in_person`` to its learner, else to whoever grades it."""
    hidden = [one for one in row.results or () if one["hidden"]]
    return Attempt(
        user_id=row.user_id,
        id=row.id,
        challenge_id=row.challenge_id,
        version_id=row.version_id,
        number=row.number,
        status=row.status,
        score=row.score,
        created_at=row.created_at,
        graded_at=row.graded_at,
        code=Code(row.code_html, row.code_css, row.code_js),
        results=tuple(
            Result(one["id"], one["outcome"], one["message"]) for one in row.results or () if not one["hidden"]
        ),
        hidden_passed=None if row.results is None else sum(one["outcome"] == "PASSED" for one in hidden),
        hidden_total=None if row.results is None else len(hidden),
        run_status=row.run_status,
        page_errors=tuple(PageError(**one) for one in row.page_errors or ()),
        can_rejudge=in_person and row.status in UNJUDGED,
    )


def _enrollment(row: EnrollmentRow, totals: enrollments.Totals) -> Enrollment:
    # What was archived a moment ago may still be counted; a share is never more than all.
    completed = min(row.completed_challenges, totals.challenges)
    return Enrollment(
        user_id=row.user_id,
        track_id=row.track_id,
        enrolled_at=row.enrolled_at,
        total_challenges=totals.challenges,
        completed_challenges=completed,
        progress_percentage=percentage(completed, totals.challenges),
        total_points=totals.points,
        earned_points=row.earned_points,
        new_challenges=totals.since(row.last_completed_at or row.enrolled_at),
    )


def _cursor(at: datetime, id: UUID) -> str:
    return cursor_of(microseconds(at), str(id))


def _moment_and_id(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    at, id = key_in(cursor, int, str)
    assert isinstance(at, int)
    return moment(at), uuid_in(id)
