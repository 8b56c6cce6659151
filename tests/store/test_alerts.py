"""Chains of alerts: what stands is the same in whatever order they came, and nothing is silenced by mistake."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store import extent
from emergency.store.alerts import Chain, arranged, id_of
from emergency.store.places import Point
from emergency.store.records.alert import dumped, loaded

HOUR = 3_600_000
NOW = 100 * HOUR
SENDER = "11000041600000"


def alert(name: str, hour: int, kind: str = "Alert", *refers: str, **more: Any) -> dict[str, Any]:
    """A row of the table: an alert by its name, sent at an hour, which refers to others by name."""
    row = {
        "id": name,
        "identifier": name,
        "sender": SENDER,
        "sender_name": "北京市气象台",
        "sent": hour * HOUR,
        "status": "Actual",
        "msg_type": kind,
        "event": "暴雨",
        "colour": "orange",
        "regions": '["110111"]',
        "area": "房山区",
        "areas": None,
        "form": "CAP 1.2",
        "effective": None,
        "expires": 200 * HOUR,
        "references": dumped([[more.get("sender", SENDER), r, ""] for r in refers]),
    }
    return row | more


def stand(*rows: Mapping[str, Any], at: int = NOW) -> list[tuple[str, str, list[str]]]:
    """(current alert, how it stands, what it took the place of) of each chain."""
    return [(c.head["id"], c.state, [r["id"] for r in c.earlier]) for c in arranged(rows, at)]


def test_an_update_takes_the_place_of_what_it_names_and_a_cancel_ends_it() -> None:
    a, b, c = alert("A", 1), alert("B", 2, "Update", "A"), alert("C", 3, "Cancel", "B")
    assert stand(a) == [("A", "current", [])]
    assert stand(a, b) == [("B", "current", ["A"])]
    assert stand(a, b, c) == [("C", "cancelled", ["B", "A"])]


def test_an_update_that_came_before_what_it_updates() -> None:
    update = alert("B", 2, "Update", "A")
    (chain,) = arranged([update], NOW)
    assert (chain.state, chain.missing) == ("current", ((SENDER, "A", ""),))
    assert stand(update, alert("A", 1)) == [("B", "current", ["A"])]


def test_a_cancel_of_what_never_came() -> None:
    (chain,) = arranged([alert("C", 3, "Cancel", "X")], NOW)
    assert (chain.head["id"], chain.state, [m[1] for m in chain.missing]) == ("C", "cancelled", ["X"])


def test_a_cancel_that_names_the_beginning_ends_what_it_became() -> None:
    rows = alert("A", 1), alert("B", 2, "Update", "A"), alert("C", 3, "Cancel", "A")
    assert stand(*rows) == [("C", "cancelled", ["B", "A"])]


def test_a_cancel_that_names_the_beginning_of_two_ends_neither() -> None:
    north = alert("N", 2, "Update", "A", regions='["110109"]', area="门头沟区")
    south = alert("S", 2, "Update", "A", regions='["110111"]')
    found = stand(alert("A", 1), north, south, alert("C", 3, "Cancel", "A"))
    assert {(i, s) for i, s, _earlier in found} == {("N", "current"), ("S", "current"), ("C", "cancelled")}
    # Named itself, one of them ends, and the other stands.
    found = stand(alert("A", 1), north, south, alert("C", 3, "Cancel", "A", "N"))
    assert {(i, s) for i, s, _earlier in found} == {("S", "current"), ("C", "cancelled")}


def test_two_updates_of_one_alert_for_the_same_places_the_later_stands() -> None:
    rows = alert("A", 1), alert("B", 2, "Update", "A"), alert("C", 3, "Update", "A")
    assert stand(*rows) == [("C", "current", ["B", "A"])]


def test_a_drill_ends_nothing_real_and_the_real_ends_no_drill() -> None:
    found = stand(alert("A", 1), alert("C", 2, "Cancel", "A", status="Exercise"))
    assert ("A", "current", []) in found
    for status in ("Test", "System", "Draft", None):
        assert ("A", "current", []) in stand(alert("A", 1), alert("B", 2, "Update", "A", status=status))


def test_a_cancel_of_another_sender_is_left_to_a_person() -> None:
    other = alert("C", 2, "Cancel", sender="else") | {"references": dumped([[SENDER, "A", ""]])}
    chains = {c.head["id"]: c for c in arranged([alert("A", 1), other], NOW)}
    assert chains["A"].state == "current" and chains["A"].doubted_by == ("C",)


def test_nothing_ends_what_was_sent_after_it_and_no_two_end_each_other() -> None:
    assert ("A", "current", []) in stand(alert("A", 5), alert("B", 2, "Cancel", "A"))
    found = stand(alert("A", 5, "Update", "B"), alert("B", 5, "Update", "A"))
    assert len(found) == 1


def test_a_notice_ends_nothing() -> None:
    for kind in ("Ack", "Error"):
        assert stand(alert("A", 1), alert("B", 2, kind, "A")) == [("A", "current", []), ("B", "notice", [])]
    # An Alert that refers to another is another alert.
    assert len(stand(alert("A", 1), alert("B", 2, "Alert", "A"))) == 2


def test_how_one_stands_by_its_times() -> None:
    assert stand(alert("A", 1, expires=99 * HOUR)) == [("A", "expired", [])]
    assert stand(alert("A", 1, effective=101 * HOUR)) == [("A", "to-come", [])]
    assert stand(alert("A", 90, expires=None)) == [("A", "current", [])]
    assert stand(alert("A", 1, expires=None)) == [("A", "undated", [])]


def test_feeds_without_references_follow_sender_and_event() -> None:
    def feed(name: str, hour: int, kind: str, **more: Any) -> dict[str, Any]:
        return alert(name, hour, kind, form="JSON", expires=None, **more)

    rows = feed("A", 90, "Alert"), feed("B", 92, "Update"), feed("C", 94, "Cancel")
    assert stand(*rows) == [("C", "cancelled", ["B", "A"])]
    # What comes after the end is a new warning; another event or place is another.
    assert stand(*rows, feed("D", 96, "Alert"))[0] == ("D", "current", [])
    assert len(stand(feed("A", 90, "Alert"), feed("B", 92, "Update", event="大风"))) == 2
    assert len(stand(feed("A", 90, "Alert"), feed("B", 92, "Update", area="丰台区"))) == 2


def test_real_warnings_stand_before_drills_and_grave_ones_before_light() -> None:
    rows = [
        alert("A", 1, status="Exercise", colour="red"),
        alert("B", 1, colour="blue", event="大风"),
        alert("C", 1, colour="red", event="雷电"),
    ]
    assert [i for i, _s, _e in stand(*rows)] == ["C", "B", "A"]


# -- parts of a message ---------------------------------------------------------------------------


def parts(name: str, hour: int, kind: str = "Alert", *refers: str, **more: Any) -> list[dict[str, Any]]:
    """One message that warns two districts of different things."""
    orange = alert(name, hour, kind, *refers, **more)
    red = {**orange, "id": f"{name}2", "part": 2, "area": "丰台区", "regions": '["110106"]', "colour": "red"}
    return [orange, red]


def test_each_part_of_a_message_stands_by_its_own_times_and_a_reference_means_all_of_them() -> None:
    orange, red = parts("A", 1)
    orange["expires"] = 99 * HOUR
    assert stand(orange, red) == [("A2", "current", []), ("A", "expired", [])]
    assert stand(orange, red, alert("C", 3, "Cancel", "A")) == [("C", "cancelled", ["A2", "A"])]
    updated = stand(*parts("A", 1), *parts("B", 2, "Update", "A"))
    assert updated == [("B2", "current", ["A2", "A"]), ("B", "current", ["A2", "A"])]
    # A cancel that names the beginning ends what it has become, which is one message.
    assert stand(*parts("A", 1), *parts("B", 2, "Update", "A"), alert("C", 3, "Cancel", "A")) == [
        ("C", "cancelled", ["B2", "B", "A2", "A"])
    ]


def test_parts_of_one_place_end_neither_each_other_nor_stay_behind_a_later_update() -> None:
    def alike(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [r | {"area": "房山区", "regions": '["110111"]'} for r in rows]

    for kind in ("Alert", "Update", "Cancel"):
        assert {i for i, _s, earlier in stand(*alike(parts("A", 1, kind))) if not earlier} == {"A", "A2"}
    rows = [*alike(parts("B", 2, "Update", "A")), *alike(parts("C", 3, "Update", "A"))]
    assert {(i, tuple(e)) for i, _s, e in stand(alert("A", 1), *rows)} == {
        ("C2", ("B2", "B", "A")),
        ("C", ("B2", "B", "A")),
    }
    # Without references too.
    rows = [r | {"form": "JSON"} for r in (*alike(parts("A", 1)), alert("B", 2, "Cancel"))]
    assert stand(*rows) == [("B", "cancelled", ["A2", "A"])]


def test_two_updates_part_by_part_the_later_stands() -> None:
    rows = [alert("A", 1), *parts("B", 2, "Update", "A"), *parts("C", 3, "Update", "A")]
    assert {(i, tuple(e)) for i, _s, e in stand(*rows)} == {("C2", ("B2", "A")), ("C", ("B", "A"))}


def test_a_part_has_an_id_of_its_own_and_the_first_that_of_its_message() -> None:
    named: dict[str, Any] = {"identifier": "A", "sender": "s", "sent": 1}
    assert id_of(named) == id_of({**named, "part": 1}) == id_of({**named, "part": None})
    assert len({id_of({**named, "part": n}) for n in (1, 2, 3)}) == 3


def test_what_names_no_place_is_never_followed_by_words() -> None:
    nowhere = {"form": "RSS", "area": None, "regions": None, "areas": None}
    assert len(stand(alert("A", 1, **nowhere), alert("B", 2, **nowhere))) == 2
    assert len(stand(alert("A", 1, **nowhere), alert("B", 2, "Cancel", **nowhere))) == 2
    outlined = nowhere | {"areas": '[{"polygons":["39,116 39,117 40,117 39,116"]}]'}
    assert len(stand(alert("A", 1, **outlined), alert("B", 2, **outlined))) == 1


NAMES = "ABCDEF"
ROWS = st.lists(
    st.builds(
        lambda name, hour, kind, refers, status, sender, form, event: (
            alert(name, hour, kind, *refers, status=status, form=form, event=event) | {"sender": sender}
        ),
        st.sampled_from(NAMES),
        st.integers(0, 9),
        st.sampled_from(["Alert", "Update", "Cancel", "Ack"]),
        st.lists(st.sampled_from(NAMES), max_size=3),
        st.sampled_from(["Actual", "Actual", "Exercise"]),
        st.sampled_from([SENDER, SENDER, "else"]),
        st.sampled_from(["CAP 1.2", "JSON"]),
        st.sampled_from(["暴雨", "大风"]),
    ),
    max_size=6,
    unique_by=lambda r: r["id"],
)


def known(chains: list[Chain]) -> list[tuple[Any, ...]]:
    return [(c.ids, c.state, c.missing, c.doubted_by) for c in chains]


def in_parts(rows: list[dict[str, Any]], several: set[str]) -> list[dict[str, Any]]:
    """The rows, and a second part of each message that is named; every other one of them for the same place."""
    second = [r | {"id": f"{r['id']}2", "part": 2} for r in rows if r["id"] in several]
    return rows + [r | ({"area": "丰台区"} if n % 2 else {}) for n, r in enumerate(second)]


@settings(max_examples=200)
@given(st.builds(in_parts, ROWS, st.sets(st.sampled_from(NAMES))))
def test_no_part_of_a_message_ends_another(rows: list[dict[str, Any]]) -> None:
    for chain in arranged(rows, NOW):
        assert chain.head["identifier"] not in {r["identifier"] for r in chain.earlier}


@settings(max_examples=200)
@given(st.builds(in_parts, ROWS, st.sets(st.sampled_from(NAMES))), st.randoms(use_true_random=False))
def test_chains_are_the_same_in_every_order_of_arrival(
    rows: list[dict[str, Any]], chance: random.Random
) -> None:
    expected = known(arranged(rows, NOW))
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert known(arranged(shuffled, NOW)) == expected
    # Every alert is told somewhere, and every chain is headed by one that nothing took the place of.
    assert {i for ids, *_rest in expected for i in ids} == {r["id"] for r in rows}
    heads = [ids[0] for ids, *_rest in expected]
    assert len(heads) == len(set(heads))
    assert not set(heads) & {i for ids, *_rest in expected for i in ids[1:]}


@settings(max_examples=100)
@given(ROWS)
def test_only_what_the_same_sender_says_for_real_ends_a_real_alert(rows: list[dict[str, Any]]) -> None:
    for chain in arranged(rows, NOW):
        assert {r["status"] for r in chain.earlier} <= {chain.head["status"]}
        assert {r["sender"] for r in chain.earlier} <= {chain.head["sender"]}


def test_the_id_is_made_of_what_names_an_alert() -> None:
    named = {"identifier": "A", "sender": "s", "sent": 1}
    assert id_of(named) == id_of({**named, "headline": "x"})
    assert len({id_of(named), *(id_of({**named, k: "2"}) for k in named)}) == 4


# -- places ---------------------------------------------------------------------------------------

SQUARE = [Point(39_000_000, 116_000_000), Point(39_000_000, 117_000_000), Point(40_000_000, 117_000_000),
          Point(40_000_000, 116_000_000), Point(39_000_000, 116_000_000)]  # fmt: skip


def at(lat: float, lng: float) -> Point:
    return Point(round(lat * 1e6), round(lng * 1e6))


def test_inside_a_polygon_on_its_edge_and_outside() -> None:
    assert extent.within(at(39.5, 116.5), SQUARE)
    for corner in SQUARE:
        assert extent.within(corner, SQUARE)
    assert extent.within(at(39, 116.3), SQUARE) and extent.within(at(39.3, 117), SQUARE)
    for out in (
        at(38.999, 116.5),
        at(40.1, 116.5),
        at(39.5, 115.9),
        at(39.5, 117.1),
        at(39, 115),
        at(40, 118),
    ):
        assert not extent.within(out, SQUARE)


def test_a_polygon_across_the_date_line() -> None:
    ring = [at(-17, 179), at(-17, -179), at(-16, -179), at(-16, 179), at(-17, 179)]
    assert extent.within(at(-16.5, 179.9), ring)
    assert extent.within(at(-16.5, -179.9), ring)
    assert not extent.within(at(-16.5, 178.9), ring) and not extent.within(at(-16.5, 0), ring)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=3, max_size=7),
    st.integers(-60, 60), st.integers(-60, 60),
)  # fmt: skip
def test_inside_is_what_counting_crossings_says(corners: list[tuple[int, int]], lat: int, lng: int) -> None:
    """Against the same count done in fractions, half a step off every corner, where no edge can be touched."""
    from fractions import Fraction

    ring = [*corners, corners[0]]
    y, x = Fraction(2 * lat + 1, 2), Fraction(6 * lng + 1, 6)
    crossings = 0
    for (y1, x1), (y2, x2) in itertools.pairwise(ring):
        if (y1 > y) != (y2 > y):
            where = x1 + (y - y1) * Fraction(x2 - x1) / (y2 - y1)
            if where == x:
                return
            crossings += where > x
    scaled = [Point(6000 * a, 6000 * b) for a, b in ring]
    assert extent.within(Point(int(6000 * y), int(6000 * x)), scaled) == (crossings % 2 == 1)


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=7),
    st.lists(st.tuples(st.integers(-10, 10), st.integers(-10, 10)), max_size=30),
    st.sampled_from((0, 180, -180)),
)
def test_of_many_points_those_are_within_that_are_within_alone(
    corners: list[tuple[int, int]], points: list[tuple[int, int]], meridian: int
) -> None:
    def there(lat: int, lng: int) -> Point:
        return at(lat, (lng + meridian + 180) % 360 - 180)

    ring = [there(*corner) for corner in (*corners, corners[0])]
    asked = [there(*point) for point in points]
    alone = {n for n, point in enumerate(asked) if extent.within(point, ring)}
    assert extent.those_within(asked, ring) == alone
    # On its edge is in it, wherever the date line runs.
    assert len(extent.those_within(ring, ring)) == len(ring)


def test_what_holds_several_divisions() -> None:
    assert extent.common(["110109", "110111"]) == "110100"
    assert extent.common(["110109", "110000"]) == "110000"
    assert extent.common(["110109", "130600"]) is None
    assert extent.common(["110109"]) == "110109"


def test_names_of_areas_find_their_codes() -> None:
    known = {"房山区": "110111", "门头沟": "110109", "怀柔": "110116", "北京市": "110000"}
    found, remarks = extent.codes_named("房山区、门头沟，怀柔等区; Fangshan 月球", known.get)
    assert (found, remarks) == (["110111", "110109", "110116"], [])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("和平区", ["120101"]),
        ("天津市和平区、河西区", ["120101", "120103"]),
        ("和平区和河西区", ["120101", "120103"]),
        ("河西区及和平区与南开区", ["120103", "120101", "120104"]),
        ("河西区和月球", ["120103"]),
        ("和", []),
    ],
)
def test_a_name_that_has_an_and_in_it_is_one_name(text: str, codes: list[str]) -> None:
    known = {"和平区": "120101", "天津市和平区": "120101", "河西区": "120103", "南开区": "120104"}
    assert extent.codes_named(text, known.get) == (codes, [])


REGISTER = {"110111": "110111", "110109": "110109", "房山区": "110111", "门头沟区": "110109", "110102": "110102", "110104": "110102"}  # fmt: skip


def placed(*areas: dict[str, Any], **values: Any) -> tuple[Any, Any, list[str]]:
    """(codes, region, remarks) of an alert with these areas."""
    given = {"areas": dumped(list(areas)), "area": "; ".join(a.get("desc", "") for a in areas)} | values
    found, remarks = extent.placed(given, REGISTER.get)
    return loaded(found.get("regions")), found.get("region"), remarks


def test_codes_that_the_register_does_not_have_are_told_and_the_words_of_their_area_count() -> None:
    both = {"desc": "门头沟区、房山区", "regions": ["119999", "11O111"]}
    codes, region, remarks = placed(both, regions='["119999"]')
    assert (codes, region) == (["110109", "110111"], "110100")
    assert len(remarks) == 1 and "119999" in remarks[0] and "11O111" in remarks[0]
    # One that is known stays beside what the words of its area say.
    codes, _region, remarks = placed(
        {"desc": "房山区", "regions": ["110109", "11O111"]}, regions='["110109"]'
    )
    assert codes == ["110109", "110111"] and "110109" not in remarks[0]


def test_an_area_by_its_code_and_another_by_its_name_are_both_meant() -> None:
    areas = {"desc": "门头沟区", "regions": ["110109"]}, {"desc": "房山区"}
    assert placed(*areas, regions='["110109"]') == (["110109", "110111"], "110100", [])
    # Where the code is known, the words of that area are not looked up: they may be of a part of it.
    assert placed({"desc": "门头沟区", "regions": ["110111"]}, regions='["110111"]')[0] == ["110111"]


def test_what_neither_code_nor_word_places_is_everybodys_and_told() -> None:
    codes, region, remarks = placed({"desc": "月球背面", "regions": ["119999"]}, regions='["119999"]')
    assert (codes, region, len(remarks)) == (None, None, 2)
    # A feed says its codes for all of it; an abolished one is its successor.
    assert placed({"desc": "房山区"}, regions='["110104"]') == (["110102"], "110102", [])
    assert placed({"desc": "房山区"}, regions='["119999"]')[0] == ["110111"]
    assert placed({"desc": "x", "polygons": ["39,116 39,117 40,117 39,116"]}) == (None, None, [])
