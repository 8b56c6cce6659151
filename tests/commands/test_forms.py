"""The forms that others script against, exactly as they are promised (issue 2)."""

from __future__ import annotations

import csv
import json
import pathlib
import shlex
from typing import Any

import pytest

from tests.commands.conftest import Officer

#: What a script types, in order, in one store; `{I}` and `{O}` stand for an incident and an order.
FORMS = """
emergency init --station FT --region 110106 --name "丰台区应急指挥中心"
emergency team import teams.csv --map 单位名=host_unit --map 编制=strength --dry-run --json
emergency team import teams.csv --map 单位名=host_unit --map 编制=strength --json
emergency team import more.csv
emergency equipment import equipment.csv --dry-run
emergency equipment import equipment.csv --json
emergency member import members.csv --json
emergency reserve import reserves.csv --json
emergency team list --region 1101 --type 排水 --near 39.74,116.00 --within 40km --json
emergency team list --ready --ndjson
emergency team list --csv
emergency equipment list --kind pump-truck --where 'drainage>=3000m3/h' --free --near 39.74,116.00 --within 40km --json
emergency duty report 房山排水一队 --readiness ready --headcount 12
emergency duty report 房山排水一队 --readiness standby --headcount 12 --at 08:00
emergency duty report 房山排水一队 --readiness off --headcount 0
emergency duty report 房山排水一队 --readiness unavailable --headcount 0
emergency duty report 房山排水一队 --readiness ready --headcount 32
emergency reserve move 丰台库 沙袋 --qty -200 --reason 防汛演练
emergency incident open 房山积水 --scenario waterlogging --level II --region 110111 --at 39.74,115.99 --json
emergency incident need {I} 'drainage>=20000m3/h' --by 60min
emergency callup issue --incident {I} --team 房山排水一队 --equipment 京A00001 --equipment 京A00002 --item 沙袋 --qty 100 --people 6 --report-to 城关街道 --by 90min --json
emergency callup batch orders.csv --dry-run --json
emergency callup batch orders.csv --atomic --json
emergency callup batch orders.csv
emergency callup batch - --json < orders.csv
emergency callup ack {O} --at 08:00
emergency callup accept {O}/1 --note 已出动
emergency callup accept {O}/2
emergency callup decline {O}/3 --note 库房进水
emergency callup accept {O}/4
emergency callup depart {O}/1
emergency callup depart {O}/2
emergency callup depart {O}/4
emergency callup arrive {O}/1 --at 08:00 --note 到位
emergency callup arrive {O}
emergency callup release {O}
emergency callup return {O}
emergency callup close {O}
emergency callup list --open --incident {I} --json
emergency callup list --overdue --json
emergency callup show {O} --json
emergency callup show {O}
emergency board
emergency board --json
emergency journal log
emergency journal verify
emergency doctor
emergency backup copy.db
emergency restore copy.db
""".strip().splitlines()

SHEETS = {
    "teams.csv": "队伍名称,队伍类型,行政区,单位名,编制,纬度,经度\n房山排水一队,排水,房山区,房山区水务局,32,39.74,116.00\n",
    "more.csv": "队伍名称,行政区\n丰台救援队,丰台区\n",
    "equipment.csv": (
        "装备名称,类别,所属队伍,车牌号,排水量(m³/h)\n"
        "龙吸水,排水泵车,房山排水一队,京A00001,5000\n移动泵车,排水泵车,房山排水一队,京A00002,3000\n"
    ),
    "members.csv": "姓名,所属队伍,联系电话\n张三,房山排水一队,13800000001\n",
    "reserves.csv": "仓库名称,物资名称,单位,数量\n丰台库,沙袋,条,1000\n",
    "orders.csv": (
        "ref,incident,kind,team,equipment,item,qty,people,report_to,by,note\n"
        "B-1,房山积水,callup,房山排水一队,,,,3,城关,2h,\nB-2,房山积水,callup,,,沙袋,50,,城关,2h,夜间\n"
    ),
}
BATCH_COLUMNS = "ref,incident,kind,team,equipment,item,qty,people,report_to,by,note"


