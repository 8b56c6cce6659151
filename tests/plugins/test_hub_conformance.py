"""The hub's protocol, the same byte for byte whichever database its journal is in."""

from __future__ import annotations

import pathlib
import random
from typing import Any

import pytest

from emergency.plugins.hub import giving, proofs, verifying
from emergency.plugins.hub.enrolling import GOOD_FOR, admit, listed, revoke
from emergency.store import chains, exchange, frames, requests
from emergency.store.entries import START, Envelope, digest, pack

from .twins import KEY, NAME, Dice, Guest, Twins, forged, key_of, opened

# -- enrolment ----------------------------------------------------------------------------------


def test_a_code_enrols_one_station_and_proves_the_hub(twins: Twins) -> None:
    a, b = Guest("FT", twins), Guest("FS", twins)
    code = twins.code("FT", region="110106")
    first = a.asks_to_enrol(code)
    assert first.status == 200
    told = first.json
    parts = [str(told[k]).encode() for k in sorted(told) if k != "proof"]
    assert requests.is_proof(told["proof"], requests.code_key(code), b"hub", a.signer.public, *parts)
    assert (told["hub"], told["name"], told["region"]) == (KEY.feed, NAME, "110106")
    # The answer may have been lost on the way: the same station may ask again, nobody else.
    assert a.asks_to_enrol(code) == first
    assert b.asks_to_enrol(code).json == {"error": "code-used"}
    assert b.asks_to_enrol(twins.code("FS")[::-1]).json == {"error": "no-such-code"}
    assert twins.do(lambda f: [row["station"] for row in listed(f.sql)]) == ["FT"]


def test_a_code_is_void_after_five_wrong_proofs(twins: Twins) -> None:
    a = Guest("FT", twins)
    code = twins.code("FT")
    for _n in range(5):
        assert a.asks_to_enrol(code, right=False).json == {"error": "wrong-code"}
    assert a.asks_to_enrol(code).json == {"error": "code-void"}
    assert twins.rows("SELECT failed, feed FROM code") == [(5, "")]


def test_a_code_runs_out(twins: Twins) -> None:
    a = Guest("FT", twins)
    code = twins.code("FT")
    twins.now += GOOD_FOR + 1
    assert a.asks_to_enrol(code).json == {"error": "code-expired"}
    twins.now += 8 * GOOD_FOR
    twins.code("FS")
    assert len(twins.rows("SELECT find FROM code")) == 1


def test_what_asks_for_no_enrolment_is_refused(twins: Twins) -> None:
    a = Guest("FT", twins)
    code = twins.code("FT")
    for more in (
        {"key": "00"},
        {"key": 5},
        {"station": "x" * 65},
        {"station": "F\0"},
        {"find": "\0"},
        {"proof": "é"},
    ):
        assert a.asks_to_enrol(code, **more).status in (400, 403)
    for body in (b"", b"[]", b"{", b"\xff", b'{"find":"\\ud800"}', b"9" * 100_000):
        assert twins.answer("POST", "/v1/enrol", {}, body).status == 400


# -- who may ask ---------------------------------------------------------------------------------


def test_only_who_is_enrolled_is_answered(twins: Twins) -> None:
    a, b = Guest("FT", twins).enrolled(), Guest("FS", twins)
    assert b.ask("/v1/heads", b"").json["error"] == "not-enrolled"
    assert twins.answer("POST", "/v1/heads").json["error"] == "unsigned"
    assert twins.answer("POST", "/v1/nothing").status == 404
    assert twins.answer("GET", "/v1/push").status == 405
    a.heads()
    body = frames.json_block({"heads": []})
    for headers in (
        requests.headers(a.signer, a.nonce, 1, "POST", "/v1/heads", body),
        requests.headers(a.signer, a.nonce, 50, "POST", "/v1/pull", body),
        requests.headers(b.signer, a.nonce, 51, "POST", "/v1/heads", body) | {requests.FEED: a.feed},
        requests.headers(a.signer, "0.0.0", 52, "POST", "/v1/heads", body),
    ):
        assert twins.answer("POST", "/v1/heads", headers, body).status == 401
    for body in (
        b"",
        b"noise",
        frames.json_block({"heads": 5}),
        frames.json_block({"heads": [["x", -1, ""]]}),
    ):
        assert a.ask("/v1/heads", body).status == 400
    twins.now += 11 * 60 * 1000
    assert a.ask("/v1/heads", frames.json_block({"heads": []})).status == 401
    assert a.heads()["give"]


