"""The state machine over publishing finds nothing wrong with it, and finds each of ten planted mistakes."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import uvloop

from accounts import people
from accounts.people import Newcomer
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Pool
from tests.fix_database import ROLES
from tests.versioning import mutants
from tests.versioning.machine import machine
from tests.versioning.mutants import Check
from tests.versioning.openings import OPENINGS, REFUSALS, nothing
from tests.versioning.walks import run
from tests.versioning.world import World
from versioning.publishing import publish_state
from versioning.tree import changes

KINDS = {
    "ARCHIVE",
    "EXPERIMENT_REWEIGH",
    "EXPERIMENT_START",
    "EXPERIMENT_STOP",
    "PROMOTE",
    "PUBLISH",
    "RELEASE",
    "ROLLBACK",
    "UNARCHIVE",
}


@pytest.fixture
def world(gateway_url: str, owner_url: str, keyring: Keyring) -> Iterator[World]:
    """A migrated database with a lesson in it, an author and a reviewer, and a loop of its own."""
    loop = uvloop.new_event_loop()  # the one that the gateway runs on
    pool = Pool(gateway_url, role=ROLES.gateway, size=4)
    loop.run_until_complete(pool.open())

    async def prepare() -> World:
        database = pool.database()
        ids = {}
        async with database.transaction() as tx:
            for role in ("author", "reviewer"):
                newcomer = Newcomer(f"{role}@example.org", role.capitalize())
                user = await people.add(tx, keyring, newcomer, role=role, password_hash="-", at=datetime.now(UTC))
                ids[role] = user.id
            act = WriteContext(ids["author"], datetime.now(UTC))
            track = await changes.create(tx, act, "track", slug="t", title="T")
            module = await changes.create(tx, act, "module", parent_id=track, slug="m", title="M")
            lesson = await changes.create(tx, act, "lesson", parent_id=module, slug="l", title="L")
        made = World(loop, database, keyring, ids, owner_url)
        made.lesson = lesson
        return made

    yield loop.run_until_complete(prepare())
    loop.run_until_complete(pool.close())
    loop.close()


@pytest.mark.long
def test_publishing_does_what_the_model_says(world: World) -> None:
    run(world, examples=200, steps=30)
    assert world.examples >= 200
    # Every rule, refusal and kind has its place in an opening, so what is drawn beyond them decides nothing here.
    each = world.examples // len(OPENINGS)
    rules = {rule.function.__name__ for rule in machine(world, nothing).setup_state().rules}
    assert {name for name in rules if world.rules[name] < each} == set()
    assert set(world.refusals) == REFUSALS
    assert {code for code in REFUSALS if world.refusals[code] < each} == set()
    assert set(world.log) == KINDS
    assert {kind for kind in KINDS if world.log[kind] < each} == set()


@pytest.mark.parametrize("check", mutants.CHECKS)
def test_each_check_passes_without_a_mistake(check: Check, world: World) -> None:
    check(world)


@pytest.mark.parametrize("name", sorted(mutants.MUTANTS))
def test_a_planted_mistake_is_caught(name: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plant: Callable[[pytest.MonkeyPatch], Any] = mutants.MUTANTS[name]
    plant(monkeypatch)
    with pytest.raises((AssertionError, *mutants.CAUGHT)):
        mutants.caught_by(name)(world)


def test_no_mistake_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: query.text for name, query in vars(publish_state._q).items()}
    with monkeypatch.context() as planting:
        for plant in mutants.MUTANTS.values():
            plant(planting)
        assert {name: query.text for name, query in vars(publish_state._q).items()} != before
    assert {name: query.text for name, query in vars(publish_state._q).items()} == before
