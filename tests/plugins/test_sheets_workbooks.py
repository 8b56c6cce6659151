"""XLSX and XLS: merged cells, exact numbers, errors, hidden sheets."""

import datetime
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
import xlwt

from emergency.plugins.sheets.reading import read
from emergency.store.errors import UnreadableInput


def book(path: Path, rows: Sequence[Sequence[Any]], merges: tuple[str, ...] = ()) -> str:
    made = openpyxl.Workbook()
    active = made.active
    assert active is not None
    for row in rows:
        active.append(row)
    for merge in merges:
        active.merge_cells(merge)
    made.save(path)
    return str(path)


def test_merged_title_header_and_data(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["河北省救援队伍统计表（坐标系：CGCS2000）"],
        [],
        ["区县", "队伍名称", "联系人", None, "位置", None, "备注"],
        [None, None, "姓名", "电话", "经度", "纬度", None],
        ["桥西区", "甲队", "张三", 13800138000, 114.5, 38.01, None],
        [None, "乙队", "李四", 13900139000, 114.52, 38, None],
        ["小计", 2],
        ["长安区", "丙队", "王五", 13700137000, 114.6, 38.1, None],
        ["总计", 3],
        ["注：经纬度为估计值"],
    ]
    merges = ("A1:G1", "A3:A4", "B3:B4", "C3:D3", "E3:F3", "G3:G4", "A5:A6", "A10:G10")
    found = read(book(tmp_path / "a.xlsx", rows, merges))
    assert found.header == [
        "区县",
        "队伍名称",
        "联系人/姓名",
        "联系人/电话",
        "位置/经度",
        "位置/纬度",
        "备注",
    ]
    assert found.header_row == 4 and "CGCS2000" in found.title[0]
    cells = [(r.number, r.cells[:4]) for r in found.rows()]
    assert cells == [
        (5, ["桥西区", "甲队", "张三", "13800138000"]),
        (6, ["桥西区", "乙队", "李四", "13900139000"]),
        (8, ["长安区", "丙队", "王五", "13700137000"]),
    ]
    assert [n for n, _why in found.skipped] == [7, 9, 10]


def test_three_header_rows_with_merges(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["序号", "名称", "人员", None, None, "备注"],
        [None, None, "总数", "其中", None, None],
        [None, None, None, "干部", "职工", None],
        [1, "甲队", 4, 1, 3, None],
    ]
    merges = ("A1:A3", "B1:B3", "C1:E1", "C2:C3", "D2:E2", "F1:F3")
    found = read(book(tmp_path / "a.xlsx", rows, merges))
    assert found.header == ["序号", "名称", "人员/总数", "人员/其中/干部", "人员/其中/职工", "备注"]
    assert [r.cells for r in found.rows()] == [["1", "甲队", "4", "1", "3", ""]]


def test_values_are_exact_text(tmp_path: Path) -> None:
    when = datetime.datetime(2024, 1, 2, 3, 4, 5)
    rows: list[list[Any]] = [
        ["名称", "日期", "时刻", "数量", "比例", "大数", "有无", "错误", "证件号"],
        ["甲", datetime.date(2024, 1, 2), when, 5.0, 0.1, 1e20, True, "#N/A", "110101199001011234"],
        ["乙", datetime.date(2024, 1, 3), when, 7, 1e-7, 110101199001011, False, "#REF!", ""],
    ]
    found = read(book(tmp_path / "a.xlsx", rows))
    first, second = found.rows()
    expected = ["甲", "2024-01-02", "2024-01-02T03:04:05", "5", "0.1", "1" + "0" * 20, "TRUE", "#N/A"]
    assert first.cells == [*expected, "110101199001011234"]
    assert second.cells[4:8] == ["0.0000001", "110101199001011", "FALSE", "#REF!"]


def test_a_sheet_that_does_not_begin_in_a1(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        [],
        [],
        [None, None, "名称", "数量"],
        [None, None, "帐篷", 5],
        [None, None, "棉被", 6],
    ]
    found = read(book(tmp_path / "a.xlsx", rows))
    assert found.header == ["", "", "名称", "数量"] and found.header_row == 3
    assert next(found.rows()) == (4, ["", "", "帐篷", "5"])


def test_which_sheet(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    active = made.active
    assert active is not None
    active.title = "填表说明"
    active.append(["请如实填写"])
    hidden = made.create_sheet("旧表")
    hidden.append(["名称", "数量"])
    hidden.sheet_state = "hidden"
    made.create_sheet("空")
    stock = made.create_sheet("物资")
    stock.append(["名称", "数量"])
    stock.append(["帐篷", 5])
    made.save(tmp_path / "a.xlsx")
    path = str(tmp_path / "a.xlsx")
    assert read(path).sheet == "物资"
    assert read(path, sheet="旧表").sheet == read(path, sheet="2").sheet == "旧表"
    with pytest.raises(UnreadableInput) as caught:
        read(path, sheet="没有")
    assert "物资" in caught.value.hint
    with pytest.raises(UnreadableInput, match="空"):
        read(path, sheet="空")


def test_old_xls_with_merges(tmp_path: Path) -> None:
    made = xlwt.Workbook()
    page = made.add_sheet("表")
    page.write_merge(0, 0, 0, 3, "避难场所一览表")
    page.write_merge(1, 2, 0, 0, "名称")
    page.write_merge(1, 1, 1, 2, "联系人")
    page.write_merge(1, 2, 3, 3, "日期")
    page.write(2, 1, "姓名")
    page.write(2, 2, "电话")
    for column, value in enumerate(("一号", "张三", 13800138000)):
        page.write(3, column, value)
    page.write(3, 3, datetime.date(2020, 1, 1), xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    made.save(str(tmp_path / "a.xls"))
    found = read(str(tmp_path / "a.xls"))
    assert found.header == ["名称", "联系人/姓名", "联系人/电话", "日期"]
    assert [r.cells for r in found.rows()] == [["一号", "张三", "13800138000", "2020-01-01"]]


def test_a_stray_far_cell_and_a_foreign_zip_are_refused(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    active = made.active
    assert active is not None
    active.append(["名称", "数量"])
    active["XFD1048576"] = " "
    made.save(tmp_path / "a.xlsx")
    with pytest.raises(UnreadableInput, match="too many"):
        read(str(tmp_path / "a.xlsx"))
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "x")
    with pytest.raises(UnreadableInput, match="no XLSX"):
        read(str(tmp_path / "b.xlsx"))


def test_a_swollen_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "x")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (60 << 20))
    with pytest.raises(UnreadableInput, match="unpacks"):
        read(str(tmp_path / "a.xlsx"))


def test_without_the_library_the_way_to_get_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(tmp_path / "a.xlsx", [["名称", "数量"], ["帐篷", 5]])
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(UnreadableInput) as caught:
        read(path)
    assert caught.value.hint == "pip install 'emergency-toolkit[sheets]'"


def test_error_cells_are_text(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["名称", "数量", "单价"], ["帐篷", "#DIV/0!", 3], ["棉被", 6, "#REF!"]])
    assert [r.cells for r in read(path).rows()] == [["帐篷", "#DIV/0!", "3"], ["棉被", "6", "#REF!"]]
