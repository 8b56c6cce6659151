"""What duty officers do, in every size: orders on the same things from several desks, steps, edits, stock, imports."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

from emergency.store import claims, deliveries, journal, ordercode, stepping
from emergency.store.asks import Ask
from emergency.store.errors import EmergencyError
from emergency.store.orders import Desk
from emergency.store.records.callup import CODE_CHANNELS
from emergency.store.records.steps import STEPS, legal_from
from emergency.store.records.team import READINESS
from emergency.store.store import Store
from emergency.store.writer import Writer

from .ledger import Broken
from .world import REGIONS, Station, World

TAGS = tuple(f"BJ-{n:02}" for n in range(1, 6))
TEAMS = ("T-1", "T-2", "T-3")
DEPOTS = ("D-1", "D-2")
ITEM = "sandbag"
INCIDENT = "I-1"
Work = Callable[[World, Store, Writer], None]


def begin(world: World) -> None:
    """The registers, known to the first station before anybody else."""

    def registers(_world: World, _store: Store, writer: Writer) -> None:
        writer.new(
            "incident",
            {"title": "暴雨内涝", "scenario": "waterlogging", "level": "II", "state": "open"},
            INCIDENT,
        )
        for n, team in enumerate(TEAMS):
            writer.new(
                "team", {"name": f"{team} 抢险队", "region": list(REGIONS.values())[n], "strength": 50}, team
            )
        for tag in TAGS:
            writer.new("equipment", {"name": f"泵 {tag}"}, tag)
        for depot in DEPOTS:
            writer.new("depot", {"name": f"{depot} 库"}, depot)
            reserve = f"{depot}/{ITEM}"
            writer.new("reserve", {"depot": depot, "item": ITEM, "unit": "件"}, reserve)
            writer.count(reserve, 500_000, reason="import")

    perform(world, world.stations[0], "register", registers)


def perform(world: World, station: Station, kind: str, work: Work, why: str = "") -> bool:
    """One command at a station; whether it returned. What it wrote is promised then."""

    def command() -> bool:
        with station.acting() as store:
            before = _last(store)
            try:
                with store.write(kind, why=why) as writer:
                    work(world, store, writer)
            except EmergencyError as error:
                world.count(f"{kind}: {error.code}")
                if _last(store) != before:
                    raise Broken(f"{kind} was refused and wrote an entry") from error
                _check_word(world, station, error)
                return False
            world.ledger.wrote(store.connection, before)
            world.count(kind)
            return True

    return bool(world.guarded(command))


def _check_word(world: World, station: Station, error: EmergencyError) -> None:
    """On a full disk the word is that it is full. Raises Broken."""
    if error.code == "bad-store":
        raise Broken(f"{station.place}: {error}")
    if error.code == "no-room" and station.path not in world.machine.full:
        raise Broken(f"{station.place}: {error}, though there is room")


def _last(store: Store) -> int:
    return int(store.connection.execute("SELECT coalesce(max(n), 0) FROM entry").fetchone()[0])


# -- single commands -------------------------------------------------------------------------------


def order(world: World, store: Store, writer: Writer) -> None:
    """A call-up of equipment, of a whole team, or of stock, through every rule of the order desk."""
    r = world.r
    what = r.random()
    ask = Ask(incident=INCIDENT, report_to="大红门", note="o" * r.randrange(40))
    if what < 0.6:
        ask = ask._replace(equipment=(r.choice(TAGS),))
    elif what < 0.75:
        ask = ask._replace(team=r.choice(TEAMS))
    else:
        ask = ask._replace(item=ITEM, quantity=str(r.randrange(1, 40)), depot=r.choice(DEPOTS))
    Desk(writer).issue(ask, writer.wall)


def superior(world: World, store: Store, writer: Writer) -> None:
    """A line that takes a thing over the head of whoever holds it (CASES 5), and one not ordered by the book."""
    order_id = writer.new("callup", {"incident": INCIDENT, "kind": "callup"})
    line = writer.new("line", {"order": order_id, "equipment": world.r.choice(TAGS)}, f"{order_id}/1")
    writer.claim(line, claims.thing("equipment", str(writer.written[-1][3]["equipment"])))
    writer.step(line, "issue")


def step(world: World, store: Store, writer: Writer) -> None:
    """A step of any line that is under way, one of those it can take."""
    rows = store.rows("SELECT id, state FROM line WHERE state NOT IN ('closed') AND known=1 ORDER BY id")
    if not rows:
        return order(world, store, writer)
    row = world.r.choice(rows)
    legal = [s for s in legal_from(row["state"]) if s not in ("supersede", "reassign", "sighted", "partial")]
    if not legal:
        return order(world, store, writer)
    name = world.r.choice([*legal, *(s for s in legal if s in ("depart", "arrive", "release", "return"))])
    data: dict[str, Any] = {"until": writer.wall + 10**7} if name == "extend" else {}
    if name == "return" and store.row("line", row["id"])["reserve"]:  # type: ignore[index]
        data["quantity"] = 0
    stepping.take(writer, row["id"], name, writer.wall, **data)
    return None


def stray(world: World, store: Store, writer: Writer) -> None:
    """A step told of the field that the desk did not expect, legal from where the line stands or not."""
    rows = store.rows("SELECT id FROM line ORDER BY id")
    if rows:
        at = writer.wall + world.r.randrange(-(10**7), 10**7)
        writer.step(world.r.choice(rows)["id"], world.r.choice(list(STEPS)), at=at)
    else:
        order(world, store, writer)


def settle(world: World, store: Store, writer: Writer) -> None:
    """A person settles a double booking, where one is to be seen."""
    fights = sorted(claims.contested(store.connection).items())
    if not fights:
        return order(world, store, writer)
    _thing, lines = world.r.choice(fights)
    keep = world.r.choice(sorted(lines))
    writer.settle(sorted(lines), keep)
    world.count("double bookings settled")
    return None


def edit(world: World, store: Store, writer: Writer) -> None:
    """Fields of a register, of which several desks write the same."""
    r = world.r
    if r.random() < 0.8:
        values: dict[str, Any] = {
            "readiness": r.choice(list(READINESS)),
            "headcount": r.randrange(40, 60),
            "commander": f"队长{r.randrange(100)}",
            "note": r.choice([None, f"备注{r.randrange(100)}"]),
        }
        # Few cells, so that who had seen what matters in each.
        names = ["headcount"] if r.random() < 0.5 else r.sample(sorted(values), r.randrange(1, 4))
        writer.set("team", r.choices(TEAMS, (6, 1, 1))[0], {n: values[n] for n in names})
    else:
        writer.set("equipment", r.choice(TAGS), {"note": f"n{r.randrange(100)}"})
    apart = world.apart("personal")
    if apart.random() < 0.25:
        # Kept from teams and from other hubs: an entry of its own.
        writer.set("team", apart.choice(TEAMS[:2]), {"address": f"大红门{apart.randrange(100)}号"})


def register(world: World, store: Store, writer: Writer) -> None:
    """New records, some under an id that another desk may choose too."""
    r = world.r
    id_ = r.choice([None, f"X-{r.randrange(4)}"])
    writer.new("team", {"name": f"队{r.randrange(1000)}", "headcount": r.randrange(9)}, id_)
    if r.random() < 0.3:
        writer.log("team", r.choice(TEAMS), "换班")


def stock(world: World, store: Store, writer: Writer) -> None:
    """Counts and movements of one stock line from several desks."""
    r = world.r
    reserve = f"{r.choice(DEPOTS)}/{ITEM}"
    for _ in range(r.randrange(1, 4)):
        if r.random() < 0.25:
            writer.count(reserve, r.randrange(600) * 1000, reason="count")
        else:
            writer.move(reserve, r.randrange(-50, 50) * 1000, reason="issue")


def hear(world: World, store: Store, writer: Writer) -> None:
    """An order that came by word of mouth is taken in, once more perhaps (CASES 7)."""
    word = world.apart("word of mouth")
    order_ = ordercode.decode(word.choice(world.codes))
    deliveries.take_in(writer, order_, writer.wall, word.choice(CODE_CHANNELS))


def say(world: World, station: Station) -> None:
    """Somebody puts an order into a code, to be heard by whoever it reaches; drafts and what ended cannot be."""
    rows = station.store.rows("SELECT id FROM line UNION SELECT id FROM callup ORDER BY id")
    if rows:
        try:
            found = deliveries.coded(station.store, world.apart("word of mouth").choice(rows)["id"])
            world.codes.append(ordercode.encode(found))
            world.count("orders said as codes")
        except EmergencyError as error:
            world.count(f"code: {error.code}")


def pass_word(world: World, station: Station) -> None:
    """An order is put into a code there, or one that was is taken in."""
    if not world.codes or world.apart("word of mouth").random() < 0.4:
        say(world, station)
    else:
        perform(world, station, "callup from-code", hear)


#: What is done, and how often.
COMMANDS: dict[str, tuple[Work, int]] = {
    "callup issue": (order, 22),
    "callup direct": (superior, 3),
    "callup step": (step, 24),
    "callup stray": (stray, 5),
    "conflict settle": (settle, 6),
    "duty report": (edit, 22),
    "team add": (register, 6),
    "reserve move": (stock, 10),
}


def work(world: World, station: Station) -> None:
    """A command of a duty officer's, whichever."""
    kind = world.r.choices(list(COMMANDS), [weight for _, weight in COMMANDS.values()])[0]
    before = _shown(station) if kind == "duty report" else {}
    done = perform(world, station, kind, COMMANDS[kind][0])
    if done and kind == "duty report" and not world.ledger.forked:
        _check_edit(station, before)


