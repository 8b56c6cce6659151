"""Alerts of every kind over the stage's store, and what a test asks of their screens."""

from __future__ import annotations

import pathlib

from emergency.commands.inside import runner
from emergency.tui.doing import Ran
from emergency.tui.panel import Panel, Target
from emergency.tui.table import Table
from tests.plugins.alert_samples import cap, numbered, reference

from . import walk
from .screen import Duty
from .test_rooms import rows

AREA = (
    "<area><areaDesc>房山区、丰台区</areaDesc><polygon>39.5,115.5 39.9,115.6 39.95,116.2 39.6,116.2 39.5,115.5</polygon>"
    "<geocode><valueName>GB/T 2260</valueName><value>110111</value></geocode>"
    "<geocode><valueName>GB/T 2260</valueName><value>110106</value></geocode></area>"
)
#: What no reader of ours has a field for.
ODD = "<parameter><valueName>河道水位</valueName><value>52.1米</value></parameter>"
STORM = cap(
    identifier="STORM", headline="北京市气象台发布暴雨红色预警", description="第一行。\n第二行。",
    more=ODD + "<instruction>停止户外作业</instruction>", area=AREA,
)  # fmt: skip
WIND = [
    numbered(1, event="大风", headline="北京市气象台发布大风蓝色预警"),
    numbered(
        2, event="大风", headline="北京市气象台发布大风黄色预警", msgType="Update", references=reference(1)
    ),
]
FOG = [
    numbered(3, event="大雾", headline="北京市气象台发布大雾橙色预警"),
    numbered(
        4, event="大雾", headline="北京市气象台解除大雾橙色预警", msgType="Cancel", references=reference(3)
    ),
]
OVER = cap(identifier="OVER", event="雷电", headline="发布雷电黄色预警", expires="2026-07-31T07:00:00+08:00")
DRILL = cap(
    identifier="DRILL", status="Exercise", headline="演练：暴雨橙色预警（样例）", note="样例 SAMPLE", area=AREA
)  # fmt: skip
DRILL = DRILL.replace("<info>", "<note>样例 SAMPLE</note><info>")
TRIAL = cap(identifier="TRIAL", status="Test", headline="测试：暴雨红色预警")
EVERY = (STORM, *WIND, *FOG, OVER, DRILL, TRIAL)


def run(path: str, *words: str) -> Ran:
    """A command line over the store."""
    return runner(["--store", path])(words)


def take(path: str, *alerts: str) -> None:
    """Take alerts in, as another process does."""
    file = pathlib.Path(path).parent / "come.xml"
    file.write_text(f"<alerts>{''.join(alerts)}</alerts>", encoding="utf-8")
    ran = run(path, "alert", "import", str(file))
    assert ran.code == 0, ran


def ids(path: str) -> dict[str, str]:
    """{identifier: id} of all alerts."""
    return {row["identifier"]: id_ for id_, row in rows(path, "alert").items()}


def listed(duty: Duty) -> list[str]:
    """The alerts of the list."""
    return [line.id for line in duty.app.screen.query_one(Table).held.lines]


def told(duty: Duty) -> str:
    """All that the panels of the screen hold, wrapped and cut nowhere."""
    panels = duty.app.screen.query(Panel)
    return "\n".join("  ".join(row.cells) for panel in panels for row in panel._given)


async def filtered(duty: Duty, text: str) -> str:
    """The list through a filter."""
    await walk.pressed(duty, "slash")
    await walk.hurried(duty, *text)
    return await walk.pressed(duty, "enter")


async def chosen(duty: Duty, target: Target) -> None:
    """The cursor of the list that has the keys, on the first line of a record."""
    panel = duty.app.screen.query_one(Panel)
    panel.focus()
    panel.go_to(next(i for i, row in enumerate(panel.rows) if row.target == target))
    await duty.pilot.pause()
