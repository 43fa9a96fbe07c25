"""Drafts: created with their challenge, edited under their revision, overwritten by a restore; nothing is lost.

Every text that a save replaces is kept (the last 50). A save that changes nothing writes nothing and answers the same
revision. Published versions are never touched from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from core import texts
from core.code import Code
from core.faults import Fault, Faults, Invalid, NotFound, Refused, Stale, Taken
from core.ids import new_id
from core.sealing import Keyring
from core.write_context import WriteContext
from sql import settings
from sql.database import Jsonb, Reads, Transaction
from sql.errors import ConstraintViolated
from sql.named import Query, load
from sql.rows.drafts import DraftRow, PastDraftRow
from versioning.content import libraries
from versioning.content.definition import ChallengeTest, Content, Hooks, with_ids
from versioning.content.solutions import opened, store
from versioning.faults import Archived
from versioning.publishing.publish_state import full_versions_by_id, lock_drafts
from versioning.publishing.rollback import version_by_label
from versioning.tree.nodes import insert_at, lock_tree, parent_for, slug_must_be_free


@dataclass(frozen=True)
class _Queries:
    drafts_page: Query
    insert_challenge: Query
    replace_draft: Query
    mark_applied: Query
    keep_draft: Query
    forget_old_drafts: Query
    past_drafts_by_challenge_id: Query


queries = load("versioning/drafts", _Queries)


@dataclass(frozen=True, slots=True)
class Edit:
    """What an author sets; None keeps. ``tests`` come with their ids as given (None: allot one), ``libraries`` by name
    or hash."""

    title: str | None = None
    instructions: str | None = None
    difficulty: str | None = None
    points: int | None = None
    estimated_time_minutes: int | None = None
    starter: Code | None = None
    solution: Code | None = None
    tests: Sequence[tuple[str | None, ChallengeTest]] | None = None
    hints: Sequence[str] | None = None
    hooks: Hooks | None = None
    libraries: Sequence[str] | None = None

    def on(self, content: Content) -> Content:
        """Return ``content`` with this edit, in its normal form."""
        given: dict[str, Any] = {
            field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None
        }
        if "tests" in given:
            given["tests"] = with_ids(given["tests"])
        for name in ("hints", "libraries"):
            if name in given:
                given[name] = tuple(given[name])
        return replace(content, **given).normal()

    async def settled(self, reads: Reads, faults: Faults) -> "Edit":
        """Return this edit with hashes in the place of libraries' names."""
        if not self.libraries:
            return self
        known = await libraries.meant(reads, self.libraries)
        return replace(self, libraries=libraries.settled(faults, self.libraries, known))


async def create(
    tx: Transaction,
    keyring: Keyring,
    act: WriteContext,
    *,
    lesson_id: UUID,
    slug: str,
    position: int | None,
    edit: Edit,
) -> UUID:
    """Create a challenge with its first draft and return its id; raises ``Refused`` with every fault."""
    await lock_tree(tx)
    unknown = Faults()
    content = (await edit.settled(tx, unknown)).on(Content(title=""))
    faults = edit.on(Content(title="")).check()
    faults.extend(unknown)
    texts.slug(faults, ("slug",), slug)
    await parent_for(tx, faults, "lesson", lesson_id, ("lessonId",), position)
    await slug_must_be_free(tx, faults, "challenge", lesson_id, slug)
    faults.settle()
    return await insert(tx, keyring, act, lesson_id, slug, content, position=position, applied=False)


async def insert(
    tx: Transaction,
    keyring: Keyring,
    act: WriteContext,
    lesson_id: UUID,
    slug: str,
    content: Content,
    *,
    position: int | None = None,
    applied: bool,
) -> UUID:
    """Write a new challenge of checked content under the tree's lock."""
    id = new_id()
    try:
        await tx.execute(
            queries.insert_challenge,
            id=id,
            lesson_id=lesson_id,
            slug=slug,
            at=act.at,
            actor=act.actor,
            applied_hash=content.content_hash if applied else None,
            **await _columns(tx, keyring, content),
        )
    except ConstraintViolated as error:
        if error.constraint != "challenges_slug":
            raise
        raise Refused(Taken(("slug",), f"Another challenge of this lesson has the slug {slug}.")) from error
    if position is not None:
        await insert_at(tx, "challenge", lesson_id, id, position)
    return id


