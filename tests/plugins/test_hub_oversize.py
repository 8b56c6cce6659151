"""Entries that a disk, or a hand, made larger than a block may hold, or to nothing: they stop nothing else."""

from __future__ import annotations

import pytest

from emergency.plugins.hub import giving, verifying
from emergency.store import exchange, frames
from emergency.store.entries import MOST_BYTES

from .twins import Guest, Twins


@pytest.mark.parametrize(
    ("part", "value"),
    [
        *(("signature", bytes(size)) for size in (frames.MOST_SIGNATURE + 1, 32_768, 65_536, 2_000_000)),
        ("header", bytes(frames.MOST_HEADER + 1)),
        ("facts", bytes(MOST_BYTES + 1)),
        ("header", None),
        ("signature", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "none" if value is None else str(len(value)),
)
@pytest.mark.parametrize("page", [1, giving.PAGE])
def test_what_no_block_may_hold_stops_nothing_else(
    twins: Twins, monkeypatch: pytest.MonkeyPatch, page: int, part: str, value: bytes | None
) -> None:
    monkeypatch.setattr(giving, "PAGE", page)
    a, b = Guest("FT", twins).enrolled().states(count=5), Guest("FS", twins).enrolled().states(count=2)
    a.push(*a.own)
    b.push(*b.own)
    own = a.own
    [(n,)] = twins.rows("SELECT n FROM entry WHERE header=?", own[2].header)
    for engine in twins.engines:
        with engine.writing() as sql:
            sql.execute(f"UPDATE entry SET {part}=? WHERE n=?", (value, n))
    c = Guest("BJ", twins).enrolled()
    got = [e for said in c.pages(c.heads()["give"]) for e in said.entries]
    assert [e for e in got if e in own] == own[:2] + own[3:]
    assert {*b.own} <= {*got}
    for engine in twins.engines:
        with engine.reading() as sql:
            told = verifying.verify(sql).problems
            stretches = [exchange.Stretch(a.feed, 0)]
            assert [e for _s, e in exchange.behind(sql, stretches)] == own[:2] + own[3:]
        assert {p.n for p in told} == {n}, told
