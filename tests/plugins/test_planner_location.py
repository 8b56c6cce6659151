"""The public location solvers: published instances, brute force on small ones, and odd input."""

from __future__ import annotations

import builtins
import itertools
import math
import pathlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.plugins.planner import Located, maximal_covering, p_median

np = pytest.importorskip("numpy")
INSTANCES = pathlib.Path(__file__).parents[3] / "shared" / "instances"
published = pytest.mark.skipif(
    not INSTANCES.exists(), reason="../shared/instances is not beside this checkout"
)
OPTIMA = {1: 5819, 5: 1355, 10: 1255, 15: 1729, 20: 1789}


def network(number: int) -> tuple[Any, int]:
    """An OR-Library p-median instance: shortest paths over its edges, the last of two alike counts."""
    words = iter((INSTANCES / f"pmed{number}.txt").read_text().split())
    size, edges, p = (int(next(words)) for _ in range(3))
    away = np.full((size, size), np.inf)
    np.fill_diagonal(away, 0)
    for _edge in range(edges):
        a, b, length = int(next(words)) - 1, int(next(words)) - 1, float(next(words))
        away[a, b] = away[b, a] = length
    for k in range(size):
        away = np.minimum(away, away[:, k : k + 1] + away[k])
    return away, p


def points(name: str, columns: tuple[int, ...]) -> Any:
    rows = (INSTANCES / name).read_text().splitlines()[1:]
    return np.array([[float(row.split()[c]) for c in columns] for row in rows if row.strip()])


def straight(xy: Any) -> Any:
    return np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1])


@published
@pytest.mark.parametrize("number", OPTIMA)
def test_published_medians_reach_their_optimum(number: int) -> None:
    distances, p = network(number)
    found = p_median(distances, p, seconds=20)
    assert found.value == OPTIMA[number]
    assert len(found.sites) == p and found.bound <= OPTIMA[number]
    assert found.gap < 0.005


@published
@pytest.mark.parametrize(
    ("p", "best"), list(zip(range(1, 6), (5461, 8790, 11604, 12106, 12152), strict=True))
)
def test_published_coverings_reach_their_optimum(p: int, best: float) -> None:
    away = straight(points("informs_SJC324.txt", (0, 1)))
    found = maximal_covering(away <= 800, points("informs_SJC324.txt", (2,))[:, 0], p, seconds=20)
    assert found.value == best and found.bound >= best


@published
@pytest.mark.parametrize(("p", "best"), list(zip(range(1, 6), (425, 502, 548, 581, 609), strict=True)))
def test_the_55_nodes_of_swain_are_proven(p: int, best: float) -> None:
    rows = points("swain55/swain.txt", (1, 2, 3))
    found = maximal_covering(straight(rows[:, :2]) <= 10, rows[:, 2], p, seconds=20)
    assert (found.value, found.bound, found.gap) == (best, best, 0)


# -- brute force ------------------------------------------------------------------------------------

small = st.integers(1, 7).flatmap(
    lambda n: st.integers(1, 7).flatmap(
        lambda m: st.tuples(
            st.lists(
                st.lists(st.sampled_from([0, 1, 2, 3, 5, 8, 13, 2.5, math.inf]), min_size=m, max_size=m),
                min_size=n,
                max_size=n,
            ),
            st.lists(st.sampled_from([0, 1, 1, 2, 0.5, 7]), min_size=n, max_size=n),
            st.integers(0, m + 1),
        )
    )
)


def cost(table: list[list[float]], weights: list[float], chosen: tuple[int, ...]) -> float:
    out = 0.0
    for row, w in zip(table, weights, strict=True):
        if w:
            out += w * min((row[j] for j in chosen), default=math.inf)
    return out


def covered(covers: list[list[bool]], weights: list[float], chosen: tuple[int, ...]) -> float:
    return sum(w for row, w in zip(covers, weights, strict=True) if any(row[j] for j in chosen))


def check(found: Located, best: float, p: int, sites: int, value: float, *, least: bool) -> None:
    assert len(found.sites) == min(p, sites) and list(found.sites) == sorted(set(found.sites))
    assert found.value == pytest.approx(value)
    if least:
        assert found.bound <= best * (1 + 1e-9) + 1e-9
        assert found.value >= found.bound - 1e-9
    else:
        assert found.bound >= best - 1e-9
        assert found.value <= found.bound + 1e-9
    assert found.gap == 0 or found.value != found.bound


