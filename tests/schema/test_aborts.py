"""Every mutation, its connection ended at each of its statements in turn: the state is before or after, not between.

Counted are the exchanges of its transactions, the beginning and the commit included. Reads outside of them are
transactions of their own that write nothing, and one that loses its connection is tried again.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakSet

import psycopg
import pytest
from graphql import GraphQLObjectType
from psycopg.pq import PipelineStatus, TransactionStatus

from schema.api import schema
from sql.connections import Connection
from tests.fix_api import Api
from tests.schema.everything import EXAMPLES, State, World, send, world

MUTATION = cast(GraphQLObjectType, schema._schema.type_map["Mutation"])
Changes = dict[str, tuple[int, int]]


@dataclass(slots=True)
class Fate:
    """The exchange with the server after which the connection is gone, and how many there were."""

    at: int
    met: int = 0


FATE: ContextVar[Fate | None] = ContextVar("FATE", default=None)


@pytest.fixture
def fateful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose the answer of the exchange that the task's fate names: the server has done it, nobody hears of it.

    Each fourth takes its connection with it; the others leave it open, with the transaction in it.
    """
    wait = Connection.wait
    writing: WeakSet[Connection] = WeakSet()

    async def ended(self: Connection, *args: Any, **kwargs: Any) -> Any:
        found = await wait(self, *args, **kwargs)
        fate, pgconn = FATE.get(), self.pgconn
        if fate is not None and pgconn.pipeline_status == PipelineStatus.OFF:
            within = self in writing
            if pgconn.transaction_status == TransactionStatus.IDLE:
                writing.discard(self)
            else:
                writing.add(self)
            if not within and self not in writing:
                return found
            fate.met += 1
            if fate.met == fate.at:
                if fate.at % 4 == 0:
                    self.abandon()
                raise psycopg.OperationalError("The server closed the connection.")
        return found

    monkeypatch.setattr(Connection, "wait", ended)


async def _aborted(made: World, mutation: str, at: int) -> tuple[bool, dict[str, Any] | None]:
    """Run the example of a mutation; tell whether its connection was ended, and return the payload if there was one."""
    api, input = EXAMPLES[mutation](made)
    fate = Fate(at)
    token = FATE.set(fate)
    try:
        payload = await send(api, mutation, input)
    except AssertionError:  # a top-level error
        payload = None
    finally:
        FATE.reset(token)
    return fate.met >= at, payload


def test_every_mutation_has_an_example() -> None:
    assert sorted(EXAMPLES) == sorted(MUTATION.fields)


@pytest.mark.long
async def test_every_mutation_ended_at_any_statement_is_done_or_not_done(
    api: Api, owner_url: str, fateful: None
) -> None:
    made = await world(api, owner_url)
    state = State(owner_url)
    between: dict[str, list[tuple[int, Changes, Changes]]] = {}
    ended: dict[str, int] = {}
    try:
        for mutation in EXAMPLES:
            seen: list[Changes] = []
            while True:
                was_ended, payload = await _aborted(made, mutation, len(seen) + 1)
                changes = state.changes()
                if changes:
                    state.bring_back()
                if not was_ended:
                    break
                seen.append(changes)
            assert payload is not None, mutation
            assert payload["userErrors"] == [], (mutation, payload)
            ended[mutation] = len(seen)
            found = [(n, one, changes) for n, one in enumerate(seen, 1) if one not in ({}, changes)]
            if found:
                between[mutation] = found
            # It was ended before it had written, unless it writes nothing but a job.
            assert {} in seen, mutation
    finally:
        state.close()
    assert sum(ended.values()) > 600
    assert between == {}
