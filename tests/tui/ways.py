"""The way to each screen that stands behind another: a store, a place, and the keys a person presses there."""

from __future__ import annotations

import pathlib
from typing import NamedTuple

from emergency.tui.filterbar import FilterBar
from emergency.tui.tablescreen import TableScreen

from . import walk
from .screen import Duty
from .warned import DRILL, STORM, TRIAL

#: Files that ways read, in the folder the program stands in: a path that is typed is short, and the same everywhere.
FILES = {
    "orders.csv": "ref,incident,team,equipment,people,report_to\n"
    "A1,BJ-226,BJ-6,,12,大石河\nA2,BJ-226,BJ-1,,500,大石河\nA3,BJ-226,nobody,,4,\n",
    "teams.csv": "队伍名称,所属区,人数,值班电话,颜色\n"
    "丰台排水二队（样例）,丰台区,12,010-12345678,红\n房山排水二队（样例）,房山区,十,,蓝\n",
    "w.xml": f"<alerts>{STORM}{DRILL}{TRIAL.replace('2026-07-31', '2026-77-31')}</alerts>",
    "s.toml": '[standard]\ncode = "SAMPLE-S"\nversion = "2"\nname = "防汛队伍（样例）"\nsample = true\n'
    '[types]\n"防汛排水抢险" = []\n'
    '[[line]]\ntype = "防汛排水抢险"\nitem = "people"\nquantity = 20\n'
    '[[line]]\ntype = "防汛排水抢险"\nclass = "rescue"\nitem = "pump-truck"\nquantity = 2\nspec = "drainage>=1500m3/h; 带照明"\n',
}


class Way(NamedTuple):
    """Where it begins, and the keys; a store by the name of its fixture."""

    place: str
    keys: tuple[str, ...]
    store: str = "demo"
    #: How the screen on top is called.
    screen: str = "DetailsScreen"


