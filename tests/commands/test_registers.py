"""Every register: its verbs, finding, filters and forms of output."""

from __future__ import annotations

import csv
import io
import json
import pathlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.store.records import RECORDS
from tests.commands.conftest import Officer, Stage, harmless

#: What the smallest record of each noun is made of: (id or "", field=value words, a change, a heading row).
SMALLEST = {
    "team": ("", ["name=甲队"], "strength=12", "队伍名称\n乙队\n"),
    "member": ("", ["name=张三"], "role=队长", "姓名\n李四\n"),
    "duty": (
        "",
        ["start=2026-07-31 08:00", "end=2026-07-31 20:00", "officer=王五"],
        "deputy=赵六",
        "开始时间,结束时间,值班员\n2026-08-01 08:00,2026-08-01 20:00,钱七\n",
    ),
    "equipment": ("", ["name=水泵", "kind=pump"], "fuel=50", "装备名称,类别\n水泵,pump\n"),
    "depot": ("", ["name=丰台库"], "area=200m2", "仓库名称\n房山库\n"),
    "reserve": ("丰台库", [], "expires=2027-01-01", "仓库,物资名称,数量\n房山库,沙袋,100\n"),
    "item": ("hose", ["name=水带"], "unit=m", "物资名称,单位\n手套,双\n"),
    "region": ("110199", ["name=新区"], "short=新", "名称\n高新区\n"),
    "scenario": ("dust", ["name=沙尘暴"], "name_en=Dust storm", "名称\n雷暴\n"),
    "station": ("HD", ["name=海淀"], "phone=110", "名称\n大兴\n"),
    "officer": ("", ["name=孙八"], "role=duty", "姓名\n周九\n"),
    "incident": (
        "",
        ["title=积水", "scenario=flood", "level=III", "state=open"],
        "place=桥下",
        "事件名称,场景,响应级别\n塌方,earthquake,II\n",
    ),
    "alert": ("", ["identifier=T-1", "sent=2026-07-31 07:00"], "headline=暴雨", ""),
    "recovery": ("", ["name=灾后恢复"], "event=暴雨", "计划名称\n第二批\n"),
    "loss": ("", ["recovery=FT-1", "item=boat", "quantity=2"], "cause=lost", ""),
    "area": ("", ["incident=FT-1", "name=东片", "kind=sub_area"], "note=桥下", ""),
    "kit": ("", ["name=排水模块"], "place=一号库", "模块名称\n照明模块\n"),
    "part": ("", ["kit=FT-1", "item=boat", "quantity=2"], "note=成对", ""),
    "keyarea": ("", ["name=沟口村"], "weight=5", "重点区域名称\n桥区\n"),
    "site": ("", ["name=前置点"], "capacity=2", "预置点名称\n广场\n"),
    "season": ("", ["name=汛期", "kind=flood", "begin=06-01", "end=09-15"], "note=按年", ""),
    "task": ("", ["season=FT-1", "what=检查泵站", "by=05-20"], "owner=水务局", ""),
    "drive": ("", ["from=39.8,116.2", "to=39.9,116.3", "minutes=20"], "source=实测", ""),
    "pace": ("", ["region=110111", "speed=32"], "source=实测", "行政区,时速\n房山区,30\n"),
    "barrier": (
        "",
        ["name=永定河", "line=39.9,116.1;39.7,116.3", "crossings=卢沟桥 39.85,116.15"],
        "kind=river",
        '名称,走向\n小清河,"39.7,116.1;39.6,116.1"\n',
    ),
    "need": ("", ["incident=FT-1", "what=people", "amount=5"], "place=桥下", ""),
}
REGISTERS = sorted(SMALLEST)


