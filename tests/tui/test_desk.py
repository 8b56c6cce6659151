"""From a need to its orders and home again, by keys; what is refused, what another desk took; what is overdue."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.widgets import Input

from emergency.commands.inside import runner
from emergency.store import following, words
from emergency.store.store import Store
from emergency.store.text import cells, in_lines
from emergency.store.windows import Key
from emergency.tui.callups import CallupsScreen
from emergency.tui.candidates import CandidatesScreen
from emergency.tui.form import FormScreen
from emergency.tui.linescreen import LineScreen
from emergency.tui.ordering import OrderScreen
from emergency.tui.table import Table
from emergency.tui.whole import WholePages, ordered

from . import desk
from .screen import Duty, on_duty


async def candidates(duty: Duty) -> Table:
    """The candidates for the first need of FT-10 that is short."""
    await duty.press("2")
    await duty.until(lambda: getattr(duty.app.focused, "target", None) is not None)
    await duty.press("o")
    await duty.until(
        lambda: isinstance(duty.app.screen, CandidatesScreen) and bool(duty.app.screen.source.found)
    )
    await duty.until(lambda: bool(duty.app.screen.query_one(Table).held.lines))
    return duty.app.screen.query_one(Table)


async def put_on(duty: Duty, table: Table, id_: str) -> None:
    await duty.press("home")
    for _n in range(len(table.held.lines)):
        if table.target and table.target.id == id_:
            return
        await duty.press("down")
    raise AssertionError(f"{id_} is not among them")


async def test_from_a_need_to_the_way_home_by_keys(busy: str) -> None:
    async with on_duty(busy) as duty:
        table = await candidates(duty)
        assert "drainage: short 2000 of 5000 m3/h" in duty.text
        assert table.target is not None and table.target.id == "FT-9"
        assert "nothing speaks against it" in duty.text
        await duty.press("space", "o")
        await duty.until("may be issued")
        await duty.press("tab")
        await duty.type("90min")
        await duty.until("--by 90min")
        assert duty.app.ran == []
        await duty.press("f2")
        words_ = await duty.ran()
        assert words_ == [
            "callup",
            "issue",
            "--incident",
            "FT-10",
            "--team",
            "FT-1",
            "--equipment",
            "FT-9",
            "--by",
            "90min",
        ]
        await duty.until(lambda: isinstance(duty.app.screen, LineScreen))
        line = duty.app.screen.record.id  # type: ignore[attr-defined]
        for n, (key, becomes) in enumerate(
            (("Q", "acknowledged"), ("a", "accepted"), ("d", "en_route"), ("v", "on_scene"), ("l", "released"),
             ("b", "returned"), ("Z", "closed")), 1,
        ):  # fmt: skip
            await duty.until(f"Order line {line}")
            ran = await desk.done(duty, key, n)
            assert ran[-1] == line
            assert desk.state(busy, line) == becomes
            duty.app.look()
            await duty.until(lambda b=becomes: duty.app.screen._state == b)  # type: ignore[attr-defined]
        await duty.until("it is closed")


async def test_an_order_that_is_refused_says_why_and_what_would_help_before_it_is_issued(busy: str) -> None:
    async with on_duty(busy, (120, 40)) as duty:
        table = await candidates(duty)
        await put_on(duty, table, "FT-8")
        assert "equipment FT-8 is in repair" in duty.text
        await put_on(duty, table, "FT-6")
        assert "is claimed by FT-17/1 for FT-10" in duty.text
        await duty.press("o")
        shown = await duty.until("what would help: emergency callup show FT-17")
        assert "1 refused" in shown
        await duty.press("f2")
        await duty.until(lambda: bool(duty.toasts))
        assert duty.toasts[-1] == "1 is not issued: see why below"
        assert isinstance(duty.app.screen, OrderScreen)
        await duty.press("escape")
        await duty.until(lambda: isinstance(duty.app.screen, CandidatesScreen))
    with Store(busy) as store:
        assert store.rows("SELECT 1 FROM line WHERE equipment='FT-6'") == [{"1": 1}]


async def test_what_another_desk_took_meanwhile_is_refused_and_named(busy: str) -> None:
    async with on_duty(busy, (120, 40)) as duty:
        await candidates(duty)
        await duty.press("o")
        await duty.until("may be issued")
        taken = runner(["--store", busy, "--officer", "李雁"])(
            ["callup", "issue", "--incident", "FT-10", "--equipment", "FT-9", "--approver", "张处长"]
        )
        assert taken.code == 0
        await duty.press("f2")
        await duty.ran()
        shown = await duty.until("is claimed by")
        assert "for FT-10" in shown and "张处长" in shown
        await duty.press("escape")
        await duty.until(lambda: isinstance(duty.app.screen, CandidatesScreen))
        duty.app.look()
        await duty.until(lambda: bool(duty.app.screen.source.found["FT-9"].refusal))  # type: ignore[attr-defined]
    with Store(busy) as store:
        assert len(store.rows("SELECT id FROM line WHERE equipment='FT-9'")) == 1


async def test_what_is_done_to_incidents_is_done_from_the_candidates_to_the_one_they_are_for(
    busy: str,
) -> None:
    async with on_duty(busy) as duty:
        await candidates(duty)
        await duty.press("question_mark")
        assert "emergency incident check-in FT-10 TAG" in await duty.type("arrivals")
        await duty.press("escape", "i")
        await duty.until("Gate of FT-10")
        await duty.press("escape")
        await duty.until(lambda: isinstance(duty.app.screen, CandidatesScreen))
        await duty.press("g")
        await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
        await duty.type("no")
        await duty.press("enter")
        assert await duty.ran() == ["incident", "log", "FT-10", "no"]
        # What can be done to the one under the cursor is done to that.
        await duty.press("e")
        await duty.until(lambda: isinstance(duty.app.screen, FormScreen))
        assert "FT-9" in duty.text and "FT-10" not in duty.text


async def test_a_kind_of_order_stands_and_is_typed_in_the_language_spoken(busy: str) -> None:
    words.speak("zh")
    async with on_duty(busy, (120, 40)) as duty:
        await candidates(duty)
        await duty.press("o")
        await duty.until("可以下达")
        kind = duty.app.screen.query_one("#field-kind", Input)
        assert kind.value == "调用" and "--kind" not in duty.text
        kind.value = "征用"
        await duty.until("--kind requisition")
        kind.value = "借用"
        shown = await duty.until("1 份，不可下达 1 份")
        assert "requisition" in shown


async def test_two_units_are_two_orders_and_one_that_is_refused_holds_up_no_other(busy: str) -> None:
    async with on_duty(busy, (120, 40)) as duty:
        table = await candidates(duty)
        await duty.press("space")
        await duty.press("tab")
        await duty.until("people: short")
        assert table.marked == {}, "marks of one need are no marks of another"
        await put_on(duty, table, "FT-1")
        await duty.press("space")
        await put_on(duty, table, "FT-3")
        await duty.press("equals_sign")
        await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
        await duty.type("4")
        await duty.press("enter")
        await duty.until("2 marked")
        await duty.press("o")
        await duty.until("2 checked, 0 refused")
        assert "--team FT-3 --people 4" in duty.text
        duty.app.screen.do_copy()  # type: ignore[attr-defined]
        one, other = duty.app.clipboard.split(" && ")
        assert one.startswith("emergency ") and other.startswith("emergency ")
        assert "\n" not in duty.app.clipboard and "--team FT-3 --people 4" in duty.app.clipboard
        runner(["--store", busy])(["callup", "issue", "--incident", "FT-10", "--team", "FT-1"])
        await duty.press("f2")
        await duty.until(lambda: bool(duty.toasts) and "not issued" in duty.toasts[-1])
        assert [bool(n) for n in duty.app.screen.issued] == [True]  # type: ignore[attr-defined]
        before = len(duty.app.ran)
        await duty.press("f2")
        await duty.ran(before)
    with Store(busy) as store:
        assert len(store.rows("SELECT id FROM line WHERE team='FT-3' AND people=4")) == 1


async def test_open_call_ups_are_filtered_as_the_command_line_filters_them(busy: str) -> None:
    async with on_duty(busy, (120, 40)) as duty:
        await duty.press("3")
        await duty.until("FT-20/1")
        screen = duty.app.screen
        assert isinstance(screen, CallupsScreen)
        for text in ("", "overdue", "incident:FT-11", "team:丰台 on_scene", "泵车", "FT-18", "cancelled"):
            await duty.press("slash")
            field = duty.app.focused
            field.value = text  # type: ignore[union-attr]
            await duty.press("enter")
            await duty.until(lambda: not screen.table.reader.busy)
            await duty.pilot.pause()
            told = runner(["--store", busy])([*screen.listing(), "--fields", "id", "--csv", "--no-header"])
            assert told.out.split() == [line.id for line in screen.table.held.lines], text
            await duty.press("escape") if text else None
        assert screen.table.held.lines


async def test_several_that_are_marked_take_a_step_together(busy: str) -> None:
    async with on_duty(busy, (120, 40)) as duty:
        await duty.press("3")
        await duty.until("FT-20/1")
        table = duty.app.screen.query_one(Table)
        for id_ in ("FT-20/1", "FT-18/1"):
            await put_on(duty, table, id_)
            await duty.press("space")
        await duty.press("a")
        await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
        await duty.press("f2")
        await duty.until("y or Enter: yes")
        await duty.press("y")
        await duty.until(lambda: desk.state(busy, "FT-18/1") == desk.state(busy, "FT-20/1") == "accepted")


async def test_a_step_says_when_it_happened_and_a_question_before_is_reached_again(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("a")
        await duty.type("radio")
        await duty.press("enter")
        await duty.until("When it happened")
        await duty.type("nonsense")
        assert "nonsense' is not a time" in await duty.press("enter")
        await duty.press("up")
        await duty.until("How word came")
        assert "radio" in duty.text
        await duty.press("enter")
        await duty.until("When it happened")
        await duty.type("2")  # behind what was typed before
        for _n in range(len("nonsense2")):
            await duty.press("backspace")
        await duty.type("-10m")
        await duty.press("enter")
        await duty.until("Note")
        await duty.press("enter")
        assert await duty.ran() == ["callup", "accept", "--channel", "radio", "--at", "-10m", "FT-18/1"]
    with Store(busy) as store:
        last = next(s for s in following.story(store, "FT-18/1") if s["step"] == "accept")
        assert last["recorded"] - last["at"] == 10 * 60_000


async def test_whom_to_call_next_is_said_and_a_try_is_noted(busy: str) -> None:
    with Store(busy) as store, store.write("team set") as writer:
        writer.set("team", "FT-2", {"duty_phone": "010-63800002", "radio": "房山02"})
        writer.set("team", "FT-3", {"duty_phone": "010-63800003", "radio": "蓝天03"})
    async with on_duty(busy) as duty:
        await duty.press("enter")
        shown = await duty.until("call this next")
        assert "010-6380000" in shown
        await duty.press("c")
        await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
        assert duty.app.focused.value == "duty_phone"  # type: ignore[union-attr]
        await duty.press("f2")
        await duty.ran()
        duty.app.look()
        shown = await duty.until("tried 08:00")
        assert next(line for line in shown.splitlines() if "call this next" in line).startswith("  > Radio")


@pytest.mark.parametrize("silent", [False, True])
async def test_what_becomes_overdue_rings_once_and_takes_no_key(
    busy: str, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(App, "bell", lambda app: rung.append("bell"))
    if silent:
        monkeypatch.setenv("EMERGENCY_BELL", "0")
    async with on_duty(busy) as duty:
        assert "! 1 overdue" in duty.text.splitlines()[0]
        assert rung == [] and duty.toasts == []
        await duty.press("3", "slash")
        await duty.type("team")
        monkeypatch.setenv("EMERGENCY_NOW", "2026-07-31T08:30:00+08:00")
        for _n in range(2):
            duty.app.look()
            await duty.seen()
        assert rung == ([] if silent else ["bell"])
        assert [toast for toast in duty.toasts if "FT-20/1" in toast] == duty.toasts != []
        assert duty.app.focused is not None and duty.app.focused.value == "team"  # type: ignore[attr-defined]
        await duty.press("escape")
        for key in ("1", "2", "3", "8"):
            await duty.press(key)
            await duty.until(lambda: " overdue" in duty.text.splitlines()[0])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_every_screen_of_the_desk_fits(busy: str, size: tuple[int, int], language: str) -> None:
    words.speak(language)
    async with on_duty(busy, size) as duty:
        await candidates(duty)
        shown = [duty.text]
        await duty.press("o")
        await duty.until(lambda: bool(duty.app.screen.tried[0]))  # type: ignore[attr-defined]
        await duty.pilot.pause()
        shown.append(duty.text)
        await duty.press("escape", "escape", "i")
        await duty.until(lambda: bool(duty.app.screen.query("#expected")) and bool(duty.app.screen.numbers))  # type: ignore[attr-defined]
        shown.append(duty.text)
        await duty.press("escape", "B")
        shown.append(duty.text)
        await duty.press("escape", "3")
        await duty.until(lambda: bool(duty.app.screen.query_one(Table).held.lines))
        shown += [duty.text, await duty.press("enter")]
    for text in shown:
        assert [line for line in text.splitlines() if cells(line) > size[0]] == []


LINES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=30)


@given(LINES, st.booleans(), st.integers(1, 7))
def test_a_list_that_is_read_whole_is_paged_through_without_loss(
    places: list[tuple[int, int]], reverse: bool, limit: int
) -> None:
    lines = [ordered(by, f"FT-{n}", (str(n),)) for n, by in enumerate(places)]
    pages = WholePages(lines, reverse=reverse)
    whole = [one.line.id for one in sorted(lines, key=lambda one: one.by, reverse=reverse)]
    seen: list[str] = []
    key: Key | None = None
    while page := pages.after(key, limit):
        assert [pages.rank(line.key) for line in page] == list(range(len(seen), len(seen) + len(page)))
        seen += [line.id for line in page]
        key = page[-1].key
    assert seen == whole == pages.ids(99)
    back: list[str] = []
    key = None
    while page := pages.before(key, limit):
        back[:0] = [line.id for line in page]
        key = page[0].key
    assert back == whole
    # Where one is gone, what is left goes on from where it stood.
    for n, gone in enumerate(whole):
        left = WholePages([one for one in lines if one.line.id != gone], reverse=reverse)
        there = pages.place(gone)
        assert there is not None
        assert [line.id for line in left.after(there, 99)] == whole[n + 1 :]
        assert [line.id for line in left.before(there, 99)] == whole[:n]


@given(st.text(alphabet="排水（）、：", max_size=60), st.integers(8, 20))
def test_no_line_of_chinese_begins_with_a_mark_that_ends_something(text: str, width: int) -> None:
    heaped = any(a in "）、：（" and b in "）、：（" for a, b in itertools.pairwise(text))
    lines = in_lines(text, width)
    assert heaped or not any(line[0] in "）、：" for line in lines[1:])
    assert heaped or not any(line[-1] == "（" for line in lines[:-1])


def test_chinese_fills_its_line_and_what_is_no_chinese_stays_whole() -> None:
    said = "队伍名称：房山防汛排水一队、值班电话：010-00000001、样例：样例 SAMPLE"
    assert in_lines(said, 26) == [
        "队伍名称：房山防汛排水一",
        "队、值班电话：",
        "010-00000001、样例：样例",
        "SAMPLE",
    ]
    assert in_lines("Enter 打开光标所在记录，Esc 返回，且从不退出程序。", 30) == [
        "Enter 打开光标所在记录，Esc",
        "返回，且从不退出程序。",
    ]


@given(st.text(alphabet="ab 排水，", max_size=60), st.integers(2, 20))
def test_a_text_in_lines_loses_nothing_but_blanks_and_fits(text: str, width: int) -> None:
    lines = in_lines(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cells(line) <= width for line in lines)
