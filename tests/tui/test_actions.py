"""What a key does is what its command line does: the same words, the same facts in the journal."""

from __future__ import annotations

import json
import pathlib
import shlex
import shutil
from collections.abc import Sequence
from typing import Any, NamedTuple

import click
import pytest
from textual.widgets import Input

from emergency.commands.front import cli
from emergency.commands.inside import runner
from emergency.store import journal
from emergency.store.store import Store
from emergency.tui.actions import Action, Where, actions, typed
from emergency.tui.actions.table import NOUNS
from emergency.tui.panel import Target

from . import stage, walk
from .screen import Duty, on_duty

#: Whatever an action may ask, as somebody would answer it.
ANSWERS = {
    "note": "路上积水", "channel": "radio", "text": "水位下降", "need": "people>=60", "by": "60min", "level": "I",
    "at": "-10m", "qty": "3", "until": "18:00", "place": "西门", "incident": "FT-11", "report_to": "城关街道",
    "equipment": "FT-8", "why": "已核实", "readiness": "ready", "headcount": "18", "reason": "报废", "amount": "-200", "keep": "FT-21",
    "team": "FT-2", "file": "sheet.csv", "other": "S@2", "tags": "", "depot": "D1",
    "done": "2026-07-30", "teams": "6", "within": "30min", "types": "水域救援=2", "backup": "yes",
}  # fmt: skip
#: A record for each kind that actions are about.
RECORDS = {
    "line": "FT-18/1", "incident": "FT-10", "team": "FT-1", "equipment": "FT-6", "contest": "equipment:FT-7",
    "conflict": "team:FT-1:commander", "reserve": "D1/sandbag", "depot": "D1", "member": "M1",
    "region": "110106", "need": "FT-13", "needs": "FT-10", "entry": "3",
    "standard": "S@1", "loss": "L1", "audit": "FT-1", "recovery": "P1",
    "season": "S1", "task": "K1",
}  # fmt: skip


def parsed(words: Sequence[str]) -> click.Context:
    """The context of the command that these words call, every option read, nothing executed. Raises UsageError."""
    context = cli.make_context("emergency", list(words))
    while isinstance(context.command, click.Group) and (rest := [*context._protected_args, *context.args]):
        name, command, rest = context.command.resolve_command(context, rest)
        assert command is not None and name is not None
        context = command.make_context(name, rest, parent=context)
    return context


def asked(action: Action, target: Target | None, room: str = "board") -> Where:
    answers = {question.name: ANSWERS[question.name] for question in action.asks}
    return Where(target, on_board=False, room=room, answers=answers)


@pytest.mark.parametrize("name", [action.id for action in actions()])
def test_the_command_line_of_every_action_is_one(name: str) -> None:
    action = next(a for a in actions() if a.id == name)
    for kind, id_ in RECORDS.items():
        target = Target(kind, id_)
        words = action.command(asked(action, target))
        if words and not action.disabled(asked(action, target)):
            assert parsed(words).command is not cli
    for room in ("board", "sync", *NOUNS):
        where = asked(action, None, room)
        if (words := action.command(where)) and not action.why_not(where):
            assert parsed(words).command is not cli


@pytest.mark.parametrize("kind", RECORDS)
def test_an_id_that_looks_like_an_option_is_none(kind: str) -> None:
    for action in actions():
        where = asked(action, Target(kind, "--json/-1"))
        words = action.command(where)
        if words and action.writes and not action.disabled(where):
            context = parsed(words)
            assert not context.params.get("as_json"), words


@pytest.mark.parametrize(
    "action", [a for a in actions() if a.tried(asked(a, Target("entry", "3")))], ids=lambda a: a.id
)
def test_what_is_tried_before_it_is_confirmed_writes_nothing(action: Action) -> None:
    context = parsed(action.tried(asked(action, Target("entry", "3"))))
    assert context.params["dry_run"]
    meant = parsed(action.command(asked(action, Target("entry", "3"))))
    assert {**context.params, "dry_run": False} == meant.params


def test_every_action_that_writes_has_a_command_line_and_a_reason_against_it_in_the_past() -> None:
    for action in actions():
        if action.writes:
            assert action.command(asked(action, Target("line", "FT-1/1")))
            assert action.why_not(Where(as_of=True)) == "the past does not change"


class Done(NamedTuple):
    """Keys that do an action on the stage, and what they are about."""

    action: str
    keys: tuple[str, ...]
    answers: tuple[str, ...] = ()
    #: Pressed once all is answered: the yes to a question.
    last: tuple[str, ...] = ()


