"""The screen of the hubs: rounds, being offline, and bundles on a stick."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator

import pytest

from emergency.store.text import cells
from tests.plugins import hubs

from .screen import on_duty
from .test_rooms import answer, rows

SIZES = [(80, 24), (160, 48)]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The smallest terminal, and a large one."""
    assert isinstance(request.param, tuple)
    return request.param


@pytest.fixture
def hub(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[hubs.Real]:
    """A hub's own process."""
    monkeypatch.delenv("EMERGENCY_NOW", raising=False)
    with hubs.real(tmp_path / "hub") as running:
        yield running


async def test_a_round_with_a_hub_is_run_and_told(
    hub: hubs.Real, tmp_path: pathlib.Path, size: tuple[int, int]
) -> None:
    store = hub.enrol(tmp_path / "FT")
    path = store.path
    store.close()
    async with on_duty(path, size) as duty:
        await duty.press("0")
        shown = await duty.until("never met")
        assert "Key words" in shown and hub.url[:12] in shown
        await duty.press("H")
        assert await duty.ran() == ["sync"]
        await duty.until(lambda: bool(duty.toasts))
        assert "sent " in duty.toasts[-1]
        shown = await duty.until(" synced ")
        assert "agrees" in shown
        assert [line for line in shown.splitlines() if cells(line) > size[0]] == []


async def test_a_wrong_clock_and_what_a_hub_has_of_nobody_enrolled_are_told(tmp_path: pathlib.Path) -> None:
    store = hubs.station(tmp_path / "FT")
    with hubs.local(tmp_path) as there:
        there.enrol(store)
        assert there.sync(store).state == "synced"
        feed = there.opened.identity.feed
    told = {"state": "synced", "skew": 2 * 3_600_000, "waiting": [feed, "x" * 20]}
    with store.noting() as connection:
        connection.execute("UPDATE hub SET told=?", (json.dumps(told),))
    store.close()
    async with on_duty(store.path, (160, 48)) as duty:
        await duty.press("0")
        shown = await duty.until("2 h ahead")
        (one,) = [line for line in shown.splitlines() if feed in line and "no peer" in line]
        assert "another hub, and no peer of HUB: emergency hub peer" in one and "admit" not in one
        (one,) = [line for line in shown.splitlines() if "x" * 20 in line]
        assert "not enrolled at HUB: emergency hub admit" in one
        await duty.press("enter")
        shown = await duty.until("What to type:")
        assert any("clock" in line and "2 h ahead" in line for line in shown.splitlines())


async def test_offline_is_told_and_is_no_error(hub: hubs.Real, tmp_path: pathlib.Path) -> None:
    store = hub.enrol(tmp_path / "FT")
    path = store.path
    with store.noting() as connection:
        connection.execute("UPDATE hub SET url='http://127.0.0.1:9'")
    store.close()
    async with on_duty(path) as duty:
        await duty.press("0")
        await duty.until("never met")
        await duty.press("H")
        await duty.ran()
        await duty.until(lambda: bool(duty.toasts))
        assert "offline" in duty.toasts[-1]
        assert [n.severity for n in duty.app._notifications] == ["information"]
        await duty.until("? HUB")


async def test_a_bundle_goes_out_and_comes_in_after_a_look(
    tmp_path: pathlib.Path, size: tuple[int, int]
) -> None:
    for name in ("FT", "HD"):
        hubs.station(tmp_path / name, name).close()
    ours, theirs = (str(tmp_path / name / f"{name}.db") for name in ("FT", "HD"))
    file = str(tmp_path / "ft.bundle")
    async with on_duty(ours, size) as duty:
        await duty.press("0", "E")
        await answer(duty, file)
        await answer(duty, "open")
        assert (await duty.ran())[:3] == ["bundle", "export", "--open"]
    async with on_duty(theirs, size) as duty:
        await duty.press("0", "I")
        await answer(duty, file)
        shown = await duty.until("F2 take it in")
        assert "FT" in shown and "nobody: it is open" in shown
        assert len(rows(theirs, "team")) == 1
        await duty.press("f2")
        await duty.until("What was done")
        assert len(rows(theirs, "team")) == 2
