"""The screens that a key opens: each with its id, its key, its label, and how it is made.

A screen module is imported when it is first opened; a new screen is one line here, or comes from a
plugin (docs/plugins.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from emergency.store.text import cells
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.tui.screens import DutyScreen


class Place(NamedTuple):
    """A screen that a key, or the palette alone, opens."""

    id: str
    #: A digit, or of a plugin's screen a function key; "" where only the palette opens it.
    key: str
    label: str
    factory: Callable[[], DutyScreen]
    #: The command line that tells the same, without `emergency`.
    command: tuple[str, ...] = ()
    #: A shorter label, for a line of tabs that has too little room for all.
    short: str = ""


def _board() -> DutyScreen:
    from emergency.tui.board import BoardScreen

    return BoardScreen()


def _callups() -> DutyScreen:
    from emergency.tui.callups import CallupsScreen

    return CallupsScreen()


def _register(noun: str) -> Callable[[], DutyScreen]:
    def made() -> DutyScreen:
        from emergency.tui.registers import RegisterScreen

        return RegisterScreen(noun)

    return made


def _journal() -> DutyScreen:
    from emergency.tui.logbook import JournalScreen

    return JournalScreen()


def _conflicts() -> DutyScreen:
    from emergency.tui.conflicts import ConflictScreen

    return ConflictScreen()


def _sync() -> DutyScreen:
    from emergency.tui.sync import SyncScreen

    return SyncScreen()


def _alerts() -> DutyScreen:
    from emergency.tui.alerts import AlertsScreen

    return AlertsScreen()


def _map() -> DutyScreen:
    from emergency.tui.mapscreen import MapScreen

    return MapScreen()


def _charts() -> DutyScreen:
    from emergency.tui.chartscreen import ChartScreen

    return ChartScreen()


def _seasons() -> DutyScreen:
    from emergency.tui.seasons import SeasonsScreen

    return SeasonsScreen()


def _standards() -> DutyScreen:
    from emergency.tui.standards import StandardsScreen

    return StandardsScreen()


def _readiness() -> DutyScreen:
    from emergency.tui.readying import ReadinessScreen

    return ReadinessScreen()


def _recovery() -> DutyScreen:
    from emergency.tui.recovery import RecoveryScreen

    return RecoveryScreen()


def _expiring() -> DutyScreen:
    from emergency.tui.expiring import ExpiringScreen

    return ExpiringScreen()


def _plan() -> DutyScreen:
    from emergency.tui.plandesk import PlanDesk

    return PlanDesk()


def places() -> tuple[Place, ...]:
    """The program's own, in the order of their keys, in the language spoken."""
    return (
        Place("board", "1", _("Board"), _board, ("board",)),
        Place("incidents", "2", _("Incidents"), _register("incident"), ("incident", "list")),
        Place("callups", "3", _("Call-ups"), _callups, ("callup", "list", "--open")),
        Place("teams", "4", _("Teams"), _register("team"), ("team", "list")),
        Place("equipment", "5", _("Equipment"), _register("equipment"), ("equipment", "list"), _("Gear")),
        Place("reserves", "6", _("Reserves"), _register("reserve"), ("reserve", "list")),
        Place("plan", "7", _("Plan desk"), _plan, ("plan", "callup", "INCIDENT"), _("Plan")),
        Place("journal", "8", _("Journal"), _journal, ("journal", "log"), _("Log")),
        Place("conflicts", "9", _("Conflicts"), _conflicts, ("conflict", "list")),
        Place("alerts", "", _("Alerts"), _alerts, ("alert", "list", "--standing")),
        Place("map", "", _("Map"), _map, ("board",)),
        Place("charts", "", _("Charts"), _charts, ("chart", "readiness")),
        Place("items", "", _("Items"), _register("item"), ("item", "list")),
        Place("members", "", _("Members"), _register("member"), ("member", "list")),
        Place("depots", "", _("Depots"), _register("depot"), ("depot", "list")),
        Place("officers", "", _("Officers"), _register("officer"), ("officer", "list")),
        Place("duties", "", _("Duty roster"), _register("duty"), ("duty", "list")),
        Place("expiring", "", _("Runs out"), _expiring, ("expiring",)),
        Place("needs", "", _("Needs"), _register("need"), ("need", "list")),
        Place("standards", "", _("Standards"), _standards, ("standard", "audit")),
        Place("readiness", "", _("Readiness"), _readiness, ("team", "readiness")),
        Place("recovery", "", _("Recovery"), _recovery, ("recovery", "progress")),
        Place("losses", "", _("Losses"), _register("loss"), ("loss", "list")),
        Place("seasons", "", _("Seasons"), _seasons, ("season", "list")),
        Place("tasks", "", _("Preparation tasks"), _register("task"), ("task", "list")),
        Place("keyareas", "", _("Key areas"), _register("keyarea"), ("keyarea", "list")),
        Place("sites", "", _("Staging sites"), _register("site"), ("site", "list")),
        Place("sync", "0", _("Sync"), _sync, ("sync", "status")),
    )


def tabs(shown: Sequence[Place], here: str, room: int) -> list[tuple[str, bool]]:
    """The line of tabs, as (text, whether it is this screen's): cut to the room, no key is ever lost.

    With little room first the gaps go, then shorter labels come, the fewest that are enough, then the ends of
    the longest go; this screen's label last.
    """
    keyed = [place for place in shown if place.key]
    labels = {place.id: place.label for place in keyed}
    gap = " " if sum(cells(label) + 4 for label in labels.values()) <= room else ""

    def total() -> int:
        return sum(1 + len(place.key) + 2 * len(gap) + cells(labels[place.id]) for place in keyed) - 1

    for place in sorted((p for p in keyed if p.short), key=lambda p: cells(p.short) - cells(p.label)):
        if total() > room:
            labels[place.id] = place.short
    while keyed and total() > room:
        others = [i for i, label in labels.items() if label and i != here] or [here]
        longest = max(others, key=lambda i: cells(labels[i]))
        if not labels[longest]:
            break
        labels[longest] = labels[longest][:-1]
    out = [(f"{place.key.upper()}{gap}{labels[place.id]}", place.id == here) for place in keyed]
    return [(text + " " * (1 + len(gap)), current) for text, current in out]
