"""One served database with an object of every type in it, and somebody of every audience to ask for them.

Everything is made by the mutations that make it in earnest, except what only a browser or the passing of time brings
about (verdicts, a replay's figures, a release's failures, roles that changed): that is written behind the gateway's
back.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from graphql import DocumentNode, ExecutionResult, GraphQLError, execute
from psycopg.types.json import Jsonb
from strawberry.execution import optimized_is_awaitable

from accounts import people, sessions, tokens
from accounts.people import Newcomer
from core.ids import new_id
from core.sealing import Keyring
from core.write_context import WriteContext
from practice import statistics
from resolvers.context import VISITOR, Viewer
from resolvers.people.sessions import viewer_of
from sandbox.work import PROTOCOL
from schema.api import schema
from schema.fields import global_id
from sql.database import Meter, Pool
from tests.fix_api import Answer, Api, arms, uuid_of
from tests.fix_database import ROLES
from tests.fix_gateway import PASSWORD_HASH, GatewayServer, serving
from tests.practice.makers import OTHER_TESTS, TESTS, looked_up, parts, results
from tests.practice.movers import work
from tests.versioning.makers import challenge, ids, module, of, track
from tests.versioning.releasing import planned, text

PEOPLE = {
    "learner": "learner",
    "other": "learner",
    "author": "author",
    "reviewer": "reviewer",
    "admin": "admin",
    "suspended": "admin",
}
PRACTISING = ("learner", "other", "author", "reviewer", "admin")
SCOPES = ("content:read", "content:write", "content:publish", "grade", "operate")
SECRET = "CODE-OF-THE-LEARNER"
CODE = ("Another's.", SECRET)
LESSON = "track/module/lesson/"
RUN_TESTS = [
    {"id": "t1", "outcome": "FAILED", "ms": 3, "message": "No.", "expected": "1", "actual": "2"},
    {"id": "t2", "outcome": "PASSED", "ms": 3, "message": None, "expected": None, "actual": None},
]
# Of 1,000 learners drawn for each arm far more complete the second one.
COUNTS = {
    "weight": 50,
    "exposures": 1000,
    "completions": 100,
    "begun": 900,
    "attempts": 2000,
    "scored": 900,
    "score_sum": 50_000,
    "completing_attempts": 200,
    "completing_squares": 500,
    "settled": 900,
    "abandoned": 0,
}
FAILURE = {"kind": "Stale", "message": "No.", "path": ["items", "0", "liveSetHash"], "expected": "a", "actual": "b"}


IdempotentCall = tuple[DocumentNode, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """What an operation answered: data, errors (the root field and the code of each), and what it cost."""

    data: dict[str, Any]
    errors: list[tuple[str, str]]
    meter: Meter


def _error(error: GraphQLError) -> tuple[str, str]:
    """Return where an error is and its code, or what it says where it has none."""
    return str((error.path or [""])[0]), getattr(error.original_error, "code", None) or str(error)


@dataclass
class World:
    """``secrets`` and ``viewers`` by audience, ``dead`` secrets by why they hold no more, and ``names``: what documents
    call ``$name``."""

    server: GatewayServer
    owner_url: str
    secrets: dict[str, str | None] = field(default_factory=lambda: {"visitor": None})
    viewers: dict[str, Viewer] = field(default_factory=lambda: {"visitor": VISITOR})
    dead: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def api(self, audience: str) -> Api:
        """Return the schema as somebody of that audience."""
        return Api(self.server.pool, self.server.keyring, lambda: datetime.now(UTC), self.viewers[audience])

    def run(self, audience: str, operation: str, **variables: Any) -> Answer:
        """Run an operation as somebody of that audience, without HTTP."""
        return self.server.do(self.api(audience).run(operation, **variables))

    def ask(self, audience: str, *asked: IdempotentCall) -> list[Told]:
        """Execute documents that are parsed and valid, one after the other, without HTTP."""
        return self.server.do(self._ask(audience, asked))

    async def _ask(self, audience: str, asked: Sequence[IdempotentCall]) -> list[Told]:
        told = []
        for document, variables in asked:
            context = self.api(audience).context()
            made = execute(
                schema._schema,
                document,
                context_value=context,
                variable_values=variables,
                is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # strawberry types it as a plain bool
                executor_class=schema.execution_context_class,
            )
            result = made if isinstance(made, ExecutionResult) else await made
            told.append(Told(result.data or {}, list(map(_error, result.errors or ())), context.database.meter))
        return told

    def back(self, statement: str, *values: object) -> Any:
        """Run a statement behind the gateway's back."""
        return looked_up(self.owner_url, statement, *values)


