"""Rules of orders that hold whatever is asked: never more than there is, floors, drills, batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.store import precedence, times
from emergency.store.asks import Ask, Checked
from emergency.store.creating import create
from emergency.store.errors import EmergencyError
from emergency.store.orders import Desk
from emergency.store.records.steps import ACTIVE, AWAY
from emergency.store.store import Store
from emergency.store.writer import Writer

REAL, DRILL = "FT-R", "FT-D"
TEAMS = ("FT-A", "FT-B")
AREA = "110106"
LOTS = ("FT-P/water/old", "FT-P/water/new", "FT-P/water")
STATES = ", ".join(f"'{s}'" for s in ACTIVE)
WAITING = ", ".join(f"'{s}'" for s in ACTIVE if s not in AWAY)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Two incidents, one of them a drill; two teams in different areas, three trucks, and three lots of water."""
    path = str(tmp_path_factory.mktemp("orders") / "a.db")
    create(path, station="FT", region=AREA, name="丰台", who="王小明").close()
    with Store(path) as made, made.write("stage") as writer:
        for id_, drill in ((REAL, None), (DRILL, "yes")):
            values = {"title": id_, "region": AREA, "state": "open", "scenario": "flood", "level": "II"}
            writer.new("incident", {**values, "exercise": drill}, id_)
        for team, region in zip(TEAMS, (AREA, "110108"), strict=True):
            writer.new("team", {"name": team, "region": region}, team)
        for tag, team in (("T1", "FT-A"), ("T2", "FT-A"), ("T3", None)):
            writer.new("equipment", {"name": tag, "kind": "pump-truck", "team": team}, tag)
        writer.new("depot", {"name": "库", "region": AREA}, "FT-P")
        for lot, expires in zip(LOTS, ("2020", "2099-06", None), strict=True):
            writer.new("reserve", {"depot": "FT-P", "item": "drinking-water", "expires": expires}, lot)
    with Store(path) as made:
        yield made


