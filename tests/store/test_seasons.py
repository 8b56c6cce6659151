"""Season plans: which window is meant on a day, and what is due or overdue for it."""

from __future__ import annotations

import datetime
import pathlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.commands import run
from emergency.store import seasons
from emergency.store.errors import InvalidValue
from emergency.store.records.season import DayOfYear
from emergency.store.store import Store

Day = datetime.date
FLOOD = {"begin": "06-01", "end": "09-15", "kind": "flood", "hazards": None}
FIRE = {"begin": "11-01", "end": "05-31", "kind": "fire", "hazards": None}
EVENT = {"begin": "2026-09-25", "end": "2026-10-08", "kind": "event", "hazards": None}


@pytest.mark.parametrize(
    ("season", "day", "state", "days", "begin"),
    [
        (FLOOD, "2026-05-31", "ahead", 1, "2026-06-01"),
        (FLOOD, "2026-06-01", "running", 106, "2026-06-01"),
        (FLOOD, "2026-09-15", "running", 0, "2026-06-01"),
        (FLOOD, "2026-09-16", "ahead", 258, "2027-06-01"),
        (FIRE, "2026-12-31", "running", 151, "2026-11-01"),
        (FIRE, "2026-01-01", "running", 150, "2025-11-01"),
        (FIRE, "2026-06-01", "ahead", 153, "2026-11-01"),
        (EVENT, "2026-09-24", "ahead", 1, "2026-09-25"),
        (EVENT, "2026-10-09", "over", 1, "2026-09-25"),
    ],
)
def test_the_window_is_that_which_runs_or_comes_next(
    season: dict[str, str], day: str, state: str, days: int, begin: str
) -> None:
    now = seasons.window(season, Day.fromisoformat(day))
    assert now is not None
    assert (now.state, now.days, str(now.begin)) == (state, days, begin)


def _every_year() -> st.SearchStrategy[str]:
    return st.dates(Day(2024, 1, 1), Day(2024, 12, 31)).map(lambda d: d.isoformat()[5:])


@given(_every_year(), _every_year(), st.dates(Day(1990, 1, 1), Day(2100, 1, 1)))
def test_a_yearly_window_is_never_over_and_never_a_year_away(begin: str, end: str, day: Day) -> None:
    now = seasons.window({"begin": begin, "end": end}, day)
    assert now.state in ("running", "ahead")
    assert now.begin <= now.end and day <= now.end
    assert (now.state == "running") == (now.begin <= day)
    assert 0 <= now.days <= 366
    assert now.before is not None and now.before < day


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("06-01", "06-01"), ("6月1日", "06-01"), ("每年6月1日", "06-01"), ("2026-06-01", "2026-06-01"), ("02-29", "02-29"),
     ("２０２６年６月１日", "2026-06-01"), ("6/1", "06-01"), ("", None)],
)  # fmt: skip
def test_days_of_every_year_and_of_one_are_read(typed: str, kept: str | None) -> None:
    assert DayOfYear().parse(typed) == kept


@pytest.mark.parametrize("typed", ["13-01", "02-30", "2026-06", "summer", "6", "0-0", "2026-02-30"])
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(InvalidValue):
        DayOfYear().parse(typed)


