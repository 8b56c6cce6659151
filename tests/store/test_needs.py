"""Which incidents lack something that nothing was ordered for."""

from __future__ import annotations

import pathlib

import pytest

from emergency.store import needs
from emergency.store.asks import Ask
from emergency.store.orders import Desk
from emergency.store.store import Store
from tests.tui import stage


@pytest.fixture
def path(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EMERGENCY_NOW", stage.NOW)
    return stage.busy(tmp_path)


def unmet(path: str) -> list[str]:
    with Store(path) as store:
        return [row["id"] for row in needs.unmet(store)]


def test_an_open_incident_is_unmet_until_orders_would_bring_what_it_needs(path: str) -> None:
    # One is closed and needs as much; trucks of 3000 m3/h each stand against 5000.
    with Store(path) as store, store.write("need set") as writer:
        for row in store.rows("SELECT id FROM need WHERE what = 'people'"):
            writer.set("need", row["id"], {"amount": 1000})
    assert unmet(path) == ["FT-11"]
    with Store(path) as store, store.write("callup issue") as writer:
        Desk(writer).issue(Ask(incident="FT-11", equipment=("FT-9",)), stage.AT)
    assert unmet(path) == ["FT-11"]
    with Store(path) as store, store.write("equipment add") as writer:
        truck = {
            "name": "排水泵车",
            "kind": "pump-truck",
            "team": "FT-1",
            "drainage": 3_000_000,
        }
        other = writer.new("equipment", truck)
    with Store(path) as store, store.write("callup issue") as writer:
        Desk(writer).issue(Ask(incident="FT-11", equipment=(other,)), stage.AT)
    assert unmet(path) == []


def test_a_need_that_was_withdrawn_is_not_waited_for(path: str) -> None:
    assert "FT-11" in unmet(path)
    with Store(path) as store, store.write("need retire") as writer:
        for row in store.rows("SELECT id FROM need WHERE incident = 'FT-11'"):
            writer.set("need", row["id"], {"retired": "withdrawn"})
    assert "FT-11" not in unmet(path)
