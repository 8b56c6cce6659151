"""What has run out is not given out: stock, licences; and a month or a year as a last day runs to its end."""

from __future__ import annotations

import pytest

from emergency.store.store import Store
from tests.commands.conftest import Officer, Stage
from tests.commands.orders import FOR


@pytest.fixture
def lots(desk: Officer) -> Officer:
    """The depot has ready food in three lots: one long expired, one of this month, one of next year."""
    for lot, expires, amount in (("A", "2020-01-01", "100"), ("B", "2026-07", "60"), ("C", "2027", "50")):
        desk.done(
            "reserve", "move", Stage.DEPOT, "ready-food", "--qty", amount, "--lot", lot, "--reason", "进货"
        )
        desk.done("reserve", "set", f"{Stage.DEPOT}/ready-food/{lot}", f"expires={expires}")
    return desk


def drawn(desk: Officer, order: str) -> dict[str, int]:
    """{lot: how much} of an order."""
    with Store(str(desk.store)) as store:
        rows = store.rows('SELECT reserve, quantity FROM line WHERE "order"=?', (order,))
    return {row["reserve"].rpartition("/")[2]: row["quantity"] // 1000 for row in rows}


def test_what_has_expired_is_not_given_out_unless_somebody_says_why(lots: Officer) -> None:
    food = (*FOR, "--item", "ready-food", "--qty")
    # The lot of this month is good to its end, and goes first.
    assert drawn(lots, lots.issue(*food, "40")) == {"B": 40}
    said = lots.refused(1, "callup", "issue", *food, "80")
    assert "FT-5 70" in said and "expired: FT-5 100" in said and "--override" in said
    given = lots.done("callup", "issue", *food, "80", "--override", "断粮两日", "--json").json
    assert drawn(lots, given["id"]) == {"B": 20, "C": 50, "A": 10}
    assert given["warnings"] == [f"{Stage.DEPOT}/ready-food/A expired 2020-01-01"]
    # An override that all the stock could not help is not offered.
    assert "--override" not in lots.refused(1, "callup", "issue", *food, "900")


def test_a_draft_is_not_given_once_its_stock_has_expired(lots: Officer) -> None:
    words = ("callup", "draft", *FOR, "--item", "ready-food", "--qty", "110")
    draft = lots.done(*words, "--json").json["id"]
    lots.at("2026-08-01T08:00:00+08:00")
    assert "expired: FT-5 160" in lots.refused(1, "callup", "issue-draft", draft)


def test_candidates_and_plans_leave_out_what_has_expired_and_keep_what_has_not(lots: Officer) -> None:
    lots.done("incident", "need", Stage.INCIDENT, "ready-food>=300")
    rows = {row["id"][-1]: row for row in lots.done("need", "candidates", Stage.INCIDENT, "--json").json}
    assert {lot: row["refusal"] for lot, row in rows.items()} == {
        "A": "expired 2020-01-01",
        "B": None,
        "C": None,
    }
    plan = lots.done("plan", "callup", Stage.INCIDENT, "--json").json
    assert sum(line["count"] for line in plan["lines"]) == 110


def test_a_licence_that_names_only_a_month_holds_to_its_end(desk: Officer) -> None:
    desk.done("equipment", "set", Stage.BIG, "licence=吊装")
    desk.add(
        "member", "name=李四", f"team={Stage.DRAINERS}", "qualification=吊装", "qualification_until=2026-07"
    )
    order = desk.issue(*FOR, "--equipment", Stage.BIG)
    desk.done("callup", "cancel", order)
    desk.at("2026-08-01T08:00:00+08:00")
    assert "ran out" in desk.refused(1, "callup", "issue", *FOR, "--equipment", Stage.BIG)


def test_what_runs_out_within_a_time_is_told_by_the_last_day_it_may_mean(lots: Officer) -> None:
    lots.done("reserve", "set", f"{Stage.DEPOT}/ready-food/C", "expires=2026-08")

    def runs_out(within: str) -> list[str]:
        return [id_[-1] for id_ in lots.ids("reserve", "gaps", "--within", within)]

    assert runs_out("10d") == ["A", "B"]
    assert runs_out("31d") == ["A", "B", "C"]
