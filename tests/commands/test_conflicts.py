"""Conflicts from both ends: two stations apart, what each is shown, and what a person decides (row F7)."""

from __future__ import annotations

import pytest

from .apart import BIG, BJ_INCIDENT, CONTEST, FT_INCIDENT, TEAM, Pair, apart, ids, pair, told
from .conftest import Officer, Stage, harmless
from .meetings import World

__all__ = ["apart"]


# -- the list and its ids ---------------------------------------------------------------------------


def test_case_2_both_stations_list_the_same_contest_under_the_same_id(apart: Pair) -> None:
    assert ids(apart.ft) == ids(apart.bj) == []
    apart.carry()
    assert ids(apart.ft) == ids(apart.bj) == [CONTEST]
    assert told(apart.ft) == told(apart.bj)
    assert [c["line"] for c in told(apart.ft)["claims"]] == ["BJ-2/1", "FT-8/1"]


@pytest.mark.parametrize(
    "name",
    [CONTEST, BIG, "京A00001", "京A·00001", "龙吸水", "FT-8", "bj-2/1", "equipment:龙吸水", CONTEST.lower()],
)
def test_a_contest_answers_to_every_name_of_the_thing_and_to_its_orders(apart: Pair, name: str) -> None:
    apart.carry()
    assert told(apart.ft, name)["id"] == CONTEST
    dry = apart.bj.done(
        "conflict", "resolve", name, "--keep", "BJ-2", "--why", "近", "--dry-run", "--json"
    ).json
    assert dry["facts"] == [["settle", ["BJ-2/1", "FT-8/1"], "BJ-2/1"]]


def test_every_id_that_is_listed_is_shown_and_has_commands(apart: Pair) -> None:
    for officer, commander in ((apart.ft, "甲"), (apart.bj, "乙")):
        officer.done("team", "set", TEAM, f"commander={commander}")
    apart.ft.add("equipment", "name=又一台", "plate=京A00002")
    for name in ("甲队", "乙队"):
        team = apart.ft.add("team", f"name={name}")
        apart.ft.add("member", "name=张三", f"team={team}", "id_number=110106199001011234")
    order = apart.ft.issue("--incident", FT_INCIDENT, "--team", Stage.RESCUERS)
    for step in ("accept", "recall"):
        apart.ft.done("callup", step, order)
    apart.carry()
    listed = apart.bj.done("conflict", "list", "--json").json
    assert {row["kind"] for row in listed} == {"claim", "field", "registered twice", "line"}
    assert len({row["id"] for row in listed}) == len(listed)
    for row in listed:
        shown = told(apart.bj, row["id"])
        assert (shown["id"], shown["sides"]) == (row["id"], row["sides"])
        assert shown["commands"]
        for command in shown["commands"]:
            assert command.startswith("emergency ")
        plain = apart.bj.done("conflict", "show", row["id"]).out
        assert row["id"] in plain and harmless(plain)

    def kinds(*words: str) -> list[str]:
        return [row["kind"] for row in apart.bj.done("conflict", "list", *words, "--json").json]

    assert kinds("Contested") == kinds("contested", "龙吸水") == ["claim"]
    assert kinds("张三") == ["registered twice"]
    assert kinds("contested", "张三") == []


def test_a_name_that_could_be_several_conflicts_lists_their_ids(apart: Pair) -> None:
    for officer, n in ((apart.ft, "1"), (apart.bj, "2")):
        officer.done("team", "set", TEAM, f"commander={n}", f"radio={n}")
    apart.carry()
    said = apart.ft.refused(3, "conflict", "show", TEAM)
    assert f"team:{TEAM}:commander" in said and f"team:{TEAM}:radio" in said


def test_what_is_not_contested_is_no_conflict(apart: Pair) -> None:
    for name in (Stage.SMALL, "no-such-thing", "\x1b[2J"):
        apart.ft.refused(3, "conflict", "show", name)
        apart.ft.refused(3, "conflict", "resolve", name, "--keep", "FT-8", "--why", "x")


# -- show: both sides, advice -----------------------------------------------------------------------