def test_anybody_may_ask_how_it_is(twins: Twins) -> None:
    Guest("FT", twins).enrolled()
    assert twins.answer("GET", "/v1/health").json == {"ok": True, "entries": 2}
    assert twins.answer("GET", "/v1/info").json["hub"] == KEY.feed


# -- push ----------------------------------------------------------------------------------------


def test_what_is_pushed_is_kept_once_and_in_order(twins: Twins) -> None:
    a = Guest("FT", twins).enrolled().states(count=4)
    own = a.own
    assert a.push(own[0], own[2])["aside"] == {"waits": 1}
    assert a.push(own[1], forged(own[2]), own[2]._replace(facts=b"{}"))["aside"] == {
        "forged": 1, "facts-changed": 1,
    }  # fmt: skip
    assert a.push(*own)["new"] == 3
    assert a.push(*own) == {"new": 0, "known": 5, "aside": {}, "forked": [], "waiting": []}
    assert a.push(own[0]._replace(facts=None))["aside"] == {"withheld": 1}
    assert a.push() == {"new": 0, "known": 0, "aside": {}, "forked": [], "waiting": []}
    assert [w for (w,) in twins.rows("SELECT why FROM aside ORDER BY why")] == ["facts-changed", "forged"]


def test_what_nobody_could_have_written_is_put_aside(twins: Twins) -> None:
    a = Guest("FT", twins).enrolled()
    header = {"v": 1, "alg": "x", "feed": a.feed, "seq": 2, "prev": START, "seen": {}, "wall": 0, "who": "",
              "kind": "", "regions": [], "op": "", "facts": ""}  # fmt: skip
    odd: list[Envelope] = [Envelope(b"", b"", b""), Envelope(b"\0\xff", b"\0", b"\0")]
    for more in (
        {"feed": "a\0b"},
        {"feed": "é" * 9000},
        {"seq": 1 << 60},
        {"who": "\0"},
        {"seq": 0},
        {"feed": "~"},
    ):
        odd.append(Envelope(pack(header | more), b"{}", b"\0" * 64))
    stranger = key_of(7)
    for station in ("A\0B", "x" * 9000):
        facts = pack({"why": "", "facts": [["feed", stranger.public.hex(), station]]})
        told = header | {
            "alg": "ed25519-sha256",
            "feed": stranger.feed,
            "seq": 1,
            "facts": digest(facts).hex(),
        }
        odd.append(Envelope(pack(told), facts, stranger.sign(digest(pack(told)))))
    told = a.push(*odd, *a.own)
    assert told["new"] >= 1
    assert a.ask("/v1/push", b"noise").status == 400
    assert a.ask("/v1/push", frames.json_block({})).status == 400
    assert a.ask("/v1/push", frames.block(b"E", frames.deflate(b"\0" * 9))).status == 400


def test_a_signature_checked_ahead_proves_nothing_else(twins: Twins) -> None:
    a, b = Guest("FT", twins).enrolled().states(), Guest("FS", twins).enrolled()
    one, two = a.own
    header = b'{"seen":{},"x":{"feed":"%s"},' % b.feed.encode() + two.header.replace(b'"seen":{},', b"")[1:]
    as_a = Envelope(header, two.facts, b.signer.sign(digest(header)))
    mixed = two._replace(signature=one.signature)
    for engine in twins.engines:
        coming = [one, two, forged(two), as_a, mixed, Envelope(b"", None, b"")]
        proved = proofs.read(coming, proofs.Keys(engine), b.feed).proved
        assert proved.signed == {
            (a.signer.public, digest(one.header), one.signature),
            (a.signer.public, digest(two.header), two.signature),
        }
        assert not proved.spoken(a.signer.public) and not proved.spoken(b.signer.public)
    assert b.push(one, as_a, mixed)["aside"] == {"forged": 2}
    assert b.push(two)["new"] == 1


