"""Audiences of subscriptions: each declares one, and its resolver lets in exactly those."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import pytest
import strawberry
from graphql import ExecutionResult, parse, subscribe

from core.ids import new_id
from resolvers.context import VISITOR, Scope, Viewer
from resolvers.errors import Forbidden, Unauthenticated
from schema.api import schema
from schema.fields import DeclarationError, global_id
from schema.subscription import AUDIENCES, Subscription, audiences
from tests.fix_api import Api

SCOPES: tuple[Scope, ...] = ("content:read", "content:write", "content:publish", "grade", "operate")
# How each is asked for: of things that nobody has.
SELECTIONS = {
    "publications": "publications",
    "attempt_graded": f'attemptGraded(attemptId: "{global_id("Attempt", new_id(), new_id())}")',
    "run_progress": f'runProgress(runId: "{global_id("Run", new_id())}")',
    "replay_progress": f'replayProgress(replayId: "{global_id("Replay", new_id())}")',
}


async def _viewers(api: Api) -> list[Viewer]:
    people = [(await api.as_(role)).viewer for role in ("learner", "author", "reviewer", "admin")]
    return [VISITOR, *people, *(replace(one, scopes=frozenset({scope})) for one in people for scope in SCOPES)]


async def _is_refused(api: Api, viewer: Viewer, name: str) -> bool:
    """Whether the resolver refuses the viewer; whom it lets in fails later, as there is nothing to listen to here."""
    context = replace(api, viewer=viewer).context()
    document = parse(f"subscription {{ {SELECTIONS[name]} {{ __typename }} }}")
    made = subscribe(schema._schema, document, context_value=context)
    stream = made if isinstance(made, ExecutionResult) or hasattr(made, "__anext__") else await made
    if isinstance(stream, ExecutionResult):
        errors = [error.original_error for error in stream.errors or ()]
        return any(isinstance(error, Forbidden | Unauthenticated) for error in errors)
    try:
        await anext(cast("AsyncIterator[ExecutionResult]", stream))
    except (Forbidden, Unauthenticated):
        return True
    except Exception as error:
        return isinstance(getattr(error, "original_error", None), Forbidden | Unauthenticated)
    return False


@pytest.mark.parametrize("name", SELECTIONS)
async def test_a_resolver_lets_in_whom_the_subscription_declares(api: Api, name: str) -> None:
    declared = AUDIENCES[name]
    viewers = await _viewers(api)
    refused = [await _is_refused(api, viewer, name) for viewer in viewers]
    assert refused == [not declared(viewer) for viewer in viewers]
    assert {True, False} == set(refused)


def test_every_subscription_is_tried_here() -> None:
    assert audiences(Subscription) == AUDIENCES
    assert AUDIENCES.keys() == SELECTIONS.keys()


def test_a_subscription_without_an_audience_is_refused_at_import() -> None:
    @strawberry.type
    class Unguarded:
        @strawberry.subscription
        async def everything(self) -> AsyncIterator[int]:
            yield 1

    with pytest.raises(DeclarationError, match=r"Unguarded\.everything declares no audience"):
        audiences(Unguarded)