def one(say: Officer, noun: str) -> str:
    """Register the smallest record of a noun; its id."""
    id_, pairs, _change, _sheet = SMALLEST[noun]
    if noun in ("need", "area"):
        say.add("incident", "title=积水", "scenario=flood", "level=III", "state=open")
    if noun == "loss":
        say.add("recovery", "name=灾后恢复")
    if noun == "part":
        say.add("kit", "name=排水模块")
    if noun == "task":
        say.add("season", "name=汛期", "kind=flood", "begin=06-01", "end=09-15")
    if noun == "reserve":
        depot = say.add("depot", "name=丰台库")
        return str(
            say.done("reserve", "move", depot, "沙袋", "--qty", "50", "--reason", "r", "--json").json["id"]
        )
    return str(say.done(noun, "add", *pairs, *(["--id", id_] if id_ else []), "--json").json["id"])


def test_every_kind_of_record_is_tested_here() -> None:
    # Orders have tests of their own; grants are given by hubs alone (tests/store/test_authority.py), standards
    # come from files (test_standard.py), replacements by `recovery arrive` (test_recovery.py), assemblies are
    # formed of teams (test_assembly.py), and stocktakes counted (test_shipments.py).
    apart = {"callup", "line", "grant", "standard", "allocation", "replacement", "assembly", "stocktake"}
    assert set(REGISTERS) | apart == set(RECORDS)


@pytest.mark.parametrize("noun", REGISTERS)
def test_a_record_is_added_shown_changed_listed_exported_and_retired(
    say: Officer, noun: str, tmp_path: pathlib.Path
) -> None:
    id_ = one(say, noun)
    change = SMALLEST[noun][2]
    name, _equals, value = change.partition("=")

    shown = say.show(noun, id_)
    assert shown["id"] == id_
    assert set(shown) >= {"id", *(f.name for f in RECORDS[noun].fields)}
    assert shown["retired"] is None

    say.done(noun, "set", id_, change, "--why", "核对")
    after = say.show(noun, id_)[name]
    assert after not in (None, "", shown[name])
    assert id_ in say.ids(noun, "list")
    assert id_ in say.done(noun, "list").out

    facts = say.done(noun, "history", id_, "--json").json
    assert len(facts) >= 2
    assert any(name in fact["values"] and fact["why"] == "核对" for fact in facts), (value, facts)
    assert {"at", "recorded", "who", "what", "values", "why"} <= set(facts[0])
    assert all(fact["who"] for fact in facts)

    for ending in ("csv", "xlsx", "ndjson"):
        path = tmp_path / f"out.{ending}"
        say.done(noun, "export", str(path))
        assert path.stat().st_size > 0
    exported = [json.loads(line) for line in (tmp_path / "out.ndjson").read_text().splitlines()]
    assert id_ in [row["id"] for row in exported]
    table = list(csv.DictReader(io.StringIO(say.done(noun, "export", "-").out)))
    assert id_ in [row["id"] for row in table]

    assert say(noun, "retire", id_).code == 2  # a reason is asked for
    say.done(noun, "retire", id_, "--reason", "重复登记")
    assert id_ not in say.ids(noun, "list")
    assert id_ in say.ids(noun, "list", "--retired")
    assert say.show(noun, id_)["retired"] == "重复登记"


