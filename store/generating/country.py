"""Where made-up teams stand: round the real centres of counties, more of them near cities."""

from __future__ import annotations

import math
import random
from typing import NamedTuple

from emergency.store import places, reference
from emergency.store.places import Point

#: A county weighs half as much at this distance from the middle of the next large city, in metres.
_HALF = 25_000
#: How far round a centre teams lie, in millionths of a degree of latitude: in a town, and in the country.
_TOWN, _COUNTRY = 22_000, 90_000


class County(NamedTuple):
    """A division that teams are of."""

    code: str
    short: str
    at: Point
    weight: float


def counties(prefixes: tuple[str, ...]) -> list[County]:
    """The counties under these codes, each with how much of all there is should stand in it."""
    rows = {code: values for code, values in reference.regions() if not values.get("retired")}
    cities = [
        Point(*map(int, values["at"].split(",")))
        for code, values in rows.items()
        if values["level"] == "city" and code.startswith(prefixes)
    ]
    out = []
    for code, values in rows.items():
        if values["level"] != "county" or not code.startswith(prefixes):
            continue
        at = Point(*map(int, values["at"].split(",")))
        nearest = min(places.distance_m(at, city) for city in cities)
        # The capitals draw more than other cities.
        large = 4.0 if code[:2] == "11" else 2.5 if code[:2] == "12" else 1.0
        out.append(County(code, values["short"], at, large / (1 + nearest / _HALF)))
    return out


def shares(total: int, weights: list[float]) -> list[int]:
    """A whole number divided by weights, with nothing lost: the largest remainders get one more."""
    whole = sum(weights)
    exact = [total * w / whole for w in weights]
    out = [math.floor(x) for x in exact]
    order = sorted(range(len(weights)), key=lambda i: (out[i] - exact[i], i))
    for i in order[: total - sum(out)]:
        out[i] += 1
    return out


def base(chance: random.Random, county: County) -> Point:
    """A place in a county: most in its town, one in four in the country round it."""
    spread = _TOWN if chance.random() < 0.75 else _COUNTRY
    lat = county.at.lat + chance.gauss(0, spread)
    lng = county.at.lng + chance.gauss(0, spread * 1.3)
    # Rounded to some ten metres: a made-up place that is told more exactly would look surveyed.
    return Point(round(lat / 100) * 100, round(lng / 100) * 100)
