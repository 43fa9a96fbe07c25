"""The root of listening: what is told as it happens, over a WebSocket.

Each subscription declares its audience (``see``), the rule that its resolver requires. The gateway opens a socket to a
visitor only if some audience has visitors in it.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.types import Info, get_object_definition

from resolvers import practice
from resolvers.content import reading
from resolvers.judging import replays, runs
from resolvers.policy import Rule, may_practise, may_read_content
from schema.content.publications import Publication
from schema.fields import DeclarationError
from schema.inputs import context
from schema.judging.replays import Replay
from schema.judging.runs import Run
from schema.node import parsed_id
from schema.practice.practice import Attempt

NOBODY = UUID(int=0)
_SEE = "see"


def see(audience: Rule) -> Mapping[str, Rule]:
    """Declare who may listen; the resolver requires the same rule."""
    return {_SEE: audience}


@strawberry.type(description="Everything that can be listened to, by the protocol graphql-transport-ws.")
class Subscription:
    @strawberry.subscription(
        description="Every entry of the publication log from now on, none left out. Authors, reviewers and admins.",
        metadata=see(may_read_content),
    )
    async def publications(self, info: Info[Any, Any]) -> AsyncGenerator[Publication, None]:
        async with aclosing(reading.follow_publications(context(info))) as rows:
            async for row in rows:
                yield Publication.of(row)

    @strawberry.subscription(
        description="Your attempt, sent once when it is graded. The subscription then ends.", metadata=see(may_practise)
    )
    async def attempt_graded(
        self,
        info: Info[Any, Any],
        attempt_id: Annotated[strawberry.ID, strawberry.argument(description="The attempt's global id.")],
    ) -> AsyncGenerator[Attempt, None]:
        parsed = parsed_id(attempt_id)
        learner, attempt = parsed[1] if parsed and parsed[0] == "Attempt" and len(parsed[1]) == 2 else (NOBODY, NOBODY)
        async with aclosing(practice.follow_attempt(context(info), learner, attempt)) as rows:
            async for row in rows:
                yield Attempt.of(row)

    @strawberry.subscription(
        description="A run, now and whenever it goes on, until it is over. Authors, reviewers and admins.",
        metadata=see(may_read_content),
    )
    async def run_progress(
        self,
        info: Info[Any, Any],
        run_id: Annotated[strawberry.ID, strawberry.argument(description="The run's global id.")],
    ) -> AsyncGenerator[Run, None]:
        parsed = parsed_id(run_id)
        id = parsed[1][0] if parsed and parsed[0] == "Run" and len(parsed[1]) == 1 else NOBODY
        async with aclosing(runs.follow(context(info), id)) as rows:
            async for row in rows:
                yield Run.of(row)

    @strawberry.subscription(
        description="A replay, now and whenever it goes on, until it is over. Authors, reviewers and admins.",
        metadata=see(may_read_content),
    )
    async def replay_progress(
        self,
        info: Info[Any, Any],
        replay_id: Annotated[strawberry.ID, strawberry.argument(description="The replay's global id.")],
    ) -> AsyncGenerator[Replay, None]:
        parsed = parsed_id(replay_id)
        id = parsed[1][0] if parsed and parsed[0] == "Replay" and len(parsed[1]) == 1 else NOBODY
        async with aclosing(replays.follow(context(info), id)) as rows:
            async for row in rows:
                yield Replay.of(row)


def audiences(root: type) -> dict[str, Rule]:
    """Return the declared audience of each subscription by its name; raises ``DeclarationError`` for one without."""
    declared: dict[str, Rule] = {}
    for field in get_object_definition(root, strict=True).fields:
        if _SEE not in field.metadata:
            raise DeclarationError(f"{root.__name__}.{field.python_name} declares no audience: metadata=see(RULE).")
        declared[field.python_name] = field.metadata[_SEE]
    return declared


AUDIENCES = audiences(Subscription)
