"""Settings as admins read and set them; a change is part of the audit record. ``sql.settings`` knows what there is."""

from accounts import audit
from core.faults import Invalid, NotFound, Refused
from core.write_context import WriteContext
from sql import settings
from sql.database import Reads, Transaction
from sql.settings import SETTINGS, Setting


async def get(reads: Reads, name: str) -> str:
    """Return a setting's value; raises ``Refused`` with ``NotFound`` when there is no such setting."""
    _known(name)
    return await settings.get(reads, name)


async def put(tx: Transaction, name: str, value: str, act: WriteContext) -> None:
    """Set a setting; the value that it has already is written and recorded once only."""
    setting = _known(name)
    if not setting.may_be(value):
        raise Refused(Invalid(("value",), f"{name} is one of {setting.told}."))
    if await tx.execute(settings.queries.put_setting, name=name, value=value):
        await audit.record(tx, act, "setting_set", None, {"name": name, "value": value})


def _known(name: str) -> Setting:
    if name not in SETTINGS:
        raise Refused(NotFound(("name",), f"There is no such setting; there are {', '.join(SETTINGS)}."))
    return SETTINGS[name]
