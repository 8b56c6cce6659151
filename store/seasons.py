"""Season plans as of a day: when their window is, and what must be in place by when (row G2)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from emergency.store import times
from emergency.store.errors import EmergencyError, NoSuchRecord
from emergency.store.records.season import HAZARDS
from emergency.store.records.types import Date
from emergency.store.store import Store
from emergency.store.text import fold_width

Day = datetime.date


class Window(NamedTuple):
    """The window of a season that runs on a day, else the next one, else the last."""

    begin: Day
    #: Its last day.
    end: Day
    #: `running`, `ahead` or `over`.
    state: str
    #: Days until it begins, until it ends (0 on its last day), or since it ended.
    days: int
    #: The last day of the window before it, where it comes every year.
    before: Day | None


class Task(NamedTuple):
    """What must be in place for a window."""

    row: dict[str, Any]
    due: Day
    #: `done`, `overdue` or `open`.
    state: str
    #: Days left, less than nothing where it is overdue.
    days: int


def today(store: Store) -> Day:
    """The day it is in Beijing, or was when the store is read as of."""
    at = times.now() if store.as_of is None else store.as_of
    return Day.fromisoformat(times.format_time(at)[:10])


def window(season: Mapping[str, Any], day: Day) -> Window | None:
    """The window of a season plan as of a day; None of one whose days are not known here yet."""
    begin, end = season["begin"], season["end"]
    if not (begin and end):
        return None
    if len(begin) == 10 or len(end) == 10:
        first, last = _on(begin, day.year), _on(end, day.year)
        return _as_of(first, max(first, last), day, None)
    spans = []
    for year in range(day.year - 2, day.year + 3):
        first = _on(begin, year)
        last = _on(end, year if end >= begin else year + 1)
        spans.append((first, last))
    at = next(i for i, (_first, last) in enumerate(spans) if last >= day)
    return _as_of(*spans[at], day, spans[at - 1][1])


def tasks(store: Store, season: Mapping[str, Any], day: Day) -> list[Task]:
    """The checklist of a season's window, the earliest due first; of those whose days are known.

    What is due every year counts as done when it was done since the window before. A day that is still to come,
    as another station may have written, counts from that day on.
    """
    now = window(season, day)
    if now is None:
        return []
    out = []
    rows = store.rows(
        "SELECT * FROM task WHERE season=? AND by IS NOT NULL AND retired IS NULL ORDER BY length(id), id",
        (season["id"],),
    )
    for row in rows:
        due = _due(str(row["by"]), now)
        done = row["done"] and _last_day(str(row["done"]))
        since = now.before if len(str(row["by"])) == 5 else None
        said = str(row["done"] or "")
        kept = done and said <= str(day)[: len(said)] and (since is None or done > since)
        state = "done" if kept else "overdue" if due < day else "open"
        out.append(Task(row, due, state, (due - day).days))
    return sorted(out, key=lambda t: (t.due, len(t.row["id"]), t.row["id"]))


def hazards(season: Mapping[str, Any]) -> list[str]:
    """The scenarios that a season is about."""
    return parted(season["hazards"]) or list(HAZARDS.get(str(season["kind"]), ()))


def areas(store: Store, season: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The key areas that count in a season: those that name it, and of the others those with a hazard of it.

    A season without hazards, such as a major event, has only those that name it.
    """
    about = {_scenario(store, h) for h in hazards(season)}
    out = []
    for row in store.rows("SELECT * FROM keyarea WHERE retired IS NULL ORDER BY length(id), id"):
        named = parted(row["seasons"])
        if named:
            counts = any(_season(store, text) == season["id"] for text in named)
        else:
            counts = any(_scenario(store, text) in about for text in parted(row["hazards"]))
        if counts:
            out.append(row)
    return out


def unknown(store: Store, kind: str, words: Iterable[str]) -> dict[str, str]:
    """{word: what to do instead} of the words that name no record of a kind."""
    out = {}
    for word in words:
        try:
            store.find(kind, word)
        except NoSuchRecord as error:
            out[word] = error.hint
    return out


def parted(text: object) -> list[str]:
    """The words of a list in one text: parted by ; , 、 or blanks' full-width kin."""
    return [w.strip() for w in re.split(r"[;；,，、|]", fold_width(str(text or ""))) if w.strip()]


def _season(store: Store, text: str) -> str:
    try:
        return store.find("season", text)
    except EmergencyError:
        return text


def _scenario(store: Store, text: str) -> str:
    try:
        return store.find("scenario", text)
    except EmergencyError:
        return text


def _as_of(begin: Day, end: Day, day: Day, before: Day | None) -> Window:
    if day < begin:
        return Window(begin, end, "ahead", (begin - day).days, before)
    if day > end:
        return Window(begin, end, "over", (day - end).days, before)
    return Window(begin, end, "running", (end - day).days, before)


def _due(text: str, now: Window) -> Day:
    """The day meant by a deadline: of every year, the last such day before the window ends."""
    if len(text) == 10:
        return _on(text, 0)
    due = _on(text, now.end.year)
    # A calendar has no year before its first.
    return due if due <= now.end or now.end.year == 1 else _on(text, now.end.year - 1)


def _on(text: str, year: int) -> Day:
    """A day of a year, or of the year that it names; 29 February is the 28th where there is none."""
    return _day(int(text[:4]) if len(text) == 10 else year, int(text[-5:-3]), int(text[-2:]))


def _day(year: int, month: int, day: int) -> Day:
    """The day, or the last before it that there is."""
    year = min(max(year, datetime.MINYEAR), datetime.MAXYEAR)
    while day > 28:
        try:
            return Day(year, month, day)
        except ValueError:
            day -= 1
    return Day(year, month, day)


def _last_day(text: str) -> Day | None:
    try:
        return Day.fromisoformat(text) if len(text) == 10 else _until(text)
    except ValueError:
        return None


def _until(text: str) -> Day:
    """The last day that a month or a year may mean."""
    whole = Date.last_day(text)
    return _day(int(whole[:4]), int(whole[5:7]), int(whole[8:]))
