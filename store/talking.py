"""A station's talk with one hub: requests that are signed with a nonce of the hub's.

It may go on over many rounds: the connection, the nonce and its turns are kept, so that the next
request needs no other before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from typing import Any

from emergency.store import pages, requests, times
from emergency.store.entries import parsed, whole
from emergency.store.hubs import Hub
from emergency.store.keys import Signer
from emergency.store.link import LATER, Link, Offline, Refusal

#: A nonce as it may stand in a header.
NONCE = re.compile("[!-~]{1,200}")


class Talk:
    """With whom, over which line; `begin` says as whom, before anything is asked."""

    def __init__(self, link: Link) -> None:
        self.link = link
        #: How far this machine's clock is ahead of the hub's, in milliseconds.
        self.skew = 0
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

    def ask(self, path: str, body: bytes) -> bytes:
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
            elif error == "not-enrolled" and self._introduce():
                continue
            else:
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
        if error == "revoked":
            why = str(told.get("why", ""))[: pages.MOST_WORD]
            return Refusal("revoked", why=why)
        if error == "not-enrolled":
            return Refusal("not-enrolled", url=self._hub.url)
        return Refusal("answers", status=str(status), word=str(error or "")[: pages.MOST_WORD])
