"""Bits that a disk turned, at a station or a hub, are told for what they are, and where they are mended."""

from __future__ import annotations

import pathlib
import sqlite3

import pytest

from emergency import commands
from emergency.store import backing, hubs, journal
from emergency.store.errors import BadStore
from emergency.store.keys import Signer
from emergency.store.store import Store

from .hubs import Local, hub, station

__all__ = ["hub"]


def test_damage_here_is_not_taken_for_damage_on_the_way(hub: Local, tmp_path: pathlib.Path) -> None:
    store = station(tmp_path, "FT")
    hub.enrol(store, "team")
    assert hub.sync(store).state == "synced"
    saved = str(tmp_path / "saved.db")
    backing.backup(store, saved)
    # Another role: the tables are folded anew from the journal when the hub's word of it comes.
    hubs.enrol(store, hub, hub.url, hub.code("FT", "duty"))
    held = hub.content()
    with sqlite3.connect(store.path) as other:
        other.execute(
            "UPDATE entry SET header = CAST(replace(header, '\"seq\"', '\"sep\"') AS BLOB) WHERE n=2"
        )
    other.close()
    for _time in range(2):
        with pytest.raises(BadStore, match="an entry of the journal is damaged"):
            hub.sync(store)
    assert [one for one in hub.content()[1] if one not in held[1]] == []
    path = store.path
    store.close()
    backing.restore(saved, path)
    with Store(path) as restored:
        assert [hub.sync(restored).state for _time in range(2)] == ["synced", "synced"]
        assert journal.verify(restored.connection) == []
        assert restored.rows("SELECT role FROM \"grant\" WHERE role='duty'")


def test_what_a_damaged_hub_handed_over_is_no_sound_state(
    hub: Local, tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with station(tmp_path / "one", "FT") as writer, station(tmp_path / "two", "HD") as reader:
        hub.enrol(writer)
        hub.enrol(reader)
        hub.sync(writer)
        with hub.opened.engine.writing() as sql:
            (n,) = sql.execute(
                "SELECT max(e.n) FROM entry e JOIN feed f ON f.n=e.feed WHERE f.id=?",
                (Signer.load(writer.path).feed,),
            ).fetchone()
            sql.execute("UPDATE entry SET facts=? WHERE n=?", (b'{"facts":[]}', n))
        assert hub.sync(reader).aside == {"facts-changed": 1}
        assert commands.run(["--store", reader.path, "doctor"]) == 1
        said = capfd.readouterr().out
        assert "set aside: facts-changed 1" in said and "tell who runs that hub" in said
