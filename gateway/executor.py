"""How graphql-core's executor is kept from holding the event loop, and answers from growing without end.

A long list is completed in slices with a turn of the loop between them; graphql-core completes it in one piece. Its
items' own fields are awaited together afterwards, so batches stay whole. Every key and leaf is weighed when it is
completed, before the answer is built as text: one text that stands in a hundred places costs memory only then.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from time import perf_counter
from typing import Any, cast

from graphql import GraphQLLeafType, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from resolvers.context import Context

_PACED_LIST = 20
_SLICE_SECONDS = 0.005


class GatewayExecutor(StrawberryGraphQLCoreExecutionContext):
    """The executor of every operation that touches the database; ``context_value`` is a ``Context``."""

    context_value: Context

    def complete_iterable_value(
        self,
        item_type: GraphQLOutputType,
        field_details_list: Any,
        info: GraphQLResolveInfo[Context],
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> Any:
        """Complete a list; a long one in slices."""
        if isinstance(items, Sequence) and len(items) >= _PACED_LIST:
            paced = _paced(items)
            return self.complete_async_iterator_value(
                item_type, field_details_list, info, path, paced, position_context
            )
        return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Execute an object's fields, its keys weighed."""
        self.context_value.weigh(sum(map(len, grouped_field_set)))
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)

    def complete_leaf_value(self, return_type: GraphQLLeafType, result: Any) -> Any:  # type: ignore[override]  # static there, called through self
        """Complete a leaf, its text weighed."""
        value = super().complete_leaf_value(return_type, result)
        if isinstance(value, str):
            self.context_value.weigh(len(value) if value.isascii() else len(value.encode()))
        return value


async def _paced(items: Sequence[Any]) -> AsyncIterator[Any]:
    began = perf_counter()
    for item in items:
        if perf_counter() - began > _SLICE_SECONDS:
            await asyncio.sleep(0)
            began = perf_counter()
        yield item


EXECUTOR = cast("Any", GatewayExecutor)
