"""`emergency board` in plain lines: complete, safe, and able to be followed by ear."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable

import pytest

from emergency.commands import run
from emergency.commands.board import changes
from emergency.commands.boardlines import lines, news, sections
from emergency.commands.screens import open_screens
from emergency.commands.session import Session
from emergency.store import wording
from emergency.store.board import gather
from emergency.store.stepping import take
from emergency.store.store import Store
from emergency.store.text import cells
from tests.tui import stage
from tests.tui.screen import golden


@pytest.fixture
def path(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EMERGENCY_NOW", stage.NOW)
    monkeypatch.delenv("EMERGENCY_STALE_AFTER", raising=False)
    monkeypatch.setenv("EMERGENCY_LANG", "en")
    return stage.busy(tmp_path)


def test_off_a_terminal_it_prints_plain_lines(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--store", path, "board"]) == 0
    golden("plain-en", capsys.readouterr().out)


def test_json_is_one_object(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--store", path, "board", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["overdue"] == 1


def test_lines_can_be_cut_to_a_width(path: str) -> None:
    with Store(path) as store:
        board = gather(store)
    assert max(map(cells, lines(board, 40))) <= 40
    assert max(map(cells, lines(board))) > 40


def test_no_line_can_drive_a_terminal(path: str) -> None:
    with Store(path) as store, store.write("callup issue") as writer:
        writer.new("incident", {"title": stage.HOSTILE, "scenario": "flood", "level": "I", "state": "open"})
    with Store(path) as store:
        told = "\n".join(lines(gather(store)))
    assert "\x1b" not in told
    assert "\\x1b[2J[@click=app.quit]" in told


def test_samples_and_exercises_are_named_on_their_lines(path: str) -> None:
    with Store(path) as store:
        told = lines(gather(store))
    (line,) = [x for x in told if "FT-20/1" in x]
    assert "EXERCISE 演练" in line
    assert "样例 SAMPLE" in line


def test_the_head_tells_how_many_of_the_incidents_are_exercises(path: str) -> None:
    def head() -> str:
        with Store(path) as store:
            return lines(gather(store))[0]

    def close(incident: str) -> None:
        with Store(path) as store, store.write("incident close") as writer:
            writer.set("incident", incident, {"state": "closed"})

    assert " | EXERCISE 演练 1/2 | " in head()
    close("FT-10")
    assert " | EXERCISE 演练 | " in head()
    close("FT-11")
    assert "EXERCISE" not in head()


def test_following_tells_only_what_changed(path: str) -> None:
    waits = iter((True, False))

    def wait() -> bool:
        going_on = next(waits)
        if going_on:
            with Store(path) as store, store.write("incident close") as writer:
                writer.set("incident", "FT-11", {"state": "closed"})
        return going_on

    with Store(path) as store:
        first, second = changes(store, wait)
    told = news(second, sections(first), sections(second))
    assert told[0] == stage.NOW
    assert "- Incidents and shortfalls: FT-11  地震桌面演练" in "\n".join(told)
    assert not any("FT-18/1" in line for line in told)


def test_nothing_is_told_while_nothing_changes(path: str) -> None:
    waits = iter([True] * 40 + [False])
    with Store(path) as store:
        assert len(list(changes(store, lambda: next(waits)))) == 1


def test_a_terminal_that_cannot_carry_screens_gets_the_lines(
    path: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    open_screens(Session(store_path=path))
    assert "Needs a person now" in capsys.readouterr().out


def heard(path: str, change: Callable[[], None]) -> list[str]:
    """What is told of one change."""
    with Store(path) as store:
        first = gather(store)
    change()
    with Store(path) as store:
        second = gather(store)
    return news(second, sections(first), sections(second))[1:]


def test_an_answer_is_told_once_and_not_as_the_end_of_waiting_too(path: str) -> None:
    def accept() -> None:
        with Store(path) as store, store.write("callup accept") as writer:
            take(writer, "FT-18/1", "accept", stage.AT)

    told = heard(path, accept)
    assert [line[:2] for line in told if "FT-18/1" in line] == ["~ "]
    assert "~ Open call-ups: " in "\n".join(told)


def test_what_became_of_a_line_that_went_is_told(path: str) -> None:
    with Store(path) as store:
        first = gather(store)
    with Store(path) as store, store.write("callup decline") as writer:
        take(writer, "FT-18/1", "decline", stage.AT)
    with Store(path) as store:
        told = news(
            gather(store), sections(first), sections(gather(store)),
            lambda record: wording.state(store, record.removeprefix("line ")),
        )  # fmt: skip
    (line,) = [line for line in told if "FT-18/1" in line]
    assert line.startswith("- ") and line.endswith("-> declined")


def test_a_report_is_one_line_and_the_sums_are_not_told_with_it(path: str) -> None:
    def report() -> None:
        with Store(path) as store, store.write("duty report") as writer:
            writer.set("team", "FT-3", {"readiness": "off", "reported_at": stage.AT})

    (line,) = heard(path, report)
    assert line.startswith("~ Readiness: ")
    assert "丰台区" in line


def test_sums_are_told_where_nothing_else_says_what_changed(path: str) -> None:
    def repair() -> None:
        with Store(path) as store, store.write("equipment set") as writer:
            writer.set("equipment", "FT-8", {"serviceability": "serviceable"})

    (line,) = heard(path, repair)
    assert "equipment: 2 free" in line


def test_more_entries_alone_are_no_news(path: str) -> None:
    def note() -> None:
        with Store(path) as store, store.write("team set") as writer:
            writer.set("team", "FT-1", {"address": "丰台北路"})

    assert heard(path, note) == []
