"""Settings from options and the environment."""

import os
import stat
from pathlib import Path

import pytest

from core.sealing import Keyring
from gateway.config import Config
from gateway.errors import CommandError


def test_options_go_before_the_environment_and_empty_is_absent() -> None:
    environment = {
        "PALIMPSEST_PORT": "9000",
        "PALIMPSEST_HOST": "0.0.0.0",
        "DATABASE_URL": "",
        "PALIMPSEST_NO_DEMO": "1",
    }
    config = Config.read(environment, port="9001")
    assert (config.port, config.host, config.database_url, config.demo) == (9001, "0.0.0.0", None, False)
    assert not config.on_loopback
    assert Config.read({}).on_loopback


@pytest.mark.parametrize(
    "environment",
    [
        {"PALIMPSEST_PORT": "tcp://10.0.0.1:80"},
        {"PALIMPSEST_NO_DEMO": "perhaps"},
        {"PALIMPSEST_ROLE_PREFIX": 'a"; drop'},
        {"DATABASE_OWNER_URL": "postgresql:///x"},
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(environment: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        Config.read(environment)


def test_config_never_shows_its_secrets() -> None:
    config = Config.read({"DATABASE_URL": "postgresql://u:secret@h/d", "PALIMPSEST_KEYS": "secret"})
    assert "secret" not in repr(config)


def test_keys_of_the_embedded_default_are_made_once_and_private(tmp_path: Path) -> None:
    config = Config.read({}, data=str(tmp_path / "data"))
    first = config.keyring().fingerprint
    path = tmp_path / "data" / "keys"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config.keyring().fingerprint == first
    os.chmod(path, 0o644)
    with pytest.raises(CommandError, match="can be read by others"):
        config.keyring()


def test_given_keys_go_before_kept_ones(tmp_path: Path) -> None:
    given = Keyring.generate()
    config = Config.read({"PALIMPSEST_KEYS": given}, data=str(tmp_path))
    assert config.keyring().fingerprint == Keyring.parse(given).fingerprint
    assert not (tmp_path / "keys").exists()


def test_a_folder_given_by_name_is_the_callers_and_the_default_is_the_checkouts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Config.read({}, data="here").data == tmp_path / "here"
    assert Config.read({"PALIMPSEST_DATA": "there"}).data == tmp_path / "there"
    assert Config.read({}).data == Path(__file__).parent.parent.parent / ".data"


def test_demo_accounts_of_different_databases_are_kept_apart(tmp_path: Path) -> None:
    own, first, second = (
        Config.read({"DATABASE_URL": url}, data=str(tmp_path)).demo_accounts
        for url in ("", "postgresql:///a", "postgresql:///b")
    )
    assert own == tmp_path / "demo-accounts.txt"
    assert len({own, first, second}) == 3
    assert all(path.match("demo-accounts-????????.txt") for path in (first, second))