#: {picture: its way}. Of one store they are walked one after the other: those that write stand last.
WAYS = {
    # Records.
    "team": Way("teams", ("enter",), screen="RecordScreen"),
    "team-history": Way("teams", ("h",), screen="RecordScreen"),
    "team-gaps": Way("teams", ("%",)),
    "team-readiness": Way("readiness", ("enter",), screen="RecordScreen"),
    "incident": Way("incidents", ("enter",), screen="RecordScreen"),
    "reserve": Way("reserves", ("enter",), screen="RecordScreen"),
    "recovery-plan": Way("recovery", ("enter",), screen="RecordScreen"),
    "season": Way("seasons", ("enter",), screen="RecordScreen"),
    "standard": Way("standards", ("[", "enter"), screen="RecordScreen"),
    "line": Way("board", ("enter",), screen="LineScreen"),
    "entry": Way("journal", ("down",) * 16 + ("enter",), screen="RecordScreen"),
    "conflict": Way("conflicts", ("enter",), screen="RecordScreen"),
    # Lists in other ways.
    "past": Way("teams", ("t", *"07:30", "enter"), screen="RegisterScreen"),
    "past-question": Way("teams", ("t",), screen="RegisterScreen"),
    "filtered": Way("teams", ("/", *"type:排水 丰台", "enter"), screen="RegisterScreen"),
    "marked": Way("teams", ("space", "space"), screen="RegisterScreen"),
    "standards-gaps": Way("standards", ("]",), screen="StandardsScreen"),
    "standards-types": Way("standards", ("]",) * 2, screen="StandardsScreen"),
    "standards-regions": Way("standards", ("]",) * 3, screen="StandardsScreen"),
    "standards-classes": Way("standards", ("]",) * 4, screen="StandardsScreen"),
    "standards-versions": Way("standards", ("[",), screen="StandardsScreen"),
    "readiness-second": Way("readiness", ("]",), screen="ReadinessScreen"),
    "what-if": Way("standards", ("[", "~", *"SAMPLE-BJ@1", "enter"), screen="WhatIf"),
    "chart-second": Way("charts", ("n",), screen="ChartScreen"),
    "chart-third": Way("charts", ("n",) * 2, screen="ChartScreen"),
    # The program.
    "help-board": Way("board", ("?",), screen="HelpScreen"),
    "help-teams": Way("teams", ("?",), screen="HelpScreen"),
    "help-page": Way("board", ("f1",), screen="HelpPage"),
    "palette-all": Way("board", (":",), screen="BoardScreen"),
    "palette-found": Way("board", (":", *"fsfx"), screen="BoardScreen"),
    # The board stays at the list that the keys went to.
    "region": Way("board", ("tab", "tab", "tab", "down", "enter")),
    # What is asked.
    "form-new": Way("teams", ("n",), screen="FormScreen"),
    "form-change": Way("reserves", ("e",), screen="FormScreen"),
    "question": Way("callups", ("a",), screen="CallupsScreen"),
    "question-confirm": Way("callups", ("X", *"误下", "enter", "f2"), screen="CallupsScreen"),
    "export": Way("teams", ("E",), screen="RegisterScreen"),
    "import": Way("teams", ("I", *"teams.csv", "enter"), screen="PreviewScreen"),
    "import-alerts": Way("alerts", ("I", *"w.xml", "enter"), screen="PreviewScreen"),
    "import-standard": Way("standards", ("I", *"s.toml", "enter"), screen="PreviewScreen"),
    "import-bundle": Way("sync", ("E", "b", "enter", *"open", "enter", "I", "b", "enter"), screen="PreviewScreen"),
    "season-plan": Way("seasons", ("@", "f2"), screen="StagingScreen"),
    # The order desk.
    "candidates": Way("incidents", ("o",), screen="CandidatesScreen"),
    "candidates-marked": Way("incidents", ("o", "tab", "space", "down", "space"), screen="CandidatesScreen"),
    "order": Way("incidents", ("o", "o"), screen="OrderScreen"),
    "gate": Way("incidents", ("i",), screen="GateScreen"),
    "batch": Way("board", ("B",), screen="BatchScreen"),
    "batch-preview": Way("board", ("B", *"orders.csv", "enter"), screen="BatchScreen"),
    # The plan desk.
    "plan-why": Way("plan", ("enter",), "flood", "WhyScreen"),
    "plan-options": Way("plan", ("e",), "flood", "PlanDesk"),
    "plan-drafts": Way("plan", ("f2",), "flood", "PlanDesk"),
    # What stands against each other.
    "conflict-sides": Way("conflicts", (), "busy", "ConflictScreen"),
    "conflict-record": Way("conflicts", ("enter",), "busy", "RecordScreen"),
    "conflict-decide": Way("conflicts", ("K",), "busy", "ConflictScreen"),
    # These write.
    "import-done": Way("teams", ("I", *"teams.csv", "enter", "f2"), screen="PreviewScreen"),
    "gate-scanned": Way("incidents", ("i", "1", "enter", *"NOPE", "enter"), screen="GateScreen"),
    "batch-result": Way("board", ("B", *"orders.csv", "enter", "f2", "y"), screen="BatchScreen"),
    "many-result": Way("callups", ("*", "a", "f2", "y"), screen="ResultScreen"),
}  # fmt: skip


def stored(folder: pathlib.Path) -> None:
    """Put the files there that ways read."""
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")


async def gone(duty: Duty, way: Way) -> str:
    """The screen at the end of a way, without what was said beside it."""
    await walk.opened(duty, way.place)
    await walk.pressed(duty, *way.keys)
    return await walk.quiet(duty)


async def back(duty: Duty) -> None:
    """No question is open, and no list is narrowed or marked, so that the next way begins as if it were the first."""
    screen = duty.app.screen
    while walk.typing(duty) and duty.app.screen is screen:
        await walk.pressed(duty, "escape")
    if isinstance(duty.app.screen, TableScreen):
        if duty.app.screen.query_one("#filter", FilterBar).value:
            await walk.pressed(duty, "escape")
        await walk.pressed(duty, "u", "home")
