"""What is a drill, and what is made up, says so in whatever list it stands."""

from __future__ import annotations

import pathlib

from emergency.store import times
from emergency.store.stepping import take
from emergency.store.store import Store
from emergency.tui.panel import Panel, Row
from emergency.tui.plans import named

from . import stage, walk
from .planning import done, opened, table
from .screen import Duty, on_duty
from .test_standards_screen import version


def rows(duty: Duty) -> tuple[Row, ...]:
    """What the record on top, or beside the list, holds, cut nowhere."""
    return duty.app.screen.query(Panel).first()._given


async def test_a_team_that_is_made_up_is_marked_against_an_official_standard_too(
    demo: str, tmp_path: pathlib.Path
) -> None:
    own = {'code = "SAMPLE-BJ"': 'code = "BJ"', "sample = true": "sample = false"}
    done(demo, "standard", "import", version(tmp_path, "own.toml", **own))
    done(demo, "team", "set", "BJ-2", "sample=")
    async with on_duty(demo, (160, 40)) as duty:
        for place, keys in (("standards", ()), ("standards", ("right_square_bracket",)), ("readiness", ())):
            shown = await opened(duty, place)
            shown = await walk.pressed(duty, *keys) if keys else shown
            assert "* 样例 SAMPLE" in shown
            at = [column.name for column in table(duty).source.columns].index("team")
            stars = {(line.cells[at], line.cells[0].endswith(" *")) for line in table(duty).held.lines}
            assert {("BJ-2", False), ("BJ-10 *", True)} - stars == set(), place
            assert all(id_.endswith(" *") == star for id_, star in stars)
        # Added up, and the teams that are added up.
        await opened(duty, "standards")
        await walk.pressed(duty, "right_square_bracket", "right_square_bracket")
        assert {line.cells[0].endswith(" *") for line in table(duty).held.lines} == {True}
        ids = {row.cells[1] for row in rows(duty) if row.target}
        assert ids and all(id_.endswith(" *") for id_ in ids - {"BJ-2"})
        # A team's gaps, and who has over what it lacks.
        await opened(duty, "standards")
        table(duty).go_to("BJ-10")
        await walk.settled(duty)
        await walk.pressed(duty, "enter")
        told = [row.cells[2] for row in rows(duty)]
        assert any(text.startswith("BJ-10 * ") for text in told)
        holders = [text for text in told if text.startswith("  <- ")]
        assert holders and all(" * " in text for text in holders if "房山防汛排水二队" not in text)


async def test_who_is_out_at_a_drill_and_who_is_made_up(busy: str) -> None:
    with Store(busy) as store, store.write("callup arrive") as writer:
        for step in ("accept", "depart", "arrive"):
            take(writer, "FT-20", step, stage.AT - 26 * times.HOUR)
            writer.flush()
        [(line, team)] = store.connection.execute('SELECT id, team FROM line WHERE "order" = ?', ("FT-20",))
        writer.set("team", team, {"sample": "样例"})
    async with on_duty(busy, (160, 30)) as duty:
        await opened(duty, "readiness")
        shown = await walk.pressed(duty, "right_square_bracket")
        out = next(one for one in table(duty).held.lines if one.id == line)
        assert out.cells[1].startswith(f"{team} * ")
        assert out.cells[3] == "EXERCISE 演练 FT-11" and "EXERCISE 演练 FT-11" in shown
        assert "* 样例 SAMPLE" in shown


def test_the_mark_of_a_sample_stands_where_no_cut_takes_it() -> None:
    assert named("team", "BJ-1", "长" * 60, sample=True).startswith("BJ-1 * 长")
    assert named("depot", "D-1", "", sample=True) == "D-1 *"
    assert named("loose", "BJ-7", "水泵", sample=True) == "* 水泵"
