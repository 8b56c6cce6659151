"""Bundles: the entries another station lacks, in a file for a stick (row H4).

The same blocks as over HTTP (frames.py), between a header and a trailer:

    J   {"bundle": 1, "id", "from": {feed, key, station}, "made", "entries", "holds", "scope", "receivers", ...}
    E   entries, or  S  the same sealed (sealing.py)
    J   the first once more: without the keys in it nobody could open the rest
    T   {"id", "hash": SHA-256 of all before it, "signature"}

Of a file cut short or damaged every whole block counts; the first are small, so that something counts of a small one too. The trailer tells whether all is there
and who wrote it; that an entry is sound is told by the entry itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple, TypeVar

from emergency.store import chains, database, exchange, frames, keys, notices, sealing, times
from emergency.store.entries import Envelope, pack, parsed
from emergency.store.errors import BadStore, InvalidValue, Refused, UnreadableInput, reason
from emergency.store.exchange import Cursor, Stretch
from emergency.store.headers import stem
from emergency.store.keys import Signer
from emergency.store.newcomers import Newcomer, newcomers
from emergency.store.regions import may_have
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, listed

Told = TypeVar("Told")

VERSION = 1
#: Bytes of entries in one block: a bad spot on a stick costs no more than that; and in the first, from which they grow.
FULL, FIRST = 16 * 1024, 1024
CONTEXT = b"emergency-bundle-trailer-1:"


class Plan(NamedTuple):
    """What a bundle is to hold, and for whom."""

    stretches: list[Stretch]
    #: {station: public signing keys}; empty for an open one.
    receivers: dict[str, list[bytes]]
    region: str = ""
    #: Whether telephone and identity numbers go along.
    personal: bool = True


class Written(NamedTuple):
    """A bundle that was written and read back."""

    entries: int
    bytes: int
    receivers: list[str]


def stretches(store: Store, *, heads: list[Cursor] | None = None, since: int | None = None) -> list[Stretch]:
    """What to hand over: all, what came since a time, or what a station lacks that told its heads."""
    if heads is not None:
        return exchange.lacking(store.connection, heads)
    if since is None:
        return exchange.lacking(store.connection, [])
    rows = {f.n: f for f in chains.feeds(store.connection).values()}
    found = store.connection.execute(
        "SELECT feed, min(seq) - 1 FROM entry WHERE received >= ? GROUP BY feed", (since,)
    )
    return [Stretch(rows[n].id, after) for n, after in found]


def export(store: Store, path: str, plan: Plan) -> Written:
    """Write a bundle: under another name until it is whole, on disk and read back. Raises BadStore, InvalidValue."""
    return placed(path, lambda file: _filled(store, file, plan, path))


def placed(path: str, fill: Callable[[BinaryIO], Told]) -> Told:
    """Fill a new file of its owner's alone, which has its name only when it is whole and on disk.

    Raises InvalidValue where it is there already, BadStore where it cannot be written.
    """
    if os.path.exists(path):
        raise InvalidValue(_("{path} is there already").format(path=safe(path)), hint=_("name another file"))
    temporary = f"{path}.new-{os.getpid()}"
    try:
        with open(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            told = fill(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        database.sync_folder(path)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        database.remove(temporary)
    return told


def pour(store: Store, out: BinaryIO, plan: Plan) -> Written:
    """Write a bundle to a stream, once it is whole. Raises BadStore."""
    with contextlib.ExitStack() as held:
        try:
            file = held.enter_context(tempfile.TemporaryFile())
            written = _filled(store, file, plan, "-")
            file.seek(0)
        except OSError as error:
            raise _unwritable(tempfile.gettempdir(), error) from None
        shutil.copyfileobj(file, out)
    out.flush()
    return written


def _filled(store: Store, file: BinaryIO, plan: Plan, path: str) -> Written:
    with database.snapshot(store.connection):
        entries = _write(store, file, plan)
    file.flush()
    os.fsync(file.fileno())
    if hasattr(os, "posix_fadvise"):
        # Else it is read back from memory, whatever became of it on the stick.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    file.seek(0)
    return Written(entries, _read_back(file, path), sorted(plan.receivers))


def _unwritable(path: str, error: OSError) -> BadStore:
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        hint = _("there is no folder {folder}: make it, or name another place").format(folder=safe(folder))
    else:
        hint = _("nothing was written; free some space, or name another place")
    return BadStore(
        _("{path} cannot be written: {why}").format(path=safe(path), why=safe(reason(error))), hint=hint
    )


def _write(store: Store, file: BinaryIO, plan: Plan) -> int:
    signer = Signer.load(store.path)
    own = chains.feed_of(store.connection, signer.feed)
    id_ = os.urandom(16)
    rows = chains.feeds(store.connection)
    header: dict[str, Any] = {
        "bundle": VERSION,
        "id": id_.hex(),
        "from": {"feed": signer.feed, "key": signer.public.hex(), "station": store.meta("station")},
        "made": times.now(),
        "entries": sum(rows[s.row].seq - s.after for s in plan.stretches),
        "holds": [[s.row, s.after, rows[s.row].seq, rows[s.row].station] for s in plan.stretches],
        "scope": plan.region or None,
        "personal": plan.personal,
        "receivers": sorted(plan.receivers),
    }
    seal = None
    if plan.receivers:
        seal = sealing.Seal.new(id_)
        all_keys = dict.fromkeys(k for ks in plan.receivers.values() for k in ks)
        header["ephemeral"], header["wrapped"] = seal.wrapped([*all_keys, own.key if own else signer.public])
    total = hashlib.sha256()

    def put(data: bytes) -> None:
        total.update(data)
        file.write(data)

    put(frames.json_block(header))
    envelopes = (_scoped(e, plan) for _s, e in exchange.behind(store.connection, plan.stretches))
    entries = 0
    for number, (raw, together) in enumerate(frames.entry_chunks(envelopes, FULL, first=FIRST), 1):
        payload = frames.deflate(raw)
        put(frames.block(b"S", seal.close(number, payload)) if seal else frames.block(b"E", payload))
        entries += together
    put(frames.json_block(header))
    hash_ = total.digest()
    signature = signer.sign_as(CONTEXT, hash_)
    file.write(frames.block(b"T", pack({"id": id_.hex(), "hash": hash_.hex(), "signature": signature.hex()})))
    return entries


def _scoped(envelope: Envelope, plan: Plan) -> Envelope:
    """The entry as the bundle may hold it: the chain always, the facts where they are the receivers' affair."""
    if envelope.facts is None or (plan.personal and not plan.region):
        return envelope
    header = parsed(envelope.header) or {}
    fits = may_have(header, plan.region, personal=plan.personal)
    return envelope if fits else envelope._replace(facts=None)


