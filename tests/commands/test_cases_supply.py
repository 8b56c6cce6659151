"""One supply, several who ask: rows 10 and 15 of the table of cases, by hub and by stick."""

from __future__ import annotations

from typing import Any

import pytest

from .meetings import Post, World


def three_capitals(world: World) -> tuple[Post, Post, Post]:
    """(TJ with 4 boats, BJ, HB), each of which knows the boats and has an incident."""
    tj = world.post("TJ", "120000", "天津市应急指挥中心")
    depot = tj.add("depot", "name=天津库", "region=120000")
    tj.done("reserve", "move", depot, "boat", "--qty", "4", "--reason", "可支援")
    bj, hb = world.post("BJ"), world.post("HB", "130000", "河北省应急指挥中心")
    world.meet(bj, hb, tj)
    return tj, bj, hb


def asks(post: Post, region: str) -> str:
    """A help request for three boats; its line."""
    incident = post.done("incident", "open", f"{post.name}洪水", "--scenario", "flood", "--level", "I",
                         "--region", region, "--json").json["id"]  # fmt: skip
    post.done("incident", "need", incident, "boat>=3艘")
    order = post.issue("--kind", "help", "--incident", incident, "--item", "boat", "--qty", "3")
    return f"{order}/1"


def line(post: Post, id_: str) -> Any:
    (found,) = post.show("callup", id_.split("/")[0])["lines"]
    return found


@pytest.mark.parametrize(("first", "second"), [(3, 1), (2, 2)])
def test_case_15_the_supplier_decides_who_gets_how_much_and_both_are_told(
    world: World, first: int, second: int
) -> None:
    tj, bj, hb = three_capitals(world)
    one, two = asks(bj, "110000"), asks(hb, "130000")
    world.meet(bj, hb, tj)
    for post in (tj, bj, hb):
        (row,) = post.done("conflict", "list", "--json").json
        assert (row["kind"], row["sides"]) == ("promised beyond stock", [one, two])
        shown = post.show("conflict", row["id"])
        assert (shown["quantity"], shown["short"], shown["promised"]) == (4, 2, {one: 3, two: 3})
        assert f"emergency callup partial {one} --qty HOW_MUCH" in shown["commands"]
        assert "Who keeps the stock decides" in post.done("conflict", "show", row["id"]).out
    for id_, quantity in ((one, first), (two, second)):
        tj.done("callup", "partial", id_, "--qty", str(quantity))
    world.meet(bj, hb, tj)
    for post in (tj, bj, hb):
        assert post.conflicts() == []
        assert [line(post, id_)["answered"] for id_ in (one, two)] == [first, second]
    shortfall = {
        i["id"].split("-")[0]: [n["short"] for n in i["needs"]]
        for i in hb.done("board", "--json").json["incidents"]
    }
    assert shortfall["BJ"] == [3 - first] and shortfall["HB"] == [3 - second]
