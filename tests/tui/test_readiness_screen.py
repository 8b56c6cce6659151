"""Readiness computed on the screens: in its list, in a team's details, and who has been out for long."""

from __future__ import annotations

import pytest

from emergency.store import floors, readiness
from emergency.store.store import Store
from emergency.tui.panel import Panel

from . import walk
from .planning import column, copied, done, filtered, narrow, opened, told
from .screen import Duty, on_duty

SIZES = [(80, 24), (160, 48)]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The smallest terminal, and a large one."""
    assert isinstance(request.param, tuple)
    return request.param


def page(duty: Duty) -> str:
    """All rows of the record on top, whether there is room for them or not."""
    panel = duty.app.screen.query(Panel).first()
    return "\n".join(" ".join(row.cells) for row in panel._given)


# -- the list ---------------------------------------------------------------------------------------


async def test_it_is_found_by_its_name_and_lists_the_worst_first(demo: str, size: tuple[int, int]) -> None:
    async with on_duty(demo, size) as duty:
        await walk.pressed(duty, "colon")
        await walk.hurried(duty, *"readiness")
        shown = await walk.pressed(duty, "enter")
        narrow(duty)
        assert duty.app.room == "readiness" and "* 样例 SAMPLE" in shown
        teams = told(demo, await copied(duty, "vertical_line"))
        assert column(duty, "team") == [t["team"] for t in teams]
        assert [cell.split()[1] for cell in column(duty, "overall")] == [
            {"off": "off"}.get(t["overall"], t["overall"]) for t in teams
        ]
        for cell, t in zip(column(duty, "people"), teams, strict=True):
            figures = (
                "?" if n is None else n
                for n in (t["dimensions"]["people"][k] for k in ("figure", "required"))
            )
            assert "/".join(map(str, figures)) in cell


async def test_states_and_filters_choose_and_the_copied_line_chooses_the_same(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "readiness")
        for text, words in (
            ("short", ["team", "readiness", "--state", "short"]),
            ("stale region:110100", ["team", "readiness", "--where", "region:110100", "--state", "stale"]),
            ("type:水域", ["team", "readiness", "--where", "type:水域"]),
        ):
            await filtered(duty, text)
            assert await copied(duty, "vertical_line") == words
            teams = [t["team"] for t in told(demo, words)]
            assert column(duty, "team") == teams and 0 < len(teams) < 40
            await walk.pressed(duty, "escape")


async def test_enter_tells_each_dimension_its_source_its_age_and_what_would_lift_it(
    demo: str, size: tuple[int, int]
) -> None:
    async with on_duty(demo, size) as duty:
        await opened(duty, "readiness")
        await filtered(duty, "房山防汛排水二队")
        words = await copied(duty)
        assert words == ["team", "readiness", "BJ-2"]
        [team] = told(demo, words)
        await walk.pressed(duty, "enter")
        narrow(duty)
        text = page(duty)
        for name, d in team["dimensions"].items():
            assert f"{name} {d['state']}" in text
            for said in (d["figure_from"], d["required_from"], *d["lacks"]):
                assert said in text, said
        assert "duty report, 59 min ago" in text and "样例 SAMPLE: the quantities" in text
        assert "held back by people, equipment, supplies, transport, communications" in text
        assert await copied(duty) == words
        await walk.pressed(duty, "h")
        await walk.pressed(duty, "escape", "escape", "escape")


async def test_a_report_lifts_it_at_once(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "readiness")
        await filtered(duty, "BJ-5")
        assert column(duty, "team") == ["BJ-5"]
        before = column(duty, "people")
        done(demo, "duty", "report", "BJ-5", "--readiness", "standby", "--headcount", "3")
        duty.app.look()
        await duty.until(lambda: column(duty, "people") != before)
        assert column(duty, "people") == ["✗ 3/20"]


async def test_of_many_changes_in_a_row_the_last_is_shown(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "readiness")
        await filtered(duty, "id=BJ-5")
        for people in (1, 2, 3, 4, 5):
            done(demo, "duty", "report", "BJ-5", "--readiness", "standby", "--headcount", str(people))
            duty.app.look()
        await duty.until(lambda: column(duty, "people") == ["✗ 5/20"])
        await walk.pressed(duty, "escape")
        done(demo, "duty", "report", "BJ-5", "--readiness", "standby", "--headcount", "6")
        duty.app.look()
        await duty.until(lambda: "✗ 6/20" in column(duty, "people"))


# -- a team's details --------------------------------------------------------------------------------


async def test_a_team_says_how_it_stands_wherever_it_is_opened(demo: str) -> None:
    with Store(demo) as store:
        [expected] = readiness.of(store, readiness.Scope(team="BJ-2"))
    async with on_duty(demo, (160, 48)) as duty:
        await opened(duty, "teams")
        shown = await walk.pressed(duty, "down")
        assert "✗ Counts as" in shown and "short: held back by people" in shown
        await walk.pressed(duty, "enter")
        text = page(duty)
        for d in expected.dimensions:
            for lack in d.lacks:
                assert lack in text
        # How to reach it comes before how it is made up.
        assert text.index("Duty phone") < text.index("Dimensions")
        # Its gaps are one key away from there.
        panel = duty.app.screen.query_one(Panel)
        at = next(i for i, row in enumerate(panel.rows) if row.target and row.target.kind == "audit")
        await walk.pressed(duty, *["down"] * at, "enter")
        assert "Gaps: 房山防汛排水二队" in duty.text
        await walk.pressed(duty, "escape", "escape", "escape")
        assert duty.app.room == "board"


async def test_how_many_can_go_before_a_floor_breaks_is_said(demo: str) -> None:
    done(demo, "team", "set", "BJ-5", "floor=10")
    done(demo, "region", "set", "110108", "floor=15")
    async with on_duty(demo, (160, 48)) as duty:
        await opened(duty, "teams")
        await filtered(duty, "BJ-5")
        await walk.pressed(duty, "enter")
        with Store(demo) as store:
            leave = floors.leave(store.connection, "BJ-5")
            assert leave is not None
            assert floors.broken(store.connection, "BJ-5", leave.free) == ""
            assert leave.keeper in floors.broken(store.connection, "BJ-5", leave.free + 1)
        assert f"{leave.free} can go; one more breaks the floor of {leave.keeper}, {leave.floor}" in page(
            duty
        )


async def test_a_team_out_of_use_or_never_heard_of_is_told_too(busy: str) -> None:
    done(busy, "team", "retire", "FT-4", "--reason", "整编")
    async with on_duty(busy) as duty:
        await opened(duty, "teams")
        await filtered(duty, 'retired!=""')
        await walk.pressed(duty, "enter")
        assert "Counts as" not in page(duty) and "整编" in page(duty)
        await walk.pressed(duty, "escape", "escape", "end", "enter")
        assert "Counts as" in page(duty)


# -- rest -------------------------------------------------------------------------------------------


async def test_who_has_been_out_too_long_is_told_with_who_could_relieve(
    demo: str, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("EMERGENCY_REST_AFTER", "36min")
    async with on_duty(demo, size) as duty:
        await opened(duty, "readiness")
        shown = await walk.pressed(duty, "right_square_bracket")
        narrow(duty)
        out = told(demo, await copied(duty, "vertical_line"))
        assert column(duty, "line") == [d["line"] for d in out]
        late = [d for d in out if d["out_s"] >= 36 * 60]
        assert 0 < len(late) < len(out)
        assert [cell.startswith("!") for cell in column(duty, "out")] == [d in late for d in out]
        assert f"{len(out)} out; longer than 36 min: {len(late)}" in shown
        for d, cell in zip(out, column(duty, "relief"), strict=True):
            assert all(r["name"] in cell for r in d["relief"])
            assert d["relief"] or cell == "nobody"
        await walk.pressed(duty, "enter")
        assert out[0]["line"] in duty.text
        await walk.pressed(duty, "escape", "escape")
        assert "[teams]" in duty.text
        await filtered(duty, f"id={out[0]['team']}")
        await walk.pressed(duty, "enter")
        assert "could relieve: " in page(duty)


async def test_an_empty_store_says_what_to_do(empty: str) -> None:
    async with on_duty(empty) as duty:
        assert "4 opens the register of teams" in await opened(duty, "readiness")
        assert "nobody is out" in await walk.pressed(duty, "right_square_bracket")
        await walk.pressed(duty, "escape", "escape")
        assert duty.app.room == "board"
