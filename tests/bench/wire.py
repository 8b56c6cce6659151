"""A proxy on loopback that counts bytes, for runs of their own: never for one that is timed."""

from __future__ import annotations

import asyncio
import threading
import time


class CountingProxy(threading.Thread):
    """Hands everything on to a port, and counts it, headers and all."""

    def __init__(self, target: int) -> None:
        super().__init__(daemon=True)
        self._target = target
        self._ready = threading.Event()
        self.port = 0
        self.up = self.down = 0
        self.start()
        self._ready.wait(10)

    def taken(self) -> int:
        """The bytes both ways since last asked."""
        # The last bytes are on their way through the proxy; nothing is timed here.
        time.sleep(0.2)
        total, self.up, self.down = self.up + self.down, 0, 0
        return total

    def run(self) -> None:
        """Serve until the program ends."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward, back = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(self._pipe(reader, back, "up"), self._pipe(onward, writer, "down"))

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        try:
            while data := await reader.read(65536):
                setattr(self, way, getattr(self, way) + len(data))
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