@pytest.mark.parametrize("noun", [n for n in REGISTERS if SMALLEST[n][3]])
def test_a_sheet_is_imported_once_and_taken_back(say: Officer, noun: str, tmp_path: pathlib.Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(SMALLEST[noun][3], encoding="utf-8")
    before = say.ids(noun, "list")
    entries = say.entries()

    dry = say.done(noun, "import", str(sheet), "--dry-run", "--json").json
    assert (dry["new"], dry["dry_run"], dry["op"]) == (1, True, None)
    assert any(fact[:2] == ["new", noun] for fact in dry["facts"])
    assert say.entries() == entries

    first = say.done(noun, "import", str(sheet), "--json").json
    assert (first["new"], first["changed"], first["bad"]) == (1, 0, 0)
    assert len(say.ids(noun, "list")) == len(before) + 1

    second = say.done(noun, "import", str(sheet), "--json").json
    assert (second["new"], second["changed"], second["same"]) == (0, 0, 1)

    say.done("undo", first["op"])
    assert say.ids(noun, "list") == before


@pytest.mark.parametrize("noun", REGISTERS)
def test_what_is_not_there_is_exit_3_whatever_the_verb(say: Officer, noun: str) -> None:
    for verb in (["show"], ["history"], ["set", "note=x"], ["retire", "--reason", "r"]):
        say.refused(3, noun, verb[0], "没有这个", *verb[1:])


@pytest.mark.parametrize("noun", REGISTERS)
def test_an_unknown_field_is_named_with_those_there_are(say: Officer, noun: str) -> None:
    id_ = one(say, noun)
    said = say.refused(2, noun, "set", id_, "wheels=4")
    assert "wheels" in said and "note" in said
    assert say(noun, "list", "--fields", "id,wheels", "--json").code == 2


@pytest.mark.parametrize("noun", ["callup", *REGISTERS])
def test_an_empty_list_is_an_empty_stdout_and_a_note(say: Officer, noun: str) -> None:
    search = [] if noun == "callup" else ["没有这个"]
    for form, out in ((["--json"], "[]\n"), ([], ""), (["--ndjson"], ""), (["--csv"], "")):
        result = say.done(noun, "list", *search, *form)
        assert (result.out, bool(result.err)) == (out, True)
    assert say.done("--quiet", noun, "list", *search).err == ""


def test_a_dry_run_shows_the_facts_and_writes_nothing(desk: Officer) -> None:
    entries = desk.entries()
    for line in (
        ["team", "add", "name=丙队"],
        ["team", "set", Stage.DRAINERS, "strength=30"],
        ["reserve", "move", "丰台库", "沙袋", "--qty", "-200", "--reason", "r"],
        ["callup", "issue", "--incident", Stage.INCIDENT, "--team", Stage.DRAINERS],
        ["callup", "draft", "--incident", Stage.INCIDENT, "--team", Stage.DRAINERS],
        ["undo"],
    ):
        result = desk.done(*line, "--dry-run", "--json").json
        assert result["dry_run"] is True and result["op"] is None
        assert result["facts"] and all(isinstance(fact[0], str) for fact in result["facts"])
        said = desk.done(*line, "--dry-run")
        assert said.out.startswith("would be: ") and len(said.out.splitlines()) > 1
        assert "nothing was written" in said.err
    assert desk.entries() == entries


def test_a_dry_run_says_the_sentence_of_the_run_and_its_amounts_as_a_person_reads_them(desk: Officer) -> None:
    line = ("reserve", "move", "丰台库", "沙袋", "--qty", "-200", "--reason", "r")
    said, *facts = desk.done(*line, "--dry-run").out.splitlines()
    assert facts == [f"  moved  {Stage.DEPOT}/sandbag  -200  Why: r"]
    assert said == "would be: " + desk.done(*line).out.strip()
    words = ("what=drainage", "amount=6000", "unit=m3/h", "by=10:00", "--dry-run")
    need = desk.done("need", "add", f"incident={Stage.INCIDENT}", *words).out
    assert "6000000" not in need and "Amount: 6000," in need and "10:00" in need
    assert "thousandths" in desk.done(*line, "--dry-run", "--json").json["facts_are"]


def test_of_many_facts_a_dry_run_tells_the_first_and_how_many_more(
    say: Officer, tmp_path: pathlib.Path
) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("队伍名称\n" + "".join(f"{n}队\n" for n in range(40)), encoding="utf-8")
    said = say.done("team", "import", str(sheet), "--dry-run").out.splitlines()
    assert len(said) < 10 and said[0].startswith("would be: teams: 40 new")
    assert said[-1] == f"  and {40 - (len(said) - 2)} more"
    assert len(say.done("team", "import", str(sheet), "--dry-run", "--json").json["facts"]) == 40


def test_the_same_dry_run_twice_gives_the_same_number_and_the_real_one_too(say: Officer) -> None:
    dry = say.done("team", "add", "name=甲队", "--dry-run", "--json").json["id"]
    assert dry == say.add("team", "name=甲队")


# -- finding ---------------------------------------------------------------------------------------------


def test_a_name_is_found_by_chinese_pinyin_and_initials(desk: Officer) -> None:
    for word in ("房山", "排水一队", "fangshan", "FangShan", "fspsyd", "房山 一队", "fangshanpaishuiyidui"):
        assert desk.ids("team", "list", word) == [Stage.DRAINERS], word
    assert desk.ids("team", "list", "大兴") == []
    assert desk.show("team", "fspsyd")["id"] == Stage.DRAINERS
    assert desk.show("equipment", "京A00001")["id"] == Stage.BIG
    assert desk.show("equipment", "longxishui")["id"] == Stage.BIG


def test_a_word_that_means_several_names_the_candidates(desk: Officer) -> None:
    said = desk.refused(3, "equipment", "show", "京A0000")
    assert Stage.BIG in said and Stage.SMALL in said


def test_a_wildcard_in_a_search_is_just_a_character(desk: Officer) -> None:
    for word in ("%", "_", "\\", "'", '""""'):
        assert desk.ids("team", "list", word) == []
    assert "quote" in desk.refused(2, "team", "list", '"')


def test_lists_are_filtered_by_region_type_and_capability(desk: Officer) -> None:
    both = [Stage.DRAINERS, Stage.RESCUERS]
    for region, ids in (
        ("11", both), ("1101", both), ("110000", both), ("北京市", both),
        ("110106", both[1:]), ("丰台", both[1:]), ("房山区", both[:1]), ("1201", []),
    ):  # fmt: skip
        assert desk.ids("team", "list", "--region", region) == ids, region
    assert desk.ids("team", "list", "--type", "排水") == both[:1]
    assert desk.ids("team", "list", "--capability", "供电") == both[:1]
    desk.refused(3, "team", "list", "--region", "没有这个区")


def test_an_abolished_region_stands_for_its_successor(desk: Officer) -> None:
    # 110221, Changping county, became 110114 in 1999.
    said = desk("team", "list", "--region", "110221")
    assert said.code in (0, 3)
    team = desk.add("team", "name=昌平队", "region=110114")
    assert desk.ids("team", "list", "--region", "110221") == [team]


def test_nearest_first_with_the_distance_and_none_beyond(desk: Officer) -> None:
    rows = desk.done("team", "list", "--near", "39.86,116.28", "--json").json
    assert [r["id"] for r in rows] == [Stage.RESCUERS, Stage.DRAINERS]
    assert rows[0]["distance_m"] == 0
    assert 25_000 < rows[1]["distance_m"] < 30_000
    near = ["team", "list", "--near", "39.86,116.28", "--within"]
    assert desk.ids(*near, "40km") == [Stage.RESCUERS, Stage.DRAINERS]
    assert desk.ids(*near, "25km") == [Stage.RESCUERS]
    assert desk.ids(*near, "25000m") == [Stage.RESCUERS]
    assert desk.ids("team", "list", "--near", "39.86,116.28", "--limit", "1") == [Stage.RESCUERS]
    # A team without a position is taken to be in the middle of its region, and said to be.
    third = desk.add("team", "name=第三队", "region=110106")
    (told,) = [r for r in desk.done(*near, "40km", "--json").json if r["id"] == third]
    assert (told["at"], told["distance_to"]) == (None, "region")
    assert 0 < told["distance_m"] < 10_000
    assert "region: " in desk.done(*near, "40km").out
    assert third not in desk.ids(*near, "40km", "--type", "排水")
    flood = desk.add("incident", "title=内涝", "scenario=waterlogging", "level=II", "region=110106")
    assert flood in desk.ids("incident", "list", "--near", "39.86,116.28", "--within", "40km")
    # Equipment without a place of its own stands where its team does.
    assert desk.ids("equipment", "list", "--near", "39.74,116.00", "--within", "1km") == [
        Stage.BIG,
        Stage.SMALL,
    ]
    for bad in (["--within", "40km"], ["--near", "39.86"], ["--near", "x,y"], ["--near", "39.86,116.28", "--within", "40"],
                ["--near", "95,200"], ["--near", "39.86,116.28", "--within", "40kg"]):  # fmt: skip
        assert desk("team", "list", *bad).code == 2, bad


def test_a_list_is_sorted_by_a_field_either_way_and_what_has_none_stands_last(desk: Officer) -> None:
    third = desk.add("team", "name=第三队", "region=110114")
    by_strength = {Stage.DRAINERS: "40", Stage.RESCUERS: "8"}
    for team, strength in by_strength.items():
        desk.done("team", "set", team, f"strength={strength}")
    assert desk.ids("team", "list", "--sort", "strength") == [Stage.RESCUERS, Stage.DRAINERS, third]
    assert desk.ids("team", "list", "--sort", "-strength") == [Stage.DRAINERS, Stage.RESCUERS, third]
    assert desk.ids("team", "list", "--sort", "-id", "--limit", "2") == [third, Stage.RESCUERS]
    assert "nothing that teams are sorted by" in desk.refused(2, "team", "list", "--sort", "weight")
    assert "sorted by" in desk.refused(2, "team", "list", "--sort", "at")
    desk.refused(2, "team", "list", "--sort", "name", "--near", "39.86,116.28")


def test_equipment_is_filtered_by_kind_figure_and_freedom(desk: Officer) -> None:
    def ids(*options: str) -> list[str]:
        return desk.ids("equipment", "list", *options)

    both = [Stage.BIG, Stage.SMALL]
    assert ids("--where", "drainage>=3000m3/h") == both[:1]
    assert ids("--where", "drainage>=1000") == both
    assert ids("--where", "drainage>=0.3m3/s") == both[1:] or ids("--where", "drainage>=0.3m3/s") == both[:1]
    assert ids("--where", "排水能力>=3000m³/h") == both[:1]
    assert ids("--where", "drainage>=500", "--where", "drainage<2000") == both[1:]
    assert ids("--kind", "pump") == both == ids("--kind", "水泵")
    assert ids("--kind", "generator") == []
    assert ids("--free") == both
    desk.issue("--incident", Stage.INCIDENT, "--equipment", Stage.BIG)
    assert ids("--free") == both[1:]
    assert ids("--free", "--where", "drainage>=3000m3/h", "--near", "39.74,116.00", "--within", "40km") == []


def test_a_litre_a_second_is_the_same_figure_as_cubic_metres_an_hour(desk: Officer) -> None:
    assert desk.ids("equipment", "list", "--where", "drainage>=0.3m3/s") == [Stage.BIG]  # 1080 m3/h
    assert desk.ids("equipment", "list", "--where", "drainage>=250L/s") == [
        Stage.BIG,
        Stage.SMALL,
    ]  # 900 m3/h


@pytest.mark.parametrize(
    "condition",
    ["drainage>=3000kW", "drainage>=3000km", "colour>=3", "drainage", "drainage>=", ">=3000", "drainage>=lots",
     "drainage=>3000", "name>=3", "drainage>=3000m3/h; DROP TABLE team"],
)  # fmt: skip
def test_a_condition_that_makes_no_sense_is_refused(desk: Officer, condition: str) -> None:
    desk.refused(2, "equipment", "list", "--where", condition)


def test_where_takes_what_the_filter_takes(desk: Officer) -> None:
    for filter_ in ("房山", "name:房山 ready", "排水"):
        assert desk.ids("team", "list", "--where", filter_) == desk.ids("team", "list", filter_)
    assert desk.ids("team", "list", "--where", "房山") == [Stage.DRAINERS]
    for item in ("沙袋", "sandbag"):
        desk.done("callup", "issue", "--incident", Stage.INCIDENT, "--item", item, "--qty", "5")
    desk.issue("--incident", Stage.INCIDENT, "--team", Stage.RESCUERS)
    (line,) = desk.done("callup", "list", "--where", "team:丰台", "--where", "open", "--json").json
    assert line["team"] == Stage.RESCUERS


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=30))
def test_no_condition_search_or_point_makes_the_program_fall(desk: Officer, text: str) -> None:
    text = text.replace("\0", "") or "x"
    for option in ("--where", "--near", "--region", "--as-of"):
        result = desk("equipment", "list", option, text)
        assert result.code in (0, 2, 3)
        assert harmless(result.out + result.err)
    assert desk("equipment", "list", "--", text).code in (0, 2, 3)
    assert desk("equipment", "show", "--", text).code in (0, 3)


