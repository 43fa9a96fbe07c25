"""Which web pages of other origins may use the server from a browser: ``PALIMPSEST_ORIGINS``, for HTTP and WebSockets.

An origin is ``scheme://host`` or ``scheme://host:port``, compared exactly. A listed origin may send credentials. ``*``
lets every page ask, and none send a cookie. Nothing here protects against programs outside a browser: they send any
``Origin`` or none.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.errors import CommandError

EVERYBODY, NOBODY = "*", "none"
LOCAL = r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origins:
    """``listed``: exact origins; ``local``: every port of this machine by its usual names; ``everybody``: ``*``."""

    listed: frozenset[str] = frozenset()
    local: bool = False
    everybody: bool = False

    @classmethod
    def read(cls, text: str | None, *, on_loopback: bool) -> "Origins":
        """Read the setting; raises ``CommandError``. Not set, it allows pages of this machine on a loopback address."""
        entries = [entry for entry in re.split(r"[\s,]+", text or "") if entry]
        if not entries:
            return cls(local=on_loopback)
        if entries == [NOBODY]:
            return cls()
        if EVERYBODY in entries:
            if len(entries) > 1:
                raise CommandError("PALIMPSEST_ORIGINS is either * alone or a list of origins, not both.")
            return cls(everybody=True)
        return cls(listed=frozenset(_checked(entry) for entry in entries))

    def trusts(self, origin: str) -> bool:
        """Whether a page of this origin may send credentials."""
        return origin in self.listed or (self.local and re.fullmatch(LOCAL, origin) is not None)

    def allows(self, origin: str | None, host: str | None) -> bool:
        """Whether a socket may be opened: by no page, by a page of this server (``host``), or by an allowed one."""
        return origin is None or self.everybody or self.takes_cookies(origin, host)

    def takes_cookies(self, origin: str | None, host: str | None) -> bool:
        """Whether a socket's cookie counts: the page is this server's own, or may send credentials."""
        return origin is not None and (urlsplit(origin).netloc == host or self.trusts(origin))


def _checked(entry: str) -> str:
    """Return the origin as browsers send it; raises ``CommandError`` that says what is wrong with it."""
    if EVERYBODY in entry:
        raise _wrong(entry, "has a wildcard; list each origin, or write * alone for every page without credentials")
    if entry == "null":
        raise _wrong(entry, "is what every sandboxed page sends; it names nobody")
    try:
        parts = urlsplit(entry)
        port = parts.port
    except ValueError:
        raise _wrong(entry, "is no address") from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise _wrong(entry, "does not begin with http:// or https:// and a host")
    if not entry.isascii():
        raise _wrong(entry, "is not ASCII; write the host in its xn-- form, as browsers do")
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise _wrong(entry, "has more than scheme, host and port; leave out everything behind, also a slash")
    if port == _DEFAULT_PORTS[parts.scheme]:
        raise _wrong(entry, f"names the port that browsers leave out; write it without :{port}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    plain = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    if plain != entry.lower():
        raise _wrong(entry, f"is not spelled as browsers do; write {plain}")
    return plain


def _wrong(entry: str, reason: str) -> CommandError:
    return CommandError(
        f"PALIMPSEST_ORIGINS: {entry!r} {reason}. An entry is like https://learn.example.org; commas separate them."
    )
