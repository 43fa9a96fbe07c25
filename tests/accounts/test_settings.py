"""What is promised of settings, tried on the real parts."""

import psycopg
import pytest

from accounts import settings
from core.faults import Invalid, NotFound, Refused
from core.sealing import Keyring
from sql.database import Database
from tests.accounts.makers import act_of, make_person


async def test_setting_never_set_has_its_default(database: Database) -> None:
    assert await settings.get(database, "reviewers_required") == "0"
    assert await settings.get(database, "drafts_editable_by") == "anyone"


async def test_setting_is_kept_and_recorded_when_it_changes(
    database: Database, keyring: Keyring, owner_url: str
) -> None:
    root = await make_person(database, keyring, "Root", "admin")
    for value in ("1", "1", "0"):
        async with database.transaction() as tx:
            await settings.put(tx, "reviewers_required", value, act_of(root))
        assert await settings.get(database, "reviewers_required") == value
    with psycopg.connect(owner_url) as owner:
        details = owner.execute("select detail ->> 'value' from audit_events order by seq").fetchall()
    assert details == [("1",), ("0",)]


@pytest.mark.parametrize("name", ["keyring_fingerprint", "", "\0"])
async def test_unknown_setting_is_refused(database: Database, keyring: Keyring, name: str) -> None:
    root = await make_person(database, keyring, "Root", "admin")
    with pytest.raises(Refused) as refused:
        await settings.get(database, name)
    assert [(type(fault), fault.path) for fault in refused.value.faults] == [(NotFound, ("name",))]
    with pytest.raises(Refused):
        async with database.transaction() as tx:
            await settings.put(tx, name, "1", act_of(root))


async def test_value_that_a_setting_cannot_have_is_refused(database: Database, keyring: Keyring) -> None:
    root = await make_person(database, keyring, "Root", "admin")
    with pytest.raises(Refused) as refused:
        async with database.transaction() as tx:
            await settings.put(tx, "reviewers_required", "2", act_of(root))
    assert [(type(fault), fault.path) for fault in refused.value.faults] == [(Invalid, ("value",))]
    assert await settings.get(database, "reviewers_required") == "0"
