"""Replays of learners' solutions: against runs by hand on real drift, and how fast a thousand of them go.

    python -m bench.replay FILE                 both; --every N takes each n-th challenge, --solutions N as many

FILE is a content tree as JSON. Its challenges are published, its solutions stored as learners' accepted attempts and
its starters as wrong ones. Then the tests are changed as authors do, in turn: one gets stricter, all get other ids, or
one more is added. What the plan tells must be what running each page by hand tells.
"""

import argparse
import asyncio
import copy
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from bench.sandbox import chai
from core import limits
from core.code import Code, code_hash
from core.ids import new_id
from core.sealing import Keyring
from embedded.supervisor import EmbeddedPostgres
from gateway.bootstrap import Opened
from gateway.cli.clients import LocalClient, command_line
from gateway.content_files.push import APPLY
from gateway.content_files.push import read as read_tree
from gateway.jobs import queue
from gateway.jobs.worker_state import WorkerState
from gateway.log import Log
from practice.attempts import moment_of
from sandbox.pool import Sandbox
from sandbox.work import Test, Work
from schema.node import parsed_id
from sql.database import Pool
from sql.jobs import install
from sql.migrate import Roles, migrate
from sql.signals import Signals
from versioning.judging import verdicts

AT_ONCE = 20  # replays asked for
FIGURES = "state total done stillPass broken newlyPass unknown tests { testId breaks }"
REPLAY = f"""mutation ($input: ReplayDraftInput!) {{ replayDraft(input: $input) {{
    replay {{ id {FIGURES} }} userErrors {{ code message }} }} }}"""
PLAN = f"query ($id: ID!) {{ publishPlan(challengeId: $id) {{ replay {{ {FIGURES} }} }} }}"
AT = "query ($path: String!) { challenge(path: $path) { id } }"

Tree = dict[str, Any]


@dataclass(slots=True)
class Drift:
    """What the comparison found: pairs of code and tests, how many solutions broke, and where both accounts differ."""

    challenges: int = 0
    pairs: int = 0
    broken: int = 0
    newly_pass: int = 0
    differ: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Speed:
    """How long a replay took: on the wall, in seconds of all cores by worker and browsers, and what it came to."""

    solutions: int
    seconds: float
    cpu_seconds: float
    load: float
    still_pass: int


@dataclass(frozen=True, slots=True)
class Bench:
    """A migrated database with a client who may do all, and a worker with a browser."""

    url: str
    client: LocalClient
    sandbox: Sandbox

    async def send(self, operation: str, **variables: Any) -> Any:
        (answer,) = (await self.client.send(operation, variables)).values()
        if isinstance(answer, dict) and answer.get("userErrors"):
            raise RuntimeError(answer["userErrors"][:3])
        return answer

    async def apply(self, tracks: Sequence[Tree], *, publish: bool) -> None:
        wish = {"tracks": tracks, "publish": publish, "changelog": "An edition."}
        await self.send(APPLY, input=wish)

    async def challenge(self, path: str) -> str:
        return str((await self.send(AT, path=path))["id"])

    async def replay(self, id: str, most: int = limits.REPLAY_SOLUTIONS) -> None:
        """Ask for a replay of a challenge's draft and wait until it is over."""
        wish = {"challengeId": id, "limit": most, "waitSeconds": limits.WAIT_SECONDS}
        while (await self.send(REPLAY, input=wish))["replay"]["state"] in ("QUEUED", "RUNNING"):
            pass

    async def figures(self, id: str) -> Any:
        return (await self.send(PLAN, id=id))["replay"]


