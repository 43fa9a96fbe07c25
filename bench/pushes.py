"""A push of thousands of changed challenges with other publishers beside it, and how long each of these waits.

The push is one ``applyContent`` that publishes every challenge of a tree in one entry of the log. Meanwhile other
authors publish challenges of their own, one after another, through the same pool and event loop, as in one gateway.
What is timed is each of their publishes, from the beginning of its transaction to its commit.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from core.ids import new_id
from core.sealing import Keyring
from core.write_context import WriteContext
from embedded.supervisor import EmbeddedPostgres
from sql.database import Pool
from sql.jobs import install
from sql.migrate import Roles, migrate
from versioning.content import drafts
from versioning.content.definition import ChallengeTest, Content
from versioning.content.drafts import Edit
from versioning.log.live import live_sets
from versioning.log.verify import verify_log
from versioning.publishing.publish_state import drafts_by_id
from versioning.publishing.publishing import PublishRequest, publish
from versioning.tree.apply import apply
from versioning.tree.apply_input import ChallengeWish, LessonWish, ModuleWish, Options, TrackWish

PROSE = "Write a page with a heading, a paragraph and a list of three items. " * 30
PAUSE = 0.05


@dataclass(slots=True)
class Pushes:
    """Seconds that the push took, and that each publish beside it took."""

    push: float = 0.0
    waits: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


async def pushes(url: str, keyring: Keyring, *, challenges: int, publishers: int, alone: float = 5.0) -> Pushes:
    """Push a changed tree beside publishers, in the migrated, empty database at ``url``.

    Before that the publishers are timed for so many seconds ``alone``.
    """
    found = Pushes()
    pool = Pool(url, role=Roles().gateway, size=publishers + 2, patience=600)
    await pool.open()
    try:
        act = await _author(pool)
        await _push(pool, keyring, act, _tree("track", challenges, "First."))
        await _push(pool, keyring, act, _tree("other", publishers, "First."))
        async with pool.connection() as connection:
            cursor = await connection.execute("select id from challenge_nodes where path like 'other/%%' order by id")
            ids = [UUID(str(id)) for (id,) in await cursor.fetchall()]
        over = asyncio.Event()
        by_themselves = asyncio.gather(*(_publisher(pool, keyring, act, id, over, found.alone) for id in ids))
        await asyncio.sleep(alone)
        over.set()
        await by_themselves
        over = asyncio.Event()
        beside = asyncio.gather(*(_publisher(pool, keyring, act, id, over, found.waits) for id in ids))
        begun = time.perf_counter()
        await _push(pool, keyring, act, _tree("track", challenges, "Second."))
        found.push = time.perf_counter() - begun
        over.set()
        await beside
        async for verified in verify_log(pool.database(), keyring):
            if verified.first_fault:
                found.faults.append(verified.first_fault)
    finally:
        await pool.close()
    return found


async def _author(pool: Pool) -> WriteContext:
    user = new_id()
    async with pool.connection() as connection:
        await connection.execute(
            "insert into users (id, kind, display_name, role, created_at)"
            " values (%s, 'service', 'pushes', 'author', now())",
            [user],
        )
        await connection.execute(
            "insert into settings (name, value) values ('verdicts_required', '0') on conflict do nothing"
        )
    return WriteContext(user, datetime.now(UTC))


def _tree(slug: str, number: int, changed: str) -> list[TrackWish]:
    test = ChallengeTest("t1", "It has a heading.", f"assert.exists(document.querySelector('h1'), '{changed}');")
    made = [
        ChallengeWish(f"c{one}", Content(f"Challenge {one}", f"{changed} {PROSE}", tests=(test,)))
        for one in range(number)
    ]
    lessons = [LessonWish(f"l{at}", f"Lesson {at}", tuple(made[at : at + 50])) for at in range(0, number, 50)]
    return [TrackWish(slug, slug.title(), children=(ModuleWish("m", "Module", tuple(lessons)),))]


async def _push(pool: Pool, keyring: Keyring, act: WriteContext, tree: Sequence[TrackWish]) -> None:
    async with pool.database().transaction() as tx:
        await apply(tx, keyring, WriteContext(act.actor, datetime.now(UTC)), tree, Options(publish=True))


async def _publisher(
    pool: Pool, keyring: Keyring, act: WriteContext, id: UUID, over: asyncio.Event, waits: list[float]
) -> None:
    database, number = pool.database(), 0
    while not over.is_set():
        number += 1
        now = WriteContext(act.actor, datetime.now(UTC))
        (draft,) = await drafts_by_id(database, [id])
        edit = Edit(title=f"{id} {new_id()}")
        async with database.transaction() as tx:
            revision = draft.draft_revision
            await drafts.update(tx, keyring, now, challenge_id=id, expected_revision=revision, edit=edit)
        (draft,) = await drafts_by_id(database, [id])
        live = (await live_sets(database, [id]))[id]
        begun = time.perf_counter()
        async with database.transaction() as tx:
            await publish(tx, keyring, now, [PublishRequest(id, draft.content_hash, live.hash, "Something.")])
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(PAUSE)


def _at(waits: Sequence[float], share: float) -> float:
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def _main(challenges: int, publishers: int, most: float) -> int:
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres.start(Path(folder)) as server:
        await migrate(server.url(), gateway_logs_in=True)
        await install(server.url(), Roles())
        keyring = Keyring.parse(Keyring.generate())
        url = server.url(user=Roles().gateway)
        found = await pushes(url, keyring, challenges=challenges, publishers=publishers)
    for name, waits in (("alone", found.alone), ("beside the push", found.waits)):
        told = ", ".join(f"{label} {_at(waits, share):.3f} s" for label, share in (("p50", 0.5), ("p99", 0.99)))
        print(f"{publishers} publishers {name}: {len(waits)} publishes, {told}, max {max(waits):.3f} s")
    print(f"a push of {challenges} changed challenges: {found.push:.1f} s, {len(found.faults)} faults in the log")
    return 1 if found.faults or _at(found.waits, 0.99) > most else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--challenges", type=int, default=2000)
    parser.add_argument("--publishers", type=int, default=8)
    parser.add_argument("--most", type=float, default=1.0, help="seconds that the p99 may be")
    given = parser.parse_args()
    sys.exit(asyncio.run(_main(given.challenges, given.publishers, given.most)))