def test_what_is_brought_waits_for_a_person(twins: Twins) -> None:
    a, b, c = Guest("FT", twins).enrolled(), Guest("FS", twins).enrolled(), Guest("DX", twins).states(count=2)
    a.take(c.own)
    assert a.push(*c.own)["waiting"] == [c.feed]
    assert c.feed in {row for row, _n in a.heads()["give"]} | {row for row, _n in a.rows()}
    assert c.feed not in {row for row, _n in b.heads()["give"]}
    states = {row["feed"]: row["state"] for row in twins.do(lambda f: listed(f.sql))}
    assert states == {a.feed: "enrolled", b.feed: "enrolled", c.feed: "waiting"}
    twins.do(lambda f: admit(f, "DX", "duty", "", "王小明"))
    assert b.pull() and (c.feed, 3) in b.rows()
    assert c.states().meets().rows() >= {(c.feed, 4)}


def test_a_journal_is_whole_as_it_was_written_and_is_found_not_to_be(twins: Twins) -> None:
    a, b = Guest("FT", twins).enrolled().states(count=3), Guest("FS", twins).enrolled()
    a.push(*a.own)
    b.take(a.own)
    b.push(*b.own)
    for engine in twins.engines:
        with engine.reading() as sql:
            whole = verifying.verify(sql)
        assert whole.problems == [] and whole.entries >= 5
        with engine.writing() as sql:
            sql.execute("UPDATE entry SET facts=? WHERE n=?", (b"{}", whole.entries))
        with engine.reading() as sql:
            assert [(p.n, p.what) for p in verifying.verify(sql).problems] == [
                (whole.entries, "facts-changed")
            ]


# -- pull ----------------------------------------------------------------------------------------


def test_pages_hold_all_of_it_once(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving, "PAGE", 5_000)
    a, b = Guest("FT", twins).enrolled().states(count=40), Guest("FS", twins).enrolled()
    a.push(*a.own)
    pages = [said.entries for said in b.pages(b.heads()["give"])]
    assert len(pages) > 3
    got = [e for page in pages for e in page]
    assert len(got) == len(set(got)) == 41 + 3
    b.take(got)
    assert b.own and b.has(a.feed) == a.own
    assert b.heads()["give"] == []


