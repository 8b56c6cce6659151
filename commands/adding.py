"""`NOUN add`: its help names every field of the record, and shows a whole line to type."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands import layout
from emergency.commands.front import Verb
from emergency.store.errors import InvalidValue
from emergency.store.records import RECORDS, Field, Record
from emergency.store.records.types import Choice, Date, Point, Quantity, Ref, Time
from emergency.store.words import _, clauses, language, listed, told

#: {noun: what a whole line says behind `add`}; ids stand for whatever has them.
EXAMPLES = {
    "alert": "identifier=BJ-2026-0731-01 sender=北京市气象台 colour=orange headline=暴雨橙色预警",
    "area": "incident=FT-6 name=东段 kind=sub_area leader=李雁",
    "barrier": "name=永定河 kind=河流 line='40.01,116.05;39.85,116.22' source=河道图",
    "depot": "name=房山库 region=110111 at=39.74,116.00 keeper=李雁",
    "drive": "from=FT-1 to=39.73,116.14 minutes=35 source=实测 as_of=2026-07-30",
    "duty": "start=08:00 end=20:00 officer=李雁 phone=010-60000000",
    "equipment": "name=龙吸水 kind=pump-truck team=FT-1 plate=京A00003 drainage=3000m3/h",
    "incident": "title=城关积水 scenario=waterlogging level=II region=110111 at=39.74,115.99",
    "item": "name=移动抽水泵 class=rescue unit=台",
    "keyarea": "name=河东村 at=39.75,116.01 weight=3 hazards=flood",
    "kit": "name=排水模块 team=FT-1 check_every=30",
    "loss": "recovery=灾后恢复 item=pump-truck quantity=2 cause=lost team=FT-1",
    "member": "name=李明 team=FT-1 phone=13800000002 qualification=潜水 qualification_until=2027-06-30",
    "need": "incident=FT-6 what=drainage amount=6000 unit=m3/h by=60min",
    "officer": "name=李雁 role=duty station=FT",
    "pace": "region=110111 speed=28 source=实测",
    "part": "kit=排水模块 item=generator quantity=2",
    "recovery": "name=灾后恢复 event=暴雨洪涝 until=2026-12-31",
    "region": "--id 110999 name=新区 parent=110000",
    "reserve": "--id FT-5/boat depot=FT-5 item=boat minimum=5",
    "scenario": "--id dust name=沙尘暴",
    "season": "name=汛期 kind=flood begin=06-01 end=09-15",
    "site": "name=城关停车场 at=39.74,116.00 capacity=2",
    "station": "--id HD name=海淀区应急指挥中心 region=110108",
    "task": "season=汛期 what=物资清点 by=05-15 owner=装备处",
    "team": "name=房山排水三队 type=排水 region=110111 at=39.74,116.00 strength=20",
}
#: Cells of a line of help.
ROOM = 76


def example(record: Record) -> str:
    """A line that registers one, for the help: folded as a shell reads it."""
    pairs = EXAMPLES.get(record.noun) or " ".join(f"{f.name}=..." for f in record.required)
    lines = [f"  emergency {record.noun} add"]
    for pair in pairs.split():
        if layout.width(f"{lines[-1]} {pair} \\") > ROOM:
            lines[-1] += " \\"
            lines.append("     ")
        lines[-1] += f" {pair}"
    return "\n".join(lines)


def typed(record: Record) -> list[Field]:
    """The fields that are typed."""
    return [f for f in record.fields if not f.derived and not f.folded and f.name != "retired"]


def _meaning(field: Field) -> str:
    kind = field.type
    form = ""
    if isinstance(kind, Choice):
        form = listed(kind.options)
    elif isinstance(kind, Quantity):
        form = kind.unit
    elif isinstance(kind, Ref):
        form = _("{record}, by id or name").format(record=RECORDS[kind.kind].label)
    elif isinstance(kind, Point):
        form = "39.74,116.00"
    elif isinstance(kind, Date):
        form = "2026-07-31"
    elif isinstance(kind, Time):
        form = listed(("18:00", "2026-07-31T18:00"))
    # What the declarations say of a field beyond its label is in English.
    said = clauses((form, field.help if language() == "en" else ""))
    return told(field.label, said) if said else field.label


class Add(Verb):
    """The `add` of a register."""

    record: Record

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its fields, then its options."""
        with formatter.section(_("Fields; those with * must be given")):
            formatter.write_dl(
                [(f.name + ("*" if f.required else ""), _meaning(f)) for f in typed(self.record)]
            )
        super().format_options(ctx, formatter)


def refuse_missing(record: Record, values: dict[str, Any]) -> None:
    """Raises InvalidValue where a field that must be given is not, and says how each of them is typed."""
    missing = [f for f in record.required if values.get(f.name) is None]
    if missing:
        raise InvalidValue(
            _("{record}: {field} is missing").format(record=record.label, field=missing[0].label),
            hint=_("give {pairs}").format(pairs=" ".join(f"{f.name}=..." for f in missing)),
        )
