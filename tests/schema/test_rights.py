"""Who may do what: every mutation for every role and every scope of a token, as ``resolvers/policy.py`` says."""

from typing import Any, cast

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLObjectType

from resolvers import policy
from resolvers.policy import Rule
from schema.api import schema
from schema.fields import global_id
from sql.ids import new_id
from tests.fix_api import Api
from tests.versioning.makers import challenge, ids, of, rows

WRITING = (
    "createTrack createModule createLesson createChallenge updateTrack updateModule updateLesson updateChallenge move"
    " updateChallengeDraft restoreDraft requestReview applyContent uploadTestLibrary"
)
PUBLISHING = (
    "setPublished archive unarchive publishChallenge rollbackChallenge archiveChallenge unarchiveChallenge"
    " startExperiment reweighExperiment stopExperiment promoteVersion"
    " createRelease addToRelease removeFromRelease scheduleRelease unscheduleRelease publishRelease revertRelease"
)
RIGHTS: dict[str, Rule] = {
    "write": policy.may_write_content,
    "publish": policy.may_publish,
    "review": policy.may_review,
    "people": policy.may_manage_people,
    "own": policy.may_manage_own_account,
    "practise": policy.may_practise,
    "grade": policy.may_grade,
    "count": policy.may_read_content,
    "preview": policy.may_preview,
}
NEEDS = (
    dict.fromkeys(WRITING.split(), "write")
    | dict.fromkeys(PUBLISHING.split(), "publish")
    | dict.fromkeys(["approveDraft", "requestChanges"], "review")
    | dict.fromkeys(["createUser", "setUserRole", "suspendUser", "reinstateUser"], "people")
    | dict.fromkeys(["enroll", "startChallenge", "submitAttempt", "rejudgeAttempt"], "practise")
    | dict.fromkeys(["adoptVersion", "dismissNotice"], "practise")
    | {"gradeAttempt": "grade", "refreshStatistics": "count", "previewDraft": "preview", "cancelRun": "preview"}
    | dict.fromkeys(["replayDraft", "cancelReplay"], "preview")
    | dict.fromkeys(["updateProfile", "createApiToken", "revokeApiToken"], "own")
)
# Those of signing up, in and out, which are about sessions and not about roles.
SESSIONS = {"signUp", "logIn", "logOut", "changePassword", "acceptInvitation"}
SCOPES = ("content:read", "content:write", "content:publish", "grade", "operate")
MUTATION = cast(GraphQLObjectType, schema._schema.type_map["Mutation"])

# What each role may do in person, and each scope with an admin's token: written out, so that policy is held to it.
MAY = {
    "visitor": "",
    "learner": "own practise",
    "author": "write publish own practise count preview",
    "reviewer": "review own practise count preview",
    "admin": "write publish review people own practise count preview",
    "content:read": "count",
    "content:write": "write count preview",
    "content:publish": "publish count",
    "grade": "grade",
    "operate": "people",
}


async def _viewer(api: Api, name: str) -> Api:
    if name == "visitor":
        return api
    if name in SCOPES:
        return await api.as_("admin", "tool", scopes=frozenset({name}))
    return await api.as_(name)


def _value(kind: Any) -> Any:
    """Return some value of an input type: nobody's id, a text, the first of an enum."""
    if isinstance(kind, GraphQLNonNull):
        return _value(kind.of_type)
    if isinstance(kind, GraphQLList):
        return [_value(kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: _value(field.type) for name, field in kind.fields.items() if isinstance(field.type, GraphQLNonNull)
        }
    return {
        "ID": global_id("Challenge", new_id()),
        "String": "some-text",
        "Int": 1,
        "Boolean": False,
        "DateTime": "2030-01-01T00:00:00Z",
    }[kind.name]


def _operation(mutation: str) -> tuple[str, dict[str, Any]]:
    kind = MUTATION.fields[mutation].args["input"].type
    return f"mutation ($input: {kind}) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}", _value(kind)


def test_every_mutation_has_its_rule_here() -> None:
    assert set(MUTATION.fields) == set(NEEDS) | SESSIONS
    assert set(NEEDS.values()) == set(RIGHTS)


@pytest.mark.parametrize("name", MAY)
async def test_every_mutation_is_allowed_or_refused_before_any_look(api: Api, name: str, owner_url: str) -> None:
    viewer = await _viewer(api, name)
    before = rows(owner_url)
    may = MAY[name].split()
    for mutation in sorted(NEEDS, key=lambda one: NEEDS[one] in may):
        operation, given = _operation(mutation)
        answer = await viewer.run(operation, input=given)
        if NEEDS[mutation] in may:
            assert answer.errors == [], mutation
            assert answer.data[mutation] is not None
            continue
        assert answer.codes == ["UNAUTHENTICATED" if name == "visitor" else "FORBIDDEN"], mutation
        assert answer.meter.statements == 0, mutation
        assert rows(owner_url) == before, mutation
    assert may == [right for right, rule in RIGHTS.items() if rule(viewer.viewer)]


@pytest.mark.parametrize("role", ["learner", "author", "reviewer", "admin"])
async def test_a_token_with_every_scope_does_no_more_than_its_owner_and_never_approves(
    author: Api, role: str, owner_url: str
) -> None:
    await author.done("applyContent", tracks=of(challenge()))
    id = (await ids(author))["track/module/lesson/one"]
    hash = (await author.standing(id))["draft"]["contentHash"]
    person, token = await author.as_(role), await author.as_(role, scopes=frozenset(SCOPES))
    before = rows(owner_url)
    for mutation, more in (("approveDraft", {}), ("requestChanges", {"note": "No."})):
        operation, _ = _operation(mutation)
        answer = await token.run(operation, input={"challengeId": id, "contentHash": hash, **more})
        assert answer.codes == ["FORBIDDEN"]
    for mutation in ("createApiToken", "updateProfile", "revokeApiToken"):
        operation, given = _operation(mutation)
        assert (await token.run(operation, input=given)).codes == ["FORBIDDEN"], "a token does not breed"
    assert rows(owner_url) == before
    for right, rule in RIGHTS.items():
        in_person_only = right in ("review", "own", "practise") or (right == "preview" and role == "reviewer")
        grades = right == "grade" and role == "admin"  # which no person does
        assert rule(token.viewer) == (grades or (not in_person_only and rule(person.viewer)))


@pytest.mark.parametrize(
    ("scopes", "options", "allowed"),
    [
        ({"content:write"}, {}, True),
        ({"content:write"}, {"dryRun": True}, True),
        ({"content:write"}, {"publish": True}, False),
        ({"content:write"}, {"prune": True}, False),
        ({"content:write"}, {"publish": True, "dryRun": True}, False),
        ({"content:publish"}, {"publish": True}, False),
        ({"content:write", "content:publish"}, {"publish": True, "prune": True}, True),
        ({"content:read"}, {"dryRun": True}, False),
    ],
)
async def test_applying_needs_the_right_of_all_that_it_does(
    author: Api, owner_url: str, scopes: set[str], options: dict[str, bool], allowed: bool
) -> None:
    tool = await author.as_("author", scopes=frozenset(scopes))
    before = rows(owner_url)
    operation, _ = _operation("applyContent")
    answer = await tool.run(operation, input={"tracks": of(challenge()), **options})
    assert answer.codes == ([] if allowed else ["FORBIDDEN"])
    assert (rows(owner_url) == before) == (not allowed or "dryRun" in options)
