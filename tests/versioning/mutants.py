"""Ten planted mistakes in the core of publishing, and what has to notice each of them.

A mistake is a replacement in the source of a function, whose code is exchanged in place so that every importer has it,
or in the text of a named query. The passage replaced must be there exactly once: a mutant cannot go stale unseen.
"""

import asyncio
import importlib
import inspect
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from core.faults import Refused
from sql.errors import DatabaseError
from sql.named import Query
from tests.versioning.walks import run
from tests.versioning.world import World
from versioning.content.definition import ChallengeTest, Content
from versioning.content.drafts import Edit, create
from versioning.log import live, publication_log
from versioning.log.verify import verify_history
from versioning.publishing import publish_state, publishing
from versioning.publishing.publish_state import drafts_by_id, full_versions
from versioning.publishing.publishing import PublishRequest, publish
from versioning.tree.apply import apply
from versioning.tree.apply_input import ChallengeWish, LessonWish, ModuleWish, Options, TrackWish

Plant = Callable[[pytest.MonkeyPatch], None]
Check = Callable[[World], None]

CAUGHT = (DatabaseError, psycopg.Error)


def in_source(module: str, old: str, new: str) -> Plant:
    """Replace a passage of a module's source and exchange the code of every function that this changes."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        real = importlib.import_module(module)
        assert real.__file__ is not None
        source = Path(real.__file__).read_text()
        assert source.count(old) == 1, f"{module} holds {old!r} {source.count(old)} times"
        changed = types.ModuleType(module)
        changed.__dict__.update(real.__dict__)
        exec(compile(source.replace(old, new), real.__file__, "exec"), changed.__dict__)
        exchanged = 0
        for name, function in _functions(real).items():
            other = _functions(changed)[name]
            if (
                function.__code__.co_code != other.__code__.co_code
                or function.__code__.co_consts != other.__code__.co_consts
            ):
                monkeypatch.setattr(function, "__code__", other.__code__)
                exchanged += 1
        assert exchanged >= 1

    return plant


def in_query(queries: object, name: str, change: Callable[[str], str]) -> Plant:
    """Replace a named query of a module's ``load`` by one of another text."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        query: Query = getattr(queries, name)
        assert change(query.text) != query.text
        monkeypatch.setitem(vars(queries), name, replace(query, text=change(query.text)))

    return plant


LIVE = "select l.{} from challenge_versions l where l.challenge_id = v.challenge_id and l.is_active"

MUTANTS: dict[str, Plant] = {
    "lock dropped": in_query(publish_state._q, "lock_drafts", lambda text: text.replace("for no key update of c", "")),
    "live-set check skipped": in_source(
        "versioning.publishing.publish_state",
        "if live_set_hash != self.live.hash:",
        "if live_set_hash != live_set_hash:",
    ),
    "log row skipped": in_query(publication_log.queries, "append_records", lambda text: text + " where false"),
    "number from the draft": in_source(
        "versioning.publishing.publishing",
        "number = highest.number + 1 if highest else 1",
        "number = draft.draft_revision",
    ),
    "label from live": in_query(
        publish_state._q,
        "highest_versions",
        lambda text: text.replace(
            " major, minor,", f" ({LIVE.format('major')}) as major, ({LIVE.format('minor')}) as minor,"
        ).replace("from challenge_versions\n", "from challenge_versions v\n"),
    ),
    "old version left active": in_query(
        publishing.queries, "take_out_of_service", lambda text: text.replace("and is_active", "and is_active and false")
    ),
    "chain over a wrong field": in_source(
        "versioning.log.chain", '"content": content_hash,', '"content": judged_hash,'
    ),
    "approval by row": in_query(
        publish_state._q, "approvals", lambda text: text.replace("and r.content_hash = wanted.content_hash", "")
    ),
    "refused publish that writes": in_source(
        "versioning.publishing.publishing", "    faults.settle()\n    return await append", "    return await append"
    ),
    "transaction not rolled back": in_source(
        "sql.database",
        "await roll_back(connection)\n                raise",
        "await self._commit(connection, opened)\n                raise",
    ),
}


