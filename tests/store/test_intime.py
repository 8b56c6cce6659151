"""The chance of being in time: against every outcome there is, and against what its words say of drives."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store import intime
from emergency.store.errors import InvalidValue
from emergency.store.intime import Spread, chance, together

CHANCES = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]) | st.floats(0, 1)
PARTS = st.lists(st.tuples(st.integers(0, 9).map(lambda n: 1000 * n), CHANCES), max_size=7)


def every_outcome(parts: list[tuple[int, float]], wanted: int) -> float:
    """The sum over everything that may come in time or late."""
    wanted = min(wanted, sum(amount for amount, _p in parts))
    found = 0.0
    for came in itertools.product((True, False), repeat=len(parts)):
        if sum(a for (a, _p), there in zip(parts, came, strict=True) if there) >= wanted:
            found += math.prod(p if there else 1 - p for (_a, p), there in zip(parts, came, strict=True))
    return found


@given(PARTS, st.integers(0, 40_000))
def test_it_is_the_sum_over_every_outcome(parts: list[tuple[int, float]], wanted: int) -> None:
    assert together(parts, wanted) == pytest.approx(every_outcome(parts, wanted), abs=1e-12)


@given(st.lists(st.tuples(st.integers(1, 10**7), CHANCES), min_size=1, max_size=7), st.integers(0, 10**7))
def test_where_sums_are_too_many_it_is_never_told_as_more_than_it_is(
    parts: list[tuple[int, float]], wanted: int
) -> None:
    exact = every_outcome(parts, wanted)
    assert together(parts, wanted) <= exact + 1e-12
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intime, "STEPS", 10**9)
        assert together(parts, wanted) == pytest.approx(exact, abs=1e-12)


def test_two_of_three_drives_lie_within_the_spread() -> None:
    found = Spread(1.3)
    two_of_three = chance(60, 0, 60 * 1.3, found) - chance(60, 0, 60 / 1.3, found)
    assert two_of_three == pytest.approx(math.erf(1 / math.sqrt(2)))
    assert chance(60, 0, 60, found) == pytest.approx(0.5)
    # Drives that take a fifth longer than reckoned are half of them there a fifth later.
    assert chance(60, 0, 72, found._replace(middle=1.2)) == pytest.approx(0.5)


def test_turning_out_is_as_stated_and_what_has_no_way_or_no_time_has_no_chance() -> None:
    found = Spread(1.3)
    assert chance(30, 10, 50, found) == chance(30, 0, 40, found)
    assert chance(30, 10, 10, found) == 0 == chance(math.inf, 0, 60, found) == chance(30, 0, -5, found)
    assert chance(0, 10, 11, found) == 1 == chance(30, 0, math.inf, found)


@given(st.floats(1, 500), st.floats(0, 60), st.floats(-60, 900), st.floats(1.01, 3))
def test_more_time_and_a_shorter_drive_are_never_worse(
    drive: float, turnout: float, within: float, factor: float
) -> None:
    found = Spread(factor)
    p = chance(drive, turnout, within, found)
    assert 0 <= p <= 1
    assert chance(drive, turnout, within + 5, found) >= p >= chance(drive + 5, turnout, within, found)


@pytest.mark.parametrize(("text", "found"), [("20%", 0.2), ("20", 0.2), ("7.5 %", 0.075), ("100%", 1.0)])
def test_a_share_as_it_is_typed(text: str, found: float) -> None:
    assert intime.share(text, 100) == found


@pytest.mark.parametrize("text", ["0", "-5%", "101%", "0.5%", "much", "20 m"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        intime.share(text, 100)
