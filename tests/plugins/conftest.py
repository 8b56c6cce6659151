"""What tests of plugins share: a PostgreSQL server, where one is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .postgres import Cluster, served


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
