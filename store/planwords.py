"""What a call-up plan says, in words: why this and not that, what would help, what it leaves behind, how good it is.

The command prints these words, and the plan desk shows them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from emergency.store import coverleft, draftwords, needs
from emergency.store.text import safe
from emergency.store.travel import Travel, said_minutes
from emergency.store.words import _, aside, clauses, listed, ngettext, told

#: So many tags, areas and names are written out.
FEW = 6


def style(name: str) -> str:
    """A style of plans."""
    return {"fast": _("fast"), "balanced": _("balanced"), "few": _("few")}[name]


def arrives(minutes: float, turnout: float = 0.0) -> str:
    """When something is there, counted from now; and what of it is turning out, where that is stated."""
    if not math.isfinite(minutes):
        return _("not known")
    return made_of(_("in {n} min").format(n=said_minutes(minutes)), minutes, turnout)


def late(minutes: float) -> str:
    """By how much it comes after it is wanted."""
    return _("{n} min late").format(n=said_minutes(minutes))


def chance(p: float | None) -> str:
    """A chance in whole per cent, and none a certainty; "" for None."""
    if p is None:
        return ""
    whole = round(100 * p)
    return "> 99 %" if whole == 100 else "< 1 %" if p > 0 and whole == 0 else f"{whole} %"


def chance_with(p: float | None, without: float | None) -> str:
    """The chance of a need; and what it would be without over-call, where that is told."""
    if without is None:
        return chance(p)
    return _("{chance}, {less} without over-call").format(chance=chance(p), less=chance(without))


def over_line() -> str:
    """Why a unit is called of which nothing is needed."""
    return _("more than is needed, against what comes late")


def spread(factor: float, middle: float, recorded: int) -> str:
    """What a chance of being in time rests on: drives on record, or an assumption."""
    low, high = f"{middle / factor:.2f}", f"{middle * factor:.2f}"
    if recorded:
        return _(
            "chances: of {n} recorded drives two of three took {low} to {high} times as long as reckoned;"
            " each drive for itself (lognormal)"
        ).format(n=recorded, low=low, high=high)
    return _(
        "chances, assumed: driving times spread by {n} %, so two of three take {low} to {high} times as long as"
        " reckoned, each for itself (lognormal)"
    ).format(n=f"{100 * (factor - 1):.0f}", low=low, high=high)


def over_called(share: float, units: int, short: int) -> str:
    """What was called beyond what is needed."""
    said = ngettext(
        "over-call of {n} %: {units} unit brings more than is needed",
        "over-call of {n} %: {units} units bring more than is needed",
        units,
    ).format(n=f"{100 * share:g}", units=units)
    if short:
        less = ngettext(
            "of {n} need no so much more could be there in time",
            "of {n} needs no so much more could be there in time",
            short,
        ).format(n=short)
        said = clauses((said, less))
    return said


def away(minutes: float, code: str = "", *, turnout: float = 0.0) -> str:
    """How far off something is that is passed over for a reason; and what of it is turning out, where that is stated."""
    if code == "closed":
        return said_minutes(math.inf)
    if not math.isfinite(minutes):
        return _("not known")
    return made_of(_("{n} min").format(n=said_minutes(minutes)), minutes, turnout)


def made_of(said: str, minutes: float, turnout: float) -> str:
    """What was said of some minutes, with turning out and driving apart, which add up to the whole minutes that are said."""
    if not turnout:
        return said
    out = math.ceil(turnout - 1e-9)
    drive = max(0, math.ceil(minutes - 1e-9) - out)
    return _("{minutes} (turn-out {turnout} min + drive {drive} min)").format(
        minutes=said, turnout=said_minutes(out), drive=said_minutes(drive)
    )


def brings(people: int, things: Mapping[str, int], *, whole: bool) -> str:
    """What comes, like things added up: {label: how many}; the tags stand in the orders."""
    parts = [ngettext("{n} person", "{n} people", people).format(n=people)] if people else []
    parts += [_("whole team")] if whole else []
    parts += [f"{n} {safe(name)}" for name, n in things.items()]
    return listed(parts)


# -- why this, why not that -------------------------------------------------------------------------


def without(
    short: Sequence[tuple[str, int, str]],
    later: Sequence[tuple[str, float]],
    instead: str,
    minutes: float,
) -> str:
    """What the plan would be without a unit: (need, thousandths, unit) short, (need, minutes) later, who would come."""
    parts = [
        _("{what} short by {n}").format(what=what, n=needs.amount(milli, unit))
        for what, milli, unit in sorted(short, key=lambda one: -one[1])
    ]
    parts += [
        _("{what} {n} min later").format(what=what, n=said_minutes(more))
        # Of two that are late alike the first is told, whatever the last digits of a solver are.
        for what, more in sorted(later, key=lambda one: -round(one[1], 6))
    ]
    said = clauses(parts[:2]) or _("no measurable difference")
    if instead:
        said = clauses(
            (said, _("next best {unit} in {n} min").format(unit=safe(instead), n=said_minutes(minutes)))
        )
    return said


def reason(code: str) -> str:
    """Why something is passed over."""
    return {
        "floor": _("below the floor that must stay"),
        "standby": _("on standby"),
        "stale": _("its report is stale"),
        "never": _("it never reported"),
        "uncounted": _("nobody said how many of its people are on duty"),
        "register": _("its register is stale"),
        "lapsed": _("its inspection has run out"),
        "short": _("short of what it should have"),
        "crew": _("no crew"),
        "licence": _("nobody holds the licence"),
        "rest": _("resting"),
        "claimed": _("ordered already"),
        "leased": _("leased to another station"),
        "away": _("not at hand"),
        "inspection": _("in inspection"),
        "unavailable": _("unavailable"),
        "broken": _("out of service"),
        "expired": _("expired"),
        "elsewhere": _("of another province, which is asked, not ordered"),
        "without": _("left out of this plan"),
        "refused": _("an order for it would be refused"),
        "closed": _("the road is closed"),
        "sent": _("sent to another incident"),
        "costs-more": _("could come, and the plan would cost more with it"),
    }[code]


def beyond_strength(reported: int, strength: int) -> str:
    """That a team reported more people than it has, and what counts."""
    return _("{reported} people reported, of which its strength of {strength} counts").format(
        reported=reported, strength=strength
    )


def overridden(codes: Sequence[str]) -> str:
    """What an override calls all the same."""
    return _("by override: {reasons}").format(reasons=listed(reason(code) for code in codes))


def passed(code: str, more: float | None, incident: str, source: str = "") -> str:
    """The same of one unit: with what the plan would cost more, who closed its road, what refuses it, or the incident that has it.

    `more` is None where nobody reckoned it.
    """
    said = reason(code)
    if code == "closed" and source:
        said = _("the road is closed: {source}").format(source=safe(source))
    if code == "refused" and source:
        said = _("an order for it would be refused: {why}").format(why=safe(source))
    if code == "costs-more" and more is not None:
        said = _("could come, but the plan would cost {n} minutes more with it").format(n=said_minutes(more))
    return aside(said, safe(incident))


# -- what is short ----------------------------------------------------------------------------------


def short(what: str, milli: int, unit: str) -> str:
    """By how much a need stays short."""
    return _("{what} is short by {n}").format(what=what, n=needs.amount(milli, unit))


def not_on_shelves(some: Sequence[tuple[str, str, int]], unit: str) -> str:
    """What is there but on no shelf, of (form, depot, thousandths): by agreement, and as capacity; "" for nothing."""
    parts = []
    for form in dict.fromkeys(form for form, _depot, _milli in some):
        mine = [(depot, milli) for other, depot, milli in some if other == form]
        said = {
            "agreement": _("{n} by agreement could be called off ({depots})"),
            "capacity": _("{n} of production capacity could be asked for ({depots})"),
        }[form]
        depots = listed(safe(depot) for depot, _milli in mine[:FEW]) + (" ..." if len(mine) > FEW else "")
        parts.append(said.format(n=needs.amount(sum(milli for _depot, milli in mine), unit), depots=depots))
    return clauses(parts)


def change(code: str, holders: Sequence[str], still: int, unit: str, otherwise: str = "") -> str:
    """The smallest change that would meet what is short; `still` is in thousandths, `code` as in callreading.Change.

    `otherwise` is what not_on_shelves says.
    """
    if otherwise:
        none = _("nothing else in the registers would meet it; ask for help from elsewhere")
        return clauses((otherwise, none if code == "none" else _change(code, holders, still, unit)))
    return _change(code, holders, still, unit)


def _change(code: str, holders: Sequence[str], still: int, unit: str) -> str:
    names = listed(map(safe, holders[:FEW])) + (" ..." if len(holders) > FEW else "")
    if code == "none":
        return _("nothing in the registers would meet it; ask for help from elsewhere")
    if still:
        return _("even with {units} ({reasons}) {n} would be short; ask for help from elsewhere").format(
            units=names,
            reasons=_("on standby, resting or otherwise kept back"),
            n=needs.amount(still, unit),
        )
    if code in ("", "several"):
        return _("{units} together would meet it, each kept back for its own reason").format(units=names)
    return _("{units} would meet it: {reason}").format(units=names, reason=reason(code))


# -- what is left behind ----------------------------------------------------------------------------


def lost() -> str:
    """The heading of the areas that lose their cover."""
    return _("Left without a ready team within {n} min:").format(n=coverleft.WITHIN)


def nothing_lost() -> str:
    """Said where no area does."""
    return _("No area loses its last ready team of a type within {n} min.").format(n=coverleft.WITHIN)


def before_after(left: coverleft.Left) -> str:
    """How many areas had a team of a type that is called from there within reach, and how they stand then."""
    return ngettext(
        "{areas} area within {n} min of those called: {bare} then without a type, {thinner} with fewer",
        "{areas} areas within {n} min of those called: {bare} then without a type, {thinner} with fewer",
        len(left.areas),
    ).format(n=coverleft.WITHIN, areas=len(left.areas), bare=left.bare, thinner=len(left.areas) - left.bare)


def covers(one: coverleft.Cover) -> str:
    """A type at an area, before and after."""
    return _("{type} {before} -> {after}").format(
        type=safe(one.type) or _("no type"), before=one.before, after=one.after
    )


def cover(one: coverleft.Lost) -> str:
    """An area that loses its cover of a type, and who could move up."""
    nearest, n = safe(f"{one.nearest} {one.nearest_name}"), said_minutes(one.minutes)
    if one.may_move:
        who = _("{unit} could move up, {n} min away").format(unit=nearest, n=n)
    elif one.nearest:
        who = _("the nearest is {unit}, {n} min away, alone where it is").format(unit=nearest, n=n)
    else:
        who = _("no ready team of the type is left")
    said = told(safe(one.name), clauses((safe(one.type) or _("no type"), who)))
    return made_of(said, one.minutes, one.turnout_minutes) if one.nearest else said


# -- how good it is ---------------------------------------------------------------------------------


def measured(
    style_: str,
    called: int,
    nearest: int,
    cost: float,
    bound: float,
    *,
    told: int,
    method: str,
    sources: Sequence[str],
    drafts: int,
    drafted: int,
    chances: str,
    over: str = "",
) -> list[str]:
    """How good the plan is, and against what; of `told` units it was reckoned what it would be without them.

    `drafts` orders of an earlier plan stand, `drafted` lines are theirs; `chances` and `over` are as `spread` and
    `over_called` say them.
    """
    out = [
        ngettext(
            "{style} plan: {n} unit called; taking the nearest for each need would call {nearest}",
            "{style} plan: {n} units called; taking the nearest for each need would call {nearest}",
            called,
        ).format(style=style(style_), n=called, nearest=nearest),
        proven(cost, bound) if called or cost > 0 else covered(),
    ]
    if told < called:
        out.append(
            ngettext(
                "what it would be without them is reckoned of {n} unit, the soonest at each incident",
                "what it would be without them is reckoned of {n} units, the soonest at each incident",
                told,
            ).format(n=told)
        )
    if method == "prices" and cost > 0:
        out.append(no_solver())
    out += [over] if over else []
    if sources:
        out += [times_of(sources), chances]
    if drafts:
        out.append(draftwords.stands(drafts, drafted))
    return out


def covered() -> str:
    """Said of a plan that has nobody to call. What is ordered counts as coming here, and on the board what was accepted."""
    return _("enough is ordered, if all of it comes")


def proven(cost: float, bound: float) -> str:
    """How far from best the plan can be at most."""
    return _(
        "proven: no plan can cost less than {bound} minutes; this one costs {cost}, at most {gap} % more"
    ).format(bound=f"{bound:.0f}", cost=f"{cost:.0f}", gap=gap(cost, bound))


def gap(cost: float, bound: float) -> str:
    """By how many per cent at most the plan costs more than the best; `?` where nothing bounds it."""
    if cost <= bound:
        return "0.0"
    return f"{100 * (cost / bound - 1):.1f}" if bound else "?"


def no_solver() -> str:
    """Said where the plan was made without the extra."""
    return _("without a solver: pip install 'emergency-toolkit[planner]' finds better plans")


def times_of(sources: Sequence[str]) -> str:
    """Whose figures the arrivals are."""
    return _("times: {sources}").format(sources=clauses(map(safe, sources)))


def unknown_places(names: Sequence[str]) -> str:
    """Ends of driving times that name no place: such a time, or such a closed road, does not count."""
    named = listed(names[:FEW]) + (" ..." if len(names) > FEW else "")
    return safe(_("driving times name places that nobody knows: {places}").format(places=named))


def unanswered(why: str) -> str:
    """Why the times are not those of the routing server that was asked."""
    return safe(_("the routing server did not answer: {why}").format(why=why))


def roads(travel: Travel) -> list[str]:
    """What was in the way of better driving times: a server that did not answer, ends that are nowhere."""
    out = [unanswered(travel.trouble)] if travel.trouble else []
    return out + ([unknown_places(travel.unknown)] if travel.unknown else [])
