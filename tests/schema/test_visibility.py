"""Who sees what: everything that is hidden stays hidden, whatever is asked, and costs as much as what is not there."""

from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from core.ids import new_id
from resolvers.policy import may_read_content
from schema.api import DECLARATIONS, schema
from schema.fields import global_id
from schema.node import parsed_id
from tests.fix_api import TEST, Api, uuid_of
from tests.versioning.makers import challenge, ids, lesson, module, of, track

MARK = "SECRET-OF-AUTHORS"
PATH = "track/module/lesson/one"
TYPES = schema._schema.type_map
ARGUMENTS = {"diff": '(from: "draft", to: "v1.0")', "versions": "(first: 5)", "history": "(first: 5)"}
GUARDED = {name: field.python_name for name, field in DECLARATIONS.items() if field.see is may_read_content}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _selection(kind: Any, depth: int) -> str:
    """Select every field of a type down to a depth, with every type that an interface may stand for."""
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
        parts = [f"... on {one.name} {_selection(one, depth)}" for one in schema._schema.get_possible_types(named)]
        return "{ __typename " + " ".join(parts) + " }"
    assert isinstance(named, GraphQLObjectType)
    fields = []
    for name, field in named.fields.items():
        if is_leaf_type(get_named_type(field.type)):
            fields.append(f"{named.name}_{name}: {name}")
        elif depth > 0:
            below = _selection(field.type, depth - 1)
            given = ARGUMENTS.get(name, "") if field.args else ""
            fields.append(f"{named.name}_{name}: {name}{given} {below}")
    return "{ __typename " + " ".join(fields) + " }"


@dataclass(frozen=True)
class House:
    """A tree with something hidden of each kind; ``hidden`` are global ids, ``paths`` addresses."""

    author: Api
    readers: tuple[Api, ...]
    hidden: dict[str, str]
    paths: tuple[str, ...]
    live: str


@pytest.fixture
async def house(api: Api) -> House:
    """Plant the mark in everything that learners must not see, and make readers of every kind."""
    author = await api.as_("author")
    marked = challenge("drafted", title=MARK, instructions=MARK, starter={"html": MARK}, hints=[{"text": MARK}])
    secret = TEST | {"id": "t2", "text": MARK, "code": f"'{MARK}'", "hidden": True}
    one = challenge("one", solution={"js": MARK}, tests=[TEST | {"code": f"'{MARK}'"}, secret])
    hide = challenge("hide", title=MARK)
    wide = track(
        module(lesson(challenge("zero"), one, challenge("gone", title=MARK), challenge("two"))),
        module(lesson(hide, slug="l", title=MARK), slug="hidden", title=MARK),
        module(lesson(hide, slug="l", title=MARK), slug="old", title=MARK),
    )
    rest = track(module(lesson(hide, slug="l", title=MARK), slug="m", title=MARK), slug="unseen", title=MARK)
    old = of(one | {"title": MARK, "instructions": MARK, "hints": [{"text": MARK}], "starter": {"css": MARK}})
    await author.done("applyContent", tracks=old, publish=True, changelog=MARK)
    await author.done("applyContent", tracks=[wide, rest | {"description": MARK}], publish=True, changelog="Better.")
    await author.done("applyContent", tracks=of(marked))
    found = await ids(author)
    await author.edit(found[PATH], title=MARK, instructions=MARK, starter={"js": MARK}, hints=[{"text": MARK}])
    await author.done("updateModule", moduleId=found["track/hidden"], slug="hidden-now")
    await author.done("setPublished", id=found["track/hidden"], published=False)
    await author.done("archive", id=found["track/old"], reason=MARK)
    await author.done("setPublished", id=found["unseen"], published=False)
    gone = found["track/module/lesson/gone"]
    hash = (await author.standing(gone))["liveSetHash"]
    await author.done("archiveChallenge", challengeId=gone, liveSetHash=hash, reason=MARK)
    seen = (await author.standing(found[PATH]))["draft"]["contentHash"]
    reviewer = await api.as_("reviewer")
    judged = await reviewer.done("requestChanges", challengeId=found[PATH], contentHash=seen, note=MARK)
    await author.done("requestReview", challengeId=found[PATH], contentHash=seen, note=MARK)
    versions = (await author.run(VERSIONS, id=found[PATH]))["node"]["versions"]["edges"]
    current, former = (edge["node"]["id"] for edge in versions)
    gone_version = (await author.run(VERSIONS, id=gone))["node"]["versions"]["edges"][0]["node"]["id"]
    deep = (await author.run(VERSIONS, id=found["track/hidden/l/hide"]))["node"]["versions"]["edges"][0]["node"]["id"]
    log = (await author.run("{ publications(first: 1) { edges { node { id } } } }"))["publications"]["edges"]
    hidden = {
        "unpublished challenge": found["track/module/lesson/drafted"],
        "archived challenge": gone,
        "hidden module": found["track/hidden"],
        "lesson of a hidden module": found["track/hidden/l"],
        "challenge of a hidden module": found["track/hidden/l/hide"],
        "archived module": found["track/old"],
        "lesson of an archived module": found["track/old/l"],
        "challenge of an archived module": found["track/old/l/hide"],
        "hidden track": found["unseen"],
        "module of a hidden track": found["unseen/m"],
        "former version": former,
        "version of an archived challenge": gone_version,
        "version below a hidden module": deep,
        "draft": global_id("ChallengeDraft", uuid_of(found[PATH])),
        "publication": log[0]["node"]["id"],
        "review": judged["review"]["id"],
    }
    paths = (
        "track/module/lesson/drafted",
        "track/module/lesson/gone",
        "track/hidden/l/hide",
        "track/hidden-now/l/hide",
        "track/old/l/hide",
        "unseen/m/l/hide",
    )
    grader = await api.as_("author", "tool", scopes=frozenset({"grade", "operate"}))
    every = frozenset({"content:read", "content:write", "content:publish", "grade", "operate"})
    readers = (api, await api.as_("learner"), await api.as_("learner", "tool", scopes=every), grader)
    return House(author, readers, hidden, paths, current)


