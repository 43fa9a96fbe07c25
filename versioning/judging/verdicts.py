"""Verdicts: what pages came to under tests, remembered by the hashes of both.

A verdict's key is (judged hash, code hash, engine, protocol). Identical work is never run twice by the same browser; a
gate of publishing takes the latest verdict of any. Only verdicts of the present protocol are read, so raising the
protocol has everything judged again when it is next needed; ``verdict_changes`` notes where that says the opposite.
Nothing in a verdict says whose code it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from core.code import Code, code_hash
from core.sealing import Keyring
from sandbox.work import PROTOCOL, PageError, PageRun, Test, Work
from sql.database import Jsonb, Reads, Transaction
from sql.named import Query, load
from sql.rows.runs import EarlierVerdictRow, RunnerRow, ScreenshotRow, VerdictRow
from versioning.content import libraries, solutions
from versioning.content.declared_names import declared_names
from versioning.content.definition import ChallengeTest, Content, Hooks
from versioning.judging import verdict_changes

Key: TypeAlias = tuple[str, str]  # judged hash, code hash


class JudgedRow(Protocol):
    """What a version, a run and a replay have in common."""

    @property
    def tests(self) -> Any: ...
    @property
    def hooks(self) -> Any: ...
    @property
    def libraries(self) -> Any: ...


class SolvedRow(JudgedRow, Protocol):
    """A version or a run, with its starter and its sealed solution."""

    @property
    def starter_html(self) -> str: ...
    @property
    def starter_css(self) -> str: ...
    @property
    def starter_js(self) -> str: ...
    @property
    def solution_hash(self) -> str | None: ...


STORED = ("FINISHED", "TIMED_OUT", "CRASHED", "OUT_OF_MEMORY")
ERRORS = 20  # of a page are kept
ERROR_MESSAGE = 500  # characters


@dataclass(frozen=True)
class _Queries:
    insert_run: Query
    runs_by_id: Query
    run_under_way: Query
    is_crowded: Query
    unfinished_runs: Query
    failed_run: Query
    published_texts: Query
    begin_run: Query
    end_run: Query
    count_run_tries: Query
    runs_in_vain: Query
    notify_run: Query
    delete_old_runs: Query
    runs_without_job: Query
    verdicts_by_key: Query
    verdict_by_engine: Query
    screenshot: Query
    put_verdict: Query
    expect_runner: Query
    see_runner: Query
    notify_runners: Query
    forget_runner: Query
    runner: Query


queries = load("versioning/runs", _Queries)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of what a text has to show: that its solution passes, and that its starter does not."""

    solution: Key
    starter: Key

    @classmethod
    def of(cls, content: Content) -> "Keys":
        judged = content.judged_hash
        return cls((judged, code_hash(content.solution)), (judged, code_hash(content.starter)))


@dataclass(frozen=True, slots=True)
class Judging:
    """All that decides a verdict beside the page: tests, hooks, the texts of libraries, and the names of the language
    that the challenge itself declares."""

    tests: tuple[ChallengeTest, ...]
    hooks: Hooks
    libraries: tuple[str, ...]
    declared: tuple[str, ...] = ()

    @classmethod
    async def of_row(cls, reads: Reads, row: JudgedRow, declared: Iterable[str]) -> "Judging":
        """Return what a version, a run or a replay is judged by, with these declared names."""
        tests = tuple(ChallengeTest(**test) for test in row.tests)
        return cls(tests, Hooks(**row.hooks), await libraries.sources(reads, row.libraries), tuple(declared))

    @classmethod
    async def of_solved(cls, reads: Reads, keyring: Keyring, row: SolvedRow) -> "Judging":
        """Return what a version or a run is judged by. Raises ``SealingError`` on a changed byte of its solution."""
        opened = await solutions.opened(reads, keyring, [row.solution_hash])
        starter = Code(row.starter_html, row.starter_css, row.starter_js)
        return await cls.of_row(reads, row, declared_names(starter, opened[row.solution_hash]))

    def work(self, code: Code) -> Work:
        """Return what the sandbox is handed."""
        return Work(
            code.html,
            code.css,
            code.js,
            tuple(Test(test.id, test.code, test.timeout_ms, test.fresh, test.text) for test in self.tests),
            before_all=self.hooks.before_all,
            before_each=self.hooks.before_each,
            after_each=self.hooks.after_each,
            libraries=self.libraries,
            declared=self.declared,
        )


