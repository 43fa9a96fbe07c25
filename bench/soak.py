"""Hundreds of runs of every kind in one sandbox: what becomes of them, and what they leave behind, which is nothing.

    python -m bench.soak [--runs N] [--browsers N] [--load N] [--minutes N]

Of three runs one is hostile. ``--load`` keeps so many other processes busy meanwhile; ``--minutes`` begins no run after
that time. Prints how the runs ended, what processor time the looping pages used, the memory of the browsers and of this
process at the start and at the end, and what is left of processes, files and contexts. Status 1 when an honest run did
not come to its own verdict, a looping page was not judged or used more than its limit, or something is left.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tqdm import tqdm

from bench.sandbox import TEN, chai
from sandbox import processes
from sandbox.pool import Sandbox
from sandbox.tries import judged
from sandbox.work import TRIES_SECONDS, PageRun, Test, Work
from versioning.judging.verdicts import STORED

SPIN = "function spin() { for (;;) {} }"
FULL = "const all = []; for (;;) { const b = new Uint8Array(2 ** 24); b.fill(7); all.push(b); }"
OK = (Test("1", "assert.ok(1);", 300),)


@dataclass(frozen=True, slots=True)
class Kind:
    """A page, and what has to become of it: these outcomes of its tests, where they are known.

    ``loops``: it uses a core without end, and has to come to a verdict that is not passed. ``is_killed``: its process
    is killed from outside while it runs, as a machine without memory would.
    """

    name: str
    work: Work
    outcomes: tuple[str, ...] | None = None
    loops: bool = False
    is_killed: bool = False

    def fault(self, run: PageRun) -> str | None:
        """Say what is wrong with what it came to; None when nothing is."""
        outcomes = tuple(test.outcome for test in run.tests)
        told = f"{self.name}: {run.status} {' '.join(outcomes)}, {run.tries} tries"
        if self.outcomes is not None and (run.status, outcomes) != ("FINISHED", self.outcomes):
            return told
        if self.loops and (run.status not in STORED or run.passed):
            return f"{told}, not judged"
        if self.loops and run.processor_ms > TRIES_SECONDS * 1000:
            return f"{told}, {run.processor_ms / 1000:.1f} s of processor time"
        return None


def page(js: str, *tests: Test, html: str = "<p></p>") -> Work:
    """Return a page with this script."""
    return Work(html, "", js, tests or OK)


WAITS = "const later = () => new Promise((done) => setTimeout(() => done('there'), 100));"
HONEST = (
    Kind("ten tests", TEN, ("PASSED",) * len(TEN.tests)),
    Kind(
        "half of it right",
        page("let n = 1;", Test("1", "assert.strictEqual(n, 1);"), Test("2", "assert.strictEqual(n, 2);")),
        ("PASSED", "FAILED"),
    ),
    Kind("timers", page(WAITS, Test("1", "assert.strictEqual(await later(), 'there');", 1_000)), ("PASSED",)),
)
HOSTILE = (
    Kind("loops while loading", page("for (;;) {}"), loops=True),
    Kind("loops in a test", page(SPIN, Test("1", "spin();", 300), *OK), ("TIMEOUT", "PASSED"), loops=True),
    Kind("never settles", page("", Test("1", "await new Promise(() => {});", 300), *OK)),
    Kind("is killed", TEN, ("PASSED",) * len(TEN.tests), is_killed=True),
    Kind(
        "loops in a timer",
        page("setTimeout(() => { for (;;) {} });", Test("1", "await new Promise(() => {});", 300)),
        loops=True,
    ),
    Kind(
        "takes memory",
        page("addEventListener('load', () => setTimeout(() => { " + FULL + " }));", Test("1", "spin();")),
    ),
    Kind("navigates", page("setInterval(() => { location.href = '/elsewhere?' + Math.random(); }, 1);")),
    Kind("opens its document", page("document.open(); document.write('<p>new</p>'); document.close();")),
    Kind("reloads", page("setInterval(() => location.reload(), 1);")),
    Kind("a huge text", page("const text = () => 'x'.repeat(200e6);", Test("1", "assert.ok(text());", 1_000))),
    Kind("loops in promises", page("(function again() { Promise.resolve().then(again); })();"), loops=True),
    Kind("loops in all tests", page(SPIN, *[Test(str(n), "spin();") for n in range(8)]), loops=True),
    Kind("dialogs", page("alert(1); onbeforeunload = () => 'stay'; print();")),
    Kind("opens windows", page("for (let i = 0; i < 20; i++) window.open('about:blank');")),
    Kind("floods the console", page("for (let i = 0; i < 1e5; i++) console.log('flood', i);")),
    Kind("frames and workers", page("new Worker('data:,');", html="<iframe src='/'></iframe>" * 30)),
)


@dataclass(slots=True)
class Soak:
    """What became of the runs and what is left. ``before`` and ``after`` are bytes of the browsers and of this process.

    ``processor`` holds, for each kind of looping page, the seconds of processor time of each run.
    """

    faults: list[str] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    processor: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    before: tuple[int, int] = (0, 0)
    after: tuple[int, int] = (0, 0)
    contexts: int = 0
    left: tuple[str, ...] = ()

    def note(self, kind: Kind, run: PageRun) -> None:
        """Note what a run came to."""
        self.ends[f"{kind.name}: {run.status}, {run.tries} {'try' if run.tries == 1 else 'tries'}"] += 1
        if kind.loops:
            self.processor[kind.name].append(run.processor_ms / 1000)
        if fault := kind.fault(run):
            self.faults.append(fault)


@contextlib.asynccontextmanager
async def load(number: int) -> AsyncIterator[None]:
    """Keep so many processes busy."""
    busy = [await asyncio.create_subprocess_exec(sys.executable, "-c", "while True: pass") for _ in range(number)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
        await asyncio.gather(*(process.wait() for process in busy))


async def one(sandbox: Sandbox, kind: Kind) -> PageRun:
    """Run a page as a job does."""
    if not kind.is_killed:
        return await judged(sandbox, kind.work)
    async with sandbox.sitting() as sitting:
        running = asyncio.create_task(judged(sitting, kind.work))
        for _ in range(60_000):
            if running.done() or sitting.last:
                break
            await asyncio.sleep(0.01)
        browser = sitting.slot.browser if sitting.slot else None
        for number in processes.renderers(browser.processes()) if browser else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        return await running


def kinds(runs: int) -> Sequence[Kind]:
    """Return so many, of three one hostile, all kinds in turn."""
    return [
        HOSTILE[number // 3 % len(HOSTILE)] if number % 3 == 2 else HONEST[number % len(HONEST)]
        for number in range(runs)
    ]


async def soak(runs: int, browsers: int | None = None, *, busy: int = 0, seconds: float = float("inf")) -> Soak:
    """Do the runs, as many at once as there are browsers; none begins after ``seconds``."""
    found, seen = Soak(), dict[int, Path]()
    async with await Sandbox.open(chai(), browsers=browsers) as sandbox:
        work = iter(kinds(runs))
        bar = tqdm(total=runs, file=sys.stderr, disable=None, unit=" runs")
        until = time.monotonic() + seconds

        async def hand() -> None:
            for kind in work:
                found.note(kind, await one(sandbox, kind))
                seen.update({slot.browser.number: slot.browser.folder for slot in sandbox._slots if slot.browser})
                bar.update()
                if time.monotonic() > until:
                    return

        found.before = await _held(sandbox)
        async with load(busy):
            await asyncio.gather(*(hand() for _ in range(sandbox.size)))
        found.after = await _held(sandbox)
        for slot in sandbox._slots:
            for _ in range(100):  # its next page may just be being prepared
                if slot.visit:
                    break
                await asyncio.sleep(0.1)
            assert slot.browser
            made = await slot.browser.pipe.send("Target.getBrowserContexts")
            found.contexts += len(made["browserContextIds"]) - (slot.visit is not None)
        bar.close()
    found.left = tuple(_left(seen))
    _tell(found, len(seen))
    return found


async def _held(sandbox: Sandbox) -> tuple[int, int]:
    await asyncio.gather(*(sandbox.run(TEN) for _ in range(sandbox.size)))
    for _ in range(30):  # a browser that has to be replaced is there again in a second or two
        await asyncio.sleep(1)
        if all(slot.browser for slot in sandbox._slots):
            break
    theirs = [slot.browser.processes() for slot in sandbox._slots if slot.browser]
    return sum(map(processes.memory, theirs)), processes.memory([os.getpid()])


def _tell(found: Soak, browsers: int) -> None:
    for name, number in sorted(found.ends.items()):
        print(f"{name}: {number}")
    for name, spent in sorted(found.processor.items()):
        print(f"{name}: processor time median {median(spent):.1f} s, most {max(spent):.1f} s of {len(spent)} runs")
    theirs, ours = ([held[at] >> 20 for held in (found.before, found.after)] for at in (0, 1))
    print(f"memory of the browsers {theirs[0]} to {theirs[1]} MB, of this process {ours[0]} to {ours[1]} MB")
    left = ", ".join(found.left) or "no process, no file"
    print(f"{browsers} browsers were used; left: {found.contexts} contexts, {left}")
    for fault in found.faults:
        print(f"WRONG {fault}")


def _left(seen: dict[int, Path]) -> list[str]:
    left = [f"process {number}" for number in seen for number in processes.group(number)]
    return left + [str(folder) for folder in seen.values() if folder.exists()]


def main() -> int:
    """Status 1 when a run did not come to what it should, or anything is left."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=500, help="how many (default 500)")
    parser.add_argument("--browsers", type=int, help="how many at once (default: one a core)")
    parser.add_argument("--load", type=int, default=0, help="busy processes beside them (default 0)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no run after that time")
    given = parser.parse_args()
    began = time.monotonic()
    found = asyncio.run(soak(given.runs, given.browsers, busy=given.load, seconds=given.minutes * 60))
    done = sum(found.ends.values())
    print(
        f"{done} runs beside {given.load} busy processes in {time.monotonic() - began:.0f} s, {len(found.faults)} wrong"
    )
    return 1 if found.faults or found.contexts or found.left else 0


if __name__ == "__main__":
    sys.exit(main())
