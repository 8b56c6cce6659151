"""How many may leave before a floor breaks, against the rule that refuses orders."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.store import database, floors
from emergency.store.creating import create
from emergency.store.store import Store

TEAMS = {"FT-1": "110106", "FT-2": "110106", "FT-3": "110108"}
AREAS = ("110106", "110000")
few = st.one_of(st.none(), st.integers(0, 12))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    made = str(tmp_path_factory.mktemp("floors") / "a.db")
    create(made, station="FT", region="110106", name="丰台", who="王小明").close()
    with Store(made) as store, store.write("team import") as writer:
        for region in TEAMS.values():
            writer.new("team", {"name": f"队{region}", "region": region, "strength": 10})
    return made


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.tuples(*[few] * 3), own=st.tuples(*[few] * 3), areas=st.tuples(*[few] * 2),
    team=st.sampled_from(sorted(TEAMS)),
)  # fmt: skip
def test_so_many_can_go_and_one_more_breaks_the_floor_that_is_named(
    path: str,
    people: tuple[int | None, ...],
    own: tuple[int | None, ...],
    areas: tuple[int | None, ...],
    team: str,
) -> None:
    connection = database.connect(path, writable=True)
    try:
        for id_, n, floor in zip(TEAMS, people, own, strict=True):
            connection.execute("UPDATE team SET strength=?, floor=? WHERE id=?", (n, floor, id_))
        for area, floor in zip(AREAS, areas, strict=True):
            connection.execute("UPDATE region SET floor=? WHERE id=?", (floor, area))
        found = floors.leave(connection, team)
        if dict(zip(TEAMS, people, strict=True))[team] is None:
            assert found is None
            return
        assert found is not None
        broken = [bool(floors.broken(connection, team, n)) for n in range(found.home + 1)]
        if found.keeper:
            assert broken[found.free + 1 :] == [True] * (found.home - found.free)
            assert not found.free or not broken[found.free]
        else:
            assert found.free == found.home and not any(broken)
    finally:
        connection.rollback()
        connection.close()
