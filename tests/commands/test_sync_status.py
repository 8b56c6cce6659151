"""What a station tells of its hubs between rounds: `emergency sync status`, and `doctor`; and what it is told of them."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from emergency.store import times
from tests.plugins.hubs import local

from .meetings import Wire, World
from .test_cases_hub import hub_of


@pytest.mark.parametrize(
    ("ahead", "english", "chinese"), [(60, "1 h ahead", "快 1 小时"), (-60, "1 h behind", "慢 1 小时")]
)
def test_a_clock_that_is_wrong_is_told_until_a_round_finds_it_right(
    by_hub: World, ahead: int, english: str, chinese: str
) -> None:
    world = by_hub
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    bj.done("sync", "enrol", "http://hub.test", hub_of(world).code("BJ"))
    (row,) = bj.done("sync", "status", "--json").json
    assert row["clock_ahead_ms"] is None and doctored(bj)["clock"] == (True, [])
    bj.ahead = ahead * times.MINUTE
    bj.done("sync")
    Wire.reached.clear()
    # A round that reached nobody has found nothing else.
    bj.done("sync")
    (row,) = bj.done("sync", "status", "--json").json
    assert (row["state"], row["clock_ahead_ms"]) == ("offline", ahead * times.MINUTE)
    assert (
        english in bj.done("sync", "status").out and chinese in bj.done("--lang", "zh", "sync", "status").out
    )
    assert doctored(bj)["clock"] == (False, [{"hub": "HUB", "ahead_ms": ahead * times.MINUTE}])
    said = bj("doctor")
    assert (
        said.code == 1
        and f"✗ clock: HUB: {english}" in said.out
        and "set the clock of this machine" in said.out
    )
    bj.ahead = 0
    Wire.reached["http://hub.test"] = hub_of(world)
    bj.done("sync")
    assert doctored(bj)["clock"] == (True, [{"hub": "HUB", "ahead_ms": 0}])
    assert "✓ clock: HUB: agrees" in bj.done("doctor").out
    assert " agrees " in bj.done("sync", "status").out


def doctored(post: Any) -> dict[str, tuple[bool, Any]]:
    """What the doctor found, by check."""
    return {c["check"]: (c["ok"], c["found"]) for c in post("doctor", "--json").json["checks"]}


def test_a_station_of_one_region_is_told_that_it_gets_no_other_facts(by_hub: World) -> None:
    world = by_hub
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    bj.done("sync", "enrol", "http://hub.test", hub_of(world).code("BJ", "duty", "130000"))
    assert "without their facts" not in bj.done("sync", "status").err
    world.meet(world.ft, bj)
    count = len([e for e in bj.done("journal", "log", "--json").json if e["facts"] is None])
    said = (
        f"{count} entries are here without their facts: a hub gives what a station's region and role may have"
    )
    assert count and said in bj.done("sync", "status").err
    assert f"本站有 {count} 个条目不含事实" in bj.done("--lang", "zh", "sync", "status").err
    assert "without their facts" not in world.ft.done("sync", "status").err


# -- a hub at another address, and a hub no more ----------------------------------------------------


def test_a_hub_at_another_address_takes_no_new_code(by_hub: World) -> None:
    ft, there = by_hub.ft, hub_of(by_hub)
    ft.done("sync")
    del Wire.reached["http://hub.test"]
    Wire.reached["https://new.test/hub"] = there
    done = ft.done("sync", "move", "HUB", "https://new.test/hub/")
    assert done.out == "HUB is met at https://new.test/hub from now on\n"
    ft.add("team", "name=新址队", "region=110106")
    assert "sent 1, received 0" in ft.done("sync", "--require-sync").out
    (row,) = ft.done("sync", "status", "--json").json
    assert (row["url"], row["state"], row["unsent"]) == ("https://new.test/hub", "synced", 0)


def test_where_that_hub_does_not_answer_it_is_not_moved_to(by_hub: World, tmp_path: pathlib.Path) -> None:
    ft = by_hub.ft
    before = ft.done("sync", "status", "--json").json
    assert "nobody answers" in ft.refused(75, "sync", "move", "HUB", "http://nobody.test")
    with local(tmp_path / "other") as other:
        Wire.reached["http://other.test"] = other
        said = ft.refused(1, "sync", "move", "HUB", "http://other.test")
    assert "nothing was changed: another hub answers there" in said
    assert "no hub TJ" in ft.refused(3, "sync", "move", "TJ", "http://hub.test")
    assert "not the address of a hub" in ft.refused(2, "sync", "move", "HUB", "ftp://hub.test")
    assert ft.done("sync", "status", "--json").json == before


def test_a_hub_that_is_removed_is_met_no_more_and_what_came_by_it_stays(by_hub: World) -> None:
    world = by_hub
    ft, bj = world.ft, world.post("BJ")
    bj.add("team", "name=市队", "region=110106")
    world.meet(bj, ft)
    ft.add("team", "name=区队", "region=110106")
    count = len(ft.done("team", "list", "--json").json)
    done = ft.done("sync", "remove", "HUB")
    assert done.out == "HUB is met no more\n" and "it lacks 1 entries of this station" in done.err
    assert "not enrolled at any hub" in ft.refused(78, "sync")
    assert len(ft.done("team", "list", "--json").json) == count
    # With a new code it goes on as before.
    ft.done("sync", "enrol", "http://hub.test", hub_of(world).code("FT"))
    assert "sent 1, received " in ft.done("sync", "--require-sync").out
