"""Reviews bind to one text: an edit makes them stale, a save without a change does not, and nobody judges their own."""

from typing import Any

import pytest

from tests.fix_api import Api
from tests.versioning.makers import rows, setting

REVIEWED = [("GATE_FAILED", "REVIEWED")]


@pytest.fixture
async def admin(author: Api) -> Api:
    """The API as an admin, with one approval required for publishing."""
    found = await author.as_("admin")
    await setting(found, "reviewers_required", "1")
    return found


@pytest.fixture
async def reviewer(author: Api) -> Api:
    """The API as a reviewer."""
    return await author.as_("reviewer")


async def _judge(by: Api, mutation: str, author: Api, id: str, **more: Any) -> dict[str, Any]:
    hash = (await author.standing(id))["draft"]["contentHash"]
    return await by.do(mutation, challengeId=id, contentHash=hash, **more)


async def _refusal(by: Api, mutation: str, author: Api, id: str, **more: Any) -> list[tuple[str, str]]:
    told = await _judge(by, mutation, author, id, **more)
    return [(error["code"], ".".join(error["path"])) for error in told["userErrors"]]


async def _publishing(author: Api, id: str) -> list[tuple[str, str]]:
    """Try to publish and return what speaks against it; nothing when it was done."""
    seen = await author.standing(id)
    given = {"challengeId": id, "liveSetHash": seen["liveSetHash"], "contentHash": seen["draft"]["contentHash"]}
    answer = await author.do("publishChallenge", **given, changelog="Something.")
    return [(error["code"], ".".join(error["path"])) for error in answer["userErrors"]]


async def _gate(author: Api, id: str) -> str:
    plan = "query ($id: ID!) { publishPlan(challengeId: $id) { gates { gate state } } }"
    gates = (await author.run(plan, id=id))["publishPlan"]["gates"]
    return str({gate["gate"]: gate["state"] for gate in gates}["REVIEWED"])


async def test_publishing_waits_for_an_approval_where_one_is_required(
    author: Api, admin: Api, reviewer: Api, owner_url: str
) -> None:
    id = (await author.challenge())["id"]
    before = rows(owner_url)
    assert await _gate(author, id) == "FAILED"
    assert await _publishing(author, id) == REVIEWED
    assert rows(owner_url) == before
    approved = await _judge(reviewer, "approveDraft", author, id, note="Good.")
    assert approved["review"]["verdict"] == "APPROVED"
    assert await _gate(author, id) == "PASSED"
    assert await _publishing(author, id) == []
    version = await author.run(
        """{ challenge(path: "track/module/lesson/one") { version {
        reviewedBy { displayName } createdBy { displayName } publishedBy { displayName } } } }"""
    )
    assert version["challenge"]["version"] == {
        "reviewedBy": {"displayName": "Reviewer"},
        "createdBy": {"displayName": "Author"},
        "publishedBy": {"displayName": "Author"},
    }


async def test_without_the_setting_no_review_is_needed_but_one_is_told(author: Api, reviewer: Api) -> None:
    id = (await author.challenge())["id"]
    await author.publish(id)
    await author.edit(id, title="Two")
    await _judge(reviewer, "approveDraft", author, id)
    await author.publish(id)
    found = await author.run(
        """{ challenge(path: "track/module/lesson/one") { versions { edges { node {
        label reviewedBy { displayName } } } } } }"""
    )
    assert [edge["node"] for edge in found["challenge"]["versions"]["edges"]] == [
        {"label": "v1.1", "reviewedBy": {"displayName": "Reviewer"}},
        {"label": "v1.0", "reviewedBy": None},
    ]


async def test_an_edit_makes_an_approval_stale_and_a_save_without_a_change_does_not(
    author: Api, admin: Api, reviewer: Api
) -> None:
    id = (await author.challenge(title="One"))["id"]
    await _judge(reviewer, "approveDraft", author, id)
    await author.edit(id, title="One")
    assert await _gate(author, id) == "PASSED"
    await author.edit(id, hints=[{"text": "New."}])
    assert await _gate(author, id) == "FAILED"
    assert await _publishing(author, id) == REVIEWED
    await author.edit(id, hints=[])
    assert await _gate(author, id) == "PASSED", "the same text again is approved again"
    assert await _publishing(author, id) == []


async def test_a_wish_for_changes_cancels_an_approval_and_an_approval_the_wish(
    author: Api, admin: Api, reviewer: Api
) -> None:
    id = (await author.challenge())["id"]
    second = await author.as_("reviewer", "second")
    await _judge(reviewer, "approveDraft", author, id)
    asked = await _judge(second, "requestChanges", author, id, note="Say which heading.")
    assert asked["review"]["verdict"] == "CHANGES_REQUESTED"
    assert await _publishing(author, id) == REVIEWED
    await _judge(second, "approveDraft", author, id)
    assert await _publishing(author, id) == []


