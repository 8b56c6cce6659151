"""The rules of the board: what is never ready, what comes first, and what is not there."""

from __future__ import annotations

import json
import pathlib

import pytest

from emergency.store import times, wording
from emergency.store.board import gather
from emergency.store.parts import Board, as_dict
from emergency.store.spots import spots
from emergency.store.stepping import take
from emergency.store.store import Store
from emergency.store.tally import STANDINGS
from tests.tui import stage

AT = stage.AT


@pytest.fixture
def path(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EMERGENCY_NOW", stage.NOW)
    monkeypatch.delenv("EMERGENCY_STALE_AFTER", raising=False)
    return stage.busy(tmp_path)


def board(path: str, as_of: int | None = None) -> Board:
    with Store(path, as_of=as_of) as store:
        return gather(store)


def test_a_stale_report_is_never_ready(path: str) -> None:
    found = {d.name: dict(d.counts) for d in board(path).districts}
    assert found["房山区"] == {"stale": 1}
    assert found["丰台区"] == {"ready": 1, "standby": 1}
    assert board(path).standings == {
        "ready": 1, "standby": 1, "off": 1, "unavailable": 0, "stale": 1, "never": 1,
    }  # fmt: skip


def test_what_counts_as_stale_can_be_set(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMERGENCY_STALE_AFTER", "90min")
    assert board(path).standings["standby"] == 0
    assert board(path).standings["stale"] == 2


def test_every_team_in_use_is_counted_once(path: str) -> None:
    with Store(path) as store, store.write("team retire") as writer:
        writer.set("team", "FT-1", {"retired": "解散"})
    assert sum(d.total for d in board(path).districts) == 4
    assert all(s in STANDINGS for d in board(path).districts for s in d.counts)


def test_the_map_calls_no_stale_team_ready(path: str) -> None:
    with Store(path) as store:
        assert [s.id for s in spots(store) if s.kind == "team" and s.ready] == ["FT-1"]


def test_overdue_lines_stand_on_top(path: str) -> None:
    lines = board(path).lines
    assert (lines[0].id, lines[0].overdue) == ("FT-18/1", "answer")
    assert not any(line.overdue for line in lines[1:])
    assert wording.standing(lines[0]) == "no answer"


def test_lateness_is_judged_at_the_time_that_is_shown(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMERGENCY_NOW", "2026-08-02T08:00:00+08:00")
    assert len(board(path).overdue) > 1
    assert [line.id for line in board(path, as_of=AT).overdue] == ["FT-18/1"]
    assert board(path, as_of=AT).standings["ready"] == 1


def test_a_contested_thing_is_shown_with_the_lines_that_stand_against_each_other(path: str) -> None:
    (contest,) = board(path).contests
    assert (contest.kind, contest.id, contest.name) == ("equipment", "FT-7", "排水泵车")
    assert {(c.order, c.incident, c.approver) for c in contest.lines} == {
        ("FT-21", "FT-10", None),
        ("HD-1", None, "李局长"),
    }


def test_a_settled_contest_is_gone(path: str) -> None:
    with Store(path) as store, store.write("conflict settle") as writer:
        writer.settle(["FT-21/1", "HD-1/1"], "FT-21/1")
    assert board(path).contests == ()


def test_what_asks_for_a_person_is_shown(path: str) -> None:
    (line,) = board(path).flagged
    assert (line.id, line.flags) == ("FT-19/1", ("asked-back",))
    assert [wording.asking(f) for f in line.flags] == ["ask back"]


def test_a_team_that_left_after_its_order_was_cancelled_is_shown(path: str) -> None:
    with Store(path) as store, store.write("callup cancel") as writer:
        take(writer, "FT-20", "cancel", AT)
        writer.flush()
        writer.step("FT-20/1", "depart", at=AT)
    found = board(path)
    assert "FT-20/1" not in [line.id for line in found.lines]
    assert [line.flags for line in found.flagged if line.id == "FT-20/1"] == [("depart-unheard",)]


def test_closed_incidents_are_absent_and_the_gravest_comes_first(path: str) -> None:
    assert [(i.id, i.exercise) for i in board(path).incidents] == [("FT-10", False), ("FT-11", True)]
    assert board(path).header.exercise


def test_needs_tell_what_is_asked_committed_and_short(path: str) -> None:
    drainage, people = board(path).incidents[0].needs
    assert (drainage.asked, drainage.committed, drainage.on_scene, drainage.short) == (
        6_000_000, 3_000_000, 3_000_000, 2_000_000,
    )  # fmt: skip
    assert (people.needed, people.committed, people.short) == (10_000, 5_000, 5_000)
    assert len(board(path).shortfalls) == 3


def test_equipment_is_counted_once_each(path: str) -> None:
    counts = board(path).counts
    assert counts.equipment == (1, 2, 1, 0)
    assert counts.twice == 1
    assert (counts.expired, counts.expiring) == (0, 1)


def test_samples_are_marked_wherever_they_are(path: str) -> None:
    assert board(path).header.sample
    assert [line.id for line in board(path).lines if line.sample] == ["FT-20/1"]


def test_an_empty_store_has_an_empty_board(tmp_path: pathlib.Path) -> None:
    found = board(stage.empty(tmp_path))
    assert found.empty
    assert found.header.name == "丰台区应急指挥中心"
    assert found.header.entries == 1


def test_the_json_has_numbers_units_and_times_with_their_offset(path: str) -> None:
    told = json.loads(json.dumps(as_dict(board(path))))
    assert told["header"]["now"] == stage.NOW
    need = told["incidents"][0]["needs"][0]
    assert (need["short"], need["unit"]) == (2000, "m3/h")
    assert told["lines"][0]["ack_by"] == "2026-07-31T07:45:00+08:00"
    assert told["readiness"]["all"]["stale"] == 1


def test_the_json_is_the_same_in_every_language(path: str) -> None:
    from emergency.store import words

    english = as_dict(board(path))
    words.speak("zh")
    try:
        assert as_dict(board(path)) == english
    finally:
        words.speak("en")


def test_the_time_of_the_board_is_the_time_asked_for(path: str) -> None:
    assert board(path, as_of=AT + times.HOUR).header.now == AT + times.HOUR
