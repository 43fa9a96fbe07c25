"""The three files of a page, as content holds them and as learners submit them."""

from dataclasses import dataclass

from core import limits, texts
from core.canonical import Canonical, digest
from core.faults import Faults, TooLarge


@dataclass(frozen=True, slots=True)
class Code:
    """The three files of a page; an absent file is empty."""

    html: str = ""
    css: str = ""
    js: str = ""

    def lf(self) -> "Code":
        return Code(texts.lf(self.html), texts.lf(self.css), texts.lf(self.js))

    def plain(self) -> dict[str, Canonical]:
        """Return the files that are not empty, by name."""
        return {name: text for name, text in self.files() if text}

    def files(self) -> tuple[tuple[str, str], ...]:
        return ("html", self.html), ("css", self.css), ("js", self.js)

    def check(self, faults: Faults, path: tuple[str, ...]) -> None:
        """Add what is wrong with its form: text that cannot be stored, or more of it than is allowed."""
        storable = [texts.storable(faults, (*path, name), text) for name, text in self.files()]
        if all(storable) and (size := sum(len(text.encode()) for _, text in self.files())) > limits.CODE_BYTES:
            faults.append(
                TooLarge(path, f"{size} bytes over the three files; at most {limits.CODE_BYTES} are allowed.")
            )


NO_CODE = Code()


def code_hash(code: Code) -> str:
    """Return the SHA-256 of a page's three files, by which verdicts and attempts know it."""
    return digest(code.plain())
