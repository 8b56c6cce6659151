"""The board in a browser: who sees it, who may change what, what it fetches, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import aiohttp
import pytest

from emergency.store import words
from emergency.store.store import Store
from tests.plugins import browser
from tests.tui import stage

#: Pictures of the page; not kept in the repository.
PICTURES = pathlib.Path(__file__).parents[2] / "build" / "pictures"


class Server(NamedTuple):
    """A running `emergency web`."""

    process: subprocess.Popen[str]
    url: str
    #: The address to sign in by; "" where it was not started with --write.
    entry: str


@pytest.fixture
def path(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EMERGENCY_NOW", stage.NOW)
    words.speak("en")
    return stage.busy(tmp_path)


@contextlib.contextmanager
def serving(path: str, *options: str, lang: str = "en") -> Iterator[Server]:
    """The command, as a process, once it says that it listens."""
    command = [sys.executable, "-c", "from emergency import main; main()", "--store", path, "--lang", lang]
    environ = {**os.environ, "EMERGENCY_NOW": stage.NOW, "PYTHONUTF8": "1"}
    process = subprocess.Popen(
        [*command, "web", "--port", "0", *options],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("listening on "), said + process.stdout.read()
        entry = process.stdout.readline().split()[-1] if "--write" in options else ""
        yield Server(process, said.split()[-1], entry)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


class Line:
    """A page's line, as a browser would hold it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.drawn = b""

    async def press(self, keys: str) -> None:
        """Keys of the page."""
        await self._socket.send_json(["stdin", keys])

    async def send(self, text: str) -> None:
        """Anything at all."""
        await self._socket.send_str(text)

    async def until(self, wanted: str) -> None:
        """Until the board has drawn this."""
        async with asyncio.timeout(60):
            while wanted.encode() not in self.drawn:
                message = await self._socket.receive()
                assert message.type == aiohttp.WSMsgType.BINARY, message
                self.drawn += message.data

    async def ended(self) -> None:
        """Until the server has closed it."""
        async with asyncio.timeout(60):
            while (await self._socket.receive()).type == aiohttp.WSMsgType.BINARY:
                pass


@contextlib.asynccontextmanager
async def line(server: Server, session: aiohttp.ClientSession) -> AsyncIterator[Line]:
    """A line, opened as the page opens it."""
    async with session.ws_connect(
        f"{server.url}/line?width=160&height=48", headers={"Origin": server.url}
    ) as socket:
        yield Line(socket)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def test_a_page_shows_the_board_in_the_language_asked_for(
    path: str, session: aiohttp.ClientSession
) -> None:
    with serving(path, lang="zh") as server:
        async with line(server, session) as page:
            await page.until("待人工处理")
            await page.until("FT-18/1")


async def test_sigterm_ends_it_and_every_board_with_it(path: str, session: aiohttp.ClientSession) -> None:
    with serving(path) as server:
        async with line(server, session) as page:
            await page.until("FT-18/1")
            server.process.send_signal(signal.SIGTERM)
            await page.ended()
        assert server.process.wait(timeout=20) == 0


async def test_q_leaves_the_board_and_closes_the_line(path: str, session: aiohttp.ClientSession) -> None:
    with serving(path) as server:
        async with line(server, session) as page:
            await page.until("FT-18/1")
            await page.press("q")
            await page.ended()


async def test_the_page_names_no_other_host_and_forbids_every_other(
    path: str, session: aiohttp.ClientSession
) -> None:
    with serving(path) as server:
        async with session.get(server.url) as answer:
            text = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
    assert "//" not in text.replace("</", "").replace("<!", "")
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", "10.0.0.7"])
async def test_a_name_that_points_here_is_refused(
    path: str, session: aiohttp.ClientSession, host: str
) -> None:
    with serving(path) as server:
        async with session.get(server.url, headers={"Host": host}) as answer:
            assert answer.status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
async def test_a_line_from_a_page_of_another_site_is_refused(
    path: str, session: aiohttp.ClientSession, origin: str
) -> None:
    with serving(path) as server:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{server.url}/line", headers={"Origin": origin})
        assert refused.value.status == 403


async def test_what_is_no_message_of_a_page_is_passed_over(path: str, session: aiohttp.ClientSession) -> None:
    strange = ("", "[]", "{}", "[1]", '["stdin", 5]', '["resize", {}]', '["resize", 7]', "[" * 9000)
    with serving(path) as server:
        async with line(server, session) as page:
            for text in (*strange, '["resize", {"width": 1e9, "height": -4}]', '["ping", [1]]'):
                await page.send(text)
            await page.until("FT-18/1")


async def test_a_token_is_good_once_and_nothing_else_is(path: str, session: aiohttp.ClientSession) -> None:
    with serving(path, "--write") as server:
        async with session.get(f"{server.url}/enter/guess", allow_redirects=False) as answer:
            assert answer.status == 403
        async with session.get(server.entry, allow_redirects=False) as answer:
            assert answer.status == 303
            cookie = answer.headers["Set-Cookie"]
            assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
        async with session.get(server.entry, allow_redirects=False) as answer:
            assert answer.status == 403


async def test_without_write_no_token_is_good(path: str, session: aiohttp.ClientSession) -> None:
    with serving(path) as server:
        async with session.get(f"{server.url}/enter/", allow_redirects=False) as answer:
            assert answer.status == 404
        async with session.get(f"{server.url}/enter/x", allow_redirects=False) as answer:
            assert answer.status == 403


def test_a_board_may_write_only_for_who_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    from emergency.plugins.web.sitting import environment
    from emergency.store import readonly

    monkeypatch.setenv("EMERGENCY_READ_ONLY", "1")
    assert readonly.reason(environment(80, 24, write=False))
    assert not readonly.reason(environment(80, 24, write=True))


def test_beyond_this_machine_nobody_signs_in_over_plain_http(path: str) -> None:
    from emergency.commands import run

    assert run(["--store", path, "web", "--host", "0.0.0.0", "--write"]) == 2


def test_a_process_that_is_to_look_only_can_write_nothing(
    path: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from emergency.commands import run

    monkeypatch.setenv("EMERGENCY_READ_ONLY", "1")
    assert run(["--store", path, "team", "set", "FT-1", "address=丰台北路"]) == 1
    assert "this was opened to look only" in capsys.readouterr().err
    with Store(path) as store:
        assert (store.row("team", "FT-1") or {})["address"] is None


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_a_browser_draws_it_and_asks_nobody_else(path: str, tmp_path: pathlib.Path, lang: str) -> None:
    with serving(path, lang=lang) as server:
        async with browser.opened(tmp_path / "profile") as page:
            await page.do("Page.navigate", url=server.url)
            await page.until("document.body.classList.contains('-first-byte')")
            await page.until("document.fonts.status === 'loaded'")
            # A board that is drawn; an empty page of this size is a tenth of it.
            await page.picture(PICTURES / f"wall-{lang}.png", 30_000)
            host = server.url.partition("//")[2]
            strangers = [
                url for url in page.fetched
                if not url.startswith(("data:", f"http://{host}/", f"ws://{host}/"))
            ]  # fmt: skip
    assert strangers == []
    assert any(url.startswith(f"ws://{host}/line") for url in page.fetched)
    assert page.complaints == []
