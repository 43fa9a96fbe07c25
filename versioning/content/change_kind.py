"""What kind of change a draft is, which label it gets, and what a plan's id covers.

Major is what could break work that learners have begun; only a replay, which has tried, says otherwise.
"""

from core.canonical import digest
from versioning.content import labels
from versioning.content.definition import Content, is_major
from versioning.content.labels import Bump
from versioning.judging import compatibility
from versioning.judging.compatibility import ENOUGH, Accepted
from versioning.publishing.publish_state import PublishState


def kind_of_change(standing: PublishState) -> Bump:
    """Return MAJOR when the draft is a major change against the live version or against the highest one.

    A test that was added or changed is minor where a replay showed that it breaks nothing.
    """
    known = standing.compatibility
    if known is not None and known.is_harmless and _is_replayable(standing):
        return "MINOR"
    return "MAJOR" if _majors(standing) else "MINOR"


def label_of(standing: PublishState, bump: Bump) -> tuple[int, int]:
    """Return the label that the next version gets."""
    return labels.following((standing.highest.major, standing.highest.minor) if standing.highest else None, bump)


def is_lowered(standing: PublishState, bump: Bump | None, accepted: Accepted) -> bool:
    """Whether a minor label is asked for without anything that would justify it; what a gate refuses already is not."""
    if bump != "MINOR" or standing.highest is None or kind_of_change(standing) == "MINOR":
        return False
    known = standing.compatibility
    if known is None or not _is_replayable(standing):
        return True
    if compatibility.state(known, bump, accepted)[0] in ("PENDING", "FAILED"):
        return False
    return not (known.accepts(accepted) or (known.is_within and known.judged >= ENOUGH))


def plan_id(standing: PublishState) -> str:
    """Return the hash of all that a publish would do: the text, what it replaces, label, approval, replay."""
    known = standing.compatibility
    bump = kind_of_change(standing)
    return digest(
        {
            "challenge": str(standing.draft.id),
            "content": standing.draft.content_hash,
            "live": standing.live.hash,
            "label": labels.spelled(label_of(standing, bump)),
            "approved": str(standing.approved_by) if standing.approved_by else None,
            "shown": standing.ancestors_shown,
            "replay": known.facts() if known else None,
        }
    )


def _majors(standing: PublishState) -> list[Content]:
    """Return what the draft is a major change against."""
    others = (standing.live_content, standing.highest_content)
    return [other for other in others if other and is_major(other, standing.content)]


def _is_replayable(standing: PublishState) -> bool:
    """Whether a replay against what is live tells all that makes the change major."""
    live, draft = standing.live_content, standing.content
    return live is not None and all(
        other.judged_hash == live.judged_hash and compatibility.only_adds_or_changes(other, draft)
        for other in _majors(standing)
    )
