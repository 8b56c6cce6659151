"""Positions, dates, numbers, phones and hostile text in the cells of sheets."""

from __future__ import annotations

import json
import pathlib

import pytest

from tests.commands.conftest import Officer, harmless


@pytest.fixture
def sheet(tmp_path: pathlib.Path) -> pathlib.Path:
    """Where the sheet of a test stands."""
    return tmp_path / "sheet.csv"


# -- coordinates -----------------------------------------------------------------------------------------


def place(say: Officer) -> tuple[float, float]:
    at = say.done("team", "list", "--json").json[0]["at"]
    return at["lat"], at["lng"]


def test_swapped_coordinates_are_put_right_and_told(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("队伍名称,纬度,经度\n甲队,116.0,39.74\n", encoding="utf-8")
    result = say.done("team", "import", str(sheet), "--json").json
    assert result["swapped"] == 1
    assert place(say) == (39.74, 116.0)


def test_coordinates_abroad_are_kept_and_counted(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("队伍名称,纬度,经度\n甲队,41.02,-73.6\n", encoding="utf-8")
    result = say.done("team", "import", str(sheet), "--json").json
    assert result["outside_china"] == 1
    assert place(say) == (41.02, -73.6)


@pytest.mark.parametrize(
    ("title", "options", "datum"),
    [
        ("坐标系：GCJ-02", [], "gcj02"),
        ("坐标来源：高德地图", [], "gcj02"),
        ("百度坐标", [], "bd09"),
        ("房山区队伍表", ["--coordinates", "gcj02"], "gcj02"),
        ("房山区队伍表", ["--coordinates", "bd09"], "bd09"),
        ("坐标系：GCJ-02", ["--coordinates", "wgs84"], "wgs84"),
        ("CGCS2000坐标", [], "wgs84"),
    ],
)
def test_chinese_map_coordinates_are_converted(
    say: Officer, sheet: pathlib.Path, title: str, options: list[str], datum: str
) -> None:
    sheet.write_text(
        f"{title},,\n队伍名称,纬度,经度\n甲队,39.9087,116.3975\n乙队,39.9,116.3\n", encoding="utf-8"
    )
    result = say.done("team", "import", str(sheet), "--json", *options).json
    assert result["coordinates"] == datum
    lat, lng = place(say)
    # Tian'anmen: GCJ-02 lies about 0.0014, 0.0062 off WGS-84, BD-09 about 0.0065 more each way.
    off = {"wgs84": (0, 0), "gcj02": (0.0014, 0.0062), "bd09": (0.0072, 0.0126)}[datum]
    assert (39.9087 - lat, 116.3975 - lng) == pytest.approx(off, abs=0.0006)


@pytest.mark.parametrize(
    "cells",
    ["95,200", "39.74,", ",116", "39.74,east", "39°61′,116°", "1e400,116", "nan,inf", "３９.７４x,116"],
)
def test_positions_that_cannot_be_are_told(say: Officer, sheet: pathlib.Path, cells: str) -> None:
    sheet.write_text(f"队伍名称,纬度,经度\n甲队,{cells}\n乙队,39.74,116\n", encoding="utf-8")
    result = say("team", "import", str(sheet), "--json")
    bad = [json.loads(line) for line in result.err.splitlines()]
    if cells == "nan,inf":  # nan is what people write for nothing; half a position is left
        assert result.code == 5
    assert (result.code, result.json["new"]) == (5, 1)
    assert bad[0]["row"] == 2 and bad[0]["column"] in ("B", "C")


# -- dates, numbers, phones in regional forms ------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2021-12-31", "2021-12-31"), ("2021/7/1", "2021-07-01"), ("2021.7.1", "2021-07-01"), ("2021年7月1日", "2021-07-01"),
        ("2021年12月", "2021-12"), ("20210701", "2021-07-01"), ("1999", "1999"), ("２０２１－０７－０１", "2021-07-01"),
        ("2021-07-01 00:00:00", "2021-07-01"), ("无", None), ("", None),
        ("01/07/2021", "!"), ("7/1/21", "!"), ("1.7.2021", "!"), ("July 1, 2021", "!"), ("2021-02-30", "!"), ("2021.1", "!"),
        ("21-7-1", "!"), ("民国110年", "!"),
    ],
)  # fmt: skip
def test_dates_in_every_form(say: Officer, sheet: pathlib.Path, written: str, read: str | None) -> None:
    sheet.write_text(f'队伍名称,成立时间\n甲队,"{written}"\n', encoding="utf-8")
    result = say("team", "import", str(sheet))
    if read == "!":
        assert (result.code, f"{sheet}:2:B" in result.err) == (5, True)
        assert say.ids("team", "list") == []
    else:
        assert result.code == 0
        assert say.done("team", "list", "--json").json[0]["founded"] == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("3000", 3000), ("3,000", 3000), ("３０００", 3000), ("3 000", 3000), ("0.3万", 3000), ("3000m³/h", 3000),
        ("50L/s", 180), ("3000立方米/小时", 3000), ("2.5", 2.5), ("无", None),
        ("3.000,5", "!"), ("1,5", "!"), ("3'000", "!"), ("约3000", "!"), ("≥3000", "!"), ("2000-3000", "!"), ("3e3", "!"),
        ("三千", "!"), ("3000kW", "!"), ("-5", "!"), ("=1+1", "!"), ("½", "!"),
    ],
)  # fmt: skip
def test_numbers_in_every_form(
    say: Officer, sheet: pathlib.Path, written: str, read: float | str | None
) -> None:
    sheet.write_text(f'装备名称,排水量(m³/h)\n泵,"{written}"\n', encoding="utf-8")
    result = say("equipment", "import", str(sheet))
    if read == "!":
        assert (result.code, f"{sheet}:2:B" in result.err) == (5, True), result
        assert say.ids("equipment", "list") == []
    else:
        assert result.code == 0, result
        assert say.done("equipment", "list", "--json").json[0]["drainage"] == read


