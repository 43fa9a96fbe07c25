"""The page that is put together from the sources: where things go, and that a real page finds them there."""

import pytest

from sandbox.document import (
    INLINE_MODULE,
    MODULE_HEAD,
    SCRIPT,
    STYLES,
    assemble,
    explained,
    path_of,
    placed,
    read_error,
)
from sandbox.work import PageError, PageLibrary
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


LIBRARIES = (PageLibrary("script", "a()"), PageLibrary("style", "b {}"))
FIRST = '<script src="https://page.invalid/page-library-1.js"></script>'
SECOND = '<link rel="stylesheet" href="https://page.invalid/page-library-2.css">'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", f"<!DOCTYPE html>\n{FIRST}{SECOND}{LINK}<script>x()</script>"),
        (" \n<!-- a --> text", f"<!DOCTYPE html>\n \n<!-- a --> {FIRST}{SECOND}{LINK}text{CODE}"),
        ("<!doctype html>\n<p>a</p>", f"<!doctype html>\n{FIRST}{SECOND}{LINK}<p>a</p>{CODE}"),
        (
            "<html>\n<head>\n<title>t</title></head>",
            f"<html>\n<head>{FIRST}{SECOND}\n<title>t</title>{LINK}</head>{CODE}",
        ),
        ("<html><body>a</body></html>", f"<html>{FIRST}{SECOND}{LINK}<body>a{CODE}</body></html>"),
        ("<p>a</p><head>", f"{FIRST}{SECOND}<p>a</p><head>{LINK}{CODE}"),
        ("&copy;", f"<!DOCTYPE html>\n{FIRST}{SECOND}{LINK}&copy;{CODE}"),
    ],
)
def test_page_libraries_go_before_all_that_opens_a_head_or_body(html: str, expected: str) -> None:
    assembled = assemble(html, "p {}", "x()", LIBRARIES)
    assert assembled.files["/"].text == expected
    assert assembled.files["/page-library-1.js"].text == "a()"
    assert assembled.files["/page-library-2.css"].media_type.startswith("text/css")


def test_a_linked_module_is_served_behind_a_line_of_ours() -> None:
    module = assemble('<script type="Module" src="script.js"></script>', "", "let a;")
    assert module.files[SCRIPT].text == f"{MODULE_HEAD}let a;"
    assert not module.has_inline_module
    assert assemble("<script src=script.js></script>", "", "let a;").files[SCRIPT].text == "let a;"
    assert assemble("<script type=module>let a</script>", "", "").has_inline_module


def error(file: str | None, line: int | None, column: int | None) -> PageError:
    return PageError("EXCEPTION", "Error: a", file, line, column)


@pytest.mark.parametrize(
    ("file", "line", "column", "expected"),
    [
        ("html", 2, 9 + len(FIRST) + len(SECOND), ("js", 1, 1)),
        ("html", 2, 13 + len(FIRST) + len(SECOND), ("js", 1, 5)),
        ("html", 3, 7, ("js", 2, 7)),  # counted in UTF-16 units
        ("html", 4, 3, ("js", 3, 3)),
        ("html", 1, 1, (None, None, None)),
        ("html", 2, 5, (None, None, None)),
        ("css", 1, 1, ("css", 1, 1)),
        (None, None, None, (None, None, None)),
    ],
)
def test_places_in_a_written_script_are_places_in_script_js(
    file: str | None, line: int | None, column: int | None, expected: tuple[str | None, int | None, int | None]
) -> None:
    assembled = assemble("", "", "let a;\n'😀' b\r\n12", LIBRARIES)
    found = placed(error(file, line, column), assembled)
    assert (found.file, found.line, found.column) == expected


def test_places_in_html_leave_out_what_was_put_in() -> None:
    html = "<p>é😀</p><script>a</script>\n<script>b</script>"
    assembled = assemble(html, "p {}", "x()", LIBRARIES)
    before = len(FIRST) + len(SECOND) + len(LINK)
    assert placed(error("html", 2, before + 19), assembled) == error("html", 1, 19)
    assert placed(error("html", 3, 9), assembled) == error("html", 2, 9)
    assert placed(error("html", 3, None), assembled) == error("html", 2, None)
    assert placed(error("js", 1, 3), assembled) == error("js", 1, 3)
    module = assemble("<script type=module src=script.js></script>", "", "a\nb")
    assert placed(error("js", 1, len(MODULE_HEAD) + 3), module) == error("js", 1, 3)
    assert placed(error("js", 2, 3), module) == error("js", 2, 3)


@pytest.mark.parametrize(
    "told",
    [
        None,
        "x",
        [],
        {},
        ["OTHER", "a", None, None, None, None],
        ["SYNTAX", 1, None, None, None, None],
        ["SYNTAX", "a", "js", 1],
    ],
)
def test_what_is_no_error_is_not_read_as_one(told: object) -> None:
    assert read_error(told) is None


def test_errors_are_read_as_far_as_they_make_sense() -> None:
    assert read_error(["SYNTAX", "a" * 999, "js", 3, 4, None]) == PageError("SYNTAX", "a" * 500, "js", 3, 4)
    assert read_error(["CONSOLE", "a", "/etc", 3, 4, 0.5]) == PageError("CONSOLE", "a")
    assert read_error(["CONSOLE", "a", "js", 0, 4, -1]) == PageError("CONSOLE", "a", "js")
    assert read_error(["CONSOLE", "a", "js", 1, 2.5, 3]) == PageError("CONSOLE", "a", "js", 1, during="3")
    assert read_error(["CONSOLE", "a", ["js"], [], {}, "x"]) == PageError("CONSOLE", "a")


def test_an_unknown_name_is_explained_where_the_page_has_an_inline_module() -> None:
    inline, none = assemble("<script type=module>let a</script>", "", ""), assemble("<p>", "", "")
    assert explained("ReferenceError: a is not defined", inline) == f"ReferenceError: a is not defined{INLINE_MODULE}"
    assert explained("ReferenceError: a is not defined", none) == "ReferenceError: a is not defined"
    assert explained("TypeError: a is not a function", inline) == "TypeError: a is not a function"


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
