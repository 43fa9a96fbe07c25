"""Faults: expected failures as data, so that all of them can be told at once and none is an exception's accident.

A ``Fault`` says what is wrong (its class), where (``path``, the way into the mutation's input) and what to do about it
(``message``; without one, the class's docstring). ``Refused`` carries every fault found; nothing was written when it
is raised. What each class is called on the wire is one table in ``schema/errors.py``; faults that only one domain
knows are declared there (``versioning/faults.py``, ``accounts/faults.py``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Fault:
    """Something is wrong with the request."""

    path: tuple[str, ...] = ()
    message: str = ""
    expected: str | None = None
    actual: str | None = None

    def text(self) -> str:
        """Return the message, or the first paragraph of the class's docstring."""
        return self.message or " ".join((type(self).__doc__ or "").split("\n\n")[0].split())

    def under(self, *prefix: str) -> Self:
        """Return the same fault, its path continued upwards by ``prefix``."""
        return replace(self, path=(*prefix, *self.path))


class Invalid(Fault):
    """The value is not of the form that is wanted here."""


class Required(Fault):
    """A value is needed here."""


class TooLarge(Fault):
    """The value is larger than the limit allows."""


class Taken(Fault):
    """The name is taken; choose another."""


class NotFound(Fault):
    """There is no such thing, or it is not yours to see."""


class Stale(Fault):
    """What you saw is no longer what holds; read it again and decide anew."""


class IdempotencyMismatch(Fault):
    """This idempotency key was used before with another input; take a new key."""


class Refused(Exception):
    """The request was refused and nothing was written; ``faults`` tells all that is wrong with it."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: Sequence[Fault] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("; ".join(f"{'.'.join(fault.path)}: {fault.text()}" for fault in self.faults))


class Faults(list[Fault]):
    """Faults being collected; ``settle`` raises them together, or does nothing when there are none."""

    def settle(self) -> None:
        if self:
            raise Refused(self)
