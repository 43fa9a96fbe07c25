"""Drawing learners for the arms of running experiments: who was drawn, and the row that says so for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.experiments import AssignmentRow, TrialRow
from versioning.pins.selection import RunningExperiment


@dataclass(frozen=True)
class _Queries:
    insert_experiment: Query
    insert_arm: Query
    next_phase: Query
    end_experiment: Query
    experiments_by_id: Query
    experiments_by_challenge_id: Query
    running_by_challenge_id: Query
    running_experiments: Query
    arms_by_experiment_id: Query
    assign: Query
    assignments: Query
    experiment_counts: Query
    experiment_errors: Query


queries = load("versioning/experiments", _Queries)


async def running(reads: Reads, challenge_ids: Sequence[UUID]) -> dict[UUID, RunningExperiment]:
    """Return the running experiments of these challenges, by challenge."""
    if not challenge_ids:
        return {}
    rows = await reads.fetch_all(queries.running_by_challenge_id, TrialRow, challenge_ids=list(challenge_ids))
    return {
        row.challenge_id: RunningExperiment(
            row.id,
            row.challenge_id,
            row.salt,
            row.control_version_id,
            row.phase,
            tuple((UUID(version_id), weight) for version_id, weight in row.arms),
        )
        for row in rows
    }


async def assigned(reads: Reads, user_id: UUID, trials: Sequence[RunningExperiment]) -> dict[UUID, UUID]:
    """Return the versions that a learner was drawn for in these experiments, by challenge."""
    if not trials:
        return {}
    ids = [trial.id for trial in trials]
    rows = await reads.fetch_all(queries.assignments, AssignmentRow, user_id=user_id, experiment_ids=ids)
    return {row.challenge_id: row.version_id for row in rows}


async def assign(
    tx: Transaction, user_id: UUID, wanted: Sequence[tuple[RunningExperiment, UUID]], at: datetime
) -> dict[UUID, UUID]:
    """Draw a learner for these arms and return, by challenge, what they are drawn for.

    Who was drawn before stays with that, whoever asked first. A challenge is absent where the weights were changed, the
    experiment ended or the learner began the challenge meanwhile: whoever asks has to read anew.
    """
    trials = [trial for trial, _ in wanted]
    await tx.execute(
        queries.assign,
        user_id=user_id,
        experiment_ids=[trial.id for trial in trials],
        phases=[trial.phase for trial in trials],
        version_ids=[version_id for _, version_id in wanted],
        weights=[trial.weight(version_id) for trial, version_id in wanted],
        at=at,
    )
    return await assigned(tx, user_id, trials)
