"""Sheets nobody prepared, read right or refused with a reason; taken back as one operation."""

from __future__ import annotations

import json
import pathlib

import pytest

from tests.commands.conftest import Officer, Stage


@pytest.fixture
def sheet(tmp_path: pathlib.Path) -> pathlib.Path:
    """Where the sheet of a test stands."""
    return tmp_path / "sheet.csv"


def test_a_sheet_with_title_units_totals_and_notes_is_read_right(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_bytes(
        (
            "房山区防汛装备登记表,,,,,,\n填报单位：房山区水务局,,,填报日期：2026年5月,,,\n\n"
            "序号,装备名称,类别,车牌号,排水量(m³/h),经度,纬度\n"
            "1,大流量泵车,排水泵车,京A10001,\"3,000\",116.00,39.74\n"
            "2,移动泵车,排水泵车,京A10002,1000,116.01,39.75\n"
            "3,小泵,水泵,无,50L/s,—,—\n"
            "合计,3,,,4180,,\n"
            "填表人：张三,,,联系电话：010-60001234,,,\n"
        ).encode("gb18030")
    )  # fmt: skip
    result = say.done("equipment", "import", str(sheet), "--json").json
    assert (result["new"], result["bad"]) == (3, 0)
    assert result["skipped"] >= 2
    assert result["unread"] == ["序号"]
    rows = {r["name"]: r for r in say.done("equipment", "list", "--json").json}
    assert rows["大流量泵车"]["drainage"] == 3000
    assert rows["小泵"]["drainage"] == 180
    assert rows["小泵"]["plate"] is None and rows["小泵"]["at"] is None
    assert rows["大流量泵车"]["at"] == {"lat": 39.74, "lng": 116.0}
    assert rows["大流量泵车"]["kind"] == "pump-truck"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_same_sheet_in_any_encoding(
    say: Officer, sheet: pathlib.Path, encoding: str, newline: str
) -> None:
    text = "队伍名称,行政区,队伍总人数\n房山排水一队,房山区,32\n丰台排水队,110106,20人\n"
    sheet.write_bytes(text.replace("\n", newline).encode(encoding))
    say.done("team", "import", str(sheet))
    rows = say.done("team", "list", "--json").json
    assert [(r["name"], r["region"], r["strength"]) for r in rows] == [
        ("房山排水一队", "110111", 32), ("丰台排水队", "110106", 20),
    ]  # fmt: skip


def test_every_bad_row_is_told_by_file_row_and_column_and_the_others_are_taken(
    say: Officer, sheet: pathlib.Path
) -> None:
    sheet.write_text(
        "队伍名称,队伍总人数,联系电话,纬度,经度,成立时间\n"
        "甲队,12,010-60001234,39.7,116.0,2019-05-01\n"
        "乙队,十二,010-60001234,39.7,116.0,2019-05-01\n"
        "丙队,12,abc,39.7,116.0,2019-05-01\n"
        "丁队,12,010-60001234,39.7,,2019-05-01\n"
        "戊队,12,010-60001234,39.7,116.0,31/12/2019\n"
        ",12,,39.7,116.0,\n"
        "己队,-3,xyz,95,200,2019-13-01\n"
        "庚队,9,,,,\n",
        encoding="utf-8",
    )
    result = say("team", "import", str(sheet))
    assert result.code == 5
    told = [line.split(": ")[0] for line in result.err.splitlines() if line.startswith(str(sheet))]
    where = [t.removeprefix(str(sheet) + ":") for t in told]
    assert where == ["3:B", "4:C", "5:D", "6:F", "7:A", "8:B", "8:C", "8:E", "8:F"]
    assert [r["name"] for r in say.done("team", "list", "--json").json] == ["甲队", "庚队"]
    lines = [json.loads(x) for x in say("team", "import", str(sheet), "--json").err.splitlines()]
    assert {"file", "row", "column", "label", "problem"} == set(lines[0])
    assert (lines[0]["row"], lines[0]["column"], lines[0]["label"]) == (3, "B", "队伍总人数")


def test_atomic_takes_all_or_nothing(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("队伍名称,队伍总人数\n甲队,12\n乙队,十二\n", encoding="utf-8")
    entries = say.entries()
    result = say("team", "import", str(sheet), "--atomic")
    assert (result.code, result.out, say.entries()) == (2, "", entries)
    assert f"{sheet}:3:B" in result.err


def test_a_dry_run_shows_exactly_what_would_be_written(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("队伍名称,队伍总人数\n甲队,12\n乙队,9\n", encoding="utf-8")
    dry = say.done("team", "import", str(sheet), "--dry-run", "--json").json
    printed = say.done("team", "import", str(sheet), "--dry-run")
    assert printed.out.splitlines() == [
        "would be: teams: 2 new, 0 changed, 0 as they were, 0 wrong, 0 passed over",
        "  registered  Team FT-1  Name: 甲队, Strength: 12",
        "  registered  Team FT-2  Name: 乙队, Strength: 9",
    ]
    op = say.done("team", "import", str(sheet), "--json").json["op"]
    entries = say.done("journal", "log", "--op", op, "--json").json
    assert [fact for e in entries for fact in e["facts"]] == dry["facts"]
    assert {e["op"] for e in entries} == {op}


def test_one_import_is_one_operation_that_is_taken_back(desk: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("队伍名称,驻地,队伍总人数\n甲队,长阳,12\n乙队,良乡,9\n", encoding="utf-8")
    before = desk.done("team", "list", "--json").json
    op = desk.done("team", "import", str(sheet), "--json").json["op"]
    assert len(desk.ids("team", "list")) == len(before) + 2
    # The second sheet changes what the first registered.
    sheet.write_text("队伍名称,驻地,队伍总人数\n甲队,长阳,15\n", encoding="utf-8")
    change = desk.done("team", "import", str(sheet), "--json").json
    assert (change["new"], change["changed"]) == (0, 1)
    desk.done("undo", change["op"])
    assert {r["name"]: r["strength"] for r in desk.done("team", "list", "--json").json}["甲队"] == 12
    assert f"{op}" in desk.done("undo", op).out
    assert desk.done("team", "list", "--json").json == before
    desk.refused(3, "undo", "ffffffff")


def test_undo_again_and_again_goes_back_step_by_step(say: Officer) -> None:
    team = say.add("team", "name=甲队", "strength=10")
    for strength in (15, 20):
        say.done("team", "set", team, f"strength={strength}")
    for strength in (15, 10):
        say.done("undo")
        assert say.show("team", team)["strength"] == strength
    say.done("undo")
    assert say.ids("team", "list") == []
    say.refused(3, "undo")


def test_undo_leaves_alone_what_was_changed_since_and_names_it(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("队伍名称\n甲队\n乙队\n", encoding="utf-8")
    op = say.done("team", "import", str(sheet), "--json").json["op"]
    first = say.ids("team", "list")[0]
    say.done("team", "set", first, "strength=5")
    result = say.done("undo", op)
    assert first in result.err
    assert say.ids("team", "list") == [first]


def test_a_big_import_is_several_entries_and_still_one_operation(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("队伍名称\n" + "".join(f"第{n}队\n" for n in range(1200)), encoding="utf-8")
    op = say.done("team", "import", str(sheet), "--json").json["op"]
    assert len(say.done("journal", "log", "--op", op, "--json").json) > 1
    say.done("undo", op)
    assert say.ids("team", "list") == []


def test_the_same_sheet_twice_changes_nothing(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("队伍名称,队伍总人数,成立时间\n甲队,12,2019年5月\n乙队,9,\n", encoding="utf-8")
    say.done("team", "import", str(sheet))
    entries = say.entries()
    second = say.done("team", "import", str(sheet), "--json").json
    assert (second["new"], second["changed"], second["same"]) == (0, 0, 2)
    assert say.entries() == entries


def test_rows_that_say_again_what_a_row_above_says_are_counted_not_doubled(
    say: Officer, sheet: pathlib.Path
) -> None:
    sheet.write_text("队伍名称,地址\n甲队,长阳\n甲队,长阳\n甲队,良乡\n", encoding="utf-8")
    result = say.done("team", "import", str(sheet), "--json").json
    assert (result["new"], result["repeated"]) == (2, 1)


def test_a_vehicle_known_by_its_plate_is_not_registered_again(desk: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("装备名称,车牌号,里程（公里）\n子母式龙吸水,京A00001,1200\n", encoding="utf-8")
    result = desk.done("equipment", "import", str(sheet), "--json").json
    assert (result["new"], result["changed"]) == (0, 1)
    assert desk.show("equipment", Stage.BIG)["odometer"] == 1200


def test_an_unknown_name_or_unit_is_told_at_its_own_column(desk: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("姓名,所属队伍\n张三,没有这队\n李四,房山排水一队\n", encoding="utf-8")
    assert f"{sheet}:2:B" in desk("member", "import", str(sheet)).err
    assert [r["name"] for r in desk.done("member", "list", "--json").json] == ["李四"]
    sheet.write_text("仓库,物资名称,单位,数量\n丰台库,大米,麻布包,3\n丰台库,面粉,袋,5\n", encoding="utf-8")
    assert f"{sheet}:2:C" in desk("reserve", "import", str(sheet)).err


# -- mapping ---------------------------------------------------------------------------------------------


def test_columns_are_mapped_by_hand_and_the_mapping_is_kept(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("甲,乙,丙\n一队,8,杂项\n", encoding="utf-8")
    said = say.refused(2, "team", "import", str(sheet))
    assert "--map COLUMN=name" in said and "甲" in said
    maps = ["--map", "甲=name", "--map", "乙=strength", "--map", "丙="]
    say.done("team", "import", str(sheet), *maps, "--save-map", "街道表")
    shown = say.done("team", "list", "--json").json
    assert [(r["name"], r["strength"]) for r in shown] == [("一队", 8)]
    sheet.write_text("甲,乙,丙\n二队,9,杂项\n", encoding="utf-8")
    say.done("team", "import", str(sheet), "--use-map", "街道表")
    assert [r["strength"] for r in say.done("team", "list", "--json").json] == [8, 9]
    say.refused(2, "team", "import", str(sheet), "--use-map", "没有")


def test_a_mapping_is_not_kept_by_a_dry_run(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("甲\n一队\n", encoding="utf-8")
    say.done("team", "import", str(sheet), "--map", "甲=name", "--save-map", "m", "--dry-run")
    say.refused(2, "team", "import", str(sheet), "--use-map", "m")


@pytest.mark.parametrize(
    "maps", [["甲=colour"], ["没有=name"], ["甲"], ["=name"], ["甲=readiness"], ["甲=name", "没有=note"]]
)
def test_a_bad_mapping_is_refused_naming_what_there_is(
    say: Officer, sheet: pathlib.Path, maps: list[str]
) -> None:
    sheet.write_text("甲,队伍名称\nx,一队\n", encoding="utf-8")
    options = [word for m in maps for word in ("--map", m)]
    say.refused(2, "team", "import", str(sheet), *options)


def test_what_every_row_lacks_is_given_once(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("队伍名称,级别\n甲队,\n乙队,区级\n", encoding="utf-8")
    say.done("team", "import", str(sheet), "--set", "region=丰台区", "--set", "level=municipal")
    assert [(r["region"], r["level"]) for r in say.done("team", "list", "--json").json] == [
        ("110106", "municipal"), ("110106", "district"),
    ]  # fmt: skip
    assert say("team", "import", str(sheet), "--set", "colour=red").code == 2


def test_a_sheet_of_which_no_column_is_known_is_refused_even_with_defaults(
    say: Officer, sheet: pathlib.Path
) -> None:
    sheet.write_text("甲,乙\np,q\n", encoding="utf-8")
    result = say("team", "import", str(sheet), "--set", "name=同一个名字")
    assert result.code == 2
    assert say.ids("team", "list") == []


def test_registers_with_codes_of_their_own_take_them_from_the_sheet(
    say: Officer, sheet: pathlib.Path
) -> None:
    sheet.write_text("编码,名称,上级区划\n140000,山西省,\n140100,太原市,140000\n", encoding="utf-8")
    say.done("region", "import", str(sheet))
    assert say.show("region", "140100")["name"] == "太原市"
    assert say.show("region", "太原市")["id"] == "140100"


def test_exported_and_imported_again_nothing_changes(desk: Officer, tmp_path: pathlib.Path) -> None:
    desk.done("team", "set", Stage.DRAINERS, "insurance_until=2026-12-31", "note=说明, 带逗号")
    for noun in ("team", "equipment", "depot"):
        for ending in ("csv", "xlsx"):
            path = tmp_path / f"{noun}.{ending}"
            desk.done(noun, "export", str(path))
            result = desk.done(noun, "import", str(path), "--json").json
            assert (result["new"], result["changed"], result["bad"]) == (0, 0, 0), (noun, ending, result)


def test_what_export_guards_against_formulas_import_reads_as_it_was(
    desk: Officer, tmp_path: pathlib.Path
) -> None:
    id_ = desk.add("team", "name==1+1", "duty_phone=+85212345678", "radio=-1-", "at=-33.8,151.2")
    before = desk.show("team", id_)
    for ending in ("csv", "xlsx"):
        path = tmp_path / f"team.{ending}"
        desk.done("team", "export", str(path))
        result = desk.done("team", "import", str(path), "--json").json
        assert (result["new"], result["changed"], result["bad"]) == (0, 0, 0)
    assert desk.show("team", id_) == before


def test_an_exported_register_becomes_the_same_register_elsewhere(
    desk: Officer, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "team.csv"
    desk.done("team", "export", str(path))
    other = ["--store", str(tmp_path / "other.db")]
    desk.done(*other, "init", "--station", "HD", "--region", "110108", "--name", "海淀")
    desk.done(*other, "team", "import", str(path))
    rows = desk.done(*other, "team", "list", "--json").json
    mine = desk.done("team", "list", "--json").json
    for row, own in zip(rows, mine, strict=True):
        assert {k: v for k, v in row.items() if k != "id"} == {k: v for k, v in own.items() if k != "id"}