async def by_key(reads: Reads, keys: Iterable[Key]) -> dict[Key, VerdictRow]:
    """Return the latest verdicts of these pairs under today's protocol; those never made are absent."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    rows = await reads.fetch_all(
        queries.verdicts_by_key,
        VerdictRow,
        judged_hashes=[judged for judged, _ in wanted],
        code_hashes=[code for _, code in wanted],
        protocol=PROTOCOL,
    )
    return {(row.judged_hash, row.code_hash): row for row in rows}


async def of_engine(reads: Reads, key: Key, engine: str) -> VerdictRow | None:
    """Return the verdict that this very browser made earlier."""
    judged, code = key
    return await reads.fetch_one(
        queries.verdict_by_engine, VerdictRow, judged_hash=judged, code_hash=code, engine=engine, protocol=PROTOCOL
    )


async def keep(tx: Transaction, key: Key, run: PageRun, *, confirmed: bool, at: datetime) -> None:
    """Store what a run came to; what says nothing of the page (the runner failed) is not stored.

    Where the latest verdict of another browser or protocol said the opposite, that is noted; nothing follows from it.
    """
    if run.status not in STORED:
        return
    before = await tx.fetch_one(
        queries.put_verdict,
        EarlierVerdictRow,
        judged_hash=key[0],
        code_hash=key[1],
        engine=run.engine,
        protocol=run.protocol,
        status=run.status,
        passed=run.passed,
        tests=Jsonb(
            [
                {
                    "id": test.test_id,
                    "outcome": test.outcome,
                    "ms": test.ms,
                    "message": _storable(test.message),
                    "expected": _storable(test.expected),
                    "actual": _storable(test.actual),
                    "doubts": list(test.doubts),
                }
                for test in run.tests
            ]
        ),
        console=Jsonb([_storable(line) for line in run.console]),
        page_errors=Jsonb([_storable(line) for line in run.page_errors]),
        errors=Jsonb(stored_errors(run)),
        blocked=Jsonb([_storable(line) for line in run.blocked]),
        ms=run.ms,
        confirmed=confirmed,
        screenshot=run.screenshot,
        at=at,
    )
    if before is not None:
        made = verdict_changes.Made(run.passed, run.engine, run.protocol, at)
        await verdict_changes.note(tx, key, before, made)


def stored_errors(run: PageRun) -> list[dict[str, Any]]:
    """Return a page's errors as verdicts keep them: the first ``ERRORS``, each message cut."""
    return [_stored_error(error) for error in run.errors[:ERRORS]]


async def screenshot(reads: Reads, key: Key) -> bytes | None:
    """Return the picture of a page, None when none was taken."""
    row = await reads.fetch_one(
        queries.screenshot, ScreenshotRow, judged_hash=key[0], code_hash=key[1], protocol=PROTOCOL
    )
    return row.screenshot if row else None


async def runner(reads: Reads) -> RunnerRow | None:
    """Return a worker with a browser that gave a sign of life half a minute ago or less, else one that starts.

    None when there is neither: nobody can run anything.
    """
    return await reads.fetch_one(queries.runner, RunnerRow, protocol=PROTOCOL)


async def expect_runner(tx: Transaction, id: UUID, seconds: float) -> None:
    """Count a worker as there for so long, while it opens its browser."""
    await tx.execute(queries.expect_runner, id=id, protocol=PROTOCOL, seconds=seconds)


async def see_runner(tx: Transaction, id: UUID, engine: str, isolation: str) -> None:
    """Give a worker's sign of life, and wake whoever waits for its browser."""
    await tx.execute(queries.see_runner, id=id, engine=engine, protocol=PROTOCOL, isolation=isolation)
    await tx.execute(queries.notify_runners)


async def forget_runner(tx: Transaction, id: UUID) -> None:
    """Take a worker off the list that ends or gets no browser, and wake whoever waits for that."""
    await tx.execute(queries.forget_runner, id=id)
    await tx.execute(queries.notify_runners)


def _stored_error(error: PageError) -> dict[str, Any]:
    message = _storable(error.message) or ""
    return {
        "kind": error.kind,
        "message": message[:ERROR_MESSAGE],
        "file": error.file,
        "line": error.line,
        "column": error.column,
        "during": error.during,
    }


def _storable(text: str | None) -> str | None:
    """Return a page's own words without what the database cannot hold."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode() if text else text
