"""Standards on the command line: taking files in, the audit, gaps, and what-if."""

from __future__ import annotations

import pathlib
from typing import Any

from .conftest import Officer, Stage

FILE = """\
[standard]
code = "BJ-D"
version = "1"
name = "排水队装备配备"
{more}
[types]
"排水" = ["防汛排水"]
"救援" = []

[[line]]
type = "排水"
class = "rescue"
item = "排水泵车"
quantity = 2
spec = "drainage>=3000m3/h"

[[line]]
type = "排水"
class = "ppe"
item = "救生衣"
quantity = 1
per = "person"

[[line]]
type = "排水"
class = "support"
item = "照明车"
quantity = 1
need = "optional"

[[line]]
type = "*"
class = "support"
item = "卫星电话"
quantity = 1
per = "10 persons"
"""


def write(folder: pathlib.Path, text: str, name: str = "standard.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def taken(desk: Officer, **more: str) -> str:
    """The standard, imported; its path."""
    text = FILE.format(more="\n".join(f'{k} = "{v}"' for k, v in more.items()))
    path = write(desk.store.parent, text)
    desk.done("standard", "import", path)
    return path


def audited(desk: Officer, *arguments: str) -> dict[str, dict[str, Any]]:
    return {row["team"]: row for row in desk.done("standard", "audit", "--json", *arguments).json}


def test_a_file_is_taken_in_once_and_a_changed_one_only_when_told(desk: Officer) -> None:
    path = taken(desk)
    before = desk.entries()
    assert "is as it was" in desk.done("standard", "import", path).out
    assert desk.entries() == before
    write(
        desk.store.parent,
        pathlib.Path(path).read_text(encoding="utf-8").replace("quantity = 2", "quantity = 3"),
    )
    said = desk.refused(1, "standard", "import", path)
    assert "BJ-D@1 is there and says something else" in said
    assert "--replace" in said
    assert "corrected" in desk.done("standard", "import", path, "--replace").out
    assert desk.show("standard", "BJ-D@1")["lines"][0]["quantity"] == "3"


def test_a_dry_run_writes_nothing(desk: Officer) -> None:
    path = write(desk.store.parent, FILE.format(more=""))
    before = desk.entries()
    told = desk.done("standard", "import", path, "--dry-run", "--json").json
    assert (told["lines"], told["op"], desk.entries()) == (4, None, before)


def test_an_import_can_be_taken_back(desk: Officer) -> None:
    path = write(desk.store.parent, FILE.format(more=""))
    op = desk.done("standard", "import", path, "--json").json["op"]
    desk.done("undo", op)
    assert audited(desk) == {}


def test_one_wrong_line_is_named_and_nothing_is_written(desk: Officer) -> None:
    path = write(desk.store.parent, FILE.format(more="").replace("quantity = 2", "quantity = 0"))
    said = desk.refused(2, "standard", "import", path)
    assert "standard.toml:14: a quantity is more than nothing" in said


def test_several_wrong_lines_are_all_named(desk: Officer) -> None:
    text = FILE.format(more="").replace("quantity = 2", "quantity = 0").replace("10 persons", "每月")
    result = desk("standard", "import", write(desk.store.parent, text))
    assert result.code == 2
    assert ":14: " in result.err
    assert ":36: '每月' is no way to count" in result.err
    assert "2 lines are wrong; nothing was taken in" in result.err
    assert desk.done("standard", "list", "--json").json == []


def test_a_sheet_is_read_by_its_headings(desk: Officer) -> None:
    sheet = (
        "排水队装备配备表,,,,,,\n队伍类型,类别,装备名称,配备要求,配备数量,单位,技术要求\n"
        "排水,A 个人防护,救生衣,必配,1/人,件,\n,抢险救援,排水泵车,必配,2,台,流量≥3000m³/h；防爆\n,,新式水泵,选配,1,台,\n"
    ).replace("A 个人防护", "个人防护")
    path = write(desk.store.parent, sheet, "表.csv")
    result = desk.done(
        "standard", "import", path, "--code", "T/1", "--version", "2020", "--name", "排水", "--json"
    )  # fmt: skip
    assert result.json["id"] == "T/1@2020"
    assert result.json["new_kinds"] == ["新式水泵"]
    assert result.json["by_hand"] == [{"line": "4", "specification": "防爆"}]
    lines = desk.show("standard", "T/1@2020")["lines"]
    assert [(x["item"], x.get("per", ""), x.get("class")) for x in lines] == [
        ("life-jacket", "person", "ppe"), ("pump-truck", "", "rescue"), ("新式水泵", "", "rescue"),
    ]  # fmt: skip


def test_a_wrong_cell_is_named_by_row_and_column(desk: Officer) -> None:
    path = write(desk.store.parent, "队伍类型,装备名称,数量\n排水,救生衣,1\n排水,排水泵车,两台\n", "表.csv")
    said = desk.refused(2, "standard", "import", path, "--code", "T", "--version", "1", "--name", "x")
    assert "表.csv:3:C: " in said


def test_what_is_exported_reads_the_same(desk: Officer) -> None:
    taken(desk, sample="yes")
    for ending in ("toml", "csv", "xlsx"):
        file = str(desk.store.parent / f"out.{ending}")
        desk.done("standard", "export", "BJ-D@1", file)
        assert "is as it was" in desk.done("standard", "import", file).out


def test_the_audit_counts_what_a_team_has(desk: Officer) -> None:
    taken(desk)
    rows = audited(desk)
    drainers = rows[Stage.DRAINERS]
    # One of two pumps is up to the specification, no life jackets, and 20 people want two telephones.
    assert (drainers["met"], drainers["lines"], drainers["compliance"], drainers["filled"]) == (
        0,
        3,
        0.0,
        16.6,
    )
    assert [(x["item"], x["required"], x["counted"]) for x in drainers["items"]] == [
        ("pump-truck", 2, 1), ("life-jacket", 20, 0), ("lighting-tower", 1, 0), ("satellite-phone", 2, 0),
    ]  # fmt: skip
    assert drainers["marks"]["compliance"] == {"mark": 85, "reached": False}
    assert drainers["marks"]["people"] == {"mark": 30, "reached": False}
    assert not drainers["marks"]["set_for_such_teams"]
    assert rows[Stage.RESCUERS]["lines"] == 1


def test_a_type_nobody_has_is_no_empty_audit(desk: Officer) -> None:
    taken(desk)
    for words in (("standard", "audit"), ("standard", "gaps"), ("team", "readiness")):
        said = desk.refused(3, *words, "--type", "飞行")
        assert "no team is of the type '飞行'" in said and "there are: " in said and "排水" in said
        desk.done(*words, "--type", "排水")


def test_stock_of_a_depot_of_the_team_counts_and_of_another_does_not(desk: Officer) -> None:
    taken(desk)
    depot = desk.add("depot", "name=一队库房", f"team={Stage.DRAINERS}")
    desk.done("reserve", "move", depot, "救生衣", "--qty", "20", "--reason", "配发")
    desk.done("reserve", "move", Stage.DEPOT, "卫星电话", "--qty", "9", "--reason", "进货")
    drainers = audited(desk)[Stage.DRAINERS]
    assert drainers["classes"]["ppe"] == {"met": 1, "lines": 1, "compliance": 100.0, "filled": 100.0}
    assert drainers["classes"]["support"]["met"] == 0


def test_what_is_lost_is_no_longer_held_and_what_is_in_repair_is(desk: Officer) -> None:
    taken(desk)
    for state, counted in (("in_repair", 1), ("lost", 0)):
        desk.done("equipment", "set", Stage.BIG, f"serviceability={state}")
        assert audited(desk)[Stage.DRAINERS]["items"][0]["counted"] == counted


def test_the_audit_prints_worst_first_and_says_what_is_a_sample(desk: Officer) -> None:
    taken(desk, sample="yes", mark_compliance="60")
    result = desk.done("standard", "audit")
    assert "样例 SAMPLE" in result.err
    assert "no official table" in result.err
    assert "60%" in result.out
    assert "for municipal teams" in result.err
    by_region = desk.done("standard", "audit", "--by", "region", "--json").json
    assert {row["region"] for row in by_region} == {"110106", "110111"}
    lines = desk.done("standard", "audit", "--team", Stage.DRAINERS)
    assert "✗ 20 件" in lines.out


def test_the_shipped_sample_is_taken_in_whole_and_marked(say: Officer) -> None:
    path = str(say.store.parent / "sample.toml")
    say.done("standard", "sample", path)
    assert say.done("standard", "import", path, "--json").json["sample"] is True
    row = say.done("standard", "list", "--json").json[0]
    assert row["sample"]
    text = say.done("standard", "show", "SAMPLE-BJ@1").out
    assert "样例 SAMPLE" in text


def test_gaps_name_who_has_it_over(desk: Officer) -> None:
    taken(desk)
    lamps = desk.add("team", "name=通州排水队", "region=110112", "strength=0", "at=39.90,116.65", "type=排水")
    for n in range(3):
        desk.add(
            "equipment", "name=泵车", "kind=pump-truck", f"team={lamps}", "drainage=4000m3/h", f"serial=S{n}"
        )
    desk.done("reserve", "move", Stage.DEPOT, "卫星电话", "--qty", "9", "--reason", "进货")
    gaps = desk.done("standard", "gaps", "--team", Stage.DRAINERS, "--json").json
    by_item = {g["item"]: g for g in gaps}
    assert by_item["pump-truck"]["short"] == 1
    assert [(c["holder"], c["amount"]) for c in by_item["pump-truck"]["candidates"]] == [(lamps, 1)]
    assert [(c["kind"], c["holder"]) for c in by_item["satellite-phone"]["candidates"]] == [
        ("depot", Stage.DEPOT)
    ]
    assert by_item["life-jacket"]["candidates"] == []
    near = desk.done("standard", "gaps", "--team", Stage.DRAINERS, "--within", "10km", "--json").json
    assert all(g["candidates"] == [] for g in near if g["item"] == "pump-truck")
    assert "nobody: buy" in desk.done("standard", "gaps", "--team", Stage.DRAINERS).out


def test_what_if_a_file_were_in_force(desk: Officer) -> None:
    path = taken(desk)
    text = pathlib.Path(path).read_text(encoding="utf-8")
    new = write(
        desk.store.parent,
        text.replace('version = "1"', 'version = "2"').replace("quantity = 2", "quantity = 1"),
        "two.toml",
    )
    before = desk.entries()
    rows = desk.done("standard", "compare", "BJ-D@1", new, "--json").json
    row = next(r for r in rows if r["team"] == Stage.DRAINERS)
    assert (row["before"]["met"], row["after"]["met"], row["closed_gaps"]) == (0, 1, ["排水泵车"])
    assert (
        "~ 排水 排水泵车 1 drainage>=3000m3/h (was 2" in desk.done("standard", "compare", "BJ-D@1", new).err
    )
    assert desk.entries() == before
    desk.done("standard", "import", new)
    assert audited(desk)[Stage.DRAINERS]["standard"] == "BJ-D@2"


def test_no_such_standard_team_or_file(desk: Officer) -> None:
    desk.refused(3, "standard", "compare", "A@1", "B@1")
    desk.refused(3, "standard", "audit", "--team", "nobody")
    desk.refused(2, "standard", "import", "missing.toml")
    desk.refused(2, "standard", "import", write(desk.store.parent, "code = ", "x.toml"))


def test_the_audit_gaps_and_readiness_take_a_filter_of_the_register_of_teams(desk: Officer) -> None:
    taken(desk)
    for verb in (("standard", "audit"), ("standard", "gaps"), ("team", "readiness")):
        whole = desk.done(*verb, "--json").json
        some = desk.done(*verb, "--where", "type:排水", "--json").json
        assert some == [row for row in whole if row["team"] in {r["team"] for r in some}]
        assert {r["team"] for r in some} == {
            r["id"] for r in desk.done("team", "list", "type:排水", "--json").json
        } & {r["team"] for r in whole}
        assert some
        assert "colour" in desk.refused(2, *verb, "--where", "colour:red")


def test_the_lines_that_differ_are_rows_of_their_own(desk: Officer) -> None:
    taken(desk)
    changed = (
        FILE.format(more="").replace('version = "1"', 'version = "2"').replace("quantity = 2", "quantity = 3")
    )
    changed = changed[: changed.rindex("[[line]]")]
    path = write(desk.store.parent, changed, "next.toml")
    before = desk.entries()
    rows = desk.done("standard", "compare", "BJ-D@1", path, "--lines", "--json").json
    assert [(r["sign"], r["name"]) for r in rows] == [("~", "排水泵车"), ("-", "卫星电话")]
    assert rows[0]["was"].startswith("2 ") and rows[0]["now"].startswith("3 ")
    assert rows[1]["now"] is None and not rows[0]["sample"]
    assert "no line differs" in desk.done("standard", "compare", "BJ-D@1", "BJ-D@1", "--lines").err
    assert desk.entries() == before


HEAD = ("--code", "T/1", "--version", "2020", "--name", "排水")


def test_a_table_of_one_type_is_taken_in_as_the_office_has_it(desk: Officer) -> None:
    table = "序号,装备名称,必配,选配,数量\n1,救生衣,√,,每人1件\n2,排水泵车,√,,≥2\n3,照明车,,√,2～4台\n4,卫星电话,,○,若干\n"
    path = write(desk.store.parent, table, "表.csv")
    assert "--type TYPE" in desk.refused(2, "standard", "import", path, *HEAD)
    result = desk.done("standard", "import", path, *HEAD, "--type", "排水", "--json")
    assert result.json["least"] == [
        {"line": "3", "wrote": "≥2"}, {"line": "4", "wrote": "2～4台"}, {"line": "5", "wrote": "若干"},
    ]  # fmt: skip
    assert result.json["by_hand"] == [{"line": "5", "specification": "数量 若干"}]
    lines = desk.show("standard", "T/1@2020")["lines"]
    assert [(x["type"], x["item"], x["quantity"], x.get("need", ""), x.get("note", "")) for x in lines] == [
        ("排水", "life-jacket", "1", "", ""),
        ("排水", "pump-truck", "2", "", "原文：≥2"),
        ("排水", "lighting-tower", "2", "optional", "原文：2～4台"),
        ("排水", "satellite-phone", "1", "optional", "原文：若干"),
    ]
    again = desk.done("standard", "import", path, *HEAD, "--type", "排水")
    assert "is as it was" in again.out
    assert "3 quantities are no single figures, and the least they may mean is asked for: 3 ≥2" in again.err
    for ending in ("toml", "csv", "xlsx"):
        file = str(desk.store.parent / f"out.{ending}")
        desk.done("standard", "export", "T/1@2020", file)
        assert "is as it was" in desk.done("standard", "import", file).out


def test_what_a_table_asks_for_in_other_columns_is_kept_and_a_column_that_is_not_read_is_named(
    desk: Officer,
) -> None:
    """A specification under 规格型号, an optional line by its note, and the merged heading of nothing we know."""
    rows = (
        "序号,装备,规格型号,单位,最低数量,采购渠道,备注\n"
        "1,排水泵车,流量≥1000m³/h,台,２,甲,必配\n2,救生衣,,件,1,乙,选配\n3,帐篷,4米,顶,1,,防雨\n"
    )
    path = write(desk.store.parent, rows, "一.csv")
    said = desk.refused(2, "standard", "import", path, "--type", "排水", "--version", "1", "--name", "表")
    assert "--code CODE" in said and "[standard]" not in said
    head = ("--code", "B", "--version", "1", "--name", "表", "--type", "排水")
    result = desk("standard", "import", path, *head)
    assert result.code == 0 and "columns that were not read: 采购渠道\n" in result.err
    lines = desk.done("standard", "show", "B@1", "--json").json["lines"]
    assert [(one.get("spec"), one.get("need"), one.get("note")) for one in lines] == [
        ("drainage>=1000m3/h", None, None),
        (None, "optional", None),
        ("4米", None, "防雨"),
    ]


def test_a_title_that_names_one_known_type_says_the_type(desk: Officer) -> None:
    rows = "装备名称,配备数量\n救生衣,1/人\n排水泵车,2\n"
    path = write(desk.store.parent, "表1 排水队伍装备配备标准,\n" + rows, "一.csv")
    result = desk.done("standard", "import", path, *HEAD)
    assert "the title does: 排水 (表1 排水队伍装备配备标准)" in result.err and "--type" in result.err
    assert {x["type"] for x in desk.show("standard", "T/1@2020")["lines"]} == {"排水"}
    # A type that is said goes before the title; of two in a title neither is meant.
    said = desk.done("standard", "import", path, *HEAD, "--version", "2", "--type", "飞行")
    assert "the title does" not in said.err
    assert {x["type"] for x in desk.show("standard", "T/1@2")["lines"]} == {"飞行"}
    both = write(desk.store.parent, "排水队、飞行队装备配备标准,\n" + rows, "二.csv")
    desk.add("team", "name=飞行一队", "type=飞行")
    assert "no column is 队伍类型" in desk.refused(2, "standard", "import", both, *HEAD)
    none = write(desk.store.parent, "装备配备标准,\n" + rows, "三.csv")
    assert "no column is 队伍类型" in desk.refused(2, "standard", "import", none, *HEAD)