async def test_every_guarded_field_is_null_to_readers_and_costs_nothing(house: House) -> None:
    owners: dict[str, list[str]] = {}
    for name in GUARDED:
        owner, _, field = name.partition(".")
        owners.setdefault(owner, []).append(_camel(field))
    assert set(owners) == {"Challenge", "ChallengeVersion"}, "a guarded field of another type needs a way to it here"
    for owner, fields in owners.items():
        way = "challenge(path: $path) { id %s }"
        way = way if owner == "Challenge" else way % "version { id %s }"
        kind = TYPES[owner]
        assert isinstance(kind, GraphQLObjectType)
        asked = " ".join(f"{name}{ARGUMENTS.get(name, '')} {_selection(kind.fields[name].type, 1)}" for name in fields)
        operation = "query ($path: String!) { " + way % asked + " }"
        plain = "query ($path: String!) { " + way % "__typename" + " }"
        for reader in house.readers:
            answer = await reader.run(operation, path=PATH)
            shown = answer["challenge"] if owner == "Challenge" else answer["challenge"]["version"]
            assert {name: shown[name] for name in fields} == dict.fromkeys(fields)
            assert answer.meter == (await reader.run(plain, path=PATH)).meter
        seen = (await house.author.run(operation, path=PATH))["challenge"]
        seen = seen if owner == "Challenge" else seen["version"]
        nothing = {name for name in fields if seen[name] is None}
        assert nothing <= {"restoredFrom", "reviewedBy"}, "authors see what readers do not"


ROOTS = {
    "drafts": "{ drafts { edges { node { id } } } }",
    "publishPlan": "query ($id: ID!) { publishPlan(challengeId: $id) { contentHash } }",
    "verifyHistory": "query ($id: ID!) { verifyHistory(challengeId: $id) { intact } }",
    "publications": "{ publications { edges { node { id } } } }",
    "publications of a track": "query ($id: ID!) { publications(trackId: $id) { edges { node { id } } } }",
    "drafts with nonsense": '{ drafts(first: -1, after: "nonsense") { edges { node { id } } } }',
    "publications with nonsense": '{ publications(first: 101, after: "nonsense") { edges { node { id } } } }',
    "verdictsChanged": "{ verdictsChanged { edges { node { attempts } } } }",
    "verdictsChanged with nonsense": '{ verdictsChanged(first: -1, after: "x") { edges { node { attempts } } } }',
    "trackStatistics": '{ trackStatistics(slug: "track") { totalChallenges } }',
    "operations": "{ operations { tableSizes { name } } }",
    "users": "{ users { edges { node { id } } } }",
    "users with nonsense": '{ users(first: -1, after: "nonsense", search: "\\u0000") { edges { node { id } } } }',
}


