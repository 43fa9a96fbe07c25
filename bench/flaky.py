"""The whole suite again and again: which tests failed at least once, without and with a process that takes a core.

    python -m bench.flaky [--runs N] [--busy-every N] [--state FILE] [pytest arguments]

Runs follow one another. Every ``--busy-every``-th (0: none) has a process beside it that takes a whole core. Each
finished run is a line of the state file, so the command goes on where it was stopped; the lines of one file belong to
one commit and the same arguments. Status 1 when a test failed in any run, 2 when the file is of something else.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent
TAKES_A_CORE = "while True: pass"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the suite, as the state file keeps it."""

    of: str
    number: int
    busy: bool
    seconds: float
    tests: int
    failed: list[str]


def commit() -> str:
    """Return the checkout's commit, marked when files differ from it; empty outside of a repository."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40"],  # noqa: S607 - the git of the caller's PATH
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip()


def is_busy(number: int, every: int) -> bool:
    """Whether the run with this number (from 1) has a busy process beside it."""
    return every > 0 and number % every == 0


@contextmanager
def beside(busy: bool) -> Iterator[None]:
    """Take a core for as long as the block."""
    if not busy:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", TAKES_A_CORE]) as taking:  # noqa: S603 - its text is above
        try:
            yield
        finally:
            taking.kill()


def run(of: str, number: int, busy: bool, arguments: Sequence[str]) -> Run:
    """Run the suite once; a run that ended before its tests did counts as failed by its exit code."""
    with tempfile.TemporaryDirectory() as folder, beside(busy):
        report = Path(folder) / "report.xml"
        began = time.monotonic()
        words = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments]
        code = subprocess.run(words, cwd=ROOT, check=False).returncode  # noqa: S603 - put together here
        seconds = round(time.monotonic() - began, 1)
        count, failed = read(report) if report.exists() else (0, [])
    if code and not failed:
        failed = [f"pytest ended with {code}"]
    return Run(of, number, busy, seconds, count, failed)


def read(report: Path) -> tuple[int, list[str]]:
    """Return how many tests a report tells of, and the names of those that failed or broke."""
    cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 - pytest wrote it just now
    names = {
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    }
    return len(cases), sorted(names)


def kept(state: Path) -> list[Run]:
    """Return the runs that the state file holds; a last line that was cut off is none."""
    if not state.exists():
        return []
    runs = []
    for line in state.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            runs.append(Run(**json.loads(line)))
    state.write_text("".join(json.dumps(asdict(one)) + "\n" for one in runs))
    return runs


def told(runs: Sequence[Run]) -> list[str]:
    """Return the lines that say what the runs came to."""
    failures = Counter(name for one in runs for name in one.failed)
    beside_busy = Counter(name for one in runs if one.busy for name in one.failed)
    good = sum(not one.failed for one in runs)
    lines = [f"{good} of {len(runs)} runs without a failure, {sum(one.busy for one in runs)} beside a busy process"]
    for name, count in failures.most_common():
        lines.append(f"  failed in {count}, of these {beside_busy[name]} beside a busy process: {name}")
    return lines


def main(arguments: Sequence[str], of: str | None = None) -> int:
    """Run as the arguments say; ``of`` is what is run, by default the checkout's commit."""
    parser = argparse.ArgumentParser(prog="python -m bench.flaky", allow_abbrev=False)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--busy-every", type=int, default=2)
    parser.add_argument("--state", type=Path, default=Path("flaky.jsonl"))
    options, passed = parser.parse_known_args(arguments)
    passed = passed or ["-n", "2"]
    of = " ".join([of or commit(), *passed])
    runs = kept(options.state)
    if any(one.of != of for one in runs):
        print(f"{options.state} holds runs of {runs[0].of!r}, and this is {of!r}: name another file, or delete it.")
        return 2
    while len(runs) < options.runs:
        number = len(runs) + 1
        done = run(of, number, is_busy(number, options.busy_every), passed)
        runs.append(done)
        with options.state.open("a") as state:
            state.write(json.dumps(asdict(done)) + "\n")
        print(f"run {number}: {done.tests} tests in {done.seconds} s, {len(done.failed)} failed", flush=True)
    print("\n".join(told(runs)))
    return int(any(one.failed for one in runs))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
