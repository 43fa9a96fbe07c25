"""The sample's curriculum, and filling the database month by month; it is noted how far that came."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from tqdm import tqdm

from accounts import addresses
from core.sealing import Keyring
from gateway.app_state import now
from gateway.bootstrap import Opened
from gateway.cli.clients import LocalClient, command_line
from gateway.content_files.push import APPLY
from gateway.errors import CommandError
from gateway.http.health import queries
from gateway.jobs import maintenance
from practice import partitions, sample
from practice.sample import Sample, first_of_month
from sql import settings
from sql.database import Pool, Transaction

TRACK = "sample"
SETTING = "sample_loaded"
MODULES, LESSONS, CHALLENGES = 10, 4, 5
LEARNERS_AT_A_TIME = 50
LINES = 2_000  # a block of rows for the server
USER_COLUMNS = ("id", "kind", "display_name", "role", "email_sealed", "email_hash", "created_at")


@dataclass(slots=True)
class Loaded:
    """How far a sample came: which one it is, and how much of it is there."""

    users: int
    attempts: int
    until: str
    accounts: bool = False
    months: int = 0
    learners: int = 0

    async def note(self, tx: Transaction) -> None:
        """Keep this in the transaction that did it."""
        await tx.execute(queries.replace_setting, name=SETTING, value=orjson.dumps(self).decode())


async def load(parts: Opened, worker: Pool, users: int, attempts: int) -> None:
    """Fill the database, or go on where that was interrupted; raises ``CommandError`` when it holds another sample."""
    loaded = await _noted(worker, users, attempts)
    plan = Sample(users, attempts, datetime.fromisoformat(loaded.until))
    if not loaded.accounts:
        await _publish(parts, worker)
        await _accounts(worker, parts.keyring, plan, loaded)
    await _attempts(worker, plan, loaded)
    if not loaded.learners:
        await maintenance.vacuum(worker.database(), now())
    await _progress(worker, plan, loaded)


def curriculum() -> list[dict[str, Any]]:
    """Return the sample's track: 200 small challenges of two or three tests."""
    return [
        {
            "slug": TRACK,
            "title": "Sample",
            "description": "Made for trials and measurements.",
            "modules": [
                {
                    "slug": f"module-{module}",
                    "title": f"Module {module}",
                    "lessons": [
                        {
                            "slug": f"lesson-{lesson}",
                            "title": f"Lesson {lesson}",
                            "challenges": [_challenge(module, lesson, number) for number in range(1, CHALLENGES + 1)],
                        }
                        for lesson in range(1, LESSONS + 1)
                    ],
                }
                for module in range(1, MODULES + 1)
            ],
        }
    ]


def _challenge(module: int, lesson: int, number: int) -> dict[str, Any]:
    word = f"{module}-{lesson}-{number}"
    tests = [
        ("t1", "There is a heading.", "assert.ok(document.querySelector('h1'));", 2),
        ("t2", f"The heading says {word}.", f"assert.equal(document.querySelector('h1').textContent, '{word}');", 1),
        ("t3", "There is a paragraph.", "assert.ok(document.querySelector('p'));", 1),
    ]
    return {
        "slug": f"challenge-{number}",
        "title": f"Challenge {word}",
        "instructions": f"Write a heading that says `{word}` and a paragraph below it. " * 8,
        "difficulty": ("EASY", "MEDIUM", "HARD")[number % 3],
        "points": 10 * (1 + number % 3),
        "estimatedTimeMinutes": 5 + number,
        "starter": {"html": "<main></main>", "css": "main { margin: 0 }"},
        "solution": {"html": f"<main><h1>{word}</h1><p>Below.</p></main>", "css": "main { margin: 0 }"},
        "tests": [
            {"id": id, "text": text, "code": code, "weight": weight}
            for id, text, code, weight in tests[: 2 + number % 2]
        ],
        "hints": [{"text": "Look at the page of headings."}],
    }


