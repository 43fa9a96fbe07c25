"""Former addresses lead on, on all four levels and through any number of renames; what is there now comes first."""

import pytest

from tests.fix_api import Api
from tests.versioning.makers import challenge, ids, of, visitor

PATH = "track/module/lesson/one"
LEVELS = ("track", "module", "lesson", "challenge")
CHALLENGE = "query ($path: String!) { challenge(path: $path) { id path } }"
TRACK = "query ($slug: String!) { track(slug: $slug) { slug } }"


async def _grow(author: Api) -> tuple[dict[str, str], Api]:
    await author.done("applyContent", tracks=of(challenge("one"), challenge("two")), publish=True)
    return await ids(author), visitor(author)


async def _rename(author: Api, level: str, id: str, slug: str) -> None:
    await author.done(f"update{level.capitalize()}", **{f"{level}Id": id}, slug=slug)


async def _at(reader: Api, path: str) -> str | None:
    """Return the present address of the challenge that an address leads to."""
    found = (await reader.run(CHALLENGE, path=path))["challenge"]
    return None if found is None else str(found["path"])


@pytest.mark.parametrize("level", LEVELS)
async def test_two_renames_and_all_three_names_lead_to_the_same(author: Api, level: str) -> None:
    found, reader = await _grow(author)
    depth = LEVELS.index(level)
    id = found["/".join(PATH.split("/")[: depth + 1])]
    paths = [PATH]
    for slug in ("second", "third"):
        await _rename(author, level, id, slug)
        paths.append("/".join(slug if at == depth else part for at, part in enumerate(PATH.split("/"))))
    assert [await _at(reader, path) for path in paths] == [paths[-1]] * 3
    if level == "track":
        for slug in ("track", "second", "third"):
            assert (await reader.run(TRACK, slug=slug))["track"] == {"slug": "third"}


async def test_renames_on_every_level_and_moves_are_chained(author: Api) -> None:
    found, reader = await _grow(author)
    await author.done("createTrack", slug="other", title="Other")
    other = (await ids(author))["other"]
    await author.done("setPublished", id=other, published=True)
    paths = [PATH]
    for level, slug in (("track", "t"), ("module", "m"), ("lesson", "l"), ("challenge", "c")):
        await _rename(author, level, found["/".join(PATH.split("/")[: LEVELS.index(level) + 1])], slug)
        paths.append((await author.standing(found[PATH]))["path"])
    await author.done("move", id=found["track/module"], parentId=other)
    paths.append("other/m/l/c")
    await _rename(author, "challenge", found[PATH], "one")
    paths.append("other/m/l/one")
    await _rename(author, "track", other, "last")
    paths.append("last/m/l/one")
    assert {await _at(reader, path) for path in paths} == {"last/m/l/one"}
    assert await _at(reader, "track/m/l/one") == "last/m/l/one", "any mixture of names that each led there does"


async def test_what_is_there_now_comes_before_what_was(author: Api) -> None:
    found, reader = await _grow(author)
    await _rename(author, "challenge", found[PATH], "first")
    await _rename(author, "challenge", found["track/module/lesson/two"], "one")
    assert (await reader.run(CHALLENGE, path=PATH))["challenge"]["id"] == found["track/module/lesson/two"]
    assert await _at(reader, "track/module/lesson/two") == PATH
    assert await _at(reader, "track/module/lesson/first") == "track/module/lesson/first"
    await _rename(author, "challenge", found["track/module/lesson/two"], "elsewhere")
    assert await _at(reader, PATH) == "track/module/lesson/elsewhere", "the last to leave an address owns it"


async def test_a_name_taken_back_is_no_detour(author: Api) -> None:
    found, reader = await _grow(author)
    await _rename(author, "challenge", found[PATH], "first")
    await _rename(author, "challenge", found[PATH], "one")
    assert await _at(reader, PATH) == PATH
    assert await _at(reader, "track/module/lesson/first") == PATH


@pytest.mark.parametrize("level", LEVELS)
async def test_former_addresses_of_what_is_hidden_lead_nowhere(author: Api, level: str) -> None:
    found, reader = await _grow(author)
    id = found["/".join(PATH.split("/")[: LEVELS.index(level) + 1])]
    await _rename(author, level, id, "renamed")
    if level == "challenge":
        seen = await author.standing(id)
        await author.done("archiveChallenge", challengeId=id, liveSetHash=seen["liveSetHash"], reason="Old.")
    else:
        await author.done("setPublished", id=id, published=False)
    present = (await author.standing(found[PATH]))["path"]
    for path in (PATH, present):
        hidden = await reader.run(CHALLENGE, path=path)
        unknown = await reader.run(CHALLENGE, path="no/such/challenge/here")
        assert hidden.data == unknown.data == {"challenge": None}
        assert hidden.meter == unknown.meter
        assert await _at(author, path) == present
    if level == "track":
        for slug in ("track", "renamed"):
            hidden, unknown = await reader.run(TRACK, slug=slug), await reader.run(TRACK, slug="unknown")
            assert hidden.data == unknown.data == {"track": None}
            assert hidden.meter == unknown.meter


async def test_a_released_name_leads_to_its_new_owner(author: Api) -> None:
    found, reader = await _grow(author)
    lesson = found["track/module/lesson"]
    given = {"lessonId": lesson, "slug": "three", "title": "Three", "instructions": "Do."}
    first = (await author.done("createChallenge", **given))["challenge"]["id"]
    hash = (await author.standing(first))["liveSetHash"]
    await author.done("archiveChallenge", challengeId=first, liveSetHash=hash, reason="A slip.")
    assert await _at(author, "track/module/lesson/three") is None
    await _rename(author, "challenge", found[PATH], "three")
    assert await _at(reader, "track/module/lesson/three") == "track/module/lesson/three"


async def test_a_hidden_node_does_not_take_a_former_address_from_visitors(author: Api) -> None:
    visitor = Api(author.pool, author.keyring, author.clock)
    id = (await author.challenge())["id"]
    await author.publish(id)
    await author.done("updateChallenge", challengeId=id, slug="uno")
    await author.challenge("one", title="Another")
    ask = "query ($path: String!) { challenge(path: $path) { path } }"
    assert (await visitor.run(ask, path="track/module/lesson/one"))["challenge"] == {"path": "track/module/lesson/uno"}
    assert (await author.run(ask, path="track/module/lesson/one"))["challenge"] == {"path": "track/module/lesson/one"}