def _read_back(file: BinaryIO, path: str) -> int:
    try:
        about = look(file)
    except UnreadableInput:
        about = None
    if about is None or about.trailer != "good" or about.damaged:
        raise BadStore(
            _("{path} did not read back as it was written").format(path=safe(path)),
            hint=_("the stick may be failing: use another"),
        )
    return file.tell()


# -- reading ---------------------------------------------------------------------------------------


class About(NamedTuple):
    """What a bundle says of itself, and how whole it is."""

    header: dict[str, Any]
    blocks: int
    #: Bytes that belong to no whole block.
    damaged: int
    #: `good`, `changed` (it was changed since it was signed), `missing` (it was cut short).
    trailer: str
    #: Whether what it holds is sealed.
    sealed: bool = False

    @property
    def locked(self) -> bool:
        """Whether it is sealed to nobody knows whom: the keys went with its header."""
        return self.sealed and not self.header


def look(file: BinaryIO) -> About:
    """Read a bundle through, opening nothing. Raises UnreadableInput."""
    total = hashlib.sha256()
    header: dict[str, Any] = {}
    blocks = damaged = 0
    trailer, sealed = "missing", False
    for found in frames.read(file, strict=False):
        damaged += found.skipped
        if found.kind in (b"E", b"S"):
            blocks += 1
            sealed = sealed or found.kind == b"S"
        if found.kind == b"J" and not header:
            header = _header(found)
        if found.kind == b"T":
            trailer = "good" if _fits(found.payload, header, total.digest()) else "changed"
        elif found.kind:
            total.update(frames.block(found.kind, found.payload))
    if not header and not blocks:
        raise UnreadableInput(
            _("this is no bundle, or nothing of it is whole"), hint=_("if it was cut short, ask for it again")
        )
    return About(header, blocks, damaged, trailer, sealed)


