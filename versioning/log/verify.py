"""Verifying history: recompute what the hashes claim, and name the first fault.

For one challenge: every version's content, judged and chain hash, numbers without gap, every publication that names it
with its hash and its link to the one before, the live sets joining up, and their fold against ``is_active`` and
``weight``. ``verify_log`` walks everything. What it cannot see is told in ``docs/model.md``: somebody who owns the
database and recomputes every hash to the end, which only a head hash kept elsewhere betrays.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.code import Code
from core.sealing import Keyring, SealingError
from sql.database import Reads
from sql.rows.log import LogHeadRow, PublicationRow, RecordRow
from sql.rows.tree import IdRow
from sql.rows.versions import FullVersionRow
from versioning.content import libraries
from versioning.content.definition import Content
from versioning.content.solutions import name_of, opened
from versioning.log.chain import chain_hash
from versioning.log.live import plain
from versioning.log.publication_log import publication_hash, queries
from versioning.publishing.publish_state import full_versions

STRETCH = 500


@dataclass(frozen=True, slots=True)
class Verification:
    """What was recomputed, and the first thing that does not fit."""

    checked_versions: int
    checked_publications: int
    first_fault: str | None

    @property
    def intact(self) -> bool:
        return self.first_fault is None


async def verify_history(reads: Reads, keyring: Keyring, challenge_id: UUID) -> Verification:
    """Verify one challenge's versions and every publication that names it."""
    versions = await full_versions(reads, challenge_id)
    naming = await reads.fetch_all(queries.publications_naming, PublicationRow, subject_id=challenge_id)
    records = await _records(reads, naming)
    fault = (
        await _version_fault(reads, keyring, versions)
        or await _publications_fault(reads, naming, records)
        or _join_fault(
            [record for one in naming for record in records[one.id] if record.subject_id == challenge_id], versions
        )
    )
    return Verification(len(versions), len(naming), fault)


async def verify_log(reads: Reads, keyring: Keyring) -> AsyncIterator[Verification]:
    """Walk the whole log and then every challenge; yields the running count, and ends at the first fault."""
    versions, publications, previous = 0, 0, None
    above = 0
    while stretch := await reads.fetch_all(queries.publications_from, PublicationRow, above=above, limit=STRETCH):
        records = await _records(reads, stretch)
        missing = await _missing_challenges(reads, records)
        for publication in stretch:
            fault = _link_fault(publication, previous) or _hash_fault(publication, records)
            if not fault and any(record.subject_id in missing for record in records[publication.id]):
                fault = f"publication {publication.seq}: a challenge that it names is gone"
            publications += 1
            if fault:
                yield Verification(versions, publications, fault)
                return
            previous = publication
        above = stretch[-1].seq
        yield Verification(versions, publications, None)
    if fault := _head_fault(await reads.fetch_one(queries.head, LogHeadRow), previous):
        yield Verification(versions, publications, fault)
        return
    last: UUID | None = None
    while challenges := await reads.fetch_all(queries.challenges_from, IdRow, above=last, limit=STRETCH):
        for challenge in challenges:
            own = await full_versions(reads, challenge.id)
            versions += len(own)
            # The publications themselves were walked above: only how this challenge's records join up is left.
            joined = await reads.fetch_all(queries.records_of_subject, RecordRow, subject_id=challenge.id)
            if fault := await _version_fault(reads, keyring, own) or _join_fault(joined, own):
                yield Verification(versions, publications, fault)
                return
        last = challenges[-1].id
        yield Verification(versions, publications, None)


async def _version_fault(reads: Reads, keyring: Keyring, versions: Sequence[FullVersionRow]) -> str | None:
    previous = None
    try:
        solutions = await opened(reads, keyring, [version.solution_hash for version in versions])
    except SealingError as error:
        return f"a solution cannot be opened: {error}"
    for number, version in enumerate(versions, start=1):
        name = f"version {version.number}"
        if version.number != number:
            return f"version {number} is missing"
        solution = solutions.get(version.solution_hash)
        if solution is None or name_of(solution) != version.solution_hash:
            return f"{name}: the solution is not the one that was published"
        fault = _content_fault(version, solution) or await _library_fault(reads, version)
        if fault:
            return f"{name}: {fault}"
        if version.chain_hash != _chain(version, previous):
            return f"{name}: a fact beside its content was changed (chain_hash)"
        previous = version.chain_hash
    return None


def _content_fault(version: FullVersionRow, solution: Code) -> str | None:
    try:
        content = Content.of_row(version, solution)
        if content.content_hash != version.content_hash:
            return "its content was changed (content_hash)"
        if version.judged_hash not in (content.judged_hash, content.judged_hash_before_names):
            return "its judged part was changed (judged_hash)"
    except TypeError:
        return "its content is not of the stored form"
    return None


