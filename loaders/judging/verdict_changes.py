"""Loading verdicts that say the opposite of an earlier one, with what they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loaders.batch import grouped
from loaders.content.tree import challenge_by_id
from loaders.loader import ReadContext, list_loader, loader
from loaders.pages import Page, PageOf, cursor_of, key_in, uuid_in
from sql.database import Reads
from sql.rows.runs import VerdictChangeRow
from sql.rows.tree import ChallengeRow
from sql.rows.versions import VersionRow
from versioning.judging import verdict_changes

JudgedCode = tuple[str, str]  # judged hash, code hash


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """A verdict as far as a change tells of it."""

    passed: bool
    engine: str
    protocol: int
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A verdict that says the opposite of an earlier one; ``key`` asks how many attempts have the code."""

    judged_hash: str
    key: JudgedCode
    is_solution: bool
    is_starter: bool
    before: KeptVerdict
    after: KeptVerdict


async def page(reads: Reads, wanted: PageOf) -> Page[VerdictChange]:
    """Return a page of changes, newest first."""
    before = uuid_in(key_in(wanted.after, str)[0]) if wanted.after is not None else None
    rows = await verdict_changes.page(reads, before, wanted.size + 1)
    return Page.cut(rows, wanted.size, lambda row: cursor_of(str(row.id)), later=wanted.after is not None).map(_of)


@list_loader
async def versions_by_judged_hash(ctx: ReadContext, judged_hashes: Sequence[str]) -> dict[str, list[VersionRow]]:
    """Find the versions that have these tests."""
    return grouped(await verdict_changes.versions(ctx.database, judged_hashes), lambda row: row.judged_hash)


@loader
async def attempts_by_judged_code(ctx: ReadContext, keys: Sequence[JudgedCode]) -> dict[JudgedCode, int]:
    """Count the attempts that have these codes under these tests."""
    return await verdict_changes.attempts(ctx.database, keys)


@list_loader
async def challenges_by_judged_hash(ctx: ReadContext, judged_hashes: Sequence[str]) -> dict[str, list[ChallengeRow]]:
    """Find the challenges of which a version or the draft has these tests."""
    ids: dict[str, set[UUID]] = {}
    for version in await verdict_changes.versions(ctx.database, judged_hashes):
        ids.setdefault(version.judged_hash, set()).add(version.challenge_id)
    for draft in await verdict_changes.drafts(ctx.database, judged_hashes):
        ids.setdefault(draft.judged_hash, set()).add(draft.challenge_id)
    known = await challenge_by_id.fetch(ctx, sorted({id for some in ids.values() for id in some}))
    return {hash: [row for id in sorted(some) if (row := known.get(id))] for hash, some in ids.items()}


def _of(row: VerdictChangeRow) -> VerdictChange:
    return VerdictChange(
        row.judged_hash,
        (row.judged_hash, row.code_hash),
        row.is_solution,
        row.is_starter,
        KeptVerdict(row.before_passed, row.before_engine, row.before_protocol, row.before_judged_at),
        KeptVerdict(row.after_passed, row.after_engine, row.after_protocol, row.after_judged_at),
    )