@asynccontextmanager
async def opened(url: str, owner_url: str, keyring: Keyring, sandbox: Sandbox) -> AsyncIterator[Bench]:
    """Work in a migrated, empty database, which takes the author's word for the first edition."""
    roles = Roles()
    pool, worker = Pool(url, role=roles.gateway, size=4), Pool(owner_url, role=roles.worker, size=6)
    await pool.open()
    await worker.open()
    signals = Signals(url)
    tasks = [asyncio.create_task(signals.listen())]
    try:
        with psycopg.connect(owner_url) as owner:
            owner.execute("insert into settings values ('verdicts_required', '0') on conflict do nothing")
        parts = Opened(pool, keyring)
        client = LocalClient(parts, (await command_line(parts)).viewer, signals)
        told = Log(lambda line: print(line, file=sys.stderr) if "failed" in line else None)
        tasks.append(asyncio.create_task(queue.work(WorkerState(worker, keyring, told, sandbox=sandbox))))
        while await verdicts.runner(pool.database()) is None:  # noqa: ASYNC110 - it is a row that is waited for
            await asyncio.sleep(0.1)
        yield Bench(owner_url, client, sandbox)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await pool.close()
        await worker.close()


def store(url: str, challenge_id: UUID, codes: Sequence[tuple[Code, bool]], *, hashed: bool = True) -> None:
    """Store code as one attempt each of so many learners at what is live, accepted or wrong.

    To be called in a thread: it may wait for a lock that a worker of this very event loop holds.

    Without ``hashed`` they are as attempts were before they had hashes.
    """
    now = datetime.now(UTC)
    with psycopg.connect(url) as owner:
        live = "select id from challenge_versions where challenge_id = %s and is_active"
        (version,) = owner.execute(live, [challenge_id]).fetchall()[0]
        users, progress, attempts = [], [], []
        for code, accepted in codes:
            user, attempt = new_id(), new_id()
            at, status = moment_of(attempt), "PASSED" if accepted else "FAILED"
            users.append((user, f"Learner {user}", now))
            done = (at, attempt, version) if accepted else (None, None, None)
            begun = (100 if accepted else 0, 1, at, at, version)
            progress.append((user, challenge_id, "COMPLETED" if accepted else "IN_PROGRESS", *begun, *done))
            hash = code_hash(code) if hashed else None
            judged = (status, 100 if accepted else 0, at)
            attempts.append((user, at, attempt, challenge_id, version, code.html, code.css, code.js, hash, *judged))
        cursor = owner.cursor()
        cursor.executemany(
            "insert into users (id, kind, display_name, role, created_at) values (%s, 'service', %s, 'learner', %s)",
            users,
        )
        cursor.executemany(
            "insert into user_progress (user_id, challenge_id, status, best_score, total_attempts, started_at,"
            " last_attempt_at, pinned_version_id, completed_at, completed_attempt_id, completed_version_id)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            progress,
        )
        cursor.executemany(
            "insert into challenge_attempts (user_id, created_at, id, challenge_id, version_id, number, code_html,"
            " code_css, code_js, code_hash, status, score, results, graded_at)"
            " values (%s, %s, %s, %s, %s, 1, %s, %s, %s, %s, %s, %s, '[]', %s)",
            attempts,
        )


def changed(tests: Sequence[Tree], way: int) -> list[Tree]:
    """Return tests as an author changes them: one stricter, all with other ids, or one more."""
    first, *rest = copy.deepcopy(list(tests))
    if way == 0:
        return [first | {"code": f"{first['code']}\nassert.isBelow(code.length, 500);"}, *rest]
    if way == 1:
        return [test | {"id": f"new-{test['id']}"} for test in (first, *rest)]
    short = "for (const line of code.split('\\n')) assert.isAtMost(line.length, 72);"
    return [first, *rest, {"id": "more", "text": "No line has more than 72 characters.", "code": short}]


def challenges(tracks: Sequence[Tree], every: int = 1) -> list[tuple[str, Tree]]:
    """Return each n-th challenge of a tree with its path."""
    found = [
        ("/".join(node["slug"] for node in (track, module, lesson, challenge)), challenge)
        for track in tracks
        for module in track["modules"]
        for lesson in module["lessons"]
        for challenge in lesson["challenges"]
    ]
    return found[::every]


