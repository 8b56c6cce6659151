"""What is going on in a made-up store: incidents with their needs, orders under way, and claims made apart."""

from __future__ import annotations

import os
import random
import tempfile
from typing import Any, NamedTuple

from emergency.store import claims, journal, needs, places, times
from emergency.store.asks import Ask
from emergency.store.creating import create
from emergency.store.errors import EmergencyError
from emergency.store.generating.country import County, counties
from emergency.store.generating.registers import Size, Tally, Team
from emergency.store.orders import Desk
from emergency.store.places import Point
from emergency.store.records.types import Point as PointType
from emergency.store.showing import SAMPLE_MARK
from emergency.store.stepping import take
from emergency.store.store import Store
from emergency.store.writer import Writer

#: Things within this of an incident are what its needs are measured by, in metres.
_NEAR = 60_000
#: A need asks for so much of what is at hand round about.
_LEAST, _MOST = 0.02, 0.12


class Happening(NamedTuple):
    """An incident to be made up: where, what, how grave, and whether all provinces are needed for it."""

    county: str
    title: str
    scenario: str
    level: str


#: In the order in which they are used: those of Beijing first, for the city.
HAPPENINGS = (
    Happening("110111", "房山暴雨洪水（样例）", "flood", "II"),
    Happening("110106", "丰台立交桥积水（样例）", "waterlogging", "II"),
    Happening("110109", "门头沟山体滑坡（样例）", "earthquake", "III"),
    Happening("110112", "通州化工仓库泄漏（样例）", "hazmat", "III"),
    Happening("120119", "蓟州山洪（样例）", "flood", "III"),
    Happening("120116", "滨海新区危化品泄漏（样例）", "hazmat", "II"),
    Happening("130681", "涿州洪水（样例）", "flood", "I"),
    Happening("120114", "武清城区内涝（样例）", "waterlogging", "III"),
    Happening("130203", "唐山建筑倒塌（样例）", "earthquake", "II"),
    Happening("130109", "藁城内涝（样例）", "waterlogging", "IV"),
)

#: What each scenario asks for, most wanted first.
WANTED = {
    "flood": ("drainage", "boat", "people", "sandbag", "rubber-boat", "life-jacket", "power", "tent", "quilt",
              "drinking-water", "ready-food", "uav", "satcom-vehicle", "ambulance"),
    "waterlogging": ("drainage", "people", "power", "pump-truck", "sandbag", "boat", "illumination", "diesel",
                     "mobile-pump", "bus", "generator", "geotextile", "command-vehicle", "truck"),
    "earthquake": ("excavator", "people", "crane", "loader", "rescue-truck", "ambulance", "power", "tent", "cot",
                   "quilt", "illumination", "uav", "backpack-station", "drinking-water"),
    "hazmat": ("hazmat-truck", "people", "protective-suit", "breathing-apparatus", "gas-detector", "ambulance",
               "water-relay", "uav", "lighting-tower", "command-vehicle", "bus", "generator", "rescue-truck",
               "blanket"),
}  # fmt: skip
#: Minutes until what is wanted first, and last, must be there.
_FIRST, _LAST = 60, 360


class Opened(NamedTuple):
    """An incident that was opened."""

    id: str
    at: Point
    happening: Happening


def go_on(store: Store, size: Size, seed: int, tally: Tally) -> None:
    """Write the reports of the teams, incidents with their needs, and orders under way: all as of this moment."""
    with store.write("demo reports") as writer:
        writer.keep_written = False
        for team in tally.teams:
            if team.report:
                writer.set("team", team.id, team.report)
    chance = random.Random(f"{size.name}/{seed}/work")
    where = {c.code: c for c in counties(size.where)}
    with store.write("demo incidents") as writer:
        station = store.meta("station")
        writer.set("station", station, {"sample": SAMPLE_MARK})
        opened = [
            _open(writer, chance, h, where[h.county], n) for n, h in enumerate(HAPPENINGS[: size.incidents])
        ]
    with store.write("demo needs") as writer:
        for n, incident in enumerate(opened):
            # Divided evenly; the first have one more where it does not come out.
            many = size.needs // len(opened) + (n < size.needs % len(opened))
            _state(store, writer, chance, incident, many, tally, where)
    ordered = _order(store, chance, size, opened[0], tally)
    _contest(store, sorted(chance.sample(ordered, min(len(ordered), size.contested))))


def _open(writer: Writer, chance: random.Random, happening: Happening, county: County, n: int) -> Opened:
    at = Point(county.at.lat + chance.randint(-40_000, 40_000), county.at.lng + chance.randint(-60_000, 0))
    # The first has been worked on for hours; the others have just been told.
    began = writer.wall - (5 * times.HOUR if n == 0 else chance.randint(5, 50) * times.MINUTE)
    values: dict[str, Any] = {
        "title": happening.title,
        "scenario": happening.scenario,
        "level": happening.level,
        "region": happening.county,
        "place": f"{county.short}（样例地点）",
        "at": PointType.of(at),
        "state": "open",
        "opened_at": began,
        "matter": "样例：编造的事件",
        "period": "48小时",
        "measures": "样例：转移群众、抢险救援",
        "sample": SAMPLE_MARK,
    }
    return Opened(writer.new("incident", values), at, happening)


