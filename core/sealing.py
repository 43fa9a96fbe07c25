"""Sealing: AES-256-GCM for what must not lie open in a backup, with the key's id and the row bound in.

A sealed value is ``version byte, length of key id, key id, 12-byte nonce, ciphertext and tag``. The first key of the
ring seals, every key of it opens, so a key is rotated by putting a new one in front. ``Keyring.fingerprint`` goes into
the database once, and a wrong key is refused at start rather than at the first unreadable value.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SHORTEST = 1 + 1 + 12 + 16  # bytes: a sealed empty text, but for the key's id


class SealingError(Exception):
    """The value cannot be opened with the keys given."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """One 256-bit key and the name it goes by in sealed values (1 to 32 characters)."""

    id: str
    secret: bytes


class Keyring:
    """The keys in use: ``keys[0]`` seals; the lookup hash comes from the *last* key, which rotation leaves in place."""

    def __init__(self, keys: Sequence[Key]) -> None:
        if not keys:
            raise SealingError("At least one sealing key is needed.")
        if len({key.id for key in keys}) < len(keys):
            raise SealingError("Two sealing keys go by one id; a new key needs a new one.")
        self._sealing = keys[0]
        self._by_id = {key.id: AESGCM(key.secret) for key in keys}
        self._lookup = hmac.digest(keys[-1].secret, b"palimpsest lookup", "sha256")
        self._mac = hmac.digest(keys[-1].secret, b"palimpsest mac", "sha256")

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Read ``id:base64,id:base64``; each key is 32 bytes. Raises ``SealingError`` naming the entry at fault."""
        keys = []
        for number, entry in enumerate(text.split(","), start=1):
            name, _, encoded = entry.strip().partition(":")
            try:
                secret = base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                secret = b""
            if not 1 <= len(name) <= 32 or len(secret) != 32:
                raise SealingError(
                    f"Sealing key {number} is not of the form id:base64 with 32 bytes; make one with "
                    "python3 -c 'import base64,os;print(\"k1:\"+base64.b64encode(os.urandom(32)).decode())'."
                )
            keys.append(Key(name, secret))
        return cls(keys)

    @staticmethod
    def generate() -> str:
        """Return a fresh ring of one key in the form that ``parse`` reads."""
        return "k1:" + base64.b64encode(os.urandom(32)).decode()

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that tell whether the lookup key is the one the database was made with."""
        return hashlib.sha256(b"fingerprint" + self._lookup).hexdigest()[:16]

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        """Return ``plain`` sealed; it opens only together with the same ``bound_to`` (a row's id, a hash)."""
        name = self._sealing.id.encode()
        head = bytes((1, len(name))) + name
        nonce = os.urandom(12)
        return head + nonce + self._by_id[self._sealing.id].encrypt(nonce, plain, head + bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """Return the plain text; raises ``SealingError`` when the key is missing or a byte was changed."""
        if len(sealed) < SHORTEST or len(sealed) < SHORTEST + sealed[1]:
            raise SealingError("The sealed value is cut short.")
        end = 2 + sealed[1]
        name = sealed[2:end].decode(errors="replace")
        if sealed[0] != 1 or name not in self._by_id:
            raise SealingError(f"The value is sealed with key {name!r}, which is not among the keys given.")
        try:
            return self._by_id[name].decrypt(sealed[end : end + 12], sealed[end + 12 :], sealed[:end] + bound_to)
        except InvalidTag:
            raise SealingError("The sealed value was changed, or belongs to another row.") from None

    def lookup(self, text: str) -> bytes:
        """Return the keyed hash (32 bytes) by which a sealed text is found again."""
        return hmac.digest(self._lookup, text.encode(), "sha256")

    def mac(self, purpose: str, *parts: bytes) -> bytes:
        """Return a keyed hash (32 bytes) of these parts, which says nothing to who has not the key.

        Another ``purpose`` or another division into parts gives another hash.
        """
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in (purpose.encode(), *parts))
        return hmac.digest(self._mac, framed, "sha256")