@settings(max_examples=120)
@given(small)
def test_small_medians_agree_with_brute_force(case: tuple[list[list[float]], list[float], int]) -> None:
    table, weights, p = case
    sites = len(table[0])
    best = min(cost(table, weights, c) for c in itertools.combinations(range(sites), min(p, sites)))
    found = p_median(table, p, weights=weights)
    check(found, best, p, sites, cost(table, weights, found.sites), least=True)
    assert found.value == pytest.approx(best) and found.gap < 1e-6
    for area in found.unreached:
        assert all(table[area][j] == math.inf for j in found.sites) and weights[area]


@settings(max_examples=120)
@given(small)
def test_small_coverings_agree_with_brute_force(case: tuple[list[list[float]], list[float], int]) -> None:
    table, weights, p = case
    covers = [[c <= 2 for c in row] for row in table]
    sites = len(table[0])
    best = max(covered(covers, weights, c) for c in itertools.combinations(range(sites), min(p, sites)))
    found = maximal_covering(covers, weights, p)
    check(found, best, p, sites, covered(covers, weights, found.sites), least=False)
    assert found.value == pytest.approx(best) and found.gap < 1e-6


@settings(max_examples=60)
@given(small)
def test_without_numpy_small_ones_are_answered_with_a_true_bound(
    case: tuple[list[list[float]], list[float], int],
) -> None:
    table, weights, p = case
    sites = len(table[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builtins, "__import__", _without(builtins.__import__))
        found = p_median(table, p, weights=weights)
        covered = maximal_covering([[c <= 2 for c in row] for row in table], weights, p)
    best = min(cost(table, weights, c) for c in itertools.combinations(range(sites), min(p, sites)))
    check(found, best, p, sites, cost(table, weights, found.sites), least=True)
    assert "without" in found.method and "without" in covered.method
    exact = maximal_covering([[c <= 2 for c in row] for row in table], weights, p)
    assert covered.value <= exact.value + 1e-9 and covered.bound >= exact.value - 1e-9


def _without(importer: Any) -> Any:
    def refuse(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] in ("numpy", "highspy"):
            raise ImportError(name)
        return importer(name, *rest)

    return refuse


# -- larger ones, by their own bound ------------------------------------------------------------------


@pytest.mark.parametrize("p", [3, 12, 40])
def test_a_random_plane_is_bounded_and_the_same_each_time(p: int) -> None:
    random = np.random.default_rng(p)
    xy, weights = random.random((120, 2)), random.integers(0, 20, 120)
    away = straight(xy)
    found, again = (p_median(away, p, weights=weights) for _ in range(2))
    assert found == again
    assert found.gap < 0.02
    assert found.value == pytest.approx(float((away[:, found.sites].min(axis=1) * weights).sum()))
    near, once_more = (maximal_covering(away < 0.12, weights, p) for _ in range(2))
    assert near == once_more and near.gap < 0.02


@settings(max_examples=60)
@given(small)
def test_small_medians_that_only_branching_may_prove_agree_with_brute_force(
    case: tuple[list[list[float]], list[float], int],
) -> None:
    """The multipliers stop at once: what they would have settled is left to the tree."""
    from emergency.plugins.planner import median

    table, weights, p = case
    sites = len(table[0])
    best = min(cost(table, weights, c) for c in itertools.combinations(range(sites), min(p, sites)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(median, "ROUNDS", 1)
        patch.setattr(median, "FEW", sites)
        found = p_median(table, p, weights=weights)
    check(found, best, p, sites, cost(table, weights, found.sites), least=True)
    assert found.proven


@settings(max_examples=60)
@given(small)
def test_small_coverings_too_large_for_the_solver_are_bounded_and_lawful(
    case: tuple[list[list[float]], list[float], int],
) -> None:
    from emergency.plugins.planner import covering

    table, weights, p = case
    covers = [[cell < 5 for cell in row] for row in table]
    sites = len(table[0])
    best = max(covered(covers, weights, c) for c in itertools.combinations(range(sites), min(p, sites)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(covering, "MODEL", -1)
        found = maximal_covering(covers, weights, p)
    check(found, best, p, sites, covered(covers, weights, found.sites), least=False)


def test_the_solver_near_a_choice_finds_what_exchanges_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("highspy")
    from emergency.plugins.planner import covering, covernear

    random = np.random.default_rng(11)
    a, b = random.random((700, 2)) * 100, random.random((90, 2)) * 100
    covers, weights = straight_between(a, b) < 10, random.integers(1, 100, 700)
    best = maximal_covering(covers, weights, 14, 60)
    assert best.proven
    monkeypatch.setattr(covering, "MODEL", -1)
    monkeypatch.setattr(covering, "WORK", 0)
    monkeypatch.setattr(covering, "LIKELY_WORK", 0)
    monkeypatch.setattr(covering, "MORE_WORK", 0)
    found = maximal_covering(covers, weights, 14, 60)
    assert found == maximal_covering(covers, weights, 14, 60)
    assert found.value == best.value <= found.bound
    monkeypatch.setattr(covernear, "look_round", lambda _search: "")
    alone = maximal_covering(covers, weights, 14, 60)
    assert alone.value <= found.value and alone.bound == pytest.approx(found.bound, rel=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_broken_figures_are_proven_to_the_last_of_their_places(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few nodes are enough, for no node is left at a difference that is neither a gain nor none."""
    from emergency.plugins.planner import branching, median

    monkeypatch.setattr(branching, "MOST_NODES", 300)
    monkeypatch.setattr(median, "MORE_WORK", 0)
    away = np.random.default_rng(seed).random((70, 45))
    for unit in (1.0, 0.001, 1e7):
        assert p_median(away * unit, 9, seconds=120).proven


def straight_between(a: Any, b: Any) -> Any:
    return np.hypot(a[:, None, 0] - b[:, 0], a[:, None, 1] - b[:, 1])


def test_integers_booleans_and_lists_are_one_input() -> None:
    table = [[0, 4, 9], [4, 0, 5], [9, 5, 0]]
    answers = {p_median(t, 1).sites for t in (table, np.array(table), np.array(table, dtype=np.int8))}
    assert answers == {(1,)}
    covers = [[1, 0], [0, 1], [0, 1]]
    assert {maximal_covering(c, [5, 1, 1], 1).value for c in (covers, np.array(covers, dtype=bool))} == {5}


def test_no_areas_no_sites_and_all_sites() -> None:
    assert p_median([], 0).value == 0
    assert p_median(np.zeros((0, 3)), 2)[:3] == ((0, 1), 0.0, 0.0)
    assert p_median(np.zeros((2, 0)), 1)[:4] == ((), math.inf, math.inf, 0.0)
    assert p_median([[1, 2], [2, 1]], 5)[:3] == ((0, 1), 2.0, 2.0)
    assert p_median([[1, 2]], 0)[:3] == ((), math.inf, math.inf)
    assert maximal_covering([], [], 3).value == 0
    assert maximal_covering(np.zeros((4, 3)), [1, 1, 1, 1], 2)[:3] == ((0, 1), 0.0, 0.0)
    assert maximal_covering([[1, 0]], [0], 1).value == 0
    assert maximal_covering([[1, 0]], [2], 0)[:3] == ((), 0.0, 0.0)


def test_an_area_that_no_site_reaches_is_named_and_the_rest_is_served() -> None:
    found = p_median([[1, 9, 5], [math.inf] * 3, [9, 1, 5]], 2)
    assert (found.sites, found.value, found.bound, found.gap) == ((0, 1), math.inf, math.inf, 0.0)
    assert found.unreached == (1,)


def test_no_time_is_an_answer_all_the_same() -> None:
    away = straight(np.random.default_rng(2).random((200, 2)))
    found = p_median(away, 10, seconds=0)
    assert len(found.sites) == 10 and found.bound <= found.value
    assert len(maximal_covering(away < 0.1, np.ones(200), 10, seconds=0).sites) == 10


@pytest.mark.parametrize(
    "arguments",
    [
        ([[1, 2], [3]], 1),
        ([1, 2, 3], 1),
        (np.zeros((2, 2, 2)), 1),
        ([["a", "b"]], 1),
        (None, 1),
        ([[1, math.nan]], 1),
        ([[1, -2]], 1),
        ([[1, -math.inf]], 1),
        ([[1, 2]], -1),
        ([[1, 2]], 1.5),
        ([[1, 2]], "1"),
        ([[1, 2]], None),
        ([[1, 2]], True),
        ([[1, 2]], 1, -1),
        ([[1, 2]], 1, math.nan),
        ([[1e308, 1e308]], 1),
    ],
)
def test_nonsense_is_refused_in_words(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"^[a-z]+ "):
        p_median(*arguments)


@pytest.mark.parametrize(
    ("covers", "weights"),
    [
        ([[1, 0.5]], [1]),
        ([[1, math.nan]], [1]),
        ([[1, 0]], [1, 2]),
        ([[1, 0]], [-1]),
        ([[1, 0]], [math.nan]),
        ([[1, 0]], [math.inf]),
        ([[1, 0]], "x"),
        ([[1, 0], [1]], [1, 1]),
    ],
)
def test_nonsense_of_coverings_is_refused_in_words(covers: Any, weights: Any) -> None:
    with pytest.raises(ValueError, match=r"^[a-z]+ "):
        maximal_covering(covers, weights, 1)
