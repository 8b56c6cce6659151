"""What becomes of the drafts of `plan callup`, where they send people, and what a plan says beside its lines."""

from __future__ import annotations

from typing import Any

from .conftest import Officer, Stage
from .test_plan_callup import flood, need, plan, sent

__all__ = ["flood"]


def test_what_is_issued_is_what_was_shown_and_one_undo_takes_it_back(flood: Officer) -> None:
    shown = plan(flood)
    done = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json
    assert done["orders"] == shown["orders"]
    written = []
    for order in done["issued"]["new"]:
        lines = flood.show("callup", order)["lines"]
        assert {line["state"] for line in lines} == {"draft"}
        written.append(
            (
                [line["equipment"] for line in lines if line["equipment"]],
                sum(line["people"] or 0 for line in lines),
                sum(line["quantity"] or 0 for line in lines),
            )
        )
    assert sorted(written) == sorted(
        (o["equipment"], o["people"] or 0, o["quantity"] or 0) for o in shown["orders"]
    )
    flood.done("undo", done["issued"]["op"])
    for order in done["issued"]["new"]:
        assert {line["state"] for line in flood.show("callup", order)["lines"]} == {"cancelled"}
        assert flood("callup", "issue-draft", order).code != 0


def test_what_the_drafts_would_order_is_refused_by_no_rule(flood: Officer) -> None:
    done = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json
    for order in done["issued"]["new"]:
        flood.done("callup", "issue-draft", order)
    board = flood.done("need", "board", Stage.INCIDENT, "--json").json
    assert [row["asked"] >= row["required"] for row in board] == [True, True, True]
    # Everything is ordered: there is nothing left to plan.
    after = plan(flood)
    assert after["lines"] == [] and after["orders"] == []


def test_a_new_plan_keeps_the_drafts_of_the_one_before(flood: Officer) -> None:
    first = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json
    # A team as near as the others reports after the plan was made.
    flood.add("team", "name=房山救援三队", "region=110111", "strength=30", "at=39.741,115.991")
    flood.done("duty", "report", "房山救援三队", "--readiness", "ready", "--headcount", "30")
    again = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json
    assert again["issued"]["new"] == [] and again["issued"]["cancelled"] == []
    # Nothing was written, so there is no operation to take back.
    assert again["issued"]["op"] is None and first["issued"]["op"]
    assert sorted(again["issued"]["kept"]) == sorted(first["issued"]["new"])
    # The pump breaks: only what must change changes.
    flood.done("equipment", "set", Stage.BIG, "serviceability=in_repair")
    third = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json
    assert len(third["issued"]["cancelled"]) == 1


def test_json_says_what_issue_would_do_and_which_draft_stands_for_which_order(flood: Officer) -> None:
    first = plan(flood)
    assert first["drafts"] == {
        "standing": [],
        "new": len(first["orders"]),
        "kept": [],
        "updated": [],
        "cancelled": [],
    }
    assert {order["draft"] for order in first["orders"]} == {None}
    done = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json["issued"]
    again = plan(flood)
    assert again["drafts"] == {
        "standing": done["new"],
        "new": 0,
        "kept": done["new"],
        "updated": [],
        "cancelled": [],
    }
    assert sorted(order["draft"] for order in again["orders"]) == sorted(done["new"])
    # Without the team that has the pumps its draft goes, and the others stay.
    less = plan(flood, "--without", Stage.DRAINERS)["drafts"]
    assert set(less["kept"]) | set(less["cancelled"]) == set(done["new"]) and less["cancelled"]


