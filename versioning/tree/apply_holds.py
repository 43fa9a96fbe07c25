"""What ``applyContent`` leaves as it is, and why: so that a nightly push never undoes what somebody decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sql.database import Transaction
from sql.named import Query, load
from sql.rows.versions import HeldRow

_WHY = {
    "ROLLBACK": "{} says exactly this and was taken out of service by a rollback.",
    "EXPERIMENT_STOP": "{} says exactly this and was taken out of service when an experiment was stopped.",
    "PROMOTE": "{} says exactly this and was taken out of service when another version was promoted.",
    "RELEASE": "{} says exactly this and was taken out of service by a release, or when one was taken back.",
    "RUNNING": "The experiment “{}” is running on it; stop it first.",
}


@dataclass(frozen=True)
class _Queries:
    held: Query


_q = load("versioning/apply_holds", _Queries)


async def held(tx: Transaction, wanted: Sequence[tuple[UUID, str]]) -> dict[UUID, str]:
    """Return, by challenge, why these texts (challenge and content hash) are not published over what is live."""
    found = await tx.fetch_all(
        _q.held,
        HeldRow,
        challenge_ids=[id for id, _ in wanted],
        content_hashes=[hash for _, hash in wanted],
    )
    return {row.challenge_id: _WHY[row.kind].format(row.name) for row in found}
