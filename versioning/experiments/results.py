"""What an experiment shows: figures of its arms and a verdict, from counts. A pure function of them.

``ARMS_LEAST`` learners an arm are waited for, since the sequences hold for many only. With several arms beside the
control each is compared with it at a share of ``ALPHA``, so that the verdict as a whole errs no more often.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from core.canonical import Canonical
from sql.rows.experiments import ArmRow, CountsRow, ExperimentRow
from versioning.experiments.statistics import ALPHA, Mean, Phase, difference, mismatch_of_phases

State = Literal["COLLECTING", "WINNER", "NO_DIFFERENCE", "SAMPLE_RATIO_MISMATCH", "GUARDRAIL"]

ARMS_LEAST = 100
MISMATCH = 0.001
EXPECTED_LEAST = 5  # below this many learners expected in an arm chi-square is no guide
NO_MATTER = 0.01  # a difference of a hundredth is none that anybody acts on


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with the interval in which it lies."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What became of those drawn for an arm; ``weight`` is its present or last share in percent.

    ``difference`` is that of its completion rate to the control's, as a confidence sequence.
    """

    version_id: UUID
    label: str
    weight: int
    exposures: int
    completions: int
    completion: Estimate | None
    difference: Estimate | None
    average_attempts: float | None
    average_score: float | None


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Whether learners came to the arms as the weights say, and how likely it is to be further off by chance."""

    ok: bool
    p_value: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said now, and why."""

    state: State
    winner_id: UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class Results:
    """All that an experiment shows."""

    arms: tuple[ArmResult, ...]
    sample_ratio: SampleRatio | None
    verdict: Verdict


def results(experiment: ExperimentRow, arms: Sequence[ArmRow], counts: Sequence[CountsRow]) -> Results:
    """Return what an experiment's counts show; ``arms`` are those of all its phases."""
    present = [arm for arm in arms if arm.phase == experiment.phase]
    means = {arm.version_id: Mean.of(_phases(counts, arm.version_id)) for arm in present}
    control = means[experiment.control_version_id]
    shown = tuple(_arm(arm, counts, means[arm.version_id], control, experiment, len(present)) for arm in present)
    ratio = _ratio(arms, counts)
    return Results(shown, ratio, _verdict(experiment, shown, ratio))


def facts(experiment: ExperimentRow, arms: Sequence[ArmRow], counts: Sequence[CountsRow]) -> dict[str, Canonical]:
    """Return the counts as the log keeps them, for ever: integers, from which everything else is reckoned."""
    numbers = {(arm.phase, arm.version_id): arm.number for arm in arms}
    return {
        "experiment": str(experiment.id),
        "counts": [
            {
                "phase": row.phase,
                "version": numbers[row.phase, row.version_id],
                **{name: getattr(row, name) for name in COUNTED},
            }
            for row in sorted(counts, key=lambda row: (row.phase, numbers[row.phase, row.version_id]))
        ],
    }


COUNTED = (
    "weight",
    "exposures",
    "completions",
    "begun",
    "attempts",
    "scored",
    "score_sum",
    "completing_attempts",
    "completing_squares",
    "settled",
    "abandoned",
)


def kept_counts(experiment: ExperimentRow, arms: Sequence[ArmRow]) -> list[CountsRow]:
    """Return the counts that the log keeps of an experiment that is over."""
    ids = {(arm.phase, arm.number): arm.version_id for arm in arms}
    return [
        CountsRow(
            experiment_id=experiment.id,
            phase=one["phase"],
            version_id=ids[one["phase"], one["version"]],
            **{name: one[name] for name in COUNTED},
        )
        for one in (experiment.facts or {"counts": []})["counts"]
    ]


def _phases(counts: Sequence[CountsRow], version_id: UUID) -> list[Phase]:
    return [Phase(row.completions, row.exposures, row.weight / 100) for row in counts if row.version_id == version_id]


