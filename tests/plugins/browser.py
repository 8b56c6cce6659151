"""A headless Chromium, driven by its own protocol: what a page fetched, and how it looks."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import pathlib
import shutil
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--window-size=1440,900",
    "--remote-debugging-port=0",
)


class Page:
    """One page of it."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self._line = line
        self._number = 0
        #: Every address the page has asked for.
        self.fetched: list[str] = []
        #: What the page complained of, and what its policy forbade.
        self.complaints: list[str] = []

    async def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol; what happens meanwhile is kept."""
        self._number += 1
        await self._line.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            told = await self._line.receive_json(timeout=30)
            if told.get("id") == self._number:
                assert "error" not in told, told
                return dict(told["result"])
            self._heard(told)

    def _heard(self, told: dict[str, Any]) -> None:
        match told:
            case {"method": "Network.requestWillBeSent", "params": {"request": {"url": url}}}:
                self.fetched.append(url)
            case {"method": "Network.webSocketCreated", "params": {"url": url}}:
                self.fetched.append(url)
            case {"method": "Log.entryAdded", "params": {"entry": {"level": "error", "text": text}}}:
                self.complaints.append(text)

    async def value(self, script: str) -> Any:
        """What a script comes to on the page."""
        result = await self.do("Runtime.evaluate", expression=script, returnByValue=True)
        return result["result"].get("value")

    async def until(self, script: str) -> None:
        """Wait until a script comes to something true."""
        async with asyncio.timeout(60):
            while not await self.value(script):
                await asyncio.sleep(0.1)

    async def picture(self, path: pathlib.Path, least: int) -> None:
        """A picture of it, kept in a file, once it is as much as that in bytes: an empty page is little."""
        path.parent.mkdir(parents=True, exist_ok=True)
        async with asyncio.timeout(60):
            while True:
                data = base64.b64decode((await self.do("Page.captureScreenshot"))["data"])
                path.write_bytes(data)
                if len(data) >= least:
                    return
                await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def opened(folder: pathlib.Path) -> AsyncIterator[Page]:
    """A browser with one empty page, its profile in a folder; skips where there is none."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("no Chromium on this machine")
    process = await asyncio.create_subprocess_exec(
        program,
        *_FLAGS,
        f"--user-data-dir={folder}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        port = await _port(folder / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                (target,) = [t for t in await answer.json() if t["type"] == "page"]
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as line:
                page = Page(line)
                for domain in ("Page", "Network", "Runtime", "Log"):
                    await page.do(f"{domain}.enable")
                yield page
    finally:
        process.terminate()
        await process.wait()


async def _port(file: pathlib.Path) -> int:
    async with asyncio.timeout(60):
        while not (file.exists() and "\n" in file.read_text()):
            await asyncio.sleep(0.05)
    return int(file.read_text().split("\n")[0])
