"""A dry run and a plan change nothing, ask for no run, and say of what was never run that it is pending."""

import asyncio
from typing import Any

import psycopg
import pytest

from core.ids import new_id
from sql.database import Pool
from tests.fix_api import Api
from tests.versioning.makers import challenge, ids, lesson, module, rows, track
from versioning.judging.verdicts import see_runner

LIBRARY = [{"name": "helpers", "source": "const a = 1;"}]
EXISTING = [track(module(lesson(challenge("one"), challenge("two"))))]
CHANGED = [track(module(lesson(challenge("three", libraries=["helpers"]), challenge("one", title="Other"))))]


def everything(owner_url: str) -> dict[str, Any]:
    """Tell, for every table, jobs included, how many rows it has and a digest of them all."""
    with psycopg.connect(owner_url) as owner:
        jobs = owner.execute("select * from jobs.procrastinate_jobs order by id").fetchall()
        events = owner.execute("select * from jobs.procrastinate_events order by id").fetchall()
    return {**rows(owner_url), "jobs": jobs, "events": events}


@pytest.fixture
async def browser(author: Api, owner_url: str, worker_pool: Pool) -> None:
    """Let verdicts be required, with a worker there that would come to them, after a first publish without."""
    await author.done("applyContent", tracks=EXISTING, publish=True)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from settings where name = 'verdicts_required'")
    async with worker_pool.database().transaction() as tx:
        await see_runner(tx, new_id(), "Chromium", "None.")


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("wait_seconds", [0, 60])
async def test_a_dry_run_of_texts_that_were_never_run_changes_no_row_and_asks_for_no_job(
    author: Api, owner_url: str, wait_seconds: int
) -> None:
    before = everything(owner_url)
    given = {"tracks": CHANGED, "libraries": LIBRARY, "publish": True, "prune": True}
    async with asyncio.timeout(30):
        dry = await author.done("applyContent", **given, dryRun=True, waitSeconds=wait_seconds)
    assert everything(owner_url) == before
    told = [(change["path"], change["message"]) for change in dry["changes"] if change["action"] == "PUBLISHED"]
    pending = "PENDING: SOLUTION_PASSES, STARTER_DOES_NOT_PASS; the publish runs it first."
    assert told[0] == ("track/module/lesson/three", pending)
    assert told[1][0] == "track/module/lesson/one"
    assert (told[1][1] or "").startswith("PENDING: SOLUTION_PASSES, STARTER_DOES_NOT_PASS")
    assert (dry["published"], dry["archived"]) == (2, 1)
    # What is no dry run still asks for the runs and does not publish before them.
    refused = await author.do("applyContent", **given, waitSeconds=0)
    assert {error["code"] for error in refused["userErrors"]} == {"GATE_FAILED"}
    assert len(everything(owner_url)["jobs"]) > len(before["jobs"])


@pytest.mark.usefixtures("browser")
async def test_a_dry_run_still_tells_every_fault_that_waits_for_no_run(author: Api, owner_url: str) -> None:
    before = everything(owner_url)
    bad = [track(module(lesson(challenge("three", tests=[]), challenge("four"))))]
    assert await author.refused("applyContent", tracks=bad, publish=True, dryRun=True, waitSeconds=0) == [
        ("GATE_FAILED", "tracks.0.modules.0.lessons.0.challenges.0.HAS_TESTS")
    ]
    assert everything(owner_url) == before


@pytest.mark.usefixtures("browser")
async def test_a_plan_changes_no_row_and_asks_for_no_job(author: Api, owner_url: str) -> None:
    id = (await ids(author))["track/module/lesson/one"]
    await author.edit(id, tests=[{"id": "t1", "text": "Other.", "code": "assert.ok(document.body);"}])
    before = everything(owner_url)
    plan = """query ($id: ID!) { publishPlan(challengeId: $id) { planId nextLabel changeKind gates { gate state }
        affected { inProgress completed } replay { id } diff { fields { name } } } }"""
    seen = (await author.run(plan, id=id))["publishPlan"]
    states = {gate["gate"]: gate["state"] for gate in seen["gates"]}
    assert (states["SOLUTION_PASSES"], states["STARTER_DOES_NOT_PASS"]) == ("PENDING", "PENDING")
    assert everything(owner_url) == before
