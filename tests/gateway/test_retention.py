"""What the chore ``retention`` deletes, and what it leaves: whatever a version, an attempt or a replay refers to."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from core.ids import new_id
from gateway.jobs import maintenance
from sql.database import Pool
from tests.fix_api import Api
from tests.practice.makers import CODE, opened

OLD, YOUNG = "31 days", "29 days"


@pytest.fixture
def look(owner_url: str) -> Callable[..., list[Any]]:
    """Run a statement behind the worker's back and return its rows."""

    def run(text: str, *params: object) -> list[Any]:
        with psycopg.connect(owner_url, autocommit=True) as owner:
            cursor = owner.execute(text.encode(), params)
            return cursor.fetchall() if cursor.description else []

    return run


async def kept(worker_pool: Pool) -> list[str]:
    return list(await maintenance.retention(worker_pool.database(), datetime.now(UTC)))


def verdict(look: Callable[..., list[Any]], judged: str, code: str, age: str = OLD) -> None:
    look(
        "insert into verdicts (judged_hash, code_hash, engine, protocol, status, passed, tests, console, page_errors,"
        " blocked, ms, confirmed, screenshot, made_at) values (%s, %s, 'e', 1, 'FINISHED', true, '[]', '[]', '[]',"
        " '[]', 1, true, 'picture', now() - %s::interval)",
        judged,
        code,
        age,
    )


async def test_verdicts_that_something_refers_to_stay(
    author: Api, worker_pool: Pool, look: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "BATCH", 2)
    room = await opened(author)
    await room.submit(code=CODE)
    ((of_attempt, code),) = look(
        "select v.judged_hash, a.code_hash from challenge_attempts a join challenge_versions v on v.id = a.version_id"
    )
    await author.edit(room.id, tests=[{"id": "t9", "text": "Other.", "code": "assert(1)"}])
    ((of_draft,),) = look("select judged_hash from challenges")
    assert of_draft != of_attempt
    ((challenge, version, user),) = look("select challenge_id, id, published_by from challenge_versions")
    look(
        "insert into replays (id, challenge_id, requested_by, requested_at, content_hash, judged_hash, tests, hooks,"
        " libraries, declared_names, against_version_id, against_judged_hash, seed, most, state)"
        " values (%s, %s, %s, now(), 'c', 'of a replay', '[]', '{}', '[]', '[]', %s, %s, 1, 1, 'CANCELLED')",
        *(new_id(), challenge, user, version, of_attempt),
    )
    look(
        "insert into runs (id, challenge_id, requested_by, requested_at, content_hash, judged_hash, tests,"
        " starter_html, starter_css, starter_js, starter_code_hash, solution_code_hash, pictures, state)"
        " values (%s, %s, %s, now(), 'c', 'of a run', '[]', '', '', '', 's', 't', false, 'FAILED')",
        *(new_id(), challenge, user),
    )
    stay = [(of_attempt, code), (of_draft, "x"), ("of a replay", "x"), ("of a run", "x")]
    for judged, hash in stay:
        verdict(look, judged, hash)
    verdict(look, "young", "x", YOUNG)
    for number in range(5):
        verdict(look, "nobody's", f"x{number}")
    assert await kept(worker_pool) == ["Deleted 5 verdicts, 0 jobs, 0 solutions."]
    left = look("select judged_hash, code_hash from verdicts")
    assert sorted(left) == sorted([*stay, ("young", "x")])
    look("insert into settings (name, value) values ('verdicts_kept_days', '28')")
    assert await kept(worker_pool) == ["Deleted 1 verdicts, 0 jobs, 0 solutions."]
    assert sorted(look("select judged_hash, code_hash from verdicts")) == sorted(stay)


async def test_jobs_that_ended_without_success_go_with_their_events(
    worker_pool: Pool, look: Callable[..., list[Any]]
) -> None:
    for state, age in (("failed", OLD), ("aborted", OLD), ("failed", YOUNG), ("todo", OLD), ("doing", OLD)):
        ((id,),) = look(
            "insert into jobs.procrastinate_jobs (queue_name, task_name, status) values ('bulk', 'trial', %s)"
            " returning id",
            state,
        )
        look("delete from jobs.procrastinate_events where job_id = %s", id)
        look(
            "insert into jobs.procrastinate_events (job_id, type, at) values (%s, 'failed', now() - %s::interval)",
            *(id, age),
        )
    assert await kept(worker_pool) == ["Deleted 0 verdicts, 2 jobs, 0 solutions."]
    left = look("select status::text from jobs.procrastinate_jobs order by id")
    assert left == [("failed",), ("todo",), ("doing",)]
    assert look("select count(*)::int from jobs.procrastinate_events") == [(3,)]


async def test_solutions_go_when_nothing_refers_to_them(
    author: Api, worker_pool: Pool, look: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "SOLUTIONS_AT_ONCE", 2)
    room = await opened(author, solution={"html": "<h1>First</h1>"})
    await author.edit(room.id, solution={"html": "<h1>Second</h1>"})
    await author.edit(room.id, solution={"html": "<h1>Third</h1>"})
    before = look("select hash from solutions order by hash")
    assert len(before) == 3, "of the version, of a past draft, of the draft"
    look("insert into solutions (hash, sealed) select 'nobody''s ' || n, '' from generate_series(1, 5) n")
    assert await kept(worker_pool) == ["Deleted 0 verdicts, 0 jobs, 5 solutions."]
    assert look("select hash from solutions order by hash") == before


async def test_a_solution_that_somebody_is_about_to_refer_to_is_left(
    worker_pool: Pool, look: Callable[..., list[Any]], owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(maintenance, "TRIES", 2)
    look("insert into solutions (hash, sealed) values ('mine', '')")
    with psycopg.connect(owner_url) as saving:
        saving.execute("insert into solutions (hash, sealed) values ('mine', '') on conflict do nothing")
        assert await kept(worker_pool) == [
            "Deleted 0 verdicts, 0 jobs, 0 solutions.",
            "Solutions are being stored; the rest of them is left for the next time.",
        ]
    assert look("select hash from solutions") == [("mine",)]
    assert await kept(worker_pool) == ["Deleted 0 verdicts, 0 jobs, 1 solutions."]
