"""Counts for authors, and what operators look at."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from loaders import statistics
from loaders.content.tree import challenge_by_id
from resolvers.policy import may_operate, may_read_content
from schema.content.versions import Difficulty
from schema.fields import Shows, column, inherited, loaded, shown
from schema.payloads import Payload
from sql.rows.operations import JobsRow, PartitionRow, SlowStatementRow, TableSizeRow, UnusedIndexRow

if TYPE_CHECKING:
    from schema.content.tree import Challenge


@shown(see=may_read_content, description="A challenge's counts, as they were when they were last taken.")
class ChallengeStatistics(Shows[statistics.ChallengeStatistics]):
    challenge: Annotated["Challenge", strawberry.lazy("schema.content.tree")] = loaded(
        "The challenge.", by="challenge_id", loader=challenge_by_id, see=inherited
    )
    difficulty: Difficulty = column("How hard its live version is said to be.", see=inherited)
    total_users: int = column("How many learners began it.", see=inherited)
    completed_users: int = column("How many completed it.", see=inherited)
    completion_rate: float | None = column("Their share in percent; null when nobody began it.", see=inherited)
    average_score: float | None = column("The best scores on average, 0 to 100.", see=inherited)
    average_attempts: float | None = column("The attempts a learner on average.", see=inherited)


@shown(see=may_read_content, description="A track's counts, as they were when they were last taken.")
class TrackStatistics(Shows[statistics.TrackStatistics]):
    total_challenges: int = column("How many challenges of it are shown.", see=inherited)
    average_minutes: float | None = column("How many minutes one of them takes on average.", see=inherited)
    enrolled_users: int = column("How many learners are enrolled.", see=inherited)
    refreshed_at: datetime = column("The time of the last count. Call refreshStatistics to count again.", see=inherited)
    challenges: list[ChallengeStatistics] = column(
        "Its challenges, those that most learners fail to complete first.", see=inherited
    )


@strawberry.input(description="The input of refreshStatistics.")
class RefreshStatisticsInput:
    idempotency_key: str | None = strawberry.field(
        default=None, description="Accepted like everywhere; asked twice, it is counted once."
    )


@strawberry.type(description="The payload of refreshStatistics. refreshedAt is the time of the refresh.")
class RefreshStatisticsPayload(Payload):
    pass


@shown(see=may_operate, description="A table with all that belongs to it.")
class TableSize(Shows[TableSizeRow]):
    name: str = column("Its name.", see=inherited)
    bytes: float = column("Its size with indexes and long values.", see=inherited)
    rows: float = column("About how many rows it has.", see=inherited)
    dead_rows: float = column("About how many of them are dead and wait for a vacuum.", see=inherited)
    vacuumed_at: datetime | None = column("When it was last vacuumed.", see=inherited)
    analyzed_at: datetime | None = column("When it was last analyzed.", see=inherited)


@shown(see=may_operate, description="An index that was not read since the database counts.")
class UnusedIndex(Shows[UnusedIndexRow]):
    name: str = column("Its name.", see=inherited)
    table_name: str = column("Whose index it is.", see=inherited)
    bytes: float = column("Its size.", see=inherited)
    serves: str | None = column("The query that it is there for.", see=inherited)


@shown(see=may_operate, description="A statement that takes long, all its runs together.")
class SlowStatement(Shows[SlowStatementRow]):
    query: str = column("Its text, without values.", see=inherited)
    calls: float = column("How often it ran.", see=inherited)
    total_ms: float = column("How many milliseconds it took in all.", see=inherited)
    mean_ms: float = column("How many milliseconds it takes on average.", see=inherited)
    rows: float = column("How many rows it gave or touched in all.", see=inherited)


@shown(see=may_operate, description="A month of attempts.")
class AttemptPartition(Shows[PartitionRow]):
    name: str = column("The table's name.", see=inherited)
    archived: bool = column("Whether it was moved to the archive.", see=inherited)
    bounds: str = column("Which moments it holds.", see=inherited)
    rows: float = column("About how many attempts it holds.", see=inherited)
    bytes: float = column("Its size.", see=inherited)


@shown(see=may_operate, description="The jobs of a task in a state.")
class QueuedJobs(Shows[JobsRow]):
    queue: str = column("The queue.", see=inherited)
    task: str = column("The task.", see=inherited)
    state: str = column("todo, doing, failed, cancelled or aborted; what succeeded is gone.", see=inherited)
    jobs: int = column("How many there are.", see=inherited)
    next_at: datetime | None = column("When the next is due, if that is not at once.", see=inherited)


@shown(see=may_operate, description="Figures of the database.")
class Operations(Shows[statistics.Operations]):
    table_sizes: list[TableSize] = column("The 50 largest tables.", see=inherited)
    unused_indexes: list[UnusedIndex] = column("Indexes that were not read since the database counts.", see=inherited)
    slow_statements: list[SlowStatement] | None = column(
        "The 20 statements that took the most time in all; null where the database does not count them.",
        see=inherited,
    )
    statement_counting: str = column("Whether the database counts statements, and else how to have it.", see=inherited)
    partitions: list[AttemptPartition] = column("The months of attempts, newest first.", see=inherited)
    job_queue: list[QueuedJobs] = column("What waits, runs or failed.", see=inherited)
