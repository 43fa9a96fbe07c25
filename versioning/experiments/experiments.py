"""Experiments: several published versions live at once, with weights, until one of them is kept.

Each act is an entry of the log, by the same path as a publish: the challenge's lock, the live set that the caller saw,
all faults at once, the entry, the live set. Deliberately absent: changing the arms of a running experiment. What would
be compared then is no longer one thing; stop it and start another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID, uuid4

from core import limits, texts
from core.faults import Faults, Invalid, NotFound, Required, Stale, Taken
from core.ids import new_id
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Jsonb, Reads, Transaction
from sql.rows.experiments import ArmRow, CountsRow, ExperimentRow
from sql.rows.log import PublicationRow
from sql.rows.versions import VersionRow
from versioning.content import labels
from versioning.experiments.assignment import queries
from versioning.experiments.results import Results, facts, kept_counts, results
from versioning.experiments.rules import Policy
from versioning.faults import Archived, ExperimentRunning, NotInExperiment, NotPublished
from versioning.log.live import plain
from versioning.log.publication_log import Entry, Record
from versioning.publishing.publish_state import PublishState, lock
from versioning.publishing.publishing import live_record
from versioning.publishing.publishing import queries as publishing
from versioning.publishing.rollback import reason_faults, version_by_label

ARMS_MOST = 5


@dataclass(frozen=True, slots=True)
class ArmRequest:
    """An arm that is wanted: a version's label and its share in percent."""

    label: str
    weight: int


