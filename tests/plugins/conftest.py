"""What tests of plugins share: a PostgreSQL server, where one is installed, and hubs that must answer alike."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from .postgres import Cluster, served
from .twins import Dice, Twins, opened

BOTH = ["sqlite", "sqlite and postgresql"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server; a test that asks for it is skipped where none is installed."""
    with served(pytest.skip) as running:
        yield running


@pytest.fixture
def database(cluster: Cluster) -> Iterator[str]:
    """The address of a fresh database."""
    with cluster.fresh() as name:
        yield cluster.address(name)


@pytest.fixture
def another_database(cluster: Cluster) -> Iterator[str]:
    """The address of a second one."""
    with cluster.fresh() as name:
        yield cluster.address(name)


@pytest.fixture
def dice(monkeypatch: pytest.MonkeyPatch) -> Dice:
    """The same chance for each hub."""
    return Dice(monkeypatch)


@pytest.fixture(params=BOTH)
def addresses(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> list[str]:
    """Where the databases are."""
    more = [] if request.param == "sqlite" else [request.getfixturevalue("database")]
    return [str(tmp_path / "hub.db"), *more]


@pytest.fixture
def twins(addresses: list[str], dice: Dice) -> Iterator[Twins]:
    """One hub over each database."""
    engines = opened(addresses)
    hubs = Twins(engines, dice)
    yield hubs
    hubs.alike()
    for engine in engines:
        engine.close()
