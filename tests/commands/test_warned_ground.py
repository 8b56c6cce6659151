"""Which counties the map of alerts marks as warned: by the outlines as they were taken in, not as they are drawn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from emergency.store import spots
from emergency.store.store import Store
from tests.plugins.alert_samples import cap

from .conftest import Officer

COUNTY = "110111"
Corner = tuple[float, float]


@pytest.fixture
def middle(say: Officer) -> Corner:
    """Where a county lies, and a team of this station with it."""
    with Store(str(say.store)) as store:
        row = store.row("region", COUNTY)
    assert row is not None
    at = row["at_lat"] / 1e6, row["at_lng"] / 1e6
    say.add("team", "name=房山队", f"at={at[0]},{at[1]}")
    return at


def polygon(corners: Sequence[Corner]) -> str:
    said = " ".join(f"{lat:.6f},{lng:.6f}" for lat, lng in (*corners, corners[0]))
    return f"<polygon>{said}</polygon>"


def square(lat: float, lng: float, half: float) -> list[Corner]:
    return [(lat + a * half, lng + b * half) for a, b in ((-1, -1), (-1, 1), (1, 1), (1, -1))]


def warned(say: Officer, shapes: str) -> bool:
    area = f"<area><areaDesc>ground</areaDesc>{shapes}</area>"
    say.done("alert", "import", "-", stdin=cap(area=area).encode())
    with Store(str(say.store)) as store:
        found = spots.spots(store)
    assert [s for s in found if s.kind == "alert"]
    assert all(len(ring) <= spots.MOST_CORNERS + 2 for s in found for ring in s.rings)
    assert all(len(s.rings) <= spots.MOST_RINGS for s in found)
    return next(s.standing for s in found if s.id == COUNTY) == spots.WARNED


def test_a_corner_that_is_not_drawn_still_holds_what_lies_in_it(say: Officer, middle: Corner) -> None:
    lat, lng = middle
    # A long coast to the south with many corners, of which some are drawn; the tip over the county is not.
    west, tip, east = (lat - 1.0, lng - 0.02), (lat + 0.5, lng), (lat - 1.0, lng + 0.02)
    coast = [(lat - 1.0, lng - 0.3 + n * 0.0007) for n in range(400)]
    shape = [*coast, west, tip, east, *((lat - 1.0, lng + 0.02 + n * 0.0007) for n in range(1, 400))]
    shape += [(lat - 2.0, lng + 0.3), (lat - 2.0, lng - 0.3)]
    step = -(-(len(shape) + 1) // spots.MOST_CORNERS)
    assert shape.index(tip) % step
    assert warned(say, polygon(shape))


def test_an_area_beyond_those_that_are_drawn_is_warned_too(say: Officer, middle: Corner) -> None:
    lat, lng = middle
    far = [polygon(square(20 + n * 0.1, 100, 0.01)) for n in range(spots.MOST_RINGS)]
    assert warned(say, "".join([*far, polygon(square(lat, lng, 0.05))]))


def test_a_circle_beyond_those_that_are_drawn_is_warned_too(say: Officer, middle: Corner) -> None:
    lat, lng = middle
    far = [polygon(square(20 + n * 0.1, 100, 0.01)) for n in range(spots.MOST_RINGS)]
    assert warned(say, "".join([*far, f"<circle>{lat},{lng} 3</circle>"]))


def test_ground_outside_every_outline_is_not_warned(say: Officer, middle: Corner) -> None:
    lat, lng = middle
    say.add("team", "name=远队", "at=20,100")
    near = f"<circle>{lat + 0.2},{lng} 3</circle>"
    assert not warned(say, polygon(square(20, 100, 0.05)) + polygon(square(lat, lng + 0.2, 0.05)) + near)
