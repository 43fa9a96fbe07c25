"""Random secrets that are shown once and stored as their SHA-256: sessions, API tokens, invitations.

256 random bits need no slow hash and no salt: nobody guesses one, and the hash finds its row by an index. The prefix
tells people and secret scanners what a found secret is.
"""

import hashlib
import secrets

SESSION = "pas_"
API_TOKEN = "pal_"  # noqa: S105 - the public prefix of a token, no secret
INVITATION = "pai_"


def new_secret(prefix: str) -> str:
    """Return ``prefix`` and 43 characters of base64url."""
    return prefix + secrets.token_urlsafe(32)


def stored_hash(secret: str) -> bytes:
    """Return the 32 bytes under which a secret is stored and found; any text has one."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
