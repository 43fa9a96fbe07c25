"""The command line, as a person or a script calls it."""

import json
import os
import re
import socket
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core.sealing import Keyring
from gateway.__main__ import COMMANDS, main
from tests.fix_gateway import serving

KEYS = Keyring.generate()
CHALLENGE: dict[str, Any] = {
    "slug": "one",
    "title": "One",
    "instructions": "Write it.",
    "difficulty": "EASY",
    "points": 1,
    "estimatedTimeMinutes": 1,
    "tests": [{"id": "t1", "text": "It is there.", "code": "assert(true)"}],
}


def tree(**changes: Any) -> dict[str, Any]:
    lesson = {"slug": "lesson", "title": "Lesson", "challenges": [{**CHALLENGE, **changes}]}
    module = {"slug": "module", "title": "Module", "lessons": [lesson]}
    return {"tracks": [{"slug": "track", "title": "Track", "modules": [module]}]}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    path = tmp_path / "content.json"
    path.write_text(json.dumps(tree(), indent=1))
    return path


@pytest.fixture
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of an installation on an empty database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PALIMPSEST_KEYS", KEYS)
    return {**os.environ, "DATABASE_URL": database_url, "PALIMPSEST_KEYS": KEYS}


@pytest.fixture
def migrated(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    assert main(["migrate"]) == 0
    assert "The database is up to date." in capsys.readouterr().out
    with psycopg.connect(environment["DATABASE_URL"]) as connection:  # commands are what is tried here, not browsers
        connection.execute("insert into settings values ('verdicts_required', '0')")
    return environment


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must refuse, and return the one sentence it says."""
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("palimpsest: ")
    assert "Traceback" not in said
    return said.removeprefix("palimpsest: ").strip()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "--data" in capsys.readouterr().out


def test_database_that_is_not_set_up_is_told(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert "run ./palimpsest migrate" in refusal(capsys, "serve", "--port", "0")


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL"])
def test_malformed_address_is_named_and_never_quoted(
    name: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "postgresql://someone:my%secret@host:54x2/d")
    for command in (["migrate"], ["up", "--port", "0"], ["serve", "--port", "0"], ["worker", "--once"]):
        said = refusal(capsys, *command)
        assert said.startswith(f"{name} is not an address")
        assert "secret" not in said


def test_data_beside_a_given_database_is_told(migrated: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setting", "get", "reviewers_required", "--data", "elsewhere"]) == 0
    said = capsys.readouterr()
    assert said.out == "0\n"
    assert said.err == f"DATABASE_URL is set: a database in {Path('elsewhere').absolute()} is not used.\n"


def test_database_that_cannot_be_reached_is_told(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/none")
    assert refusal(capsys, "migrate").startswith("The database cannot be reached: ")


def test_port_that_is_taken_is_told(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in ("serve", "up"):
            said = refusal(capsys, command, "--port", port)
            assert said.startswith(f"127.0.0.1:{port} cannot be listened on: Address already in use.")


@pytest.mark.parametrize("port", ["x", "-1", "70000", "٣"])
def test_port_that_is_none_is_told(port: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, "serve", f"--port={port}").startswith("The port is a number")


def test_keys_must_be_given_with_a_database_of_ones_own(
    migrated: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PALIMPSEST_KEYS")
    assert "PALIMPSEST_KEYS" in refusal(capsys, "verify")
    monkeypatch.setenv("PALIMPSEST_KEYS", "k1:short")
    assert "not of the form id:base64" in refusal(capsys, "verify")


def test_keys_of_another_database_are_refused_and_rotated_ones_accepted(
    migrated: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PALIMPSEST_KEYS", Keyring.generate())
    assert "are not those of this database" in refusal(capsys, "serve", "--port", "0")
    rotated = Keyring.generate().replace("k1:", "k2:")
    monkeypatch.setenv("PALIMPSEST_KEYS", f"{rotated},{KEYS}")
    assert main(["verify"]) == 0


def test_folder_without_a_database_is_not_filled_by_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    folder = tmp_path / "mistyped"
    assert refusal(capsys, "verify", "--data", str(folder)).startswith(f"There is no database in {folder}")
    assert not folder.exists()


def test_folder_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "file").write_text("")
    said = refusal(capsys, "up", "--port", "0", "--data", str(tmp_path / "file" / "data"))
    assert "cannot be used" in said


def test_sdl_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert "type Query {" in capsys.readouterr().out


def test_sql_schema_is_printed(migrated: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--sql"]) == 0
    assert "CREATE TABLE public.challenge_versions" in capsys.readouterr().out


def test_push_creates_publishes_and_then_changes_nothing(
    migrated: dict[str, str], content: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for arguments in (["--publish", "--dry-run"], ["--publish"], ["--publish"]):
        assert main(["content", "push", str(content), *arguments]) == 0
        said.append(capsys.readouterr().out.splitlines()[-1])
    assert said == [
        "Would be: 4 created, 0 updated, 0 unchanged, 0 archived, 1 published, 0 held.",
        "4 created, 0 updated, 0 unchanged, 0 archived, 1 published, 0 held.",
        "0 created, 0 updated, 4 unchanged, 0 archived, 0 published, 0 held.",
    ]


def test_push_of_an_edited_challenge_says_which(
    migrated: dict[str, str], content: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["content", "push", str(content), "--publish"])
    capsys.readouterr()
    content.write_text(json.dumps(tree(points=2)))
    assert main(["content", "push", str(content), "--publish"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(re.match(r"published +track/module/lesson/one", line) for line in lines)
    assert lines[-1].startswith("0 created, 1 updated, 3 unchanged")


def test_faults_are_listed_with_file_line_and_path(
    migrated: dict[str, str], content: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.dumps(tree(points=-1, title=""), indent=1)
    content.write_text(text)
    line = next(number for number, said in enumerate(text.splitlines(), start=1) if '"points"' in said)
    assert main(["content", "push", str(content)]) == 1
    said = capsys.readouterr().err
    assert f"{content}:{line}: track/module/lesson/one: points: " in said
    assert "track/module/lesson/one: title: " in said
    assert said.splitlines()[-1] == "palimpsest: 2 faults; nothing was changed."


def test_faults_in_a_folder_name_the_file(
    migrated: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson = tmp_path / "content" / "01-track" / "02-module" / "03-lesson"
    lesson.mkdir(parents=True)
    for folder, level in ((lesson.parent.parent, "track"), (lesson.parent, "module"), (lesson, "lesson")):
        (folder / f"{level}.md").write_text(f"---\ntitle: {level}\n---\n")
    head = "---\ntitle: {}\ndifficulty: easy\npoints: 1\nminutes: 1\n---\nWrite it.\n"
    (lesson / "01-one.md").write_text(head.format("x" * 300))
    (lesson / "02-two.md").write_text(head.format("Two"))
    (lesson / "02-two.tests.js").write_text("// @test t1: " + "x" * 3000 + "\nassert(true)\n")
    assert main(["content", "push", str(tmp_path / "content")]) == 1
    said = capsys.readouterr().err
    assert f"{lesson / '01-one.md'}: track/module/lesson/one: title: " in said
    assert f"{lesson / '02-two.tests.js'}: track/module/lesson/two: tests 0 text: " in said


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "content.json:1: This is not JSON"), ('{"trakcs": []}', "a list of tracks"), (None, "There is no file")],
)
def test_content_that_cannot_be_read_is_told(
    content: Path, text: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content.unlink() if text is None else content.write_text(text)
    assert said in refusal(capsys, "content", "push", str(content))


def test_token_is_printed_alone_and_pushes_over_http(
    gateway_url: str,
    owner_url: str,
    content: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("PALIMPSEST_KEYS", KEYS)
    assert main(["token", "create", "--name", "nightly", "--scopes", "content:write,content:publish"]) == 0
    token = capsys.readouterr().out
    assert re.fullmatch(r"pal_[\w-]{43}\n", token)
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/none")
    with serving(gateway_url, Keyring.parse(KEYS)) as server:
        push = ["content", "push", str(content), "--publish", "--url", server.url]
        assert main([*push, "--token", token.strip()]) == 0
        assert capsys.readouterr().out.splitlines()[-1].startswith("4 created")
        assert "expired or revoked" in refusal(capsys, *push, "--token", "pal_wrong")
        assert "needs a token" in refusal(capsys, *push)
    assert "cannot be reached" in refusal(capsys, *push, "--token", token.strip())
    assert "begins with http" in refusal(capsys, "content", "push", str(content), "--url", "x", "--token", "y")


def test_token_with_a_scope_that_there_is_not_is_refused(
    migrated: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(capsys, "token", "create", "--name", "n", "--scopes", "content:wirte")
    assert "There is no scope of this name" in said


def test_user_with_a_password_can_sign_in_and_an_invited_one_gets_a_link(
    gateway_url: str,
    owner_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("PALIMPSEST_KEYS", KEYS)
    command = ["user", "create", "--role", "author", "--name", "Ada"]
    read, write = os.pipe()
    os.write(write, b"correct horse\n")
    os.close(write)
    with os.fdopen(read) as given:
        monkeypatch.setattr(sys, "stdin", given)
        assert main([*command, "--email", "ada@example.org", "--password-stdin"]) == 0
    capsys.readouterr()
    assert main([*command, "--email", "eve@example.org", "--port", "9000"]) == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:9000/invitation#pai_[\w-]{43}\n", capsys.readouterr().out)
    assert "account with this e-mail address" in refusal(capsys, *command, "--email", "ada@example.org")
    with serving(gateway_url, Keyring.parse(KEYS)) as server, server.client() as client:
        entered = client.post("/session", json={"email": "ada@example.org", "password": "correct horse"})
    assert entered.json() == {"displayName": "Ada", "role": "AUTHOR"}


def test_setting_is_read_and_changed(migrated: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["get", "reviewers_required"], ["set", "reviewers_required", "1"], ["get", "reviewers_required"]):
        assert main(["setting", *arguments]) == 0
    assert capsys.readouterr().out.split() == ["0", "1", "1"]
    assert "is one of 0, 1" in refusal(capsys, "setting", "set", "reviewers_required", "7")


def test_verify_names_a_changed_byte(
    migrated: dict[str, str], content: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["content", "push", str(content), "--publish"])
    capsys.readouterr()
    assert main(["verify"]) == 0
    assert capsys.readouterr().out.startswith("Intact: checked ")
    with psycopg.connect(migrated["DATABASE_URL"]) as connection:
        connection.execute("update challenge_versions set title = 'Two'")
    assert "content was changed" in refusal(capsys, "verify")


def test_sweeping_throws_away_what_has_run_out(migrated: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    main(["setting", "set", "reviewers_required", "0"])
    with psycopg.connect(migrated["DATABASE_URL"]) as connection:
        for number, age in ((1, "25 hours"), (2, "23 hours")):
            connection.execute(
                "insert into idempotency_keys (actor_id, mutation, key, input_hash, created_at)"
                " select id, 'm', %s, 'h', now() - %s::interval from users",
                [str(number), age],
            )
            connection.execute(
                "insert into sessions (token_hash, user_id, created_at, expires_at)"
                " select sha256(%s::bytea), id, now(), now() + (interval '24 hours' - %s::interval) from users",
                [str(number), age],
            )
    capsys.readouterr()
    assert main(["maintain", "sweep"]) == 0
    assert (
        capsys.readouterr().out == "Deleted 1 sessions, 1 idempotency keys, 0 rate limits, 0 runs, 0 replays.\nDone.\n"
    )
