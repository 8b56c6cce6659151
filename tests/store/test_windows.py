"""Windows over a register: however it is sorted and cut, walking through it shows every row once, in order."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.store import filters
from emergency.store.creating import create
from emergency.store.errors import InvalidValue
from emergency.store.query import Filter, select
from emergency.store.records import RECORDS
from emergency.store.sorting import Sort
from emergency.store.store import Store
from emergency.store.windows import Windows

STATES = list(RECORDS["team"].field("readiness").type.options)  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Twenty-five teams, with values that are alike, and missing ones."""
    path = str(tmp_path_factory.mktemp("windows") / "station.db")
    create(path, station="FT", region="110106", name="丰台", who="王小明").close()
    with Store(path) as opened, opened.write("team import") as writer:
        for n in range(25):
            values = {
                "name": f"队{n % 7}",
                "strength": n % 4 or None,
                "region": (None, "110106", "110111")[n % 3],
            }
            writer.new("team", {k: v for k, v in values.items() if v is not None})
            writer.set("team", f"FT-{n + 1}", {"readiness": (*STATES, None)[n % 5]})
    return path


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["", "name", "strength", "region", "readiness"]),
    st.booleans(),
    st.integers(1, 30),
    st.sampled_from(["", "队3", "strength>=2", "nobody"]),
)
def test_walking_either_way_shows_every_row_once(
    store: str, field: str, reverse: bool, step: int, text: str
) -> None:
    terms = filters.parse("team", text)
    with Store(store) as opened:
        windows = Windows(opened, "team", terms, Sort(field, reverse))
        natural = [row["id"] for row in select(opened, "team", Filter(terms=terms))]
        ahead: list[str] = []
        key = None
        while rows := windows.after(key, step):
            ahead += [row["id"] for row in rows]
            key = windows.key(rows[-1])
        back: list[str] = []
        key = None
        while rows := windows.before(key, step):
            back = [row["id"] for row in rows] + back
            key = windows.key(rows[0])
        assert ahead == back
        assert sorted(ahead) == sorted(natural)
        assert windows.count() == len(ahead)
        assert windows.ids(step) == ahead[:step]
        for n, id_ in enumerate(ahead):
            place = windows.place(id_)
            assert place is not None and windows.rank(place) == n
            assert windows.after(place, 1, itself=True)[0]["id"] == id_
        if not field:
            assert ahead == (natural[::-1] if reverse else natural)


def test_the_order_is_that_of_the_values_and_what_has_none_stands_last(store: str) -> None:
    with Store(store) as opened:
        strengths = {
            reverse: [
                row["strength"]
                for row in Windows(opened, "team", (), Sort("strength", reverse)).after(None, 99)
            ]
            for reverse in (False, True)
        }
        states = [row["readiness"] for row in Windows(opened, "team", (), Sort("readiness")).after(None, 99)]
    assert strengths == {
        False: [1] * 6 + [2] * 6 + [3] * 6 + [None] * 7,
        True: [3] * 6 + [2] * 6 + [1] * 6 + [None] * 7,
    }
    assert states == [state for state in [*STATES, None] for _ in range(5)]


def test_a_record_that_the_filter_holds_back_has_no_place(store: str) -> None:
    with Store(store) as opened:
        assert Windows(opened, "team", filters.parse("team", "队3")).place("FT-1") is None
        with pytest.raises(InvalidValue):
            Windows(opened, "team", (), Sort("at"))
