"""What a task is handed: the worker's own pool, the keys, the clock and the log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

from procrastinate import JobContext

from core.ids import new_id
from core.sealing import Keyring
from gateway.app_state import now
from gateway.log import Log, described
from sandbox.pool import Sandbox
from sql.database import Pool
from sql.errors import Unavailable

KEY = "parts"


@dataclass(slots=True)
class WorkerState:
    """One worker's parts; its pool wears the worker's role.

    It runs code in ``sandbox``, or in one of its own once ``chai`` (the tests' library) answers its text; with neither
    it runs none; ``builds_chai`` says that this process is about to build that library. ``allow_weak`` lets it use a
    browser that has no sandbox of its own. ``runner_id`` is its entry in the list of workers with a browser.
    """

    pool: Pool
    keyring: Keyring
    log: Log
    clock: Callable[[], datetime] = now
    sandbox: Sandbox | None = None
    chai: Callable[[], str | None] | None = None
    allow_weak: bool = False
    builds_chai: bool = False
    runner_id: UUID = field(default_factory=new_id)


def parts_of(context: JobContext) -> WorkerState:
    """Return the parts of the worker that runs this job."""
    return cast(WorkerState, context.additional_context[KEY])


@contextmanager
def apart(log: Log, event: str, **facts: object) -> Iterator[None]:
    """Note a failure of one of several things in the log, so that those after it are done all the same.

    Without a database none of them can be done: that is raised.
    """
    try:
        yield
    except Unavailable:
        raise
    except Exception as error:
        log.event(event, **facts, causes=described(error))
