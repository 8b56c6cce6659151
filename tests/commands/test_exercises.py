"""Drills never mix with the real thing (row E4): what belongs to one says so, and gives way."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Officer, Stage
from .meetings import World

MARK = "EXERCISE 演练"
BIG, SMALL, TEAM, REAL = Stage.BIG, Stage.SMALL, Stage.DRAINERS, Stage.INCIDENT


@pytest.fixture
def drill(desk: Officer) -> str:
    """The id of an open exercise at the stocked desk."""
    said = desk.done(
        "incident", "open", "桌面演练", "--scenario", "flood", "--level", "II", "--region", "110111", "--exercise",
        "--json",
    )  # fmt: skip
    assert said.json["exercise"] is True
    return str(said.json["id"])


def board(desk: Officer, incident: str) -> dict[str, Any]:
    """{what: row} of the needs of one incident."""
    return {row["what"]: row for row in desk.done("need", "board", incident, "--json").json}


def test_every_answer_about_a_drill_is_marked(desk: Officer, drill: str) -> None:
    said = [
        desk.done("incident", "need", drill, "drainage>=9000m3/h"),
        desk.done("callup", "issue", "--incident", drill, "--equipment", BIG, "--ref", "D1"),
        desk.done("callup", "ack", "D1"),
        desk.done("callup", "show", "D1"),
        desk.done("callup", "list", "--incident", drill),
        desk.done("callup", "code", "D1"),
        desk.done("need", "board", drill),
        desk.done("need", "list"),
        desk.done("incident", "show", drill),
        desk.done("incident", "list"),
        desk.done("incident", "log", drill, "开始"),
        desk.done("incident", "level", drill, "I"),
        desk.done("incident", "check-in", drill, BIG, "--anyway"),
        desk.done("board"),
    ]
    assert [n for n, result in enumerate(said) if MARK not in result.out] == []
    assert MARK in desk.done("need", "candidates", drill).err
    assert MARK in desk.done("incident", "propose", drill).err


def test_nothing_real_is_marked(desk: Officer, drill: str) -> None:
    desk.done("incident", "need", REAL, "drainage>=9000m3/h")
    order = desk.issue("--incident", REAL, "--equipment", BIG)
    for words in (("callup", "show", order), ("need", "board", REAL), ("incident", "show", REAL)):
        assert MARK not in desk.done(*words).out
    assert desk.show("callup", order)["exercise"] is None


def test_json_says_so_in_a_field(desk: Officer, drill: str) -> None:
    desk.done("incident", "need", drill, "drainage>=9000m3/h")
    desk.done("incident", "need", REAL, "drainage>=9000m3/h")
    given = desk.done("callup", "issue", "--incident", drill, "--equipment", BIG, "--json").json
    real = desk.done("callup", "issue", "--incident", REAL, "--equipment", SMALL, "--json").json
    assert (given["exercise"], real["exercise"]) == (True, False)
    lines = {row["id"]: row["exercise"] for row in desk.done("callup", "list", "--json").json}
    assert lines == {given["lines"][0]: True, real["lines"][0]: False}
    assert {r["incident"]: r["exercise"] for r in desk.done("need", "board", "--json").json} == {
        drill: True,
        REAL: False,
    }
    assert desk.show("callup", given["id"])["exercise"] == "yes"
    assert {r["incident"]: r["exercise"] for r in desk.done("need", "list", "--json").json} == {
        drill: "yes",
        REAL: None,
    }


def test_a_batch_marks_the_orders_of_a_drill(desk: Officer, drill: str) -> None:
    rows = f"ref,incident,kind,equipment\nA,{drill},callup,{BIG}\nB,{REAL},callup,{SMALL}\n".encode()
    first = desk.done("callup", "batch", "-", stdin=rows).out.splitlines()
    assert MARK in first[0] and MARK not in first[1]
    again = desk.done("callup", "batch", "-", "--json", stdin=rows).ndjson
    assert [row["exercise"] for row in again] == [True, False]


def test_a_drill_covers_no_real_need_and_the_real_no_drill(desk: Officer, drill: str) -> None:
    for incident in (drill, REAL):
        desk.done("incident", "need", incident, "drainage>=6000m3/h")
    desk.done("callup", "issue", "--incident", drill, "--equipment", BIG, "--ref", "D1")
    desk.done("callup", "accept", "D1")
    assert (board(desk, drill)["drainage"]["committed"], board(desk, REAL)["drainage"]["committed"]) == (
        5000,
        0,
    )
    desk.done("callup", "issue", "--incident", REAL, "--equipment", SMALL, "--ref", "R1")
    desk.done("callup", "accept", "R1")
    assert (board(desk, drill)["drainage"]["committed"], board(desk, REAL)["drainage"]["committed"]) == (
        5000,
        1000,
    )


def test_what_a_drill_took_is_away_but_a_real_order_takes_it_over(desk: Officer, drill: str) -> None:
    desk.done("callup", "issue", "--incident", drill, "--equipment", BIG, "--ref", "D1")
    for step in ("accept", "depart", "arrive"):
        desk.done("callup", step, "D1")
    assert BIG not in desk.ids("equipment", "list", "--free")
    assert desk.show("equipment", BIG)["custody"] == "at_incident"
    given = desk.done("callup", "issue", "--incident", REAL, "--equipment", BIG, "--json").json
    (line,) = desk.show("callup", "D1")["lines"]
    assert line["state"] == "superseded" and line["replaced_by"] == given["id"]
    assert any(line["id"] in warning for warning in given["warnings"])
    assert desk.show("equipment", BIG)["claimed_by"] == given["lines"]


def test_people_of_a_drill_come_for_the_real_thing(desk: Officer, drill: str) -> None:
    desk.done("team", "set", TEAM, "strength=20", "floor=4")
    rest = desk.issue("--incident", drill, "--team", TEAM, "--people", "3")
    most = desk.issue("--incident", drill, "--team", TEAM, "--people", "12")
    # There are five at home, and four of them stay; so one of the drills must end, and the larger is enough.
    given = desk.done("callup", "issue", "--incident", REAL, "--team", TEAM, "--people", "10", "--json").json
    assert any(f"{most}/1" in warning for warning in given["warnings"])
    states = {order: desk.show("callup", order)["lines"][0]["state"] for order in (rest, most)}
    assert states == {rest: "issued", most: "superseded"}
    assert desk.show("callup", most)["lines"][0]["replaced_by"] == given["id"]
    assert "keeps 4 people" in desk.refused(
        1, "callup", "issue", "--incident", REAL, "--team", TEAM, "--people", "7"
    )
    assert "are not left" in desk.refused(
        1, "callup", "issue", "--incident", drill, "--team", TEAM, "--people", "11"
    )


def test_a_whole_team_comes_from_a_drill_and_so_do_some_of_a_team_that_a_drill_has_whole(
    desk: Officer, drill: str
) -> None:
    desk.done("team", "set", TEAM, "strength=20")
    part = desk.issue("--incident", drill, "--team", TEAM, "--people", "5")
    real = desk.issue("--incident", REAL, "--team", TEAM)
    assert desk.show("callup", part)["lines"][0]["state"] == "superseded"
    desk.done("callup", "cancel", real)
    whole = desk.issue("--incident", drill, "--team", TEAM)
    desk.issue("--incident", REAL, "--team", TEAM, "--people", "5")
    assert desk.show("callup", whole)["lines"][0]["state"] == "superseded"


def test_stock_that_a_drill_holds_goes_to_the_real_thing(desk: Officer, drill: str) -> None:
    held = [
        desk.issue("--incident", drill, "--item", "sandbag", "--qty", quantity) for quantity in ("600", "300")
    ]
    take = ("callup", "issue", "--incident", REAL, "--item", "sandbag", "--qty", "700")
    assert desk.done(*take, "--dry-run", "--json").json["warnings"]
    given = desk.done(*take, "--json").json
    assert [desk.show("callup", order)["lines"][0]["state"] for order in held] == ["superseded", "issued"]
    assert any(f"{held[0]}/1" in warning for warning in given["warnings"])
    assert "free" in desk.refused(
        1, "callup", "issue", "--incident", drill, "--item", "sandbag", "--qty", "700"
    )


def test_orders_of_one_batch_end_each_drill_once(desk: Officer, drill: str) -> None:
    desk.done("team", "set", TEAM, "strength=20")
    for people in ("6", "7", "7"):
        desk.issue("--incident", drill, "--team", TEAM, "--people", people)
    rows = f"ref,incident,kind,team,people\nA,{REAL},callup,{TEAM},7\nB,{REAL},callup,{TEAM},8\n".encode()
    desk.done("callup", "batch", "-", stdin=rows)
    lines = desk.done("callup", "list", "--incident", drill, "--json").json
    assert sorted(line["state"] for line in lines) == ["superseded"] * 3
    assert "are not left" in desk.refused(
        1, "callup", "issue", "--incident", REAL, "--team", TEAM, "--people", "6"
    )


def people(desk: Officer, incident: str, number: int, *more: str) -> tuple[str, ...]:
    """The words that call so many of the team."""
    return ("callup", "issue", "--incident", incident, "--team", TEAM, "--people", str(number), *more)


def test_a_drill_gives_up_what_a_floor_would_keep(desk: Officer, drill: str) -> None:
    desk.done("team", "set", TEAM, "strength=20", "floor=5")
    fifteen = desk.done(*people(desk, drill, 15), "--json").json["id"]
    # Five are at home and five have to stay, so the drill ends for five as it does for six.
    given = desk.done(*people(desk, REAL, 5), "--json").json
    assert given["warnings"] == [f"{fifteen}/1, an exercise, ends for it"]
    assert desk.state(f"{fifteen}/1") == "superseded"
    desk.done(*people(desk, REAL, 10))
    assert "keeps 5 people" in desk.refused(1, *people(desk, REAL, 1))


def test_what_an_area_keeps_a_drill_of_the_team_gives_up_and_where_that_is_not_enough_nothing_ends(
    desk: Officer, drill: str
) -> None:
    desk.done("team", "set", TEAM, "strength=20")
    desk.done("region", "set", "110111", "floor=8")
    part = desk.done(*people(desk, drill, 12), "--json").json["id"]
    assert "keeps 8 people" in desk.refused(1, *people(desk, drill, 1))
    assert "keeps 8 people" in desk.refused(1, *people(desk, REAL, 13))
    assert desk.state(f"{part}/1") == "issued"
    # With a reason the floor counts no more, and the eight at home are enough.
    assert desk.done(*people(desk, REAL, 8, "--override", "堤坝将溃", "--json")).json["warnings"] == []
    desk.done("callup", "cancel", desk.ids("callup", "list", "--incident", REAL)[0])
    desk.done(*people(desk, REAL, 4))
    assert desk.state(f"{part}/1") == "superseded"


def test_of_drills_the_smallest_that_is_enough_ends(desk: Officer, drill: str) -> None:
    desk.done("team", "set", TEAM, "strength=20")
    orders = {n: desk.done(*people(desk, drill, n), "--json").json["id"] for n in (2, 16)}
    given = desk.done(*people(desk, REAL, 3), "--json").json
    assert given["warnings"] == [f"{orders[2]}/1, an exercise, ends for it"]
    assert desk.state(f"{orders[16]}/1") == "issued"


def test_a_whole_team_and_its_people_are_not_both_given_where_nobody_knows_its_strength(
    desk: Officer, drill: str
) -> None:
    team = desk.add("team", "name=无编制队", "region=110111")
    some = ("--team", team, "--people", "6")
    practised = desk.issue("--incident", drill, "--team", team)
    given = desk.done("callup", "issue", "--incident", REAL, *some, "--json").json
    assert given["warnings"] == [f"{practised}/1, an exercise, ends for it"]
    desk.done("callup", "cancel", given["id"])
    whole = desk.issue("--incident", REAL, "--team", team)
    for incident in (REAL, drill):
        assert whole in desk.refused(4, "callup", "issue", "--incident", incident, *some)


def test_stock_that_is_there_no_more_is_not_given_because_a_drill_holds_some(
    desk: Officer, drill: str
) -> None:
    take = ("--item", "sandbag", "--qty", "500")
    desk.issue("--incident", REAL, *take)
    desk.issue("--incident", drill, *take)
    # A count finds half of it: what the real order holds is all there is.
    desk.done("reserve", "count", Stage.DEPOT, "sandbag", "--qty", "500")
    said = desk.refused(1, "callup", "issue", "--incident", REAL, *take)
    assert "no depot has 500 条 of sandbag free: FT-5 0 条" in said


def test_a_draft_ends_no_drill_until_it_is_given(desk: Officer, drill: str) -> None:
    desk.done("team", "set", TEAM, "strength=20")
    part, truck = desk.done(*people(desk, drill, 15), "--json").json["id"], desk.issue(
        "--incident", drill, "--equipment", BIG
    )  # fmt: skip
    words = ("callup", "draft", "--incident", REAL, "--team", TEAM, "--people", "10", "--equipment", BIG)
    draft = desk.done(*words, "--json").json
    assert draft["warnings"] == [
        f"{truck}/1 would lose {BIG} when it is given; free instead: {SMALL}",
        f"{part}/1, an exercise, would end when it is given",
    ]
    assert desk.state(f"{part}/1") == "issued"
    given = desk.done("callup", "issue-draft", draft["id"])
    assert f"{part}/1, an exercise, ends for it" in given.err and f"{truck}/1 loses {BIG}" in given.err
    assert (desk.state(f"{part}/1"), desk.state(f"{truck}/1")) == ("superseded", "superseded")


def test_a_batch_decides_after_a_drill_has_ended_in_it_as_single_orders_do(desk: Officer, drill: str) -> None:
    desk.done("team", "set", TEAM, "strength=20", "floor=5")
    desk.issue("--incident", drill, "--team", TEAM, "--override", "演练方案")
    rows = f"ref,incident,kind,team,people\nA,{REAL},callup,{TEAM},5\nB,{REAL},callup,{TEAM},5\n".encode()
    said = desk.done("callup", "batch", "-", "--json", stdin=rows).ndjson
    assert [row["status"] for row in said] == ["ok", "ok"]


def test_what_a_batch_gives_to_a_drill_it_may_take_from_it(desk: Officer, drill: str) -> None:
    desk.done("team", "set", TEAM, "strength=20")
    rows = (
        "ref,incident,kind,team,people,equipment,item,qty\n"
        f"A,{drill},callup,{TEAM},15,,,\nB,{REAL},callup,{TEAM},10,,,\n"
        f"C,{drill},callup,,,{BIG},,\nD,{REAL},callup,,,{BIG},,\n"
        f"E,{drill},callup,,,,sandbag,900\nF,{REAL},callup,,,,sandbag,900\n"
        f"G,{REAL},standby,,,{SMALL},,\nH,{REAL},callup,,,{SMALL},,\n"
    ).encode()
    said = desk.done("callup", "batch", "-", "--json", stdin=rows).ndjson
    assert [row["status"] for row in said] == ["ok"] * 8
    states = {row["order"]: desk.state(f"{row['order']}/1") for row in said}
    assert list(states.values()) == ["superseded", "issued"] * 4


def test_a_drill_takes_nothing_real_not_even_what_is_only_held(desk: Officer, drill: str) -> None:
    held = desk.issue("--kind", "standby", "--equipment", BIG)
    assert held in desk.refused(4, "callup", "issue", "--incident", drill, "--equipment", BIG)
    real = desk.issue("--incident", REAL, "--equipment", SMALL)
    said = desk.refused(
        4,
        "callup",
        "issue",
        "--incident",
        drill,
        "--equipment",
        SMALL,
        "--basis",
        "EREL-73",
        "--override",
        "演练",
    )
    assert real in said
    # The real thing consumes the hold as ever.
    desk.issue("--incident", REAL, "--equipment", BIG)


def test_one_drill_does_not_take_from_another(desk: Officer, drill: str) -> None:
    first = desk.issue("--incident", drill, "--equipment", BIG)
    desk.done(
        "incident",
        "open",
        "演练二",
        "--scenario",
        "flood",
        "--level",
        "IV",
        "--region",
        "110111",
        "--exercise",
    )
    assert first in desk.refused(4, "callup", "issue", "--incident", "演练二", "--equipment", BIG)


def test_a_drill_stays_a_drill_and_the_real_stays_real(desk: Officer, drill: str) -> None:
    assert "Exercise stays" in desk.refused(2, "incident", "set", drill, "exercise=no")
    assert "Exercise stays" in desk.refused(2, "incident", "set", REAL, "exercise=yes")
    desk.done("incident", "set", drill, "place=会议室")
    sheet = "事件名称,场景,响应级别,演练,启动时间\n{},flood,II,{},{}\n"
    for id_, flag in ((drill, "否"), (REAL, "是")):
        row = desk.show("incident", id_)
        data = sheet.format(row["title"], flag, row["opened_at"]).encode()
        said = desk("incident", "import", "-", stdin=data)
        assert said.code == 5 and "stays what it was" in said.err, said
    assert (desk.show("incident", drill)["exercise"], desk.show("incident", REAL)["exercise"]) == (
        "yes",
        None,
    )


def test_an_order_of_a_drill_says_so_where_its_incident_has_not_come(by_stick: World) -> None:
    ft = by_stick.ft
    drill = ft.done("incident", "open", "演练", "--scenario", "flood", "--level", "IV", "--region", "110111",
                    "--exercise", "--json").json["id"]  # fmt: skip
    order = ft.issue("--incident", drill, "--equipment", BIG)
    code = ft.done("callup", "code", order, "--json").json["code"]
    far = by_stick.stranger("TJ", "120000", "天津市应急指挥中心")
    far.done("callup", "from-code", code)
    assert far.show("callup", order)["exercise"] == "yes"
    assert MARK in far.done("callup", "show", order).out
    assert all(row["exercise"] for row in far.done("callup", "list", "--json").json)


def test_of_claims_made_apart_the_real_goes_before_the_drill(by_stick: World) -> None:
    ft, bj = by_stick.ft, by_stick.post("BJ")
    by_stick.meet(ft, bj)
    drill = bj.done("incident", "open", "演练", "--scenario", "flood", "--level", "I", "--region", "110111",
                    "--exercise", "--json").json["id"]  # fmt: skip
    practised = bj.issue("--incident", drill, "--equipment", BIG)
    real = ft.issue("--incident", REAL, "--equipment", BIG)
    by_stick.meet(ft, bj)
    for post in (ft, bj):
        shown = post.show("conflict", f"equipment:{BIG}")
        assert [side["line"] for side in shown["advice"]] == [f"{real}/1", f"{practised}/1"]
        assert MARK in post.done("conflict", "show", f"equipment:{BIG}").out
