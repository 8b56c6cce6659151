"""Sheets that nobody prepared for us, from ../shared/data, and a batch of 500 orders over them.

Where that folder is absent, the same is done with small sheets of the same shape.
"""

from __future__ import annotations

import csv
import io
import json
import os
import pathlib
from typing import Any

import pytest

from emergency.commands.batch import COLUMNS
from tests.commands.conftest import ROOT, Officer, harmless

DATA = pathlib.Path(os.environ.get("EMERGENCY_SHARED", ROOT.parent / "shared")) / "data"

SMALL = {
    "usfa_registry_stations.csv": (
        "FDID, Fire Dept Name, HQ Addr1, Dept Type, Active Firefighters - Career, Active Firefighters - Volunteer,"
        " Active Firefighters - Paid per Call, Non-Firefighting - Civilian, Station Name, Station Addr1, Station City\n"
        + "".join(
            f'"0{n // 3}","Fire District {n // 3}","1 Main ST","Volunteer","{n % 4}","29","1","6","Station #{n % 3}",'
            f'"{n} CR 241","Gamaliel"\n'
            for n in range(400)
        )
        + '"0133","Fire District 133","1 Main ST","Volunteer","3","29","1","6","Station #0","399 CR 241","Gamaliel"\n'
    ).encode(),
    "us_redcross_vehicles.csv": (
        "Name,Organisation,Facility,Type,Item Name,Brand,Purchase Date,Address,Lat,Lon\n"
        + "".join(
            f"{4000 + n},Metro {n % 5},Office,ERV,ERV,,1999,{n} Field Road,{41 + n / 1000},-73.6\n"
            for n in range(240)
        )
        + "4000,Another Org,Office,ERV,ERV,,2001,Elsewhere,40.1,-73.1\n"
    ).encode(),
    "us_redcross_facilities.csv": (
        "Organisation,Name,Code,Type,SubType,Address,Lat,Lon\n"
        + "".join(f"Org {n},50{n:02},50{n:02},DCRN,Mobile,{n} Way,30.4,-90.{n}\n" for n in range(20))
    ).encode(),
    "ph_dswd_warehouse_stock.csv": (
        b"Warehouse,Category,Item Name,Catalog,Tracking Number,Comments,Unit of Measure,Currency,Unit Value,Quantity\n"
        b"NROC Warehouse C,Textile,Bath Towel,,,,pcs,PHP,95,11000\nNROC Warehouse C,Food,Rice,,,,bx,PHP,52,3581\n"
        b"NROC Warehouse D,Food,Rice,,,,kg,PHP,52,200.5\nNROC Warehouse D,Water,Water,,,,liter,PHP,1,400\n"
    ),
    "derived_bj_hospitals_title_gb18030.csv": (
        "北京市医疗机构（医院）名录（节选）,,,,\n填报单位：,,填报日期：2021年12月,,\n\n"
        "序号 ,机构名称,地址,区县代码,大类\n1,北京某医院,北京市海淀区9号,110108,A.医院\n"
        "2,北京另一医院,北京市朝阳区12号,110105,A.医院\n合计,2,,,\n"
    ).encode("gb18030"),
}


def real(name: str) -> pathlib.Path:
    """The file in ../shared/data; skips where it is not."""
    for folder in (DATA, DATA / "sheets"):
        if (folder / name).is_file():
            return folder / name
    pytest.skip(f"{name} is not in {DATA}")


def small(folder: pathlib.Path, name: str) -> pathlib.Path:
    """A sheet of the same shape, of our own."""
    path = folder / name
    path.write_bytes(SMALL[name])
    return path


def taken(say: Officer, noun: str, path: pathlib.Path) -> dict[str, Any]:
    """Import it; then again, which changes nothing."""
    first = say(noun, "import", str(path), "--json")
    assert first.code in (0, 5), first.err
    entries = say.entries()
    again = say(noun, "import", str(path), "--json")
    assert (again.code, again.json["new"], again.json["changed"]) == (first.code, 0, 0)
    assert say.entries() == entries
    assert harmless(first.err)
    return {**first.json, "told": [json.loads(line) for line in first.err.splitlines()]}


