"""Canonical JSON and its SHA-256: the one form in which content, log entries and inputs are hashed.

UTF-8, keys sorted, no white space, integers only (no floats, so no two spellings of one number). Callers leave out a
field at its default, so that a field added later never changes an old hash. ``CANONICAL`` is stored beside hashes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import orjson

Canonical: TypeAlias = "bool | int | str | Sequence[Canonical] | Mapping[str, Canonical] | None"

CANONICAL = 1


def canonical(value: Canonical) -> bytes:
    """Return ``value`` as canonical JSON; raises ``TypeError`` on a float or anything else without one spelling."""
    _refuse_floats(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(value: Canonical) -> str:
    """Return the SHA-256 of ``value``'s canonical JSON as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"{value!r} has no canonical form: integers only")
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
