"""A learner's acts and what they read back: enrolling, beginning, submitting, moving on, and the verdicts of graders.

Here what versioning knows (what is live, what a version's tests are) and what practice keeps meet in one transaction.
"""

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from core.code import Code
from core.faults import Fault, Faults, NotFound, Refused, Stale
from loaders.content.tree import Tree
from loaders.pages import LARGEST_INTEGER, Page, PageOf, cursor_of, key_in, uuid_in, within
from loaders.practice import Attempt, Progress, attempt_of, progress_of
from practice import attempts, enrollments, grading, leaderboards, notices, progress
from practice.attempts import Place
from practice.enrollments import enroll
from practice.faults import NotEnrolled
from practice.grading import Result
from practice.leaderboards import START, After
from resolvers.context import Context
from resolvers.errors import InvalidArgument
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_grade, may_practise, require
from resolvers.waiting import wait
from sql import settings
from sql.database import Database, Reads, Transaction
from sql.errors import Busy
from sql.jobs import BULK, LEARNERS, ask
from versioning.content.definition import ChallengeTest
from versioning.experiments.assignment import assign, assigned, running
from versioning.faults import Archived, NotPublished
from versioning.log.live import arms_of
from versioning.pins.selection import Pin, drawn, followed, successions_in
from versioning.publishing.publish_state import full_versions_by_id

WAITING = ("QUEUED", "RUNNING")
TURNS = 5  # an experiment or a pin is changed between two statements once, hardly twice
PATIENCE = LEARNERS - BULK - 1  # even then before trees of content


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
        faults, chosen = await _chosen(ctx, tx, challenge_id, version_id)
        Faults(faults).settle()
        assert chosen is not None
        await progress.begin(tx, ctx.act(), challenge_id, chosen)
        await notices.tell_forced(tx, ctx.act(), challenge_id, chosen)
        return {"challenge": challenge_id}

    return await run_once(ctx, asked, do)


async def submit_attempt(
    ctx: Context, asked: IdempotentCall, challenge_id: UUID, code: Code, version_id: UUID | None, wait_seconds: int
) -> Ids:
    """Submit work on the version that the viewer works on; waits for its verdict, holding no connection."""
    require(ctx.viewer, may_practise)

    async def do(tx: Transaction) -> Ids:
        for _ in range(TURNS):
            faults, chosen = await _chosen(ctx, tx, challenge_id, version_id)
            found = Faults(faults)
            code.check(found, ("code",))
            found.settle()
            assert chosen is not None
            # None: another request of the learner led their pin on between the two statements, so look where to.
            if id := await attempts.submit(tx, ctx.act(), challenge_id, chosen, code):
                break
        else:
            raise Busy
        await notices.tell_forced(tx, ctx.act(), challenge_id, chosen)
        await ask_for_verdict(ctx, tx, challenge_id, id)
        return {"challenge": challenge_id, "attempt": id}

    ids = await run_once(ctx, asked, do)
    if wait_seconds:
        await wait_for_verdict(ctx, ids["attempt"], wait_seconds)
    return ids


async def ask_for_verdict(ctx: Context, tx: Transaction, challenge_id: UUID, attempt_id: UUID) -> None:
    """Ask for the job that judges the viewer's attempt; for none where graders judge."""
    if await settings.get(tx, "attempts_judged_by") == "grader":
        return
    act = ctx.act()
    # Nobody is refused, but who has many waiting comes after those who have few.
    before = await attempts.waiting(tx, act.actor, challenge_id, act.at) - 1
    whose = {"user_id": act.actor, "attempt_id": attempt_id}
    await ask(tx, "runs:attempt", queue="learner", priority=LEARNERS - min(max(before, 0), PATIENCE), ids=whose)


async def wait_for_verdict(ctx: Context, attempt_id: UUID, seconds: int) -> None:
    """Wait until the viewer's attempt has a verdict, at most so long; holds no connection."""
    learner = ctx.act().actor
    await wait(ctx, "palimpsest_attempts", str(attempt_id), seconds, lambda: _waits(ctx.database, learner, attempt_id))
    ctx.forget()


async def adopt_version(ctx: Context, asked: IdempotentCall, challenge_id: UUID, version_id: UUID | None) -> Ids:
    """Move the viewer to the version that they would get if they began now."""
    require(ctx.viewer, may_practise)

    async def do(tx: Transaction) -> Ids:
        faults = await _challenge_faults(ctx, tx, challenge_id)
        Faults(faults).settle()
        place = await _place(tx, ctx.act().actor, challenge_id)
        target = await _unpinned(ctx, tx, challenge_id, draws=False)
        if target is None:
            raise Refused(NotPublished(("challengeId",)))
        if stale := await _stale(tx, challenge_id, version_id, target.version_id):
            raise Refused(stale)
        await progress.adopt(tx, ctx.act(), challenge_id, place, target.version_id, target.seq)
        await notices.forget(tx, ctx.act().actor, challenge_id)
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
        found = await attempts.by_id(tx, learner, [attempt_id])
        if not found:
            raise Refused(NotFound(("attemptId",)))
        attempt = found[0]
        tests = await _tests(tx, attempt.version_id)
        grading.check(tests, results).settle()
        verdict, act = grading.judge(tests, results), ctx.act()
        if not await grading.record(tx, attempt, verdict, at=act.at, grader=act.actor):
            raise Refused(
                Stale(
                    ("attemptId",),
                    "This attempt has a verdict already, and that one stands.",
                    expected="QUEUED",
                    actual=attempt.status,
                )
            )
        return {"learner": learner, "attempt": attempt_id, "challenge": attempt.challenge_id}

    return await run_once(ctx, asked, do, identity=learner)


