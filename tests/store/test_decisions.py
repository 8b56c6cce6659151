"""What counts as a decision: not what makes no sense, and not what a revoked station wrote."""

from __future__ import annotations

import pytest

from emergency.store import authority, decisions, recounts

from .replicas import Replica, arrive
from .test_authority import pinned


@pytest.mark.parametrize(
    "fact",
    [
        ["set", "incident", "I-1", {"at": "x"}],
        ["set", "incident", "I-1", {"at": [1]}],
        ["set", "nothing", "I-1", {"name": "x"}],
        ["set", "team", "T-1", []],
        ["set", "team", 1, {"name": "x"}],
    ],
)
def test_a_decision_that_makes_no_sense_is_none(fact: list[object]) -> None:
    one = Replica("A")
    one.write(1, [fact], kind="conflict resolve")
    one.write(2, [["set", "team", "T-1", {"commander": "李"}]], kind="conflict resolve")
    store = arrive(one.has(one.signer.feed))
    (made,) = [d for d in decisions.of_fields(store) if d.thing == "team:T-1:commander"]
    assert made.kept == "李"
    assert [d.kept for d in decisions.of_fields(store) if d.kept] == ["李"]


def test_what_a_revoked_station_decided_is_no_decision() -> None:
    hub, thief = Replica("HUB"), Replica("A")
    thief.write(1, [["new", "team", "T", {"name": "队"}]])
    thief.write(2, [["set", "team", "T", {"strength": 99}]], kind="conflict resolve")
    hub.write(3, [["new", "grant", thief.signer.feed, {"station": "A", "role": "duty", "last": 2}]])
    store = pinned([*thief.has(thief.signer.feed), *hub.has(hub.signer.feed)], hub)
    assert authority.Authority(store).void(thief.signer.feed, 3)
    assert decisions.of_fields(store) == []


def test_a_count_that_names_no_operation_takes_none_back() -> None:
    one, other = Replica("A"), Replica("B")
    one.write(1, [["new", "stocktake", "A-1", {"reserve": "D/I", "state": "approved"}]])
    one.write(2, [["move", "D/I", -5, {"once": "stocktake:A-1"}]])
    other.write(3, [["move", "D/I", 1, {"once": "stocktake:B-1", "of": []}]])
    store = arrive([*one.has(one.signer.feed), *other.has(other.signer.feed)])
    assert [c.stocktake for c in recounts.counts(store, "D/I")] == ["A-1", "B-1"]
    assert list(recounts.apart(store)) == ["D/I"]
