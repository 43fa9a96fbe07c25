"""Doing a mutation once: the one transaction of a write, and the idempotency key that it may carry.

Under (actor, mutation, key) lie the hash of the input and the ids of what was done, written in the effect's own
transaction; the answer is rebuilt from ids, so a key never keeps a copy of content. A refusal stores nothing. A twin in
flight waits for the first to end. Keys are forgotten after 24 hours.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from core import limits, texts
from core.canonical import Canonical, digest
from core.faults import Faults, IdempotencyMismatch, Refused
from resolvers.context import Context
from sql.database import Jsonb, Transaction
from sql.named import Query, load
from sql.rows.accounts import IdempotencyRow
from workflows import writes
from workflows.publishing.recount import ask_for_recounts

Ids: TypeAlias = writes.Ids


@dataclass(frozen=True)
class _Queries:
    claim_key: Query
    keep_result: Query
    kept_result: Query


_q = load("operations/idempotency", _Queries)


@dataclass(frozen=True, slots=True)
class IdempotentCall:
    """A mutation's name, its input in canonical form (without the key), and the key if one was given."""

    mutation: str
    given: Canonical
    key: str | None = None


async def run_once(
    ctx: Context,
    asked: IdempotentCall,
    do: Callable[[Transaction], Awaitable[Ids]],
    *,
    identity: UUID | None = None,
) -> Ids:
    """Open the transaction, do it unless it was done under the same key, and return the ids of what was done.

    ``identity`` is whose rows are written when they are not the viewer's own.
    """
    assert ctx.viewer.user_id is not None
    if asked.key is None:
        async with ctx.database.transaction(identity=identity) as tx:
            ids = await do(tx)
            await ask_for_recounts(tx)
        ctx.forget()
        return ids
    faults = Faults()
    texts.line(faults, ("idempotencyKey",), asked.key, limits.IDEMPOTENCY_KEY)
    faults.settle()
    at = {"actor_id": ctx.viewer.user_id, "mutation": asked.mutation, "key": asked.key}
    input_hash = digest(asked.given)
    async with ctx.database.transaction(identity=identity) as tx:
        if await tx.execute(_q.claim_key, **at, input_hash=input_hash, at=ctx.clock()):
            ids = await do(tx)
            await ask_for_recounts(tx)
            await tx.execute(_q.keep_result, **at, result=Jsonb({name: _kept(value) for name, value in ids.items()}))
        else:
            kept = await tx.fetch_one(_q.kept_result, IdempotencyRow, **at)
            if kept is None or kept.input_hash != input_hash:
                raise Refused(IdempotencyMismatch(("idempotencyKey",)))
            ids = {name: _given_back(value) for name, value in kept.result.items()}
    ctx.forget()
    return ids


def _kept(value: Any) -> Any:
    return {"uuid": str(value)} if isinstance(value, UUID) else value


def _given_back(value: Any) -> Any:
    return UUID(value["uuid"]) if isinstance(value, dict) and value.keys() == {"uuid"} else value
