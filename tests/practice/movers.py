"""Learners between versions: publishing with a policy, the jobs that follow, and what is told and stored of it."""

import asyncio
from typing import Any

import psycopg

from core.sealing import Keyring
from gateway.jobs import queue
from gateway.jobs.worker_state import WorkerState
from gateway.log import Log
from sandbox.work import PROTOCOL
from sql.database import Pool
from tests.practice.makers import PATH, Room, looked_up

NOTICES = """query ($first: Int, $after: String) { viewer { notices(first: $first, after: $after) {
    edges { cursor node { id kind reason changelog changes seenAt createdAt challenge { path }
        from { label } to { label } differences { name unified } } } pageInfo { hasNextPage endCursor } } } }"""
STAND = """query ($path: String!) { challenge(path: $path) { viewerProgress {
    status bestScore version { label } newerVersion { label } newerChanges headStatus
    completedVersion { label } } } }"""


async def publish(room: Room, policy: str | None = None, reason: str | None = None, **changes: Any) -> str:
    """Publish an edit under a policy (None: what follows from the change) and return its label."""
    await room.author.edit(room.id, **changes)
    stated: dict[str, Any] = {} if policy is None else {"migration": policy}
    stated |= {} if reason is None else {"migrationReason": reason}
    return str((await room.author.publish(room.id, **stated))["version"]["label"])


async def rollback(room: Room, label: str, policy: str | None = None) -> None:
    """Roll back under a policy."""
    await room.author.rollback(room.id, label, **({} if policy is None else {"migration": policy}))


async def stand(room: Room) -> dict[str, Any]:
    """Return how the learner stands."""
    return dict((await room.learner.run(STAND, path=PATH))["challenge"]["viewerProgress"])


async def labels(*rooms: Room) -> list[str]:
    """Return the version that each learner works on."""
    return [(await stand(room))["version"]["label"] for room in rooms]


async def notices(room: Room) -> list[dict[str, Any]]:
    """Return what the learner is told."""
    edges = (await room.learner.run(NOTICES, first=100))["viewer"]["notices"]["edges"]
    return [edge["node"] for edge in edges]


async def told(room: Room) -> list[tuple[str, str, str]]:
    """Return kind and versions of what the learner is told."""
    return [(one["kind"], one["from"]["label"], one["to"]["label"]) for one in await notices(room)]


async def work(worker: Pool, keyring: Keyring) -> None:
    """Do the upkeep that is due; a worker that is to end does not wait for what another job's lock holds back."""
    due = "select 1 from jobs.procrastinate_jobs where queue_name = 'maintenance' and status = 'todo'"
    due += " and coalesce(scheduled_at, now()) <= now()"
    for _ in range(10):
        await queue.work(WorkerState(worker, keyring, Log(lambda _: None)), once=True)
        if not await asyncio.to_thread(looked_up, worker.address, due):
            return


def hurry(owner_url: str) -> None:
    """Let what was put off until later be due."""
    looked_up(owner_url, "update jobs.procrastinate_jobs set scheduled_at = now() where status = 'todo'")


def judged(owner_url: str, label: str, html: str, passed: str, tests: str = "t1 t2 t4") -> None:
    """Store what a page came to under a version's tests, of which some passed, as a worker would."""
    outcomes = psycopg.types.json.Jsonb(
        [{"id": id, "outcome": "PASSED" if id in passed.split() else "FAILED"} for id in tests.split()]
    )
    looked_up(
        owner_url,
        "insert into verdicts (judged_hash, code_hash, engine, protocol, status, passed, tests, console, page_errors,"
        " blocked, ms, confirmed, made_at) select judged_hash, encode(sha256(convert_to(%s, 'UTF8')), 'hex'), 'Test',"
        " %s, 'FINISHED', %s, %s, '[]', '[]', '[]', 1, false, now() from challenge_versions"
        " where 'v' || major || '.' || minor = %s",
        '{"html":"' + html + '"}',
        PROTOCOL,
        passed.split() == tests.split(),
        outcomes,
        label,
    )


def physical(owner_url: str) -> list[Any]:
    """Return the versions of all rows about learners, which any write would change."""
    return [
        looked_up(owner_url, f"select xmin::text, ctid::text, t::text from {table} t order by ctid")
        for table in ("user_progress", "notices", "user_enrollments", "challenge_attempts", "leaderboard_entries")
    ]


def policies(owner_url: str) -> list[str]:
    """Return the policies of all publications, in order."""
    return [policy for (policy,) in looked_up(owner_url, "select policy from version_migrations order by seq, policy")]
