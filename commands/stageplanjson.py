"""A plan to place teams ahead of a season as JSON: where everything is, too, so that other maps can be drawn of it;
minutes are rounded up to tenths."""

from __future__ import annotations

from typing import Any

from emergency.commands.stageplan import (
    Found,
    asked,
    covered,
    drive,
    remarks,
    sample,
    sources,
    totals,
    why_uncovered,
)
from emergency.plugins.planner.staging import SECOND
from emergency.store import planned
from emergency.store.moving import Before
from emergency.store.places import Point
from emergency.store.staging import weight
from emergency.store.travel import tenths


def plain(found: Found, before: Before) -> dict[str, Any]:
    """The plan as JSON, with what becomes of drafts that there are."""
    ground, staged = found.ground, found.staged
    of = {ask.team: draft.order for ask, draft in zip(found.asks, before.stands, strict=True) if draft}
    now = ground.window
    by = covered(found)
    first, second, total = totals(found, by)
    return {
        "season": ground.season["id"],
        "name": ground.season["name"],
        "window": {"begin": str(now.begin), "end": str(now.end), "state": now.state, "days": now.days},
        "sample": sample(found),
        "within_minutes": ground.within,
        "teams": [
            {**_plain_team(found, team, spot), "draft": of.get(ground.teams[team].id)}
            for team, spot in staged.placed
        ],
        "drafts": {**drafts(found, before), "others": before.others},
        "sites": _plain_sites(found),
        "areas": [
            {
                "area": row["id"],
                "name": row["name"],
                "weight": weight(row),
                "at": _at(Point(row["at_lat"], row["at_lng"])),
                "covered_by": [
                    {
                        "type": name or None,
                        "teams": [ground.teams[staged.placed[n][0]].id for n in by[k][a]],
                        "why_not": None if by[k][a] else why_uncovered(found, k, a),
                    }
                    for k, name in enumerate(found.kinds)
                ],
            }
            for a, row in enumerate(ground.areas)
        ],
        "weight": {"all": total, "covered": first, "covered_twice": second},
        "worth": staged.value,
        "bound": staged.bound,
        "gap": staged.gap,
        "method": staged.method,
        "second_cover_counts": SECOND if found.wanted.backup else 0,
        "sources": sources(found),
        "routing_trouble": found.travel.trouble or None,
        "unknown_places": list(found.travel.unknown),
        "left_out": dict(ground.left_out),
        "today": dict(ground.today),
        "asked": [
            {"type": one.type or None, "asked": one.asked, "able": one.able, "placed": one.placed}
            for one in asked(found)
        ],
        "remarks": remarks(found),
    }


def drafts(found: Found, before: Before) -> dict[str, Any]:
    """The drafts of an earlier plan that stand, and what --issue would do now."""
    kept = [draft.order for draft in before.stands if draft]
    dropped = [draft.order for draft in before.dropped]
    return {
        "standing": [*kept, *dropped],
        "new": before.stands.count(None),
        "kept": kept,
        "updated": list(planned.updated(found.asks, before.stands)),
        "cancelled": dropped,
    }


def _plain_team(found: Found, team: int, spot: int) -> dict[str, Any]:
    """Where a team is placed, where it comes from, and what it covers there."""
    ground = found.ground
    one, stays = ground.teams[team], spot == ground.stands[team]
    site = ground.spots[spot] if ground.spots[spot].kind == "site" else None
    leg, turnout = drive(found, team, spot), ground.turnout(team, spot)
    return {
        "team": one.id,
        "name": one.name,
        "type": one.type or None,
        "stays": stays,
        "today": ground.today.get(one.id),
        "site": site.id if site else None,
        "site_name": site.name if site else None,
        "at": _at(ground.spots[spot].at),
        "from": {"site": one.site or None, "line": one.line or None, "at": _at(one.at)},
        "minutes": tenths(leg.minutes),
        "source": leg.source or None,
        "people": one.ask.people,
        "turnout_minutes": tenths(turnout),
        "turnout_of": "site" if ground.spots[spot].turnout is not None else "team",
        "covers": [
            {
                "area": ground.areas[a]["id"],
                "minutes": tenths(turnout + leg.minutes),
                "drive_minutes": tenths(leg.minutes),
                "source": leg.source,
            }
            for a, leg in sorted(ground.covers(team, spot).items(), key=lambda item: item[1].minutes)
        ],
    }


def _plain_sites(found: Found) -> list[dict[str, Any]]:
    """The candidate sites, and who of the plan stands at each."""
    ground = found.ground
    return [
        {
            "site": spot.id,
            "name": spot.name,
            "at": _at(spot.at),
            "capacity": spot.room,
            "teams": [ground.teams[team].id for team, at in found.staged.placed if at == number],
        }
        for number, spot in enumerate(ground.spots)
        if spot.kind == "site"
    ]


def _at(point: Point) -> dict[str, float]:
    """A place as JSON, as every list tells it."""
    return {"lat": point.lat / 1e6, "lng": point.lng / 1e6}
