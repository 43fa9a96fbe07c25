"""The schema without HTTP: operations run in the test's own loop, as a person of any role."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from accounts import people
from accounts.people import Newcomer
from core.ids import new_id
from core.sealing import Keyring
from resolvers.context import VISITOR, Context, Viewer
from schema.api import schema
from schema.node import parsed_id
from sql.database import Meter, Pool

TEST = {"id": "t1", "text": "It has a heading.", "code": "assert.ok(document.querySelector('h1'));"}


@dataclass(slots=True)
class Answer:
    """What an operation answered, and what it cost."""

    data: dict[str, Any]
    errors: list[dict[str, Any]]
    meter: Meter

    def __getitem__(self, name: str) -> Any:
        assert not self.errors, self.errors
        return self.data[name]

    @property
    def codes(self) -> list[str]:
        """The codes of the top-level errors."""
        return [error["code"] for error in self.errors]


@dataclass(slots=True)
class Api:
    """Sends operations as whoever it is made for; ``as_`` makes the same for another role."""

    pool: Pool
    keyring: Keyring
    clock: Callable[[], datetime]
    viewer: Viewer = VISITOR
    people: dict[str, Viewer] = field(default_factory=dict)

    async def as_(self, role: str, name: str = "", scopes: frozenset[Any] | None = None) -> "Api":
        """Return the same API for a person of that role; ``name`` tells several apart."""
        key = f"{role}{name}"
        if key not in self.people:
            newcomer = Newcomer(f"{key}@example.org", key.capitalize())
            async with self.pool.database().transaction() as tx:
                user = await people.add(tx, self.keyring, newcomer, role=role, password_hash="-", at=datetime.now(UTC))
            self.people[key] = Viewer(user.id, role, user.display_name)  # type: ignore[arg-type]  # one of the four roles
        viewer = self.people[key]
        if scopes is not None:
            viewer = Viewer(viewer.user_id, viewer.role, viewer.display_name, scopes, token_id=new_id())
        return Api(self.pool, self.keyring, self.clock, viewer, self.people)

    def context(self) -> Context:
        """Return what a request of this person's hands to resolvers."""
        return Context(self.viewer, self.pool.database(), self.keyring, self.clock)

    async def run(self, operation: str, **variables: Any) -> Answer:
        """Run an operation and return its answer."""
        context = self.context()
        database = context.database
        result = await schema.execute(operation, variable_values=variables, context_value=context)
        errors = []
        for error in result.errors or ():
            cause = error.original_error
            errors.append({"message": error.message, "code": getattr(cause, "code", type(cause).__name__)})
        return Answer(result.data or {}, errors, database.meter)

    async def do(self, mutation: str, **input: Any) -> dict[str, Any]:
        """Run a mutation by name and return its payload, its parts as far as tests look at them."""
        kind = mutation[0].upper() + mutation[1:] + "Input!"
        operation = (
            f"mutation ($input: {kind}) {{ {mutation}(input: $input) {{ {SHOWN.get(mutation, '')} {ERRORS} }} }}"
        )
        payload: dict[str, Any] = (await self.run(operation, input=input))[mutation]
        return payload

    async def done(self, mutation: str, **input: Any) -> dict[str, Any]:
        """Run a mutation that must not be refused."""
        payload = await self.do(mutation, **input)
        assert payload["userErrors"] == []
        return payload

    async def refused(self, mutation: str, **input: Any) -> list[tuple[str, str]]:
        """Run a mutation that must be refused and return the codes and paths of its errors."""
        errors = (await self.do(mutation, **input))["userErrors"]
        assert errors
        return [(error["code"], ".".join(error["path"])) for error in errors]

    async def challenge(self, slug: str = "one", **fields: Any) -> dict[str, Any]:
        """Create a challenge in the lesson ``track/module/lesson``, which is made and shown at first use."""
        path = "track/module/lesson"
        applied = await self.do(
            "applyContent",
            publish=True,
            tracks=[
                {
                    "slug": "track",
                    "title": "Track",
                    "modules": [
                        {"slug": "module", "title": "Module", "lessons": [{"slug": "lesson", "title": "Lesson"}]}
                    ],
                }
            ],
        )
        assert applied["userErrors"] == []
        node = (await self.run("{ tracks(first: 1) { edges { node { modules { lessons { id } } } } } }"))["tracks"]
        lesson = node["edges"][0]["node"]["modules"][0]["lessons"][0]["id"]
        given = {"title": "One", "instructions": "Write a heading.", "tests": [TEST]} | fields
        made = await self.done("createChallenge", lessonId=lesson, slug=slug, **given)
        assert made["challenge"]["path"] == f"{path}/{slug}"
        return await self.standing(made["challenge"]["id"])

    async def standing(self, id: str) -> dict[str, Any]:
        """Return what a writer reads of a challenge before changing it."""
        return dict((await self.run(STANDING, id=id))["node"])

    async def edit(self, id: str, **fields: Any) -> dict[str, Any]:
        """Save an edit of a draft and return how the challenge stands."""
        revision = (await self.standing(id))["draft"]["revision"]
        await self.done("updateChallengeDraft", challengeId=id, expectedRevision=revision, **fields)
        return await self.standing(id)

    async def publish(self, id: str, changelog: str = "Something.", **more: Any) -> dict[str, Any]:
        """Publish a draft as it stands."""
        seen = await self.standing(id)
        return await self.done(
            "publishChallenge",
            challengeId=id,
            contentHash=seen["draft"]["contentHash"],
            liveSetHash=seen["liveSetHash"],
            changelog=changelog,
            **more,
        )

    async def rollback(self, id: str, label: str, reason: str = "It was better.", **more: Any) -> dict[str, Any]:
        """Roll back to a label as things stand."""
        seen = await self.standing(id)
        return await self.done(
            "rollbackChallenge", challengeId=id, toLabel=label, liveSetHash=seen["liveSetHash"], reason=reason, **more
        )

    async def experiment(self, id: str, weights: dict[str, int], **more: Any) -> dict[str, Any]:
        """Start an experiment with these weights by label, the first one the control, and return the payload."""
        return await self.done(
            "startExperiment",
            **{
                "challengeId": id,
                "name": "Which?",
                "hypothesis": "The other.",
                "arms": arms(weights),
                "controlLabel": next(iter(weights)),
                "liveSetHash": (await self.standing(id))["liveSetHash"],
            }
            | more,
        )

    async def results(self, experiment_id: str) -> dict[str, Any]:
        """Return what an experiment shows."""
        return dict((await self.run(RESULTS, id=experiment_id))["node"])


