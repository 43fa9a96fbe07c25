"""Looking after experiments: every half minute, what their policies ask for without anybody's asking.

It is done in the name of who started the experiment, by the same acts and entries of the log as by hand. Who may not
publish any more does nothing here either, but that a guardrail still ends what they began. A failure over one
experiment is noted in the log, and the others are looked after.
"""

from procrastinate import Blueprint, JobContext

from core.faults import Refused
from core.write_context import WriteContext
from gateway.jobs.worker_state import WorkerState, apart, parts_of
from resolvers.people.present_rights import may_publish_now
from versioning.experiments import automation
from versioning.experiments.experiments import Experiment
from versioning.experiments.rules import Decision, Roll


def blueprint() -> Blueprint:
    """Return the tasks of this module."""
    tasks = Blueprint()
    declared = tasks.task(name="watch", queue="maintenance", queueing_lock="experiments.watch", pass_context=True)
    tasks.periodic(cron="* * * * * */30")(declared(_watch))
    return tasks


async def _watch(context: JobContext, timestamp: int = 0) -> None:
    await watch(parts_of(context))


async def watch(parts: WorkerState) -> None:
    """Look at every running experiment that has a policy, and do what it asks for."""
    for experiment in await automation.with_policy(parts.pool.database()):
        with apart(parts.log, "experiment failed", experiment=experiment.row.id):
            await _look_after(parts, experiment)


async def _look_after(parts: WorkerState, experiment: Experiment) -> None:
    database = parts.pool.database()
    wanted = await automation.decision(database, experiment)
    if wanted is None or not await _may(parts, experiment, wanted):
        return
    act = WriteContext(experiment.row.started_by, parts.clock())
    try:
        async with database.transaction() as tx:
            await automation.carry_out(tx, parts.keyring, act, experiment, wanted)
    except Refused as refused:
        # Somebody changed it meanwhile: the next look sees what holds then.
        told = [fault.text() for fault in refused.faults]
        parts.log.event("experiment left", experiment=experiment.row.id, faults=told)
    else:
        did = type(wanted).__name__.lower()
        parts.log.event("experiment", experiment=experiment.row.id, did=did, why=wanted.reason)


async def _may(parts: WorkerState, experiment: Experiment, wanted: Decision) -> bool:
    if isinstance(wanted, Roll):
        return True
    return await may_publish_now(parts.pool.database(), experiment.row.started_by)
