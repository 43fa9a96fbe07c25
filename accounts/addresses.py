"""E-mail addresses: the form that is accepted, the spelling that is sealed, and the keyed hash that finds it again."""

import re
import unicodedata

from core import limits, texts
from core.faults import Faults, Invalid, Required, TooLarge
from core.sealing import Keyring

_FORM = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+")


def normal(email: str) -> str:
    """Return the address as it is kept: without white space around it, in Unicode's composed form."""
    return unicodedata.normalize("NFC", email.strip())


def check(faults: Faults, path: tuple[str, ...], email: str) -> bool:
    """Add what is wrong with an address and tell whether it can be looked up. Whether mail arrives is not checked."""
    address = normal(email)
    if not texts.storable(faults, path, address):
        return False
    if not address:
        faults.append(Required(path, "An e-mail address is needed."))
    elif len(address) > limits.EMAIL:
        faults.append(TooLarge(path, f"{len(address)} characters; at most {limits.EMAIL} are allowed."))
    elif not _FORM.fullmatch(address):
        faults.append(Invalid(path, "An e-mail address looks like name@example.org."))
    else:
        return True
    return False


def lookup(keyring: Keyring, email: str) -> bytes | None:
    """Return the hash that finds an address whatever its capitals are, or None for what is no address."""
    if not check(Faults(), (), email):
        return None
    return keyring.lookup(unicodedata.normalize("NFC", normal(email).casefold()))