@pytest.mark.parametrize("root", ROOTS)
async def test_roots_of_other_roles_are_refused_before_any_look(house: House, root: str) -> None:
    readers = [*house.readers]
    if root.startswith(("users", "operations")):
        readers += [house.author, await house.author.as_("reviewer")]
        readers.append(await house.author.as_("admin", scopes=frozenset({"content:read", "content:publish"})))
    known, unknown = house.hidden["archived challenge"], global_id("Challenge", new_id())
    for reader in readers:
        for id in (known, unknown, "nonsense"):
            answer = await reader.run(ROOTS[root], **({"id": id} if "$id" in ROOTS[root] else {}))
            assert answer.codes == ["UNAUTHENTICATED" if reader.viewer.user_id is None else "FORBIDDEN"]
            assert answer.data == {root.split()[0]: None}
            assert answer.meter.statements == 0


NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
VERSIONS = "query ($id: ID!) { node(id: $id) { ... on Challenge { versions { edges { node { id } } } } } }"


async def test_ids_of_what_is_hidden_are_null_and_cost_what_unknown_ones_do(house: House) -> None:
    for what, id in house.hidden.items():
        name = (await house.author.run(NODE, id=id))["node"]["__typename"]
        for reader in house.readers:
            hidden = await reader.run(NODE, id=id)
            unknown = await reader.run(NODE, id=global_id(name, new_id()))
            assert hidden.data == unknown.data == {"node": None}, what
            assert hidden.errors == unknown.errors == []
            assert hidden.meter == unknown.meter, what


async def test_many_ids_at_once_tell_no_more(house: House) -> None:
    hidden = list(house.hidden.values())
    names = [(await house.author.run(NODE, id=id))["node"]["__typename"] for id in hidden]
    unknown = [global_id(name, new_id()) for name in names]
    for reader in house.readers:
        answers = [await reader.run(NODES, ids=[house.live, *ids]) for ids in (hidden, unknown)]
        for answer in answers:
            assert answer["nodes"][0]["id"] == house.live
            assert answer["nodes"][1:] == [None] * len(hidden)
        assert answers[0].meter == answers[1].meter


async def test_addresses_of_what_is_hidden_are_null_and_cost_what_unknown_ones_do(house: House) -> None:
    operation = "query ($path: String!) { challenge(path: $path) { id } }"
    for reader in house.readers:
        unknown = await reader.run(operation, path="track/module/lesson/unknown")
        for path in house.paths:
            answer = await reader.run(operation, path=path)
            assert answer.data == unknown.data == {"challenge": None}, path
            assert answer.meter == unknown.meter
        assert (await reader.run('{ track(slug: "unseen") { id } }')).data == {"track": None}
    for path in house.paths:
        assert (await house.author.run(operation, path=path))["challenge"] is not None


async def test_neighbours_skip_what_is_hidden(house: House) -> None:
    operation = "query ($path: String!) { challenge(path: $path) { next { path } previous { path } } }"
    for reader in house.readers:
        walked: list[str] = []
        path: str | None = "track/module/lesson/zero"
        while path:
            walked.append(path)
            found = (await reader.run(operation, path=path))["challenge"]
            assert (found["previous"] or {}).get("path") == (walked[-2] if len(walked) > 1 else None)
            path = (found["next"] or {}).get("path")
        assert walked == [f"track/module/lesson/{slug}" for slug in ("zero", "one", "two")]
    assert (await house.author.run(operation, path=PATH))["challenge"]["next"]["path"] == "track/module/lesson/two"


