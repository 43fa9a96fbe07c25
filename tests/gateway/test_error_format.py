"""How errors are told: equal ones folded, ours masked under one id a fault."""

import orjson
from graphql import GraphQLError

from gateway.http.error_format import shown
from gateway.log import Log, Record
from resolvers.errors import Forbidden
from sql.errors import Busy, Unavailable


def told(*errors: GraphQLError) -> tuple[list[dict[str, object]], Record, list[dict[str, object]]]:
    record, lines = Record("id", "POST", "/graphql"), list[str]()
    return shown(errors, record, Log(lines.append)), record, [orjson.loads(line) for line in lines]


def at(cause: Exception, *path: str | int) -> GraphQLError:
    return GraphQLError(str(cause), path=list(path), original_error=cause)


def test_one_fault_of_many_fields_is_one_id_and_folded() -> None:
    cause = RuntimeError("secret")
    entries, record, lines = told(*(at(cause, "tracks", number) for number in range(50)))
    assert len(entries) == 5
    assert {entry["message"] for entry in entries} == {
        f"Something went wrong on our side; quote the id {record.errors[0]}."
    }
    assert entries[0]["extensions"] == {"code": "INTERNAL", "errorId": record.errors[0], "count": 50}
    assert entries[4]["path"] == ["tracks", 4]
    assert [line["error"] for line in lines] == record.errors
    assert "secret" not in str(entries)


def test_different_faults_have_different_ids() -> None:
    entries, record, lines = told(at(RuntimeError("a"), "a"), at(RuntimeError("b"), "b"))
    assert len({str(entry["message"]) for entry in entries}) == len(record.errors) == len(lines) == 2


def test_refusals_are_told_in_full() -> None:
    (entry,), record, lines = told(at(Forbidden(), "drafts"))
    assert entry == {"message": str(Forbidden()), "path": ["drafts"], "extensions": {"code": "FORBIDDEN"}}
    assert (record.codes, lines) == (["FORBIDDEN"], [])


def test_busy_and_unavailable_database_have_codes_and_are_logged() -> None:
    entries, record, lines = told(at(Busy(), "a"), at(Unavailable(), "b"))
    assert [entry["extensions"] for entry in entries] == [{"code": "OVERLOADED"}, {"code": "UNAVAILABLE"}]
    assert [entry["message"] for entry in entries] == [str(Busy()), "The database cannot be reached."]
    assert len(lines) == len(record.errors) == 2
