"""Drafts, their reviews, and how texts of a challenge differ. Learners reach nothing of this."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import loaders.content.drafts
from loaders.content.drafts import (
    draft_by_id,
    past_drafts_by_id,
    review_by_id,
    review_request_by_challenge_id,
    reviews_by_challenge_id,
)
from loaders.content.libraries import libraries_by_hashes
from loaders.content.tree import challenge_by_id
from loaders.users import user_by_id
from resolvers.policy import everyone, may_read_content
from schema.content.versions import Code, Difficulty, DraftTest, Hint, TestHooks, TestLibrary
from schema.fields import Shows, column, inherited, loaded, shown
from schema.node import Node
from schema.people.users import User
from sql.rows.drafts import ReviewRequestRow, ReviewRow
from versioning.content import diff

if TYPE_CHECKING:
    from schema.content.tree import Challenge


@strawberry.enum(description="What a reviewer found.")
class ReviewVerdict(Enum):
    APPROVED = strawberry.enum_value("APPROVED", description="It may be published.")
    CHANGES_REQUESTED = strawberry.enum_value("CHANGES_REQUESTED", description="Something must be changed first.")


@strawberry.enum(description="How something differs.")
class ChangeType(Enum):
    ADDED = strawberry.enum_value("ADDED", description="It is new.")
    REMOVED = strawberry.enum_value("REMOVED", description="It is gone.")
    CHANGED = strawberry.enum_value("CHANGED", description="It says something else.")
    MOVED = strawberry.enum_value("MOVED", description="It stands elsewhere in the order.")


@shown(see=may_read_content, description="A reviewer's verdict on one text.")
class Review(Shows[ReviewRow], Node, node=review_by_id):
    verdict: ReviewVerdict = column("The verdict of the review.", see=inherited)
    content_hash: str = column("The text that was judged; after an edit the draft has another.", see=inherited)
    reviewer: User = loaded("Who judged.", by="reviewer_id", loader=user_by_id, see=inherited)
    note: str | None = column("What they said.", see=inherited)
    created_at: datetime = column("When.", see=inherited)


@shown(see=may_read_content, description="An open request to review a draft.")
class ReviewRequest(Shows[ReviewRequestRow]):
    content_hash: str = column("The text to judge.", see=inherited)
    requested_by: User = loaded("Who asks.", by="requested_by", loader=user_by_id, see=inherited)
    note: str | None = column("What they said.", see=inherited)
    created_at: datetime = column("When.", see=inherited)


@shown(see=may_read_content, description="A text that a draft had before a save, a restore or an apply replaced it.")
class PastDraft(Shows[loaders.content.drafts.Draft]):
    revision: int = column("The revision that said this.", see=inherited)
    content_hash: str = column("SHA-256 of the content.", see=inherited)
    title: str = column("The title.", see=inherited)
    instructions: str = column("The instructions, in Markdown.", see=inherited, typical_bytes=2_000)
    difficulty: Difficulty = column("How hard it was.", see=inherited)
    points: int = column("What solving it earned.", see=inherited)
    estimated_time_minutes: int = column("How many minutes it took.", see=inherited)
    starter: Code = column("What the learner began with.", see=inherited)
    solution: Code = column("The reference solution.", see=inherited)
    tests: list[DraftTest] = column("All checks with their code.", see=inherited)
    hooks: TestHooks = column("The code around the tests.", see=inherited)
    libraries: list[TestLibrary] = loaded(
        "The test libraries in order.", by="libraries", loader=libraries_by_hashes, see=inherited
    )
    hints: list[Hint] = column("Hints in order.", see=inherited)
    saved_at: datetime = column("When it was saved.", of="updated_at", see=inherited)
    saved_by: User = loaded("Who saved it.", by="updated_by", loader=user_by_id, see=inherited)


@shown(see=may_read_content, description="The one mutable working copy of a challenge.")
class ChallengeDraft(Shows[loaders.content.drafts.Draft], Node, node=draft_by_id):
    challenge: Annotated["Challenge", strawberry.lazy("schema.content.tree")] = loaded(
        "Whose draft it is.", by="id", loader=challenge_by_id, see=inherited
    )
    revision: int = column("Grows with every save; to be stated as expectedRevision.", see=inherited)
    content_hash: str = column("SHA-256 of the content; to be stated when publishing or approving.", see=inherited)
    title: str = column("The title.", see=inherited)
    instructions: str = column("What the learner is to do, in Markdown.", see=inherited, typical_bytes=2_000)
    difficulty: Difficulty = column("How hard it is.", see=inherited)
    points: int = column("What solving it earns.", see=inherited)
    estimated_time_minutes: int = column("How many minutes it takes.", see=inherited)
    starter: Code = column("What the learner begins with.", see=inherited)
    solution: Code = column("The reference solution.", see=inherited)
    tests: list[DraftTest] = column("All checks with their code, in order.", see=inherited)
    hooks: TestHooks = column("The code around the tests.", see=inherited)
    libraries: list[TestLibrary] = loaded(
        "The test libraries that it names, in order.", by="libraries", loader=libraries_by_hashes, see=inherited
    )
    hints: list[Hint] = column("Hints in order.", see=inherited)
    updated_at: datetime = column("When it was saved last.", see=inherited)
    updated_by: User = loaded("Who saved it last.", by="updated_by", loader=user_by_id, see=inherited)
    reviews: list[Review] = loaded(
        "The latest reviews, newest first, at most 50.", by="id", loader=reviews_by_challenge_id, see=inherited
    )
    review_request: ReviewRequest | None = loaded(
        "The open review request for the draft's present content; null when there is none.",
        by="id",
        loader=review_request_by_challenge_id,
        see=inherited,
    )
    past_revisions: list[PastDraft] = loaded(
        "What it said before, newest first, at most 50 texts.", by="id", loader=past_drafts_by_id, see=inherited
    )


@strawberry.type(description="A plain field that differs.")
class FieldChange(Shows[diff.FieldChange]):
    name: str = column("Its name.", see=everyone)
    before: str | None = column("What it said.", see=everyone)
    after: str | None = column("What it says.", see=everyone)


@strawberry.type(description="A test that differs.")
class TestChange(Shows[diff.TestChange]):
    __test__ = False
    test_id: strawberry.ID = column("Its id, local to the challenge.", see=everyone)
    change: ChangeType = column("How it differs.", see=everyone)


@strawberry.type(description="A file that differs.")
class FileChange(Shows[diff.FileChange]):
    name: str = column("starter.html, solution.js, tests/t1.js and the like.", see=everyone)
    unified: str = column("A unified diff.", see=everyone, typical_bytes=4_000)


@shown(see=may_read_content, description="How two texts of a challenge differ.")
class ChallengeDiff(Shows[diff.Diff]):
    fields: list[FieldChange] = column("Plain fields.", see=inherited)
    tests: list[TestChange] = column("Tests, by id.", see=inherited)
    files: list[FileChange] = column("Files.", see=inherited)
