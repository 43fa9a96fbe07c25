"""Judging one page of a learner in the sandbox, for an attempt or for a replay: by the same steps, so alike."""

from sandbox.pool import Sandbox
from sandbox.work import PageRun, Work
from versioning.verdicts import DOUBTFUL


async def judged(sandbox: Sandbox, work: Work) -> PageRun:
    """Run a page alone in its process, once more where it may have been the machine that ended it."""
    run = await sandbox.run(work)
    return await sandbox.run(work) if run.status in DOUBTFUL else run
