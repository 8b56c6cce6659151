"""Stations that work apart, and meet through a hub or only by a stick: each case is run both ways.

Everything is typed: `emergency sync`, `emergency bundle export`, each at a store file of its own
with a clock of its own. The hub answers without a socket, by the service that a hub process runs.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any, ClassVar, Protocol

import pytest

from emergency.store import times
from emergency.store.creating import create
from emergency.store.link import Offline
from tests.plugins.hubs import Local, local

from .apart import AtStore
from .conftest import NOW, Officer, Result


class Clock:
    """The right time; stations may be off it."""

    def __init__(self) -> None:
        self.now = times.parse_time(NOW, 0)

    def later(self, minutes: int) -> int:
        """So many minutes go by; the time it is then."""
        self.now += minutes * times.MINUTE
        return self.now


class Post(AtStore):
    """An officer at one station, whose clock may be wrong."""

    def __init__(self, officer: Officer, store: pathlib.Path, name: str, clock: Clock) -> None:
        super().__init__(officer, store)
        self.name, self.clock = name, clock
        #: How far the clock of this station is ahead, in milliseconds.
        self.ahead = 0

    def __call__(self, *arguments: str, stdin: bytes | None = None) -> Result:
        """Run one command line at this store, at the time its clock shows."""
        self._monkeypatch.setenv("EMERGENCY_NOW", times.format_time(self.clock.now + self.ahead))
        try:
            return super().__call__(*arguments, stdin=stdin)
        finally:
            self._monkeypatch.setenv("EMERGENCY_NOW", times.format_time(self.clock.now))

    def conflicts(self) -> list[str]:
        """The ids that `conflict list` prints."""
        return self.ids("conflict", "list")

    def aside(self) -> dict[str, int]:
        """{reason: how many} that lie aside here, as the doctor tells."""
        checks = self("doctor", "--json").json["checks"]
        found = next(c["found"] for c in checks if c["check"] == "aside")
        return {str(why): int(n) for why, n in found.items()}

    def sound(self) -> None:
        """The journal verifies, and the tables are what it says."""
        assert self.done("journal", "verify", "--json")
        checks = {c["check"]: c["ok"] for c in self("doctor", "--json").json["checks"]}
        assert checks["journal"] and checks["tables"] and checks["file"]


class Meeting(Protocol):
    """How stations come to hear of each other."""

    name: str

    def join(self, post: Post) -> None:
        """A station that is to meet others from now on."""
        ...

    def meet(self, *posts: Post) -> None:
        """Each of them hears of all that the others have."""
        ...

    def hand(self, giver: Post, taker: Post) -> Any:
        """What one has comes to another; what that one is told of it, as JSON."""
        ...


class ByHub:
    """`emergency sync` at one hub."""

    name = "hub"

    def __init__(self, hub: Local) -> None:
        self.hub = hub

    def join(self, post: Post) -> None:
        """Enrolled by a code that somebody typed."""
        post.done("sync", "enrol", self.hub.url, self.hub.code(post.name))

    def meet(self, *posts: Post) -> None:
        """All push, then those that were first pull what the others brought."""
        for post in (*posts, *posts[:-1]):
            synced(post)

    def hand(self, giver: Post, taker: Post) -> Any:
        """One round of each."""
        synced(giver)
        return synced(taker)


def synced(post: Post, code: int = 0) -> Any:
    """One round, which the hub took part in; what it told of itself."""
    done = post("sync", "--require-sync", "--json")
    assert done.code == code, done
    (told,) = done.json["hubs"]
    return told


class ByStick:
    """A want file carried there, and a bundle carried back."""

    name = "stick"

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self._number = count(1)

    def join(self, post: Post) -> None:
        """Nothing is needed: the want file tells the key to seal to."""

    def meet(self, *posts: Post) -> None:
        """Everything is carried to the last of them, and then from there to each."""
        *others, last = posts
        for post in others:
            self.hand(post, last)
        for post in others:
            self.hand(last, post)

    def hand(self, giver: Post, taker: Post) -> Any:
        """What the taker lacks, sealed to it."""
        wants, stick = self.new("want"), self.new("bundle")
        taker.done("bundle", "want", str(wants))
        giver.done("bundle", "export", str(stick), "--want", str(wants))
        return taker.done("bundle", "import", str(stick), "--json").json

    def new(self, end: str) -> pathlib.Path:
        """A file that is not there yet."""
        return self.folder / f"{next(self._number)}.{end}"


class World:
    """Stations, the time, and how they meet; FT is the stocked desk of conftest.Stage."""

    def __init__(self, desk: Officer, meeting: Meeting, clock: Clock) -> None:
        self.meeting, self.clock, self.desk = meeting, clock, desk
        self.carried = desk.store.parent / "carried"
        self._number = count(1001)
        self.ft = Post(desk, desk.store, "FT", clock)
        meeting.join(self.ft)

    def hand_on(self, giver: Post, taker: Post, since: str = "") -> None:
        """By hand and open, whatever the way: for who is at no hub, or is to get a part."""
        stick = self.carried / f"{next(self._number)}.bundle"
        words = ("--since", since) if since else ()
        giver.done("bundle", "export", str(stick), "--open", *words)
        taker.done("bundle", "import", str(stick))

    def post(self, name: str, region: str = "110000", title: str = "北京市应急指挥中心") -> Post:
        """Another station, which knows what FT knows."""
        post = self.stranger(name, region, title)
        self.meeting.join(post)
        self.meet(self.ft, post)
        return post

    def stranger(self, name: str, region: str, title: str) -> Post:
        """A station that has met nobody."""
        path = self.desk.store.parent / name.lower() / "station.db"
        create(str(path), station=name, region=region, name=title, who=f"{name}值班员").close()
        return Post(self.desk, path, name, self.clock)

    def meet(self, *posts: Post) -> None:
        """A minute later they have met."""
        self.clock.later(1)
        self.meeting.meet(*posts)

    def hand(self, giver: Post, taker: Post) -> Any:
        """A minute later one has what the other had; what it is told of that."""
        self.clock.later(1)
        return self.meeting.hand(giver, taker)


class Wire:
    """What `emergency sync` reaches a hub through; stands in for HttpLink, by address."""

    #: {address: hub} of the hubs that can be reached.
    reached: ClassVar[dict[str, Local]] = {}
    #: Every answer that came over it.
    answers: ClassVar[list[bytes]] = []

    def __init__(self, url: str, ca: str = "", *, unproven: bool = False) -> None:
        self.url = url

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """See Link."""
        if self.url not in self.reached:
            raise Offline("nobody answers")
        status, answer = self.reached[self.url].call(method, path, headers, body)
        self.answers.append(answer)
        return status, answer

    def close(self) -> None:
        """Nothing to hang up."""


@contextmanager
def opened(way: str, desk: Officer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Station FT, and the way by which it meets others."""
    clock = Clock()
    folder = desk.store.parent / "carried"
    folder.mkdir()
    monkeypatch.setattr(Wire, "reached", {})
    monkeypatch.setattr(Wire, "answers", [])
    monkeypatch.setattr("emergency.store.link.HttpLink", Wire)
    if way == "stick":
        yield World(desk, ByStick(folder), clock)
        return
    with local(folder, lambda: clock.now) as hub:
        Wire.reached[hub.url] = hub
        yield World(desk, ByHub(hub), clock)