def test_every_form_runs_as_it_is_promised(
    bare: Officer, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line exits 0, in order, and with --json prints JSON and nothing else on stdout."""
    monkeypatch.chdir(tmp_path)
    for name, text in SHEETS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    ids: dict[str, str] = {}
    for line in FORMS:
        line, _arrow, given = line.partition(" < ")
        words = shlex.split(line.format(**ids))
        assert words.pop(0) == "emergency"
        stdin = (tmp_path / given).read_bytes() if given else None
        result = bare.done(*words, stdin=stdin)
        if "--json" in words:
            value: Any = result.ndjson if words[:2] == ["callup", "batch"] else result.json
            if words[:2] == ["incident", "open"]:
                ids["I"] = value["id"]
            if words[:2] == ["callup", "issue"]:
                ids["O"] = value["id"]
    assert (tmp_path / "copy.db").exists()


def test_the_same_forms_as_processes(bare: Officer, tmp_path: pathlib.Path) -> None:
    """A few of them as a shell runs them, the console script and the file too."""
    import subprocess
    import sys

    from tests.commands.conftest import ROOT

    def shell(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, capture_output=True, text=True, timeout=60, cwd=tmp_path)

    init = bare.process("init", "--station", "FT", "--region", "110106", "--name", "丰台区应急指挥中心")
    assert (init.code, init.err) == (0, "")
    (tmp_path / "teams.csv").write_text(SHEETS["teams.csv"], encoding="utf-8")
    assert bare.process("team", "import", "-", stdin=SHEETS["teams.csv"].encode()).code == 0
    listed = shell(sys.executable, str(ROOT / "emergency.py"), "team", "list", "--json")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert json.loads(listed.stdout)[0]["name"] == "房山排水一队"
    script = pathlib.Path(sys.executable).with_name("emergency")
    if script.exists():
        assert shell(str(script), "team", "list", "--json").stdout == listed.stdout
    assert bare.process("team", "show", "没有").code == 3
    assert bare.process("team", "lisst").code == 2
    assert bare.process(stdin=b"").code == 0


def test_the_store_is_named_before_the_noun_or_by_the_environment(
    bare: Officer, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init = ["init", "--station", "HD", "--region", "110108", "--name", "海淀"]
    bare.done("--store", str(tmp_path / "other.db"), *init)
    assert bare("team", "list").code == 78
    monkeypatch.setenv("EMERGENCY_STORE", str(tmp_path / "other.db"))
    assert bare.ids("station", "list") == ["HD"]
    monkeypatch.delenv("EMERGENCY_STORE")
    monkeypatch.setenv("EMERGENCY_HOME", str(tmp_path / "stick"))
    bare.done(*init)
    assert (tmp_path / "stick" / "emergency.db").exists()


def test_the_officer_is_named_by_option_environment_or_at_init(
    say: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    say.add("team", "name=甲队")
    monkeypatch.setenv("EMERGENCY_OFFICER", "李四")
    say.add("team", "name=乙队")
    say.done("--officer", "赵五", "team", "add", "name=丙队")
    assert [e["who"] for e in say.done("journal", "log", "--json").json][:3] == ["赵五", "李四", "王小明"]


def test_the_shapes_of_json(desk: Officer) -> None:
    """Keys that scripts rely on; more may come, none may go."""
    issued = desk.done("callup", "issue", "--incident", "FT-6", "--team", "FT-1", "--json").json
    assert {"id", "lines", "state", "warnings", "op"} <= set(issued)
    opened = desk.done(
        "incident", "open", "x", "--scenario", "flood", "--level", "I", "--region", "1101", "--json"
    ).json
    assert {"id", "title", "level"} <= set(opened)
    moved = desk.done("callup", "ack", issued["id"], "--json").json
    assert moved["lines"] == [
        {"line": issued["lines"][0], "from": "issued", "state": "acknowledged", "exercise": False}
    ]
    line = desk.done("callup", "list", "--json").json[0]
    assert {
        "id", "order", "incident", "kind", "team", "equipment", "item", "quantity", "people", "state", "since", "by", "ack_by",
        "report_to", "overdue", "flags", "ref", "note",
    } <= set(line)  # fmt: skip
    order = desk.done("callup", "show", issued["id"], "--json").json
    assert {"id", "kind", "incident", "state", "lines", "report_to", "by", "ref"} <= set(order)
    step = order["lines"][0]["steps"][0]
    assert {"step", "at", "recorded", "who", "channel", "note"} <= set(step)
    entry = desk.done("journal", "log", "--json").json[0]
    assert {"n", "feed", "seq", "recorded", "who", "kind", "op", "why", "facts", "hash"} <= set(entry)
    assert {"entries", "problems"} == set(desk.done("journal", "verify", "--json").json)
    doctor = desk.done("doctor", "--json").json
    assert doctor["ok"] is True and {"check", "ok", "found"} <= set(doctor["checks"][0])


def test_the_columns_of_a_batch_are_those_promised() -> None:
    from emergency.commands.batch import COLUMNS

    assert ",".join(COLUMNS) == BATCH_COLUMNS


def test_the_journal_is_exported_readable_without_this_program(desk: Officer, tmp_path: pathlib.Path) -> None:
    import hashlib

    folder = tmp_path / "archive"
    manifest = desk.done("journal", "export", str(folder), "--json").json
    (feed,) = manifest["feeds"]
    content = (folder / feed["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == feed["sha256"]
    lines = [json.loads(line) for line in content.splitlines()]
    assert len(lines) == feed["entries"] == desk.entries()
    before = None
    for line in lines:
        header = json.loads(line["header"])
        assert header["prev"] == before or before is None
        before = hashlib.sha256(line["header"].encode()).hexdigest()
        assert header["facts"] == hashlib.sha256(line["facts"].encode()).hexdigest()
    desk.refused(2, "journal", "export", str(folder))


def test_an_entry_is_shown_by_number_and_by_feed(desk: Officer) -> None:
    entry = desk.done("journal", "log", "--limit", "1", "--json").json[0]
    for which in (str(entry["n"]), f"{entry['feed']}:{entry['seq']}", f"{entry['feed'][:6]}:{entry['seq']}"):
        assert desk.done("journal", "show", which, "--json").json["hash"] == entry["hash"]
    for which in ("99999", "0:1", "", "1; DROP TABLE entry", "%:1", "_:1"):
        desk.refused(3, "journal", "show", which)
    assert desk.done("journal", "log", "--since", "1h ago", "--json").json
    assert desk.done("journal", "log", "--since", "2026-07-31 07:59", "--json").json == []


@pytest.mark.parametrize(
    ("words", "delimiter"),
    [
        ("team readiness --csv", ","),
        ("season list --tsv", "\t"),
        ("recovery progress --csv", ","),
        ("journal log --csv", ","),
        ("callup list --csv", ","),
        ("team list --csv", ","),
    ],
)
def test_a_cell_of_csv_says_what_the_json_says(desk: Officer, words: str, delimiter: str) -> None:
    desk.add("season", "name=汛期", "kind=flood", "begin=06-01", "end=09-15")
    desk.add("recovery", "name=灾后恢复")
    desk.add("loss", "recovery=灾后恢复", "item=boat", "quantity=2")
    desk.issue("--incident", "FT-6", "--team", "FT-1", "--people", "2")
    *command, form = words.split()
    header, *rows = csv.reader(desk.done(*command, form).out.splitlines(), delimiter=delimiter)
    values = desk.done(*command, "--json").json
    assert values and len(rows) == len(values)
    read = {"": None, "true": True, "false": False}
    for value, row in zip(values, rows, strict=True):
        assert header == list(value)
        for name, cell in zip(header, row, strict=True):
            meant = value[name]
            if isinstance(meant, dict) and [*meant] == ["lat", "lng"]:
                assert cell == f"{meant['lat']},{meant['lng']}"
            elif isinstance(meant, list) and all(isinstance(m, str) for m in meant):
                assert cell == "; ".join(meant)
            elif isinstance(meant, (dict, list)):
                assert json.loads(cell) == meant
            elif meant is None or isinstance(meant, bool):
                assert read[cell] is meant
            else:
                assert cell == str(meant)
