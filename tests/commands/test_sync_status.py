"""What a station tells of its hubs between rounds: `emergency sync status`, and `doctor`."""

from __future__ import annotations

from typing import Any

import pytest

from emergency.store import times

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
