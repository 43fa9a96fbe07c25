"""Writers at once: publishes, edits and rollbacks interleaved on a few challenges, watched by an observer.

What is counted: acknowledged publishes that are not in the history, version numbers missing or given twice, moments at
which a challenge had another number of live versions than one, and the difference between the live sets in the database
and a replay of the log by a model that knows nothing but the log.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from core.faults import Refused, Stale
from core.ids import new_id
from core.sealing import Keyring
from core.write_context import WriteContext
from embedded.supervisor import EmbeddedPostgres
from sql.database import Pool
from sql.migrate import Roles, migrate
from versioning.content import drafts
from versioning.content.definition import ChallengeTest
from versioning.content.drafts import Edit
from versioning.faults import AlreadyLive, IdenticalToVersion, NothingToPublish
from versioning.log.live import live_sets
from versioning.log.verify import verify_log
from versioning.publishing import rollback
from versioning.publishing.publish_state import drafts_by_id, full_versions
from versioning.publishing.publishing import PublishRequest, publish
from versioning.tree import changes

EXPECTED = (AlreadyLive, NothingToPublish, IdenticalToVersion)


@dataclass(slots=True)
class Races:
    """What was done and what was found; ``faults`` is empty when nothing was lost."""

    done: Counter[str] = field(default_factory=Counter)
    stale: int = 0
    samples: int = 0
    seconds: float = 0.0
    acknowledged: set[UUID] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


async def races(url: str, keyring: Keyring, *, writers: int, challenges: int, operations: int) -> Races:
    """Run ``operations`` acts by ``writers`` on ``challenges`` in the migrated, empty database at ``url``."""
    found = Races()
    pool = Pool(url, role=Roles().gateway, size=writers)
    await pool.open()
    try:
        ids, act = await _prepare(pool, keyring, challenges)
        begun = time.perf_counter()
        over = asyncio.Event()
        watching = asyncio.create_task(_watch(url, challenges, found, over))
        todo = iter(range(operations))
        await asyncio.gather(*(_write(pool, keyring, act, ids, todo, found, number) for number in range(writers)))
        over.set()
        await watching
        found.seconds = time.perf_counter() - begun
        await _check(pool, keyring, ids, found)
    finally:
        await pool.close()
    return found


async def _prepare(pool: Pool, keyring: Keyring, challenges: int) -> tuple[list[UUID], WriteContext]:
    database = pool.database()
    user = new_id()
    act = WriteContext(user, datetime.now(UTC))
    async with pool.connection() as connection:
        await connection.execute(
            "insert into users (id, kind, display_name, role, created_at)"
            " values (%s, 'service', 'races', 'author', now())",
            [user],
        )
    async with database.transaction() as tx:
        track = await changes.create(tx, act, "track", slug="track", title="Track")
        module = await changes.create(tx, act, "module", parent_id=track, slug="module", title="Module")
        lesson = await changes.create(tx, act, "lesson", parent_id=module, slug="lesson", title="Lesson")
        edit = Edit(title="Start", instructions="Do it.", tests=[("t1", ChallengeTest("t1", "It is.", "assert(1)"))])
        ids = [
            await drafts.create(tx, keyring, act, lesson_id=lesson, slug=f"c{number}", position=None, edit=edit)
            for number in range(challenges)
        ]
    for id in ids:
        await _publish(pool, keyring, act, id, Races())
    return ids, act


async def _write(
    pool: Pool, keyring: Keyring, act: WriteContext, ids: list[UUID], todo: Any, found: Races, number: int
) -> None:
    chance = random.Random(number)  # noqa: S311 - nothing secret, and repeatable
    for _ in todo:
        id = chance.choice(ids)
        verb = chance.choice(("publish", "edit", "rollback"))
        while True:
            now = WriteContext(act.actor, datetime.now(UTC))
            try:
                if verb == "publish":
                    # Most publishes have something to say, so that the race is about versions and not about refusals.
                    await _edit(pool, keyring, now, id, f"{number} {chance.random()}")
                    await _publish(pool, keyring, now, id, found)
                elif verb == "edit":
                    await _edit(pool, keyring, now, id, f"{number} {chance.random()}")
                else:
                    await _rollback(pool, keyring, now, id, chance)
                found.done[verb] += 1
            except Refused as refused:
                if any(isinstance(fault, Stale) for fault in refused.faults):
                    found.stale += 1
                    continue
                if not all(isinstance(fault, EXPECTED) for fault in refused.faults):
                    found.faults.append(f"{verb}: {refused}")
                found.done["refused"] += 1
            break


async def _publish(pool: Pool, keyring: Keyring, act: WriteContext, id: UUID, found: Races) -> None:
    database = pool.database()
    (draft,) = await drafts_by_id(database, [id])
    live = (await live_sets(database, [id]))[id]
    await asyncio.sleep(0)
    async with database.transaction() as tx:
        done = await publish(tx, keyring, act, [PublishRequest(id, draft.content_hash, live.hash, "Something.")])
    found.acknowledged.update(done.version_ids)


async def _edit(pool: Pool, keyring: Keyring, act: WriteContext, id: UUID, title: str) -> None:
    database = pool.database()
    (draft,) = await drafts_by_id(database, [id])
    async with database.transaction() as tx:
        await drafts.update(
            tx, keyring, act, challenge_id=id, expected_revision=draft.draft_revision, edit=Edit(title=title)
        )


async def _rollback(pool: Pool, keyring: Keyring, act: WriteContext, id: UUID, chance: random.Random) -> None:
    database = pool.database()
    live = (await live_sets(database, [id]))[id]
    label = chance.choice(await full_versions(database, id)).label
    async with database.transaction() as tx:
        await rollback.rollback(
            tx, keyring, act, challenge_id=id, to_label=label, live_set_hash=live.hash, reason="It was better."
        )


async def _watch(url: str, challenges: int, found: Races, over: asyncio.Event) -> None:
    """Look at the live versions from a connection of its own, as often as it can."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        while not over.is_set():
            cursor = await connection.execute(
                "select c.id, count(v.id), coalesce(sum(v.weight), 0) from challenges c"
                " left join challenge_versions v on v.challenge_id = c.id and v.is_active group by c.id"
            )
            rows = await cursor.fetchall()
            found.samples += 1
            if len(rows) != challenges or any((live, weight) != (1, 100) for _, live, weight in rows):
                found.faults.append(f"a moment with {rows}")


