"""Doing to running experiments what their policies ask for, by the same acts and entries of the log as by hand."""

from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Reads, Transaction
from sql.rows.experiments import CountsRow, ErrorsRow
from sql.rows.tree import IdRow
from versioning.experiments.assignment import queries
from versioning.experiments.experiments import ArmRequest, Done, Experiment, by_id, promote, reweigh, stop
from versioning.experiments.results import results
from versioning.experiments.rules import Decision, Promote, Reweigh, Roll, decide
from versioning.log.live import live_sets


async def with_policy(reads: Reads) -> list[Experiment]:
    """Return the running experiments that may be changed without asking."""
    rows = await reads.fetch_all(queries.running_experiments, IdRow)
    return await by_id(reads, [row.id for row in rows])


async def decision(reads: Reads, experiment: Experiment) -> Decision | None:
    """Return what an experiment's policy asks for now."""
    row = experiment.row
    counts = await reads.fetch_all(queries.experiment_counts, CountsRow, ids=[row.id])
    errors = await reads.fetch_all(queries.experiment_errors, ErrorsRow, id=row.id) if "errors" in row.policy else []
    return decide(row, experiment.arms, counts, errors, results(row, experiment.arms, counts))


async def carry_out(
    tx: Transaction, keyring: Keyring, act: WriteContext, experiment: Experiment, wanted: Decision
) -> Done:
    """Do what a policy asks for; raises ``Refused`` when somebody changed the experiment meanwhile."""
    row = experiment.row
    hash = (await live_sets(tx, [row.challenge_id]))[row.challenge_id].hash
    match wanted:
        case Roll(reason):
            return await stop(
                tx,
                keyring,
                act,
                experiment_id=row.id,
                keep_label=None,
                live_set_hash=hash,
                reason=reason,
                guardrail=reason,
            )
        case Promote(label, reason):
            return await promote(tx, keyring, act, experiment_id=row.id, label=label, live_set_hash=hash, reason=reason)
        case Reweigh(weights, reason):
            arms = [ArmRequest(label, weight) for label, weight in weights.items()]
            return await reweigh(tx, keyring, act, experiment_id=row.id, arms=arms, live_set_hash=hash, reason=reason)
