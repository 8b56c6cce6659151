"""Double booking and who goes first: rows 1, 2, 5, 6 and 13 of the table of cases, by hub and by stick."""

from __future__ import annotations

from .conftest import Stage
from .meetings import Post, World

BIG, SMALL, INCIDENT = Stage.BIG, Stage.SMALL, Stage.INCIDENT
CONTEST = f"equipment:{BIG}"


def flood(bj: Post) -> str:
    """An incident of the city's own; its id."""
    words = ("--scenario", "flood", "--level", "I", "--region", "110109")
    return str(bj.done("incident", "open", "门头沟山洪", *words, "--json").json["id"])


def both_ordered(world: World) -> tuple[Post, str, str]:
    """(BJ, its order, FT's order) for one truck, made apart."""
    bj = world.post("BJ")
    mine = world.ft.issue("--incident", INCIDENT, "--equipment", BIG, "--approver", "张主任")
    world.clock.later(5)
    words = ("--approver", "李局长", "--basis", "EREL-73")
    return bj, bj.issue("--incident", flood(bj), "--equipment", BIG, *words), mine


def test_case_01_the_second_is_refused_and_sees_the_first(world: World) -> None:
    bj = world.post("BJ")
    order = world.ft.issue("--incident", INCIDENT, "--equipment", BIG, "--approver", "张主任")
    said = world.ft.refused(4, "callup", "issue", "--incident", INCIDENT, "--equipment", "京A00001")
    assert order in said and "2026-07-31T08:0" in said and "张主任" in said
    world.meet(world.ft, bj)
    said = bj.refused(4, "callup", "issue", "--incident", flood(bj), "--equipment", BIG)
    assert order in said and "2026-07-31T08:0" in said and "张主任" in said


def test_case_02_a_truck_ordered_by_two_is_contested_on_both_and_settled_on_both(world: World) -> None:
    bj, theirs, mine = both_ordered(world)
    assert world.ft.conflicts() == bj.conflicts() == []
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert post.conflicts() == [CONTEST]
    shown = world.ft.show("conflict", CONTEST)
    assert shown == bj.show("conflict", CONTEST)
    assert [side["order"] for side in shown["claims"]] == [theirs, mine]
    assert [ranked["line"] for ranked in shown["advice"]] == [f"{theirs}/1", f"{mine}/1"]
    world.ft.done("conflict", "resolve", CONTEST, "--keep", mine, "--why", "已在途")
    (lost,) = world.hand(world.ft, bj)["taken"]
    assert (lost["line"], lost["step"], lost["by"], lost["station"]) == (
        f"{theirs}/1", "settle", f"{mine}/1", "FT")  # fmt: skip
    for post in (world.ft, bj):
        assert post.conflicts() == []
        assert (post.state(f"{mine}/1"), post.state(f"{theirs}/1")) == ("issued", "superseded")
        (decided,) = post.done("conflict", "list", "--settled", "--json").json
        assert (decided["kept"], decided["lost"], decided["why"]) == (f"{mine}/1", [f"{theirs}/1"], "已在途")
        post.sound()


def test_case_05_a_superior_takes_over_and_the_district_sees_its_gap(world: World) -> None:
    world.ft.done("incident", "need", INCIDENT, "drainage>=6000m3/h")
    order = world.ft.issue("--incident", INCIDENT, "--equipment", BIG)
    world.ft.done("callup", "accept", order)
    bj = world.post("BJ")
    taking = ("callup", "issue", "--incident", flood(bj), "--equipment", BIG)
    assert "--basis" in bj.refused(4, *taking)
    given = bj.done(*taking, "--basis", "EREL-73", "--override", "市级统一调度", "--json")
    assert f"{order}/1 loses {BIG}" in given.err
    (lost,) = world.hand(bj, world.ft)["taken"]
    assert lost == {"line": f"{order}/1", "step": "supersede", "thing": BIG, "by": given.json["id"],
                    "station": "BJ", "free": [SMALL]}  # fmt: skip
    assert world.hand(world.ft, bj)["taken"] == []
    for post in (world.ft, bj):
        assert post.state(f"{order}/1") == "superseded"
        assert post.show("equipment", BIG)["claimed_by"] == [f"{given.json['id']}/1"]
        assert post.conflicts() == []
        (short,) = [n for i in post.done("board", "--json").json["incidents"] for n in i["needs"]]
        assert (short["incident"], short["asked"], short["short"]) == (INCIDENT, 0, 6000)
    # What the superior has is not taken back from below.
    world.ft.refused(4, "callup", "issue", "--incident", INCIDENT, "--equipment", BIG, "--basis", "EREL-73",
                     "--override", "本区急需")  # fmt: skip


