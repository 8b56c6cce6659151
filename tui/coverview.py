"""The cover that a call-up plan leaves, as `plan callup --json` tells it: what is on the map, with the sign it has there."""

from __future__ import annotations

from typing import Any, NamedTuple

from emergency.store.coverleft import Area, Cover, Gone, Left, Lost
from emergency.store.places import Point
from emergency.store.spots import Spot
from emergency.tui.staged import AREA_SIGNS, MORE_AREAS

#: Signs of a team that is called, before and after, and of one that could move up.
CALLED, AWAY, MOVER = "+", "-", "^"


class Shown(NamedTuple):
    """All of it, and the signs of the areas that are left without a team: {region: sign}."""

    left: Left
    signs: dict[str, str]

    def ways(self, region: str | None = None) -> list[tuple[Spot, Spot]]:
        """From where each team that could move up stands to the area that it would cover; of one area alone."""
        areas = {area.region: area for area in self.left.areas}
        return [
            (_spot("team", one.nearest, one.nearest_name, one.nearest_at), here(areas[one.region]))
            for one in self.left.lost
            if one.nearest_at is not None and one.region in areas and region in (None, one.region)
        ]


def parsed(value: dict[str, Any]) -> Shown:
    """The cover of the JSON of a plan. Raises KeyError and TypeError for what is none."""
    lost = tuple(
        Lost(**{
            **one, "minutes": float("inf") if one["minutes"] is None else one["minutes"],
            "nearest_at": _point(one["nearest_at"]) if one["nearest_at"] else None,
        })
        for one in value["cover_lost"]
    )  # fmt: skip
    areas = tuple(
        Area(one["region"], one["name"], _point(one["at"]), tuple(Cover(**told) for told in one["types"]))
        for one in value["cover"]["areas"]
    )
    teams = tuple(Gone(**{**one, "at": _point(one["at"])}) for one in value["cover"]["teams"])
    bare = list(dict.fromkeys(one.region for one in lost))
    signs = {region: AREA_SIGNS[n] if n < len(AREA_SIGNS) else MORE_AREAS for n, region in enumerate(bare)}
    return Shown(Left(lost, areas, teams), signs)


def here(area: Area) -> Spot:
    """Where an area is on the map."""
    return _spot("county", area.region, area.name, area.at)


def of_team(team: Gone) -> Spot:
    """Where a team that is called is on the map."""
    return _spot("team", team.id, team.name, team.at)


def _point(at: dict[str, float]) -> Point:
    return Point(round(at["lat"] * 1e6), round(at["lng"] * 1e6))


def _spot(kind: str, id_: str, name: str, at: Point) -> Spot:
    return Spot(kind, id_, name, at.lat, at.lng)
