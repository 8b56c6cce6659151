"""Assemblies: formed, called up whole or not at all, and let go as one."""

from __future__ import annotations

from .conftest import Officer, Stage

FORM = ("assembly", "form", "泵一组", "--incident", Stage.INCIDENT, "--leader", "王强")


def formed(desk: Officer) -> str:
    done = desk.done(*FORM, "--team", Stage.DRAINERS, "--team", Stage.RESCUERS, "--json")
    return str(done.json["id"])


def test_teams_are_called_up_and_let_go_as_one(desk: Officer) -> None:
    id_ = formed(desk)
    row = desk.show("assembly", "泵一组")
    assert (row["kind"], row["leader"], row["teams"]) == (
        "task_force",
        "王强",
        f"{Stage.DRAINERS};{Stage.RESCUERS}",
    )
    orders = desk.done("assembly", "call", id_, "--by", "2h", "--report-to", "河北镇", "--json").json[
        "orders"
    ]
    assert len(orders) == 2
    assert "泵一组: 王强" in str(desk.show("callup", orders[0]))
    for order in orders:
        for step in ("ack", "accept", "depart"):
            desk.done("callup", step, order)
    desk.done("callup", "arrive", orders[0])
    desk.done("assembly", "release", "泵一组")
    assert [desk.state(f"{o}/1") for o in orders] == ["released", "released"]


def test_one_team_that_cannot_come_holds_all_of_it_back(desk: Officer) -> None:
    formed(desk)
    desk.issue("--incident", Stage.INCIDENT, "--team", Stage.RESCUERS, "--by", "2h")
    said = desk.refused(4, "assembly", "call", "泵一组", "--by", "2h")
    assert Stage.RESCUERS in said


def test_it_is_not_called_up_twice(desk: Officer) -> None:
    formed(desk)
    desk.done("assembly", "call", "泵一组", "--by", "2h")
    assert "called up already" in desk.refused(1, "assembly", "call", "泵一组", "--by", "2h")


def test_what_is_no_assembly_is_refused(desk: Officer) -> None:
    assert "at least two" in desk.refused(2, *FORM, "--team", Stage.DRAINERS)
    assert "twice" in desk.refused(2, *FORM, "--team", Stage.DRAINERS, "--team", Stage.DRAINERS)
    desk.refused(3, *FORM, "--team", Stage.DRAINERS, "--team", "nobody")
    formed(desk)
    assert "has not been called up" in desk.refused(1, "assembly", "release", "泵一组")


def test_like_teams_are_a_strike_team(desk: Officer) -> None:
    other = desk.add("team", "name=大兴排水队", "region=110115", "strength=9", "type=排水")
    desk.done(*FORM, "--team", Stage.DRAINERS, "--team", other)
    assert desk.show("assembly", "泵一组")["kind"] == "strike_team"
