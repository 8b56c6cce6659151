"""What `plan stage` says is the same for programs and for people, and no more than is so."""

from __future__ import annotations

from emergency.store import seasonwords
from emergency.store.travel import said_minutes

from .conftest import Officer
from .test_stage import desk, stage

__all__ = ["desk"]


def test_the_plan_as_json_and_as_text_says_the_same_minutes(desk: Officer) -> None:
    for end in ("镇区队", "二队"):
        desk.done(
            "drive", "add", f"from={end}", "to=山口点", "minutes=31.02", "source=实测", "as_of=2026-07-30"
        )
    desk.done("drive", "add", "from=山口点", "to=山村", "minutes=19.01", "source=实测", "as_of=2026-07-30")
    (team,) = stage(desk, "--teams", "1", "--within", "20min")["teams"]  # type: ignore[misc]
    figures = (team["minutes"], team["covers"][0]["minutes"], team["covers"][0]["drive_minutes"])
    assert (team["site_name"], figures) == ("山口点", (31.1, 19.1, 19.1))
    said = desk.done("plan", "stage", "汛期", "--teams", "1", "--within", "20min").out
    assert f"山口点, {said_minutes(31.1)} min" in said and f"山村 {said_minutes(19.1)} min" in said


def test_a_season_in_which_no_area_counts_says_so_and_claims_no_cover(desk: Officer) -> None:
    desk.done("season", "add", "name=大会", "kind=event", "begin=2026-08-01", "end=2026-08-09")
    told = desk.done("plan", "stage", "大会", "--teams", "3").out
    assert seasonwords.no_areas() in told and "no team is placed" in told
    assert "every key area is covered" not in told and "100%" not in told
    assert (
        "every key area is covered"
        in desk.done("plan", "stage", "汛期", "--teams", "3", "--within", "9h").out
    )
