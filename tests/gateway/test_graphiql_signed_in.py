"""GraphiQL as its users meet it: the demo content, the small form, the tabs of a role, and an answer."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import Opened
from gateway.demo import editions
from gateway.graphiql.build import FOLDER, build
from tests.browser import Browser
from tests.fix_gateway import GatewayServer

BUTTONS = "[...document.querySelectorAll('button.graphiql-tab-button')]"
RESULT = "document.querySelector('.result-window').innerText"
TABS = f"{BUTTONS}.map(tab => tab.textContent)"
SIGN_IN = """([email, password]) => {
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
    for (const [name, text] of [['email', email], ['password', password]]) {
        const field = document.querySelector(`input[name=${name}]`);
        set.call(field, text);
        field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    document.querySelector('form').requestSubmit();
}"""


@pytest.fixture
def accounts(server: GatewayServer, tmp_path: Path) -> dict[str, tuple[str, str]]:
    """The demo's accounts by role: address and password, as the person who starts it reads them."""
    told: list[str] = []
    server.do(
        editions.load(Opened(server.pool, server.keyring), tmp_path / "demo-accounts.txt", told.append, accounts=True)
    )
    lines = [line.split() for line in told if "@example.com" in line]
    return {address.partition("@")[0]: (address, password) for address, password in lines}


def _tabs(role: str) -> list[dict[str, Any]]:
    ranks = ["visitor", "learner", "author", "reviewer", "admin"]
    tabs = json.loads((FOLDER / "src" / "tabs.json").read_text())
    return [tab for tab in tabs if ranks.index(tab["from"].lower()) <= ranks.index(role)]


@pytest.mark.parametrize("role", ["learner", "author", "admin"])
async def test_signing_in_opens_the_tabs_of_ones_role(
    server: GatewayServer, accounts: dict[str, tuple[str, str]], role: str
) -> None:
    build(print)
    async with Browser() as browser:
        page = await browser.open(f"{server.url}/graphql")
        await page.wait_for("document.querySelector('form')")
        await page.evaluate(f"({SIGN_IN})({json.dumps(accounts[role])})")
        await page.wait_for(f"{TABS}.length > 0", 20)
        assert await page.evaluate(TABS) == [tab["operation"] for tab in _tabs(role)]
        assert role in (await page.evaluate("document.body.innerText")).lower()
        assert page.console_errors == []


async def test_an_author_reads_the_history_of_the_demo(
    server: GatewayServer, accounts: dict[str, tuple[str, str]]
) -> None:
    build(print)
    async with Browser() as browser:
        page = await browser.open(f"{server.url}/graphql")
        await page.wait_for("document.querySelector('form')")
        await page.evaluate(f"({SIGN_IN})({json.dumps(accounts['author'])})")
        await page.wait_for(f"{TABS}.length > 5", 20)
        await page.wait_for("document.querySelectorAll('.monaco-editor .view-line').length > 5", 20)
        await page.evaluate(f"{BUTTONS}.find(tab => tab.textContent == 'History').click()")
        await page.wait_for(
            "[...document.querySelectorAll('.monaco-editor')].some(one => one.innerText.includes('one-heading'))", 20
        )
        for _ in range(5):
            await asyncio.sleep(1.5)  # the editor reads the operation after a pause, a longer one on a busy machine
            await page.evaluate("document.querySelector('.graphiql-execute-button').click()")
            with suppress(AssertionError):
                await page.wait_for(f"{RESULT}.includes('liveSetHash')", 5)
                break
        await page.wait_for(f"{RESULT}.includes('liveSetHash')", 1)
        assert page.console_errors == []


async def test_an_author_hears_a_publication_as_it_happens(
    server: GatewayServer, accounts: dict[str, tuple[str, str]]
) -> None:
    build(print)
    hide = "mutation ($input: SetPublishedInput!) { setPublished(input: $input) { userErrors { code } } }"
    found = server.gql('{ track(slug: "small-scripts") { id } }')
    async with Browser() as browser:
        page = await browser.open(f"{server.url}/graphql")
        await page.wait_for("document.querySelector('form')")
        await page.evaluate(f"({SIGN_IN})({json.dumps(accounts['author'])})")
        await page.wait_for(f"{TABS}.length > 5", 20)
        await page.wait_for("document.querySelectorAll('.monaco-editor .view-line').length > 5", 20)
        await page.evaluate(f"{BUTTONS}.find(tab => tab.textContent == 'Publications').click()")
        await asyncio.sleep(3)  # the editor reads a tab's operation only after a pause
        await page.evaluate("document.querySelector('.graphiql-execute-button').click()")
        for published in (False, True) * 5:  # nothing tells when it listens
            given = {"input": {"id": found["data"]["track"]["id"], "published": published}}
            told = await asyncio.to_thread(server.gql, hide, given, server.token("author"))
            assert told["data"]["setPublished"]["userErrors"] == []
            with suppress(AssertionError):
                await page.wait_for(f"/HIDE|SHOW/.test({RESULT})", 2)
                break
        await page.wait_for(f"/HIDE|SHOW/.test({RESULT})", 1)
        assert page.console_errors == []


async def test_a_wrong_password_is_told_in_place(server: GatewayServer, accounts: dict[str, tuple[str, str]]) -> None:
    build(print)
    async with Browser() as browser:
        page = await browser.open(f"{server.url}/graphql")
        await page.wait_for("document.querySelector('form')")
        await page.evaluate(f"({SIGN_IN})({json.dumps((accounts['author'][0], 'not the password'))})")
        await page.wait_for("document.querySelector('[role=alert]')?.innerText.length > 10")


def test_every_ready_made_query_answers_from_the_demo(
    server: GatewayServer, accounts: dict[str, tuple[str, str]]
) -> None:
    admin = server.token("admin")
    path = "web-pages/first-page/headings/one-heading"
    found = server.gql("query ($path: String!) { challenge(path: $path) { id } }", {"path": path}, admin)
    given = {"challengeId": found["data"]["challenge"]["id"], "at": "2026-01-01T00:00:00Z"}
    asked = 0
    for tab in _tabs("admin"):
        text = (FOLDER / "src" / "operations" / f"{tab['operation']}.graphql").read_text()
        if "mutation" in text or "subscription" in text:
            continue
        variables = {name: given.get(name, value) for name, value in tab["variables"].items()}
        answer = server.gql(text, variables, admin)
        assert "errors" not in answer, (tab["operation"], answer)
        assert any(answer["data"].values()), tab["operation"]
        asked += 1
    assert asked >= 12