#: On the board the first panel has FT-18/1, the contest and FT-19/1; the third panel has the incidents.
DONE = (
    Done("ack", ("Q",), ("radio", "-5m", "")),
    Done("accept", ("a",), ("radio", "07:57", "马上出发")),
    Done("partial", ("P",), ("3", "phone", "", "")),
    Done("provisional", ("V",), ("等另一队回来", "")),
    Done("defer", ("D",), ("", "")),
    Done("decline", ("x",), ("人手不够", "")),
    Done("unable", ("U",), ("无人", "")),
    Done("contact", ("c",), ("phone", "无人接听", "")),
    Done("deliver", ("f",), ("paper", "", "")),
    Done("extend", ("O",), ("18:00", "", "")),
    Done("cancel", ("X",), ("改派", ""), ("y",)),
    Done("supersede", ("F",), ("FT-9", "", "换一台", ""), ("y",)),
    Done("depart", ("down", "down", "d"), ("", "", "")),
    Done("recall", ("down", "down", "w"), ("大兴也要", "")),
    Done("mistaken", ("tab", "down", "down", "down", "down", "W"), ("看错了", "")),
    Done("reassign", ("tab", "down", "down", "down", "down", "J"), ("FT-11", "会议室", "", ""), ("y",)),
    Done("release", ("tab", "down", "down", "down", "down", "l"), ("水退了", "-1m")),
    Done("keep", ("down", "K"), ("FT-21", "先到"), ("enter",)),
    Done("log", ("tab", "tab", "g"), ("-水位下降 'quoted'",)),
    Done("state_need", ("tab", "tab", "N"), ("people>=60", "60min")),
    Done("level", ("tab", "tab", "L"), ("I", "水位上涨")),
    Done("report", ("4", "p"), ("就绪", "18", "")),
    Done("retire", ("4", "end", "up", "R"), ("登记错误",), ("y",)),
    Done("undo", ("z",), (), ("y",)),
    Done("move_stock", ("6", "m"), ("-200", "防汛")),
    Done("count_stock", ("6", "M"), ("700", "")),
)


def facts(path: str) -> list[Any]:
    """The command and the facts of every entry of this station, without ids that are made anew."""
    with Store(path) as store:
        found = [journal.told(e) for _n, _feed, _seq, _r, e in journal.read(store.connection, "f.own = 1")]
    return [
        (t.header["kind"], t.header["who"], t.why, json.dumps(t.facts, ensure_ascii=False)) for t in found
    ]


@pytest.fixture
def stocked(busy: str) -> str:
    """The stage with sandbags in a depot, as this officer's last operation but one."""
    run = runner(["--store", busy, "--officer", "李雁"])
    for words in (
        ["depot", "add", "name=丰台库", "region=110106"],
        ["reserve", "move", "丰台库", "sandbag", "--qty", "1000", "--reason", "进货"],
    ):
        assert run(words).code == 0
    return busy


async def room(duty: Duty, keys: Sequence[str]) -> None:
    """Press these keys, and wait for the list that a digit opens."""
    for key in keys:
        await duty.press(key)
        if key.isdigit():
            await duty.until(lambda: getattr(duty.app.focused, "target", None) is not None)


@pytest.mark.parametrize("done", DONE, ids=lambda done: done.action)
async def test_a_key_writes_what_the_copied_line_writes(
    stocked: str, tmp_path: pathlib.Path, done: Done
) -> None:
    twin = tmp_path / "twin"
    shutil.copytree(pathlib.Path(stocked).parent, twin, ignore=shutil.ignore_patterns("twin"))
    before = facts(stocked)
    run = runner(["--store", stocked, "--officer", "李雁"])
    async with on_duty(
        stocked, prefix=("emergency", "--store", stocked, "--officer", "李雁"), run=run
    ) as duty:
        await room(duty, done.keys)
        for answer in done.answers:
            await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
            field = duty.app.focused
            await duty.type(answer)
            await duty.press("enter")
            await duty.until(lambda f=field: not f.is_attached)  # type: ignore[misc]
        if done.last:
            await duty.until("y or Enter: yes")
            await duty.press(*done.last)
        words = await duty.ran()
        await duty.until(lambda: bool(duty.toasts))
        said = duty.toasts[-1]
        await duty.press("Y")
        copied = shlex.split(duty.app.clipboard)
    assert copied == ["emergency", "--store", stocked, "--officer", "李雁", *words]
    written = facts(stocked)[len(before) :]
    assert written, said
    assert runner(["--store", str(twin / "station.db"), "--officer", "李雁"])(words).code == 0
    assert facts(str(twin / "station.db"))[len(before) :] == written


async def test_every_action_that_writes_is_tried_by_its_key() -> None:
    by_form = {"new", "edit"}
    elsewhere = {"tick", "sync", "arrive_loss", "arrive", "return", "close", "close_line", "issue_draft"}
    tried = {done.action for done in DONE}
    assert {a.id for a in actions() if a.writes} == tried | by_form | elsewhere


