"""The journal through a filter: any text is read or refused, windows are the list, words tell any fact."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store import logbook, saying
from emergency.store.errors import InvalidValue
from emergency.store.store import Store
from emergency.store.text import cells, in_lines
from tests.tui import stage

TERMS = st.sampled_from(
    ["who:王", "谁:王小明", "kind:callup", "station:FT", "since:2h", "on:2026-07-31", "record:FT-1", "op:a", "报告", '"', ":", "a:b", '"x y"', "before:soon"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    | st.sampled_from(["new", "set", "told", "step", "claim", "settle", "move", "count", "log", "feed", "team", "name", "strength", "FT-1"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5) | st.sampled_from(["name", "at", "text"]), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The stage, as it stands."""
    folder: pathlib.Path = tmp_path_factory.mktemp("logbook")
    with Store(stage.busy(folder)) as opened:
        yield opened


@given(st.lists(TERMS | st.text(max_size=6), max_size=4).map(" ".join))
def test_any_filter_is_read_or_refused_at_its_place(store: Store, text: str) -> None:
    try:
        windows = logbook.Windows(store, text)
    except InvalidValue as error:
        assert error.at is not None and 0 <= error.at <= len(text)
        return
    assert len(windows.after(None, 1000)) == windows.count()


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("text", ["", "who:王小明", "kind:callup since:2026-07-31"])
def test_windows_joined_are_the_whole_list_from_either_end(
    store: Store, text: str, newest_first: bool
) -> None:
    windows = logbook.Windows(store, text, newest_first=newest_first)
    whole = [entry.n for entry in windows.after(None, 1000)]
    assert whole == sorted(whole, reverse=newest_first) and whole
    ahead: list[int] = []
    while found := windows.after(ahead[-1] if ahead else None, 2):
        ahead += [entry.n for entry in found]
    behind: list[int] = []
    while found := windows.before(behind[0] if behind else None, 3):
        behind[:0] = [entry.n for entry in found]
    assert ahead == behind == whole
    assert [windows.rank(n) for n in whole] == list(range(len(whole)))


@given(JSON)
def test_any_fact_is_told_in_words(stated: object) -> None:
    assert all(isinstance(part, str) for part in saying.fact(stated))


@given(st.text(max_size=60), st.integers(2, 30))
def test_lines_that_are_broken_lose_nothing_but_blanks(text: str, width: int) -> None:
    lines = in_lines(text, width)
    assert all(cells(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
