"""Who and what a made-up store has: teams, members, equipment, depots and reserves.

The same size, seed and moment give the same facts. Every random choice is drawn from a stream
named after what it is for, so that more members would not move the teams.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from emergency.store import schema, times
from emergency.store.generating.country import County, base, counties, shares
from emergency.store.generating.kinds import KINDS, STOCK, TYPES, Kind, Model
from emergency.store.records.equipment import SERVICEABILITY
from emergency.store.records.reserve import reserve_id
from emergency.store.records.types import Point as PointType
from emergency.store.showing import SAMPLE_MARK
from emergency.store.store import Store
from emergency.store.writer import Writer

#: Told of progress: how many records of all there will be.
Progress = Callable[[int, int], None]
#: Records between two words of progress.
EVERY = 5000
#: Of a hundred items, about so many are in each state of serviceability.
_STATES = dict(zip(SERVICEABILITY, (91.0, 3.0, 2.0, 2.0, 1.6, 0.2, 0.2), strict=True))
_OWNERS = ("样例单位甲", "样例单位乙", "样例单位丙", "样例单位丁")


class Size(NamedTuple):
    """How much of everything a made-up store has."""

    name: str
    station: str
    title: str
    #: The division that the station serves; None serves several provinces.
    region: str | None
    #: Where its teams are, as the beginning of codes of GB/T 2260.
    where: tuple[str, ...]
    teams: int
    items: int
    depots: int
    #: Members on the roll of each team; the strength of a team is another figure.
    members: int
    incidents: int
    needs: int
    #: Orders under way when the store is opened.
    orders: int
    #: Things that a neighbouring station has ordered too, not knowing of ours.
    contested: int


CITY = Size("city", "BJ", "北京应急值班台（样例）", "110000", ("11",), 500, 20_000, 40, 4, 4, 50, 60, 4)
REGION = Size(
    "region", "JJJ", "京津冀协同值班台（样例）", None, ("11", "12", "13"), 10_000, 1_000_000, 400, 2, 10, 50, 600, 12
)  # fmt: skip


class Team(NamedTuple):
    """A team that was made up."""

    id: str
    name: str
    type: str
    county: County
    at: str
    #: How many of it stand ready.
    people: int
    #: What it last said of itself.
    report: dict[str, Any]


class Tally:
    """What was made: what incidents may ask for is drawn from it."""

    def __init__(self) -> None:
        self.teams: list[Team] = []
        #: {county: {what: how much of it is at hand, in thousandths}}.
        self.at_hand: dict[str, dict[str, int]] = {}
        #: {team: tags of its larger things that are sound}.
        self.large: dict[str, list[str]] = {}
        self.stock: list[tuple[str, str, int, County]] = []

    def add(self, county: County, what: str, milli: int) -> None:
        """So much more of a thing in a county."""
        there = self.at_hand.setdefault(county.code, {})
        there[what] = there.get(what, 0) + milli


def _stream(size: Size, seed: int, what: str) -> random.Random:
    return random.Random(f"{size.name}/{seed}/{what}")


def day(now: int, offset: int) -> str:
    """The day so many days from now."""
    return times.format_time(now + offset * times.DAY)[:10]


def fill(store: Store, size: Size, seed: int, now: int, tell: Progress = lambda done, of: None) -> Tally:
    """Write the registers as they stand at `now`, in three writes; returns what was made. Progress counts records."""
    tally = Tally()
    total = size.teams * (1 + size.members) + size.items + size.depots * (1 + len(STOCK))
    done = 0
    for name, rows in (
        ("teams", _teams(size, seed, now, tally)),
        ("equipment", _equipment(size, seed, now, tally)),
        ("depots", _depots(size, seed, now, tally)),
    ):
        with store.write(f"demo {name}") as writer:
            writer.keep_written = False
            deferred = schema.drop_indexes(writer.connection, "equipment") if name == "equipment" else []
            for write in rows:
                write(writer)
                done += 1
                if done % EVERY == 0:
                    tell(done, total)
            writer.flush()
            for sql in deferred:
                writer.connection.execute(sql)
    tell(total, total)
    return tally


#: Writes one record.
Write = Callable[[Writer], Any]


def _new(kind: str, values: dict[str, Any], id_: str | None = None) -> Write:
    return lambda writer: writer.new(kind, {**values, "sample": SAMPLE_MARK}, id_)


# -- teams and members ------------------------------------------------------------------------------


def _teams(size: Size, seed: int, now: int, tally: Tally) -> Iterator[Write]:
    chance, people = _stream(size, seed, "teams"), _stream(size, seed, "members")
    where = counties(size.where)
    types = list(TYPES)
    often = [TYPES[t].often for t in types]
    counted: dict[str, int] = {}
    number = 0
    for county, many in zip(where, shares(size.teams, [c.weight for c in where]), strict=True):
        for type_ in chance.choices(types, often, k=many):
            number += 1
            label = f"{county.short}{type_}"
            counted[label] = counted.get(label, 0) + 1
            made = _team(chance, number, county, type_, f"{label}{counted[label]}队（样例）", now)
            tally.teams.append(made[0])
            tally.add(county, "teams", 1000)
            tally.add(county, "people", made[0].people * 1000)
            yield _new("team", made[1], made[0].id)
            yield from _members(people, size.members, made[0], now)


def _team(
    chance: random.Random, number: int, county: County, type_: str, name: str, now: int
) -> tuple[Team, dict[str, Any]]:
    level = chance.choices(("municipal", "district", "enterprise", "social"), (12, 48, 28, 12))[0]
    strength = min(120, max(12, round(chance.gauss(38 if level == "municipal" else 30, 9))))
    at = PointType.of(base(chance, county))
    values: dict[str, Any] = {
        "name": name,
        "type": type_,
        "level": level,
        "host_unit": chance.choice(_OWNERS),
        "region": county.code,
        "at": at,
        "strength": strength,
        "commander": f"样例队长{number:05d}",
        "capabilities": TYPES[type_].capabilities,
        # No local number begins with 0: these cannot be rung.
        "duty_phone": f"010-0{number:07d}",
        "radio": f"样例{number:05d}",
        "insurance_until": day(now, chance.randint(-20, 400)),
    }
    if chance.random() < 0.4:
        # Of four in ten so many stay at home, whatever is called up.
        values["floor"] = round(strength * 0.3)
    if chance.random() < 0.3:
        values["beidou"] = f"样例北斗-{number:05d}"
    if level in ("enterprise", "social"):
        values |= {
            "agreement": f"样例协议-{number:05d}",
            "agreement_until": day(now, chance.randint(-15, 500)),
        }
    report = _report(chance, strength, now)
    ready = report.get("readiness") in ("ready", "standby")
    people = int(report["headcount"]) if ready else 0
    return Team(f"T{number:05d}", name, type_, county, at, people, report), values


def _report(chance: random.Random, strength: int, now: int) -> dict[str, Any]:
    """What a team last said of itself: seven in ten are ready and said so lately, four in a hundred never did."""
    if chance.random() < 0.04:
        return {}
    readiness = chance.choices(("ready", "standby", "off", "unavailable"), (62, 24, 9, 5))[0]
    part = {"ready": 0.85, "standby": 0.7, "off": 0.3, "unavailable": 0.0}[readiness]
    # One in six is older than the twelve hours for which a report counts.
    age = chance.randint(13 * 60, 60 * 60) if chance.random() < 0.16 else chance.randint(5, 11 * 60)
    head = round(strength * min(1.0, max(0.0, chance.gauss(part, 0.08)))) if part else 0
    return {"readiness": readiness, "headcount": head, "reported_at": now - age * times.MINUTE}


def _members(chance: random.Random, many: int, team: Team, now: int) -> Iterator[Write]:
    wanted = sorted({KINDS[k].licence for k in TYPES[team.type].shares} - {""})
    for n in range(many):
        values: dict[str, Any] = {
            "name": f"样例队员{team.id[1:]}-{n + 1}",
            "team": team.id,
            "role": "队长" if n == 0 else "驾驶员" if n == 1 else "队员",
            "insurance_until": day(now, chance.randint(-10, 400)),
        }
        licence = wanted[n % len(wanted)] if wanted else "应急救援员证"
        values |= {"qualification": licence, "qualification_until": day(now, chance.randint(-25, 700))}
        if n == 0:
            values["phone"] = f"010-0{team.id[1:]}{n:02d}"
        yield _new("member", values)


# -- equipment --------------------------------------------------------------------------------------


def _equipment(size: Size, seed: int, now: int, tally: Tally) -> Iterator[Write]:
    chance = _stream(size, seed, "equipment")
    weights = [team.people + 20 + chance.random() * 20 for team in tally.teams]
    number = 0
    for team, many in zip(tally.teams, shares(size.items, weights), strict=True):
        outfit = TYPES[team.type].shares
        kinds = [k for k in outfit if outfit[k] >= 5 or chance.random() < 0.6]
        spread = [outfit[k] * (0.5 + chance.random()) for k in kinds]
        for kind, count in zip(kinds, shares(many, spread), strict=True):
            about = KINDS[kind]
            usual = chance.choice(about.models)
            for _ in range(count):
                number += 1
                # Most of a team's things of a kind are alike.
                model = usual if chance.random() < 0.8 else chance.choice(about.models)
                yield _item(chance, f"SAMPLE{number:07d}", kind, about, model, team, now, tally)


def _item(
    chance: random.Random, tag: str, kind: str, about: Kind, model: Model, team: Team, now: int, tally: Tally
) -> Write:
    state = chance.choices(list(_STATES), list(_STATES.values()))[0]
    values: dict[str, Any] = {
        "name": about.name,
        "kind": kind,
        "specification": model.specification,
        "team": team.id,
        "region": team.county.code,
        "at": team.at,
        **model.figures,
        "serviceability": state,
        "sample": SAMPLE_MARK,
    }
    if about.licence:
        values["licence"] = about.licence
    if about.plated:
        # Plates begin with a character that is no province.
        inspected = chance.randint(-390, -1)
        values |= {
            "plate": f"样{tag[-7:]}",
            "inspected": day(now, inspected),
            "inspection_until": day(now, inspected + 365),
            "insurance_until": day(now, chance.randint(-8, 360)),
        }
    if state in ("serviceable", "limited"):
        tally.add(team.county, kind, 1000)
        for name, figure in model.figures.items():
            tally.add(team.county, name, figure * 1000 if name == "persons" else figure)
        if about.plated and state == "serviceable":
            tally.large.setdefault(team.id, []).append(tag)
    return lambda writer: writer.new("equipment", values, tag)


# -- depots and reserves ----------------------------------------------------------------------------


def _depots(size: Size, seed: int, now: int, tally: Tally) -> Iterator[Write]:
    chance = _stream(size, seed, "depots")
    where = counties(size.where)
    number = 0
    for county, many in zip(where, shares(size.depots, [c.weight for c in where]), strict=True):
        for n in range(many):
            number += 1
            id_ = f"D{number:04d}"
            values = {
                "name": f"{county.short}应急物资储备库{n + 1}（样例）",
                "level": "市级" if n == 0 and county.code.endswith("01") else "区级",
                "region": county.code,
                "at": PointType.of(base(chance, county)),
                "keeper": f"样例库管{number:04d}",
                "phone": f"010-0{9_000_000 + number:07d}",
            }
            yield _new("depot", values, id_)
            for line in STOCK:
                yield _stock(chance, id_, county, *line, now=now, tally=tally)


def _stock(
    chance: random.Random,
    depot: str,
    county: County,
    item: str,
    usual: int,
    months: int,
    *,
    now: int,
    tally: Tally,
) -> Write:
    form = chance.choices(("physical", "agreement", "capacity"), (80, 14, 6))[0]
    quantity = round(usual * (0.3 + 1.2 * chance.random()), -1 if usual >= 500 else 0)
    milli = int(quantity) * 1000
    lot = f"样例{chance.randint(1, 40):02d}" if months and form == "physical" else ""
    values = {
        "depot": depot,
        "item": item,
        "lot": lot or None,
        "form": None if form == "physical" else form,
        "unit": _UNITS[item],
        "minimum": int(usual * 0.6) * 1000,
        "target": usual * 1000,
        "expires": day(now, chance.randint(-10, months * 30)) if lot else None,
    }
    id_ = reserve_id(depot, item, lot, form)
    if form == "physical":
        tally.add(county, item, milli)
        tally.stock.append((id_, item, milli, county))

    def write(writer: Writer) -> None:
        writer.new("reserve", {**values, "sample": SAMPLE_MARK}, id_)
        writer.count(id_, milli, reason="样例盘点")

    return write


def _units() -> dict[str, str]:
    from emergency.store import reference

    known = {id_: values.get("unit", "") for id_, values in reference.catalogue("items.csv")}
    return {item: known[item] for item, _usual, _months in STOCK}


_UNITS = _units()