async def test_a_line_goes_all_the_way_by_keys(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("down", "down")
        await duty.press("enter")
        for n, (key, state) in enumerate(
            (("d", "en_route"), ("v", "on_scene"), ("l", "released"), ("b", "returned"))
        ):
            await duty.press(key)
            await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
            await duty.press("f2")
            await duty.ran(n)
            with Store(busy) as store:
                row = store.row("line", "FT-19/1")
            assert row is not None and row["state"] == state
            duty.app.look()
            await duty.until(lambda s=state: duty.app.state_of(Target("line", "FT-19/1")) in (s, ""))  # type: ignore[misc]


async def test_what_is_refused_is_told_with_its_hint_and_changes_nothing(busy: str) -> None:
    before = facts(busy)
    async with on_duty(busy) as duty:
        await duty.press("tab", "tab", "C")
        await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
        await duty.press("enter")
        await duty.until("y or Enter: yes")
        await duty.press("y")
        await duty.ran()
        await duty.until(lambda: bool(duty.toasts))
        assert duty.toasts[-1].startswith("emergency: ")
    assert facts(busy) == before


async def test_a_step_that_is_not_possible_says_why_and_asks_nothing(busy: str) -> None:
    async with on_duty(busy) as duty:
        shown = await duty.press("d")
        assert duty.toasts == ["it is issued; first: accept"]
        assert "How word came" not in shown
        await duty.press("g")
        assert duty.toasts[-1] == "put the cursor on an incident first"


async def test_a_no_runs_nothing(busy: str) -> None:
    async with on_duty(busy) as duty:
        for no in ("n", "escape"):
            await duty.press("X")
            await duty.type("改派")
            await duty.press("f2")
            await duty.until("y or Enter: yes")
            shown = await duty.press("2", no)
            assert "y or Enter" not in shown
            assert "> Needs a person now" in shown
        await duty.press("a")
        await duty.press("escape")
        assert duty.app.ran == []


@pytest.mark.parametrize("place", ["board", "callups", "incidents", "map"])
async def test_what_is_typed_right_behind_a_key_that_asks_is_its_answer(busy: str, place: str) -> None:
    async with on_duty(busy) as duty:
        await walk.opened(duty, place)
        await walk.hurried(duty, ":", *"ab?4n g")
        assert (duty.app.room, duty.app.ran, len(duty.app.screen_stack)) == (place, [], 1)
        assert [field.value for field in duty.app.screen.query("Bar Input").results(Input)] == ["ab?4n g"]
        await walk.pressed(duty, "escape")
        await walk.hurried(duty, ":", "escape", "j")
        assert not duty.app.screen.query("Bar")


async def test_a_question_that_nobody_has_seen_is_not_answered_by_what_was_typed_before(busy: str) -> None:
    async with on_duty(busy) as duty:
        await walk.opened(duty, "incidents")
        await walk.hurried(duty, "g", *"水退了y4", "enter")
        assert [words[-1] for words in duty.app.ran] == ["水退了y4"]
        await walk.hurried(duty, "z", "y", "enter")
        assert len(duty.app.screen.query("Bar")) == 1 and len(duty.app.ran) == 1
        await walk.pressed(duty, "y")
        assert [words[0] for words in duty.app.ran] == ["incident", "undo"]


async def test_an_answer_that_cannot_be_is_refused_under_its_field(busy: str) -> None:
    async with on_duty(busy) as duty:
        await room(duty, ("4", "p"))
        await duty.until("report: Readiness")
        await duty.type("bogus")
        assert "! bogus is not one of" in await duty.press("enter")
        await duty.press("escape")
        await duty.press("R")
        await duty.until("take out of use")
        assert "it cannot be left empty" in await duty.press("enter")
        assert duty.app.ran == []


async def test_nothing_is_done_in_the_past(busy: str) -> None:
    async with on_duty(busy, as_of=stage.AT) as duty:
        await duty.press("a")
        assert duty.toasts == ["the past does not change"]


def test_a_line_run_inside_leaves_the_streams_as_they_were(
    busy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = runner(["--store", busy])
    told = run(["team", "set", "FT-1", "strength=41"])
    assert (told.code, told.out) == (0, "changed Team FT-1\n")
    assert told.err.startswith("take it back: emergency undo ")
    refused = run(["team", "set", "FT-99", "strength=41"])
    assert (refused.code, refused.out) == (3, "")
    assert refused.said.startswith("emergency: no Team FT-99\n")
    assert run(["team", "import", "-"]).code != 0
    assert capsys.readouterr() == ("", "")


def test_a_line_is_quoted_for_a_shell() -> None:
    where = Where(Target("team", "a'b c"), prefix=("emergency", "--store", "/x y"))
    assert shlex.split(typed(where, ["team", "show", "a'b c"])) == [
        "emergency",
        "--store",
        "/x y",
        "team",
        "show",
        "a'b c",
    ]
