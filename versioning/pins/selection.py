"""Selection: which version of a challenge a learner gets. Pure functions, so that reading and writing cannot differ.

In this order: the version that the learner works on, which is where
their pin leads by now; the arm of the running experiment that they were drawn for, or are
drawn for now; what is live. Nobody is drawn whose subject is None: they get the control.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from uuid import UUID

BUCKETS = 10_000


class Arm(Protocol):
    """A member of a live set."""

    @property
    def id(self) -> UUID: ...
    @property
    def weight(self) -> int: ...


@dataclass(frozen=True, slots=True)
class RunningExperiment:
    """A running experiment as far as selection knows it: its arms are (version, percent) in the versions' order."""

    id: UUID
    challenge_id: UUID
    salt: UUID
    control: UUID
    phase: int
    arms: tuple[tuple[UUID, int], ...]

    def weight(self, version_id: UUID) -> int:
        """Return an arm's share in percent."""
        return dict(self.arms)[version_id]


def bucket(salt: UUID, subject: str) -> int:
    """Return the subject's place among ``BUCKETS`` in an experiment: always the same, and spread evenly."""
    digest = hashlib.sha256(f"{salt}:{subject}".encode()).digest()
    return int.from_bytes(digest[:8]) % BUCKETS


def drawn(trial: RunningExperiment, subject: str) -> UUID:
    """Return the arm that a subject is drawn for under the present weights."""
    return arm_at(trial, bucket(trial.salt, subject))


def arm_at(trial: RunningExperiment, place: int) -> UUID:
    """Return the arm that a place among ``BUCKETS`` belongs to: they lie side by side, as wide as their weights."""
    share = 0
    for version_id, weight in trial.arms:
        share += weight * BUCKETS // 100
        if place < share:
            return version_id
    raise AssertionError("the weights of an experiment's arms sum to 100")


def selected(
    live: Sequence[Arm],
    pin: UUID | None,
    trial: RunningExperiment | None = None,
    assigned: UUID | None = None,
    subject: str | None = None,
) -> UUID | None:
    """Return the version that a learner gets; None where nothing is live and they work on nothing."""
    if pin is not None:
        return pin
    if trial is not None and assigned is None and subject is not None:
        return drawn(trial, subject)
    return unpinned(live, trial, assigned)


def unpinned(live: Sequence[Arm], trial: RunningExperiment | None = None, assigned: UUID | None = None) -> UUID | None:
    """Return the version that somebody who was drawn, or takes no part, gets without a pin: their arm, the control, or
    what is live."""
    if trial is not None:
        return assigned or trial.control
    return live[0].id if live else None


@dataclass(frozen=True, slots=True)
class Pin:
    """The version that a learner works on, and the challenge's last publication when it was set."""

    version_id: UUID
    seq: int


Succession: TypeAlias = tuple[UUID, UUID, int]  # from, to, the publication since when


def followed(pin: Pin, successions: Iterable[Succession]) -> Pin:
    """Return where a pin leads: from version to version, by what took the place of each since the pin was set.

    Successions come in the order of their publications. Storing what is returned changes nothing that follows.
    """
    for from_version_id, to_version_id, seq in successions:
        if from_version_id == pin.version_id and seq > pin.seq:
            pin = Pin(to_version_id, seq)
    return pin


def successions_in(told: Any) -> list[Succession]:
    """Return successions as the database tells them: [[from, to, seq], …], or nothing where there are none."""
    return [(UUID(from_id), UUID(to_id), seq) for from_id, to_id, seq in told or ()]
