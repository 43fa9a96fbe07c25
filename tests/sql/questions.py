"""Ask every query of the contract of a filled database, as everybody who may look at it, and keep what is answered.

    python -m tests.sql.questions DATABASE_URL KEYS > answers.jsonl

Which questions there are is decided once, with the code of the release that the data is of (tests/data/README.md). Its
answers are committed, and later code is asked the same. It uses what the suites of all releases have.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from graphql import OperationDefinitionNode, OperationType, parse, print_ast

from core.sealing import Keyring
from resolvers.context import Viewer
from schema.fields import global_id
from sql.database import Pool
from tests.fix_api import Api

CONTRACT = Path(__file__).parent.parent / "contract"
# Where the clock of those who ask stands: a day after the data was made, whenever it is asked.
NOW = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
PAGES = 3
PEOPLE = {
    "learner": "Learner 2",
    "learner of both tracks": "Learner 3",
    "learner hidden from leaderboards": "Hidden Learner",
    "learner drawn late": "Learner 15",
    "learner moved": "Learner 10",
    "copied learner": "Learner 7 of 100",
    "author": "Ada Autorin",
    "reviewer": "Rita Reader",
    "admin": "Alma Admin",
}
ALL = ("visitor", "visitor with an id", *PEOPLE)
STAFF = ("author", "reviewer", "admin")
LEARNERS = tuple(name for name in ALL if name not in STAFF)


@dataclass(frozen=True, slots=True)
class Question:
    """One request: who sends it, the operation's name in the contract, and its variables."""

    who: str
    operation: str
    variables: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with what was answered, its errors by code."""

    question: Question
    data: dict[str, Any]
    codes: list[str]


def queries() -> dict[str, str]:
    """Return the contract's queries, by name."""
    found = {}
    for path in sorted(CONTRACT.glob("*.graphql")):
        for node in parse(path.read_text()).definitions:
            if isinstance(node, OperationDefinitionNode) and node.operation is OperationType.QUERY and node.name:
                found[node.name.value] = print_ast(node)
    return found


def viewers(url: str) -> dict[str, Viewer]:
    """Return who asks, by what they are called here."""
    found = {"visitor": Viewer(), "visitor with an id": Viewer(visitor=sha256(b"a visitor").hexdigest())}
    with psycopg.connect(url) as owner:
        for name, shown in PEOPLE.items():
            rows = owner.execute("select id, role from users where display_name = %s", [shown]).fetchall()
            ((id, role),) = rows
            found[name] = Viewer(id, role, shown)
    return found


def questions(url: str) -> list[Question]:
    """Return what is asked first; further pages follow from the answers."""
    with psycopg.connect(url) as owner:
        challenges = {str(slug): str(id) for id, slug in owner.execute("select id, slug from challenges").fetchall()}
        tracks = [slug for (slug,) in owner.execute("select slug from tracks order by 1").fetchall()]
        paths = [path for (path,) in owner.execute(PATHS).fetchall()]
        labels = owner.execute(LABELS).fetchall()
        experiments = [id for (id,) in owner.execute("select id from experiments order by 1").fetchall()]
        moments = owner.execute("select at from publications order by seq").fetchall()
    former = ["scripts/steps/values/canvas", "scripting/steps/values/canvas", "web-basics/structure/elements/heading",
              "web-basics/parts/blocks/code", "web-basics/parts/blocks/nothing"]  # fmt: skip
    slugs = [*tracks, "scripts", "scripting", "nothing"]
    asked: list[Question] = []

    def add(who: tuple[str, ...], operation: str, *variables: dict[str, Any]) -> None:
        asked.extend(Question(one, operation, given) for one in who for given in variables or ({},))

    add(ALL, "Tracks", {"first": 1}, {})
    add(("visitor", "learner", "author"), "TrackTree", *({"slug": slug} for slug in slugs))
    add(ALL, "TrackTreeWithProgress", *({"slug": slug} for slug in slugs))
    add(ALL, "ChallengePage", *({"path": path} for path in [*paths, *former]))
    add(ALL, "Dashboard")
    ids = [global_id("Challenge", UUID(id)) for id in challenges.values()]
    add(LEARNERS[1:], "AttemptHistory", *({"challengeId": id, "first": 2} for id in ids))
    add(("visitor", "learner", "learner hidden from leaderboards"), "Leaderboard", *({"challengeId": id} for id in ids))
    add(LEARNERS[1:], "Progress", {"first": 3}, {"status": "COMPLETED"}, {"status": "NOT_STARTED"})
    for operation in ("Draft", "Experiments", "Reviews"):
        add(("author", "visitor", "learner"), operation, *({"path": path} for path in [*paths, *former]))
    add(("author", "learner"), "History", *({"path": path, "first": 2} for path in paths))
    add(("author", "learner"), "PublishPlan", *({"challengeId": id} for id in ids))
    add(("author", "visitor"), "VerifyHistory", *({"challengeId": id} for id in ids))
    for who, step in (("author", 6), ("learner", 12)):
        add((who,), "AsOf", *({"path": path, "at": at.isoformat()} for path in paths for (at,) in moments[::step]))
    for path, first, last in labels:
        add(("author", "learner"), "VersionSource", {"path": path, "label": first}, {"path": path, "label": last})
        if first != last:
            add(("author", "learner"), "Diff", {"path": path, "from": first, "to": last})
    add(("author", "admin", "learner"), "Drafts", {"first": 4}, {"state": "ARCHIVED"}, {"state": "DRAFT"})
    add((*STAFF, "learner", "visitor"), "ExperimentResults",
        *({"id": global_id("Experiment", id)} for id in experiments))  # fmt: skip
    add((*STAFF, "learner", "visitor"), "ChallengeStatistics", *({"trackSlug": slug} for slug in slugs))
    add(ALL, "ApiTokens")
    add((*STAFF, "learner", "visitor"), "Log", {"first": 10})
    return asked