@contextmanager
def made(owner_url: str, gateway_url: str, keyring: Keyring) -> Iterator[World]:
    """Serve a migrated database, filled."""
    with serving(gateway_url, keyring) as server:
        world = World(server, owner_url)
        server.do(_people(world))
        server.do(_content(world))
        yield world


async def _people(world: World) -> None:
    """Make everybody, with a session and a token of each scope, also of scopes that their role has no more."""
    database, now = world.server.pool.database(), datetime.now(UTC)
    for name, role in PEOPLE.items():
        async with database.transaction() as tx:
            newcomer = Newcomer(f"{name}@example.org", name.capitalize())
            user = await people.add(
                tx, world.server.keyring, newcomer, role="admin", password_hash=PASSWORD_HASH, at=now
            )
            act, soon = WriteContext(user.id, now), now + timedelta(days=1)
            world.secrets[name] = await sessions.begin(tx, user.id, now)
            for scope in SCOPES:
                made = await tokens.create(tx, user, scope, [scope], soon, act)
                world.secrets[f"{name}/{scope}"] = made.secret
            if name == "author":
                expired, revoked = [await tokens.create(tx, user, why, ["grade"], soon, act) for why in ("old", "out")]
                await tokens.revoke(tx, revoked.token.id, act, owner=user.id)
                world.dead |= {"expired token": expired.secret, "revoked token": revoked.secret}
                world.dead["expired session"] = await sessions.begin(tx, user.id, now - timedelta(days=365))
                world.names["token"] = global_id("ApiToken", revoked.token.id)
        world.names[f"{name}_user"] = global_id("User", user.id)
        world.back("update users set role = %s where id = %s", role, user.id)
    world.back("update api_tokens set expires_at = created_at where name = 'old'")
    world.back("update api_tokens set last_used_at = now()")
    for name, secret in world.secrets.items():
        if secret is not None:
            viewer = await viewer_of(database, secret, now)
            assert viewer is not None
            world.viewers[name] = replace(viewer, session=None)  # so that logOut ends nothing that others use
    admin = world.api("admin")
    await admin.done("suspendUser", userId=world.names["suspended_user"], reason="Why.")
    for name in [name for name in world.secrets if name.startswith("suspended")]:
        secret = world.secrets.pop(name)
        assert secret is not None
        del world.viewers[name]
        world.dead[name] = secret


async def _content(world: World) -> None:
    """Make a track in which everything has happened once."""
    author, reviewer = world.api("author"), world.api("reviewer")
    library = "const one = 1;"
    await author.done("uploadTestLibrary", name="helpers", source=library)
    one = challenge(
        "one",
        tests=TESTS,
        libraries=["helpers"],
        hints=[{"text": "Look."}],
        starter={"html": "<p>"},
        solution={"html": "<h1>"},
    )
    hidden = challenge("hidden", tests=TESTS)
    named = [challenge(slug, tests=TESTS) for slug in ("two", "three", "four", "five")]
    await author.done("applyContent", tracks=of(one, *named), publish=True)
    await author.done("applyContent", tracks=of(hidden))
    await author.done("applyContent", tracks=[track(module(slug="more"))])
    paths = await ids(author)
    at = {path.rpartition("/")[2]: id for path, id in paths.items()}
    world.names |= {"path": f"{LESSON}one", "archived_path": f"{LESSON}five", "slug": "track"} | at
    await _learners(world, at)
    await _versions(world, author, reviewer, at)
    await _tree(author, at)
    await _experiment(world, author, at["three"])
    await _releases(world, author, at)
    await _runs(world, author, reviewer, at["one"])
    hash = (await author.standing(at["five"]))["liveSetHash"]
    await author.done("archiveChallenge", challengeId=at["five"], liveSetHash=hash, reason="Why.")
    await _jobs(world)
    await _private(world)


