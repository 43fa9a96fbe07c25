"""What is promised of passwords, tried on the real parts."""

import time
from collections.abc import Awaitable, Callable
from statistics import median

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from accounts import passwords
from core.faults import Fault, Faults, Invalid, Required, TooLarge


async def test_hash_carries_the_agreed_parameters() -> None:
    parameters = extract_parameters(await passwords.hashed("a long sentence"))
    assert (parameters.type, parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (
        Type.ID,
        19_456,
        2,
        1,
    )
    assert (parameters.salt_len, parameters.hash_len, parameters.version) == (16, 32, 19)


async def test_two_hashes_of_one_password_differ_and_both_verify() -> None:
    one, other = await passwords.hashed("a long sentence"), await passwords.hashed("a long sentence")
    assert one != other
    assert await passwords.verified(one, "a long sentence")
    assert await passwords.verified(other, "a long sentence")
    assert not await passwords.verified(one, "a long sentencE")


async def test_password_is_the_same_however_the_keyboard_composes_it() -> None:
    assert await passwords.verified(await passwords.hashed("gr\u00fc\u00dfe an alle"), "gru\u0308\u00dfe an alle")


async def test_nobody_is_verified_without_a_hash() -> None:
    assert not await passwords.verified(None, "")
    assert not await passwords.verified(None, "a long sentence")


@pytest.mark.parametrize("odd", ["", "\0", "\ud800", "x" * 257, "x" * 1_000_000])
async def test_odd_password_is_wrong_rather_than_a_crash(odd: str) -> None:
    assert not await passwords.verified(await passwords.hashed("a long sentence"), odd)


async def test_over_long_password_is_never_hashed_whole() -> None:
    stored = await passwords.hashed("y" * 257)
    assert not await passwords.verified(stored, "y" * 257)


async def test_verifying_without_a_hash_costs_what_verifying_with_one_does() -> None:
    stored = await passwords.hashed("a long sentence")
    await passwords.verified(None, "warm up")
    ratio = await cost_ratio(lambda: passwords.verified(None, "wrong"), lambda: passwords.verified(stored, "wrong"))
    assert 0.5 < ratio < 2


async def test_hash_of_other_parameters_is_outdated_and_still_verifies() -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash("a long sentence")
    assert passwords.is_outdated(weaker)
    assert await passwords.verified(weaker, "a long sentence")
    assert not passwords.is_outdated(await passwords.hashed("a long sentence"))


@pytest.mark.parametrize(
    ("password", "kind"),
    [
        ("", Required),
        ("seven77", Invalid),
        ("x" * 257, TooLarge),
        ("with a \0 in it", Invalid),
        ("with a \ud800 in it", Invalid),
    ],
)
def test_unfit_password_is_told_once_with_its_path(password: str, kind: type[Fault]) -> None:
    faults = Faults()
    passwords.check(faults, ("password",), password)
    assert [(type(fault), fault.path) for fault in faults] == [(kind, ("password",))]
    assert password == "" or password not in faults[0].text()


@pytest.mark.parametrize("password", ["eight888", "x" * 256, "    spaces    ", "\u00fc" * 8])
def test_fit_password_has_no_fault(password: str) -> None:
    faults = Faults()
    passwords.check(faults, ("password",), password)
    assert faults == []


async def cost_ratio(one: Callable[[], Awaitable[object]], other: Callable[[], Awaitable[object]]) -> float:
    """Return how many times the CPU time of ``other`` the first one takes: medians of turns, other load aside."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(9):
        for taken, work in zip(times, (one, other), strict=True):
            before = time.process_time()
            await work()
            taken.append(time.process_time() - before)
    return median(times[0]) / median(times[1])
