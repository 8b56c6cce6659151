"""Everyday sheets: grouped headers, everyday words, pieces by the dozen, stock counted again."""

from __future__ import annotations

import pathlib
from typing import Any

import openpyxl
import pytest

from emergency.plugins.sheets import mapping
from emergency.store.errors import InvalidValue
from emergency.store.records import RECORDS
from emergency.store.records.types import Integer, Plate
from tests.commands.conftest import Officer


@pytest.fixture
def sheet(tmp_path: pathlib.Path) -> pathlib.Path:
    """Where the sheet of a test stands."""
    return tmp_path / "sheet.csv"


def took(say: Officer, noun: str, sheet: pathlib.Path, text: str) -> Any:
    """What the summary says of a sheet of that text."""
    sheet.write_text(text, encoding="utf-8")
    return say(noun, "import", str(sheet), "--json").json


def targets(noun: str, *header: str, title: tuple[str, ...] = ()) -> dict[str, str]:
    """Which column feeds which field."""
    plan = mapping.plan(RECORDS[noun], header, title, {}, None)
    return {c.label: c.target for c in plan.columns}


# -- headers ---------------------------------------------------------------------------------------------


def test_a_grouped_header_of_two_rows_is_read(say: Officer, tmp_path: pathlib.Path) -> None:
    book = openpyxl.Workbook()
    ws = book.active
    ws.append(["丰台区应急救援队伍统计表(2026年)"])
    ws.append(["序号", "队伍名称", "主管单位", "人员情况", None, "联系方式", None, "坐标(GCJ-02)", None])
    ws.append([None, None, None, "总人数（人）", "指挥员", "手机", "值班电话", "经度", "纬度"])
    for cells in ("A1:I1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:G2", "H2:I2"):
        ws.merge_cells(cells)
    ws.append([1, "卢沟桥排水队", "区水务局", "24人", "张三", "138 0013 8000", "010-83812345", 116.29, 39.86])
    ws.append([2, "王佐队", "区建委", 18, "王五", "13700137000", "010-83812347", 116.15, 39.79])
    path = tmp_path / "teams.xlsx"
    book.save(path)
    result = say.done("team", "import", str(path), "--json").json
    assert (result["new"], result["unread"], result["coordinates"]) == (2, ["序号"], "gcj02")
    assert result["converted"] == 2
    row = say.show("team", "卢沟桥排水队")
    assert (row["host_unit"], row["strength"], row["commander"]) == ("区水务局", 24, "张三")
    assert (row["mobile"], row["duty_phone"]) == ("13800138000", "010-83812345")
    assert (row["at"]["lng"], row["at"]["lat"]) == pytest.approx((116.284, 39.859), abs=0.001)


def test_grouped_labels_are_matched_whole_then_by_their_end() -> None:
    assert targets("team", "队伍/名称", "负责人/姓名", "负责人/手机", "联系方式/值班电话") == {
        "队伍/名称": "name",
        "负责人/姓名": "commander",
        "负责人/手机": "mobile",
        "联系方式/值班电话": "duty_phone",
    }
    # Two groups have such a column and no word says which is meant: neither is read.
    assert targets("reserve", "仓库", "品名", "一季度/数量", "二季度/数量") == {
        "仓库": "depot",
        "品名": "item",
    }
    assert targets("reserve", "仓库", "品名", "计划/数量", "实有/数量")["实有/数量"] == "quantity"


def test_a_unit_below_or_in_a_label_is_no_part_of_its_name() -> None:
    for label in ("排水能力/m³/h", "排水能力(m³/h)", "性能/排水能力（L/s）", "性能/排水能力/(m3/h)"):
        plan = mapping.plan(RECORDS["equipment"], ["装备名称", label], [], {}, None)
        column = plan.columns[1]
        assert column.target == "drainage", label
        assert column.unit in ("m³/h", "m3/h", "L/s"), label
    assert targets("team", "队伍名称", "统一社会信用代码/机构编码")["统一社会信用代码/机构编码"] == "code"


