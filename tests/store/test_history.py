"""The history of a record is its facts; and what is taken back is stated, never erased."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from emergency.store import history, times, undoing
from emergency.store.asks import Ask
from emergency.store.errors import NoSuchRecord, Refused
from emergency.store.orders import Desk
from emergency.store.stepping import take
from emergency.store.store import Store

from . import stations
from .replicas import Replica

NOW = "2026-07-31T08:00:00+08:00"
AT = times.parse_time(NOW, 0)


@pytest.fixture
def store(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("EMERGENCY_NOW", NOW)
    path = stations.new(tmp_path)
    with Store(path) as opened, opened.write("team import", why="第一批") as writer:
        writer.new("team", {"name": "甲队", "strength": 30})
        writer.new("equipment", {"name": "泵", "plate": "京A1", "team": "FT-1"})
        writer.new("incident", {"title": "暴雨", "scenario": "waterlogging", "level": "II", "state": "open"})
        writer.new("reserve", {"depot": "D", "item": "I"}, "D/I")
        writer.count("D/I", 10_000, reason="counted")
    return Store(path)


def whats(store: Store, kind: str, id_: str) -> list[tuple[str, dict[str, Any]]]:
    return [(e["what"], e["values"]) for e in history.of(store, kind, id_)]


def said(store: Store, at: int | None = None, **values: Any) -> str:
    """Set fields of FT-1; the operation."""
    with store.write("team set", why="because", at=at) as writer:
        writer.set("team", "FT-1", values)
        return writer.op


def test_history_tells_who_when_and_why(store: Store) -> None:
    said(store, at=AT - times.HOUR, strength=31)
    earlier, first = history.of(store, "team", "FT-1")
    assert (earlier["what"], earlier["values"], earlier["why"]) == ("set", {"strength": 31}, "because")
    assert (earlier["at_ms"], earlier["recorded_ms"]) == (AT - times.HOUR, AT)
    assert (first["what"], first["who"], first["why"], first["command"]) == (
        "new",
        "王小明",
        "第一批",
        "team import",
    )
    assert first["values"] == {"name": "甲队", "strength": 30}


def test_history_of_an_order_holds_its_lines_and_steps(store: Store) -> None:
    with store.write("callup issue") as writer:
        order = Desk(writer).issue(Ask(incident="FT-3", equipment=("FT-2",), report_to="长阳"), AT).id
    with store.write("callup accept") as writer:
        take(writer, order, "accept", AT, note="马上")
    told = [what for what, _values in whats(store, "callup", order)]
    assert told == ["new", f"new line {order}/1", f"issue {order}/1", f"accept {order}/1"]
    assert [w for w, _ in whats(store, "line", f"{order}/1")] == [
        "new",
        f"issue {order}/1",
        f"accept {order}/1",
    ]


def test_history_of_stock_is_its_ledger(store: Store) -> None:
    with store.write("reserve move") as writer:
        writer.move("D/I", -2_000, reason="issued")
    assert whats(store, "reserve", "D/I")[1:] == [
        ("count", {"quantity": 10.0, "reason": "counted"}),
        ("move", {"quantity": -2.0, "reason": "issued"}),
    ]


def test_what_was_edited_apart_is_in_both_histories_and_told_apart(store: Store) -> None:
    far = Replica("FAR")
    far.write(AT + 5, [["set", "team", "FT-1", {"commander": "乙"}]])
    said(store, commander="甲")
    stations.visit(store.path, far.has(far.signer.feed))
    assert history.apart(store, "team", "FT-1") == {"commander": ["乙", "甲"]}
    assert {e["feed"] for e in history.of(store, "team", "FT-1")} >= {far.signer.feed}
    assert len(whats(store, "team", "FT-1")) == 3


def test_nonsense_beside_it_is_passed_over(store: Store) -> None:
    far = Replica("FAR")
    far.write(1, [7, ["set", "team", "FT-1", {"note": "n", "warp": 1}], ["set"]])  # type: ignore[list-item]
    stations.visit(store.path, far.has(far.signer.feed))
    assert ("set", {"note": "n"}) in whats(store, "team", "FT-1")


def test_a_change_is_taken_back_by_a_later_fact(store: Store) -> None:
    op = said(store, strength=99, note="x")
    with store.write("undo") as writer:
        assert undoing.undo(store, writer, op) == []
    row = store.row("team", "FT-1")
    assert row is not None and (row["strength"], row["note"]) == (30, None)
    assert len(whats(store, "team", "FT-1")) == 3
    assert stations.whole(store.path)


def test_what_was_changed_since_is_left_alone(store: Store) -> None:
    op = said(store, strength=99, note="x")
    said(store, strength=50)
    with store.write("undo") as writer:
        assert undoing.undo(store, writer, op) == ["team FT-1 strength"]
    row = store.row("team", "FT-1")
    assert row is not None and (row["strength"], row["note"]) == (50, None)


def test_movements_and_counts_are_taken_back(store: Store) -> None:
    ops = []
    for word, quantity in (("move", -3_000), ("count", 4_000), ("move", 1_000)):
        with store.write(f"reserve {word}") as writer:
            getattr(writer, word)("D/I", quantity, reason="x")
            ops.append(writer.op)
    for op, after in ((ops[1], 8_000), (ops[2], 7_000), (ops[0], 10_000)):
        with store.write("undo") as writer:
            undoing.undo(store, writer, op)
        row = store.row("reserve", "D/I")
        assert row is not None and row["quantity"] == after
    assert stations.whole(store.path)


def test_an_import_is_taken_back_whole_but_for_what_is_in_use(store: Store) -> None:
    with store.write("equipment import") as writer:
        for plate in ("京B1", "京B2"):
            writer.new("equipment", {"name": "泵", "plate": plate, "team": "FT-1"})
        op = writer.op
    with store.write("callup issue") as writer:
        Desk(writer).issue(Ask(incident="FT-3", equipment=("京B2",), report_to="长阳"), AT)
    with store.write("undo") as writer:
        assert undoing.undo(store, writer, op) == ["equipment FT-5"]
    rows = store.rows(
        "SELECT plate, retired IS NOT NULL AS gone FROM equipment WHERE plate LIKE '京B%' ORDER BY 1"
    )
    assert rows == [{"plate": "京B1", "gone": 1}, {"plate": "京B2", "gone": 0}]


def test_orders_are_cancelled_not_undone(store: Store) -> None:
    with store.write("callup issue") as writer:
        Desk(writer).issue(Ask(incident="FT-3", equipment=("FT-2",), report_to="长阳"), AT)
        op = writer.op
    with pytest.raises(Refused, match="not undone"), store.write("undo") as writer:
        undoing.undo(store, writer, op)
    with pytest.raises(NoSuchRecord), store.write("undo") as writer:
        undoing.undo(store, writer, "nothing")
    assert stations.whole(store.path)


def test_the_last_operation_is_the_last_not_yet_taken_back(store: Store) -> None:
    first, second = said(store, note="1"), said(store, note="2")
    assert undoing.last(store) == second
    with store.write("undo", why=second) as writer:
        undoing.undo(store, writer, second)
    assert undoing.last(store) == first
