"""Readiness computed, floors and the rest clock on the command line."""

from __future__ import annotations

from typing import Any

from .conftest import Officer, Stage
from .test_standard import taken


def ready(desk: Officer, team: str = Stage.DRAINERS) -> dict[str, Any]:
    row: dict[str, Any] = desk.done("team", "readiness", team, "--json").json[0]
    return row


def report(desk: Officer, state: str = "ready", headcount: int = 20) -> None:
    desk.done("duty", "report", Stage.DRAINERS, "--readiness", state, "--headcount", str(headcount))


def test_a_team_that_never_reported_is_unknown(desk: Officer) -> None:
    row = ready(desk)
    assert (row["overall"], row["reported"]) == ("unknown", "unknown")
    assert row["dimensions"]["people"]["lacks"] == ["a duty report: it never reported"]


def test_where_there_is_nothing_the_notes_say_just_that(say: Officer) -> None:
    assert say.done("team", "readiness").err == "no teams match\n"
    assert "no team stands so" not in say.done("team", "readiness", "--state", "ready").err
    assert say.done("standard", "gaps").err == "no team is there to be audited\n"
    say.add("team", "name=甲队")
    assert say.done("team", "readiness", "--state", "ready").err == "no team stands so\n"


def test_without_a_standard_a_team_is_held_to_what_it_declares(desk: Officer) -> None:
    report(desk)
    row = ready(desk)
    assert row["overall"] == "ready"
    assert row["held_back_by"] == []
    people = row["dimensions"]["people"]
    assert (people["figure"], people["required"], people["required_from"]) == (
        20,
        20,
        "its declared strength",
    )
    assert row["dimensions"]["supplies"]["state"] == "unasked"
    assert (row["dimensions"]["transport"]["figure"], row["dimensions"]["transport"]["required"]) == (2, 2)


def test_a_stale_report_is_never_green(desk: Officer) -> None:
    report(desk)
    desk.at("2026-07-31T21:00:00+08:00")
    row = ready(desk)
    assert row["dimensions"]["people"]["state"] == "stale"
    assert row["overall"] == "stale"
    assert "13 h old" in row["dimensions"]["people"]["lacks"][0]


def test_a_register_nobody_looked_at_for_long_is_stale(desk: Officer) -> None:
    desk.at("2026-09-15T08:00:00+08:00")
    report(desk)
    row = ready(desk)
    assert row["dimensions"]["people"]["state"] == "ready"
    assert row["dimensions"]["transport"]["state"] == "stale"
    desk.done("equipment", "set", Stage.BIG, "serviceability=serviceable")
    assert ready(desk)["dimensions"]["transport"]["state"] == "ready"


def test_the_worse_of_report_and_figures_counts(desk: Officer) -> None:
    report(desk, "off")
    row = ready(desk)
    assert (row["computed"], row["overall"], row["held_back_by"]) == ("ready", "off", ["report"])
    report(desk, "ready", 15)
    row = ready(desk)
    assert (row["reported"], row["overall"], row["held_back_by"]) == ("ready", "short", ["people"])
    assert row["dimensions"]["people"]["lacks"] == ["5 more people on duty"]


def test_a_qualification_that_ran_out_does_not_count(desk: Officer) -> None:
    report(desk)
    desk.done("equipment", "set", Stage.BIG, "licence=泵站操作证")
    assert "泵站操作证: 0 of 1 hold it" in ready(desk)["dimensions"]["people"]["lacks"]
    member = desk.add(
        "member",
        "name=张三",
        f"team={Stage.DRAINERS}",
        "qualification=泵站操作证",
        "qualification_until=2026-07-30",
    )
    assert ready(desk)["dimensions"]["people"]["lacks"] == ["泵站操作证: 0 of 1 hold it, run out: 张三"]
    desk.done("member", "set", member, "qualification_until=2026-07-31")
    assert ready(desk)["dimensions"]["people"]["state"] == "ready"


def test_what_is_broken_claimed_away_or_overdue_is_not_fit(desk: Officer) -> None:
    report(desk)
    assert ready(desk)["dimensions"]["transport"]["figure"] == 2
    desk.done("equipment", "set", Stage.SMALL, "inspection_until=2026-07-30")
    assert ready(desk)["dimensions"]["transport"]["figure"] == 1
    desk.issue("--incident", Stage.INCIDENT, "--team", Stage.DRAINERS, "--equipment", Stage.BIG, "--by", "2h")
    row = ready(desk)["dimensions"]["transport"]
    assert (row["figure"], row["state"], row["lacks"]) == (0, "short", ["2 pieces that are not fit for use"])


