"""The pages that strangers read first: what they name exists, what they link to is there, what they show is so."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import build_schema, graphql_sync, parse, validate

from core.sealing import Keyring
from gateway.bootstrap import Opened
from gateway.demo import editions
from sql.database import Pool
from tests.fix_api import Api

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "demo").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").iterdir())

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def fenced(text: str, language: str) -> str:
    """Return the one block of that language."""
    (found,) = (body for name, body in FENCE.findall(text) if name == language)
    return str(found)


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings give, spelled as on GitHub."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def source_folders() -> set[str]:
    """Return the top-level folders that hold code or pages of ours, unlike a data folder or an environment."""
    return {
        folder.name
        for folder in ROOT.iterdir()
        if folder.is_dir() and not folder.name.startswith(".") and any((*folder.glob("*.py"), *folder.glob("*.md")))
    }


def test_readme_maps_every_folder_and_nothing_else() -> None:
    named = re.findall(r"^\| `(\w+)/` \| \S", README, re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == source_folders()
    assert {"gateway", "versioning", "sql", "tests", "docs"} <= set(named)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        outside = "://" not in link and not target.is_relative_to(ROOT)
        lost = "://" not in link and (not target.exists() or (anchor and anchor not in anchors(target)))
        if outside or lost:
            broken.append(link)
    assert broken == []


def test_the_pages_that_readme_leads_to_are_all_that_there_are() -> None:
    linked = {(ROOT / link).resolve() for link in LINK.findall(README) if "://" not in link}
    pages = {*(ROOT / "docs").glob("*.md"), ROOT / "CHANGELOG.md", ROOT / "docs" / "decisions"}
    assert pages <= linked


def test_decisions_are_numbered_without_gap_and_titled_with_their_number() -> None:
    assert [path.name[:5] for path in DECISIONS] == [f"{number:04}-" for number in range(1, len(DECISIONS) + 1)]
    for path in DECISIONS:
        text = path.read_text()
        assert text.startswith(f"# {path.name[:4]} "), path.name
        for part in ("Context", "Decision", "Rejected", "Consequence"):
            assert text.count(f"**{part}.**") == 1, f"{path.name}: {part}"


def test_every_rule_of_the_source_document_has_one_of_four_verdicts() -> None:
    rows = re.findall(r"^\| (?!rule \||---)(.+?) \| (\w+) \|(.*)\|$", DECISIONS[0].read_text(), re.MULTILINE)
    assert len(rows) > 100
    assert {verdict for _, verdict, _ in rows} == {"kept", "changed", "later", "declined"}
    assert [rule for rule, verdict, reason in rows if verdict in ("changed", "declined") and not reason.strip()] == []
    assert len(rows) == len(re.findall(r"^\| (?!rule \||---)", DECISIONS[0].read_text(), re.MULTILINE))


def test_readme_query_is_valid_and_has_the_answer_s_shape() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text())
    query, answer = fenced(README, "graphql"), orjson.loads(fenced(README, "json"))
    assert validate(schema, parse(query)) == []
    echoed = graphql_sync(schema, query, root_value=answer["data"], variable_values={"path": editions.ROLLED_BACK})
    assert (echoed.errors, echoed.data) == (None, answer["data"])


def test_what_readme_sends_by_hand_is_valid() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text())
    sent = [orjson.loads(body) for body in re.findall(r"-d '(\{.*?\})'$", README, re.MULTILINE | re.DOTALL)]
    assert len(sent) == 2
    for body in sent:
        assert validate(schema, parse(body["query"])) == []
    assert sent[0]["variables"]["input"].keys() == {"email", "password"}


async def test_readme_answer_is_what_the_demo_content_answers(
    pool: Pool, keyring: Keyring, api: Api, tmp_path: Path
) -> None:
    assert f"`{editions.ROLLED_BACK}`" in README
    await editions.load(Opened(pool, keyring), tmp_path / "accounts.txt", lambda line: None, accounts=False)
    author = await api.as_("author")
    answered: Any = await author.run(fenced(README, "graphql"), path=editions.ROLLED_BACK)
    assert answered.errors == []
    assert {"data": answered.data} == orjson.loads(fenced(README, "json"))


def test_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    releases = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert releases[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", release) for release in releases[1:])
    version = re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert releases[1].startswith(f"[{version[1]}]")
    kinds = re.findall(r"^### (.*)$", text, re.MULTILINE)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
