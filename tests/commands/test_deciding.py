"""Deciding conflicts: what a person settles, sets or merges, and what comes of it at both stations (row F7)."""

from __future__ import annotations

import pytest

from .apart import (
    BIG,
    BJ_INCIDENT,
    CONTEST,
    FT_INCIDENT,
    TEAM,
    AtStore,
    Pair,
    apart,
    entries,
    ids,
    pair,
    told,
)
from .conftest import Officer, Stage

__all__ = ["apart"]


# -- resolve: claims --------------------------------------------------------------------------------


def test_a_decision_ends_the_other_claim_and_both_stay_on_record(apart: Pair) -> None:
    apart.carry()
    done = apart.ft.done("conflict", "resolve", CONTEST, "--keep", "BJ-2", "--why", "有人被困", "--json").json
    assert (done["kept"], done["lost"]) == ("BJ-2/1", ["FT-8/1"])
    apart.carry()
    for officer in apart:
        assert ids(officer) == []
        assert officer.state("FT-8/1") == "superseded"
        assert officer.show("equipment", BIG)["claimed_by"] == ["BJ-2/1"]
        (decided,) = officer.done("conflict", "list", "--settled", "--json").json
        assert {k: decided[k] for k in ("thing", "kept", "lost", "who", "station", "why", "at")} == {
            "thing": CONTEST,
            "kept": "BJ-2/1",
            "lost": ["FT-8/1"],
            "who": "王小明",
            "station": "FT",
            "why": "有人被困",
            "at": "2026-07-31T08:05:00+08:00",
        }
        shown = told(officer)
        assert shown["kind"] == "settled" and len(shown["claims"]) == 2 and shown["commands"] == []
        last = officer.show("callup", "FT-8")["lines"][0]["steps"][-1]
        assert (last["step"], last["who"], last["note"]) == ("settle", "王小明", "有人被困")
        assert "有人被困" in officer.done("callup", "show", "FT-8").out
        for noun, which in (("equipment", BIG), ("callup", "FT-8"), ("callup", "BJ-2")):
            events = officer.done(noun, "history", which, "--json").json
            assert [e["values"]["kept"] for e in events if e["what"] == "settle"] == ["BJ-2/1"]


def test_the_shortfall_returns_and_is_said(apart: Pair) -> None:
    apart.ft.done("callup", "accept", "FT-8")
    apart.carry()
    said = apart.bj.done("conflict", "resolve", CONTEST, "--keep", "BJ-2", "--why", "x").err
    assert "1000 m3/h -> 6000 m3/h" in said
    apart.carry()
    assert apart.ft.done("need", "board", FT_INCIDENT, "--json").json[0]["short"] == 6000


def test_what_is_no_side_or_has_no_reason_is_refused(apart: Pair) -> None:
    apart.carry()
    resolve = ("conflict", "resolve", CONTEST, "--keep")
    assert "FT-8/1" in apart.ft.refused(3, *resolve, "FT-99", "--why", "x")
    assert "--why" in apart.ft.refused(2, *resolve, "FT-8")
    apart.ft.refused(2, *resolve, "FT-8", "--why", "  ")
    apart.ft.refused(3, *resolve, "\x1b[31mFT-8", "--why", "x")
    assert ids(apart.ft) == [CONTEST]


def test_a_decision_against_the_advice_is_written_and_says_so(apart: Pair) -> None:
    apart.carry()
    assert "BJ-2/1" in apart.ft.done("conflict", "resolve", CONTEST, "--keep", "FT-8", "--why", "x").err


def test_settled_twice_alike_is_once_and_otherwise_is_refused(apart: Pair) -> None:
    apart.carry()
    apart.ft.done("conflict", "resolve", CONTEST, "--keep", "BJ-2", "--why", "有人被困")
    before = apart.ft.entries()
    again = apart.ft.done("conflict", "resolve", CONTEST, "--keep", "BJ-2/1", "--why", "y")
    assert "王小明" in again.out and "有人被困" in again.out
    assert apart.ft.entries() == before
    assert "有人被困" in apart.ft.refused(4, "conflict", "resolve", BIG, "--keep", "FT-8", "--why", "y")


def test_nobody_may_keep_it(apart: Pair) -> None:
    apart.carry()
    apart.ft.done("conflict", "resolve", CONTEST, "--keep", "none", "--why", "雨停了")
    assert apart.ft.show("equipment", BIG)["claimed_by"] == []
    assert [apart.ft.state(line) for line in ("FT-8/1", "BJ-2/1")] == ["superseded", "superseded"]
    assert ids(apart.ft) == []