def test_each_side_is_told_whole(apart: Pair) -> None:
    apart.carry()
    mine = next(c for c in told(apart.bj)["claims"] if c["line"] == "FT-8/1")
    assert {
        k: mine[k] for k in ("order", "incident", "kind", "station", "officer", "approver", "state", "level")
    } == {
        "order": "FT-8",
        "incident": FT_INCIDENT,
        "kind": "callup",
        "station": "FT",
        "officer": "王小明",
        "approver": "张主任",
        "state": "issued",
        "level": "II",
    }
    assert mine["issued_at"] == "2026-07-31T08:00:00+08:00"
    assert [(h["line"], h["saw"]) for h in mine["seen"]] == [("BJ-2/1", False)]
    assert mine["seen"][0]["upto"] < mine["seen"][0]["entry"]


def test_show_tells_what_would_return_to_the_need(apart: Pair) -> None:
    apart.ft.done("callup", "accept", "FT-8")
    apart.carry()
    (loss,) = next(c for c in told(apart.bj)["claims"] if c["line"] == "FT-8/1")["if_lost"]
    assert (loss["what"], loss["short"], loss["short_without"]) == ("drainage", 1000, 6000)


def advice(apart: Pair) -> list[tuple[str, str | None]]:
    """The order of the advice, and what puts each side before the next; the same at both stations."""
    apart.carry()
    assert told(apart.ft)["advice"] == told(apart.bj)["advice"]
    return [(a["line"], a["ahead_by"]) for a in told(apart.ft)["advice"]]


def test_a_superior_goes_before_a_district(apart: Pair) -> None:
    assert advice(apart) == [("BJ-2/1", "authority"), ("FT-8/1", None)]


def test_who_has_it_goes_before_the_superior(apart: Pair) -> None:
    for step in ("accept", "depart", "arrive"):
        apart.ft.done("callup", step, "FT-8")
    assert advice(apart) == [("FT-8/1", "custody"), ("BJ-2/1", None)]
    shown = told(apart.bj)
    assert shown["custody"] == {"states": ["at_incident"], "holders": ["FT-8"]}
    assert {r["criterion"]: r["found"] for r in shown["advice"][1]["reasons"]}["custody"] == [
        "elsewhere",
        "FT-8",
    ]


def test_where_it_was_checked_in_goes_before_what_a_line_says(apart: Pair) -> None:
    for step in ("accept", "depart", "arrive"):
        apart.ft.done("callup", step, "FT-8")
    apart.carry()
    apart.bj.done("equipment", "check-in", BIG, "--incident", BJ_INCIDENT)
    assert advice(apart)[0] == ("BJ-2/1", "custody")


def _equals(desk: Officer, first: tuple[str, ...], second: tuple[str, ...]) -> Pair:
    """Two orders of two stations of one rank: FT's with the first words at 08:00, BJ's with the second at 08:05."""
    both = pair(desk)
    both.bj.done("station", "set", "BJ", "region=110108")
    both.ft.issue("--equipment", BIG, *first)
    desk.at("08:05")
    both.bj.issue("--equipment", BIG, *second)
    both.carry()
    return both


def test_a_requisition_goes_before_a_call_up(desk: Officer) -> None:
    apart = _equals(
        desk,
        ("--incident", FT_INCIDENT, "--basis", "EREL-73"),
        ("--incident", FT_INCIDENT, "--kind", "requisition", "--basis", "EREL-12"),
    )
    assert advice(apart)[0] == ("BJ-2/1", "authority")


def test_a_graver_incident_goes_before_an_earlier_approval(desk: Officer) -> None:
    apart = _equals(desk, ("--incident", FT_INCIDENT), ("--incident", BJ_INCIDENT))
    assert advice(apart)[0] == ("BJ-2/1", "life-safety")


def test_a_need_for_life_safety_goes_before_the_response_level(desk: Officer) -> None:
    apart = _equals(desk, ("--incident", FT_INCIDENT), ("--incident", BJ_INCIDENT))
    apart.ft.done("incident", "need", FT_INCIDENT, "drainage>=1000m3/h", "--priority", "life")
    assert advice(apart)[0] == ("FT-7/1", "life-safety")


def test_among_equals_the_earlier_approval_goes_first(desk: Officer) -> None:
    apart = _equals(desk, ("--incident", FT_INCIDENT), ("--incident", FT_INCIDENT))
    assert advice(apart) == [("FT-7/1", "approval"), ("BJ-2/1", None)]


