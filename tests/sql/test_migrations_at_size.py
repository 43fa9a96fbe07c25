"""A database of 100,000 attempts is migrated while people read and write: nobody sees an error, nobody waits long."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection

from core.sealing import Keyring
from embedded.supervisor import EmbeddedPostgres
from schema.fields import global_id
from sql.database import Pool
from sql.migrate import FOLDER, Patience, migrate
from sql.migration_files import OUTSIDE
from tests.fix_api import Api
from tests.fix_database import ROLES
from tests.fix_release import Released
from tests.sql import release
from tests.sql.questions import NOW, queries, viewers

PATIENCE = Patience(lock_ms=300, pause=0.2, longest_pause=0.2)
# How much later than its time-out a server that has no core to spare ends a wait.
LATE = 2.0
GIVES_WAY = 3
INSIDE = """alter table challenge_attempts add column trial int;
alter table user_progress add column trial int;
alter table user_progress add constraint trial_is_positive check (trial > 0) not valid;
"""
BUILDS = f"""{OUTSIDE}
create index concurrently if not exists trial_attempts on challenge_attempts (challenge_id, created_at);
create index concurrently if not exists trial_progress on user_progress (status, challenge_id);
alter table user_progress validate constraint trial_is_positive;
"""
WAITS = """select coalesce(max(extract(epoch from clock_timestamp() - l.waitstart)), 0)::float8
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where not l.granted and l.waitstart is not null and a.application_name = 'palimpsest gateway'"""
READS: list[tuple[str, str, dict[str, Any]]] = [
    ("learner", "Dashboard", {}),
    ("copied learner", "Progress", {"first": 5}),
    ("learner moved", "ChallengePage", {"path": "web-basics/structure-of-pages/first-elements/list"}),
    ("learner of both tracks", "TrackTreeWithProgress", {"slug": "web-basics"}),
]
SUBMIT = (
    """mutation ($input: SubmitAttemptInput!) { submitAttempt(input: $input) { attempt { id } userErrors { code } } }"""
)


@dataclass
class Crowd:
    """What people did and what they met, until ``over`` is set."""

    api: Callable[[str], Api]
    done: Counter[str] = field(default_factory=Counter)
    faults: list[Any] = field(default_factory=list)
    longest_wait: float = 0.0
    samples: int = 0
    over: bool = False

    async def read(self, who: str, operation: str, variables: dict[str, Any]) -> None:
        text = queries()[operation]
        while not self.over:
            got = await self.api(who).run(text, **variables)
            self.faults += got.errors
            self.done["reads"] += 1

    async def write(self, who: str, challenge: str) -> None:
        while not self.over:
            code = {"html": f"<ul><li>{self.done['writes']}</li></ul>"}
            got = await self.api(who).run(SUBMIT, input={"challengeId": challenge, "code": code})
            self.faults += got.errors or got.data["submitAttempt"]["userErrors"]
            self.done["writes"] += 1
            await asyncio.sleep(0.02)

    async def watch(self, url: str) -> None:
        async with await AsyncConnection.connect(url, autocommit=True) as connection:
            while not self.over:
                ((waited,),) = await (await connection.execute(WAITS)).fetchall()
                self.longest_wait = max(self.longest_wait, waited)
                self.samples += 1
                await asyncio.sleep(0.005)


@pytest.fixture
async def url(postgres: EmbeddedPostgres, released: Released, fresh: Callable[..., str]) -> str:
    """A copy of the migrated database, in which attempts wait for an outside grader."""
    copied = postgres.url(database=fresh(released.name))
    with psycopg.connect(copied) as owner:
        owner.execute("insert into settings values ('attempts_judged_by', 'grader')")
    return copied


@pytest.fixture
async def crowd(url: str) -> AsyncIterator[Crowd]:
    who, pool = viewers(url), Pool(url, role=ROLES.gateway, size=8)
    await pool.open()
    yield Crowd(lambda name: Api(pool, Keyring.parse(release.KEYS), lambda: NOW, who[name]))
    await pool.close()


async def test_readers_and_writers_go_on_while_a_large_database_is_migrated(
    url: str, crowd: Crowd, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(FOLDER, folder)
    number = len(list(folder.glob("*.sql")))
    inside, builds = f"{number + 1:04}_inside", f"{number + 2:04}_builds"
    (folder / f"{inside}.sql").write_text(INSIDE)
    (folder / f"{builds}.sql").write_text(BUILDS)
    with psycopg.connect(url) as owner:
        ((listing,),) = owner.execute("select id from challenges where slug = 'list'").fetchall()
    told: list[str] = []
    reads_at_try: list[int] = []
    async with await AsyncConnection.connect(url) as report:
        # A long report holds the lock that the migration needs. Readers come to wait behind a migration that waits.
        await report.execute("select from challenge_attempts limit 1")
        let_go = asyncio.Event()

        def hear(line: str) -> None:
            told.append(line)
            reads_at_try.append(crowd.done["reads"])
            if len(told) == GIVES_WAY:
                let_go.set()

        async def end_report() -> None:
            await asyncio.wait_for(let_go.wait(), 60)
            await report.rollback()

        async def run() -> list[str]:
            try:
                return await migrate(url, ROLES, folder, patience=PATIENCE, tell=hear)
            finally:
                crowd.over = True

        people = [crowd.read(*given) for given in READS]
        people += [crowd.write(who, str(global_id("Challenge", listing))) for who in ("learner", "learner drawn late")]
        applied, *_ = await asyncio.gather(run(), end_report(), crowd.watch(url), *people)
    assert applied == [inside, builds]
    assert crowd.faults == []
    assert [line.split(" try")[0] for line in told[:GIVES_WAY]] == [f"Migration {inside} waits for a lock:"] * GIVES_WAY
    assert reads_at_try[GIVES_WAY - 1] > reads_at_try[0], "people were served between the tries"
    assert crowd.longest_wait <= PATIENCE.lock_ms / 1_000 + LATE
    assert crowd.samples >= 20
    assert min(crowd.done["reads"], crowd.done["writes"]) >= 10
    with psycopg.connect(url) as owner:
        invalid = owner.execute("select from pg_index where not indisvalid")
        parts = owner.execute("select from pg_inherits where inhparent = 'trial_attempts'::regclass")
        months = owner.execute("select from pg_inherits where inhparent = 'challenge_attempts'::regclass")
        stored = owner.execute("select from challenge_attempts where status = 'QUEUED'")
        assert (invalid.rowcount, parts.rowcount, stored.rowcount) == (0, months.rowcount, crowd.done["writes"])
