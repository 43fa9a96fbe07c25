"""Which protected names a challenge's starter or solution declares."""

import re
from pathlib import Path

import pytest

from core.code import NO_CODE, Code
from sandbox import visit
from versioning.content.declared_names import PROTECTED, declared_names


def test_the_protected_names_are_those_of_the_bridge() -> None:
    text = (Path(visit.BRIDGE) / "names.js").read_text()
    (kept,) = re.findall(r"const KEPT = setOf\((.*?)\);", text, re.DOTALL)
    names = " ".join(re.findall(r"'([^']*)'", kept)).split()
    assert {*names, "document", "window", "assert"} == PROTECTED


CASES = [
    ("class Set {}", "Set"),
    ("function Map() {}\nasync function Set() {}\nfunction* Proxy() {}\nfunction *Date() {}", "Date Map Proxy Set"),
    ("export default class Map {}\nexport function Set() {}\nexport const JSON = 1", "JSON Map Set"),
    ("const Set = class {}", "Set"),
    ("let a = 1, Set = 2,\n  Map\nvar Date", "Date Map Set"),
    ("let a = f(1, Set), b = [Map, Date]", ""),
    ("let a = 1\nfoo(), Set = 3", ""),
    ("let a = 1\nfunction Set() {}", "Set"),
    ("let f = function () {}\nclass Set {}", "Set"),
    ("const { Set, Map: other, x: Date = { JSON }, ...Math } = page", "Date Math Set"),
    ("const [Set, [Map = Date], , JSON] = page, Proxy = 1", "JSON Map Proxy Set"),
    ("window.Set = 1; globalThis.Map = class {}\nself.Date = 2", "Date Map Set"),
    ("window.Set == 1; window.Map === 2; window.Date = 1; a.window.JSON = 3", "Date"),
    ("const document = {}; var window; function assert() {}", "assert document window"),
    ("function f() { class Set {} window.Map = 1 }\n{ let Date }\nfor (const Map of []) {}", ""),
    ("const a = class Set {}; const b = function Map() {}; new (class Date {})()", ""),
    ("(function Set() {})(); (() => { class Map {} })()", ""),
    ("const f = a => a, Set = 1", "Set"),
    ("'class Set {}'; \"class Map {}\"; `\nclass Date {} ${`class JSON {}`} class Math {}`; class Proxy {}", "Proxy"),
    ("`${ { a: `}` } }`; class Set {}", "Set"),
    ("// class Set {}\n/* class Map {} */ class Date {} // '\nclass JSON {}", "Date JSON"),
    ("const a = /[/'`]{/; class Set {}", "Set"),
    ("const a = 4 / 2; class Set {} // 3 /", "Set"),
    ("f(/'/); if (x) { } /`/.test(y)\nclass Set {}", None),
    ("class MySet extends Set {}\nconst a = new Set(), b = Map", ""),
    ("obj.class = 1; obj.function = Set; const { a } = Set", ""),
    ("let Set", "Set"),
    ("class", ""),
    ("window.", ""),
    ("const {", ""),
    ("", ""),
]


@pytest.mark.parametrize(("js", "names"), CASES)
def test_names_of_a_script(js: str, names: str | None) -> None:
    found = declared_names(NO_CODE, Code(js=js))
    assert names is None or found == tuple(names.split())
    assert declared_names(Code(js=js), NO_CODE) == found
    assert declared_names(NO_CODE, Code(html=f"<p>\n<script>{js}</script>")) == found


def test_inline_scripts_of_html_count_and_other_scripts_do_not() -> None:
    html = (
        "<!-- <script>class Map {}</script> --><script type=module>class Set {}</script>"
        "<SCRIPT Type='text/javascript' data-src='x'>var Date = 1</SCRIPT>"
        "<script type='text/template'>class JSON {}</script><script src='a.js'>class Math {}</script>"
        "<p>class Proxy {}</p><script>let Symbol"
    )
    assert declared_names(NO_CODE, Code(html=html)) == ("Date", "Set", "Symbol")


def test_names_of_starter_and_solution_are_one_sorted_list() -> None:
    assert declared_names(Code(js="class Set {}"), Code(js="class Map {} class Set {}")) == ("Map", "Set")


@pytest.mark.parametrize(
    "text",
    ["`${", "[a/", "/[a", "let a,", "({", "window.", "const {a", "<script>", "<script ", "<!--", "'", "/*", "\\"],
)
def test_long_texts_that_are_no_code_are_read_in_a_moment(text: str) -> None:
    long = "var Set\n" + text * (50_000 // len(text))
    declared_names(Code(js=long), Code(html=long))
