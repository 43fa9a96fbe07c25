"""Bytes of a file to text: UTF-8, line ends as LF, and nothing that the server would have to refuse later."""

import re
from pathlib import Path

from gateway.content_files.faults import Faults

# One push carries at most this much; a larger file can only be something else, put there by mistake.
LARGEST_FILE = 16 * 1024 * 1024

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def read_text(path: Path, faults: Faults) -> str | None:
    """Return the text of ``path`` without a byte order mark, or None after noting why it cannot be read."""
    try:
        # A pipe would be waited on for ever and a link may lead out of the folder: neither is content.
        if path.is_symlink() or not path.is_file():
            faults.add(path, 1, "This is not an ordinary file.")
            return None
        if path.stat().st_size > LARGEST_FILE:
            faults.add(path, 1, f"The file is larger than {LARGEST_FILE // 1024**2} MB.")
            return None
        data = path.read_bytes()
    except OSError as error:
        faults.add(path, 1, f"The file cannot be read: {error.strerror}.")
        return None
    try:
        text = lf(data.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.add(path, line, f"The byte {data[error.start]:#04x} is not valid UTF-8 here.")
        return None
    if (nul := text.find("\0")) >= 0:
        faults.add(path, text.count("\n", 0, nul) + 1, "There is a NUL character in this line.")
        return None
    return text


def lf(text: str) -> str:
    """Return ``text`` with LF line ends, the only ones that are stored."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unstorable(text: str) -> str | None:
    """Say why ``text`` cannot be stored, or None; an escape can smuggle in what a UTF-8 file cannot hold."""
    if "\0" in text:
        return "holds a NUL character"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "holds half a surrogate pair"
    return None
