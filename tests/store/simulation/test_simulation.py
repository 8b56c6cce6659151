"""Seeds of the simulation: a few in every run, five hundred of them, and those that once found something.

python -m tests.store.simulation --seeds 10000
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import powercuts
from .mutations import MUTATIONS, caught_after, mutated
from .run import Ground, run

#: {seed: what it found}; what was found before the seeds last changed stands in test_found.py.
KEPT = {
    151: "a branch was handed over before the row that it grows from, and put aside",
    218: "copies that shared a feed, each with a clock of its own, had the hub speak of it without end",
    580: "a restored station that met its own copy was refused by its hub: what vouches for it stood in a branch",
    617: "what waits at a hub was brought again at each round by all but the first who brought it",
    816: "a hub that was too busy to be told of a station's new feed was taken for one that refuses the station",
    880: "branches were handed to a hub that lacked what they grow from, and put aside",
    1093: "the same as 617, of a feed that branches",
    1716: "a lost hub added a peer before it had its own feed back, which then parted at its beginning",
    2253: "a copy that was brought what the other had written went on behind it, as if it had seen what that one saw",
    4763: "a hub gave at each round what its station knew as a branch, and it for the feed itself",
    5369: "a hub without room told who enrolled that it could not answer now, and not why",
    81035: "what is kept aside of a revoked station was brought at each round by who lacks the facts of what stands behind",
    8100: "a feed that parted at its first entry was taken for the first of its station, and what it follows refused",
    8921: "a station that lacked fewer facts than its hub lacked others was never given its own",
}


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """A folder in memory."""
    made = Ground()
    yield made
    made.close()


@pytest.mark.parametrize("seed", range(4))
def test_a_few_seeds(ground: Ground, seed: int) -> None:
    report = run(seed, ground)
    assert not report.fault, report.fault


def test_a_seed_says_the_same_twice(ground: Ground) -> None:
    assert run(1, ground) == run(1, ground)


@pytest.mark.parametrize("name", ["seen dropped", "acknowledged, not written"])
def test_a_fault_put_in_is_caught(ground: Ground, name: str) -> None:
    number, _why = caught_after(name, 20, ground)
    assert number


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_program_still_has_the_part_that_a_fault_takes_the_place_of(name: str) -> None:
    with mutated(name):
        pass


@pytest.mark.parametrize("what", ["station", "hub"])
def test_power_cuts(ground: Ground, what: str) -> None:
    found = powercuts.cut(what, 40, ground)
    assert not found.lost, found.why
    assert found.in_flight


def test_the_power_cuts_would_find_a_disk_that_is_not_waited_for(ground: Ground) -> None:
    assert powercuts.cut("station", 60, ground, synchronous="NORMAL").lost


# -- long ------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("seed", KEPT)
def test_a_seed_that_found_something(ground: Ground, seed: int) -> None:
    report = run(seed, ground)
    assert not report.fault, f"{KEPT[seed]}, again: {report.fault}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(500))
def test_five_hundred_seeds(ground: Ground, seed: int) -> None:
    report = run(seed, ground)
    assert not report.fault, report.fault


@pytest.mark.slow
@pytest.mark.parametrize("size", ["facts", "bytes", "block", "push", "page", "inflated"])
def test_every_size(ground: Ground, size: str) -> None:
    for seed in (10_001, 10_002):
        report = run(seed, ground, size=size)
        assert not report.fault, report.fault


@pytest.mark.slow
@pytest.mark.parametrize("what", ["station", "hub"])
def test_three_thousand_power_cuts(ground: Ground, what: str) -> None:
    found = powercuts.cut(what, 3000, ground, seed=2)
    assert not found.lost, found.why


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTATIONS)
def test_every_fault_put_in_is_caught(ground: Ground, name: str) -> None:
    number, _why = caught_after(name, 500, ground)
    assert number
