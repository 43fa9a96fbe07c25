"""Reading history: what a version, the draft or what is live says, for many challenges at once."""

from collections.abc import Collection
from uuid import UUID

from core.sealing import Keyring
from sql.database import Reads
from sql.rows.versions import VersionRow
from versioning.content import labels
from versioning.content.definition import Content
from versioning.content.solutions import opened
from versioning.publishing import publish_state
from versioning.publishing.publish_state import full_versions_by_id
from versioning.publishing.rollback import by_label


def is_name(name: str) -> bool:
    """Tell whether a text could be called so: ``draft``, ``live``, or a label."""
    return name in ("draft", "live") or labels.parse(name) is not None


async def named_texts(
    reads: Reads, keyring: Keyring, wanted: Collection[tuple[UUID, str]]
) -> dict[tuple[UUID, str], Content]:
    """Return what the named texts of these challenges say; names that mean nothing there are absent."""
    standings = await publish_state.load(
        reads, keyring, sorted({id for id, name in wanted if name in ("draft", "live")})
    )
    found: dict[tuple[UUID, str], Content] = {}
    for id, standing in standings.items():
        found[id, "draft"] = standing.content
        if standing.live_content:
            found[id, "live"] = standing.live_content
    pairs = [(id, parsed) for id, name in sorted(wanted) if (parsed := labels.parse(name))]
    versions = await reads.fetch_all(
        by_label.versions_by_label,
        VersionRow,
        challenge_ids=[id for id, _ in pairs],
        majors=[label[0] for _, label in pairs],
        minors=[label[1] for _, label in pairs],
    )
    full = await full_versions_by_id(reads, [version.id for version in versions])
    solutions = await opened(reads, keyring, [row.solution_hash for row in full])
    for row in full:
        found[row.challenge_id, row.label] = Content.of_row(row, solutions[row.solution_hash])
    return found
