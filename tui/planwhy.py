"""Why a plan is as it is: what stands beside the line of the plan desk that the cursor is on, and what Enter opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emergency.store import lastingwords, needs, planwords, times
from emergency.store.coverleft import WITHIN, Left, Lost
from emergency.store.lasting import AHEAD, Lasting
from emergency.store.showing import exercise_mark
from emergency.store.words import _, added, aside, clauses, listed, ngettext, told
from emergency.tui.details import Details
from emergency.tui.panel import Row, Target, heading
from emergency.tui.plans import (
    Changes,
    Out,
    Unit,
    Value,
    all_needs,
    brings,
    milli,
    minutes,
    named,
    short_of,
    stands,
    units,
)
from emergency.tui.style import mark


def why(value: Value, about: Any, found: Changes) -> Details:
    """All there is to say of what a line of the desk stands for; None: of the plan as a whole."""
    tail = tuple(_good(value))
    match about:
        case Unit():
            return Details(_name(about), (*_unit(value, about, found), *tail))
        case Out():
            said = _("left out of this plan: it is planned as if it did not come")
            head = Row(("", _("Unit"), f"{about.id} {about.name}"), "", Target("team", about.id))
            return Details(_("left out"), (head, Row(("", "", said)), *tail))
        case Lost():
            return Details(about.name, (*_lost(about), *tail))
        case Left():
            return Details(_("Cover before and after"), (*_before_after(about), *tail))
        case Lasting():
            return Details(about.incident, (*_lasting(about), *tail))
        case (incident, need):
            return Details(need["label"], (*_need(value, incident, need), *tail))
    return Details(_("The plan"), tail)


def _name(unit: Unit) -> str:
    return named(unit.kind, unit.id, unit.name, sample=unit.lines[0]["sample"])


# -- a line of the plan -------------------------------------------------------------------------------


def _unit(value: Value, unit: Unit, found: Changes) -> list[Row]:
    """Why this one, what it costs to go without it, and why no other."""
    wanted = {need["id"]: (incident, need) for incident, need in all_needs(value)}
    incident = next((one for one in value["incidents"] if one["id"] == unit.incident), {"id": unit.incident})
    title = f"{exercise_mark({'exercise': int(bool(incident.get('exercise')))})} {unit.incident}"
    gone = unit in found.gone
    rows = [
        Row(("", _("Unit"), _name(unit)), "", unit.target),
        Row(("", _("Incident"), f"{title} {incident.get('title') or ''}".strip()), "",
            Target("incident", unit.incident)),
        Row(("", _("Brought before") if gone else _("Brings"), brings(unit))),
    ]  # fmt: skip
    if gone:
        said = _("it stood in the plan before, and this plan does without it")
        return [*rows, Row((mark("ask"), "", said), "ask")]
    rows += _times(value, unit, wanted)
    rows += _stands(unit)
    if unit.over is not None:
        rows.append(Row(("", _("Of it over"), brings(unit.over))))
    rows.append(Row(("", _("Without it"), _without(unit, wanted))))
    rows += _sent(unit, wanted)
    for need in unit.needs:
        if need in wanted:
            rows += _passed(wanted[need][1])
    return rows


def _times(value: Value, unit: Unit, wanted: dict[str, tuple[Value, Value]]) -> list[Row]:
    """When it is there, by whose figures, and when it is wanted."""
    late = planwords.late(unit.late) if unit.late > 0 else ""
    source = next((line["source"] for line in unit.lines if line["source"]), "")
    arrives = listed((planwords.arrives(unit.minutes, unit.turnout), late, source))
    rows = [Row((mark("late") if late else "", _("Arrives"), arrives), "late" if late else "")]
    by = [wanted[n][1]["by"] for n in unit.needs if n in wanted and wanted[n][1]["by"]]
    if by:
        now = times.parse_time(value["at"], 0)
        wanted_by = times.format_short(times.parse_time(min(by), now), now)
        rows.append(Row(("", _("Wanted by"), wanted_by)))
    if unit.chance is not None:
        rows.append(Row(("", _("In time"), planwords.chance(unit.chance))))
    rows += [
        Row((mark("good"), _("Draft order"), order), "", Target("line", f"{order}/1"))
        for order in _drafts(value, unit)
    ]
    return rows


def _stands(unit: Unit) -> list[Row]:
    """How the team counts by its computed readiness; and what an override calls all the same."""
    rows = [Row(("", _("Counts as"), said)) for said in [stands(unit.lines[0])] if said]
    more = next((line["beyond_strength"] for line in unit.lines if line["beyond_strength"]), None)
    if more:
        rows.append(
            Row((mark("ask"), "", planwords.beyond_strength(more["reported"], more["strength"])), "ask")
        )
    return rows + ([Row((mark("ask"), "", planwords.overridden(unit.past)), "ask")] if unit.past else [])


def _drafts(value: Value, unit: Unit) -> list[str]:
    """The draft orders of what a unit sends, where they stand as the plan has them."""
    tags = {tag for line in unit.lines for tag in line["equipment"]}
    items = {line["item"] for line in unit.lines}

    def its(order: Value) -> bool:
        if order["item"]:
            return (order["depot"], order["item"]) in {(unit.id, item) for item in items}
        return bool(tags & {*order["equipment"]}) or (unit.kind == "team" and order["team"] == unit.id)

    mine = [o for o in value["orders"] if o["draft"] and o["incident"] == unit.incident and its(o)]
    return [str(order["draft"]) for order in mine]


def _without(unit: Unit, wanted: dict[str, tuple[Value, Value]]) -> str:
    """What the plan would be without it; of a need of another incident it says of which."""
    if all(line["over"] == line["count"] for line in unit.lines):
        return planwords.over_line()
    told = unit.lines[0]["without_it"]
    if told is None:
        return _("not reckoned: the plan is too long")

    def label(need: str) -> str:
        incident, one = wanted[need]
        return aside(str(one["label"]), incident["id"] if incident["id"] != unit.incident else "")

    short = [(label(n), milli(much), wanted[n][1]["unit"]) for n, much in told["short"].items()]
    later = [(label(n), more) for n, more in told["later_minutes"].items()]
    return planwords.without(short, later, told["instead"] or "", minutes(told["instead_minutes"]))


def _sent(unit: Unit, wanted: dict[str, tuple[Value, Value]]) -> list[Row]:
    """Line by line what it sends, what of a need that is, and the tags."""
    rows = [heading(_("What for"))]
    for line in unit.lines:
        for need, much in line["gives"].items():
            one = wanted[need][1]
            said = needs.amount(milli(much), one["unit"])
            if line["kind"] == "equipment":
                said = told(said, f"{line['count']} {line['label'] or line['item'] or _('equipment')}")
            rows.append(Row(("", one["label"], said), "", Target("need", need)))
        rows += [Row(("", "", tag), "", Target("equipment", tag)) for tag in line["equipment"]]
    return rows


def _passed(need: Value) -> list[Row]:
    """Who was passed over for a need, and why."""
    if not need["passed_over"]:
        return []
    rows = [Row(("", _("Passed over"), need["label"]), "head")]
    for one in need["passed_over"]:
        said = planwords.passed(one["why"], one["costs_more"], one["incident"] or "", one["source"] or "")
        away = planwords.away(minutes(one["minutes"]), one["why"], turnout=one.get("turnout_minutes", 0.0))
        rows.append(_named(one, clauses((told(away, said), stands(one)))))
    return rows


def _named(one: Value, said: str) -> Row:
    """What is said of a unit: its id, then its name and the words."""
    record = one["holder_kind"] in ("team", "depot")
    name = f"{one['name'] or ''}{' *' if one['sample'] else ''}"
    target = Target(one["holder_kind"], one["holder"]) if record else None
    return Row(("", one["holder"] if record else "", added(name, said) if name else said), "", target)


# -- a need -------------------------------------------------------------------------------------------


def _need(value: Value, incident: Value, need: Value) -> list[Row]:
    """How it is met, what it lacks, what would help, and who was passed over."""
    missing, unit = short_of(need), need["unit"]
    title = (
        f"{exercise_mark({'exercise': int(incident['exercise'])})} {incident['id']} {incident['title'] or ''}"
    )
    rows = [
        Row(("", _("Incident"), title.strip()), "", Target("incident", incident["id"])),
        Row(("", _("Required"), needs.amount(milli(need["required"]), unit))),
        Row(("", _("Ordered"), needs.amount(milli(need["ordered"]), unit))),
        Row(("", _("Planned"), needs.amount(milli(need["planned"]), unit))),
    ]
    if need["over"]:
        rows.append(Row(("", _("Over"), needs.amount(milli(need["over"]), unit))))
    if need["chance_in_time"] is not None:
        rows.append(
            Row(
                ("", _("In time"), planwords.chance_with(need["chance_in_time"], need["chance_without_over"]))
            )
        )
    if missing:
        rows.append(Row((mark("late"), _("Short"), needs.amount(missing, unit)), "late"))
        rows += _change(need)
    if need["late_minutes"]:
        rows.append(Row((mark("late"), "", planwords.late(need["late_minutes"])), "late"))
    coming = [u for u in units(value) if need["id"] in u.needs]
    if coming:
        rows.append(heading(_("Comes")))
        rows += [_named(u.lines[0], told(planwords.arrives(u.minutes), brings(u))) for u in coming]
    return [*rows, *_passed(need)]


def _change(need: Value) -> list[Row]:
    """The smallest change that would meet what is short."""
    change = need["smallest_change"]
    if change is None:
        return []
    there = [(one["form"], one["depot"], milli(one["quantity"])) for one in need["not_on_shelves"]]
    otherwise = planwords.not_on_shelves(there, need["unit"])
    still = milli(change["still_short"])
    said = planwords.change(change["what"], change["holders"], still, need["unit"], otherwise)
    return [Row(("", _("What would help"), said))]


# -- what is left behind ------------------------------------------------------------------------------


def _before_after(left: Left) -> list[Row]:
    """Each area in reach of who is called: how many ready teams of a type it has before and after."""
    rows = [Row(("", "", planwords.before_after(left)))]
    for area in left.areas:
        said = listed(planwords.covers(one) for one in area.types)
        tone = "" if area.after else "late"
        rows.append(Row((mark(tone), area.name, said), tone, Target("region", area.region)))
    return rows


def _lost(one: Lost) -> list[Row]:
    before = ngettext(
        "{n} ready team of the type within {minutes} min before this plan",
        "{n} ready teams of the type within {minutes} min before this plan",
        one.before,
    ).format(n=one.before, minutes=WITHIN)
    rows = [
        Row(("", _("Region"), one.name), "", Target("region", one.region)),
        Row(("", _("Type"), one.type or _("no type"))),
        Row(("", "", before)),
    ]
    if one.nearest:
        rows.append(
            Row(("", _("Nearest now"), f"{one.nearest} {one.nearest_name}"), "", Target("team", one.nearest))
        )
    return [*rows, Row((mark("ask"), _("Advice"), planwords.cover(one)), "ask")]


def _lasting(one: Lasting) -> list[Row]:
    rows = [Row(("", _("Incident"), one.incident), "", Target("incident", one.incident))]
    rows += [Row(("", "", said)) for said in lastingwords.lasts(one)]
    rows += [
        Row(("", _("cannot relieve all it sent"), id_), "", Target("team", id_)) for id_ in one.unrelieved
    ]
    said = _("as far as the registers say; looked at are {hours} hours").format(hours=AHEAD)
    return [*rows, Row(("", "", said), "dim")]


# -- the plan as a whole --------------------------------------------------------------------------------


def _good(value: Value) -> list[Row]:
    """How good the plan is, what it costs, and whose times it reckons with."""
    return [heading(_("How good it is")), *(Row(("", "", said)) for said in measured(value))]


def over(value: Value) -> str:
    """What was called beyond what is needed; "" where no more was asked."""
    return (
        planwords.over_called(value["over"], value["over_holders"], value["over_short"])
        if value["over"]
        else ""
    )


def measured(value: Value) -> Sequence[str]:
    """As the command says it."""
    return planwords.measured(
        value["style"], value["holders_called"], value["holders_nearest_first"], value["cost"], value["bound"],
        told=value["holders_reckoned_without"], method=value["method"], sources=value["times"], drafts=len(value["drafts"]["standing"]),
        drafted=sum(line["drafted_before"] for line in value["lines"]), over=over(value),
        chances=planwords.spread(*(value["spread"][name] for name in ("factor", "middle", "recorded"))),
    )  # fmt: skip
