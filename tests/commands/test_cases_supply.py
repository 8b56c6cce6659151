"""One supply, several who ask: rows 10 and 15 of the table of cases, by hub and by stick."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Stage
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


# -- quotas -----------------------------------------------------------------------------------------

LINE, DEPOT = f"{Stage.DEPOT}/sandbag", Stage.DEPOT


def posts(world: World) -> tuple[Post, Post, Post]:
    """(FT with 1000 sandbags, of which FP and BJ have been lent 300 and 200); all know it."""
    fp, bj = world.stranger("FP", "110111", "房山前方指挥部"), world.post("BJ")
    world.meeting.join(fp)
    world.meet(world.ft, bj, fp)
    for to, quantity in (("FP", "300"), ("BJ", "200")):
        world.ft.done("reserve", "lend", DEPOT, "sandbag", "--to", to, "--qty", quantity)
    world.meet(world.ft, bj, fp)
    return world.ft, fp, bj


def takes(post: Post, quantity: str, *more: str) -> Any:
    """Take so many sandbags out of the depot, whatever comes of it."""
    return post(
        "reserve", "move", DEPOT, "sandbag", "--qty", f"-{quantity}", "--reason", "堵口", *more, "--json"
    )


def left(post: Post) -> dict[str, float]:
    """{station: what it may still issue}; the sum is the ledger's figure."""
    rows = post.done("reserve", "quotas", "--json").json
    (stock,) = {row["quantity"] for row in rows}
    assert sum(row["left"] for row in rows) == stock == post.show("reserve", LINE)["quantity"]
    return {row["station"]: row["left"] for row in rows}


def test_case_10_within_quotas_posts_cut_off_cannot_issue_beyond_the_total(world: World) -> None:
    ft, fp, bj = posts(world)
    for post in (ft, fp, bj):
        assert left(post) == {"FT": 500, "FP": 300, "BJ": 200}
    for post, most in ((ft, 500), (fp, 300), (bj, 200)):
        # Each sees a thousand in the depot, and takes no more than its own.
        assert takes(post, str(most + 1)).code == 1
        assert takes(post, str(most - 50)).code == 0
        refused = takes(post, "51")
        assert refused.code == 1 and "short by 1" in refused.err
        assert takes(post, "50").code == 0
        assert takes(post, "1").code == 1
    world.meet(ft, bj, fp)
    for post in (ft, fp, bj):
        assert left(post) == {"FT": 0, "FP": 0, "BJ": 0}
        assert post.conflicts() == [] and post.done("reserve", "deficits", "--json").json == []
        post.sound()


def of_quotas(post: Post) -> list[dict[str, Any]]:
    """What the board says of quotas among what needs a person."""
    return [m for m in post.done("board", "--json").json["needs_person"] if m["why"] == "deficit"]


def test_case_10_beyond_a_quota_is_a_deficit_until_somebody_approves_it(world: World) -> None:
    ft, fp, bj = posts(world)
    assert "--deficit" in takes(fp, "450").err
    assert takes(fp, "450", "--deficit").json["deficit"] == 150
    assert takes(bj, "200").code == 0
    world.meet(ft, bj, fp)
    for post in (ft, fp, bj):
        # All of it is in the ledger, and the others' quotas are untouched.
        assert left(post) == {"FT": 500, "FP": -150, "BJ": 0}
        assert post.show("reserve", LINE)["quantity"] == 350
        (row,) = post.done("reserve", "deficits", "--json").json
        assert (row["station"], row["deficit"]) == ("FP", 150)
        assert [(i["quantity"], i["beyond"]) for i in row["issues"]] == [(450, 150)]
        assert [(m["kind"], m["id"]) for m in of_quotas(post)] == [("reserve", LINE)]
    bj.refused(1, "reserve", "approve", DEPOT, "sandbag", "--station", "FP", "--why", "有余")
    ft.refused(2, "reserve", "approve", DEPOT, "sandbag", "--station", "FP", "--qty", "151", "--why", "多了")
    ft.done("reserve", "approve", DEPOT, "sandbag", "--station", "FP", "--qty", "100", "--why", "抢险急用")
    assert left(ft) == {"FT": 400, "FP": -50, "BJ": 0}
    ft.done("reserve", "approve", DEPOT, "sandbag", "--station", "FP", "--why", "抢险急用")
    assert "nothing of" in ft.refused(
        1, "reserve", "approve", DEPOT, "sandbag", "--station", "FP", "--why", "再"
    )
    world.meet(ft, bj, fp)
    for post in (ft, fp, bj):
        assert left(post) == {"FT": 350, "FP": 0, "BJ": 0}
        assert post.done("reserve", "deficits", "--json").json == []
        assert of_quotas(post) == []
        post.sound()