def test_what_counts_as_coming_though_nobody_answers_is_said(flood: Officer) -> None:
    for what, n in (("--people", "12"), ("--equipment", Stage.BIG)):
        team = Stage.RESCUERS if what == "--people" else Stage.DRAINERS
        flood.issue("--incident", Stage.INCIDENT, "--team", team, what, n, "--by", "90min")
    flood.issue("--incident", Stage.INCIDENT, "--team", Stage.DRAINERS, "--people", "12", "--by", "90min")
    flood.issue("--incident", Stage.INCIDENT, "--item", "sandbag", "--qty", "300")
    value = plan(flood)
    assert value["lines"] == [] and value["counted"] == []
    flood.done("callup", "accept", "FT-10")
    flood.at("08:30")
    value = plan(flood)
    people, pump, bags = ("FT-10/1", "FT-11/1", "FT-13/1")
    assert [(c["line"], c["why"]) for c in value["counted"]] == [
        (pump, "answer"),
        ("FT-12/1", "answer"),
        (bags, "answer"),
    ]
    flood.at("09:31")
    assert (people, "arrival") in [(c["line"], c["why"]) for c in plan(flood)["counted"]]
    told = flood.done("plan", "callup", Stage.INCIDENT).out
    assert "enough is ordered, if all of it comes" in told
    assert "counted as coming though nobody answered or it is late: FT-11/1 FT-1 [no answer], " in told
    assert f"{people} {Stage.RESCUERS} [not arrived]\n" in told
    assert f"--without {Stage.DRAINERS} --without {Stage.RESCUERS} plans without them" in told
    # Who is left out is not counted; who is there is not in doubt.
    less = plan(flood, "--without", Stage.DRAINERS, "--without", Stage.RESCUERS)
    assert [c["line"] for c in less["counted"]] == [bags] and need(less, "drainage")["short"] == 5000
    flood.done("callup", "depart", "FT-10")
    flood.done("callup", "arrive", "FT-10")
    assert people not in [c["line"] for c in plan(flood)["counted"]]


def test_what_counts_as_coming_over_a_road_that_was_closed_since_is_said(flood: Officer) -> None:
    order = flood.issue("--incident", Stage.INCIDENT, "--team", Stage.DRAINERS, "--equipment", Stage.BIG)
    hold = flood.issue("--kind", "standby", "--team", Stage.RESCUERS)
    flood.done("callup", "accept", order, hold)
    assert plan(flood)["counted"] == []
    for team in (Stage.DRAINERS, Stage.RESCUERS):
        flood.add("drive", f"from={team}", f"to={Stage.INCIDENT}", "closed=yes", "source=塌方")
    assert plan(flood)["counted"] == [
        {
            "incident": Stage.INCIDENT,
            "line": f"{order}/1",
            "team": Stage.DRAINERS,
            "why": "closed",
            "source": "塌方",
        }
    ]
    told = flood.done("plan", "callup", Stage.INCIDENT).out
    assert f"counted as coming though there is no way for it: {order}/1 {Stage.DRAINERS} [塌方]" in told
    assert f"--without {Stage.DRAINERS} plans without them" in told
    road = next(
        row["id"] for row in flood.done("drive", "list", "--json").json if row["from"] == Stage.DRAINERS
    )
    flood.done("drive", "set", road, "closed=no")
    assert plan(flood)["counted"] == []
    # A river whose bridges are down is no way either.
    flood.add("barrier", "name=永定河", "line=39.6,115.995;39.9,115.995")
    assert [(c["line"], c["why"]) for c in plan(flood)["counted"]] == [(f"{order}/1", "closed")]
    # What nobody needs is not counted, whatever became of it.
    for one in plan(flood)["incidents"][0]["needs"]:
        if one["what"] == "drainage":
            flood.done("need", "retire", one["id"], "--reason", "退水")
    assert plan(flood)["counted"] == []


def test_who_is_passed_over_since_an_order_would_be_refused_says_why_and_only_that_is_left_out(
    flood: Officer,
) -> None:
    hold = flood.issue("--kind", "standby", "--team", Stage.DRAINERS, "--equipment", Stage.BIG)
    drill = flood.done("incident", "open", "演练", "--scenario", "flood", "--level", "II", "--region", "110111",
                       "--at", "39.74,115.99", "--exercise", "--json").json["id"]  # fmt: skip
    for what in ("drainage>=5000m3/h", "people>=24"):
        flood.done("incident", "need", drill, what)
    value = flood.done("plan", "callup", drill, "--json").json
    (passed,) = need(value, "drainage", drill)["passed_over"]
    assert (passed["holder"], passed["why"]) == (Stage.DRAINERS, "refused")
    assert f"equipment {Stage.BIG} is claimed by {hold}/1" in passed["source"]
    # Its people are not what is refused.
    assert sent(value, "people")[Stage.DRAINERS] >= 12 and need(value, "people", drill)["short"] == 0
    assert (
        f"an order for it would be refused: equipment {Stage.BIG} is claimed"
        in flood.done("plan", "callup", drill).out
    )


