"""Loading experiments, what they show, and which arm of them the viewer gets.

Opening a challenge is the one thing that reading writes down: who resolves an arm's texts was exposed to it, and the
row that says so is what they stay with. A card shows the arm and stores nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from uuid import UUID

from loaders.batch import by_key, grouped
from loaders.loader import ReadContext, list_loader, loader
from loaders.pages import ReadError
from sql.database import Database
from sql.rows.experiments import ExperimentRow
from sql.rows.versions import VersionRow
from versioning.experiments import assignment, experiments
from versioning.experiments.assignment import queries
from versioning.experiments.results import Results
from versioning.pins.selection import RunningExperiment


class DrawnAnew(ReadError):
    """The experiment was changed while this was read; read it again."""


@dataclass(slots=True)
class ExperimentAssignment:
    """Which arms the viewer gets in this request.

    ``learner`` is who is drawn and stays drawn; ``subject`` is what is hashed, also a visitor's; without one it is the
    control. ``open`` holds the arms shown so far of which nothing is stored, by version.
    """

    database: Database
    learner: UUID | None
    subject: str | None
    now: datetime
    open: dict[UUID, RunningExperiment] = field(default_factory=dict)

    @classmethod
    def of(cls, ctx: ReadContext) -> Self:
        """Return those of a request, which its loaders share: ``ctx.kept(ExperimentAssignment.of)``."""
        return cls(ctx.database, ctx.learner, ctx.subject, ctx.now)

    async def trials(self, live: Sequence[VersionRow]) -> dict[UUID, RunningExperiment]:
        """Return the running experiments among live versions; no statement where each challenge has one of them."""
        return await assignment.running(self.database, sorted({row.challenge_id for row in live if row.weight < 100}))

    async def assigned(self, found: Sequence[RunningExperiment]) -> dict[UUID, UUID]:
        """Return what the viewer was drawn for, by challenge."""
        return await assignment.assigned(self.database, self.learner, found) if self.learner else {}

    def show(self, trial: RunningExperiment, version_id: UUID) -> None:
        """Note an arm that the viewer was drawn for just now."""
        if self.learner is not None:
            self.open[version_id] = trial

    async def expose(self, version_ids: Sequence[UUID]) -> None:
        """Store what the viewer is drawn for, of the arms whose texts they are about to see.

        Raises ``DrawnAnew`` when it is another arm after all: the weights were changed meanwhile, or a twin came first.
        """
        wanted = [(self.open.pop(id), id) for id in version_ids if id in self.open]
        if not wanted or self.learner is None:
            return
        async with self.database.transaction() as tx:
            stored = await assignment.assign(tx, self.learner, wanted, self.now)
        if any(stored.get(trial.challenge_id) != version_id for trial, version_id in wanted):
            raise DrawnAnew(DrawnAnew.__doc__)


@loader
async def experiment_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, ExperimentRow]:
    """Find experiments by id."""
    rows = await ctx.database.fetch_all(queries.experiments_by_id, ExperimentRow, ids=list(ids))
    return by_key(rows, lambda row: row.id)


@list_loader
async def experiments_by_challenge_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, list[ExperimentRow]]:
    """Find the experiments of each challenge."""
    rows = await ctx.database.fetch_all(queries.experiments_by_challenge_id, ExperimentRow, challenge_ids=list(ids))
    return grouped(rows, lambda row: row.challenge_id)


@loader
async def results_by_experiment_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, Results]:
    """Find what experiments show."""
    return await experiments.shown(ctx.database, await experiments.by_id(ctx.database, ids))
