"""Verdicts that say the opposite of an earlier one of another browser or protocol, for staff to look at.

Nothing follows from a change by itself: attempts, completions and live sets keep what the earlier verdict gave them.
New judging uses the new verdict. A change is noted in the transaction that stores the new verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.code import Code, code_hash
from core.ids import new_id
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.runs import (
    AttemptsOfVerdictRow,
    CodeOfRunsRow,
    EarlierVerdictRow,
    JudgedDraftRow,
    JudgedTextRow,
    VerdictChangeRow,
)
from sql.rows.versions import VersionRow


@dataclass(frozen=True)
class _Queries:
    insert_verdict_change: Query
    is_solution_or_starter: Query
    texts_judged: Query
    verdict_changes_page: Query
    versions_judged: Query
    drafts_judged: Query
    attempts_of_verdicts: Query


_q = load("versioning/verdict_changes", _Queries)

_EMPTY = code_hash(Code())


@dataclass(frozen=True, slots=True)
class Made:
    """The new verdict, as far as a change tells of it."""

    passed: bool
    engine: str
    protocol: int
    at: datetime


async def note(tx: Transaction, key: tuple[str, str], before: EarlierVerdictRow, after: Made) -> None:
    """Note that a verdict on (judged hash, code hash) says the opposite of the one before; the same change once."""
    judged, code = key
    is_solution, is_starter = await _what_code(tx, judged, code)
    await tx.execute(
        _q.insert_verdict_change,
        id=new_id(),
        judged_hash=judged,
        code_hash=code,
        is_solution=is_solution,
        is_starter=is_starter,
        before_passed=before.passed,
        before_engine=before.engine,
        before_protocol=before.protocol,
        before_judged_at=before.made_at,
        after_passed=after.passed,
        after_engine=after.engine,
        after_protocol=after.protocol,
        after_judged_at=after.at,
    )


async def page(reads: Reads, before: UUID | None, limit: int) -> list[VerdictChangeRow]:
    """Return changes, newest first, those below an id."""
    return await reads.fetch_all(_q.verdict_changes_page, VerdictChangeRow, before=before, limit=limit)


async def versions(reads: Reads, judged_hashes: Sequence[str]) -> list[VersionRow]:
    """Return the versions that have these tests."""
    return await reads.fetch_all(_q.versions_judged, VersionRow, judged_hashes=list(judged_hashes))


async def drafts(reads: Reads, judged_hashes: Sequence[str]) -> list[JudgedDraftRow]:
    """Return the challenges whose drafts have these tests."""
    return await reads.fetch_all(_q.drafts_judged, JudgedDraftRow, judged_hashes=list(judged_hashes))


async def attempts(reads: Reads, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return how many attempts have each code at versions that have these tests."""
    rows = await reads.fetch_all(
        _q.attempts_of_verdicts,
        AttemptsOfVerdictRow,
        judged_hashes=[judged for judged, _ in keys],
        code_hashes=[code for _, code in keys],
    )
    return {(row.judged_hash, row.code_hash): row.attempts for row in rows}


async def _what_code(tx: Transaction, judged: str, code: str) -> tuple[bool, bool]:
    """Tell whether a code is a solution and whether it is a starter of what has these tests."""
    kept = await tx.fetch_one(_q.is_solution_or_starter, CodeOfRunsRow, judged_hash=judged, code_hash=code)
    texts = await tx.fetch_all(_q.texts_judged, JudgedTextRow, judged_hash=judged)
    solutions = {row.solution_hash or _EMPTY for row in texts}
    starters = {code_hash(Code(row.starter_html, row.starter_css, row.starter_js)) for row in texts}
    return (
        code in solutions or (kept is not None and kept.is_solution),
        code in starters or (kept is not None and kept.is_starter),
    )
