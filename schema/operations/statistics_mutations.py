"""The mutation that has counts taken anew."""

from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from resolvers import statistics
from schema.inputs import INPUT, answered, asked, context
from schema.operations.statistics import RefreshStatisticsInput, RefreshStatisticsPayload


@strawberry.type
class StatisticsMutations:
    @strawberry.mutation(
        description="Request a recount of tracks and challenges, which else happens each hour. Requires an author,"
        " reviewer or admin."
    )
    async def refresh_statistics(
        self, info: Info[Any, Any], input: Annotated[RefreshStatisticsInput, INPUT]
    ) -> RefreshStatisticsPayload:
        async def do() -> RefreshStatisticsPayload:
            await statistics.refresh_statistics(context(info), asked("refreshStatistics", input))
            return RefreshStatisticsPayload()

        return await answered(RefreshStatisticsPayload, do())
