"""One page's board: a process of its own, its drawing sent to the page and the page's keys to it.

The process speaks the protocol of Textual's web driver: a letter, a length in four bytes, and so many bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Sequence
from typing import Any

from aiohttp import WSMsgType, web

from emergency.store import readonly

#: Seconds that a board has to end by itself.
GRACE = 3
#: The most of one message from a page, in bytes.
MOST_TYPED = 64 * 1024
#: The most that a board may send at once, in bytes: more is no screen.
MOST_DRAWN = 16 * 1024 * 1024
#: Columns and rows that a page may ask for.
WIDTHS, HEIGHTS = (20, 500), (5, 200)
#: Of who started the server, and no matter of a browser.
_NOT_OURS = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "NO_COLOR", "EMERGENCY_AMBIGUOUS", "TEXTUAL_THEME")


def bounded(value: Any, least: int, most: int) -> int:
    """A whole number within bounds, of what a page sent; the least for what is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if not isinstance(value, int):
        return least
    return max(least, min(most, value))


def environment(width: int, height: int, *, write: bool) -> dict[str, str]:
    """What the board's process is told: that it draws for a browser, and whether it may write."""
    kept = {k: v for k, v in os.environ.items() if k not in (*_NOT_OURS, readonly.VARIABLE)}
    told = {
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TEXTUAL_FPS": "30",
        "TERM": "xterm-256color",
        "PYTHONUTF8": "1",
        "COLUMNS": str(width),
        "ROWS": str(height),
    }
    return kept | told | ({} if write else {readonly.VARIABLE: "1"})


async def sit(
    line: web.WebSocketResponse, command: Sequence[str], width: int, height: int, *, write: bool
) -> None:
    """Run a board for one page until either ends."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(width, height, write=write),
    )
    assert process.stdin is not None and process.stdout is not None
    drawing = asyncio.ensure_future(_draw(process.stdout, line))
    try:
        await _type(line, process.stdin)
    finally:
        with contextlib.suppress(ConnectionError, RuntimeError):
            process.stdin.write(_packet(b"M", {"type": "quit"}))
        try:
            await asyncio.wait_for(process.wait(), GRACE)
        except TimeoutError:
            process.kill()
            await process.wait()
        drawing.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await drawing


def _packet(kind: bytes, payload: dict[str, Any] | str) -> bytes:
    data = (payload if isinstance(payload, str) else json.dumps(payload)).encode("utf-8", "replace")
    return kind + len(data).to_bytes(4, "big") + data


async def _draw(board: asyncio.StreamReader, line: web.WebSocketResponse) -> None:
    """Send what the board draws; close the line when it ends."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        await board.readuntil(b"__GANGLION__\n")
        while True:
            head = await board.readexactly(5)
            size = int.from_bytes(head[1:], "big")
            if size > MOST_DRAWN:
                break
            payload = await board.readexactly(size)
            if head[:1] == b"D":
                await line.send_bytes(payload)
            elif head[:1] == b"M" and json.loads(payload).get("type") == "exit":
                break
    await line.close()


async def _type(line: web.WebSocketResponse, board: asyncio.StreamWriter) -> None:
    """Hand on what the page sends, until it goes; what is no message of a page is passed over."""
    async for message in line:
        if message.type != WSMsgType.TEXT:
            continue
        packet = _understood(message.data)
        if packet is None:
            if pong := _pong(message.data):
                await line.send_json(pong)
            continue
        try:
            board.write(packet)
            await board.drain()
        except (ConnectionError, RuntimeError):
            return


def _parsed(text: str) -> list[Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return told if isinstance(told, list) and told and isinstance(told[0], str) else []


def _understood(text: str) -> bytes | None:
    """The packet for the board of a message from a page, or None."""
    match _parsed(text):
        case ["stdin", str(keys)]:
            return _packet(b"D", keys)
        case ["resize", {"width": width, "height": height}]:
            size = {"width": bounded(width, *WIDTHS), "height": bounded(height, *HEIGHTS)}
            return _packet(b"M", {"type": "resize", **size})
        case ["focus" | "blur" as what, *_rest]:
            return _packet(b"M", {"type": what})
    return None


def _pong(text: str) -> list[Any]:
    match _parsed(text):
        case ["ping", str() | int() | float() as data]:
            return ["pong", data]
    return []
