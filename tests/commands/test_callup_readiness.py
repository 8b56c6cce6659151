"""`plan callup` asks computed readiness: what nobody can vouch for is not called, and what is short says so."""

from __future__ import annotations

import pathlib
import shutil
import tempfile
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.commands import callplan, callplanjson
from emergency.store import holdings, times
from emergency.store.store import Store
from emergency.store.travel import Travel

from .conftest import NOW, Officer, Stage
from .test_plan_callup import flood, need, plan, sent
from .test_standard import taken

__all__ = ["flood"]
LATER = "2026-09-15T08:00:00+08:00"


def aged(say: Officer) -> None:
    """It is September: nobody has told anything of the equipment since July, and the teams report anew."""
    say.at(LATER)
    for team, people in ((Stage.DRAINERS, "20"), (Stage.RESCUERS, "12")):
        say.done("duty", "report", team, "--readiness", "ready", "--headcount", people)


def test_a_stale_register_keeps_equipment_back_with_its_figure_and_people_come(flood: Officer) -> None:
    aged(flood)
    value = plan(flood)
    assert sent(value, "equipment") == {}
    assert sum(sent(value, "people").values()) == 24
    (passed,) = need(value, "drainage")["passed_over"]
    assert (passed["holder"], passed["why"], passed["counts_as"]) == (Stage.DRAINERS, "register", "stale")
    (held,) = passed["held_back"]
    assert (held["dimension"], held["state"], held["figure"], held["required"]) == (
        "transport",
        "stale",
        2,
        2,
    )
    assert need(value, "drainage")["smallest_change"] == {
        "what": "register", "holders": [Stage.DRAINERS], "still_short": 0,
    }  # fmt: skip
    said = flood.done("plan", "callup", Stage.INCIDENT).out
    assert "its register is stale (transport 2/2, 46 d ago)" in said
    # Somebody looks at the equipment: it may be called again.
    flood.done("equipment", "set", Stage.SMALL, "serviceability=serviceable")
    assert sent(plan(flood), "equipment") != {}


def test_a_unit_that_is_short_of_a_qualification_alone_is_told_so(flood: Officer) -> None:
    flood.done("equipment", "set", Stage.SMALL, "licence=泵站操作证")
    said = flood.done("plan", "callup", Stage.INCIDENT).out
    assert "short: people 20/20 qualifications" in said


def test_an_override_calls_it_all_the_same_says_so_and_is_recorded(flood: Officer) -> None:
    aged(flood)
    done = flood.done("plan", "callup", Stage.INCIDENT, "--override", "堤坝将溃", "--issue", "--json").json
    (line,) = [line for line in done["lines"] if line["kind"] == "equipment"]
    assert line["past"] == ["register"] and line["counts_as"] == "stale"
    orders = [flood.show("callup", order) for order in done["issued"]["new"]]
    assert {order["override"] for order in orders} == {"堤坝将溃"}
    assert "by override: its register is stale" in flood.done(
        "plan", "callup", Stage.INCIDENT, "--override", "堤坝将溃"
    ).out  # fmt: skip


def test_an_override_calls_a_team_whose_report_is_stale_and_says_so(flood: Officer) -> None:
    flood.at("2026-08-01T08:30:00+08:00")
    value = plan(flood, "--override", "险情")
    assert {tuple(line["past"]) for line in value["lines"] if line["kind"] == "people"} == {("stale",)}
    # What a team said of itself is no override's to undo.
    flood.done("duty", "report", Stage.DRAINERS, "--readiness", "off", "--headcount", "20")
    assert Stage.DRAINERS not in {line["holder"] for line in plan(flood, "--override", "险情")["lines"]}


def test_an_inspection_that_has_run_out_keeps_a_thing_back(flood: Officer) -> None:
    flood.done("equipment", "set", Stage.BIG, "inspection_until=2026-07-30")
    value = plan(flood)
    assert [line["equipment"] for line in value["lines"] if line["kind"] == "equipment"] == [[Stage.SMALL]]
    assert need(value, "drainage")["smallest_change"]["what"] == "lapsed"
    (line,) = [line for line in plan(flood, "--override", "险情")["lines"] if Stage.BIG in line["equipment"]]
    assert line["past"] == ["lapsed"]
    # Until the end of its last day it holds.
    flood.done("equipment", "set", Stage.BIG, "inspection_until=2026-07")
    assert plan(flood)["lines"][0]["past"] == []
    assert need(plan(flood), "drainage")["short"] == 0


def test_a_team_that_is_short_is_called_and_says_of_what(flood: Officer) -> None:
    taken(flood)
    value = plan(flood)
    lines = [line for line in value["lines"] if line["holder"] == Stage.DRAINERS]
    computed = flood.done("team", "readiness", Stage.DRAINERS, "--json").json[0]
    assert computed["overall"] == "short"
    for line in lines:
        assert line["counts_as"] == "short"
        told = {d["dimension"]: (d["figure"], d["required"]) for d in line["held_back"]}
        assert told == {
            name: (d["figure"], d["required"])
            for name, d in computed["dimensions"].items()
            if d["state"] not in ("ready", "unasked")
        }
    assert "✗ short: " in flood.done("plan", "callup", Stage.INCIDENT).out
    strict = plan(flood, "--complete")
    assert Stage.DRAINERS not in {line["holder"] for line in strict["lines"]}
    assert "short" in {p["why"] for p in need(strict, "drainage")["passed_over"]}
    assert need(strict, "drainage")["smallest_change"]["what"] == "short"


