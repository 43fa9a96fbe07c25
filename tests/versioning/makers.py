"""Content trees as ``applyContent`` takes them, and a look at the tables behind the gateway's back."""

from typing import Any

import psycopg

from resolvers.context import Context
from resolvers.people.settings import set_setting
from tests.fix_api import TEST, Api

Tree = dict[str, Any]


def challenge(slug: str = "one", **changes: Any) -> Tree:
    """Return a challenge as it is to be."""
    content = {"title": slug.capitalize(), "instructions": f"Write {slug}.", "difficulty": "EASY", "points": 10}
    return content | {"slug": slug, "estimatedTimeMinutes": 10, "tests": [TEST]} | changes


def lesson(*challenges: Tree, slug: str = "lesson", **changes: Any) -> Tree:
    """Return a lesson as it is to be."""
    return {"slug": slug, "title": slug.capitalize(), "challenges": list(challenges)} | changes


def module(*lessons: Tree, slug: str = "module", **changes: Any) -> Tree:
    """Return a module as it is to be."""
    return {"slug": slug, "title": slug.capitalize(), "lessons": list(lessons)} | changes


def track(*modules: Tree, slug: str = "track", **changes: Any) -> Tree:
    """Return a track as it is to be."""
    return {"slug": slug, "title": slug.capitalize(), "modules": list(modules)} | changes


def of(*challenges: Tree) -> list[Tree]:
    """Return the tree that has these challenges in its one lesson ``track/module/lesson``."""
    return [track(module(lesson(*challenges)))]


def rows(owner_url: str) -> dict[str, tuple[int, str]]:
    """Tell, for every table, how many rows it has and a digest of them all."""
    with psycopg.connect(owner_url) as owner:
        found = {}
        for (table,) in owner.execute("select tablename from pg_tables where schemaname = 'public'").fetchall():
            statement = f"select count(*), coalesce(md5(string_agg(t::text, '' order by t::text)), '') from {table} t"
            (row,) = owner.execute(statement.encode()).fetchall()
            found[table] = (row[0], row[1])
        return found


def dense(owner_url: str) -> bool:
    """Tell whether the positions under every parent, archived nodes included, are 1, 2, 3 without gap."""
    parents = {"tracks": "()", "modules": "track_id", "lessons": "module_id", "challenges": "lesson_id"}
    with psycopg.connect(owner_url) as owner:
        return not any(
            owner.execute(
                f"select from {table} group by {parent} having min(position) <> 1 or max(position) <> count(*)"
                " or count(distinct position) <> count(*)".encode()
            ).fetchall()
            for table, parent in parents.items()
        )


async def ids(author: Api) -> dict[str, str]:
    """Return the ids of everything in the tree by path, archived nodes included."""
    tracks = (await author.run(WHOLE))["tracks"]["edges"]
    found = {}
    for one in (edge["node"] for edge in tracks):
        found[one["slug"]] = one["id"]
        for two in one["modules"]:
            found[f"{one['slug']}/{two['slug']}"] = two["id"]
            for three in two["lessons"]:
                found[f"{one['slug']}/{two['slug']}/{three['slug']}"] = three["id"]
                found |= {four["path"]: four["id"] for four in three["challenges"]}
    return found


async def order(api: Api) -> list[str]:
    """Return the slugs of everything that the viewer sees, in the reading order of the tree."""
    tracks = (await api.run(WHOLE))["tracks"]["edges"]
    found: list[str] = []
    for one in (edge["node"] for edge in tracks):
        found.append(one["slug"])
        for two in one["modules"]:
            found.append(two["slug"])
            for three in two["lessons"]:
                found += [three["slug"], *(four["slug"] for four in three["challenges"])]
    return found


async def log(author: Api, first: int = 100) -> list[dict[str, Any]]:
    """Return the whole log, oldest first."""
    return [edge["node"] for edge in reversed((await author.run(LOG, first=first))["publications"]["edges"])]


async def setting(admin: Api, name: str, value: str) -> None:
    """Set a setting as an admin."""
    await set_setting(Context(admin.viewer, admin.pool.database(), admin.keyring, admin.clock), name, value)


def visitor(author: Api) -> Api:
    """Return the same API as somebody who is not signed in."""
    return Api(author.pool, author.keyring, author.clock)


WHOLE = """{ tracks(first: 100) { edges { node { id slug
    modules { id slug lessons { id slug challenges { id slug path } } } } } } }"""
LOG = """query ($first: Int) { publications(first: $first) { edges { node { seq kind reason records {
    subject { id slug } publishedBefore publishedAfter
    before { version { label } weight } after { version { label } weight }
    placeBefore { path position title description } placeAfter { path position title description }
} } } } }"""
