"""The log's lock: a publication sends as many statements under it for many challenges as for few."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from bench.pushes import pushes
from core.sealing import Keyring
from sql.database import Database, Transaction
from tests.fix_api import Api
from tests.versioning.makers import Tree, challenge, ids, lesson, module, track
from tests.versioning.releasing import intact, planned, text
from versioning.log.publication_log import Entry

FEW, MANY = 10, 200
OF_RELEASES = 60  # a release is planned item by item


@pytest.fixture
def under_lock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements each transaction sent from taking the log's lock until its commit, that one included."""
    counts: list[int] = []
    began: dict[int, int] = {}
    opening, committing = Entry.open.__func__, Database.transaction  # type: ignore[attr-defined]  # of a class method

    async def open(cls: type[Entry], tx: Transaction, *args: Any) -> Entry:
        began.setdefault(id(tx), tx._meter.statements)
        entry: Entry = await opening(cls, tx, *args)
        return entry

    @asynccontextmanager
    async def transaction(self: Database, **who: Any) -> AsyncIterator[Transaction]:
        async with committing(self, **who) as tx:
            yield tx
            if id(tx) in began:
                counts.append(tx._meter.statements - began.pop(id(tx)))

    monkeypatch.setattr(Entry, "open", classmethod(open))
    monkeypatch.setattr(Database, "transaction", transaction)
    return counts


def tree(number: int, text: str, *, tested: str = "true", away: int = 0, reverse: bool = False) -> list[Tree]:
    """Return a track of so many challenges, without the last ones that are to go away."""
    test = {"id": "t1", "text": "It is.", "code": f"assert({tested})"}
    made = [challenge(f"c{one}", instructions=text, tests=[test]) for one in range(number - away)]
    return [track(module(lesson(*(made[::-1] if reverse else made))), slug=f"of-{number}")]


async def pushed(author: Api, under_lock: list[int], number: int, *args: Any, **more: Any) -> int:
    """Push a tree and return what that sent under the lock, all in one piece."""
    under_lock.clear()
    done = await author.done("applyContent", tracks=tree(number, *args, **more), publish=True, prune=True)
    assert done["changes"]
    (count,) = under_lock
    return count


async def test_a_push_sends_as_many_statements_under_the_lock_for_many_challenges_as_for_few(
    author: Api, under_lock: list[int], owner_url: str
) -> None:
    counts: dict[int, list[int]] = {}
    for number in (FEW, MANY):
        counts[number] = [
            await pushed(author, under_lock, number, "First."),
            await pushed(author, under_lock, number, "Prose."),
            await pushed(author, under_lock, number, "Other tests.", tested="1"),
            await pushed(author, under_lock, number, "Other tests.", tested="1", reverse=True),
            await pushed(author, under_lock, number, "Fewer.", tested="2", away=number // 2),
        ]
    assert counts[FEW] == counts[MANY]
    assert max(counts[MANY]) <= 16
    there = await ids(author)
    assert await intact(author, *[id for path, id in there.items() if path.startswith(f"of-{FEW}/module/lesson/")])
    with psycopg.connect(owner_url) as owner:
        seqs = [seq for (seq,) in owner.execute("select seq from publications order by seq").fetchall()]
        assert seqs == list(range(1, len(seqs) + 1))
        told = owner.execute(
            "select task_name, count(*)::int from jobs.procrastinate_jobs"
            " where task_name like 'migrations:%' group by 1"
        ).fetchall()
        # One follow-up job for each publication that means something for learners: other tests, and fewer challenges.
        assert told == [("migrations:tell_each", 4)]
        (wrong,) = owner.execute(
            "select count(*) from (select challenge_id from challenge_versions group by challenge_id having"
            " (min(version), max(version), count(distinct version)) <> (1, count(*), count(*))) gaps"
        ).fetchall()
        assert wrong == (0,)


async def test_a_release_and_taking_it_back_send_as_many_for_many_items_as_for_few(
    author: Api, under_lock: list[int]
) -> None:
    counts: dict[int, list[int]] = {}
    for number in (FEW, OF_RELEASES):
        await pushed(author, under_lock, number, "First.")
        await author.done("applyContent", tracks=tree(number, "Better.", tested="1"))
        there = {path: id for path, id in (await ids(author)).items() if path.startswith(f"of-{number}/")}
        challenges = [id for path, id in there.items() if path.count("/") == 3]
        release = await planned(author, *[await text(author, id) for id in challenges])
        under_lock.clear()
        await author.done("publishRelease", releaseId=release)
        await author.done("revertRelease", releaseId=release, reason="It was better.")
        counts[number] = list(under_lock)
        assert await intact(author, *challenges[:3])
    assert counts[FEW] == counts[OF_RELEASES]
    assert len(counts[FEW]) == 2


async def test_what_changes_one_subject_sends_a_handful(author: Api, under_lock: list[int]) -> None:
    one = await author.challenge("one")
    await author.publish(one["id"])
    await author.edit(one["id"], instructions="Another.")
    under_lock.clear()
    await author.publish(one["id"])
    await author.rollback(one["id"], "v1.0")
    there = await ids(author)
    await author.done("setPublished", id=there["track"], published=False)
    await author.done("updateTrack", trackId=there["track"], title="Another")
    await author.done("archive", id=there["track/module"], reason="Why.")
    hash = (await author.standing(one["id"]))["liveSetHash"]
    await author.done("archiveChallenge", challengeId=one["id"], liveSetHash=hash, reason="Why.")
    assert len(under_lock) == 6
    assert max(under_lock) <= 12


async def test_publishers_go_on_beside_a_push(gateway_url: str, keyring: Keyring) -> None:
    found = await pushes(gateway_url, keyring, challenges=60, publishers=2, alone=0.1)
    assert found.faults == []
    assert found.waits
    assert found.push > 0
