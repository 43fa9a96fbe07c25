"""Who asks, and how one comes to be somebody: signing up, in and out."""

import strawberry

import resolvers.context
from loaders.pages import PageOf
from loaders.practice import attempts_by_user_id, enrollments_by_user_id, notices_by_user_id, progress_by_user_id
from loaders.users import api_tokens_by_user_id, user_by_id
from resolvers.policy import is_signed_in
from schema.fields import Shows, inherited, loaded, shown
from schema.pages import Connection
from schema.payloads import Payload
from schema.people.tokens import ApiToken
from schema.people.users import User
from schema.practice.notices import Notice
from schema.practice.practice import Attempt, AttemptsArguments, ChallengeProgress, Enrollment, ProgressArguments


@shown(see=is_signed_in, description="The signed-in person and their own data.")
class Viewer(Shows[resolvers.context.Viewer]):
    user: User = loaded("Their account.", by="user_id", loader=user_by_id, see=inherited)
    api_tokens: list[ApiToken] = loaded(
        "Their API tokens, newest first, revoked ones last; at most 200.",
        by="user_id",
        loader=api_tokens_by_user_id,
        see=inherited,
    )
    dashboard: list[Enrollment] = loaded(
        "Their tracks that are shown, the last begun first.",
        by="user_id",
        loader=enrollments_by_user_id,
        see=inherited,
    )
    progress: Connection[ChallengeProgress] = loaded(
        "The challenges that they have begun, the last begun first.",
        by="user_id",
        loader=progress_by_user_id,
        takes=ProgressArguments,
        see=inherited,
    )
    notices: Connection[Notice] = loaded(
        "What they are told of the versions of what they work on, newest first; not what they put away.",
        by="user_id",
        loader=notices_by_user_id,
        takes=PageOf,
        see=inherited,
    )
    attempts: Connection[Attempt] = loaded(
        "What they submitted, newest first.",
        by="user_id",
        loader=attempts_by_user_id,
        takes=AttemptsArguments,
        see=inherited,
    )


@strawberry.input(description="A new account.")
class SignUpInput:
    email: str = strawberry.field(description="The address to sign in with; taken at most once.")
    password: str = strawberry.field(description="8 to 256 characters.")
    display_name: str = strawberry.field(description="The name that others see, at most 80 characters.")


@strawberry.type(description="The answer of signUp.")
class SignUpPayload(Payload):
    token: str | None = strawberry.field(
        default=None, description="Shown once: the session's secret, sent as a bearer token, good for 30 days."
    )
    viewer: Viewer | None = strawberry.field(default=None, description="Who is signed in now.")


@strawberry.input(description="An address and its password.")
class LogInInput:
    email: str = strawberry.field(description="The address that the account was made with; capitals do not matter.")
    password: str = strawberry.field(description="The password.")
    log_out_everywhere: bool = strawberry.field(
        default=False, description="End all other sessions of the account, if the password is right."
    )


@strawberry.type(description="The answer of logIn.")
class LogInPayload(Payload):
    token: str | None = strawberry.field(
        default=None, description="Shown once: the session's secret, sent as a bearer token, good for 30 days."
    )
    viewer: Viewer | None = strawberry.field(default=None, description="Who is signed in now.")


@strawberry.input(description="Which sessions to end.")
class LogOutInput:
    everywhere: bool = strawberry.field(
        default=False, description="Whether to end all your sessions. The default ends only this one."
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Accepted like everywhere; ending a session twice is as ending it once.",
    )


@strawberry.type(description="The answer of logOut.")
class LogOutPayload(Payload):
    pass


@strawberry.input(description="Another password for oneself.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="The password until now.")
    new_password: str = strawberry.field(description="The password from now on: 8 to 256 characters.")


@strawberry.type(description="The answer of changePassword; all other sessions are ended.")
class ChangePasswordPayload(Payload):
    pass


@strawberry.input(description="An invitation and the first password.")
class AcceptInvitationInput:
    token: str = strawberry.field(description="The link that createUser told, or the part after its #.")
    password: str = strawberry.field(description="8 to 256 characters.")


@strawberry.type(description="The answer of acceptInvitation.")
class AcceptInvitationPayload(Payload):
    token: str | None = strawberry.field(
        default=None, description="Shown once: the session's secret, sent as a bearer token, good for 30 days."
    )
    viewer: Viewer | None = strawberry.field(default=None, description="Who is signed in now.")