async def _learners(world: World, at: dict[str, str]) -> None:
    """Let everybody complete a challenge and begin others, before anything changes."""
    grader = world.api("admin/grade")
    for name in PRACTISING:
        learner = world.api(name)
        await learner.done("updateProfile", avatarUrl="https://example.org/a.png")
        await learner.done("enroll", trackId=at["track"])
        for slug in ("one", "two", "five"):
            await learner.done("startChallenge", challengeId=at[slug])
        made = await learner.done("submitAttempt", challengeId=at["one"], code={"html": CODE[name == "learner"]})
        world.names[f"{name}_attempt"] = attempt = made["attempt"]["id"]
        await grader.done("gradeAttempt", attemptId=attempt, results=results())
    page_error = {"kind": "EXCEPTION", "message": "No.", "file": "page.js", "line": 1, "column": 1}
    world.back(
        "update challenge_attempts set run_status = 'FINISHED', page_errors = %s,"
        """ results = jsonb_set(results, '{0,message}', '"Well done."')""",
        Jsonb([page_error]),
    )


async def _versions(world: World, author: Api, reviewer: Api, at: dict[str, str]) -> None:
    """Publish one three times, after a review and, from a restored text, by force; offer two another version."""
    hash = (await author.edit(at["one"], tests=OTHER_TESTS, instructions="Better."))["draft"]["contentHash"]
    await reviewer.done("approveDraft", challengeId=at["one"], contentHash=hash)
    await author.publish(at["one"])
    revision = (await author.standing(at["one"]))["draft"]["revision"]
    await author.done("restoreDraft", challengeId=at["one"], fromLabel="v1.0", expectedRevision=revision)
    await author.edit(at["one"], title="One again")
    await author.publish(at["one"], migration="FORCE", migrationReason="Test 4 was wrong.")
    await author.edit(at["two"], tests=OTHER_TESTS)
    await author.publish(at["two"])
    await author.rollback(at["two"], "v1.0")
    await author.rollback(at["two"], "v2.0")


async def _tree(author: Api, at: dict[str, str]) -> None:
    """Show, hide, move and rename nodes of the tree."""
    await author.done("setPublished", id=at["more"], published=False)
    await author.done("move", id=at["two"], position=1)
    await author.done("updateChallenge", challengeId=at["four"], slug="quatre")
    await author.done("updateTrack", trackId=at["track"], title="The track", description="What it is about.")


async def _experiment(world: World, author: Api, id: str) -> None:
    """Run an experiment to its end, and have it counted as if two thousand learners had come."""
    await author.edit(id, instructions="Better.")
    await author.publish(id)
    made = (await author.experiment(id, {"v1.0": 50, "v1.1": 50}))["experiment"]["id"]
    hash = (await author.standing(id))["liveSetHash"]
    given = {"experimentId": made, "label": "v1.1", "liveSetHash": hash, "reason": "Because."}
    await author.done("promoteVersion", **given)
    better = COUNTS | {"completions": 900}
    counts = [{"phase": 1, "version": 1} | COUNTS, {"phase": 1, "version": 2} | better]
    world.back("update publications set facts = jsonb_set(facts, '{counts}', %s) where kind = 'PROMOTE'", Jsonb(counts))
    world.names |= {"experiment": made, "arms": str(arms({"v1.0": 50, "v1.1": 50}))}


async def _releases(world: World, author: Api, at: dict[str, str]) -> None:
    """Publish a release and take it back; let another one fail as if its moment had come."""
    await author.edit(at["four"], instructions="Better.")
    release = await planned(
        author,
        await text(author, at["four"], changelog="Other words.", bump="MAJOR"),
        {"challengeId": at["two"], "label": "v1.0"},
        {"nodeId": at["more"], "published": True},
    )
    await author.done("publishRelease", releaseId=release)
    await author.done("revertRelease", releaseId=release, reason="Why.")
    failed = await planned(author, {"challengeId": at["two"], "label": "v1.0"})
    await author.done("scheduleRelease", releaseId=failed, at=(datetime.now(UTC) + timedelta(days=1)).isoformat())
    world.back(
        "update releases set state = 'FAILED', ended_at = now(), late_seconds = 1, failures = %s where id = %s",
        Jsonb([FAILURE | {"subject": str(uuid_of(at["two"]))}, FAILURE | {"path": [], "subject": None}]),
        uuid_of(failed),
    )
    world.names["release"] = release


