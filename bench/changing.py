"""Learners at work on a challenge while everything about it changes: publishes, rollbacks, experiments, promotions.

Each version has a test that no other has, so a verdict of one version fits no attempt at another. What is counted:
attempts that were stored or judged under another version than their learner saw, attempts that are missing or counted
twice, best scores that fell, completions that were taken back.
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench.scene.classroom import PATH, Classroom, NotDone, classroom
from core.sealing import Keyring
from embedded.supervisor import EmbeddedPostgres
from schema.node import parsed_id
from sql.database import Pool
from sql.jobs import install
from sql.migrate import Roles, migrate

SEEN = """query ($path: String!) { challenge(path: $path) { id version { id label tests { testId } }
    viewerProgress { status bestScore totalAttempts } } }"""
CODE = {"html": "<h1>Mine</h1>"}
EXPECTED = {"STALE", "ALREADY_LIVE", "IDENTICAL_TO_VERSION", "NOTHING_TO_PUBLISH"}


def own_tests(number: int) -> list[dict[str, Any]]:
    """Return the tests of the version of that number: one of its own, and one that all share."""
    return [
        {"id": "all", "text": "It is.", "code": "assert(1)", "weight": 1},
        {"id": f"own-{number}", "text": f"It is {number}.", "code": "assert(1)", "weight": 2},
    ]


@dataclass(slots=True)
class Changing:
    """What was done and what was found; ``faults`` is empty when nothing was lost or judged by another's tests."""

    attempts: int = 0
    stale: int = 0
    seconds: float = 0.0
    acts: Counter[str] = field(default_factory=Counter)
    seen: dict[str, str] = field(default_factory=dict)
    best: dict[int, int] = field(default_factory=dict)
    tries: Counter[int] = field(default_factory=Counter)
    completed: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