def pruned(tracks: Sequence[Tree], paths: set[str]) -> list[Tree]:
    """Return a tree with these challenges only, which are the same objects."""
    found = []
    for track in tracks:
        modules = []
        for module in track["modules"]:
            lessons = []
            for lesson in module["lessons"]:
                above = f"{track['slug']}/{module['slug']}/{lesson['slug']}"
                kept = [one for one in lesson["challenges"] if f"{above}/{one['slug']}" in paths]
                lessons += [lesson | {"challenges": kept}] if kept else []
            modules += [module | {"lessons": lessons}] if lessons else []
        found += [track | {"modules": modules}] if modules else []
    return found


async def drift(bench: Bench, tracks: Sequence[Tree], every: int = 1) -> Drift:
    """Publish, attempt, change, replay, and compare with runs by hand; the tree is changed in place."""
    found = Drift()
    chosen = challenges(tracks, every)
    tracks = pruned(tracks, {path for path, _ in chosen})
    await bench.apply(tracks, publish=True)
    ids = {path: await bench.challenge(path) for path, _ in chosen}
    for number, (path, challenge) in enumerate(chosen):
        codes = [(_code(challenge, "solution"), True), (_code(challenge, "starter"), False)]
        if codes[0][0] == codes[1][0]:
            codes.pop()
        await asyncio.to_thread(store, bench.url, uuid_of(ids[path]), codes, hashed=number % 4 != 3)
        challenge["tests"] = changed(challenge["tests"], number % 3)
    await bench.apply(tracks, publish=False)
    room = asyncio.Semaphore(AT_ONCE)

    async def one(path: str) -> None:
        async with room:
            await bench.replay(ids[path])

    await asyncio.gather(*(one(path) for path, _ in chosen))
    for path, challenge in chosen:
        told, expected = await bench.figures(ids[path]), await _by_hand(bench.sandbox, challenge)
        found.challenges += 1
        found.pairs += expected["total"]
        found.broken += expected["broken"]
        found.newly_pass += expected["newlyPass"]
        if told != expected:
            found.differ.append(f"{path}: {told} instead of {expected}")
    return found


async def _by_hand(sandbox: Sandbox, challenge: Tree) -> Tree:
    """Run solution and starter with nothing but the sandbox and return what the figures of a replay must be."""
    tests = tuple(
        Test(test["id"], test["code"], test.get("timeoutMs") or 2_000, bool(test.get("fresh")))
        for test in challenge["tests"]
    )
    solution, starter = _code(challenge, "solution"), _code(challenge, "starter")
    codes = [solution] if solution == starter else [solution, starter]
    runs = []
    for code in codes:
        for _ in range(4):
            run = await sandbox.run(Work(code.html, code.css, code.js, tests))
            if run.status != "INCONCLUSIVE":
                break
        runs.append(run)
    failed = [test.test_id for test in runs[0].tests if test.outcome != "PASSED"] if not runs[0].passed else []
    return {
        "state": "FINISHED",
        "total": len(runs),
        "done": len(runs),
        "stillPass": int(runs[0].passed),
        "broken": int(not runs[0].passed),
        "newlyPass": sum(run.passed for run in runs[1:]),
        "unknown": 0,
        "tests": [{"testId": id, "breaks": 1} for id in failed],
    }


