"""Quotas under every partition: stations that keep to theirs can never issue more than there is (CASES 10)."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from emergency.store import quotas
from emergency.store.quotas import Quotas

from .replicas import Replica

LINE, TOTAL = "D1/sandbag", 1000
STATIONS = ("A", "B", "C")

#: What a station does: which, what, how much, with whom.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(STATIONS),
        st.sampled_from(("issue", "beyond", "bring", "lend", "hear", "hear")),
        st.integers(1, 700),
        st.sampled_from(STATIONS),
    ),
    max_size=25,
)


class Post(Replica):
    """A station that decides as the program does: by what it knows itself to have."""

    def quotas(self) -> Quotas:
        """As known here."""
        found = quotas.read(self.connection, LINE)
        assert found is not None
        return found

    def moves(self, now: int, milli: int, data: dict[str, Any]) -> None:
        """One movement of the stock line."""
        self.write(now, [["move", LINE, milli, data]])

    def hear(self, other: Replica, part: int) -> None:
        """Take in the first entries of every feed that the other knows."""
        for (feed,) in other.connection.execute("SELECT id FROM feed ORDER BY id").fetchall():
            told = other.has(feed)
            self.take(told[: max(1, part * len(told) // 700)])


def begun() -> dict[str, Post]:
    """A has a thousand and has lent B and C some; all know it."""
    posts = {name: Post(name) for name in STATIONS}
    a = posts["A"]
    a.write(
        1,
        [
            ["new", "reserve", LINE, {"depot": "D1", "item": "sandbag"}],
            ["count", LINE, TOTAL, {}],
            ["set", "reserve", LINE, {"rest_with": "A"}],
            ["move", LINE, 0, {"lend": 300, "to": "B", "begins": 1}],
            ["move", LINE, 0, {"lend": 200, "to": "C"}],
        ],
    )
    for name in ("B", "C"):
        posts[name].hear(a, 700)
    return posts


def meet(posts: dict[str, Post]) -> None:
    """Everybody hears of everything."""
    for _ in STATIONS:
        for post in posts.values():
            for other in posts.values():
                if other is not post:
                    post.hear(other, 700)


#: What each has at first.
DIVIDED = {"A": 500, "B": 300, "C": 200}


def act(
    posts: dict[str, Post], now: int, step: tuple[str, str, int, str], has: dict[str, int], *, beyond: bool
) -> None:
    """One step, at the station and in `has`: what each has, as somebody who sees all would keep it."""
    name, what, much, other = step
    post = posts[name]
    mine = post.quotas().of(name)
    assert mine <= has[name]
    if what == "hear" and other != name:
        post.hear(posts[other], much)
    elif what == "lend" and other != name and 0 < much <= mine:
        post.moves(now, 0, {"lend": much, "to": other})
        has[name], has[other] = has[name] - much, has[other] + much
    elif (what == "issue" and much <= mine) or (what == "beyond" and beyond):
        over = max(0, much - max(0, mine))
        post.moves(now, -much, {"deficit": over} if over else {})
        has[name] -= much
    elif what == "bring":
        post.moves(now, much, {})
        has[name] += much


def adds_up(posts: dict[str, Post]) -> None:
    """At every station, at any moment, what is left of all quotas is the stock as it stands there."""
    for post in posts.values():
        found = post.quotas()
        assert sum(share.left for share in found.shares) == found.quantity
        assert all(share.left == share.lent - share.issued for share in found.shares)


def plays(steps: list[tuple[str, str, int, str]], *, beyond: bool) -> tuple[Quotas, dict[str, int]]:
    """What everybody knows once all have met after these steps, and what each has."""
    posts, has = begun(), dict(DIVIDED)
    for now, step in enumerate(steps, 2):
        act(posts, now, step, has, beyond=beyond)
        adds_up(posts)
    meet(posts)
    adds_up(posts)
    (found,) = {post.quotas() for post in posts.values()}
    return found, has


@settings(max_examples=25)
@given(steps=STEPS)
@example(
    steps=[("B", "issue", 300, "B"), ("A", "hear", 700, "B"), ("A", "lend", 10, "C"), ("B", "hear", 700, "A")]
)
def test_within_quotas_nothing_goes_below_nothing_in_any_partition(
    steps: list[tuple[str, str, int, str]],
) -> None:
    found, has = plays(steps, beyond=False)
    assert {share.station: share.left for share in found.shares} == has
    assert all(left >= 0 for left in has.values())
    assert found.quantity == sum(has.values()) >= 0


@settings(max_examples=20)
@given(steps=STEPS)
def test_beyond_quotas_nothing_is_clipped_and_the_deficit_is_its_makers(
    steps: list[tuple[str, str, int, str]],
) -> None:
    found, has = plays(steps, beyond=True)
    assert {share.station: share.left for share in found.shares} == has
    assert found.quantity == sum(has.values())
    made = {name for name, what, _much, _other in steps if what == "beyond"}
    assert {share.station for share in found.shares if share.deficit} <= made