few = st.integers(1, 8)
#: Mostly the one team, so that orders meet.
team = st.sampled_from(("FT-A", "FT-A", "FT-A", "FT-B"))
whats = st.one_of(
    st.builds(lambda id_, n: {"team": id_, "people": n}, team, few),
    st.builds(lambda id_, n: {"team": id_, "people": n}, team, few),
    st.builds(lambda id_: {"team": id_}, team),
    st.builds(lambda tag: {"equipment": (tag,)}, st.sampled_from(("T1", "T2", "T3"))),
    st.builds(lambda n: {"item": "drinking-water", "quantity": str(n)}, few),
)
asks = st.builds(
    lambda incident, kind, override, what: Ask(incident=incident, kind=kind, override=override, **what),
    st.sampled_from((REAL, DRILL)),
    st.sampled_from(("callup", "callup", "callup", "standby")),
    st.sampled_from(("", "", "", "堤坝将溃")),
    whats,
)
#: What there is at first, and what a later count of it finds: people of each team, and water of each lot.
strengths = st.sampled_from((None, 6, 8, 10, 12))
counts = st.tuples(st.tuples(strengths, strengths), st.tuples(few, few, few))
floors = st.tuples(st.tuples(*[st.sampled_from((0, 0, 2, 4))] * 2), st.sampled_from((None, None, 3, 5)))
worlds = st.tuples(
    floors,
    counts,
    st.lists(asks, max_size=4),
    st.one_of(st.none(), st.none(), counts),
    st.lists(asks, min_size=2, max_size=6),
)
tried = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Play:
    """Orders given one after the other in a world, in one write that is taken back."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.connection = writer, writer.connection
        self.at = times.now()

    def begin(self, kept: Any) -> None:
        """Floors of the teams and of the area."""
        own, area = kept
        for team, floor in zip(TEAMS, own, strict=True):
            self.writer.set("team", team, {"floor": floor})
        self.writer.set("region", AREA, {"floor": area})

    def count(self, found: Any) -> None:
        """So much is there."""
        people, water = found
        for team, n in zip(TEAMS, people, strict=True):
            self.writer.set("team", team, {"strength": n})
        for lot, n in zip(LOTS, water, strict=True):
            self.writer.count(lot, n * 1000)
        self.writer.flush()

    def give(self, desk: Desk, ask: Ask) -> str:
        """Give an order; "" or the sort of error that refused it."""
        try:
            desk.issue(ask, self.at)
        except EmergencyError as error:
            return type(error).__name__
        return ""

    def singly(self, some: Sequence[Ask]) -> list[str]:
        """As orders that are given one by one."""
        out = []
        for ask in some:
            out.append(self.give(Desk(self.writer), ask))
            self.writer.flush()
        return out

    def lines(self) -> list[tuple[Any, ...]]:
        """Every line as it stands."""
        self.writer.flush()
        return self.connection.execute(
            "SELECT id, state, team, people, equipment, reserve, quantity FROM line ORDER BY id"
        ).fetchall()

    def one(self, sql: str, *values: Any) -> Any:
        """The first value that a query finds."""
        return self.connection.execute(sql, values).fetchone()[0]

    def out(self, team: str) -> int:
        """People of a team who are called up as so many."""
        return int(
            self.one(f"SELECT coalesce(sum(people), 0) FROM line WHERE team=? AND state IN ({STATES})", team)
        )

    def home(self, team: str) -> int:
        """People of a team who are at home."""
        strength, claimed = self.connection.execute(
            "SELECT coalesce(strength, 0), claimed FROM team WHERE id=?", (team,)
        ).fetchone()
        return 0 if claimed else max(0, strength - self.out(team))


def played(store: Store, world: Any, *, drills: bool = True) -> Iterator[tuple[Play, list[Ask]]]:
    """The world as it is before the orders that are looked at, and these."""
    kept, there, before, later, some = world
    with store.write("play", dry_run=True) as writer:
        play = Play(writer)
        play.begin(kept)
        play.count(there)
        play.singly([ask for ask in before if drills or ask.incident != DRILL])
        if later:
            play.count(later)
        yield play, [ask for ask in some if drills or ask.incident != DRILL]


@tried
@given(world=worlds)
def test_a_batch_decides_as_its_rows_given_singly(store: Store, world: Any) -> None:
    for play, some in played(store, world):
        singly = play.singly(some), play.lines()
    for play, some in played(store, world):
        desk = Desk(play.writer)
        batch = [play.give(desk, ask) for ask in some], play.lines()
    assert batch == singly


@tried
@given(world=worlds)
def test_many_orders_at_once_are_judged_as_each_of_them_alone(store: Store, world: Any) -> None:
    for play, some in played(store, world):
        alone = [said for ask in some for said in Desk(play.writer).each([ask], play.at)]
        at_once = Desk(play.writer).each(some, play.at)
    assert [told(said) for said in at_once] == [told(said) for said in alone]


def told(said: Checked | EmergencyError) -> Any:
    """What a check found, or how it was refused."""
    return (type(said), said.message, said.hint) if isinstance(said, EmergencyError) else said


@tried
@given(world=worlds)
def test_no_order_takes_more_than_there_is_or_what_a_floor_keeps(store: Store, world: Any) -> None:
    for play, some in played(store, world):
        for ask in some:
            if not play.singly([ask])[0]:
                _sound(play, ask)


def _sound(play: Play, ask: Ask) -> None:
    """What must be so once an order has been given."""
    for tag in ask.equipment:
        assert (
            play.one("SELECT count(DISTINCT line) FROM claim WHERE thing=? AND live=1", f"equipment:{tag}")
            == 1
        )
    if ask.item:
        newest = play.one('SELECT "order" FROM line ORDER BY length(id) DESC, id DESC LIMIT 1')
        took = play.connection.execute('SELECT reserve FROM line WHERE "order"=?', (newest,)).fetchall()
        for (lot,) in took:
            held = play.one(f"SELECT sum(quantity) FROM line WHERE reserve=? AND state IN ({WAITING})", lot)
            assert held <= play.one("SELECT quantity FROM reserve WHERE id=?", lot)
            assert lot != LOTS[0] or ask.override
    if ask.team and not ask.equipment:
        whole = play.one(
            "SELECT count(DISTINCT line) FROM claim WHERE thing=? AND live=1", f"team:{ask.team}"
        )
        assert whole == (ask.people is None) and not (whole and play.out(ask.team))
        strength, floor = play.connection.execute(
            "SELECT strength, floor FROM team WHERE id=?", (ask.team,)
        ).fetchone()
        if strength is None:
            return
        assert whole or play.out(ask.team) <= strength
        if ask.kind != "standby" and not ask.override:
            assert play.home(ask.team) >= floor
            assert ask.team != "FT-A" or play.home("FT-A") >= (
                play.one("SELECT floor FROM region WHERE id=?", AREA) or 0
            )


@tried
@given(world=worlds)
def test_a_drill_stands_in_the_way_of_nothing_real(store: Store, world: Any) -> None:
    for play, some in played(store, world):
        decided = [why for ask, why in zip(some, play.singly(some), strict=True) if ask.incident != DRILL]
    for play, some in played(store, world, drills=False):
        assert decided == play.singly(some)


def test_what_refused_an_order_that_takes_a_lines_place_says_nothing_of_the_next(store: Store) -> None:
    world = (
        ((0, 0), 15),
        ((20, 20), (0, 0, 0)),
        [Ask(kind="preposition", team="FT-A", people=5, report_to="甲")],
        None,
        [],
    )
    for play, _some in played(store, world):
        (line,) = (row[0] for row in play.lines())
        desk = Desk(play.writer)
        with pytest.raises(EmergencyError):
            desk.issue(Ask(kind="preposition", team="FT-A", people=99, report_to="乙"), play.at, instead=line)
        # The area keeps fifteen, and so many are at home: the line still stands, and its people are away.
        with pytest.raises(EmergencyError, match="keeps 15 people"):
            desk.issue(Ask(incident=REAL, team="FT-A", people=5), play.at)


@given(
    amounts=st.lists(st.integers(0, 9), max_size=6),
    short=st.integers(-2, 40),
)
def test_the_fewest_drills_end_that_are_enough_and_each_of_them_is_needed(
    amounts: list[int], short: int
) -> None:
    drills = [(f"FT-{n}/1", amount) for n, amount in enumerate(amounts)]
    ended = precedence.fewest(drills, short)
    if short <= 0 or sum(amounts) < short:
        assert ended == []
        return
    assert sum(n for _line, n in ended) >= short
    assert len(set(ended)) == len(ended) and set(ended) <= set(drills)
    for k in range(len(ended)):
        assert all(sum(n for _line, n in some) < short for some in itertools.combinations(drills, k))
    # No smaller one would do in the place of the last.
    last = ended[-1][1]
    rest = short - sum(n for _line, n in ended[:-1])
    assert not any(rest <= n < last for line, n in drills if (line, n) not in ended)
