"""What a duty officer has at hand in a list: what is marked, the time it is of, what is offered while one types."""

from __future__ import annotations

import json
import re

import pytest

from emergency.commands.inside import runner
from emergency.store import words
from emergency.store.store import Store
from emergency.store.words import _
from emergency.tui.callups import CallupsScreen
from emergency.tui.candidates import CandidatesScreen
from emergency.tui.panel import Panel
from emergency.tui.registers import RegisterScreen

from . import desk, walk
from .screen import Duty, on_duty


async def opened(duty: Duty, place: str) -> str:
    """The place, once it has settled."""
    return await walk.opened(duty, place)


async def filtered(duty: Duty, text: str) -> str:
    """The list of the screen through a filter."""
    await walk.pressed(duty, "/")
    await walk.hurried(duty, *text)
    return await walk.pressed(duty, "enter")


# -- what is marked ------------------------------------------------------------------------------


async def test_each_marked_line_is_judged_by_its_own_state(demo: str) -> None:
    """The cursor is on a line that nobody answered; marked are three that were accepted."""
    async with on_duty(demo) as duty:
        await opened(duty, "callups")
        await filtered(duty, "BJ-242")
        await walk.pressed(duty, "*", "escape", "home")
        screen = duty.app.screen
        assert isinstance(screen, CallupsScreen)
        assert len(screen.table.marked) == 3
        assert screen.where.state == "issued"
        await walk.pressed(duty, "a")
        assert duty.toasts[-1] == "it is accepted" and not walk.typing(duty)
        await walk.pressed(duty, "d")
        await walk.pressed(duty, "f2")
        assert "departed: 3 of 3 marked" in duty.text
        await walk.pressed(duty, "y")
        await duty.until(lambda: desk.state(demo, "BJ-242/3") == "en_route")


async def test_a_marked_line_is_judged_as_it_stands_though_the_filter_holds_it_back(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "callups")
        await filtered(duty, "BJ-242/1")
        await walk.pressed(duty, "*")
        await filtered(duty, "BJ-238")
        with Store(demo) as store, store.write("callup depart") as writer:
            writer.step("BJ-242/1", "depart")
        await walk.pressed(duty, "r")
        await walk.pressed(duty, "d")
        assert duty.toasts[-1].startswith("it is en route")


# -- the time it is of ---------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["teams", "callups", "seasons", "standards"])
async def test_a_time_does_not_stay_over_the_list_of_now(demo: str, place: str) -> None:
    async with on_duty(demo) as duty:
        before = await opened(duty, place)
        await walk.pressed(duty, "t")
        await walk.hurried(duty, *"1h ago")
        assert "AS OF" in await walk.pressed(duty, "enter")
        assert "1h ago" not in duty.text
        assert await walk.pressed(duty, "escape") == before
        # Left, it is gone too.
        await walk.pressed(duty, "t")
        await walk.hurried(duty, *"1h a")
        assert await walk.pressed(duty, "escape") == before


async def test_no_time_is_now(demo: str) -> None:
    async with on_duty(demo) as duty:
        before = await opened(duty, "teams")
        assert await walk.pressed(duty, "t", "enter") == before
        for ago in ("1h ago", "2h ago"):
            await walk.pressed(duty, "t")
            await walk.hurried(duty, *ago)
            await walk.pressed(duty, "enter")
        assert len(duty.app.screen_stack) == 3
        assert await walk.pressed(duty, "t", "enter") == before
        assert len(duty.app.screen_stack) == 1


async def test_what_is_no_time_can_be_mended(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "teams")
        await walk.pressed(duty, "t")
        await walk.hurried(duty, *"1h agq")
        assert "not a time" in await walk.pressed(duty, "enter")
        await walk.pressed(duty, "t", "backspace", "o")
        assert "AS OF" in await walk.pressed(duty, "enter")


# -- what was said of a record -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "language", "said"),
    [
        ("teams", "zh", ("战备状态：就绪、在岗人数：34", "级别：区级")),
        ("teams", "en", ("Readiness: ready, Ready people: 34", "39.73300,116.11840")),
        ("incidents", "zh", ("响应级别：二级", "登记  需求 BJ-227", "数量：20000")),
        ("needs", "en", ("Amount: 8000, Unit: 条",)),
        ("reserves", "zh", ("盘点  1200", "最低储备：1000、目标储备：2000")),
    ],
)
async def test_history_is_told_in_words(demo: str, place: str, language: str, said: tuple[str, ...]) -> None:
    words.speak(language)
    async with on_duty(demo, (160, 48)) as duty:
        await opened(duty, place)
        await walk.pressed(duty, "end" if place == "needs" else "home", "h")
        panel = duty.app.screen.query_one(Panel)
        head = next(i for i, row in enumerate(panel.rows) if row.cells[1] == _("History"))
        told = "\n".join(row.cells[2] for row in panel.rows[head:])
        assert [word for word in said if word not in told] == [], told
        assert not re.search(r"\w=|\{'", told), told


