"""Loading runs in the sandbox, each with what its pages came to so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from loaders.loader import ReadContext, loader
from sql.rows.runs import RunRow, VerdictRow
from versioning.judging import runs, verdicts


@dataclass(frozen=True, slots=True)
class TestRun:
    """What became of one test of a page."""

    __test__ = False  # pytest: this is not a class of tests

    test_id: str
    outcome: str
    ms: int | None
    message: str | None
    expected: str | None
    actual: str | None
    doubts: list[str]


@dataclass(frozen=True, slots=True)
class PageRun:
    """What a page came to; ``screenshot_url`` leads to its picture, for whom may read content."""

    passed: bool
    status: str
    tests: list[TestRun]
    console: list[str]
    page_errors: list[str]
    blocked: list[str]
    engine: str
    protocol: int
    screenshot_url: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """A wish to see a text run, with what is known of its pages."""

    id: UUID
    challenge_id: UUID | None
    state: str
    content_hash: str
    solution: PageRun | None
    starter: PageRun | None


@loader
async def run_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, Run]:
    """Find runs by id."""
    rows = await runs.by_id(ctx.database, ids)
    keys = [key for row in rows for key in _keys(row)]
    found = await verdicts.by_key(ctx.database, keys)
    return {
        row.id: Run(
            row.id,
            row.challenge_id,
            row.state,
            row.content_hash,
            _page(row, "solution", found.get(_keys(row)[0])),
            _page(row, "starter", found.get(_keys(row)[1])),
        )
        for row in rows
    }


def test_run_of(test: Mapping[str, Any]) -> TestRun:
    """Return a test of a stored verdict as it is shown."""
    return TestRun(
        test_id=test["id"],
        outcome=test["outcome"],
        ms=test["ms"],
        message=test["message"],
        expected=test["expected"],
        actual=test["actual"],
        doubts=test.get("doubts", []),
    )


def _keys(row: RunRow) -> tuple[verdicts.Key, verdicts.Key]:
    return (row.judged_hash, row.solution_code_hash), (row.judged_hash, row.starter_code_hash)


def _page(run: RunRow, part: str, found: VerdictRow | None) -> PageRun | None:
    if found is None:
        return None
    return PageRun(
        passed=found.passed,
        status=found.status,
        tests=[test_run_of(test) for test in found.tests],
        console=found.console,
        page_errors=found.page_errors,
        blocked=found.blocked,
        engine=found.engine,
        protocol=found.protocol,
        screenshot_url=f"/screenshots/{run.id}/{part}.png" if found.has_screenshot else None,
    )