# -- forms of output -------------------------------------------------------------------------------------


def test_the_forms_of_a_list_say_the_same(desk: Officer) -> None:
    whole = desk.done("team", "list", "--json").json
    assert desk.done("team", "list", "--ndjson").ndjson == whole
    for form, delimiter in (("--csv", ","), ("--tsv", "\t")):
        rows = list(csv.DictReader(io.StringIO(desk.done("team", "list", form).out), delimiter=delimiter))
        assert [r["name"] for r in rows] == [r["name"] for r in whole]
        assert list(rows[0]) == list(whole[0])
        assert rows[0]["at"] == "39.74,116.0"
    picked = desk.done("team", "list", "--fields", "name,id", "--json").json
    assert [list(r) for r in picked] == [["name", "id"]] * 2
    bare = desk.done("team", "list", "--csv", "--fields", "id", "--no-header").out
    assert bare.split() == [Stage.DRAINERS, Stage.RESCUERS]
    assert desk("team", "list", "--json", "--csv").code == 2


def test_json_is_utf8_as_it_is_with_times_in_rfc_3339(desk: Officer) -> None:
    desk.done("duty", "report", Stage.DRAINERS, "--readiness", "ready", "--headcount", "9", "--at", "07:30")
    out = desk.done("team", "show", Stage.DRAINERS, "--json").out
    assert "房山排水一队" in out
    value = json.loads(out)
    assert value["reported_at"] == "2026-07-31T07:30:00+08:00"
    assert value["at"] == {"lat": 39.74, "lng": 116.0}
    assert value["readiness"] == "ready" == value["readiness_shown"]
    assert desk.show("equipment", Stage.BIG)["drainage"] == 5000
    zh = desk.done("--lang", "zh", "team", "show", Stage.DRAINERS, "--json").json
    assert zh == value


