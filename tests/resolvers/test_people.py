"""People through the resolvers: who may, what a whole sign-up or log-in does, and what is left in the tables."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from argon2 import PasswordHasher
from psycopg.sql import SQL, Identifier

from accounts import people as accounts_people
from accounts.faults import InvalidCredentials, LastAdmin
from accounts.people import ProfileChanges
from core.faults import Fault, Invalid, NotFound, Refused, Required, Taken
from core.sealing import Keyring
from loaders.pages import PageOf, ReadError, cursor_of
from loaders.users import api_tokens_by_user_id, own_api_token_by_id, user_by_id
from resolvers.context import VISITOR, Context, Role, Viewer
from resolvers.errors import Forbidden, InvalidArgument, Unauthenticated
from resolvers.idempotency import IdempotentCall
from resolvers.people import people, sessions, settings, tokens
from sql.database import Database
from tests.accounts.test_passwords import cost_ratio

NOW = datetime(2030, 1, 31, 12, 0, tzinfo=UTC)
ASKED = IdempotentCall("any", None)
PASSWORD = "a sentence that only Ada knows"

Asks = Callable[[Viewer], Context]
ONCE = IdempotentCall("a mutation", {})


@pytest.fixture
def asks(database: Database, keyring: Keyring) -> Asks:
    """Make a request's context for a viewer, at a fixed moment."""
    return lambda viewer: Context(viewer, database, keyring, lambda: NOW)


async def signed_up(asks: Asks, name: str = "Ada", role: Role = "learner") -> tuple[Viewer, str]:
    """Sign somebody up and give them a role behind everybody's back."""
    ctx = asks(VISITOR)
    secret = (await sessions.sign_up(ctx, f"{name}@example.org", PASSWORD, name)).secret
    if role != "learner":
        async with ctx.database.transaction() as tx:
            await accounts_people.set_role(tx, ctx.act().actor, role, ctx.act())
    viewer = await sessions.viewer_of(ctx.database, secret, NOW)
    assert viewer is not None
    return viewer, secret


def told(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[type[Fault], tuple[str, ...]]]:
    return [(type(fault), fault.path) for fault in refused.value.faults]


async def test_whoever_signs_up_is_a_learner_and_signed_in(asks: Asks, database: Database) -> None:
    ctx = asks(VISITOR)
    signed_in = await sessions.sign_up(ctx, " Ada@Example.org", PASSWORD, "Ada")
    assert ctx.viewer == signed_in.viewer
    assert (ctx.viewer.role, ctx.viewer.display_name, ctx.viewer.is_token) == ("learner", "Ada", False)
    assert await sessions.viewer_of(database, signed_in.secret, NOW) == signed_in.viewer
    user = await ctx.loaders.load(user_by_id, ctx.act().actor)
    assert user is not None
    assert user.display_name == "Ada"


async def test_all_faults_of_a_sign_up_are_told_and_nothing_is_written(asks: Asks, owner_url: str) -> None:
    await signed_up(asks)
    before = row_counts(owner_url)
    with pytest.raises(Refused) as refused:
        await sessions.sign_up(asks(VISITOR), "ADA@EXAMPLE.ORG", "short", "\n")
    assert told(refused) == [(Required, ("displayName",)), (Invalid, ("password",)), (Taken, ("email",))]
    assert row_counts(owner_url) == before


async def test_logging_in_needs_the_right_password_of_the_right_address(asks: Asks, database: Database) -> None:
    ada, _ = await signed_up(asks)
    ctx = asks(VISITOR)
    signed_in = await sessions.log_in(ctx, "ADA@example.ORG ", PASSWORD)
    assert ctx.viewer.user_id == ada.user_id
    assert await sessions.viewer_of(database, signed_in.secret, NOW) == ctx.viewer
    texts = set()
    for email, password in (
        ("ada@example.org", "another sentence"),
        ("bob@example.org", PASSWORD),
        ("", ""),
        ("\0", "\0"),
        ("\ud800", "\ud800"),
        ("x" * 100_000, "x" * 100_000),
    ):
        visitor = asks(VISITOR)
        with pytest.raises(Refused) as refused:
            await sessions.log_in(visitor, email, password)
        assert told(refused) == [(InvalidCredentials, ())]
        assert visitor.viewer == VISITOR
        texts.add(refused.value.faults[0].text())
    assert len(texts) == 1


