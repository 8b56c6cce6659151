"""What the plan desk says over its lists, in the place of a plan that cannot be, and before one is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emergency.store import counted, draftwords, planwords
from emergency.store.counted import Counted
from emergency.store.records.incident import EXERCISE_MARK
from emergency.store.showing import SAMPLE_MARK
from emergency.store.words import _, listed, ngettext, told
from emergency.tui.doing import Ran
from emergency.tui.panel import Row, Target
from emergency.tui.plans import Changes, Value
from emergency.tui.style import mark

#: So many incidents are named in the head.
_NAMED = 3
#: So many lines that may not come are written out in the place of a plan.
_DOUBTED = 12


def head(value: Value) -> tuple[str, str]:
    """Style, how many for what, what stays short; and how far from best it is at most."""
    incidents = value["incidents"]
    ids = listed(one["id"] for one in incidents)
    some = _("{n} incidents").format(n=len(incidents)) if len(incidents) > _NAMED else ids
    n = value["holders_called"]
    said = ngettext(
        "{style} plan: {n} unit for {incidents}", "{style} plan: {n} units for {incidents}", n
    ).format(style=planwords.style(value["style"]), n=n, incidents=some)
    if _drills(value):
        said = f"{EXERCISE_MARK} {said}"
    right = []
    if short := value["needs_short"]:
        told = ngettext("{n} need short", "{n} needs short", short).format(n=short)
        right.append(f"{mark('late')} {told}")
    if value["lines"]:
        right.append(_("at most {gap} % from best").format(gap=planwords.gap(value["cost"], value["bound"])))
    elif not short:
        right.append(nobody(value))
    return f" {said}", "  ".join(right) + " "


def nobody(value: Value) -> str:
    """Why a plan calls nobody."""
    if value["needs_short"]:
        return _("nobody who could be sent gives what is lacking")
    return planwords.covered()


def times_of(value: Value, drills: Sequence[str]) -> tuple[str, str]:
    """Which drills stay out, what is missing for a better plan, whose times these are; whether anything is made up."""
    told = [planwords.no_solver()] if value["method"] == "prices" and value["cost"] > 0 else []
    if drills:
        told.append(_("drills are not planned with these: {ids}").format(ids=listed(drills)))
    told += [planwords.times_of(value["times"])] if value["times"] else []
    told += [planwords.unanswered(value["routing_trouble"])] if value["routing_trouble"] else []
    sampled = any(one["sample"] for one in (*value["incidents"], *value["lines"]))
    return " " + "  ".join(told), f"* {SAMPLE_MARK} " if sampled else ""


def stands(value: Value, changes: Changes) -> list[str]:
    """What is other than before, and what of an earlier plan stands as drafts."""
    standing = value["drafts"]["standing"]
    drafted = sum(line["drafted_before"] for line in value["lines"])
    said = [changes.said] if changes.marks or changes.gone else []
    said += [draftwords.stands(len(standing), drafted)] if standing else []
    doubt = counted.briefly([Counted(**one) for one in value["counted"]])
    return ([f"{mark('late')} {doubt}"] if doubt else []) + said


def now_standing(value: Value) -> None:
    """What was just written stands: the plan says so as if it were made anew."""
    done = value["issued"]
    standing = [*done["kept"], *done["new"]]
    value["drafts"] = {"standing": standing, "new": 0, "kept": standing, "updated": [], "cancelled": []}
    for line in value["lines"]:
        line["drafted_before"] = True
    fresh = iter(done["new"])
    for order in value["orders"]:
        order["draft"] = order["draft"] or next(fresh, None)


def orders(value: Value) -> list[Value]:
    """The orders of a plan, whether they stand as drafts or not."""
    return [{name: one for name, one in order.items() if name != "draft"} for order in value["orders"]]


def refused(
    ran: Ran, incidents: Sequence[tuple[str, str]], doubted: Sequence[Counted], key: Callable[[str], str]
) -> list[Row]:
    """Why there is no plan, and what to do, by the keys of actions: with the incidents, (id, title), where there are any.

    Lines that are `doubted` have a row each, and open: what they bring was counted.
    """
    said = [line for line in ran.said.splitlines() if line.strip()]
    tone = "late" if ran.code else "good"
    rows = [Row((mark(tone), line), tone) for line in said[:1]]
    rows += [Row(("", line)) for line in said[1:]]
    rows += _doubted(doubted)
    if incidents:
        told = _("{key} on an incident states what it needs; {again} plans again").format(
            key=key("state_need"), again=key("refresh")
        )
    else:
        told = _("{key} opens the incidents; {new} there writes one").format(
            key=key("go_incidents"), new=key("new")
        )
    rows.append(Row(("", told)))
    return rows + [Row(("", f"{id_} {title}"), "", Target("incident", id_)) for id_, title in incidents]


def _doubted(found: Sequence[Counted]) -> list[Row]:
    rows = []
    if found:
        told = ngettext(
            "{n} line counts as coming, and is in doubt",
            "{n} lines count as coming, and are in doubt",
            len(found),
        )
        rows.append(Row((mark("late"), told.format(n=len(found))), "late"))
    for one in found[:_DOUBTED]:
        words = "  ".join(filter(None, (one.line, one.team, one.incident, counted.in_doubt(one))))
        rows.append(Row(("", f"  {words}"), "late", Target("line", one.line)))
    if len(found) > _DOUBTED:
        rows.append(Row(("", "  " + _("+{n} more").format(n=len(found) - _DOUBTED))))
    return rows


def to_be_written(value: Value) -> list[str]:
    """How many orders of what the plan would be, and what becomes of the drafts that stand."""
    orders, drafts = value["orders"], value["drafts"]
    stock = [order for order in orders if order["item"]]
    people = sum(order["people"] or 0 for order in orders)
    items = sum(len(order["equipment"]) for order in orders)
    said = [
        _(
            "the plan in orders: {teams} to teams with {people} people and {items} items, {stock} of stock"
        ).format(teams=len(orders) - len(stock), people=people, items=items, stock=len(stock))
    ]
    if drafts["kept"] or drafts["cancelled"]:
        said.append(
            _("drafts that stay as they are: {kept}; that are cancelled: {cancelled}").format(
                kept=len(drafts["kept"]) - len(drafts["updated"]), cancelled=len(drafts["cancelled"])
            )
        )
    if drafts["updated"]:
        said.append(_("to be brought up to date: {orders}").format(orders=listed(drafts["updated"])))
    if ending := value["exercises_ended"]:
        said.append(draftwords.drills_end(ending))
    if drills := _drills(value):
        said.append(told(EXERCISE_MARK, listed(drills)))
    return said


def _drills(value: Value) -> list[str]:
    return [one["id"] for one in value["incidents"] if one["exercise"]]
