"""A stick hands nobody what a hub would withhold: to whom bundles are sealed, and what is in them (rows H4, H5)."""

from __future__ import annotations

import pytest

from .meetings import Post, World, synced
from .test_cases_hub import hub_of
from .test_hub_commands import at_the_hub

PHONE = "13912345678"


def joined(world: World, name: str, role: str = "duty", region: str = "") -> Post:
    """A station that is enrolled, and has met the hub; so has FT after it."""
    post = world.stranger(name, region or "110000", f"{name}指挥部")
    post.done("sync", "enrol", hub_of(world).url, hub_of(world).code(name, role, region))
    for one in (post, world.ft, post):
        synced(one)
    return post


def with_team(world: World) -> None:
    """FT registers a team of 110106, and one of 110101, with a member each."""
    for name, region in (("丰台机密队", "110106"), ("东城排水队", "110101")):
        team = world.ft.add("team", f"name={name}", f"region={region}")
        world.ft.add("member", f"name={name}员", f"team={team}", f"phone={PHONE}")


def exported(world: World, *words: str) -> tuple[str, dict[str, object], str]:
    """(the stick, what the command told as JSON, what it says to a person)."""
    made = str(world.carried / f"{len(list(world.carried.iterdir()))}.bundle")
    told = world.ft.done("bundle", "export", made, *words, "--json").json
    said = world.ft.done("bundle", "export", f"{made}2", *words).err
    return made, told, said


def names(post: Post) -> set[str]:
    return {row["name"] for row in post.done("team", "list", "--json").json}


def phones(post: Post) -> set[str | None]:
    return {row["phone"] for row in post.done("member", "list", "--json").json}


def test_who_was_revoked_gets_no_bundle(by_hub: World) -> None:
    world = by_hub
    bj, hd = joined(world, "BJ"), joined(world, "HD")
    world.ft.done(*at_the_hub(world, "hub", "revoke", "HD", "--why", "电脑被盗"))
    synced(world.ft)
    stick, told, said = exported(world)
    assert (told["sealed_to"], told["left_out"]) == (["BJ"], [{"station": "HD", "why": "revoked"}])
    assert "left out, as revoked: HD" in said
    hd.refused(1, "bundle", "import", stick)
    bj.done("bundle", "import", stick)
    want = str(world.carried / "hd.want")
    hd.done("bundle", "want", want)
    for words in (
        ("--to", "HD"),
        ("--to", "BJ", "--to", "HD"),
        ("--want", want),
        ("--want", want, "--to", "BJ"),
    ):
        said = world.ft.refused(1, "bundle", "export", str(world.carried / "no"), *words)
        assert "HD was revoked" in said


def test_a_stranger_among_stations_with_grants_gets_none_unless_named(by_hub: World) -> None:
    world = by_hub
    joined(world, "BJ")
    with_team(world)
    stranger = world.stranger("XX", "110108", "无名站")
    world.hand_on(stranger, world.ft)
    _stick, told, said = exported(world)
    assert (told["sealed_to"], told["left_out"]) == (["BJ"], [{"station": "XX", "why": "not-granted"}])
    assert "left out, as no hub granted them anything: XX" in said
    stick, told, said = exported(world, "--to", "XX")
    assert (told["sealed_to"], told["personal"]) == (["XX"], False)
    assert "no hub granted XX anything: compare its key by telephone" in said
    stranger.done("bundle", "import", stick)
    assert "丰台机密队" in names(stranger) and phones(stranger) == {None}


def test_one_who_calls_himself_like_a_station_is_not_taken_for_it(by_hub: World) -> None:
    world = by_hub
    bj = joined(world, "BJ")
    (world.desk.store.parent / "bj").rename(world.desk.store.parent / "real")
    liar = world.stranger("BJ", "110108", "假冒站")
    bj.store = world.desk.store.parent / "real" / "station.db"
    world.hand_on(liar, world.ft)
    for words in ((), ("--to", "BJ")):
        stick, told, _said = exported(world, *words)
        assert told["sealed_to"] == ["BJ"]
        liar.refused(1, "bundle", "import", stick)
        bj.done("bundle", "import", stick)


