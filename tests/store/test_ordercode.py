"""The short code of an order: exact both ways, and no wrong character or swap ever passes."""

from __future__ import annotations

import contextlib
import itertools
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store import symbols
from emergency.store.bits import Packer, Unpacker, Unreadable
from emergency.store.errors import InvalidValue, Refused
from emergency.store.ordercode import (
    EPOCH,
    KIND_PLACES,
    MOST_BYTES,
    VERSION,
    CodedLine,
    CodedOrder,
    decode,
    encode,
    size,
    without,
)
from emergency.store.records.callup import KINDS, LEAVABLE

numbers = st.builds("{}-{}".format, st.sampled_from(["FT", "BJ", "HD2", "FTAC", "X"]), st.integers(1, 9999))
tags = st.builds("{}-{:03}".format, st.sampled_from(["SAMPLE", "BJ"]), st.integers(0, 9999))
plates = st.sampled_from(["京A00001", "津C·88888", "冀RD12345", "XCMG-2024/17", "sandbag", "编织袋"])
anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
ids = numbers | tags | plates | anything
places = st.sampled_from(["城关街道", "39.73,116.14", "39.7312,116.1402", "大红门", "K15+300 桥下", "Gate 3"])
minutes = st.integers(EPOCH, EPOCH + (1 << 25) - 1)


def maybe(some: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | some


@st.composite
def coded_lines(draw: st.DrawFn, number: int) -> CodedLine:
    team = draw(maybe(ids))
    match draw(st.sampled_from("tesp")):
        case "t":
            return CodedLine(number, team or "FT-1")
        case "e":
            return CodedLine(number, team, equipment=draw(ids))
        case "s":
            item, depot = draw(ids), draw(maybe(ids))
            shelf = f"{depot}/{item}"
            reserve = draw(st.sampled_from([None, shelf, f"{shelf}/2024-1", f"{shelf}@agreement", "D/I"]))
            quantity = draw(st.integers(1, 10**9))
            return CodedLine(number, team, item=item, depot=depot, reserve=reserve, quantity=quantity)
        case _:
            return CodedLine(number, team, people=draw(st.integers(0, 1_000_000)))


@st.composite
def orders(draw: st.DrawFn, most: int = 4) -> CodedOrder:
    issued = draw(minutes)
    later = maybe(st.integers(-10_000, 10_000).map(lambda after: issued + after))
    whole = draw(st.booleans())
    places_of_lines = range(1, draw(st.integers(1, most)) + 1)
    if not whole:
        places_of_lines = sorted(draw(st.sets(st.integers(1, 300), min_size=1, max_size=most)))  # type: ignore[assignment]
    order = CodedOrder(
        id=draw(numbers | ids),
        kind=draw(st.sampled_from(KIND_PLACES)),
        issued=issued,
        lines=tuple(draw(coded_lines(n)) for n in places_of_lines),
        incident=draw(maybe(ids)),
        by=draw(later),
        until=draw(later),
        ack_by=draw(later | st.just(issued + 15)),
        report_to=draw(maybe(places | anything)),
        basis=draw(maybe(st.sampled_from(["EREL-73", "EREL-12", "FCL-45", "北京市办法第33条"]) | anything)),
        approver=draw(maybe(st.sampled_from(["李局长", "欧阳明远"]) | anything)),
        exercise=draw(st.booleans()),
        sample=draw(st.booleans()),
        whole=whole,
    )
    return without(order, draw(st.frozensets(st.sampled_from(LEAVABLE))))


def fits(order: CodedOrder) -> bool:
    return size(order) <= MOST_BYTES


USUAL = CodedOrder(
    "FT-12",
    "callup",
    EPOCH + 3_460_000,
    (CodedLine(1, "FT-1", equipment="BJ-0101"), CodedLine(2, "FT-1", people=6)),
    incident="FT-6",
    by=EPOCH + 3_460_090,
    ack_by=EPOCH + 3_460_015,
    report_to="城关街道",
    approver="李局长",
    basis="EREL-73",
)


# -- exact both ways -------------------------------------------------------------------------------------


@given(orders())
def test_an_order_comes_out_of_its_code_as_it_went_in_or_is_said_to_be_too_long(order: CodedOrder) -> None:
    if not fits(order):
        with pytest.raises(Refused, match=str(size(order))):
            encode(order)
        return
    code = encode(order)
    assert len(code) == size(order) <= MOST_BYTES
    assert set(code) <= set(symbols.ALPHABET)
    assert decode(code) == order
    assert encode(decode(code)) == code


@given(st.lists(st.integers(0, 31), min_size=1, max_size=64))
def test_whatever_a_code_says_is_written_the_same_again_or_is_no_code_of_ours(data: list[int]) -> None:
    code = symbols.sealed([VERSION, *data])
    try:
        order = decode(code)
    except InvalidValue:
        return
    assert encode(order) == code


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200) | ids | places)
def test_any_text_is_packed_exactly(text: str) -> None:
    packer = Packer()
    packer.text(text)
    packer.id(text)
    unpacker = Unpacker(packer.symbols())
    assert (unpacker.text(), unpacker.id()) == (text, text)


