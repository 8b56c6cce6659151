"""Why a hub does not serve a request."""

from __future__ import annotations

from typing import Any


class Denied(Exception):
    """A request that is not served: the status, the word for why, and what else to tell."""

    def __init__(self, status: int, word: str, **more: Any) -> None:
        super().__init__(word)
        self.status, self.word, self.more = status, word, more