async def test_answer_for_an_unknown_address_takes_as_long_as_for_a_known_one(asks: Asks) -> None:
    await signed_up(asks)

    async def refused(email: str) -> None:
        with pytest.raises(Refused):
            await sessions.log_in(asks(VISITOR), email, "a wrong password")

    ratio = await cost_ratio(lambda: refused("nobody@example.org"), lambda: refused("ada@example.org"))
    assert 0.5 < ratio < 2


async def test_hash_of_older_parameters_is_renewed_at_log_in(asks: Asks, owner_url: str) -> None:
    await signed_up(asks)
    weaker = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    with psycopg.connect(owner_url) as owner:
        owner.execute("update users set password_hash = %s", [weaker])
    await sessions.log_in(asks(VISITOR), "ada@example.org", PASSWORD)
    with psycopg.connect(owner_url) as owner:
        row = owner.execute("select password_hash from users").fetchone()
    assert row is not None
    assert row[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    await sessions.log_in(asks(VISITOR), "ada@example.org", PASSWORD)


async def test_password_that_is_replaced_while_it_is_verified_opens_no_session(
    asks: Asks, database: Database, keyring: Keyring
) -> None:
    ada, _ = await signed_up(asks)
    known = await accounts_people.password_by_email(database, keyring, "ada@example.org")
    assert known is not None
    await sessions.change_password(asks(ada), PASSWORD, "quite another sentence")
    async with database.transaction() as tx:
        assert await accounts_people.hold_password(tx, known) is None
    with pytest.raises(Refused):
        await sessions.log_in(asks(VISITOR), "ada@example.org", PASSWORD)
    await sessions.log_in(asks(VISITOR), "ada@example.org", "quite another sentence")


async def test_logging_out_ends_this_session_or_all(asks: Asks, database: Database) -> None:
    ada, first = await signed_up(asks)
    second, third = [(await sessions.log_in(asks(VISITOR), "ada@example.org", PASSWORD)).secret for _ in range(2)]
    ctx = asks(ada)
    await sessions.log_out(ctx)
    assert ctx.viewer == VISITOR
    assert [await sessions.viewer_of(database, one, NOW) is None for one in (first, second, third)] == [
        True,
        False,
        False,
    ]
    viewer = await sessions.viewer_of(database, second, NOW)
    assert viewer is not None
    await sessions.log_out(asks(viewer), everywhere=True)
    assert [await sessions.viewer_of(database, one, NOW) for one in (second, third)] == [None, None]


async def test_changing_a_password_ends_all_other_sessions(asks: Asks, database: Database) -> None:
    ada, kept = await signed_up(asks)
    other = (await sessions.log_in(asks(VISITOR), "ada@example.org", PASSWORD)).secret
    with pytest.raises(Refused) as refused:
        await sessions.change_password(asks(ada), "not the password", "short")
    assert told(refused) == [(InvalidCredentials, ("currentPassword",)), (Invalid, ("newPassword",))]
    assert await sessions.viewer_of(database, other, NOW) is not None
    await sessions.change_password(asks(ada), PASSWORD, "quite another sentence")
    assert await sessions.viewer_of(database, kept, NOW) is not None
    assert await sessions.viewer_of(database, other, NOW) is None


async def test_invited_person_accepts_and_is_signed_in(asks: Asks) -> None:
    admin, _ = await signed_up(asks, "Root", "admin")
    invited = await people.create_user(asks(admin), "ada@example.org", "Ada", "reviewer")
    with pytest.raises(Refused):
        await sessions.log_in(asks(VISITOR), "ada@example.org", "")
    with pytest.raises(Refused) as refused:
        await sessions.accept_invitation(asks(VISITOR), "pai_nothing", "short")
    assert told(refused) == [(Invalid, ("password",)), (NotFound, ("token",))]
    ctx = asks(VISITOR)
    await sessions.accept_invitation(ctx, invited.secret, PASSWORD)
    assert (ctx.viewer.user_id, ctx.viewer.role) == (invited.user.id, "reviewer")
    assert (await sessions.log_in(asks(VISITOR), "ada@example.org", PASSWORD)).viewer.role == "reviewer"


async def test_token_has_its_owners_rights_cut_down_to_its_scopes(asks: Asks, database: Database) -> None:
    author, _ = await signed_up(asks, "Ada", "author")
    created = await tokens.create_api_token(asks(author), "push", ["content:read"], NOW + timedelta(days=1))
    viewer = await sessions.viewer_of(database, created.secret, NOW)
    assert viewer == Viewer(
        user_id=author.user_id,
        role="author",
        display_name="Ada",
        scopes=frozenset({"content:read"}),
        token_id=created.token.id,
    )
    (row,) = await asks(author).loaders.load(api_tokens_by_user_id, created.token.user_id)
    assert row.last_used_at == NOW
    assert await sessions.viewer_of(database, created.secret, NOW + timedelta(days=1)) is None
    assert await asks(author).loaders.load(own_api_token_by_id, created.token.id) == row
    await tokens.revoke_api_token(asks(author), ONCE, created.token.id)
    assert await sessions.viewer_of(database, created.secret, NOW) is None


async def test_token_cannot_breed_or_change_its_owners_account(asks: Asks, database: Database) -> None:
    admin, _ = await signed_up(asks, "Root", "admin")
    created = await tokens.create_api_token(asks(admin), "all", ["operate", "content:read"], None)
    viewer = await sessions.viewer_of(database, created.secret, NOW)
    assert viewer is not None
    for refused in (
        lambda ctx: tokens.create_api_token(ctx, "child", ["operate"], None),
        lambda ctx: tokens.revoke_api_token(ctx, ONCE, created.token.id),
        lambda ctx: people.update_profile(ctx, ONCE, ProfileChanges("Eve")),
        lambda ctx: sessions.change_password(ctx, PASSWORD, "quite another sentence"),
        lambda ctx: sessions.log_out(ctx, everywhere=True),
    ):
        with pytest.raises(Forbidden):
            await refused(asks(viewer))


async def test_admin_ends_anybodys_token_and_others_only_their_own(asks: Asks, database: Database) -> None:
    admin, _ = await signed_up(asks, "Root", "admin")
    author, _ = await signed_up(asks, "Ada", "author")
    other, _ = await signed_up(asks, "Bob", "author")
    created = await tokens.create_api_token(asks(author), "push", ["content:write"], None)
    with pytest.raises(Refused) as refused:
        await tokens.revoke_api_token(asks(other), ONCE, created.token.id)
    assert told(refused) == [(NotFound, ("apiTokenId",))]
    assert await asks(other).loaders.load(own_api_token_by_id, created.token.id) is None
    ids = await tokens.revoke_api_token(asks(admin), ONCE, created.token.id)
    ended = await tokens.api_token(asks(admin), ids["id"])
    assert ended is not None
    assert ended.revoked_at == NOW
    assert await sessions.viewer_of(database, created.secret, NOW) is None


async def test_only_admins_manage_people_and_settings(asks: Asks, owner_url: str) -> None:
    viewers = [(await signed_up(asks, name, role))[0] for name, role in PEOPLE.items() if role != "admin"]
    before = row_counts(owner_url)
    for viewer in (*viewers, VISITOR):
        for refused in (
            lambda ctx: people.create_user(ctx, "eve@example.org", "Eve", "admin"),
            lambda ctx: people.set_user_role(ctx, ONCE, uuid4(), "admin"),
            lambda ctx: people.users(ctx, PageOf()),
            lambda ctx: settings.get_setting(ctx, "reviewers_required"),
            lambda ctx: settings.set_setting(ctx, "reviewers_required", "1"),
        ):
            with pytest.raises(Unauthenticated if viewer is VISITOR else Forbidden):
                await refused(asks(viewer))
    assert row_counts(owner_url) == before


async def test_demoted_admin_loses_the_rights_at_once_and_the_last_one_stays(asks: Asks, database: Database) -> None:
    one, secret = await signed_up(asks, "One", "admin")
    two, _ = await signed_up(asks, "Two", "admin")
    await people.set_user_role(asks(two), ONCE, user_id(one), "learner")
    demoted = await sessions.viewer_of(database, secret, NOW)
    assert demoted is not None
    assert demoted.role == "learner"
    with pytest.raises(Refused) as refused:
        await people.set_user_role(asks(two), ONCE, user_id(two), "learner")
    assert told(refused) == [(LastAdmin, ("role",))]


async def test_profile_is_changed_by_its_owner_and_read_afresh(asks: Asks) -> None:
    ada, _ = await signed_up(asks)
    ctx = asks(ada)
    before = await ctx.loaders.load(user_by_id, user_id(ada))
    await people.update_profile(ctx, ONCE, ProfileChanges("Ada L."))
    after = await ctx.loaders.load(user_by_id, user_id(ada))
    assert before is not None
    assert after is not None
    assert (before.display_name, after.display_name) == ("Ada", "Ada L.")
    with pytest.raises(Refused) as refused:
        await people.update_profile(ctx, ONCE, ProfileChanges("", "nowhere"))
    assert told(refused) == [(Required, ("displayName",)), (Invalid, ("avatarUrl",))]


async def test_setting_is_read_back(asks: Asks) -> None:
    admin, _ = await signed_up(asks, "Root", "admin")
    await settings.set_setting(asks(admin), "drafts_editable_by", "creator")
    assert await settings.get_setting(asks(admin), "drafts_editable_by") == "creator"


async def test_people_are_paged_by_cursor_in_one_statement_a_page(asks: Asks) -> None:
    admin, _ = await signed_up(asks, "Root", "admin")
    for number in range(5):
        await people.create_user(asks(admin), f"p{number}@example.org", f"P{number}", "learner")
    ctx = asks(admin)
    names: list[str] = []
    after = None
    for pages in range(1, 4):
        before = ctx.database.meter.statements
        page = await people.users(ctx, PageOf(2, after))
        assert ctx.database.meter.statements == before + 1
        names += [edge.node.display_name for edge in page.edges]
        after = page.page_info.end_cursor
        assert page.page_info.has_next_page == (pages < 3)
    assert sorted(names) == ["P0", "P1", "P2", "P3", "P4", "Root"]
    assert len((await people.users(ctx, PageOf(), "p3@EXAMPLE.org")).edges) == 1


@pytest.mark.parametrize(
    ("page", "search"),
    [
        (PageOf(101), ""),
        (PageOf(-1), ""),
        (PageOf(after="nonsense"), ""),
        (PageOf(after=cursor_of("2030-01-31", "no id")), ""),
        (PageOf(after=cursor_of("2030-01-31T12:00:00", str(UUID(int=1)))), ""),
        (PageOf(after=cursor_of(1, 2)), ""),
        (PageOf(), "a\0b"),
        (PageOf(), "a\ud800b"),
        (PageOf(), "x" * 201),
    ],
)
async def test_impossible_page_or_search_is_refused(asks: Asks, page: PageOf, search: str) -> None:
    admin, _ = await signed_up(asks, "Root", "admin")
    with pytest.raises((ReadError, InvalidArgument)):
        await people.users(asks(admin), page, search)


async def test_no_address_and_no_secret_lies_open_in_any_table(asks: Asks, owner_url: str) -> None:
    admin, session = await signed_up(asks, "Root", "admin")
    second_session = (await sessions.log_in(asks(VISITOR), "root@example.org", PASSWORD)).secret
    invited = await people.create_user(asks(admin), "grace@example.org", "Grace", "author")
    created = await tokens.create_api_token(asks(admin), "push", ["operate"], None)
    await settings.set_setting(asks(admin), "reviewers_required", "1")
    secrets = [
        "root@example.org",
        "grace@example.org",
        "example.org",
        PASSWORD,
        session,
        second_session,
        invited.secret,
        created.secret,
        *(secret[4:] for secret in (session, second_session, invited.secret, created.secret)),
    ]
    stored = "\n".join(text for _, rows in all_rows(owner_url).items() for text in rows).lower()
    assert "grace" in stored  # the name is shown to all: the scan sees what is there
    assert str(invited.user.id) in stored
    for secret in secrets:
        assert secret.lower() not in stored
        assert secret.encode().hex() not in stored
        assert secret.lower().encode().hex() not in stored


PEOPLE: dict[str, Role] = {"Lea": "learner", "Ada": "author", "Rev": "reviewer", "Root": "admin"}


def user_id(viewer: Viewer) -> UUID:
    assert viewer.user_id is not None
    return viewer.user_id


def all_rows(owner_url: str) -> dict[str, list[str]]:
    """Return every row of every table as text, bytes in hexadecimal digits."""
    with psycopg.connect(owner_url) as owner:
        tables = [
            row[0] for row in owner.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        ]
        return {
            table: [row[0] for row in owner.execute(SQL("select t::text from {} t").format(Identifier(table)))]
            for table in tables
        }


def row_counts(owner_url: str) -> dict[str, int]:
    return {table: len(rows) for table, rows in all_rows(owner_url).items()}