@given(st.lists(st.integers(0, 31), max_size=40), st.booleans())
def test_bits_that_say_nothing_are_noticed(data: list[int], as_id: bool) -> None:
    unpacker = Unpacker(data)
    with contextlib.suppress(Unreadable):
        unpacker.id() if as_id else unpacker.text()


def test_coordinates_are_cheaper_than_their_characters() -> None:
    point, near = Packer(), Packer()
    point.text("39.7312,116.1402")
    near.text("39.7312,116.14021")
    assert len(point.bits) < len(near.bits)


def test_every_kind_of_order_has_its_place() -> None:
    assert set(KIND_PLACES) == set(KINDS)


def test_the_code_of_an_order_stays_what_it_is() -> None:
    """Codes that were sent are read for ever: this one was made by version 1."""
    assert encode(USUAL) == "1GME9G0D6BM18K8GV1GYYW00D2RBGJK940H9P2H4VG62CZM06BK0QAH5"


# -- wrong characters ------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(orders().filter(fits))
def test_no_wrong_character_passes_and_its_place_is_named(order: CodedOrder) -> None:
    code = encode(order)
    for place, right in enumerate(code):
        for wrong in symbols.ALPHABET.replace(right, ""):
            with pytest.raises(InvalidValue) as caught:
                symbols.opened(code[:place] + wrong + code[place + 1 :], MOST_BYTES)
            assert f"place {place + 1} is wrong, it is {right}:" in caught.value.hint


@settings(max_examples=15)
@given(orders().filter(fits))
def test_no_two_characters_that_changed_places_pass(order: CodedOrder) -> None:
    code = encode(order)
    for one, two in itertools.combinations(range(len(code)), 2):
        if code[one] == code[two]:
            continue
        swapped = list(code)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        with pytest.raises(InvalidValue) as caught:
            symbols.opened("".join(swapped), MOST_BYTES)
        if two == one + 1 and "changed places" in caught.value.hint:
            assert f"they are {code[one]}{code[two]}:" in caught.value.hint
        # Two wrong characters are never taken for one.
        assert "only place" not in caught.value.hint


@given(st.integers(2, 65), st.data())
def test_no_three_wrong_characters_pass_at_any_length(length: int, data: st.DataObject) -> None:
    code = symbols.sealed(data.draw(st.lists(st.integers(0, 31), min_size=length, max_size=length)))
    wrong = list(code)
    places_ = data.draw(st.sets(st.integers(0, len(code) - 1), min_size=1, max_size=3))
    for place in places_:
        wrong[place] = data.draw(st.sampled_from(symbols.ALPHABET.replace(code[place], "")))
    with pytest.raises(InvalidValue):
        symbols.opened("".join(wrong), MOST_BYTES)


def test_any_three_places_are_independent() -> None:
    """Why the checks hold: no linear combination of up to three columns is nothing."""
    columns = symbols._columns(MOST_BYTES)
    spread = [[tuple(symbols._times(by, c) for c in column) for by in range(1, 32)] for column in columns]
    once = {vector: place for place, vectors in enumerate(spread) for vector in vectors}
    assert len(once) == 31 * MOST_BYTES
    for one, two in itertools.combinations(range(MOST_BYTES), 2):
        for by in range(31):
            summed = tuple(a ^ b for a, b in zip(columns[one], spread[two][by], strict=True))
            assert any(summed)
            assert summed not in once or once[summed] in (one, two)