def test_a_claim_that_nobody_had_heard_of_outlives_a_decision(apart: Pair) -> None:
    """A settlement ends what it names: a third order made apart stands against the one that was kept."""
    third = apart.ft.store.parent / "hd"
    from emergency.store.creating import create
    from tests.store.stations import visit

    create(str(third / "s.db"), station="HD", region="110108", name="海淀", who="赵").close()
    hd = AtStore(apart.ft, third / "s.db")
    visit(str(hd.store), entries(apart.ft.store)[:-1])
    hd.issue("--incident", FT_INCIDENT, "--equipment", BIG)
    apart.carry()
    apart.ft.done("conflict", "resolve", CONTEST, "--keep", "FT-8", "--why", "x")
    visit(str(apart.ft.store), entries(hd.store))
    shown = told(apart.ft)
    assert (shown["kind"], shown["sides"]) == ("claim", ["FT-8/1", "HD-1/1"])
    assert [d["kept"] for d in shown["decided"]] == ["FT-8/1"]
    apart.ft.done("conflict", "resolve", CONTEST, "--keep", "HD-1", "--why", "y")
    assert apart.ft.show("equipment", BIG)["claimed_by"] == ["HD-1/1"]
    assert ids(apart.ft) == []


def test_a_whole_team_is_contested_like_a_thing(desk: Officer) -> None:
    apart = pair(desk)
    apart.ft.issue("--incident", FT_INCIDENT, "--team", TEAM)
    apart.bj.issue("--incident", BJ_INCIDENT, "--team", TEAM)
    apart.carry()
    assert ids(apart.ft) == [f"team:{TEAM}"]
    apart.bj.done("conflict", "resolve", "房山排水一队", "--keep", "FT-7", "--why", "x")
    assert apart.bj.state("BJ-2/1") == "superseded"


# -- settled apart ----------------------------------------------------------------------------------


@pytest.fixture
def settled_apart(apart: Pair) -> Pair:
    """Each station settled the contest for itself, not knowing of the other's decision."""
    apart.carry()
    apart.ft.done("conflict", "resolve", CONTEST, "--keep", "FT-8", "--why", "近")
    apart.bj.done("conflict", "resolve", CONTEST, "--keep", "BJ-2", "--why", "有人被困")
    apart.carry()
    return apart


def test_two_decisions_made_apart_leave_it_to_nobody_and_that_is_seen(settled_apart: Pair) -> None:
    for officer in settled_apart:
        assert officer.show("equipment", BIG)["claimed_by"] == []
        (row,) = officer.done("conflict", "list", "--json").json
        assert (row["id"], row["kind"], row["sides"]) == (
            f"{CONTEST}:settled",
            "settled apart",
            ["BJ-2/1", "FT-8/1"],
        )
        shown = told(officer, BIG)
        assert {d["why"] for d in shown["decided"]} == {"近", "有人被困"}
        assert BIG in officer.done("board", "--plain").out.split("Incidents")[0]
        assert officer.done("board", "--json").json["contested"][0]["settled_apart"] is True
    assert told(settled_apart.ft, BIG) == told(settled_apart.bj, BIG)


def test_deciding_again_gives_the_order_anew(settled_apart: Pair) -> None:
    done = settled_apart.bj.done("conflict", "resolve", BIG, "--keep", "FT-8", "--why", "商定", "--json").json
    order = done["order"]
    settled_apart.carry()
    for officer in settled_apart:
        assert ids(officer) == []
        assert officer.show("equipment", BIG)["claimed_by"] == [f"{order}/1"]
        shown = officer.show("callup", order)
        assert (shown["incident"], shown["approver"]) == (FT_INCIDENT, "张主任")
        assert shown["lines"][0]["continues"] == "FT-8/1"
        assert len(officer.done("conflict", "list", "--settled", "--json").json) == 3


@pytest.mark.parametrize("by", ["none", "a new order"])
def test_settled_apart_ends_by_any_act_of_one_who_saw_both(settled_apart: Pair, by: str) -> None:
    if by == "none":
        settled_apart.ft.done("conflict", "resolve", f"{CONTEST}:settled", "--keep", "none", "--why", "x")
    else:
        settled_apart.ft.issue("--incident", FT_INCIDENT, "--equipment", BIG)
    settled_apart.carry()
    assert ids(settled_apart.ft) == ids(settled_apart.bj) == []


def test_the_same_decision_made_apart_is_one(apart: Pair) -> None:
    apart.carry()
    for officer in apart:
        officer.done("conflict", "resolve", CONTEST, "--keep", "FT-8", "--why", "x")
    apart.carry()
    assert ids(apart.ft) == []
    assert apart.bj.show("equipment", BIG)["claimed_by"] == ["FT-8/1"]


# -- what was done stands ---------------------------------------------------------------------------


def test_what_stands_with_the_one_that_lost_it_asks_for_a_person(apart: Pair) -> None:
    for step in ("accept", "depart", "arrive"):
        apart.ft.done("callup", step, "FT-8")
    apart.carry()
    said = apart.bj.done("conflict", "resolve", CONTEST, "--keep", "BJ-2", "--why", "x").err
    assert "FT-8/1 is on scene" in said
    (row,) = apart.bj.done("conflict", "list", "--json").json
    assert (row["id"], row["sides"]) == (f"{CONTEST}:held", ["FT-8", "BJ-2/1"])
    assert "emergency callup depart BJ-2/1" in told(apart.bj, BIG)["commands"]
    apart.bj.refused(1, "conflict", "resolve", BIG, "--keep", "BJ-2", "--why", "x")
    for step in ("accept", "depart"):
        apart.bj.done("callup", step, "BJ-2")
    assert ids(apart.bj) == []


