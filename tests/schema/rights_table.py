"""The tables of ``rights/``: who is answered what, written by hand, and the documents that ask for it."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_input_field,
)

from core.ids import new_id
from schema.api import schema
from schema.fields import global_id

TYPES = schema._schema.type_map
MARK, FIELD = "is_", "of_"  # before the type's name in an object asked for all its fields, and before each field
NOT_GROUPS = {"ways", "by_mutations", "may_be_null", "arguments", "variants", "refused"}
ROOT = re.compile(r"(\w+(?:\([^)]*\))?) (\{.*\})")  # a field of the root with its arguments, and what is asked of it
PAGE, ENTRY = "edges pageInfo", "cursor node"
PAGE_INFO = "hasNextPage hasPreviousPage startCursor endCursor"


def table(name: str) -> dict[str, Any]:
    """Return one of the files."""
    return tomllib.loads((Path(__file__).parent / "rights" / f"{name}.toml").read_text())


_told = table("audiences")
PERSONS: list[str] = _told["audiences"]["persons"].split()
SCOPES: list[str] = _told["audiences"]["scopes"].split()
TOKENS = [f"{owner}/{scope}" for owner in _told["audiences"]["token_owners"].split() for scope in SCOPES]
AUDIENCES = [*PERSONS, *TOKENS]
GROUPS = {name: frozenset(text.split()) for name, text in _told["groups"].items()}
GROUPS |= {name: frozenset({name}) for name in AUDIENCES}


@dataclass(frozen=True)
class Entry:
    """A type's fields with whom they are answered to; ``ways`` lead to its objects."""

    name: str
    fields: Mapping[str, frozenset[str]]
    ways: tuple[str, ...] = ()
    by_mutations: tuple[str, ...] = ()
    may_be_null: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    arguments: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, str] = field(default_factory=dict)

    def shown_to(self, audience: str) -> set[str]:
        """Return the fields that somebody is answered; empty for who comes to no object of the type."""
        return {name for name, group in self.fields.items() if audience in group}

    def selection(self) -> str:
        """Select every field, of objects below it their id where they have one."""
        return "{ " + " ".join([f"{MARK}{self.name}: __typename", *map(self._asked, self.fields)]) + " }"

    def found(self, answer: Any) -> Iterator[dict[str, Any]]:
        """Yield the fields of every object in an answer that was asked for all of them."""
        if isinstance(answer, dict):
            if MARK + self.name in answer:
                yield {name: answer[FIELD + name] for name in self.fields}
            answer = list(answer.values())
        if isinstance(answer, list):
            for value in answer:
                yield from self.found(value)

    def _asked(self, name: str) -> str:
        text = self.variants.get(name, name)
        kind = get_named_type(fields_of(self.name)[text.partition("(")[0]].type)
        given = f"({self.arguments[name]})" if name in self.arguments else ""
        below = "" if is_leaf_type(kind) else "{ __typename id }" if "id" in fields_of(kind.name) else "{ __typename }"
        return f"{FIELD}{name}: {text}{given} {below}"


def fields_of(name: str) -> dict[str, Any]:
    """Return the fields of a type of the SDL."""
    fields: dict[str, Any] = cast("GraphQLObjectType | GraphQLInterfaceType", TYPES[name]).fields
    return fields


def entries() -> dict[str, Entry]:
    """Return types.toml and pages.toml, by type."""
    found = {}
    for name, told in table("types").items():
        fields: dict[str, frozenset[str]] = {}
        for group in told.keys() - NOT_GROUPS:
            fields |= {one: fields.get(one, frozenset()) | GROUPS[group] for one in told[group].split()}
        found[name] = Entry(
            name,
            fields,
            ways=tuple(told.get("ways", ())),
            by_mutations=tuple(told.get("by_mutations", ())),
            may_be_null=frozenset(told.get("may_be_null", "").split()),
            refused=frozenset(told.get("refused", "").split()),
            arguments=told.get("arguments", {}),
            variants=told.get("variants", {}),
        )
    for group, pages in table("pages").items():
        for name, way in pages.items():
            kinds = {name: (way, PAGE_INFO if name == "PageInfo" else PAGE)}
            if name != "PageInfo":
                kinds[name.replace("Connection", "Edge")] = way.replace("{*}", "{ edges {*} }"), ENTRY
            for kind, (path, shown) in kinds.items():
                found[kind] = Entry(kind, dict.fromkeys(shown.split(), GROUPS[group]), (path,))
    return found


