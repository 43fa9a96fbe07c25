"""Settings that admins choose while the house runs: their names, what each may be, and the one reader of all of them.

It stands on the ground floor, as all domains decide by settings; ``accounts.settings`` writes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sql.database import Reads
from sql.named import Query, load
from sql.rows.accounts import SettingRow


@dataclass(frozen=True)
class _Queries:
    setting_by_name: Query
    put_setting: Query


queries = load("accounts/settings", _Queries)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: what it may be, the first value being its default, and what it decides.

    One with ``most`` is a whole number from 0 to that; ``values`` has its default then.
    """

    values: tuple[str, ...]
    meaning: str
    most: int | None = None

    def may_be(self, value: str) -> bool:
        if self.most is None:
            return value in self.values
        return value.isascii() and value.isdecimal() and value == str(int(value)) and int(value) <= self.most

    @property
    def told(self) -> str:
        """What it may be, in words."""
        return ", ".join(self.values) if self.most is None else f"0 to {self.most}, {self.values[0]} unless set"


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "reviewers_required": Setting(("0", "1"), "How many approvals a draft needs before it can be published."),
        "verdicts_required": Setting(
            ("1", "0"), "Whether a publish runs solution and starter first (1), or takes the author's word (0)."
        ),
        "attempts_judged_by": Setting(
            ("sandbox", "grader"), "Whether attempts are judged here, or wait for a grader's token."
        ),
        "broken_solutions_allowed": Setting(
            ("2",), "How many percent of learners' solutions a minor change may break without a reason.", 100
        ),
        "runs_kept_days": Setting(("30",), "For how many days runs and replays are kept.", 3650),
        "verdicts_kept_days": Setting(
            ("30",), "For how many days verdicts are kept under tests that no version or draft has.", 3650
        ),
        "failed_jobs_kept_days": Setting(("30",), "For how many days jobs that failed are kept.", 3650),
        "drafts_editable_by": Setting(("anyone", "creator"), "Which authors may edit a draft."),
    }
)


async def kept(reads: Reads, name: str) -> str | None:
    """Return what is kept under a name, a setting or something of the gateway's own; None when nothing is."""
    row = await reads.fetch_one(queries.setting_by_name, SettingRow, name=name)
    return row.value if row else None


async def get(reads: Reads, name: str) -> str:
    """Return a setting's value, its default when it was never set."""
    value = await kept(reads, name)
    return SETTINGS[name].values[0] if value is None else value
