"""Mutations of people: signing up, in and out, accounts, roles, profiles, passwords, API tokens."""

from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from loaders.users import user_by_id
from resolvers.people import people, sessions, tokens
from resolvers.policy import may_manage_own_account, may_manage_people
from schema.inputs import INPUT, Reader, answered, asked, context, text_of
from schema.people.tokens import (
    ApiToken,
    CreateApiTokenInput,
    CreateApiTokenPayload,
    RevokeApiTokenInput,
    RevokeApiTokenPayload,
)
from schema.people.users import (
    CreateUserInput,
    CreateUserPayload,
    ReinstateUserInput,
    ReinstateUserPayload,
    SetUserRoleInput,
    SetUserRolePayload,
    SuspendUserInput,
    SuspendUserPayload,
    UpdateProfileInput,
    UpdateProfilePayload,
    User,
)
from schema.people.viewer import (
    AcceptInvitationInput,
    AcceptInvitationPayload,
    ChangePasswordInput,
    ChangePasswordPayload,
    LogInInput,
    LogInPayload,
    LogOutInput,
    LogOutPayload,
    SignUpInput,
    SignUpPayload,
    Viewer,
)


@strawberry.type
class PeopleMutations:
    @strawberry.mutation(description="Make a learner's account and sign in. OVERLOADED after too many of one client.")
    async def sign_up(self, info: Info[Any, Any], input: Annotated[SignUpInput, INPUT]) -> SignUpPayload:
        async def do() -> SignUpPayload:
            begun = await sessions.sign_up(context(info), input.email, input.password, input.display_name)
            return SignUpPayload(token=begun.secret, viewer=Viewer.of(begun.viewer))

        return await answered(SignUpPayload, do())

    @strawberry.mutation(
        description="Sign in; the token goes into the header Authorization: Bearer. OVERLOADED after too many tries."
    )
    async def log_in(self, info: Info[Any, Any], input: Annotated[LogInInput, INPUT]) -> LogInPayload:
        async def do() -> LogInPayload:
            begun = await sessions.log_in(
                context(info), input.email, input.password, ends_others=input.log_out_everywhere
            )
            return LogInPayload(token=begun.secret, viewer=Viewer.of(begun.viewer))

        return await answered(LogInPayload, do())

    @strawberry.mutation(description="End this session, or all your sessions.")
    async def log_out(self, info: Info[Any, Any], input: Annotated[LogOutInput | None, INPUT] = None) -> LogOutPayload:
        async def do() -> LogOutPayload:
            await sessions.log_out(context(info), everywhere=input is not None and input.everywhere)
            return LogOutPayload()

        return await answered(LogOutPayload, do())

    @strawberry.mutation(description="Set the first password of an invited account and sign in.")
    async def accept_invitation(
        self, info: Info[Any, Any], input: Annotated[AcceptInvitationInput, INPUT]
    ) -> AcceptInvitationPayload:
        async def do() -> AcceptInvitationPayload:
            secret = input.token.rpartition("#")[2]
            begun = await sessions.accept_invitation(context(info), secret, input.password)
            return AcceptInvitationPayload(token=begun.secret, viewer=Viewer.of(begun.viewer))

        return await answered(AcceptInvitationPayload, do())

    @strawberry.mutation(description="Change your password. All your other sessions end.")
    async def change_password(
        self, info: Info[Any, Any], input: Annotated[ChangePasswordInput, INPUT]
    ) -> ChangePasswordPayload:
        async def do() -> ChangePasswordPayload:
            await sessions.change_password(context(info), input.current_password, input.new_password)
            return ChangePasswordPayload()

        return await answered(ChangePasswordPayload, do())

    @strawberry.mutation(description="Make an account for somebody and an invitation to it. Admins.")
    async def create_user(self, info: Info[Any, Any], input: Annotated[CreateUserInput, INPUT]) -> CreateUserPayload:
        async def do() -> CreateUserPayload:
            made = await people.create_user(context(info), input.email, input.display_name, text_of(input.role))
            return CreateUserPayload(user=User.of(made.user), invitation=f"/invitation#{made.secret}")

        return await answered(CreateUserPayload, do())

    @strawberry.mutation(description="Give somebody another role. Admins; the last admin stays one.")
    async def set_user_role(
        self, info: Info[Any, Any], input: Annotated[SetUserRoleInput, INPUT]
    ) -> SetUserRolePayload:
        async def do() -> SetUserRolePayload:
            reader = Reader(info, may_manage_people)
            user_id = reader.id(input.user_id, "User", "userId")
            reader.settle()
            ids = await people.set_user_role(context(info), asked("setUserRole", input), user_id, text_of(input.role))
            return SetUserRolePayload(user=await _user(info, ids["id"]))

        return await answered(SetUserRolePayload, do())

    @strawberry.mutation(description="Keep an account out; what it did stays. Admins; the last admin is not kept out.")
    async def suspend_user(self, info: Info[Any, Any], input: Annotated[SuspendUserInput, INPUT]) -> SuspendUserPayload:
        async def do() -> SuspendUserPayload:
            return SuspendUserPayload(user=await _suspended(info, "suspendUser", input, back=False))

        return await answered(SuspendUserPayload, do())

    @strawberry.mutation(description="Let a suspended account in again. Admins.")
    async def reinstate_user(
        self, info: Info[Any, Any], input: Annotated[ReinstateUserInput, INPUT]
    ) -> ReinstateUserPayload:
        async def do() -> ReinstateUserPayload:
            return ReinstateUserPayload(user=await _suspended(info, "reinstateUser", input, back=True))

        return await answered(ReinstateUserPayload, do())

    @strawberry.mutation(description="Change what one says about oneself.")
    async def update_profile(
        self, info: Info[Any, Any], input: Annotated[UpdateProfileInput, INPUT]
    ) -> UpdateProfilePayload:
        async def do() -> UpdateProfilePayload:
            ids = await people.update_profile(context(info), asked("updateProfile", input), input.changes())
            return UpdateProfilePayload(user=await _user(info, ids["id"]))

        return await answered(UpdateProfilePayload, do())

    @strawberry.mutation(
        description="Create an API token for yourself. The answer contains its secret, which cannot be read again."
    )
    async def create_api_token(
        self, info: Info[Any, Any], input: Annotated[CreateApiTokenInput, INPUT]
    ) -> CreateApiTokenPayload:
        async def do() -> CreateApiTokenPayload:
            reader = Reader(info, may_manage_own_account)
            expires_at = reader.moment(input.end(), "expiresAt")
            reader.settle()
            made = await tokens.create_api_token(
                context(info), input.name, [text_of(scope) for scope in input.scopes], expires_at
            )
            return CreateApiTokenPayload(token=made.secret, api_token=ApiToken.of(made.token))

        return await answered(CreateApiTokenPayload, do())

    @strawberry.mutation(description="Revoke an API token: your own, or any token as an admin.")
    async def revoke_api_token(
        self, info: Info[Any, Any], input: Annotated[RevokeApiTokenInput, INPUT]
    ) -> RevokeApiTokenPayload:
        async def do() -> RevokeApiTokenPayload:
            reader = Reader(info, may_manage_own_account)
            token_id = reader.id(input.api_token_id, "ApiToken", "apiTokenId")
            reader.settle()
            ids = await tokens.revoke_api_token(context(info), asked("revokeApiToken", input), token_id)
            token = await tokens.api_token(context(info), ids["id"])
            return RevokeApiTokenPayload(api_token=ApiToken.maybe(token))

        return await answered(RevokeApiTokenPayload, do())


async def _user(info: Info[Any, Any], id: Any) -> User | None:
    return User.maybe(await context(info).loaders.load(user_by_id, id))


async def _suspended(
    info: Info[Any, Any], mutation: str, input: SuspendUserInput | ReinstateUserInput, *, back: bool
) -> User | None:
    reader = Reader(info, may_manage_people)
    user_id = reader.id(input.user_id, "User", "userId")
    reader.settle()
    ids = await people.suspend_user(context(info), asked(mutation, input), user_id, input.reason, back=back)
    return await _user(info, ids["id"])
