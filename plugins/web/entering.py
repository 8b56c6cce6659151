"""Who is let in: everybody whom the address lets come to look; to change things, who had the address with the token.

The token is good once. It leaves a cookie that no script reads and no other site sends.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from urllib.parse import urlsplit

from aiohttp import web

#: The cookie of one who signed in.
COOKIE = "emergency_desk"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Door:
    """Knows the token and who came in by it; all is forgotten when the program ends."""

    def __init__(self, host: str, *, write: bool, secure: bool, public_name: str = "") -> None:
        self.host, self.public_name, self.secure = host, public_name, secure
        self.token = secrets.token_urlsafe(24) if write else ""
        self._used = False
        self._desks: set[str] = set()

    def enter(self, token: str) -> web.Response:
        """The answer to who comes with a token: the board with a cookie, or that it is not good (any more)."""
        right = bool(self.token) and hmac.compare_digest(token.encode(), self.token.encode())
        if not right or self._used:
            raise web.HTTPForbidden(text="not a token, or used already")
        self._used = True
        desk = secrets.token_urlsafe(24)
        self._desks.add(desk)
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(COOKIE, desk, httponly=True, samesite="Strict", secure=self.secure, path="/")
        return answer

    def may_write(self, request: web.Request) -> bool:
        """Whether who asks has signed in."""
        shown = request.cookies.get(COOKIE, "").encode()
        return any(hmac.compare_digest(shown, desk.encode()) for desk in self._desks)

    def check_host(self, request: web.Request) -> None:
        """Raises HTTPForbidden for a name that is not this machine's: a site that points its name here."""
        if not self.knows(request.headers.get("Host", "")):
            raise web.HTTPForbidden(text="not the name of this machine: use its address, or --public-name")

    def knows(self, host: str) -> bool:
        """Whether a Host header names this machine: loopback, the name it was given, or, off loopback, an address."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in (*_LOOPBACK, self.host, self.public_name):
            return True
        if self.host in _LOOPBACK:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def check_origin(self, request: web.Request) -> None:
        """Raises HTTPForbidden for a line that a page of another site opens: browsers open them for anybody."""
        scheme = "https" if self.secure else "http"
        if request.headers.get("Origin") != f"{scheme}://{request.headers.get('Host', '')}":
            raise web.HTTPForbidden(text="not from a page of this server")