def test_a_team_that_is_pre_positioned_is_called_whole_and_its_people_count(flood: Officer) -> None:
    hold = flood.issue("--kind", "preposition", "--team", Stage.DRAINERS, "--report-to", "阎村镇")
    value = plan(flood)
    assert sent(value, "team") == {Stage.DRAINERS: 1} and need(value, "people")["short"] == 0
    assert not any(p["why"] == "refused" for n in value["incidents"][0]["needs"] for p in n["passed_over"])
    for order in flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json["issued"]["new"]:
        flood.done("callup", "issue-draft", order)
    assert flood.state(f"{hold}/1") == "superseded"
    assert plan(flood)["lines"] == []


def test_a_kept_draft_gets_the_deadline_that_its_need_has_now(flood: Officer) -> None:
    first = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json
    assert {flood.show("callup", o)["by"][11:16] for o in first["issued"]["new"]} == {"09:30"}
    for one in first["incidents"][0]["needs"]:
        flood.done("need", "set", one["id"], "by=+5h")
    assert sorted(plan(flood)["drafts"]["updated"]) == sorted(first["issued"]["new"])
    told = flood.done("plan", "callup", Stage.INCIDENT, "--issue").out
    n = len(first["issued"]["new"])
    assert f"0 draft orders written; {n} kept; brought up to date: {first['issued']['new'][0]}" in told
    assert {flood.show("callup", o)["by"][11:16] for o in first["issued"]["new"]} == {"13:00"}
    assert plan(flood)["drafts"]["updated"] == []


def test_orders_of_a_plan_name_the_place_of_the_need_or_of_the_incident(flood: Officer) -> None:
    def reports() -> set[Any]:
        return {order["report_to"] for order in plan(flood)["orders"]}

    assert reports() == {"39.74000,115.99000"}
    flood.done("incident", "set", Stage.INCIDENT, "place=城关街道")
    assert reports() == {"城关街道"}
    people = next(n for n in plan(flood)["incidents"][0]["needs"] if n["what"] == "people")
    flood.done("need", "set", people["id"], "place=长辛店桥下")
    for order in plan(flood)["orders"]:
        assert order["report_to"] == ("长辛店桥下" if order["people"] else "城关街道")
        # What is wanted at two places is two orders, also of one team.
        assert not (order["people"] and order["equipment"])
    done = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json["issued"]
    written = {flood.show("callup", order)["report_to"] for order in done["new"]}
    assert written == {"城关街道", "长辛店桥下"}
    # The incident moves: the drafts follow, and keep their numbers.
    flood.done("incident", "set", Stage.INCIDENT, "place=阎村镇")
    again = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json["issued"]
    assert again["new"] == [] and again["kept"] and set(again["updated"]) < set(again["kept"])
    assert {flood.show("callup", order)["report_to"] for order in done["new"]} == {"阎村镇", "长辛店桥下"}


def test_a_draft_that_passed_over_a_rule_says_so_no_more_when_the_plan_does_not(flood: Officer) -> None:
    done = flood.done("plan", "callup", Stage.INCIDENT, "--override", "市领导批示", "--issue", "--json").json[
        "issued"
    ]
    assert {flood.show("callup", o)["override"] for o in done["new"]} == {"市领导批示"}
    assert (
        flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json["issued"]["kept"]
        == done["new"]
    )
    assert {flood.show("callup", o)["override"] for o in done["new"]} == {None}
