"""A round with a hub, without a socket: what is written meanwhile is not taken for sent."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping

import pytest

from emergency.plugins.hub import Opened
from emergency.store import hubs
from emergency.store.link import Link
from emergency.store.store import Store
from emergency.store.syncing import sync

from .test_personal import desk, enrolled, hub, meet

__all__ = ["hub"]


class Meanwhile:
    """A line on which something else happens once, when this path is asked for."""

    def __init__(self, line: Link, path: str, happens: Callable[[], None]) -> None:
        self._line, self._path, self._happens = line, path, happens

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        answer = self._line.call(method, path, headers, body)
        if path == self._path:
            self._path = ""
            self._happens()
        return answer


@pytest.mark.parametrize("path", ["/v1/heads", "/v1/push", "/v1/pull"])
def test_what_is_written_during_a_round_counts_as_not_sent(
    hub: Opened, tmp_path: pathlib.Path, path: str
) -> None:
    desk(hub, tmp_path)
    store, wire = enrolled(hub, tmp_path, "HD", "duty")
    writing = Store(store.path)

    def write() -> None:
        with writing.write("team add") as writer:
            writer.new("team", {"name": "轮次之中", "region": "110106"})

    (known,) = hubs.hubs(store.connection)
    assert sync(store, known, Meanwhile(wire, path, write)).state == "synced"
    (known,) = hubs.hubs(store.connection)
    assert hubs.unsent(store.connection, known) == 1
    meet(store, wire)
    (known,) = hubs.hubs(store.connection)
    assert hubs.unsent(store.connection, known) == 0
