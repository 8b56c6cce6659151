"""`emergency alert`: taken in once, shown as chains, turned into drafts that a person issues."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from tests.commands.conftest import Officer, Stage, harmless
from tests.plugins.alert_samples import BEIJING, cap, numbered, reference


def put(say: Officer, text: str | Any, *more: str) -> Any:
    """Take in alerts from standard input; what the command says as JSON."""
    text = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
    return say.done("alert", "import", "-", "--json", *more, stdin=text.encode()).json


def standing(say: Officer, *more: str) -> list[tuple[str, str]]:
    """(identifier, how it stands) of each chain that is listed."""
    return [(r["identifier"], r["state"]) for r in say.done("alert", "list", "--json", *more).json]


def test_the_same_alert_twice_is_one_and_writes_nothing(say: Officer) -> None:
    first = put(say, cap())
    before = say.entries()
    again = put(say, cap())
    assert (first["new"], again["new"], again["known"], again["op"]) == (1, 0, 1, None)
    assert first["alerts"][0]["id"] == again["alerts"][0]["id"]
    assert say.entries() == before
    twice = put(say, f"<alerts>{numbered(2)}{numbered(2)}</alerts>")
    assert [a["outcome"] for a in twice["alerts"]] == ["new", "known"]
    # By another sender, or sent at another time, it is another.
    assert put(say, cap(sender="else"))["new"] == 1
    assert put(say, cap(sent="2026-07-31T06:00:01+08:00"))["new"] == 1


def test_a_text_that_is_no_form_of_alert_is_called_neither(say: Officer) -> None:
    assert "neither XML nor JSON" in say.refused(2, "alert", "import", "-", stdin="预警: 暴雨".encode())
    assert "line 1, column" in say.refused(2, "alert", "import", "-", stdin=b'{"identifier": }')


def test_one_that_says_something_else_under_the_same_name_changes_nothing(say: Officer) -> None:
    id_ = put(say, cap())["alerts"][0]["id"]
    assert put(say, cap(headline="北京市气象台发布暴雨蓝色预警"))["alerts"][0]["outcome"] == "differs"
    assert say.show("alert", id_)["colour"] == "orange"


def test_update_and_cancel_in_the_wrong_order(say: Officer) -> None:
    put(say, numbered(3, msgType="Cancel", references=reference(2)))
    put(say, numbered(1))
    assert standing(say) == [("TEST-1", "current"), ("TEST-3", "cancelled")]
    put(say, numbered(2, msgType="Update", references=reference(1)))
    assert standing(say, "--standing") == []
    assert standing(say) == [("TEST-3", "cancelled")]
    shown = say.show("alert", "TEST-1")
    assert shown["current"] == say.show("alert", "TEST-3")["id"]
    assert [c["identifier"] for c in shown["chain"]] == ["TEST-3", "TEST-2", "TEST-1"]
    words = say.done("alert", "show", "TEST-1").out
    assert "Replaced by" in words and "cancelled" in words


def test_an_alert_ends_at_an_hour_and_is_not_among_what_runs_out(say: Officer) -> None:
    put(say, cap())
    say.add("team", "name=房山排水一队", "insurance_until=2026-08-10")
    say.add("team", "name=丰台救援二队", "insurance_until=2026-08-09")
    dated = say.done("expiring", "--json").json
    assert [(row["kind"], row["until"]) for row in dated] == [("team", "2026-08-09"), ("team", "2026-08-10")]
    assert "2026-08-09" in say.done("expiring").out


def test_ended_has_every_alert_that_does_not_stand(say: Officer) -> None:
    put(say, numbered(1, event="大风"))
    put(say, numbered(2, event="大风", msgType="Update", references=reference(1)))
    put(say, numbered(3, event="大雾"))
    put(say, numbered(4, event="大雾", msgType="Cancel", references=reference(3)))
    assert standing(say, "--standing") == [("TEST-2", "current")]
    ended = [("TEST-4", "cancelled"), ("TEST-3", "replaced"), ("TEST-1", "replaced")]
    assert standing(say, "--ended") == ended
    assert standing(say, "--ended", "event:大雾") == ended[:2]
    told = say.done("alert", "list", "--ended").out
    assert "cancelled by AL-" in told and "replaced by AL-" in told
    refused = say("alert", "list", "--ended", "--standing")
    assert refused.code == 2 and "exclude each other" in refused.err


def test_alerts_out_of_use_are_listed_by_the_same_filter(say: Officer) -> None:
    gone = put(say, cap(headline="北京市气象台发布暴雨红色预警"))["alerts"][0]["id"]
    put(say, numbered(2))
    say.done("alert", "retire", gone, "--reason", "误收")
    assert gone in say.ids("alert", "list", "--retired")
    assert gone in say.ids("alert", "list", "红色", "--retired")
    assert gone not in say.ids("alert", "list", "蓝色", "--retired")
    assert gone not in say.ids("alert", "list", "--retired", "--region", "120101")


def test_the_list_is_sorted_by_a_column_either_way(say: Officer) -> None:
    for n, event in ((1, "雷电"), (2, "大风"), (3, "暴雨")):
        put(say, numbered(n, event=event))
    by = [name for name, _state in standing(say, "--sort", "event")]
    assert by == ["TEST-2", "TEST-3", "TEST-1"]
    assert [name for name, _state in standing(say, "--sort", "-event")] == by[::-1]
    assert "'mood' is nothing that alerts are sorted by" in say.refused(2, "alert", "list", "--sort", "mood")


def test_a_region_in_the_filter_is_one_that_the_alert_touches(say: Officer) -> None:
    put(say, cap())
    for asked in ("region:110111", "region:房山", "region:1101", "行政区:丰台"):
        assert standing(say, asked) == [("TEST-1", "current")], asked
    assert standing(say, "region:110109") == [] == standing(say, "region:110111 event:大风")


def test_two_stations_that_take_in_one_alert_give_it_one_id(say: Officer, tmp_path: pathlib.Path) -> None:
    mine = put(say, cap())["alerts"][0]["id"]
    other = str(tmp_path / "other.db")
    say.done("--store", other, "init", "--station", "FS", "--region", "110111", "--name", "房山")
    theirs = say.done("--store", other, "alert", "import", "-", "--json", stdin=cap().encode()).json
    assert theirs["alerts"][0]["id"] == mine


def test_areas_become_divisions_by_code_and_by_name(say: Officer) -> None:
    id_ = put(say, cap())["alerts"][0]["id"]
    shown = say.show("alert", id_)
    assert (shown["regions"], shown["region"]) == (["110111", "110106"], "110100")
    by_name = put(say, cap(identifier="N", area="<area><areaDesc>房山区、门头沟等区</areaDesc></area>"))[
        "alerts"
    ][0]["id"]
    assert say.show("alert", by_name)["regions"] == ["110111", "110109"]
    feed = put(say, BEIJING)["alerts"][0]["id"]
    assert say.show("alert", feed)["region"] == "110000"
    assert {i for i, _s in standing(say, "--region", "110109")} == {
        "N",
        say.show("alert", feed)["identifier"],
    }
    unknown = put(say, cap(identifier="U", area="<area><areaDesc>月球背面</areaDesc></area>"))
    assert any("月球背面" in r for r in unknown["alerts"][0]["remarks"])


def test_colour_and_level_are_shown_apart_and_neither_makes_the_other(say: Officer) -> None:
    id_ = put(say, cap())["alerts"][0]["id"]
    assert (say.show("alert", id_)["colour"], say.show("alert", id_)["level"]) == ("orange", None)
    say.done("alert", "set", id_, "level=III")
    assert (say.show("alert", id_)["colour"], say.show("alert", id_)["level"]) == ("orange", "III")
    say.done("alert", "set", id_, "colour=")
    assert (say.show("alert", id_)["colour"], say.show("alert", id_)["level"]) == (None, "III")


@pytest.mark.parametrize(("status", "mark"), [("Exercise", "EXERCISE 演练"), ("Test", "TEST 测试"), ("System", "SYSTEM 系统"), ("Draft", "DRAFT 草稿"), ("", "? ")])  # fmt: skip
def test_what_is_not_real_says_so_wherever_it_is_shown(desk: Officer, status: str, mark: str) -> None:
    told = desk.done("alert", "import", "-", stdin=cap(status=status).encode()).out
    assert mark in told
    assert mark in desk.done("alert", "list").out
    assert mark in desk.done("alert", "show", "TEST-1").out
    assert desk.show("alert", "TEST-1")["real"] is False
    assert desk.refused(1, "alert", "draft", "TEST-1")
    board = desk.done("board", "--json").json
    assert [w["exercise"] for w in board["warnings"]] == ([True] if status == "Exercise" else [])


def test_the_board_tells_of_warnings_for_this_region_alone(desk: Officer) -> None:
    assert desk.done("board", "--json").json["warnings"] == []
    put(desk, cap())
    away = "<area><areaDesc>保定市</areaDesc><geocode><valueName>GB/T 2260</valueName><value>130600</value></geocode></area>"
    put(desk, cap(identifier="AWAY", area=away))
    (shown,) = desk.done("board", "--json").json["warnings"]
    assert (shown["colour"], shown["event"], shown["exercise"]) == ("orange", "暴雨", False)
    assert "Warnings" in desk.done("board").out
    put(
        desk,
        cap(
            identifier="C",
            sent="2026-07-31T07:30:00+08:00",
            msgType="Cancel",
            references="11000041600000,TEST-1,2026-07-31T06:00:00+08:00",
        ),
    )
    assert desk.done("board", "--json").json["warnings"] == []


# -- drafts ---------------------------------------------------------------------------------------


def test_a_plan_is_shown_first_and_writes_nothing(desk: Officer) -> None:
    put(desk, cap())
    before = desk.entries()
    plan = desk.done("alert", "draft", "TEST-1", "--json").json
    assert desk.entries() == before
    assert plan["written"] is False
    told = [
        (o["team"], o["purpose"], o["basis"], o["equipment"], o["inside_by"], o["order"])
        for o in plan["orders"]
    ]
    assert told == [
        (Stage.DRAINERS, "standby", "EREL-67(1)", [], "region", None),
        (Stage.DRAINERS, "check", "EREL-67(2)", [Stage.BIG, Stage.SMALL], "region", None),
        (Stage.RESCUERS, "standby", "EREL-67(1)", [], "region", None),
    ]
    assert {(p["kind"], p["id"]) for p in plan["points"]} == {
        ("depot", Stage.DEPOT),
        ("incident", Stage.INCIDENT),
    }
    shown = desk.done("alert", "draft", "TEST-1")
    assert "责令应急救援队伍、负有特定职责的人员进入待命状态" in shown.out
    assert "warning colour: orange; response level: none is stated" in shown.out
    assert "dry run" in shown.err


def test_drafts_are_written_once_claim_nothing_and_are_issued_by_a_person(desk: Officer) -> None:
    put(desk, cap())
    first = desk.done("alert", "draft", "TEST-1", "--write", "--json").json
    orders = [o["order"] for o in first["orders"]]
    assert len(orders) == 3 and all(orders)
    again = desk.done("alert", "draft", "TEST-1", "--write", "--json").json
    assert [o["order"] for o in again["orders"]] == orders and again["op"] is None
    assert desk.show("team", Stage.DRAINERS)["claimed_by"] == []
    order = desk.show("callup", orders[0])
    assert (order["kind"], order["basis"], order["until"]) == (
        "standby",
        "EREL-67(1)",
        "2026-08-01T06:00:00+08:00",
    )
    assert "待命 standby" in order["note"] and "EXERCISE" not in order["note"]
    desk.done("callup", "issue-draft", orders[0])
    desk.done("callup", "issue-draft", orders[1])
    assert desk.state(f"{orders[1]}/2") == "issued"
    assert set(desk.show("alert", "TEST-1")["orders"]) == set(orders)
    # The update of an alert drafts nothing again.
    put(
        desk,
        cap(
            identifier="U",
            sent="2026-07-31T07:00:00+08:00",
            msgType="Update",
            references="11000041600000,TEST-1,2026-07-31T06:00:00+08:00",
        ),
    )
    later = desk.done("alert", "draft", "U", "--write", "--json").json
    assert [o["order"] for o in later["orders"]] == orders


def test_drafts_are_taken_back_as_one_and_can_be_drafted_again(desk: Officer) -> None:
    put(desk, cap())
    told = desk.done("alert", "draft", "TEST-1", "--write", "--json").json
    desk.done("undo", told["op"])
    assert {desk.state(f"{o['order']}/1") for o in told["orders"]} == {"cancelled"}
    assert desk.show("alert", "TEST-1")["orders"] == []
    desk.refused(1, "callup", "issue-draft", told["orders"][0]["order"])
    again = desk.done("alert", "draft", "TEST-1", "--write", "--json").json
    assert not {o["order"] for o in again["orders"]} & {o["order"] for o in told["orders"]}
    assert [o["already"] for o in again["orders"]] == [False, False, False]


def test_a_plan_can_be_narrowed(desk: Officer) -> None:
    put(desk, cap())
    plan = desk.done("alert", "draft", "TEST-1", "--type", "排水", "--no-equipment", "--json").json
    assert "排水" in desk.refused(3, "alert", "draft", "TEST-1", "--type", "飞行")
    far = desk.add("team", "name=远方队", "type=飞行", "region=110118")
    for words in (("--type", "飞行"), ("--team", far)):
        assert "none of the teams asked for" in desk.done("alert", "draft", "TEST-1", *words).err
    assert [(o["team"], o["purpose"]) for o in plan["orders"]] == [(Stage.DRAINERS, "standby")]
    plan = desk.done("alert", "draft", "TEST-1", "--team", "丰台救援二队", "--json").json
    assert [o["team"] for o in plan["orders"]] == [Stage.RESCUERS]


def test_what_is_called_up_is_passed_over_with_its_reason(desk: Officer) -> None:
    put(desk, cap())
    desk.issue("--incident", Stage.INCIDENT, "--team", Stage.RESCUERS)
    desk.issue("--incident", Stage.INCIDENT, "--equipment", Stage.BIG)
    plan = desk.done("alert", "draft", "TEST-1", "--json").json
    assert [(p["team"], Stage.INCIDENT in p["why"]) for p in plan["passed_over"]] == [(Stage.RESCUERS, True)]
    assert [o["equipment"] for o in plan["orders"] if o["purpose"] == "check"] == [[Stage.SMALL]]


def test_polygons_and_circles_find_teams_where_they_are(desk: Officer) -> None:
    ring = "<area><areaDesc>x</areaDesc><polygon>39.7,115.9 39.8,115.9 39.8,116.1 39.7,116.1 39.7,115.9</polygon></area>"
    put(desk, cap(identifier="P", area=ring))
    plan = desk.done("alert", "draft", "P", "--no-equipment", "--json").json
    assert [(o["team"], o["inside_by"]) for o in plan["orders"]] == [(Stage.DRAINERS, "polygon")]
    round_ = "<area><areaDesc>x</areaDesc><circle>39.86,116.28 3</circle></area>"
    put(desk, cap(identifier="C", area=round_))
    plan = desk.done("alert", "draft", "C", "--no-equipment", "--json").json
    assert [(o["team"], o["inside_by"]) for o in plan["orders"]] == [(Stage.RESCUERS, "circle")]
    assert [p["id"] for p in plan["points"]] == [Stage.DEPOT]


def test_law_67_is_for_red_and_orange_and_for_another_colour_a_person_says_by_what_right(
    desk: Officer,
) -> None:
    put(desk, cap(headline="北京市气象台发布暴雨黄色预警"))
    said = desk.refused(2, "alert", "draft", "TEST-1", "--write")
    assert "67" in said and "yellow" in said and "--basis" in said
    plan = desk.done("alert", "draft", "TEST-1", "--basis", "防汛预案（样例）", "--json").json
    assert {o["basis"] for o in plan["orders"]} == {"防汛预案（样例）"}


def test_orders_of_an_exercise_belong_to_an_exercise(desk: Officer) -> None:
    put(desk, cap(status="Exercise"))
    assert "EXERCISE 演练" in desk.refused(1, "alert", "draft", "TEST-1", "--write")
    assert "EXERCISE 演练" in desk.refused(
        1, "alert", "draft", "TEST-1", "--incident", Stage.INCIDENT, "--write"
    )
    drill = desk.done(
        "incident",
        "open",
        "演练",
        "--scenario",
        "flood",
        "--level",
        "II",
        "--region",
        "110111",
        "--exercise",
        "--json",
    ).json["id"]
    plan = desk.done("alert", "draft", "TEST-1", "--incident", drill, "--write", "--json").json
    note = desk.show("callup", plan["orders"][0]["order"])["note"]
    assert note.startswith("EXERCISE 演练")
    put(desk, cap(identifier="REAL"))
    assert "real" in desk.refused(1, "alert", "draft", "REAL", "--incident", drill, "--write")


def test_nothing_is_ordered_for_what_is_over(desk: Officer) -> None:
    put(desk, cap(identifier="OLD", expires="2026-07-31T07:00:00+08:00"))
    assert "expired" in desk.refused(1, "alert", "draft", "OLD")
    put(desk, numbered(1))
    put(desk, numbered(2, msgType="Cancel", references=reference(1)))
    assert "Law 70" in desk.refused(1, "alert", "draft", "TEST-1")
    put(desk, cap(identifier="NOWHERE", area=""))
    assert "no place" in desk.refused(1, "alert", "draft", "NOWHERE")


def test_the_sample_is_an_exercise_and_goes_all_the_way(desk: Officer) -> None:
    text = desk.done("alert", "sample").out
    assert "EXERCISE 演练" in text and "样例" in text
    told = put(desk, text)["alerts"][0]
    assert (told["status"], told["colour"], told["remarks"]) == ("Exercise", "orange", [])
    assert desk.show("alert", told["id"])["sample"] == "样例 SAMPLE"


# -- what is refused ------------------------------------------------------------------------------


def test_an_attack_is_one_line_and_the_store_is_unchanged(say: Officer, tmp_path: pathlib.Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + cap(headline="&x;")
    said = say.refused(2, "alert", "import", "-", stdin=bomb.encode())
    assert "document type" in said and "root:" not in said
    file = tmp_path / "bomb.xml"
    file.write_text(bomb)
    assert "bomb.xml" in say.refused(2, "alert", "import", str(file))
    say.refused(2, "alert", "import", str(tmp_path / "none.xml"))
    say.refused(2, "alert", "import", str(tmp_path))
    assert say.done("alert", "list", "--json").json == []


def test_hostile_text_cannot_drive_the_terminal(say: Officer) -> None:
    said = "暴雨橙色预警\u202e\u009b31m[red]\u200b"
    for step in (
        ["alert", "import", "-"],
        ["alert", "list"],
        ["alert", "show", "TEST-1"],
        ["alert", "list", "--json"],
    ):
        result = say.done(*step, stdin=cap(headline=said, areaDesc=said, event=said).encode())
        assert harmless(result.out) and harmless(result.err)


def test_a_dry_run_writes_nothing(say: Officer) -> None:
    before = say.entries()
    told = put(say, cap(), "--dry-run")
    assert (told["dry_run"], told["new"], say.entries()) == (True, 1, before)


def test_one_operation_that_undo_takes_back(say: Officer) -> None:
    told = put(say, f"<alerts>{numbered(1)}{numbered(2)}</alerts>")
    assert len(standing(say)) == 2
    say.done("undo", told["op"])
    assert standing(say) == []


# -- watching -------------------------------------------------------------------------------------


def test_a_folder_is_looked_into(say: Officer, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.xml").write_text(numbered(1), encoding="utf-8")
    (folder / "b.json").write_text(json.dumps(BEIJING, ensure_ascii=False), encoding="gb18030")
    (folder / "c.xml").write_text("<!DOCTYPE x><alert/>")
    (folder / "d.jpg").write_bytes(b"\xff\xd8")
    told = say.done("alert", "watch", str(folder), "--once", "--json").ndjson
    assert sorted(e["became"] for e in told) == ["new", "new", "online", "unreadable"]
    assert len(standing(say)) == 2
    assert [
        e["became"]
        for e in say.done("alert", "watch", str(folder), "--once", "--json").ndjson
        if e["became"] == "new"
    ] == []


def test_what_is_no_folder_and_no_feed_is_refused(say: Officer, tmp_path: pathlib.Path) -> None:
    say.refused(2, "alert", "watch", str(tmp_path / "none"))
    say.refused(2, "alert", "watch", "ftp://example.org/x")
    say.refused(2, "alert", "watch", "file:///etc/passwd")
    say.refused(2, "alert", "watch", str(tmp_path), "--every", "1ms")


def test_no_network_is_a_state_and_no_error(say: Officer, monkeypatch: pytest.MonkeyPatch) -> None:
    from emergency.plugins.alerts import fetching

    monkeypatch.setattr(fetching, "TRIES", 1)
    told = say.done("alert", "watch", "http://127.0.0.1:9/alerts", "--once", "--json").ndjson
    assert [e["became"] for e in told] == ["offline"]


def test_a_watch_ends_on_a_signal_with_what_came_taken_in(say: Officer, tmp_path: pathlib.Path) -> None:
    import signal
    import subprocess
    import sys

    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.xml").write_text(numbered(1), encoding="utf-8")
    command = [sys.executable, "-m", "emergency", "alert", "watch", str(folder), "--every", "1s", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as running:
        assert running.stdout is not None
        told = [json.loads(running.stdout.readline())["became"] for _line in range(2)]
        (folder / "b.xml").write_text(numbered(2), encoding="utf-8")
        told.append(json.loads(running.stdout.readline())["became"])
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == 0
        assert running.stderr is not None and running.stderr.read() == b""
    assert told == ["new", "online", "new"]
    assert len(standing(say)) == 2
