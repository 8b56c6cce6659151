"""Every kind of fact, from several feeds, in any order of arrival: one meaning, and the same folded anew."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store import journal
from emergency.store.journal import Envelope
from emergency.store.records.equipment import SERVICEABILITY
from emergency.store.records.steps import STEPS
from emergency.store.records.team import READINESS

from .meanings import everything, folded_anew
from .replicas import Replica, arrive, history, shuffled

Facts = list[list[Any]]


def station_facts(r: random.Random, here: Replica, t: int) -> Facts:
    """Anything a station may say, sensible or not."""
    return r.choice((_records, _records, _orders, _orders, _stock, _nonsense))(r, here, t)


def _records(r: random.Random, here: Replica, t: int) -> Facts:
    team, truck = r.choice("TU"), r.choice("PQ")
    point = f"{r.randrange(39_000_000, 41_000_000)},{r.randrange(115_000_000, 117_000_000)}"
    return r.choice(
        [
            [["new", "team", team, {"name": f"{t}队", "at": point, "strength": t}]],
            [
                ["new", "team", team, {"name": f"{t}队", "commander": None}],
                ["set", "team", team, {"at": None}],
            ],
            [["set", "team", team, {"readiness": r.choice(list(READINESS)), "headcount": t}]],
            [["set", "team", team, {"at": point, "name": f"{t}站"}]],
            [["set", "equipment", truck, {"serviceability": r.choice(list(SERVICEABILITY))}]],
            [["set", "equipment", truck, {"at": point}], ["set", "equipment", truck, {"at": None}]],
            [["new", "equipment", truck, {"name": "泵", "at": point, "drainage": 1000 * t}]],
            [["new", "equipment", i, {"name": f"车{t}", "plate": f"京{i}{t}"}] for i in "PQ"],
            [["told", "team", team, {"name": f"{t}听说", "at": point, "commander": None}]],
            [["told", "equipment", truck, {"plate": f"京T{t}", "drainage": t}]],
            [
                ["set", "team", team, {"retired": "gone", "note": "x"}],
                ["log", "team", team, {"text": f"{t}"}],
            ],
        ]
    )


def _orders(r: random.Random, here: Replica, t: int) -> Facts:
    lines = [
        i for (i,) in here.connection.execute("SELECT line FROM claim UNION SELECT line FROM step ORDER BY 1")
    ]
    order = f"{here.name}-{t}"
    thing, kind = r.choice([("P", "equipment"), ("Q", "equipment"), ("T", "team")])
    given_order: Facts = [
        ["new", "callup", order, {"kind": "callup", "report_to": "长阳", "ack_by": t}],
        ["new", "line", f"{order}/1", {"order": order, kind: thing}],
        ["claim", f"{order}/1", f"{kind}:{thing}"],
        ["step", f"{order}/1", "issue", {"at": t}],
    ]
    if not lines or r.random() < 0.3:
        return given_order
    line = r.choice(lines)
    steps = r.sample(list(STEPS), r.randrange(1, 4))
    return r.choice(
        [
            [["step", line, name, {"at": t + r.randrange(-9, 9), "until": t}] for name in steps],
            [
                ["step", line, "accept", {}],
                ["step", line, "depart", {}],
                ["step", line, "arrive", {"elsewhere": 1}],
            ],
            [["step", line, "partial", {"quantity": t}], ["step", line, "cancel", {}]],
            _moving(r, line),
            _moving(r, line),
            [["settle", r.sample(lines, r.randrange(1, len(lines) + 1)), r.choice(lines)]],
            [["claim", line, f"{kind}:{thing}"]],
            [["claim", line, f"{kind}:{thing}", {"told": 1}]],
            _told(order, kind, thing, t),
            _told(line.split("/")[0], kind, thing, t),
            [["step", f"nobody-{t}/1", "cancel", {}]],
        ]
    )


def _told(order: str, kind: str, thing: str, t: int) -> Facts:
    """An order that came by code, repeated by the station that took it in."""
    return [
        ["told", "callup", order, {"kind": "callup", "report_to": f"长阳{t % 3}", "ack_by": t}],
        ["told", "line", f"{order}/1", {"order": order, kind: thing}],
        ["claim", f"{order}/1", f"{kind}:{thing}", {"told": 1}],
        ["step", f"{order}/1", "issue", {"at": t, "told": 1}],
        ["step", f"{order}/1", "deliver", {"channel": "sms"}],
    ]


def _moving(r: random.Random, line: str) -> Facts:
    """Steps that move stock, each with its movement, as two stations may record them apart."""
    facts: Facts = [["new", "reserve", "D/I", {"depot": "D", "item": "I"}]]
    for name in r.choice((("accept", "depart"), ("depart", "arrive"), ("release", "return"))):
        reserve = r.choice(["D/I", "D/J"])
        facts += [
            ["step", line, name, {"reserve": reserve}],
            ["move", reserve, r.randrange(-5, 5), {"line": line, "step": name}],
        ]
    return facts if r.random() < 0.8 else facts[::-1]


def test_a_departure_recorded_twice_moves_stock_once() -> None:
    """Two stations that record one departure apart; the stock leaves once, whatever the order of arrival."""
    one, two = Replica("ONE"), Replica("TWO")
    one.write(1, [["new", "reserve", "D/I", {"depot": "D", "item": "I"}], ["count", "D/I", 100, {}]])
    one.write(2, [["step", "O/1", "issue", {}], ["step", "O/1", "accept", {}]])
    two.take(one.has(one.signer.feed))
    departed: Facts = [
        ["step", "O/1", "depart", {"reserve": "D/I"}],
        ["move", "D/I", -30, {"line": "O/1", "step": "depart"}],
    ]
    one.write(3, departed)
    two.write(3, departed)
    cancelled = Replica("SIX")
    cancelled.write(4, departed[1:])  # a movement whose step nobody has heard of
    both = one.has(one.signer.feed) + two.has(two.signer.feed) + cancelled.has(cancelled.signer.feed)
    for envelopes in (both, both[::-1], both[3:] + both[:3]):
        store = arrive(envelopes)
        assert store.execute("SELECT quantity FROM reserve").fetchall() == [(70,)]
        assert everything(store) == folded_anew(store)
    # Whoever counted after hearing of one of the two had counted without what left.
    two.take(one.has(one.signer.feed)[:3])
    two.write(5, [["count", "D/I", 68, {}]])
    store = arrive(one.has(one.signer.feed) + two.has(two.signer.feed))
    assert store.execute("SELECT quantity FROM reserve").fetchall() == [(68,)]


def _stock(r: random.Random, here: Replica, t: int) -> Facts:
    reserve = r.choice(["D/I", "D/J"])
    return r.choice(
        [
            [["new", "reserve", reserve, {"depot": "D", "item": "I", "unit": "件"}]],
            [["move", reserve, r.randrange(-5, 9), {"reason": "x"}]],
            [
                ["move", reserve, -3, {}],
                ["count", reserve, r.randrange(20), {"at": t}],
                ["move", reserve, 1, {}],
            ],
        ]
    )


def _nonsense(r: random.Random, here: Replica, t: int) -> Facts:
    """What a newer program or a careless one writes; one sensible fact behind it must not suffer."""
    wrong: list[Any] = [
        ["new", "spaceship", "S", {"name": "x"}],
        ["set", "team", "T", {"warp": 9}],
        ["step", "A-1/1", "teleport", {}],
        ["whisper", "T"],
        [],
        7,
        "set",
        {"set": 1},
        ["set", "team", "T", {"readiness": 5}],
        ["set", "team", "T", {"strength": "many"}],
        ["move", "D/I", "much", {}],
        ["claim", "A-1/1", "P"],
        ["log", "team", "T", {}],
        ["step", 5, "issue", {}],
        ["new", "team", "", {}],
        ["new", "team"],
        ["step", "A-1/1", "settled", {}],
        ["step", "A-1/1", "partial", {"quantity": [1], "until": "soon"}],
    ]
    return [r.choice(wrong), ["set", "team", "T", {"note": f"behind {t}"}]]


@settings(max_examples=120)
@given(seed=st.integers(0, 2**32))
def test_any_order_of_anything_means_one_thing(seed: int) -> None:
    r = random.Random(seed)
    envelopes = history(r, station_facts)
    first = arrive(envelopes)
    want = everything(first)
    assert folded_anew(first) == want
    for _ in range(2):
        other = arrive(shuffled(r, envelopes))
        assert everything(other) == want
        assert folded_anew(other) == want


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_split_between_stations_and_brought_together_it_means_one_thing(seed: int) -> None:
    r = random.Random(seed)
    envelopes = history(r, station_facts)
    want = everything(arrive(envelopes))
    here = [e for e in envelopes if r.random() < 0.5]
    there = [e for e in envelopes if e not in here]
    r.shuffle(here)
    r.shuffle(there)
    assert everything(arrive(here + there + here)) == want


@settings(max_examples=80)
@given(seed=st.integers(0, 2**32), told_later=st.booleans())
def test_withheld_facts_in_any_order(seed: int, told_later: bool) -> None:
    """Facts withheld for good mean nothing anywhere; told in the end, they mean what they always did."""
    r = random.Random(seed)
    envelopes = history(r, station_facts)
    withheld = [e for e in envelopes if r.random() < 0.4 and json.loads(e.header)["seq"] > 1]
    some = [e._replace(facts=None) if e in withheld else e for e in envelopes]
    coming = some + (withheld if told_later else [])
    want = everything(arrive(envelopes if told_later else some))
    for _ in range(2):
        store = arrive(shuffled(r, coming))
        assert everything(store) == want
        assert folded_anew(store) == want
        assert store.execute("SELECT count(*) FROM aside").fetchone() == (0,)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_forged_and_changed_entries_change_nothing(seed: int) -> None:
    """CASES 18: kept aside and visible; the valid entries among them are not lost, whatever the order."""
    r = random.Random(seed)
    envelopes = history(r, station_facts)
    want = everything(arrive(envelopes))
    bad = [_spoilt(r, e) for e in r.sample(envelopes, min(5, len(envelopes)))]
    coming = envelopes + bad
    r.shuffle(coming)
    store = arrive(coming)
    assert everything(store) == want
    kept = {tuple(row) for row in store.execute("SELECT header, facts, signature FROM aside")}
    assert kept == {tuple(b) for b in bad}
    assert {why for (why,) in store.execute("SELECT DISTINCT why FROM aside")} <= {
        "forged", "facts-changed", "malformed", "waits",
    }  # fmt: skip


def _spoilt(r: random.Random, e: Envelope) -> Envelope:
    """An entry as a forger or a bad cable leaves it."""
    header = json.loads(e.header)
    longer = journal.pack({**header, "who": "nobody"})
    return r.choice(
        [
            e._replace(signature=bytes(64)),
            e._replace(header=longer),
            e._replace(header=journal.pack({**header, "seq": header["seq"] + 1})),
            e._replace(header=e.header[:-1]),
            e._replace(header=journal.pack({**header, "seen": {"x": "y"}})),
            e._replace(
                header=journal.pack(
                    {
                        **header,
                        "runs": r.choice(
                            [5, {"x": 5}, {"x": [5]}, {"x": [[5, 4]]}, {"x": [[1, 1]] * 1001}, {"x": []}]
                        ),
                    }
                )
            ),
            e._replace(facts=(e.facts or b"") + b" "),
        ]
    )
