"""A database in which every mutation of the schema has something to do, and an example of each."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

import psycopg

from accounts import people, sessions
from accounts.passwords import hashed
from accounts.people import Newcomer
from accounts.secrets import stored_hash
from core.ids import new_id
from resolvers.context import Viewer
from sandbox.work import PROTOCOL
from schema.fields import global_id
from tests.fix_api import Api
from tests.practice.makers import OTHER_TESTS, TESTS, Room, enrolled, grading, looked_up, parts, results
from tests.versioning.makers import challenge, ids, lesson, module, of, track

PASSWORD = "a good long sentence"
TREE = [
    track(
        module(
            lesson(*(challenge(slug, tests=TESTS) for slug in ("one", "two", "three", "four", "five", "six"))),
            lesson(slug="second"),
            lesson(slug="old"),
        ),
        module(slug="other"),
    )
]
# What each answers of what it did: enough to have it read again after the commit.
ASKED = {
    "signUp": "token viewer { user { id } }",
    "logIn": "token viewer { user { id } }",
    "createUser": "invitation user { id }",
    "createApiToken": "token apiToken { id }",
    "previewDraft": "run { id state }",
    "replayDraft": "replay { id state }",
    "publishChallenge": "version { label } publication { seq }",
    "submitAttempt": "attempt { id status }",
}


@dataclass(slots=True)
class World:
    """Everybody in it, and the ids of what they made, by a name."""

    visitor: Api
    admin: Api
    author: Api
    reviewer: Api
    learner: Api
    grader: Api
    owner_url: str
    ids: dict[str, str] = field(default_factory=dict)
    people: dict[str, Api] = field(default_factory=dict)
    drafts: dict[str, Any] = field(default_factory=dict)

    def live(self, slug: str) -> str:
        return str(self.drafts[slug]["liveSetHash"])

    def draft(self, slug: str) -> dict[str, Any]:
        return {"challengeId": self.ids[slug], "contentHash": self.drafts[slug]["draft"]["contentHash"]}

    def revision(self, slug: str) -> dict[str, Any]:
        return {"challengeId": self.ids[slug], "expectedRevision": self.drafts[slug]["draft"]["revision"]}

    def set(self, slug: str) -> dict[str, Any]:
        return {"challengeId": self.ids[slug], "liveSetHash": self.live(slug)}


async def world(api: Api, owner_url: str) -> World:
    """Make it in a migrated database without rows."""
    author = await api.as_("author")
    await author.done("applyContent", tracks=TREE, publish=True)
    made = World(
        api,
        await api.as_("admin"),
        author,
        await api.as_("reviewer"),
        await enrolled(author),
        await grading(author),
        owner_url,
    )
    for path, id in (await ids(author)).items():
        made.ids[path.rpartition("/")[2]] = id
    await _people(made)
    await _practice(made)
    await _content(made)
    await _running(made)
    for slug in ("one", "two", "three", "four", "five", "six"):
        made.drafts[slug] = await author.standing(made.ids[slug])
    return made


async def _people(made: World) -> None:
    pool, keyring = made.visitor.pool, made.visitor.keyring
    now = datetime.now(UTC)
    async with pool.database().transaction() as tx:
        ada = Newcomer("ada@example.org", "Ada")
        user = await people.add(tx, keyring, ada, role="learner", password_hash=await hashed(PASSWORD), at=now)
        secret = await sessions.begin(tx, user.id, now)
        await sessions.begin(tx, user.id, now)
    viewer = Viewer(user.id, "learner", "Ada", session=stored_hash(secret))
    made.people["ada"] = replace(made.visitor, viewer=viewer)
    gone = await made.visitor.as_("learner", "-gone")
    made.ids["ada"], made.ids["gone"] = (global_id("User", one.viewer.user_id) for one in (made.people["ada"], gone))
    await made.admin.done("suspendUser", userId=made.ids["gone"], reason="Away.")
    kept = await _answer(made.admin, "createApiToken", "apiToken { id }", name="Kept", scopes=["CONTENT_READ"])
    made.ids["token"] = kept["apiToken"]["id"]
    invited = await _answer(
        made.admin, "createUser", "invitation", email="i@example.org", displayName="I", role="AUTHOR"
    )
    made.ids["invitation"] = invited["invitation"].partition("#")[2]


async def _practice(made: World) -> None:
    """Attempts that wait, that ended without a verdict and that passed; a pin on what is not live any more, told of."""
    room = Room(made.author, made.learner, made.grader, made.ids["one"])
    await room.attempt()
    stuck = await room.submit(code={"html": "<h1>Stuck</h1>"})
    looked_up(
        made.owner_url,
        "update challenge_attempts set status = 'INCONCLUSIVE', run_status = 'INCONCLUSIVE' where id = %s",
        parts(stuck)[1],
    )
    made.ids["stuck"] = stuck
    await room.publish(tests=OTHER_TESTS)
    made.ids["queued"] = await Room(made.author, made.learner, made.grader, made.ids["three"]).submit()
    notice = new_id()
    looked_up(
        made.owner_url,
        "insert into notices (user_id, id, challenge_id, seq, kind, from_version_id, to_version_id, created_at)"
        " select p.user_id, %s, p.challenge_id, max(r.seq), 'OFFERED', p.pinned_version_id, v.id, now()"
        " from user_progress p join challenge_versions v on v.challenge_id = p.challenge_id and v.is_active"
        " join publication_records r on r.subject_id = p.challenge_id"
        " where v.id <> p.pinned_version_id group by p.user_id, p.challenge_id, p.pinned_version_id, v.id",
        notice,
    )
    made.ids["notice"] = global_id("Notice", made.learner.viewer.user_id, notice)


async def _content(made: World) -> None:
    """Two versions of some challenges, an experiment, releases of each state, an archived challenge and lesson."""
    author = made.author
    for slug in ("three", "four", "six"):
        await author.edit(made.ids[slug], title=f"{slug} again")
        await author.publish(made.ids[slug])
    started = await author.experiment(made.ids["three"], {"v1.0": 50, "v1.1": 50})
    made.ids["experiment"] = started["experiment"]["id"]
    await author.edit(made.ids["one"], title="One again")
    await author.edit(made.ids["five"], title="Five again")
    await author.edit(made.ids["six"], title="Six again and again")
    for name in ("planned", "scheduled", "published"):
        release = (await author.done("createRelease", name=name, changelog="All at once."))["release"]["id"]
        slug = "six" if name == "published" else "five"
        seen = await author.standing(made.ids[slug])
        item = {"challengeId": seen["id"], "contentHash": seen["draft"]["contentHash"]}
        await author.done("addToRelease", releaseId=release, item=item)
        made.ids[name] = release
    await author.done("scheduleRelease", releaseId=made.ids["scheduled"], at="2090-01-01T00:00:00Z")
    await author.done("publishRelease", releaseId=made.ids["published"], waitSeconds=0)
    hash = (await author.standing(made.ids["two"]))["liveSetHash"]
    await author.done("archiveChallenge", challengeId=made.ids["two"], liveSetHash=hash, reason="Old.")
    await author.done("archive", id=made.ids["old"], reason="Old.")


async def _running(made: World) -> None:
    """A run and a replay that are not over."""
    looked_up(
        made.owner_url,
        "insert into runners (id, protocol, seen_at, expected_until)"
        " values (gen_random_uuid(), %s, now(), now() + interval '1 hour')",
        PROTOCOL,
    )
    five = await made.author.standing(made.ids["five"])
    run = await _answer(made.author, "previewDraft", "run { id }", challengeId=five["id"], waitSeconds=0)
    made.ids["run"] = run["run"]["id"]
    replayed = await _answer(
        made.author, "replayDraft", "replay { id }", challengeId=made.ids["one"], seed=7, waitSeconds=0
    )
    made.ids["replay"] = replayed["replay"]["id"]


async def _answer(api: Api, mutation: str, shown: str, **input: Any) -> dict[str, Any]:
    payload = await send(api, mutation, input, shown)
    assert payload["userErrors"] == [], (mutation, payload)
    return payload


async def send(api: Api, mutation: str, input: dict[str, Any], shown: str | None = None) -> dict[str, Any]:
    """Run a mutation and return its payload; raises ``AssertionError`` for a top-level error."""
    kind = mutation[0].upper() + mutation[1:] + "Input!"
    asked = ASKED.get(mutation, "") if shown is None else shown
    text = f"mutation ($input: {kind}) {{ {mutation}(input: $input) {{ {asked} userErrors {{ code message path }} }} }}"
    return dict((await api.run(text, input=input))[mutation])


Example: TypeAlias = Callable[[World], tuple[Api, dict[str, Any]]]


def _by(who: str, **input: str) -> Example:
    """Return an example by somebody; each value names an id of the world."""
    return lambda w: (getattr(w, who), {name: w.ids[value] for name, value in input.items()})


def _arms(first: int) -> list[dict[str, Any]]:
    return [{"label": "v1.0", "weight": first}, {"label": "v1.1", "weight": 100 - first}]


WHY = {"reason": "Why."}
EXAMPLES: dict[str, Example] = {
    "signUp": lambda w: (w.visitor, {"email": "n@example.org", "password": PASSWORD, "displayName": "N"}),
    "logIn": lambda w: (w.visitor, {"email": "ada@example.org", "password": PASSWORD}),
    "logOut": lambda w: (w.people["ada"], {"everywhere": True}),
    "acceptInvitation": lambda w: (w.visitor, {"token": w.ids["invitation"], "password": PASSWORD}),
    "changePassword": lambda w: (w.people["ada"], {"currentPassword": PASSWORD, "newPassword": PASSWORD + "!"}),
    "createUser": lambda w: (w.admin, {"email": "u@example.org", "displayName": "U", "role": "REVIEWER"}),
    "setUserRole": lambda w: (w.admin, {"userId": w.ids["ada"], "role": "AUTHOR"}),
    "suspendUser": lambda w: (w.admin, {"userId": w.ids["ada"], **WHY}),
    "reinstateUser": lambda w: (w.admin, {"userId": w.ids["gone"], **WHY}),
    "updateProfile": lambda w: (w.people["ada"], {"displayName": "Ada L.", "hideFromLeaderboards": True}),
    "createApiToken": lambda w: (w.admin, {"name": "New", "scopes": ["CONTENT_READ"]}),
    "revokeApiToken": _by("admin", apiTokenId="token"),
    "enroll": lambda w: (w.people["ada"], {"trackId": w.ids["track"]}),
    "startChallenge": _by("learner", challengeId="four"),
    "submitAttempt": lambda w: (w.learner, {"challengeId": w.ids["four"], "code": {"js": "1;"}, "waitSeconds": 0}),
    "adoptVersion": _by("learner", challengeId="one"),
    "dismissNotice": _by("learner", noticeId="notice"),
    "gradeAttempt": lambda w: (w.grader, {"attemptId": w.ids["queued"], "results": results()}),
    "rejudgeAttempt": lambda w: (w.learner, {"attemptId": w.ids["stuck"], "waitSeconds": 0}),
    "createTrack": lambda w: (w.author, {"slug": "new", "title": "New", "position": 1}),
    "createModule": lambda w: (w.author, {"trackId": w.ids["track"], "slug": "new", "title": "New", "position": 1}),
    "createLesson": lambda w: (w.author, {"moduleId": w.ids["module"], "slug": "new", "title": "New", "position": 1}),
    "updateTrack": lambda w: (w.author, {"trackId": w.ids["track"], "slug": "renamed", "title": "Renamed"}),
    "updateModule": lambda w: (w.author, {"moduleId": w.ids["module"], "slug": "renamed", "title": "Renamed"}),
    "updateLesson": lambda w: (w.author, {"lessonId": w.ids["lesson"], "slug": "renamed", "title": "Renamed"}),
    "updateChallenge": lambda w: (w.author, {"challengeId": w.ids["one"], "slug": "renamed"}),
    "move": lambda w: (w.author, {"id": w.ids["lesson"], "parentId": w.ids["other"], "position": 1}),
    "setPublished": lambda w: (w.author, {"id": w.ids["lesson"], "published": False}),
    "archive": lambda w: (w.author, {"id": w.ids["second"], **WHY}),
    "unarchive": lambda w: (w.author, {"id": w.ids["old"], **WHY}),
    "createChallenge": lambda w: (
        w.author,
        {"lessonId": w.ids["lesson"], "slug": "new", "title": "New", "tests": TESTS, "solution": {"js": "1;"}},
    ),
    "updateChallengeDraft": lambda w: (w.author, {**w.revision("one"), "title": "Other", "solution": {"js": "2;"}}),
    "restoreDraft": lambda w: (w.author, {**w.revision("one"), "fromLabel": "v1.0"}),
    "approveDraft": lambda w: (w.reviewer, w.draft("one")),
    "requestChanges": lambda w: (w.reviewer, {**w.draft("one"), "note": "No."}),
    "requestReview": lambda w: (w.author, {**w.draft("one"), "note": "Please."}),
    "publishChallenge": lambda w: (
        w.author,
        {**w.draft("one"), **w.set("one"), "changelog": "More.", "bump": "MAJOR", "waitSeconds": 0},
    ),
    "rollbackChallenge": lambda w: (w.author, {**w.set("one"), "toLabel": "v1.0", **WHY}),
    "archiveChallenge": lambda w: (w.author, {**w.set("one"), **WHY}),
    "unarchiveChallenge": lambda w: (w.author, {**w.set("two"), **WHY}),
    "startExperiment": lambda w: (
        w.author,
        {**w.set("four"), "name": "N", "hypothesis": "", "arms": _arms(50), "controlLabel": "v1.0"},
    ),
    "reweighExperiment": lambda w: (
        w.author,
        {"experimentId": w.ids["experiment"], "liveSetHash": w.live("three"), "arms": _arms(20), **WHY},
    ),
    "stopExperiment": lambda w: (
        w.author,
        {"experimentId": w.ids["experiment"], "liveSetHash": w.live("three"), **WHY},
    ),
    "promoteVersion": lambda w: (
        w.author,
        {"experimentId": w.ids["experiment"], "liveSetHash": w.live("three"), "label": "v1.1", **WHY},
    ),
    "createRelease": lambda w: (w.author, {"name": "New", "changelog": "More."}),
    "addToRelease": lambda w: (
        w.author,
        {"releaseId": w.ids["planned"], "item": {"challengeId": w.ids["four"], "label": "v1.0"}},
    ),
    "removeFromRelease": _by("author", releaseId="planned", id="five"),
    "scheduleRelease": lambda w: (w.author, {"releaseId": w.ids["planned"], "at": "2090-01-01T00:00:00Z"}),
    "unscheduleRelease": _by("author", releaseId="scheduled"),
    "publishRelease": lambda w: (w.author, {"releaseId": w.ids["planned"], "waitSeconds": 0}),
    "revertRelease": lambda w: (w.author, {"releaseId": w.ids["published"], **WHY}),
    "applyContent": lambda w: (
        w.author,
        {
            "tracks": [*of(challenge("seven"), challenge("eight")), track(slug="more")],
            "libraries": [{"name": "shared", "source": "const shared = 1;"}],
            "publish": True,
            "waitSeconds": 0,
        },
    ),
    "refreshStatistics": _by("author"),
    "previewDraft": lambda w: (w.author, {"challengeId": w.ids["one"], "waitSeconds": 0}),
    "cancelRun": _by("author", runId="run"),
    "replayDraft": lambda w: (w.author, {"challengeId": w.ids["one"], "seed": 8, "waitSeconds": 0}),
    "cancelReplay": _by("author", replayId="replay"),
    "uploadTestLibrary": lambda w: (w.author, {"name": "mine", "source": "const mine = 1;"}),
}


class State:
    """A database as it was at one moment: how it differs from that now, and how to bring it back."""

    def __init__(self, owner_url: str) -> None:
        self._owner = psycopg.connect(owner_url, autocommit=True)
        self._columns: dict[str, str] = {}
        self._owner.execute("create schema kept")
        found = self._owner.execute(
            "select c.relname, string_agg(quote_ident(a.attname), ', ' order by a.attnum)"
            " from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " and a.attgenerated = '' where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"
            # A try to get in is counted by a transaction of its own, whatever becomes of it.
            " and not c.relispartition and c.relname <> 'rate_limits' group by c.relname"
        ).fetchall()
        for table, columns in found:
            self._columns[table] = columns
            self._owner.execute(f"create table kept.{table} as table public.{table}".encode())
        digests = (
            f"select '{table}' as name, count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) as digest"
            f" from (select {columns} from public.{table}) t"
            for table, columns in self._columns.items()
        )
        self._digests = " union all ".join(digests).encode()
        self._before = self._taken()

    def changes(self) -> dict[str, tuple[int, int]]:
        """Return, for each table that differs, how many rows are new or changed and how many are gone or changed."""
        now = self._taken()
        found = {}
        for table in (name for name, digest in now.items() if digest != self._before[name]):
            columns = self._columns[table]
            here, there = f"select {columns} from public.{table}", f"select {columns} from kept.{table}"
            (row,) = self._owner.execute(
                f"select (select count(*) from (({here}) except all ({there})) a),"
                f" (select count(*) from (({there}) except all ({here})) b)".encode()
            ).fetchall()
            found[table] = (int(row[0]), int(row[1]))
        return found

    def bring_back(self) -> None:
        """Put every row back as it was, whatever the tables' own rules say."""
        changed = self.changes()
        with self._owner.transaction():
            self._owner.execute("set local session_replication_role = replica")
            for table in changed:
                self._owner.execute(f"delete from public.{table}".encode())
                columns = self._columns[table]
                self._owner.execute(
                    f"insert into public.{table} ({columns}) overriding system value"
                    f" select {columns} from kept.{table}".encode()
                )
            self._owner.execute("delete from jobs.procrastinate_jobs where status = 'todo'")
        assert self.changes() == {}

    def _taken(self) -> dict[str, str]:
        return {str(name): str(digest) for name, digest in self._owner.execute(self._digests, prepare=True).fetchall()}

    def close(self) -> None:
        self._owner.close()