# -- the board, ranks, agreements -------------------------------------------------------------------


def test_the_board_names_the_command_and_forgets_what_is_settled(apart: Pair) -> None:
    apart.carry()
    assert f"emergency conflict show {CONTEST}" in apart.bj.done("board", "--plain").out
    apart.bj.done("conflict", "resolve", CONTEST, "--keep", "BJ-2", "--why", "x")
    assert "conflict show" not in apart.bj.done("board", "--plain").out


def test_case_5_a_superior_calls_over_a_live_claim(desk: Officer) -> None:
    both = pair(desk)
    order = both.ft.issue("--incident", FT_INCIDENT, "--equipment", BIG)
    both.ft.done("callup", "accept", order)
    both.carry()
    take = ("callup", "issue", "--incident", BJ_INCIDENT, "--equipment", BIG)
    said = both.bj.refused(4, *take)
    assert order in said and "--override" in said
    both.bj.refused(4, *take, "--override", "山洪")
    given = both.bj.done(*take, "--basis", "EREL-73", "--override", "山洪", "--json").json
    assert any(f"{order}/1" in warning for warning in given["warnings"])
    both.carry()
    for officer in both:
        assert ids(officer) == []
        assert officer.state(f"{order}/1") == "superseded"
        assert officer.show("callup", order)["lines"][0]["replaced_by"] == given["id"]
        assert officer.show("equipment", BIG)["claimed_by"] == given["lines"]


def test_case_5_a_district_does_not_call_over_a_superior_or_another(desk: Officer) -> None:
    both = pair(desk)
    order = both.bj.issue("--incident", BJ_INCIDENT, "--equipment", BIG)
    both.carry()
    take = (
        "callup",
        "issue",
        "--incident",
        FT_INCIDENT,
        "--equipment",
        BIG,
        "--basis",
        "EREL-73",
        "--override",
        "x",
    )
    assert order in both.ft.refused(4, *take)
    both.bj.done("station", "set", "BJ", "region=130100")
    both.bj.done("callup", "cancel", order)
    both.carry()
    mine = both.ft.issue("--incident", FT_INCIDENT, "--equipment", BIG)
    both.carry()
    # A city of another province is no superior of a district of Beijing.
    assert mine in both.bj.refused(4, "callup", "issue", "--incident", BJ_INCIDENT, *take[4:])


def test_case_14_what_is_under_agreement_is_not_requisitioned(desk: Officer) -> None:
    desk.done("team", "set", TEAM, "agreement=丰应协〔2026〕3号", "agreement_until=2026-12-31")
    take = (
        "callup",
        "issue",
        "--incident",
        FT_INCIDENT,
        "--kind",
        "requisition",
        "--basis",
        "EREL-12",
        "--equipment",
        BIG,
    )
    assert "丰应协〔2026〕3号" in desk.refused(1, *take)
    desk.done(*take, "--override", "协议方未履约")


def test_case_14_an_agreement_that_ran_out_binds_nobody(desk: Officer) -> None:
    desk.done("team", "set", TEAM, "agreement=x", "agreement_until=2026-06")
    desk.issue("--incident", FT_INCIDENT, "--kind", "requisition", "--basis", "EREL-12", "--team", TEAM)


def test_what_was_chosen_of_a_field_is_a_decision_to_see(world: World) -> None:
    bj = world.post("BJ")
    team = world.ft.add("team", "name=甲队", "commander=张")
    world.meet(world.ft, bj)
    world.ft.done("team", "set", team, "commander=李")
    bj.done("team", "set", team, "commander=王")
    world.meet(world.ft, bj)
    field = f"team:{team}:commander"
    bj.done("conflict", "resolve", field, "--keep", "李", "--why", "问过本人")
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        (made,) = post.done("conflict", "list", "--settled", "--json").json
        assert (made["thing"], made["kept"], made["why"]) == (field, "李", "问过本人")
        shown = post.done("conflict", "show", field).out
        assert "chose 李" in shown and "问过本人" in shown
        again = post.done("conflict", "resolve", field, "--keep", "李", "--why", "x", "--json").json
        assert again["already"] is True
        assert "chose 李" in post.refused(4, "conflict", "resolve", field, "--keep", "王", "--why", "x")
