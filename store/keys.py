"""The station's signing key: Ed25519 over SHA-256 (DESIGN, journal: signing).

The private key lies outside the database, in a file of mode 0600 beside it. A feed is named
after its public key, so that who holds an entry can check it without asking anybody.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emergency.store.errors import BadStore
from emergency.store.text import safe
from emergency.store.words import _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

#: Named in every header, so that SM2 over SM3 can stand beside it later.
ALGORITHM = "ed25519-sha256"
#: RFC 4648 base 32, in small letters.
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
#: Signed before the hash of the header, so that a signature means nothing elsewhere.
CONTEXT = b"emergency-entry-1:"
#: Signed by an earlier key of a station before the next one, so that the next needs no new enrolment.
SUCCESSION = b"emergency-succession-1:"
#: Earlier keys kept in the file, to sign for the next.
_KEPT = 3


def key_path(store_path: str) -> str:
    """Where the key of a store lies."""
    return store_path + ".key"


def feed_id(public: bytes) -> str:
    """The name of the feed that this key signs: 20 letters and digits, 100 bits of its hash."""
    number = int.from_bytes(hashlib.sha256(public).digest())
    return "".join(_LETTERS[number >> shift & 31] for shift in range(251, 151, -5))


class Signer:
    """Signs entries with a private key of 32 bytes."""

    def __init__(self, private: bytes, earlier: tuple[bytes, ...] = ()) -> None:
        self._private = private
        #: Private keys with which this station signed before.
        self._earlier = earlier
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(private)
        self.public = self._key.public_key().public_bytes_raw()
        self.feed = feed_id(self.public)

    @classmethod
    def create(cls) -> Signer:
        """A new key, nowhere but in memory."""
        return cls(os.urandom(32))

    def save(self, store_path: str) -> None:
        """Write the key beside the store, readable by its owner alone; the one that lay there is kept below it."""
        path = key_path(store_path)
        temporary = f"{path}.{os.getpid()}"
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            for private in dict.fromkeys((self._private, *self._earlier, *_lying(path)[:_KEPT])):
                file.write(private.hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)

    @classmethod
    def load(cls, store_path: str) -> Signer:
        """The key beside the store. Raises BadStore where it is missing or damaged."""
        path = key_path(store_path)
        try:
            private, *earlier = _read(path)
            return cls(private, tuple(earlier))
        except FileNotFoundError:
            raise BadStore(
                _("the signing key {path} is missing").format(path=safe(path)),
                hint=_("a copied store needs its own: emergency restore, or copy the key file too"),
            ) from None
        except (ValueError, OSError) as error:
            raise BadStore(
                _("the signing key {path} cannot be read: {why}").format(
                    path=safe(path), why=safe(str(error))
                )
            ) from None

    def next(self) -> Signer:
        """A new key that the present one, and those before it, can vouch for."""
        return Signer(os.urandom(32), (self._private, *self._earlier)[:_KEPT])

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        """(private, public) of the present key and those before it, for what was sealed to them."""
        for private in (self._private, *self._earlier):
            yield private, Signer(private).public

    def vouched(self) -> Iterator[tuple[str, bytes]]:
        """(feed, signature over the present key) of each earlier key, the latest first."""
        for private in self._earlier:
            before = Signer(private)
            yield before.feed, before._key.sign(SUCCESSION + self.public)

    def sign(self, digest: bytes) -> bytes:
        """64 bytes over the hash of a header."""
        return self.sign_as(CONTEXT, digest)

    def sign_as(self, context: bytes, message: bytes) -> bytes:
        """64 bytes over anything else; the context says what it means, so that it means nothing elsewhere."""
        return self._key.sign(context + message)


def _read(path: str) -> list[bytes]:
    with open(path, "rb") as file:
        return [bytes.fromhex(line) for line in file.read(2000).decode("ascii").split()] or [b""]


def _lying(path: str) -> list[bytes]:
    """The keys in a file that may not be there, or be damaged."""
    try:
        return [key for key in _read(path) if len(key) == 32]
    except (OSError, ValueError):
        return []


def verify(public: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether the holder of the key signed this hash of a header."""
    return signed(public, CONTEXT + digest, signature)


def vouches(public: bytes, successor: bytes, signature: bytes) -> bool:
    """Whether the holder of an earlier key named this one to follow it."""
    return signed(public, SUCCESSION + successor, signature)


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of the key signed these bytes."""
    from cryptography.exceptions import InvalidSignature

    try:
        _public(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@functools.lru_cache(maxsize=1024)
def _public(key: bytes) -> Ed25519PublicKey:
    """The key behind its bytes. Raises ValueError."""
    from cryptography.hazmat.primitives.asymmetric import ed25519

    return ed25519.Ed25519PublicKey.from_public_bytes(key)