def test_a_character_that_was_not_heard_is_worked_out_and_asked_for_again() -> None:
    code = encode(USUAL)
    for place, right in enumerate(code):
        with pytest.raises(InvalidValue) as caught:
            decode(code[:place] + "?" + code[place + 1 :])
        assert f"place {place + 1} is wrong, it is {right}:" in caught.value.hint
    with pytest.raises(InvalidValue) as caught:
        decode("??" + code[2:])
    assert caught.value.hint == "ask for it again"


def test_a_character_too_many_or_too_few_is_caught() -> None:
    code = encode(USUAL)
    for place in range(len(code)):
        with pytest.raises(InvalidValue):
            decode(code[:place] + code[place + 1 :])
        for more in symbols.ALPHABET:
            with pytest.raises(InvalidValue):
                decode(code[:place] + more + code[place:])


# -- as it is typed --------------------------------------------------------------------------------------


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) for c in text)


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        full_width,
        lambda code: "-".join(symbols.groups(code)),
        lambda code: "\r\n".join(symbols.groups(code, 10)) + "\n",
        lambda code: "　".join(symbols.groups(code, 4)),
        lambda code: " – ".join(symbols.groups(code, 7)),
        lambda code: code.replace("0", "O").replace("1", "l"),
        lambda code: code.replace("0", "o").replace("1", "I"),
        lambda code: "﻿" + code + ".",
    ],
)
def test_how_it_is_typed_makes_no_difference(typed: Any) -> None:
    assert decode(typed(encode(USUAL))) == USUAL


@pytest.mark.parametrize(
    "text", ["", "-", "hello", "1", "10000", "洞幺两", "1" * 71, "\x1b[2J" * 4, "1GME9 G0D6B"]
)
def test_what_is_no_code_is_refused_harmlessly(text: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        decode(text)
    said = caught.value.message + caught.value.hint
    assert all(unicodedata.category(c) != "Cc" for c in said)
    assert "\n" not in said


def test_a_code_of_another_version_is_told_apart() -> None:
    newer = symbols.sealed([VERSION + 1, *range(20)])
    with pytest.raises(InvalidValue, match="version 2") as caught:
        decode(newer)
    assert "update" in caught.value.hint


def test_two_bits_of_padding_are_not_ignored() -> None:
    with pytest.raises(InvalidValue, match="no order"):
        decode(symbols.sealed([*symbols.opened(encode(USUAL), MOST_BYTES), 0]))


# -- what does not fit -----------------------------------------------------------------------------------


def test_what_is_too_long_is_named_with_a_way_out() -> None:
    order = USUAL._replace(report_to="房山区大石窝镇南尚乐村村委会东侧停车场西北角")
    with pytest.raises(Refused) as caught:
        encode(order)
    over = size(order) - MOST_BYTES
    assert f"{over} too many (report_to" in caught.value.message
    assert "--leave-out report_to" in caught.value.hint
    left = without(order, frozenset(("report_to",)))
    assert decode(encode(left)) == left
    assert left.left_out == {"report_to"}


@given(orders(most=6).filter(lambda order: not fits(order)))
def test_the_advice_is_enough(order: CodedOrder) -> None:
    with pytest.raises(Refused) as caught:
        encode(order)
    names = frozenset(re.findall(r"--leave-out (\w+)", caught.value.hint))
    if names:
        encode(without(order, names))
    else:
        assert "in words" in caught.value.hint or "lines apart" in caught.value.hint


def test_empty_is_not_left_out() -> None:
    bare = USUAL._replace(report_to=None)
    assert without(bare, frozenset(("report_to",))) == bare
    assert encode(bare) != encode(without(USUAL, frozenset(("report_to",))))


# -- said ------------------------------------------------------------------------------------------------


def test_every_character_is_said_by_a_word_of_its_own() -> None:
    for tongue in ("en", "zh"):
        words = symbols.said(symbols.ALPHABET, tongue)
        assert len(set(words)) == 32
    assert symbols.said("A07", "zh") == ["alfa", "洞", "拐"]


def test_the_read_back_depends_on_the_whole_code() -> None:
    code = encode(USUAL)
    backs = {symbols.read_back(code[:n] + "Z" + code[n + 1 :]) for n in range(len(code)) if code[n] != "Z"}
    assert symbols.read_back(code) not in backs
    assert len(symbols.read_back(code)) == 4
    assert symbols.read_back(code) not in code