@dataclass(frozen=True, slots=True)
class ExperimentRequest:
    """An experiment to start."""

    name: str
    hypothesis: str
    arms: Sequence[ArmRequest]
    control_label: str
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Done:
    """The entry of the log, the experiment, and the version that is kept where it ended."""

    publication: PublicationRow
    experiment_id: UUID
    version_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment with its arms in all phases, those that are live or were last first."""

    row: ExperimentRow
    arms: list[ArmRow]

    @property
    def present(self) -> list[ArmRow]:
        return [arm for arm in self.arms if arm.phase == self.row.phase]

    def arm(self, label: str) -> ArmRow | None:
        return next((arm for arm in self.present if arm.label == label), None)


async def by_id(reads: Reads, ids: Sequence[UUID]) -> list[Experiment]:
    """Return the experiments of these ids."""
    rows = await reads.fetch_all(queries.experiments_by_id, ExperimentRow, ids=list(ids))
    arms = await reads.fetch_all(queries.arms_by_experiment_id, ArmRow, ids=[row.id for row in rows])
    return [Experiment(row, [arm for arm in arms if arm.experiment_id == row.id]) for row in rows]


async def shown(reads: Reads, found: Sequence[Experiment]) -> dict[UUID, Results]:
    """Return what experiments show: those that run as of now, those that are over as the log keeps it."""
    ids = [one.row.id for one in found if one.row.state == "RUNNING"]
    counts = await reads.fetch_all(queries.experiment_counts, CountsRow, ids=ids) if ids else []
    return {
        one.row.id: results(
            one.row,
            one.arms,
            [row for row in counts if row.experiment_id == one.row.id]
            if one.row.state == "RUNNING"
            else kept_counts(one.row, one.arms),
        )
        for one in found
    }


async def start(
    tx: Transaction,
    keyring: Keyring,
    act: WriteContext,
    *,
    challenge_id: UUID,
    wanted: ExperimentRequest,
    live_set_hash: str,
) -> Done:
    """Put the arms live at once; raises ``Refused`` (STALE first and alone, else all faults)."""
    standing = (await lock(tx, keyring, [challenge_id])).get(challenge_id)
    Faults([] if standing else [NotFound(("challengeId",))]).settle()
    assert standing is not None
    standing.compare((), None, live_set_hash)
    faults = Faults()
    if standing.draft.deleted_at is not None:
        faults.append(Archived(("challengeId",)))
    elif standing.highest is None:
        faults.append(NotPublished(("challengeId",)))
    if standing.trial is not None:
        faults.append(ExperimentRunning(("challengeId",), "One runs already; stop it with stopExperiment first."))
    texts.line(faults, ("name",), wanted.name, limits.TITLE)
    texts.prose(faults, ("hypothesis",), wanted.hypothesis, limits.REASON)
    wanted.policy.check(faults)
    versions = await _versions(tx, challenge_id, wanted, faults)
    faults.settle()
    id, entry = new_id(), await Entry.open(tx, act)
    await tx.execute(
        queries.insert_experiment,
        id=id,
        challenge_id=challenge_id,
        name=wanted.name.strip(),
        hypothesis=texts.lf(wanted.hypothesis),
        salt=uuid4(),
        control_version_id=versions[wanted.control_label].id,
        at=entry.at,
        actor_id=act.actor,
        policy=Jsonb(wanted.policy.stored()),
    )
    weights = {versions[arm.label].id: arm.weight for arm in wanted.arms}
    await _put(tx, challenge_id, id, 1, weights)
    await tx.execute(publishing.mark_shown, ids=[challenge_id], published=True)
    record = live_record(standing, [(versions[arm.label].number, arm.weight) for arm in wanted.arms])
    return Done(await entry.close("EXPERIMENT_START", [record], reason=wanted.name.strip()), id)


async def reweigh(
    tx: Transaction,
    keyring: Keyring,
    act: WriteContext,
    *,
    experiment_id: UUID,
    arms: Sequence[ArmRequest],
    live_set_hash: str,
    reason: str,
) -> Done:
    """Begin a phase of other weights; who was drawn stays with their arm. Raises ``Refused`` as ``start`` does."""
    standing, experiment = await _locked(tx, keyring, experiment_id, live_set_hash)
    faults = reason_faults(reason)
    _weights(arms, faults)
    for index, wish in enumerate(arms):
        if experiment.arm(wish.label) is None:
            faults.append(NotInExperiment(("arms", str(index), "label")))
    if missing := [arm.label for arm in experiment.present if arm.label not in {wish.label for wish in arms}]:
        faults.append(Required(("arms",), f"A weight is missing for {', '.join(missing)}; all arms go on."))
    wanted = {wish.label: wish.weight for wish in arms}
    if not faults and wanted == {arm.label: arm.weight for arm in experiment.present}:
        faults.append(Invalid(("arms",), "These are the weights that it has."))
    faults.settle()
    entry = await Entry.open(tx, act)
    await tx.execute(queries.next_phase, id=experiment_id)
    weights = {arm.version_id: wanted[arm.label] for arm in experiment.present}
    await _put(tx, standing.draft.id, experiment_id, experiment.row.phase + 1, weights)
    after = plain((arm.number, wanted[arm.label]) for arm in experiment.present)
    record = Record("challenge", standing.draft.id, standing.live.plain(), after)
    return Done(await entry.close("EXPERIMENT_REWEIGH", [record], reason=texts.lf(reason)), experiment_id)


async def stop(
    tx: Transaction,
    keyring: Keyring,
    act: WriteContext,
    *,
    experiment_id: UUID,
    keep_label: str | None,
    live_set_hash: str,
    reason: str,
    guardrail: str | None = None,
) -> Done:
    """End an experiment with one of its arms alone live, the control unless another is named; no verdict is needed."""
    standing, experiment = await _locked(tx, keyring, experiment_id, live_set_hash)
    faults = reason_faults(reason)
    kept = _kept(experiment, keep_label, "keepLabel", faults)
    faults.settle()
    return await _end(tx, act, standing, experiment, kept, "EXPERIMENT_STOP", "STOPPED", reason, guardrail)


async def promote(
    tx: Transaction,
    keyring: Keyring,
    act: WriteContext,
    *,
    experiment_id: UUID,
    label: str,
    live_set_hash: str,
    reason: str,
) -> Done:
    """End an experiment with the winner alone live; what is no winner by the verdict needs a reason."""
    standing, experiment = await _locked(tx, keyring, experiment_id, live_set_hash)
    faults = Faults()
    kept = _kept(experiment, label, "label", faults)
    texts.prose(faults, ("reason",), reason, limits.REASON)
    if not faults and not reason.strip():
        verdict = (await shown(tx, [experiment]))[experiment_id].verdict
        if verdict.winner_id != kept.version_id:
            faults.append(
                Required(
                    ("reason",), f"{label} is not the winner ({verdict.state}); say why it is promoted all the same."
                )
            )
    faults.settle()
    return await _end(tx, act, standing, experiment, kept, "PROMOTE", "PROMOTED", reason, None)


async def _locked(
    tx: Transaction, keyring: Keyring, experiment_id: UUID, live_set_hash: str
) -> tuple[PublishState, Experiment]:
    """Return a running experiment under its challenge's lock."""
    found = await by_id(tx, [experiment_id])
    Faults([] if found else [NotFound(("experimentId",))]).settle()
    challenge_id = found[0].row.challenge_id
    standing = (await lock(tx, keyring, [challenge_id]))[challenge_id]
    standing.compare((), None, live_set_hash)
    (experiment,) = await by_id(tx, [experiment_id])  # as it is under the lock
    if experiment.row.state != "RUNNING":
        over = Stale(("experimentId",), "This experiment is over.", expected="RUNNING", actual=experiment.row.state)
        Faults([over]).settle()
    return standing, experiment