async def update(
    tx: Transaction, keyring: Keyring, act: WriteContext, *, challenge_id: UUID, expected_revision: int, edit: Edit
) -> None:
    """Save an edit of a draft; raises ``Refused``: STALE alone, else every fault."""
    row = await _locked(tx, act, challenge_id)
    _compare(row, expected_revision)
    if row.deleted_at is not None:
        raise Refused(Archived(("challengeId",)))
    solution = (await opened(tx, keyring, [row.solution_hash]))[row.solution_hash]
    before, unknown = Content.of_row(row, solution), Faults()
    content = (await edit.settled(tx, unknown)).on(before)
    faults = edit.on(before).check()
    faults.extend(unknown)
    faults.settle()
    await save(tx, keyring, act, row, content, restored_from=row.draft_restored_from)


async def restore(
    tx: Transaction,
    keyring: Keyring,
    act: WriteContext,
    *,
    challenge_id: UUID,
    from_label: str,
    expected_revision: int,
) -> None:
    """Copy a version's text into the draft; what is live stays as it is."""
    row = await _locked(tx, act, challenge_id)
    _compare(row, expected_revision)
    faults = Faults()
    version = await version_by_label(tx, challenge_id, from_label)
    if row.deleted_at is not None:
        faults.append(Archived(("challengeId",)))
    if version is None:
        faults.append(NotFound(("fromLabel",), f"This challenge has no version {from_label}."))
    faults.settle()
    assert version is not None
    (full,) = await full_versions_by_id(tx, [version.id])
    solution = (await opened(tx, keyring, [full.solution_hash]))[full.solution_hash]
    await save(tx, keyring, act, row, Content.of_row(full, solution), restored_from=version.id)


async def save(
    tx: Transaction,
    keyring: Keyring,
    act: WriteContext,
    row: DraftRow,
    content: Content,
    *,
    restored_from: UUID | None,
    applied: bool = False,
) -> bool:
    """Write checked content over a locked draft, keeping the text it loses; False when nothing changed."""
    if content.content_hash == row.content_hash:
        if applied and row.applied_hash != row.content_hash:
            await tx.execute(queries.mark_applied, id=row.id)
        return False
    await tx.execute(queries.keep_draft, id=row.id)
    await tx.execute(queries.forget_old_drafts, id=row.id, revision=row.draft_revision)
    touched = await tx.execute(
        queries.replace_draft,
        id=row.id,
        expected_revision=row.draft_revision,
        at=act.at,
        actor=act.actor,
        restored_from=restored_from,
        applied_hash=content.content_hash if applied else None,
        **await _columns(tx, keyring, content),
    )
    assert touched == 1, "the draft is locked, so its revision stands"
    return True


async def past_drafts(reads: Reads, challenge_ids: Sequence[UUID]) -> list[PastDraftRow]:
    """Return what these drafts said before, newest first."""
    return await reads.fetch_all(queries.past_drafts_by_challenge_id, PastDraftRow, ids=list(challenge_ids))


async def only_creators_edit(reads: Reads) -> bool:
    """Tell whether a draft is its creator's alone, as the setting ``drafts_editable_by`` says."""
    return await settings.get(reads, "drafts_editable_by") == "creator"


def not_the_creators(path: tuple[str, ...]) -> Fault:
    """Return the fault of an edit by somebody else than the creator."""
    return Invalid(path, "The setting drafts_editable_by is creator, and this draft is somebody else's.")


async def _locked(tx: Transaction, act: WriteContext, challenge_id: UUID) -> DraftRow:
    rows = await lock_drafts(tx, [challenge_id])
    if not rows:
        raise Refused(NotFound(("challengeId",)))
    if rows[0].created_by != act.actor and await only_creators_edit(tx):
        raise Refused(not_the_creators(("challengeId",)))
    return rows[0]


def _compare(row: DraftRow, expected_revision: int) -> None:
    if row.draft_revision != expected_revision:
        raise Refused(
            Stale(
                ("expectedRevision",),
                f"The draft is at revision {row.draft_revision}; read it again and put your change on top of it.",
                expected=str(expected_revision),
                actual=str(row.draft_revision),
            )
        )


async def _columns(tx: Transaction, keyring: Keyring, content: Content) -> dict[str, object]:
    return {
        "title": content.title,
        "instructions": content.instructions,
        "difficulty": content.difficulty,
        "points": content.points,
        "estimated_time_minutes": content.estimated_time_minutes,
        "starter_html": content.starter.html,
        "starter_css": content.starter.css,
        "starter_js": content.starter.js,
        "solution_hash": await store(tx, keyring, content.solution),
        "tests": Jsonb([test.stored() for test in content.tests]),
        "hooks": Jsonb(content.hooks.stored()),
        "libraries": Jsonb(list(content.libraries)),
        "hints": Jsonb(list(content.hints)),
        "content_hash": content.content_hash,
        "judged_hash": content.judged_hash,
    }