async def speed(bench: Bench, tracks: Sequence[Tree], solutions: int) -> Speed:
    """Replay so many different solutions of one challenge of middling size, under one test more."""
    with_page = [one for one in challenges(tracks) if one[1]["solution"].get("html")]
    sizes = [len(challenge["tests"]) for _, challenge in with_page]
    middle = statistics.median_low(sizes)
    path, challenge = next(one for one in with_page if len(one[1]["tests"]) == middle)
    tracks = pruned(tracks, {path})
    await bench.apply(tracks, publish=True)
    id, code = await bench.challenge(path), _code(challenge, "solution")
    variants = [(Code(f"{code.html}\n<!-- {number} -->", code.css, code.js), True) for number in range(solutions)]
    await asyncio.to_thread(store, bench.url, uuid_of(id), variants)
    challenge["tests"] = changed(challenge["tests"], 2)
    await bench.apply(tracks, publish=False)
    print(f"{path}: {len(challenge['tests'])} tests, {solutions} solutions", file=sys.stderr)
    began, spent = time.monotonic(), _spent()
    await bench.replay(id, max(solutions, limits.REPLAY_SOLUTIONS))
    seconds, spent = time.monotonic() - began, _spent() - spent
    told = await bench.figures(id)
    if (told["state"], told["done"], told["unknown"]) != ("FINISHED", told["total"], 0):
        raise RuntimeError(told)
    return Speed(solutions, seconds, spent, os.getloadavg()[0], told["stillPass"])


def _spent() -> float:
    """Return the seconds of all cores that this process and everything below it took until now."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = own.ru_utime + own.ru_stime + gone.ru_utime + gone.ru_stime
    parents: dict[int, int] = {}
    times: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            parents[int(path.parent.name)] = int(fields[1])
            # With the time of those of its children that ended.
            times[int(path.parent.name)] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def is_below(pid: int) -> bool:
        while pid := parents.get(pid, 0):
            if pid == os.getpid():
                return True
        return False

    return total + sum(taken for pid, taken in times.items() if is_below(pid))


def _code(challenge: Tree, part: str) -> Code:
    sources = challenge.get(part) or {}
    return Code(*(str(sources.get(name) or "") for name in ("html", "css", "js"))).lf()


def uuid_of(id: str) -> UUID:
    """Return the uuid in a global id."""
    parsed = parsed_id(id)
    assert parsed is not None
    return parsed[1][0]


async def _measured(options: argparse.Namespace, server: EmbeddedPostgres) -> int:
    keyring = Keyring.parse(Keyring.generate())
    faults = 0
    for name in ("drift", "speed"):
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(f"create database {name}".encode())
        url = server.url(database=name)
        await migrate(url, Roles(), gateway_logs_in=True)
        await install(url, Roles())
        tracks = read_tree(options.file).content["tracks"]
        gateway_url = server.url(user=Roles().gateway, database=name)
        async with (
            await Sandbox.open(chai(), browsers=options.browsers) as sandbox,
            opened(gateway_url, url, keyring, sandbox) as bench,
        ):
            if name == "drift" and options.every:
                found = await drift(bench, tracks, options.every)
                print("\n".join(found.differ), file=sys.stderr)
                print(
                    f"{found.challenges} challenges, {found.pairs} pairs of code and changed tests: {found.broken}"
                    f" solutions broken, {found.newly_pass} starters pass now, {len(found.differ)} differ from runs"
                    " by hand"
                )
                faults += len(found.differ)
            elif name == "speed" and options.solutions:
                taken = await speed(bench, tracks, options.solutions)
                print(
                    f"{taken.solutions} solutions in {taken.seconds:.0f} s, {taken.solutions / taken.seconds:.1f} a"
                    f" second, {taken.cpu_seconds:.0f} s of the cores, load {taken.load:.1f};"
                    f" {taken.still_pass} still pass"
                )
    return faults


def main() -> int:
    """Status 1 when a plan told other than runs by hand."""
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--every", type=int, default=1, help="each n-th challenge; 0: none")
    parser.add_argument("--solutions", type=int, default=1_000, help="how many for the speed; 0: none")
    parser.add_argument("--browsers", type=int, help="how many at once (default: one a core)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres.start(Path(folder) / "cluster") as server:
        return 1 if asyncio.run(_measured(options, server)) else 0


if __name__ == "__main__":
    sys.exit(main())