async def graded(ctx: Context, ids: Ids) -> tuple[Attempt, Progress]:
    """Return an attempt that was just graded, and its learner's progress, to the grader."""
    database = ctx.database.of(ids["learner"])
    (attempt,) = await attempts.by_id(database, ids["learner"], [ids["attempt"]])
    row = await progress.one(database, ids["learner"], ids["challenge"])
    assert row is not None
    return attempt_of(attempt, in_person=False), progress_of(row)


async def attempt(ctx: Context, learner: UUID, attempt_id: UUID) -> Attempt | None:
    """Return an attempt to its learner, or to a grader, who has to read what is to be graded."""
    if learner == ctx.viewer.user_id:
        return await ctx.loaders.attempt_by_ref.load((learner, attempt_id))
    if not may_grade(ctx.viewer):
        return None
    found = await attempts.by_id(ctx.database.of(learner), learner, [attempt_id])
    return attempt_of(found[0], in_person=False) if found else None


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
    found = await ctx.loaders.attempt_by_ref.load((learner, attempt_id))
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
    if await ctx.loaders.challenge_by_id.load(challenge_id) is None:
        return None
    places = await leaderboards.page(ctx.database, challenge_id, after, size + 1)
    return Page.cut(places, size, _cursor, later=page.after is not None)


async def _chosen(
    ctx: Context, tx: Transaction, challenge_id: UUID, version_id: UUID | None
) -> tuple[list[Fault], Place | None]:
    """Return where the viewer works or would begin, or all that speaks against beginning."""
    faults = await _challenge_faults(ctx, tx, challenge_id)
    if faults:
        return faults, None
    place = await _place(tx, ctx.act().actor, challenge_id)
    if place is None:
        pin = await _unpinned(ctx, tx, challenge_id, draws=True)
        if pin is None:
            return [NotPublished(("challengeId",))], None
        place = Place(pin.version_id, pin.seq)
    stale = await _stale(tx, challenge_id, version_id, place.version_id)
    return ([stale] if stale else []), place


async def _place(tx: Transaction, user_id: UUID, challenge_id: UUID) -> Place | None:
    """Return where a learner works by now, with the pin that leads there; None before they begin."""
    own = await progress.one(tx, user_id, challenge_id)
    if own is None:
        return None
    stored, successions = Pin(own.pinned_version_id, own.pinned_seq), successions_in(own.successions)
    pin = followed(stored, successions)
    before = followed(stored, [one for one in successions if one[2] < pin.seq])
    return Place(pin.version_id, pin.seq, (stored.version_id, stored.seq), before.version_id)


async def _unpinned(ctx: Context, tx: Transaction, challenge_id: UUID, *, draws: bool) -> Pin | None:
    """Return what the viewer gets who works on no version yet; with ``draws`` they are drawn for an arm, for ever.

    It is as of the statement that read the live set: what is published later leads on from there.
    """
    learner, subject = ctx.viewer.learner, ctx.viewer.subject
    for _ in range(TURNS):
        live = (await arms_of(tx, [challenge_id])).get(challenge_id, [])
        if not live:
            return None
        if len(live) == 1:
            return Pin(live[0].id, live[0].seq)
        trial = (await running(tx, [challenge_id])).get(challenge_id)
        if trial is None:
            continue
        known = (await assigned(tx, learner, [trial])).get(challenge_id) if learner else None
        if known is None and draws and learner and subject:
            known = (await assign(tx, learner, [(trial, drawn(trial, subject))], ctx.clock())).get(challenge_id)
            if known is None:
                continue
        return Pin(known or trial.control, live[0].seq)
    raise Busy


async def _challenge_faults(ctx: Context, tx: Transaction, challenge_id: UUID) -> list[Fault]:
    act = ctx.act()
    seen = await Tree(tx, ctx.loaders.sees_all, act.actor).challenges([challenge_id])
    if challenge_id not in seen:
        return [NotFound(("challengeId",))]
    faults: list[Fault] = []
    if seen[challenge_id].state == "ARCHIVED":
        faults.append(
            Archived(("challengeId",), "This challenge is archived: what you did stays, and nothing is added.")
        )
    if not await enrollments.is_enrolled(tx, act.actor, challenge_id):
        faults.append(NotEnrolled(("challengeId",)))
    return faults


async def _stale(reads: Reads, challenge_id: UUID, stated: UUID | None, actual: UUID) -> Stale | None:
    """Return the fault of a client that means another version than the one that would be used.

    A version of another challenge is as one that there is not: the viewer may see nothing of it.
    """
    if stated is None or stated == actual:
        return None
    found = await full_versions_by_id(reads, [stated, actual])
    labels = {row.id: row.label for row in found if row.challenge_id == challenge_id}
    return Stale(
        ("versionId",),
        "That is not the version that you work on or would begin with; read the challenge again.",
        expected=labels.get(stated, "a version that there is not"),
        actual=labels[actual],
    )


async def _tests(reads: Reads, version_id: UUID) -> list[ChallengeTest]:
    (version,) = await full_versions_by_id(reads, [version_id])
    return [ChallengeTest(**test) for test in version.tests]


async def _waits(database: Database, user_id: UUID, attempt_id: UUID) -> bool:
    found = await attempts.by_id(database, user_id, [attempt_id])
    return any(row.status in WAITING for row in found)


def _cursor(place: leaderboards.Place) -> str:
    row = place.row
    at = attempts.microseconds(row.completed_at)
    return cursor_of(row.best_score, at, row.attempts, str(row.user_id), place.rank, place.count)
