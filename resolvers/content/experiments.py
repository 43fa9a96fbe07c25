"""Experiments: starting, weighing anew, stopping, promoting."""

from collections.abc import Sequence
from uuid import UUID

from resolvers.context import Context
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_publish, require
from sql.database import Transaction
from versioning.experiments import experiments
from versioning.experiments.experiments import ArmRequest, Done, ExperimentRequest


async def start(
    ctx: Context, asked: IdempotentCall, challenge_id: UUID, wanted: ExperimentRequest, live_set_hash: str
) -> Ids:
    """Put several versions of a challenge live at once."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        return _ids(
            await experiments.start(
                tx, ctx.keyring, ctx.act(), challenge_id=challenge_id, wanted=wanted, live_set_hash=live_set_hash
            )
        )

    return await run_once(ctx, asked, do)


async def reweigh(
    ctx: Context,
    asked: IdempotentCall,
    experiment_id: UUID,
    arms: Sequence[ArmRequest],
    live_set_hash: str,
    reason: str,
) -> Ids:
    """Give a running experiment other weights, which count for whoever comes from now on."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        return _ids(
            await experiments.reweigh(
                tx,
                ctx.keyring,
                ctx.act(),
                experiment_id=experiment_id,
                arms=arms,
                live_set_hash=live_set_hash,
                reason=reason,
            )
        )

    return await run_once(ctx, asked, do)


async def stop(
    ctx: Context, asked: IdempotentCall, experiment_id: UUID, keep_label: str | None, live_set_hash: str, reason: str
) -> Ids:
    """End an experiment with one of its arms."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        return _ids(
            await experiments.stop(
                tx,
                ctx.keyring,
                ctx.act(),
                experiment_id=experiment_id,
                keep_label=keep_label,
                live_set_hash=live_set_hash,
                reason=reason,
            )
        )

    return await run_once(ctx, asked, do)


async def promote(
    ctx: Context, asked: IdempotentCall, experiment_id: UUID, label: str, live_set_hash: str, reason: str
) -> Ids:
    """End an experiment with the winner."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        return _ids(
            await experiments.promote(
                tx,
                ctx.keyring,
                ctx.act(),
                experiment_id=experiment_id,
                label=label,
                live_set_hash=live_set_hash,
                reason=reason,
            )
        )

    return await run_once(ctx, asked, do)


def _ids(done: Done) -> Ids:
    ids: Ids = {"experiment": done.experiment_id, "publication": done.publication.id}
    return ids | ({"version": done.version_id} if done.version_id else {})
