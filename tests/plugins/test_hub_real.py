"""A hub as a process of its own, met by real stations; and that the same holds without a socket."""

from __future__ import annotations

import pathlib

from .hubs import local, own_entries, real, station


def test_two_stations_meet_at_a_hub(tmp_path: pathlib.Path) -> None:
    with real(tmp_path) as hub, hub.enrol(tmp_path, "FT") as one, hub.enrol(tmp_path, "HD") as two:
        assert hub.sync(one).state == "synced"
        assert hub.sync(two).received >= 2
        assert hub.sync(one).received >= 2
        assert [r["name"] for r in two.rows("SELECT name FROM team ORDER BY name")] == ["FT队", "HD队"]


def test_the_service_alone_is_the_same_hub(tmp_path: pathlib.Path) -> None:
    with local(tmp_path) as hub, station(tmp_path, "FT") as one, station(tmp_path, "HD") as two:
        hub.enrol(one)
        hub.enrol(two)
        assert hub.sync(one).sent == len(own_entries(one))
        hub.sync(two)
        assert hub.sync(one).state == "synced"
        assert one.rows("SELECT id, name FROM team ORDER BY id") == two.rows(
            "SELECT id, name FROM team ORDER BY id"
        )