def _shown(station: Station) -> dict[tuple[str, str], Any]:
    """What the registers show of the fields that desks edit."""
    out: dict[tuple[str, str], Any] = {}
    for row in station.store.rows("SELECT id, readiness, headcount, commander, note, address FROM team"):
        out |= {(row["id"], name): row[name] for name in row if name != "id"}
    return out


def _check_edit(station: Station, before: dict[tuple[str, str], Any]) -> None:
    """Who writes over what he sees wins, whatever his clock says. Raises Broken."""
    connection = station.store.connection
    (op,) = connection.execute("SELECT op FROM entry ORDER BY n DESC LIMIT 1").fetchone()
    now = _shown(station)
    wrote = [journal.told(e).facts or [] for *_, e in journal.read(connection, "e.op=?", (op,))]
    for fact in itertools.chain(*wrote):
        if fact[0] == "set" and fact[1] == "team":
            for name, value in fact[3].items():
                if now[fact[2], name] != value:
                    raise Broken(
                        f"{station.place} set {name} of {fact[2]} from {before.get((fact[2], name))!r} to {value!r},"
                        f" and sees {now[fact[2], name]!r}"
                    )


# -- sizes -----------------------------------------------------------------------------------------


def bulk(world: World, station: Station, size: str) -> None:
    """An import that crosses a limit: facts or bytes of an entry, of a block, of a push, of a page."""
    r = world.r
    rows, text = {
        "facts": (r.choice((499, 500, 501, 1001)), 10),
        "bytes": (r.randrange(40, 90), 8000),
        "block": (160, 12_000),
        "push": (700, 12_000),
        "page": (900, 14_000),
        "inflated": (2600, 16_000),
    }[size]
    plain = size == "inflated"

    def rows_of(_world: World, _store: Store, writer: Writer) -> None:
        for n in range(rows):
            note = "同" * (text // 3) if plain else _noise(r, text)
            writer.new("team", {"name": f"批{n}", "note": note})

    why = "汛期普查" * r.choice((1, 1, 1500)) if size == "bytes" else ""
    perform(world, station, "team import", rows_of, why)
    world.count(f"import: {size}")


def _noise(r: random.Random, length: int) -> str:
    """Text that does not compress."""
    return r.randbytes(length // 2).hex() if length > 20 else "n" * length
