"""How things stood over time: each chart ends where the board stands, and what came late counts from when it was."""

from __future__ import annotations

import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store import series, times
from emergency.store.board import gather
from emergency.store.errors import InvalidValue, NoSuchRecord
from emergency.store.stepping import take
from emergency.store.store import Store
from tests.tui import stage

AT, HOUR = stage.AT, times.HOUR


@pytest.fixture
def path(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EMERGENCY_NOW", stage.NOW)
    monkeypatch.delenv("EMERGENCY_STALE_AFTER", raising=False)
    return stage.busy(tmp_path)


def values(chart: series.Chart) -> dict[str, tuple[int, ...]]:
    return {s.key: s.values for s in chart.series}


def test_readiness_ends_as_the_board_has_it(path: str) -> None:
    with Store(path) as store:
        chart = series.readiness(store, series.period(store, None))
        assert {s.key: s.values[-1] for s in chart.series} == gather(store).standings


def test_a_report_counts_until_it_is_stale(path: str) -> None:
    at = tuple(AT - ago * HOUR for ago in (14, 13, 2, 1))
    with Store(path) as store:
        found = values(series.readiness(store, at))
    # FT-2 reported thirteen hours ago, FT-3 two and FT-1 one.
    assert found["ready"] == (0, 1, 1, 1)
    assert found["stale"] == (0, 0, 0, 1)
    assert found["standby"] == (0, 0, 1, 1)


def test_each_of_several_reports_counts_from_when_it_was_made(path: str) -> None:
    with Store(path) as store, store.write("duty report") as writer:
        writer.set("team", "FT-1", {"readiness": "off", "reported_at": AT - HOUR // 2})
    with Store(path) as store:
        found = values(series.readiness(store, (AT - HOUR, AT - HOUR // 2, AT)))
    assert found["ready"] == (1, 0, 0)
    assert found["off"] == (1, 2, 2)


def test_readiness_can_be_of_one_region(path: str) -> None:
    with Store(path) as store:
        found = values(series.readiness(store, (AT - HOUR, AT), "110108"))
    assert sum(v[-1] for v in found.values()) == 2


def test_deployment_ends_with_the_open_lines_of_the_board(path: str) -> None:
    with Store(path) as store:
        chart = series.deployment(store, series.period(store, None))
        states = gather(store).states
    assert {s.key: s.values[-1] for s in chart.series} == {
        "asked": states["issued"], "accepted": states["accepted"], "en_route": 0,
        "on_scene": states["on_scene"], "released": 0,
    }  # fmt: skip


def test_a_line_is_counted_from_step_to_step_and_no_longer_than_it_is_open(path: str) -> None:
    with Store(path) as store, store.write("callup cancel") as writer:
        take(writer, "FT-20", "cancel", AT - times.MINUTE)
    with Store(path) as store:
        found = values(
            series.deployment(store, (AT - HOUR, AT - 5 * times.MINUTE, AT - times.MINUTE), "FT-11")
        )
    assert found["asked"] == (0, 1, 0)


def test_a_line_that_a_person_settled_is_open_no_longer(path: str) -> None:
    with Store(path) as store, store.write("conflict resolve") as writer:
        writer.settle(["FT-21/1", "HD-1/1"], "FT-21/1")
    with Store(path) as store:
        chart = series.deployment(store, series.period(store, None))
        assert values(chart)["asked"][-1] == gather(store).states["issued"]


@pytest.fixture
def stocked(path: str) -> str:
    """Sandbags at a depot: 100 counted, 30 out, 10 in, each an hour after the other."""
    with Store(path) as store, store.write("reserve") as writer:
        writer.new("depot", {"name": "丰台库"}, "FT-90")
        writer.new("reserve", {"depot": "FT-90", "item": "sandbag", "form": "physical"}, "FT-90/sandbag")
        writer.flush()
        writer.count("FT-90/sandbag", 100_000, at=AT - 3 * HOUR)
        writer.flush()
        writer.move("FT-90/sandbag", -30_000, reason="x", at=AT - 2 * HOUR)
        writer.move("FT-90/sandbag", 10_000, reason="x", at=AT - HOUR)
    return path


def test_stock_follows_the_ledger_and_ends_at_what_is_there(stocked: str) -> None:
    at = tuple(AT - ago * HOUR for ago in (4, 3, 2, 1, 0))
    with Store(stocked) as store:
        chart = series.stock_of(store, "FT-90/sandbag", at)
        row = store.row("reserve", "FT-90/sandbag") or {}
    assert values(chart) == {"physical": (0, 100_000, 70_000, 80_000, 80_000)}
    assert row["quantity"] == 80_000
    assert chart.shown(80_000) == "80"


def test_an_item_is_charted_in_all_depots_each_form_by_itself(stocked: str) -> None:
    with Store(stocked) as store, store.write("reserve") as writer:
        values_ = {"depot": "FT-90", "item": "sandbag", "form": "agreement"}
        writer.new("reserve", values_, "FT-90/sandbag@agreement")
        writer.flush()
        writer.count("FT-90/sandbag@agreement", 7_000, at=AT - HOUR)
    with Store(stocked) as store:
        found = values(series.stock_of(store, "sandbag", (AT - HOUR, AT)))
    assert found == {"physical": (80_000, 80_000), "agreement": (7_000, 7_000)}


def test_stock_of_nothing_is_no_record(path: str) -> None:
    with Store(path) as store, pytest.raises(NoSuchRecord):
        series.stock_of(store, "nothing", (AT - HOUR, AT))


@given(st.integers(0, 10**13), st.integers(1, 10**11), st.integers(-5, 5000))
def test_moments_go_from_the_first_to_the_last_in_order(since: int, length: int, points: int) -> None:
    at = series.moments(since, since + length, points)
    assert (at[0], at[-1]) == (since, since + length)
    assert list(at) == sorted(at)
    assert 2 <= len(at) <= series.MOST_POINTS


def test_a_chart_of_the_future_is_refused() -> None:
    with pytest.raises(InvalidValue):
        series.moments(AT, AT)
