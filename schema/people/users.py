"""People: what is shown of them, and what admins and they themselves change."""

from datetime import datetime
from enum import Enum

import strawberry

from accounts.people import KEEP, ProfileChanges
from loaders.users import user_by_id
from resolvers.policy import everyone, is_signed_in, may_manage_people
from schema.fields import Shows, column
from schema.node import Node
from schema.payloads import Payload
from sql.rows.accounts import UserRow


@strawberry.enum(description="What somebody may do at all; an API token may do less.")
class Role(Enum):
    LEARNER = strawberry.enum_value("learner", description="Solves challenges.")
    AUTHOR = strawberry.enum_value("author", description="Writes challenges and publishes them.")
    REVIEWER = strawberry.enum_value("reviewer", description="Reads drafts and approves them.")
    ADMIN = strawberry.enum_value("admin", description="May do all of it, and manages people.")


@strawberry.type(description="A person, or a service account as which a tool acts.")
class User(Shows[UserRow], Node, node=user_by_id, asked_by=is_signed_in):
    display_name: str = column("The name that others see.", see=everyone)
    avatar_url: str | None = column("Where a picture lies, if there is one.", see=everyone)
    role: Role | None = column("What they may do; null for visitors.", see=is_signed_in)
    suspended_at: datetime | None = column(
        "Since when they are kept out, if they are. Admins; null to others.", see=may_manage_people
    )


@strawberry.input(description="Somebody to invite.")
class CreateUserInput:
    email: str = strawberry.field(description="Where they sign in with; taken at most once.")
    display_name: str = strawberry.field(description="The name that others see, at most 80 characters.")
    role: Role = strawberry.field(description="What they may do.")


@strawberry.type(description="The answer of createUser.")
class CreateUserPayload(Payload):
    user: User | None = strawberry.field(default=None, description="The new account.")
    invitation: str | None = strawberry.field(
        default=None,
        description="Shown once: a link below this gateway's address at which they set a password within seven days.",
    )


@strawberry.input(description="Another role for somebody.")
class SetUserRoleInput:
    user_id: strawberry.ID = strawberry.field(description="Whose role.")
    role: Role = strawberry.field(description="The role from now on.")
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description="Sent again under the same key, the mutation is done once."
    )


@strawberry.type(description="The answer of setUserRole.")
class SetUserRolePayload(Payload):
    user: User | None = strawberry.field(default=None, description="The account with its role.")


@strawberry.input(description="An account to keep out: no session, no token, no place on a leaderboard.")
class SuspendUserInput:
    user_id: strawberry.ID = strawberry.field(description="Whose account.")
    reason: str = strawberry.field(description="Why, for the audit record; nothing personal.")
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description="Sent again under the same key, the mutation is done once."
    )


@strawberry.type(description="The answer of suspendUser.")
class SuspendUserPayload(Payload):
    user: User | None = strawberry.field(default=None, description="The account as it is now.")


@strawberry.input(description="A suspended account to let in again.")
class ReinstateUserInput:
    user_id: strawberry.ID = strawberry.field(description="Whose account.")
    reason: str = strawberry.field(description="Why, for the audit record; nothing personal.")
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description="Sent again under the same key, the mutation is done once."
    )


@strawberry.type(description="The answer of reinstateUser.")
class ReinstateUserPayload(Payload):
    user: User | None = strawberry.field(default=None, description="The account as it is now.")


@strawberry.input(description="What to change about oneself; what is absent stays.")
class UpdateProfileInput:
    display_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The name that others see, at most 80 characters; null is refused."
    )
    avatar_url: str | None = strawberry.field(
        default=strawberry.UNSET, description="The https address of a picture; null takes it away."
    )
    hide_from_leaderboards: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether leaderboards leave one out; null is refused."
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description="Sent again under the same key, the mutation is done once."
    )

    def changes(self) -> ProfileChanges:
        """Return what was given, as the domain takes it."""
        unset = strawberry.UNSET
        return ProfileChanges(
            KEEP if self.display_name is unset else self.display_name,
            KEEP if self.avatar_url is unset else self.avatar_url,
            KEEP if self.hide_from_leaderboards is unset else self.hide_from_leaderboards,
        )


@strawberry.type(description="The answer of updateProfile.")
class UpdateProfilePayload(Payload):
    user: User | None = strawberry.field(default=None, description="The account as it is now.")