def _arm(
    arm: ArmRow,
    counts: Sequence[CountsRow],
    mean: Mean | None,
    control: Mean | None,
    experiment: ExperimentRow,
    arms: int,
) -> ArmResult:
    own = [row for row in counts if row.version_id == arm.version_id]
    compared: Estimate | None = None
    if mean and control and arm.version_id != experiment.control_version_id:
        low, high = difference(control, mean, alpha=ALPHA / (arms - 1))
        compared = Estimate(mean.value - control.value, max(-1.0, low), min(1.0, high))
    return ArmResult(
        version_id=arm.version_id,
        label=arm.label,
        weight=arm.weight,
        exposures=sum(row.exposures for row in own),
        completions=sum(row.completions for row in own),
        completion=_estimate(mean) if mean else None,
        difference=compared,
        average_attempts=_weighted(own, lambda row: row.attempts, lambda row: row.begun),
        average_score=_weighted(own, lambda row: row.score_sum, lambda row: row.scored),
    )


def _estimate(mean: Mean) -> Estimate:
    low, high = mean.interval()
    return Estimate(mean.value, low, high)


def _weighted(
    rows: Sequence[CountsRow], of: Callable[[CountsRow], int], among: Callable[[CountsRow], int]
) -> float | None:
    """Return an average over phases, each learner weighed by one over the share that their arm had."""
    whole = math.fsum(among(row) / row.weight for row in rows)
    # beyond nine places is nothing but the rounding of the weights
    return round(math.fsum(of(row) / row.weight for row in rows) / whole, 9) if whole else None


def _ratio(arms: Sequence[ArmRow], counts: Sequence[CountsRow]) -> SampleRatio | None:
    came = {(row.phase, row.version_id): row.exposures for row in counts}
    phases = []
    for phase in sorted({arm.phase for arm in arms}):
        there = [arm for arm in arms if arm.phase == phase]
        users = [came.get((phase, arm.version_id), 0) for arm in there]
        weights = [arm.weight / 100 for arm in there]
        if sum(users) * min(weights) >= EXPECTED_LEAST:
            phases.append((users, weights))
    if not phases:
        return None
    p = mismatch_of_phases(phases)
    return SampleRatio(p >= MISMATCH, p)


def _verdict(experiment: ExperimentRow, arms: Sequence[ArmResult], ratio: SampleRatio | None) -> Verdict:
    if experiment.guardrail is not None:
        return Verdict("GUARDRAIL", None, experiment.guardrail)
    if ratio is not None and not ratio.ok:
        return Verdict(
            "SAMPLE_RATIO_MISMATCH",
            None,
            f"Learners did not come to the arms as the weights say (p = {ratio.p_value:.2g}), so the figures compare"
            " other learners with others; find out who is missing before anything is concluded.",
        )
    least = min(arms, key=lambda arm: arm.exposures)
    if least.exposures < ARMS_LEAST:
        return Verdict(
            "COLLECTING",
            None,
            f"{least.label} was opened by {least.exposures} learners; {ARMS_LEAST} of each arm are waited for.",
        )
    others = [(arm, arm.difference) for arm in arms if arm.difference is not None]
    better = [(arm, gap) for arm, gap in others if gap.low > 0]
    control = next(arm for arm in arms if arm.version_id == experiment.control_version_id)
    if better:
        best, gap = max(better, key=lambda pair: pair[1].estimate)
        return Verdict("WINNER", best.version_id, f"{best.label} is completed more often: {_told(gap)}.")
    if all(gap.high < 0 for _, gap in others):
        nearest, gap = max(others, key=lambda pair: pair[1].estimate)
        return Verdict(
            "WINNER",
            control.version_id,
            f"{control.label}, the control, is completed more often than any other; {nearest.label}: {_told(gap)}.",
        )
    if all(gap.low > -NO_MATTER and gap.high < NO_MATTER for _, gap in others):
        return Verdict("NO_DIFFERENCE", None, "Whatever difference there is, it is less than one point in a hundred.")
    widest, gap = max(others, key=lambda pair: pair[1].high - pair[1].low)
    return Verdict("COLLECTING", None, f"Nothing can be said yet; {widest.label}: {_told(gap)}.")


def _told(gap: Estimate) -> str:
    return (
        f"{100 * gap.estimate:+.1f} points to the control, between {100 * gap.low:+.1f} and {100 * gap.high:+.1f}"
        " however often one looks"
    )
