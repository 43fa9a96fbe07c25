"""Reviews: a verdict on one content hash. An edit makes it stale, a save without a change does not."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from core import limits, texts
from core.faults import Fault, Faults, NotFound, Refused, Stale
from core.ids import new_id
from core.write_context import WriteContext
from sql.database import Transaction
from sql.named import Query, load
from sql.rows.drafts import DraftRow
from versioning.faults import Archived, GateFailed
from versioning.publishing.publish_state import lock_drafts

Verdict = Literal["APPROVED", "CHANGES_REQUESTED"]


@dataclass(frozen=True)
class _Queries:
    insert_review: Query
    insert_review_request: Query
    reviews_by_challenge_id: Query
    reviews_by_id: Query
    open_review_requests_by_challenge_id: Query


queries = load("versioning/reviews", _Queries)


async def review(
    tx: Transaction, act: WriteContext, *, challenge_id: UUID, content_hash: str, verdict: Verdict, note: str | None
) -> UUID:
    """Record a verdict on what the draft says now and return its id.

    Who edited the draft since the version it is based on cannot approve it; the same text edited again by nobody is
    approved again without harm.
    """
    row = await _seen(tx, challenge_id, content_hash)
    faults = _note_faults(note, required=verdict == "CHANGES_REQUESTED")
    if verdict == "APPROVED" and act.actor in row.draft_editors:
        faults.append(_own())
    faults.settle()
    id = new_id()
    await tx.execute(
        queries.insert_review,
        id=id,
        challenge_id=challenge_id,
        verdict=verdict,
        content_hash=content_hash,
        reviewer_id=act.actor,
        note=note,
        created_at=act.at,
    )
    return id


async def request(
    tx: Transaction, act: WriteContext, *, challenge_id: UUID, content_hash: str, note: str | None
) -> None:
    """Record the wish that what the draft says now be reviewed."""
    await _seen(tx, challenge_id, content_hash)
    _note_faults(note, required=False).settle()
    await tx.execute(
        queries.insert_review_request,
        id=new_id(),
        challenge_id=challenge_id,
        content_hash=content_hash,
        requested_by=act.actor,
        note=note,
        created_at=act.at,
    )


async def _seen(tx: Transaction, challenge_id: UUID, content_hash: str) -> DraftRow:
    rows = await lock_drafts(tx, [challenge_id])
    if not rows:
        raise Refused(NotFound(("challengeId",)))
    if rows[0].content_hash != content_hash:
        raise Refused(
            Stale(
                ("contentHash",),
                "The draft was edited since you read it; read what it says now before you judge it.",
                expected=content_hash,
                actual=rows[0].content_hash,
            )
        )
    if rows[0].deleted_at is not None:
        raise Refused(Archived(("challengeId",)))
    return rows[0]


def _note_faults(note: str | None, *, required: bool) -> Faults:
    faults = Faults()
    if note is not None or required:
        texts.prose(faults, ("note",), note or "", limits.NOTE, required=required)
    return faults


def _own() -> Fault:
    return GateFailed(("REVIEWED",), "You edited this draft since its last version; somebody else must approve it.")