def twenty_wrong_rows(
    teams: list[str], vehicles: list[str], incident: str, closed: str
) -> list[dict[str, str]]:
    """Rows wrong in twenty different ways, over teams and vehicles that other rows use."""
    base = {"incident": incident, "team": teams[0], "people": "1"}
    wrong: list[dict[str, str]] = [
        {**base, "incident": ""},
        {**base, "incident": "FT-99999999"},
        {**base, "incident": closed},
        {**base, "kind": "summon"},
        {**base, "kind": "requisition"},
        {**base, "kind": "transfer"},
        {**base, "team": "No Such Fire District"},
        {**base, "team": "Station"},
        {"incident": incident, "equipment": "no-such-tag"},
        {"incident": incident, "equipment": vehicles[0]},  # claimed by a row above
        {"incident": incident, "equipment": f"{vehicles[-1]};{vehicles[-1]}"},
        {**base, "people": "six"},
        {**base, "people": "0"},
        {**base, "people": "999999"},
        {"incident": incident, "people": "3"},
        {"incident": incident, "item": "Bath Towel"},
        {"incident": incident, "item": "Bath Towel", "qty": "3 m3"},
        {"incident": incident, "item": "Bath Towel", "qty": "99999999"},
        {**base, "by": "31/07/2026 20:00"},
        {**base, "note": "x" * 501},
    ]
    assert len(wrong) == 20
    return [{"ref": f"WRONG-{n}", **row} for n, row in enumerate(wrong)]


def five_hundred(say: Officer) -> list[dict[str, str]]:
    """480 good rows over the teams and vehicles imported, 20 wrong ones spread among them."""
    opened = ["incident", "open", "--scenario", "flood", "--level", "II", "--region", "110111", "--json"]
    incident = say.done(*opened, "大洪水").json["id"]
    closed = say.done(*opened, "旧事").json["id"]
    say.done("incident", "close", closed)
    teams = [t["id"] for t in say.done("team", "list", "--json").json if (t["strength"] or 0) >= 3]
    vehicles = say.ids("equipment", "list", "--free")
    assert len(teams) >= 260 and len(vehicles) >= 220
    good = [
        {"ref": f"V-{n}", "incident": incident, "equipment": v, "report_to": "Staging 1", "by": "90min"}
        for n, v in enumerate(vehicles[:220])
    ]
    good += [
        {
            "ref": f"T-{n}",
            "incident": incident,
            "team": t,
            "people": "2",
            "report_to": "Staging 2",
            "by": "2h",
        }
        for n, t in enumerate(teams[:259])
    ]
    good.append(
        {"ref": "S-0", "incident": incident, "item": "Bath Towel", "qty": "500", "report_to": "Shelter"}
    )
    rows = list(good)
    for n, row in enumerate(twenty_wrong_rows(teams, vehicles, incident, closed)):
        rows.insert(25 + n * 24, row)
    assert len(rows) == 500
    return rows


def run_five_hundred(say: Officer, tmp_path: pathlib.Path) -> None:
    rows = five_hundred(say)
    path = tmp_path / "orders.csv"
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")

    result = say("callup", "batch", str(path), "--json")
    assert result.code == 5
    told = result.ndjson
    assert [(t["row"], t["ref"]) for t in told] == [(n, r["ref"]) for n, r in enumerate(rows, 2)]
    failed = {t["ref"]: t for t in told if t["status"] == "failed"}
    assert set(failed) == {f"WRONG-{n}" for n in range(20)}
    assert all(t["error"] and t["code"] for t in failed.values())
    assert len({t["error"] for t in failed.values()}) == 20
    assert failed["WRONG-9"]["code"] == "contested"
    assert sum(t["status"] == "ok" for t in told) == 480

    # None of the others is harmed: each order is there, of its own row, and nothing else is.
    lines = {line["ref"]: line for line in say.done("callup", "list", "--json").json}
    assert len(lines) == 480
    for row in rows:
        if row["ref"] in failed:
            assert row["ref"] not in lines
            continue
        line = lines[row["ref"]]
        assert line["state"] == "issued"
        assert (line["equipment"] or "") == row.get("equipment", "")
        assert row.get("team", line["team"] or "") == (line["team"] or "")
        assert line["report_to"] == row["report_to"]

    entries = say.entries()
    again = say("callup", "batch", str(path), "--json")
    assert again.code == 5
    assert {t["status"] for t in again.ndjson} == {"already", "failed"}
    assert say.entries() == entries
    assert len(say.done("callup", "list", "--json").json) == 480
    assert say.done("journal", "verify", "--json").json["problems"] == []
    assert say.done("doctor", "--json").json["ok"]