async def _library_fault(reads: Reads, version: FullVersionRow) -> str | None:
    found = await libraries.by_hash(reads, version.libraries)
    for hash in version.libraries:
        if hash not in found or libraries.hash_of(found[hash].source) != hash:
            return f"the test library {hash} is not the one that it was published with"
    return None


def _chain(version: FullVersionRow, previous: str | None) -> str:
    return chain_hash(
        previous,
        id=version.id,
        challenge_id=version.challenge_id,
        number=version.number,
        major=version.major,
        minor=version.minor,
        content_hash=version.content_hash,
        judged_hash=version.judged_hash,
        restored_from=version.restored_from,
        changelog=version.changelog,
        created_by=version.created_by,
        reviewed_by=version.reviewed_by,
        published_by=version.published_by,
        published_at=version.published_at,
        canonical=version.canonical,
    )


async def _publications_fault(
    reads: Reads, naming: Sequence[PublicationRow], records: dict[UUID, list[RecordRow]]
) -> str | None:
    before = await reads.fetch_all(queries.publications_by_seq, PublicationRow, seqs=[one.seq - 1 for one in naming])
    after = await reads.fetch_all(queries.publications_by_seq, PublicationRow, seqs=[one.seq + 1 for one in naming])
    by_seq = {one.seq: one for one in (*before, *after)}
    head = await reads.fetch_one(queries.head, LogHeadRow)
    for publication in naming:
        fault = _link_fault(publication, by_seq.get(publication.seq - 1)) or _hash_fault(publication, records)
        following = by_seq.get(publication.seq + 1)
        if not fault and following:
            fault = _link_fault(following, publication)
        if not fault and not following:
            fault = _head_fault(head, publication)
        if fault:
            return fault
    return None


def _link_fault(publication: PublicationRow, previous: PublicationRow | None) -> str | None:
    if publication.seq == 1:
        return None
    if previous is None or previous.seq != publication.seq - 1:
        return f"publication {publication.seq - 1} is missing"
    if publication.previous_hash != previous.hash:
        return f"publication {publication.seq}: its link to the one before does not hold"
    if publication.at <= previous.at:
        return f"publication {publication.seq}: it is not later than the one before"
    return None


def _hash_fault(publication: PublicationRow, records: dict[UUID, list[RecordRow]]) -> str | None:
    own = records.get(publication.id, [])
    if any((record.seq, record.at) != (publication.seq, publication.at) for record in own):
        return f"publication {publication.seq}: a record's number or moment was changed"
    if [record.ordinal for record in own] != list(range(1, len(own) + 1)):
        return f"publication {publication.seq}: a record is missing"
    try:
        intact = publication_hash(publication, own) == publication.hash
    except TypeError:  # a number that no canonical form has was put into a record
        intact = False
    return None if intact else f"publication {publication.seq}: it was changed (hash)"


def _head_fault(head: LogHeadRow | None, last: PublicationRow | None) -> str | None:
    held = (head.seq, head.hash) if head else None
    if held != ((last.seq, last.hash) if last else (0, "0" * 64)):
        return "the end of the log is not where its head says"
    return None


def _join_fault(records: Sequence[RecordRow], versions: Sequence[FullVersionRow]) -> str | None:
    """Return where a challenge's records, in order, do not join up or do not end in what is marked as active."""
    live: list[dict[str, int]] = []
    published = 0
    for record in records:
        if record.before != live:
            return f"publication {record.seq}: it replaced something else than was live"
        live = record.after
        # A release makes a new version of a challenge live, or one that there was, or takes it back.
        if record.kind == "PUBLISH" or (record.kind == "RELEASE" and any(arm["version"] > published for arm in live)):
            published += 1
    if published != len(versions):
        return f"the log tells of {published} versions, and there are {len(versions)}"
    active = plain((version.number, version.weight) for version in versions if version.is_active)
    if live != active:
        return f"the log ends with {live} live, and {active} is marked as active"
    return None


async def _missing_challenges(reads: Reads, records: dict[UUID, list[RecordRow]]) -> set[UUID]:
    """Return the challenges that records name and that are not there."""
    named = {record.subject_id for own in records.values() for record in own if record.subject_type == "challenge"}
    there = await reads.fetch_all(queries.challenges_known, IdRow, ids=sorted(named))
    return named - {row.id for row in there}


async def _records(reads: Reads, publications: Sequence[PublicationRow]) -> dict[UUID, list[RecordRow]]:
    found: dict[UUID, list[RecordRow]] = {}
    rows = await reads.fetch_all(
        queries.records_by_publication_id, RecordRow, ids=[publication.id for publication in publications]
    )
    for row in rows:
        found.setdefault(row.publication_id, []).append(row)
    return found
