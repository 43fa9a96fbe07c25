"""Checks of form: each finds its own fault, at its bound and not before it, with the path it was given."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import limits, texts
from core.faults import Fault, Faults, Invalid, Refused, Required, TooLarge

HERE = ("input", "title")


def found(check: Callable[..., object], *arguments: object, **options: object) -> list[tuple[type[Fault], str]]:
    faults = Faults()
    check(faults, HERE, *arguments, **options)
    assert all(fault.path == HERE for fault in faults)
    return [(type(fault), fault.text()) for fault in faults]


def test_nul_and_lone_surrogates_are_refused_with_their_position() -> None:
    nul = [(Invalid, "A NUL character stands at position 2; remove it.")]
    surrogate = [(Invalid, "A lone surrogate stands at position 1; it is no valid Unicode text.")]
    for check in (texts.line, texts.prose, texts.code):
        assert found(check, "ab\0c", 10) == nul
        assert found(check, "a\udc00", 10) == surrogate
    assert found(texts.storable, "ab\0c") == nul
    assert found(texts.storable, "a\U0001f600") == []


def test_a_line_is_one_line() -> None:
    assert found(texts.line, "One – zwölf \U0001f600", 20) == []
    for control in ("\n", "\r", "\t", "\x1f", "\x7f"):
        message = "A control character stands at position 3; use one line."
        assert found(texts.line, f"One{control}", 20) == [(Invalid, message)]


def test_blank_text_is_refused_where_text_is_required() -> None:
    required = [(Required, "This text must not be empty.")]
    for blank in ("", "  ", "\u00a0"):
        assert found(texts.line, blank, 20) == required
        assert found(texts.prose, blank, 20, required=True) == required
        assert found(texts.prose, blank, 20) == []
    assert found(texts.line, "", 20, required=False) == []


def test_prose_is_measured_in_characters_and_code_in_bytes() -> None:
    assert found(texts.prose, "ü" * 10, 10) == []
    assert found(texts.prose, "ü" * 11, 10) == [(TooLarge, "11 characters; at most 10 are allowed.")]
    assert found(texts.code, "ü" * 5, 10) == []
    assert found(texts.code, "ü" * 5 + "x", 10) == [(TooLarge, "11 bytes; at most 10 are allowed.")]


@pytest.mark.parametrize("slug", ["a", "1", "flex-basics-2", "a-b-c", "x" * limits.SLUG])
def test_slugs_of_the_right_form_pass(slug: str) -> None:
    assert found(texts.slug, slug) == []


@pytest.mark.parametrize("slug", ["-a", "a-", "a--b", "A", "a_b", "a b", "ä", "a\n", "a/b", "a.b", "\u0661"])
def test_slugs_of_another_form_are_told_what_one_is(slug: str) -> None:
    message = "A slug is lower-case letters and digits in groups joined by single hyphens: flex-basics-2."
    assert found(texts.slug, slug) == [(Invalid, message)]


def test_an_empty_and_a_long_slug_are_faults_of_their_own() -> None:
    assert found(texts.slug, "") == [(Required, "A slug is needed.")]
    assert found(texts.slug, "x" * 101) == [(TooLarge, "101 characters; at most 100 are allowed.")]


def test_a_number_may_be_each_of_its_bounds() -> None:
    assert found(texts.number, 0, 0, 5) == found(texts.number, 5, 0, 5) == []
    assert found(texts.number, -1, 0, 5) == [(Invalid, "-1 is not between 0 and 5.")]
    assert found(texts.number, 6, 0, 5) == [(Invalid, "6 is not between 0 and 5.")]


@settings(max_examples=200, deadline=None)
@given(st.text("ab\r\n", max_size=30))
def test_line_ends_become_lf_once_and_for_all(text: str) -> None:
    assert texts.lf(text) == "\n".join(text.replace("\r\n", "\n").split("\r"))
    assert "\r" not in texts.lf(text)
    assert texts.lf(texts.lf(text)) == texts.lf(text)


def test_faults_are_raised_together_and_none_are_no_exception() -> None:
    faults = Faults()
    faults.settle()
    faults.append(Required(("a",)))
    faults.append(Invalid(("b", "0"), "Not so."))
    with pytest.raises(Refused) as refused:
        faults.settle()
    assert list(refused.value.faults) == [Required(("a",)), Invalid(("b", "0"), "Not so.")]
    assert str(refused.value) == "a: A value is needed here.; b.0: Not so."
    assert Required(("a",)).under("input", "x").path == ("input", "x", "a")