def arms(weights: dict[str, int]) -> list[dict[str, Any]]:
    """Return arms as inputs take them."""
    return [{"label": label, "weight": weight} for label, weight in weights.items()]


ERRORS = "userErrors { code message path expected actual }"
VERSION = "version { id label number isActive weight contentHash changelog }"
PUBLICATION = "publication { seq kind inverseOf { seq } }"
PROGRESS = (
    "progress { id status bestScore totalAttempts lastAttemptAt completedAt version { id label }"
    " newerVersion { id label } completedVersion { label } }"
)
EXPERIMENT = f"experiment {{ id name state phase arms {{ version {{ label }} weight }} }} {PUBLICATION}"
RELEASE = "release { id state scheduledAt lateSeconds items { subject { id } title } failures { code message path } }"
SHOWN = {
    "createTrack": "track { id slug state position }",
    "createModule": "module { id slug state position }",
    "createLesson": "lesson { id slug state position }",
    "createChallenge": "challenge { id slug path state position } draft { id revision contentHash }",
    "updateTrack": "track { id slug title description }",
    "updateModule": "module { id slug title }",
    "updateLesson": "lesson { id slug title }",
    "updateChallenge": "challenge { id slug path }",
    "move": "node { id }",
    "setPublished": "node { id state }",
    "archive": "node { id state }",
    "unarchive": "node { id state }",
    "updateChallengeDraft": "draft { id revision contentHash title tests { testId text } }",
    "restoreDraft": "draft { id revision contentHash }",
    "approveDraft": "review { id verdict contentHash }",
    "requestChanges": "review { id verdict contentHash }",
    "requestReview": "draft { id contentHash reviewRequest { note } }",
    "publishChallenge": f"challenge {{ id state liveSetHash }} {VERSION} {PUBLICATION}",
    "rollbackChallenge": f"challenge {{ id state liveSetHash }} {VERSION} {PUBLICATION}",
    "archiveChallenge": f"challenge {{ id state }} {PUBLICATION}",
    "unarchiveChallenge": f"challenge {{ id state }} {PUBLICATION}",
    "enroll": "enrollment { id progressPercentage totalChallenges completedChallenges track { slug } }",
    "startChallenge": f"{PROGRESS}",
    "submitAttempt": f"attempt {{ id number status score version {{ label }} }} {PROGRESS}",
    "adoptVersion": f"{PROGRESS}",
    "dismissNotice": "notice { id seenAt }",
    "gradeAttempt": f"attempt {{ id status score hiddenPassed hiddenTotal results {{ testId outcome }} }} {PROGRESS}",
    "startExperiment": f"{EXPERIMENT}",
    "reweighExperiment": f"{EXPERIMENT}",
    "stopExperiment": f"{EXPERIMENT}",
    "promoteVersion": f"{EXPERIMENT} version {{ id label isActive }}",
    **dict.fromkeys(["createRelease", "addToRelease", "removeFromRelease"], RELEASE),
    **dict.fromkeys(["scheduleRelease", "unscheduleRelease"], RELEASE),
    **dict.fromkeys(["publishRelease", "revertRelease"], f"{RELEASE} {PUBLICATION}"),
    "applyContent": "created updated unchanged archived published changes { path action message }",
}
RESULTS = """
query ($id: ID!) { node(id: $id) { ... on Experiment { name state phase startedAt stoppedAt control { label }
    arms { version { label } weight exposures completions completion { estimate low high }
        difference { estimate low high } averageAttempts averageScore }
    sampleRatio { ok pValue } verdict { state winner { label } reason } } } }
"""
STANDING = """
query ($id: ID!) { node(id: $id) { ... on Challenge {
    id path state liveSetHash live { version { label } weight }
    draft { id revision contentHash title instructions points tests { testId text code weight hidden } }
} } }
"""


@pytest.fixture
async def api(pool: Pool, keyring: Keyring) -> Api:
    """The API as a visitor."""
    return Api(pool, keyring, lambda: datetime.now(UTC))


@pytest.fixture
async def author(api: Api) -> Api:
    """The API as an author."""
    return await api.as_("author")


def uuid_of(id: str) -> UUID:
    """Return the uuid in a global id."""
    parsed = parsed_id(id)
    assert parsed is not None
    return parsed[1][0]
