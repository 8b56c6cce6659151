"""Requests between stations and hubs: what is signed, and how a code becomes an enrolment.

A request is signed by the station over the hub's nonce, a turn that only grows, the method, the path and the
hash of the body; nothing else of it is looked at before the signature fits. An enrolment code never
crosses the wire: both sides prove with it that they have it, so a hub that a rogue network puts in
the way cannot enrol anyone, and the keys that are told are bound to the code (docs/security.md).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from emergency.store.keys import Signer, signed

#: Signed before a request, so that a signature means nothing elsewhere.
REQUEST = b"emergency-request-1:"
#: Letters of codes: no I, L, O or U, as in Crockford's base 32.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: A code's letters: 5 to find it by, 15 that are secret (75 bits, good once and for a day at most).
FINDING, SECRET = 5, 15

#: As what somebody asks to be enrolled: a station, or a hub that is to be a peer. It stands in his proof.
ASKING = ("station", "peer")

_FEED = re.compile("[a-z2-7]{20}")

FEED, NONCE, TURN, SIGNATURE = (
    "emergency-feed",
    "emergency-nonce",
    "emergency-turn",
    "emergency-signature",
)


class Signed(NamedTuple):
    """What the headers of a request say."""

    feed: str
    nonce: str
    turn: int
    signature: bytes


def message(nonce: str, turn: int, method: str, path: str, body: bytes) -> bytes:
    """The bytes that are signed, behind REQUEST."""
    return "\n".join((nonce, str(turn), method, path, hashlib.sha256(body).hexdigest())).encode()


def headers(signer: Signer, nonce: str, turn: int, method: str, path: str, body: bytes) -> dict[str, str]:
    """The headers of a signed request."""
    signature = signer.sign_as(REQUEST, message(nonce, turn, method, path, body))
    return {FEED: signer.feed, NONCE: nonce, TURN: str(turn), SIGNATURE: signature.hex()}


def is_feed(text: str) -> bool:
    """Whether it can be the name of a feed (keys.feed_id); whose it is, is another question."""
    return _FEED.fullmatch(text) is not None


def told(headers: Mapping[str, str]) -> Signed | None:
    """What a request's headers say, or None where they are none of ours."""
    try:
        feed, nonce, turn = headers[FEED], headers[NONCE], headers[TURN]
        signature = bytes.fromhex(headers[SIGNATURE])
    except (KeyError, ValueError):
        return None
    # One way to write each: what was signed is then what was sent.
    sound = is_feed(feed) and len(nonce) <= 100 and re.fullmatch("[1-9][0-9]{0,9}", turn, re.ASCII)
    return Signed(feed, nonce, int(turn), signature) if sound else None


def fits(key: bytes, said: Signed, method: str, path: str, body: bytes) -> bool:
    """Whether the holder of the key signed this request."""
    return signed(key, REQUEST + message(said.nonce, said.turn, method, path, body), said.signature)


# -- enrolment codes --------------------------------------------------------------------------------


def new_code() -> str:
    """A code for one enrolment: four groups of five letters and digits."""
    letters = "".join(LETTERS[b & 31] for b in os.urandom(FINDING + SECRET))
    return "-".join(letters[i : i + 5] for i in range(0, len(letters), 5))


def plain_code(text: str) -> str:
    """A code as it was typed, without what people add or confuse; "" where it cannot be one."""
    letters = "".join(c for c in text.upper() if c.isalnum())
    letters = letters.translate(str.maketrans("OIL", "011"))
    sound = len(letters) == FINDING + SECRET and all(c in LETTERS for c in letters)
    return letters if sound else ""


def finding(code: str) -> str:
    """The part of a code that may be told: which of the codes given out it is."""
    return code[:FINDING]


def is_finding(text: str) -> bool:
    """Whether it can be that part."""
    return len(text) == FINDING and all(c in LETTERS for c in text)


def code_key(code: str) -> bytes:
    """What both sides keep of a code while it waits."""
    return hashlib.sha256(b"emergency-enrol-1:" + code.encode()).digest()


def proof(key: bytes, *parts: bytes) -> str:
    """That who tells these parts has the code; each part is measured, so that none runs into the next."""
    told = b"".join(len(part).to_bytes(4) + part for part in parts)
    return hmac.new(key, told, hashlib.sha256).hexdigest()


def is_proof(text: object, key: bytes, *parts: bytes) -> bool:
    """Whether it is."""
    return isinstance(text, str) and hmac.compare_digest(text.encode(), proof(key, *parts).encode())


def check_words(public: bytes) -> str:
    """A few letters of a key for two people to compare by telephone."""
    letters = "".join(LETTERS[b & 31] for b in hashlib.sha256(b"emergency-compare-1:" + public).digest()[:8])
    return f"{letters[:4]}-{letters[4:]}"
