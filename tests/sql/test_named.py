"""Files of named queries are read whole or refused by name."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from sql.named import Query, load, nouns, read

TWO = """-- Things, for tests.

-- name: thing_by_id
-- A thing by its id,
-- told over two lines.
select id, 'a -- b' as text
from things
where id = %(id)s and (%(kind)s::text is null or kind = %(kind)s);

-- name: forget_things
-- Every thing, forgotten.
delete from things;
"""


@dataclass(frozen=True)
class Things:
    thing_by_id: Query
    forget_things: Query


@dataclass(frozen=True)
class Others:
    thing_by_id: Query
    thing_by_name: Query


def _file(folder: Path, text: str) -> Path:
    (folder / "things.sql").write_text(text)
    return folder


def test_a_file_becomes_queries_with_name_text_and_parameters(tmp_path: Path) -> None:
    things = load("things", Things, _file(tmp_path, TWO))
    assert things.thing_by_id == Query(
        "things.thing_by_id",
        "select id, 'a -- b' as text\nfrom things\nwhere id = %(id)s and (%(kind)s::text is null or kind = %(kind)s)",
        frozenset({"id", "kind"}),
    )
    assert things.forget_things == Query("things.forget_things", "delete from things", frozenset())


def test_a_missing_and_an_unused_name_are_both_told(tmp_path: Path) -> None:
    with pytest.raises(LookupError) as refused:
        load("things", Others, _file(tmp_path, TWO))
    assert str(refused.value) == (
        "queries/things.sql and Others differ: missing ['thing_by_name'], unused ['forget_things']"
    )


def test_two_queries_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=r"^queries/things\.sql has two queries named forget_things$"):
        read("things", _file(tmp_path, TWO + TWO[TWO.index("-- name: forget") :]))


@pytest.mark.parametrize("comment", ["", "-- Every thing\n", "select 1;\n-- Every thing, forgotten.\n"])
def test_a_query_that_no_full_sentence_opens_is_refused(tmp_path: Path, comment: str) -> None:
    text = TWO.replace("-- Every thing, forgotten.\n", comment)
    with pytest.raises(LookupError, match=r"^queries/things\.sql: forget_things is not opened by a full sentence$"):
        read("things", _file(tmp_path, text))


def test_the_houses_own_files_hold_one_statement_a_query() -> None:
    queries = [query for noun in nouns() for query in read(noun).values()]
    assert len(queries) >= 100
    for query in queries:
        assert ";" not in query.text, query.name
        assert "-- name" not in query.text, query.name
        assert query.text == query.text.strip(), query.name
