"""Call-up orders from draft to return: the main job and what becomes of a line."""

from __future__ import annotations

import itertools

import pytest

from emergency.store.records.steps import STEPS
from tests.commands.conftest import Officer, Stage
from tests.commands.orders import BIG, FOR, INCIDENT, OTHER, SMALL, TEAM, lines, steps


def test_an_order_from_the_need_to_the_return(desk: Officer) -> None:
    desk.done("incident", "need", INCIDENT, "drainage>=6000m3/h", "--by", "90min", "--priority", "life")
    desk.done("incident", "need", INCIDENT, "people>=6")

    def cover() -> list[tuple[float, ...]]:
        rows = desk.done("need", "board", INCIDENT, "--json").json
        return [tuple(r[k] for k in ("required", "asked", "committed", "on_scene", "short")) for r in rows]

    assert cover() == [(6000, 0, 0, 0, 6000), (6, 0, 0, 0, 6)]
    issued = desk.done(
        "callup", "issue", *FOR, "--team", "房山排水一队", "--equipment", "京A00001", "--people", "6",
        "--report-to", "城关街道", "--by", "90min", "--approver", "李局长", "--json",
    ).json  # fmt: skip
    order = issued["id"]
    assert (issued["lines"], issued["state"], issued["warnings"]) == (
        [f"{order}/1", f"{order}/2"],
        "issued",
        [],
    )
    assert cover() == [(6000, 5000, 0, 0, 6000), (6, 6, 0, 0, 6)]
    assert desk.show("equipment", BIG)["claimed_by"] == [f"{order}/1"]
    assert desk.show("equipment", BIG)["availability"] == "assigned"

    for moment, step, state in (
        ("08:05", "ack", "acknowledged"),
        ("08:10", "accept", "accepted"),
        ("08:20", "depart", "en_route"),
        ("09:10", "arrive", "on_scene"),
    ):
        desk.at(moment)
        moved = desk.done("callup", step, order, "--channel", "radio", "--json").json["lines"]
        assert [m["state"] for m in moved] == [state, state]
    assert cover() == [(6000, 5000, 5000, 5000, 1000), (6, 6, 6, 6, 0)]
    assert desk.show("equipment", BIG)["custody"] == "at_incident"
    desk.refused(1, "incident", "close", INCIDENT)

    # Word of the release comes late: it happened at 11:00 and is recorded at 12:00.
    desk.at("12:00")
    desk.done("callup", "release", order, "--at", "11:00", "--note", "水位回落")
    assert desk.show("equipment", BIG)["custody"] == "in_transit"
    desk.done("callup", "return", order)
    shown = desk.show("equipment", BIG)
    assert (shown["custody"], shown["claimed_by"], shown["availability"]) == ("home", [], "available")
    desk.done("callup", "close", order)
    shown = desk.show("callup", order)
    assert shown["state"] == "closed"
    story = shown["lines"][0]["steps"]
    assert [s["step"] for s in story] == [
        "issue",
        "ack",
        "accept",
        "depart",
        "arrive",
        "release",
        "return",
        "close",
    ]
    release = story[5]
    assert release["at"] == "2026-07-31T11:00:00+08:00"
    assert release["recorded"] == "2026-07-31T12:00:00+08:00"
    assert (release["who"], release["note"], story[1]["channel"]) == ("王小明", "水位回落", "radio")
    assert "recorded" in desk.done("callup", "show", order).out
    assert lines(desk, "--open") == []

    desk.done("incident", "log", INCIDENT, "险情解除")
    desk.done("incident", "close", INCIDENT, "--why", "结束")
    assert desk.show("incident", INCIDENT)["state"] == "closed"
    desk.refused(1, "callup", "issue", *FOR, "--team", TEAM)
    desk.done("incident", "reopen", INCIDENT, "--why", "再次降雨")
    desk.issue(*FOR, "--team", TEAM)
    assert desk.done("journal", "verify", "--json").json["problems"] == []


