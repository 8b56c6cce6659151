"""What the list of candidates says of each is what giving the order would say."""

from __future__ import annotations

import json
import pathlib

import pytest

from emergency.commands import demo
from emergency.commands.inside import runner
from emergency.store import candidates, needs
from emergency.store.store import Store
from emergency.store.travel import said_minutes

from .conftest import NOW


@pytest.fixture(scope="module")
def flood(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The store of the demo, at the hour of the tests."""
    path = str(tmp_path_factory.mktemp("flood") / "demo.db")
    patch = pytest.MonkeyPatch()
    patch.setenv("EMERGENCY_NOW", NOW)
    demo.build(path)
    patch.undo()
    return path


def incident(path: str) -> str:
    with Store(path) as store:
        return str(store.rows("SELECT id FROM incident")[0]["id"])


@pytest.mark.parametrize("what", ["drainage", "people", "boat", "sandbag"])
def test_every_candidate_is_refused_or_not_as_its_order_is(flood: str, what: str) -> None:
    run, about = runner(["--store", flood, "--officer", "李雁"]), incident(flood)
    with Store(flood) as store:
        found = candidates.candidates(store, candidates.chosen(store, about, what))
    free = [one for one in found if not one.refusal]
    refused = [one for one in found if one.refusal]
    assert free and found == [*free, *refused]
    for one in (*free[:8], *refused[:8]):
        (order,) = candidates.orders([(one, one.proposed)], about)
        told = run([*order.words, "--dry-run"])
        assert bool(told.code) == bool(one.refusal), (order.words, told)
        if one.refusal and one.proposed:
            assert one.refusal in told.err


def test_the_nearest_of_those_that_nothing_speaks_against_comes_first(flood: str) -> None:
    run, about = runner(["--store", flood]), incident(flood)
    told = json.loads(run(["need", "candidates", about, "drainage", "--json"]).out)
    plain = [one for one in told if not one["refusal"] and not one["remarks"]]
    assert told[: len(plain)] == plain
    assert [one["distance_m"] for one in plain] == sorted(one["distance_m"] for one in plain)
    assert all(one["standing"] == "ready" for one in plain)
    assert {one["standing"] for one in told} > {"ready"}


def test_a_drive_of_a_part_of_a_minute_more_is_said_as_plans_say_it(flood: str) -> None:
    with Store(flood) as store:
        found = candidates.candidates(store, candidates.chosen(store, incident(flood), "drainage"))
    drives = [(one.minutes, one.drive.minutes) for one in found if one.drive and one.drive.minutes > 0]
    assert any(minutes % 1 < 0.5 for _said, minutes in drives)
    assert all(str(said) == said_minutes(minutes) for said, minutes in drives)


def test_of_one_unit_one_order_is_made_and_of_each_stock_line_another(flood: str) -> None:
    about = incident(flood)
    with Store(flood) as store:
        pumps = candidates.candidates(store, candidates.chosen(store, about, "drainage"))
        stock = candidates.candidates(store, candidates.chosen(store, about, "sandbag"))
    by_team: dict[str, list[candidates.Candidate]] = {}
    for one in pumps:
        by_team.setdefault(one.holder, []).append(one)
    two = next(some[:2] for some in by_team.values() if len(some) > 1)
    orders = candidates.orders([(one, one.proposed) for one in (*two, *stock[:2])], about)
    assert len(orders) == 3
    assert [word for word in orders[0].words if word in {one.id for one in two}] == [one.id for one in two]
    assert all("--item" in order.words for order in orders[1:])


def test_a_need_that_is_not_there_is_said(flood: str) -> None:
    run, about = runner(["--store", flood]), incident(flood)
    told = run(["need", "candidates", about, "helicopters"])
    assert told.code == 3
    assert "has no need helicopters" in told.err


def test_the_first_need_that_is_short_is_meant_where_none_is_named(flood: str) -> None:
    about = incident(flood)
    with Store(flood) as store:
        short = [c.need["what"] for c in needs.board(store, about) if c.short]
        assert candidates.chosen(store, about).need["what"] == short[0]


def test_call_ups_are_listed_through_a_filter(flood: str, tmp_path: pathlib.Path) -> None:
    run = runner(["--store", flood])

    def listed(*words: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(run(["callup", "list", *words, "--json"]).out)
        return found

    every = listed()
    assert listed("overdue") == [line for line in every if line["overdue"]] == listed("--overdue") != []
    assert [line["id"] for line in listed("open")] == [line["id"] for line in listed("--open")]
    assert {line["state"] for line in listed("en_route")} == {"en_route"}
    assert listed(f"incident={incident(flood)}") == every
    assert all("排水" in line["team_name"] for line in listed("team:排水"))
    order = every[0]["id"].split("/")[0]
    assert {line["id"].split("/")[0] for line in listed(order)} == {order}
    assert run(["callup", "list", "weird>3"]).code == 2
