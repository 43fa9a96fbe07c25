"""Whatever a test may do with a page's values gives what it gives in a browser where both share one world."""

import asyncio
from collections import Counter

import pytest

from sandbox.pool import Sandbox
from tests.fix_sandbox import conclusive, failures
from tests.sandbox.value_rows import ROWS, Row, in_docs, table

pytestmark = pytest.mark.asyncio(loop_scope="session")
GROUPS = list(dict.fromkeys(row.group for row in ROWS))


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_a_test_may(sandbox: Sandbox, row: Row) -> None:
    runs = await asyncio.gather(*(conclusive(sandbox, row.work(page)) for page in row.pages))
    assert {page: failures(run) for page, run in zip(row.pages, runs, strict=True) if not run.passed} == {}


@pytest.mark.parametrize("group", GROUPS)
async def test_rows_are_true_of_a_browser_with_one_world(sandbox: Sandbox, chai: str, group: str) -> None:
    rows = [row for row in ROWS if row.group == group and "only here" not in row.options]
    runs = await asyncio.gather(*(conclusive(sandbox, row.in_one_world(chai)) for row in rows))
    assert {row.what: failures(run) for row, run in zip(rows, runs, strict=True) if not run.passed} == {}


async def test_the_docs_list_each_row() -> None:
    assert in_docs().strip() == table().strip()


async def test_each_row_has_a_name_of_its_own_a_page_and_assertions() -> None:
    assert [name for name, count in Counter(map(str, ROWS)).items() if count > 1] == []
    assert [row.what for row in ROWS if "assert" not in row.test or "|" in row.what] == []
    assert len(ROWS) >= 150
