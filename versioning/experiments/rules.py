"""What is done to a running experiment without asking, as its policy says. Pure functions of what it shows.

In this order: a guardrail ends it with the control, a winner is promoted, weights are adapted. A guardrail is passed
when the arm's true figure lies above it by all but certainty (``SURELY``), so that looking every half minute raises no
false alarm; the control is not judged, since there is nothing to go back to.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from core.canonical import Canonical
from core.faults import Faults, Invalid
from sql.rows.experiments import ArmRow, CountsRow, ErrorsRow, ExperimentRow
from versioning.experiments.results import Results
from versioning.experiments.statistics import Mean, Phase, wilson

SURELY = 4.0  # standard deviations: three in a hundred thousand
OBSERVED_LEAST = 30
WEIGHT_LEAST = 5  # percent, so that no arm is given up unseen
WEIGHT_STEP = 5  # below this it is not worth a phase
NEW_LEAST = 100  # learners since the last weighing
DRAWS = 4_000


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be done to an experiment without asking.

    ``promote`` ends it with the winner as soon as there is one; ``adapt`` gives arms weights by how likely each is the
    best. The others are guardrails, in percent of judged attempts in which something broke, in percent of learners who
    gave up, and in attempts up to completion: an arm that passes one ends the experiment with the control.
    """

    promote: bool = False
    adapt: bool = False
    errors: int | None = None
    abandoned: int | None = None
    attempts: int | None = None

    def stored(self) -> dict[str, Canonical]:
        found: dict[str, Canonical] = {
            "promote": self.promote or None,
            "adapt": self.adapt or None,
            "errors": self.errors,
            "abandoned": self.abandoned,
            "attempts": self.attempts,
        }
        return {name: value for name, value in found.items() if value is not None}

    def check(self, faults: Faults) -> None:
        for name, value, most in (
            ("maxErrorPercent", self.errors, 100),
            ("maxAbandonPercent", self.abandoned, 100),
            ("maxAttempts", self.attempts, 1_000),
        ):
            if value is not None and not 1 <= value <= most:
                faults.append(Invalid(("guardrails", name), f"A guardrail is a whole number from 1 to {most}."))


