"""An order that comes from another station while the screens are open is heard, and stands on the board."""

from __future__ import annotations

import pytest
from textual.app import App

from emergency.store import arrivals, database
from emergency.store.fold import Fold
from tests.store.replicas import Replica

from .screen import on_duty
from .stage import AT


def order_from_the_city(path: str) -> None:
    """Station BJ orders the team that is nearest to hand here."""
    city = Replica("BJ")
    city.write(AT, [
        ["new", "callup", "BJ-1", {"kind": "callup", "ack_by": AT + 3_600_000, "report_to": "南站"}],
        ["new", "line", "BJ-1/1", {"order": "BJ-1", "team": "FT-1", "people": 4}],
        ["step", "BJ-1/1", "issue", {"at": AT}],
    ])  # fmt: skip
    connection = database.connect(path, writable=True)
    with database.transaction(connection, path):
        arrivals.take(connection, Fold(connection), city.has(city.signer.feed), AT)
    connection.close()


async def test_an_order_that_came_rings_once_and_is_on_the_board(
    busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(App, "bell", lambda app: rung.append("bell"))
    async with on_duty(busy) as duty:
        order_from_the_city(busy)
        for _n in range(2):
            duty.app.look()
            await duty.seen()
        assert rung == ["bell"] and [toast for toast in duty.toasts if "BJ-1/1" in toast] == duty.toasts != []
        assert "! to answer     BJ-1/1" in duty.text
