"""Sealed values open only with their key, in their row, unchanged."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sealing import Key, Keyring, SealingError

OLD = "k1:" + base64.b64encode(bytes(range(32))).decode()
NEW = "k2:" + base64.b64encode(bytes(range(32, 64))).decode()
MALFORMED = (
    "Sealing key {0} is not of the form id:base64 with 32 bytes; make one with "
    "python3 -c 'import base64,os;print(\"k1:\"+base64.b64encode(os.urandom(32)).decode())'."
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=500), st.binary(max_size=40))
def test_what_is_sealed_opens_again_and_never_looks_alike(plain: bytes, row: bytes) -> None:
    ring = Keyring.parse(OLD)
    sealed = ring.seal(plain, row)
    assert ring.open(sealed, row) == plain
    assert sealed != ring.seal(plain, row)
    assert len(plain) < 8 or plain not in sealed


def test_the_value_of_one_row_does_not_open_in_another() -> None:
    ring = Keyring.parse(OLD)
    with pytest.raises(SealingError, match=r"^The sealed value was changed, or belongs to another row\.$"):
        ring.open(ring.seal(b"secret", b"row 1"), b"row 2")


def test_a_change_of_any_bit_is_noticed() -> None:
    ring = Keyring.parse(OLD)
    sealed = ring.seal(b"secret", b"row")
    for place in range(len(sealed)):
        for bit in range(8):
            forged = bytearray(sealed)
            forged[place] ^= 1 << bit
            with pytest.raises(SealingError):
                ring.open(bytes(forged), b"row")


def test_a_value_cut_anywhere_or_lengthened_is_noticed() -> None:
    ring = Keyring.parse(OLD)
    sealed = ring.seal(b"secret", b"row")
    for length in range(len(sealed)):
        with pytest.raises(SealingError):
            ring.open(sealed[:length], b"row")
    with pytest.raises(SealingError):
        ring.open(sealed + b"\0", b"row")


def test_rotation_seals_with_the_first_key_and_opens_with_each() -> None:
    before, after = Keyring.parse(OLD), Keyring.parse(f"{NEW}, {OLD}")
    old, new = before.seal(b"old", b"row"), after.seal(b"new", b"row")
    assert (after.open(old, b"row"), after.open(new, b"row")) == (b"old", b"new")
    assert (old[:4], new[:4]) == (b"\x01\x02k1", b"\x01\x02k2")
    with pytest.raises(SealingError, match=r"^The value is sealed with key 'k2', which is not among the keys given\.$"):
        before.open(new, b"row")


def test_the_fingerprint_and_the_lookup_outlive_a_rotation_by_putting_a_key_in_front() -> None:
    before, after, other = Keyring.parse(OLD), Keyring.parse(f"{NEW},{OLD}"), Keyring.parse(NEW)
    assert before.fingerprint == after.fingerprint == "2dfaf0fc59dfc408"
    assert before.lookup("ada@example.org") == after.lookup("ada@example.org")
    assert other.fingerprint != before.fingerprint
    assert other.lookup("ada@example.org") != before.lookup("ada@example.org")
    assert len(before.lookup("x")) == 32


def test_a_wrong_key_of_the_same_name_does_not_open() -> None:
    sealed = Keyring.parse(OLD).seal(b"secret", b"row")
    with pytest.raises(SealingError, match="was changed, or belongs to another row"):
        Keyring.parse(NEW.replace("k2", "k1")).open(sealed, b"row")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 1),
        ("k1", 1),
        ("k1:", 1),
        ("k1:not base64!", 1),
        ("k1:" + base64.b64encode(bytes(31)).decode(), 1),
        (":" + base64.b64encode(bytes(32)).decode(), 1),
        ("k" * 33 + ":" + base64.b64encode(bytes(32)).decode(), 1),
        (OLD + ",", 2),
        (OLD + "," + NEW[:-4], 2),
    ],
)
def test_a_malformed_ring_is_told_by_the_number_of_the_entry(text: str, number: int) -> None:
    with pytest.raises(SealingError) as refused:
        Keyring.parse(text)
    assert str(refused.value) == MALFORMED.format(number)


def test_no_key_and_two_keys_of_one_name_are_refused() -> None:
    with pytest.raises(SealingError, match=r"^At least one sealing key is needed\.$"):
        Keyring([])
    with pytest.raises(SealingError, match=r"^Two sealing keys go by one id; a new key needs a new one\.$"):
        Keyring.parse(f"{NEW.replace('k2', 'k1')},{OLD}")


def test_a_made_ring_parses_and_no_secret_shows_in_a_key() -> None:
    made = Keyring.generate()
    assert made != Keyring.generate()
    assert Keyring.parse(made).open(Keyring.parse(made).seal(b"x", b""), b"") == b"x"
    assert "sesame" not in repr(Key("k1", b"sesame"))
