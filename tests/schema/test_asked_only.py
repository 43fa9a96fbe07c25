"""A request does what it is asked for, once: counted in statements, and seen in what is stored."""

from pathlib import Path

from tests.fix_api import Api
from tests.practice.makers import PATH, looked_up, opened
from tests.versioning.makers import challenge, ids, of


async def _statements(api: Api, text: str, **variables: object) -> int:
    answer = await api.run(text, **variables)
    assert answer.errors == []
    return answer.meter.statements


async def test_a_plan_computes_only_what_is_asked_for(author: Api) -> None:
    await author.done("applyContent", tracks=of(challenge("one")), publish=True)
    id = (await ids(author))[PATH]
    await author.edit(id, instructions="Write one, better.")
    plan = "query ($id: ID!) {{ publishPlan(challengeId: $id) {{ contentHash {} }} }}"
    least = await _statements(author, plan.format(""), id=id)
    assert (
        await _statements(
            author, plan.format("planId nextLabel changeKind gates { gate } diff { fields { name } }"), id=id
        )
        == least
    )
    assert await _statements(author, plan.format("affected { inProgress }"), id=id) == least + 1
    assert await _statements(author, plan.format("replay { id }"), id=id) == least + 1
    assert await _statements(author, plan.format("replay { id } affected { inProgress completed }"), id=id) == least + 2


async def test_a_request_reads_what_is_live_once(author: Api) -> None:
    room = await opened(author)
    await room.submit()
    await author.edit(room.id, instructions="Write one, better.")
    await author.publish(room.id)
    asked = "query ($path: String!) {{ challenge(path: $path) {{ {} }} }}"
    least = await _statements(author, asked.format("version { label }"), path=PATH)
    assert (
        await _statements(author, asked.format("version { label } live { weight version { label } }"), path=PATH)
        == least
    )
    # Hash and members come of one statement, so they are of one moment.
    assert await _statements(author, asked.format("liveSetHash"), path=PATH) == least - 1
    mine = "viewerProgress { status %s }"
    begun = await _statements(room.learner, asked.format("version { label } " + mine % ""), path=PATH)
    newer = await _statements(
        room.learner, asked.format("version { label } " + mine % "newerVersion { label }"), path=PATH
    )
    assert newer <= begun + 1, "what is live is known from the version; only the newer one is read"


async def test_the_hash_of_submitted_code_is_computed_once(author: Api, owner_url: str) -> None:
    room = await opened(author)
    attempt = await room.submit()
    ((stored,),) = looked_up(owner_url, "select code_hash from challenge_attempts")
    looked_up(owner_url, "update challenge_attempts set code_hash = %s", "a" * 64)
    await room.grade(attempt)
    assert looked_up(owner_url, "select best_code_hash from user_progress") == [("a" * 64,)]
    again = await room.submit()
    looked_up(owner_url, "update challenge_attempts set code_hash = null")
    await room.grade(again)
    assert looked_up(owner_url, "select best_code_hash from user_progress") == [(stored,)], "of an attempt without one"


def test_settings_are_read_by_one_statement(root: Path) -> None:
    readers = [
        path.name
        for path in (root / "sql/queries").rglob("*.sql")
        for _ in range(path.read_text().count("from settings"))
    ]
    assert readers == ["settings.sql"]