def test_it_arrived_there_while_a_desk_settled_for_the_other(apart: Pair) -> None:
    """The claim is ended, custody is a fact: both stations see where it is."""
    apart.carry()
    apart.bj.done("conflict", "resolve", CONTEST, "--keep", "BJ-2", "--why", "x")
    for step in ("accept", "depart", "arrive"):
        apart.ft.done("callup", step, "FT-8")
    apart.carry()
    for officer in apart:
        assert officer.state("FT-8/1") == "superseded"
        assert officer.show("equipment", BIG)["custodian"] == "FT-8"
        assert ids(officer) == [f"{CONTEST}:held"]


def test_a_decision_is_not_undone(apart: Pair) -> None:
    apart.carry()
    apart.ft.done("conflict", "resolve", CONTEST, "--keep", "FT-8", "--why", "x")
    said = apart.ft.refused(1, "undo")
    assert "not undone" in said and "new order" in said
    assert apart.ft.show("equipment", BIG)["claimed_by"] == ["FT-8/1"]


# -- fields, things registered twice, lines ---------------------------------------------------------


@pytest.fixture
def commanders(desk: Officer) -> Pair:
    """Each station named another commander."""
    both = pair(desk)
    both.ft.done("team", "set", TEAM, "commander=甲", "--why", "排班")
    desk.at("08:05")
    both.bj.done("team", "set", TEAM, "commander=乙")
    both.carry()
    return both


@pytest.mark.parametrize(("keep", "stands"), [("1", "乙"), ("2", "甲"), ("甲", "甲")])
def test_a_field_is_decided_by_value_or_number(commanders: Pair, keep: str, stands: str) -> None:
    id_ = f"team:{TEAM}:commander"
    assert ids(commanders.ft) == [id_]
    shown = told(commanders.ft, "房山排水一队")
    assert [(v["value"], v["who"], v["station"], v["why"]) for v in shown["values"]] == [
        ("乙", "李雁", "BJ", ""),
        ("甲", "王小明", "FT", "排班"),
    ]
    commanders.ft.done("conflict", "resolve", id_, "--keep", keep, "--why", "问过队里")
    commanders.carry()
    for officer in commanders:
        assert ids(officer) == []
        assert officer.show("team", TEAM)["commander"] == stands
    assert commanders.ft.done("team", "history", TEAM, "--json").json[-1]["why"] == "问过队里"
    commanders.ft.refused(1, "undo")


def test_a_value_that_nobody_stated_is_no_side(commanders: Pair) -> None:
    for keep in ("丙", "3", "0"):
        assert "甲" in commanders.ft.refused(
            3, "conflict", "resolve", f"team:{TEAM}:commander", "--keep", keep, "--why", "x"
        )


def test_decided_apart_again_a_field_stays_a_conflict(commanders: Pair) -> None:
    for officer, keep in ((commanders.ft, "甲"), (commanders.bj, "乙")):
        officer.done("conflict", "resolve", TEAM, "--keep", keep, "--why", "x")
    commanders.carry()
    assert ids(commanders.ft) == ids(commanders.bj) == [f"team:{TEAM}:commander"]


def test_case_12_one_thing_registered_twice_is_merged(desk: Officer) -> None:
    twin = desk.add("equipment", "name=大流量泵车", "plate=京A00001")
    id_ = f"equipment:{BIG}={twin}"
    assert ids(desk) == [id_]
    for name in (BIG, twin, "京A00001"):
        assert told(desk, name)["id"] == id_
    desk.refused(3, "conflict", "resolve", id_, "--keep", Stage.SMALL, "--why", "x")
    desk.done("conflict", "resolve", id_, "--keep", BIG, "--why", "同一台车")
    assert ids(desk) == []
    assert desk.show("equipment", twin)["same_as"] == BIG
    # It is a merge like any other, and is taken back like one.
    desk.done("undo")
    assert ids(desk) == [id_]


def test_a_person_in_two_teams_is_no_merge(desk: Officer) -> None:
    members = [
        desk.add("member", "name=张三", f"team={team}", "id_number=110106199001011234")
        for team in (TEAM, Stage.RESCUERS)
    ]
    id_ = f"member:{'='.join(members)}"
    assert ids(desk) == [id_]
    assert "110106199001011234" not in desk.done("conflict", "list").out
    said = desk.refused(1, "conflict", "resolve", id_, "--keep", members[0], "--why", "x")
    assert "show" in said
    desk.done("member", "retire", members[1], "--reason", "x")
    assert ids(desk) == []


def test_a_line_that_asks_names_the_steps_that_answer(desk: Officer) -> None:
    order = desk.issue("--incident", FT_INCIDENT, "--equipment", BIG)
    for step in ("accept", "depart", "recall"):
        desk.done("callup", step, order)
    commands = told(desk, order)["commands"]
    assert f"emergency callup extend {order}/1 --until TIME" in commands
    desk.refused(1, "conflict", "resolve", f"{order}/1", "--keep", order, "--why", "x")
    desk.done("callup", "extend", order, "--until", "20:00")
    desk.refused(3, "conflict", "show", f"{order}/1")
