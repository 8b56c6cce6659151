"""One signature speaks for the entries before it: whatever comes how, all stores end with the same."""

from __future__ import annotations

import random
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store import arrivals, journal, keys
from emergency.store.coming import Came, proofs
from emergency.store.entries import Envelope
from emergency.store.fold import Fold

from .replicas import Replica, empty_store, meaning

NOBODY = bytes(64)


def written(count: int) -> list[Envelope]:
    """The entries of one station."""
    one = Replica("ONE")
    for t in range(1, count):
        one.write(t, [["new", "team", f"ONE-{t}", {"name": f"{t}队"}]])
    return one.has(one.signer.feed)


def unsigned(envelopes: list[Envelope], *places: int) -> list[Envelope]:
    """The same, some of them signed by nobody."""
    return [e._replace(signature=NOBODY) if n in places else e for n, e in enumerate(envelopes)]


def received(store: sqlite3.Connection, envelopes: list[Envelope], channel: str = "http") -> arrivals.Taken:
    """Take entries in together."""
    return arrivals.receive(store, Fold(store), envelopes, 10**6, channel)


def teams(store: sqlite3.Connection) -> int:
    """How many there are."""
    return int(store.execute("SELECT count(*) FROM team").fetchone()[0])


def unfit(store: sqlite3.Connection) -> set[int]:
    """The places of entries whose signature is not their author's."""
    return {p.seq for p in journal.verify(store) if p.what == "signature-wrong"}


def test_the_last_signature_of_a_run_speaks_for_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    verify = keys.verify
    monkeypatch.setattr(keys, "verify", lambda *args: checked.append(args) or verify(*args))  # type: ignore[func-returns-value]
    assert received(empty_store(), written(200)).new == 200
    assert len(checked) == 1


def test_behind_the_last_signature_that_fits_nothing_is_taken_in() -> None:
    store = empty_store()
    taken = received(store, unsigned(written(9), 2, 3, 7, 8))
    assert (taken.new, taken.aside) == (7, {"forged": 2})
    assert teams(store) == 6


def test_the_word_for_an_entry_holds_for_those_before_it_though_its_facts_were_changed() -> None:
    store, own = empty_store(), written(4)
    coming = [own[0], own[1]._replace(signature=NOBODY), own[2]._replace(facts=b"{}"), own[3]]
    taken = received(store, coming)
    assert (taken.new, taken.aside) == (2, {"facts-changed": 1, "waits": 1})


def test_each_signature_that_does_not_fit_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    verify = keys.verify
    monkeypatch.setattr(keys, "verify", lambda *args: checked.append(args) or verify(*args))  # type: ignore[func-returns-value]
    came = Came()
    came.add(unsigned(written(9), 6, 7, 8))
    proofs(came, lambda _feed: b"", lambda _feed: True)
    assert [own for _key, own, _signature in checked] == came.hashes[:4:-1]


def test_a_stick_is_believed_entry_by_entry() -> None:
    store = empty_store()
    own = written(5)
    taken = received(store, unsigned(own, 2), "usb")
    # The one behind it comes with its author's signature, and speaks for it then.
    assert (taken.new, taken.aside) == (5, {})
    assert store.execute("SELECT count(*) FROM aside").fetchone() == (0,)


def test_another_keys_signature_speaks_for_nobody() -> None:
    store, two = empty_store(), Replica("TWO")
    own = written(3)
    two.write(1, [])
    stranger = two.has(two.signer.feed)[1]
    header = stranger.header.replace(two.signer.feed.encode(), Replica("ONE").signer.feed.encode())
    taken = received(
        store,
        [own[0], own[1]._replace(signature=NOBODY), Envelope(header, stranger.facts, stranger.signature)],
    )
    assert (taken.new, taken.aside) == (1, {"forged": 2})


def test_a_signature_that_fits_takes_the_place_of_one_that_does_not() -> None:
    store = empty_store()
    own = written(4)
    received(store, unsigned(own, 1, 2))
    assert unfit(store) == {2, 3}
    taken = received(store, own)
    assert (taken.new, taken.known) == (0, 4)
    assert unfit(store) == set()
    kept = store.execute("SELECT why, signature FROM aside").fetchall()
    assert kept == [("forged", NOBODY)] * 2
    # And is not pushed out of it again.
    received(store, unsigned(own, 1))
    assert unfit(store) == set()


@settings(max_examples=100)
@given(st.integers(0, 2**32))
def test_every_way_of_coming_gives_the_same_store(seed: int) -> None:
    r = random.Random(seed)
    own = written(r.randrange(2, 12))
    coming = unsigned(own, *r.sample(range(len(own) - 1), r.randrange(len(own))))
    want, store = empty_store(), empty_store()
    received(want, coming)
    assert teams(want) == len(own) - 1
    left = list(coming) + r.sample(coming, r.randrange(len(coming)))
    if r.randrange(2):
        r.shuffle(left)
    while left:
        size = r.randrange(1, len(left) + 1)
        received(store, left[:size], r.choice(("http", "usb")))
        left = left[size:]
    assert meaning(store) == meaning(want)
    assert store.execute("SELECT count(*) FROM aside WHERE why='waits'").fetchone() == (0,)
