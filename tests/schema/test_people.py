"""People over GraphQL, by the contract's own operations: signing up to ending a token, each with its refusals."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import OperationDefinitionNode, parse, print_ast

from tests.fix_gateway import GatewayServer

FOLDER = Path(__file__).parent.parent / "contract"
OPERATIONS = {
    definition.name.value: print_ast(definition)
    for path in FOLDER.glob("*.graphql")
    for definition in parse(path.read_text()).definitions
    if isinstance(definition, OperationDefinitionNode) and definition.name
}
ADA = {"email": "Ada@Example.org", "password": "a good long sentence", "displayName": "Ada"}


class Client:
    """Sends the contract's operations to a running gateway."""

    def __init__(self, server: GatewayServer, token: str | None = None) -> None:
        self.server = server
        self.token = token

    def send(self, name: str, **variables: Any) -> dict[str, Any]:
        answer = self.server.gql(OPERATIONS[name], variables, self.token)
        assert "errors" not in answer, answer
        (payload,) = answer["data"].values()
        return dict(payload)

    def codes(self, name: str, **variables: Any) -> list[tuple[str, str]]:
        return [(error["code"], ".".join(error["path"])) for error in self.send(name, **variables)["userErrors"]]

    def refusal(self, name: str, **variables: Any) -> str:
        answer = self.server.gql(OPERATIONS[name], variables, self.token)
        code: str = answer["errors"][0]["extensions"]["code"]
        return code


def test_signing_up_in_and_out(server: GatewayServer) -> None:
    visitor = Client(server)
    up = visitor.send("SignUp", input=ADA)
    assert up["viewer"]["user"]["displayName"] == "Ada"
    assert up["viewer"]["user"]["role"] == "LEARNER"
    assert visitor.codes("SignUp", input=ADA | {"email": "ada@example.ORG"}) == [("TAKEN", "email")]
    told = visitor.codes("SignUp", input={"email": "no", "password": "short", "displayName": ""})
    assert sorted(told) == [("INVALID", "email"), ("INVALID", "password"), ("REQUIRED", "displayName")]
    assert visitor.codes("LogIn", input={"email": ADA["email"], "password": "wrong"}) == [("INVALID_CREDENTIALS", "")]
    assert visitor.codes("LogIn", input={"email": "x@y.org", "password": "wrong"}) == [("INVALID_CREDENTIALS", "")]
    one = Client(
        server, visitor.send("LogIn", input={"email": "ada@example.org", "password": ADA["password"]})["token"]
    )
    assert one.send("ApiTokens")["apiTokens"] == []
    assert one.send("LogOut", input={"everywhere": True})["userErrors"] == []
    for ended in (one, Client(server, up["token"])):
        with ended.server.client(ended.token) as client:
            answer = client.post("/graphql", json={"query": OPERATIONS["ApiTokens"]})
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_an_admin_invites_somebody_and_gives_them_a_role(server: GatewayServer) -> None:
    admin = Client(server, server.token("admin"))
    invite = {"email": "grace@example.org", "displayName": "Grace", "role": "AUTHOR"}
    made = admin.send("CreateUser", input=invite)
    assert made["user"]["role"] == "AUTHOR"
    assert made["invitation"].startswith("/invitation#pai_")
    accept = """mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) {
        token viewer { user { displayName } } userErrors { code path } } }"""
    link = httpx.URL(f"{server.url}{made['invitation']}")
    answer = server.gql(accept, {"input": {"token": str(link), "password": "another long sentence"}})
    grace = answer["data"]["acceptInvitation"]
    assert grace["viewer"]["user"]["displayName"] == "Grace"
    again = server.gql(accept, {"input": {"token": str(link), "password": "another long sentence"}})
    assert again["data"]["acceptInvitation"]["userErrors"] == [{"code": "NOT_FOUND", "path": ["token"]}]
    raised = admin.send("SetUserRole", input={"userId": made["user"]["id"], "role": "REVIEWER"})
    assert raised["user"]["role"] == "REVIEWER"
    reviewer = Client(server, grace["token"])
    assert reviewer.refusal("CreateUser", input=invite) == "FORBIDDEN"
    assert reviewer.refusal("SetUserRole", input={"userId": made["user"]["id"], "role": "ADMIN"}) == "FORBIDDEN"
    assert Client(server).refusal("CreateUser", input=invite) == "UNAUTHENTICATED"


def test_one_changes_profile_and_password(server: GatewayServer) -> None:
    visitor = Client(server)
    ada = Client(server, visitor.send("SignUp", input=ADA)["token"])
    changed = ada.send("UpdateProfile", input={"displayName": "Ada L.", "avatarUrl": "https://example.org/a.png"})
    assert changed["user"]["displayName"] == "Ada L."
    assert ada.codes("UpdateProfile", input={"avatarUrl": "javascript:alert(1)"}) == [("INVALID", "avatarUrl")]
    wrong = {"currentPassword": "no", "newPassword": "a new long sentence"}
    assert [path for _, path in ada.codes("ChangePassword", input=wrong)] == ["currentPassword"]
    right = wrong | {"currentPassword": ADA["password"]}
    assert ada.codes("ChangePassword", input=right) == []
    assert visitor.codes("LogIn", input={"email": ADA["email"], "password": ADA["password"]}) == [
        ("INVALID_CREDENTIALS", "")
    ]
    assert visitor.send("LogIn", input={"email": ADA["email"], "password": "a new long sentence"})["token"]


def test_tokens_are_made_used_and_ended(server: GatewayServer) -> None:
    author = Client(server, server.token("author"))
    made = author.send("CreateApiToken", input={"name": "push", "scopes": ["CONTENT_READ", "CONTENT_WRITE"]})
    assert made["token"].startswith("pal_")
    tool = Client(server, made["token"])
    assert tool.codes("CreateTrack", input={"slug": "t", "title": "T"}) == []
    track = tool.send("CreateTrack", input={"slug": "t2", "title": "T"})["track"]["id"]
    assert tool.refusal("SetPublished", input={"id": track, "published": True}) == "FORBIDDEN"
    assert tool.refusal("CreateApiToken", input={"name": "more", "scopes": ["CONTENT_READ"]}) == "FORBIDDEN"
    (shown,) = author.send("ApiTokens")["apiTokens"]
    assert (shown["name"], shown["revokedAt"]) == ("push", None)
    assert shown["lastUsedAt"]
    ended = author.send("RevokeApiToken", input={"apiTokenId": shown["id"]})
    assert ended["apiToken"]["revokedAt"]
    assert author.codes("RevokeApiToken", input={"apiTokenId": shown["id"]}) == [("ALREADY_REVOKED", "apiTokenId")]
    with server.client(made["token"]) as client:
        assert client.post("/graphql", json={"query": "{ __typename }"}).status_code == 401


@pytest.mark.parametrize("name", sorted(name for name, text in OPERATIONS.items() if text.startswith("query")))
def test_every_query_of_the_contract_answers_a_visitor_without_a_fault_of_ours(
    server: GatewayServer, name: str
) -> None:
    given: dict[str, Any] = {"slug": "x", "path": "a/b/c/d", "from": "v1.0", "to": "draft", "label": "v1.0"}
    given |= {"trackSlug": "x", "id": "nonsense", "challengeId": "nonsense", "at": "2026-01-01T00:00:00Z"}
    answer = server.gql(OPERATIONS[name], given, None)
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert codes <= {"UNAUTHENTICATED"}
