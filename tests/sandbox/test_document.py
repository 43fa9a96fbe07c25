"""The page that is put together from the sources: where things go, and that a real page finds them there."""

import pytest

from sandbox.document import SCRIPT, STYLES, assemble, path_of
from tests.fix_sandbox import Judge, failures

LINK = '<link rel="stylesheet" href="styles.css">'
CODE = '<script src="script.js"></script>'


def page(html: str, css: str = "p {}", js: str = "x()") -> str:
    return assemble(html, css, js).files["/"].text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a</p>", f"<!DOCTYPE html>\n{LINK}<p>a</p>{CODE}"),
        ("<html><head></head><body>a</body></html>", f"<html><head>{LINK}</head><body>a{CODE}</body></html>"),
        ("<!doctype html><body>a</body>", f"<!doctype html>{LINK}<body>a{CODE}</body>"),
        ("<!doctype html><title>t</title>a", f"<!doctype html>{LINK}<title>t</title>a{CODE}"),
        ("<head><title>t</title>", f"<head>{LINK}<title>t</title>{CODE}"),
        ("<!-- </body></head> --><p>a</p>", f"<!DOCTYPE html>\n{LINK}<!-- </body></head> --><p>a</p>{CODE}"),
        ("<script>'</body>'</script>", f"<!DOCTYPE html>\n{LINK}<script>'</body>'</script>{CODE}"),
        ("", f"<!DOCTYPE html>\n{LINK}<script>x()</script>"),
    ],
)
def test_what_is_not_linked_goes_into_the_head_and_to_the_end_of_the_body(html: str, expected: str) -> None:
    assert page(html) == expected


@pytest.mark.parametrize(
    "address", ["styles.css", "./styles.css", "/styles.css", " styles.css?v=2 ", "a/../styles.css"]
)
def test_what_is_linked_is_served_where_it_is_linked(address: str) -> None:
    html = f"<head><link href='{address}' rel='StyleSheet'></head><p>a</p>"
    assert page(html, js="") == f"<head><link href='{address}' rel='StyleSheet'></head><p>a</p>"
    assert path_of(address) == STYLES


def test_a_linked_script_keeps_its_place_and_attributes() -> None:
    assert page("<script defer src='./script.js'></script>b", css="") == (
        "<!DOCTYPE html>\n<script defer src='./script.js'></script>b"
    )


def test_other_links_are_left_alone_and_empty_sources_add_nothing() -> None:
    html = "<link rel=icon href=styles.css><script src='https://elsewhere.invalid/script.js'></script>"
    assert page(html, css="", js=" ") == f"<!DOCTYPE html>\n{html}"
    assert path_of("https://elsewhere.invalid/script.js") is None
    assert path_of("http://[") is None


@pytest.mark.parametrize("js", ["'</script>'", "'</SCRIPT '", "x <!--y"])
def test_a_script_that_would_end_its_element_is_linked(js: str) -> None:
    assert page("", css="", js=js) == '<!DOCTYPE html>\n<script src="script.js"></script>'


def test_sources_are_served_as_they_are() -> None:
    files = assemble("<p>", "p::before { content: '</style>' }", "'</script>'").files
    assert files[STYLES].text == "p::before { content: '</style>' }"
    assert files[SCRIPT].text == "'</script>'"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_real_page_finds_its_parts(judge: Judge) -> None:
    checks = (
        "assert.strictEqual(document.compatMode, 'CSS1Compat'); assert.strictEqual(n, 1);",
        "assert.strictEqual(getComputedStyle(document.querySelector('p')).color, 'rgb(0, 128, 0)');",
        "assert.strictEqual(document.styleSheets[0].cssRules[0].selectorText, 'p');",
        "assert.strictEqual(seen, 'text</script>');",
    )
    css, js = "p { color: green }", "let n = 1; const seen = document.querySelector('p').textContent + '</script>';"
    linked = "<!doctype html><html><head><link rel=stylesheet href='./styles.css'></head><body><p>text</p>"
    for html in ("<p>text</p>", f"{linked}</body></html>", f"{linked}<script src='script.js'></script></body></html>"):
        assert failures(await judge(*checks, html=html, css=css, js=js)) == []
