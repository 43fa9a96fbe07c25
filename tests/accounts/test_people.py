"""What is promised of people, tried on the real parts."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from accounts import people
from accounts.faults import LastAdmin
from accounts.people import Newcomer, ProfileChanges
from core.faults import Fault, Invalid, NotFound, Refused, Required, Taken, TooLarge
from core.sealing import Keyring, SealingError
from sql.database import Database
from sql.rows.accounts import UserRow
from tests.accounts.makers import NOW, act_of, make_person, started


def told(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[type[Fault], tuple[str, ...]]]:
    return [(type(fault), fault.path) for fault in refused.value.faults]


async def test_added_person_is_found_by_any_spelling_of_the_address(database: Database, keyring: Keyring) -> None:
    async with database.transaction() as tx:
        newcomer = Newcomer("  Gru\u0308n.Ada@Example.ORG ", "  Ada  ")
        made = await people.add(tx, keyring, newcomer, role="learner", password_hash="h", at=NOW)
    assert (made.kind, made.display_name, made.role, made.created_at) == ("person", "Ada", "learner", NOW)
    found = await people.password_by_email(database, keyring, "gr\u00dcn.ada@example.org")
    assert found is not None
    assert (found.user_id, found.password_hash) == (made.id, "h")


async def test_address_is_sealed_and_bound_to_its_person(database: Database, keyring: Keyring, owner_url: str) -> None:
    ada = await make_person(database, keyring, "Ada")
    with psycopg.connect(owner_url) as owner:
        row = owner.execute("select email_sealed, email_hash from users where id = %s", [ada.id]).fetchone()
    assert row is not None
    assert keyring.open(row[0], ada.id.bytes) == b"ada@example.org"
    assert row[1] == keyring.lookup("ada@example.org")
    with pytest.raises(SealingError):
        keyring.open(row[0], uuid4().bytes)


@pytest.mark.parametrize("email", ["nobody@example.org", "", "no address", "a\0@b", "\ud800@b", "x" * 400 + "@b"])
async def test_unknown_or_impossible_address_is_nobody(database: Database, keyring: Keyring, email: str) -> None:
    await make_person(database, keyring, "Ada")
    assert await people.password_by_email(database, keyring, email) is None


async def test_all_faults_of_a_newcomer_are_told_at_once(database: Database, keyring: Keyring) -> None:
    faults = await people.faults_of(database, keyring, Newcomer("not an address", " \t ", "short"))
    assert [(type(fault), fault.path) for fault in faults] == [
        (Invalid, ("email",)),
        (Required, ("displayName",)),
        (Invalid, ("password",)),
    ]
    await make_person(database, keyring, "Ada")
    faults = await people.faults_of(database, keyring, Newcomer("ADA@example.org", "x" * 81, "long enough"))
    assert [(type(fault), fault.path) for fault in faults] == [(TooLarge, ("displayName",)), (Taken, ("email",))]


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\0b", "a\ud800b", "x" * 81])
async def test_unfit_name_is_refused_and_nobody_is_added(database: Database, keyring: Keyring, name: str) -> None:
    with pytest.raises(Refused) as refused:
        async with database.transaction() as tx:
            await people.add(tx, keyring, Newcomer("ada@example.org", name), role="learner", password_hash=None, at=NOW)
    assert {path for _, path in told(refused)} == {("displayName",)}
    assert await people.users_page(database, keyring, after=None, limit=9) == []


async def test_of_two_at_once_with_one_address_one_is_refused(database: Database, keyring: Keyring) -> None:
    async def second() -> None:
        async with database.transaction() as tx:
            await people.add(tx, keyring, Newcomer("ADA@example.org", "B"), role="learner", password_hash=None, at=NOW)

    async with database.transaction() as tx:
        newcomer = Newcomer("ada@example.org", "A")
        await people.add(tx, keyring, newcomer, role="learner", password_hash=None, at=NOW)
        waiting = await started(second())
    with pytest.raises(Refused) as refused:
        await waiting
    assert told(refused) == [(Taken, ("email",))]
    assert len(await people.users_page(database, keyring, after=None, limit=9)) == 1


async def test_role_is_set_and_the_same_role_changes_nothing(
    database: Database, keyring: Keyring, owner_url: str
) -> None:
    admin, ada = await make_person(database, keyring, "Root", "admin"), await make_person(database, keyring, "Ada")
    for _ in range(2):
        async with database.transaction() as tx:
            changed = await people.set_role(tx, ada.id, "author", act_of(admin))
        assert changed.role == "author"
    with psycopg.connect(owner_url) as owner:
        events = owner.execute("select action, actor_id, subject_id, detail from audit_events").fetchall()
    assert events == [("role_set", admin.id, ada.id, {"before": "learner", "after": "author"})]


async def test_role_of_nobody_and_unknown_role_are_refused(database: Database, keyring: Keyring) -> None:
    admin = await make_person(database, keyring, "Root", "admin")
    with pytest.raises(Refused) as refused:
        async with database.transaction() as tx:
            await people.set_role(tx, uuid4(), "author", act_of(admin))
    assert told(refused) == [(NotFound, ("userId",))]
    with pytest.raises(Refused) as refused:
        async with database.transaction() as tx:
            await people.set_role(tx, admin.id, "owner", act_of(admin))
    assert told(refused) == [(Invalid, ("role",))]


async def test_last_admin_who_can_sign_in_cannot_be_demoted(database: Database, keyring: Keyring) -> None:
    admin = await make_person(database, keyring, "Root", "admin")
    await make_person(database, keyring, "Invited", "admin", password_hash=None)
    async with database.transaction() as tx:
        await people.service_account(tx, "robot", "admin", act_of(admin))
    with pytest.raises(Refused) as refused:
        async with database.transaction() as tx:
            await people.set_role(tx, admin.id, "author", act_of(admin))
    assert told(refused) == [(LastAdmin, ("role",))]
    assert [row.role for row in await people.users_by_id(database, [admin.id])] == ["admin"]
    second = await make_person(database, keyring, "Second", "admin")
    async with database.transaction() as tx:
        assert (await people.set_role(tx, admin.id, "author", act_of(second))).role == "author"


async def test_two_admins_who_demote_each_other_at_once_leave_one(database: Database, keyring: Keyring) -> None:
    one = await make_person(database, keyring, "One", "admin")
    two = await make_person(database, keyring, "Two", "admin")

    async def demote(victim: UserRow, by: UserRow) -> None:
        async with database.transaction() as tx:
            await people.set_role(tx, victim.id, "learner", act_of(by))

    async with database.transaction() as tx:
        await people.set_role(tx, one.id, "learner", act_of(two))
        waiting = await started(demote(two, one))
    with pytest.raises(Refused) as refused:
        await waiting
    assert told(refused) == [(LastAdmin, ("role",))]
    assert {row.id: row.role for row in await people.users_by_id(database, [one.id, two.id])} == {
        one.id: "learner",
        two.id: "admin",
    }


async def test_profile_keeps_what_is_absent_and_null_takes_the_picture_away(
    database: Database, keyring: Keyring, owner_url: str
) -> None:
    ada = await make_person(database, keyring, "Ada")
    seen = []
    for changes in (
        ProfileChanges(avatar_url="https://pictures.example/ada.png"),
        ProfileChanges(display_name=" Ada L. ", hide_from_leaderboards=True),
        ProfileChanges(),
        ProfileChanges(avatar_url=None),
    ):
        async with database.transaction() as tx:
            changed = await people.update_profile(tx, ada.id, changes)
        seen.append((changed.display_name, changed.avatar_url))
    picture = "https://pictures.example/ada.png"
    assert seen == [("Ada", picture), ("Ada L.", picture), ("Ada L.", picture), ("Ada L.", None)]
    with psycopg.connect(owner_url) as owner:
        assert owner.execute("select hide_from_leaderboards from users").fetchall() == [(True,)]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "picture.png",
        "javascript:alert(1)",
        "https://",
        "http://[",
        "https://a b/",
        "https://a/\0",
        "https://a/\ud800",
    ],
)
async def test_unfit_profile_is_refused_with_all_faults(database: Database, keyring: Keyring, url: str) -> None:
    ada = await make_person(database, keyring, "Ada")
    changes = ProfileChanges(display_name=None, avatar_url=url, hide_from_leaderboards=None)
    with pytest.raises(Refused) as refused:
        async with database.transaction() as tx:
            await people.update_profile(tx, ada.id, changes)
    assert {path for _, path in told(refused)} == {("displayName",), ("avatarUrl",), ("hideFromLeaderboards",)}


async def test_pages_of_people_are_newest_first_without_gap_or_repeat(database: Database, keyring: Keyring) -> None:
    # Several share a moment, so the id decides among them.
    made = [
        await make_person(database, keyring, f"Person {number}", at=NOW + timedelta(seconds=number // 3))
        for number in range(10)
    ]
    expected = sorted(made, key=lambda row: (row.created_at, row.id), reverse=True)
    seen: list[UserRow] = []
    while page := await people.users_page(
        database, keyring, after=(seen[-1].created_at, seen[-1].id) if seen else None, limit=4
    ):
        seen += page
    assert seen == expected


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("an", ["Anna", "Joan 100%"]),
        ("ANNA", ["Anna"]),
        ("100%", ["Joan 100%"]),
        ("%", ["Joan 100%"]),
        ("_", ["under_score"]),
        ("\\", []),
        ("anna@example.org", ["Anna"]),
        (" ANNA@EXAMPLE.ORG ", ["Anna"]),
        ("anna@example", []),
        ("example.org", []),
        ("", ["Anna", "Joan 100%", "under_score"]),
    ],
)
async def test_people_are_found_by_part_of_the_name_or_the_whole_address(
    database: Database, keyring: Keyring, search: str, found: list[str]
) -> None:
    for number, name in enumerate(("under_score", "Joan 100%", "Anna")):
        await make_person(database, keyring, name, at=NOW + timedelta(seconds=number))
    rows = await people.users_page(database, keyring, after=None, limit=9, search=search)
    assert [row.display_name for row in rows] == found


async def test_service_account_is_made_once_by_name_and_has_one_role(database: Database, keyring: Keyring) -> None:
    admin = await make_person(database, keyring, "Root", "admin")
    async with database.transaction() as tx:
        made = await people.service_account(tx, "nightly push", "author", act_of(admin))
        assert await people.service_account(tx, " nightly push ", "author", act_of(admin)) == made
    assert made.kind == "service"
    with pytest.raises(Refused) as refused:
        async with database.transaction() as tx:
            await people.service_account(tx, "nightly push", "admin", act_of(admin))
    assert told(refused) == [(Taken, ("name",))]


async def test_two_first_commands_at_once_act_as_one_account(database: Database, owner_url: str) -> None:
    async def command() -> UserRow:
        async with database.transaction() as tx:
            return await people.command_line(tx, NOW)

    async with database.transaction() as tx:
        first = await people.command_line(tx, NOW)
        waiting = await started(command())
    assert await waiting == first
    assert (first.kind, first.role) == ("service", "admin")
    with psycopg.connect(owner_url) as owner:
        events = owner.execute("select action, actor_id, subject_id from audit_events").fetchall()
    assert events == [("service_account_created", first.id, first.id)]
