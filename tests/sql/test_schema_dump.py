"""The committed schema is what the migrations make."""

from pathlib import Path

from embedded.supervisor import EmbeddedPostgres
from sql.migrate import dump


def test_the_committed_dump_is_what_the_migrations_make(postgres: EmbeddedPostgres, template: str, root: Path) -> None:
    made = dump(postgres.url(database=template))
    assert made == (root / "sql" / "schema.sql").read_text(), "run ./palimpsest schema --sql > sql/schema.sql"
    assert made.count("CREATE TABLE") == 44
