"""What is promised of invitations, tried on the real parts."""

from datetime import timedelta

import psycopg
import pytest

from accounts import invitations, people
from accounts.invitations import Invited
from accounts.people import Newcomer
from core.faults import Fault, Invalid, NotFound, Refused, Required, Taken
from core.sealing import Keyring
from sql.database import Database
from tests.accounts.makers import NOW, act_of, make_person


def told(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[type[Fault], tuple[str, ...]]]:
    return [(type(fault), fault.path) for fault in refused.value.faults]


async def invite(
    database: Database, keyring: Keyring, email: str = "ada@example.org", name: str = "Ada", role: str = "author"
) -> Invited:
    admin = await people.password_by_email(database, keyring, "root@example.org")
    found = await people.users_by_id(database, [admin.user_id]) if admin else []
    by = found[0] if found else await make_person(database, keyring, "Root", "admin")
    async with database.transaction() as tx:
        return await invitations.create_user(tx, keyring, Newcomer(email, name), role, act_of(by))


async def test_invited_person_sets_a_password_once(database: Database, keyring: Keyring, owner_url: str) -> None:
    invited = await invite(database, keyring)
    assert (invited.user.role, invited.user.display_name) == ("author", "Ada")
    assert await invitations.is_open(database, invited.secret, NOW)
    async with database.transaction() as tx:
        assert await invitations.accept(tx, invited.secret, "hash", NOW) == invited.user
    known = await people.password_by_email(database, keyring, "ada@example.org")
    assert known is not None
    assert known.password_hash == "hash"
    assert not await invitations.is_open(database, invited.secret, NOW)
    with pytest.raises(Refused) as refused:
        async with database.transaction() as tx:
            await invitations.accept(tx, invited.secret, "other", NOW)
    assert told(refused) == [(NotFound, ("token",))]
    with psycopg.connect(owner_url) as owner:
        events = owner.execute("select action, subject_id, detail from audit_events").fetchall()
    assert events == [("user_created", invited.user.id, {"role": "author"})]


async def test_invitation_runs_out_after_seven_days(database: Database, keyring: Keyring) -> None:
    invited = await invite(database, keyring)
    assert await invitations.is_open(database, invited.secret, NOW + timedelta(days=7, microseconds=-1))
    late = NOW + timedelta(days=7)
    assert not await invitations.is_open(database, invited.secret, late)
    with pytest.raises(Refused):
        async with database.transaction() as tx:
            await invitations.accept(tx, invited.secret, "hash", late)


@pytest.mark.parametrize("secret", ["", "pai_unknown", "\0", "\ud800"])
async def test_unknown_invitation_is_refused(database: Database, secret: str) -> None:
    assert not await invitations.is_open(database, secret, NOW)
    with pytest.raises(Refused) as refused:
        async with database.transaction() as tx:
            await invitations.accept(tx, secret, "hash", NOW)
    assert told(refused) == [(NotFound, ("token",))]


async def test_who_never_came_is_invited_again_with_the_same_facts_only(database: Database, keyring: Keyring) -> None:
    first = await invite(database, keyring)
    again = await invite(database, keyring, "ADA@example.org")
    assert again.user == first.user
    assert again.secret != first.secret
    for name, role in (("Eve", "author"), ("Ada", "admin")):
        with pytest.raises(Refused) as refused:
            await invite(database, keyring, name=name, role=role)
        assert told(refused) == [(Taken, ("email",))]


async def test_second_invitation_cannot_replace_a_password(database: Database, keyring: Keyring) -> None:
    first, second = await invite(database, keyring), await invite(database, keyring)
    async with database.transaction() as tx:
        await invitations.accept(tx, first.secret, "hash", NOW)
    assert not await invitations.is_open(database, second.secret, NOW)
    with pytest.raises(Refused):
        async with database.transaction() as tx:
            await invitations.accept(tx, second.secret, "stolen", NOW)
    known = await people.password_by_email(database, keyring, "ada@example.org")
    assert known is not None
    assert known.password_hash == "hash"
    with pytest.raises(Refused) as refused:
        await invite(database, keyring)
    assert told(refused) == [(Taken, ("email",))]


async def test_all_faults_of_an_invitation_are_told_and_nothing_is_written(
    database: Database, keyring: Keyring, owner_url: str
) -> None:
    with pytest.raises(Refused) as refused:
        await invite(database, keyring, "nothing", "", "owner")
    assert told(refused) == [(Invalid, ("email",)), (Required, ("displayName",)), (Invalid, ("role",))]
    with psycopg.connect(owner_url) as owner:
        counts = owner.execute(
            "select (select count(*) from users), (select count(*) from invitations),"
            " (select count(*) from audit_events)"
        ).fetchone()
    assert counts == (1, 0, 0)
