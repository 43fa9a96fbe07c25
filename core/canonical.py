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
    _require_one_spelling(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(value: Canonical) -> str:
    """Return the SHA-256 of ``value``'s canonical JSON as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _require_one_spelling(value: object) -> None:
    # The encoder would also take dates, ids and dataclasses, in spellings that are its own and may change.
    if isinstance(value, Mapping):
        for item in value.values():
            _require_one_spelling(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _require_one_spelling(item)
    elif value is not None and type(value) not in (bool, int, str):
        raise TypeError(f"{value!r} has no canonical form: null, booleans, integers, texts, lists and mappings have")
