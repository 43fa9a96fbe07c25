"""Load the database of a release into an empty one, whose server has the three roles, and make a large one of it."""

import gzip
import re
import subprocess
from pathlib import Path

from embedded.supervisor import binary

FOLDER = Path(__file__).parent.parent / "data"
KEYS = (FOLDER / "release-0.1.0.keys").read_text().strip()


def load(url: str, prefix: str = "palimpsest") -> None:
    """Load the dump of 0.1.0; ``prefix`` is that of the roles that its objects and rights are given to."""
    text = gzip.decompress((FOLDER / "release-0.1.0.sql.gz").read_bytes()).decode()
    run(url, re.sub(r"\bpalimpsest_(owner|gateway|worker)\b", rf"{prefix}_\1", text))


def multiply(url: str) -> None:
    """Multiply what ``load`` made to 100,000 attempts."""
    run(url, (FOLDER / "multiply.sql").read_text())


def run(url: str, text: str) -> None:
    """Run a script by psql, in one transaction."""
    options = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
    done = subprocess.run([binary("psql"), *options, url], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