def _state(
    store: Store,
    writer: Writer,
    chance: random.Random,
    incident: Opened,
    many: int,
    tally: Tally,
    where: dict[str, County],
) -> None:
    """The needs of an incident: shares of what is at hand round it."""
    near = [c.code for c in where.values() if places.distance_m(c.at, incident.at) <= _NEAR]
    wanted = WANTED[incident.happening.scenario][:many]
    for n, what in enumerate(wanted):
        there = sum(tally.at_hand.get(code, {}).get(what, 0) for code in near)
        figure = _round(there * (_LEAST + (_MOST - _LEAST) * chance.random()) / 1000)
        asked = needs.Asked(what, figure * 1000, _unit(store, what))
        minutes = _FIRST + (_LAST - _FIRST) * n // max(1, len(wanted) - 1)
        values = needs.record_values(
            asked,
            incident.id,
            by=writer.wall + minutes * times.MINUTE,
            priority="life" if n == 1 else "urgent" if n < 4 else "normal",
            sample=SAMPLE_MARK,
        )
        writer.new("need", values)


def _round(figure: float) -> int:
    """A figure as a person would say it: two digits that count, at least one."""
    whole = max(1, round(figure))
    step: int = 10 ** max(0, len(str(whole)) - 2)
    return max(1, round(whole / step) * step)


def _unit(store: Store, what: str) -> str:
    if what in ("people", "teams"):
        return ""
    if what in needs.BY_NAME:
        return str(getattr(needs.BY_NAME[what].type, "unit", ""))
    return str((store.row("item", what) or {}).get("unit") or "")


# -- orders under way -------------------------------------------------------------------------------


def _order(store: Store, chance: random.Random, size: Size, incident: Opened, tally: Tally) -> list[str]:
    """Orders for the first incident, given over the last hours and answered in every way; the tags taken."""
    near = sorted(tally.teams, key=lambda t: (_away(t, incident.at), t.id))
    taken: list[str] = []
    orders: list[tuple[str, int]] = []
    now = times.now()
    # Of the nearest not all are asked: a desk leaves some of them for what may come.
    asked = sorted(chance.sample(range(min(len(near), size.orders * 3)), min(len(near), size.orders)))
    with store.write("demo orders", at=now - 3 * times.HOUR) as writer:
        desk = Desk(writer)
        for n, place in enumerate(asked):
            team = near[place]
            at = now - chance.randint(20, 240) * times.MINUTE
            things = tally.large.get(team.id, [])[: chance.randint(1, 3)]
            people = min(chance.randint(4, 12), team.people // 2)
            if not things and not people:
                continue
            ask = Ask(
                incident=incident.id,
                kind="callup",
                team=team.id,
                equipment=tuple(things),
                people=people or None,
                report_to=f"样例集结点{n % 4 + 1}",
                by=at + 90 * times.MINUTE,
                ref=f"SAMPLE-{n + 1:04d}",
            )
            try:
                given = desk.issue(ask, at)
            except EmergencyError:
                # An operator's papers have run out, or its people are off: the desk asks the next.
                continue
            writer.set("callup", given.id, {"sample": SAMPLE_MARK})
            for line in given.lines:
                writer.set("line", line, {"sample": SAMPLE_MARK})
            orders.append((given.id, at))
            taken += things
    _answer(store, chance, orders)
    return taken


def _away(team: Team, at: Point) -> float:
    return places.distance_m(PointType.point(team.at), at)


def _answer(store: Store, chance: random.Random, orders: list[tuple[str, int]]) -> None:
    """What became of the orders: most are on scene or on their way, some have not answered or said no."""
    for steps in (("ack",), ("accept",), ("depart",), ("arrive",)):
        with store.write(f"demo {steps[0]}") as writer:
            for n, (order, at) in enumerate(orders):
                step, later = steps[0], {"ack": 3, "accept": 8, "depart": 20, "arrive": 70}[steps[0]]
                if n % 11 == 7 or (n % 9 == 5 and step != "ack"):
                    if step == "accept" and n % 9 == 5:
                        take(writer, order, "decline", at + 9 * times.MINUTE, note="样例：装备自用")
                    continue
                moment = at + (later + chance.randint(0, 6)) * times.MINUTE
                if moment < writer.wall:
                    with_step = {"channel": chance.choice(("phone", "radio", "beidou"))}
                    take(writer, order, step, moment, **with_step)


# -- claims made apart ------------------------------------------------------------------------------


def _contest(store: Store, tags: list[str]) -> None:
    """A neighbouring station, cut off, has ordered some of the same things (CASES 2)."""
    with tempfile.TemporaryDirectory(prefix="emergency-") as folder:
        path = os.path.join(folder, "neighbour.db")
        create(
            path, station="LF", region="131000", name="廊坊应急值班台（样例）", who="样例值班员 SAMPLE"
        ).close()
        with Store(path, who="样例值班员 SAMPLE") as other:
            with other.write("demo orders") as writer:
                writer.set("station", "LF", {"sample": SAMPLE_MARK})
                _neighbour(writer, tags)
            with Store(path) as read:
                envelopes = [envelope for *_rest, envelope in journal.read(read.connection)]
        store.take(envelopes, "usb")


def _neighbour(writer: Writer, tags: list[str]) -> None:
    incident = writer.new(
        "incident",
        {
            "title": "廊坊河道险情（样例）",
            "scenario": "flood",
            "level": "III",
            "region": "131002",
            "state": "open",
            "opened_at": writer.wall - 2 * times.HOUR,
            "sample": SAMPLE_MARK,
        },
    )
    for tag in tags:
        at = writer.wall - 40 * times.MINUTE
        values: dict[str, Any] = {
            "incident": incident,
            "kind": "callup",
            "report_to": "样例集结点",
            "issued_at": at,
        }
        order = writer.new("callup", {**values, "ack_by": at + 15 * times.MINUTE, "sample": SAMPLE_MARK})
        line = writer.new("line", {"order": order, "equipment": tag, "sample": SAMPLE_MARK}, f"{order}/1")
        writer.claim(line, claims.thing("equipment", tag))
        writer.step(line, "issue", at=at)
