"""A model of publishing that a reader can hold: plain lists, no hashes, no database.

The state machine runs it beside the real thing; the planted mutants are caught by where the two differ.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

Live: TypeAlias = tuple[tuple[int, int], ...]  # (number, weight) in the order of the numbers


@dataclass
class Planned:
    """What a release is to do, what was known of the draft then, and how often the live set had changed."""

    number: int | None
    text: tuple[str, int]
    editors: set[str]
    changes: int


@dataclass
class Model:
    """One challenge: what its draft says, what its versions say, which is live, and the log."""

    draft: str
    tests: int = 1
    versions: list[tuple[str, int, str]] = field(default_factory=list)
    live: Live = ()
    control: int | None = None
    log: list[tuple[str, Live, Live]] = field(default_factory=list)
    archived: bool = False
    before_archive: Live = ()
    revision: int = 1
    approved: dict[tuple[str, int], str] = field(default_factory=dict)
    reviewed: list[bool] = field(default_factory=list)
    edited_since_publish: set[str] = field(default_factory=lambda: {"author"})
    planned: "Planned | None" = None
    released: tuple[Live, Live] | None = None

    @property
    def changes(self) -> int:
        """How often what is live has changed; a publication that leaves it as it was is none."""
        return sum(before != after for _, before, after in self.log)

    @property
    def text(self) -> tuple[str, int]:
        return self.draft, self.tests

    def edit(self, text: str, tests: int, who: str) -> str:
        if self.archived:
            return "ARCHIVED"
        if (text, tests) != self.text:
            self.draft, self.tests = text, tests
            self.revision += 1
            self.edited_since_publish.add(who)
        return "done"

    def publish(self) -> str:
        if self.archived:
            return "ARCHIVED"
        same = [number for number, (text, tests, _) in enumerate(self.versions, start=1) if (text, tests) == self.text]
        if same:
            return "NOTHING_TO_PUBLISH" if same[0] in dict(self.live) else "IDENTICAL_TO_VERSION"
        if self.control:
            return "EXPERIMENT_RUNNING"
        return self._append("PUBLISH", self.text, self.edited_since_publish)

    def plan(self, number: int | None) -> str:
        """Plan a release that makes a version live, or (None) publishes what the draft says now."""
        if self.archived:
            return "ARCHIVED"
        if number is None:
            same = [n for n, (text, tests, _) in enumerate(self.versions, start=1) if (text, tests) == self.text]
            if same:
                return "NOTHING_TO_PUBLISH" if same[0] in dict(self.live) else "IDENTICAL_TO_VERSION"
        elif number > len(self.versions):
            return "NOT_FOUND"
        elif self.live == ((number, 100),):
            return "ALREADY_LIVE"
        self.planned = Planned(number, self.text, set(self.edited_since_publish), self.changes)
        return "done"

    def fire(self) -> str:
        planned = self.planned
        assert planned is not None
        if self.archived:
            return "ARCHIVED"
        if self.control:
            return "EXPERIMENT_RUNNING"
        if self.changes != planned.changes:
            return "STALE"
        self.planned, before = None, self.live
        if planned.number is None:
            self._append("RELEASE", planned.text, planned.editors)
        else:
            self._go("RELEASE", ((planned.number, 100),))
        self.released = before, self.live
        return "done"

    def take_back(self) -> str:
        assert self.released is not None
        before, after = self.released
        if self.archived:
            return "ARCHIVED"
        if self.live != after:
            return "STALE"
        self.released = None
        self._go("RELEASE", before)
        return "done"

    def rollback(self, number: int) -> str:
        if self.archived:
            return "ARCHIVED"
        if not self.versions:
            return "NOT_PUBLISHED"
        if number > len(self.versions):
            return "NOT_FOUND"
        if self.control:
            return "EXPERIMENT_RUNNING"
        if self.live == ((number, 100),):
            return "ALREADY_LIVE"
        self._go("ROLLBACK", ((number, 100),))
        return "done"

    def restore(self, number: int, who: str) -> str:
        if self.archived:
            return "ARCHIVED"
        if number > len(self.versions):
            return "NOT_FOUND"
        text, tests, _ = self.versions[number - 1]
        return self.edit(text, tests, who)

    def archive(self) -> str:
        if self.archived:
            return "ARCHIVED"
        if self.control:
            return "EXPERIMENT_RUNNING"
        self.before_archive = self.live
        self._go("ARCHIVE", ())
        self.archived = True
        return "done"

    def unarchive(self) -> str:
        if not self.archived:
            return "INVALID"
        self._go("UNARCHIVE", self.before_archive)
        self.archived = False
        return "done"

    def approve(self, who: str) -> str:
        if self.archived:
            return "ARCHIVED"
        if who in self.edited_since_publish:
            return "GATE_FAILED"
        self.approved[self.text] = who
        return "done"

    def start(self, weights: dict[int, int]) -> str:
        if self.archived:
            return "ARCHIVED"
        if not self.versions:
            return "NOT_PUBLISHED"
        if self.control:
            return "EXPERIMENT_RUNNING"
        if max(weights) > len(self.versions):
            return "NOT_FOUND"
        self.control = next(iter(weights))
        self._go("EXPERIMENT_START", tuple(sorted(weights.items())))
        return "done"

    def reweigh(self, weights: dict[int, int]) -> str:
        after = tuple(sorted(weights.items()))
        if after == self.live:
            return "INVALID"
        self._go("EXPERIMENT_REWEIGH", after)
        return "done"

    def end(self, kind: str, number: int | None) -> str:
        assert self.control
        kept = number or self.control
        if kept not in dict(self.live):
            return "NOT_IN_EXPERIMENT"
        self.control = None
        self._go(kind, ((kept, 100),))
        return "done"

    def _append(self, kind: str, text: tuple[str, int], editors: set[str]) -> str:
        label = self._label(text[1])
        self.versions.append((*text, label))
        approver = self.approved.get(text)
        self.reviewed.append(approver is not None and approver not in editors)
        self._go(kind, ((len(self.versions), 100),))
        if text == self.text:
            self.edited_since_publish = set()
        return label

    def _go(self, kind: str, live: Live) -> None:
        self.log.append((kind, self.live, live))
        self.live = live

    def _label(self, tests: int) -> str:
        if not self.versions:
            return "v1.0"
        _, highest_tests, highest = self.versions[-1]
        live_tests = self.versions[self.live[0][0] - 1][1] if self.live else highest_tests
        major, minor = (int(part) for part in highest[1:].split("."))
        same = tests == highest_tests == live_tests
        return f"v{major}.{minor + 1}" if same else f"v{major + 1}.0"
