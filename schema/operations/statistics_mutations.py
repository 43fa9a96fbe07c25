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
        description="Have tracks and challenges counted anew, soon; else each hour. Authors, reviewers and admins."
    )
    async def refresh_statistics(
        self, info: Info[Any, Any], input: Annotated[RefreshStatisticsInput, INPUT]
    ) -> RefreshStatisticsPayload:
        async def do() -> RefreshStatisticsPayload:
            await statistics.refresh_statistics(context(info), asked("refreshStatistics", input))
            return RefreshStatisticsPayload()

        return await answered(RefreshStatisticsPayload, do())
