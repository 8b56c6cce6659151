"""The line to a hub: HTTP with timeouts, a bound on what is read, and a few tries; offline is a state."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from emergency.store.errors import InvalidValue
from emergency.store.frames import MOST_NEWS
from emergency.store.text import safe
from emergency.store.words import _

if TYPE_CHECKING:
    import httpx

#: Seconds to connect, and for the other side to say something.
CONNECT, QUIET = 5.0, 30.0
#: Tries of one request, and the most bytes of an answer to /pull, and of any other.
TRIES = 3
MOST_ANSWER, MOST_WORDS = 32 * 1024 * 1024, 2 * 1024 * 1024
#: Seconds for an answer to come whole, and the bytes a second that lengthen them, as a hub has it with us.
PATIENCE, RATE = 60.0, 400
#: The longest line of a hub's live line that is read to its end: news, and what is said before them.
MOST_LINE = MOST_NEWS + 4096
#: Answers that mean: not now.
LATER = (429, 502, 503, 504)


class Offline(Exception):
    """Nobody answers, or not now; the message says who says so."""


class Link(Protocol):
    """A way to a hub."""

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """(status, body) of an answer. Raises Offline."""
        ...


def checked_url(text: str) -> str:
    """The address of a hub as it is kept: `https://hub.example:8470`. Raises InvalidValue."""
    try:
        parts = urlsplit(text if "//" in text else f"//{text}", scheme="http")
        sound = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        sound, parts = False, urlsplit("")
    if not sound or parts.query or parts.fragment or parts.username:
        raise InvalidValue(
            _("not the address of a hub: {text}").format(text=safe(text)), hint="http://127.0.0.1:8470"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


class HttpLink:
    """HTTP or HTTPS. With a `ca`, only a certificate of that authority will do; `unproven` asks for none.

    The one request that may go unproven is the enrolment, whose answer is proved by the code.
    """

    def __init__(self, url: str, ca: str = "", *, unproven: bool = False) -> None:
        self.url = url
        self.sent = self.received = self.calls = 0
        self._client = _client(url, ca, unproven)

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """See Link. What was sent is sent again only where the answer was lost: every request may come twice."""
        import httpx
        import tenacity

        try:
            for attempt in tenacity.Retrying(
                retry=tenacity.retry_if_exception_type((httpx.TransportError, _Later)),
                stop=tenacity.stop_after_attempt(TRIES),
                wait=tenacity.wait_random_exponential(multiplier=0.3, max=5),
                reraise=True,
            ):
                with attempt:
                    return self._once(method, path, headers, body)
        except httpx.TransportError as error:
            raise Offline(_reason(error)) from None
        except _Later as error:
            return error.status, error.body
        raise AssertionError("tenacity ends by an answer or an error")

    def _once(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        self.calls += 1
        self.sent += len(body)
        with self._client.stream(method, path, headers=dict(headers), content=body) as answer:
            parts = []
            size = 0
            most = MOST_ANSWER if path == "/v1/pull" else MOST_WORDS
            began = time.monotonic()
            # As it came: what a gzip answer would become has no bound.
            for part in answer.iter_raw(256 * 1024):
                size += len(part)
                if size > most:
                    raise Offline(_("its answer is too large"))
                if time.monotonic() - began > PATIENCE + size / RATE:
                    raise Offline(_("its answer comes too slowly"))
                parts.append(part)
            self.received += size
            whole = b"".join(parts)
            if answer.status_code in LATER:
                raise _Later(answer.status_code, whole)
            return answer.status_code, whole

    def events(self, path: str, headers: Mapping[str, str]) -> Iterator[str]:
        """What a hub tells as it happens, line by line; see pages.news. Raises Offline."""
        import httpx

        try:
            with self._client.stream("GET", path, headers=dict(headers)) as answer:
                if answer.status_code != 200:
                    raise Offline(f"HTTP {answer.status_code}")
                yield "open"
                line = b""
                for part in answer.iter_raw():
                    *lines, line = (line + part).split(b"\n")
                    if len(line) > MOST_LINE:
                        raise Offline(_("its answer is too large"))
                    yield from (whole.decode("ascii", "replace").rstrip("\r") for whole in lines)
        except httpx.TransportError as error:
            raise Offline(_reason(error)) from None

    def close(self) -> None:
        """Hang up."""
        self._client.close()


class _Later(Exception):
    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def _client(url: str, ca: str, unproven: bool) -> httpx.Client:
    import httpx

    verify: ssl.SSLContext | bool = True
    if unproven or url.startswith("http://"):
        # Plain HTTP proves nothing anyway: loading every authority of the world takes longer than a round.
        verify = False
    elif ca:
        try:
            verify = ssl.create_default_context(cadata=ca)
        except (ssl.SSLError, ValueError):
            raise InvalidValue(
                _("not a certificate authority in PEM"), hint=_("it begins -----BEGIN CERTIFICATE-----")
            ) from None
    return httpx.Client(
        base_url=url,
        verify=verify,
        timeout=httpx.Timeout(QUIET, connect=CONNECT),
        headers={"accept-encoding": "identity", "user-agent": "emergency"},
        follow_redirects=False,
        # A proxy of the environment is for the open internet; hubs are addressed as they were enrolled.
        trust_env=False,
    )


def _reason(error: Exception) -> str:
    words = {
        "ConnectTimeout": _("nobody answers"),
        "ReadTimeout": _("it has stopped answering"),
        "WriteTimeout": _("it has stopped listening"),
    }
    if "Connection refused" in str(error):
        return _("no hub runs there")
    said = words.get(type(error).__name__, str(error).split("\n")[0] or type(error).__name__)
    return safe(said)