async def test_a_version_by_label_or_moment_is_null_to_readers(house: House) -> None:
    operation = """query ($at: DateTime!) { challenge(path: "track/module/lesson/one") {
        first: version(label: "v1.0") { id } live: version(label: "v2.0") { id } odd: version(label: "nonsense") { id }
        now: version(asOf: $at) { id } future: version(asOf: "2999-01-01T00:00:00Z") { id }
        both: version(label: "v1.0", asOf: $at) { id } } }"""
    for reader in house.readers:
        answer = await reader.run(operation, at=reader.clock().isoformat())
        assert set(answer["challenge"].values()) == {None}
        assert answer.meter.statements == 1


ENTRIES = {
    "tracks": f"{{ tracks(first: 100) {_selection(TYPES['TrackConnection'], 5)} }}",
    "track": f'{{ track(slug: "track") {_selection(TYPES["Track"], 5)} }}',
    "unseen": f'{{ track(slug: "unseen") {_selection(TYPES["Track"], 4)} }}',
    "challenge": f"query ($path: String!) {{ challenge(path: $path) {_selection(TYPES['Challenge'], 3)} }}",
    "node": "query ($id: ID!) { node(id: $id) { ... on %s } }",
    "viewer": f"{{ viewer {_selection(TYPES['Viewer'], 3)} }}",
    "drafts": f"{{ drafts {_selection(TYPES['ChallengeDraftConnection'], 3)} }}",
    "publications": f"{{ publications {_selection(TYPES['PublicationConnection'], 5)} }}",
    "publishPlan": f"query ($id: ID!) {{ publishPlan(challengeId: $id) {_selection(TYPES['PublishPlan'], 3)} }}",
    "verifyHistory": "query ($id: ID!) { verifyHistory(challengeId: $id) { firstFault } }",
}


@pytest.mark.parametrize("entry", ENTRIES)
async def test_the_mark_is_in_no_answer_to_readers(house: House, entry: str) -> None:
    operation = ENTRIES[entry]
    every = await ids(house.author)
    given: list[dict[str, str]] = [{}]
    if "$path" in operation:
        given = [{"path": path} for path in (PATH, *house.paths)]
    if "$id" in operation:
        known = [*house.hidden.values(), *every.values(), house.live]
        given = [{"id": id} for id in known]
    told = 0
    for variables in given:
        if entry == "node":
            name, _ = parsed_id(variables["id"]) or ("", [])
            operation = ENTRIES[entry] % f"{name} {_selection(TYPES[name], 2)}"
        for reader in house.readers:
            answer = await reader.run(operation, **variables)
            assert MARK not in str(answer.data), variables
            assert MARK not in str(answer.errors), variables
            assert set(answer.codes) <= {"UNAUTHENTICATED", "FORBIDDEN"}, answer.errors
            told += any(answer.data.values())
        if entry not in ("viewer", "verifyHistory") and variables.get("id", "") in ("", every[PATH]):
            assert MARK in str((await house.author.run(operation, **variables)).data)
    assert told or entry in ("unseen", "drafts", "publications", "publishPlan", "verifyHistory")


async def test_what_is_live_is_shown_to_readers(house: House) -> None:
    operation = """{ challenge(path: "track/module/lesson/one") { version { label instructions changelog hiddenTests
        tests { testId text } challenge { lesson { module { track { slug } } } } } } }"""
    for reader in house.readers:
        version = (await reader.run(operation))["challenge"]["version"]
        assert version == {
            "label": "v2.0",
            "instructions": "Write one.",
            "changelog": "Better.",
            "hiddenTests": 1,
            "tests": [{"testId": "t1", "text": TEST["text"]}],
            "challenge": {"lesson": {"module": {"track": {"slug": "track"}}}},
        }


async def test_nothing_is_left_of_a_challenge_once_a_parent_is_hidden(house: House) -> None:
    found = await ids(house.author)
    await house.author.done("setPublished", id=found["track/module"], published=False)
    for reader in house.readers:
        for id in (house.live, found[PATH], found["track/module/lesson"], found["track/module"]):
            assert (await reader.run(NODE, id=id)).data == {"node": None}
        assert (await reader.run('{ track(slug: "track") { modules { slug } } }'))["track"] == {"modules": []}


def test_nullable_is_what_is_guarded() -> None:
    for name in GUARDED:
        owner, _, field = name.partition(".")
        kind = TYPES[owner]
        assert isinstance(kind, GraphQLObjectType)
        assert not isinstance(kind.fields[_camel(field)].type, GraphQLNonNull), name