def test_a_step_reported_late_takes_its_true_place_as_of_then(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM)
    steps(desk, order, "accept")
    desk.at("10:00")
    desk.done("callup", "depart", order, "--at", "08:30")
    assert desk.state(f"{order}/1") == "en_route"
    # At 09:00 nobody here knew yet.
    was = desk.done("callup", "show", order, "--json", "--as-of", "09:00").json
    assert was["lines"][0]["state"] == "accepted"
    assert desk.show("callup", order)["lines"][0]["since"] == "2026-07-31T08:30:00+08:00"


def test_a_step_cannot_happen_in_the_future_or_before_the_step_it_follows_by_years(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM)
    for moment in ("09:00", "2024-01-01 00:00", "25:00", "31/07/2026 08:00", "morgen"):
        desk.refused(2, "callup", "accept", order, "--at", moment)
    assert desk.state(f"{order}/1") == "issued"


# -- answers ---------------------------------------------------------------------------------------------


def test_each_answer_counts_for_what_it_is_worth(desk: Officer) -> None:
    desk.done("incident", "need", INCIDENT, "sandbag>=500")

    def committed() -> tuple[float, float]:
        row = desk.done("need", "board", INCIDENT, "--json").json[0]
        return row["committed"], row["short"]

    order = desk.issue(*FOR, "--item", "sandbag", "--qty", "500")
    assert committed() == (0, 500)
    desk.done("callup", "provisional", order, "--note", "看天气")
    assert committed() == (0, 500)
    desk.done("callup", "defer", order)
    assert committed() == (0, 500)
    assert desk("callup", "partial", order).code == 2  # how much?
    desk.done("callup", "partial", order, "--qty", "200")
    assert committed() == (200, 300)
    assert desk.show("callup", order)["lines"][0]["answered"] == 200
    other = desk.issue(*FOR, "--item", "sandbag", "--qty", "300")
    desk.done("callup", "accept", other)
    assert committed() == (500, 0)
    desk.done("callup", "unable", other, "--note", "道路中断")
    assert committed() == (200, 300)
    declined = desk.issue(*FOR, "--item", "sandbag", "--qty", "300")
    desk.done("callup", "decline", declined, "--note", "留守")
    assert committed() == (200, 300)
    desk.done("callup", "depart", order)
    assert desk.show("reserve", f"{Stage.DEPOT}/sandbag")["quantity"] == 800


@pytest.mark.parametrize("qty", ["0", "-1", "501", "lots", "2.5.1"])
def test_a_part_is_more_than_nothing_and_no_more_than_the_whole(desk: Officer, qty: str) -> None:
    order = desk.issue(*FOR, "--item", "sandbag", "--qty", "500")
    desk.refused(2, "callup", "partial", order, "--qty", qty)


def test_a_decline_gives_its_reason(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM)
    desk.done("callup", "decline", order, "--note", "在外执勤")
    assert desk.show("callup", order)["lines"][0]["steps"][-1]["note"] == "在外执勤"


# -- late ------------------------------------------------------------------------------------------------


def test_lines_become_overdue_as_the_hours_pass(desk: Officer) -> None:
    one = desk.issue(*FOR, "--team", TEAM, "--by", "90min", "--until", "20:00")
    two = desk.issue(*FOR, "--team", OTHER, "--by", "3h")

    def late(moment: str) -> list[tuple[str, str]]:
        desk.at(moment)
        return [(r["order"], r["overdue"]) for r in lines(desk, "--overdue")]

    assert late("08:15") == []
    assert late("08:16") == [(one, "answer"), (two, "answer")]
    steps(desk, one, "ack", "accept")
    steps(desk, two, "accept", "depart")
    assert late("09:30") == []
    assert late("09:31") == [(one, "arrival")]
    assert "!" in desk.done("callup", "list", "--overdue").out
    steps(desk, one, "depart", "arrive")
    assert late("09:32") == []
    assert late("11:01") == [(two, "arrival")]
    steps(desk, two, "arrive")
    assert late("20:01") == [(one, "return")]
    desk.done("callup", "extend", one, "--until", "23:00")
    assert late("22:59") == []
    assert late("23:01") == [(one, "return")]
    steps(desk, one, "release", "return")
    assert late("23:30") == []


