"""Judging one page: a second try where the first one may have told of the machine and not of the page."""

from dataclasses import replace
from typing import Protocol

from sandbox.work import RUN_SECONDS, TRIES_SECONDS, PageRun, Work

TRIES = 2
LEAST_SECONDS = 1.0  # in less a second try would not even load its page


class Runs(Protocol):
    """What runs works: a ``Sandbox``, or a ``Sitting`` of it."""

    async def run(self, work: Work, *, screenshot: bool = False, seconds: float = RUN_SECONDS) -> PageRun:
        """Run a work once."""
        ...


def is_doubtful(run: PageRun) -> bool:
    """Whether the machine may have decided: the run was starved, the page's process ended, or the runner failed.

    A time-out of a page that used the limit's processor time is not in doubt.
    """
    return run.starved or run.status in ("CRASHED", "RUNNER_ERROR")


async def judged(runs: Runs, work: Work, *, screenshot: bool = False, tries: int = TRIES) -> PageRun:
    """Run a page, and a second time when the first one is in doubt; the second one then stands.

    Both together get ``TRIES_SECONDS`` of processor time at the most. ``tries`` 1 leaves the second one out.
    """
    run = await runs.run(work, screenshot=screenshot)
    left = min(RUN_SECONDS, TRIES_SECONDS - run.processor_ms / 1000)
    if tries < TRIES or not is_doubtful(run) or left < LEAST_SECONDS:
        return run
    again = await runs.run(work, screenshot=screenshot, seconds=left)
    return replace(again, tries=run.tries + again.tries, processor_ms=run.processor_ms + again.processor_ms)