def _header(found: frames.Block) -> dict[str, Any]:
    try:
        told = frames.json_of(found)
    except frames.Damaged:
        return {}
    version = told.get("bundle", told.get("want"))
    if isinstance(version, int) and version > VERSION:
        raise UnreadableInput(
            _("this file was written by a newer program"), hint=_("update this one, or use the newer")
        )
    shaped = isinstance(told.get("from", {}), dict) and isinstance(told.get("receivers") or [], list)
    return told if version == VERSION and shaped else {}


def _fits(payload: bytes, header: dict[str, Any], hash_: bytes) -> bool:
    told = parsed(payload) or {}
    try:
        key = bytes.fromhex(header["from"]["key"])
        signature = bytes.fromhex(told["signature"])
    except (KeyError, TypeError, ValueError):
        return False
    named = keys.feed_id(key) == header["from"].get("feed")
    return named and told.get("hash") == hash_.hex() and keys.signed(key, CONTEXT + hash_, signature)


class Imported(NamedTuple):
    """What came of a bundle."""

    about: About
    new: int
    known: int
    aside: dict[str, int]
    #: Blocks that could not be opened or read.
    unread: int
    newcomers: list[Newcomer]
    forked: list[str]
    #: Entries that wait for what comes before them.
    waiting: int
    #: Lines of our orders that others ended.
    ended: list[notices.Taken]


def take_in(store: Store, file: BinaryIO) -> Imported:
    """Take in every whole entry of a bundle. Raises UnreadableInput, Refused where it is sealed to others."""
    about = look(file)
    if "want" in about.header:
        raise UnreadableInput(
            _("this file asks for entries, it holds none"),
            hint=_("answer it: emergency bundle export FILE --want THIS"),
        )
    seal = _opened(store, about.header)
    file.seek(0)
    before = chains.feeds(store.connection)
    unread = 0

    def envelopes() -> Iterator[Envelope]:
        nonlocal unread
        for found in frames.read(file, strict=False):
            if found.kind not in (b"E", b"S"):
                continue
            try:
                if found.kind == b"S" and seal is None:
                    raise frames.Damaged("sealed")
                payload = seal.open(found.payload) if found.kind == b"S" and seal else found.payload
                yield from frames.entries(frames.inflate(payload))
            except (frames.Damaged, sealing.Sealed):
                unread += 1

    last = notices.latest(store.connection)
    taken = store.take(envelopes(), channel="usb")
    came = newcomers(store.connection, before)
    (waiting,) = store.connection.execute("SELECT count(*) FROM aside WHERE why='waits'").fetchone()
    return Imported(
        about, taken.new, taken.known, taken.aside, unread, came, sorted(taken.forked), waiting,
        notices.taken(store.connection, last),
    )  # fmt: skip


def _opened(store: Store, header: dict[str, Any]) -> sealing.Seal | None:
    """The key of a sealed bundle; None of an open one, or one whose header is damaged."""
    if not header.get("receivers"):
        return None
    wrapped = header.get("wrapped")
    try:
        return sealing.unwrapped(
            Signer.load(store.path),
            bytes.fromhex(str(header.get("id"))),
            str(header.get("ephemeral")),
            [str(w) for w in wrapped] if isinstance(wrapped, list) else [],
        )
    except (sealing.Sealed, ValueError):
        stations = listed(safe(str(r)) for r in header["receivers"])
        raise Refused(
            _("sealed to {stations}, not to this station").format(stations=stations),
            hint=_("emergency bundle want FILE asks for one that is"),
        ) from None


def stations_of(header: dict[str, Any]) -> list[str]:
    """The stations whose entries a bundle says it holds."""
    holds = header.get("holds")
    rows = [h for h in holds if isinstance(h, list) and len(h) == 4] if isinstance(holds, list) else []
    return sorted({safe(str(h[3])) or stem(str(h[0])) for h in rows})
