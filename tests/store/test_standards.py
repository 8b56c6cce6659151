"""Standards as files: quantity rules, what a line may say, round trips, and files that are noise."""

from __future__ import annotations

import math
import pathlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store import reference, standardfile, standardwriting
from emergency.store.errors import EmergencyError, InvalidValue
from emergency.store.records.capability import CAPABILITIES
from emergency.store.standardfile import Draft
from emergency.store.standardlines import counted, required, specification

SAMPLE = pathlib.Path(reference.FOLDER) / "standards" / "sample.toml"
KINDS = {"龙吸水": "dragon-pump", "dragon-pump": "dragon-pump", "照明车": "lighting-tower", "柴油": "diesel"}
UNITS = {"dragon-pump": "台", "lighting-tower": "台", "diesel": "L"}


def read(text: str) -> Draft:
    """A file as a draft, against a small catalogue."""
    head, types, lines = standardfile.read_toml(text.encode(), "file.toml")
    return standardfile.drafted(head, types, lines, KINDS.get, lambda k: UNITS.get(k, ""))


def whole(*lines: str) -> str:
    """A file with these lines; the first of them stands on line 8."""
    head = '[standard]\ncode = "X"\nversion = "1"\nname = "x"\n\n[types]\n"排水" = ["drainage"]\n'
    return head + "".join(f"[[line]]\n{line}\n" for line in lines)


PUMP = 'type = "排水"\nclass = "rescue"\nitem = "龙吸水"\nquantity = 2'


# -- quantity rules ---------------------------------------------------------------------------------


@given(st.integers(1, 10**6), st.integers(1, 50), st.integers(0, 500))
def test_by_head_each_group_begun_counts_whole(milli: int, each: int, people: int) -> None:
    asked = required(milli, "person", each, people, 0)
    groups = math.ceil(people / each)
    assert asked is not None
    assert asked % 1000 == 0
    assert asked - 1000 < groups * milli <= asked


@given(st.integers(1, 10**6), st.integers(1, 5), st.integers(0, 50))
def test_by_vehicle_people_do_not_matter(milli: int, each: int, vehicles: int) -> None:
    assert required(milli, "vehicle", each, None, vehicles) == required(milli, "person", each, vehicles, 0)


def test_a_team_of_unknown_strength_is_asked_nobody_knows_how_much() -> None:
    assert required(1000, "person", 1, None, 3) is None
    assert required(2500, "team", 1, None, 0) == 2500


@given(st.integers(1, 200), st.sampled_from(["{n} persons", "每{n}人", "per {n} people", "{n} 人"]))
def test_ways_to_count_by_head(n: int, form: str) -> None:
    assert counted(form.format(n=n)) == ("person", n)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", ("team", 1)),
        ("每队", ("team", 1)),
        ("person", ("person", 1)),
        ("每车", ("vehicle", 1)),
        ("每２人", ("person", 2)),
    ],
)
def test_ways_to_count(text: str, meant: tuple[str, int]) -> None:
    assert counted(text) == meant


@pytest.mark.parametrize("text", ["0 persons", "每月", "5", "per 1234567890123 persons", "persons 5"])
def test_no_way_to_count(text: str) -> None:
    with pytest.raises(InvalidValue):
        counted(text)


# -- specifications ---------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(
            st.sampled_from(CAPABILITIES), st.sampled_from([">=", "<=", ">", "<", "="]), st.integers(0, 10**7)
        ),
        max_size=4,
        unique_by=lambda t: (t[0].name, t[1], t[2]),
    )
)
def test_a_specification_reads_as_it_is_written(asked: list[tuple[object, str, int]]) -> None:
    found, by_hand = specification("; ".join(f"{f.name}{op}{n}" for f, op, n in asked))  # type: ignore[attr-defined]
    assert by_hand == []
    again, _none = specification("; ".join(s.text() for s in found))
    assert again == found
    assert len(found) == len(asked)


def test_what_the_program_cannot_check_is_kept_for_a_person() -> None:
    found, by_hand = specification("流量≥3000m³/h；噪声≤75dB; 防爆; drainage>=30kg")
    assert [s.text() for s in found] == ["drainage>=3000m3/h"]
    assert by_hand == ["噪声≤75dB", "防爆", "drainage>=30kg"]


# -- lines ------------------------------------------------------------------------------------------


def test_a_line_is_read_with_its_units_and_substitutes() -> None:
    draft = read(
        whole(
            PUMP + '\nper = "每5人"\nspec = "排水≥1.5千m3/h"\ninstead = ["照明车"]',
            'type="排水"\nitem="柴油"\nquantity="0.5 m3"',
        )
    )
    assert draft.wrong == ()
    first, second = draft.lines
    assert (first["item"], first["quantity"], first["per"], first["each"]) == (
        "dragon-pump",
        2000,
        "person",
        5,
    )
    assert (first["spec"], first["instead"], first["need"]) == (
        "drainage>=1500m3/h",
        "lighting-tower",
        "required",
    )
    assert second["quantity"] == 500_000


def test_an_item_nobody_knows_becomes_a_kind_with_its_unit() -> None:
    draft = read(whole('type = "排水"\nitem = "抢险救援靴"\nquantity = "1双"\nunit = "双"\nper = "person"'))
    assert draft.kinds == {"抢险救援靴": "pair"}
    assert draft.wrong == ()


