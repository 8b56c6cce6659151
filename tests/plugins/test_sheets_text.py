"""Delimited text as it comes: encodings, separators, titles, totals, broken quotes, no text at all."""

import csv
import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.plugins.sheets.reading import Row, Sheet, read
from emergency.store.errors import UnreadableInput

SHARED = Path(__file__).parents[3] / "shared" / "data"
CENSUS = "队伍名称,队伍编号,地址,队伍类型,队伍总人数,联系电话,报出日期"


def sheet(folder: Path, content: str | bytes, name: str = "a.csv", **how: str) -> Sheet:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(str(path), **how)  # type: ignore[arg-type]


def numbers(found: Sheet) -> list[int]:
    return [row.number for row in found.rows()]


@pytest.mark.parametrize(
    ("name", "count", "first", "header_row"),
    [
        ("sheets/derived_bj_hospitals_title_gb18030.csv", 120, "序号", 4),
        ("sheets/ph_dswd_warehouse_stock.csv", 152, "Warehouse", 1),
        ("sheets/ph_dswd_warehouses.csv", 24, "Name", 1),
        ("sheets/phone_formats_observed.csv", 21, "pattern", 1),
        ("sheets/us_redcross_facilities.csv", 76, "Organisation", 1),
        ("sheets/us_redcross_vehicles.csv", 338, "Name", 1),
        ("usfa_registry_stations.csv", 8077, "FDID", 1),
    ],
)
def test_real_sheets(name: str, count: int, first: str, header_row: int) -> None:
    """Sheets that people kept are read with every row, and no more."""
    if not (SHARED / name).exists():
        pytest.skip(f"../shared/data/{name} is not here")
    found = read(str(SHARED / name))
    rows = list(found.rows())
    assert (len(rows), found.header[0], found.header_row) == (count, first, header_row)
    assert {len(row.cells) for row in rows} == {len(found.header)}
    assert found.problems == []


def test_titles_totals_and_notes_are_no_data(tmp_path: Path) -> None:
    text = (
        "天津市应急队伍名录,,,,,,\n填报单位：市应急局,,填报日期：2024年12月,,坐标系：GCJ-02,,\n,,,,,,\n"
        + CENSUS
        + "\n甲队,1,和平区,综合,10,13800138000,2024-01-01\n 小  计,,,,10,,\n"
        "乙队,2,河西区,综合,5,13800138001,2024-01-02\n"
        + CENSUS
        + "\n丙队,3,,综合,7,022-23456789,2024-01-02\n合计,,,,22,,\n"
        "注：数据截至年底,,,,,,\n填表人：张三,,审核人：李四,,,,\n"
    )
    found = sheet(tmp_path, text)
    assert [(r.number, r.cells[0]) for r in found.rows()] == [(5, "甲队"), (7, "乙队"), (9, "丙队")]
    assert found.header == CENSUS.split(",") and found.header_row == 4
    assert "坐标系：GCJ-02" in found.title and found.title[0] == "天津市应急队伍名录"
    assert [n for n, _why in found.skipped] == [6, 8, 10, 11, 12]


def test_census_forms(tmp_path: Path) -> None:
    """Every form of the risk census, under a title, a line of who fills it in, and a total below."""
    path = SHARED / "cn_risk_census_forms.csv"
    if not path.exists():
        pytest.skip("../shared/data/cn_risk_census_forms.csv is not here")
    forms: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            forms.setdefault(row["form_name_inferred"], []).append(row["label_zh"])
    for form, labels in forms.items():
        width = len(labels)
        out = io.StringIO()
        writer = csv.writer(out)
        pad = [""] * width
        writer.writerow([form + "调查表", *pad][:width])
        writer.writerow(["填报单位：某区应急局", *pad][:width])
        writer.writerow(labels)
        for n in range(3):
            writer.writerow([f"某某{form}{n}", *(["河北", "12", "某路3号", "2021-01-02"] * width)][:width])
        writer.writerow(["合计", "3", *pad][:width])
        found = sheet(tmp_path, out.getvalue().encode("gb18030"))
        assert [x.split(" (2)")[0] for x in found.header] == [" ".join(x.split()) for x in labels]
        assert (numbers(found), found.encoding) == ([4, 5, 6], "gb18030")


def test_grouped_header_of_three_rows(tmp_path: Path) -> None:
    text = "序号,名称,人员,,,,备注\n,,总数,其中,,,\n,,,干部,职工,临时,\n1,甲队,9,1,3,5,好\n2,乙队,6,1,2,3,\n"
    found = sheet(tmp_path, text)
    assert found.header == [
        "序号",
        "名称",
        "人员/总数",
        "人员/其中/干部",
        "人员/其中/职工",
        "人员/其中/临时",
        "备注",
    ]
    assert found.header_row == 3 and numbers(found) == [4, 5]


