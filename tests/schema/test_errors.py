"""Every fault has a code, and what is not the client's doing is not told to them."""

from graphql import GraphQLError

import accounts.faults
import practice.faults
import versioning.faults
from core import faults
from core.faults import Fault
from resolvers.errors import Forbidden, InvalidArgument
from schema.errors import CODES, code_of, public


def test_every_class_of_fault_has_a_code_of_its_own_or_above_it() -> None:
    modules = (faults, accounts.faults, practice.faults, versioning.faults)
    classes = {
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Fault) and one is not Fault
    }
    assert len(classes) >= 15
    assert all(code_of(one) for one in classes)
    assert set(CODES) <= classes


def test_a_fault_without_words_says_its_docstring() -> None:
    assert faults.Taken(("slug",)).text() == "The name is taken; choose another."
    assert faults.Taken(("slug",)).under("tracks", "0").path == ("tracks", "0", "slug")


def test_refusals_of_requests_keep_their_code_and_others_are_masked() -> None:
    told = public(GraphQLError("x", original_error=Forbidden()))
    assert told is not None
    assert (told.extensions or {})["code"] == "FORBIDDEN"
    told = public(GraphQLError("x", original_error=InvalidArgument("Too many.")))
    assert told is not None
    assert (told.message, (told.extensions or {})["code"]) == ("Too many.", "INVALID")
    assert public(GraphQLError("x", original_error=KeyError("secret"))) is None
