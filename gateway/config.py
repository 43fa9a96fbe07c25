"""What can be set from outside: the environment, and the options of the command line, which go before it."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.sealing import Keyring, SealingError
from gateway.errors import CommandError
from gateway.execution.exposure import Exposure, Introspection
from gateway.http.origins import Origins
from gateway.log_output import LEVELS

ENVIRONMENT = frozenset(
    {
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "PALIMPSEST_HOST",
        "PALIMPSEST_PORT",
        "PALIMPSEST_ORIGINS",
        "PALIMPSEST_DATA",
        "PALIMPSEST_NO_DEMO",
        "PALIMPSEST_KEYS",
        "PALIMPSEST_ROLE_PREFIX",
        "PALIMPSEST_DEMO_ACCOUNTS",
        "PALIMPSEST_CHROMIUM",
        "PALIMPSEST_WEAK_SANDBOX",
        "PALIMPSEST_LOG_LEVEL",
        "PALIMPSEST_INTROSPECTION",
        "PALIMPSEST_GRAPHIQL",
        "PALIMPSEST_PLAIN_GET",
    }
)

DATA = Path(__file__).parent.parent / ".data"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, repr=False)
class Config:
    """One process's settings; without ``repr``, because addresses and keys are secrets."""

    database_url: str | None = None
    database_owner_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    origins: Origins = field(default_factory=lambda: Origins(local=True))
    data: Path = DATA
    demo: bool = True
    keys: str | None = None
    role_prefix: str = "palimpsest"
    demo_accounts_anywhere: bool = False
    weak_sandbox: bool = False
    log_level: str = "info"
    exposure: Exposure = field(default_factory=Exposure)

    @classmethod
    def read(
        cls,
        environment: Mapping[str, str],
        *,
        host: str | None = None,
        port: str | None = None,
        data: str | None = None,
        no_demo: bool = False,
        log_level: str | None = None,
    ) -> "Config":
        """Read the environment, options first; an empty variable counts as absent. Raises ``CommandError``."""
        given = {name: value for name in ENVIRONMENT if (value := environment.get(name, "").strip())}
        prefix = given.get("PALIMPSEST_ROLE_PREFIX", "palimpsest")
        if not prefix.isidentifier() or len(prefix) > 40:
            raise CommandError("PALIMPSEST_ROLE_PREFIX is letters, digits and underscores, at most 40.")
        if "DATABASE_OWNER_URL" in given and "DATABASE_URL" not in given:
            raise CommandError("DATABASE_OWNER_URL is set without DATABASE_URL, the address for serving.")
        address = host or given.get("PALIMPSEST_HOST", "127.0.0.1")
        return cls(
            database_url=given.get("DATABASE_URL"),
            database_owner_url=given.get("DATABASE_OWNER_URL"),
            host=address,
            port=_port(port or given.get("PALIMPSEST_PORT", "8000")),
            origins=Origins.read(given.get("PALIMPSEST_ORIGINS"), on_loopback=address in LOOPBACK),
            data=Path(data or given.get("PALIMPSEST_DATA") or DATA).absolute(),
            demo=not (no_demo or _flag(given, "PALIMPSEST_NO_DEMO")),
            keys=given.get("PALIMPSEST_KEYS"),
            role_prefix=prefix,
            demo_accounts_anywhere=_flag(given, "PALIMPSEST_DEMO_ACCOUNTS"),
            weak_sandbox=_flag(given, "PALIMPSEST_WEAK_SANDBOX"),
            log_level=_level(log_level or given.get("PALIMPSEST_LOG_LEVEL", "info")),
            exposure=_exposure(given, on_loopback=address in LOOPBACK),
        )

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK

    @property
    def demo_accounts(self) -> Path:
        """The file of the demo accounts' passwords; a database that was given has one of its own."""
        of = "" if self.database_url is None else "-" + hashlib.sha256(self.database_url.encode()).hexdigest()[:8]
        return self.data / f"demo-accounts{of}.txt"

    def keyring(self) -> Keyring:
        """Return the sealing keys: the ones given, or for the embedded database those of its data folder."""
        text = self.keys
        if text is None:
            if self.database_url is not None:
                raise CommandError(
                    "With DATABASE_URL the sealing keys must be given in PALIMPSEST_KEYS as id:base64 with 32 bytes;"
                    " keep them apart from the database, and never lose them."
                )
            text = _kept_keys(self.data / "keys")
        try:
            return Keyring.parse(text)
        except SealingError as error:
            raise CommandError(str(error)) from error


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise CommandError(f"The port is a number from 0 to 65535, not {text!r}.")
    return int(text)


def _exposure(given: Mapping[str, str], *, on_loopback: bool) -> Exposure:
    default = Introspection.PUBLIC if on_loopback else Introspection.SIGNED_IN
    value = given.get("PALIMPSEST_INTROSPECTION", default.value).lower()
    if value not in {one.value for one in Introspection}:
        raise CommandError(f"PALIMPSEST_INTROSPECTION is public, signed-in or off, not {value!r}.")
    return Exposure(
        Introspection(value),
        graphiql=_flag(given, "PALIMPSEST_GRAPHIQL", "1"),
        plain_get=_flag(given, "PALIMPSEST_PLAIN_GET"),
    )


def _flag(given: Mapping[str, str], name: str, default: str = "0") -> bool:
    value = given.get(name, default).lower()
    if value not in ("0", "1", "false", "true", "no", "yes"):
        raise CommandError(f"{name} is 1 or 0, not {value!r}.")
    return value in ("1", "true", "yes")


def _level(text: str) -> str:
    if text.lower() not in LEVELS:
        raise CommandError(f"The log's level is one of {', '.join(LEVELS)}, not {text!r}.")
    return text.lower()


def _kept_keys(path: Path) -> str:
    """Return the ring kept in the file, made on first use, which only its owner may read."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            if path.stat().st_mode & 0o077:
                raise CommandError(f"The sealing keys in {path} can be read by others; chmod 600 it.") from None
            return path.read_text().strip()
        with os.fdopen(handle, "w") as file:
            text = Keyring.generate()
            file.write(text + "\n")
        return text
    except OSError as error:
        raise CommandError(f"The sealing keys cannot be kept in {path}: {error.strerror}.") from error