def test_nothing_is_said_of_coordinates_that_are_not_there(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("坐标系：GCJ-02,,\n队伍名称,纬度,经度\n甲队,,\n乙队,,\n", encoding="utf-8")
    assert "GCJ" not in say.done("team", "import", str(sheet)).err


@pytest.mark.parametrize(
    ("noun", "header"),
    [
        (
            "team",
            "队名=name 所属区县=region 主管单位=host_unit 联系人=commander 队长电话=mobile 能力=capabilities",
        ),
        ("team", "队伍名称=name 区=region 队员人数=strength 24小时值班电话=duty_phone"),
        (
            "member",
            "姓名=name 所在队伍=team 手机号码=phone 资格=qualification 资格有效期=qualification_until",
        ),
        ("member", "姓名=name 单位=team 证书有效期至=qualification_until 身份证号码=id_number"),
        ("equipment", "装备名称=name 数量=count 存放库=address 区县=region 年检到期=inspection_until"),
        ("equipment", "设备名称=name 装备编号=id 车号=plate 装备状态=serviceability 管理单位=team"),
        (
            "depot",
            "仓库名称=name 所属区县=region 责任人=keeper 联系方式=phone 库房地址=address 管理单位=host_unit",
        ),
        ("reserve", "存放库=depot 物品名称=item 储备数量=quantity 计量单位=unit 失效日期=expires"),
        ("incident", "事件=title 响应等级=level 灾种=scenario 区县=region 发生时间=opened_at"),
    ],
)
def test_everyday_headers(noun: str, header: str) -> None:
    wanted = dict(pair.split("=") for pair in header.split())
    assert targets(noun, *wanted) == wanted


# -- values ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("北京市丰台区", "110106"), ("丰台", "110106"), ("丰台区", "110106"), ("110106000000", "110106"),
        ("110106", "110106"), ("110106001", "110106"), ("丰台区卢沟桥街道", "110106"), ("北京丰台卢沟桥街道", "110106"),
        ("河北省石家庄市桥西区", "130104"), ("张家口桥西区", "130703"), ("河北省/沧州市/新华区", "130902"),
        ("石家庄市 新华区", "130105"), ("北京市", "110000"), ("河北", "130000"), ("天津市河北区", "120105"),
        ("北京市市辖区丰台区", "110106"), ("天津市滨海新区", "120116"), ("110103", "110101"),
        ("桥西区", "!130703"), ("新华", "!130902"), ("火星区", "!"), ("北京市桥西区", "!"), ("丰台区水务局", "!"),
        ("999999000000", "!"),
    ],
)  # fmt: skip
def test_a_division_in_every_form(say: Officer, sheet: pathlib.Path, text: str, id_: str) -> None:
    sheet.write_text(f"队伍名称,区县\n甲队,{text}\n", encoding="utf-8")
    result = say("team", "import", str(sheet))
    if id_.startswith("!"):
        assert (result.code, f"{sheet}:2:B" in result.err) == (5, True)
        assert id_[1:] in result.err
    else:
        assert result.code == 0, result.err
        assert [r["region"] for r in say.done("team", "list", "--json").json] == [id_]


@pytest.mark.parametrize(
    ("noun", "field", "words"),
    [
        ("equipment", "serviceability", "良好=serviceable 正常=serviceable 可用=serviceable 待修=in_repair"),
        ("equipment", "serviceability", "故障=unserviceable 报废=unserviceable 完好=serviceable"),
        ("team", "level", "县级=district 区级=district 区县级=district 市级=municipal 社会力量=social"),
        ("reserve", "form", "实物储备=physical 协议储备=agreement 产能储备=capacity"),
        ("incident", "level", "Ⅰ级=I 二级响应=II 3=III IV级=IV"),
    ],
)
def test_everyday_words_of_a_choice(noun: str, field: str, words: str) -> None:
    found = RECORDS[noun].field(field)
    assert found is not None
    for pair in words.split():
        word, _equals, code = pair.partition("=")
        assert found.type.parse(word) == code


def test_commas_in_whole_numbers_part_thousands_and_nothing_else() -> None:
    whole = Integer()
    assert [whole.parse(t) for t in ("1,200", "1 200", "1,234,567人", "24人", "3.0", "1200")] == [
        1200, 1200, 1234567, 24, 3, 1200,
    ]  # fmt: skip
    for text in ("1,2", "12,34", "1,2345", "0,123", "1 2", "1,234 567", ",5", "1,"):
        with pytest.raises(InvalidValue):
            whole.parse(text)


def test_a_plate_has_one_form(say: Officer, sheet: pathlib.Path) -> None:
    written = ("京A·12345", "京a12345", "京Ａ１２３４５", "京A 12345", "京A-12345", "京A•12345", "京A.12345")
    assert {Plate().parse(text) for text in written} == {"京A12345"}
    assert Plate().parse(" · ") is None
    say.done("equipment", "add", "name=泵车", "plate=京A·12345")
    for text in written:
        result = took(say, "equipment", sheet, f"装备名称,车牌号\n泵车,{text}\n")
        assert (result["new"], result["same"]) == (0, 1), text
    result = took(say, "equipment", sheet, "装备名称,车牌号\n泵车,京a12345\n泵车,京A·12345\n")
    assert (result["new"], result["repeated"]) == (0, 1)


def test_a_tag_that_cannot_be_typed_is_refused_by_row(say: Officer, sheet: pathlib.Path) -> None:
    sheet.write_text("装备编号,装备名称\nA\x071,泵\nB\u200b2,泵\nC3,泵\n", encoding="utf-8")
    result = say("equipment", "import", str(sheet))
    assert result.code == 5
    assert f"{sheet}:2:A" in result.err and f"{sheet}:3:A" in result.err
    assert say.ids("equipment", "list") == ["C3"]


