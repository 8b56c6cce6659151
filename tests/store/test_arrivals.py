"""What arrives from others: forks, strangers, newer programs, faulty ones. Nothing of it stops what is behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emergency.store import journal
from emergency.store.journal import Envelope

from .meanings import everything
from .replicas import Replica, arrive
from .test_cases import ORDER

Facts = list[list[Any]]


def test_a_thousand_entries_that_came_backwards() -> None:
    one = Replica("A")
    for t in range(1100):
        one.write(t, [["move", "D/I", 1, {}]])
    store = arrive(one.has(one.signer.feed)[::-1])
    assert store.execute("SELECT count(*) FROM entry").fetchone() == (1101,)
    assert store.execute("SELECT count(*) FROM aside").fetchone() == (0,)


def test_a_stranger_cannot_name_a_feed_he_has_no_key_to() -> None:
    """The first entry introduces its feed only once its signature holds."""
    one = Replica("A")
    (first,) = one.has(one.signer.feed)
    facts = first.facts
    assert facts is not None
    evil = facts.replace(b'"A"', b'"EVIL"')
    header = first.header.replace(journal.digest(facts).hex().encode(), journal.digest(evil).hex().encode())
    store = arrive([Envelope(header, evil, first.signature), first])
    assert store.execute("SELECT station FROM feed").fetchall() == [("A",)]
    assert store.execute("SELECT why FROM aside").fetchall() == [("forged",)]


#: JSON that spells half of a character, which no file can hold.
HALVES = b'{"facts":[["set","team","T",{"name":"\\ud800"}]]}'


@pytest.mark.parametrize(
    "facts", [b"", b"{", b"[]", b'{"facts":1}', b'{"facts":[],"at":"x"}', b"\xff", b"[" * 9000, HALVES]
)
def test_an_entry_that_is_no_sense_at_all_is_kept_and_inert(facts: bytes) -> None:
    store = arrive(_signed(facts))
    assert store.execute("SELECT count(*), max(seq) FROM entry").fetchone() == (3, 3)
    assert store.execute("SELECT why FROM inert").fetchall() == [("malformed",)]
    assert store.execute("SELECT note FROM team").fetchall() == [("behind",)]


def test_an_entry_with_more_facts_than_any_may_hold_is_inert() -> None:
    many = journal.pack({"why": "", "facts": [["move", "D/I", 1, {}]] * 1100})
    store = arrive(_signed(many))
    assert store.execute("SELECT why FROM inert").fetchall() == [("too-many-facts",)]
    assert store.execute("SELECT count(*) FROM movement").fetchone() == (0,)


def _signed(facts: bytes, **header: Any) -> list[Envelope]:
    """A feed whose second entry is made by another program; a sensible third follows it."""
    one = Replica("A")
    one.write(1, [["set", "team", "T", {"note": "stand-in"}]])
    one.write(2, [["set", "team", "T", {"note": "behind"}]])
    first, second, third = one.has(one.signer.feed)
    return resigned(one, [first, second._replace(facts=facts), third], header)


def resigned(one: Replica, envelopes: list[Envelope], changes: dict[str, Any]) -> list[Envelope]:
    """The entries chained and signed anew; `changes` go into the header of the second."""
    out: list[Envelope] = []
    prev = journal.START
    for e in envelopes:
        told = json.loads(e.header)
        told |= {"prev": prev, "facts": journal.digest(e.facts or b"").hex()}
        header = journal.pack(told | (changes if told["seq"] == 2 else {}))
        prev = journal.digest(header).hex()
        out.append(Envelope(header, e.facts, one.signer.sign(journal.digest(header))))
    return out


def test_case_21_an_entry_of_a_newer_program_is_kept_untouched_and_inert() -> None:
    facts = journal.pack({"why": "", "facts": [["set", "team", "T", {"name": "new meaning"}]]})
    envelopes = _signed(facts, v=journal.VERSION + 1, extra="kept")
    store = arrive(envelopes)
    stored = [e for *_, e in journal.read(store)]
    assert stored == envelopes
    assert store.execute("SELECT why FROM inert").fetchall() == [("newer",)]
    assert store.execute("SELECT name, note FROM team").fetchall() == [(None, "behind")]


def test_case_21_facts_of_a_newer_program_are_inert_one_by_one() -> None:
    one = Replica("A")
    one.write(1, [["new", "spaceship", "S", {}], ["set", "team", "T", {"note": "n", "warp": 1}], ["hail", 1]])
    store = arrive(one.has(one.signer.feed))
    reasons = [why for (why,) in store.execute("SELECT why FROM inert ORDER BY mark")]
    assert reasons == ["unknown-kind", "unknown-field: warp", "unknown-fact"]
    assert store.execute("SELECT note FROM team").fetchall() == [("n",)]


def test_case_21_an_unknown_signature_waits_for_an_update_and_is_not_called_forged() -> None:
    store = arrive(_signed(b"{}", alg="sm2-sm3"))
    assert store.execute("SELECT why FROM aside ORDER BY seq").fetchall() == [("newer",), ("waits",)]


#: Facts that only a faulty program writes, each with the record it is about in place or not.
FAULTY: list[tuple[str, Callable[[int], list[Any]]]] = [
    ("unknown-field-of-new", lambda t: ["new", "team", "T", {"name": f"{t}", "warp": 1}]),
    ("wrong-value-of-new", lambda t: ["new", "team", "T", {"strength": "many", "name": f"{t}"}]),
    ("derived-field-of-new", lambda t: ["new", "team", "T", {"name": f"{t}", "readiness": "ready"}]),
    ("state-of-a-line-set", lambda t: ["set", "line", "A-1/1", {"state": "closed"}]),
    ("quantity-of-a-reserve-set", lambda t: ["set", "reserve", "D/I", {"quantity": 7}]),
    ("text-that-is-no-text", lambda t: ["new", "team", "T", {"name": t}]),
    ("data-that-is-a-list", lambda t: ["move", "D/I", 1, []]),
    ("log-without-data", lambda t: ["log", "team", "T", 5]),
    ("time-that-is-a-list", lambda t: ["step", "A-1/1", "ack", {"at": [1]}]),
    ("number-beyond-64-bits", lambda t: ["move", "D/I", 10**30, {}]),
    ("settlement-of-lists", lambda t: ["settle", [["A-1/1"]], {"keep": 1}]),
    ("settlement-of-a-word", lambda t: ["settle", "A-1/1", "A-2/1"]),
]


@pytest.mark.parametrize(("name", "fault"), FAULTY, ids=[n for n, _ in FAULTY])
def test_a_faulty_fact_is_inert_and_means_the_same_in_any_order(
    name: str, fault: Callable[[int], list[Any]]
) -> None:
    a, b = Replica("A"), Replica("B")
    a.write(1, [*ORDER, ["new", "reserve", "D/I", {"depot": "D"}], ["move", "D/I", 5, {}]])
    a.write(2, [["new", "team", "T", {"name": "甲队"}]])
    entries = a.has(a.signer.feed)
    header = {"facts": [fault(3), ["set", "team", "T", {"note": "behind"}]], "why": ""}
    b.write(2, [])
    b_first, b_second = b.has(b.signer.feed)
    entries += resigned(b, [b_first, b_second._replace(facts=journal.pack(header))], {})
    want = everything(arrive(entries))
    assert everything(arrive(entries[::-1])) == want
    assert bool(want["inert"]) == (name != "derived-field-of-new")