def test_group_row_and_column_numbers(tmp_path: Path) -> None:
    text = "物资名称,联系人,,数量\n,姓名,电话,\n甲,1,2,3\n帐篷,张三,13800138000,5\n棉被,李四,13800138001,6\n"
    found = sheet(tmp_path, text)
    assert found.header == ["物资名称", "联系人/姓名", "联系人/电话", "数量"]
    assert numbers(found) == [4, 5] and found.skipped[0][0] == 3


def test_units_row_and_brackets(tmp_path: Path) -> None:
    found = sheet(tmp_path, "名称,面积（平方米）,容量\n,,(人)\n一号,100,20\n二号,200,30\n")
    assert found.header == ["名称", "面积（平方米）", "容量/(人)"]


def test_duplicate_labels_and_ragged_rows(tmp_path: Path) -> None:
    found = sheet(
        tmp_path, "Name,Address,Phone,Address\nA,x,010-88886666\nB,x,010-88886667,y,,\nC,x,1,y,extra\n"
    )
    rows = list(found.rows())
    assert found.header == ["Name", "Address", "Phone", "Address (2)"]
    assert rows[0] == Row(2, ["A", "x", "010-88886666", ""])
    assert [len(r.cells) for r in rows] == [4, 4, 4]
    assert [n for n, _why in found.problems] == [4] and "E" in found.problems[0][1]


def test_line_breaks_in_cells_keep_physical_row_numbers(tmp_path: Path) -> None:
    found = sheet(tmp_path, 'Name,Note,Count\r\nA,"two\r\nlines",1\r\nB,,2\r\n\r\nC,x,3\r\n')
    assert numbers(found) == [2, 4, 6]
    assert found.skipped == [(5, "blank row")]


@pytest.mark.parametrize("separator", ["\t", ";", "|", ","])
def test_separators(tmp_path: Path, separator: str) -> None:
    """Under the name of an .xls file too."""
    lines = [["名称", "数量", "备注"], ["帐篷", "5", '"a,b;c|d"'], ["棉被", "6", '"x ""y"" z"']]
    found = sheet(tmp_path, "\n".join(separator.join(x) for x in lines), "a.xls")
    assert [r.cells for r in found.rows()] == [["帐篷", "5", "a,b;c|d"], ["棉被", "6", 'x "y" z']]


def test_an_unclosed_quote_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="row 3"):
        sheet(tmp_path, 'Name,Count,Note\nA,1,x\nB,2,"oops\nC,3,y\nD,4,z\n')
    found = sheet(tmp_path, "Name,Count,Note\n" + "A,1,x\n" * 300 + 'B,2,"oops\nC,3,y\n')
    with pytest.raises(UnreadableInput, match="row 302"):
        list(found.rows())


def test_a_quote_closed_late_is_a_problem(tmp_path: Path) -> None:
    found = sheet(tmp_path, 'Name,Count,Note\nA,1,x\nB,2,"oops\nC,3,y\nD,4,"z\nE,5,k\n')
    list(found.rows())
    assert found.problems[0][0] == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_encodings_are_told(tmp_path: Path, encoding: str) -> None:
    text = "物资名称,单位,数量\n救灾帐篷,顶,5\n棉被,床,6\n"
    found = sheet(tmp_path, text.encode(encoding))
    assert next(found.rows()).cells == ["救灾帐篷", "顶", "5"]
    assert found.encoding == ("gb18030" if encoding == "gbk" else encoding)


cells = st.text(
    st.sampled_from("应急管理局物资仓库天津北京河北一二三四五六七八九十帐篷abc019"), min_size=1, max_size=8
)


@given(st.lists(st.tuples(cells, cells), min_size=3, max_size=30))
def test_gb18030_and_utf8_say_the_same(pairs: list[tuple[str, str]]) -> None:
    """Whatever is written, the two encodings of one sheet are read alike."""
    text = "名称,单位,数量\n" + "".join(f"{a}物资仓库,{b},1\n" for a, b in pairs)
    seen = []
    for encoding in ("utf-8", "gb18030", "utf-16"):
        stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.encode(encoding)))
        try:
            seen.append([r.cells for r in read("-").rows()])
        finally:
            sys.stdin = stdin
    assert seen[0] == seen[1] == seen[2]


def test_late_gbk_after_a_long_ascii_start(tmp_path: Path) -> None:
    body = b"Name,Unit,Count\n" + b"tent,pcs,1\n" * 60_000 + "救灾帐篷应急物资仓库,顶,5\n".encode("gbk") * 3
    found = sheet(tmp_path, body)
    assert list(found.rows())[-1] == Row(60_004, ["救灾帐篷应急物资仓库", "顶", "5"])


