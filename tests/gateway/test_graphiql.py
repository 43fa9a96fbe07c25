"""GraphiQL: what is built, how it is served, and how it looks to a real browser."""

import asyncio
import json
import re
import time
from pathlib import Path

import httpx
import pytest
from graphql import OperationDefinitionNode, parse, validate

from gateway.graphiql import build as graphiql_build
from gateway.graphiql import page
from gateway.graphiql.build import FOLDER, build, built
from gateway.graphiql.commands import BuildError, run
from schema.api import schema
from tests.browser import Browser
from tests.fix_gateway import GatewayServer

TYPE_INTO = """(selector, text) => {
    const field = document.querySelector(selector);
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
}"""


def _client(server: GatewayServer) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server.url, headers={"accept": "text/html"})


@pytest.fixture(scope="session")
def dist() -> Path:
    """The built pages; built here when they are not."""
    return build(print)


def _all_from(url: str, requests: list[str]) -> bool:
    return bool(requests) and all(one.startswith((f"{url}/", "data:")) for one in requests)


async def test_the_first_thing_shown_is_the_sign_in_form(server: GatewayServer, dist: Path) -> None:
    url = server.url
    async with Browser() as browser:
        shown = await browser.open(f"{url}/graphql")
        await shown.wait_for("document.querySelector('form')")
        fields = await shown.evaluate("[...document.querySelectorAll('input')].map(field => field.name)")
        assert fields == ["email", "password"]
        await shown.wait_for("performance.getEntriesByType('resource').some(one => /Workbench/.test(one.name))")
        assert _all_from(url, shown.requests)
        assert shown.console_errors == []


async def test_a_visitor_runs_a_ready_made_operation_and_nothing_leaves_the_host(
    server: GatewayServer, dist: Path
) -> None:
    url = server.url
    async with Browser() as browser:
        shown = await browser.open(f"{url}/graphql")
        await shown.wait_for("document.querySelector('.link')")
        await shown.evaluate("document.querySelector('.link').click()")
        await shown.wait_for("document.querySelectorAll('.monaco-editor .view-line').length > 5", 20)
        tabs = await shown.evaluate(
            "[...document.querySelectorAll('button.graphiql-tab-button')].map(tab => tab.textContent)"
        )
        assert tabs == ["Tracks", "TrackTree", "ChallengePage"]
        await shown.evaluate("document.querySelector('.graphiql-execute-button').click()")
        await shown.wait_for("document.querySelector('.result-window').innerText.includes('hasNextPage')", 20)
        await shown.wait_for_request("/assets/graphql.worker-")
        assert _all_from(url, shown.requests)
        assert shown.console_errors == []


async def test_the_tabs_are_as_they_were_left_after_a_reload(server: GatewayServer, dist: Path) -> None:
    url = server.url
    async with Browser() as browser:
        shown = await browser.open(f"{url}/graphql")
        await shown.wait_for("document.querySelector('.link')")
        await shown.evaluate("document.querySelector('.link').click()")
        tab = "[...document.querySelectorAll('.graphiql-tab')]"
        await shown.wait_for(f"{tab}.length == 3", 20)
        await shown.evaluate(f"{tab}[1].querySelector('.graphiql-tab-close').click()")
        await shown.wait_for(f"{tab}.length == 2")
        stored = "JSON.parse(localStorage.getItem('palimpsest:visitor:graphiql:tabState') ?? '{}')"
        await shown.wait_for(f"{stored}.tabs?.length == 2")
        await shown.go(f"{url}/graphql")
        await shown.wait_for(f"{tab}.length == 2", 20)


async def test_an_invitation_leaves_the_address_bar_and_wants_the_same_password_twice(
    server: GatewayServer, dist: Path
) -> None:
    url = server.url
    async with Browser() as browser:
        shown = await browser.open(f"{url}/invitation#a-token")
        await shown.wait_for("document.querySelector('form')")
        assert await shown.evaluate("location.href") == f"{url}/invitation"
        await shown.evaluate(f"({TYPE_INTO})('[name=password]', 'one two three')")
        await shown.evaluate(f"({TYPE_INTO})('[name=again]', 'one two four')")
        await shown.evaluate("document.querySelector('button[type=submit]').click()")
        await shown.wait_for("document.querySelector('[role=alert]').textContent == 'The two passwords differ.'")
        assert not any(one.endswith("/graphql") for one in shown.requests)
        assert _all_from(url, shown.requests)
        assert shown.console_errors == []


