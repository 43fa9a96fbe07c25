"""Settings that admins choose while the house runs: their names, what each may be, and what it is when never set."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from accounts import audit
from core.faults import Invalid, NotFound, Refused
from core.write_context import WriteContext
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.accounts import SettingRow


@dataclass(frozen=True)
class _Queries:
    setting_by_name: Query
    put_setting: Query


_q = load("accounts/settings", _Queries)


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


async def get(reads: Reads, name: str) -> str:
    """Return a setting's value; raises ``Refused`` with ``NotFound`` when there is no such setting."""
    setting = _known(name)
    row = await reads.fetch_one(_q.setting_by_name, SettingRow, name=name)
    return row.value if row else setting.values[0]


async def put(tx: Transaction, name: str, value: str, act: WriteContext) -> None:
    """Set a setting; the value that it has already is written and recorded once only."""
    setting = _known(name)
    if not setting.may_be(value):
        raise Refused(Invalid(("value",), f"{name} is one of {setting.told}."))
    if await tx.execute(_q.put_setting, name=name, value=value):
        await audit.record(tx, act, "setting_set", None, {"name": name, "value": value})


def _known(name: str) -> Setting:
    if name not in SETTINGS:
        raise Refused(NotFound(("name",), f"There is no such setting; there are {', '.join(SETTINGS)}."))
    return SETTINGS[name]
