"""Loading replays, each with its counts so far, and code of them without names."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from core.code import Code
from loaders.batch import by_key
from loaders.judging.runs import TestRun, test_run_of
from loaders.loader import ReadContext, list_loader, loader
from sql.rows.replays import ReplayRow
from versioning.judging import replays, verdicts


@dataclass(frozen=True, slots=True)
class BrokenTest:
    """A test that accepted solutions fail, and how many."""

    test_id: str
    breaks: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What learners' work comes to under a draft's tests, so far; what is not known before the choice is None."""

    id: UUID
    challenge_id: UUID
    version_id: UUID
    state: str
    content_hash: str
    seed: int
    limit: int
    found: int | None
    total: int | None
    done: int
    still_pass: int
    broken: int
    broken_share: float | None
    broken_learners: int
    newly_pass: int
    unknown: int
    tests: list[BrokenTest]
    pinned: int | None
    in_progress: int | None
    completed: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """Code that broke or newly passes; ``learners`` wrote exactly this, ``failed`` are the tests that it fails."""

    code: Code
    learners: int
    newly_passes: bool
    failed: list[TestRun]


@loader
async def replay_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, Replay]:
    """Find replays by id."""
    return by_key(map(replay_of, await replays.by_id(ctx.database, ids)), lambda replay: replay.id)


@list_loader
async def replay_samples_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, list[Sample]]:
    """Find samples of these replays, those of most learners first."""
    judged = {row.id: row.judged_hash for row in await replays.by_id(ctx.database, ids)}
    rows = await replays.samples(ctx.database, ids)
    found = await verdicts.by_key(ctx.database, [(judged[row.replay_id], row.code_hash) for row in rows])
    samples: dict[UUID, list[Sample]] = {id: [] for id in judged}
    for row in rows:
        verdict = found.get((judged[row.replay_id], row.code_hash))
        failed = [test_run_of(test) for test in (verdict.tests if verdict else ()) if test["outcome"] != "PASSED"]
        code = Code(row.html, row.css, row.js)
        samples[row.replay_id].append(Sample(code, row.learners, row.kind == "WRONG", failed))
    return samples


def replay_of(row: ReplayRow) -> Replay:
    """Return a replay as it is shown."""
    judged = row.still_pass + row.broken
    return Replay(
        id=row.id,
        challenge_id=row.challenge_id,
        version_id=row.against_version_id,
        state=row.state,
        content_hash=row.content_hash,
        seed=row.seed,
        limit=row.most,
        found=row.found,
        total=row.total,
        done=row.done,
        still_pass=row.still_pass,
        broken=row.broken,
        broken_share=row.broken / judged if judged else None,
        broken_learners=row.broken_learners,
        newly_pass=row.newly_pass,
        unknown=row.unknown,
        tests=[BrokenTest(test["id"], test["breaks"]) for test in row.breaks],
        pinned=row.pinned,
        in_progress=row.in_progress,
        completed=row.completed,
    )