async def _publish(parts: Opened, worker: Pool) -> None:
    """Publish the curriculum. A database for trials takes the author's word, and leaves verdicts to graders."""
    async with worker.database().transaction() as tx:
        if not await sample.is_alone(tx, TRACK):
            raise CommandError("This database holds other tracks; a sample wants one of its own.")
        for name, value in (("verdicts_required", "0"), ("attempts_judged_by", "grader")):
            await tx.execute(queries.replace_setting, name=name, value=value)
    client = LocalClient(parts, (await command_line(parts)).viewer)
    wish = {"tracks": curriculum(), "publish": True, "changelog": "The sample's first edition"}
    payload = (await client.send(APPLY, {"input": wish}))["applyContent"]
    if payload["userErrors"]:
        raise CommandError(f"The sample's track was refused: {payload['userErrors'][0]['message']}")


async def _accounts(worker: Pool, keyring: Keyring, plan: Sample, loaded: Loaded) -> None:
    """Make the learners' accounts; without a password nobody can sign in to one."""
    loaded.accounts = True
    with _bar(plan.users, "accounts", 0) as told:
        async with worker.database().transaction() as tx:
            lines = (_account(keyring, plan, number) for number in range(plan.users))
            await tx.copy_in("users", USER_COLUMNS, _counted(_blocks(lines), told))
            await loaded.note(tx)


def _account(keyring: Keyring, plan: Sample, number: int) -> bytes:
    id, address = plan.user_id(number), f"learner-{number}@sample.invalid"
    hash = addresses.lookup(keyring, address) or b""
    sealed = keyring.seal(address.encode(), id.bytes)
    at = plan.since.isoformat()
    return f"{id}\tperson\tLearner {number}\tlearner\t\\\\x{sealed.hex()}\t\\\\x{hash.hex()}\t{at}\n".encode()


async def _attempts(worker: Pool, plan: Sample, loaded: Loaded) -> None:
    """Make the attempts, a month at a time."""
    exercises = await sample.exercises(worker.database(), TRACK)
    with _bar(plan.attempts, "attempts", plan.attempts * loaded.months // plan.months) as told:
        while loaded.months < plan.months:
            first, last = plan.month(loaded.months), plan.month(loaded.months + 1)
            await partitions.make(worker.database(), first.date())
            loaded.months += 1
            async with worker.database().transaction() as tx:
                blocks = _counted(plan.lines(first, last, exercises), told)
                await tx.copy_in(partitions.name(first.date()), sample.COLUMNS, blocks)
                await loaded.note(tx)


async def _progress(worker: Pool, plan: Sample, loaded: Loaded) -> None:
    """Write what follows from the attempts, some learners at a time."""
    with _bar(plan.users, "learners", loaded.learners) as told:
        while loaded.learners < plan.users:
            batch = range(loaded.learners, min(plan.users, loaded.learners + LEARNERS_AT_A_TIME))
            loaded.learners = batch.stop
            async with worker.database().transaction() as tx:
                await sample.fill_in(tx, [plan.user_id(number) for number in batch], TRACK)
                await loaded.note(tx)
            told.update(len(batch))


async def _noted(worker: Pool, users: int, attempts: int) -> Loaded:
    noted = await settings.kept(worker.database(), SETTING)
    if noted is None:
        return Loaded(users, attempts, first_of_month(now().astimezone(UTC)).isoformat())
    loaded = Loaded(**orjson.loads(noted))
    if (loaded.users, loaded.attempts) != (users, attempts):
        raise CommandError(
            f"This database holds a sample of {loaded.users} learners with {loaded.attempts} attempts already;"
            " take another database, or give those numbers to go on with that one."
        )
    return loaded


def _counted(blocks: Iterator[bytes], told: Any) -> Iterator[bytes]:
    for block in blocks:
        yield block
        told.update(block.count(b"\n"))


def _blocks(lines: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    for line in lines:
        held.append(line)
        if len(held) == LINES:
            yield b"".join(held)
            held.clear()
    yield b"".join(held)


def _bar(total: int, unit: str, done: int) -> Any:
    return tqdm(total=total, initial=done, unit=f" {unit}", unit_scale=True, file=sys.stderr, mininterval=0.5)