def test_a_kit_that_is_not_whole_holds_its_team_back_and_says_what_is_missing(desk: Officer) -> None:
    report(desk)
    before = ready(desk)
    assert before["dimensions"]["equipment"]["state"] == "unasked"
    kit = desk.add("kit", "name=排水模块", f"team={Stage.DRAINERS}", "check_every=30")
    desk.done("kit", "part", kit, "generator", "2")
    desk.done("kit", "part", kit, "lamp", "10")

    def equipment() -> tuple[str, int, int, list[str]]:
        d = ready(desk)["dimensions"]["equipment"]
        return d["state"], d["figure"], d["required"], d["lacks"]

    assert equipment() == ("unknown", 0, 1, [f"kit {kit} 排水模块: never checked"])
    desk.done("kit", "check", kit, "--missing", "lamp=3")
    assert equipment() == ("short", 0, 1, [f"kit {kit} 排水模块: missing: 应急灯 3 个"])
    row = ready(desk)
    assert (row["overall"], row["held_back_by"]) == ("short", ["equipment"])
    assert f"kit {kit} 排水模块: missing: 应急灯 3 个" in desk.done("team", "readiness", Stage.DRAINERS).out
    desk.done("kit", "check", kit)
    assert equipment() == ("ready", 1, 1, [])
    assert ready(desk)["overall"] == "ready"
    desk.done("kit", "part", kit, "generator", "2", "--expires", "2026-07-30")
    assert equipment() == ("short", 0, 1, [f"kit {kit} 排水模块: missing: 发电机 expired 2026-07-30"])
    desk.done("kit", "part", kit, "generator", "2", "--expires", "2027-07-30")
    # A check grows old, and whoever keeps no kit is as before.
    desk.at("2026-08-31T08:00:00+08:00")
    assert equipment() == ("stale", 0, 1, [f"kit {kit} 排水模块: checked too long ago"])
    assert ready(desk, Stage.RESCUERS)["dimensions"]["equipment"]["required"] == 0


def test_kits_count_beside_what_else_is_required_and_in_the_depots_of_a_team(desk: Officer) -> None:
    report(desk)
    desk.add("equipment", "name=水泵", "kind=pump", f"team={Stage.DRAINERS}")
    alone = ready(desk)["dimensions"]["equipment"]
    assert (alone["state"], alone["figure"], alone["required"]) == ("ready", 1, 1)
    depot = desk.add("depot", "name=排水队库", "region=110111", f"team={Stage.DRAINERS}")
    whole, short = (desk.add("kit", f"name=模块{n}", f"depot={depot}") for n in (1, 2))
    for kit in (whole, short):
        desk.done("kit", "part", kit, "lamp", "4")
    desk.done("kit", "check", whole)
    desk.done("kit", "check", short, "--missing", "lamp")
    d = ready(desk)["dimensions"]["equipment"]
    assert (d["state"], d["figure"], d["required"]) == ("short", 2, 3)
    assert d["lacks"] == [f"kit {short} 模块2: missing: 应急灯 4 个"]
    assert d["age_s"] == alone["age_s"]
    # A kit that is no longer kept asks for nothing.
    desk.done("kit", "retire", short, "--reason", "拆散")
    d = ready(desk)["dimensions"]["equipment"]
    assert (d["state"], d["figure"], d["required"]) == ("ready", 2, 2)


def test_a_standard_says_what_is_required(desk: Officer) -> None:
    taken(desk)
    report(desk)
    row = ready(desk)
    equipment = row["dimensions"]["equipment"]
    assert (equipment["figure"], equipment["required"], equipment["required_from"]) == (0, 2, "BJ-D@1")
    assert "排水泵车 drainage>=3000m3/h 1 台 more, fit for use" in equipment["lacks"]
    assert row["dimensions"]["communications"]["required"] == 2
    assert row["overall"] == "short"


