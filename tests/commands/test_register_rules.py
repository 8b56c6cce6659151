"""What registers know of readiness, the past, fields, equipment, reserves and duty."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Officer, Stage, harmless
from tests.commands.test_registers import REGISTERS, one

# -- readiness -------------------------------------------------------------------------------------------


def test_a_report_ages_and_never_stays_green(desk: Officer) -> None:
    assert desk.ids("team", "list", "--ready") == []
    assert desk.show("team", Stage.DRAINERS)["readiness_shown"] == "unreported"
    desk.done("duty", "report", "房山排水一队", "--readiness", "ready", "--headcount", "18", "--at", "07:50")
    assert desk.ids("team", "list", "--ready") == [Stage.DRAINERS]
    desk.at("19:49")
    assert desk.ids("team", "list", "--ready") == [Stage.DRAINERS]
    desk.at("19:51")
    assert desk.ids("team", "list", "--ready") == []
    shown = desk.show("team", Stage.DRAINERS)
    assert (shown["stale"], shown["readiness_shown"], shown["readiness"]) == (True, "stale", "ready")


def test_reports_that_cannot_be_are_refused(desk: Officer) -> None:
    report = ["duty", "report", Stage.DRAINERS, "--readiness"]
    desk.done(*report, "ready", "--headcount", "18", "--at", "07:50")
    for bad in (
        ["ready", "--headcount", "-1"],
        ["ready", "--headcount", "many"],
        ["ready"],
        ["green", "--headcount", "3"],
        ["ready", "--headcount", "3", "--at", "07:40"],  # older than the last
        ["ready", "--headcount", "3", "--at", "09:00"],  # to come
        ["ready", "--headcount", "3", "--at", "31/7/2026 08:00"],
    ):
        assert desk(*report, *bad).code == 2, bad
    assert desk.show("team", Stage.DRAINERS)["headcount"] == 18
    assert "strength" in desk.done(*report, "off", "--headcount", "21").err


def test_what_runs_out_is_listed_over_all_records(desk: Officer) -> None:
    desk.done("team", "set", Stage.DRAINERS, "insurance_until=2026-08-10")
    desk.done("team", "set", Stage.RESCUERS, "agreement_until=2026-07-01")
    desk.add("member", "name=张三", "team=FT-1", "qualification=潜水", "qualification_until=2026-12-31")
    rows = desk.done("expiring", "--within", "30d", "--json").json
    assert [(r["kind"], r["field"], r["until"], r["ended"]) for r in rows] == [
        ("team", "agreement_until", "2026-07-01", True),
        ("team", "insurance_until", "2026-08-10", False),
    ]
    assert len(desk.done("expiring", "--within", "36w", "--json").json) == 3
    assert desk("expiring", "--within", "soon").code == 2


# -- the past --------------------------------------------------------------------------------------------


def test_every_read_goes_back_to_what_was_known(desk: Officer) -> None:
    desk.at("09:00")
    desk.done("team", "set", Stage.DRAINERS, "strength=99")
    late = desk.add("team", "name=后来的队")
    assert desk.show("team", Stage.DRAINERS)["strength"] == 99
    for moment in ("08:30", "30min ago", "2026-07-31T08:30:00+08:00", "2026-07-31 08:30"):
        was = desk("team", "show", Stage.DRAINERS, "--json", "--as-of", moment)
        assert was.json["strength"] == 20, moment
        assert "2026-07-31T08:30:00+08:00" in was.err
    assert desk.done("--as-of", "08:30", "team", "show", Stage.DRAINERS, "--json").json["strength"] == 20
    assert late in desk.ids("team", "list")
    assert late not in desk.ids("team", "list", "--as-of", "08:30")
    assert desk.ids("team", "list", "--as-of", "2026-07-31 06:00") == []
    assert len(desk.done("team", "history", Stage.DRAINERS, "--json", "--as-of", "08:30").json) == 1
    for noun in REGISTERS:
        assert desk(noun, "list", "--as-of", "08:30").code == 0
    for line in (["callup", "list"], ["expiring"], ["conflict", "list"], ["journal", "log"], ["reserve", "gaps"],
                 ["need", "board"], ["duty", "now"]):  # fmt: skip
        assert desk(*line, "--as-of", "08:30").code == 0, line


def test_the_past_is_not_written_and_the_future_is_not_known(desk: Officer) -> None:
    desk.refused(2, "-q", "--as-of", "07:30", "team", "add", "name=x")
    desk.refused(
        2, "-q", "--as-of", "07:30", "callup", "issue", "--incident", Stage.INCIDENT, "--team", Stage.DRAINERS
    )
    desk.refused(2, "team", "list", "--as-of", "2026-08-01 08:00")
    desk.refused(2, "team", "list", "--as-of", "whenever")


# -- rules of fields -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noun", "pair"),
    [
        ("team", "strength=-1"),
        ("team", "strength=12.5"),
        ("team", "strength=十二"),
        ("team", "insurance_until=31.12.2026"),
        ("team", "insurance_until=2026-02-30"),
        ("team", "level=municpal"),
        ("team", "at=1,2,3"),
        ("team", "at=91,181"),
        ("team", "readiness=ready"),
        ("team", "name="),
        ("team", "strength"),
        ("team", "name=" + "长" * 501),
        ("equipment", "drainage=5000kW"),
        ("equipment", "drainage=-5m3/h"),
        ("equipment", "fuel=101"),
        ("equipment", "custody=home"),
        ("item", "code=9010101"),
        ("item", "code=101"),
        ("duty", "end=2026-07-31 07:00"),
        ("incident", "level=V"),
    ],
)
def test_a_value_that_cannot_be_is_refused_naming_the_field(say: Officer, noun: str, pair: str) -> None:
    id_ = one(say, noun)
    said = say.refused(2, noun, "set", id_, pair)
    assert said


def test_references_are_looked_up_where_they_are_typed(desk: Officer) -> None:
    assert desk.show("equipment", Stage.BIG)["team"] == Stage.DRAINERS
    desk.done("equipment", "set", Stage.BIG, "team=fengtai")
    assert desk.show("equipment", Stage.BIG)["team"] == Stage.RESCUERS
    desk.refused(3, "equipment", "set", Stage.BIG, "team=没有这队")
    desk.refused(3, "team", "set", Stage.DRAINERS, "region=999999")


def test_a_field_is_cleared_by_an_empty_value(desk: Officer) -> None:
    desk.done("team", "set", Stage.DRAINERS, "mobile=", "region=")
    shown = desk.show("team", Stage.DRAINERS)
    assert (shown["mobile"], shown["region"]) == (None, None)


def test_an_id_is_given_once(say: Officer) -> None:
    say.done("item", "add", "name=水带", "--id", "hose")
    said = say.refused(2, "item", "add", "name=水带二", "--id", "hose")
    assert "emergency item set" in said
    assert say("region", "add", "name=无码区").code == 2


# -- equipment: four axes that never change one another (row B5) -----------------------------------------


def test_axes_of_an_item_change_alone_and_availability_follows(desk: Officer) -> None:
    def axes() -> tuple[str | None, ...]:
        shown = desk.show("equipment", Stage.BIG)
        return tuple(shown[k] for k in ("serviceability", "custody", "crew", "availability"))

    assert axes() == (None, None, None, "available")
    desk.done(
        "equipment", "report", "京A00001", "--serviceability", "in_repair", "--hours", "120", "--fuel", "40"
    )
    assert axes() == ("in_repair", None, None, "out_of_service")
    desk.done("equipment", "report", "京A00001", "--serviceability", "serviceable")
    desk.done("equipment", "hand-over", "京A00001", "--from", "甲", "--to", "乙", "--odometer", "100")
    assert axes() == ("serviceable", "on_loan", None, "assigned")
    desk.done("equipment", "hand-over", "京A00001", "--from", "乙", "--to", "甲", "--custody", "home")
    assert axes() == ("serviceable", "home", None, "available")
    shown = desk.show("equipment", Stage.BIG)
    assert (shown["hours"], shown["fuel"], shown["odometer"], shown["custodian"]) == (120, 40, 100, "甲")
    chain = desk.done("equipment", "history", "京A00001", "--json").json
    assert [e["values"]["custodian"] for e in chain if "custodian" in e["values"]] == ["乙", "甲"]
    desk.refused(2, "equipment", "report", "京A00001")
    assert (
        desk("equipment", "hand-over", "京A00001", "--from", "甲", "--to", "乙", "--custody", "nowhere").code
        == 2
    )


@pytest.mark.parametrize("number", ["-1", "99999999999999999999999", "1.5", "x", "٣x"])
def test_numbers_out_of_bounds_are_refused_where_they_are_typed(desk: Officer, number: str) -> None:
    for line in (
        ["team", "list", "--limit"],
        ["callup", "list", "--limit"],
        ["journal", "log", "--limit"],
        ["duty", "gaps", "--days"],
        ["equipment", "report", Stage.BIG, "--hours"],
        ["equipment", "report", Stage.BIG, "--odometer"],
        ["equipment", "report", Stage.BIG, "--fuel"],
        ["equipment", "hand-over", Stage.BIG, "--from", "a", "--to", "b", "--hours"],
        ["duty", "report", Stage.DRAINERS, "--readiness", "ready", "--headcount"],
        ["team", "import", "none.csv", "--header-row"],
    ):
        desk.refused(2, *line, number)


@pytest.mark.parametrize("id_", ["\x1b[2J", "a\nb", " a", "\u202ex", "x" * 61, "\x9b"])
def test_an_id_is_one_harmless_line(say: Officer, id_: str) -> None:
    say.refused(2, "item", "add", "name=水带", "--id", id_)


@pytest.mark.parametrize("evil", ["\x1b[2J", "\x9b31m", "\u202e邪", "a\nb", "\x07", "=1+1"])
def test_what_was_typed_is_never_said_back_raw(desk: Officer, evil: str) -> None:

    team = desk.add("team", f"name=x{evil}", f"radio={evil}")
    for line in (
        ["team", "show", team], ["team", "list"], ["team", "history", team], ["team", "add", f"name={evil}x"],
        ["team", "set", team, f"note={evil}", "--why", evil], ["team", "retire", team, "--reason", evil],
        ["duty", "report", Stage.DRAINERS, "--readiness", "ready", "--headcount", "3", "--note", evil],
        ["equipment", "hand-over", Stage.BIG, "--from", evil, "--to", evil], ["equipment", "report", Stage.BIG, "--note", evil],
        ["equipment", "hand-over", Stage.BIG, "--from", "x", "--to", "y", "--custody", "home"],
        ["reserve", "move", "丰台库", "沙袋", "--qty", "1", "--reason", evil], ["reserve", "ledger", f"{Stage.DEPOT}/sandbag"],
        ["incident", "log", Stage.INCIDENT, evil], ["incident", "history", Stage.INCIDENT], ["incident", "level", Stage.INCIDENT, evil],
        ["incident", "open", f"x{evil}", "--scenario", "flood", "--level", "I", "--region", "1101", "--place", evil],
        ["incident", "need", Stage.INCIDENT, f"people>=3{evil}"], ["incident", "need", Stage.INCIDENT, "people>=3", "--place", evil],
        ["callup", "issue", "--incident", Stage.INCIDENT, "--equipment", Stage.BIG, "--report-to", evil, "--approver", evil,
         "--note", evil, "--ref", evil, "--basis", evil],
        ["callup", "issue", "--incident", Stage.INCIDENT, "--equipment", Stage.BIG], ["callup", "ack", evil, "--note", evil],
        ["callup", "show", evil], ["callup", "list"], ["callup", "accept", evil, "--at", evil], ["journal", "log"],
        ["journal", "show", "9"], ["board"], ["--officer", evil, "team", "add", "name=y"], ["journal", "log", "--op", evil],
        ["conflict", "list"], ["need", "board"], ["expiring", "--within", evil], ["undo", evil], ["--store", evil, "team", "list"],
        ["help", evil], ["restore", evil], ["--lang", evil], ["team", "list", f"--{evil}"], [evil], ["init", "--station", evil,
         "--region", evil, "--name", evil],
    ):  # fmt: skip
        result = desk(*line)
        assert harmless(result.out + result.err), (line, result)


# -- reserves --------------------------------------------------------------------------------------------


def test_stock_is_the_sum_of_its_movements(desk: Officer) -> None:
    move = ["reserve", "move", "丰台库", "沙袋"]
    assert desk.done(*move, "--qty", "-200", "--reason", "演练", "--json").json["quantity"] == 800
    assert desk.done(*move, "--qty", "+50", "--reason", "补货", "--json").json["quantity"] == 850
    assert desk.done("reserve", "count", "丰台库", "沙袋", "--qty", "840", "--json").json["quantity"] == 840
    assert desk.show("reserve", f"{Stage.DEPOT}/sandbag")["quantity"] == 840
    ledger = desk.done("reserve", "ledger", f"{Stage.DEPOT}/sandbag", "--json").json
    assert [(r["what"], r["quantity"]) for r in ledger] == [
        ("move", 1000), ("move", -200), ("move", 50), ("count", 840),
    ]  # fmt: skip
    assert ledger[1]["reason"] == "演练"


@pytest.mark.parametrize(
    ("code", "qty"), [(1, "-1001"), (2, "0"), (2, "lots"), (2, "-5t"), (2, "1e99"), (2, "5m"), (2, "")]
)
def test_a_movement_that_cannot_be_is_refused(desk: Officer, code: int, qty: str) -> None:
    desk.refused(code, "reserve", "move", "丰台库", "沙袋", "--qty", qty, "--reason", "r")
    assert desk.show("reserve", f"{Stage.DEPOT}/sandbag")["quantity"] == 1000


def test_lots_and_forms_are_stock_lines_of_their_own(desk: Officer) -> None:
    desk.done("reserve", "move", "丰台库", "沙袋", "--qty", "5", "--reason", "r", "--lot", "L1")
    desk.done("reserve", "move", "丰台库", "沙袋", "--qty", "9", "--reason", "r", "--form", "agreement")
    shown = {r["id"]: r["quantity"] for r in desk.done("reserve", "list", "--json").json}
    assert shown == {
        f"{Stage.DEPOT}/sandbag": 1000,
        f"{Stage.DEPOT}/sandbag/L1": 5,
        f"{Stage.DEPOT}/sandbag@agreement": 9,
    }


def test_gaps_show_what_is_short_and_what_runs_out(desk: Officer) -> None:
    line = f"{Stage.DEPOT}/sandbag"
    assert desk.done("reserve", "gaps", "--json").json == []
    desk.done("reserve", "set", line, "target=1500", "minimum=200", "expires=2026-08-05")
    rows = desk.done("reserve", "gaps", "--json").json
    assert [(r["id"], r["expires"]) for r in rows] == [(line, "2026-08-05")]
    assert rows[0]["target"] == 1500 and rows[0]["short"] == 500
    for bad in ("target=lots", "target=-5", "target=5t"):
        desk.refused(2, "reserve", "set", line, bad)


# -- duty ------------------------------------------------------------------------------------------------


def test_a_gap_in_the_roster_is_seen_before_it_comes(say: Officer) -> None:
    say.add("duty", "start=2026-07-31 06:00", "end=2026-07-31 18:00", "officer=甲")
    say.add("duty", "start=2026-07-31 20:00", "end=2026-08-01 08:00", "officer=乙")
    assert [r["officer"] for r in say.done("duty", "now", "--json").json] == ["甲"]
    assert [r["officer"] for r in say.done("duty", "now", "--time", "22:00", "--json").json] == ["乙"]
    assert say.done("duty", "now", "--time", "19:00", "--json").json == []
    gaps = say.done("duty", "gaps", "--days", "1", "--json").json
    assert gaps == [{"from": "2026-07-31T18:00:00+08:00", "until": "2026-07-31T20:00:00+08:00", "hours": 2.0}]
    assert len(say.done("duty", "week", "--json").json) == 2
    shift = say.ids("duty", "list")[0]
    say.done("duty", "hand-over", shift, "雨量站二号断线")
    assert say.show("duty", shift)["handover"] == "雨量站二号断线"
