"""Fields that are declared rather than coded.

``column`` shows an attribute of the row, ``identity`` its global id, ``loaded`` what a loader finds by a key of the
row. Each names who may see it (``see``, without default); to all others the field is null, so it must be nullable,
unless its whole type is out of their reach (``see=inherited`` on a type made with ``@shown(see=…)``). ``declarations``
lists every declaration of a schema without running a resolver and refuses the ones that do not fit: an attribute that
the row lacks, a loader that takes another key or finds another row, a rule that a way around it would break.
"""

import dataclasses
import functools
import inspect
import operator
import types
import typing
from abc import ABC, abstractmethod
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Hashable, Iterator
from typing import Any, Generic, Self, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types import Info, get_object_definition
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryContainer, StrawberryList, StrawberryOptional
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from loaders.loader import Loader
from loaders.pages import Page
from resolvers.context import Context, Viewer
from resolvers.errors import Hidden
from resolvers.policy import Rule, everyone

R = TypeVar("R")
T = TypeVar("T")


def inherited(viewer: Viewer) -> bool:
    """Whoever reaches the type: every way to it is guarded by the type's own rule."""
    return True


class Shows(Generic[R]):
    """A type that shows one row; the row itself is not part of the contract."""

    row: strawberry.Private[R]

    @classmethod
    def of(cls, row: R) -> Self:
        """Wrap a row."""
        shown = cls.__new__(cls)
        shown.row = row
        return shown

    @classmethod
    def maybe(cls, row: R | None) -> Self | None:
        """Wrap a row, or nothing."""
        return None if row is None else cls.of(row)


def shown(*, see: Rule, description: str, name: str | None = None) -> Callable[[type[T]], type[T]]:
    """Make a strawberry type of a ``Shows`` class that only viewers under ``see`` ever reach."""

    def decorate(cls: type[T]) -> type[T]:
        made = strawberry.type(cls, description=description, name=name)
        made.__see__ = see  # type: ignore[attr-defined]  # the type's own rule, read by declarations()
        return made

    return decorate


def global_id(type_name: str, *parts: object) -> strawberry.ID:
    """Return the opaque id of a row: base64url of ``Type:uuid``."""
    return strawberry.ID(urlsafe_b64encode(":".join([type_name, *map(str, parts)]).encode()).decode().rstrip("="))


class Arguments(ABC):
    """Arguments that only GraphQL knows (ids, enums), which a loader takes in another form."""

    @abstractmethod
    def asked(self) -> Hashable:
        """Return what the loader is asked for."""


class Declared(StrawberryField):
    """A field made from a declaration. ``attribute`` of the row is the value itself or the loader's key."""

    def __init__(
        self,
        description: str,
        *,
        see: Rule,
        attribute: str | None = None,
        loader: Loader[Any, Any] | None = None,
        takes: type | None = None,
        pick: str | None = None,
        identity: bool = False,
        typical_bytes: int = 0,
        metadata: Any = None,
        **copied: Any,
    ) -> None:
        super().__init__(description=description, **copied)
        self.init = self.repr = self.compare = False
        self.see = see
        self.attribute = attribute
        self.loader = loader
        self.takes = takes
        self.pick = pick
        self.identity = identity
        self.typical_bytes = typical_bytes
        self._wrap: Callable[[Any], Any] | None = None
        if takes is not None:
            hints = typing.get_type_hints(takes, include_extras=True)
            # An absent argument stays absent, so that the dataclass's own default holds.
            self.arguments = [
                StrawberryArgument(
                    python_name=argument.name,
                    graphql_name=argument.metadata.get("name"),
                    type_annotation=StrawberryAnnotation(hints[argument.name]),
                    default=strawberry.UNSET,
                    description=argument.metadata["description"],
                )
                for argument in dataclasses.fields(takes)
            ]

    def __copy__(self) -> Self:
        return type(self)(
            self.description or "",
            see=self.see,
            attribute=self.attribute,
            loader=self.loader,
            takes=self.takes,
            pick=self.pick,
            identity=self.identity,
            typical_bytes=self.typical_bytes,
            python_name=self.python_name,
            graphql_name=self.graphql_name,
            type_annotation=self.type_annotation,
            origin=self.origin,
            deprecation_reason=self.deprecation_reason,
        )

    @property
    def is_basic_field(self) -> bool:
        return self.loader is None and self.see in (everyone, inherited)

    @property
    def source(self) -> str:
        """The attribute of the row that is read."""
        return self.attribute or self.python_name

    def get_result(
        self, source: Any, info: Info[Any, Any] | None, args: list[Any], kwargs: Any
    ) -> Awaitable[Any] | Any:
        if info is not None and not self.see(info.context.viewer):
            return None
        if self.identity:
            parts = (getattr(source.row, name) for name in self.source.split(" "))
            return global_id(get_object_definition(type(source), strict=True).name, *parts)
        if self._wrap is None:
            self._wrap = wrapper(self.type)
        if self.loader is None:
            return self._wrap(getattr(source.row, self.source))
        assert info is not None
        key = getattr(source.row, self.source)
        if self.takes is not None:
            given = self.takes(**kwargs)
            key = (key, given.asked() if isinstance(given, Arguments) else given)
        elif key is None:
            return None
        return self._load(info.context, key)

    async def _load(self, ctx: Context, key: Any) -> Any:
        assert self.loader is not None
        ctx.require_room()
        found = await ctx.loaders.load(self.loader, key)
        if isinstance(found, Page):
            ctx.count(len(found.edges))
        elif isinstance(found, list):
            ctx.count(len(found))
        if self.pick is not None and found is not None:
            found = getattr(found, self.pick)
        if found is None and not isinstance(self.type, StrawberryOptional):
            # Somebody's own work stays theirs while the track, lesson or challenge that it belongs to is hidden.
            raise Hidden
        assert self._wrap is not None
        return self._wrap(found)


