"""The line to a hub: HTTP with timeouts, a bound on what is read, and a few tries; offline is a state."""

from __future__ import annotations

import contextlib
import contextvars
import errno
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from emergency.store.errors import InvalidValue
from emergency.store.frames import MOST_NEWS
from emergency.store.reasons import Reason
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
#: Seconds between tries to cut off what is wanted no more.
AGAIN = 0.1
#: The longest line of a hub's live line that is read to its end: news, and what is said before them.
MOST_LINE = MOST_NEWS + 4096
#: Answers that mean: not now.
LATER = (429, 502, 503, 504)


class Offline(Reason):
    """Nobody answers, or not now; the message says who says so."""


class Refusal(Reason):
    """Who answers is not the hub we know, or will not deal with us; the message says why, for a person."""


class Link(Protocol):
    """A way to a hub."""

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """(status, body) of an answer. Raises Offline, Refusal."""
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


class Ahead:
    """An answer that is waited for while something else goes on; nothing else may be asked of the line until it came."""

    def __init__(self, ask: Callable[[], bytes], cut: Callable[[], None] = lambda: None) -> None:
        self._cut = cut
        self._answer: bytes | None = None
        self._error: Exception | None = None
        # A thread that the end of the program does not wait for; it speaks the language of who asks.
        work = partial(contextvars.copy_context().run, self._work, ask)
        self._thread = threading.Thread(target=work, name="ahead", daemon=True)
        self._thread.start()

    def _work(self, ask: Callable[[], bytes]) -> None:
        try:
            self._answer = ask()
        except Exception as error:  # noqa: BLE001 - it is raised in the thread of who asks
            self._error = error

    def leave(self) -> None:
        """Want it no more: what goes on is cut off, and has ended once this returns."""
        while self._thread.is_alive():
            # Again, as it may have been about to call.
            self._cut()
            self._thread.join(AGAIN)

    def __call__(self) -> bytes:
        """The answer, once it has come. Raises what asking raised: Offline, Refusal."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._answer is not None
        return self._answer


class HttpLink:
    """HTTP or HTTPS. With a `ca`, only a certificate of that authority will do; `unproven` asks for none.

    The one request that may go unproven is the enrolment, whose answer is proved by the code. A link that
    is not `patient` asks a hub that fell silent no second time: whoever holds it comes back anyway.
    """

    def __init__(self, url: str, ca: str = "", *, unproven: bool = False, patient: bool = True) -> None:
        self.url = url
        self.sent = self.received = self.calls = 0
        self._ca, self._patient = ca, patient
        self._client = _client(url, ca, unproven)
        #: The connections made, for whoever must cut them off from another thread; and whether that was done.
        self._streams: list[Any] = []
        self._ended = False
        #: What ends the wait for an answer that does not begin, though something comes; and whether it did.
        self._patience: threading.Timer | None = None
        self._given_up = False

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """See Link. What was sent is sent again only where the answer was lost: every request may come twice."""
        import httpx
        import tenacity

        try:
            for attempt in tenacity.Retrying(
                retry=tenacity.retry_if_exception(self._worth_another),
                stop=tenacity.stop_after_attempt(TRIES),
                wait=tenacity.wait_random_exponential(multiplier=0.3, max=5),
                reraise=True,
            ):
                with attempt:
                    return self._once(method, path, headers, body)
        except httpx.TransportError as error:
            raise self._reason(error) from None
        except _Later as error:
            return error.status, error.body
        raise AssertionError("tenacity ends by an answer or an error")

    def _worth_another(self, error: BaseException) -> bool:
        """Whether asking again may bring what did not come; a certificate is the same the next time."""
        import httpx

        if self._ended or self._given_up or _cause(error, ssl.SSLError) is not None:
            return False
        if isinstance(error, httpx.ReadTimeout):
            return self._patient
        return isinstance(error, httpx.TransportError | _Later)

    def _once(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        self.calls += 1
        self.sent += len(body)
        with self._stream(method, path, headers, body) as answer:
            parts = []
            size = 0
            most = MOST_ANSWER if path == "/v1/pull" else MOST_WORDS
            began = time.monotonic()
            # As it came: what a gzip answer would become has no bound.
            for part in answer.iter_raw(256 * 1024):
                size += len(part)
                if size > most:
                    raise Offline("too-large")
                if time.monotonic() - began > PATIENCE + size / RATE:
                    raise Offline("too-slow")
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
            with self._stream("GET", path, headers, b"") as answer:
                if answer.status_code != 200:
                    raise Offline("status", status=str(answer.status_code))
                yield "open"
                line = b""
                for part in answer.iter_raw():
                    *lines, line = (line + part).split(b"\n")
                    if len(line) > MOST_LINE:
                        raise Offline("too-large")
                    yield from (whole.decode("ascii", "replace").rstrip("\r") for whole in lines)
        except httpx.TransportError as error:
            raise self._reason(error) from None

    def _stream(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> AbstractContextManager[httpx.Response]:
        if self._ended:
            raise Offline("cut")
        self._given_up = False
        return self._client.stream(
            method, path, headers=dict(headers), content=body, extensions={"trace": self._traced}
        )

    def _traced(self, event: str, told: Mapping[str, Any]) -> None:
        """Keep what was connected, and bound the wait for an answer's beginning; called by the client as it goes."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._streams = [*self._streams[-3:], told["return_value"]]
            if self._ended:
                self._shut()
        elif event == "http11.receive_response_headers.started":
            # Each read may wait for QUIET; headers that drip, and interim answers without end, reach no reader of ours.
            self._patience = threading.Timer(PATIENCE, self._give_up)
            self._patience.daemon = True
            self._patience.start()
        elif event.startswith("http11.receive_response_headers.") and self._patience is not None:
            self._patience.cancel()

    def _give_up(self) -> None:
        self._given_up = True
        self._shut()

    def ahead(self, ask: Callable[[], bytes]) -> Ahead:
        """Begin to ask something of this line."""
        return Ahead(ask, self._give_up)

    def hang_up(self) -> None:
        """Cut off whatever is going on, from any thread: who waits for an answer is told at once that none comes."""
        self._ended = True
        self._shut()

    def _shut(self) -> None:
        for stream in self._streams:
            with contextlib.suppress(OSError):
                # To close it would wake nobody.
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up, when nothing is going on."""
        self._client.close()

    def _reason(self, error: Exception) -> Offline | Refusal:
        """What a person is told of a failure, whatever the library calls it."""
        if self._given_up:
            return Offline("too-slow")
        broken = _cause(error, ssl.SSLError)
        if isinstance(broken, ssl.SSLCertVerificationError):
            return Refusal(_CERTIFICATE.get(broken.verify_code, "") or self._unknown_authority)
        if isinstance(broken, ssl.SSLError) and not isinstance(broken, ssl.SSLEOFError):
            plain = broken.reason in _PLAIN
            return Refusal("no-tls") if plain else Offline("tls", why=safe(str(broken.reason or "SSL")))
        name = type(error).__name__
        if name in _NAMED:
            return Offline(_NAMED[name])
        system = _cause(error, OSError)
        if isinstance(system, socket.gaierror):
            return Offline("no-host")
        number = system.errno if isinstance(system, OSError) else None
        if number == errno.ECONNREFUSED:
            return Offline("no-hub")
        if name == "RemoteProtocolError" and "disconnected" not in str(error):
            return Offline("no-http")
        if name in ("RemoteProtocolError", "ReadError", "WriteError", "CloseError"):
            untold = self.url.startswith("http://") and not self.received
            return Offline("cut-plain" if untold else "cut")
        if number:
            return Offline("system", errno=str(number))
        return Offline(safe(str(error).split("\n")[0] or name))

    @property
    def _unknown_authority(self) -> str:
        return "certificate" if self._ca else "certificate-public"


#: The library's name of a failure that needs no closer look.
_NAMED = {"ConnectTimeout": "no-answer", "ReadTimeout": "silent", "WriteTimeout": "deaf"}
#: What OpenSSL says of a certificate: for another host or address, not valid yet or no more.
_CERTIFICATE = {62: "certificate-name", 64: "certificate-name", 9: "certificate-date", 10: "certificate-date"}
#: What OpenSSL calls an answer that is no TLS.
_PLAIN = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
)


def _cause(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    """The failure of a kind that this one came of, or is."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, kind):
        found = found.__cause__ or found.__context__
    return found


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