def test_the_answer_is_due_when_the_order_says(desk: Officer) -> None:
    desk.issue(*FOR, "--team", TEAM, "--answer-within", "1h")
    desk.at("08:59")
    assert lines(desk, "--overdue") == []
    desk.at("09:01")
    assert len(lines(desk, "--overdue")) == 1


def test_what_is_late_stands_above_what_is_not(desk: Officer) -> None:
    on_time = desk.issue(*FOR, "--team", OTHER, "--by", "6h", "--answer-within", "5h")
    ended = desk.issue(*FOR, "--equipment", BIG)
    desk.done("callup", "cancel", ended)
    late = desk.issue(*FOR, "--team", TEAM, "--by", "7h")
    desk.at("08:20")
    assert [r["order"] for r in lines(desk)] == [late, on_time, ended]
    assert [r["order"] for r in lines(desk, "--open")] == [late, on_time]
    assert [r["order"] for r in lines(desk, "--team", OTHER)] == [on_time]
    assert [r["order"] for r in lines(desk, "--incident", "房山暴雨洪水", "--limit", "1")] == [late]


def test_the_ladder_shows_whom_to_try_next(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM)

    def ladder() -> list[tuple[str, bool, bool]]:
        line = desk.show("callup", order)["lines"][0]
        return [(r["channel"], r["tried"], r["next"]) for r in line["contacts"]]

    assert ladder() == [("mobile", False, True), ("radio", False, False)]
    desk.done("callup", "contact", order, "--channel", "mobile", "--note", "无人接听")
    assert ladder() == [("mobile", True, False), ("radio", False, True)]
    assert "> radio: 房山01" in desk.done("callup", "show", order).out
    desk.done("callup", "ack", order)
    assert not any(n for _c, _t, n in ladder())


# -- what becomes of a line ------------------------------------------------------------------------------


def test_an_order_is_cancelled_until_it_has_left(desk: Officer) -> None:
    order = desk.issue(*FOR, "--equipment", BIG)
    steps(desk, order, "accept")
    desk.done("callup", "cancel", order, "--note", "水退了")
    assert desk.show("equipment", BIG)["claimed_by"] == []
    order = desk.issue(*FOR, "--equipment", BIG)
    steps(desk, order, "accept", "depart")
    said = desk.refused(1, "callup", "cancel", order)
    assert "release" in said


def test_an_extension_needs_its_end(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM)
    steps(desk, order, "accept", "depart", "arrive")
    desk.refused(2, "callup", "extend", order)
    desk.done("callup", "extend", order, "--until", "20:00")
    assert desk.show("callup", order)["lines"][0]["line_until"] == "2026-07-31T20:00:00+08:00"


def test_an_owner_asks_back_and_a_person_sees_it(desk: Officer) -> None:
    order = desk.issue(*FOR, "--equipment", BIG)
    steps(desk, order, "accept", "depart", "arrive")
    desk.done("callup", "recall", order, "--note", "房山另有险情")
    assert desk.state(f"{order}/1") == "on_scene"
    assert desk.show("callup", order)["lines"][0]["flags"] == ["asked-back"]
    assert [(r["kind"], r["what"]) for r in desk.done("conflict", "list", "--json").json] == [
        ("line", f"{order}/1")
    ]


def test_on_scene_it_is_moved_to_another_incident(desk: Officer) -> None:
    other = desk.done("incident", "open", "丰台内涝", "--scenario", "waterlogging", "--level", "II", "--region", "丰台区",
                      "--json").json["id"]  # fmt: skip
    order = desk.issue(*FOR, "--equipment", BIG)
    desk.refused(1, "callup", "reassign", f"{order}/1", "--incident", other)
    steps(desk, order, "accept", "depart", "arrive")
    moved = desk.done("callup", "reassign", f"{order}/1", "--incident", other, "--json").json
    assert moved["replaces"] == f"{order}/1"
    assert desk.state(f"{order}/1") == "reassigned"
    new = desk.show("callup", moved["id"])
    assert (new["incident"], new["lines"][0]["state"], new["lines"][0]["equipment"]) == (
        other,
        "on_scene",
        BIG,
    )
    assert desk.show("equipment", BIG)["claimed_by"] == moved["lines"]


