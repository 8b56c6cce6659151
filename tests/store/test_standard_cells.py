"""Cells of official tables: quantities that are no single figure, and marks of what is required."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emergency.store import standardfile, standardsheet
from emergency.store.errors import InvalidField
from emergency.store.standardfile import Draft
from emergency.store.standardlines import Drafted, read_line
from emergency.store.text import safe

OWN = {"tent": "顶", "boots": "pair", "pump": "台", "water": "L", "thing": ""}


def known(text: str) -> str | None:
    """The kind of that name."""
    return text if text in OWN else None


def line(quantity: str, item: str = "tent", **more: str) -> Drafted:
    """A line with this quantity."""
    return read_line({"type": "排水", "item": item, "quantity": quantity, **more}, known, OWN.__getitem__)


def told(drafted: Drafted) -> tuple[object, ...]:
    """(quantity, how it is counted, of so many)."""
    return tuple(drafted.values[name] for name in ("quantity", "per", "each"))


@pytest.mark.parametrize(
    ("text", "item", "meant"),
    [
        ("≥2", "tent", (2000, "team", 1)),
        (">=2顶", "tent", (2000, "team", 1)),
        ("不少于2", "tent", (2000, "team", 1)),
        ("至少 2 顶", "tent", (2000, "team", 1)),
        ("2顶及以上", "tent", (2000, "team", 1)),
        ("2以上", "tent", (2000, "team", 1)),
        ("2～4顶", "tent", (2000, "team", 1)),
        ("２－４", "tent", (2000, "team", 1)),
        ("2顶至4顶", "tent", (2000, "team", 1)),
        ("0.5-1m3", "water", (500_000, "team", 1)),
        ("≥2双/人", "boots", (2000, "person", 1)),
        ("1~2/5人", "tent", (1000, "person", 5)),
        ("每人不少于2双", "boots", (2000, "person", 1)),
        ("≥1,000L", "water", (1_000_000, "team", 1)),
    ],
)
def test_a_least_and_a_range_are_read_as_the_least_and_the_note_keeps_what_stood_there(
    text: str, item: str, meant: tuple[object, ...]
) -> None:
    read = line(text, item, note="见附录")
    assert told(read) == meant
    assert read.values["note"] == f"见附录; 原文：{read.wrote}"
    assert read.wrote in text


@pytest.mark.parametrize(
    ("text", "item", "meant"),
    [
        ("每人1双", "boots", (1000, "person", 1)),
        ("每人配备 2 双", "boots", (2000, "person", 1)),
        ("每5人1顶", "tent", (1000, "person", 5)),
        ("人均1双", "boots", (1000, "person", 1)),
        ("每车2", "thing", (2000, "vehicle", 1)),
        ("每辆车1台", "pump", (1000, "vehicle", 1)),
        ("每队3台", "pump", (3000, "team", 1)),
        ("每支队伍3台", "pump", (3000, "team", 1)),
    ],
)
def test_a_quantity_may_say_how_it_is_counted(text: str, item: str, meant: tuple[object, ...]) -> None:
    read = line(text, item)
    assert told(read) == meant
    assert (read.wrote, read.values.get("note")) == ("", None)


@pytest.mark.parametrize("text", ["若干", "按需", "按需配备", "视情况配备", "若干顶", "适量", "每人若干"])
def test_a_quantity_without_a_figure_is_one_at_least_and_a_person_checks_it(text: str) -> None:
    read = line(text, spec="防水")
    assert told(read)[0] == 1000
    assert read.by_hand == ("防水", f"数量 {text}")
    assert read.values["spec"] == f"防水; 数量 {text}"


def test_of_people_a_figure_is_wanted() -> None:
    assert told(line("≥30人", "people")) == (30_000, "team", 1)
    with pytest.raises(InvalidField) as error:
        line("若干", "people")
    assert "not how many people" in error.value.message and "30" in error.value.hint


@pytest.mark.parametrize(
    "text",
    ["≤2", "约2", "4～2顶", ">2", "2-4-6", "≥", "每人", "每月2台", "每2队1台", "2kg-4顶", "≥若干", "两顶", "每人每次1顶", "-2~4"],
)  # fmt: skip
def test_what_may_mean_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidField):
        line(text)


def test_how_it_is_counted_is_said_once() -> None:
    assert told(line("≥2", per="每人")) == (2000, "person", 1)
    with pytest.raises(InvalidField):
        line("每人2顶", per="每车")


@given(
    st.integers(1, 9999),
    st.sampled_from(["{n}", "{n}顶", " {n} 顶 ", "{n}.5顶", "{n}万顶"]),
    st.sampled_from([("", ("team", 1)), ("/人", ("person", 1)), ("/5人", ("person", 5)), ("/每车", ("vehicle", 1))]),
)  # fmt: skip
def test_a_figure_means_what_it_says(n: int, form: str, counted: tuple[str, tuple[str, int]]) -> None:
    read = line(form.format(n=n) + counted[0])
    milli = n * 1000 * (10_000 if "万" in form else 1) + (500 if ".5" in form else 0)
    assert told(read) == (milli, *counted[1])
    assert read.wrote == "" and "note" not in read.values and "spec" not in read.values


@example("每1234567890123人1顶", "")
@example("0-0", "")
@example("≥0", "×")
@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from(list("每人车队≥～-至2 4.,/若干按需以上（）顶kg")), max_size=9
    ).map("".join),
    st.text(max_size=6) | st.sampled_from("√●○×"),
)  # fmt: skip
def test_whatever_a_cell_holds_is_a_line_or_refused_in_one_line(quantity: str, need: str) -> None:
    try:
        read = line(quantity, need=need)
    except InvalidField as error:
        assert "\n" not in error.message + error.hint and safe(error.message) == error.message
        return
    assert int(read.values["quantity"] or 0) > 0 and read.values["need"] in ("required", "optional")
    # What was taken says the same once it stands as a plain figure.
    again = line(f"{int(read.values['quantity'] or 0) / 1000:.3f}", note=str(read.values.get("note") or ""))
    assert again.values["quantity"] == read.values["quantity"]
    assert again.values.get("note") == read.values.get("note")


# -- sheets -------------------------------------------------------------------------------------------


def sheet(header: str, *rows: str, type_: str = "排水") -> Draft:
    """A table with these columns, of one team type."""
    fed = standardsheet.columns(header.split(","))
    cells = [(number, row.split(",")) for number, row in enumerate(rows, 2)]
    head, types, lines = standardsheet.read_rows(cells, fed, lambda place: "ABCDEFGH"[place], type_)
    head |= {"code": "C", "version": "1", "name": "x"}
    return standardfile.drafted(head, types, lines, known, lambda k: OWN.get(k, ""))


def needs(draft: Draft) -> list[tuple[object, object, object]]:
    return [(x["item"], x["need"], int(str(x["quantity"])) // 1000) for x in draft.lines]


@pytest.mark.parametrize(
    ("header", "rows", "meant"),
    [
        # A column of marks, filled and hollow.
        ("名称,配备要求,数量", ["tent,●,1", "pump,○,2", "boots,√,3"], [("tent", "required", 1), ("pump", "optional", 2), ("boots", "required", 3)]),
        # A column for each.
        ("名称,必配,选配,数量", ["tent,√,,1", "pump,,√,2", "boots,—,○,3"], [("tent", "required", 1), ("pump", "optional", 2), ("boots", "optional", 3)]),
        # A dash, a stroke and a nought of full width are none either.
        ("名称,必配,选配", ["tent,2,－", "pump,／,10", "boots,０,3"], [("tent", "required", 2), ("pump", "optional", 10), ("boots", "optional", 3)]),
        # A column for what is required alone: what has no mark there is optional.
        ("名称,必配,数量", ["tent,√,1", "pump,,2"], [("tent", "required", 1), ("pump", "optional", 2)]),
        ("名称,必配,数量", ["tent,●,1", "pump,○,2"], [("tent", "required", 1), ("pump", "optional", 2)]),
        ("名称,必配,数量", ["tent,○,1", "pump,×,2"], [("tent", "required", 1), ("pump", "optional", 2)]),
        ("名称,选配,数量", ["tent,√,1", "pump,,2"], [("tent", "optional", 1), ("pump", "required", 2)]),
        # Words, as before: what says nothing is required.
        ("名称,必配,数量", ["tent,是,1", "pump,否,2", "boots,,3"], [("tent", "required", 1), ("pump", "optional", 2), ("boots", "required", 3)]),
        # Quantities of each: a line of each.
        ("名称,必配数量,选配数量", ["tent,1,2", "pump,1,", "boots,0,≥4双", "thing,/,1～2"], [("tent", "required", 1), ("tent", "optional", 2), ("pump", "required", 1), ("boots", "optional", 4), ("thing", "optional", 1)]),
        ("名称,必配,选配", ["tent,1/人,2"], [("tent", "required", 1), ("tent", "optional", 2)]),
        ("名称,配备数量/必配,配备数量/选配", ["tent,1,2"], [("tent", "required", 1), ("tent", "optional", 2)]),
        ("名称,必配(顶),选配(顶)", ["tent,1,2"], [("tent", "required", 1), ("tent", "optional", 2)]),
    ],
)  # fmt: skip
def test_what_is_required_and_what_optional(header: str, rows: list[str], meant: list[object]) -> None:
    draft = sheet(header, *rows)
    assert draft.wrong == ()
    assert needs(draft) == meant


@pytest.mark.parametrize(
    ("header", "row", "place", "says"),
    [
        ("名称,必配,选配,数量", "tent,√,√,1", "2:C", "both as required and as optional"),
        ("名称,必配,选配,数量", "tent,,,1", "2:B", "neither required nor optional"),
        ("名称,必配数量,选配数量", "tent,,", "2:B", "neither required nor optional"),
        ("名称,必配数量,选配数量", "tent,1,很多", "2:C", "not one exact figure"),
        ("名称,必配,数量", "tent,或许,1", "2:B", "not one of"),
        ("名称,必配,选配", "tent,√,", "2", "quantity is missing"),
    ],
)  # fmt: skip
def test_what_a_row_does_not_say_is_asked_for(header: str, row: str, place: str, says: str) -> None:
    draft = sheet(header, row)
    assert [w.place for w in draft.wrong] == [place]
    assert says in draft.wrong[0].why


@given(st.lists(st.text("√●○×是否若干≥～2 4顶/人-", max_size=4), min_size=4, max_size=4))
def test_whatever_the_columns_of_needs_hold_is_a_line_or_refused(cells: list[str]) -> None:
    draft = sheet("名称,必配,选配,数量", ",".join(["tent", *cells[:3]]), ",".join(["pump", *cells[1:]]))
    assert all("\n" not in w.why for w in draft.wrong)
    assert draft.lines or draft.wrong


def test_a_model_is_what_is_asked_for_where_nothing_else_says_it() -> None:
    assert standardsheet.columns(["规格型号", "数量"]) == {0: "spec", 1: "quantity"}
    both = ["规格型号", "技术要求", "数量"]
    assert standardsheet.columns(both) == {1: "spec", 2: "quantity"}
    assert standardsheet.unread(["序号", *both], {2: "spec", 3: "quantity"}) == ("规格型号",)


def test_a_heading_says_the_same_field_as_before() -> None:
    whole: Mapping[int, str] = standardsheet.columns(["数量", "装备/数量", "必配选配", "备注"])
    assert whole == {0: "quantity", 2: "need", 3: "note"}
    assert standardsheet.lacks(whole) == ["type", "item"]
    # A part of a heading says what no whole one does, and of nothing that a line can do without.
    parts = standardsheet.columns(["装备/名称", "选配/型号", "其他/备注", "要求/数量", "配备数量/选配"])
    assert parts == {0: "item", 3: "quantity", 4: "optional"}