# -- several in a row --------------------------------------------------------------------------------------


def test_a_row_of_several_alike_becomes_that_many_items(say: Officer, sheet: pathlib.Path) -> None:
    text = "装备名称,规格型号,数量\n水泵,QW50,12台\n发电机,X,1\n帐篷,,0\n灯,,1001\n"
    result = took(say, "equipment", sheet, text)
    assert (result["new"], result["bad"], result["several"]) == (13, 2, {"rows": 1, "items": 12})
    assert len(set(say.ids("equipment", "list"))) == 13
    again = took(say, "equipment", sheet, text)
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 13)
    more = took(say, "equipment", sheet, "装备名称,规格型号,数量\n水泵,QW50,15\n水泵,QW50,15\n水泵,QW50,3\n")
    assert (more["new"], more["same"], more["repeated"], more["bad"]) == (3, 12, 1, 1)


@pytest.mark.parametrize("column", ["车牌号", "出厂编号", "装备编号"])
def test_things_with_a_tag_have_a_row_each(say: Officer, sheet: pathlib.Path, column: str) -> None:
    sheet.write_text(f"装备名称,{column},数量\n水泵,京A12345,2\n水泵,京A12346,1\n", encoding="utf-8")
    result = say("equipment", "import", str(sheet))
    assert f"{sheet}:2:C" in result.err
    assert len(say.ids("equipment", "list")) == 1


def test_holders_that_nobody_knows_are_named(say: Officer, sheet: pathlib.Path) -> None:
    rows = "".join(f"泵{n},第{n % 7}队\n" for n in range(14))
    sheet.write_text("装备名称,持有队伍\n" + rows, encoding="utf-8")
    result = say.done("equipment", "import", str(sheet))
    assert "7: 第0队, 第1队, 第2队, 第3队, 第4队 ..." in result.err
    both = took(say, "equipment", sheet, "装备名称,持有队伍,权属单位\n车,某队,区局\n")
    assert both["holders"] == {"某队": 1}
    row = next(r for r in say.done("equipment", "list", "--json").json if r["name"] == "车")
    assert row["owner"] == "区局"
    assert "某队" in say.show("equipment", row["id"])["note"]


# -- stock -------------------------------------------------------------------------------------------------


def test_rows_of_one_stock_line_add_up_and_are_counted(say: Officer, sheet: pathlib.Path) -> None:
    text = "仓库,物资名称,数量\n丰台库,编织袋,5\n丰台库,编织袋,5\n丰台库,编织袋,7\n丰台库,棉被,-5\n"
    result = took(say, "reserve", sheet, text)
    assert (result["new"], result["added"], result["bad"], result["figures"]) == (1, 2, 1, [])
    assert [r["quantity"] for r in say.done("reserve", "list", "--json").json] == [17]
    again = took(say, "reserve", sheet, "仓库,物资名称,数量\n丰台库,编织袋,20\n")
    id_ = say.ids("reserve", "list")[0]
    assert again["figures"] == [{"id": id_, "was": 17, "now": 20}]
    sheet.write_text("仓库,物资名称,数量\n丰台库,编织袋,25\n", encoding="utf-8")
    assert f"{id_} 20 -> 25" in say.done("reserve", "import", str(sheet)).err


def test_an_item_in_another_dimension_is_called_by_its_name(say: Officer, sheet: pathlib.Path) -> None:
    took(say, "reserve", sheet, "仓库,物资名称,数量\n丰台库,柴油,2吨\n丰台库,速食面,2吨\n")
    rows = {r["item"]: r for r in say.done("reserve", "list", "--json").json}
    assert sorted(rows) == ["柴油 (kg)", "速食面"]
    assert [say.show("item", i)["unit"] for i in sorted(rows)] == ["kg", "kg"]


def test_a_counting_word_in_the_name_of_a_kind_is_of_the_language_of_the_name(
    say: Officer, sheet: pathlib.Path
) -> None:
    """And a kind that was called by the symbol once is the same kind still."""
    took(say, "reserve", sheet, "仓库,物资名称,单位,数量\n丰台库,沙袋,个,50\n丰台库,棉被,瓶,5\n")
    rows = {r["item"]: r["quantity"] for r in say.done("reserve", "list", "--json").json}
    assert rows == {"沙袋 (件)": 50, "棉被 (瓶)": 5}
    kind = say.done("item", "add", "name=沙袋 (bottle)", "unit=bottle", "parent=sandbag", "--json").json["id"]
    took(say, "reserve", sheet, "仓库,物资名称,单位,数量\n丰台库,沙袋,瓶,7\n")
    rows = {r["item"]: r["quantity"] for r in say.done("reserve", "list", "--json").json}
    assert rows[kind] == 7 and "沙袋 (瓶)" not in rows
