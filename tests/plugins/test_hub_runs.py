"""What is stored a stretch at a time is stored as it would be one by one: the same answers, the same tables."""

from __future__ import annotations

import contextlib
import pathlib
import random
import shutil
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emergency.plugins.hub import filing, opened, proofs
from emergency.plugins.hub.filing import Filing, Pushed
from emergency.plugins.hub.live import News
from emergency.plugins.hub.members import Member
from emergency.plugins.hub.writing import Writing
from emergency.store import keys
from emergency.store.chains import Chains
from emergency.store.entries import START, VERSION, Envelope, digest, pack
from emergency.store.keys import Signer

AT = 1_785_456_000_000
Request = tuple[list[Envelope], Member]
TABLES = ("meta", "feed", "entry", "member", "aside")
#: A station as any other, one that is revoked behind its third entry, one that nobody has enrolled.
STATIONS = [Signer(name * 32) for name in (b"a", b"b", b"c")]
#: Somebody who hands on what others wrote.
BRINGER = Signer(b"d" * 32)


def written(
    signer: Signer, before: Envelope | None, seq: int, word: str, facts: bytes = b"", **more: Any
) -> Envelope:
    """An entry behind another."""
    fact = ["set", "team", "A-1", {"name": word * 20}] if before else ["feed", signer.public.hex(), "A"]
    facts = facts or pack({"why": word, "facts": [fact]})
    header = {
        "v": VERSION, "alg": keys.ALGORITHM, "feed": signer.feed, "seq": seq,
        "prev": digest(before.header).hex() if before else START, "seen": {}, "wall": AT, "who": "王小明",
        "kind": "test", "regions": ["110106"], "op": "1", "facts": digest(facts).hex(), **more,
    }  # fmt: skip
    packed = pack(header)
    return Envelope(packed, facts, signer.sign(digest(packed)))


def chain(signer: Signer, many: int) -> list[Envelope]:
    """The first entries of a feed."""
    out: list[Envelope] = []
    for seq in range(1, many + 1):
        out.append(written(signer, out[-1] if out else None, seq, "甲"))
    return out


def odd(r: random.Random, signer: Signer, before: Envelope | None, seq: int) -> Envelope:
    """An entry behind another as its author means it, or as nobody should."""
    match r.randrange(40):
        case 0 | 1:
            return written(signer, before, seq, "甲", alg="later")
        case 2 | 3:
            return written(signer, before, seq + r.choice((-1, 1)), "甲")
        case 4 | 5:
            return written(r.choice(STATIONS), before, seq, "甲")
        case 6 | 7 | 8:
            return written(signer, before, seq, "甲", runs={"x": [[1, 2]]}, more=1)
    return written(signer, before, seq, "甲")


def grown(r: random.Random, signer: Signer) -> list[Envelope]:
    """The entries of a feed, which may part once."""
    out: list[Envelope] = []
    for seq in range(1, r.randrange(3, 9)):
        out.append(odd(r, signer, out[-1] if out else None, seq))
    if r.random() < 0.4:
        parted = r.randrange(len(out))
        branch = out[:parted]
        for seq in range(parted + 1, parted + r.randrange(2, 5)):
            branch.append(written(signer, branch[-1] if branch else None, seq, "乙"))
        out += branch[parted:]
    return out


def changed(r: random.Random, envelope: Envelope) -> Envelope:
    """An entry as it may come, mostly whole."""
    match r.randrange(30):
        case 0 | 1 | 2:
            return envelope._replace(signature=bytes(64))
        case 3:
            return envelope._replace(facts=None)
        case 4:
            return envelope._replace(facts=(envelope.facts or b"") + b" ")
        case 5:
            return envelope._replace(header=envelope.header[:-1])
    return envelope


