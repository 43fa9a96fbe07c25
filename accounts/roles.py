"""Roles and the scopes of API tokens: which there are, and which scopes make sense for whom."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

ROLES = ("learner", "author", "reviewer", "admin")

# A token's rights are its owner's role cut down to its scopes, so a scope outside of the role would promise nothing.
SCOPES: Mapping[str, Collection[str]] = MappingProxyType(
    {
        "content:read": ("author", "reviewer", "admin"),
        "content:write": ("author", "admin"),
        "content:publish": ("author", "admin"),
        "grade": ("admin",),
        "operate": ("admin",),
    }
)


def role_for(scopes: Collection[str]) -> str:
    """Return the least role for which all these scopes make sense: the one to give to a service account."""
    return next((role for role in ROLES[1:] if all(role in SCOPES.get(scope, ()) for scope in scopes)), "admin")
