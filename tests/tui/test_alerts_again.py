"""Drafts of an alert: `z` there takes back what was written there; what is typed as no is no; marks fit the terminal."""

from __future__ import annotations

import pytest

from emergency.store.store import Store
from emergency.tui.actions import Where
from emergency.tui.alertdraft import _options

from . import walk
from .planning import opened
from .screen import on_duty
from .test_alerts_doing import drafts
from .warned import STORM, take


async def test_z_takes_back_what_was_written_there_whatever_others_wrote_since(demo: str) -> None:
    take(demo, STORM)
    async with on_duty(demo, (120, 40)) as duty:
        await opened(duty, "alerts")
        await walk.pressed(duty, "o", "f2")
        assert drafts(demo)
        with Store(demo) as store, store.write("team set") as writer:
            writer.set("team", "BJ-1", {"radio": "别人"})
        await walk.pressed(duty, "z")
        assert "callup" in duty.text.lower() or "draft" in duty.text
        assert "Team BJ-1" not in duty.text
        # Left, it can still be taken back.
        await walk.pressed(duty, "escape", "z", "y")
        assert drafts(demo) == []
        with Store(demo) as store:
            assert (store.row("team", "BJ-1") or {})["radio"] == "别人"
        # There is nothing of its own to take back now.
        await walk.pressed(duty, "z")
        assert "Team BJ-1" in duty.text


@pytest.mark.parametrize("typed", ["no", "NO", "ｎｏ", " no ", "否"])
def test_no_is_no_however_it_is_typed(typed: str) -> None:
    assert _options(Where(answers={"checks": typed})) == ["--no-equipment"]


@pytest.mark.parametrize("typed", ["", "yes", "是", "ＹＥＳ"])
def test_and_yes_is_yes(typed: str) -> None:
    assert _options(Where(answers={"checks": typed})) == []


async def test_a_terminal_of_few_characters_gets_no_others(
    demo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMERGENCY_AMBIGUOUS", "wide")
    take(demo, STORM)
    with Store(demo) as store, store.write("alert set") as writer:
        for row in store.rows("SELECT id FROM alert"):
            writer.set("alert", row["id"], {"signature": "valid"})
    async with on_duty(demo, (200, 48)) as duty:
        shown = await opened(duty, "alerts")
        assert "+ valid" in shown
        assert not {*"✓✗"} & {*shown}
        assert not {*"✓✗"} & {*await walk.pressed(duty, "enter")}
