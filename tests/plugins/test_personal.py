"""Scope and personal data at the hub (row H5): what is withheld never leaves it, and comes when it may."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

import pytest

from emergency.plugins.hub import Opened, enrolling, opened
from emergency.plugins.hub.members import Member, members
from emergency.plugins.hub.service import Service
from emergency.store import bundles, cells, frames, hubs, journal, times
from emergency.store.bundles import Plan
from emergency.store.creating import create
from emergency.store.records.types import Point
from emergency.store.store import Store
from emergency.store.syncing import sync
from emergency.store.travel import place_of

PHONE = "13800001234"


class Wire:
    """A line to a hub without a socket; keeps everything that passed, compressed and not."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.passed: list[bytes] = []

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        answer = self._service.answer(method, path, headers, body)
        self.passed.append(answer.body)
        return answer.status, answer.body

    def carried(self, text: str) -> bool:
        """Whether any answer said this."""
        import io

        for body in self.passed:
            if text.encode() in body:
                return True
            if body.startswith(frames.MARKER):
                for found in frames.read(io.BytesIO(body)):
                    if text.encode() in frames.inflate(found.payload):
                        return True
        return False


@pytest.fixture
def hub(tmp_path: pathlib.Path) -> Opened:
    return opened(str(tmp_path / "hub.db"), str(tmp_path))


def enrolled(hub: Opened, folder: pathlib.Path, name: str, role: str, region: str = "") -> tuple[Store, Wire]:
    path = str(folder / f"{name}.db")
    create(path, station=name, region="110106", name=name, who="x").close()
    store = Store(path)
    wire = Wire(Service(hub.engine, hub.identity, hub.writing, times.now))
    code, _until = hub.writing.submit(
        lambda filing: enrolling.new_code(filing.sql, name, role, region, filing.now)
    ).result()
    hubs.enrol(store, wire, "http://hub", code)
    return store, wire


def enrolled_at(hub: Opened, store: Store, name: str, role: str) -> Wire:
    """A store that is there already, at one hub more."""
    wire = Wire(Service(hub.engine, hub.identity, hub.writing, times.now))
    code, _until = hub.writing.submit(
        lambda filing: enrolling.new_code(filing.sql, name, role, "", filing.now)
    ).result()
    hubs.enrol(store, wire, f"http://{hub.identity.feed}", code)
    return wire


def meet_at(store: Store, wire: Wire, feed: str) -> None:
    """A round with the hub of this feed."""
    (known,) = [h for h in hubs.hubs(store.connection) if h.feed == feed]
    assert sync(store, known, wire).state == "synced"


def meet(store: Store, wire: Wire) -> None:
    (known,) = hubs.hubs(store.connection)
    assert sync(store, known, wire).state == "synced"


def phones(store: Store) -> list[object]:
    return [p for (p,) in store.connection.execute("SELECT phone FROM member ORDER BY id")]


def desk(hub: Opened, tmp_path: pathlib.Path) -> tuple[Store, Wire]:
    store, wire = enrolled(hub, tmp_path, "FT", "duty")
    with store.write("team add") as writer:
        team = writer.new("team", {"name": "排水队", "region": "110106"})
        writer.new("member", {"name": "王小明", "team": team, "phone": PHONE})
    with store.write("team add") as writer:
        writer.new("team", {"name": "朝阳队", "region": "110105"})
    meet(store, wire)
    return store, wire


@pytest.mark.parametrize(("role", "gets"), [("duty", True), ("commission", True), ("team", False)])
def test_only_the_entitled_get_telephone_numbers(
    hub: Opened, tmp_path: pathlib.Path, role: str, gets: bool
) -> None:
    desk(hub, tmp_path)
    other, wire = enrolled(hub, tmp_path, "HD", role)
    meet(other, wire)
    assert phones(other) == ([PHONE] if gets else [None])
    assert wire.carried(PHONE) == gets
    assert wire.carried("王小明")
    assert journal.verify(other.connection) == []


ADDRESS = "花乡地区大葆台南路3号"


@pytest.mark.parametrize(("role", "gets"), [("duty", True), ("commission", True), ("team", False)])
def test_only_the_entitled_get_exact_sites(
    hub: Opened, tmp_path: pathlib.Path, role: str, gets: bool
) -> None:
    store, its = enrolled(hub, tmp_path, "FT", "duty")
    with store.write("depot add") as writer:
        at = Point().parse("39.8163,116.3022")
        for kind, name in (("team", "排水队"), ("depot", "大葆台库")):
            writer.new(kind, {"name": name, "region": "110106", "address": ADDRESS, "at": at})
    meet(store, its)
    other, wire = enrolled(hub, tmp_path, "HD", role)
    meet(other, wire)
    for kind in ("team", "depot"):
        ((address, lat, lng),) = other.connection.execute(f"SELECT address, at_lat, at_lng FROM {kind}")
        assert (address, lat is not None, lng is not None) == (ADDRESS if gets else None, gets, gets)
    assert wire.carried(ADDRESS) == wire.carried("39816300") == gets
    assert wire.carried("大葆台库")
    assert journal.verify(other.connection) == []
    # It is still near what lies in its region, as any team without a position is.
    (team,) = other.rows("SELECT id FROM team")
    assert place_of(other, team["id"]) is not None


