"""Answers reach the screen in the order of what was asked, however late the screen comes to them."""

from __future__ import annotations

import queue
import threading
from typing import Any

from emergency.store.errors import EmergencyError
from emergency.store.store import Store
from emergency.tui.reading import Asked, Reader


def refused(error: EmergencyError) -> None:
    raise error


def counted(store: Store) -> int:
    return int(store.rows("SELECT count(*) AS n FROM team")[0]["n"])


def test_an_answer_that_waits_on_the_screen_does_not_undo_a_newer_one(demo: str) -> None:
    delivered: queue.Queue[Asked[Any]] = queue.Queue()
    shown: list[str] = []
    reader = Reader(demo, None, delivered.put)
    thread = threading.Thread(target=reader.run)
    thread.start()
    try:
        reader.ask("lines", counted, lambda _: shown.append("older"), refused)
        older = delivered.get(timeout=20)
        reader.ask("lines", counted, lambda _: shown.append("newer"), refused, patience=20)
        older.settle()
        assert shown == ["newer"]
        reader.ask("more", counted, lambda _: shown.append("cancelled"), refused)
        delivered.get(timeout=20).settle()
        more = delivered.get(timeout=20)
        reader.cancel("more")
        more.settle()
        assert shown == ["newer"]
    finally:
        reader.stop()
        thread.join(20)
    assert not thread.is_alive()
