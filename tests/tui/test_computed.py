"""What takes a while is worked out once for a state of the store, and when somebody asks where it takes long."""

from __future__ import annotations

import pytest

from emergency.store.store import Store
from emergency.tui import computed
from emergency.tui.computed import Kept


def _kept() -> tuple[Kept[int], list[str]]:
    asked: list[str] = []

    def work(store: Store) -> int:
        asked.append(store.path)
        return len(asked)

    return Kept(work), asked


def test_it_is_worked_out_anew_only_when_something_was_written(busy: str, empty_too: str) -> None:
    kept, _asked = _kept()
    with Store(busy) as store, Store(busy) as again, Store(empty_too) as other:
        assert [kept.get(store), kept.get(again), kept.get(store)] == [1, 1, 1]
        with Store(busy) as writing, writing.write("team set") as writer:
            writer.set("team", "FT-1", {"strength": 41})
        assert (kept.get(store), kept.behind) == (2, False)
        assert (kept.get(other), kept.get(store)) == (3, 4)


def test_what_takes_long_waits_until_it_is_asked_for(
    busy: str, empty_too: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computed, "SLOW", -1.0)
    kept, _asked = _kept()
    with Store(busy) as store, Store(empty_too) as other:
        assert (kept.get(store), kept.behind) == (1, False)
        with Store(busy) as writing, writing.write("team set") as writer:
            writer.set("team", "FT-1", {"strength": 41})
        assert (kept.get(store), kept.behind) == (1, True)
        kept.forget()
        assert (kept.get(store), kept.behind) == (2, False)
        # Another store is never told by what was found in this one.
        assert (kept.get(other), kept.behind) == (3, False)


@pytest.fixture
def empty_too(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of another store."""
    from . import stage

    return stage.empty(tmp_path_factory.mktemp("other"))