@pytest.fixture
def store(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("EMERGENCY_NOW", "2026-05-20T08:00:00+08:00")
    path = str(tmp_path / "s.db")
    assert run(["--store", path, "init", "--station", "BJ", "--region", "110000", "--name", "t"]) == 0
    with Store(path) as store:
        yield store


def test_what_was_done_for_the_window_before_is_due_again(store: Store) -> None:
    with store.write("x") as writer:
        season = writer.new("season", {"name": "汛期", "kind": "flood", "begin": "06-01", "end": "09-15"})
        for what, by, done in (
            ("late", "05-15", None),
            ("last year's", "05-15", "2025-05-10"),
            ("done", "05-15", "2026-05-18"),
            ("done in a month", "05-25", "2026-04"),
            ("done this month", "05-25", "2026-05"),
            ("to come", "05-31", None),
            ("once", "2026-05-21", None),
        ):
            writer.new("task", {"season": season, "what": what, "by": by, "done": done})
    row = store.row("season", season)
    assert row is not None
    told = {t.row["what"]: (t.state, str(t.due), t.days) for t in seasons.tasks(store, row, Day(2026, 5, 20))}
    assert told == {
        "late": ("overdue", "2026-05-15", -5),
        "last year's": ("overdue", "2026-05-15", -5),
        "done": ("done", "2026-05-15", -5),
        "done in a month": ("done", "2026-05-25", 5),
        "done this month": ("done", "2026-05-25", 5),
        "to come": ("open", "2026-05-31", 11),
        "once": ("open", "2026-05-21", 1),
    }


def test_a_day_to_come_that_another_wrote_counts_from_that_day_on(store: Store) -> None:
    with store.write("x") as writer:
        season = writer.new("season", {"name": "汛期", "kind": "flood", "begin": "06-01", "end": "09-15"})
        writer.fact(
            ["new", "task", "BJ-9", {"season": season, "what": "x", "by": "05-25", "done": "2026-05-22"}]
        )
    row = store.row("season", season)
    assert row is not None
    told = {day: seasons.tasks(store, row, Day(2026, 5, day))[0].state for day in (20, 21, 22, 26)}
    assert told == {20: "open", 21: "open", 22: "done", 26: "done"}


def test_an_area_counts_by_its_seasons_else_by_its_hazards(store: Store) -> None:
    with store.write("x") as writer:
        flood = writer.new("season", {"name": "汛期", "kind": "flood", "begin": "06-01", "end": "09-15"})
        event = writer.new("season", {"name": "会议", "kind": "event", "begin": "09-01", "end": "09-15"})
        for name, hazards, named in (
            ("by hazard", "洪水灾害；forest-fire", None),
            ("other hazard", "forest-fire", None),
            ("named", None, f"会议、{flood}"),
            ("only the event", "flood", "会议"),
            ("nothing said", None, None),
        ):
            writer.new("keyarea", {"name": name, "hazards": hazards, "seasons": named})

    def counted(season: str) -> list[str]:
        row = store.row("season", season)
        assert row is not None
        return [a["name"] for a in seasons.areas(store, row)]

    assert counted(flood) == ["by hazard", "named"]
    assert counted(event) == ["named", "only the event"]


#: Whatever another station may state and the type lets through: no such day, no such year, half a window.
STATED = st.one_of(
    st.none(),
    st.builds("{:02}-{:02}".format, st.integers(1, 12), st.integers(1, 28)),
    st.builds("{:04}-{:02}-{:02}".format, st.sampled_from((0, 1, 2025, 2026, 9999)), st.integers(1, 12), st.integers(1, 28)),
    st.sampled_from(("02-29", "2026-02-29", "0000-02-29", "9999-12-31", "0001-01-01")),
)  # fmt: skip


@given(STATED, STATED, st.dates(Day(2020, 1, 1), Day(2030, 12, 31)))
def test_a_window_of_any_stated_days_is_one_or_is_not_known(
    begin: str | None, end: str | None, day: Day
) -> None:
    now = seasons.window({"begin": begin, "end": end}, day)
    assert (now is None) == (begin is None or end is None)
    if now is not None:
        assert now.begin <= now.end and now.state in ("running", "ahead", "over") and now.days >= 0


@given(
    STATED,
    STATED,
    STATED,
    st.one_of(st.none(), st.from_regex(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", fullmatch=True)),
)
def test_a_checklist_bears_whatever_was_stated(
    begin: str | None, end: str | None, by: str | None, done: str | None
) -> None:
    season = {"id": "FT-2", "begin": begin, "end": end}
    today = Day(2026, 7, 31)
    found = seasons.tasks(_OneTask(by, done), season, today)  # type: ignore[arg-type]
    assert len(found) == (by is not None and None not in (begin, end))
    for task in found:
        assert (task.state == "overdue") == (task.days < 0 and task.state != "done")
        assert done is not None or task.state != "done"
        assert task.due + datetime.timedelta(days=-task.days) == today


class _OneTask:
    """Stands in for a store whose one task states what no form would let in."""

    def __init__(self, by: str | None, done: str | None) -> None:
        self._by, self._done = by, done

    def rows(self, _sql: str, _values: object) -> list[dict[str, object]]:
        return [{"id": "FT-1", "by": self._by, "done": self._done}] if self._by is not None else []
