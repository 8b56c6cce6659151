"""Leases: rows 3 and 4 of the table of cases, by hub and by stick."""

from __future__ import annotations

import pytest

from .conftest import Stage
from .meetings import Post, World

BIG, INCIDENT = Stage.BIG, Stage.INCIDENT
TAKING = ("callup", "issue", "--incident", INCIDENT, "--equipment", BIG)


def leased(world: World) -> tuple[Post, Post]:
    """(field post, BJ): both know that the truck is the post's for two hours from now."""
    post = world.stranger("FP", "110111", "房山前方指挥部")
    world.meeting.join(post)
    bj = world.post("BJ")
    world.meet(world.ft, bj, post)
    world.ft.done("equipment", "lease", BIG, "--to", "FP", "--until", "+2h")
    world.meet(world.ft, bj, post)
    return post, bj


def test_case_03_the_post_orders_while_cut_off_and_others_are_refused(world: World) -> None:
    post, bj = leased(world)
    world.clock.later(30)
    assert BIG in post.ids("equipment", "list", "--free")
    for other in (world.ft, bj):
        assert BIG not in other.ids("equipment", "list", "--free")
        said = other.refused(4, *TAKING)
        assert f"{BIG} is leased to FP until 2026-07-31T10:0" in said and "last known at FT-1 (home)" in said
        # Neither rank nor a reason goes past what a post that cannot be asked relies on.
        other.refused(4, *TAKING, "--basis", "EREL-73", "--override", "紧急")
    order = post.issue(*TAKING[2:])
    for step in ("accept", "depart", "arrive"):
        post.done("callup", step, order)
    world.meet(world.ft, bj, post)
    for station in (world.ft, bj, post):
        assert (station.state(f"{order}/1"), station.conflicts()) == ("on_scene", [])
    assert "last known at" in bj.refused(4, *TAKING)


def test_case_04_after_the_end_the_post_finishes_and_starts_nothing_new(world: World) -> None:
    post, bj = leased(world)
    order = post.issue(*TAKING[2:])
    for step in ("accept", "depart"):
        post.done("callup", step, order)
    world.clock.later(2 * 60)
    for step in ("arrive", "release", "return"):
        post.done("callup", step, order)
    said = post.refused(1, *TAKING)
    assert "ended at 2026-07-31T10:0" in said
    # Others wait for the margin, too.
    assert "is leased to FP" in bj.refused(4, *TAKING)
    world.clock.later(20)
    theirs = bj.issue(*TAKING[2:])
    post.refused(1, *TAKING)
    world.meet(world.ft, bj, post)
    for station in (world.ft, bj, post):
        assert station.state(f"{order}/1") == "returned"
        assert (station.conflicts(), station.show("equipment", BIG)["claimed_by"]) == ([], [f"{theirs}/1"])
    # In touch again, the post is as any other: what refuses it is the order that stands.
    assert theirs in post.refused(4, *TAKING)
    bj.done("callup", "cancel", theirs)
    world.meet(world.ft, bj, post)
    post.issue(*TAKING[2:])


def test_case_04_work_still_under_way_after_the_end_is_contested_with_who_took_it_since(world: World) -> None:
    post, bj = leased(world)
    mine = post.issue(*TAKING[2:])
    for step in ("accept", "depart", "arrive"):
        post.done("callup", step, mine)
    world.clock.later(2 * 60 + 20)
    bj.issue(*TAKING[2:])
    world.meet(world.ft, bj, post)
    for station in (world.ft, bj, post):
        assert station.conflicts() == [f"equipment:{BIG}"]
        best = station.show("conflict", f"equipment:{BIG}")["advice"][0]
        assert (best["line"], best["ahead_by"]) == (f"{mine}/1", "custody")


def test_a_lease_is_given_back_by_its_holder_alone(world: World) -> None:
    post, bj = leased(world)
    assert "which alone can give it back" in world.ft.refused(1, "equipment", "lease", BIG, "--end")
    assert "is leased to FP" in bj.refused(4, "equipment", "lease", BIG, "--to", "BJ", "--until", "+1h")
    post.done("equipment", "lease", BIG, "--end")
    assert "is not leased" in post.refused(1, "equipment", "lease", BIG, "--end")
    world.meet(world.ft, bj, post)
    order = bj.issue(*TAKING[2:])
    said = bj.refused(4, "equipment", "lease", BIG, "--to", "FP", "--until", "+1h")
    assert f"called up by {order}/1" in said


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2), (("--to", "FP"), 2), (("--until", "+1h"), 2), (("--end", "--to", "FP"), 2),
        (("--to", "XX", "--until", "+1h"), 3), (("--to", "FT", "--until", "2h ago"), 2),
    ],
)  # fmt: skip
def test_a_lease_that_is_none_is_refused(by_stick: World, words: tuple[str, ...], code: int) -> None:
    by_stick.ft.refused(code, "equipment", "lease", BIG, *words)
