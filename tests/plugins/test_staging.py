"""Placing teams: every plan obeys its rules, and small ones are as good as the best of all plans."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.plugins.planner import highs, stagemodel, staging
from emergency.plugins.planner.staging import Place, Problem, Staged, Team, stage, worth


@st.composite
def problems(draw: Any, sites: int = 3, teams: int = 4, areas: int = 5) -> Problem:
    """Up to so many sites, which quick and slow teams may cover differently; and bases."""
    weights = draw(st.lists(st.sampled_from([0.0, 1.0, 2.0, 5.0]), min_size=1, max_size=areas))
    some = st.sets(st.integers(0, len(weights) - 1), max_size=3).map(lambda found: tuple(sorted(found)))
    shared = []
    for site in range(draw(st.integers(0, sites))):
        quick, room = draw(some), draw(st.integers(0, 2))
        shared.append(Place(quick, room, site))
        if draw(st.booleans()):
            shared.append(Place(quick[1:], room, site))
    kinds = draw(st.integers(1, 2))
    movable, homes = [], []
    for number in range(draw(st.integers(0, teams))):
        homes.append(Place(draw(some), 1))
        ways = [(len(shared) + number, 0.0)]
        ways += [(s, draw(st.sampled_from([5.0, 60.0]))) for s in range(len(shared)) if draw(st.booleans())]
        # A team turns out in one time: it covers a site in one way.
        ways = list({shared[s].site if s < len(shared) else None: (s, m) for s, m in ways}.values())
        movable.append(Team(draw(st.integers(0, kinds - 1)), tuple(ways)))
    wanted = [draw(st.integers(0, 3)) for _ in range(kinds)]
    return Problem(weights, [*shared, *homes], movable, wanted, draw(st.booleans()))


def lawful(problem: Problem, placed: tuple[tuple[int, int], ...]) -> bool:
    site = staging.sites(problem.places)
    rooms = {n: p.room for n, p in zip(site, problem.places, strict=True)}
    kinds = [0] * len(problem.wanted)
    for team, place in placed:
        if place not in dict(problem.teams[team].options):
            return False
        rooms[site[place]] -= 1
        kinds[problem.teams[team].kind] += 1
    once = len({team for team, _place in placed}) == len(placed)
    return (
        once
        and min(rooms.values(), default=0) >= 0
        and all(n <= w for n, w in zip(kinds, problem.wanted, strict=True))
    )


def best_of_all(problem: Problem) -> float:
    ways: list[list[tuple[int, int] | None]] = [
        [None, *((t, place) for place, _m in team.options)] for t, team in enumerate(problem.teams)
    ]
    plans = (tuple(way for way in plan if way) for plan in itertools.product(*ways))
    return max(worth(problem, plan) for plan in plans if lawful(problem, plan))


def held(problem: Problem, found: Staged) -> None:
    assert lawful(problem, found.placed)
    assert found.value == pytest.approx(worth(problem, found.placed))
    assert found.bound >= found.value - 1e-9


@settings(max_examples=80)
@given(problems())
def test_small_plans_are_lawful_and_the_best_of_all(problem: Problem) -> None:
    found = stage(problem)
    held(problem, found)
    best = best_of_all(problem)
    assert found.bound >= best - 1e-6
    if highs.there():
        assert found.value == pytest.approx(best, abs=1e-5) and found.gap < 1e-5


@settings(max_examples=60)
@given(problems())
def test_without_a_solver_the_bound_is_still_true(problem: Problem) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stagemodel.highs, "there", lambda: False)
        found = stage(problem)
    held(problem, found)
    assert "HiGHS" not in found.method
    assert found.bound >= best_of_all(problem) - 1e-6


@settings(max_examples=60)
@given(problems())
def test_a_slower_turn_out_never_covers_more(problem: Problem) -> None:
    """Who covers nothing from a site where it covered something makes no plan better; room stays one for all."""
    slower = problem._replace(
        places=[p._replace(covers=p.covers[1:]) if n % 2 else p for n, p in enumerate(problem.places)]
    )
    assert stage(slower).bound <= stage(problem).bound + 1e-6 or not highs.there()
    assert best_of_all(slower) <= best_of_all(problem) + 1e-9


def test_slow_and_quick_teams_share_the_room_of_a_site() -> None:
    quick, slow = Place((0, 1), 1, 7), Place((1,), 1, 7)
    homes = [Place((), 1), Place((), 1)]
    teams = [Team(0, ((0, 5.0), (2, 0.0))), Team(0, ((1, 5.0), (3, 0.0)))]
    problem = Problem([10.0, 10.0], [quick, slow, *homes], teams, [2], True)
    found = stage(problem)
    assert found.placed == ((0, 0),) and found.gap == 0
    roomy = problem._replace(places=[quick._replace(room=2), slow._replace(room=2), *homes])
    assert stage(roomy).placed == ((0, 0), (1, 1))


@settings(max_examples=15)
@given(problems(sites=12, teams=25, areas=40))
def test_larger_plans_are_lawful_and_the_same_each_time(problem: Problem) -> None:
    found = stage(problem)
    held(problem, found)
    assert stage(problem) == found


def test_a_team_already_near_stays_and_one_moves_only_for_more() -> None:
    home, site = Place((0,), 1), Place((0, 1), 5)
    near = Problem([10.0, 0.0], [site, home], [Team(0, ((0, 20.0), (1, 0.0)))], [1], False)
    assert stage(near).placed == ((0, 1),)
    more = near._replace(weights=[10.0, 5.0])
    assert stage(more).placed == ((0, 0),)


def test_a_bound_that_is_a_rounding_above_nothing_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A share of nothing cannot measure it."""
    problem = Problem([0.0, 1.0], [Place((0,), 1), Place((), 9)], [Team(0, ((0, 9.0), (1, 0.0)))], [1], False)
    monkeypatch.setattr(staging, "_simple_bound", lambda _problem: 3.7e-8)
    found = stage(problem)
    assert (found.value, found.bound, found.gap) == (0.0, 0.0, 0.0)


def test_a_second_cover_counts_only_when_it_is_asked_for() -> None:
    site, home = Place((0,), 5), Place((), 1)
    teams = [Team(0, ((0, 10.0), (1, 0.0))), Team(0, ((0, 10.0), (1, 0.0)))]
    problem = Problem([10.0], [site, home._replace(room=2)], teams, [2], False)
    assert len([p for p in stage(problem).placed if p[1] == 0]) == 1
    assert len([p for p in stage(problem._replace(backup=True)).placed if p[1] == 0]) == 2


def test_no_time_no_teams_and_no_places_are_answers() -> None:
    assert stage(Problem([1.0], [], [], [2], True)).placed == ()
    assert stage(Problem([], [], [], [], False)) == Staged((), 0, 0, 0.0, "greedy and exchanges")
    one = Problem([1.0], [Place((0,), 1)], [Team(0, ((0, 0.0),))], [1], False)
    held(one, stage(one, seconds=0))
