"""Every challenge of a content file in the real browser: the solution must pass, the starter must not.

    python -m bench.sandbox FILE             solutions and starters; failures, runs a second, median milliseconds
    python -m bench.sandbox FILE --forge     the starter, and then the solution, behind each forging payload

FILE is a content tree as JSON (``tracks`` with modules, lessons and challenges).
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.forging import PAYLOADS, Payload, behind
from gateway.graphiql.build import build
from sandbox.pool import Sandbox
from sandbox.work import PageRun, Test, Work


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge of the file: its place in it, and two works that differ in their sources only."""

    path: str
    starter: Work
    solution: Work


def read(file: Path) -> Iterator[Challenge]:
    """All challenges of a content file, in order."""
    for track in json.loads(file.read_text())["tracks"]:
        for module in track["modules"]:
            for lesson in module["lessons"]:
                for challenge in lesson["challenges"]:
                    path = "/".join(node["slug"] for node in (track, module, lesson, challenge))
                    tests = tuple(
                        Test(test["id"], test["code"], test.get("timeoutMs") or 2_000, bool(test.get("fresh")))
                        for test in challenge["tests"]
                    )
                    yield Challenge(path, _work(challenge["starter"], tests), _work(challenge["solution"], tests))


def _work(sources: dict[str, Any], tests: tuple[Test, ...]) -> Work:
    html, css, js = (str(sources.get(name) or "") for name in ("html", "css", "js"))
    return Work(html, css, js, tests)


async def _all(sandbox: Sandbox, works: Iterable[tuple[str, Work]]) -> AsyncIterator[tuple[str, Work, PageRun]]:
    """Run all works, as many at once as there are browsers, and yield what comes as it comes."""
    waiting = iter(works)
    running: dict[asyncio.Task[PageRun], tuple[str, Work]] = {}
    while True:
        while len(running) < sandbox.size and (following := next(waiting, None)):
            running[asyncio.create_task(sandbox.run(following[1]))] = following
        if not running:
            return
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            name, work = running.pop(task)
            yield name, work, task.result()


async def both(file: Path, browsers: int | None, only: str) -> int:
    """Solutions and starters; returns how many came out wrong."""
    challenges = [challenge for challenge in read(file) if only in challenge.path]
    async with await Sandbox.open(_chai(), browsers=browsers) as sandbox:
        print(sandbox.isolation.sentence())
        wrong, taken, began = 0, [], time.monotonic()
        works = [(f"{one.path} (solution)", one.solution) for one in challenges]
        works += [(f"{one.path} (starter)", one.starter) for one in challenges]
        async for name, work, run in _all(sandbox, works):
            taken.append(run.ms)
            if run.passed == name.endswith("(solution)"):
                continue
            wrong += 1
            print(f"{name}: {run.status}{' and passes' if run.passed else ''}")
            for test, one in zip(work.tests, run.tests, strict=True):
                if one.outcome != "PASSED":
                    print(f"    {one.test_id} {one.outcome} {one.message!r}\n        {test.code[:300]!r}")
            if run.page_errors:
                print(f"    page errors: {run.page_errors}")
        seconds = time.monotonic() - began
    print(
        f"{len(challenges)} challenges, {len(taken)} runs in {seconds:.1f} s: {len(taken) / seconds:.1f} a second, "
        f"median {statistics.median(taken):.0f} ms, slowest {max(taken)} ms; {wrong} wrong"
    )
    return wrong


async def forge(file: Path, browsers: int | None, only: str, every: int, payloads: int = len(PAYLOADS)) -> int:
    """Starters and solutions of all challenges with a document, behind each payload; returns how many are forged."""
    chosen = PAYLOADS[:payloads]
    challenges = [one for one in read(file) if only in one.path and not one.solution.is_script_only][::every]
    works: list[tuple[str, Work]] = []
    meant: dict[str, tuple[str, Payload, bool]] = {}
    for one in challenges:
        for payload in chosen:
            for solved, work in ((False, one.starter), (True, one.solution)):
                name = str(len(works))
                works.append((name, behind(payload, work)))
                meant[name] = one.path, payload, solved
    forged, unfinished, kept = 0, 0, dict.fromkeys(chosen, 0)
    lost: dict[Payload, list[str]] = {payload: [] for payload in chosen}
    began = time.monotonic()
    async with await Sandbox.open(_chai(), browsers=browsers) as sandbox:
        async for name, _, run in _all(sandbox, works):
            path, payload, solved = meant[name]
            unfinished += run.status in ("INCONCLUSIVE", "RUNNER_ERROR", "RUNNER_UNAVAILABLE")
            if solved and run.passed:
                kept[payload] += 1
            elif solved:
                lost[payload].append(f"{path} {run.status} {_failed(run)}")
            elif run.passed:
                forged += 1
                print(f"FORGED by {payload.name}: {path}", flush=True)
    for payload in chosen:
        told = f"{payload.name}: {kept[payload]} of {len(challenges)} solutions pass"
        print(told + (f" ({payload.breaks})" if payload.breaks else ""))
        for line in lost[payload][:5] if not payload.breaks else ():
            print(f"    {line[:300]}")
    print(
        f"{len(works)} runs of {len(challenges)} challenges and {len(chosen)} payloads in "
        f"{time.monotonic() - began:.0f} s: {forged} forged, {unfinished} without a verdict"
    )
    return forged


def _failed(run: PageRun) -> str:
    return "; ".join(f"{one.test_id} {one.outcome} {one.message}" for one in run.tests if one.outcome != "PASSED")


def _chai() -> str:
    return (build(lambda line: print(line, file=sys.stderr)) / "chai.js").read_text()


def main() -> int:
    """Status 1 when anything came out other than it must."""
    parser = argparse.ArgumentParser(prog="python -m bench.sandbox", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--browsers", type=int, help="how many at once (default: one a core)")
    parser.add_argument("--only", default="", help="challenges whose path has this in it")
    parser.add_argument("--forge", action="store_true", help="put each forging payload before them")
    parser.add_argument("--every", type=int, default=1, help="with --forge: only each n-th challenge")
    given = parser.parse_args()
    if given.forge:
        wrong = asyncio.run(forge(given.file, given.browsers, given.only, given.every))
    else:
        wrong = asyncio.run(both(given.file, given.browsers, given.only))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