async def answer(api: Api, texts: dict[str, str], question: Question) -> Answered:
    """Ask one question."""
    got = await api.run(texts[question.operation], **question.variables)
    return Answered(question, got.data, sorted(got.codes))


def following(answered: Answered) -> list[Question]:
    """Return the questions for the pages after an answer's."""
    question = answered.question
    ends: dict[str, str] = {}
    _ends(answered.data, "", ends)
    names = {"versions": "versionsAfter"} if question.operation == "History" else {}
    after = {names.get(field, "after"): cursor for field, cursor in ends.items()}
    return [Question(question.who, question.operation, question.variables | after)] if after else []


def _ends(value: Any, name: str, found: dict[str, str]) -> None:
    if isinstance(value, dict):
        info = value.get("pageInfo")
        if info and info["hasNextPage"]:
            found[name] = info["endCursor"]
        for key, inner in value.items():
            _ends(inner, key, found)


async def ask(url: str, keys: str) -> list[Answered]:
    """Ask everything, page after page, with the code that is there."""
    texts, who = queries(), viewers(url)
    pool = Pool(url, role="palimpsest_gateway")
    await pool.open()
    try:
        found: list[Answered] = []
        ahead = [(question, 1) for question in questions(url)]
        while ahead:
            question, page = ahead.pop(0)
            api = Api(pool, Keyring.parse(keys), lambda: NOW, who[question.who])
            found.append(await answer(api, texts, question))
            if page < PAGES:
                ahead[:0] = [(more, page + 1) for more in following(found[-1])]
        return found
    finally:
        await pool.close()


PATHS = """
select t.slug || '/' || m.slug || '/' || l.slug || '/' || c.slug
from challenges c
join lessons l on l.id = c.lesson_id
join modules m on m.id = l.module_id
join tracks t on t.id = m.track_id
order by 1
"""
LABELS = """
select t.slug || '/' || m.slug || '/' || l.slug || '/' || c.slug,
    (array_agg('v' || v.major || '.' || v.minor order by v.version))[1],
    (array_agg('v' || v.major || '.' || v.minor order by v.version desc))[1]
from challenge_versions v
join challenges c on c.id = v.challenge_id
join lessons l on l.id = c.lesson_id
join modules m on m.id = l.module_id
join tracks t on t.id = m.track_id
group by 1
order by 1
"""


if __name__ == "__main__":
    for one in asyncio.run(ask(sys.argv[1], sys.argv[2])):
        asked = one.question
        row = [asked.who, asked.operation, asked.variables, one.data, one.codes]
        print(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
