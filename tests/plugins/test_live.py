"""The live line brings along what is small: no more than a member may have, and never the only way to it."""

from __future__ import annotations

import asyncio
import pathlib
from collections.abc import MutableMapping
from typing import Any

import pytest

from emergency.plugins.hub import live
from emergency.plugins.hub.live import News, Waiting
from emergency.plugins.hub.members import Member
from emergency.store import hubs, pages, syncing
from emergency.store.entries import Envelope
from emergency.store.keys import Signer
from emergency.store.store import Store
from emergency.store.talking import Talk

from .hubs import Caller, Local, own_entries, pushing, said, station

PHONE = "13800001234"


class Telling(Local):
    """A hub whose news are kept."""

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(folder)
        self.news: list[News] = []
        self.opened.writing.grown = self.news.append


class Desk:
    """A station that the hub knows, and the news of what it hands over."""

    def __init__(self, hub: Telling, folder: pathlib.Path, name: str) -> None:
        self.hub, self.store = hub, station(folder, name)
        hub.enrol(self.store)
        hub.sync(self.store)

    def tells(self, *names: str, phone: str = "") -> News:
        """What the hub tells others when this desk has written, and met it."""
        for name in names:
            with self.store.write("team add") as writer:
                team = writer.new("team", {"name": name, "region": "110106"})
                if phone:
                    writer.new("member", {"name": "王小明", "team": team, "phone": phone})
        self.hub.sync(self.store)
        return self.hub.news[-1]


@pytest.fixture
def hub(tmp_path: pathlib.Path) -> Telling:
    return Telling(tmp_path / "hub")


def member(role: str = "duty", region: str = "", feed: str = "b" * 20) -> Member:
    return Member(feed, "XX", role, region, 0, None, "")


def told(hub: Telling, news: News, who: Member) -> list[Envelope] | None:
    """What a member is told."""
    line = news.told(who, hub.service.scoped).decode("ascii")
    assert line.startswith("data: ") and line.endswith("\n\n")
    return pages.news(line)


def test_a_desk_is_told_what_another_wrote(hub: Telling, tmp_path: pathlib.Path) -> None:
    desk = Desk(hub, tmp_path, "FT")
    news = desk.tells("一队", "二队")
    assert told(hub, news, member()) == own_entries(desk.store)[-2:]


def test_what_a_member_may_not_have_is_not_told(hub: Telling, tmp_path: pathlib.Path) -> None:
    desk = Desk(hub, tmp_path, "FT")
    news = desk.tells("一队", phone=PHONE)
    whole = told(hub, news, member())
    assert whole and any(PHONE.encode() in (e.facts or b"") for e in whole)
    for who in (member("team"), member(region="12")):
        scoped = told(hub, news, who)
        assert scoped and [e.header for e in scoped] == [e.header for e in whole]
        assert not any(PHONE.encode() in (e.facts or b"") for e in scoped)
    assert told(hub, news, member(region="12", feed=Signer.load(desk.store.path).feed)) == whole


def test_too_much_at_once_is_only_hinted_at(hub: Telling, tmp_path: pathlib.Path) -> None:
    news = Desk(hub, tmp_path, "FT").tells(*(f"{n}队" for n in range(200)))
    assert told(hub, news, member()) is None


def test_a_feed_that_nobody_enrolled_is_not_told_of(hub: Telling, tmp_path: pathlib.Path) -> None:
    desk, other = Desk(hub, tmp_path, "FT"), station(tmp_path, "ZZ")
    caller = Caller(hub, Signer.load(desk.store.path))
    status, answer = caller.post("/v1/push", pushing(*own_entries(other)))
    assert status == 200 and said(answer)["waiting"]
    assert told(hub, hub.news[-1], member()) is None


def test_what_is_told_is_there_without_a_round(hub: Telling, tmp_path: pathlib.Path) -> None:
    desk, other = Desk(hub, tmp_path, "FT"), Desk(hub, tmp_path, "FS")
    hub.sync(other.store)
    known = hubs.hubs(other.store.connection)[0]
    first, second = desk.tells("一队"), desk.tells("二队")
    # The second alone builds on what is not there: a round must bring it.
    assert syncing.hear(other.store, known, told(hub, second, member()) or []) is None
    heard = syncing.hear(other.store, known, told(hub, first, member()) or [])
    assert heard is not None and heard.received == 2
    assert other.store.find("team", "二队")


def test_a_talk_that_goes_on_asks_for_no_nonce_again(hub: Telling, tmp_path: pathlib.Path) -> None:
    desk, talk = Desk(hub, tmp_path, "FT"), Talk(hub)
    for _n in range(3):
        known = hubs.hubs(desk.store.connection)[0]
        assert syncing.sync(desk.store, known, talk).state == "synced"
    assert [path for _m, path, _h, _b in hub.calls[-4:]] == [
        "/v1/info",
        "/v1/heads",
        "/v1/heads",
        "/v1/heads",
    ]
    hub.service.nonces._secret = b"another process answers now"
    known = hubs.hubs(desk.store.connection)[0]
    assert syncing.sync(desk.store, known, talk).state == "synced"


