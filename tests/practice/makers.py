"""Learners at work: a published challenge, somebody enrolled, a grader's token, verdicts, and a look behind."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import psycopg

from practice.enrollments import TrackTotals
from resolvers.context import Context
from schema.node import parsed_id
from sql.database import Pool
from tests.fix_api import PROGRESS, Answer, Api, uuid_of
from tests.versioning.makers import Tree, challenge, ids, of, rows
from workflows.publishing.recount import recount

PATH = "track/module/lesson/one"
TESTS: list[Tree] = [
    {"id": "t1", "text": "One.", "code": "assert(true)", "weight": 2},
    {"id": "t2", "text": "Two.", "code": "assert(true)", "weight": 1},
    {"id": "t3", "text": "Three.", "code": "assert(true)", "weight": 1, "hidden": True},
]
# Another test for the same challenge: a verdict of the one does not fit the other.
OTHER_TESTS: list[Tree] = [*TESTS[:2], {"id": "t4", "text": "Four.", "code": "assert(true)"}]
LESSON = "track/module/lesson"
CODE = {"html": "<h1>Mine</h1>"}
OWN = PROGRESS.replace("progress", "viewerProgress", 1)
PAGE = f"query ($path: String!) {{ challenge(path: $path) {{ id state version {{ id label }} {OWN} }} }}"
BOARD = """query ($id: ID!, $first: Int, $after: String) { leaderboard(challengeId: $id, first: $first, after: $after) {
    edges { cursor node { rank displayName bestScore totalAttempts completedAt } }
    pageInfo { hasNextPage endCursor } } }"""
DASHBOARD = """{ viewer { dashboard { track { slug } progressPercentage completedChallenges totalChallenges earnedPoints
    totalPoints newChallenges } } }"""
HISTORY = """query ($id: ID) { viewer { attempts(challengeId: $id, first: 100) { edges { node {
    id number status score version { label } challenge { path } hiddenPassed hiddenTotal
    results { testId outcome message } } } } } }"""

Told = tuple[int, int, float, int, int, int]


@dataclass(frozen=True, slots=True)
class Room:
    """A published challenge (``id``) with its author, a learner who is enrolled, and a grader's token."""

    author: Api
    learner: Api
    grader: Api
    id: str

    async def another(self, name: str) -> "Room":
        """Return the same room with another learner, enrolled too."""
        return replace(self, learner=await enrolled(self.author, name))

    async def page(self) -> Any:
        """Return the challenge as the learner sees it, None when they do not."""
        return (await self.learner.run(PAGE, path=PATH))["challenge"]

    async def progress(self) -> dict[str, Any]:
        """Return the learner's progress in it."""
        return dict((await self.page())["viewerProgress"])

    async def submit(self, **more: Any) -> str:
        """Submit work and return the attempt's id."""
        made = await self.learner.done("submitAttempt", **{"challengeId": self.id, "code": CODE} | more)
        return str(made["attempt"]["id"])

    async def grade(self, attempt: str, passed: str = "t1 t2 t3", *, tests: str = "t1 t2 t3") -> dict[str, Any]:
        """Record a verdict in which these tests passed and the others failed."""
        return await self.grader.done("gradeAttempt", attemptId=attempt, results=results(passed, tests))

    async def attempt(self, passed: str = "t1 t2 t3", **more: Any) -> dict[str, Any]:
        """Submit work and record its verdict; returns the grader's answer."""
        return await self.grade(await self.submit(), passed, **more)

    async def publish(self, **changes: Any) -> str:
        """Publish an edit and return its label; without one, that of other tests."""
        await self.author.edit(self.id, **changes or {"tests": OTHER_TESTS})
        return str((await self.author.publish(self.id))["version"]["label"])

    async def archive(self, *, back: bool = False) -> None:
        """Take the challenge out of service, or bring it back."""
        await archive(self.author, self.id, back=back)

    async def board(self, **page: Any) -> list[tuple[int, str]]:
        """Return ranks and names on its leaderboard."""
        return [(one["rank"], one["displayName"]) for one in await board(self.learner, self.id, **page)]


async def opened(author: Api, **changes: Any) -> Room:
    """Publish a challenge of three tests, the last one hidden, and enrol a learner."""
    found = await published(author, challenge("one", **{"tests": TESTS} | changes))
    return Room(author, await enrolled(author), await grading(author), found[PATH])


async def published(author: Api, *challenges: Tree) -> dict[str, str]:
    """Publish these challenges in the lesson ``track/module/lesson`` and return all ids by path."""
    await author.done("applyContent", tracks=of(*challenges), publish=True)
    return await ids(author)


async def enrolled(api: Api, name: str = "", track: str = "track") -> Api:
    """Return a learner who follows a track."""
    learner = await api.as_("learner", name)
    found = (await learner.run("query ($slug: String!) { track(slug: $slug) { id } }", slug=track))["track"]
    await learner.done("enroll", trackId=found["id"])
    return learner


async def grading(api: Api) -> Api:
    """Return a tool whose token grades and does nothing else."""
    return await api.as_("admin", "-tool", scopes=frozenset({"grade"}))


