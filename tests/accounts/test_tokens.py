"""What is promised of tokens, tried on the real parts."""

from datetime import datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from accounts import tokens
from accounts.faults import AlreadyRevoked
from accounts.roles import SCOPES, role_for
from core.faults import Fault, Invalid, NotFound, Refused, Required, TooLarge
from core.sealing import Keyring
from sql.database import Database
from sql.rows.accounts import UserRow
from tests.accounts.makers import NOW, act_of, make_person


def told(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[type[Fault], tuple[str, ...]]]:
    return [(type(fault), fault.path) for fault in refused.value.faults]


async def create(
    database: Database, owner: UserRow, *scopes: str, name: str = "tool", expires_at: datetime | None = None
) -> tokens.Created:
    async with database.transaction() as tx:
        return await tokens.create(tx, owner, name, scopes, expires_at, act_of(owner))


async def test_token_stands_for_its_owner_and_scopes_until_it_expires(database: Database, keyring: Keyring) -> None:
    ada = await make_person(database, keyring, "Ada", "author")
    created = await create(
        database, ada, "content:read", "content:write", "content:read", expires_at=NOW + timedelta(days=1)
    )
    assert created.secret.startswith("pal_")
    assert len(created.secret) == 47
    assert created.token.scopes == ["content:read", "content:write"]
    found = await tokens.resolve(database, created.secret, NOW + timedelta(days=1, microseconds=-1))
    assert found is not None
    assert (found.user_id, found.role, found.token_id) == (ada.id, "author", created.token.id)
    assert found.scopes == ["content:read", "content:write"]
    assert await tokens.resolve(database, created.secret, NOW + timedelta(days=1)) is None


async def test_token_without_an_end_lasts(database: Database, keyring: Keyring) -> None:
    ada = await make_person(database, keyring, "Ada", "author")
    created = await create(database, ada, "content:read")
    assert await tokens.resolve(database, created.secret, NOW + timedelta(days=10_000)) is not None
    for wrong in ("", "pal_", created.secret[:-1], created.secret + "x", "\ud800"):
        assert await tokens.resolve(database, wrong, NOW) is None


async def test_revoked_token_stands_for_nobody_and_is_revoked_once(
    database: Database, keyring: Keyring, owner_url: str
) -> None:
    ada = await make_person(database, keyring, "Ada", "author")
    created = await create(database, ada, "content:read")
    async with database.transaction() as tx:
        ended = await tokens.revoke(tx, created.token.id, act_of(ada), owner=ada.id)
    assert ended.revoked_at == NOW
    assert await tokens.resolve(database, created.secret, NOW) is None
    with pytest.raises(Refused) as refused:
        async with database.transaction() as tx:
            await tokens.revoke(tx, created.token.id, act_of(ada), owner=ada.id)
    assert told(refused) == [(AlreadyRevoked, ("apiTokenId",))]
    with psycopg.connect(owner_url) as owner:
        events = owner.execute("select action, subject_id, detail from audit_events order by seq").fetchall()
    assert events == [
        ("token_created", created.token.id, {"owner": str(ada.id), "scopes": ["content:read"]}),
        ("token_revoked", created.token.id, {"owner": str(ada.id)}),
    ]


async def test_token_of_somebody_else_is_as_unknown_as_none(database: Database, keyring: Keyring) -> None:
    ada, bob = await make_person(database, keyring, "Ada", "author"), await make_person(database, keyring, "Bob")
    created = await create(database, ada, "content:read")
    faults = []
    for token_id in (created.token.id, uuid4()):
        with pytest.raises(Refused) as refused:
            async with database.transaction() as tx:
                await tokens.revoke(tx, token_id, act_of(bob), owner=bob.id)
        faults.append(refused.value.faults)
    assert faults[0] == faults[1]
    assert told(refused) == [(NotFound, ("apiTokenId",))]
    assert await tokens.resolve(database, created.secret, NOW) is not None
    async with database.transaction() as tx:
        await tokens.revoke(tx, created.token.id, act_of(bob), owner=None)
    assert await tokens.resolve(database, created.secret, NOW) is None


