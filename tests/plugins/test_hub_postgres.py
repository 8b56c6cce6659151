"""A hub's journal on PostgreSQL."""

from __future__ import annotations

from emergency.plugins.hub.engine import open_engine


def test_a_fresh_database_is_laid_out_once(database: str) -> None:
    for _ in range(2):
        engine = open_engine(database)
        with engine.reading() as sql:
            assert sql.execute("SELECT value FROM meta WHERE key='counter'").fetchone() == ("0",)
        engine.close()