@pytest.mark.parametrize("order", [("utf-8", "gbk"), ("gbk", "utf-8")])
def test_mixed_encodings_are_refused_with_the_row(tmp_path: Path, order: tuple[str, str]) -> None:
    line = "救灾帐篷应急物资仓库,顶,5\n"
    body = (
        ("物资的名称,单位,数量\n" + line * 20).encode(order[0])
        + line.encode(order[1])
        + line.encode(order[0])
    )
    with pytest.raises(UnreadableInput, match=r"byte .*row 22") as caught:
        sheet(tmp_path, body)
    assert "--encoding" in caught.value.hint


def test_a_wrong_encoding_names_the_byte(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="byte 0, row 1"):
        sheet(tmp_path, "名称,数量\n帐篷,5\n".encode("gbk"), encoding="utf-8")
    with pytest.raises(UnreadableInput, match="unknown encoding"):
        sheet(tmp_path, "名称,数量\n", encoding="klingon")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\n\n \n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "PNG"),
        (b"SQLite format 3\0" + b"\0" * 50, "SQLite"),
        (b"%PDF-1.7\n", "PDF"),
        (b"MZ\x90\0\3", "program"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "HTML"),
        (b'<?xml version="1.0"?><html>', "HTML"),
        (b'[{"a": 1}]', "JSON"),
        (b"a,b\n1,\x002\n", "NUL at byte 6, row 2"),
        (bytes(range(1, 32)) * 20, "not text"),
        (b"PK\x03\x04junk", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "damaged"),
        (b"1,2,3\n4,5,6\n7,8,9\n", "header"),
    ],
)
def test_what_is_no_sheet_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(UnreadableInput, match=why):
        sheet(tmp_path, content, "a.xls")


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no such file"):
        read(str(tmp_path / "none.csv"))
    with pytest.raises(UnreadableInput, match="folder"):
        read(str(tmp_path))


def test_only_a_header_is_a_sheet_without_rows(tmp_path: Path) -> None:
    assert list(sheet(tmp_path, CENSUS + "\n").rows()) == []


def test_header_row_can_be_said_and_known_labels_help(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\nd,e,f\ng,h,i\n", "utf-8")
    assert read(str(path)).header == ["a", "b", "c"]
    assert read(str(path), header_row=2).header == ["d", "e", "f"]
    assert read(str(path), known={"g", "h", "i"}).header_row == 3
    with pytest.raises(UnreadableInput):
        read(str(path), header_row=9)


def test_rows_can_be_read_again_and_columns_have_letters(tmp_path: Path) -> None:
    found = sheet(tmp_path, CENSUS + "\n甲队,1,x,y,1,2,3\n合计,,,,1,,\n")
    assert numbers(found) == numbers(found) == [2] and len(found.skipped) == 1
    assert [found.column_letter(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_years_units_comments_and_group_totals(tmp_path: Path) -> None:
    years = sheet(tmp_path, "城市,2021,2022,2023\n天津,1,2,3\n北京,4,5,6\n")
    assert years.header == ["城市", "2021", "2022", "2023"] and numbers(years) == [2, 3]
    units = sheet(tmp_path, "序号,名称,面积,人数\n,,平方米,人\n1,甲,10,2\n2,乙,20,3\n")
    assert units.header == ["序号", "名称", "面积/平方米", "人数/人"] and numbers(units) == [3, 4]
    comments = sheet(tmp_path, "# exported 2024\nName,Count\nA,1\n# middle\nB,2\n")
    assert comments.title == ["# exported 2024"] and numbers(comments) == [3, 5]
    totals = sheet(tmp_path, "区县,名称,数量\n和平区,帐篷,5\n和平区,小计,5\n东丽区,棉被,6\n东丽区合计,,6\n")
    assert numbers(totals) == [2, 4]


def test_what_begins_like_a_total_may_be_data(tmp_path: Path) -> None:
    found = sheet(tmp_path, "Item,Qty\nTotal Station Kit,6\nTongzhou,1\n合川区,2\n会计,3\nTotal,12\n")
    assert numbers(found) == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Nom,Adresse,Téléphone\nÉcole,Rue de la Forêt,01\nHôpital,Allée,02\n", "latin-1"),
        ("名稱,單位,數量\n應急帳篷,頂,五\n臺灣倉庫,個,六\n", "big5"),
    ],
)
def test_a_doubtful_encoding_is_asked_for(tmp_path: Path, text: str, encoding: str) -> None:
    with pytest.raises(UnreadableInput) as caught:
        sheet(tmp_path, text.encode(encoding))
    assert "--encoding" in caught.value.hint
    found = sheet(tmp_path, text.encode(encoding), encoding=encoding)
    assert found.header == text.splitlines()[0].split(",")
