"""Adopt a version: move a learner's pin to the version that they would get if they began now."""

from uuid import UUID

from core.faults import Faults, Refused
from practice import notices, progress
from sql.database import Transaction
from versioning.faults import NotPublished
from workflows.attempts.choose_version import Chooser, challenge_faults, choose_anew, place_of, stale_version


async def adopt(tx: Transaction, chooser: Chooser, challenge_id: UUID, version_id: UUID | None) -> None:
    """Move the learner; ``version_id`` is the version that the client means, if it says so."""
    faults = await challenge_faults(tx, chooser, challenge_id)
    Faults(faults).settle()
    place = await place_of(tx, chooser.act.actor, challenge_id)
    target = await choose_anew(tx, chooser, challenge_id, draws=False)
    if target is None:
        raise Refused(NotPublished(("challengeId",)))
    if stale := await stale_version(tx, challenge_id, version_id, target.version_id):
        raise Refused(stale)
    await progress.adopt(tx, chooser.act, challenge_id, place, target.version_id, target.seq)
    await notices.forget(tx, chooser.act.actor, challenge_id)