async def test_nobody_approves_what_they_edited_since_the_last_version(author: Api, admin: Api, owner_url: str) -> None:
    id = (await author.challenge())["id"]
    await admin.edit(id, title="By the admin")
    await author.edit(id, title="By the author")
    before = rows(owner_url)
    assert await _refusal(admin, "approveDraft", author, id) == REVIEWED
    assert rows(owner_url) == before
    assert await _refusal(admin, "requestChanges", author, id, note="Not so.") == []
    await _judge(await author.as_("reviewer"), "approveDraft", author, id)
    assert await _publishing(author, id) == []
    await author.edit(id, title="The next")
    assert await _refusal(admin, "approveDraft", author, id) == [], "what they edited is published"


async def test_what_was_applied_or_restored_counts_as_edited(author: Api, admin: Api) -> None:
    id = (await author.challenge(title="First"))["id"]
    await _judge(admin, "approveDraft", author, id)
    assert await _publishing(author, id) == []
    await author.edit(id, title="Second")
    revision = (await author.standing(id))["draft"]["revision"]
    await admin.done("restoreDraft", challengeId=id, fromLabel="v1.0", expectedRevision=revision)
    assert await _refusal(admin, "approveDraft", author, id) == REVIEWED


async def test_a_verdict_on_another_text_is_stale_and_told_alone(author: Api, reviewer: Api, owner_url: str) -> None:
    id = (await author.challenge())["id"]
    old = (await author.standing(id))["draft"]["contentHash"]
    now = (await author.edit(id, title="Two"))["draft"]["contentHash"]
    before = rows(owner_url)
    for by, mutation, note in (
        (reviewer, "approveDraft", "x" * 2001),
        (reviewer, "requestChanges", ""),
        (author, "requestReview", None),
    ):
        payload = await by.do(mutation, challengeId=id, contentHash=old, note=note)
        (error,) = payload["userErrors"]
        assert (error["code"], error["path"]) == ("STALE", ["contentHash"])
        assert (error["expected"], error["actual"]) == (old, now)
    assert rows(owner_url) == before


async def test_notes_have_their_limits(author: Api, reviewer: Api, owner_url: str) -> None:
    id = (await author.challenge())["id"]
    before = rows(owner_url)
    assert await _refusal(reviewer, "requestChanges", author, id, note=" ") == [("REQUIRED", "note")]
    assert await _refusal(reviewer, "requestChanges", author, id, note="x" * 2001) == [("TOO_LARGE", "note")]
    assert await _refusal(reviewer, "approveDraft", author, id, note="\0") == [("INVALID", "note")]
    assert await _refusal(author, "requestReview", author, id, note="\ud800") == [("INVALID", "note")]
    assert rows(owner_url) == before
    assert await _refusal(reviewer, "approveDraft", author, id, note="x" * 2000) == []


async def test_a_request_stands_until_the_text_changes(author: Api, reviewer: Api) -> None:
    asked = """query ($id: ID!) { node(id: $id) { ... on Challenge { draft {
        reviewRequest { note requestedBy { displayName } contentHash }
        reviews { verdict note reviewer { displayName } contentHash } } } } }"""
    id = (await author.challenge(title="One"))["id"]
    first = (await author.standing(id))["draft"]["contentHash"]
    await _judge(author, "requestReview", author, id, note="Please.")
    await _judge(reviewer, "requestChanges", author, id, note="Shorter.")
    draft = (await author.run(asked, id=id))["node"]["draft"]
    assert draft == {
        "reviewRequest": {"note": "Please.", "requestedBy": {"displayName": "Author"}, "contentHash": first},
        "reviews": [
            {
                "verdict": "CHANGES_REQUESTED",
                "note": "Shorter.",
                "reviewer": {"displayName": "Reviewer"},
                "contentHash": first,
            }
        ],
    }
    await author.edit(id, title="Two")
    draft = (await reviewer.run(asked, id=id))["node"]["draft"]
    assert draft["reviewRequest"] is None
    assert draft["reviews"][0]["contentHash"] == first


async def test_reviews_are_listed_newest_first_and_at_most_50(author: Api, reviewer: Api) -> None:
    id = (await author.challenge())["id"]
    for number in range(52):
        await _judge(reviewer, "requestChanges", author, id, note=f"Note {number}")
    notes = await author.run(
        "query ($id: ID!) { node(id: $id) { ... on Challenge { draft { reviews { note } } } } }", id=id
    )
    assert [one["note"] for one in notes["node"]["draft"]["reviews"]] == [
        f"Note {number}" for number in range(51, 1, -1)
    ]


async def test_an_approver_who_edits_the_draft_afterwards_no_longer_counts(api: Api) -> None:
    author, admin = await api.as_("author"), await api.as_("admin")
    id = (await author.challenge())["id"]
    approved = (await author.standing(id))["draft"]["contentHash"]
    await admin.done("approveDraft", challengeId=id, contentHash=approved)
    await admin.edit(id, title="Mine now")
    seen = await admin.edit(id, title="One")
    assert seen["draft"]["contentHash"] == approved
    version = (await author.publish(id))["version"]
    found = await author.run(
        "query ($id: ID!) { node(id: $id) { ... on ChallengeVersion { reviewedBy { id } } } }", id=version["id"]
    )
    assert found["node"] == {"reviewedBy": None}
