"""The right to act and the right to see a field: pure functions of the viewer, each named as a sentence.

A person's rights are their role's; an API token's are its owner's role cut down to its scopes. Which rows somebody may
see is decided in the SQL; that an approver did not write what they approve is decided in
``versioning.content.reviews``, which knows the draft's editors.
"""

from collections.abc import Callable
from typing import TypeAlias

from resolvers.context import Scope, Viewer, grades
from resolvers.errors import Forbidden, Unauthenticated

Rule: TypeAlias = Callable[[Viewer], bool]

WRITERS = ("author", "admin")
STAFF = ("author", "reviewer", "admin")


def everyone(viewer: Viewer) -> bool:
    """Anyone, visitors included."""
    return True


def is_signed_in(viewer: Viewer) -> bool:
    """Whoever has a session or a token."""
    return viewer.user_id is not None


def may_read_content(viewer: Viewer) -> bool:
    """Drafts, solutions, hidden tests, the log: authors, reviewers and admins."""
    return viewer.role in STAFF and _scoped(viewer, "content:read", "content:write", "content:publish")


def may_write_content(viewer: Viewer) -> bool:
    """Editing the tree and drafts: authors and admins."""
    return viewer.role in WRITERS and _scoped(viewer, "content:write")


def may_publish(viewer: Viewer) -> bool:
    """Publishing, rolling back, showing, hiding, archiving: authors and admins."""
    return viewer.role in WRITERS and _scoped(viewer, "content:publish")


def may_review(viewer: Viewer) -> bool:
    """Approving and asking for changes: reviewers and admins in person, never a token."""
    return viewer.role in ("reviewer", "admin") and not viewer.is_token


def may_preview(viewer: Viewer) -> bool:
    """Having drafts run: whoever may write content, and reviewers in person."""
    return may_write_content(viewer) or may_review(viewer)


def may_manage_people(viewer: Viewer) -> bool:
    """Making users and giving roles: admins."""
    return viewer.role == "admin" and _scoped(viewer, "operate")


def may_manage_own_account(viewer: Viewer) -> bool:
    """Profile, password, own API tokens: the person, never a token (a leaked one must not breed)."""
    return viewer.user_id is not None and not viewer.is_token


def may_practise(viewer: Viewer) -> bool:
    """Enrolling, beginning, submitting: everybody in person; no token works for a learner."""
    return viewer.user_id is not None and not viewer.is_token


def may_grade(viewer: Viewer) -> bool:
    """Recording verdicts: a token with the scope for it, and no person, whatever their role."""
    return grades(viewer)


def may_operate(viewer: Viewer) -> bool:
    """Looking at the machinery: admins."""
    return viewer.role == "admin" and _scoped(viewer, "operate")


def require(viewer: Viewer, rule: Rule) -> None:
    """Raise ``Unauthenticated`` or ``Forbidden`` unless the rule allows the viewer."""
    if not rule(viewer):
        if viewer.user_id is None:
            raise Unauthenticated()
        raise Forbidden()


def _scoped(viewer: Viewer, *scopes: Scope) -> bool:
    return viewer.scopes is None or not viewer.scopes.isdisjoint(scopes)