@pytest.mark.parametrize("region", ["", "110106"])
def test_a_team_that_changes_what_it_sees_is_not_edited_apart(
    hub: Opened, tmp_path: pathlib.Path, region: str
) -> None:
    """What was withheld in between (a telephone number, another region) does not make it one who had not heard."""
    store, its = enrolled(hub, tmp_path, "FT", "duty")
    with store.write("team add") as writer:
        team = writer.new("team", {"name": "排水队", "region": "110106", "address": ADDRESS})
        writer.new("member", {"name": "王小明", "team": team, "phone": PHONE})
    with store.write("team add") as writer:
        other = writer.new("team", {"name": "朝阳队", "region": "110105"})
    with store.write("duty report") as writer:
        writer.set("team", team, {"headcount": 20})
    meet(store, its)
    station, wire = enrolled(hub, tmp_path, "DT", "team", region)
    meet(station, wire)
    with station.write("duty report") as writer:
        writer.set("team", team, {"headcount": 21})
        if not region:
            writer.set("team", other, {"name": "朝阳一队"})
    meet(station, wire)
    meet(store, its)
    assert cells.edited_apart(store.connection) == cells.edited_apart(station.connection) == []
    assert store.rows("SELECT headcount FROM team WHERE id=?", (team,)) == [{"headcount": 21}]
    # The site it could not see: what it says of that stands beside what is there.
    with station.write("team set") as writer:
        writer.set("team", team, {"address": "别处1号"})
    meet(station, wire)
    meet(store, its)
    assert [tuple(cell[:3]) for cell in cells.edited_apart(store.connection)] == [("team", team, "address")]


def test_a_station_of_another_district_gets_headers_alone(hub: Opened, tmp_path: pathlib.Path) -> None:
    desk(hub, tmp_path)
    other, wire = enrolled(hub, tmp_path, "CY", "duty", "110105")
    meet(other, wire)
    assert other.connection.execute("SELECT name FROM team WHERE known=1").fetchall() == [("朝阳队",)]
    assert not wire.carried("排水队")
    assert not wire.carried(PHONE)
    assert journal.verify(other.connection) == []


@pytest.mark.parametrize("by_code", [False, True])
def test_a_wider_grant_brings_what_was_withheld(hub: Opened, tmp_path: pathlib.Path, by_code: bool) -> None:
    desk(hub, tmp_path)
    other, wire = enrolled(hub, tmp_path, "CY", "team", "110105")
    meet(other, wire)
    if by_code:
        wire = enrolled_at(hub, other, "CY", "duty")
    else:
        (member,) = [m for m in _members(hub) if m.station == "CY"]
        hub.writing.submit(
            lambda filing: filing.grant(member._replace(role="duty", region=""), kind="hub grant", who="x")
        ).result()
    meet(other, wire)
    meet(other, wire)
    assert phones(other) == [PHONE]
    assert other.connection.execute("SELECT count(*) FROM entry WHERE facts IS NULL").fetchone() == (0,)
    before = len(wire.passed)
    meet(other, wire)
    assert len(wire.passed) == before + 2


def test_what_one_hub_withholds_comes_from_another_that_may_give_it(
    hub: Opened, tmp_path: pathlib.Path
) -> None:
    """A station of two hubs, one of which grants it less: whichever it meets first, it has what it may have."""
    (tmp_path / "there").mkdir()
    there = opened(str(tmp_path / "there" / "hub.db"), str(tmp_path / "there"))
    store, wire = desk(hub, tmp_path)
    second = enrolled_at(there, store, "FT", "duty")
    other, bare = enrolled(there, tmp_path, "HD", "team")
    entitled = enrolled_at(hub, other, "HD", "duty")
    one, two = (str(opened_.identity.feed) for opened_ in (hub, there))
    for n, phone in enumerate((PHONE, "13800009999", "13800008888"), 1):
        if n > 1:
            with store.write("member add") as writer:
                writer.new("member", {"name": f"李{n}", "phone": phone})
        meet_at(store, wire, one)
        meet_at(store, second, two)
        meet_at(other, bare, two)
        assert phones(other)[-1] is None and not bare.carried(phone)
        meet_at(other, entitled, one)
        assert phones(other)[-1] == phone
        assert other.connection.execute("SELECT count(*) FROM entry WHERE facts IS NULL").fetchone() == (0,)
    before = len(entitled.passed)
    meet_at(other, entitled, one)
    assert len(entitled.passed) <= before + 2
    assert journal.verify(other.connection) == []


def test_an_open_stick_has_no_telephone_numbers_and_the_hub_has_them(
    hub: Opened, tmp_path: pathlib.Path
) -> None:
    store, _wire = desk(hub, tmp_path)
    stick = tmp_path / "open.bundle"
    bundles.export(store, str(stick), Plan(bundles.stretches(store), {}, personal=False))
    other, wire = enrolled(hub, tmp_path, "HD", "duty")
    with stick.open("rb") as file:
        bundles.take_in(other, file)
    assert phones(other) == [None]
    meet(other, wire)
    assert phones(other) == [PHONE]


def _members(hub: Opened) -> list[Member]:
    with hub.engine.reading() as sql:
        return members(sql)
