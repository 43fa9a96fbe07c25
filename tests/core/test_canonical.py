"""Canonical JSON is frozen: the bytes and digests below were written down once and must never change."""

import json
from collections import UserString
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.canonical import CANONICAL, canonical, digest
from core.ids import new_id

VECTORS: list[tuple[Any, bytes, str]] = [
    ({}, b"{}", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
    ([], b"[]", "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"),
    (None, b"null", "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b"),
    (
        {"b": 1, "a": [True, None, "x"]},
        b'{"a":[true,null,"x"],"b":1}',
        "54a65415ad370228851a1da4b31b6fd42dc58b19a50d35cae759325f7388ce64",
    ),
    (
        {"ä": "ü", "z": "\u2028", "a": "\U0001f600"},
        '{"a":"\U0001f600","z":"\u2028","ä":"ü"}'.encode(),
        "df4c76b98840c9da2b8cd9537f2045b85792ca26ec65eb9d1c943c15f59a7610",
    ),
    (
        '"\\/\n\r\t\x01\x7f',
        b'"\\"\\\\/\\n\\r\\t\\u0001\x7f"',
        "27b0db6f0a545b3fd3f3bc980a28a5cbf131a639ef4fd1b7c01f8409565a7a56",
    ),
    (
        [-1, 0, 2**63, -(2**63)],
        b"[-1,0,9223372036854775808,-9223372036854775808]",
        "15c8e6ce884f7f010650e82d94fce13fd87b65a579760942e781c8b392f399c7",
    ),
    (((1, "a"), {"k": ()}), b'[[1,"a"],{"k":[]}]', "c1e19f3eca7c410e9b709c8ac874cc4f1e1ec4b922809a405bbecd22022c191f"),
]


@pytest.mark.parametrize(("value", "expected", "sha256"), VECTORS)
def test_bytes_and_digest_are_those_once_written_down(value: Any, expected: bytes, sha256: str) -> None:
    assert CANONICAL == 1
    assert canonical(value) == expected
    assert digest(value) == sha256


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        {"a": [1, {"b": 0.5}]},
        (2, (3.5,)),
        datetime(2030, 1, 1, tzinfo=UTC),
        new_id(),
        UUID(int=0),
        b"bytes",
        {1, 2},
        {1: "a number for a name"},
        UserString("x"),
        "\ud800",
        2**64,
    ],
)
def test_what_has_no_single_spelling_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(values)
def test_it_is_json_without_white_space_that_reads_back_as_it_was(value: Any) -> None:
    written = canonical(value)
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(texts, values, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_keys_were_set_does_not_count(value: dict[str, Any], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert canonical(dict(items)) == canonical(value)
    names = list(json.loads(canonical(value)))
    assert names == sorted(names)