def test_people_called_up_are_not_ready_for_another(desk: Officer) -> None:
    report(desk)
    desk.issue("--incident", Stage.INCIDENT, "--team", Stage.DRAINERS, "--people", "6", "--by", "2h")
    people = ready(desk)["dimensions"]["people"]
    assert (people["figure"], people["state"]) == (14, "short")
    assert people["lacks"] == ["the return of those called up: 6 people", "6 more people on duty"]


def test_the_list_is_worst_first_and_can_be_narrowed(desk: Officer) -> None:
    report(desk)
    rows = desk.done("team", "readiness", "--json").json
    assert [r["team"] for r in rows] == [Stage.RESCUERS, Stage.DRAINERS]
    assert desk.done("team", "readiness", "--state", "ready", "--json").json[0]["team"] == Stage.DRAINERS
    assert desk.done("team", "readiness", "--region", "110106", "--json").json[0]["team"] == Stage.RESCUERS
    assert "✓ ready" in desk.done("team", "readiness").out


# -- floors and rest --------------------------------------------------------------------------------


def test_a_call_up_that_breaks_a_floor_needs_an_override(desk: Officer) -> None:
    desk.done("team", "set", Stage.DRAINERS, "floor=8")
    asked = ("callup", "issue", "--incident", Stage.INCIDENT, "--team", Stage.DRAINERS, "--by", "2h")
    desk.done(*asked, "--people", "12")
    said = desk.refused(1, *asked, "--people", "1")
    assert "keeps 8 people at home, and 7 would be left" in said
    assert "--override" in said
    order = desk.done(*asked, "--people", "1", "--override", "应急委同意", "--json").json["id"]
    assert desk.show("callup", order)["override"] == "应急委同意"


def test_a_whole_team_with_a_floor_is_not_called_without_one(desk: Officer) -> None:
    desk.done("team", "set", Stage.RESCUERS, "floor=1")
    said = desk.refused(
        1, "callup", "issue", "--incident", Stage.INCIDENT, "--team", Stage.RESCUERS, "--by", "2h"
    )
    assert "0 would be left" in said


def test_the_floor_of_an_area_counts_all_its_teams(desk: Officer) -> None:
    desk.done("region", "set", "110000", "floor=25")
    asked = ("callup", "issue", "--incident", Stage.INCIDENT, "--by", "2h")
    desk.done(*asked, "--team", Stage.DRAINERS, "--people", "7")
    said = desk.refused(1, *asked, "--team", Stage.RESCUERS, "--people", "1")
    assert "keeps 25 people at home, and 24 would be left" in said


def test_a_batch_cannot_pass_under_a_floor_in_two_steps(desk: Officer) -> None:
    desk.done("team", "set", Stage.DRAINERS, "floor=10")
    sheet = "incident,team,people,by\n" + f"{Stage.INCIDENT},{Stage.DRAINERS},6,2h\n" * 2
    path = desk.store.parent / "batch.csv"
    path.write_text(sheet, encoding="utf-8")
    result = desk("callup", "batch", str(path))
    assert result.code == 5
    assert "8 would be left" in result.out


def test_who_has_been_out_too_long_and_who_could_relieve(desk: Officer) -> None:
    relief = desk.add(
        "team", "name=大兴排水队", "region=110115", "strength=30", "at=39.73,116.33", "type=排水"
    )
    order = desk.issue("--incident", Stage.INCIDENT, "--team", Stage.DRAINERS, "--people", "6", "--by", "2h")
    for step in ("ack", "accept", "depart", "arrive"):
        desk.done("callup", step, f"{order}/1")
    desk.at("2026-08-01T07:00:00+08:00")
    assert desk.done("team", "rest", "--json").json == []
    desk.at("2026-08-01T09:00:00+08:00")
    desk.done("duty", "report", relief, "--readiness", "ready", "--headcount", "30")
    rows = desk.done("team", "rest", "--json").json
    assert [(r["team"], r["people"], r["out_s"]) for r in rows] == [(Stage.DRAINERS, 6, 25 * 3600)]
    assert [(r["team"], r["people"]) for r in rows[0]["relief"]] == [(relief, 30)]
    desk.done("team", "set", relief, "floor=25")
    assert desk.done("team", "rest", "--json").json[0]["relief"] == []
    assert desk.done("team", "rest", "--after", "36h", "--json").json == []