async def test_all_faults_of_a_token_are_told_at_once_and_none_is_made(database: Database, keyring: Keyring) -> None:
    ada = await make_person(database, keyring, "Ada")
    with pytest.raises(Refused) as refused:
        await create(database, ada, "content:read", "everything", name=" ", expires_at=NOW)
    assert told(refused) == [
        (Required, ("name",)),
        (Invalid, ("scopes", "0")),
        (Invalid, ("scopes", "1")),
        (Invalid, ("expiresAt",)),
    ]
    with pytest.raises(Refused) as refused:
        await create(database, ada, name="x" * 81, expires_at=(NOW + timedelta(days=1)).replace(tzinfo=None))
    assert told(refused) == [(TooLarge, ("name",)), (Required, ("scopes",)), (Invalid, ("expiresAt",))]
    assert await tokens.by_user_id(database, [ada.id]) == []


@pytest.mark.parametrize("role", ["learner", "author", "reviewer", "admin"])
async def test_only_scopes_that_fit_the_role_are_given(database: Database, keyring: Keyring, role: str) -> None:
    ada = await make_person(database, keyring, "Ada", role)
    fitting = {
        "learner": set(),
        "author": {"content:read", "content:write", "content:publish"},
        "reviewer": {"content:read"},
        "admin": set(SCOPES),
    }[role]
    for scope in fitting:
        assert (await create(database, ada, scope)).token.scopes == [scope]
    for scope in SCOPES.keys() - fitting:
        with pytest.raises(Refused) as refused:
            await create(database, ada, scope)
        assert told(refused) == [(Invalid, ("scopes", "0"))]


@pytest.mark.parametrize(
    ("scopes", "role"),
    [
        (["content:read"], "author"),
        (["content:read", "content:publish"], "author"),
        (["grade"], "admin"),
        (["content:write", "operate"], "admin"),
    ],
)
def test_service_account_gets_the_least_role_that_fits(scopes: list[str], role: str) -> None:
    assert role_for(scopes) == role


async def test_use_is_noted_at_most_once_a_minute(database: Database, keyring: Keyring) -> None:
    ada = await make_person(database, keyring, "Ada", "author")
    created = await create(database, ada, "content:read")
    noted = []
    for seconds in (0, 1, 59, 60, 61, 119, 120):
        now = NOW + timedelta(seconds=seconds)
        found = await tokens.resolve(database, created.secret, now)
        assert found is not None
        assert found.token_id is not None
        due = tokens.use_is_due(found, now)
        async with database.transaction() as tx:
            # Noted although it is not due, as by a request that read before another one wrote.
            await tokens.note_use(tx, found.token_id, now)
        (row,) = await tokens.by_id(database, [found.token_id])
        noted.append((seconds, due, row.last_used_at == now))
    assert noted == [
        (0, True, True),
        (1, False, False),
        (59, False, False),
        (60, True, True),
        (61, False, False),
        (119, False, False),
        (120, True, True),
    ]


async def test_tokens_of_several_owners_are_listed_newest_first_revoked_last(
    database: Database, keyring: Keyring
) -> None:
    owners = [await make_person(database, keyring, name, "author") for name in ("Ada", "Bob")]
    made = {owner.id: [(await create(database, owner, "content:read")).token.id for _ in range(3)] for owner in owners}
    for owner in owners:
        async with database.transaction() as tx:
            await tokens.revoke(tx, made[owner.id][2], act_of(owner), owner=owner.id)
    before = database.meter.statements
    rows = await tokens.by_user_id(database, [*made])
    assert database.meter.statements == before + 1
    for owner_id, (first, second, third) in made.items():
        assert [row.id for row in rows if row.user_id == owner_id] == [second, first, third]
