"""A plan to place teams, as lines of a terminal."""

from __future__ import annotations

from emergency.commands import stageplan
from emergency.commands.stageplan import Found
from emergency.store import planwords, seasonwords
from emergency.store.showing import SAMPLE_MARK
from emergency.store.staging import weight
from emergency.store.text import safe
from emergency.store.travel import said_minutes
from emergency.store.words import _, clauses, listed, ngettext, told

#: Of what was left out, so many are named.
NAMED = 8


def lines(found: Found) -> list[str]:
    """The whole plan."""
    ground = found.ground
    out = [told(safe(ground.season["name"] or ground.season["id"]), seasonwords.span(ground.window))]
    if stageplan.sample(found):
        out.append("* " + SAMPLE_MARK)
    return [*out, "", *_teams(found), "", *_areas(found), "", *_sum(found), *_left_out(found)]


def _teams(found: Found) -> list[str]:
    ground = found.ground
    if not found.staged.placed:
        return [_("no team is placed")]
    out = []
    for team, spot in found.staged.placed:
        one, leg = ground.teams[team], stageplan.drive(found, team, spot)
        stays = spot == ground.stands[team]
        if stays and one.line:
            site = ground.spots[spot]
            where = _("stays at {site}, where {order} has it").format(
                site=f"{site.id} {site.name}", order=one.line
            )
        elif stays:
            where = _("stays at home")
        else:
            site = ground.spots[spot]
            where = _("goes to {site}, {minutes} min").format(
                site=f"{site.id} {site.name}", minutes=said_minutes(leg.minutes)
            )
        if one.ask.people is not None and not stays:
            where = listed(
                (where, ngettext("{n} person", "{n} people", one.ask.people).format(n=one.ask.people))
            )
        if state := ground.today.get(one.id):
            where = clauses((where, seasonwords.today(state)))
        out.append(safe(told(f"{one.id} {one.name}", where)))
        reach = sorted(ground.covers(team, spot).items(), key=lambda item: item[1].minutes)
        turnout = ground.turnout(team, spot)
        covers = [
            f"{ground.areas[a]['name']} " + _("{n} min").format(n=said_minutes(turnout + drive.minutes))
            for a, drive in reach[:NAMED]
        ]
        if len(reach) > NAMED:
            covers.append(_("and {n} more").format(n=len(reach) - NAMED))
        stated = ground.spots[spot].kind == "team" or ground.spots[spot].turnout is not None
        out.append("  " + safe(seasonwords.covers(listed(covers) or "-", turnout, stated=stated)))
    return out


def _areas(found: Found) -> list[str]:
    """What is not covered, and why; and with --backup what is covered but once."""
    by = stageplan.covered(found)
    if not found.ground.areas:
        return [seasonwords.no_areas()]
    out, once = [], []
    for kind, name in enumerate(found.kinds):
        for area, row in enumerate(found.ground.areas):
            label = f"{row['id']} {row['name']}" + (f" ({name})" if name else "")
            if not by[kind][area]:
                why = stageplan.why_uncovered(found, kind, area)
                out.append(
                    safe(
                        _("not covered: {area}, weight {weight:g}: {why}").format(
                            area=label, weight=weight(row), why=why
                        )
                    )
                )
            elif found.wanted.backup and len(by[kind][area]) == 1:
                once.append(label)
    if once:
        said = listed(once[:NAMED]) + (" ..." if len(once) > NAMED else "")
        out.append(safe(_("covered by one team only: {areas}").format(areas=said)))
    return out or [_("every key area is covered")]


def _sum(found: Found) -> list[str]:
    by = stageplan.covered(found)
    first, second, total = stageplan.totals(found, by)
    staged = found.staged
    said = stageplan.counted(len(staged.placed))
    if found.ground.areas:
        said = _("{n}: weight covered {covered:g} of {all:g} ({share})").format(
            n=said, covered=first, all=total, share=stageplan.share(first, total)
        )
        if found.wanted.backup:
            said += _(", twice {twice:g}").format(twice=second)
    sources = stageplan.sources(found)
    out = [said, seasonwords.proof(staged.gap, staged.method), *stageplan.remarks(found)]
    if sources:
        out.append(safe(_("driving times: {sources}").format(sources=clauses(sources))))
    return out + planwords.roads(found.travel)


def _left_out(found: Found) -> list[str]:
    left = list(found.ground.left_out.items())
    if not left:
        return []
    out = ["", _("left out:")]
    out += ["  " + safe(told(id_, why)) for id_, why in left[:NAMED]]
    if len(left) > NAMED:
        out.append("  " + _("and {n} more").format(n=len(left) - NAMED))
    return out
