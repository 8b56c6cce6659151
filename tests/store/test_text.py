"""Text from outside: harmless, findable, measured."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store.text import cells, fit, fold_width, like_pattern, quoted, safe, search_terms, search_text

ANY_TEXT = st.text(
    st.characters(categories=None) | st.sampled_from("\x1b\n\u202e\u200d\ufeff\U000e0041\ud800")
)


@pytest.mark.parametrize("text", ["", "房山区排水队 3000 m³/h", "🚒 e\u0301 ✓", "a\\b", "❤", "⚠ 1"])
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert safe(text) is text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("❤\ufe0f 救援", "❤ 救援"),
        ("1\ufe0f\u20e3", "1\u20e3"),
        ("⚠\ufe0f\ufe0f", "⚠\\ufe0f"),
        ("救\ufe0f", "救\\ufe0f"),
    ],
)
def test_a_sign_is_shown_without_the_selector_that_telephones_add(text: str, shown: str) -> None:
    """Terminals do not agree on its width; anywhere else a selector is something hidden, and shown."""
    assert safe(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("a\nb\tc\x7f\x9b", r"a\x0ab\x09c\x7f\x9b"),
        ("a\u202eb\u2066\u200f\u061c", r"a\u202eb\u2066\u200f\u061c"),
        ("\u2028\u200b\ufeff\u2060", r"\u2028\u200b\ufeff\u2060"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
    ],
)
def test_dangerous_characters_are_shown(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(ANY_TEXT)
def test_safe_leaves_nothing_that_acts(text: str) -> None:
    shown = safe(text)
    assert safe(shown) == shown
    shown.encode()
    for character in shown:
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(character) not in (
            "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
        )  # fmt: skip


def test_quoted_is_short() -> None:
    assert quoted("x" * 500) == f"'{'x' * 39}~'"
    assert quoted("\x1b") == r"'\x1b'"


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("房山区排水队", "fangshan"),
        ("房山区排水队", "fsqpsd"),
        ("房山区排水队", "房山 排水"),
        ("房山区排水队", "FangShan paishui"),
        ("重庆市长寿区", "changshou"),
        ("单县", "shanxian"),
        ("浚县", "xunxian"),
        ("廊坊大城", "daicheng"),
        ("廊坊大城", "dacheng"),
        ("房山长阳镇", "changyang"),
        ("六安", "luan"),
        ("铅山", "yanshan"),
        ("马家堡", "majiapu"),
        ("覃志强", "qinzhiqiang"),
        ("覃志强", "tzq"),
        ("单雄", "shanxiong"),
        ("仇和", "qiuhe"),
        ("曾国", "zengguo"),
        ("解珍", "xiezhen"),
        ("区伟", "ouwei"),
        ("尉迟恭", "yuchigong"),
        ("吕布", "lü"),
        ("ＡＢＣ１２３", "abc123"),
        ("3号泵站", "bengzhan"),
    ],
)
def test_names_are_found(name: str, query: str) -> None:
    column = search_text(name)
    assert all(term in column for term in search_terms(query))


def test_aliases_and_shape() -> None:
    assert search_text("房山", "Fangshan  District", "") == "房山 fangshan district fangshan fs"
    assert search_text("") == ""


def test_readings_are_capped() -> None:
    assert len(search_text("长堡长堡长堡都长").split()) <= 17


def test_an_unread_character_does_not_shift_the_rest() -> None:
    assert "fangshan" in search_text("\U00033479\U00020000房山")


@given(st.text(), st.text())
def test_a_name_is_found_by_itself(name: str, alias: str) -> None:
    column = search_text(name, alias)
    assert column == " ".join(column.split(" "))
    assert all(term in column for term in search_terms(name) if "v" not in term)


def test_like_pattern_escapes() -> None:
    assert like_pattern("50%_\\") == "%50\\%\\_\\\\%"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.text("ab%_\\", max_size=4))
def test_like_pattern_means_contains(text: str, term: str) -> None:
    import sqlite3

    text = text.lower()
    with sqlite3.connect(":memory:") as db:
        (found,) = db.execute("select ? like ? escape '\\'", (text, like_pattern(term))).fetchone()
    db.close()
    assert bool(found) == (term in text)


def test_cells_and_fit() -> None:
    assert cells("房山ab") == 6
    assert fit("房山ab", 6) == "房山ab"
    assert fit("房山ab", 5) == "房山~"
    assert fit("房山ab", 4) == "房~"
    assert fit("房山", 1) == "~"
    assert fit("房山", 0) == ""


@given(st.text(), st.integers(-1, 30))
def test_fit_fits(text: str, width: int) -> None:
    cut = fit(text, width)
    assert cells(cut) <= max(width, 0)
    assert cut == text or cut == "" or (cut.endswith("~") and text.startswith(cut[:-1]))


def test_fold_width() -> None:
    assert fold_width("　（Ａ　１）\t") == "(A 1)"