async def test_an_invitation_without_its_token_says_so(server: GatewayServer, dist: Path) -> None:
    url = server.url
    async with Browser() as browser:
        shown = await browser.open(f"{url}/invitation")
        await shown.wait_for("document.body.innerText.includes('This address holds no invitation.')")
        assert await shown.evaluate("document.querySelector('form')") is None


@pytest.mark.parametrize("address", ["/graphql", "/invitation"])
async def test_documents_carry_the_policy_and_are_asked_for_again(
    server: GatewayServer, dist: Path, address: str
) -> None:
    async with _client(server) as client:
        answer = await client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["vary"] == "Accept, Origin"
    policy = answer.headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert not re.search(r"https?:|unsafe-eval|\*", " ".join(policy))


async def test_every_built_file_is_served_for_good_under_its_type(server: GatewayServer, dist: Path) -> None:
    names = sorted(path.name for path in (dist / "assets").iterdir())
    assert {Path(name).suffix for name in names} == set(page.TYPES)
    async with _client(server) as client:
        for name in names:
            answer = await client.head(f"/graphiql/assets/{name}")
            assert (name, answer.status_code) == (name, 200)
            assert answer.headers["content-type"] == page.TYPES[Path(name).suffix]
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "address",
    [
        "/graphiql/assets/../index.html",
        "/graphiql/assets/..%2fstamp",
        "/graphiql/assets/%2e%2e%2f%2e%2e%2fpackage.json",
        "/graphiql/assets/..%5cstamp",
        "/graphiql/assets/%2fetc%2fpasswd",
        "/graphiql/assets/..",
        "/graphiql/assets/a%00.js",
        "/graphiql/assets/",
        "/graphiql/assets/none.js",
        "/graphiql/stamp",
        "/graphiql/index.html",
    ],
)
async def test_nothing_but_built_files_is_served(server: GatewayServer, dist: Path, address: str) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {address} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 404 ")


async def test_without_a_build_the_page_says_what_is_missing_and_how_to_make_it(
    server: GatewayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphiql_build, "DIST", tmp_path / "dist")
    async with _client(server) as client:
        answer = await client.get("/graphql")
    assert answer.status_code == 200
    assert "The API serves all the same" in answer.text
    assert ".venv/bin/python -m gateway.graphiql.build" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_build_of_other_sources_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphiql_build, "DIST", tmp_path)
    assert built() is None
    (tmp_path / "stamp").write_text("0" * 64)
    assert built() is None


def test_what_is_built_is_not_built_again(dist: Path) -> None:
    told: list[str] = []
    assert build(told.append) == dist
    assert told == []


def test_a_failed_command_is_a_sentence_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"failed with status 3\. Its last words:\nno such package"):
        _run_shell(tmp_path, "echo no such package; exit 3", seconds=30)


def test_a_command_over_its_limit_ends_with_its_children(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"was stopped after 1 s\."):
        _run_shell(tmp_path, f"(sleep 2; touch {tmp_path}/outlived) & echo started; wait", seconds=1)
    time.sleep(1.5)
    assert (tmp_path / "log").read_text().endswith("started\n")
    assert not (tmp_path / "outlived").exists()


def _run_shell(folder: Path, script: str, *, seconds: float) -> None:
    run(["sh", "-c", script], folder=folder, environment={}, log=folder / "log", seconds=seconds)


def test_the_lock_files_hold_hashes_and_no_addresses_to_fetch_from() -> None:
    packages = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    assert len(packages) > 50
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert name == "" or package["integrity"].startswith("sha512-"), name
    assert "://" not in (FOLDER / "node.lock").read_text()


def test_every_tab_is_an_operation_of_its_name_with_variables_that_it_declares() -> None:
    tabs = json.loads((FOLDER / "src" / "tabs.json").read_text())
    files = {path.stem: path.read_text() for path in (FOLDER / "src" / "operations").glob("*.graphql")}
    assert sorted(tab["operation"] for tab in tabs) == sorted(files)
    ranks = ["VISITOR", "LEARNER", "AUTHOR", "REVIEWER", "ADMIN"]
    assert [tab["from"] for tab in tabs] == sorted((tab["from"] for tab in tabs), key=ranks.index)
    for tab in tabs:
        text = files[tab["operation"]]
        document = parse(text)
        assert validate(schema._schema, document) == []
        (operation,) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        assert operation.name is not None
        assert operation.name.value == tab["operation"]
        declared = {variable.variable.name.value for variable in operation.variable_definitions or ()}
        assert set(tab["variables"]) <= declared
        assert text.startswith("# "), f"{tab['operation']} does not say how to use it"
