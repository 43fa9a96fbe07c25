"""What a server shows of itself, by its settings: GraphiQL, plain GET, and nothing of how an answer was made."""

from collections.abc import Iterator

import pytest

from core.sealing import Keyring
from gateway.config import Config
from gateway.errors import CommandError
from gateway.execution.exposure import Exposure, Introspection
from tests.fix_gateway import GatewayServer, serving

TYPENAME = {"query": "{ __typename }"}
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def plain(gateway_url: str, keyring: Keyring) -> Iterator[GatewayServer]:
    """A server for clients without cookies, that shows nothing of itself."""
    exposure = Exposure(Introspection.OFF, graphiql=False, plain_get=True)
    with serving(gateway_url, keyring, exposure=exposure) as made:
        yield made


def test_the_schema_is_for_the_signed_in_as_soon_as_others_reach_the_server() -> None:
    assert Config.read({}).exposure == Exposure(Introspection.PUBLIC)
    assert Config.read({"PALIMPSEST_HOST": "0.0.0.0"}).exposure == Exposure(Introspection.SIGNED_IN)
    settings = {"PALIMPSEST_INTROSPECTION": "Off", "PALIMPSEST_GRAPHIQL": "0", "PALIMPSEST_PLAIN_GET": "1"}
    assert Config.read(settings).exposure == Exposure(Introspection.OFF, graphiql=False, plain_get=True)
    with pytest.raises(CommandError, match="public, signed-in or off"):
        Config.read({"PALIMPSEST_INTROSPECTION": "yes"})


def test_graphiql_is_shown_to_browsers_until_it_is_switched_off(server: GatewayServer, plain: GatewayServer) -> None:
    with server.client() as client:
        assert client.get("/graphql", headers=BROWSER).headers["content-type"].startswith("text/html")
    with plain.client() as client:
        shown = client.get("/graphql", params=TYPENAME, headers=BROWSER)
        only = client.get("/graphql", params=TYPENAME, headers={"accept": "text/html"})
    assert shown.json() == {"data": {"__typename": "Query"}}
    assert (only.status_code, only.json()["errors"][0]["extensions"]["code"]) == (406, "NOT_ACCEPTABLE")


def test_plain_get_is_for_clients_without_cookies(server: GatewayServer, plain: GatewayServer) -> None:
    cookie = {"cookie": f"palimpsest_session={plain.token('admin')}"}
    with plain.client() as client:
        assert client.get("/graphql", params=TYPENAME).json() == {"data": {"__typename": "Query"}}
        refused = client.get("/graphql", params=TYPENAME, headers=cookie)
        mutation = client.get("/graphql", params={"query": "mutation { __typename }"})
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (400, "PREFLIGHT_REQUIRED")
    assert (mutation.status_code, mutation.headers["allow"]) == (405, "POST")
    with server.client() as client:
        assert client.get("/graphql", params=TYPENAME).status_code == 400


@pytest.mark.parametrize("query", ["{ __typename }", "{ nothing }", "{", '{ node(id: "x") { id } }'])
def test_no_answer_tells_how_it_was_made(server: GatewayServer, query: str) -> None:
    asked = {"query": query, "extensions": {"tracing": True, "persistedQuery": {"version": 1}}}
    headers = {
        "x-apollo-tracing": "1",
        "apollo-query-plan-experimental": "1",
        "apollo-federation-include-trace": "ftv1",
    }
    with server.client() as client:
        response = client.post("/graphql", json=asked, headers=headers)
    assert set(response.json()) <= {"data", "errors"}
    for error in response.json().get("errors", ()):
        assert set(error) <= {"message", "locations", "path", "extensions"}
        assert set(error["extensions"]) == {"code"}
    assert "server" not in response.headers
    assert not {name for name in response.headers if "trac" in name or "powered" in name}