def column(
    description: str, *, see: Rule, of: str | None = None, typical_bytes: int = 0, deprecated: str | None = None
) -> Any:
    """Declare a field that shows the row's attribute of the same name (or ``of``).

    ``typical_bytes`` is the size of a long text, by which the gateway prices it before it runs. ``deprecated`` says
    why and since when clients should not ask for the field.
    """
    return Declared(description, see=see, attribute=of, typical_bytes=typical_bytes, deprecation_reason=deprecated)


def identity(*of: str) -> Any:
    """Declare the field ``id``: the global id made of the type's name and these attributes of the row (``id``)."""
    return Declared(
        "The object's global id, which never changes. Do not read anything into its text.",
        see=everyone,
        attribute=" ".join(of or ("id",)),
        identity=True,
    )


def loaded(
    description: str,
    *,
    by: str,
    loader: Loader[Any, Any],
    see: Rule,
    takes: type | None = None,
    pick: str | None = None,
    name: str | None = None,
    typical_bytes: int = 0,
) -> Any:
    """Declare a field that shows what ``loader`` finds by the row's attribute ``by``.

    ``takes`` is a frozen dataclass of arguments (the loader's key is then ``(key, arguments)``, or what ``Arguments``
    make of themselves); ``pick`` shows one
    attribute of what was found, so that several fields share one load. ``name`` is the field's where Python has another
    use for the word, ``typical_bytes`` as for ``column``.
    """
    return Declared(
        description,
        see=see,
        attribute=by,
        loader=loader,
        takes=takes,
        pick=pick,
        graphql_name=name,
        typical_bytes=typical_bytes,
    )


def wrapper(of: Any) -> Callable[[Any], Any]:
    """Return the function that turns rows into the shown type ``of``, through lists and nullability."""
    if isinstance(of, LazyType):
        return wrapper(of.resolve_type())
    if isinstance(of, StrawberryOptional):
        inner = wrapper(of.of_type)
        return inner if inner is _same else lambda value: None if value is None else inner(value)
    if isinstance(of, StrawberryList):
        inner = wrapper(of.of_type)
        return inner if inner is _same else lambda values: [inner(value) for value in values]
    if hasattr(of, "of"):
        return of.of  # type: ignore[no-any-return]  # a Shows type, or an interface that picks one
    return _same


def _same(value: Any) -> Any:
    return value


def rule_of(cls: Any) -> Rule:
    """Return the rule of a type; a page or an edge has that of what it holds."""
    if _is_page(cls):
        (held,) = get_object_definition(cls, strict=True).type_var_map.values()
        return rule_of(held)
    rule: Rule = getattr(cls, "__see__", everyone)
    return rule


def _is_page(cls: Any) -> bool:
    definition = get_object_definition(cls)
    return definition is not None and bool(definition.type_var_map)


class DeclarationError(Exception):
    """A declared field does not fit its row, its loader or its rule."""