def test_case_10_a_station_without_a_quota_that_had_not_heard_is_in_deficit_whole(world: World) -> None:
    bj = world.post("BJ")
    tj = world.post("TJ", "120000", "天津市应急指挥中心")
    world.meet(world.ft, bj, tj)
    world.ft.done("reserve", "lend", DEPOT, "sandbag", "--to", "BJ", "--qty", "900")
    # TJ has not heard that anything was lent, and takes what it sees.
    assert takes(tj, "400").code == 0
    assert takes(bj, "900").code == 0
    world.meet(world.ft, bj, tj)
    for post in (world.ft, bj, tj):
        assert left(post) == {"FT": 100, "BJ": 0, "TJ": -400}
        assert post.show("reserve", LINE)["quantity"] == -300
    assert takes(tj, "1").code == 1


def test_quotas_are_passed_on_and_given_back_and_only_by_who_has_them(world: World) -> None:
    ft, fp, bj = posts(world)
    said = fp.refused(1, "reserve", "lend", DEPOT, "sandbag", "--to", "BJ", "--qty", "301")
    assert "has 300 条 to lend, not 301 条" in said
    fp.done("reserve", "lend", DEPOT, "sandbag", "--to", "BJ", "--qty", "120")
    bj.done("reserve", "lend", DEPOT, "sandbag", "--to", "FT", "--qty", "200")
    ft.refused(2, "reserve", "lend", DEPOT, "sandbag", "--to", "FT", "--qty", "1")
    ft.refused(2, "reserve", "lend", DEPOT, "sandbag", "--to", "FP", "--qty", "-5")
    world.meet(ft, bj, fp)
    for post in (ft, fp, bj):
        assert left(post) == {"FT": 700, "FP": 180, "BJ": 120}
    assert "is not undone" in fp.refused(1, "undo")


def test_what_a_post_brings_in_is_its_own_and_a_count_falls_to_the_rest(world: World) -> None:
    ft, fp, bj = posts(world)
    takes(fp, "300")
    fp.done("reserve", "move", DEPOT, "sandbag", "--qty", "40", "--reason", "未用退回")
    ft.done("reserve", "count", DEPOT, "sandbag", "--qty", "990")
    world.meet(ft, bj, fp)
    for post in (ft, fp, bj):
        # The count had not seen what FP took and brought: both lie on top of it.
        assert left(post) == {"FT": 490, "FP": 40, "BJ": 200}


def test_orders_draw_on_the_quota_of_who_gives_them_whoever_notes_the_departure(world: World) -> None:
    ft, fp, bj = posts(world)
    incident = bj.done("incident", "open", "北京洪水", "--scenario", "flood", "--level", "I", "--region", "110000",
                       "--json").json["id"]  # fmt: skip
    asking = ("--incident", incident, "--item", "sandbag")
    assert "has 201" in bj.refused(1, "callup", "issue", *asking, "--qty", "201")
    order = bj.issue(*asking, "--qty", "150")
    assert "has 51" in bj.refused(1, "callup", "issue", *asking, "--qty", "51")
    assert takes(bj, "51").code == 1
    world.meet(ft, bj, fp)
    for step in ("accept", "depart"):
        fp.done("callup", step, order)
    world.meet(ft, bj, fp)
    for post in (ft, fp, bj):
        assert left(post) == {"FT": 500, "FP": 300, "BJ": 50}
        post.sound()


def test_orders_that_stood_when_the_first_quota_was_lent_keep_what_they_hold(world: World) -> None:
    bj = world.post("BJ")
    incident = bj.done("incident", "open", "北京洪水", "--scenario", "flood", "--level", "I", "--region", "110000",
                       "--json").json["id"]  # fmt: skip
    order = bj.issue("--incident", incident, "--item", "sandbag", "--qty", "400")
    world.meet(world.ft, bj)
    said = world.ft.refused(1, "reserve", "lend", DEPOT, "sandbag", "--to", "BJ", "--qty", "601")
    assert "has 600 条 to lend" in said
    world.ft.done("reserve", "lend", DEPOT, "sandbag", "--to", "BJ", "--qty", "100")
    world.meet(world.ft, bj)
    for step in ("accept", "depart"):
        bj.done("callup", step, order)
    world.meet(world.ft, bj)
    assert left(world.ft) == left(bj) == {"FT": 500, "BJ": 100}


def test_nothing_lent_nothing_beyond(by_stick: World) -> None:
    said = by_stick.ft.refused(
        2, "reserve", "move", DEPOT, "sandbag", "--qty", "-5", "--reason", "x", "--deficit"
    )
    assert "no quota" in said
    assert by_stick.ft.done("reserve", "quotas", "--json").json == []
    by_stick.ft.refused(3, "reserve", "lend", DEPOT, "boat", "--to", "FT", "--qty", "1")
    by_stick.ft.refused(3, "reserve", "lend", DEPOT, "sandbag", "--to", "XX", "--qty", "1")
