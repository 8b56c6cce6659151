"""What needs a person now: what is among it, in which order, since when, and what ends it."""

from __future__ import annotations

import pathlib

import pytest

from emergency.store import arrivals, database, journal, times
from emergency.store.asks import Ask
from emergency.store.board import gather
from emergency.store.fold import Fold
from emergency.store.orders import Desk
from emergency.store.parts import Lost, Matter, as_dict
from emergency.store.store import Store
from tests.store.replicas import Replica
from tests.tui import stage

AT = stage.AT


@pytest.fixture
def path(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EMERGENCY_NOW", stage.NOW)
    monkeypatch.delenv("EMERGENCY_STALE_AFTER", raising=False)
    return stage.busy(tmp_path)


def matters(path: str) -> tuple[Matter, ...]:
    with Store(path) as store:
        return gather(store).matters


def whys(path: str) -> list[str]:
    return [m.why for m in matters(path)]


def test_the_most_urgent_comes_first_and_an_exercise_after_everything_real(path: str) -> None:
    assert [(m.why, m.id, m.exercise) for m in matters(path)] == [
        ("answer", "FT-18/1", False),
        ("contested", "equipment:FT-7", False),
        ("asked-back", "FT-19/1", False),
        ("stale", "", False),
        ("unasked", "FT-11", True),
    ]


def test_each_says_since_when_it_waits(path: str) -> None:
    assert {m.why: m.since for m in matters(path)} == {
        "answer": AT - 15 * times.MINUTE,
        "contested": AT - 5 * times.MINUTE,
        "asked-back": AT - 5 * times.MINUTE,
        "stale": AT - times.HOUR,
        "unasked": AT,
    }


def test_of_two_late_lines_that_of_the_graver_incident_comes_first(path: str) -> None:
    with Store(path) as store, store.write("test") as writer:
        values = {"title": "新发地火情", "scenario": "urban-fire", "level": "I", "state": "open"}
        incident = writer.new("incident", values)
        writer.flush()
        Desk(writer).issue(Ask(incident=incident, team="FT-1"), AT - 25 * times.MINUTE)
    late = [m for m in matters(path) if m.why == "answer"]
    assert [m.incident for m in late] == [incident, "FT-10"]


def test_lines_of_one_order_that_are_late_alike_are_one_matter(path: str) -> None:
    with Store(path) as store, store.write("callup issue") as writer:
        writer.new("equipment", {"name": "排水泵车", "kind": "pump-truck", "team": "FT-1"}, "FT-80")
        writer.flush()
        Desk(writer).issue(Ask(incident="FT-10", equipment=("FT-9", "FT-80")), AT - 25 * times.MINUTE)
    late = [(m.why, m.many) for m in matters(path) if m.why == "answer"]
    assert late == [("answer", 1), ("answer", 2)]


def test_a_shortfall_needs_a_person_while_nobody_is_asked_for_all_of_it(path: str) -> None:
    assert not any(m.incident == "FT-10" and m.kind == "need" for m in matters(path))
    with Store(path) as store, store.write("need") as writer:
        writer.new("need", {"incident": "FT-10", "what": "people", "amount": 50_000})
    found = [m for m in matters(path) if m.incident == "FT-10" and m.kind == "need"]
    assert [m.why for m in found] == ["unasked"]


def test_a_shortfall_whose_time_has_passed_is_late_though_all_of_it_is_asked_for(path: str) -> None:
    with Store(path) as store, store.write("need set") as writer:
        writer.set("need", "FT-13", {"by": AT - times.MINUTE})
    found = [m for m in matters(path) if m.why == "short-late"]
    assert [(m.incident, m.since) for m in found] == [("FT-10", AT - times.MINUTE)]


def lose(path: str) -> None:
    """Station HD cancels FT-18/1, an order of ours."""
    other = Replica("HD")
    connection = database.connect(path, writable=True)
    other.take([envelope for *_rest, envelope in journal.read(connection)])
    other.write(AT, [["step", "FT-18/1", "cancel", {"at": AT - times.MINUTE}]])
    with database.transaction(connection, path):
        arrivals.take(connection, Fold(connection), other.has(other.signer.feed), AT)
    connection.close()


def test_an_order_of_ours_that_another_desk_ended_is_told_until_another_takes_its_place(path: str) -> None:
    lose(path)
    (lost,) = [m for m in matters(path) if m.why == "lost"]
    assert isinstance(lost.about, Lost)
    assert (lost.id, lost.incident, lost.about.station, lost.about.name) == (
        "FT-18/1", "FT-10", "HD", "蓝天救援队",
    )  # fmt: skip
    with Store(path) as store, store.write("callup issue") as writer:
        Desk(writer).issue(Ask(incident="FT-10", equipment=("FT-9",)), AT)
    assert "lost" in whys(path)
    with Store(path) as store, store.write("callup issue") as writer:
        Desk(writer).issue(Ask(incident="FT-10", team="FT-1", people=8), AT)
    assert "lost" not in whys(path)


def test_what_was_lost_in_an_incident_that_is_over_is_not_told(path: str) -> None:
    lose(path)
    with Store(path) as store, store.write("incident close") as writer:
        writer.set("incident", "FT-10", {"state": "closed"})
    assert "lost" not in whys(path)


def test_equipment_that_is_out_while_no_order_has_it_is_told(path: str) -> None:
    with Store(path) as store, store.write("equipment set") as writer:
        writer.set("equipment", "FT-9", {"custody": "at_incident", "custodian": "FT-12"})
    assert [(m.why, m.id) for m in matters(path) if m.why == "stranded"] == [("stranded", "FT-9")]


def test_what_a_newer_program_wrote_is_told_last_of_the_real(path: str) -> None:
    other = Replica("HD")
    other.write(AT, [["invented", "x", {}]])
    connection = database.connect(path, writable=True)
    with database.transaction(connection, path):
        arrivals.take(connection, Fold(connection), other.has(other.signer.feed), AT)
    connection.close()
    real = [m for m in matters(path) if not m.exercise]
    assert (real[-1].why, real[-1].many) == ("newer", 1)


def test_the_json_tells_them_in_the_same_order(path: str) -> None:
    lose(path)
    with Store(path) as store:
        board = gather(store)
    told = as_dict(board)["needs_person"]
    assert [t["why"] for t in told] == [m.why for m in board.matters]
    (lost,) = [t for t in told if t["why"] == "lost"]
    assert (lost["line"], lost["station"], lost["since"]) == ("FT-18/1", "HD", "2026-07-31T07:59:00+08:00")