@dataclass(frozen=True, slots=True)
class Roll:
    """End it with the control: this guardrail was passed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Promote:
    """End it with the winner."""

    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reweigh:
    """Give its arms these weights, in percent by label."""

    weights: Mapping[str, int]
    reason: str


Decision: TypeAlias = Roll | Promote | Reweigh


def decide(
    experiment: ExperimentRow,
    arms: Sequence[ArmRow],
    counts: Sequence[CountsRow],
    errors: Sequence[ErrorsRow],
    shown: Results,
) -> Decision | None:
    """Return what the policy asks for now; None when nothing is to be done."""
    policy: dict[str, Any] = experiment.policy
    present = [arm for arm in arms if arm.phase == experiment.phase]
    for arm in present:
        if arm.version_id != experiment.control_version_id and (told := _passed(policy, arm, counts, errors)):
            return Roll(told)
    if policy.get("promote") and shown.verdict.state == "WINNER":
        label = next(arm.label for arm in present if arm.version_id == shown.verdict.winner_id)
        return Promote(label, shown.verdict.reason)
    # What came apart from its weights says nothing about who is better either.
    if policy.get("adapt") and (shown.sample_ratio is None or shown.sample_ratio.ok):
        return _adapted(experiment, present, counts)
    return None


def _passed(
    policy: dict[str, Any], arm: ArmRow, counts: Sequence[CountsRow], errors: Sequence[ErrorsRow]
) -> str | None:
    """Return the sentence of the first guardrail that an arm passed."""
    own = [row for row in counts if row.version_id == arm.version_id]
    broken = next((row for row in errors if row.version_id == arm.version_id), None)
    if broken and _above(policy.get("errors"), broken.with_errors, broken.judged):
        return (
            f"{arm.label}: something broke in {broken.with_errors} of {broken.judged} judged attempts;"
            f" {policy['errors']} % are allowed."
        )
    settled, abandoned = sum(row.settled for row in own), sum(row.abandoned for row in own)
    if _above(policy.get("abandoned"), abandoned, settled):
        return (
            f"{arm.label}: {abandoned} of {settled} learners who came more than a day ago gave up;"
            f" {policy['abandoned']} % are allowed."
        )
    completions = sum(row.completions for row in own)
    if policy.get("attempts") and completions >= OBSERVED_LEAST:
        mean = sum(row.completing_attempts for row in own) / completions
        spread = sum(row.completing_squares for row in own) / completions - mean * mean
        if mean - SURELY * math.sqrt(max(0.0, spread) / completions) > policy["attempts"]:
            return (
                f"{arm.label}: {completions} learners took {mean:.1f} attempts up to completion on the average;"
                f" {policy['attempts']} are allowed."
            )
    return None


def _above(percent: int | None, k: int, n: int) -> bool:
    return percent is not None and n >= OBSERVED_LEAST and wilson(k, n, SURELY)[0] > percent / 100


def _adapted(experiment: ExperimentRow, arms: Sequence[ArmRow], counts: Sequence[CountsRow]) -> Reweigh | None:
    """Return weights by how likely each arm is the best, when enough came since the last weighing and they differ."""
    if sum(row.exposures for row in counts if row.phase == experiment.phase) < NEW_LEAST:
        return None
    chances = best_chances({arm.version_id: _trials(counts, arm.version_id) for arm in arms}, experiment)
    weights = floored([chances[arm.version_id] for arm in arms])
    if max(abs(weight - arm.weight) for weight, arm in zip(weights, arms, strict=True)) < WEIGHT_STEP:
        return None
    told = ", ".join(f"{arm.label} {100 * chances[arm.version_id]:.0f} %" for arm in arms)
    return Reweigh(
        {arm.label: weight for weight, arm in zip(weights, arms, strict=True)},
        f"Weights adapted to how likely each arm is the best: {told}.",
    )


def _trials(counts: Sequence[CountsRow], version_id: UUID) -> tuple[float, float]:
    """Return an arm's successes and failures, as many unweighted ones as tell as much as the weighted phases."""
    mean = Mean.of(
        Phase(row.completions, row.exposures, row.weight / 100) for row in counts if row.version_id == version_id
    )
    if mean is None:
        return 0.0, 0.0
    trials = mean.value * (1 - mean.value) / mean.variance if mean.variance > 0 else float(mean.n)
    return mean.value * trials, (1 - mean.value) * trials


def best_chances(trials: Mapping[UUID, tuple[float, float]], experiment: ExperimentRow) -> dict[UUID, float]:
    """Return how likely each arm is the best, before the trials all being as likely: by drawing from what is known.

    The same counts give the same answer, in whatever process.
    """
    chance = random.Random(f"{experiment.id}:{experiment.phase}:{sorted(trials.items())}")  # noqa: S311 - no secret, and to be repeated
    won = dict.fromkeys(trials, 0)
    for _ in range(DRAWS):
        drawn = {id: chance.betavariate(1 + k, 1 + missed) for id, (k, missed) in trials.items()}
        won[max(drawn, key=lambda id: drawn[id])] += 1
    return {id: number / DRAWS for id, number in won.items()}


def floored(chances: Sequence[float]) -> list[int]:
    """Return whole percents near these chances, none below ``WEIGHT_LEAST``, which sum to 100 (largest remainders)."""
    free = 100 - WEIGHT_LEAST * len(chances)
    exact = [chance * free for chance in chances]
    weights = [math.floor(one) for one in exact]
    by_remainder = sorted(range(len(exact)), key=lambda at: exact[at] - weights[at], reverse=True)
    for at in by_remainder[: free - sum(weights)]:
        weights[at] += 1
    return [weight + WEIGHT_LEAST for weight in weights]
