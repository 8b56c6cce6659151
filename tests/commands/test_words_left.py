"""In Chinese the system's reasons, click's kinds of number and the marks of the contact ladder are Chinese too."""

from __future__ import annotations

import pathlib
import re

import pytest

from .conftest import Officer, Stage
from .test_standard import taken

#: English words in a row that a Chinese answer may not have; names of commands and options stand alone.
ENGLISH = re.compile(r"[A-Za-z]+ [a-z]+ [a-z]+")


@pytest.mark.parametrize(
    "words",
    [
        ("callup", "batch", "none.csv"),
        ("alert", "import", "none.xml"),
        ("incident", "propose", Stage.INCIDENT, "--from", "none.txt"),
        ("incident", "propose", Stage.INCIDENT, "--file", "none.toml"),
        ("standard", "export", "T1@1", "/nowhere/x.toml"),
        ("chart", "readiness", "--svg", "/nowhere/x.svg"),
        ("team", "list", "--limit", "many"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_what_the_system_refuses_is_said_in_chinese(desk: Officer, words: tuple[str, ...]) -> None:
    taken(desk)
    said = desk("--lang", "zh", *words)
    assert said.code != 0 and re.search("[一-鿿]", said.err), said
    assert not ENGLISH.search(said.err.splitlines()[0]), said.err


def test_a_text_that_is_no_toml_is_told_in_chinese_by_its_place(
    desk: Officer, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "x.toml"
    path.write_text("a = 1\nb = \n", encoding="utf-8")
    for words in (
        ("incident", "propose", Stage.INCIDENT, "--file", str(path)),
        ("standard", "import", str(path)),
    ):
        said = desk.refused(2, "--lang", "zh", *words)
        assert not ENGLISH.search(said.splitlines()[0]) and re.search(r"\b2\b", said)
        # In English the reader's own words say more.
        assert "Invalid value" in desk.refused(2, *words)


def test_an_order_names_the_ladder_and_its_flags_in_words(desk: Officer) -> None:
    order = desk.issue("--incident", Stage.INCIDENT, "--team", Stage.DRAINERS)
    for step in ("accept", "depart", "recall"):
        desk.done("callup", step, order)
    said = desk.done("--lang", "zh", "callup", "show", order).out
    assert "asked-back" not in said and "手机 mobile：13800000001" in said
    assert "asked-back" not in desk.done("callup", "show", order).out
    desk.done("callup", "contact", order, "--channel", "手机")
    assert [c["tried"] for c in desk.show("callup", order)["lines"][0]["contacts"]] == [True, False]
    assert "en_route" not in desk.done("--lang", "zh", "callup", "graph").out


def test_the_help_of_a_number_says_so_in_chinese(desk: Officer) -> None:
    said = desk.done("--lang", "zh", "plan", "callup", "--help").out
    assert "RANGE" not in said and "选项：" in said
    assert "INTEGER RANGE" in desk.done("team", "list", "--help").out