def test_the_history_of_a_command_says_the_same(demo: str) -> None:
    run = runner(["--store", demo])
    told = run(["need", "history", "BJ-230", "--wide"]).out
    assert "Amount: 8000, Unit: 条" in told
    stated = json.loads(run(["need", "history", "BJ-230", "--json"]).out)[0]
    assert stated["values"]["amount"] == 8000.0
    assert "fact" not in stated


# -- what decides is in sight --------------------------------------------------------------------


def heading(shown: str, title: str) -> str:
    """The line of headings under the title of a list."""
    lines = shown.splitlines()
    return next(lines[i + 1] for i, line in enumerate(lines) if line.startswith(f"> {title}"))


@pytest.mark.parametrize("size", [(80, 24), (120, 30)])
@pytest.mark.parametrize(
    ("place", "headings"),
    [
        ("teams", ("Id", "Name", "Readiness", "Ready peopl")),
        ("equipment", ("Id", "Name", "Serviceability", "Claimed by", "Region")),
        ("reserves", ("Id", "Item", "Lot", "Quantity", "Unit", "Depot")),
        ("needs", ("Id", "What", "Amount", "Committed", "Short")),
    ],
)
async def test_what_decides_stands_beside_the_name(
    demo: str, place: str, headings: tuple[str, ...], size: tuple[int, int]
) -> None:
    async with on_duty(demo, size) as duty:
        shown = heading(await opened(duty, place), place.capitalize())
        assert [word for word in headings if word not in shown] == [], shown
        if "Name" in headings:
            await walk.pressed(duty, *["right"] * 4)
            there = heading(duty.text, place.capitalize())
            assert there.startswith("< Id") and "Name" in there and "Readiness" not in there


async def test_a_call_up_names_the_kind_of_what_it_calls(demo: str) -> None:
    async with on_duty(demo) as duty:
        shown = await opened(duty, "callups")
        assert "移动泵站" in next(line for line in shown.splitlines() if "BJ-233/2" in line)


# -- needs ---------------------------------------------------------------------------------------


async def test_needs_say_what_is_short_as_the_command_does(demo: str) -> None:
    run = runner(["--store", demo])
    board = {need["id"]: need for need in json.loads(run(["need", "board", "--json"]).out)}
    async with on_duty(demo, (120, 30)) as duty:
        await opened(duty, "needs")
        screen = duty.app.screen
        assert isinstance(screen, RegisterScreen)
        names = [column.name for column in screen.source.columns]
        lines = screen.table.held.lines
        assert len(lines) == len(board) > 0
        for line in lines:
            cells = dict(zip(names, line.cells, strict=True))
            for name in ("committed", "short"):
                assert float(cells[name]) == board[line.id][name]
        # What is counted stands in no table: the list is not sorted by it.
        for _n in range(12):
            await walk.pressed(duty, "s")
            assert screen.table.wanted.sort.field not in ("committed", "short")


async def test_a_need_is_called_up_for_from_its_list(demo: str) -> None:
    run = runner(["--store", demo])
    async with on_duty(demo, (120, 30)) as duty:
        await opened(duty, "needs")
        await filtered(duty, "sandbag")
        await walk.pressed(duty, "o")
        screen = duty.app.screen
        assert isinstance(screen, CandidatesScreen)
        assert screen.source.cover is not None and screen.source.cover.need["what"] == "sandbag"
        assert screen.source.incident == "BJ-226"
        await walk.pressed(duty, "space", "o")
        assert "--incident BJ-226" in duty.text
        await walk.pressed(duty, "escape", "escape", "y")
        assert duty.app.clipboard == "emergency need show BJ-230"
    told = json.loads(run(["need", "candidates", "BJ-230", "--json"]).out)
    assert told == json.loads(run(["need", "candidates", "BJ-226", "sandbag", "--json"]).out) != []


# -- orders --------------------------------------------------------------------------------------


