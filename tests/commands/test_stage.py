"""`emergency season` and `emergency plan stage`, as an officer types them (row G2)."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Officer, Shelf


@pytest.fixture
def desk(say: Officer, shelf: Shelf) -> Officer:
    """A station with a season, key areas, sites and teams; the hour is 2026-07-31 08:00."""
    return shelf.typed(say, _staged)


def _staged(say: Officer) -> None:
    for words in (
        "season add name=汛期 kind=flood begin=06-01 end=9月15日 source=样例",
        "season add name=防火期 kind=fire begin=11-01 end=05-31",
        "task add season=汛期 what=物资清点 by=05-15",
        "task add season=汛期 what=预置到位 by=05-31 done=2026-05-30",
        "site add name=山口点 at=39.70,115.80 capacity=1",
        "site add name=河谷点 at=39.90,115.95 capacity=3",
        "keyarea add name=山村 at=39.70,115.79 weight=9 hazards=flood",
        "keyarea add name=河村 at=39.91,115.95 weight=5 hazards=flood",
        "keyarea add name=镇区 at=39.73,116.14 weight=4 hazards=flood;waterlogging",
        "keyarea add name=远村 at=40.60,117.00 weight=2 hazards=flood",
        "keyarea add name=林场 at=39.75,115.80 weight=7 hazards=forest-fire",
        "keyarea add name=无坐标 hazards=flood",
        "team add name=镇区队 type=水域救援 at=39.73,116.14 strength=20",
        "team add name=二队 type=水域救援 at=39.74,116.15 strength=20",
        "team add name=三队 type=道路抢险 at=39.74,116.15 strength=20",
        "team add name=备勤队 type=道路抢险 at=39.70,115.79 strength=20",
        "team add name=沉默队 type=道路抢险 at=39.70,115.79 strength=20",
    ):
        say.done(*words.split(" "))
    for team in ("镇区队", "二队", "三队"):
        say.done("duty", "report", team, "--readiness", "ready", "--headcount", "20")
    say.done("duty", "report", "备勤队", "--readiness", "standby", "--headcount", "20")


def stage(desk: Officer, *words: str) -> dict[str, object]:
    return dict(desk.done("plan", "stage", "汛期", *words, "--json").json)


def where(plan: dict[str, object]) -> dict[str, str | None]:
    return {t["name"]: t["site_name"] for t in plan["teams"]}  # type: ignore[attr-defined]


def test_seasons_say_what_runs_and_what_is_overdue(desk: Officer) -> None:
    flood, fire = desk.done("season", "list", "--json").json
    assert (flood["window"]["state"], flood["window"]["days"]) == ("running", 46)
    assert flood["checklist"] == {"done": 1, "overdue": 1, "open": 0}
    assert fire["window"] == {"begin": "2026-11-01", "end": "2027-05-31", "state": "ahead", "days": 93}
    shown = desk.done("season", "show", "汛期", "--json").json
    assert [(t["what"], t["state"], t["days"]) for t in shown["checklist"]] == [
        ("物资清点", "overdue", -77),
        ("预置到位", "done", -61),
    ]
    assert len(shown["key_areas"]) == 5
    assert "overdue by 77 days" in desk.done("season", "show", "汛期").out
    assert "running, 46 days left" in desk.done("season", "list").out


def test_hazards_and_seasons_that_nobody_knows_are_refused_where_they_are_typed(desk: Officer) -> None:
    assert "did you mean Flood?" in desk.refused(3, "keyarea", "add", "name=x", "hazards=waterlogging;flod")
    assert "scenario list" in desk.refused(3, "keyarea", "set", "山村", "hazards=nosuch")
    assert "did you mean 防火期?" in desk.refused(3, "keyarea", "set", "山村", "seasons=防火期间")
    window = ("kind=other", "begin=06-01", "end=06-02")
    desk.refused(3, "season", "add", "name=x", *window, "hazards=nosuch")
    desk.done("season", "add", "name=x", *window, "hazards=洪水、waterlogging")
    desk.done("keyarea", "set", "山村", "hazards=", "seasons=汛期;防火期")


def test_a_sheet_with_hazards_and_seasons_that_nobody_knows_is_taken_in_with_a_remark(desk: Officer) -> None:
    sheet = desk.store.parent / "areas.csv"
    sheet.write_text(
        "重点区域,灾种,适用时段\n甲村,flod、waterlogging,国庆节\n乙村,flood,汛期\n", encoding="utf-8"
    )
    result = desk.done("keyarea", "import", str(sheet))
    assert "words that name no Scenario, kept as written: flod (did you mean Flood?)" in result.err
    assert "words that name no Season plan, kept as written: 国庆节 (" in result.err
    assert "waterlogging" not in result.err and "汛期" not in result.err
    assert desk.show("keyarea", "甲村")["hazards"] == "flod、waterlogging"


def test_key_areas_are_listed_with_the_names_of_their_hazards(
    desk: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Flood, Urban waterlogging" in desk.done("keyarea", "list").out
    monkeypatch.setenv("EMERGENCY_LANG", "zh")
    assert "洪水灾害、城市内涝灾害" in desk.done("keyarea", "list").out


def test_what_is_done_was_done_by_today(desk: Officer) -> None:
    new = ("task", "add", "season=汛期", "what=新事", "by=2026-09-01")
    assert "that lies in the future: 2027-01-01" in desk.refused(2, *new, "done=2027-01-01")
    desk.refused(2, *new, "done=2026-08")
    id_ = desk.add("task", *new[2:], "done=2026-07")
    desk.refused(2, "task", "set", id_, "done=2026-08-01")
    desk.done("task", "set", id_, "done=2026-07-31")


def test_ends_of_a_window_must_agree(desk: Officer) -> None:
    desk.refused(2, "season", "add", "name=x", "kind=event", "begin=06-01", "end=2026-07-01")
    desk.refused(2, "season", "add", "name=x", "kind=event", "begin=2026-07-02", "end=2026-07-01")
    desk.refused(2, "season", "add", "name=x", "kind=event", "begin=soon", "end=2026-07-01")


@pytest.mark.parametrize(
    ("within", "told"),
    [
        ("1s", "1 s"),
        ("90s", "90 s"),
        ("2min", "2 min"),
        ("0min", "0 min"),
        ("0.5s", "0.5 s"),
        ("1ms", "0.001 s"),
    ],
)
def test_the_limit_is_told_as_it_was_set(desk: Officer, within: str, told: str) -> None:
    plan = stage(desk, "--teams", "0", "--within", within)
    why = [a["covered_by"][0]["why_not"] or "" for a in plan["areas"]]  # type: ignore[attr-defined]
    (limit,) = {w.partition(" within ")[2].partition(":")[0] for w in why if " within " in w}
    assert limit == told


def test_the_plan_covers_what_weighs_most_and_says_why_not_the_rest(desk: Officer) -> None:
    plan = stage(desk, "--teams", "3", "--within", "20min")
    assert sorted(map(str, where(plan).values())) == ["None", "山口点", "河谷点"]
    assert plan["weight"] == {"all": 20, "covered": 18, "covered_twice": 0}
    assert plan["gap"] == 0
    areas = {a["name"]: a["covered_by"][0] for a in plan["areas"]}  # type: ignore[attr-defined]
    assert (
        areas["远村"]["teams"] == [] and "no site and no ready team within 20 min" in areas["远村"]["why_not"]
    )
    assert areas["镇区"]["teams"] and areas["镇区"]["why_not"] is None
    left = plan["left_out"]
    assert sorted(left.values()) == ["it has no position", "never reported", "standby"]  # type: ignore[attr-defined]
    assert all("estimate" in s for s in plan["sources"])  # type: ignore[attr-defined]
    told = desk.done("plan", "stage", "汛期", "--teams", "1", "--within", "20min").out
    assert "not covered:" in told and "one more would reach it" in told


def test_a_driving_time_of_the_register_wins_over_the_estimate(desk: Officer) -> None:
    desk.done("drive", "add", "from=山口点", "to=山村", "minutes=45", "source=塌方绕行", "as_of=2026-07-30")
    plan = stage(desk, "--teams", "3", "--within", "20min")
    assert "山口点" not in where(plan).values()
    later = stage(desk, "--teams", "3", "--within", "50min")
    assert any("塌方绕行 2026-07-30" in s for s in later["sources"])  # type: ignore[attr-defined]


def covers(plan: dict[str, object], team: str) -> dict[str, float]:
    """{area: minutes until a placed team is there}"""
    told = next(t for t in plan["teams"] if t["name"] == team)  # type: ignore[attr-defined]
    names = {a["area"]: a["name"] for a in plan["areas"]}  # type: ignore[attr-defined]
    return {names[c["area"]]: c["minutes"] for c in told["covers"]}


def test_turning_out_counts_before_the_drive(desk: Officer) -> None:
    before = stage(desk, "--teams", "3", "--within", "20min")
    at_home = next(t for t in before["teams"] if t["stays"])  # type: ignore[attr-defined]
    drive = covers(before, at_home["name"])["镇区"]
    for team in ("镇区队", "二队", "三队"):
        desk.done("team", "set", team, "turnout=10")
    after = stage(desk, "--teams", "3", "--within", "20min")
    assert covers(after, at_home["name"])["镇区"] == drive + 10
    told = next(t for t in after["teams"] if t["stays"])  # type: ignore[attr-defined]
    assert (told["turnout_minutes"], told["turnout_of"], told["covers"][0]["drive_minutes"]) == (
        10,
        "team",
        drive,
    )
    said = desk.done("plan", "stage", "汛期", "--teams", "3", "--within", "20min").out
    assert f"covers, turn-out of 10 min included: 镇区 {math.ceil(drive + 10)} min" in said
    # Nobody is within reach any more: even at the foot of the hill a team turns out for 25 minutes.
    for team in ("镇区队", "二队", "三队"):
        desk.done("team", "set", team, "turnout=25")
    none = stage(desk, "--teams", "3", "--within", "20min")
    assert none["teams"] == [] and none["weight"]["covered"] == 0  # type: ignore[index]
    why = next(a for a in none["areas"] if a["name"] == "山村")["covered_by"][0]["why_not"]  # type: ignore[attr-defined]
    assert "the nearest, 山口点, is 29 min away (turn-out 25 min + drive 4 min)" in why


def test_a_team_on_watch_at_a_site_turns_out_as_the_site_states(desk: Officer) -> None:
    for team in ("镇区队", "二队", "三队"):
        desk.done("team", "set", team, "turnout=25")
    desk.done("site", "set", "山口点", "turnout=2")
    plan = stage(desk, "--teams", "3", "--within", "20min")
    (told,) = plan["teams"]  # type: ignore[misc]
    assert (told["site_name"], told["turnout_minutes"], told["turnout_of"]) == ("山口点", 2, "site")
    assert covers(plan, told["name"])["山村"] == told["covers"][0]["drive_minutes"] + 2
    # A site that states none is taken to be no quicker than the base, and the plan says so.
    desk.done("site", "set", "山口点", "turnout=")
    said = desk.done("plan", "stage", "汛期", "--teams", "3", "--within", "40min").out
    assert "covers, turn-out of 25 min as at its base included: 山村 29 min" in said


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    own=st.tuples(*[st.integers(0, 30)] * 3),
    site=st.none() | st.integers(0, 30),
    within=st.integers(10, 70),
)
def test_whatever_the_turn_out_nobody_covers_what_is_reached_too_late(
    desk: Officer, own: tuple[int, ...], site: int | None, within: int
) -> None:
    for team, minutes in zip(("镇区队", "二队", "三队"), own, strict=True):
        desk.done("team", "set", team, f"turnout={minutes}")
    desk.done("site", "set", "山口点", "turnout=" + ("" if site is None else str(site)))
    plan = stage(desk, "--teams", "3", "--within", f"{within}min", "--backup")
    stated = dict(zip(("镇区队", "二队", "三队"), own, strict=True))
    reach: dict[str, set[str]] = {}
    for team in plan["teams"]:  # type: ignore[attr-defined]
        by_site = team["site_name"] == "山口点" and site is not None
        assert team["turnout_of"] == ("site" if by_site else "team")
        assert team["turnout_minutes"] == (site if by_site else stated[team["name"]])
        for cover in team["covers"]:
            assert cover["minutes"] == pytest.approx(
                team["turnout_minutes"] + cover["drive_minutes"], abs=0.11
            )
            assert cover["minutes"] <= within + 0.05
            reach.setdefault(cover["area"], set()).add(team["team"])
    for area in plan["areas"]:  # type: ignore[attr-defined]
        (by,) = area["covered_by"]
        assert set(by["teams"]) == reach.get(area["area"], set())
        assert bool(by["why_not"]) != bool(by["teams"])
    for team in stated:
        desk.done("team", "set", team, "turnout=0")
    desk.done("site", "set", "山口点", "turnout=")
    # Who turns out at once covers no less.
    at_once = stage(desk, "--teams", "3", "--within", f"{within}min", "--backup")
    assert at_once["worth"] >= plan["worth"] - 1e-6  # type: ignore[operator]


def test_an_area_behind_a_closed_road_is_not_reached_from_there(desk: Officer) -> None:
    before = stage(desk, "--teams", "3", "--within", "20min")
    what_if = ("--closed", "山口点", "山村")
    plan = stage(desk, "--teams", "3", "--within", "20min", *what_if)
    assert "山口点" in where(before).values() and "山口点" not in where(plan).values()
    assert plan["weight"]["covered"] == before["weight"]["covered"] - 9  # type: ignore[index]
    assert plan["closed"] == [["山口点", "山村"]] and before["closed"] == []
    areas = {a["name"]: a["covered_by"][0] for a in plan["areas"]}  # type: ignore[attr-defined]
    assert areas["山村"]["teams"] == []
    assert areas["山村"]["why_not"].endswith("the road from 山口点 is closed: assumed for this plan")
    assert "closed" not in areas["远村"]["why_not"]
    said = desk.done("plan", "stage", "汛期", "--teams", "3", "--within", "20min", *what_if).out
    assert "the road from 山口点 is closed: assumed for this plan" in said
    desk.refused(3, "plan", "stage", "汛期", "--teams", "3", "--closed", "山口点", "无此地")
    desk.done("drive", "add", "from=山口点", "to=山村", "closed=yes", "source=塌方")
    same = stage(desk, "--teams", "3", "--within", "20min")
    assert where(same) == where(plan) and same["weight"] == plan["weight"]


def test_no_team_is_placed_over_a_closed_road(desk: Officer) -> None:
    shut = [w for team in ("镇区队", "二队", "三队") for w in ("--closed", team, "山口点")]
    plan = stage(desk, "--teams", "3", "--within", "20min", *shut)
    assert "山口点" not in where(plan).values() and "河谷点" in where(plan).values()


def test_types_cover_apart_from_each_other(desk: Officer) -> None:
    plan = stage(desk, "--teams", "3", "--type", "水域=2", "--within", "20min")
    by_type = {t["name"]: t["type"] for t in plan["teams"]}  # type: ignore[attr-defined]
    assert by_type["三队"] == "道路抢险"
    assert plan["weight"]["all"] == 40  # type: ignore[index]
    alone = stage(desk, "--type", "道路抢险=2", "--within", "20min")
    assert [t["name"] for t in alone["teams"]] == ["三队"]  # type: ignore[attr-defined]


def test_issue_drafts_the_moves_and_undo_takes_them_back(desk: Officer) -> None:
    before = desk.done("callup", "list", "--json").json
    stage(desk, "--teams", "3", "--within", "20min")
    assert desk.done("callup", "list", "--json").json == before
    plan = stage(desk, "--teams", "3", "--within", "20min", "--issue")
    issued = plan["issued"]
    assert len(issued["orders"]) == 2  # type: ignore[index]
    order = desk.done("callup", "show", issued["orders"][0], "--json").json  # type: ignore[index]
    assert order["kind"] == "preposition" and order["report_to"] in ("山口点", "河谷点")
    desk.done("undo", issued["op"])  # type: ignore[index]
    assert {row["state"] for row in desk.done("callup", "list", "--json").json} <= {"cancelled"}


def test_a_team_that_is_called_up_is_not_placed(desk: Officer) -> None:
    desk.done("callup", "issue", "--kind", "standby", "--team", "二队")
    plan = stage(desk, "--teams", "3", "--within", "20min")
    assert "二队" not in where(plan)
    assert any("called up" in why or "claimed" in why for why in plan["left_out"].values())  # type: ignore[attr-defined]


def test_a_floor_is_kept_by_sending_what_is_above_it(desk: Officer) -> None:
    for team in ("镇区队", "二队", "三队"):
        desk.done("team", "set", team, "floor=8")
    plan = stage(desk, "--teams", "3", "--within", "20min", "--issue")
    assert {t["people"] for t in plan["teams"]} == {12}  # type: ignore[attr-defined]
    assert len(plan["issued"]["orders"]) == 2  # type: ignore[index]
    desk.done("team", "set", "三队", "floor=20")
    assert "三队" not in where(stage(desk, "--teams", "3", "--within", "20min"))


def test_a_floor_of_an_area_bounds_what_several_orders_take_together(desk: Officer) -> None:
    for team in ("镇区队", "二队", "三队"):
        desk.done("team", "set", team, "region=110111")
    desk.done("region", "set", "110111", "floor=35")
    plan = stage(desk, "--teams", "3", "--within", "20min", "--issue")
    assert len(plan["issued"]["orders"]) == 1  # type: ignore[index]
    assert any("keeps 35 people at home" in why for why in plan["left_out"].values())  # type: ignore[attr-defined]


def test_a_team_of_another_province_is_asked_and_not_placed(desk: Officer) -> None:
    desk.done("team", "set", "二队", "region=130681")
    plan = stage(desk, "--teams", "3", "--within", "20min")
    assert "二队" not in where(plan)
    assert any("another province" in why for why in plan["left_out"].values())  # type: ignore[attr-defined]


def test_nothing_to_place_is_an_answer(desk: Officer) -> None:
    assert stage(desk, "--teams", "0")["teams"] == []
    assert "no team is placed" in desk.done("plan", "stage", "汛期", "--teams", "0").out
    empty = desk.done("plan", "stage", "防火期", "--teams", "2", "--within", "1min", "--json").json
    assert empty["weight"]["covered"] == 0 and empty["gap"] == 0


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (3, ("plan", "stage", "nosuch", "--teams", "2")),
        (2, ("plan", "stage", "汛期")),
        (2, ("plan", "stage", "汛期", "--teams", "-1")),
        (2, ("plan", "stage", "汛期", "--teams", "2", "--within", "soon")),
        (2, ("plan", "stage", "汛期", "--teams", "2", "--type", "水域")),
        (2, ("plan", "stage", "汛期", "--teams", "2", "--type", "水域=3")),
        (3, ("plan", "stage", "汛期", "--type", "飞行=2")),
        (2, ("plan", "stage", "汛期", "--teams", "2", "--routing", "google:x")),
    ],
)
def test_bad_input_is_one_line_and_an_exit_code(desk: Officer, code: int, words: tuple[str, ...]) -> None:
    desk.refused(code, *words)


def test_a_type_nobody_has_names_those_there_are_and_one_is_named_once(desk: Officer) -> None:
    said = desk.refused(3, "plan", "stage", "汛期", "--type", "飞行=2")
    assert "飞行" in said and "水域救援" in said and "道路抢险" in said
    assert "named twice" in desk.refused(2, "plan", "stage", "汛期", "--type", "水域=2", "--type", "水域=3")


def test_a_routing_server_that_is_not_there_is_said_and_the_estimate_serves(desk: Officer) -> None:
    plan = stage(desk, "--teams", "2", "--routing", "osrm:http://127.0.0.1:9")
    assert plan["routing_trouble"] and all("estimate" in s for s in plan["sources"])  # type: ignore[attr-defined]


def given(desk: Officer, *words: str) -> dict[str, str]:
    """{team: order} of a plan whose drafts were given."""
    plan = stage(desk, "--teams", "3", "--within", "20min", *words, "--issue")
    for order in plan["issued"]["orders"]:  # type: ignore[index]
        desk.done("callup", "issue-draft", order)
    moved = [t["team"] for t in plan["teams"] if not t["stays"]]  # type: ignore[attr-defined]
    return dict(zip(moved, plan["issued"]["orders"], strict=True))  # type: ignore[index]


def only_the_far_village_counts(desk: Officer) -> None:
    for area, weight in (("山村", 0), ("河村", 0), ("镇区", 0), ("远村", 9)):
        desk.done("keyarea", "set", area, f"weight={weight}")
    desk.done("site", "add", "name=北点", "at=40.60,116.99")


def test_a_team_that_an_order_placed_stands_there_when_the_season_is_planned_again(desk: Officer) -> None:
    before = stage(desk, "--teams", "3", "--within", "20min")
    orders = given(desk)
    first = next(iter(orders.values()))
    desk.done("callup", "accept", first)
    plan = stage(desk, "--teams", "3", "--within", "20min")
    assert where(plan) == where(before)
    teams = {t["team"]: t for t in plan["teams"]}  # type: ignore[attr-defined]
    for team, order in orders.items():
        assert teams[team]["stays"] and teams[team]["minutes"] == 0
        assert teams[team]["from"]["line"] == f"{order}/1"
        assert teams[team]["from"]["site"] == teams[team]["site"]
    assert not {*orders} & {*plan["left_out"]}  # type: ignore[misc]
    told = desk.done("plan", "stage", "汛期", "--teams", "3", "--within", "20min").out
    assert f"where {first}/1 has it" in told
    assert (
        "nobody has to move"
        in desk.done("plan", "stage", "汛期", "--teams", "3", "--within", "20min", "--issue").err
    )


def test_a_placed_team_can_be_moved_on_and_the_new_order_takes_the_old_ones_place(desk: Officer) -> None:
    orders = given(desk)
    only_the_far_village_counts(desk)
    plan = stage(desk, "--teams", "1", "--within", "20min", "--issue")
    (team,) = plan["teams"]  # type: ignore[misc]
    assert (team["site_name"], team["stays"]) == ("北点", False)
    old, (new,) = orders[team["team"]], plan["issued"]["orders"]  # type: ignore[index]
    states = {r["id"]: r["state"] for r in desk.done("callup", "list", "--json").json}
    assert (states[f"{old}/1"], states[f"{new}/1"]) == ("issued", "draft")
    desk.done("callup", "issue-draft", new)
    states = {r["id"]: r["state"] for r in desk.done("callup", "list", "--json").json}
    assert (states[f"{old}/1"], states[f"{new}/1"]) == ("superseded", "issued")
    assert desk.done("team", "show", team["team"], "--json").json["claimed_by"] == [f"{new}/1"]


def test_a_draft_that_moves_a_team_on_is_taken_back_without_touching_the_order_it_has(desk: Officer) -> None:
    orders = given(desk)
    only_the_far_village_counts(desk)
    plan = stage(desk, "--teams", "1", "--within", "20min", "--issue")
    desk.done("undo", plan["issued"]["op"])  # type: ignore[index]
    states = {r["id"]: r["state"] for r in desk.done("callup", "list", "--json").json}
    assert [states[f"{order}/1"] for order in orders.values()] == ["issued"] * len(orders)


def test_a_part_of_a_team_that_an_order_placed_is_moved_as_it_is(desk: Officer) -> None:
    for team in ("镇区队", "二队", "三队"):
        desk.done("team", "set", team, "floor=8")
    orders = given(desk)
    plan = stage(desk, "--teams", "3", "--within", "20min")
    assert {t["team"] for t in plan["teams"] if t["from"]["line"]} == {*orders}  # type: ignore[attr-defined]
    only_the_far_village_counts(desk)
    plan = stage(desk, "--teams", "1", "--within", "20min", "--issue")
    (new,) = plan["issued"]["orders"]  # type: ignore[index]
    desk.done("callup", "issue-draft", new)
    assert desk.done("callup", "show", new, "--json").json["lines"][0]["people"] == 12


def test_a_team_that_an_order_placed_at_no_site_is_left_out_with_the_place(desk: Officer) -> None:
    desk.done("callup", "issue", "--kind", "preposition", "--team", "三队", "--report-to", "村口")
    plan = stage(desk, "--teams", "3", "--within", "20min")
    assert any("has it stand at 村口" in why for why in plan["left_out"].values())  # type: ignore[attr-defined]


def test_the_plan_tells_where_everything_is_for_a_map(desk: Officer) -> None:
    plan = stage(desk, "--teams", "3", "--within", "20min")
    sites = {s["name"]: s for s in plan["sites"]}  # type: ignore[attr-defined]
    assert sites["山口点"]["at"] == {"lat": 39.7, "lng": 115.8} and sites["山口点"]["capacity"] == 1
    for team in plan["teams"]:  # type: ignore[attr-defined]
        assert team["stays"] == (team["at"] == team["from"]["at"])
        assert (team["site"] is None) == (team["team"] not in [t for s in sites.values() for t in s["teams"]])
    assert all(area["at"] for area in plan["areas"])  # type: ignore[attr-defined]


def test_seasons_are_as_of_the_time_that_is_named(desk: Officer) -> None:
    (flood, _fire) = desk.done("season", "list", "--as-of", "2026-07-31 08:00", "--json").json
    assert flood["window"]["days"] == 46
