"""What is wrong with a folder of content, place by place."""

import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: ``place`` is ``file:line`` (the line counts from 1), ``message`` one sentence."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class ContentFolderError(Exception):
    """The content cannot be read or written as it stands; ``faults`` holds every reason, never none."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(slots=True)
class Faults:
    """The faults met so far. Reading goes on after each, so that a folder is mended in one round, not ten."""

    found: list[Fault] = field(default_factory=list)

    def add(self, path: Path, line: int, message: str) -> None:
        self.found.append(Fault(f"{shown(path)}:{line}", message))

    def add_named(self, place: str, message: str) -> None:
        """Note a fault of something that is no file, such as a node of a tree about to be written."""
        self.found.append(Fault(place, message))

    def raise_any(self) -> None:
        if self.found:
            raise ContentFolderError(self.found)


def shown(path: Path) -> str:
    """Return ``path`` fit for printing, also where its name is not valid UTF-8."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")
