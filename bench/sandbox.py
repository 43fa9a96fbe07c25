"""Every challenge of a content file in the real browser: the solution must pass, the starter must not.

    python -m bench.sandbox FILE             solutions and starters; failures, runs a second, median milliseconds
    python -m bench.sandbox --speed          a page of ten tests: alone, as many as there are cores, and one that hangs

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


async def _all(sandbox: Sandbox, texts: Iterable[list[tuple[str, Work]]]) -> AsyncIterator[tuple[str, Work, PageRun]]:
    """Run all works, as many at once as there are browsers, those of a list in one sitting; yield what comes."""

    async def sit(works: list[tuple[str, Work]]) -> list[tuple[str, Work, PageRun]]:
        async with sandbox.sitting() as sitting:
            return [(name, work, await sitting.run(work)) for name, work in works]

    waiting = iter(texts)
    running: set[asyncio.Task[list[tuple[str, Work, PageRun]]]] = set()
    while True:
        while len(running) < sandbox.size and (following := next(waiting, None)):
            running.add(asyncio.create_task(sit(following)))
        if not running:
            return
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            for one in task.result():
                yield one


async def both(file: Path, browsers: int | None, only: str) -> int:
    """Solutions and starters; returns how many came out wrong."""
    challenges = [challenge for challenge in read(file) if only in challenge.path]
    async with await Sandbox.open(chai(), browsers=browsers) as sandbox:
        print(sandbox.isolation.sentence())
        wrong, taken, began = 0, [], time.monotonic()
        texts = [
            [(f"{one.path} (solution)", one.solution), (f"{one.path} (starter)", one.starter)] for one in challenges
        ]
        async for name, work, run in _all(sandbox, texts):
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


HTML = "<!DOCTYPE html><html><head><title>Ten</title></head><body><h1>Ten</h1>" + "<p>text</p>" * 40 + "</body></html>"
TEN = Work(
    HTML,
    "h1 { color: rgb(255, 0, 0) } p { margin: 1px }",
    "const add = (a, b) => a + b; function greet(name) { return `Hello ${name}`; }",
    tuple(
        Test(f"t{number}", code)
        for number, code in enumerate(
            (
                "assert.exists(document.querySelector('h1'));",
                "assert.lengthOf(document.querySelectorAll('p'), 40);",
                "assert.equal(getComputedStyle(document.querySelector('h1')).color, 'rgb(255, 0, 0)');",
                "assert.equal(add(1, 2), 3);",
                "assert.equal(greet('you'), 'Hello you');",
                "assert.match(code, /margin:\\s*1px/);",
                "assert.equal(document.title, 'Ten');",
                "assert.isFunction(add);",
                "assert.include(document.body.innerText, 'text');",
                "assert.equal(document.querySelector('p').previousElementSibling.tagName, 'H1');",
            ),
            1,
        )
    ),
)
HANGS = Work("<p></p>", "", "function spin() { for (;;) {} }", (Test("t1", "spin();", 500),))


@dataclass(frozen=True, slots=True)
class Speed:
    """``alone`` is the median of milliseconds with nothing beside, ``strangers`` and ``sittings`` are runs a second
    of as many at once as there are browsers: each run somebody else's, and three of each person's. ``late`` is by how
    many seconds a hung run outlasts its limit, until the next run has its browser."""

    alone: float
    strangers: float
    sittings: float
    late: float


async def speed(browsers: int | None, runs: int) -> Speed:
    """Run the page of ten tests in all the ways that tell something."""
    async with await Sandbox.open(chai(), browsers=1) as sandbox:
        taken = []
        for _ in range(runs):
            await asyncio.sleep(0.25)  # so that whatever the run before left behind is over
            taken.append(_passed(await sandbox.run(TEN)).ms)
        began = time.monotonic()
        hung, after = await asyncio.gather(sandbox.run(HANGS), sandbox.run(TEN))
        late = time.monotonic() - began - _passed(after).ms / 1000 - HANGS.tests[0].timeout_ms / 1000
        assert hung.status == "INCONCLUSIVE" or [one.outcome for one in hung.tests] == ["TIMEOUT"]
    async with await Sandbox.open(chai(), browsers=browsers) as sandbox:
        await asyncio.gather(*(sandbox.run(TEN) for _ in range(sandbox.size)))
        rates = []
        for each in (1, 3):
            began, number = time.monotonic(), 0
            async for _, _, run in _all(sandbox, ([("", TEN)] * each for _ in range(runs))):
                number += _passed(run).passed
            rates.append(number / (time.monotonic() - began))
    found = Speed(statistics.median(taken), rates[0], rates[1], late)
    print(f"a page of ten tests: {found.alone:.0f} ms at the median of {runs}, with nothing beside")
    print(f"as many at once as browsers: {found.strangers:.1f} a second, {found.sittings:.1f} in sittings of three")
    print(f"a hung run is over {found.late:.2f} s after its limit")
    return found


def _passed(run: PageRun) -> PageRun:
    assert run.passed or run.status == "INCONCLUSIVE", _failed(run)
    return run


def _failed(run: PageRun) -> str:
    return "; ".join(f"{one.test_id} {one.outcome} {one.message}" for one in run.tests if one.outcome != "PASSED")


def chai() -> str:
    return (build(lambda line: print(line, file=sys.stderr)) / "chai.js").read_text()


def main() -> int:
    """Status 1 when anything came out other than it must."""
    parser = argparse.ArgumentParser(prog="python -m bench.sandbox", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--speed", action="store_true", help="a page of ten tests, without a file")
    parser.add_argument("--runs", type=int, default=60, help="with --speed: how many of each kind")
    parser.add_argument("--browsers", type=int, help="how many at once (default: one a core)")
    parser.add_argument("--only", default="", help="challenges whose path has this in it")
    given = parser.parse_args()
    if given.speed == (given.file is not None):
        parser.error("give a FILE, or --speed")
    if given.speed:
        asyncio.run(speed(given.browsers, given.runs))
        wrong = 0
    else:
        wrong = asyncio.run(both(given.file, given.browsers, given.only))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