async def _runs(world: World, author: Api, reviewer: Api, id: str) -> None:
    """Edit a draft again, have it reviewed, run and replayed, and note what a browser would have said."""
    seen = await author.edit(id, tests=OTHER_TESTS, instructions="Best.", hooks={"beforeAll": "x = 1;"})
    hash = seen["draft"]["contentHash"]
    await author.done("requestReview", challengeId=id, contentHash=hash, note="Please.")
    judged = await reviewer.done("requestChanges", challengeId=id, contentHash=hash, note="No.")
    world.back(
        "insert into runners values (gen_random_uuid(), 'Test', %s, 'None.', now())",
        PROTOCOL,
    )
    preview = "mutation ($input: PreviewDraftInput!) { previewDraft(input: $input) { run { id } } }"
    replay = "mutation ($input: ReplayDraftInput!) { replayDraft(input: $input) { replay { id } } }"
    run = (await author.run(preview, input={"challengeId": id}))["previewDraft"]["run"]["id"]
    replayed = (await author.run(replay, input={"challengeId": id}))["replayDraft"]["replay"]["id"]
    for part in ("solution_code_hash", "starter_code_hash"):
        world.back(
            "insert into verdicts (judged_hash, code_hash, engine, protocol, status, passed, tests, console,"
            f" page_errors, blocked, ms, confirmed, screenshot, made_at) select judged_hash, {part}, 'Test', %s,"
            """ 'FINISHED', false, %s, '["said"]', '["threw"]', '["http://x"]', 1, false, 'PNG'::bytea, now()"""
            " from runs",
            PROTOCOL,
            Jsonb(RUN_TESTS),
        )
    world.back("update runs set state = 'FINISHED', finished_at = now()")
    attempt = parts(world.names["learner_attempt"])
    world.back(
        "insert into replay_items (replay_id, ordinal, kind, code_hash, learners, user_id, created_at, attempt_id,"
        " outcome, failed) select %s, 1, 'ACCEPTED', code_hash, 1, user_id, created_at, id, 'FAILED', '{t1}'"
        " from challenge_attempts where id = %s",
        uuid_of(replayed),
        attempt[1],
    )
    world.back(
        "insert into verdicts (judged_hash, code_hash, engine, protocol, status, passed, tests, console, page_errors,"
        " blocked, ms, confirmed, made_at) select r.judged_hash, a.code_hash, 'Test', %s, 'FINISHED', false, %s, '[]',"
        " '[]', '[]', 1, false, now() from replays r, challenge_attempts a where a.id = %s",
        PROTOCOL,
        Jsonb(RUN_TESTS),
        attempt[1],
    )
    world.back(
        "update replays set state = 'FINISHED', finished_at = now(), found = 1, total = 1, done = 1, broken = 1,"
        """ broken_learners = 1, pinned = 1, in_progress = 1, completed = 1, breaks = '[{"id": "t1", "breaks": 1}]'"""
    )
    world.back(
        "insert into verdict_changes select %s, v.judged_hash, a.code_hash, false, false, true, 'Old', 1, now(), false,"
        " 'New', 2, now() from challenge_attempts a join challenge_versions v on v.id = a.version_id where a.id = %s",
        new_id(),
        attempt[1],
    )
    world.names |= {"run": run, "replay": replayed, "review": judged["review"]["id"]}


async def _jobs(world: World) -> None:
    """Do what is due, and count."""
    worker = Pool(world.owner_url, role=ROLES.worker, size=2, name="palimpsest worker")
    await worker.open()
    try:
        await work(worker, world.server.keyring)
        await statistics.refresh(worker.database())
    finally:
        await worker.close()


async def _private(world: World) -> None:
    """Find the ids of what is one's own, and put a notice away."""
    for name in PRACTISING:
        learner = world.api(name)
        user = learner.viewer.user_id
        found = world.back("select id from notices where user_id = %s order by id", user)
        assert len(found) >= 2
        notices = [global_id("Notice", user, id) for (id,) in found]
        await learner.done("dismissNotice", noticeId=notices[0])
        world.names[f"{name}_notice"] = notices[0]
        world.names[f"{name}_enrollment"] = global_id("Enrollment", user, uuid_of(world.names["track"]))
        for slug in ("one", "two"):
            id = uuid_of(world.names[slug])
            world.names[f"{name}_{slug}"] = global_id("ChallengeProgress", user, id)
    log: list[tuple[UUID]] = world.back("select id from publications order by seq desc limit 1")
    world.names["publication"] = global_id("Publication", log[0][0])
    live: list[tuple[UUID]] = world.back(
        "select id from challenge_versions where challenge_id = %s order by version", uuid_of(world.names["one"])
    )
    world.names |= {"version": global_id("ChallengeVersion", live[-1][0])}
    world.names |= {"former_version": global_id("ChallengeVersion", live[0][0])}
    world.names |= {"draft": global_id("ChallengeDraft", uuid_of(world.names["one"]))}
