"""Nonces of a hub: what a station signs, so that no request can be sent twice by someone else."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections import OrderedDict
from collections.abc import Callable

#: How long one may be used, in milliseconds.
GOOD_FOR = 10 * 60 * 1000
#: Used ones remembered; beyond it the oldest are forgotten, and no longer good.
MOST = 20_000


class Nonces:
    """Made without being kept; only those that a valid signature used are remembered, with their last turn."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._secret = os.urandom(32)
        self._used: OrderedDict[str, int] = OrderedDict()
        self._oldest = 0

    def new(self) -> str:
        """One more: when it was made, something random, and that it was made here."""
        told = f"{self._now():x}.{os.urandom(9).hex()}"
        return f"{told}.{self._mark(told)}"

    def _mark(self, told: str) -> str:
        return hmac.new(self._secret, told.encode(), hashlib.sha256).hexdigest()[:32]

    def good(self, nonce: str) -> bool:
        """Whether it was made here, and not too long ago."""
        made = self._made(nonce)
        return made is not None and made >= self._oldest and 0 <= self._now() - made <= GOOD_FOR

    def _made(self, nonce: str) -> int | None:
        told, dot, mark = nonce.rpartition(".")
        if not dot or not hmac.compare_digest(mark.encode(), self._mark(told).encode()):
            return None
        return int(told.partition(".")[0], 16)

    def use(self, nonce: str, turn: int) -> bool:
        """Take a turn with a good nonce; each must be higher than the one before."""
        if turn <= self._used.get(nonce, 0) or turn > 1 << 31:
            return False
        self._used[nonce] = turn
        self._used.move_to_end(nonce)
        while len(self._used) > MOST:
            gone, _turn = self._used.popitem(last=False)
            self._oldest = max(self._oldest, (self._made(gone) or 0) + 1)
        return True