@pytest.mark.parametrize(
    ("heading", "written", "minutes"),
    [
        ("出动时间", "10", 10), ("出动时间（分钟）", "10", 10), ("集结时间", "30分钟", 30), ("响应时间（分钟）", "15", 15),
        ("响应时间", "1小时", 60), ("响应时间(秒)", "90", 1.5), ("Turnout time", "5 min", 5), ("Turn-out time", "5", 5),
        ("出动时间", "08:00", None), ("出动时间", "-5", None), ("出动时间", "10人", None),
    ],
)  # fmt: skip
def test_turn_out_times_under_the_names_that_sheets_give_them(
    say: Officer, sheet: pathlib.Path, heading: str, written: str, minutes: float | None
) -> None:
    sheet.write_text(f"队伍名称,{heading}\n甲队,{written}\n", encoding="utf-8")
    result = say("team", "import", str(sheet))
    if minutes is None:
        assert (result.code, f"{sheet}:2:B" in result.err) == (5, True), result
    else:
        assert result.code == 0, result
        assert say.done("team", "list", "--json").json[0]["turnout"] == minutes


def test_telephone_numbers_are_put_in_one_form_and_doubtful_ones_kept(
    say: Officer, sheet: pathlib.Path
) -> None:
    sheet.write_text(
        "队伍名称,联系电话\n甲队,(010) 6000 1234\n乙队,+86 138-0000-0001\n丙队,0716—8319315转12\n丁队,13800000002?\n",
        encoding="utf-8",
    )
    result = say.done("team", "import", str(sheet), "--json").json
    assert result["doubtful_phones"] == 1
    assert [r["duty_phone"] for r in say.done("team", "list", "--json").json][:3] == [
        "010-60001234", "13800000001", "0716-8319315-12",
    ]  # fmt: skip


# -- what no terminal and no spreadsheet may be given ----------------------------------------------------

EVIL = [
    "\x1b[2J\x1b]0;x\x07",
    "\x9b31m",
    "a\u202eb\u2066c",
    "\u200bx",
    "=HYPERLINK(1)",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "|cmd",
    "%0A",
]


@pytest.mark.parametrize("evil", EVIL)
def test_cells_cannot_drive_the_terminal_or_a_spreadsheet(
    say: Officer, tmp_path: pathlib.Path, sheet: pathlib.Path, evil: str
) -> None:
    import openpyxl

    # With much plain text beside it, a sheet with a few such characters still counts as text.
    sheet.write_text(f'队伍名称,负责人,队伍总人数,联系电话,备注,{evil}\n"{evil}","{evil}",x,,,\n"{evil}","{evil}",5,"{evil}",,\n'
                     f'"{evil}",甲,5,,{"说明" * 200},\n', encoding="utf-8")  # fmt: skip
    result = say("team", "import", str(sheet))
    assert harmless(result.out + result.err), result
    say("team", "import", str(sheet), "--map", f"{evil}=colour")
    assert len(say.ids("team", "list")) == 1
    id_ = say.ids("team", "list")[0]
    for line in (
        ["team", "list"], ["team", "show", id_], ["team", "history", id_], ["team", "list", "--json"], ["journal", "log"],
        ["journal", "show", "2"], ["conflict", "list"], ["team", "list", "--ndjson"], ["team", "import", str(sheet), "--dry-run"],
        ["team", "show", evil], ["team", "list", "--", evil], ["team", "list", "--fields", evil], [evil], ["team", evil],
        ["journal", "show", "2", "--json"], ["team", "export", str(tmp_path / f"x.{id_}")],
    ):  # fmt: skip
        told = say(*line)
        assert harmless(told.out + told.err), (line, told)
    assert say.show("team", id_)["name"] == evil.strip()

    say.done("team", "export", str(tmp_path / "out.csv"))
    say.done("team", "export", str(tmp_path / "out.xlsx"))
    import csv

    with open(tmp_path / "out.csv", encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not any(cell[:1] in "=+-@\t\r|%" for cell in cells if cell)
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    for row in book.active.iter_rows():
        for cell in row:
            assert cell.data_type in ("s", "n", "inlineStr") and cell.data_type != "f"
            assert not str(cell.value or "").startswith("=")
    out = say.done("team", "list", "--csv").out
    assert not any(cell[:1] in "=+-@\t\r|%" for row in csv.reader(out.splitlines()) for cell in row if cell)
