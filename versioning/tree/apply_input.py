"""A whole content tree as somebody wants it to be: what ``applyContent`` takes, what it names, and checks of form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from core import limits, texts
from core.faults import Faults, Invalid, Taken, TooLarge
from sql.database import Reads
from versioning.content import libraries
from versioning.content.definition import Content
from versioning.tree.changes import node_faults
from versioning.tree.nodes import Level

Action = Literal["CREATED", "UPDATED", "UNCHANGED", "ARCHIVED", "PUBLISHED", "HELD"]


@dataclass(frozen=True, slots=True)
class ChallengeWish:
    """A challenge as it is to be; ``former_path`` names where it stands today when that is elsewhere."""

    slug: str
    content: Content
    former_path: str | None = None

    @property
    def title(self) -> str:
        return self.content.title


@dataclass(frozen=True, slots=True)
class LessonWish:
    """A lesson as it is to be, its challenges in order."""

    slug: str
    title: str
    children: Sequence[ChallengeWish] = ()
    former_path: str | None = None


@dataclass(frozen=True, slots=True)
class ModuleWish:
    """A module as it is to be, its lessons in order."""

    slug: str
    title: str
    children: Sequence[LessonWish] = ()
    former_path: str | None = None


@dataclass(frozen=True, slots=True)
class TrackWish:
    """A track as it is to be, its modules in order."""

    slug: str
    title: str
    children: Sequence[ModuleWish] = ()
    former_path: str | None = None
    description: str = ""


NodeWish: TypeAlias = TrackWish | ModuleWish | LessonWish | ChallengeWish

CHILD: dict[Level, Level] = {"track": "module", "module": "lesson", "lesson": "challenge"}


@dataclass(frozen=True, slots=True)
class Options:
    """How to apply: with ``prune`` absent nodes of the named tracks are archived, with ``publish`` everything named is
    shown and published, with ``overwrite`` drafts that somebody else edited are replaced. With ``dry_run`` a gate whose
    run is still to come does not refuse: the run is asked for by the call that is none."""

    prune: bool = False
    publish: bool = False
    overwrite: bool = False
    changelog: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to the node of a path."""

    path: str
    action: Action
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A wish with its level, its slug path and the way to it in the caller's input."""

    level: Level
    wish: NodeWish
    path: str
    at: tuple[str, ...]


async def settle_libraries(reads: Reads, tracks: Sequence[TrackWish]) -> Sequence[TrackWish]:
    """Put hashes in the place of libraries' names in a whole tree; raises ``Refused`` with each that means nothing."""
    named = [(one.at, one.wish.content.libraries) for one in walk(tracks) if isinstance(one.wish, ChallengeWish)]
    known = await libraries.meant(reads, (word for _, words in named for word in words))
    faults = Faults()
    for at, words in named:
        libraries.settled(faults, words, known, at)
    faults.settle()
    return [_with_libraries(track, known) for track in tracks] if known else tracks


def _with_libraries(track: TrackWish, known: dict[str, str]) -> TrackWish:
    """Return a tree in which libraries are named by their hashes, as far as they are known."""

    def settled(wish: ChallengeWish) -> ChallengeWish:
        named = tuple(known.get(word, word) for word in wish.content.libraries)
        return replace(wish, content=replace(wish.content, libraries=named))

    return replace(
        track,
        children=[
            replace(
                module,
                children=[
                    replace(lesson, children=[settled(wish) for wish in lesson.children]) for lesson in module.children
                ],
            )
            for module in track.children
        ],
    )


def walk(tracks: Sequence[TrackWish]) -> Iterator[Placed]:
    """Yield every wish, parents before children, in order."""
    for index, track in enumerate(tracks):
        yield from _walk("track", track, "", ("tracks", str(index)))


def form_faults(tracks: Sequence[TrackWish]) -> Faults:
    """Return every fault of form in the whole tree."""
    faults = Faults()
    seen: dict[str, tuple[str, ...]] = {}
    formers: dict[str, tuple[str, ...]] = {}
    challenges = 0
    for placed in walk(tracks):
        if len(faults) >= limits.FAULTS_TOLD:
            return faults
        challenges += placed.level == "challenge"
        if placed.path in seen:
            first = ".".join(seen[placed.path])
            faults.append(Taken((*placed.at, "slug"), f"The address {placed.path} is used already, at {first}."))
        seen.setdefault(placed.path, placed.at)
        description = placed.wish.description if isinstance(placed.wish, TrackWish) else ""
        if isinstance(placed.wish, ChallengeWish):
            faults.extend(node_faults(placed.wish.slug, "-", "", placed.at))
            faults.extend(placed.wish.content.check(placed.at))
        else:
            faults.extend(node_faults(placed.wish.slug, placed.wish.title, description, placed.at))
        if (former := placed.wish.former_path) is not None and former != placed.path:
            _check_former(faults, (*placed.at, "formerPath"), former, formers)
    for former, at in formers.items():
        if former in seen:
            faults.append(Invalid(at, f"{former} is named here as well, at {'.'.join(seen[former])}."))
    if challenges > limits.CHALLENGES_OF_AN_APPLY:
        faults.append(
            TooLarge(
                ("tracks",), f"{challenges} challenges; at most {limits.CHALLENGES_OF_AN_APPLY} are applied at once."
            )
        )
    return faults


def _check_former(faults: Faults, at: tuple[str, ...], former: str, formers: dict[str, tuple[str, ...]]) -> None:
    form = Faults()
    texts.line(form, at, former, len(CHILD) * (limits.SLUG + 1) + limits.SLUG)
    if form:
        faults.extend(form)
    elif former in formers:
        faults.append(Taken(at, f"{former} is claimed already, at {'.'.join(formers[former])}."))
    else:
        formers[former] = at


def _walk(level: Level, wish: NodeWish, above: str, at: tuple[str, ...]) -> Iterator[Placed]:
    path = f"{above}/{wish.slug}" if above else wish.slug
    yield Placed(level, wish, path, at)
    if not isinstance(wish, ChallengeWish):
        child = CHILD[level]
        children: Sequence[NodeWish] = wish.children
        for index, below in enumerate(children):
            yield from _walk(child, below, path, (*at, f"{child}s", str(index)))