async def test_marks_are_kept_until_they_are_used(busy: str) -> None:
    async with on_duty(busy, (120, 40)) as duty:
        await opened(duty, "incidents")
        await walk.pressed(duty, "o", "tab")
        screen = duty.app.screen
        assert isinstance(screen, CandidatesScreen)
        await walk.pressed(duty, "space", "space")
        marked = list(screen.table.marked)
        assert len(marked) == 2
        await walk.pressed(duty, "equals_sign")
        await walk.hurried(duty, *"4")
        await walk.pressed(duty, "enter")
        amounts = dict(screen.source.amounts)
        # Another need, and back; away, and back.
        await walk.pressed(duty, "tab")
        assert list(screen.table.marked) == []
        await walk.pressed(duty, "tab")
        assert {*screen.table.marked} == {*marked, *amounts} and screen.source.amounts == amounts
        await walk.pressed(duty, "escape", "o", "tab")
        screen = duty.app.screen
        assert isinstance(screen, CandidatesScreen)
        assert {*screen.table.marked} == {*marked, *amounts} and screen.source.amounts == amounts
        # What another desk took is marked no more.
        await walk.pressed(duty, "escape")
        taken = marked[0]
        runner(["--store", busy])(
            ["callup", "issue", "--incident", "FT-10", "--team", taken, "--people", "1"]
        )
        await walk.pressed(duty, "o", "tab")
        screen = duty.app.screen
        assert isinstance(screen, CandidatesScreen)
        assert taken not in screen.table.marked and screen.table.marked


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_several_orders_lead_to_the_first_of_them_in_the_room_of_call_ups(
    busy: str, language: str
) -> None:
    words.speak(language)
    async with on_duty(busy, (120, 40)) as duty:
        await opened(duty, "incidents")
        await walk.pressed(duty, "o", "tab", "space", "space", "o")
        await walk.pressed(duty, "f2")
        screen = duty.app.screen
        assert isinstance(screen, CallupsScreen)
        with Store(busy) as store:
            new = [row["id"] for row in store.rows("SELECT id FROM line ORDER BY length(id), id")][-2:]
        assert screen.table.target is not None and screen.table.target.id == new[0]
        assert " ".join(new) in duty.toasts[-1] and "：" not in duty.toasts[-1].replace("：", "", 1)
        assert duty.app.room == "callups"
        await walk.pressed(duty, "2")
        assert isinstance(duty.app.screen, RegisterScreen)
        # They are used: nothing is marked.
        await walk.pressed(duty, "o", "tab")
        there = duty.app.screen
        assert isinstance(there, CandidatesScreen) and not there.table.marked


async def test_what_comes_first_is_named_where_a_step_is_too_early(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "callups")
        await filtered(duty, "BJ-242/1")
        await walk.pressed(duty, "v")
        assert duty.toasts[-1] == "it is accepted; first: depart"
        await walk.pressed(duty, "b")
        assert duty.toasts[-1] == "it is accepted; first: depart"
        await walk.pressed(duty, "Q")
        assert duty.toasts[-1] == "it is accepted"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "BJ-238/1  noted: try to reach; call this next: Radio "), ("zh", "BJ-238/1  ")],
)
def test_a_try_says_whom_to_call_next(demo: str, language: str, said: str) -> None:
    words.speak(language)
    told = runner(["--store", demo])(["callup", "contact", "--channel", "duty_phone", "BJ-238/1"]).out
    assert told.splitlines()[0].startswith(said), told
    if language == "zh":
        return
    told = runner(["--store", demo])(["callup", "accept", "BJ-238/1"]).out
    assert told.startswith("BJ-238/1  issued -> accepted")
    told = runner(["--store", demo])(["callup", "contact", "--channel", "radio", "BJ-238/1"]).out
    assert told.splitlines()[0] == "BJ-238/1  noted: try to reach", "nobody waits for an answer any more"


# -- where there is nothing ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("incidents", "Incidents: none yet; n writes one, I takes a file in"),
        ("callups", "no call-up is open: o on an incident"),
        ("needs", "no need yet: n writes one, and N on an incident"),
        ("conflicts", "nothing stands against each other; /settled"),
        ("recovery", "no programme yet"),
        ("alerts", "No warning stands here"),
    ],
)
async def test_an_empty_list_says_how_it_gets_a_line(empty: str, place: str, said: str) -> None:
    async with on_duty(empty) as duty:
        assert said in await opened(duty, place)
        shown = await filtered(duty, "nowhere")
        assert said not in shown
        assert "Esc takes the filter away" in shown
        assert said in await walk.pressed(duty, "escape")


async def test_an_incident_that_states_no_need_says_so_and_nothing_is_awaited(busy: str) -> None:
    with Store(busy) as store, store.write("incident open") as writer:
        writer.new(
            "incident",
            {"title": "塌方", "scenario": "collapse", "level": "III", "state": "open", "region": "110106"},
        )
    async with on_duty(busy) as duty:
        await opened(duty, "incidents")
        await filtered(duty, "塌方")
        shown = await walk.pressed(duty, "o")
        assert "states no need" in shown and "reading" not in shown


async def test_no_candidate_says_why(busy: str) -> None:
    with Store(busy) as store, store.write("need add") as writer:
        writer.new("item", {"name": "冲锋舟", "unit": "艘"}, "boat")
        writer.new("need", {"incident": "FT-10", "what": "boat", "amount": 3_000, "unit": "艘"}, "FT-99")
    async with on_duty(busy) as duty:
        await opened(duty, "needs")
        await filtered(duty, "boat")
        assert "nothing in the registers gives 冲锋舟" in await walk.pressed(duty, "o")


# -- what is offered -----------------------------------------------------------------------------


async def test_tab_takes_what_is_offered_and_stays(demo: str) -> None:
    words.speak("zh")
    async with on_duty(demo) as duty:
        await opened(duty, "teams")
        await walk.pressed(duty, "/")
        await walk.hurried(duty, *"reg", "tab", *"110111")
        screen = duty.app.screen
        assert isinstance(screen, RegisterScreen)
        assert walk.typing(duty)
        await duty.until(lambda: screen.table.wanted.filter == "region:110111")
        # There is nothing more to offer: on to the list, as everywhere.
        await walk.pressed(duty, "tab")
        assert not walk.typing(duty)
