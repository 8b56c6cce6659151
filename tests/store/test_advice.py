"""Advice, ids of conflicts and decisions: the same on every station that has the same entries."""

from __future__ import annotations

import json
import random
import sqlite3
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store import advice, claimants, claims, conflicts, decisions
from emergency.store.records.incident import LEVELS
from emergency.store.records.need import PRIORITIES
from emergency.store.store import Store

from .replicas import Replica, arrive, history, shuffled

Facts = list[list[Any]]
REGIONS = ("110000", "110106", "130100")


class Held(Store):
    """A store whose tables are in memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.as_of = None


def said(r: random.Random, here: Replica, t: int) -> Facts:
    """What a station may say of trucks P and Q: orders apart, where they are, what is decided."""
    lines = [i for (i,) in here.connection.execute("SELECT DISTINCT line FROM claim ORDER BY line")]
    order, incident = f"{here.name}-{t}", r.choice("IJ")
    kind = r.choice(["callup", "requisition", "preposition"])
    tag = r.choice("PPQ")
    given_order: Facts = [
        ["new", "callup", order, {"kind": kind, "incident": incident, "issued_at": r.choice([t, 5, None])}],
        ["new", "line", f"{order}/1", {"order": order, "equipment": tag}],
        ["claim", f"{order}/1", f"equipment:{tag}"],
        ["step", f"{order}/1", "issue", {"at": t}],
    ]
    if not lines or r.random() < 0.4:
        return given_order
    line = r.choice(lines)
    physical: Facts = [["step", line, step, {"at": t}] for step in ("accept", "depart", "arrive")]
    physical.append(["set", "equipment", tag, {"custody": "at_incident", "custodian": line.split("/")[0]}])
    return r.choice(
        [
            given_order,
            physical,
            [["settle", r.sample(lines, r.randrange(1, len(lines) + 1)), r.choice([*lines, ""])]],
            [["settle", lines, r.choice(lines)]],
            [["settle", lines, r.choice(lines)]],
            [["settle", lines, r.choice(lines)]],
            [["set", "equipment", "Q", {"same_as": "P", "plate": "京A1"}]],
            [["set", "equipment", "P", {"plate": "京A1", "custody": r.choice(["home", "in_transit"])}]],
            [["new", "incident", incident, {"level": r.choice(list(LEVELS)), "title": f"{t}"}]],
            [
                ["new", "need", f"{order}N", {"incident": incident, "what": "teams", "amount": t * 1000,
                                              "priority": r.choice(list(PRIORITIES))}]
            ],
            [["new", "station", here.name, {"name": here.name, "region": r.choice(REGIONS)}]],
            [["set", "team", "T", {"commander": f"{t}", "strength": t % 3}]],
            [["step", line, r.choice(["recall", "cancel", "release"]), {"at": t}]],
        ]
    )  # fmt: skip


def shown(connection: sqlite3.Connection) -> str:
    """Everything that a person is told of conflicts, but for what only this store numbers."""
    store = Held(connection)
    standing = conflicts.standing(store)
    things = {f"{kind}:{id_}" for c in standing for kind, id_ in (c.about,) if kind == "equipment"}
    cases = {}
    for thing in sorted(things):
        case = advice.case(connection, thing)
        losses = [claimants.losses(store, side) for side in case.sides]
        cases[thing] = [case.sides, case.where, case.ranked, losses]
    decided = [d._replace(mark=0) for d in decisions.decisions(connection)]
    return json.dumps([standing, cases, decided], default=str)


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_any_order_of_arrival_shows_the_same_conflicts_and_gives_the_same_advice(seed: int) -> None:
    r = random.Random(seed)
    envelopes = history(r, said)
    want = shown(arrive(envelopes))
    for _ in range(2):
        assert shown(arrive(shuffled(r, envelopes))) == want


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_no_contest_is_lost_between_claims_and_decisions(seed: int) -> None:
    """A decision that somebody made and nobody got is listed, or someone who saw it has gone on."""
    r = random.Random(seed)
    connection = arrive(history(r, said))
    listed = {c.id for c in conflicts.standing(Held(connection))}
    assert {*claims.contested(connection)} <= listed
    for thing, made in decisions.apart(connection).items():
        assert f"{thing}:settled" in listed
        assert len({d.kept for d in made}) > 1


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_advice_ranks_every_side_once_and_says_why(seed: int) -> None:
    r = random.Random(seed)
    connection = arrive(history(r, said))
    for thing in claims.contested(connection):
        case = advice.case(connection, thing)
        assert sorted(ranked.line for ranked in case.ranked) == sorted(side.line for side in case.sides)
        assert len(case.ranked) > 1
        for ranked in case.ranked:
            assert [reason.criterion for reason in ranked.reasons] == list(advice.CRITERIA)
        assert all(ranked.ahead_by in advice.CRITERIA for ranked in case.ranked[:-1])
        assert case.ranked[-1].ahead_by == ""


def test_two_decisions_that_go_in_a_circle_are_seen_and_a_later_one_ends_it() -> None:
    a, b = Replica("A"), Replica("B")
    for here in (a, b):
        here.write(1, [
            ["new", "line", f"{here.name}-1/1", {"order": f"{here.name}-1", "equipment": "P"}],
            ["claim", f"{here.name}-1/1", "equipment:P"],
            ["step", f"{here.name}-1/1", "issue", {"at": 1}],
        ])  # fmt: skip
    both = ["A-1/1", "B-1/1"]
    for here, other in ((a, b), (b, a)):
        here.take(other.has(other.signer.feed)[:2])
        here.write(2, [["settle", both, f"{here.name}-1/1"]])
    entries = a.has(a.signer.feed) + b.has(b.signer.feed)
    store = arrive(entries)
    assert {d.kept for d in decisions.apart(store)["equipment:P"]} == set(both)
    assert store.execute("SELECT live FROM claim").fetchall() == [(0,), (0,)]
    a.take(b.has(b.signer.feed))
    a.write(3, [["settle", both, ""]])
    assert decisions.apart(arrive(a.has(a.signer.feed) + b.has(b.signer.feed))) == {}