def test_a_line_is_superseded_by_another_for_the_same_thing(desk: Officer) -> None:
    order = desk.issue(*FOR, "--equipment", BIG, "--by", "10:00")
    new = desk.done("callup", "supersede", f"{order}/1", "--report-to", "长阳镇", "--json").json
    assert desk.state(f"{order}/1") == "superseded"
    shown = desk.show("callup", new["id"])
    assert (shown["report_to"], shown["lines"][0]["state"], shown["incident"]) == (
        "长阳镇",
        "issued",
        INCIDENT,
    )
    assert desk.show("equipment", BIG)["claimed_by"] == new["lines"]
    story = desk.show("callup", order)["lines"][0]["steps"]
    assert story[-1]["step"] == "supersede" and story[-1]["data"]["by"] == new["id"]


def test_an_order_of_several_lines_is_superseded_line_by_line(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM, "--equipment", BIG, "--equipment", SMALL, "--people", "3")
    said = desk.refused(2, "callup", "supersede", order)
    assert f"{order}/1" in said
    desk.done("callup", "supersede", f"{order}/3", "--people", "5", "--team", TEAM)
    assert [r["state"] for r in desk.show("callup", order)["lines"]].count("superseded") == 1


def test_who_arrives_unrequested_is_on_record_and_counted(desk: Officer) -> None:
    desk.done("incident", "need", INCIDENT, "people>=5")
    got = desk.done(
        "callup", "unrequested", *FOR, "--team", OTHER, "--people", "5", "--at", "07:45", "--json"
    ).json
    assert desk.state(got["lines"][0]) == "on_scene"
    assert desk.done("need", "board", INCIDENT, "--json").json[0]["on_scene"] == 5
    assert "unrequested" in desk.show("callup", got["id"])["note"]


def test_unrequested_equipment_stands_at_the_incident(desk: Officer) -> None:
    desk.done("callup", "unrequested", *FOR, "--equipment", BIG)
    assert desk.show("equipment", BIG)["custody"] == "at_incident"


def test_a_draft_claims_nothing_and_is_checked_again_when_it_is_given(desk: Officer) -> None:
    draft = desk.done(
        "callup", "draft", *FOR, "--equipment", BIG, "--people", "4", "--team", TEAM, "--json"
    ).json["id"]
    assert desk.show("callup", draft)["state"] == "draft"
    assert desk.show("equipment", BIG)["claimed_by"] == []
    desk.refused(1, "callup", "ack", draft)
    other = desk.issue(*FOR, "--equipment", BIG)
    said = desk.refused(4, "callup", "issue-draft", draft)
    assert f"{other}/1" in said
    desk.done("callup", "cancel", other)
    given = desk.done("callup", "issue-draft", draft, "--json").json
    assert len(given["lines"]) == 2
    assert desk.show("callup", draft)["state"] == "issued"
    desk.refused(1, "callup", "issue-draft", draft)
    desk.at("08:16")
    assert len(lines(desk, "--overdue")) == 2


def test_a_draft_keeps_everything_it_said(desk: Officer) -> None:
    asked = ["--report-to", "城关", "--by", "10:00", "--until", "20:00", "--basis", "EREL-73", "--approver", "李局长",
             "--note", "带夜灯", "--ref", "K-1", "--answer-within", "30min"]  # fmt: skip
    draft = desk.done("callup", "draft", *FOR, "--team", TEAM, *asked, "--json").json["id"]
    desk.done("callup", "issue-draft", draft)
    shown = desk.show("callup", draft)
    assert [shown[k] for k in ("report_to", "basis", "approver", "note", "ref")] == [
        "城关", "EREL-73", "李局长", "带夜灯", "K-1",
    ]  # fmt: skip
    assert (shown["by"], shown["until"]) == ("2026-07-31T10:00:00+08:00", "2026-07-31T20:00:00+08:00")
    desk.at("08:20")
    assert lines(desk, "--overdue") == []