def test_by_default_all_receivers_may_have_all_that_a_bundle_holds(by_hub: World) -> None:
    world = by_hub
    joined(world, "BJ")
    field, area = joined(world, "N1", "team"), joined(world, "DC", "duty", "110101")
    with_team(world)
    stick, told, said = exported(world)
    limited = [{"station": name, "why": "limited"} for name in ("DC", "N1")]
    assert (told["sealed_to"], told["left_out"]) == (["BJ"], limited)
    assert "they may not have all of this: DC, N1; --to STATION makes one" in said
    for post in (field, area):
        post.refused(1, "bundle", "import", stick)
    stick, told, _said = exported(world, "--region", "110101")
    assert told["sealed_to"] == ["BJ", "DC"]
    area.done("bundle", "import", stick)
    assert names(area) == {"东城排水队"} and phones(area) == {PHONE}


def test_a_bundle_for_a_limited_station_holds_what_its_grant_allows(by_hub: World) -> None:
    world = by_hub
    field = joined(world, "N1", "team", "110101")
    with_team(world)
    assert "N1" in world.ft.refused(1, "bundle", "export", str(world.carried / "x"))
    stick, told, said = exported(world, "--to", "N1")
    assert (told["scope"], told["personal"], told["beyond_grant"]) == ("110101", False, [])
    assert "of region 110101 alone, as N1 may have it" in said
    assert "without telephone and identity numbers and exact sites, which N1 may not have" in said
    field.done("bundle", "import", stick)
    assert names(field) == {"东城排水队"} and phones(field) == {None}
    want = str(world.carried / "n1.want")
    field.done("bundle", "want", want)
    _stick, told, _said = exported(world, "--want", want)
    assert (told["scope"], told["personal"]) == ("110101", False)
    _stick, told, said = exported(world, "--to", "N1", "--personal", "--region", "110106")
    assert (told["scope"], told["personal"], told["beyond_grant"]) == ("110106", True, ["N1"])
    assert "this holds more than N1 may have" in said
    field.sound()


def test_stations_of_different_regions_get_a_bundle_each(by_hub: World) -> None:
    world = by_hub
    joined(world, "N1", "team", "110101")
    joined(world, "N2", "team", "110106")
    joined(world, "BB", "duty", "110000")
    both = ("--to", "N1", "--to", "N2")
    assert "N1, N2 have different regions" in world.ft.refused(
        1, "bundle", "export", str(world.carried / "x"), *both
    )
    assert exported(world, "--to", "BB", "--to", "N2")[1]["scope"] == "110106"
    assert exported(world, *both, "--region", "110101")[1]["beyond_grant"] == ["N2"]


@pytest.mark.parametrize("also", [(), ("--to", "BJ")])
def test_who_asks_can_open_the_answer_whoever_else_it_is_for(by_stick: World, also: tuple[str, ...]) -> None:
    world = by_stick
    bj, hd = (world.stranger(name, "110000", f"{name}指挥部") for name in ("BJ", "HD"))
    world.hand_on(bj, world.ft)
    want = str(world.carried / "hd.want")
    hd.done("bundle", "want", want)
    stick, told, _said = exported(world, "--want", want, *also)
    assert told["sealed_to"] == sorted(["HD", *also[1:]])
    for post in [hd, bj][: len(also) or 1]:
        post.done("bundle", "import", stick)


def test_a_bundle_to_the_station_that_writes_it_is_refused(by_hub: World) -> None:
    stick = by_hub.carried / "ft.bundle"
    said = by_hub.ft.refused(2, "bundle", "export", str(stick), "--to", "FT")
    assert "FT is this station itself" in said and "emergency station list" in said
    assert not stick.exists()
