"""Devices that signed in before, told by a cookie: attackers of an account cannot use up what its owner may try.

The cookie holds up to ``DEVICE_ACCOUNTS`` entries ``expiry.id.signature``, the latest first. The id is random; the
signature covers it, the expiry and the account's keyed hash, so the cookie names nobody and serves at that account
only. It opens nothing: who steals one gets ten tries at a password, as from any other address.
"""

import base64
import hmac
import os
from collections.abc import Iterator
from datetime import datetime, timedelta

from core import limits
from core.sealing import Keyring

_ID_BYTES = 12
_SIGNATURE_BYTES = 16
_LONGEST = 1_000


def recognised(keyring: Keyring, cookie: str, account: bytes, now: datetime) -> bytes | None:
    """Return the id of the device if it signed in to this account before, else None."""
    for _, expiry, id, signature in _entries(cookie):
        if expiry > now.timestamp() and hmac.compare_digest(signature, _signature(keyring, expiry, id, account)):
            return id
    return None


def remembered(keyring: Keyring, cookie: str, account: bytes, now: datetime) -> str:
    """Return the cookie of a device that has just signed in to this account."""
    expiry = int((now + timedelta(days=limits.DEVICE_DAYS)).timestamp())
    id = os.urandom(_ID_BYTES)
    entry = f"{expiry:x}.{_text(id)}.{_text(_signature(keyring, expiry, id, account))}"
    others = [
        text
        for text, before, other, signature in _entries(cookie)
        if before > now.timestamp() and not hmac.compare_digest(signature, _signature(keyring, before, other, account))
    ]
    return "~".join([entry, *others][: limits.DEVICE_ACCOUNTS])


def _entries(cookie: str) -> Iterator[tuple[str, int, bytes, bytes]]:
    """Yield entries of the right form; who sent them is not known yet."""
    if len(cookie) > _LONGEST or not cookie.isascii():
        return
    for text in cookie.split("~")[: limits.DEVICE_ACCOUNTS]:
        try:
            expiry, id, signature = text.split(".")
            entry = text, int(expiry, 16), _bytes(id), _bytes(signature)
        except ValueError:
            continue
        if len(entry[2]) == _ID_BYTES and len(entry[3]) == _SIGNATURE_BYTES and len(expiry) <= 16:
            yield entry


def _signature(keyring: Keyring, expiry: int, id: bytes, account: bytes) -> bytes:
    return keyring.mac("device", expiry.to_bytes(8, "big", signed=True), id, account)[:_SIGNATURE_BYTES]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