def test_case_06_what_was_checked_in_elsewhere_makes_the_order_a_task(world: World) -> None:
    bj = world.post("BJ")
    there = flood(bj)
    order = world.ft.issue("--incident", INCIDENT, "--equipment", BIG)
    bj.done("equipment", "check-in", BIG, "--incident", there)
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        shown = post.show("equipment", BIG)
        assert (shown["custody"], shown["custodian"]) == ("at_incident", there)
        (task,) = post.done("conflict", "list", "--json").json
        assert (task["id"], task["sides"]) == (f"{CONTEST}:held", [there, f"{order}/1"])
    said = world.ft.show("conflict", BIG)["commands"]
    assert f"emergency callup supersede {order}/1 --incident {there}" in said
    new = world.ft.done("callup", "supersede", f"{order}/1", "--incident", there, "--json").json["id"]
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert post.conflicts() == []
        assert post.state(f"{new}/1") == "issued" and post.state(f"{order}/1") == "superseded"


def test_case_06_seen_elsewhere_by_who_knew_the_order(world: World) -> None:
    order = world.ft.issue("--incident", INCIDENT, "--equipment", BIG)
    bj = world.post("BJ")
    bj.done("equipment", "check-in", BIG, "--incident", flood(bj))
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        (task,) = post.done("conflict", "list", "--json").json
        assert (task["id"], task["sides"]) == (f"{order}/1", ["seen-elsewhere"])
        assert [line["id"] for line in post.done("board", "--json").json["flagged"]] == [f"{order}/1"]


def test_case_13_an_incident_takes_what_was_held_for_a_plan(world: World) -> None:
    hold = world.ft.issue("--kind", "preposition", "--equipment", BIG, "--report-to", "长阳")
    bj = world.post("BJ")
    given = bj.done("callup", "issue", "--incident", flood(bj), "--equipment", BIG, "--json")
    assert f"{hold}/1 loses {BIG}" in given.err and f"free instead: {SMALL}" in given.err
    (lost,) = world.hand(bj, world.ft)["taken"]
    assert (lost["line"], lost["thing"], lost["by"], lost["free"]) == (
        f"{hold}/1", BIG, given.json["id"], [SMALL])  # fmt: skip
    for post in (world.ft, bj):
        (line,) = post.show("callup", hold)["lines"]
        assert (line["state"], post.conflicts()) == ("superseded", [])
        assert given.json["id"] in post.done("callup", "show", hold).out


def test_case_13_held_and_called_up_apart_is_for_a_person_and_the_call_up_is_advised(world: World) -> None:
    bj = world.post("BJ")
    hold = world.ft.issue("--kind", "preposition", "--equipment", BIG, "--report-to", "长阳")
    order = bj.issue("--incident", flood(bj), "--equipment", BIG)
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert post.conflicts() == [CONTEST]
        best = post.show("conflict", CONTEST)["advice"][0]
        assert best["line"] == f"{order}/1"
    world.ft.done("conflict", "resolve", CONTEST, "--keep", order, "--why", "险情优先")
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert (post.conflicts(), post.state(f"{hold}/1")) == ([], "superseded")