def test_entries_of_any_size_are_packed_alike(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and pages end between entries, however large or small those are, and with facts or without."""
    a = Guest("FT", twins).enrolled()
    chance = random.Random(5)
    for n in [*range(40), *[20_000] * 30, *(chance.randrange(21_000) for _n in range(60)), *[0] * 600]:
        a.states(*chance.sample(["110106", "110111"], chance.randrange(2)), why="长" * n)
    for at in range(0, len(a.own), 50):
        a.push(*a.own[at : at + 50])
    for n, page in enumerate((1, 100_000, 600_000, giving.PAGE)):
        monkeypatch.setattr(giving, "PAGE", page)
        for region in ("", "110111"):
            b = Guest(f"B{n}{region[-1:]}", twins).enrolled(region=region)
            said = [*b.pages(b.heads()["give"])]
            got = [e for one in said for e in one.entries if a.feed.encode() in e.header]
            assert [e.header for e in got] == [e.header for e in a.own]
            assert [e.facts for e in got if e.facts is not None] == [
                e.facts for e in a.own if not region or b'"110106"' not in e.header
            ]
            # The last of a page may be as large as an entry is.
            most = page + max(map(measured, a.own))
            assert max(sum(map(measured, one.entries)) for one in said) < most


def measured(envelope: Envelope) -> int:
    """The bytes of an entry, as a page counts them."""
    return len(envelope.header) + len(envelope.facts or b"") + len(envelope.signature)


def test_facts_of_other_regions_are_withheld(twins: Twins) -> None:
    a = Guest("FT", twins).enrolled()
    a.states("110106").states("110111").states().states("110000").states("110106", "110111")
    a.push(*a.own)
    b = Guest("FS", twins).enrolled(region="110111")
    city = Guest("BJ", twins).enrolled(region="110000")
    told = [e.facts is not None for e in b.pull() if a.feed.encode() in e.header]
    assert told == [True, False, True, True, True, True]
    assert all(e.facts for e in city.pull())
    # A chain without its facts is not handed on by a station, and does not hide them from others.
    assert b.push(*(e for e in b.has(a.feed) if e.facts is None))["aside"] == {"withheld": 1}


# -- forks ---------------------------------------------------------------------------------------


def test_both_branches_of_a_fork_are_kept_and_handed_on(twins: Twins) -> None:
    a = Guest("FT", twins).enrolled().states(count=2)
    b = Guest("FS", twins).enrolled()
    other = Guest("FT", twins)
    other.take(a.own)
    other.t = 9
    one, two = a.states(count=2).own, other.states(count=3).own
    assert a.push(*one)["forked"] == []
    assert b.push(*two[:4])["forked"] == [a.feed]
    assert b.push(*two)["new"] == 2
    assert len(twins.rows("SELECT id FROM feed WHERE parent IS NOT NULL")) == 2
    b.meets(), a.meets()
    assert a.rows() == b.rows()
    assert {e for e in b.has_all() if a.feed.encode() in e.header} >= {*one, *two}


def test_a_branch_that_is_asked_for_from_before_it_grows_comes_from_its_first_entry(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "PAGE", 1)
    a = Guest("FT", twins).enrolled().states(count=2)
    b, other = Guest("FS", twins).enrolled(), Guest("FT", twins)
    other.take(a.own)
    other.t = 9
    a.push(*a.states(count=2).own)
    b.push(*other.states(count=3).own)
    branches = twins.rows("SELECT id, base, seq FROM feed WHERE parent IS NOT NULL ORDER BY id")
    for id_, base, seq in branches:
        assert base == 3
        assert len([e for said in b.pages([[id_, 0]]) for e in said.entries]) == seq - base


def test_a_fork_within_one_push_and_of_the_first_entry(twins: Twins) -> None:
    a, b = Guest("FT", twins).enrolled(), Guest("FS", twins).enrolled()
    own = a.states(count=3).own
    header = {"v": 1, "alg": "ed25519-sha256", "feed": a.feed, "seq": 1, "prev": START, "seen": {}, "wall": 5,
              "who": "", "kind": "x", "regions": [], "op": ""}  # fmt: skip
    facts = pack({"why": "", "facts": [["feed", a.signer.public.hex(), "FT"]]})
    head = pack(header | {"facts": digest(facts).hex()})
    told = b.push(*own[:2], Envelope(head, facts, a.signer.sign(digest(head))), *own[2:])
    assert told["new"] == 5 and told["forked"] == [a.feed]
    assert b.push(*own)["known"] == 4
    c = Guest("DX", twins).enrolled()
    b.meets(), c.meets(), b.meets()
    assert c.rows() == b.rows()


def test_of_a_revoked_station_what_counts_is_asked_for_from_who_lacks_facts_behind_it(twins: Twins) -> None:
    """The hub was put back to a copy of before its fourth entry; five of them count."""
    a, b = Guest("FS", twins).enrolled().states(count=6), Guest("FT", twins).enrolled(role="commission")
    a.push(*a.own[:3])
    twins.do(lambda f: revoke(f, "FS", "笔记本电脑被盗", "王小明", 3))
    twins.do(lambda f: f.sql.execute("UPDATE member SET last=5 WHERE feed=?", (a.feed,)) and None)
    b.take([*a.own[:5], *(e._replace(facts=None) for e in a.own[5:])])

    def differ() -> list[list[Any]]:
        rows = chains.feeds(b.connection).values()
        told = {"heads": exchange.heads(rows), "bare": exchange.bare(b.connection, rows)}
        assert [m[0] for m in told["bare"]] == [a.feed]
        said = b.ask("/v1/heads", frames.json_block(told)).told["differ"]
        return [c for c in said if c[0] == a.feed]

    assert [c[:2] for c in differ()] == [[a.feed, 3]]
    assert b.push(*a.own[3:5])["new"] == 2
    assert differ() == []


# -- a hub that was lost, a station under another key ------------------------------------------------


def test_a_rebuilt_hub_gets_its_own_back_first(
    twins: Twins, dice: Dice, tmp_path: pathlib.Path, request: pytest.FixtureRequest
) -> None:
    a, b = Guest("FT", twins).enrolled().states(count=3), Guest("FS", twins).enrolled().states(count=2)
    a.meets(), b.meets(), a.meets()
    twins.do(lambda f: revoke(f, "FS", "笔记本电脑被盗", "王小明", 2))
    a.meets()
    where = [str(tmp_path / "again.db")]
    if len(twins.engines) > 1:
        where.append(request.getfixturevalue("another_database"))
    again = Twins(opened(where), dice, had_key=True)
    a.twins = b.twins = again
    a.nonce = b.nonce = ""
    denied = a.ask("/v1/heads", b"").json
    assert (denied["error"], denied["hub"], denied["seq"]) == ("not-enrolled", KEY.feed, 0)
    c = Guest("DX", again)
    assert c.asks_to_enrol(again.code("DX")).json == {"error": "rebuilt"}
    lost = a.has(KEY.feed)
    body = b"".join(frames.entry_blocks([*lost[:2], forged(lost[2]), *lost, a.own[0], c.own[0]]))
    told = again.answer("POST", "/v1/introduce", {}, body).json
    assert told["new"] == len(lost) + 1 and told["aside"] == {"forged": 1, "not-enrolled": 1}
    a.meets()
    # The revoked one's third entry does not count, though a station has it.
    assert a.rows() - {*again.rows("SELECT id, seq FROM feed")} == {(b.feed, 3)}
    assert b.ask("/v1/heads", b"").json["error"] == "revoked"
    c.enrolled().meets()
    assert c.rows() == a.meets().rows() - {(b.feed, 3)} | {(b.feed, 2)}
    again.alike()
    for engine in again.engines:
        engine.close()


def test_an_earlier_key_vouches_for_the_next(twins: Twins) -> None:
    a = Guest("FT", twins).enrolled(region="110106").states()
    a.push(*a.own)
    after = a.succeeded()
    first = after.own[0]
    assert (
        twins.answer("POST", "/v1/introduce", {}, b"".join(frames.entry_blocks([forged(first)]))).json["new"]
        == 0
    )
    told = twins.answer("POST", "/v1/introduce", {}, b"".join(frames.entry_blocks([first]))).json
    assert (told["new"], told["aside"]) == (1, {})
    members = twins.rows("SELECT feed, station, role, region, last FROM member ORDER BY feed")
    assert [row[1:] for row in members] == [("FT", "duty", "110106", None)] * 2
    after.meets()
    total = exchange.total(chains.feeds(after.connection).values())
    told = {"give": [], "differ": [], "bare": [], "total": total, "all": False, "time": 0}
    assert after.heads() | {"time": 0} == told
    assert after.ask("/v1/heads", frames.json_block({"total": total})).told["same"] is True
    assert after.ask("/v1/heads", frames.json_block({"total": total[1:]})).told["same"] is False


def test_revoked_up_to_an_entry(twins: Twins) -> None:
    a, b = Guest("FT", twins).enrolled().states(count=4), Guest("FS", twins).enrolled()
    a.push(*a.own[:2])
    twins.do(lambda f: revoke(f, "FT", "被盗", "王小明", None))
    assert a.ask("/v1/push", b"").json == {"error": "revoked", "why": "被盗", "last": 2}
    assert b.push(*a.own)["aside"] == {"revoked": 3}
    b.pull()
    assert (a.feed, 2) in b.rows()
    c = Guest("DX", twins).enrolled().states(count=3)
    c.push(*c.own)
    twins.do(lambda f: revoke(f, "DX", "被盗", "王小明", 2))
    assert twins.rows("SELECT last FROM member WHERE station='DX'") == [(2,)]


# -- anything in any order ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_anything(twins: Twins, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving, "PAGE", 4_000)
    chance = random.Random(seed)
    here = [Guest(name, twins) for name in ("FT", "FS", "DX", "CP")]
    for guest in here[:3]:
        guest.enrolled(region=chance.choice(["", "110106"]))
    spare: list[Envelope] = []
    for _n in range(40):
        guest = chance.choice(here[:3])
        match chance.randrange(5):
            case 0 | 1:
                chance.choice(here).states(*chance.sample(["110106", "110111"], chance.randrange(2)))
            case 2:
                coming = [e for g in here for e in g.own if chance.random() < 0.6]
                chance.shuffle(coming)
                guest.push(*coming, *map(forged, coming[:1]))
            case 3:
                copy = Guest(guest.name, twins)
                copy.t = 100 + _n
                copy.take(guest.own[: chance.randrange(1, len(guest.own) + 1)])
                spare += copy.states().own[-1:]
                guest.push(*spare)
            case _:
                guest.meets()
        twins.now += chance.randrange(1000)
    for guest in here[:3] * 2:
        guest.meets()
    # What nobody has enrolled is handed to no one but who brought it.
    told = [{row for row in g.rows() if not row[0].startswith(here[3].feed)} for g in here[:3]]
    assert told[0] == told[1] == told[2]
