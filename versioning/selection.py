"""Selection: which version of a challenge a learner gets. A pure function, so that reading and writing cannot
differ."""

from collections.abc import Sequence
from typing import Protocol, TypeVar
from uuid import UUID


class Arm(Protocol):
    """A member of a live set."""

    @property
    def id(self) -> UUID: ...
    @property
    def weight(self) -> int: ...


A = TypeVar("A", bound=Arm)


def selected(live: Sequence[A], pin: UUID | None) -> UUID | None:
    """Return the version that a learner gets: the one that they are pinned to, else the live one; None without both."""
    return pin or unpinned(live)


def unpinned(live: Sequence[A]) -> UUID | None:
    """Return the version that they would get without a pin: the live one, of several the one of greatest weight."""
    return max(live, key=lambda arm: arm.weight).id if live else None