@pytest.mark.parametrize(
    ("line", "place", "says"),
    [
        (PUMP.replace("2", "0"), "12", "more than nothing"),
        (PUMP.replace("2", '"很多"'), "12", "not one exact figure"),
        (PUMP.replace("2", '"2 kg"'), "12", "different things"),
        (PUMP.replace("rescue", "rescu"), "10", "is not one of"),
        (PUMP.replace('"排水"', '"排涝"'), "9", "not among"),
        (PUMP + "\nquantiy = 3", "13", "no such key"),
        (PUMP + '\nper = "每月"', "13", "no way to count"),
        (PUMP.replace("2", "[2]"), "12", "neither a text nor a figure"),
        (PUMP.replace('"龙吸水"', "{x = 1}"), "11", "neither a text nor a figure"),
        (PUMP + '\nnote = "\\u001b[31m"', "13", "cannot be seen"),
        (PUMP + '\ninstead = ["泵车"]', "13", "no known kind"),
        ('type = "排水"\nquantity = 1', "8", "item is missing"),
        ('type = "排水"\nitem = "people"\nquantity = 1.5', "11", "not a whole number"),
    ],
)
def test_what_is_wrong_is_named_by_line(line: str, place: str, says: str) -> None:
    draft = read(whole(line))
    assert [w.place for w in draft.wrong] == [place]
    assert says in draft.wrong[0].why


def test_the_same_line_twice_is_refused_and_names_the_first() -> None:
    draft = read(whole(PUMP, PUMP))
    assert [(w.place, "line 8" in w.why) for w in draft.wrong] == [("13", True)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no [standard]"),
        ("x = ", "file.toml:1: not TOML"),
        ("[standard]\nx = [1 2]", "file.toml:2:8: not TOML"),
        ("[standard]\ncode = '1'\nversoin = '2'\n", "file.toml:3: no such key: 'versoin'"),
        ("[standard]\n[lines]\n", "file.toml:2: no such key: 'lines'"),
        ("[standard]\n[line]\na=1\n", "lines stand as [[line]]"),
    ],
)
def test_what_is_no_standard_says_where(text: str, says: str) -> None:
    with pytest.raises(EmergencyError) as error:
        read(text)
    assert says in error.value.message
    assert error.value.hint or "[[line]]" in error.value.message


def test_a_standard_without_name_or_lines_says_all_of_it() -> None:
    draft = read('[standard]\ncode = "A"\nmark_compliance = 850\n')
    assert [w.why for w in draft.wrong] == [
        "the standard has no version", "the standard has no name", "not a mark_compliance: '850'", "it has no lines",
    ]  # fmt: skip


# -- round trips and noise --------------------------------------------------------------------------

WORD = st.text("甲乙丙丁戊己庚辛abcXYZ019é", min_size=1, max_size=8)
LINE = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["排水", "*"]),
        "item": st.sampled_from([*KINDS, "people"]),
        "quantity": st.integers(1, 99),
    },
    optional={
        "class": st.sampled_from(["rescue", "support", "ppe"]),
        "need": st.sampled_from(["required", "optional", "选配"]),
        "per": st.sampled_from(["person", "5 persons", "vehicle", "team"]),
        "spec": st.sampled_from(["drainage>=600m3/h", "power>=30kW; IP67", 'a "quoted" \\ word']),
        "level": st.sampled_from(["municipal", "district"]),
        "grade": WORD,
        "clause": WORD,
        "dimension": st.sampled_from(["supplies", "transport"]),
    },
)


@settings(max_examples=60)
@given(st.lists(LINE, min_size=1, max_size=6), WORD, WORD)
def test_a_written_standard_reads_the_same(lines: list[dict[str, object]], name: str, alias: str) -> None:
    texts = [{k: str(v) for k, v in line.items()} for line in lines]
    told = {"code": "C", "version": "1", "name": name, "effective": "2026-01-01", "mark_people": "12"}
    written = [standardfile.Written(t, str(i)) for i, t in enumerate(texts)]
    first = standardfile.drafted(told, {"排水": [alias]}, written, KINDS.get, lambda k: UNITS.get(k, ""))
    kept = [line for line in first.lines if line]
    blank = dict.fromkeys(("level", "grade", "class", "spec", "instead", "dimension", "clause", "note"))
    out = standardwriting.write_toml(
        first.head,
        (standardwriting.as_texts({**blank, **line}, UNITS.get(str(line["item"]), "")) for line in kept),
    )
    again = read(out)
    assert again.wrong == ()
    assert again.head == first.head
    assert [{**x, "place": 0} for x in again.lines] == [{**x, "place": 0} for x in kept]


def test_the_shipped_sample_says_that_it_is_one() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    draft = read(text)
    # This test knows few kinds: of the file itself nothing else may be wrong.
    assert {w.why[:10] for w in draft.wrong} <= {"substitute"}
    assert draft.head["sample"] == "yes"
    assert len(standardfile.types_of(str(draft.head["types"]))) == 10
    assert {line.get("class") for line in draft.lines} >= {"rescue", "support", "ppe"}
    assert text.startswith("# 样例 SAMPLE")


@settings(max_examples=150)
@given(st.integers(0, len(SAMPLE.read_bytes())), st.integers(0, 40), st.binary(max_size=6))
def test_noise_is_refused_or_read_and_never_crashes(at: int, cut: int, put: bytes) -> None:
    data = SAMPLE.read_bytes()
    noisy = data[:at] + put + data[at + cut :]
    try:
        head, types, lines = standardfile.read_toml(noisy, "noise.toml")
    except EmergencyError as error:
        assert "\n" not in error.message
        return
    draft = standardfile.drafted(head, types, lines, KINDS.get, lambda k: UNITS.get(k, ""))
    assert all("\n" not in w.why for w in draft.wrong)


@given(st.lists(st.tuples(WORD, st.lists(WORD, max_size=3)), max_size=4, unique_by=lambda t: t[0]))
def test_types_read_as_they_are_written(types: list[tuple[str, list[str]]]) -> None:
    text = "; ".join(name + (" = " + "|".join(words) if words else "") for name, words in types)
    assert standardfile.types_of(text) == dict(types)