def declarations(classes: list[type], rows: Callable[[type], type | None]) -> Iterator[tuple[str, Declared]]:
    """Yield ``("Type.field", declaration)`` of every declared field of ``classes``; raise on one that does not fit.

    ``rows`` tells the row class that a type shows (None when it cannot be known).
    """
    for cls in classes:
        definition = get_object_definition(cls, strict=True)
        rule = rule_of(cls)
        row = rows(cls)
        for field in definition.fields:
            name = f"{definition.name}.{field.graphql_name or field.python_name}"
            if not isinstance(field, Declared):
                if issubclass(cls, Shows):
                    raise DeclarationError(f"{name} of a shown type is not declared")
                continue
            _check(name, field, cls, rule, row)
            if field.loader is not None and row is not None:
                _check_loader(name, field, field.loader, row, rows)
            yield name, field


def _check_loader(
    name: str, field: Declared, loader: Loader[Any, Any], row: type, rows: Callable[[type], type | None]
) -> None:
    """Raise unless a field's loader takes what the row has for it, and finds what the field shows."""
    key, found = map(given, loader.kinds())
    by = _kind_of(row, field.source)
    if field.takes is not None:
        asks = field.takes
        asked = typing.get_type_hints(asks.asked)["return"] if issubclass(asks, Arguments) else asks
        by = types.GenericAlias(tuple, (by, asked))
    if by != key:
        raise DeclarationError(f"{name}: {loader.name} takes {told(key)}, not {told(by)}")
    if field.pick is not None:
        if not hasattr(found, field.pick):
            raise DeclarationError(f"{name}: {told(found)} has no attribute {field.pick}")
        found = _kind_of(found, field.pick)
    inner: Any = field.type
    while isinstance(inner, StrawberryContainer | LazyType):
        if isinstance(inner, StrawberryList):
            if typing.get_origin(found) not in (list, tuple):
                raise DeclarationError(f"{name}: {loader.name} finds {told(found)}, which is no list")
            found = typing.get_args(found)[0]
        inner = inner.resolve_type() if isinstance(inner, LazyType) else inner.of_type
    if _is_page(inner) and typing.get_origin(found) is Page:
        (found,) = typing.get_args(found)
        (inner,) = get_object_definition(inner, strict=True).type_var_map.values()
    expected = rows(inner) if inspect.isclass(inner) and issubclass(inner, Shows) else None
    if expected is not None and expected not in (found, typing.get_origin(found)):
        raise DeclarationError(
            f"{name}: {loader.name} finds {told(found)}, and {inner.__name__} shows {told(expected)}"
        )


def _kind_of(row: Any, attribute: str) -> Any:
    """Return the type of a row's attribute or property, without None."""
    declared = inspect.getattr_static(row, attribute, None)
    if isinstance(declared, property):
        return given(typing.get_type_hints(declared.fget)["return"])
    return given(typing.get_type_hints(row)[attribute])


def given(kind: Any) -> Any:
    """Return a type without None."""
    if typing.get_origin(kind) not in (typing.Union, types.UnionType):
        return kind
    return functools.reduce(operator.or_, (one for one in typing.get_args(kind) if one is not types.NoneType))


def told(kind: Any) -> str:
    """Name a type in a message."""
    return kind.__name__ if inspect.isclass(kind) and not typing.get_args(kind) else str(kind)


def _check(name: str, field: Declared, owner: type, rule: Rule, row: type | None) -> None:
    if row is not None and not all(hasattr(row, attribute) for attribute in field.source.split(" ")):
        raise DeclarationError(f"{name}: {row.__name__} has no attribute {field.source}")
    if field.see is inherited and rule is everyone and not _is_page(owner):
        raise DeclarationError(f"{name} inherits a rule, but its type has none")
    if field.see not in (everyone, inherited) and not isinstance(field.type, StrawberryOptional):
        raise DeclarationError(f"{name} is hidden from some and must be nullable")
    if not field.description:
        raise DeclarationError(f"{name} has no description")
    inner: Any = field.type
    while isinstance(inner, StrawberryContainer | LazyType):
        inner = inner.resolve_type() if isinstance(inner, LazyType) else inner.of_type
    target = rule_of(inner)
    guard = rule if field.see is inherited else field.see
    if target is not everyone and guard is not target:
        raise DeclarationError(f"{name} leads to {inner.__name__}, which is guarded by {target.__name__}")