def caught_by(name: str) -> Check:
    """Return the check that has to notice a mistake: the state machine, unless the mistake lies beside its reach."""
    return {
        "lock dropped": writers_at_once,
        "chain over a wrong field": rewritten_with_its_own_hash,
        "transaction not rolled back": refused_apply,
    }.get(name, the_machine)


def the_machine(world: World) -> None:
    """The state machine, without shrinking: it is enough that it falls."""
    run(world, examples=80, steps=30, shrink=False)


def writers_at_once(world: World) -> None:
    """Two publishers at once, again and again, on connections of their own."""
    world.do(_two_publishers(world))


async def _two_publishers(world: World) -> None:
    act = world.act("author")
    edit = Edit(title="a", instructions="Do it.", tests=[("t1", ChallengeTest("t1", "It is.", "assert(1)"))])
    assert world.lesson is not None
    async with world.database.transaction() as tx:
        id = await create(tx, world.keyring, act, lesson_id=world.lesson, slug="race", position=None, edit=edit)
    (row,) = await drafts_by_id(world.database, [id])
    seen = (await live.live_sets(world.database, [id]))[id].hash

    async def one() -> str:
        try:
            async with world.database.transaction() as tx:
                await publish(tx, world.keyring, act, [PublishRequest(id, row.content_hash, seen, "Something.")])
        except Refused:
            return "refused"
        return "done"

    # The first holds the challenge while the second arrives; with the lock, the second then sees what the first did.
    told = await asyncio.gather(*(one() for _ in range(4)), return_exceptions=True)
    for failed in (one for one in told if isinstance(one, BaseException)):
        raise failed
    assert sorted(map(str, told)) == ["done", "refused", "refused", "refused"]


def rewritten_with_its_own_hash(world: World) -> None:
    """A version rewritten together with its content hash must still be found, by the chain."""
    world.do(_rewrite(world))


async def _rewrite(world: World) -> None:
    act = world.act("author")
    edit = Edit(title="a", instructions="Do it.", tests=[("t1", ChallengeTest("t1", "It is.", "assert(1)"))])
    assert world.lesson is not None
    async with world.database.transaction() as tx:
        id = await create(tx, world.keyring, act, lesson_id=world.lesson, slug="chain", position=None, edit=edit)
    (row,) = await drafts_by_id(world.database, [id])
    seen = (await live.live_sets(world.database, [id]))[id].hash
    async with world.database.transaction() as tx:
        await publish(tx, world.keyring, act, [PublishRequest(id, row.content_hash, seen, "Something.")])
    (version,) = await full_versions(world.database, id)
    forged = Content("forged", "Do it.", tests=edit.on(Content(title="")).tests).content_hash
    assert version.content_hash != forged
    with psycopg.connect(world.owner_url, autocommit=True) as owner:
        owner.execute("update challenge_versions set title = 'forged', content_hash = %s", [forged])
    verified = await verify_history(world.database, world.keyring, id)
    assert verified.first_fault == "version 1: a fact beside its content was changed (chain_hash)"


def refused_apply(world: World) -> None:
    """A tree that is refused for its last gate must have left nothing of what came before."""
    challenge = ChallengeWish("c", Content("C", "", tests=()))
    tree = [TrackWish("other", "Other", [ModuleWish("m", "M", [LessonWish("l", "L", [challenge])])])]

    async def attempt() -> None:
        async with world.database.transaction() as tx:
            await apply(tx, world.keyring, world.act("author"), tree, Options(publish=True))

    with pytest.raises(Refused):
        world.do(attempt())
    with psycopg.connect(world.owner_url) as owner:
        assert owner.execute("select count(*) from tracks where slug = 'other'").fetchone() == (0,)


# The machine itself has a longer test of its own.
CHECKS: list[Check] = [writers_at_once, rewritten_with_its_own_hash, refused_apply]


def _functions(module: types.ModuleType) -> dict[str, types.FunctionType]:
    """Return the functions and methods that a module defines, by qualified name."""
    found = {}
    for value in vars(module).values():
        if inspect.isfunction(value) and value.__module__ == module.__name__:
            found[value.__qualname__] = inspect.unwrap(value)
        elif inspect.isclass(value) and value.__module__ == module.__name__:
            for method in vars(value).values():
                if inspect.isfunction(method):
                    found[method.__qualname__] = inspect.unwrap(method)
    return found