class Line:
    """A station on the line, as the server hands it to the application."""

    def __init__(self, waiting: Waiting, hub: Telling, feed: str) -> None:
        self.sent: list[bytes] = []
        self.woken, self.over = asyncio.Event(), asyncio.Event()
        found = hub.service.still(feed)
        assert found is not None

        async def again(feed: str) -> Member | None:
            return hub.service.still(feed)

        self.task = asyncio.ensure_future(
            waiting.stream(found, hub.service.scoped, again, self._receive, self._send)
        )

    async def _receive(self) -> MutableMapping[str, Any]:
        await self.over.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message["body"])
        self.woken.set()
        if not message.get("more_body", False):
            self.over.set()

    async def next(self) -> bytes:
        """What it is told next."""
        await self.woken.wait()
        self.woken.clear()
        return self.sent[-1]


def test_who_is_revoked_is_hung_up(hub: Telling, tmp_path: pathlib.Path) -> None:
    desks = [Desk(hub, tmp_path, name) for name in ("FT", "FS")]
    feeds = [Signer.load(desk.store.path).feed for desk in desks]
    asyncio.run(_revoked(hub, desks, feeds))


async def _revoked(hub: Telling, desks: list[Desk], feeds: list[str]) -> None:
    from emergency.plugins.hub.enrolling import revoke

    waiting = Waiting()
    waiting.bind(asyncio.get_running_loop())
    hub.opened.writing.grown = waiting.wake
    lines = [Line(waiting, hub, feed) for feed in feeds]
    assert [await line.next() for line in lines] == [b": open\n\n"] * 2
    with desks[0].store.write("team add") as writer:
        writer.new("team", {"name": "一队"})
    await asyncio.to_thread(_meet, hub, desks[0].store.path)
    assert all([(await line.next()).startswith(b"data: entries ") for line in lines])
    hub.opened.writing.submit(lambda filing: revoke(filing, "FS", "lost", "x", None)).result()
    await lines[1].task
    assert await lines[0].next() == b"data: new\n\n"
    assert waiting.count == 1
    waiting.end()
    await lines[0].task


def _meet(hub: Telling, path: str) -> None:
    with Store(path) as store:
        hub.sync(store)


async def _lines(hub: Telling, feeds: list[str]) -> tuple[Waiting, list[Line]]:
    """Stations that are on the line."""
    waiting = Waiting()
    waiting.bind(asyncio.get_running_loop())
    lines = [Line(waiting, hub, feed) for feed in feeds]
    assert [await line.next() for line in lines] == [b": open\n\n"] * len(feeds)
    return waiting, lines


def test_who_is_told_nothing_is_told_that_the_line_stands(
    hub: Telling, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK", 0.01)
    monkeypatch.setattr(live, "ALIVE", 0.01)
    feed = Signer.load(Desk(hub, tmp_path, "FT").store.path).feed

    async def listen() -> None:
        waiting, (line,) = await _lines(hub, [feed])
        assert [await line.next(), await line.next()] == [b": alive\n\n"] * 2
        waiting.end()
        await line.task

    asyncio.run(listen())


def test_the_more_are_on_the_line_the_longer_between_two_hints_to_one(
    hub: Telling, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = [Signer.load(Desk(hub, tmp_path, name).store.path).feed for name in ("FT", "FS", "DX")]

    async def listen() -> None:
        waiting, lines = await _lines(hub, feeds)
        assert waiting.gap == live.GAP
        monkeypatch.setattr(live, "MOST_HINTS", 2)
        assert waiting.gap == len(feeds) / 2
        waiting.end()
        await asyncio.gather(*(line.task for line in lines))
        assert waiting.count == 0

    asyncio.run(listen())


def test_what_cannot_be_told_ends_the_line_of_that_station_alone(
    hub: Telling, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desks = [Desk(hub, tmp_path, name) for name in ("FT", "FS")]
    feeds = [Signer.load(desk.store.path).feed for desk in desks]
    news, scoped = desks[0].tells("一队"), hub.service.scoped

    def failing(envelope: Envelope, to: Member) -> Envelope:
        if to.feed == feeds[0]:
            raise ArithmeticError("nobody foresaw it")
        return scoped(envelope, to)

    monkeypatch.setattr(hub.service, "scoped", failing)

    async def listen() -> None:
        waiting, lines = await _lines(hub, feeds)
        waiting.wake(news)
        assert await lines[0].next() == b""
        await lines[0].task
        assert (await lines[1].next()).startswith(b"data: entries ")
        assert waiting.count == 1
        waiting.end()
        await lines[1].task

    asyncio.run(listen())
    assert [record.getMessage() for record in caplog.records if record.name == "emergency.hub"] == ["failed"]
