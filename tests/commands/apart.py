"""Two stations on disk that work apart and hear of each other only when their entries are carried."""

from __future__ import annotations

import pathlib
from typing import Any, NamedTuple

import pytest

from emergency.store import database, journal
from emergency.store.creating import create
from emergency.store.journal import Envelope
from tests.store.stations import visit

from .conftest import Officer, Result, Shelf, Stage


def entries(path: pathlib.Path) -> list[Envelope]:
    """Every entry that a store has, in the order in which it came."""
    connection = database.connect(str(path), writable=False)
    try:
        return [envelope for *_, envelope in journal.read(connection)]
    finally:
        connection.close()


class Pair(NamedTuple):
    """Station FT of a district, and station BJ of the city above it, which knows all that FT had."""

    ft: Officer
    bj: Officer

    def carry(self) -> None:
        """Each hears of all that the other has."""
        there, here = entries(self.bj.store), entries(self.ft.store)
        visit(str(self.ft.store), there)
        visit(str(self.bj.store), here)


class AtStore(Officer):
    """An officer who names the store on every command line."""

    def __init__(self, other: Officer, store: pathlib.Path) -> None:
        self.__dict__.update(other.__dict__)
        self.store = store

    def __call__(self, *arguments: str, stdin: bytes | None = None) -> Result:
        """Run one command line at this store."""
        return super().__call__("--store", str(self.store), *arguments, stdin=stdin)


def beside(desk: Officer) -> Pair:
    """A desk and station BJ, where that is."""
    return Pair(AtStore(desk, desk.store), AtStore(desk, desk.store.parent / "bj" / "station.db"))


def pair(desk: Officer) -> Pair:
    """Station BJ beside a desk; it has taken in what the desk has, and has an incident of its own."""
    both = beside(desk)
    create(str(both.bj.store), station="BJ", region="110000", name="北京市应急指挥中心", who="李雁").close()
    both.carry()
    both.bj.done(
        "incident", "open", "门头沟山洪", "--scenario", "flood", "--level", "I", "--region", "110109"
    )
    return both


def contested(desk: Officer) -> None:
    """Both stations have ordered the big truck, neither knowing of the other: FT first, then BJ."""
    both = pair(desk)
    both.ft.done("incident", "need", Stage.INCIDENT, "drainage>=6000m3/h")
    ordered = both.ft.issue("--incident", Stage.INCIDENT, "--equipment", Stage.BIG, "--approver", "张主任")
    assert ordered == "FT-8"
    desk.at("08:05")
    ordered = both.bj.issue(
        "--incident", "BJ-1", "--equipment", Stage.BIG, "--approver", "李局长", "--basis", "EREL-73"
    )
    assert ordered == "BJ-2"


BIG, TEAM, FT_INCIDENT, BJ_INCIDENT = Stage.BIG, Stage.DRAINERS, Stage.INCIDENT, "BJ-1"
CONTEST = f"equipment:{BIG}"


@pytest.fixture
def apart(desk: Officer, shelf: Shelf) -> Pair:
    """The same truck ordered by both; it is 08:05."""
    shelf.typed(desk, contested)
    desk.at("08:05")
    return beside(desk)


def ids(officer: Officer) -> list[str]:
    """The ids that the list of conflicts prints."""
    return officer.ids("conflict", "list")


def told(officer: Officer, which: str = CONTEST) -> Any:
    """One conflict as JSON."""
    return officer.show("conflict", which)