async def archive(author: Api, id: str, *, back: bool = False) -> None:
    """Take a challenge out of service, or bring it back."""
    hash = (await author.standing(id))["liveSetHash"]
    mutation = "unarchiveChallenge" if back else "archiveChallenge"
    await author.done(mutation, challengeId=id, liveSetHash=hash, reason="Why.")


def results(passed: str = "t1 t2 t3", tests: str = "t1 t2 t3") -> list[dict[str, Any]]:
    """Return a verdict's results for these tests, of which some passed."""
    return [{"testId": id, "outcome": "PASSED" if id in passed.split() else "FAILED"} for id in tests.split()]


async def board(viewer: Api, id: str, **page: Any) -> Any:
    """Return the entries of a leaderboard, None for a challenge that the viewer does not see."""
    found = (await viewer.run(BOARD, id=id, **page))["leaderboard"]
    return None if found is None else [edge["node"] for edge in found["edges"]]


async def dashboard(learner: Api) -> dict[str, dict[str, Any]]:
    """Return a learner's enrolments by track."""
    found = (await learner.run(DASHBOARD))["viewer"]["dashboard"]
    return {one.pop("track")["slug"]: one for one in found}


async def history(learner: Api, id: str | None = None) -> list[dict[str, Any]]:
    """Return a learner's attempts, newest first."""
    edges = (await learner.run(HISTORY, id=id))["viewer"]["attempts"]["edges"]
    return [edge["node"] for edge in edges]


async def refused_unchanged(owner_url: str, api: Api, mutation: str, **input: Any) -> list[tuple[str, str]]:
    """Send what must be refused and return codes and paths, having seen that no table changed."""
    before = await asyncio.to_thread(rows, owner_url)
    told = await api.refused(mutation, **input)
    assert await asyncio.to_thread(rows, owner_url) == before, "a refused mutation wrote something"
    return told


async def sent(api: Api, mutation: str, **input: Any) -> Answer:
    """Send a mutation that may be refused as a whole."""
    kind = mutation[0].upper() + mutation[1:]
    operation = f"mutation ($input: {kind}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code path }} }} }}"
    return await api.run(operation, input=input)


def looked_up(owner_url: str, statement: str, *values: object) -> Sequence[Any]:
    """Run a statement behind the gateway's back and return its rows, if it gives any."""
    with psycopg.connect(owner_url) as owner:
        cursor = owner.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


async def recounted(worker: Pool, track_id: UUID) -> int:
    """Count a track's learners anew as the worker does and return how many counts were changed."""
    return await recount(worker.database(), track_id)


@dataclass(slots=True)
class Kept(Api):
    """The API of a process that keeps the totals of tracks from one request to the next, as the gateway does."""

    totals: TrackTotals = field(default_factory=TrackTotals)

    def context(self) -> Context:
        return Context(self.viewer, self.pool.database(), self.keyring, self.clock, totals=self.totals)


@dataclass(frozen=True, slots=True)
class House:
    """A track of three challenges worth 10, 20 and 30 points, a learner in it, and a grader."""

    author: Api
    learner: Api
    grader: Api
    worker: Pool

    @property
    def user_id(self) -> UUID:
        assert self.learner.viewer.user_id is not None
        return self.learner.viewer.user_id

    async def id(self, path: str) -> str:
        return (await ids(self.author))[path]

    async def room(self, path: str) -> Room:
        return Room(self.author, self.learner, self.grader, await self.id(path))

    async def complete(self, *slugs: str, within: str = LESSON) -> None:
        for slug in slugs:
            graded = await (await self.room(f"{within}/{slug}")).attempt("t1", tests="t1")
            assert graded["attempt"]["score"] == 100

    async def apply(self, *tracks: Tree) -> None:
        await self.author.done("applyContent", tracks=list(tracks), publish=True)

    async def show(self, path: str, *, shown: bool) -> None:
        await self.author.done("setPublished", id=await self.id(path), published=shown)

    async def move(self, path: str, parent: str) -> None:
        await self.author.done("move", id=await self.id(path), parentId=await self.id(parent))

    async def recount(self, slug: str = "track") -> int:
        return await recounted(self.worker, uuid_of(await self.id(slug)))

    async def told(self, slug: str = "track") -> Told:
        """Return completed and all challenges, the percentage, earned and all points, and how many are new."""
        kept = await dashboard(self.learner)
        afresh = await dashboard(Api(self.learner.pool, self.learner.keyring, self.learner.clock, self.learner.viewer))
        assert kept == afresh, "totals that are kept are as exact as those that are not"
        one = kept[slug]
        done, points = (one["completedChallenges"], one["totalChallenges"]), (one["earnedPoints"], one["totalPoints"])
        return *done, one["progressPercentage"], *points, one["newChallenges"]


def parts(id: str) -> list[UUID]:
    """Return the uuids in a global id: of an attempt, its learner's and its own."""
    parsed = parsed_id(id)
    assert parsed is not None
    return list(parsed[1])
