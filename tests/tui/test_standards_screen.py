"""The standards audit on a screen: what it lists is what the commands tell, by keys alone."""

from __future__ import annotations

import pathlib

import pytest

from emergency.commands.standardreading import SAMPLE
from emergency.store import times
from emergency.store.store import Store
from emergency.tui.panel import Panel

from . import hostile, walk
from .planning import answer, column, copied, done, filtered, narrow, opened, table, told
from .screen import Duty, on_duty

SIZES = [(80, 24), (160, 48)]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The smallest terminal, and a large one."""
    assert isinstance(request.param, tuple)
    return request.param


def version(folder: pathlib.Path, name: str, **changes: str) -> str:
    """The sample standard under another version, with some words of it others."""
    text = pathlib.Path(SAMPLE).read_text(encoding="utf-8")
    for old, new in {'version = "1"': 'version = "2"', **changes}.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def rows(duty: Duty, name: str) -> list[tuple[str, ...]]:
    return [row.cells for row in duty.app.screen.query_one(f"#{name}", Panel).rows]


# -- the list ---------------------------------------------------------------------------------------


async def test_it_is_found_by_its_name_and_lists_what_the_command_does(
    demo: str, size: tuple[int, int]
) -> None:
    async with on_duty(demo, size) as duty:
        await walk.pressed(duty, "colon")
        await walk.hurried(duty, *"standards")
        shown = await walk.pressed(duty, "enter")
        narrow(duty)
        audits = told(demo, await copied(duty, "vertical_line"))
        assert column(duty, "team") == [a["team"] for a in audits]
        assert column(duty, "met") == [f"{a['compliance']:g}% *" for a in audits]
        assert column(duty, "people") == [f"{a['people']}/30" for a in audits]
        for name in ("rescue", "support", "ppe"):
            parts = [a["classes"][name]["compliance"] for a in audits]
            assert column(duty, name) == ["-" if part is None else f"{part:g}%" for part in parts]
        marks = dict(zip(column(duty, "team"), column(duty, "marks"), strict=True))
        for a in audits:
            met, people = (a["marks"][key]["reached"] for key in ("compliance", "people"))
            said = f"{'✓' if met else '✗'} 85% {'✓' if people else '✗'} 30"
            assert marks[a["team"]] == (said if a["level"] == "municipal" else f"({said})")
        assert "* 样例 SAMPLE: SAMPLE-BJ@1" in shown


async def test_a_filter_is_that_of_the_teams_and_the_copied_line_lists_the_same(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "standards")
        for text, words in (
            ("region:房山 防汛", ["standard", "audit", "--where", "region:房山 防汛"]),
            ("below", ["standard", "audit", "--below"]),
            ("level:municipal 未达标", ["standard", "audit", "--where", "level=municipal", "--below"]),
            ("type=水域救援 ready", ["standard", "audit", "--where", "type=水域救援 ready"]),
        ):
            await filtered(duty, text)
            assert await copied(duty, "vertical_line") == words
            teams = [a["team"] for a in told(demo, words)]
            assert column(duty, "team") == teams and 0 < len(teams) < 40
            await walk.pressed(duty, "escape")
        assert len(column(duty, "team")) == 40
        shown = await filtered(duty, "colour:red")
        assert "colour" in shown and len(column(duty, "team")) == 40


async def test_figures_are_sorted_as_figures(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "standards")
        while table(duty).wanted.sort.field != "people":
            await walk.pressed(duty, "s")
        people = [int(cell.partition("/")[0]) for cell in column(duty, "people")]
        assert people == sorted(people) and people[0] < 20 < people[-1]
        await walk.pressed(duty, "S")
        assert [int(cell.partition("/")[0]) for cell in column(duty, "people")] == people[::-1]


async def test_its_team_is_done_to_from_the_audit(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "standards")
        team = column(duty, "team")[0]
        await walk.pressed(duty, "p")
        for text in ("off", "7"):
            await answer(duty, text)
        await walk.pressed(duty, "f2")
        assert (await duty.ran())[-1] == team
        await walk.pressed(duty, "space", "space", "p")
        for text in ("off", "7", ""):
            await answer(duty, text)
        await duty.until("readiness report: 2 of 2 marked")
        await walk.pressed(duty, "y")
        await duty.until(lambda: len(duty.app.ran) == 3)
        assert [ran[-1] for ran in duty.app.ran] == [team, *column(duty, "team")[:2]]


# -- gaps -------------------------------------------------------------------------------------------


async def test_enter_tells_what_a_team_lacks_and_who_has_it(demo: str, size: tuple[int, int]) -> None:
    async with on_duty(demo, size) as duty:
        await opened(duty, "standards")
        await filtered(duty, "房山防汛排水二队")
        await walk.pressed(duty, "enter")
        narrow(duty)
        words = await copied(duty)
        assert words == ["standard", "gaps", "--team", "BJ-2"]
        gaps = told(demo, words)
        assert len(gaps) == 4
        shown = duty.app.screen.query_one(Panel).rows
        text = "\n".join(" ".join(row.cells) for row in shown)
        for gap in gaps:
            assert f"{gap['item_name']} short {gap['short']:g} {gap['unit']}" in text
            holders = [one["holder"] for one in gap["candidates"]]
            at = next(i for i, row in enumerate(shown) if row.cells[1] == gap["item_name"])
            named = [row.target.id for row in shown[at + 1 :][: len(holders)] if row.target]
            assert named == holders
        assert "样例 SAMPLE" in text and "55.5%, 5 of 9 lines" in text
        panel = duty.app.screen.query_one(Panel)
        at = next(i for i, row in enumerate(panel.rows) if row.target and row.target.kind == "depot")
        await walk.pressed(duty, *["down"] * at, "enter")
        assert "房山应急物资储备库" in duty.text
        await walk.pressed(duty, "escape", "escape", "escape", "escape")
        assert duty.app.room == "board"


async def test_the_gaps_of_a_team_open_from_wherever_it_stands(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "teams")
        await walk.pressed(duty, "down", "percent_sign")
        assert "Gaps: 房山防汛排水二队" in duty.text
        await walk.pressed(duty, "escape", "enter", "percent_sign")
        assert "Gaps: 房山防汛排水二队" in duty.text


async def test_all_gaps_in_one_list_with_who_could_give(demo: str, size: tuple[int, int]) -> None:
    async with on_duty(demo, size) as duty:
        await opened(duty, "standards")
        await filtered(duty, "region:丰台")
        await walk.pressed(duty, "right_square_bracket")
        words = await copied(duty, "vertical_line")
        assert words == ["standard", "gaps", "--where", "region:丰台"]
        gaps = told(demo, words)
        assert [(g["team"], g["item_name"]) for g in gaps] == list(
            zip(column(duty, "team"), column(duty, "item"), strict=True)
        )
        for gap, cell in zip(gaps, column(duty, "from"), strict=True):
            assert [cell.find(one["name"]) >= 0 for one in gap["candidates"]] == [True] * len(
                gap["candidates"]
            )
            assert gap["candidates"] or cell == "nobody: buy"
        await walk.pressed(duty, "enter")
        assert f"Gaps: {gaps[0]['name']}" in duty.text


async def test_gaps_of_one_thing_are_chosen_by_what_it_is(demo: str) -> None:
    async with on_duty(demo) as duty:
        for text, words in (
            ("item:卫星电话 region:房山", ["--where", "region:房山", "--item", "卫星电话"]),
            ("below 装备:pump", ["--item", "pump", "--below"]),
        ):
            await opened(duty, "standards")
            await walk.pressed(duty, "right_square_bracket")
            await filtered(duty, text)
            assert await copied(duty, "vertical_line") == ["standard", "gaps", *words]
            gaps = told(demo, ["standard", "gaps", *words])
            assert list(zip(column(duty, "team"), column(duty, "item"), strict=True)) == [
                (g["team"], g["item_name"]) for g in gaps
            ]
            assert gaps
        # What only this list understands is not carried to the next.
        await walk.pressed(duty, "right_square_bracket")
        assert "/below" in duty.text and "pump" not in duty.text and column(duty, "key")


async def test_what_there_is_not_is_said_and_the_gaps_stay(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "standards")
        await walk.pressed(duty, "right_square_bracket")
        before = column(duty, "team")
        shown = await filtered(duty, "item:nothing")
        assert "nothing" in shown.splitlines()[5] and column(duty, "team") == before


# -- adding up --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("by", "keys"), [("type", 2), ("region", 3), ("class", 4)])
async def test_types_regions_and_classes_are_added_up(
    demo: str, by: str, keys: int, size: tuple[int, int]
) -> None:
    async with on_duty(demo, size) as duty:
        await opened(duty, "standards")
        await walk.pressed(duty, *["right_square_bracket"] * keys)
        narrow(duty)
        words = await copied(duty, "vertical_line")
        assert words == ["standard", "audit", "--by", by] == await copied(duty)
        groups = told(demo, words)
        assert column(duty, "met") == [f"{g['compliance']:g}% *" for g in groups]
        assert column(duty, "at_mark") == [f"{g['at_mark']}/{g['teams']}" for g in groups]
        await walk.pressed(duty, "enter")
        if by == "class":
            assert (await copied(duty))[:3] == ["standard", "gaps", "--team"]
            await walk.pressed(duty, "end", "enter")
            assert "Gaps: " in duty.text
            await walk.pressed(duty, "escape")
        else:
            among = told(demo, await copied(duty, "vertical_line"))
            assert column(duty, "team") == [a["team"] for a in among]
            assert len(among) == groups[0]["teams"]
        await walk.pressed(duty, "escape", "escape")
        if by != "class":
            # The filter goes first, then the list.
            await walk.pressed(duty, "escape")
        assert "[teams]" in duty.text


async def test_the_lists_go_round_both_ways_and_escape_leads_back(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "standards")
        for label in ("versions", "classes", "regions", "types", "gaps", "teams"):
            await walk.pressed(duty, "left_square_bracket")
            assert f"[{label}]" in duty.text
        for label in ("gaps", "types", "regions"):
            await walk.pressed(duty, "right_square_bracket")
            assert f"[{label}]" in duty.text
        await walk.pressed(duty, "escape")
        assert "[teams]" in duty.text and duty.app.room == "standards"
        await walk.pressed(duty, "escape")
        assert duty.app.room == "board"


async def test_keys_that_are_typed_fast_go_round_and_into_no_filter(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "standards")
        await filtered(duty, "region:房山")
        await walk.hurried(duty, *["right_square_bracket"] * 3)
        assert "[regions]" in duty.text and "/region:房山" in duty.text
        assert column(duty, "key") == ["房山区"]
        await walk.hurried(duty, "left_square_bracket", "left_square_bracket", "escape", "j", "j")
        assert "[gaps]" in duty.text and len(column(duty, "team")) > 20


# -- versions ---------------------------------------------------------------------------------------


async def test_what_another_version_would_change_is_told_and_nothing_is_written(
    demo: str, tmp_path: pathlib.Path, size: tuple[int, int]
) -> None:
    draft = version(tmp_path, "draft.toml", **{"drainage>=1500m3/h": "drainage>=3000m3/h"})
    with Store(demo) as store:
        before = store.rows("SELECT count(*) AS n FROM entry")
    async with on_duty(demo, size) as duty:
        await opened(duty, "standards")
        await walk.pressed(duty, "tilde")
        assert "put the cursor on a version of a standard first" in duty.toasts[-1]
        await walk.pressed(duty, "left_square_bracket")
        assert "SAMPLE-BJ@1 *" in duty.text and "✓ in force" in duty.text
        await walk.pressed(duty, "tilde")
        await answer(duty, draft)
        shown = await duty.until("teams fall")
        narrow(duty)
        assert "4 teams fall, 0 rise, of 40" in shown and "样例 SAMPLE" in shown
        words = await copied(duty)
        assert words == ["standard", "compare", "SAMPLE-BJ@1", draft]
        teams = told(demo, words)
        found = rows(duty, "teams")
        assert [cells[1].split()[0] for cells in found] == [t["team"] for t in teams]
        assert found[0][4] == "-11.1" and found[0][5] == "lacks 龙吸水"
        assert rows(duty, "lines") == [
            ("~", "防汛排水抢险", "龙吸水", "1 drainage>=1500m3/h", "1 drainage>=3000m3/h")
        ]
        await walk.pressed(duty, "e")
        await answer(duty, "--region 房山")
        await duty.until("1 teams fall, 0 rise, of 8")
        await walk.pressed(duty, "enter")
        assert "Team BJ-2" in duty.text
        await walk.pressed(duty, "escape", "escape")
        assert "[versions]" in duty.text
    with Store(demo) as store:
        assert store.rows("SELECT count(*) AS n FROM entry") == before


async def test_a_version_that_cannot_be_read_is_told(demo: str, tmp_path: pathlib.Path) -> None:
    bad = version(tmp_path, "bad.toml", **{'per = "person"': 'per = "now and then"'})
    async with on_duty(demo) as duty:
        await opened(duty, "standards")
        await walk.pressed(duty, "left_square_bracket", "tilde")
        await answer(duty, "nothing@9")
        await duty.until("refused")
        assert "nothing@9" in duty.text
        await walk.pressed(duty, "escape", "tilde")
        await answer(duty, bad)
        await duty.until("now and then")
        await walk.pressed(duty, "escape", "escape")
        assert "[teams]" in duty.text


async def test_a_standard_is_looked_at_before_it_is_taken_in_and_taken_back(
    demo: str, tmp_path: pathlib.Path, size: tuple[int, int]
) -> None:
    file = version(
        tmp_path, "own.toml", **{'code = "SAMPLE-BJ"': 'code = "BJ"', "sample = true": "sample = false"}
    )
    async with on_duty(demo, size) as duty:
        await opened(duty, "standards")
        await walk.pressed(duty, "I")
        await answer(duty, file)
        shown = await duty.until("F2 take it in")
        assert "BJ@2" in shown and "68 lines" in shown and "SAMPLE" not in shown.split("own.toml")[1]
        await walk.pressed(duty, "f2")
        await duty.until("What was done")
        await walk.pressed(duty, "escape")
        # An office's own standard counts, and a sample gives way to it.
        await duty.until(lambda: column(duty, "standard")[0] == "BJ@2")
        assert "SAMPLE-BJ" not in duty.text
        await walk.pressed(duty, "z")
        await duty.until("y or Enter: yes")
        await walk.pressed(duty, "y")
        await duty.until(lambda: column(duty, "standard")[0] == "SAMPLE-BJ@1 *")


async def test_a_version_is_told_in_full_and_written_to_a_file(demo: str, tmp_path: pathlib.Path) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "standards")
        await walk.pressed(duty, "E")
        assert "put the cursor on a version of a standard first" in duty.toasts[-1]
        await walk.pressed(duty, "left_square_bracket", "enter")
        text = "\n".join(" ".join(row.cells) for row in duty.app.screen.query_one(Panel).rows)
        assert "防汛排水抢险" in text and "龙吸水 1 drainage>=1500m3/h" in text and "in force" in text
        assert await copied(duty) == ["standard", "show", "SAMPLE-BJ@1"]
        await walk.pressed(duty, "escape", "E")
        await answer(duty, str(tmp_path / "out.toml"))
        assert await duty.ran() == ["standard", "export", "SAMPLE-BJ@1", str(tmp_path / "out.toml")]
        assert (tmp_path / "out.toml").exists()


# -- what may be -------------------------------------------------------------------------------------


async def test_an_empty_store_says_what_to_do(empty: str) -> None:
    async with on_duty(empty) as duty:
        assert "I takes a standard in from a file" in await opened(duty, "standards")
        done(empty, "team", "add", "name=排水一队", "type=防汛排水抢险", "region=110106")
        duty.app.look()
        assert "no standard in force speaks of them" in await duty.until("no standard in force")
        for label in ("gaps", "types", "regions", "classes", "versions"):
            await walk.pressed(duty, "right_square_bracket")
            assert f"[{label}]" in duty.text and "nothing" in duty.text
        done(empty, "standard", "import", SAMPLE)
        await opened(duty, "standards")
        await duty.until(lambda: column(duty, "people") == ["?/30"])


async def test_the_past_is_read_and_does_not_change(demo: str) -> None:
    with Store(demo) as store:
        early = times.now() - 4 * times.MINUTE - times.MINUTE // 2
        later = store.rows("SELECT count(*) AS n FROM entry WHERE received > ?", (early,))
    assert later[0]["n"]
    async with on_duty(demo, as_of=early) as duty:
        await opened(duty, "standards")
        assert len(column(duty, "team")) == 40
        await walk.pressed(duty, "I")
        assert "the past does not change" in duty.toasts[-1]
    async with on_duty(demo) as duty:
        await opened(duty, "standards")
        await walk.pressed(duty, "t")
        await walk.hurried(duty, *"07:00")
        await walk.pressed(duty, "enter")
        # No standard had been taken in by then.
        await duty.until("no standard in force speaks of them")
        assert column(duty, "team") == []
        await walk.pressed(duty, "escape")
        assert len(column(duty, "team")) == 40


async def test_a_team_under_two_standards_has_a_line_for_each(demo: str, tmp_path: pathlib.Path) -> None:
    file = version(tmp_path, "two.toml", **{'code = "SAMPLE-BJ"': 'code = "SAMPLE-2"'})
    done(demo, "standard", "import", file)
    async with on_duty(demo) as duty:
        await opened(duty, "standards")
        await filtered(duty, "房山防汛排水二队")
        assert column(duty, "team") == ["BJ-2", "BJ-2"]
        assert sorted(column(duty, "standard")) == ["SAMPLE-2@2 *", "SAMPLE-BJ@1 *"]
        await walk.pressed(duty, "down")
        assert await copied(duty) == ["standard", "gaps", "--team", "BJ-2"]
        await walk.pressed(duty, "enter")
        text = "\n".join(" ".join(row.cells) for row in duty.app.screen.query_one(Panel).rows)
        assert "SAMPLE-2@2" in text and "SAMPLE-BJ@1" in text


async def test_hostile_and_endless_text_stays_text(demo: str) -> None:
    for n, text in enumerate(hostile.ALL):
        name = hostile.UNDRAWN.sub("", text)[:400].strip() or f"x{n}"
        done(demo, "team", "set", f"BJ-{n + 1}", f"name={name} {n}")
    async with on_duty(demo) as duty:
        for keys in range(6):
            await opened(duty, "standards")
            await walk.pressed(duty, *["right_square_bracket"] * keys)
            narrow(duty)
            await walk.pressed(duty, "end", "enter")
            narrow(duty)


async def test_a_terminal_of_few_characters_gets_no_others(
    demo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMERGENCY_AMBIGUOUS", "wide")
    async with on_duty(demo, (160, 48)) as duty:
        for place, lists in (("standards", 6), ("readiness", 2), ("recovery", 1)):
            await opened(duty, place)
            for _each in range(lists):
                assert not {*"✓✗●▲■★①→—"} & {*duty.text}
                await walk.pressed(duty, "enter")
                assert not {*"✓✗●▲■★①→—"} & {*duty.text}
                await walk.pressed(duty, "escape", "right_square_bracket")
