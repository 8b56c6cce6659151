"""A plan to place teams as rows of a list, and each of its lines in full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from emergency.store import planwords, seasonwords
from emergency.store.spots import Spot
from emergency.store.travel import said_minutes
from emergency.store.words import _, added, aside, clauses, listed, ngettext, told
from emergency.tui.panel import Column, Row, Target
from emergency.tui.staged import FREE, Area, Placed, Plan, Site, Thing
from emergency.tui.style import mark

#: So many lines of each kind are listed; the rest is counted.
MOST = 300


class Told(NamedTuple):
    """A row of the list, and what it stands for on the map; None where for nothing. One of two cells goes across."""

    row: Row
    thing: Thing | None = None


def columns() -> tuple[Column, ...]:
    """Of a team: its sign, what it is, where it goes, how far, and what it covers there."""
    return Column(), Column(least=10), Column(least=10), Column(right=True), Column(least=6)


def lines(plan: Plan, *, wide: bool) -> list[Told]:
    """Teams, areas that lack cover, the others, sites, how good it is, what is left out."""
    return [*_teams(plan, wide=wide), *_areas(plan), *_sites(plan), *_quality(plan), *_left_out(plan)]


def _head(text: str) -> Told:
    return Told(Row(("", text), "head"))


def _more(found: int) -> list[Told]:
    return [Told(Row(("", _("and {n} more").format(n=found - MOST)), "dim"))] if found > MOST else []


def _teams(plan: Plan, *, wide: bool) -> Iterator[Told]:
    yield _head(_("Teams: {n}, {moved} of them move").format(n=len(plan.teams), moved=len(plan.moved)))
    if not plan.teams:
        yield Told(Row(("", _("no team is placed"))))
    names = {area.id: area.name or area.id for area in plan.areas}
    for team in plan.teams[:MOST]:
        draft = plan.drafts.get(team.id, "")
        where = _where(team)
        if draft:
            where = _("draft {line}").format(line=draft) + f" {where}"
        if wide:
            covers = listed(names.get(c.area, c.area) for c in team.covers) or "-"
        else:
            covers = ngettext("{n} area", "{n} areas", len(team.covers)).format(n=len(team.covers))
        cells = (
            team.sign,
            f"{team.id} {team.name}",
            where,
            _minutes(team.minutes) if not team.stays else "",
            covers,
        )
        target = Target("line", draft) if draft else Target("team", team.id)
        yield Told(Row(cells, "ask" if draft else "", target), ("team", team.id))
    yield from _more(len(plan.teams))


def _where(team: Placed) -> str:
    if not team.stays:
        return f"-> {team.site_name or team.site}"
    if team.line:
        return _("stays at {site}").format(site=team.site_name or team.site)
    return _("stays at home")


def _minutes(minutes: float) -> str:
    return _("{n} min").format(n=said_minutes(minutes))


def _areas(plan: Plan) -> Iterator[Told]:
    """Those that lack cover first; where a second cover counts, then those that lack one."""
    if not plan.areas:
        yield Told(Row((mark("ask"), seasonwords.no_areas()), "ask"))
    titles = {"open": _("Not covered: {n}"), "covered": _("Covered: {n}")}
    if plan.backup:
        titles |= {"covered": _("Covered by one only: {n}"), "twice": _("Covered twice: {n}")}
    for state, title in titles.items():
        alike = (state,) if plan.backup or state == "open" else ("covered", "twice")
        found = [area for area in plan.areas if area.state in alike]
        if not found:
            continue
        yield _head(title.format(n=len(found)))
        tone = "late" if state == "open" else "ask" if plan.backup and state == "covered" else ""
        for area in found[:MOST]:
            said = told(listed((f"{area.id} {area.name}", _weight(area))), _why(area))
            row = Row((area.sign, said), tone, Target("keyarea", area.id))
            yield Told(row, ("keyarea", area.id))
        yield from _more(len(found))


def _weight(area: Area) -> str:
    return _("weight {weight:g}").format(weight=area.weight)


def _why(area: Area) -> str:
    """By whom an area is covered, and why not where it is not."""
    by = [f"{one.sign} {_minutes(one.minutes)}" for one in area.by]
    parts = [_("by {teams}").format(teams=listed(by))] if by else []
    parts += [told(type_, why) if type_ else why for type_, why in area.why_not]
    return clauses(parts)


def _sites(plan: Plan) -> Iterator[Told]:
    if not plan.sites:
        return
    used = sum(bool(site.teams) for site in plan.sites)
    yield _head(_("Sites: {n} of {all} used").format(n=used, all=len(plan.sites)))
    for site in sorted(plan.sites, key=lambda s: not s.teams)[:MOST]:
        row = Row(
            ("" if site.teams else FREE, told(f"{site.id} {site.name}{_room(site)}", _there(plan, site))),
            "" if site.teams else "dim", Target("site", site.id),
        )  # fmt: skip
        yield Told(row, ("site", site.id))
    yield from _more(len(plan.sites))


def _room(site: Site) -> str:
    if site.capacity is None:
        return ""
    return added(
        "", ngettext("room for {n} team", "room for {n} teams", site.capacity).format(n=site.capacity)
    )


def _there(plan: Plan, site: Site) -> str:
    there = [f"{team.sign} {team.name or team.id}" for team in plan.teams if team.id in site.teams]
    return listed(there) or _("not used")


def _quality(plan: Plan) -> Iterator[Told]:
    """The bound, and whose driving times it rests on."""
    yield _head(_("How good it is"))
    yield Told(Row(("", seasonwords.proof(plan.gap, plan.method))))
    yield from (Told(Row(("", said))) for said in plan.remarks)
    yield Told(Row(("", _("driving times: {counts}").format(counts=drives(plan)))))
    sources = {c.source for team in plan.teams for c in team.covers} | {
        t.source for t in plan.teams if t.source
    }
    if sources:
        said = _("driving times: {sources}").format(sources=clauses(sorted(sources)))
        yield Told(Row(("", said)))
    if plan.trouble:
        said = planwords.unanswered(plan.trouble)
        yield Told(Row((mark("late"), said), "late"))


def _left_out(plan: Plan) -> Iterator[Told]:
    if plan.left_out:
        yield _head(_("Left out: {n}").format(n=len(plan.left_out)))
        for id_, why in list(plan.left_out.items())[:MOST]:
            kind = plan.kinds.get(id_)
            yield Told(
                Row(
                    ("", told(f"{id_} {plan.names.get(id_, '')}".rstrip(), why)),
                    "dim",
                    Target(kind, id_) if kind else None,
                )
            )
        yield from _more(len(plan.left_out))


# -- in full -----------------------------------------------------------------------------------------------


def drives(plan: Plan) -> str:
    """How many minutes are measured or from roads, and how many estimated."""
    roads, guessed = plan.drives
    return _("{roads} by road, {guessed} estimated").format(roads=roads, guessed=guessed)


def summed(plan: Plan) -> str:
    """What the plan comes to, in one line."""
    said = ngettext("{n} team", "{n} teams", len(plan.teams)).format(n=len(plan.teams))
    if not plan.areas:
        return told(said, seasonwords.no_areas())
    share = 100.0 if plan.weight <= 0 else int(1000 * min(1.0, plan.covered / plan.weight)) / 10
    weight = _("weight {covered:g} of {all:g} ({share:g}%)").format(
        covered=plan.covered, all=plan.weight, share=share
    )
    if plan.backup:
        weight += _(", twice {twice:g}").format(twice=plan.twice)
    best = _("at most {gap:.2%} from the best").format(gap=plan.gap) if plan.gap else _("no better plan")
    return clauses((told(said, weight), best))


def said(plan: Plan, thing: Thing | None) -> tuple[str, str]:
    """The two lines that tell what is picked in full; "" where nothing is."""
    kind, id_ = thing or ("", "")
    for team in plan.teams if kind == "team" else ():
        if team.id == id_:
            return _team_said(plan, team)
    for area in plan.areas if kind == "keyarea" else ():
        if area.id == id_:
            return added(f"{area.sign} {area.id} {_place(area.here)} {area.name}", _weight(area)), _why(area)
    for site in plan.sites if kind == "site" else ():
        if site.id == id_:
            sign = " " if site.teams else FREE
            return f"{sign} {site.id} {_place(site.here)} {site.name}{_room(site)}", _there(plan, site)
    return "", ""


def _team_said(plan: Plan, team: Placed) -> tuple[str, str]:
    where = _where(team)
    if not team.stays:
        where = added(f"-> {team.site} {team.site_name}", _minutes(team.minutes))
        if team.people is not None:
            where = listed((where, ngettext("{n} person", "{n} people", team.people).format(n=team.people)))
    elif team.line:
        where = aside(where, team.line)
    if team.today:
        where = clauses((where, seasonwords.today(team.today)))
    names = {area.id: area.name or area.id for area in plan.areas}
    covers = listed(f"{names.get(c.area, c.area)} {_minutes(c.minutes)}" for c in team.covers)
    reach = seasonwords.covers(covers or "-", team.turnout, stated=team.by_site or not team.site)
    return told(f"{team.sign} {team.id} {team.name}", where), reach


def _place(spot: Spot) -> str:
    return f"{spot.lat / 1e6:.5f},{spot.lng / 1e6:.5f}"
