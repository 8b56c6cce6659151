"""A small store with everything on it that the board has to show, at 08:00 on a rainy day."""

from __future__ import annotations

import functools
import pathlib
import tempfile
from collections.abc import Callable

import pytest

from emergency.store import arrivals, database, times
from emergency.store.asks import Ask
from emergency.store.creating import create
from emergency.store.fold import Fold
from emergency.store.orders import Desk
from emergency.store.records import Stored
from emergency.store.stepping import take
from emergency.store.store import Store
from tests.store.replicas import Replica

NOW = "2026-07-31T08:00:00+08:00"
AT = times.parse_time(NOW, 0)
_NAME = "station.db"
#: A name that would drive a terminal or a markup parser that took it at its word.
HOSTILE = "\x1b[2J[@click=app.quit]邪[/]队"


def empty(folder: pathlib.Path) -> str:
    """The path of a store with nothing in it."""
    return _laid(folder, _bare)


def busy(folder: pathlib.Path) -> str:
    """The path of the store."""
    return _laid(folder, _filled)


def _laid(folder: pathlib.Path, make: Callable[[str], None]) -> str:
    for name, content in _files(make).items():
        file = folder / name
        file.touch(0o600)
        file.write_bytes(content)
    return str(folder / _NAME)


@functools.cache
def _files(make: Callable[[str], None]) -> dict[str, bytes]:
    """What a store is on disk: made once, since hundreds of tests begin with one like it."""
    with tempfile.TemporaryDirectory() as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMERGENCY_NOW", NOW)
        make(str(pathlib.Path(made, _NAME)))
        return {file.name: file.read_bytes() for file in pathlib.Path(made).iterdir()}


def _bare(path: str) -> None:
    create(path, station="FT", region="110106", name="丰台区应急指挥中心", who="王小明").close()


def _filled(path: str) -> None:
    _bare(path)
    with Store(path) as store:
        _registers(store)
        _incidents(store)
        _orders(store)
    _order_made_apart(path)


def _registers(store: Store) -> None:
    """FT-1 ready, FT-2 ready but long ago, FT-3 standing by, FT-4 never heard of, FT-5 a sample; trucks FT-6..9."""
    hour = times.HOUR
    with store.write("team import") as writer:
        teams: tuple[tuple[str, str, dict[str, Stored]], ...] = (
            ("丰台排水抢险队", "110106", {"strength": 40, "duty_phone": "010-63800001", "radio": "丰台01"}),
            ("房山消防救援站", "110111", {"strength": 30}),
            ("蓝天救援队", "110106", {"strength": 25, "insurance_until": "2026-08-10"}),
            (HOSTILE, "110108", {}),
            ("样例队伍", "110108", {"sample": "demo", "strength": 12}),
        )
        for name, region, more in teams:
            writer.new("team", {"name": name, "region": region, **more})
        for plate, state in (
            ("京A00001", "serviceable"),
            ("京A00002", "serviceable"),
            ("京A00003", "in_repair"),
            ("京A00003", "serviceable"),
        ):
            writer.new(
                "equipment",
                {
                    "name": "排水泵车",
                    "kind": "pump-truck",
                    "team": "FT-1",
                    "plate": plate,
                    "drainage": 3_000_000,
                    "serviceability": state,
                },
            )
    with store.write("duty report", at=AT - hour) as writer:
        for team, readiness, age in (("FT-1", "ready", 1), ("FT-2", "ready", 13), ("FT-3", "standby", 2)):
            writer.set(
                "team", team, {"readiness": readiness, "headcount": 20, "reported_at": AT - age * hour}
            )
        writer.set("team", "FT-5", {"readiness": "off", "headcount": 5, "reported_at": AT - hour})


def _incidents(store: Store) -> None:
    """FT-10 open, FT-11 an exercise, FT-12 closed; each needs something."""
    with store.write("incident open", at=AT - 2 * times.HOUR) as writer:
        for title, level, more in (
            ("丰台区暴雨内涝", "II", {}),
            ("地震桌面演练", "III", {"exercise": "yes"}),
            ("昨日积水", "IV", {"state": "closed"}),
        ):
            writer.new(
                "incident",
                {
                    "title": title,
                    "scenario": "waterlogging",
                    "level": level,
                    "region": "110106",
                    "state": "open",
                    "opened_at": AT - 2 * times.HOUR,
                    **more,
                },
            )
        for incident in ("FT-10", "FT-11", "FT-12"):
            writer.new(
                "need", {"incident": incident, "what": "drainage", "amount": 5_000_000, "unit": "m3/h"}
            )
        writer.new("need", {"incident": "FT-10", "what": "people", "amount": 10_000})


def _orders(store: Store) -> None:
    """FT-17 on scene, FT-18 unanswered too long, FT-19 asked back, FT-20 in the exercise."""
    early, late = AT - 30 * times.MINUTE, AT - 5 * times.MINUTE
    with store.write("callup issue") as writer:
        desk = Desk(writer)
        place, by = "北京南站", AT + times.HOUR
        desk.issue(Ask(incident="FT-10", equipment=("FT-6",), report_to=place, by=by), early)
        desk.issue(Ask(incident="FT-10", team="FT-3", people=8, report_to=place, by=by), early)
        desk.issue(Ask(incident="FT-10", team="FT-2", people=5, report_to=place), late)
        desk.issue(Ask(incident="FT-11", team="FT-5", report_to="会议室"), late)
    with store.write("callup step") as writer:
        for line, step in (
            ("FT-17", "accept"),
            ("FT-17", "depart"),
            ("FT-17", "arrive"),
            ("FT-19", "accept"),
        ):
            take(writer, line, step, late, channel="radio")
            writer.flush()
    with store.write("callup recall") as writer:
        take(writer, "FT-19", "recall", late, note="大兴也要")
    with store.write("callup issue") as writer:
        Desk(writer).issue(Ask(incident="FT-10", equipment=("FT-7",)), late)


def _order_made_apart(path: str) -> None:
    """Station HD took the same truck, not having seen that FT had."""
    other = Replica("HD")
    other.write(AT - 6 * times.MINUTE, [
        ["new", "callup", "HD-1", {"kind": "callup", "approver": "李局长", "ack_by": AT + times.HOUR}],
        ["new", "line", "HD-1/1", {"order": "HD-1", "equipment": "FT-7", "team": "FT-1"}],
        ["claim", "HD-1/1", "equipment:FT-7"],
        ["step", "HD-1/1", "issue", {"at": AT - 6 * times.MINUTE}],
    ])  # fmt: skip
    connection = database.connect(path, writable=True)
    with database.transaction(connection, path):
        arrivals.take(connection, Fold(connection), other.has(other.signer.feed), AT)
    connection.close()