def test_the_same_reference_orders_once(desk: Officer) -> None:
    first = desk.issue(*FOR, "--team", TEAM, "--ref", "市指-17")
    entries = desk.entries()
    again = desk.done("callup", "issue", *FOR, "--team", TEAM, "--ref", "市指-17", "--json").json
    assert again == {"id": first, "already": True}
    assert desk.entries() == entries
    assert desk.show("callup", "市指-17")["id"] == first
    desk.done("callup", "ack", "市指-17")


def test_orders_are_not_undone_but_cancelled(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM)
    said = desk.refused(1, "undo")
    assert "callup cancel" in said
    assert desk.state(f"{order}/1") == "issued"


def test_stock_is_told_by_the_names_of_its_item_and_depot_with_its_unit(desk: Officer) -> None:
    desk.issue(*FOR, "--item", "sandbag", "--qty", "300")
    listed = desk.done("callup", "list").out
    assert "丰台库" in listed and "300 条" in listed and "sandbag" not in listed
    (line,) = desk.done("callup", "list", "--json").json
    assert (line["depot"], line["depot_name"], line["item"]) == (Stage.DEPOT, "丰台库", "sandbag")


def test_an_order_shows_where_it_was_said_to_have_arrived_and_times_as_a_person_reads_them(
    desk: Officer,
) -> None:
    order = desk.issue(*FOR, "--team", TEAM, "--report-to", "城关街道", "--by", "90min")
    for step in ("accept", "depart"):
        desk.done("callup", step, order)
    desk.done("callup", "arrive", order, "--place", "长辛店桥下")
    said = desk.done("callup", "show", order).out
    assert "  By: 09:30\n" in said and "at 长辛店桥下" in said
    # Not for an incident: nothing stands for one that is not there.
    desk.issue("--kind", "standby", "--team", Stage.RESCUERS)
    refused = desk.refused(4, "callup", "issue", "--kind", "standby", "--team", Stage.RESCUERS)
    assert "claimed by" in refused and " for -" not in refused


def test_where_a_step_is_not_undone_the_last_operation_that_can_be_is_named(desk: Officer) -> None:
    op = desk.done("team", "set", TEAM, "strength=30", "--json").json["op"]
    order = desk.issue(*FOR, "--team", TEAM)
    desk.done("callup", "cancel", order)
    said = desk.refused(1, "undo")
    assert (
        f"emergency undo {op} (team set)" in said and "journal log" in said and "callup cancel," not in said
    )
    desk.done("undo", op)
    assert desk.show("team", TEAM)["strength"] == 20
    # What was taken back, and what another officer did, is not named.
    assert op not in desk.refused(1, "undo")
    assert "undo" not in desk.refused(3, "--officer", "新人", "undo").splitlines()[0]
    assert "of this officer" in desk.done("undo", "--help").out


# -- the table of steps ----------------------------------------------------------------------------------


def test_the_graph_says_what_the_table_says(desk: Officer) -> None:
    drawn = desk.done("callup", "graph", "--mermaid").out
    for step, source in itertools.chain.from_iterable(((s, o) for o in s.sources) for s in STEPS.values()):
        if step.target:
            assert f"{source} --> {step.target}: {step.name}" in drawn
    assert all(name in desk.done("callup", "graph").out for name in STEPS)


def test_every_step_that_a_person_takes_is_a_verb(desk: Officer) -> None:
    verbs = {
        n.split()[0]
        for n in desk.done("callup", "--help").out.split("Commands:")[1].splitlines()
        if n.strip()
    }
    assert set(STEPS) - {"sighted"} <= verbs


def test_a_step_is_not_undone_and_says_which_steps_there_are(desk: Officer) -> None:
    order = desk.issue("--incident", Stage.INCIDENT, "--equipment", Stage.BIG)
    desk.done("callup", "accept", order)
    said = desk.refused(1, "undo")
    assert "callup accept is not undone" in said
    assert f"{order}/1 is accepted; what came otherwise is another step: " in said and "unable" in said
