"""Rows of what the database tells of itself."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class TableSizeRow:
    """A table with all that belongs to it; rows are an estimate."""

    name: str
    bytes: float
    rows: float
    dead_rows: float
    vacuumed_at: datetime | None
    analyzed_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnusedIndexRow:
    """An index that was not read since the counts began, with what it is for."""

    name: str
    table_name: str
    bytes: float
    serves: str | None


@dataclass(frozen=True, slots=True)
class SlowStatementRow:
    """A statement and what it took, in milliseconds."""

    query: str
    calls: float
    total_ms: float
    mean_ms: float
    rows: float


@dataclass(frozen=True, slots=True)
class ThereRow:
    """Whether something is there."""

    there: bool


@dataclass(frozen=True, slots=True)
class PartitionRow:
    """A month of attempts; rows are an estimate."""

    name: str
    archived: bool
    bounds: str
    rows: float
    bytes: float


@dataclass(frozen=True, slots=True)
class JobsRow:
    """How many jobs of a task are in a state, and when the next of them is due (None: at once)."""

    queue: str
    task: str
    state: str
    jobs: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class MonthRow:
    """The first day of a month."""

    month: date


@dataclass(frozen=True, slots=True)
class DoneRow:
    """Whether there was something to do."""

    done: bool


@dataclass(frozen=True, slots=True)
class SetRow:
    """What a setting of the transaction was set to."""

    value: str


@dataclass(frozen=True, slots=True)
class JobIdRow:
    """The queue's number of a job."""

    id: int


@dataclass(frozen=True, slots=True)
class StalledJobRow:
    """A job whose worker died, and how many workers died of it before."""

    id: int
    task: str
    args: dict[str, str]
    deaths: int
