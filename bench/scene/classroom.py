"""A challenge with an author and many learners, for trials of what happens when much of it changes at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from accounts.secrets import stored_hash
from core.ids import new_id
from core.sealing import Keyring
from loaders.content.experiments import DrawnAnew
from resolvers.context import Context, Viewer
from schema.api import schema
from sql.database import Pool

PATH = "track/module/lesson/one"
STANDING = """query ($path: String!) { challenge(path: $path) { id liveSetHash live { version { label } weight }
    draft { revision contentHash } } }"""
LONG_FROM_NOW = datetime(2100, 1, 1, tzinfo=UTC)
TURNS = 5
ERRORS = "userErrors { code message path }"


class NotDone(Exception):
    """A mutation was refused; ``codes`` says for what."""

    def __init__(self, codes: list[str], message: str) -> None:
        super().__init__(message)
        self.codes = codes


@dataclass(slots=True)
class Classroom:
    """Everybody in it; each learner follows the track."""

    pool: Pool
    keyring: Keyring
    author: Viewer
    grader: Viewer
    learners: list[Viewer]

    async def ask(self, viewer: Viewer, operation: str, **variables: Any) -> dict[str, Any]:
        """Run an operation as somebody; raises ``RuntimeError`` for a top-level error.

        A query that met a change of an experiment is asked again, as the gateway does.
        """
        for _ in range(TURNS):
            context = Context(viewer, self.pool.database(), self.keyring, lambda: datetime.now(UTC))
            result = await schema.execute(operation, variable_values=variables, context_value=context)
            if not any(isinstance(error.original_error, DrawnAnew) for error in result.errors or ()):
                break
        if result.errors:
            raise RuntimeError(str(result.errors[0]))
        assert result.data is not None
        return result.data

    async def do(self, viewer: Viewer, mutation: str, shown: str = "", **input: Any) -> dict[str, Any]:
        """Run a mutation as somebody; raises ``NotDone`` when it is refused."""
        kind = mutation[0].upper() + mutation[1:]
        operation = f"mutation ($input: {kind}Input!) {{ {mutation}(input: $input) {{ {shown} {ERRORS} }} }}"
        payload: dict[str, Any] = (await self.ask(viewer, operation, input=input))[mutation]
        if errors := payload["userErrors"]:
            raise NotDone([error["code"] for error in errors], f"{mutation}: {errors[0]['message']}")
        return payload

    async def standing(self) -> dict[str, Any]:
        """Return how the challenge stands, as its author sees it."""
        return dict((await self.ask(self.author, STANDING, path=PATH))["challenge"])

    async def publish(self, **changes: Any) -> str:
        """Publish an edit of the draft and return its label."""
        seen = await self.standing()
        edit = {"challengeId": seen["id"], "expectedRevision": seen["draft"]["revision"]}
        await self.do(self.author, "updateChallengeDraft", **edit | changes)
        seen = await self.standing()
        made = await self.do(
            self.author,
            "publishChallenge",
            "version { label }",
            challengeId=seen["id"],
            contentHash=seen["draft"]["contentHash"],
            liveSetHash=seen["liveSetHash"],
            changelog="Something.",
        )
        return str(made["version"]["label"])

    async def start(self, weights: dict[str, int]) -> str:
        """Start an experiment with these weights, the first of them the control, and return its id."""
        seen = await self.standing()
        made = await self.do(
            self.author,
            "startExperiment",
            "experiment { id }",
            challengeId=seen["id"],
            name="Which?",
            hypothesis="",
            arms=arms(weights),
            controlLabel=next(iter(weights)),
            liveSetHash=seen["liveSetHash"],
        )
        return str(made["experiment"]["id"])

    async def reweigh(self, experiment: str, weights: dict[str, int]) -> None:
        """Give an experiment other weights."""
        hash = (await self.standing())["liveSetHash"]
        given = {"experimentId": experiment, "arms": arms(weights), "liveSetHash": hash, "reason": "To try."}
        await self.do(self.author, "reweighExperiment", **given)


def arms(weights: dict[str, int]) -> list[dict[str, Any]]:
    """Return arms as inputs take them."""
    return [{"label": label, "weight": weight} for label, weight in weights.items()]


async def classroom(owner_url: str, pool: Pool, keyring: Keyring, learners: int, tests: Sequence[Any]) -> Classroom:
    """Publish a challenge of these tests in an empty, migrated database, and fill the room with learners.

    The session of the learner numbered n is ``learner-n``.
    """
    people = [new_id() for _ in range(learners + 1)]
    author, *enrolled = people
    with psycopg.connect(owner_url) as owner, owner.cursor() as cursor:
        cursor.execute("insert into settings values ('verdicts_required', '0'), ('attempts_judged_by', 'grader')")
        cursor.execute(
            "insert into users (id, kind, display_name, role, created_at)"
            " values (%s, 'service', 'author', 'admin', now())",
            [author],
        )
        columns = "id, kind, display_name, role, email_hash, email_sealed, created_at"
        with cursor.copy(f"copy users ({columns}) from stdin".encode()) as copy:
            for number, id in enumerate(enrolled):
                copy.write_row((id, "person", f"Learner {number}", "learner", id.bytes, id.bytes, datetime.now(UTC)))
        with cursor.copy("copy sessions (token_hash, user_id, created_at, expires_at) from stdin") as copy:
            for number, id in enumerate(enrolled):
                copy.write_row((stored_hash(f"learner-{number}"), id, datetime.now(UTC), LONG_FROM_NOW))
    made = Classroom(
        pool,
        keyring,
        Viewer(author, "admin", "author"),
        Viewer(author, "admin", "author", frozenset({"grade"})),
        [Viewer(id, "learner", f"Learner {number}") for number, id in enumerate(enrolled)],
    )
    challenge = {"slug": "one", "title": "One", "instructions": "First.", "difficulty": "EASY", "points": 10}
    challenges = [challenge | {"estimatedTimeMinutes": 5, "tests": list(tests)}]
    lessons = [{"slug": "lesson", "title": "L", "challenges": challenges}]
    tree = [{"slug": "track", "title": "T", "modules": [{"slug": "module", "title": "M", "lessons": lessons}]}]
    await made.do(made.author, "applyContent", tracks=tree, publish=True)
    with psycopg.connect(owner_url) as owner:
        owner.execute(
            """insert into user_enrollments (user_id, track_id, enrolled_at)
            select u.id, t.id, now() from users u cross join tracks t where u.role = 'learner'"""
        )
        owner.execute("insert into user_enrollments select %s, id, now() from tracks", [author])
    return made
