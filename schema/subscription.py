"""The root of listening: what is told as it happens, over a WebSocket."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import strawberry
from strawberry.types import Info

from resolvers import content
from schema.inputs import context
from schema.publications import Publication


@strawberry.type(description="Everything that can be listened to, by the protocol graphql-transport-ws.")
class Subscription:
    @strawberry.subscription(
        description="Every entry of the publication log from now on, none left out. Authors, reviewers and admins."
    )
    async def publications(self, info: Info[Any, Any]) -> AsyncGenerator[Publication, None]:
        async with aclosing(content.follow_publications(context(info))) as rows:
            async for row in rows:
                yield Publication.of(row)