def coming(r: random.Random) -> list[list[Envelope]]:
    """What comes, request by request: feeds in order, by turns, again, in part, or anyhow."""
    feeds = [grown(r, signer) for signer in STATIONS]
    out = []
    for _n in range(r.randrange(1, 5)):
        body: list[Envelope] = []
        for feed in r.sample(feeds, r.randrange(1, 4)):
            begin = r.choice((0, 0, r.randrange(len(feed))))
            body += feed[begin : r.randrange(begin, len(feed)) + 1]
        if r.random() < 0.3:
            at, to = r.randrange(len(body)), r.randrange(len(body))
            body[at], body[to] = body[to], body[at]
        out.append([changed(r, envelope) for envelope in body])
    return out


class Failed(Exception):
    """One of the requests that share a transaction came to nothing."""


class Hub:
    """A hub of the test's own, with a clock that stands."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.opened = opened(str(folder / "hub.db"), str(folder))
        self.heard: list[News] = []
        self.writing = Writing(self.opened.engine, self.opened.identity.signer, lambda: AT, self.heard.append)

    def pushed(self, requests: list[Request]) -> list[Pushed]:
        """What came of requests that share a transaction."""
        return self.filed(self.read(requests))

    def read(self, requests: list[Request]) -> list[tuple[proofs.Read, Member]]:
        """Requests as they wait for the writer."""
        known = proofs.Keys(self.opened.engine)
        return [(proofs.read(body, known, bringer.feed), bringer) for body, bringer in requests]

    def filed(self, read: list[tuple[proofs.Read, Member]]) -> list[Pushed]:
        """What came of them, in one transaction."""
        return self.writing.submit(lambda f: [f.push(one, bringer) for one, bringer in read]).result()

    def filed_together(self, requests: list[tuple[Request, str]]) -> None:
        """Requests in one transaction, of which some fail: when they were taken in, or once they were stored as well."""
        read = self.read([request for request, _how in requests])
        with self.opened.engine.writing() as sql:
            filing = Filing(sql, self.opened.identity.signer, AT)
            for one, how in zip(read, (how for _request, how in requests), strict=True):
                with contextlib.suppress(Failed), filing.apart():
                    filing.push(*one)
                    if how == "stored":
                        filing.flush()
                    if how:
                        raise Failed
            filing.finish()

    def tables(self) -> dict[str, list[Any]]:
        """All that it holds."""
        with self.opened.engine.reading() as sql:
            return {table: sql.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES}


def enrolled(f: Filing) -> None:
    """The hub knows two of the three, and both who may bring."""
    for signer, role, last in zip(
        (*STATIONS[:2], BRINGER), ("duty", "duty", "hub"), (None, 3, None), strict=True
    ):
        f.grant(member(signer, role, last), kind="hub enrol", who="王小明")


def member(signer: Signer, role: str, last: int | None = None) -> Member:
    """Who brings something."""
    return Member(signer.feed, signer.feed[:4], role, "", AT, last, "")


#: Of another hub, that may bring everybody's.
ANYBODY = member(BRINGER, "hub")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A hub with its members, that nothing has come to."""
    folder = tmp_path_factory.mktemp("begun")
    hub = Hub(folder)
    hub.writing.submit(enrolled).result()
    hub.opened.engine.close()
    return folder


