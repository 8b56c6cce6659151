"""The picture of a plan: it never leaves its room, and a sign means one thing, whatever the plan."""

from __future__ import annotations

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from emergency.store.spots import Spot
from emergency.store.text import cells
from emergency.tui import staged, stagedlines, stagemap
from emergency.tui.raster import View, along, framed

LAT, LNG = st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000)
VIEWS = st.builds(View, LAT, LNG, st.floats(1000, 1e6), st.integers(-4, 12))
POINTS = st.builds(Spot, st.just("home"), st.just("1"), st.just(""), LAT, LNG)


@example(Spot("home", "1", "", 0, 8000), Spot("home", "1", "", -13000, 0), View(0, 0, 1000.0), 5, 5)
@given(POINTS, POINTS, VIEWS, st.integers(1, 60), st.integers(1, 20))
def test_a_way_never_leaves_its_room_and_has_no_gap(
    start: Spot, end: Spot, view: View, width: int, height: int
) -> None:
    dots = along(framed(view, width, height), start, end)
    assert all(0 <= x < width * 2 and 0 <= y < height * 4 for x, y in dots)
    assert all(max(abs(a - c), abs(b - d)) <= 1 for (a, b), (c, d) in itertools.pairwise(dots))


@given(LAT, LNG, VIEWS, st.integers(1, 60), st.integers(1, 20))
def test_a_way_within_the_room_goes_from_its_start_to_its_end(
    lat: int, lng: int, view: View, width: int, height: int
) -> None:
    frame = framed(view, width, height)
    start, end = Spot("home", "1", "", lat, lng), Spot("team", "1", "", view.lat, view.lng)
    dots = along(frame, start, end)
    if frame.cell(start) is not None and frame.cell(end) is not None:
        assert dots[0] == frame.place(start) and dots[-1] == frame.place(end)


@st.composite
def plans(draw: st.DrawFn) -> staged.Plan:
    """What `plan stage --json` may tell, of any size and place."""

    def at() -> dict[str, float]:
        return {"lat": draw(LAT) / 1e6, "lng": draw(LNG) / 1e6}

    name = st.text("aZ9水\u202e\x1b", max_size=6)
    areas = [f"K{n}" for n in range(draw(st.integers(0, 40)))]
    sites = [f"S{n}" for n in range(draw(st.integers(0, 4)))]
    teams = []
    for n in range(draw(st.integers(0, 45))):
        stays = draw(st.booleans()) or not sites
        teams.append({
            "team": f"T{n}", "name": draw(name), "stays": stays, "site": None if stays else draw(st.sampled_from(sites)),
            "site_name": None, "at": at(), "from": {"site": None, "line": None, "at": at()}, "minutes": 1.5, "source": None, "turnout_minutes": 0, "turnout_of": "team",
            "people": None, "today": None, "draft": None, "covers": [{"area": a, "minutes": 2.0, "source": "x"} for a in areas[n : n + 2]],
        })  # fmt: skip
    return staged.parsed({
        "season": "FT-1", "name": draw(name), "within_minutes": 30.0, "sample": False, "teams": teams,
        "areas": [
            {"area": a, "name": draw(name), "weight": draw(st.integers(0, 9)), "at": at(), "covered_by": [
                {"type": None, "teams": [t["team"] for t in teams if a in [c["area"] for c in t["covers"]]], "why_not": None}
            ]} for a in areas
        ],
        "sites": [{"site": s, "name": draw(name), "at": at(), "capacity": None, "teams": [t["team"] for t in teams if t["site"] == s]} for s in sites],
        "weight": {"all": 10, "covered": 4, "covered_twice": 0}, "second_cover_counts": draw(st.sampled_from((0, 0.2))),
        "gap": 0.0, "method": "greedy and exchanges", "routing_trouble": None, "left_out": {"X": "why"},
        "remarks": [], "drafts": {"updated": [], "cancelled": []},
    })  # fmt: skip


@given(plans(), VIEWS, st.integers(1, 60), st.integers(1, 20), st.booleans())
def test_the_picture_of_any_plan_is_never_outside_its_room(
    plan: staged.Plan, view: View, width: int, height: int, ascii_only: bool
) -> None:
    picked = ("team", plan.teams[0].id) if plan.teams else None
    picture = stagemap.draw(plan, (), framed(view, width, height), picked, ascii_only=ascii_only)
    assert [cells(line) for line in picture.lines] == [width] * height


@given(plans())
def test_a_sign_means_one_thing_and_every_thing_has_a_line(plan: staged.Plan) -> None:
    signs = [team.sign for team in plan.teams] + [area.sign for area in plan.areas if area.state == "open"]
    told_ones = [sign for sign in signs if sign not in (staged.MORE_TEAMS, staged.MORE_AREAS)]
    assert len(told_ones) == len(set(told_ones))
    marks = {staged.FREE, staged.HOME, *(s for pair in staged.COVERED.values() for s in pair)}
    assert not marks & set(told_ones)
    things = {one.thing for one in stagedlines.lines(plan, wide=True) if one.thing}
    assert things == {(s.here.kind, s.id) for some in (plan.teams, plan.areas, plan.sites) for s in some}
    open_ = [area.weight for area in plan.areas if area.state == "open"]
    assert open_ == sorted(open_, reverse=True)
