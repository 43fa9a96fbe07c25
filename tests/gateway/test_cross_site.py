"""What a page of another site can make a browser send unasked: forms, plain text, links. None of it acts."""

import httpx
import psycopg
import pytest

from gateway.http.credentials import COOKIE
from tests.fix_gateway import GatewayServer

FOREIGN = "https://elsewhere.example"
MUTATION = 'mutation { updateProfile(input: { displayName: "Owned" }) { userErrors { code } } }'
BODY = '{"query": "mutation { updateProfile(input: { displayName: \\"Owned\\" }) { userErrors { code } } }"}'
# The content types that need no preflight, and none at all, as sendBeacon and old plugins could send it.
UNASKED = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", None)


def _unchanged(owner_url: str) -> bool:
    with psycopg.connect(owner_url) as owner:
        return owner.execute("select count(*) from users where display_name = 'Owned'").fetchone() == (0,)


def _bodies() -> list[bytes]:
    """Return the mutation as each form could hold it."""
    form = httpx.QueryParams({"query": MUTATION})
    part = f'--x\r\ncontent-disposition: form-data; name="query"\r\n\r\n{MUTATION}\r\n--x--\r\n'
    operations = f'--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{BODY}\r\n--x--\r\n'
    return [BODY.encode(), f"{BODY}=".encode(), str(form).encode(), part.encode(), operations.encode()]


@pytest.mark.parametrize("path", ["/graphql", "/session"])
def test_forms_and_plain_text_do_nothing_though_the_cookie_comes_along(
    server: GatewayServer, owner_url: str, path: str
) -> None:
    headers = {"origin": FOREIGN}
    with server.client(cookies={COOKIE: server.token("author")}, headers=headers) as client:
        for kind in UNASKED:
            for body in _bodies():
                response = client.post(path, content=body, headers={"content-type": kind} if kind else {})
                assert response.status_code == 415, (kind, body)
                assert "access-control-allow-origin" not in response.headers
                assert "set-cookie" not in response.headers
        assert client.get("/session").json()["role"] == "AUTHOR", "still signed in"
    assert _unchanged(owner_url)


def test_links_and_images_run_nothing_and_no_get_runs_a_mutation(server: GatewayServer, owner_url: str) -> None:
    both = f"query Read {{ __typename }} {MUTATION.replace('mutation', 'mutation Write', 1)}"
    with server.client(cookies={COOKIE: server.token("author")}) as client:
        for accept in ("image/*, */*", "application/json", "*/*"):
            for query in (MUTATION, "{ viewer { user { email } } }"):
                response = client.get("/graphql", params={"query": query}, headers={"accept": accept})
                assert response.status_code == 400
                assert response.json()["errors"][0]["extensions"]["code"] == "PREFLIGHT_REQUIRED"
        for params in ({"query": MUTATION}, {"query": both, "operationName": "Write"}):
            refused = client.get("/graphql", params=params, headers={"graphql-preflight": "1"})
            assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
        read = client.get("/graphql", params={"query": both, "operationName": "Read"}, headers={"x-palimpsest": "1"})
        assert read.json() == {"data": {"__typename": "Query"}}
        head = client.head("/graphql", params={"query": MUTATION}, headers={"x-palimpsest": "1"})
        assert head.status_code == 405
    assert _unchanged(owner_url)


def test_signing_out_needs_a_header_that_a_form_cannot_send(server: GatewayServer) -> None:
    with server.client(cookies={COOKIE: server.token("author")}, headers={"origin": FOREIGN}) as client:
        assert client.delete("/session").status_code == 400
        assert client.get("/session").json()["role"] == "AUTHOR"
        assert client.delete("/session", headers={"x-palimpsest": "1"}).status_code == 204
        assert client.get("/session").status_code == 204


def test_the_same_mutation_in_json_acts_so_the_refusals_above_say_something(
    server: GatewayServer, owner_url: str
) -> None:
    with server.client(cookies={COOKIE: server.token("author")}) as client:
        assert client.post("/graphql", content=BODY, headers={"content-type": "application/json"}).status_code == 200
    assert not _unchanged(owner_url)