def alike(
    begun: pathlib.Path, make: Callable[[], pathlib.Path], *transactions: list[Request]
) -> list[Pushed]:
    """What came of requests, the same by stretches and one by one."""
    said, held, told = [], [], []
    for one_by_one in (False, True):
        folder = make() / "copy"
        shutil.copytree(begun, folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(filing, "MOST_TOLD", 3_000)
            if one_by_one:
                patch.setattr(Chains, "before", lambda *_args: None)
            hub = Hub(folder)
            said.append([pushed for requests in transactions for pushed in hub.pushed(requests)])
            held.append(hub.tables())
            told.append([news.told(ANYBODY, lambda e, _m: e) for news in hub.heard])
            hub.opened.engine.close()
        shutil.rmtree(folder)
    assert said[0] == said[1]
    assert held[0] == held[1]
    assert told[0] == told[1]
    return said[0]


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_a_stretch_is_placed_as_its_entries_are_one_by_one(
    begun: pathlib.Path, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    r = random.Random(seed)
    bringers = [member(STATIONS[0], "duty"), member(STATIONS[1], "duty"), ANYBODY]
    requests = [(body, r.choice(bringers)) for body in coming(r)]
    cut = r.randrange(len(requests) + 1)
    alike(begun, lambda: tmp_path_factory.mktemp("hub"), requests[:cut], requests[cut:])


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
# Who is a guest because one brings it is none for the next.
@example(seed=230)
def test_a_request_that_fails_takes_back_its_own_and_nothing_of_those_beside_it(
    begun: pathlib.Path, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    r = random.Random(seed)
    bringers = [member(STATIONS[0], "duty"), member(STATIONS[1], "duty"), ANYBODY]
    requests = [((body, r.choice(bringers)), r.choice(("", "", "taken in", "stored"))) for body in coming(r)]
    some, others = (Hub(shutil.copytree(begun, tmp_path_factory.mktemp("hub") / "copy")) for _ in "ab")
    some.filed_together(requests)
    others.filed_together([(request, how) for request, how in requests if not how])
    assert some.tables() == others.tables()
    some.opened.engine.close()
    others.opened.engine.close()


def together_and_alone(
    begun: pathlib.Path, make: Callable[[], pathlib.Path], requests: list[Request]
) -> tuple[list[Pushed], dict[str, list[Any]]]:
    """What came of requests and what is held then, the same in one transaction and in one each."""
    some, others = (Hub(shutil.copytree(begun, make() / "copy")) for _ in "ab")
    said = some.pushed(requests)
    assert said == [pushed for one in others.read(requests) for pushed in others.filed([one])]
    held = some.tables()
    assert held == others.tables()
    some.opened.engine.close()
    others.opened.engine.close()
    return said, held


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_requests_of_one_transaction_come_to_what_each_comes_to_alone(
    begun: pathlib.Path, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    r = random.Random(seed)
    bringers = [member(STATIONS[0], "duty"), member(STATIONS[1], "duty"), ANYBODY]
    requests = [(body, r.choice(bringers)) for body in coming(r)]
    together_and_alone(begun, lambda: tmp_path_factory.mktemp("hub"), requests)


def test_a_stranger_is_admitted_on_a_hubs_word_whoever_brought_something_of_it_just_before(
    begun: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = chain(STATIONS[2], 3)
    station = member(STATIONS[0], "duty")
    said, held = together_and_alone(
        begun,
        lambda: tmp_path_factory.mktemp("hub"),
        [(stranger[2:], station), (stranger[:2], ANYBODY), (stranger[2:], station)],
    )
    assert [pushed.waiting for pushed in said] == [(), (), (STATIONS[2].feed,)]
    assert [row[9] for row in held["feed"] if row[1] == STATIONS[2].feed] == [1]


def test_a_station_goes_on_under_another_key_though_its_first_entry_comes_behind_its_second(
    begun: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    station, own = STATIONS[0], member(STATIONS[0], "duty")
    anew = station.next()
    ((before, proof),) = anew.vouched()
    fact = ["feed", anew.public.hex(), "A", before, proof.hex()]
    facts = pack({"why": "", "facts": [fact]})
    first = written(anew, None, 1, "甲", facts=facts)
    second = written(anew, first, 2, "甲")
    said, held = together_and_alone(
        begun,
        lambda: tmp_path_factory.mktemp("hub"),
        [(chain(station, 1), own), ([second, first, second], own)],
    )
    assert (said[1].new, said[1].aside, said[1].waiting) == (2, {"waits": 1}, ())
    assert anew.feed in {row[0] for row in held["member"]}


def test_nobody_hands_on_what_its_author_signs_for_beside_him_with_a_signature_that_does_not_fit(
    begun: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first, second, third = chain(STATIONS[0], 3)
    own = member(STATIONS[0], "duty")
    said, _held = together_and_alone(
        begun,
        lambda: tmp_path_factory.mktemp("hub"),
        [([first, third], own), ([second._replace(signature=bytes(64))], ANYBODY)],
    )
    assert [pushed.aside for pushed in said] == [{"waits": 1}, {"forged": 1}]


def test_each_request_is_told_that_a_feed_parts_in_it(
    begun: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    signer = STATIONS[0]
    first, second, third = chain(signer, 3)
    own = member(signer, "duty")
    said, _held = together_and_alone(
        begun,
        lambda: tmp_path_factory.mktemp("hub"),
        [
            ([first, second, third], own),
            ([written(signer, second, 3, "乙")], own),
            ([written(signer, first, 2, "丙")], own),
        ],
    )
    assert [pushed.forked for pushed in said] == [(), (signer.feed,), (signer.feed,)]


class Counted:
    """A database that counts what it is asked."""

    def __init__(self, sql: Any) -> None:
        self._sql, self.asked = sql, 0

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
        self.asked += 1
        return self._sql.execute(statement, parameters)

    def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        self.asked += 1
        self._sql.executemany(statement, rows)


def test_a_database_far_away_is_asked_as_often_for_many_requests_as_for_one(tmp_path: pathlib.Path) -> None:
    """The hub of a city may have its database on another machine: each question is a journey there and back."""
    stations = [Signer(bytes([n]) * 32) for n in range(1, 41)]
    feeds = [[written(s, None, 1, "甲")] for s in stations]
    for signer, feed in zip(stations, feeds, strict=True):
        feed += [written(signer, feed[0], 2, "甲")]
    hub = Hub(tmp_path)
    hub.writing.submit(lambda f: [f.grant(member(s, "duty"), kind="x", who="王小明") for s in stations])
    hub.pushed([([feed[0]], member(s, "duty")) for s, feed in zip(stations, feeds, strict=True)])
    asked = []
    for some in (slice(0, 1), slice(1, 11), slice(11, 40)):
        who = [member(signer, "duty") for signer in stations[some]]
        known = proofs.Keys(hub.opened.engine)
        read = [proofs.read(feed[1:], known, m.feed) for feed, m in zip(feeds[some], who, strict=True)]
        with hub.opened.engine.writing() as sql:
            counted = Counted(sql)
            filing = Filing(counted, hub.opened.identity.signer, AT)
            filing.look_up(m.feed for m in who)
            for one, m in zip(read, who, strict=True):
                with filing.apart():
                    assert filing.push(one, m) == Pushed(new=1)
            filing.finish()
        # The rows themselves come in parts of a thousand, a hundred, ten and one.
        asked.append(counted.asked - sum(map(int, str(len(who)))))
    assert asked[0] == asked[1] == asked[2] < 10, asked
    hub.opened.engine.close()


def test_what_an_author_speaks_for_in_anothers_name_is_no_part_of_the_stretch(
    begun: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    one, other, *_rest = STATIONS
    own = [written(one, None, 1, "甲")]
    own.append(written(one, own[0], 2, "甲"))
    theirs = written(other, own[1], 3, "乙")
    behind = written(one, theirs, 4, "甲")
    (pushed,) = alike(
        begun,
        lambda: tmp_path_factory.mktemp("hub"),
        [([*own, theirs, behind], member(one, "duty"))],
    )
    assert (pushed.new, pushed.aside) == (2, {"waits": 2})


def test_who_parts_his_feed_a_thousand_ways_keeps_the_writer_for_no_longer_than_others(
    tmp_path: pathlib.Path,
) -> None:
    hub, (station, *_rest) = Hub(tmp_path), STATIONS
    hub.writing.submit(enrolled).result()
    first = written(station, None, 1, "甲")
    many = [written(station, first, 2, f"{n}") for n in range(filing.MOST_BRANCHES * 2)]
    request = [first, *many], member(station, "duty")
    # The first of them is no branch yet; it is made one by the second, as that is.
    (one,) = hub.pushed([request])
    assert one.new < len(many) and one.new + one.aside["waits"] == len(many) + 1
    (two,) = hub.pushed([request])
    assert two.known == one.new and two.new
    (three,) = hub.pushed([request])
    assert one.new + two.new + three.new == len(many) + 1 and not three.aside
    hub.opened.engine.close()