def test_small_sheets_of_the_same_shapes_and_500_orders(say: Officer, tmp_path: pathlib.Path) -> None:
    teams = taken(say, "team", small(tmp_path, "usfa_registry_stations.csv"))
    assert (teams["new"], teams["repeated"], teams["bad"]) == (400, 1, 0)
    vehicles = taken(say, "equipment", small(tmp_path, "us_redcross_vehicles.csv"))
    assert (vehicles["new"], vehicles["bad"], vehicles["outside_china"]) == (240, 1, 241)
    assert (vehicles["told"][0]["row"], vehicles["told"][0]["column"]) == (242, "A")
    assert taken(say, "depot", small(tmp_path, "us_redcross_facilities.csv"))["new"] == 20
    assert taken(say, "reserve", small(tmp_path, "ph_dswd_warehouse_stock.csv"))["new"] == 4
    hospitals = taken(say, "team", small(tmp_path, "derived_bj_hospitals_title_gb18030.csv"))
    assert (hospitals["new"], hospitals["skipped"]) == (2, 1)
    run_five_hundred(say, tmp_path)


def test_the_registry_of_fire_departments(say: Officer) -> None:
    result = taken(say, "team", real("usfa_registry_stations.csv"))
    assert (result["new"], result["repeated"], result["bad"]) == (8061, 16, 0)
    rows = say.done("team", "list", "Gamaliel", "--json").json
    first = next(r for r in rows if r["address"] and r["address"].startswith("291 CR 241"))
    # Career, volunteer and paid-per-call firefighters make the strength: 0 + 29 + 0.
    assert (first["strength"], first["name"], first["code"]) == (29, "Station #2", "03010")
    assert first["host_unit"] == "101 Gamaliel Fire Protection District #5"
    assert first["address"] == "291 CR 241, Gamaliel, AR, 72537"
    assert len({(r["code"], r["host_unit"]) for r in say.done("team", "list", "--json").json}) >= 3216


def test_vehicles_and_sites_with_positions(say: Officer) -> None:
    vehicles = taken(say, "equipment", real("us_redcross_vehicles.csv"))
    assert vehicles["new"] + vehicles["bad"] == 338
    assert all(told["row"] == 322 and told["column"] for told in vehicles["told"])
    shown = say.show("equipment", "1088")
    assert shown["at"] == {"lat": 41.027578, "lng": -73.605624}
    assert (shown["owner"], shown["bought"], shown["name"]) == ("Metro New York North", "1999", "ERV")
    assert "1088" in say.ids("equipment", "list", "--near", "41.03,-73.61", "--within", "5km")
    depots = taken(say, "depot", real("us_redcross_facilities.csv"))
    assert (depots["new"], depots["bad"]) == (76, 0)
    assert say.show("depot", "5001")["at"] == {"lat": 30.4319, "lng": -90.1907}


def test_relief_stock_in_mixed_units(say: Officer) -> None:
    path = real("ph_dswd_warehouse_stock.csv")
    result = taken(say, "reserve", path)
    assert (result["new"], result["bad"]) == (152, 0)
    assert result["made"]["depot"] == 4
    with open(path, encoding="utf-8-sig") as file:
        sheet = list(csv.DictReader(file))
    rows = say.done("reserve", "list", "--json").json
    assert len({r["unit"] for r in rows}) > 3
    assert sum(r["quantity"] for r in rows) == pytest.approx(sum(float(r["Quantity"]) for r in sheet))
    towel = next(r for r in rows if r["item"] == "Bath Towel")
    assert towel["quantity"] == 11000


def test_hospitals_through_title_blank_and_total_rows(say: Officer) -> None:
    result = taken(say, "team", real("derived_bj_hospitals_title_gb18030.csv"))
    assert (result["new"], result["bad"], result["skipped"]) == (120, 0, 1)
    haidian = say.done("team", "list", "--region", "海淀", "--json").json
    assert "北京艾丽斯妇科医院" in [r["name"] for r in haidian]
    assert all(r["region"] == "110108" for r in haidian)
    assert not any("合计" in r["name"] for r in say.done("team", "list", "--json").json)


def test_500_orders_over_the_real_registers(say: Officer, tmp_path: pathlib.Path) -> None:
    for noun, name in (
        ("team", "usfa_registry_stations.csv"),
        ("equipment", "us_redcross_vehicles.csv"),
        ("reserve", "ph_dswd_warehouse_stock.csv"),
    ):
        assert say(noun, "import", str(real(name))).code in (0, 5)
    run_five_hundred(say, tmp_path)