async def _check(pool: Pool, keyring: Keyring, ids: list[UUID], found: Races) -> None:
    database = pool.database()
    kept: set[UUID] = set()
    for id in ids:
        versions = await full_versions(database, id)
        kept.update(version.id for version in versions)
        if [version.number for version in versions] != list(range(1, len(versions) + 1)):
            found.faults.append(f"{id} has the numbers {[version.number for version in versions]}")
        live = [(version.number, version.weight) for version in versions if version.is_active]
        if live != (replayed := await _replayed(pool, id)):
            found.faults.append(f"{id} is live as {live}, and the log says {replayed}")
    if lost := found.acknowledged - kept:
        found.faults.append(f"{len(lost)} acknowledged publishes are lost")
    async for verified in verify_log(database, keyring):
        if verified.first_fault:
            found.faults.append(verified.first_fault)


async def _replayed(pool: Pool, id: UUID) -> list[tuple[int, int]]:
    """Fold the log's records of a challenge with a model that only knows how each kind moves the live set."""
    live: list[tuple[int, int]] = []
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "select r.before, r.after from publication_records r where r.subject_id = %s order by r.seq", [id]
        )
        for before, after in await cursor.fetchall():
            if [(arm["version"], arm["weight"]) for arm in before] != live:
                return [(-1, -1)]
            live = [(arm["version"], arm["weight"]) for arm in after]
    return live


async def _main(writers: int, challenges: int, operations: int) -> int:
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres.start(Path(folder)) as server:
        await migrate(server.url(), gateway_logs_in=True)
        found = await races(
            server.url(user=Roles().gateway),
            Keyring.parse(Keyring.generate()),
            writers=writers,
            challenges=challenges,
            operations=operations,
        )
    print(
        f"{writers} writers, {challenges} challenges, {operations} operations in {found.seconds:.1f} s:"
        f" {dict(found.done)}, {len(found.acknowledged)} publishes acknowledged,"
        f" {found.stale} stale, {found.samples} samples,"
        f" {len(found.faults)} faults"
    )
    for fault in found.faults[:20]:
        print(fault)
    return 1 if found.faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--challenges", type=int, default=8)
    parser.add_argument("--operations", type=int, default=2000)
    given = parser.parse_args()
    sys.exit(asyncio.run(_main(given.writers, given.challenges, given.operations)))
