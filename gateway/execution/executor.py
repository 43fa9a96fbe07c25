"""How graphql-core's executor is kept from holding the event loop, and answers from growing without end.

A long list is completed in slices with a turn of the loop between them; graphql-core completes it in one piece. What
its items load is awaited together afterwards, ``WINDOW`` items at a time, so a page's batches stay whole and those of
a list without end stay small. Every key and leaf is weighed when it is completed, before the answer is built as text:
one text that stands in a hundred places costs memory only then.
"""

from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import Any, cast

from graphql import (
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
)
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from resolvers.context import Context

WINDOW = 100
_PACED_LIST = 20
_SLICE_SECONDS = 0.005
_MUCH = 200  # entries of long lists: more than two pages have; from there on an operation waits for its turn


class GatewayExecutor(StrawberryGraphQLCoreExecutionContext):
    """The executor of every operation that touches the database; ``context_value`` is a ``Context``."""

    context_value: Context
    listed = 0  # entries of long lists so far

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
            return self._complete_in_windows(item_type, field_details_list, info, path, items, position_context)
        return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)

    async def _complete_in_windows(
        self,
        item_type: GraphQLOutputType,
        field_details_list: Any,
        info: GraphQLResolveInfo[Context],
        path: Path,
        items: Sequence[Any],
        position_context: Any,
    ) -> list[Any]:
        completed: list[Any] = []
        for start in range(0, len(items), WINDOW):
            self.listed += WINDOW
            if self.listed > _MUCH:
                await self.context_value.pause()
            places = [
                (path.add_key(place, None), items[place]) for place in range(start, min(start + WINDOW, len(items)))
            ]
            completed += await self._complete_window(item_type, field_details_list, info, places, position_context)
        return completed

    async def _complete_window(
        self,
        item_type: GraphQLOutputType,
        field_details_list: Any,
        info: GraphQLResolveInfo[Context],
        places: list[tuple[Path, Any]],
        position_context: Any,
    ) -> list[Any]:
        completed: list[Any] = []
        waiting: list[int] = []
        began = perf_counter()
        try:
            for path, item in places:
                if perf_counter() - began > _SLICE_SECONDS:
                    await self.context_value.pause()
                    began = perf_counter()
                if self.complete_list_item_value(
                    item, completed, item_type, field_details_list, info, path, position_context
                ):
                    waiting.append(len(completed) - 1)
        except BaseException:
            # Coroutines must be awaited, by whomever; a request that was given up loads nothing any more.
            self.settle_in_background([completed[place] for place in waiting])
            raise
        values = await self.gather_async_work([completed[place] for place in waiting])
        for place, value in zip(waiting, values, strict=True):
            completed[place] = value
        return completed

    def handle_field_error(
        self, raw_error: Exception, return_type: GraphQLOutputType, field_details_list: Any, path: Path
    ) -> None:
        """Note an error; once the answer is given up, there is nobody to tell and nothing to leave out."""
        context = self.context_value
        if context.exceeded is None or context.when_exceeded is None:
            super().handle_field_error(raw_error, return_type, field_details_list, path)

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


EXECUTOR = cast("Any", GatewayExecutor)
