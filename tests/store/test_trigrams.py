"""The index of parts of names only narrows: with it, without it, and whatever it makes of a word, the same is found."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emergency.store import filters, schema, trigrams
from emergency.store.anew import rebuild
from emergency.store.conditions import folded
from emergency.store.creating import create
from emergency.store.errors import NoSuchRecord
from emergency.store.fold import Fold
from emergency.store.query import Filter, count, select
from emergency.store.store import Store
from emergency.store.windows import Windows
from tests.store.replicas import empty_store

#: Names, models, plates and ids as they come, and as nobody hopes they come.
LETTERS = "泵车排水龙吸艇长堡A9x0-%_\"'*\\ .üßİＸ\0\U00020000\U0010ffff"
PIECES = st.text(LETTERS, max_size=6)
TEXTS = st.one_of(
    PIECES, st.sampled_from(["龙吸水2型", "挖掘机", "房山", "50%_", 'OR "x" NOT', "京A00012", "lxs"])
)
ITEMS = [
    ("FT-1", "排水泵车 1", "X1", "京A00001"), ("FT-2", "泵车 2", "100%", None), ("FT-10", "龙吸水2型", "lxs_3", "京A10002"),
    ("X%_", "挖掘机", '"X"', "京A99999"), ("BJ-0777777", "冲锋舟", "free", None), ("bj-07", "长堡泵车", "x\\9", "冀B00007"),
]  # fmt: skip


def _folded(facts: list[list[Any]]) -> sqlite3.Connection:
    connection = empty_store()
    trigrams.make(connection)
    connection.execute("INSERT INTO feed(n, id, seq, own) VALUES(1, 'f', 0, 1)")
    fold = Fold(connection)
    for n, fact in enumerate(facts, 1):
        fold.entry(n, 1, n, n, [fact])
    return connection


def _holds(search: str, id_: str, words: list[str]) -> bool:
    """What conditions.py asks of a record, in plain Python."""
    return all(word in search or (any(c.isdigit() for c in word) and word.upper() in id_) for word in words)


@settings(max_examples=60)
@given(
    st.dictionaries(TEXTS.filter(bool), st.tuples(TEXTS, TEXTS), min_size=1, max_size=6),
    st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=3),
    st.lists(TEXTS, max_size=2),
    st.data(),
)
@example({"EQ0": ("泵", "")}, {"EQ0": "艇"}, ["艇"], None)
@example({"ß1": ("x", "")}, {}, ["ß1"], None)
def test_nothing_that_has_the_words_is_left_out(
    named: dict[str, tuple[str, str]], renamed: dict[str, str], words: list[str], data: st.DataObject | None
) -> None:
    """Of random names, some of them changed, some of records that nobody has registered yet."""
    facts = [["new", "equipment", id_, {"name": n, "plate": p}] for id_, (n, p) in named.items()]
    facts += [["set", "equipment", id_, {"name": name}] for id_, name in renamed.items()]
    connection = _folded(facts)
    rows = connection.execute("SELECT id, search FROM equipment").fetchall()
    if data is not None:
        # Parts of what is there, since random words are found nowhere.
        for text in (part for row in rows for part in row if part):
            at = data.draw(st.integers(0, len(text) - 1))
            words = [*words, text[at : at + data.draw(st.integers(1, 5))]][-2:]
    asked = [word for word in map(folded, words) if word]
    sql, values = trigrams.narrowed(connection, "equipment", asked)
    found = {id_ for (id_,) in connection.execute(f"SELECT id FROM equipment WHERE {sql}", values)}
    missing = [row for row in rows if row[0] not in found and _holds(row[1], row[0], asked)]
    assert not missing, (asked, missing)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("trigrams") / "station.db")
    create(path, station="FT", region="110106", name="丰台", who="王小明").close()
    with Store(path) as opened, opened.write("equipment import") as writer:
        for id_, name, specification, plate in ITEMS:
            values = {"name": name, "specification": specification, "plate": plate}
            writer.new("equipment", {k: v for k, v in values.items() if v}, id_)
    return path


@settings(max_examples=150)
@given(st.sampled_from((0, 1, 3, trigrams.FEW)), st.lists(TEXTS, min_size=1, max_size=2))
def test_a_filter_finds_the_same_with_and_without_it(store: str, few: int, words: list[str]) -> None:
    """And counts the same, and pages through the same, however few are few."""
    terms = [filters.Term("", filters.WORD, word) for word in words if folded(word)]
    with Store(store) as opened:
        every = [row["id"] for row in select(opened, "equipment", Filter())]
        texts = dict(opened.connection.execute("SELECT id, search FROM equipment").fetchall())
        asked = [folded(term.value) for term in terms]
        expected = [id_ for id_ in every if _holds(texts[id_], id_, asked)]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(trigrams, "FEW", few)
            assert [row["id"] for row in select(opened, "equipment", Filter(terms))] == expected
            assert count(opened, "equipment", Filter(terms)) == len(expected)
            pages = Windows(opened, "equipment", terms)
            assert [row["id"] for row in pages.after(None, 4)] == expected[:4]
            assert [row["id"] for row in pages.before(None, 4)] == expected[-4:]


@settings(max_examples=100)
@given(st.sampled_from((0, 1, trigrams.FEW)), TEXTS)
def test_a_name_means_the_same_with_and_without_it(store: str, few: int, text: str) -> None:
    """Looking up: the record that is meant, or what is said when there is none or there are several."""

    def meant(opened: Store) -> str:
        try:
            return opened.find("equipment", text, loose=True)
        except NoSuchRecord as error:
            return str(error)

    with Store(store) as opened, pytest.MonkeyPatch.context() as patched:
        patched.setattr(trigrams, "FEW", few)
        with_it = meant(opened)
        patched.setattr(trigrams, "narrowed", lambda *_: trigrams.ALL)
        assert meant(opened) == with_it


def test_a_rare_word_is_looked_for_in_few_records(store: str) -> None:
    """The plan goes by the index and the keys it gives, and over no table whole."""
    with Store(store) as opened:
        for word in ("挖掘机", "掘", "掘机", "0777777"):
            sql, values = trigrams.narrowed(opened.connection, "equipment", [word])
            plan = opened.connection.execute(
                f"EXPLAIN QUERY PLAN SELECT id FROM equipment WHERE {sql} ORDER BY id LIMIT 100", values
            ).fetchall()
            said = [step for *_, step in plan]
            assert any(step.startswith("SEARCH equipment USING PRIMARY KEY") for step in said), said
            assert not any(step.startswith("SCAN equipment") and "VIRTUAL" not in step for step in said), said


def test_folding_anew_makes_the_same_index(store: str, tmp_path: Path) -> None:
    """Of the names of now."""
    path = str(tmp_path / "station.db")
    with Store(store) as opened:
        opened.connection.execute("VACUUM INTO ?", (path,))
    rebuild(path)
    with Store(path) as opened:
        word = [filters.Term("", filters.WORD, "龙吸")]
        assert trigrams.narrowed(opened.connection, "equipment", ["龙吸"]) != trigrams.ALL
        assert [row["id"] for row in select(opened, "equipment", Filter(word))] == ["FT-10"]


def test_a_store_from_a_machine_with_it_works_on_one_without(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its SQLite knows nothing of such an index: the tables are made anew without, and found is what was found."""
    path = str(tmp_path / "station.db")
    with Store(store) as opened:
        opened.connection.execute("VACUUM INTO ?", (path,))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA writable_schema=ON")
    connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'trigram', 'unheard_of')")
    connection.execute("PRAGMA writable_schema=RESET")
    connection.close()
    monkeypatch.setattr(trigrams, "supported", lambda: False)
    schema.current_fold.cache_clear()
    with Store(path) as opened:
        names = [n for (n,) in opened.connection.execute("SELECT name FROM sqlite_master")]
        assert not [n for n in names if "gram" in n]
        assert opened.meta("fold") == schema.fold_digest()
        word = [filters.Term("", filters.WORD, "龙吸")]
        assert [row["id"] for row in select(opened, "equipment", Filter(word))] == ["FT-10"]
    monkeypatch.undo()
    schema.current_fold.cache_clear()
    with Store(path) as opened:
        assert trigrams.narrowed(opened.connection, "equipment", ["龙吸水"]) != trigrams.ALL
