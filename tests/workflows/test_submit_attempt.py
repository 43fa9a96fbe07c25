"""Submitting without a request: a transaction, who acts, and what they see of the tree are enough."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from core.code import Code
from core.faults import Refused
from core.write_context import WriteContext
from sql.database import Pool
from tests.fix_api import Api, uuid_of
from tests.practice.makers import CODE, PATH, Room, looked_up, opened
from workflows.attempts.choose_version import Chooser
from workflows.attempts.submit_attempt import submit

ATTEMPT = """select a.id, a.status, 'v' || v.major || '.' || v.minor from challenge_attempts a
    join challenge_versions v on v.id = a.version_id where a.user_id = %s"""
JOBS = "select args ->> 'attempt_id', args ->> 'user_id' from jobs.procrastinate_jobs where task_name = 'runs:attempt'"


@pytest.fixture
async def room(author: Api) -> Room:
    return await opened(author)


@pytest.fixture
def judged_here(owner_url: str) -> None:
    """Attempts are judged by the sandbox, as they are where nobody sets otherwise."""
    looked_up(owner_url, "delete from settings where name = 'attempts_judged_by'")


def chooser(of: Api, clock: Callable[[], datetime]) -> Chooser:
    assert of.viewer.user_id is not None
    return Chooser(WriteContext(of.viewer.user_id, clock()), False, of.viewer.learner, of.viewer.subject)


async def submitted(pool: Pool, who: Chooser, challenge: str, version_id: UUID | None = None) -> UUID:
    database = pool.database().of(who.act.actor)
    async with database.transaction() as tx:
        return await submit(tx, who, uuid_of(challenge), Code(CODE["html"], "", ""), version_id)


@pytest.mark.usefixtures("judged_here")
async def test_an_attempt_is_stored_for_the_live_version_and_its_job_is_asked_for(
    room: Room, pool: Pool, clock: Callable[[], datetime], owner_url: str
) -> None:
    who = chooser(room.learner, clock)
    id = await submitted(pool, who, room.id)
    assert looked_up(owner_url, ATTEMPT, who.act.actor) == [(id, "QUEUED", "v1.0")]
    assert looked_up(owner_url, JOBS) == [(str(id), str(who.act.actor))]


async def test_where_graders_judge_no_job_is_asked_for(
    room: Room, pool: Pool, clock: Callable[[], datetime], owner_url: str
) -> None:
    looked_up(
        owner_url,
        "insert into settings (name, value) values ('attempts_judged_by', 'grader')"
        " on conflict (name) do update set value = excluded.value",
    )
    await submitted(pool, chooser(room.learner, clock), room.id)
    assert looked_up(owner_url, JOBS) == []


@pytest.mark.usefixtures("judged_here")
async def test_who_is_not_enrolled_is_refused_and_nothing_is_written(
    room: Room, pool: Pool, clock: Callable[[], datetime], owner_url: str
) -> None:
    stranger = await room.author.as_("learner", "-stranger")
    with pytest.raises(Refused) as refused:
        await submitted(pool, chooser(stranger, clock), room.id)
    assert [(type(fault).__name__, fault.path) for fault in refused.value.faults] == [("NotEnrolled", ("challengeId",))]
    assert looked_up(owner_url, ATTEMPT, stranger.viewer.user_id) == []
    assert looked_up(owner_url, JOBS) == []


@pytest.mark.usefixtures("judged_here")
async def test_who_is_drawn_for_an_arm_submits_for_it_and_stays_with_it(
    room: Room, pool: Pool, clock: Callable[[], datetime], owner_url: str
) -> None:
    await room.publish(instructions="Write one, please.")
    await room.author.experiment(room.id, {"v1.0": 50, "v1.1": 50})
    who = chooser(room.learner, clock)
    for _ in range(2):
        await submitted(pool, who, room.id)
    labels = {label for _, _, label in looked_up(owner_url, ATTEMPT, who.act.actor)}
    drawn = looked_up(
        owner_url,
        "select 'v' || v.major || '.' || v.minor from experiment_assignments a"
        " join challenge_versions v on v.id = a.version_id where a.user_id = %s",
        who.act.actor,
    )
    assert [(label,) for label in labels] == drawn
    page: Any = await room.learner.run("query ($p: String!) { challenge(path: $p) { version { label } } }", p=PATH)
    assert page["challenge"]["version"]["label"] in labels
