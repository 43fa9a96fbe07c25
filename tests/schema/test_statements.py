"""No list field sends more statements as it grows: counted for every list of the schema, small and large."""

from typing import Any

import psycopg
import pytest
from graphql import GraphQLNonNull, GraphQLObjectType, get_named_type, is_list_type

from loaders.content.tree import modules_by_track_id
from loaders.content.versions import version_by_choice
from loaders.loader import Loader, ReadContext
from practice.statistics import refresh
from schema.api import schema
from sql.database import Pool
from tests.fix_api import TEST, Api
from tests.practice.makers import looked_up, opened
from tests.practice.movers import work
from tests.versioning.verdicts import keep_verdict

TREE = """
query ($slug: String!) { track(slug: $slug) { id slug title description
    modules { id slug title lessons { id slug title
        challenges { id slug path version { id label title difficulty points estimatedTimeMinutes } } } } } }
"""

# Every list and every page of the schema with what lies behind its entries; ``_cost`` closes the braces.
LISTS = {
    "Track.modules": "{ tracks { edges { node { modules { id path: slug track { slug",
    "Module.lessons": "{ tracks { edges { node { modules { lessons { id module { slug",
    "Lesson.challenges": "{ tracks { edges { node { modules { lessons { challenges { id path lesson { slug",
    "Query.tracks": "{ tracks { edges { cursor node { slug } } pageInfo { endCursor",
    "ChallengeVersion.tests": "{ %s { version { tests { testId text",
    "ChallengeVersion.hints": "{ %s { version { hints { text",
    "ChallengeVersion.libraries": "{ %s { version { hooks { beforeEach } libraries { name uploadedBy { id",
    "ChallengeVersion.sourceTests": "{ %s { version { sourceTests { testId code } solution { js",
    "Challenge.live": "{ %s { live { weight version { label publishedBy { id",
    "Challenge.versions": "{ %s { versions { edges { node { label restoredFrom { label } reviewedBy { id",
    "Challenge.history": """{ %s { history { edges { node { seq actor { id } subject { id } challenge { path }
        publication { hash } migration { policy state } before { version { label } } after { version { label""",
    "Challenge.diff": '{ %s { diff(from: "draft", to: "live") { fields { name } tests { testId } files { name',
    "Challenge.experiments": """{ %s { experiments { name startedBy { id } control { label }
        arms { version { label } exposures difference { low } } sampleRatio { ok } verdict { state winner { label""",
    "Challenge.neighbours": "{ %s { next { path } previous { path",
    "ChallengeDraft.reviews": "{ %s { draft { reviews { id reviewer { id } } reviewRequest { note } updatedBy { id",
    "ChallengeDraft.pastRevisions": "{ %s { draft { pastRevisions { revision savedBy { id } solution { js",
    "ChallengeDraft.tests": "{ %s { draft { tests { testId } hints { text",
    "ChallengeDraft.libraries": "{ %s { draft { libraries { hash source uploadedBy { id",
    "Query.testLibraries": "{ testLibraries { edges { node { name uploadedBy { id",
    "Query.drafts": "{ drafts { edges { node { challenge { path state } updatedBy { id",
    "Query.publications": """{ publications { edges { node { seq actor { id } inverseOf { seq }
        records { direct challenge { path } subject { id } before { version { label } } after { version { label""",
    "Viewer.dashboard": "{ viewer { dashboard { id track { slug } progressPercentage newChallenges",
    "Viewer.progress": """{ viewer { progress { edges { node { id status challenge { path } version { label }
        newerVersion { label } newerChanges headStatus completedVersion { label""",
    "Viewer.notices": """{ viewer { notices { edges { node { id kind challenge { path } from { label } to { label }
        changelog changes differences { name""",
    "Viewer.attempts": """{ viewer { attempts { edges { node { id challenge { path } version { label }
        learner { id } pageErrors { message } results { testId""",
    "Query.verdictsChanged": """{ verdictsChanged { edges { node { attempts challenges { path } versions { label }
        before { passed""",
    "TrackStatistics.challenges": """{ trackStatistics(slug: "t1") { refreshedAt
        challenges { challenge { path } difficulty completionRate""",
    "Query.operations": """{ operations { tableSizes { name } unusedIndexes { name } slowStatements { calls }
        partitions { name } jobQueue { task""",
    "Query.leaderboard": "query ($id: ID!) { leaderboard(challengeId: $id) { edges { node { rank displayName",
    "Challenge.viewerProgress": """{ %s { viewerProgress { status headStatus version { label }
        newerVersion { label } newerChanges""",
    "Query.releases": """{ releases { edges { node { name createdBy { id } publication { seq } failures { code }
        items { subject { id } challenge { path } version { label } addedBy { id } failures { code""",
    "Query.users": "{ users { edges { node { id displayName role",
    "Viewer.apiTokens": "{ viewer { apiTokens { id scopes } user { id",
    "Query.nodes": "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Challenge { path draft { revision",
}
CHALLENGES = 'track(slug: "t1") { modules { lessons { challenges'