async def _versions(
    tx: Transaction, challenge_id: UUID, wanted: ExperimentRequest, faults: Faults
) -> dict[str, VersionRow]:
    """Return the arms' versions by label, with every fault of the arms."""
    _weights(wanted.arms, faults)
    found: dict[str, VersionRow] = {}
    for index, arm in enumerate(wanted.arms):
        path = ("arms", str(index), "label")
        if labels.parse(arm.label) is None:
            faults.append(Invalid(path, "A label is spelled like v1.0."))
        elif version := await version_by_label(tx, challenge_id, arm.label):
            found[arm.label] = version
        else:
            faults.append(NotFound(path, f"There is no version {arm.label}; only published versions can be compared."))
    if wanted.control_label not in {arm.label for arm in wanted.arms}:
        faults.append(NotInExperiment(("controlLabel",), "The control is one of the arms."))
    return found


def _weights(arms: Sequence[ArmRequest], faults: Faults) -> None:
    if not 2 <= len(arms) <= ARMS_MOST:
        faults.append(Invalid(("arms",), f"An experiment has two to {ARMS_MOST} arms."))
    seen: set[str] = set()
    for index, arm in enumerate(arms):
        if arm.label in seen:
            faults.append(Taken(("arms", str(index), "label"), f"{arm.label} is an arm already."))
        seen.add(arm.label)
        if not 1 <= arm.weight <= 99:
            faults.append(Invalid(("arms", str(index), "weight"), "A weight is a whole number from 1 to 99."))
    if (total := sum(arm.weight for arm in arms)) != 100:
        faults.append(Invalid(("arms",), f"The weights sum to {total}; they are percent and have to sum to 100."))


def _kept(experiment: Experiment, label: str | None, field: str, faults: Faults) -> ArmRow:
    control = next(arm for arm in experiment.present if arm.version_id == experiment.row.control_version_id)
    kept = control if label is None else experiment.arm(label)
    if kept is None:
        there = ", ".join(arm.label for arm in experiment.present)
        faults.append(NotInExperiment((field,), f"{label} is no arm of this experiment; its arms are {there}."))
    return kept or control


async def _end(
    tx: Transaction,
    act: WriteContext,
    standing: PublishState,
    experiment: Experiment,
    kept: ArmRow,
    kind: Literal["EXPERIMENT_STOP", "PROMOTE"],
    state: Literal["STOPPED", "PROMOTED"],
    reason: str,
    guardrail: str | None,
) -> Done:
    counts = await tx.fetch_all(queries.experiment_counts, CountsRow, ids=[experiment.row.id])
    entry = await Entry.open(tx, act)
    await tx.execute(publishing.take_out_of_service, challenge_ids=[standing.draft.id])
    await tx.execute(publishing.put_into_service, ids=[kept.version_id], weights=[100])
    record = Record("challenge", standing.draft.id, standing.live.plain(), plain([(kept.number, 100)]))
    publication = await entry.close(
        kind, [record], reason=texts.lf(reason).strip() or None, facts=facts(experiment.row, experiment.arms, counts)
    )
    await tx.execute(
        queries.end_experiment,
        id=experiment.row.id,
        state=state,
        at=entry.at,
        publication_id=publication.id,
        guardrail=guardrail,
    )
    return Done(publication, experiment.row.id, kept.version_id)


async def _put(tx: Transaction, challenge_id: UUID, experiment_id: UUID, phase: int, weights: dict[UUID, int]) -> None:
    """Make these versions what is live, and write them down as the arms of a phase."""
    await tx.execute(publishing.take_out_of_service, challenge_ids=[challenge_id])
    await tx.execute(publishing.put_into_service, ids=list(weights), weights=list(weights.values()))
    await tx.execute_many(
        queries.insert_arm,
        [
            {"experiment_id": experiment_id, "phase": phase, "version_id": id, "weight": weight}
            for id, weight in weights.items()
        ],
    )
