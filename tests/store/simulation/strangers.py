"""Entries that this program did not write: a newer program's, a broken one's, a forger's."""

from __future__ import annotations

import json
from typing import Any

from emergency.store import chains, frames, keys, requests, seen
from emergency.store.entries import START, Envelope, digest, pack, parsed

from . import sticks
from .ledger import Broken, held
from .world import HubHost, Station, World

#: What other programs may say, good facts among them.
SAYINGS: tuple[Any, ...] = (
    [["new", "drone", "DR-1", {"name": "无人机"}], ["move", "D-1/sandbag", 1000, {}]],
    [["set", "team", "T-1", {"mood": "good", "headcount": 44}]],
    [["set", "team", "T-1", {"headcount": "many", "commander": "新"}]],
    [["teleport", "T-1"], ["log", "team", "T-1", {"text": "日志"}]],
    [["claim", 5, "equipment:BJ-01"], ["move", "D-1/sandbag", "x", {}], ["count", "D-2/sandbag", True, {}]],
    [["set", "team", "T-2", {"commander": {"sealed": "a1b2"}}], None, 7, [], {}],
    [["step", "FT-1/1", "beam", {}], ["step", "FT-1/1", "accept", {"at": "noon"}]],
    [["log", "team", "T-1", {"text": "x"}]] * 501,
    [["settle", ["FT-1/1", 5], "FT-1/1"], ["move", "D-1/sandbag", 1 << 60, {}]],
    b"no json at all",
    b'{"why":"","facts":{}}',
    b'{"why":"","facts":[["set","team","T-1",{"commander":"\\ud800"}]]}',
    b'{"why":"","at":1.5,"facts":[["set","team","T-1",{"commander":"no"}]]}',
)


def write(world: World, station: Station) -> None:
    """Another program writes an entry in a station's feed."""
    said = world.r.choice(SAYINGS)
    facts = said if isinstance(said, bytes) else pack({"why": "", "facts": said})
    version = 2 if world.r.random() < 0.15 else 1

    def writing() -> None:
        with station.acting() as store:
            connection, signer = store.connection, keys.Signer.load(station.path)
            own = chains.feed_of(connection, signer.feed)
            if own is None or not own.own or not own.seq:
                return
            (before,) = connection.execute("SELECT max(n) FROM entry").fetchone()
            header = {
                "v": version, "alg": keys.ALGORITHM, "feed": own.id, "seq": own.seq + 1,
                "prev": own.hash.hex() if own.seq else START, **seen.grown(connection, own).header,
                "wall": station.now(), "who": "x", "kind": "later program", "regions": [], "op": "f0",
                "facts": digest(facts).hex(),
            }  # fmt: skip
            packed = pack(header)
            store.take([Envelope(packed, facts, signer.sign(digest(packed)))])
            world.ledger.wrote(connection, before)
            world.count("entries of other programs")

    if station.path not in world.machine.full:
        world.guarded(writing)


def spoiled(world: World, envelope: Envelope) -> Envelope:
    """What a forger makes of an entry."""
    r = world.r
    what = r.randrange(4)
    if what == 0:
        out = envelope._replace(signature=r.randbytes(64))
    elif what == 1:
        out = envelope._replace(facts=b'{"why":"","facts":[["move","D-1/sandbag",-9000,{}]]}')
    elif what == 2:
        header = {**json.loads(envelope.header), "who": "somebody else"}
        out = envelope._replace(header=pack(header))
    else:
        out = envelope._replace(header=r.choice((b"", b"[]", b"\xff\xfe", b'{"feed":1}')))
    world.ledger.poison.add(digest(out.header + (out.facts or b"") + out.signature))
    return out


def forge(world: World, station: Station) -> None:
    """A stick with forged entries among good ones: what is good is taken in."""
    giver = world.r.choice(world.stations)
    good = sticks.whole(giver)
    if not good or station.path in world.machine.full:
        return
    mixed: list[Envelope] = []
    for envelope in good:
        if world.r.random() < 0.15:
            mixed.append(spoiled(world, envelope))
        mixed.append(envelope)
    world.ledger.saw(good)
    world.count("forged entries", len(mixed) - len(good))
    if sticks.hand_in(world, station, mixed) is not None:
        lacking = {digest(e.header) for e in good} - held(station.store.connection)
        if lacking:
            raise Broken(f"{station.place}: forged entries kept {len(lacking)} good ones from being taken in")


def push_forged(world: World, station: Station, hub: HubHost) -> None:
    """A station's program pushes forged entries among good ones of its own."""
    signer = keys.Signer.load(station.path)
    good = (
        sticks.whole(station, [signer.feed]) if chains.feed_of(station.store.connection, signer.feed) else []
    )
    if not good or hub.path in world.machine.full or hub.down:
        return
    at = world.r.randrange(len(good))
    mixed = [*good[:at], spoiled(world, good[at]), *good[at:]]
    body = b"".join(frames.entry_blocks(mixed))
    told = parsed(hub.serve("GET", "/v1/info", {}, b"").body) or {}
    headers = requests.headers(signer, told["nonce"], 1, "POST", "/v1/push", body)
    answer = hub.serve("POST", "/v1/push", headers, body)
    if answer.status == 403:
        return
    aside = (parsed(answer.body) or {}).get("aside", {})
    lacking = {digest(e.header) for e in good} - hub.hashes()
    if answer.status != 200 or (lacking and "revoked" not in aside):
        raise Broken(f"hub {hub.name}: {answer.status}, {len(lacking)} good entries lost among forged ones")
    world.count("forged pushes")