def test_a_table_lines_up_in_cells_and_is_cut_only_on_a_terminal(desk: Officer) -> None:
    from emergency.store.text import cells

    long = "很长的名字" * 30
    desk.add("team", f"name={long}")
    lines = desk.done("team", "list").out.splitlines()
    assert long in lines[-1]
    heading = lines[0]
    column = cells(heading[: heading.index("Type")])
    for line in lines[1:3]:
        name = line[: line.index("  ", line.index("队"))]
        assert cells(name) <= column


def test_ids_come_in_the_order_of_their_numbers(say: Officer) -> None:
    ids = [say.add("team", f"name=第{n}队") for n in range(12)]
    assert say.ids("team", "list") == ids == [f"FT-{n}" for n in range(1, 13)]
    assert say.ids("team", "list", "--limit", "3") == ids[:3]


@pytest.mark.parametrize("word", ["no", "否", "NO", ""])
def test_what_is_said_to_be_no_sample_is_none(desk: Officer, word: str) -> None:
    id_ = desk.add("team", "name=甲队", f"sample={word}")
    assert "sample" not in desk.done("team", "list", "甲队").out
    made_up = desk.add("team", "name=乙队", "sample=demo")
    assert desk.done("team", "show", made_up, "--json").json["sample"] == "demo"
    desk.done("team", "set", made_up, f"sample={word}")
    for one in (id_, made_up):
        assert desk.done("team", "show", one, "--json").json["sample"] is None
