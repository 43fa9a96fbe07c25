"""A learner's acts and what they read back: enrolling, beginning, submitting, moving on, and verdicts of graders."""

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from core.code import Code
from core.faults import NotFound, Refused
from loaders.content.tree import Tree, challenge_by_id
from loaders.pages import LARGEST_INTEGER, Page, PageOf, cursor_of, key_in, uuid_in, within
from loaders.practice import Attempt, Progress, attempt_by_ref, attempt_of, progress_of
from practice import attempts, leaderboards, notices, progress
from practice.enrollments import enroll
from practice.grading import Result
from practice.leaderboards import START, After
from resolvers.context import Context
from resolvers.errors import InvalidArgument
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_grade, may_practise, require
from sql.database import Database, Transaction
from workflows.attempts.adopt_version import adopt
from workflows.attempts.choose_version import Chooser
from workflows.attempts.grade_attempt import grade
from workflows.attempts.judge_attempt import UNDER_WAY
from workflows.attempts.start_challenge import start
from workflows.attempts.submit_attempt import submit
from workflows.waiting import wait


async def enroll_in(ctx: Context, asked: IdempotentCall, track_id: UUID) -> Ids:
    """Enrol the viewer in a track that they see; enrolling again changes nothing."""
    require(ctx.viewer, may_practise)

    async def do(tx: Transaction) -> Ids:
        if not await Tree(tx, ctx.loaders.sees_all).tracks([track_id]):
            raise Refused(NotFound(("trackId",)))
        await enroll(tx, ctx.act(), track_id)
        return {"track": track_id}

    return await run_once(ctx, asked, do)


async def start_challenge(ctx: Context, asked: IdempotentCall, challenge_id: UUID, version_id: UUID | None) -> Ids:
    """Begin a challenge at the version that the viewer sees, which they keep from then on."""
    require(ctx.viewer, may_practise)

    async def do(tx: Transaction) -> Ids:
        await start(tx, _chooser(ctx), challenge_id, version_id)
        return {"challenge": challenge_id}

    return await run_once(ctx, asked, do)


async def submit_attempt(
    ctx: Context, asked: IdempotentCall, challenge_id: UUID, code: Code, version_id: UUID | None, wait_seconds: int
) -> Ids:
    """Submit work on the version that the viewer works on; waits for its verdict, holding no connection."""
    require(ctx.viewer, may_practise)

    async def do(tx: Transaction) -> Ids:
        id = await submit(tx, _chooser(ctx), challenge_id, code, version_id)
        return {"challenge": challenge_id, "attempt": id}

    ids = await run_once(ctx, asked, do)
    if wait_seconds:
        await wait_for_verdict(ctx, ids["attempt"], wait_seconds)
    return ids


async def wait_for_verdict(ctx: Context, attempt_id: UUID, seconds: int) -> None:
    """Wait until the viewer's attempt has a verdict, at most so long; holds no connection."""
    learner = ctx.act().actor
    about = str(attempt_id)
    await wait(ctx.signals, "palimpsest_attempts", about, seconds, lambda: _waits(ctx.database, learner, attempt_id))
    ctx.forget()


async def adopt_version(ctx: Context, asked: IdempotentCall, challenge_id: UUID, version_id: UUID | None) -> Ids:
    """Move the viewer to the version that they would get if they began now."""
    require(ctx.viewer, may_practise)

    async def do(tx: Transaction) -> Ids:
        await adopt(tx, _chooser(ctx), challenge_id, version_id)
        return {"challenge": challenge_id}

    return await run_once(ctx, asked, do)


async def dismiss_notice(ctx: Context, asked: IdempotentCall, learner: UUID, notice_id: UUID) -> Ids:
    """Put away a notice that the viewer was told."""
    require(ctx.viewer, may_practise)

    async def do(tx: Transaction) -> Ids:
        if learner != ctx.viewer.user_id or not await notices.dismiss(tx, ctx.act(), notice_id):
            raise Refused(NotFound(("noticeId",)))
        return {"notice": notice_id}

    return await run_once(ctx, asked, do)


async def grade_attempt(
    ctx: Context, asked: IdempotentCall, learner: UUID, attempt_id: UUID, results: Sequence[Result]
) -> Ids:
    """Record the verdict of an external grader; the score comes from the weights of the attempt's version."""
    require(ctx.viewer, may_grade)

    async def do(tx: Transaction) -> Ids:
        challenge_id = await grade(tx, ctx.act(), learner=learner, attempt_id=attempt_id, results=results)
        return {"learner": learner, "attempt": attempt_id, "challenge": challenge_id}

    return await run_once(ctx, asked, do, identity=learner)


async def graded(ctx: Context, ids: Ids) -> tuple[Attempt, Progress]:
    """Return an attempt that was just graded, and its learner's progress, to the grader."""
    database = ctx.database.of(ids["learner"])
    (attempt,) = await attempts.by_id(database, ids["learner"], [ids["attempt"]])
    row = await progress.one(database, ids["learner"], ids["challenge"])
    assert row is not None
    return attempt_of(attempt, in_person=False), progress_of(row)


async def follow_attempt(ctx: Context, learner: UUID, attempt_id: UUID) -> AsyncGenerator[Attempt, None]:
    """Yield the viewer's attempt once it is graded, at once when it is already, and end."""
    require(ctx.viewer, may_practise)
    if learner != ctx.viewer.user_id or not await attempts.by_id(ctx.database, learner, [attempt_id]):
        raise InvalidArgument("There is no such attempt of yours.")
    assert ctx.signals is not None
    with ctx.signals.of("palimpsest_attempts", str(attempt_id)) as waking:
        while await _waits(ctx.database, learner, attempt_id):
            await waking.rung()
    ctx.next_event()
    found = await ctx.loaders.load(attempt_by_ref, (learner, attempt_id))
    assert found is not None
    yield found


async def leaderboard(ctx: Context, challenge_id: UUID, page: PageOf) -> Page[leaderboards.Place] | None:
    """Return a page of a challenge's leaderboard; None for a challenge that the viewer does not see."""
    size, after = page.size, START
    if page.after is not None:
        score, at, tries, user_id, rank, count = key_in(page.after, int, int, int, str, int, int)
        assert isinstance(score, int)
        assert isinstance(at, int)
        assert isinstance(tries, int)
        assert isinstance(rank, int)
        assert isinstance(count, int)
        within(LARGEST_INTEGER, score, tries, rank, count)
        after = After(score, attempts.moment(at), tries, uuid_in(user_id), rank, count)
    if await ctx.loaders.load(challenge_by_id, challenge_id) is None:
        return None
    places = await leaderboards.page(ctx.database, challenge_id, after, size + 1)
    return Page.cut(places, size, _cursor, later=page.after is not None)


def _chooser(ctx: Context) -> Chooser:
    return Chooser(ctx.act(), ctx.loaders.sees_all, ctx.viewer.learner, ctx.viewer.subject)


async def _waits(database: Database, user_id: UUID, attempt_id: UUID) -> bool:
    found = await attempts.by_id(database, user_id, [attempt_id])
    return any(row.status in UNDER_WAY for row in found)


def _cursor(place: leaderboards.Place) -> str:
    row = place.row
    at = attempts.microseconds(row.completed_at)
    return cursor_of(row.best_score, at, row.attempts, str(row.user_id), place.rank, place.count)
