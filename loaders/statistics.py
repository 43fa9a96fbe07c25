"""Counts for authors and for operators, put together as they are shown."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sql.named import Query, load
from sql.rows.operations import JobsRow, PartitionRow, SlowStatementRow, TableSizeRow, UnusedIndexRow


@dataclass(frozen=True)
class _Queries:
    table_sizes: Query
    unused_indexes: Query
    slow_statements: Query
    statements_are_counted: Query
    partitions: Query
    job_queue: Query


queries = load("operations/operations", _Queries)


@dataclass(frozen=True, slots=True)
class ChallengeStatistics:
    """A challenge's counts with how hard it is said to be."""

    challenge_id: UUID
    difficulty: str
    total_users: int
    completed_users: int
    completion_rate: float | None
    average_score: float | None
    average_attempts: float | None


@dataclass(frozen=True, slots=True)
class TrackStatistics:
    """A track's counts."""

    total_challenges: int
    average_minutes: float | None
    enrolled_users: int
    refreshed_at: datetime
    challenges: list[ChallengeStatistics]


@dataclass(frozen=True, slots=True)
class Operations:
    """What the database tells of itself."""

    table_sizes: list[TableSizeRow]
    unused_indexes: list[UnusedIndexRow]
    slow_statements: list[SlowStatementRow] | None
    statement_counting: str
    partitions: list[PartitionRow]
    job_queue: list[JobsRow]
