"""A station whose disk turned bits meets a hub: it is told that its own journal is damaged, and a backup mends it."""

from __future__ import annotations

import pathlib
import sqlite3

import pytest

from emergency.store import backing, hubs, journal
from emergency.store.errors import BadStore
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
