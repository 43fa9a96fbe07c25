"""Which media type to answer with, from ``Accept`` (RFC 9110, section 12.5.1)."""

from collections.abc import Sequence
from typing import NamedTuple


class _Range(NamedTuple):
    kind: str
    quality: float
    place: int


def best(accept: str | None, offered: Sequence[str]) -> str | None:
    """Return the offered type that the client likes best, None when it accepts none of them.

    Without the header, or when everything is equally welcome, it is the first offered. Of types that are liked
    equally and named as exactly, the one that the client names first wins.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [_range(part, place) for place, part in enumerate(accept.split(","))]
    chosen: tuple[tuple[float, int, int], str] | None = None
    for kind in offered:
        matching = [(_exactness(one.kind, kind), one) for one in ranges if _exactness(one.kind, kind)]
        if not matching:
            continue
        exactness, found = max(matching, key=lambda pair: pair[0])
        rank = (found.quality, exactness, -found.place)
        if found.quality > 0 and (chosen is None or rank > chosen[0]):
            chosen = (rank, kind)
    return chosen[1] if chosen else None


def _range(text: str, place: int) -> _Range:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = min(max(float(value), 0.0), 1.0)
            except ValueError:
                quality = 0.0
    return _Range(kind, quality, place)


def _exactness(pattern: str, kind: str) -> int:
    """Return 3 for the type itself, 2 for its family, 1 for anything, 0 for no match."""
    if pattern == kind:
        return 3
    if pattern == kind.partition("/")[0] + "/*":
        return 2
    return 1 if pattern == "*/*" else 0
