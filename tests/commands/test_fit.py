"""`emergency drive fit`: the speed that recorded trips fit is shown, and written only when a person accepts it."""

from __future__ import annotations

from .conftest import Officer, Stage


def trips(desk: Officer, count: int, minutes: int) -> None:
    """So many times the drainage team goes to the incident, and home again."""
    for n in range(count):
        order = desk.done(
            "callup",
            "issue",
            "--incident",
            Stage.INCIDENT,
            "--team",
            Stage.DRAINERS,
            "--people",
            "3",
            "--json",
        ).json["id"]
        desk.done("callup", "accept", order)
        day = f"2026-07-{n + 2:02}"
        for step, at in (
            ("depart", "08:00"),
            ("arrive", f"08:{minutes:02}"),
            ("release", "10:00"),
            ("return", "11:00"),
        ):
            desk.done("callup", step, order, "--at", f"{day} {at}")


def test_a_speed_is_shown_and_accepted_and_every_arrival_says_from_how_many_trips(desk: Officer) -> None:
    trips(desk, 3, 30)
    entries = desk.entries()
    assert "no region has enough recorded trips" in desk.done("drive", "fit").err
    desk.refused(3, "drive", "fit", "--accept")
    desk.refused(3, "drive", "fit", "110106", "--least", "3")
    found = desk.done("drive", "fit", "--least", "3", "--json").json
    (one,) = found["fits"]
    assert (one["region"], one["trips"]) == ("110111", 3) and one["half_within"] < 0.01
    assert found["trips"] == 3 and found["left_out"] == {}
    assert "3 recorded trips" in desk.done("drive", "fit", "--least", "3").err
    assert desk.entries() == entries
    done = desk.done("drive", "fit", "110111", "--least", "3", "--accept", "--json").json
    (row,) = desk.done("pace", "list", "--json").json
    assert (row["region"], row["speed"], row["trips"]) == ("110111", one["speed"], 3)
    # What stands there already is not written again.
    again = desk.done("drive", "fit", "--least", "3", "--accept", "--json").json
    assert [a["changed"] for a in again["accepted"]] == [False]
    desk.done("duty", "report", Stage.DRAINERS, "--readiness", "ready", "--headcount", "20")
    desk.done("incident", "need", Stage.INCIDENT, "people>=5", "--by", "90min")
    plan = desk.done("plan", "callup", Stage.INCIDENT, "--json").json
    assert all(s.startswith("fitted from 3 trips in 110111: ") for s in plan["times"]) and plan["times"]
    assert [
        abs(line["minutes"] - 30) < 0.5 for line in plan["lines"] if line["holder"] == Stage.DRAINERS
    ] == [True]
    desk.done("undo", done["op"])
    plain = desk.done("plan", "callup", Stage.INCIDENT, "--json").json
    assert all(s.startswith("estimate: ") for s in plain["times"])


def test_a_plan_goes_by_the_bridge_and_names_it(desk: Officer) -> None:
    for team, people in ((Stage.DRAINERS, "20"), (Stage.RESCUERS, "12")):
        desk.done("duty", "report", team, "--readiness", "ready", "--headcount", people)
    desk.done("incident", "need", Stage.INCIDENT, "people>=30", "--by", "3h")

    def plan() -> dict[str, dict[str, object]]:
        return {
            line["holder"]: line
            for line in desk.done("plan", "callup", Stage.INCIDENT, "--json").json["lines"]
        }

    before = plan()
    # East of both bases but the rescuers': a river from north to south, with a bridge far up.
    desk.done("barrier", "add", "name=永定河", "line=38,116.1;42,116.1", "crossings=北桥 40.2,116.1")
    after = plan()
    changed = {holder for holder in before if after[holder]["minutes"] != before[holder]["minutes"]}
    assert changed == {Stage.RESCUERS}
    assert after[Stage.RESCUERS]["source"] == f"{before[Stage.RESCUERS]['source']}, by 北桥 (永定河)"
    assert after[Stage.RESCUERS]["minutes"] > before[Stage.RESCUERS]["minutes"]  # type: ignore[operator]
    desk.refused(2, "barrier", "add", "name=x", "line=38,116.1")
    desk.refused(2, "barrier", "add", "name=x", "line=38,116.1;39,116.1", "crossings=远 38,117")