def mutations() -> dict[str, tuple[frozenset[str], list[str]]]:
    """Return who may do each mutation, and what it answers beside ``userErrors``."""
    return {
        name: (GROUPS[group], answers.split())
        for group, told in table("mutations").items()
        for name, answers in told.items()
    }


def bound(text: str, names: Mapping[str, str]) -> str:
    """Return a document with every ``$name`` in it replaced by what it stands for."""
    known = {"now": datetime.now(UTC).isoformat(), **names}
    return re.sub(r"\$([a-z_]+)", lambda found: json.dumps(known[found[1]]), text)


def query(names: Mapping[str, str], types: Iterable[Entry]) -> str:
    """Return one document with every way to these types; what several ways have in common is asked once."""
    ways = [(entry, ROOT.fullmatch(way)) for entry in types for way in entry.ways]
    roots = {found[1]: f"root{number}" for number, (_, found) in enumerate(ways) if found}
    parts = [
        f"{roots[found[1]]}: {found[1]} {found[2].replace('{*}', entry.selection())}" for entry, found in ways if found
    ]
    assert len(parts) == len(ways)
    return bound("{ " + "\n".join(parts) + " }", names)


def by_mutations(names: Mapping[str, str], types: Iterable[Entry]) -> list[str]:
    """Return the documents that come to these types through a mutation."""
    ways = [way.replace("{*}", entry.selection()) for entry in types for way in entry.by_mutations]
    return [bound(f"mutation {{ {way} }}", names) for way in ways]


# What a field of an input is given where no other value would do: nobody's address, passwords too short to be hashed.
TEXTS = {"email": "nobody", "password": "short", "currentPassword": "", "newPassword": "short", "slug": "some-text"}
# What an id in an input names in the test's data, and the type and the number of uuids of such an id.
IDS = {
    "challengeId": ("one", "Challenge", 1),
    "trackId": ("track", "Track", 1),
    "moduleId": ("module", "Module", 1),
    "lessonId": ("lesson", "Lesson", 1),
    "parentId": ("module", "Module", 1),
    "nodeId": ("lesson", "Lesson", 1),
    "id": ("lesson", "Lesson", 1),
    "versionId": ("version", "ChallengeVersion", 1),
    "attemptId": ("learner_attempt", "Attempt", 2),
    "noticeId": ("learner_notice", "Notice", 2),
    "userId": ("learner_user", "User", 1),
    "apiTokenId": ("token", "ApiToken", 1),
    "experimentId": ("experiment", "Experiment", 1),
    "releaseId": ("release", "Release", 1),
    "runId": ("run", "Run", 1),
    "replayId": ("replay", "Replay", 1),
}
VALUES = {"String": "some-text", "Int": 1, "Boolean": False, "DateTime": "2030-01-01T00:00:00Z", "ID": "t1"}


def mutation(name: str) -> str:
    """Return the document of a mutation, asking for all that it answers."""
    answers = mutations()[name][1]
    asked = fields_of("Mutation")[name]
    payload = fields_of(get_named_type(asked.type).name)
    leaf = {one: is_leaf_type(get_named_type(payload[one].type)) for one in answers}
    parts = [one if leaf[one] else f"{one} {{ __typename }}" for one in answers]
    kind = asked.args["input"].type
    return f"mutation ($input: {kind}) {{ {name}(input: $input) {{ userErrors {{ code path }} {' '.join(parts)} }} }}"


def given(name: str, names: Mapping[str, str] | None = None) -> Any:
    """Return the least input of a mutation; ids name what ``names`` says, or without it nothing that there is."""
    return _value(fields_of("Mutation")[name].args["input"].type, "", names)


def _value(kind: Any, of: str, names: Mapping[str, str] | None) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return _value(kind.of_type, of, names)
    if isinstance(kind, GraphQLList):
        return [_value(kind.of_type, of, names)]
    if isinstance(kind, GraphQLInputObjectType):
        needed = {name: one.type for name, one in kind.fields.items() if is_required_input_field(one)}
        return {name: _value(type, name, names) for name, type in needed.items()}
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if kind.name == "ID" and of in IDS:
        known, type_name, uuids = IDS[of]
        return names[known] if names else global_id(type_name, *(new_id() for _ in range(uuids)))
    return TEXTS.get(of, VALUES[kind.name])