SHARED = [{"name": "shared", "source": "const shared = 1;"}]


def _tree(challenges: int, lessons: int = 2) -> list[dict[str, Any]]:
    def challenge(number: int) -> dict[str, Any]:
        content = {"title": f"C{number}", "instructions": "Do it.", "difficulty": "EASY", "points": 1}
        return content | {
            "slug": f"c{number}",
            "estimatedTimeMinutes": 1,
            "tests": [TEST],
            "hints": [{"text": "Look."}],
            "libraries": ["shared"],
            "solution": {"js": f"let x = {number};"},
        }

    return [
        {
            "slug": "t1",
            "title": "T",
            "modules": [
                {
                    "slug": "m1",
                    "title": "M",
                    "lessons": [
                        {
                            "slug": f"l{n}",
                            "title": "L",
                            "challenges": [challenge(i) for i in range(challenges // lessons)],
                        }
                        for n in range(lessons)
                    ],
                }
            ],
        }
    ]


def test_every_list_of_the_schema_is_counted() -> None:
    lists = set()
    for name, kind in schema._schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__") and not name.endswith("Payload"):
            for field, definition in kind.fields.items():
                inner = definition.type.of_type if isinstance(definition.type, GraphQLNonNull) else definition.type
                target = get_named_type(definition.type)
                if (is_list_type(inner) or target.name.endswith("Connection")) and isinstance(
                    target, GraphQLObjectType
                ):
                    lists.add(f"{name}.{field}")
    within = {
        name for name in lists if name.partition(".")[0] in ("ChallengeDiff", "Operations", "PastDraft", "PublishPlan")
    }
    edges = {name for name in lists if name.endswith("Connection.edges")}
    asked = set(LISTS) | {"ChallengeDraft.hints"} | {"Publication.records"}
    asked |= {"Experiment.arms", "Notice.differences", "Release.items", "Release.failures", "ReleaseItem.failures"}
    asked |= {"PageRun.tests", "PublicationRecord.before", "PublicationRecord.after", "Attempt.results"}
    asked |= {"Attempt.pageErrors", "VerdictChange.challenges", "VerdictChange.versions"}
    # By tests/workflows/test_replay_steps.py, which has something to replay.
    asked |= {"Replay.tests", "Replay.samples", "ReplaySample.failed"}
    assert lists - within - edges - asked == set()


async def test_the_tree_costs_the_same_for_5_and_for_500_challenges(author: Api, owner_url: str) -> None:
    visitor = Api(author.pool, author.keyring, author.clock)
    await author.done("applyContent", libraries=SHARED, tracks=_tree(5, lessons=1), publish=True)
    small = await visitor.run(TREE, slug="t1")
    await author.done("applyContent", libraries=SHARED, tracks=_tree(500, lessons=10), publish=True)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("analyze")
    large = await visitor.run(TREE, slug="t1")
    shown = sum(len(lesson["challenges"]) for lesson in large["track"]["modules"][0]["lessons"])
    assert shown == 500
    assert large.meter.statements == small.meter.statements == 5
    assert large.meter.rows <= 2 * shown + 50


async def test_no_list_sends_more_statements_as_it_grows(api: Api, worker_pool: Pool, owner_url: str) -> None:
    admin = await api.as_("admin")
    await admin.done("applyContent", libraries=SHARED, tracks=_tree(2), publish=True)
    await _live(admin, rounds=1)
    await _practise(admin, challenges=1)
    await _offer(admin, worker_pool, challenges=1)
    await refresh(worker_pool.database())
    await _flip(worker_pool, owner_url, versions=1)
    small = {name: await _cost(admin, name) for name in LISTS}
    await admin.done("applyContent", libraries=SHARED, tracks=_tree(20), publish=True)
    await _live(admin, rounds=4)
    for number in range(5):
        await _practise(await admin.as_("learner", str(number)), challenges=1)
    await _practise(admin, challenges=12)
    await _offer(admin, worker_pool, challenges=12)
    await refresh(worker_pool.database())
    await _flip(worker_pool, owner_url, versions=12)
    large = {name: await _cost(admin, name) for name in LISTS}
    assert {name: (small[name], large[name]) for name in LISTS if large[name] > small[name]} == {}
    assert all(count > 0 for count in small.values())


async def _live(admin: Api, rounds: int) -> None:
    """Give challenges something of everything: versions, rollbacks, reviews, past drafts."""
    reviewer = await admin.as_("reviewer")
    ids = [edge["node"]["challenge"]["id"] for edge in (await admin.run(IDS))["drafts"]["edges"]][:4]
    for id in ids:
        for number in range(rounds):
            seen = await admin.edit(id, title=f"Round {number} of {rounds}")
            given = {"challengeId": id, "contentHash": seen["draft"]["contentHash"]}
            await admin.done("requestReview", **given, note="Please.")
            await reviewer.done("approveDraft", **given)
            published = await admin.publish(id)
            label = published["version"]["label"]
            made = await admin.experiment(id, {"v1.0": 50, label: 50})
            hash = (await admin.standing(id))["liveSetHash"]
            await admin.done("stopExperiment", experimentId=made["experiment"]["id"], liveSetHash=hash, reason="Over.")
            release = (await admin.done("createRelease", name=f"{label} again"))["release"]["id"]
            await admin.done("addToRelease", releaseId=release, item={"challengeId": id, "label": label})
            if id != ids[0]:
                await admin.done("addToRelease", releaseId=release, item={"challengeId": ids[0], "label": "v1.1"})


async def _practise(learner: Api, challenges: int) -> None:
    """Enrol, and begin, submit to and complete the first of the challenges."""
    admin = await learner.as_("admin")
    found = (await learner.run('{ track(slug: "t1") { id modules { lessons { challenges { id } } } } }'))["track"]
    await learner.done("enroll", trackId=found["id"])
    ids = [one["id"] for lesson in found["modules"][0]["lessons"] for one in lesson["challenges"]]
    grader = await admin.as_("admin", scopes=frozenset({"grade"}))
    for id in ids[:challenges]:
        made = await learner.done("submitAttempt", challengeId=id, code={"js": "let x;"})
        tests = [{"testId": "t1", "outcome": "PASSED"}]
        await grader.done("gradeAttempt", attemptId=made["attempt"]["id"], results=tests)


async def _flip(worker: Pool, owner_url: str, versions: int) -> None:
    """Let verdicts on a code under the tests of some versions say the opposite of earlier ones."""
    statement = "select distinct judged_hash from challenge_versions order by judged_hash limit %s"
    for (judged,) in looked_up(owner_url, statement, versions):
        await keep_verdict(worker, (judged, f"code {versions}"), "PASSED", protocol=1)
        await keep_verdict(worker, (judged, f"code {versions}"), "FAILED")


async def _offer(admin: Api, worker: Pool, challenges: int) -> None:
    """Roll the first of the challenges back from what their learner works on, and have that told."""
    edges = (await admin.run("{ viewer { progress(first: 100) { edges { node { challenge { id } } } } } }"))["viewer"]
    for id in [edge["node"]["challenge"]["id"] for edge in edges["progress"]["edges"]][:challenges]:
        await admin.edit(id, tests=[{**TEST, "code": f"assert.equal({challenges}, 1);"}])
        await admin.publish(id)
        await admin.done("adoptVersion", challengeId=id)
        await admin.rollback(id, "v1.0")
    await work(worker, admin.keyring)


ATTEMPTS = "{ viewer { attempts(first: 100) { edges { node { id } } } } }"
IDS = "{ drafts { edges { node { challenge { id } } } } }"


async def _cost(admin: Api, name: str) -> int:
    operation = LISTS[name]
    operation = operation.replace("%s", CHALLENGES)
    operation += "}" * (operation.count("{") - operation.count("}"))
    variables: dict[str, Any] = {}
    if name == "Query.leaderboard":
        first = await admin.run('{ track(slug: "t1") { modules { lessons { challenges { id } } } } }')
        variables["id"] = first["track"]["modules"][0]["lessons"][0]["challenges"][0]["id"]
    if name == "Query.nodes":
        variables["ids"] = [edge["node"]["challenge"]["id"] for edge in (await admin.run(IDS))["drafts"]["edges"]]
    answer = await admin.run(operation, **variables)
    assert answer.errors == [], (name, answer.errors)
    return answer.meter.statements


NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


async def test_a_hundred_nodes_of_a_type_cost_one_statement(author: Api) -> None:
    """Of a learner's work too, and of tokens; a visible track or challenge is one more, for all of them."""
    room = await opened(author)
    learner = room.learner
    for number in range(100):
        await author.done("createApiToken", name=f"Tool {number}", scopes=["CONTENT_READ"])
        await room.attempt()
    tokens = [token["id"] for token in (await author.run("{ viewer { apiTokens { id } } }"))["viewer"]["apiTokens"]]
    attempts = [node["node"]["id"] for node in (await learner.run(ATTEMPTS))["viewer"]["attempts"]["edges"]]
    assert len(set(tokens)) == len(set(attempts)) == 100
    assert await _nodes_cost(author, tokens) == (100, 1)
    assert await _nodes_cost(learner, tokens) == (0, 1)
    assert await _nodes_cost(learner, attempts) == (100, 1)
    assert await _nodes_cost(room.grader, attempts) == (100, 1)
    assert await _nodes_cost(author, attempts) == (0, 0)
    assert await _nodes_cost(learner, tokens[:50] + attempts[:50]) == (50, 2)


async def _nodes_cost(viewer: Api, ids: list[str]) -> tuple[int, int]:
    """Return how many of the ids are answered, and by how many statements."""
    answer = await viewer.run(NODES, ids=ids)
    found = [node["id"] for node in answer["nodes"] if node is not None]
    assert found == [id for id in ids if id in found]
    return len(found), answer.meter.statements


@pytest.mark.parametrize("broken", [modules_by_track_id, version_by_choice])
async def test_a_loader_that_does_not_batch_is_noticed(
    author: Api, broken: Loader[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count tells: a loader that answers key by key costs more for more keys."""
    await author.done("applyContent", libraries=SHARED, tracks=_tree(2), publish=True)
    await author.done("applyContent", libraries=SHARED, tracks=[_tree(2)[0] | {"slug": "t2"}], publish=True)
    operation = "{ tracks { edges { node { modules { lessons { challenges { version { title } } } } } } } }"
    batched = (await author.run(operation)).meter.statements
    _break(monkeypatch, broken)
    assert (await author.run(operation)).meter.statements > batched


def _break(monkeypatch: pytest.MonkeyPatch, loader: Loader[Any, Any]) -> None:
    fetch = loader.fetch

    async def one_by_one(ctx: ReadContext, keys: Any) -> Any:
        found: dict[Any, Any] = {}
        for key in keys:
            found |= await fetch(ctx, [key])
        return found

    monkeypatch.setitem(loader.__dict__, "fetch", one_by_one)
