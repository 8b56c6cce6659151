"""A road is cut: no plan goes that way, and each says who closed it (row G3)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.commands import callplan, callplanjson
from emergency.store.store import Store
from emergency.store.travel import Travel

from .conftest import Officer, Shelf, Stage
from .test_plan_callup import plan, ready

#: Where the stage's units stand, by their ids, and where things are wanted.
UNITS = (Stage.DRAINERS, Stage.RESCUERS, Stage.DEPOT)


@pytest.fixture
def flood(desk: Officer, shelf: Shelf) -> Officer:
    """The stocked desk: both teams have just reported ready, and the incident asks for pumps, people and bags."""
    return shelf.typed(desk, _rain)


def _rain(desk: Officer) -> None:
    ready(desk, "drainage>=1000m3/h", "people>=12", "sandbag>=300")


def need(value: Any, what: str) -> Any:
    return next(n for n in value["incidents"][0]["needs"] if n["what"] == what)


def passed(value: Any, what: str, holder: str) -> Any:
    return next(p for p in need(value, what)["passed_over"] if p["holder"] == holder)


def holders(value: Any) -> set[str]:
    return {line["holder"] for line in value["lines"]}


def sends(value: Any) -> list[Any]:
    """What comes, from whom and when."""
    return [(x["holder"], x["kind"], x["item"], x["count"], x["minutes"]) for x in value["lines"]]


def untimed(value: Any) -> Any:
    """A plan but for how long it took, and what it was asked."""
    return {key: v for key, v in value.items() if key not in ("seconds", "closed")}


def close(say: Officer, start: str, *more: str) -> str:
    """Close the road from a unit to the incident; the id of that driving time."""
    return say.add("drive", f"from={start}", f"to={Stage.INCIDENT}", "closed=yes", "source=交通台", *more)


def test_nobody_is_sent_over_a_closed_road_and_the_plan_says_who_closed_it(flood: Officer) -> None:
    before = plan(flood)
    assert Stage.DRAINERS in holders(before)
    close(flood, Stage.DRAINERS)
    value = plan(flood)
    assert Stage.DRAINERS not in holders(value)
    # Others bring the people: the nearer is named with its reason. Nobody else has pumps.
    assert need(value, "people")["short"] == 0
    for what in ("people", "drainage"):
        one = passed(value, what, Stage.DRAINERS)
        assert (one["why"], one["source"], one["minutes"]) == ("closed", "交通台", None)
    assert need(value, "drainage")["short"] == 1000
    assert need(value, "drainage")["smallest_change"] == {
        "what": "closed", "holders": [Stage.DRAINERS], "still_short": 0,
    }  # fmt: skip
    assert value["times"] == before["times"]
    said = flood.done("plan", "callup", Stage.INCIDENT).out
    assert f"{Stage.DRAINERS} 房山排水一队, no way: the road is closed: 交通台" in said
    assert f"{Stage.DRAINERS} would meet it: the road is closed" in said


def test_a_team_kept_back_that_has_no_way_either_would_not_help(flood: Officer) -> None:
    flood.done("duty", "report", Stage.DRAINERS, "--readiness", "standby", "--headcount", "20")
    assert need(plan(flood), "drainage")["smallest_change"]["what"] == "standby"
    close(flood, Stage.DRAINERS)
    value = plan(flood)
    assert need(value, "drainage")["smallest_change"]["what"] == "none"
    assert passed(value, "drainage", Stage.DRAINERS)["why"] == "standby"


def test_a_closed_road_counts_until_its_time_or_until_it_is_opened(flood: Officer) -> None:
    before = plan(flood)
    one = close(flood, Stage.DRAINERS, "until=2026-07-31T09:00:00+08:00")
    assert Stage.DRAINERS not in holders(plan(flood))
    flood.done("drive", "set", one, "until=2026-07-31T08:00:00+08:00")
    assert untimed(plan(flood)) == untimed(before)
    flood.done("drive", "set", one, "until=", "minutes=5")
    assert Stage.DRAINERS not in holders(plan(flood))
    flood.done("drive", "set", one, "until=2026-07-31T08:00:00+08:00")
    open_again = plan(flood)
    flood.done("drive", "set", one, "until=", "closed=no")
    assert untimed(plan(flood)) == untimed(open_again)
    assert {line["minutes"] for line in plan(flood)["lines"] if line["holder"] == Stage.DRAINERS} == {5}


def test_a_road_that_was_closed_without_minutes_is_opened_as_it_was_closed(flood: Officer) -> None:
    before = plan(flood)
    one = close(flood, Stage.DRAINERS, "until=2026-07-31T18:00:00+08:00", "source=交管局")
    assert Stage.DRAINERS not in holders(plan(flood))
    flood.done("drive", "set", one, "closed=no")
    assert untimed(plan(flood)) == untimed(before)
    flood.done("drive", "set", one, "closed=yes")
    assert Stage.DRAINERS not in holders(plan(flood))
    assert "give minutes" in flood.refused(2, "drive", "set", one, "closed=")


def test_one_road_has_one_driving_time_however_its_ends_are_named(flood: Officer) -> None:
    one = close(flood, Stage.DRAINERS, "until=2026-07-31T18:00:00+08:00")
    for start, end in (
        (Stage.DRAINERS, Stage.INCIDENT),
        ("房山排水一队", "39.74,115.99"),
        ("39.74,116.00", "房山暴雨洪水"),
    ):
        said = flood.refused(2, "drive", "add", f"from={start}", f"to={end}", "closed=yes", "source=二报")
        assert f"{one} says already" in said and f"emergency drive set {one} closed=yes source=二报" in said
    flood.done("drive", "set", one, "closed=no")
    assert Stage.DRAINERS in holders(plan(flood))
    # The way back is another road; and what has run out, or is retired, says nothing any more.
    flood.add("drive", f"from={Stage.INCIDENT}", f"to={Stage.DRAINERS}", "minutes=20")
    flood.at("18:01")
    other = close(flood, Stage.DRAINERS, "minutes=25", "until=2026-07-31T19:00:00+08:00")
    flood.at("19:01")
    # Its minutes count again, so it is still what is known of the road.
    assert other in flood.refused(
        2, "drive", "add", f"from={Stage.DRAINERS}", f"to={Stage.INCIDENT}", "minutes=30"
    )
    flood.done("drive", "retire", other, "--reason", "误报")
    close(flood, Stage.DRAINERS)


def test_an_end_that_is_nowhere_is_said_at_once(flood: Officer) -> None:
    said = flood.done("drive", "add", "from=无此队", f"to={Stage.INCIDENT}", "closed=yes").err
    assert "nobody knows where '无此队' is" in said
    assert flood.done("drive", "add", f"from={Stage.RESCUERS}", f"to={Stage.INCIDENT}", "minutes=9").err == ""
    assert "already" in flood.refused(2, "drive", "add", "from=无此队", f"to={Stage.INCIDENT}", "minutes=9")


def test_the_other_way_is_a_road_of_its_own(flood: Officer) -> None:
    before = plan(flood)
    flood.done("drive", "add", f"from={Stage.INCIDENT}", f"to={Stage.DRAINERS}", "closed=yes")
    assert untimed(plan(flood)) == untimed(before)


def test_a_driving_time_says_how_long_or_closed(flood: Officer) -> None:
    assert "closed=yes" in flood.refused(2, "drive", "add", "from=39.7,116.1", "to=39.8,116.2")


def test_closed_ends_that_nobody_knows_are_said(flood: Officer) -> None:
    flood.done("drive", "add", "from=无此队", f"to={Stage.INCIDENT}", "closed=yes")
    assert plan(flood)["unknown_places"] == ["无此队"]
    assert "无此队" in flood.done("plan", "callup", Stage.INCIDENT).out


def test_what_if_a_road_is_cut_writes_nothing(flood: Officer) -> None:
    entries = flood.entries()
    value = plan(flood, "--closed", "房山排水一队", Stage.INCIDENT, "--closed", Stage.DEPOT, "39.74,115.99")
    assert holders(value) == {Stage.RESCUERS}
    assert value["closed"] == [["房山排水一队", Stage.INCIDENT], [Stage.DEPOT, "39.74,115.99"]]
    assert passed(value, "drainage", Stage.DRAINERS)["source"] == "assumed for this plan"
    assert flood.entries() == entries
    assert Stage.DRAINERS in holders(plan(flood))
    assert "no place" in flood.refused(
        3, "plan", "callup", Stage.INCIDENT, "--closed", "BJ-9999", Stage.INCIDENT
    )


def test_planning_again_over_drafts_changes_only_what_the_road_forces(flood: Officer) -> None:
    first = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json
    by_team = {order["team"] or order["depot"]: order for order in first["orders"]}
    assert set(by_team) == {Stage.DRAINERS, Stage.DEPOT}
    again = flood.done(
        "plan", "callup", Stage.INCIDENT, "--closed", Stage.DRAINERS, Stage.INCIDENT, "--issue", "--json"
    ).json
    assert len(again["issued"]["kept"]) == 1 and len(again["issued"]["cancelled"]) == 1
    assert holders(again) == {Stage.RESCUERS, Stage.DEPOT}


def test_candidates_behind_a_closed_road_come_last_and_say_so(flood: Officer) -> None:
    def found() -> Any:
        return flood.done("need", "candidates", Stage.INCIDENT, "people", "--json").json

    assert [c["id"] for c in found()] == [Stage.DRAINERS, Stage.RESCUERS]
    close(flood, Stage.DRAINERS)
    last = found()[-1]
    assert (last["id"], last["minutes"]) == (Stage.DRAINERS, None)
    assert last["remarks"] == ["the road is closed: 交通台"]


def test_a_team_with_no_way_does_not_move_up(flood: Officer) -> None:
    for name in ("甲", "乙"):
        flood.add("team", f"name=救援{name}队", "region=110111", "strength=9", "at=39.60,115.80", "type=救援")
        flood.done("duty", "report", f"救援{name}队", "--readiness", "ready", "--headcount", "9")
    flood.done("incident", "need", Stage.INCIDENT, "people>=20", "--by", "90min")
    moves = [one for one in plan(flood)["cover_lost"] if one["type"] == "救援"]
    assert moves and all(one["nearest"] and one["minutes"] for one in moves)
    for one in moves:
        flood.done("drive", "add", "from=39.60,115.80", f"to={one['region']}", "closed=yes")
    cut = [one for one in plan(flood)["cover_lost"] if one["type"] == "救援"]
    assert [(one["nearest"], one["minutes"]) for one in cut] == [("", None)] * len(moves)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shut=st.sets(st.sampled_from(UNITS)),
    idle=st.sets(st.sampled_from(UNITS)),
    style=st.sampled_from(("fast", "few")),
)
def test_no_plan_uses_what_is_closed_and_nothing_else_changes(
    flood: Officer, shut: set[str], idle: set[str], style: str
) -> None:
    # Roads between places where nothing is offered and nothing is wanted change nothing.
    elsewhere = [(Stage.INCIDENT, unit) for unit in sorted(idle)]
    with Store(str(flood.store)) as store:

        def planned(closed: list[tuple[str, str]]) -> Any:
            return untimed(
                callplanjson.plain(
                    callplan.plan(store, [Stage.INCIDENT], Travel(store, closed=closed), style=style)
                )
            )

        value = planned([*((unit, Stage.INCIDENT) for unit in sorted(shut)), *elsewhere])
        assert not holders(value) & shut
        if not shut & holders(planned([])):
            assert sends(value) == sends(planned([]))
        if not shut:
            assert value == planned([])


def test_a_sheet_of_closed_roads_is_taken_in(flood: Officer) -> None:
    sheet = flood.store.parent / "roads.csv"
    sheet.write_text(
        "起点,终点,分钟,是否封路,预计恢复时间,来源\n"
        f"{Stage.DRAINERS},{Stage.INCIDENT},,是,2026-07-31 12:00,交通台\n"
        f"{Stage.RESCUERS},{Stage.INCIDENT},25,否,,交通台\n",
        encoding="utf-8",
    )
    flood.done("drive", "import", str(sheet))
    value = plan(flood)
    assert Stage.DRAINERS not in holders(value)
    assert {line["minutes"] for line in value["lines"] if line["holder"] == Stage.RESCUERS} == {25}
    sheet.write_text("起点,终点,分钟,来源\n39.7:116.1,39.8:116.2,,交通台\n", encoding="utf-8")
    assert flood("drive", "import", str(sheet)).code != 0


def test_who_closed_a_road_is_told_while_it_is_and_the_minutes_keep_their_source(flood: Officer) -> None:
    one = flood.add("drive", f"from={Stage.DRAINERS}", f"to={Stage.INCIDENT}", "minutes=9", "source=实测")
    flood.done("drive", "set", one, "closed=yes", "closed_by=交管局12号通告")
    assert passed(plan(flood), "drainage", Stage.DRAINERS)["source"] == "交管局12号通告"
    flood.done("drive", "set", one, "closed=no")
    told = {x["source"] for x in plan(flood)["lines"] if x["holder"] == Stage.DRAINERS}
    assert told == {"实测"}
