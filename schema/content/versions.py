"""Versions: what a publish froze."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from core import code
from loaders.content import versions as loaded_versions
from loaders.content.libraries import libraries_by_version_id
from loaders.content.tree import challenge_by_id
from loaders.content.versions import solution_by_hash, text_by_version_id, version_by_id
from loaders.users import user_by_id
from resolvers.policy import everyone, may_read_content
from schema.fields import Shows, column, inherited, loaded, shown
from schema.node import Node
from schema.people.users import User
from sql.rows.libraries import LibraryRow
from sql.rows.versions import VersionRow
from versioning.content import definition

if TYPE_CHECKING:
    from schema.content.tree import Challenge


@strawberry.enum(description="How hard a challenge is.")
class Difficulty(Enum):
    EASY = strawberry.enum_value("EASY", description="For beginners in the subject.")
    MEDIUM = strawberry.enum_value("MEDIUM", description="For learners with some practice.")
    HARD = strawberry.enum_value("HARD", description="For learners who master the subject.")


@strawberry.type(description="The three files of a page; an absent file is empty.")
class Code(Shows[code.Code]):
    html: str = column("The HTML.", see=everyone, typical_bytes=4_000)
    css: str = column("The CSS.", see=everyone, typical_bytes=1_000)
    js: str = column("The JavaScript.", see=everyone, typical_bytes=4_000)


@strawberry.type(description="A check of a learner's page, as learners see it.")
class ChallengeTest(Shows[definition.ChallengeTest]):
    test_id: strawberry.ID = column("Its id, local to the challenge.", of="id", see=everyone)
    text: str = column("What it asks for.", see=everyone)


@shown(see=may_read_content, description="A check of a learner's page, with the code that does it.")
class DraftTest(Shows[definition.ChallengeTest]):
    test_id: strawberry.ID = column("Its id, local to the challenge.", of="id", see=inherited)
    text: str = column("What it asks for.", see=inherited)
    code: str = column("JavaScript that throws when the page is not right.", see=inherited)
    weight: int = column("What it counts in the score.", see=inherited)
    hidden: bool = column("Whether learners see only how many of its kind there are.", see=inherited)
    timeout_ms: int = column("How many milliseconds it may take.", see=inherited)
    fresh: bool = column("Whether it gets a page of its own.", see=inherited)


@shown(see=may_read_content, description="JavaScript around the tests.")
class TestHooks(Shows[definition.Hooks]):
    __test__ = False
    before_all: str = column("Run once for each page that is loaded.", see=inherited)
    before_each: str = column("Run before each test, in the same function.", see=inherited)
    after_each: str = column("Run after each test.", see=inherited)


@shown(see=may_read_content, description="JavaScript that tests share; it never changes.")
class TestLibrary(Shows[LibraryRow]):
    __test__ = False
    hash: str = column("The SHA-256 of its source, by which drafts and versions name it.", see=inherited)
    name: str | None = column("The name of its last upload; null for a text that was only tried.", see=inherited)
    source: str = column("Its text, a classic script.", see=inherited, typical_bytes=50_000)
    uploaded_at: datetime | None = column("When that was.", see=inherited)
    uploaded_by: User | None = loaded("Who uploaded it then.", by="uploaded_by", loader=user_by_id, see=inherited)


@strawberry.type(description="A hint.")
class Hint(Shows[loaded_versions.Hint]):
    text: str = column("The text of the hint, in Markdown.", see=everyone)


@strawberry.type(description="An immutable snapshot of a challenge, made by a publish.")
class ChallengeVersion(Shows[VersionRow], Node, node=version_by_id):
    challenge: Annotated["Challenge", strawberry.lazy("schema.content.tree")] = loaded(
        "Whose version it is.", by="challenge_id", loader=challenge_by_id, see=everyone
    )
    label: str = column("Its name: v1.0, v1.1, v2.0.", see=everyone)
    number: int = column("Its number: 1, 2, 3 without gap.", see=everyone)
    title: str = column("The title.", see=everyone)
    instructions: str = loaded(
        "What the learner is to do, in Markdown.",
        by="id",
        loader=text_by_version_id,
        pick="instructions",
        see=everyone,
        typical_bytes=2_000,
    )
    difficulty: Difficulty = column("How hard it is.", see=everyone)
    points: int = column("What solving it earns.", see=everyone)
    estimated_time_minutes: int = column("How many minutes it takes.", see=everyone)
    starter: Code = loaded(
        "What the learner begins with.", by="id", loader=text_by_version_id, pick="starter", see=everyone
    )
    tests: list[ChallengeTest] = loaded(
        "The checks that learners see, in order.", by="id", loader=text_by_version_id, pick="tests", see=everyone
    )
    hidden_tests: int = loaded(
        "How many further checks there are.", by="id", loader=text_by_version_id, pick="hidden_tests", see=everyone
    )
    hints: list[Hint] = loaded("Hints in order.", by="id", loader=text_by_version_id, pick="hints", see=everyone)
    changelog: str = column("What is different for learners.", see=everyone)
    published_at: datetime = column("When it was published.", see=everyone)
    content_hash: str | None = column(
        "SHA-256 of the content. Authors, reviewers and admins; null to others, like the fields below.",
        see=may_read_content,
    )
    is_active: bool | None = column("Whether it is live.", see=may_read_content)
    weight: int | None = column("Its share among the live versions in percent.", see=may_read_content)
    solution: Code | None = loaded(
        "The reference solution.", by="solution_hash", loader=solution_by_hash, see=may_read_content
    )
    source_tests: list[DraftTest] | None = loaded(
        "All checks with their code, in order.",
        by="id",
        loader=text_by_version_id,
        pick="source_tests",
        see=may_read_content,
    )
    hooks: TestHooks | None = loaded(
        "The code around its tests.", by="id", loader=text_by_version_id, pick="hooks", see=may_read_content
    )
    libraries: list[TestLibrary] | None = loaded(
        "The test libraries that it is judged with, in order.",
        by="id",
        loader=libraries_by_version_id,
        see=may_read_content,
    )
    restored_from: Annotated["ChallengeVersion", strawberry.lazy("schema.content.versions")] | None = loaded(
        "The version whose text was restored into the draft that this was published from.",
        by="restored_from",
        loader=version_by_id,
        see=may_read_content,
    )
    published_by: User | None = loaded("Who published it.", by="published_by", loader=user_by_id, see=may_read_content)
    reviewed_by: User | None = loaded(
        "Who approved it, if somebody did.", by="reviewed_by", loader=user_by_id, see=may_read_content
    )
    created_by: User | None = loaded(
        "Who edited its draft last.", by="created_by", loader=user_by_id, see=may_read_content
    )


@shown(see=may_read_content, description="A live version and its share of the learners.")
class LiveVersion(Shows[loaded_versions.Live]):
    version: ChallengeVersion = column("The version.", see=inherited)
    weight: int = column("Its share in percent.", see=inherited)