# -- every plan obeys its rules -----------------------------------------------------------------------


class Team(NamedTuple):
    """A team of a made-up store: what it said, how long ago in hours, and its pump."""

    readiness: str | None
    ago: int
    headcount: int | None
    floor: int
    #: Whether it has a pump; whether anything was told of its register lately; until when it is inspected.
    pump: bool
    fresh: bool
    inspected: str | None


TEAMS = st.lists(
    st.builds(
        Team, st.sampled_from(["ready"] * 5 + ["standby", "off", "unavailable", None]),
        st.sampled_from([1, 11, 11, 13]), st.sampled_from([0, 6, 9, 9, None]), st.sampled_from([0, 4]),
        st.booleans(), st.booleans(), st.sampled_from([None, "2026-09-15", "2026", "2026-09-14"]),
    ),
    min_size=3, max_size=6,
)  # fmt: skip


def made_up(path: str, teams: list[Team], patch: pytest.MonkeyPatch) -> str:
    """Write the teams down, those of stale registers in July, and now it is September; the id of an incident that wants it all."""
    now = times.parse_time(LATER, 0)
    for fresh in (False, True):
        patch.setenv("EMERGENCY_NOW", LATER if fresh else NOW)
        with Store(path) as store, store.write("made up") as writer:
            for n, team in enumerate(teams):
                if team.fresh == fresh:
                    values: dict[str, Any] = {
                        "name": f"队{n}", "region": "110111", "at": f"{39_740_000 + n},116000000", "floor": team.floor,
                        "strength": 9, "readiness": team.readiness, "headcount": team.headcount,
                        "reported_at": now - team.ago * times.HOUR if team.readiness else None,
                    }  # fmt: skip
                    writer.new("team", values, f"T{n}")
                    if team.pump:
                        writer.new(
                            "equipment",
                            {"name": "泵", "kind": "mobile-pump", "team": f"T{n}", "drainage": 1000,
                             "inspection_until": team.inspected}, f"P{n}",
                        )  # fmt: skip
    with Store(path) as store, store.write("made up") as writer:
        incident = writer.new(
            "incident",
            {
                "title": "x",
                "scenario": "flood",
                "level": "II",
                "region": "110111",
                "at": "39740000,115990000",
            },
        )
        for what, amount in (("drainage", 9_000), ("people", 30)):
            writer.new("need", {"incident": incident, "what": what, "amount": amount * 1000})
    return incident


def lawful(team: Team, kind: str) -> bool:
    """Whether a plan may call people, or the pump, of a team that no override speaks for."""
    vouched = team.readiness == "ready" and team.ago <= 12 and team.headcount is not None
    if kind == "people":
        return vouched
    return vouched and team.pump and team.fresh and team.inspected != "2026-09-14"


@given(teams=TEAMS, override=st.sampled_from(["", "险情"]))
@settings(max_examples=40)
def test_every_plan_obeys_its_rules_of_readiness_and_passes_nothing_over_in_silence(
    template: pathlib.Path, teams: list[Team], override: str
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for file in template.iterdir():
            shutil.copy2(file, pathlib.Path(folder) / file.name)
        path = str(pathlib.Path(folder) / "station.db")
        incident = made_up(path, teams, patch)
        with Store(path) as store:
            value = callplanjson.plain(
                callplan.plan(store, [incident], Travel(store), style="balanced", override=override)
            )
            # What is asked first is what computed readiness goes by.
            assert holdings.told(store) == holdings.holdings(store, (), "", ()).told
            some = [f"T{n}" for n in range(len(teams)) if n % 2]
            found = holdings.told(store, some)
            assert not some or found == {t: at for t, at in holdings.told(store).items() if t in some}
    wanted = {n["what"]: n for n in value["incidents"][0]["needs"]}
    for line in value["lines"]:
        team = teams[int(line["holder"][1:])]
        assert team.readiness == "ready"
        if not lawful(team, line["kind"]):
            assert override and line["past"], line
        elif line["past"]:
            raise AssertionError(line)
        assert (line["counts_as"] == "ready") == (line["held_back"] == [])
    # What may be called is, since more is wanted than there is.
    pumps = [n for n, team in enumerate(teams) if lawful(team, "equipment")]
    people = [max(0, (t.headcount or 0) - t.floor) for t in teams if lawful(t, "people")]
    if not override:
        assert sorted(sent(value, "equipment")) == [f"T{n}" for n in pumps]
        assert sum(sent(value, "people").values()) == min(30, sum(people))
        # Whoever is left out is named with why, and computed reasons with their figures.
        left = {f"T{n}" for n, t in enumerate(teams) if t.pump and not lawful(t, "equipment")}
        passed = wanted["drainage"]["passed_over"]
        assert {p["holder"] for p in passed} == left or len(passed) == callplan.PASSED
        for p in passed:
            if p["why"] in ("stale", "uncounted", "register"):
                assert p["held_back"], p
