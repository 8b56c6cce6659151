"""What takes a while is worked out once for a state of the store, and when somebody asks where it takes long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from emergency.store.store import Store
from emergency.tui import computed
from emergency.tui.computed import Kept
from emergency.tui.details import Details
from emergency.tui.detailscreen import DetailsScreen
from emergency.tui.panel import Target

from . import walk
from .screen import on_duty


def _kept() -> tuple[Kept[int], list[str]]:
    asked: list[str] = []

    def work(store: Store) -> int:
        asked.append(store.path)
        return len(asked)

    return Kept(work), asked


def _write(path: str) -> None:
    with Store(path) as writing, writing.write("team set") as writer:
        writer.set("team", "FT-1", {"strength": 41})


def test_it_is_worked_out_anew_only_when_something_was_written(busy: str, empty_too: str) -> None:
    kept, _asked = _kept()
    with Store(busy) as store, Store(busy) as again, Store(empty_too) as other:
        assert [kept.get(one).value for one in (store, again, store)] == [1, 1, 1]
        _write(busy)
        assert kept.get(store) == (2, False)
        assert (kept.get(other).value, kept.get(store).value) == (3, 4)


def test_what_takes_long_waits_until_it_is_asked_for(
    busy: str, empty_too: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computed, "SLOW", -1.0)
    kept, _asked = _kept()
    with Store(busy) as store, Store(empty_too) as other:
        assert kept.get(store) == (1, False)
        _write(busy)
        got = kept.get(store)
        assert got == (1, True)
        kept.forget()
        assert kept.get(store) == (2, False)
        # Another store is never told by what was found in this one, and is not behind because this one is.
        _write(busy)
        assert kept.get(store) == (2, True) and kept.get(other) == (3, False) and got == (1, True)


def test_a_minute_that_passed_is_no_change(busy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computed, "SLOW", -1.0)
    kept = Kept(lambda store: 1, minute=True)
    with Store(busy) as store:
        kept.get(store)
        monkeypatch.setenv("EMERGENCY_NOW", "2026-08-01T09:07:00+08:00")
        assert kept.get(store) == (1, False)


def test_what_is_asked_for_anew_while_it_is_worked_out_is_worked_out_again(busy: str) -> None:
    began, may, worked = Event(), Event(), []

    def work(store: Store) -> int:
        worked.append(store.path)
        began.set()
        assert may.wait(20)
        return len(worked)

    kept = Kept(work)

    def ask() -> int:
        with Store(busy) as store:
            return kept.get(store).value

    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(ask)
        assert began.wait(20)
        kept.forget()
        may.set()
        assert first.result(20) == 1
    assert [ask(), ask()] == [2, 2]


class _Slow(DetailsScreen):
    """A record whose first reading ends after the second."""

    def __init__(self) -> None:
        super().__init__(Target("team", "FT-1"))
        self.began, self.may, self.ended, self._read = Event(), Event(), Event(), 0

    def fetch(self, store: Store) -> Details:
        """Each says which it is."""
        self._read += 1
        first = self._read == 1
        if first:
            self.began.set()
            assert self.may.wait(20)
            self.ended.set()
        return Details("first" if first else "second", ())


async def test_what_was_asked_for_first_and_comes_last_is_not_shown(busy: str) -> None:
    screen = _Slow()
    async with on_duty(busy) as duty:
        duty.app.push_screen(screen)
        await duty.until(screen.began.is_set)
        screen.read()
        await duty.until("second")
        screen.may.set()
        await duty.until(screen.ended.is_set)
        assert "second" in await walk.settled(duty) and "first" not in duty.text


@pytest.fixture
def empty_too(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of another store."""
    from . import stage

    return stage.empty(tmp_path_factory.mktemp("other"))
