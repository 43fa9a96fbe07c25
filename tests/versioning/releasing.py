"""Making releases, and looking at them and at what they did."""

from typing import Any

from tests.fix_api import TEST, Api
from tests.versioning.makers import challenge, ids, module, of, rows, track

HISTORY = ("challenge_versions", "publications", "publication_records", "publication_head", "challenges", "tracks")
SEEN = """query ($id: ID!) { node(id: $id) { ... on Release { name state changelog lateSeconds endedAt
    createdBy { displayName } scheduledBy { displayName } failures { code message path expected actual }
    publication { seq kind reason inverseOf { seq } } revert { seq inverseOf { seq } reason }
    items { subject { id slug } challenge { path } version { label } contentHash title published liveSetHash changelog
        bump addedBy { displayName } failures { code path } } } } }"""
TESTED = [TEST | {"id": "t2", "text": "It has a paragraph.", "code": "assert.ok(document.querySelector('p'));"}]


async def planned(author: Api, *items: dict[str, Any], changelog: str = "A new chapter.") -> str:
    """Plan a release of these items and return its id."""
    made = await author.done("createRelease", name="Chapter", changelog=changelog)
    id: str = made["release"]["id"]
    for item in items:
        await author.done("addToRelease", releaseId=id, item=item)
    return id


async def text(author: Api, id: str, **more: Any) -> dict[str, Any]:
    """Return the item that publishes a challenge's draft as it is now."""
    return {"challengeId": id, "contentHash": (await author.standing(id))["draft"]["contentHash"]} | more


async def look(author: Api, id: str) -> dict[str, Any]:
    """Return what staff see of a release."""
    return dict((await author.run(SEEN, id=id))["node"])


async def live(author: Api, *challenges: str) -> list[list[str]]:
    """Return the labels that are live of each challenge."""
    found = []
    for id in challenges:
        found.append([arm["version"]["label"] for arm in (await author.standing(id))["live"]])
    return found


async def intact(author: Api, *challenges: str) -> bool:
    """Tell whether these challenges' histories verify."""
    verify = "query ($id: ID!) { verifyHistory(challengeId: $id) { intact firstFault } }"
    found = [(await author.run(verify, id=id))["verifyHistory"] for id in challenges]
    assert [one["firstFault"] for one in found if one["firstFault"]] == []
    return all(one["intact"] for one in found)


async def chapter(author: Api) -> dict[str, str]:
    """Make four challenges and return the ids of all by path: one and two are published as v1.0 and edited since, three
    is at v1.1 after v1.0, four was never published; and there is a second, hidden module."""
    tree = of(*(challenge(slug) for slug in ("one", "two", "three", "four")))
    await author.done("applyContent", tracks=tree)
    await author.done("applyContent", tracks=of(*(challenge(slug) for slug in ("one", "two", "three"))), publish=True)
    await author.done("applyContent", tracks=[track(module(slug="more"))])
    found = {path.rpartition("/")[2]: id for path, id in (await ids(author)).items()}
    await author.edit(found["one"], instructions="Write one, better.")
    await author.edit(found["two"], tests=[TEST, *TESTED])
    await author.edit(found["three"], instructions="Write three, better.")
    await author.publish(found["three"])
    return found


def counted(owner_url: str) -> dict[str, tuple[int, str]]:
    """Return the rows of everything that is history or says what is live."""
    return {name: found for name, found in rows(owner_url).items() if name in (*HISTORY, "modules", "lessons")}
