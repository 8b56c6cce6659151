"""A season in rows: its window, the key areas that count in it, and its checklist, each line opening its record."""

from __future__ import annotations

from typing import Any, NamedTuple

from emergency.store import seasons, seasonwords, staging
from emergency.store.errors import NoSuchRecord
from emergency.store.records import BY_NAME, RECORDS
from emergency.store.showing import drilled
from emergency.store.store import Store
from emergency.store.words import _, added, listed
from emergency.tui.panel import Column, Row, Target, heading
from emergency.tui.rows import SAMPLE
from emergency.tui.style import mark

#: So many key areas are named, those that count most first.
MOST_AREAS = 200
_TONES = {"done": "good", "overdue": "late", "open": "wait"}


class Checklist(NamedTuple):
    """What must be in place for a season, and how far it is."""

    title: str
    rows: tuple[Row, ...]
    #: {task: `done`, `overdue` or `open`}
    states: dict[str, str]


def columns() -> tuple[Column, ...]:
    """Of a checklist, in the language spoken."""
    fields = BY_NAME["task"]
    return (
        Column(), Column(fields["by"].label), Column(fields["what"].label, least=12),
        Column(fields["owner"].label, least=6, optional=True), Column(_("how it stands"), least=6),
    )  # fmt: skip


def checklist(store: Store, row: dict[str, Any]) -> Checklist:
    """A season's checklist as of the day, the earliest due first."""
    tasks = seasons.tasks(store, row, seasons.today(store))
    rows = []
    for task in tasks:
        tone, sample = _TONES[task.state], SAMPLE if task.row["sample"] else ""
        cells = (
            mark(tone), str(task.due), f"{task.row['what'] or ''}{sample}", str(task.row["owner"] or ""),
            seasonwords.standing(task),
        )  # fmt: skip
        shown = {"good": "dim", "late": "late"}.get(tone, "")
        rows.append(Row(cells, shown, Target("task", task.row["id"])))
    title = _("Checklist: {season}").format(season=f"{row['id']} {row['name'] or ''}")
    title = added(title, seasonwords.progress(tasks))
    return Checklist(title, tuple(rows), {task.row["id"]: task.state for task in tasks})


def about(store: Store, row: dict[str, Any]) -> list[Row]:
    """When its window is, what it is about, and the key areas that count in it."""
    window = seasons.window(row, seasons.today(store))
    hazards = listed(seasonwords.scenario(store, h) for h in seasons.hazards(row))
    rows = [
        Row(("", _("Window"), seasonwords.span(window))),
        Row(("", _("Hazards"), hazards or "-")),
    ]
    areas = sorted(seasons.areas(store, row), key=lambda a: (-staging.weight(a), len(a["id"]), a["id"]))
    rows.append(Row(("", _("Key areas"), str(len(areas))), "head"))
    for area in areas[:MOST_AREAS]:
        sample = SAMPLE if area["sample"] else ""
        words = _("weight {weight:g}").format(weight=staging.weight(area))
        rows.append(
            Row(
                ("", area["id"] + sample, f"{area['name'] or ''}  {words}"), "", Target("keyarea", area["id"])
            )
        )
    if len(areas) > MOST_AREAS:
        rows.append(Row(("", "", _("and {n} more").format(n=len(areas) - MOST_AREAS)), "dim"))
    return rows


def told(store: Store, target: Target, fields: list[Row]) -> tuple[str, tuple[Row, ...]]:
    """(title, rows) of a season in full, `fields` being those of its record. Raises NoSuchRecord."""
    row = store.row("season", target.id)
    if row is None:
        raise NoSuchRecord(_("no {record} {id}").format(record=RECORDS["season"].label, id=target.id))
    found = checklist(store, row)
    due = [
        Row((line.cells[0], line.cells[1], "  ".join(filter(None, line.cells[2:]))), line.tone, line.target)
        for line in found.rows
    ]
    rows = [*fields, *about(store, row), heading(_("Checklist")), *due]
    if not due:
        rows.append(
            Row(("", "", _("nothing is on it: emergency task add season={id}").format(id=target.id)), "dim")
        )
    return drilled(row, f"{RECORDS['season'].label} {target.id}"), tuple(rows)
