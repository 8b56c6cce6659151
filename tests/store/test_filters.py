"""The language of filters: what it reads, that it reads what it writes, and that SQLite finds what it says."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.store import conditions, filters, times, words
from emergency.store.creating import create
from emergency.store.errors import EmergencyError
from emergency.store.filters import Term
from emergency.store.query import Filter, select
from emergency.store.records import RECORDS
from emergency.store.store import Store
from emergency.store.text import search_text

AT = times.parse_time("2026-07-31T08:00:00+08:00", 0)


def bare(terms: tuple[Term, ...]) -> list[Term]:
    return [term._replace(at=0) for term in terms]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("排水 fs", [("", "", "排水"), ("", "", "fs")]),
        ("region:1101 free", [("region", ":", "1101"), ("", "is", "free")]),
        ("drainage>=3000", [("drainage", ">=", "3000")]),
        ("drainage >= 3 000 m3/h 泵", [("drainage", ">=", "3 000 m3/h"), ("", "", "泵")]),
        ("drainage≥3000 t", [("drainage", ">=", "3000"), ("", "", "t")]),
        ("空闲 in_repair 维修中", [("", "is", "free"), *[("serviceability", "=", "in_repair")] * 2]),
        ('"free" "维修 中"', [("", "", "free"), ("", "", "维修 中")]),
        ('name:"a ""b"" c"', [("name", ":", 'a "b" c')]),
        ("装备名称：泵", [("name", ":", "泵")]),
        ('plate="" team!=""', [("plate", "=", ""), ("team", "!=", "")]),
        ("serviceability:维修中", [("serviceability", "=", "in_repair")]),
        (": >= 12:30", [("", "", ":"), ("", "", ">="), ("", "", "12:30")]),
    ],
)
def test_what_is_read(text: str, terms: list[tuple[str, str, str]]) -> None:
    assert [term[:3] for term in filters.parse("equipment", text)] == terms


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("free drianage>3", 5, "did you mean drainage"),
        ("drainage>=", 10, "needs a value"),
        ("free drainage>=3t", 15, "measure different things"),
        ("drainage>=many", 10, "not one exact figure"),
        ("name>3", 5, "not compared"),
        ("ok serviceability=perfect", 18, "not one of"),
        ('x "abc', 2, "not closed"),
        ("inspection_until<soon", 17, "not a date"),
        ('name:""', 5, "needs a value"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text: str, at: int, said: str) -> None:
    with pytest.raises(EmergencyError) as raised:
        filters.parse("equipment", text)
    assert raised.value.at == at
    assert said in f"{raised.value.message} {raised.value.hint}"


WORDS = st.one_of(
    st.sampled_from(
        [
            *[
                "泵",
                '"',
                '""',
                ":",
                ">=",
                "3000",
                "m3/h",
                "3",
                "000",
                "t",
                "free",
                "空闲",
                "ready",
                '"ready"',
                "II",
                "region:1101",
                "名称=x",
            ]
        ]
        + [
            f"{name}{op}"
            for name in ("drainage", "name", "team", "state", "by", "id")
            for op in (":", ">=", "!=")
        ]
    ),
    st.text(max_size=8),
)
TEXTS = st.lists(WORDS, max_size=7).map(" ".join) | st.lists(WORDS, max_size=7).map("".join)


@settings(max_examples=400)
@given(st.sampled_from(sorted(RECORDS)), TEXTS)
def test_any_text_is_read_or_refused_and_what_is_written_reads_the_same(kind: str, text: str) -> None:
    try:
        terms = filters.parse(kind, text)
    except EmergencyError as error:
        assert error.message and error.at is not None and 0 <= error.at <= len(text)
        return
    written = filters.written(terms)
    assert bare(filters.parse(kind, written)) == bare(terms)
    assert filters.written(filters.parse(kind, written)) == written


ITEMS: list[dict[str, Any]] = [
    {
        "name": name,
        "plate": plate,
        "region": region,
        "drainage": drainage,
        "serviceability": state,
        "hours": hours,
        "inspection_until": until,
    }
    for name, plate, region, drainage, state, hours, until in (
        ("排水泵车", "京A00001", "110106", 3_000_000, "serviceable", 12, "2026-08-01"),
        ("排水泵车 2型", "京A00002", "110111", 2_999_999, "in_repair", 0, "2026-08"),
        ("Pump 100%", None, None, None, None, None, None),
        ("龙吸水", "京B00003", "110111", 5_000_000, "limited", 7, "2027"),
        ('发电车 "大"', "冀C00004", "130100", None, "serviceable", 12, "2026-07-31"),
        ("free", None, "110106", 500, "lost", None, "2026-12-31"),
    )
]  # fmt: skip
Test = Callable[[dict[str, Any]], bool]


def _last(day: str) -> str:
    return (day + "-12-31")[:10] if len(day) == 4 else (day + "-31")[:10]


def _ordered(name: str, op: str, of: Callable[[Any], Any], value: Any) -> Test:
    compare: dict[str, Callable[[Any, Any], bool]] = {
        "=": lambda a, b: a == b, "!=": lambda a, b: a != b, ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    }  # fmt: skip
    return lambda row: op == "!=" if row[name] is None else compare[op](of(row[name]), value)


OPS = ("=", "!=", ">", ">=", "<", "<=")
#: Terms, and what each says in plain Python.
MEANINGS: list[tuple[str, Test]] = [
    *((f"drainage{op}3000m3/h", _ordered("drainage", op, lambda v: v, 3_000_000)) for op in OPS),
    *((f"drainage{op}0.5", _ordered("drainage", op, lambda v: v, 500)) for op in OPS),
    *((f"hours{op}7.5", _ordered("hours", op, lambda v: v, 7.5)) for op in OPS),
    *((f"hours{op}12", _ordered("hours", op, lambda v: v, 12)) for op in OPS),
    *((f"inspection_until{op}2026-08", _ordered("inspection_until", op, lambda v: v[:7], "2026-08")) for op in ("=", "!=")),
    ("inspection_until<2026-08", _ordered("inspection_until", "<", lambda v: v, "2026-08")),
    ("inspection_until<=2026-08", _ordered("inspection_until", "<=", lambda v: v, _last("2026-08"))),
    ("inspection_until>2026-08", _ordered("inspection_until", ">", lambda v: v, _last("2026-08"))),
    ("name:泵", lambda row: "泵" in row["name"]),
    ("name:PUMP", lambda row: "pump" in row["name"].lower()),
    ("name=free", lambda row: row["name"] == "free"),
    ("plate!=京A-00001", lambda row: row["plate"] != "京A00001"),
    ('plate=""', lambda row: row["plate"] is None),
    ('plate!=""', lambda row: row["plate"] is not None),
    ("region:1101", lambda row: (row["region"] or "").startswith("1101")),
    ("region!=丰台", lambda row: row["region"] != "110106"),
    ("维修中", lambda row: row["serviceability"] == "in_repair"),
    ("serviceability!=in_repair", lambda row: row["serviceability"] != "in_repair"),
    ("free", lambda row: row["serviceability"] not in ("in_repair", "lost")),
    *(
        (text, lambda row, word=word: word in search_text(row["name"], row["plate"] or "") or word.upper() in row["id"])
        for text, word in (("泵车", "泵车"), ("psbc", "psbc"), ("100%", "100%"), ('"free"', "free"), ("ft-1", "ft-1"),
                           ('"车 2"', "车 2"), ("京a0000", "京a0000"), ("９", "9"))
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("filters") / "station.db")
    create(path, station="FT", region="110106", name="丰台", who="王小明").close()
    with Store(path) as opened, opened.write("equipment import") as writer:
        for item in ITEMS:
            writer.new("equipment", {k: v for k, v in item.items() if v is not None})
    return path


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(MEANINGS), max_size=3))
def test_the_store_finds_what_plain_python_finds(store: str, asked: list[tuple[str, Test]]) -> None:
    text = " ".join(said for said, _ in asked)
    with Store(store) as opened:
        every = select(opened, "equipment", Filter())
        found = select(opened, "equipment", Filter(terms=filters.parse("equipment", text)))
    assert len(every) == len(ITEMS)
    assert [r["id"] for r in found] == [r["id"] for r in every if all(holds(r) for _, holds in asked)], text


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_what_can_be_read_can_be_asked(store: str, text: str) -> None:
    with Store(store) as opened:
        try:
            select(opened, "equipment", Filter(terms=filters.parse("equipment", text)))
        except EmergencyError as error:
            assert error.at is not None


def test_a_team_counts_as_ready_only_while_its_report_is_fresh(
    store: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "teams.db")
    create(path, station="FT", region="110106", name="丰台", who="王小明").close()
    monkeypatch.setenv("EMERGENCY_NOW", times.format_time(AT))
    with Store(path) as opened:
        with opened.write("team add") as writer:
            for name in ("甲", "乙", "丙"):
                writer.new("team", {"name": name})
        with opened.write("duty report") as writer:
            for team, age in (("FT-1", 1), ("FT-2", 20)):
                writer.set("team", team, {"readiness": "ready", "reported_at": AT - age * times.HOUR})
        found = {
            text: [row["id"] for row in select(opened, "team", Filter(terms=filters.parse("team", text)))]
            for text in (
                "ready",
                "就绪",
                "stale",
                "readiness:ready",
                "reported_at<07:30",
                "reported_at=07:00",
            )
        }
    assert found == {
        "ready": ["FT-1"], "就绪": ["FT-1"], "stale": ["FT-2"], "readiness:ready": ["FT-1", "FT-2"],
        "reported_at<07:30": ["FT-1", "FT-2"], "reported_at=07:00": ["FT-1"],
    }  # fmt: skip


def test_what_a_team_can_do_and_what_of_it_is_ready(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A team pumps with all of its pumps, and lifts with the strongest; an item is ready as its team is."""
    path = str(tmp_path / "able.db")
    create(path, station="FT", region="110106", name="丰台", who="王小明").close()
    monkeypatch.setenv("EMERGENCY_NOW", times.format_time(AT))
    with Store(path) as opened:
        with opened.write("team add") as writer:
            for name, region in (("甲", "110106"), ("乙", "110106"), ("丙", "110111")):
                writer.new("team", {"name": name, "region": region})
            writer.set("team", "FT-1", {"readiness": "ready", "reported_at": AT})
            for team, more in (
                ("FT-1", {"drainage": 2_000_000}),
                ("FT-1", {"drainage": 1_500_000, "lift": 8_000_000}),
                ("FT-2", {"drainage": 3_500_000}),
                ("FT-2", {"drainage": 9_000_000, "serviceability": "in_repair"}),
                ("FT-3", {"drainage": 1_000_000, "lift": 5_000_000}),
                ("FT-3", {"lift": 5_000_000}),
                (None, {"drainage": 500_000}),
            ):
                writer.new("equipment", {"name": "泵", "team": team, **more})

        def found(kind: str, text: str) -> list[str]:
            return [row["id"] for row in select(opened, kind, Filter(terms=filters.parse(kind, text)))]

        assert found("team", "region:1101 ready drainage>=3000") == ["FT-1"]
        assert found("team", "drainage>=3500m3/h") == ["FT-1", "FT-2"]
        assert found("team", "排水能力<=1000") == ["FT-3"]
        assert found("team", "lift>=8t") == ["FT-1"]
        assert found("team", 'lift=""') == ["FT-2"]
        assert found("equipment", "ready drainage>=1000") == ["FT-4", "FT-5"]
        assert found("equipment", "就绪") == ["FT-10", "FT-4", "FT-5"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(MEANINGS),
    st.sampled_from(["京a00001", "排水泵车", "ft-1", "psbc", "free", "ft12"]),
    st.data(),
)
def test_what_is_typed_further_finds_no_more(
    store: str, first: tuple[str, Test], word: str, data: st.DataObject
) -> None:
    ends = sorted(data.draw(st.lists(st.integers(1, len(word)), min_size=2, max_size=2)))
    before, terms = (filters.parse("equipment", f"{first[0]} {word[:end]}") for end in ends)
    if conditions.narrows(terms, before):
        with Store(store) as opened:
            fewer, more = (
                {row["id"] for row in select(opened, "equipment", Filter(terms=found))}
                for found in (terms, before)
            )
        assert fewer <= more


def test_an_id_is_looked_for_only_once_a_figure_is_typed() -> None:
    without, with_figure, more = (filters.parse("equipment", text) for text in ("ft", "ft1", "ft12"))
    assert not conditions.narrows(with_figure, without)
    assert conditions.narrows(more, with_figure)
    assert not conditions.narrows(with_figure, more)


@pytest.fixture
def chinese() -> Iterator[None]:
    words.speak("zh")
    yield
    words.speak("en")


@pytest.mark.parametrize("kind", RECORDS)
def test_what_may_be_asked_for_is_named_in_the_language_spoken_and_reads(chinese: None, kind: str) -> None:
    with pytest.raises(EmergencyError) as refused:
        filters.parse(kind, "xyzq=1")
    names = refused.value.hint.partition("：")[2].split("、")
    assert len(names) == len(filters.fields(RECORDS[kind])) > 1
    assert [t.op for name in names for t in filters.parse(kind, f'{name}=""')] == ["="] * len(names)


def test_a_field_that_is_meant_is_found_by_its_chinese_name(chinese: None) -> None:
    with pytest.raises(EmergencyError) as refused:
        filters.parse("team", "行政=1")
    assert "行政区" in refused.value.hint
