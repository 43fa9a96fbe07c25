"""What a client is told of errors: its own in full, ours masked with an id, equal ones folded.

A loader that fails answers once for each of its keys, so one fault would fill an answer with thousands of equal
entries; of equal ones (same message and code) five are told, the first with their number.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import orjson
from graphql import GraphQLError

from gateway.errors import Refusal
from gateway.execution.values import plain_argument
from gateway.http.middleware import masked
from gateway.log import Log, Record
from resolvers.context import too_many_bytes
from resolvers.errors import LimitExceeded
from schema.errors import failure, public

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"

_TOLD = 5
_LARGE = 500_000


def shown(errors: Sequence[GraphQLError], record: Record, log: Log) -> list[dict[str, Any]]:
    """Return the errors as the client sees them; the log gets what is behind masked ones."""
    ids: dict[int, str] = {}
    groups: dict[tuple[str, object], list[dict[str, Any]]] = {}
    counts: dict[tuple[str, object], int] = {}
    for error in errors:
        entry = _entry(error, ids, record, log)
        key = (entry["message"], entry.get("extensions", {}).get("code"))
        counts[key] = counts.get(key, 0) + 1
        group = groups.setdefault(key, [])
        if len(group) < _TOLD:
            group.append(entry)
    told: list[dict[str, Any]] = []
    for key, group in groups.items():
        if counts[key] > _TOLD:
            group[0]["extensions"] = {**group[0].get("extensions", {}), "count": counts[key]}
        told.extend(group)
        if isinstance(key[1], str) and key[1] not in record.codes:
            record.codes.append(key[1])
    return told


def refused(refusal: Refusal, record: Record) -> bytes:
    """Return the body that tells of a refusal."""
    record.codes.append(refusal.code)
    return encoded({"errors": [{"message": str(refusal), "extensions": {"code": refusal.code}}]})


def encoded(answer: dict[str, Any]) -> bytes:
    """Return the answer as JSON bytes."""
    return orjson.dumps(answer)


async def encoded_within(answer: dict[str, Any], weight: int, allowed: int) -> bytes:
    """Return the answer as JSON bytes, or without its data and with the code LIMIT when it has more than ``allowed``.

    ``weight`` is about how many it will have: many are made in a thread.
    """
    body = encoded(answer) if weight < _LARGE else await asyncio.to_thread(encoded, answer)
    if len(body) <= allowed:
        return body
    error = {"message": too_many_bytes(allowed), "extensions": {"code": LimitExceeded.code}}
    return encoded({"errors": [error], "data": None})


def _entry(error: GraphQLError, ids: dict[int, str], record: Record, log: Log) -> dict[str, Any]:
    original = error.original_error or error
    entry: dict[str, Any] = {"message": error.message}
    if error.locations:
        entry["locations"] = [place.formatted for place in error.locations]
    if error.path is not None:
        entry["path"] = error.path
    told_of_database = failure(original)
    if told_of_database is not None:
        if id(original) not in ids:
            ids[id(original)] = uuid4().hex[:12]
            log.error(ids[id(original)], original)
            record.errors.append(ids[id(original)])
        return {**entry, "message": str(original), "extensions": told_of_database}
    told = error if error.original_error is None else public(error)
    if told is None:
        # One fault is one id, however many fields it emptied.
        error_id = ids.get(id(original))
        if error_id is None:
            error_id = ids[id(original)] = uuid4().hex[:12]
            record.errors.append(error_id)
            log.error(error_id, original)
        return {
            **entry,
            "message": masked(error_id),
            "extensions": {"code": "INTERNAL", "errorId": error_id},
        }
    extensions = {"code": "BAD_REQUEST", **(told.extensions or {})}
    return {**entry, "message": plain_argument(told.message), "extensions": extensions}
