"""A station's talk with one hub: requests that are signed with a nonce of the hub's.

It may go on over many rounds: the connection, the nonce and its turns are kept, so that the next
request needs no other before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from emergency.store import frames, pages, requests, times
from emergency.store.entries import parsed, whole
from emergency.store.exchange import Stretch
from emergency.store.hubs import Hub
from emergency.store.keys import Signer
from emergency.store.link import LATER, Ahead, Link, Offline, Refusal

#: A nonce as it may stand in a header.
NONCE = re.compile("[!-~]{1,200}")


class Talk:
    """With whom, over which line; `begin` says as whom, before anything is asked."""

    def __init__(self, link: Link) -> None:
        self.link = link
        #: How far this machine's clock is ahead of the hub's, in milliseconds; None until the hub has told its own.
        self.skew: int | None = None
        #: Where its own feed ends there, as a hub told that did not know us; None where it has told nothing.
        self.stands: int | None = None
        self._nonce = ""
        self._turn = count(1)

    def begin(self, hub: Hub, signer: Signer, introduce: Callable[[], bool]) -> None:
        """Speak as the holder of a key. Raises Offline, Refusal.

        `introduce` is called where the hub does not know the key, and says whether to ask again.
        """
        self._hub, self._signer, self._introduce = hub, signer, introduce
        if not self._nonce:
            self._info()

    def forget(self) -> None:
        """Begin anew next time: something went wrong, and another may answer there by then."""
        self._nonce = ""

    def _info(self) -> None:
        status, body = self.link.call("GET", "/v1/info", {}, b"")
        told = parsed(body) or {}
        if status in LATER:
            raise Offline("busy")
        if status != 200 or told.get("protocol") is None:
            raise Refusal("not-a-hub")
        if told.get("protocol") != 1:
            raise Refusal("newer")
        if told.get("hub") != self._hub.feed:
            raise Refusal("other-hub", url=self._hub.url)
        self._take_nonce(told)
        if whole(told.get("time")):
            self.skew = times.now() - told["time"]

    def ahead(self, path: str, body: bytes) -> Ahead | None:
        """Begin to ask, where the line can wait for the answer by itself; nothing else may be asked meanwhile.

        Whoever is not known there is refused: only `ask` introduces, which reads the store.
        """
        begin = getattr(self.link, "ahead", None)
        ahead: Ahead | None = begin(partial(self.ask, path, body, introduce=False)) if begin else None
        return ahead

    def ask(self, path: str, body: bytes, *, introduce: bool = True) -> bytes:
        """The answer to a signed request. Raises Offline, Refusal."""
        error: Any = None
        for _n in range(3):
            headers = requests.headers(self._signer, self._nonce, next(self._turn), "POST", path, body)
            status, answer = self.link.call("POST", path, headers, body)
            if status == 200:
                return answer
            told = parsed(answer) or {}
            error = told.get("error")
            if status == 401 and told.get("nonce"):
                self._take_nonce(told)
                continue
            if error == "not-enrolled":
                self.stands = int(told["seq"]) if whole(told.get("seq")) else None
                if introduce and self._introduce():
                    continue
            raise self.denied(status, told)
        if error == "nonce":
            # Served, and the answers lost: each was sent again, and a nonce serves once.
            raise Offline("busy")
        raise Refusal("signature")

    def _take_nonce(self, told: dict[str, Any]) -> None:
        nonce = told.get("nonce")
        # It goes into a header.
        if not isinstance(nonce, str) or not NONCE.fullmatch(nonce):
            raise Refusal("not-a-hub")
        self._nonce = nonce

    def denied(self, status: int, told: dict[str, Any]) -> Offline | Refusal:
        """What an answer other than 200 means."""
        error = told.get("error")
        if error == "full":
            return Offline("full")
        if error == "quota":
            return Offline("quota")
        if status in LATER:
            return Offline("busy")
        if status == 413:
            return Refusal("too-long")
        if error == "revoked":
            why = str(told.get("why", ""))[: pages.MOST_WORD]
            return Refusal("revoked", why=why)
        if error == "not-enrolled":
            return Refusal("not-enrolled", url=self._hub.url)
        return Refusal("answers", status=str(status), word=str(error or "")[: pages.MOST_WORD])


class Pulling:
    """Pages of entries from a hub: where line and hub allow it, the next is asked for while one is taken in."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._ahead: Ahead | None = None
        self._wanted: list[Stretch] = []

    def __enter__(self) -> Pulling:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        # Nobody else may speak on this line until it ended; who ends the program does not wait for it.
        if self._ahead and (kind is None or issubclass(kind, Exception)):
            self._ahead.leave()

    def page(self, left: list[Stretch]) -> pages.Page:
        """A page of what is left. Raises Offline, Refusal."""
        found = pages.Page(self._come(left) or self._talk.ask(*_pull(left)))
        self._wanted = found.announced()
        self._ahead = self._talk.ahead(*_pull(self._wanted)) if self._wanted else None
        return found

    def _come(self, left: list[Stretch]) -> bytes | None:
        """What was asked for beforehand, if it is what is left. Raises Offline."""
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return None
        if self._wanted != left:
            ahead.leave()
            return None
        try:
            return ahead()
        except Refusal:
            # Who asks for it again may be introduced first.
            return None


def _pull(left: list[Stretch]) -> tuple[str, bytes]:
    return "/v1/pull", frames.json_block({"want": left})
