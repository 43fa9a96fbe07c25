"""Start a challenge: choose the learner's version, and pin them to it."""

from uuid import UUID

from core.faults import Faults
from practice import notices, progress
from sql.database import Transaction
from workflows.attempts.choose_version import Chooser, choose


async def start(tx: Transaction, chooser: Chooser, challenge_id: UUID, version_id: UUID | None) -> None:
    """Begin a challenge at the version that the learner sees, which they keep from then on."""
    faults, chosen = await choose(tx, chooser, challenge_id, version_id)
    Faults(faults).settle()
    assert chosen is not None
    await progress.begin(tx, chooser.act, challenge_id, chosen)
    await notices.tell_forced(tx, chooser.act, challenge_id, chosen)
