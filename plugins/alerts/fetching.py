"""Where alerts come from while one waits: a folder that files are put into, or a feed over HTTP.

A feed is asked again a few times within one look, each time after a longer wait; after that it is offline,
which is a state and no error. Nothing is read beyond the size of a file of alerts, and only HTTP is spoken.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx
import tenacity

from emergency.plugins.alerts.message import MOST_BYTES
from emergency.store.errors import reason
from emergency.store.text import safe
from emergency.store.words import _

#: Seconds for one answer, and tries within one look.
PATIENCE, TRIES = 20.0, 3
#: Alerts that an index names and that are fetched in one look.
MOST_LINKS = 200
_ENDINGS = (".xml", ".cap", ".json", ".atom", ".rss", ".txt")


class Came(NamedTuple):
    """Something to read: its name, and its bytes."""

    name: str
    data: bytes


class Offline(Exception):
    """The feed cannot be reached, or gives no alerts, at this look; says why in a few words."""


class Folder:
    """Files in a folder, each once, and again when it has changed."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._seen: dict[str, tuple[int, int]] = {}

    def look(self) -> Iterator[Came]:
        """What is new since the last look, oldest first. Raises Offline where the folder is not there now."""
        try:
            entries = [e for e in os.scandir(self.path) if e.is_file() and e.name.lower().endswith(_ENDINGS)]
            stats = sorted((e.stat().st_mtime_ns, e.name, e.stat().st_size) for e in entries)
        except OSError as error:
            raise Offline(reason(error)) from None
        for changed, name, size in stats:
            # A name that begins with a dot is of a file that is still being written, by custom.
            if name.startswith(".") or self._seen.get(name) == (changed, size):
                continue
            try:
                with open(os.path.join(self.path, name), "rb") as file:
                    data = file.read(MOST_BYTES + 1)
            except OSError:
                continue
            self._seen[name] = (changed, size)
            yield Came(name, data)


class Feed:
    """An address that is asked for alerts; unchanged answers are not read again."""

    def __init__(self, url: str, pause: Callable[[float], None], client: httpx.Client | None = None) -> None:
        self.url = url
        self._pause = pause
        self._client = client or httpx.Client(
            timeout=PATIENCE,
            follow_redirects=True,
            max_redirects=4,
            headers={"accept": "application/cap+xml, application/atom+xml, application/json, */*;q=0.5"},
        )
        self._tags: dict[str, str] = {}
        self._fetched: set[str] = set()

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def look(self) -> Iterator[Came]:
        """The feed, if it has changed. Raises Offline."""
        data = self._get(self.url, self._tags)
        if data is not None:
            yield Came(self.url, data)

    def linked(self, links: tuple[str, ...]) -> Iterator[Came]:
        """The alerts that an index names, each once, from the host of the feed alone."""
        host = urlsplit(self.url).hostname
        for link in links[:MOST_LINKS]:
            address = urljoin(self.url, link)
            if address in self._fetched or urlsplit(address).hostname != host:
                continue
            data = self._get(address, {})
            self._fetched.add(address)
            if data is not None:
                yield Came(address, data)

    def _get(self, url: str, tags: dict[str, str]) -> bytes | None:
        again = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(TRIES),
            wait=tenacity.wait_exponential_jitter(initial=1, max=8),
            retry=tenacity.retry_if_exception_type(httpx.TransportError),
            sleep=self._pause,
            reraise=True,
        )
        try:
            return again(self._once, url, tags)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict) as error:
            raise Offline(safe(str(error) or type(error).__name__)[:200]) from None

    def _once(self, url: str, tags: dict[str, str]) -> bytes | None:
        """One answer; None where it says that nothing has changed."""
        with self._client.stream("GET", url, headers=tags) as answer:
            if answer.status_code == 304:
                return None
            if answer.status_code != 200:
                raise Offline(_("it answers {status}").format(status=answer.status_code))
            data = bytearray()
            for part in answer.iter_bytes():
                data += part
                if len(data) > MOST_BYTES:
                    raise Offline(_("it answers more than {limit} MB").format(limit=MOST_BYTES >> 20))
        tags.clear()
        for header, asks in (("etag", "if-none-match"), ("last-modified", "if-modified-since")):
            if header in answer.headers:
                tags[asks] = answer.headers[header]
        return bytes(data)
