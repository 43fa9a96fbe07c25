"""How much a request may send, declared or not."""

from collections.abc import Iterator

import pytest

from core import limits
from tests.fix_gateway import GatewayServer
from tests.gateway.test_credentials import api_token

HEADERS = {"content-type": "application/json"}


def body(size: int) -> bytes:
    head, tail = b'{"query": "{ __typename }", "variables": {"a": "', b'"}}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


def chunks(content: bytes) -> Iterator[bytes]:
    """The same without a declared length."""
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]


@pytest.mark.parametrize("declared", [True, False])
def test_body_of_a_visitor_may_have_one_megabyte(server: GatewayServer, declared: bool) -> None:
    with server.client() as client:
        for size, status in ((limits.BODY_BYTES, 200), (limits.BODY_BYTES + 1, 413), (5_000_000, 413)):
            content = body(size) if declared else chunks(body(size))
            response = client.post("/graphql", content=content, headers=HEADERS)
            assert response.status_code == status
        assert response.json()["errors"][0] == {
            "message": "The body is larger than 1000000 bytes, the most allowed here.",
            "extensions": {"code": "TOO_LARGE"},
        }


@pytest.mark.parametrize(("role", "status"), [("author", 200), ("admin", 200), ("reviewer", 413), ("learner", 413)])
def test_those_who_write_content_may_send_more(server: GatewayServer, role: str, status: int) -> None:
    with server.client(server.token(role)) as client:
        response = client.post("/graphql", content=body(5_000_000), headers=HEADERS)
    assert response.status_code == status


@pytest.mark.parametrize(("scope", "status"), [("content:write", 200), ("content:read", 413)])
def test_tokens_may_send_more_with_the_scope_to_write(server: GatewayServer, scope: str, status: int) -> None:
    with server.client(api_token(server, scope)) as client:
        response = client.post("/graphql", content=body(5_000_000), headers=HEADERS)
    assert response.status_code == status


def test_nobody_may_send_more_than_sixteen_megabytes(server: GatewayServer) -> None:
    with server.client(server.token("author")) as client:
        response = client.post("/graphql", content=chunks(body(limits.BODY_BYTES_OF_WRITERS + 1)), headers=HEADERS)
    assert response.status_code == 413


def test_connection_serves_on_after_a_body_that_was_too_large(server: GatewayServer) -> None:
    with server.client() as client:
        client.post("/graphql", content=body(2_000_000), headers=HEADERS)
        assert client.post("/graphql", content=body(1_000), headers=HEADERS).status_code == 200
