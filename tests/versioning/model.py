"""A model of publishing that a reader can hold: plain lists, no hashes, no database.

The state machine runs it beside the real thing; the planted mutants are caught by where the two differ.
"""

from dataclasses import dataclass, field


@dataclass
class Planned:
    """What a release is to do, what was known of the draft then, and how long the log was."""

    number: int | None
    text: tuple[str, int]
    editors: set[str]
    logged: int


@dataclass
class Model:
    """One challenge: what its draft says, what its versions say, which is live, and the log."""

    draft: str
    tests: int = 1
    versions: list[tuple[str, int, str]] = field(default_factory=list)
    live: int | None = None
    log: list[tuple[str, int | None, int | None]] = field(default_factory=list)
    archived: bool = False
    before_archive: int | None = None
    revision: int = 1
    approved: dict[tuple[str, int], str] = field(default_factory=dict)
    reviewed: list[bool] = field(default_factory=list)
    edited_since_publish: set[str] = field(default_factory=lambda: {"author"})
    planned: "Planned | None" = None
    released: tuple[int | None, int] | None = None

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
            return "NOTHING_TO_PUBLISH" if same[0] == self.live else "IDENTICAL_TO_VERSION"
        return self._append("PUBLISH", self.text, self.edited_since_publish)

    def plan(self, number: int | None) -> str:
        """Plan a release that makes a version live, or (None) publishes what the draft says now."""
        if self.archived:
            return "ARCHIVED"
        if number is None:
            same = [n for n, (text, tests, _) in enumerate(self.versions, start=1) if (text, tests) == self.text]
            if same:
                return "NOTHING_TO_PUBLISH" if same[0] == self.live else "IDENTICAL_TO_VERSION"
        elif number > len(self.versions):
            return "NOT_FOUND"
        elif number == self.live:
            return "ALREADY_LIVE"
        self.planned = Planned(number, self.text, set(self.edited_since_publish), len(self.log))
        return "done"

    def fire(self) -> str:
        planned = self.planned
        assert planned is not None
        if len(self.log) != planned.logged:
            return "STALE"
        self.planned, before = None, self.live
        if planned.number is None:
            self._append("RELEASE", planned.text, planned.editors)
        else:
            self._go("RELEASE", planned.number)
        assert self.live is not None
        self.released = before, self.live
        return "done"

    def take_back(self) -> str:
        assert self.released is not None
        before, after = self.released
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
        if number == self.live:
            return "ALREADY_LIVE"
        self._go("ROLLBACK", number)
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
        self.before_archive = self.live
        self._go("ARCHIVE", None)
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

    def _append(self, kind: str, text: tuple[str, int], editors: set[str]) -> str:
        label = self._label(text[1])
        self.versions.append((*text, label))
        approver = self.approved.get(text)
        self.reviewed.append(approver is not None and approver not in editors)
        self._go(kind, len(self.versions))
        if text == self.text:
            self.edited_since_publish = set()
        return label

    def _go(self, kind: str, live: int | None) -> None:
        self.log.append((kind, self.live, live))
        self.live = live

    def _label(self, tests: int) -> str:
        if not self.versions:
            return "v1.0"
        _, highest_tests, highest = self.versions[-1]
        live_tests = self.versions[self.live - 1][1] if self.live else highest_tests
        major, minor = (int(part) for part in highest[1:].split("."))
        same = tests == highest_tests == live_tests
        return f"v{major}.{minor + 1}" if same else f"v{major + 1}.0"
