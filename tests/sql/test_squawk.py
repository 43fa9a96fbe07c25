"""New migrations hold to what keeps a large database serving: squawk finds nothing, alter table does one thing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sql.migrate import Migration, Roles, migrations
from sql.migration_files import OUTSIDE, WHOLE
from sql.statements import statements

NEW = [migration for migration in migrations() if migration.number > WHOLE]


def findings(migration: Migration, folder: Path, root: Path) -> list[str]:
    """Return what squawk says of a migration, a line each."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which("squawk", path=places)
    assert program, "the environment lacks squawk-cli of requirements.lock"
    path = folder / f"{migration.name}.sql"
    path.write_text(Roles().written(migration.text))
    transaction = "--no-assume-in-transaction" if migration.outside else "--assume-in-transaction"
    done = subprocess.run(
        [program, "--config", str(root / ".squawk.toml"), "--reporter", "gcc", transaction, str(path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stderr
    assert (done.returncode == 0) == (done.stdout.strip() == ""), done.stdout
    return done.stdout.splitlines()


def acts(statement: str) -> int:
    """Return how many things an alter table does: its commas outside of brackets and quotes, and one."""
    text = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", "", statement)
    while (inner := re.sub(r"\([^()]*\)", "", text)) != text:
        text = inner
    return text.count(",") + 1


def test_there_are_new_migrations() -> None:
    assert NEW[0].name == "0018_rights_on_functions"


@pytest.mark.parametrize("migration", NEW, ids=lambda migration: migration.name)
def test_squawk_finds_nothing_in_a_new_migration(migration: Migration, tmp_path: Path, root: Path) -> None:
    assert findings(migration, tmp_path, root) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("create index things_by_id on things (id);", "require-concurrent-index-creation"),
        ("alter table things add constraint many check (id > 0);", "constraint-missing-not-valid"),
        ("alter table things alter column id type text;", "changing-column-type"),
        ("alter table things add column name text not null;", "adding-required-field"),
        ("alter table things drop column name;", "ban-drop-column"),
    ],
)
def test_squawk_finds_what_would_stop_a_large_database(text: str, rule: str, tmp_path: Path, root: Path) -> None:
    (line,) = findings(Migration(WHOLE + 1, "0018_trial", text), tmp_path, root)
    assert rule in line


def test_squawk_knows_what_runs_outside_of_a_transaction(tmp_path: Path, root: Path) -> None:
    build = "create index concurrently if not exists things_by_id on things (id);"
    assert findings(Migration(WHOLE + 1, "0018_trial", OUTSIDE + build), tmp_path, root) == []
    (line,) = findings(Migration(WHOLE + 1, "0018_trial", f"{build}\nselect 1;"), tmp_path, root)
    assert "ban-concurrent-index-creation-in-transaction" in line


@pytest.mark.parametrize("migration", NEW, ids=lambda migration: migration.name)
def test_an_alter_table_of_a_new_migration_does_one_thing(migration: Migration) -> None:
    altered = [one for one in statements(migration.text, migration.name) if one.lower().startswith("alter table")]
    assert [one for one in altered if acts(one) > 1] == []


def test_what_an_alter_table_does_is_counted() -> None:
    assert acts("alter table a add check (b in ('x', 'y', ')')), add column d numeric(3, 1)") == 2
    assert acts("alter table a add column d numeric(3, 1) default round(1.5, 0)") == 1
