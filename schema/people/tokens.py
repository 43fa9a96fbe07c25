"""API tokens: keys for tools."""

from datetime import datetime
from enum import Enum

import strawberry

from loaders.users import own_api_token_by_id
from resolvers.policy import is_signed_in
from schema.fields import Shows, column, inherited, shown
from schema.node import Node
from schema.payloads import Payload
from sql.rows.accounts import ApiTokenRow


@strawberry.enum(description="What an API token may be used for, as far as its owner's role allows it.")
class ApiScope(Enum):
    CONTENT_READ = strawberry.enum_value(
        "content:read", description="Reading drafts, solutions, hidden tests and the log."
    )
    CONTENT_WRITE = strawberry.enum_value("content:write", description="Editing the tree and drafts.")
    CONTENT_PUBLISH = strawberry.enum_value(
        "content:publish", description="Publishing, rolling back, showing, hiding and archiving."
    )
    GRADE = strawberry.enum_value("grade", description="Grading attempts from outside.")
    OPERATE = strawberry.enum_value("operate", description="Managing people, roles and settings.")


@shown(see=is_signed_in, description="A key by which a tool signs in. Its secret is shown once, when the key is made.")
class ApiToken(Shows[ApiTokenRow], Node, node=own_api_token_by_id):
    name: str = column("What it is for.", see=inherited)
    scopes: list[ApiScope] = column("What it may be used for.", see=inherited)
    created_at: datetime = column("When it was made.", see=inherited)
    last_used_at: datetime | None = column("When it was last used, to the minute.", see=inherited)
    expires_at: datetime | None = column("When it ends by itself, if ever.", see=inherited)
    revoked_at: datetime | None = column("When it was revoked, if it was.", see=inherited)


@strawberry.input(description="A token to make for oneself.")
class CreateApiTokenInput:
    name: str = strawberry.field(description="What it is for, at most 80 characters.")
    scopes: list[ApiScope] = strawberry.field(
        description="The scopes of the token. Your role must include each of them."
    )
    expires_at: datetime | None = strawberry.field(
        default=strawberry.UNSET,
        description="When it ends by itself, with time zone; absent, it lasts until it is revoked.",
    )

    def end(self) -> datetime | None:
        """Return when it ends by itself; None for never."""
        return self.expires_at or None


@strawberry.type(description="The answer of createApiToken.")
class CreateApiTokenPayload(Payload):
    token: str | None = strawberry.field(default=None, description="Shown once: the secret, sent as a bearer token.")
    api_token: ApiToken | None = strawberry.field(default=None, description="The token without its secret.")


@strawberry.input(description="A token to end.")
class RevokeApiTokenInput:
    api_token_id: strawberry.ID = strawberry.field(
        description="The id of the token: your own, or any token as an admin."
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description="Sent again under the same key, the mutation is done once."
    )


@strawberry.type(description="The answer of revokeApiToken.")
class RevokeApiTokenPayload(Payload):
    api_token: ApiToken | None = strawberry.field(default=None, description="The token, revoked.")
