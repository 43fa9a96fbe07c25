"""The hash chain over a challenge's versions: each covers the one before and every fact of its own row that stays."""

from datetime import datetime
from uuid import UUID

from core.canonical import digest
from versioning.log.publication_log import moment

GENESIS = "0" * 64


def chain_hash(
    previous: str | None,
    *,
    id: UUID,
    challenge_id: UUID,
    number: int,
    major: int,
    minor: int,
    content_hash: str,
    judged_hash: str,
    restored_from: UUID | None,
    changelog: str,
    created_by: UUID,
    reviewed_by: UUID | None,
    published_by: UUID,
    published_at: datetime,
    canonical: int,
) -> str:
    """Return the chain hash of a version; ``previous`` is the one of the version before, None for the first."""
    return digest(
        {
            "canonical": canonical,
            "previous": previous or GENESIS,
            "id": str(id),
            "challenge": str(challenge_id),
            "number": number,
            "label": [major, minor],
            "content": content_hash,
            "judged": judged_hash,
            "restoredFrom": str(restored_from) if restored_from else None,
            "changelog": changelog,
            "createdBy": str(created_by),
            "reviewedBy": str(reviewed_by) if reviewed_by else None,
            "publishedBy": str(published_by),
            "publishedAt": moment(published_at),
        }
    )
