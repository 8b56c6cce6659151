"""Orders by the hundred from a file: once each, whatever happens, and a word about every row."""

from __future__ import annotations

import csv
import io
import json
import pathlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.commands.batch import COLUMNS
from tests.commands.conftest import Officer, Stage, harmless

TEAM, OTHER, BIG, SMALL, INCIDENT = (
    Stage.DRAINERS,
    Stage.RESCUERS,
    Stage.BIG,
    Stage.SMALL,
    Stage.INCIDENT,
)


def as_csv(rows: list[dict[str, Any]], columns: tuple[str, ...] = COLUMNS) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_ndjson(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


GOOD: list[dict[str, Any]] = [
    {"ref": "R-1", "incident": INCIDENT, "kind": "callup", "team": TEAM, "equipment": BIG, "people": 4,
     "report_to": "城关街道", "by": "90min", "note": "带夜灯"},
    {"ref": "R-2", "incident": "房山暴雨洪水", "team": "丰台救援二队", "people": 3},
    {"ref": "R-3", "incident": INCIDENT, "item": "沙袋", "qty": "300"},
]  # fmt: skip
WRONG = {"ref": "R-9", "incident": INCIDENT, "equipment": "京Z00000"}


def orders(desk: Officer) -> list[str]:
    return [row["ref"] for row in desk.done("callup", "list", "--json").json]


@pytest.mark.parametrize("form", [as_csv, as_ndjson])
@pytest.mark.parametrize("way", ["file", "stdin"])
def test_rows_become_orders_from_a_file_and_from_stdin(
    desk: Officer, form: Any, way: str, tmp_path: pathlib.Path
) -> None:
    data = form(GOOD)
    path = tmp_path / "orders.txt"
    path.write_bytes(data)
    result = desk.done("callup", "batch", *(["-"] if way == "stdin" else [str(path)]), "--json",
                       stdin=data if way == "stdin" else None)  # fmt: skip
    assert [(r["ref"], r["status"]) for r in result.ndjson] == [("R-1", "ok"), ("R-2", "ok"), ("R-3", "ok")]
    assert [r["row"] for r in result.ndjson] == ([2, 3, 4] if form is as_csv else [1, 2, 3])
    first = desk.show("callup", result.ndjson[0]["order"])
    assert (first["report_to"], first["by"], first["note"], len(first["lines"])) == (
        "城关街道", "2026-07-31T09:30:00+08:00", "带夜灯", 2,
    )  # fmt: skip


def test_the_same_file_twice_orders_once(desk: Officer, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(as_csv(GOOD))
    first = desk.done("callup", "batch", str(path), "--json").ndjson
    entries = desk.entries()
    desk.at("11:00")
    again = desk.done("callup", "batch", str(path), "--json").ndjson
    assert [(r["status"], r["order"]) for r in again] == [("already", r["order"]) for r in first]
    assert desk.entries() == entries
    assert "already" in desk.done("callup", "batch", str(path)).out


def test_rows_without_a_reference_are_known_by_what_they_say(desk: Officer) -> None:
    row = {"incident": INCIDENT, "team": TEAM, "people": 2}
    three = as_csv([row, row, {**row, "people": 3}])
    first = desk.done("callup", "batch", "-", "--json", stdin=three).ndjson
    assert [r["status"] for r in first] == ["ok"] * 3
    assert len({r["order"] for r in first}) == 3
    again = desk.done("callup", "batch", "-", "--json", stdin=three).ndjson
    assert [(r["status"], r["order"]) for r in again] == [("already", r["order"]) for r in first]
    # A third equal row is one order more; blanks and the order of columns change nothing.
    fourth = desk.done("callup", "batch", "-", "--json",
                       stdin=as_csv([row, row, row], ("people", "team", "incident"))).ndjson  # fmt: skip
    assert [r["status"] for r in fourth] == ["already", "already", "ok"]


def test_csv_and_ndjson_of_the_same_rows_have_the_same_keys(desk: Officer) -> None:
    rows = [
        {"incident": INCIDENT, "team": TEAM, "people": "2"},
        {"incident": INCIDENT, "item": "沙袋", "qty": "5"},
    ]
    desk.done("callup", "batch", "-", stdin=as_csv(rows))
    again = desk.done("callup", "batch", "-", "--json", stdin=as_ndjson(rows)).ndjson
    assert [r["status"] for r in again] == ["already", "already"]


def test_a_number_in_json_is_the_number_in_csv(desk: Officer) -> None:
    desk.done("callup", "batch", "-", stdin=as_csv([{"incident": INCIDENT, "team": TEAM, "people": "2"}]))
    line = json.dumps(
        {"incident": INCIDENT, "team": TEAM, "people": 2, "equipment": [], "note": None}
    ).encode()
    again = desk.done("callup", "batch", "-", "--json", stdin=line).ndjson
    assert [r["status"] for r in again] == ["already"]


def test_a_wrong_row_is_told_and_the_others_are_given(desk: Officer) -> None:
    result = desk("callup", "batch", "-", "--json", stdin=as_csv([GOOD[0], WRONG, GOOD[2]]))
    assert result.code == 5
    ok, bad, ok_too = result.ndjson
    assert (ok["status"], ok_too["status"]) == ("ok", "ok")
    assert bad == {"row": 3, "ref": "R-9", "status": "failed", "order": None, "error": bad["error"], "code": "no-such-record",
                   "hint": bad["hint"]}  # fmt: skip
    assert "京Z00000" in bad["error"]
    assert sorted(orders(desk)) == ["R-1", "R-1", "R-3"]
    # Put right, the same file gives the one that is missing.
    mended = desk.done(
        "callup", "batch", "-", "--json", stdin=as_csv([GOOD[0], {**WRONG, "equipment": SMALL}, GOOD[2]])
    )
    assert [r["status"] for r in mended.ndjson] == ["already", "ok", "already"]


def test_for_a_person_the_same_in_words(desk: Officer) -> None:
    result = desk("callup", "batch", "-", stdin=as_csv([GOOD[0], WRONG]))
    assert result.code == 5
    assert result.out.splitlines()[0].startswith("2  R-1  ordered  FT-")
    assert result.out.splitlines()[1].startswith("3  R-9  refused: ")
    assert "1 ordered, 0 already ordered, 1 refused" in result.err


def test_a_dry_run_says_the_same_and_writes_nothing(desk: Officer) -> None:
    rows = as_csv([GOOD[0], WRONG])
    entries = desk.entries()
    dry = desk("callup", "batch", "-", "--dry-run", "--json", stdin=rows)
    assert dry.code == 5
    assert [(r["status"], r["order"]) for r in dry.ndjson] == [("ok", None), ("failed", None)]
    assert desk.entries() == entries
    real = desk("callup", "batch", "-", "--json", stdin=rows)
    assert [r["status"] for r in real.ndjson] == [r["status"] for r in dry.ndjson]


def test_atomic_gives_all_or_nothing(desk: Officer) -> None:
    entries = desk.entries()
    result = desk("callup", "batch", "-", "--atomic", "--json", stdin=as_csv([GOOD[0], WRONG, GOOD[1]]))
    assert result.code == 1
    assert [(r["status"], r["order"]) for r in result.ndjson] == [
        ("ok", None),
        ("failed", None),
        ("ok", None),
    ]
    assert desk.entries() == entries
    assert orders(desk) == []
    desk.done("callup", "batch", "-", "--atomic", stdin=as_csv([GOOD[0], GOOD[1]]))


def test_all_refused_is_exit_1_and_nothing_is_written(desk: Officer) -> None:
    entries = desk.entries()
    assert desk("callup", "batch", "-", stdin=as_csv([WRONG, {**WRONG, "ref": "R-8"}])).code == 1
    assert desk.entries() == entries


def test_rows_of_one_file_see_each_other(desk: Officer) -> None:
    rows: list[dict[str, Any]] = [
        {"ref": "1", "incident": INCIDENT, "equipment": BIG},
        {"ref": "2", "incident": INCIDENT, "equipment": "京A00001"},  # taken by the row above
        {"ref": "1", "incident": INCIDENT, "equipment": SMALL},  # the same key again
        {"ref": "4", "incident": INCIDENT, "team": TEAM, "people": 15},
        {"ref": "5", "incident": INCIDENT, "team": TEAM, "people": 6},  # 5 are left
        {"ref": "6", "incident": INCIDENT, "item": "沙袋", "qty": "900"},
        {"ref": "7", "incident": INCIDENT, "item": "沙袋", "qty": "200"},  # 100 are left
        {"ref": "8", "incident": INCIDENT, "team": OTHER},
        {"ref": "9", "incident": INCIDENT, "team": OTHER},
        {"ref": "10", "incident": INCIDENT, "team": OTHER, "people": 2},  # the whole team is called up
    ]
    result = desk("callup", "batch", "-", "--json", stdin=as_csv(rows))
    assert result.code == 5
    assert [r["status"] for r in result.ndjson] == [
        "ok", "failed", "failed", "ok", "failed", "ok", "failed", "ok", "failed", "failed",
    ]  # fmt: skip
    assert result.ndjson[1]["code"] == "contested"
    assert result.ndjson[8]["code"] == "contested"


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"incident": ""}, "incident"),
        ({"incident": "没有"}, "没有"),
        ({"kind": "invite"}, "invite"),
        ({"team": "没有"}, "没有"),
        ({"equipment": "没有"}, "没有"),
        ({"people": "two"}, "people"),
        ({"people": "-2"}, "people"),
        ({"people": "0"}, "people"),
        ({"people": "２"}, "people"),
        ({"people": "99999"}, "20"),
        ({"people": "9" * 400}, ""),
        ({"by": "07:00"}, "deadline"),
        ({"by": "soon"}, "by"),
        ({"by": "31/07/2026 20:00"}, "by"),
        ({"qty": "5"}, "qty"),
        ({"item": "沙袋", "people": ""}, "how much"),
        ({"item": "沙袋", "qty": "many"}, "many"),
        ({"item": "沙袋", "qty": "99999999"}, "99999999"),
        ({"note": "长" * 501}, "500"),
        ({"ref": "长" * 501}, "500"),
        ({"kind": "requisition"}, "basis"),
        ({"kind": "help"}, "province"),
        ({"equipment": f"{BIG};{BIG}"}, "twice"),
        ({"team": "", "people": ""}, "nothing"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_each_way_of_being_wrong_is_named(desk: Officer, row: dict[str, str], word: str) -> None:
    whole = {"ref": "R", "incident": INCIDENT, "team": TEAM, "people": "2", **row}
    result = desk(
        "callup",
        "batch",
        "-",
        "--json",
        stdin=as_csv([whole, {**GOOD[2]}], (*COLUMNS, *(set(row) - set(COLUMNS)))),
    )
    bad, good = result.ndjson
    assert (result.code, bad["status"]) == (5, "failed") if "colour" not in row else result.code in (1, 5)
    assert word in bad["error"]
    assert bad["code"] and harmless(result.out)
    assert good["status"] == ("ok" if "colour" not in row else good["status"])


@pytest.mark.parametrize(
    "data",
    [b"", b"   \n\n", b"\xef\xbb\xbf", b"team,people\nFT-1,2\n", b"no header at all", b'{"incident": "FT-6"', b"[1,2]\n", b"{} x\n",
     b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"incident\0,team\nFT-6,FT-1\n", b"incident,team\n\xff\xfe\xfa,FT-1\n",
     b'incident,team\n"FT-6,FT-1\n' + b"x" * 200_000],
)  # fmt: skip
def test_what_cannot_be_read_is_exit_2_before_anything_is_given(desk: Officer, data: bytes) -> None:
    desk.refused(2, "callup", "batch", "-", stdin=data)


def test_a_file_that_is_not_there_or_is_a_folder_is_exit_2(desk: Officer, tmp_path: pathlib.Path) -> None:
    desk.refused(2, "callup", "batch", str(tmp_path / "none.csv"))
    desk.refused(2, "callup", "batch", str(tmp_path))


def test_a_header_alone_is_no_rows_and_no_error(desk: Officer) -> None:
    result = desk.done("callup", "batch", "-", "--json", stdin=as_csv([]))
    assert (result.out, result.err != "") == ("", True)


def test_encodings_of_the_office_are_read(desk: Officer) -> None:
    text = as_csv([GOOD[1]]).decode()
    for i, encoding in enumerate(("utf-8-sig", "gb18030", "utf-16")):
        data = text.replace("R-2", f"K-{i}").encode(encoding)
        result = desk.done("callup", "batch", "-", "--json", stdin=data)
        assert result.ndjson[0]["status"] == "ok", encoding


def test_extra_cells_and_blank_lines(desk: Officer) -> None:
    data = f"incident,team,people\n\n{INCIDENT},{TEAM},2,,\n{INCIDENT},{TEAM},2,more\n\n".encode()
    result = desk("callup", "batch", "-", "--json", stdin=data)
    assert [(r["row"], r["status"]) for r in result.ndjson] == [(3, "ok"), (4, "failed")]


def test_interrupted_anywhere_and_run_again_it_orders_once(desk: Officer) -> None:
    """A batch that is cut short leaves nothing; run again, it is whole."""
    from emergency.store.orders import Desk

    rows = as_csv([{"ref": f"K-{n}", "incident": INCIDENT, "team": TEAM, "people": 1} for n in range(6)])
    entries = desk.entries()
    whole = Desk.issue
    patch = pytest.MonkeyPatch()

    def breaks(self: Any, ask: Any, at: int, **more: Any) -> Any:
        if ask.ref == "K-4":
            raise KeyboardInterrupt
        return whole(self, ask, at, **more)

    patch.setattr(Desk, "issue", breaks)
    result = desk("callup", "batch", "-", "--json", stdin=rows)
    patch.undo()
    assert (result.code, result.out) == (130, "")
    assert desk.entries() == entries
    assert [r["status"] for r in desk.done("callup", "batch", "-", "--json", stdin=rows).ndjson] == ["ok"] * 6


def test_control_characters_in_rows_never_reach_the_terminal(desk: Officer) -> None:
    evil = "\x1b[2J\x9b31m\u202e邪\u2066"
    for column in (
        "ref",
        "incident",
        "team",
        "equipment",
        "report_to",
        "by",
        "note",
        "kind",
        "people",
        "item",
    ):
        row = {"incident": INCIDENT, "team": TEAM, "people": "1", column: evil}
        for more in ([], ["--json"]):
            result = desk("callup", "batch", "-", *more, stdin=as_csv([row]))
            if not more:
                assert harmless(result.out + result.err), column
            assert "\x1b" not in result.out + result.err
    assert harmless(desk.done("callup", "list").out)
    for row in desk.done("callup", "list", "--json").json:
        assert harmless(desk.done("callup", "show", row["order"]).out)


ROW = st.fixed_dictionaries(
    {
        "incident": st.just(INCIDENT),
        "team": st.sampled_from([TEAM, OTHER]),
        "people": st.sampled_from(["1", "2"]),
    },
    optional={"ref": st.sampled_from(["a", "b", " a "]), "note": st.sampled_from(["x", " x", "y"])},
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, min_size=1, max_size=6), st.randoms())
def test_any_rows_run_again_in_any_order_order_nothing_more(
    desk: Officer, rows: list[dict[str, str]], random: Any
) -> None:
    first = desk("callup", "batch", "-", "--json", stdin=as_csv(rows)).ndjson
    count = len(desk.done("callup", "list", "--json").json)
    shuffled = list(rows)
    random.shuffle(shuffled)
    again = desk("callup", "batch", "-", "--json", stdin=as_ndjson(shuffled)).ndjson
    given_before = sum(r["status"] != "failed" for r in first)
    assert sum(r["status"] == "already" for r in again) >= given_before
    assert len(desk.done("callup", "list", "--json").json) >= count
    if all(r["status"] != "failed" for r in first):
        assert len(desk.done("callup", "list", "--json").json) == count
    for row in desk.done("callup", "list", "--json").json:
        if row["state"] == "issued":
            desk.done("callup", "cancel", row["order"])