async def changing(
    owner_url: str, url: str, keyring: Keyring, *, attempts: int, clients: int, learners: int
) -> Changing:
    """Submit and judge so many attempts while the author goes through all acts again and again; then look at it all."""
    found = Changing()
    pool = Pool(url, role=Roles().gateway, size=clients // 2)
    await pool.open()
    try:
        room = await classroom(owner_url, pool, keyring, learners, own_tests(1))
        await room.publish(tests=own_tests(2))
        begun, over = time.perf_counter(), asyncio.Event()
        todo = iter(range(attempts))
        authoring = asyncio.create_task(_author(room, found, over))
        await asyncio.gather(*(_learn(room, range(n, learners, clients), todo, found) for n in range(clients)))
        over.set()
        await authoring
        found.seconds = time.perf_counter() - begun
    finally:
        await pool.close()
    _check(owner_url, found)
    return found


async def _learn(room: Classroom, numbers: range, todo: Iterator[int], found: Changing) -> None:
    """Be some of the learners in turn: look, submit work on what was seen, have it judged, look again."""
    chance = random.Random(numbers.start)  # noqa: S311 - nothing secret, and repeatable
    for _ in todo:
        number = chance.choice(numbers)
        learner = room.learners[number]
        while True:
            page = (await room.ask(learner, SEEN, path=PATH))["challenge"]
            version = page["version"]
            _compare(page["viewerProgress"], number, found)
            await asyncio.sleep(chance.random() / 50)
            if found.tries[number] and chance.random() < 0.1:
                await room.do(learner, "adoptVersion", challengeId=page["id"])
            given = {"challengeId": page["id"], "code": CODE, "versionId": version["id"]}
            try:
                made = await room.do(learner, "submitAttempt", "attempt { id version { label } }", **given)
            except NotDone as refused:
                if refused.codes != ["STALE"]:
                    found.faults.append(str(refused))
                found.stale += 1
                continue
            break
        attempt = made["attempt"]
        found.seen[attempt["id"]] = version["label"]
        found.tries[number] += 1
        await _judge(room, number, attempt["id"], [test["testId"] for test in version["tests"]], chance, found)
        found.attempts += 1


async def _judge(
    room: Classroom, number: int, attempt: str, tests: list[str], chance: random.Random, found: Changing
) -> None:
    results = [{"testId": id, "outcome": chance.choice(("PASSED", "FAILED"))} for id in tests]
    try:
        made = await room.do(
            room.grader,
            "gradeAttempt",
            "attempt { score } progress { bestScore status }",
            attemptId=attempt,
            results=results,
        )
    except NotDone as refused:
        found.faults.append(f"the tests that a learner saw do not judge their attempt: {refused}")
        return
    score = made["attempt"]["score"]
    found.best[number] = max(found.best.get(number, 0), score)
    if score == 100:
        found.completed.add(number)
    _compare(made["progress"], number, found)


def _compare(progress: dict[str, Any], number: int, found: Changing) -> None:
    """Nothing that a learner has may become less."""
    best, known = progress["bestScore"], found.best.get(number)
    if known is not None and (best is None or best < known):
        found.faults.append(f"learner {number} had {known} and has {best}")
    if number in found.completed and progress["status"] != "COMPLETED":
        found.faults.append(f"learner {number} is {progress['status']} after having completed it")


async def _author(room: Classroom, found: Changing, over: asyncio.Event) -> None:
    """Go through all acts in turn until the learners are done."""
    chance, version = random.Random(7), 2  # noqa: S311 - nothing secret, and repeatable
    while not over.is_set():
        try:
            version += 1
            label = await room.publish(tests=own_tests(version))
            found.acts["publish"] += 1
            await _pause(chance)
            await _rollback(room, "v1.0")
            found.acts["rollback"] += 1
            await _pause(chance)
            experiment = await room.start({"v1.0": 50, label: 50})
            found.acts["start"] += 1
            for share in (20, 80):
                await _pause(chance)
                await room.reweigh(experiment, {"v1.0": share, label: 100 - share})
                found.acts["reweigh"] += 1
            await _pause(chance)
            hash = (await room.standing())["liveSetHash"]
            given = {"experimentId": experiment, "liveSetHash": hash, "reason": "It is."}
            if chance.random() < 0.5:
                await room.do(room.author, "promoteVersion", **given, label=label)
                found.acts["promote"] += 1
            else:
                await room.do(room.author, "stopExperiment", **given)
                found.acts["stop"] += 1
            await _pause(chance)
        except NotDone as refused:
            if not set(refused.codes) <= EXPECTED:
                found.faults.append(str(refused))


async def _pause(chance: random.Random) -> None:
    await asyncio.sleep(0.05 + chance.random() / 10)


async def _rollback(room: Classroom, label: str) -> None:
    seen = await room.standing()
    given = {"challengeId": seen["id"], "toLabel": label, "liveSetHash": seen["liveSetHash"], "reason": "It is."}
    await room.do(room.author, "rollbackChallenge", **given)


def _check(owner_url: str, found: Changing) -> None:
    """Compare what is stored with what was seen and acknowledged."""
    with psycopg.connect(owner_url) as owner:
        attempts = owner.execute(
            """select a.user_id, a.id, 'v' || v.major || '.' || v.minor, a.status, a.results, v.tests
            from challenge_attempts a join challenge_versions v on v.id = a.version_id"""
        ).fetchall()
        progress = owner.execute(
            """select u.display_name, p.total_attempts, p.best_score, p.status
            from user_progress p join users u on u.id = p.user_id"""
        ).fetchall()
    seen = {ids[1][1]: label for id, label in found.seen.items() if (ids := parsed_id(id))}
    if len(attempts) != len(seen):
        found.faults.append(f"{len(seen)} attempts were acknowledged and {len(attempts)} are stored")
    for _, id, label, status, results, tests in attempts:
        if seen.get(id) != label:
            found.faults.append(f"an attempt at {seen.get(id)} is stored as one at {label}")
        if status not in ("PASSED", "FAILED") or [one["id"] for one in results] != [test["id"] for test in tests]:
            found.faults.append(f"an attempt at {label} is {status}, judged by {[one['id'] for one in results or ()]}")
    for name, tries, best, status in progress:
        number = int(name.split()[1])
        if (tries, best) != (found.tries[number], found.best[number]):
            told = f"{found.tries[number]}, {found.best[number]}"
            found.faults.append(f"{name} has {tries} attempts, {best} at best, and was told {told}")
        if (status == "COMPLETED") != (number in found.completed):
            found.faults.append(f"{name} is {status}")


async def _main(attempts: int, clients: int, learners: int) -> int:
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres.start(Path(folder)) as server:
        await migrate(server.url(), gateway_logs_in=True)
        await install(server.url(), Roles())
        found = await changing(
            server.url(),
            server.url(user=Roles().gateway),
            Keyring.parse(Keyring.generate()),
            attempts=attempts,
            clients=clients,
            learners=learners,
        )
    print(
        f"{found.attempts} attempts of {len(found.tries)} learners in {found.seconds:.0f} s, {found.stale} told that"
        f" they saw another version; meanwhile {dict(found.acts)}; {len(found.completed)} completions,"
        f" {len(found.faults)} faults"
    )
    for fault in found.faults[:20]:
        print(fault)
    return 1 if found.faults else 0


if __name__ == "__main__":
    logging.getLogger("strawberry.execution").disabled = True  # queries that are asked again are no errors
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--learners", type=int, default=400)
    given = parser.parse_args()
    sys.exit(asyncio.run(_main(given.attempts, given.clients, given.learners)))
