"""Keyset pages: what a page is, the arguments that ask for one, and the cursors between pages.

A cursor is base64url of the canonical JSON of the last row's key; nothing in it is secret and nothing is trusted.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

import orjson

from core import limits

# No key is larger: what runs by a column of four bytes, and what runs by microseconds since 1970.
LARGEST_INTEGER = 2**31 - 1
LARGEST = 2**57
_FOREIGN = "The cursor is not one that this list gave; begin without one."

R = TypeVar("R")
S = TypeVar("S")


class ReadError(Exception):
    """What the arguments of a read ask for cannot be."""


@dataclass(frozen=True, slots=True)
class PageOf:
    """The arguments of a forward page."""

    first: int | None = field(default=None, metadata={"description": "How many at most; 20 when absent, up to 100."})
    after: str | None = field(default=None, metadata={"description": "The cursor to go on from; absent begins."})

    @property
    def size(self) -> int:
        """The number of rows; raises ``ReadError`` outside 0–100."""
        return page_size(self.first, "first")

    def key(self, most: int = LARGEST) -> int | None:
        """Return the number that the cursor holds, for lists that run by a number of at most ``most``."""
        return number_in(self.after, most)


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Whether there is more, and where the page's ends are."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Edge(Generic[R]):
    """A row and the cursor after it."""

    cursor: str
    node: R


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """A page of rows."""

    edges: list[Edge[R]]
    page_info: PageInfo

    def map(self, shown: Callable[[R], S]) -> "Page[S]":
        """Return the page with each row turned into something else."""
        return Page([Edge(edge.cursor, shown(edge.node)) for edge in self.edges], self.page_info)

    @classmethod
    def cut(
        cls,
        rows: Sequence[R],
        size: int,
        cursor: Callable[[R], str],
        *,
        later: bool,
        backward: bool = False,
    ) -> "Page[R]":
        """Make a page of up to ``size + 1`` rows read; ``later`` tells whether a cursor was given.

        ``backward`` rows were read in reverse and are turned round.
        """
        kept = list(rows[:size])
        more = len(rows) > size
        if backward:
            kept.reverse()
        edges = [Edge(cursor(row), row) for row in kept]
        return cls(
            edges,
            PageInfo(
                has_next_page=later if backward else more,
                has_previous_page=more if backward else later,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
        )


def within(most: int, *numbers: int) -> None:
    """Raise ``ReadError`` when a number of a cursor is larger than any that its list gives."""
    if max(numbers) > most:
        raise ReadError(_FOREIGN)


def uuid_in(part: object) -> UUID:
    """Return the uuid that a cursor holds; raises ``ReadError`` when that is none."""
    try:
        return UUID(str(part))
    except ValueError:
        raise ReadError(_FOREIGN) from None


def page_size(asked: int | None, name: str) -> int:
    """Return how many rows a page has; raises ``ReadError`` outside 0–100."""
    size = limits.PAGE if asked is None else asked
    if not 0 <= size <= limits.LONGEST_PAGE:
        raise ReadError(f"{name} is {size}; a page has between 0 and {limits.LONGEST_PAGE} entries.")
    return size


def cursor_of(*key: str | int) -> str:
    """Return the cursor of a key."""
    return urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def key_in(cursor: str, *types: type, most: int = LARGEST) -> list[str | int]:
    """Return the key in a cursor, checked for its types and its numbers' size; raises ``ReadError`` otherwise."""
    try:
        key = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        key = None
    if (
        not isinstance(key, list)
        or [type(part) for part in key] != list(types)
        or any(isinstance(part, int) and not 0 <= part <= most for part in key)
    ):
        raise ReadError(_FOREIGN)
    return key


def number_in(cursor: str | None, most: int = LARGEST) -> int | None:
    """Return the number in a cursor of one number, None for no cursor."""
    if cursor is None:
        return None
    (number,) = key_in(cursor, int, most=most)
    assert isinstance(number, int)
    return number
