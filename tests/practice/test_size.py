"""What a page reads does not grow with what is not on it; at full size by ``python -m bench.reads``."""

from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import pytest

from bench.reads import Cost, costs
from core.sealing import Keyring
from embedded.supervisor import EmbeddedPostgres
from gateway.bootstrap import Opened
from gateway.demo import sample
from gateway.errors import CommandError
from gateway.jobs import maintenance
from practice import partitions
from sql.database import Pool
from tests.fix_database import ROLES

USERS, SMALL, LARGE = 1_000, 12_000, 60_000
MOST = {"AttemptHistory": 20, "AllAttempts": 20, "ChallengePage": 12, "Dashboard": 2, "Progress": 80, "Leaderboard": 11}


async def _filled(postgres: EmbeddedPostgres, name: str, keyring: Keyring, attempts: int) -> dict[str, Cost]:
    url = postgres.url(database=name)
    pool = Pool(postgres.url(user=ROLES.gateway, database=name), role=ROLES.gateway)
    worker = Pool(url, role=ROLES.worker, size=2)
    await pool.open()
    await worker.open()
    try:
        await sample.load(Opened(pool, keyring), worker, USERS, attempts)
        await partitions.archive_old(worker.database(), datetime.now(UTC).date())
        await maintenance.vacuum(worker.database(), datetime.now(UTC))
        return await costs(pool, url, keyring, ROLES, learners=5)
    finally:
        await pool.close()
        await worker.close()


@pytest.mark.long
async def test_pages_read_no_more_of_five_times_as_many_attempts_and_scan_nothing(
    postgres: EmbeddedPostgres, template: str, fresh: Callable[..., str], keyring: Keyring
) -> None:
    small = await _filled(postgres, fresh(template), keyring, SMALL)
    large = await _filled(postgres, fresh(template), keyring, LARGE)
    assert {name: cost.scans for name, cost in large.items() if cost.scans} == {}
    assert {name: cost.statements for name, cost in large.items()} == {
        name: cost.statements for name, cost in small.items()
    }
    # Who is busiest among more attempts has begun more challenges too: what is shown may be read, row by row.
    shown = {name: max(1.0, large[name].rows / max(1, small[name].rows)) for name in small}
    grown = {
        name: (small[name], large[name])
        for name in small
        if large[name].buffers > 1.25 * shown[name] * small[name].buffers + 40
    }
    assert grown == {}
    too_many = {name: cost.rows for name, cost in large.items() if cost.rows > 2 * MOST[name] + 50}
    assert too_many == {}


async def test_a_sample_that_was_interrupted_is_gone_on_with(
    pool: Pool, worker_pool: Pool, keyring: Keyring, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(BaseException):
        pass

    def interrupted(*_: object) -> str:
        raise Interrupted

    parts = Opened(pool, keyring)
    name = partitions.name
    monkeypatch.setattr(partitions, "name", lambda month: interrupted() if month.month == 6 else name(month))
    with pytest.raises(Interrupted):
        await sample.load(parts, worker_pool, 20, 700)
    monkeypatch.undo()
    with psycopg.connect(owner_url) as owner:
        assert 0 < owner.execute("select count(*) from attempts").fetchall()[0][0] < 700
    await sample.load(parts, worker_pool, 20, 700)
    await sample.load(parts, worker_pool, 20, 700)
    with psycopg.connect(owner_url) as owner:
        assert owner.execute("select count(*), count(distinct id) from attempts").fetchall() == [(700, 700)]
        assert owner.execute("select sum(total_attempts), count(distinct user_id) from user_progress").fetchall() == [
            (700, 20)
        ]
        counts = "select sum(completed_challenges) from user_enrollments"
        entries = "select count(*) from leaderboard_entries"
        assert owner.execute(counts).fetchall() == owner.execute(entries).fetchall()
        assert owner.execute("select count(*) from challenge_attempts_default").fetchall() == [(0,)]
    with pytest.raises(CommandError, match="holds a sample of 20 learners with 700 attempts already"):
        await sample.load(parts, worker_pool, 21, 700)
