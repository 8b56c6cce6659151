"""The station's signing key: Ed25519 over SHA-256 (DESIGN, journal: signing).

The private key lies outside the database, in a file of mode 0600 beside it. A feed is named
after its public key, so that who holds an entry can check it without asking anybody.
"""

from __future__ import annotations

import hashlib
import os

from emergency.store.errors import BadStore
from emergency.store.text import safe
from emergency.store.words import _

#: Named in every header, so that SM2 over SM3 can stand beside it later.
ALGORITHM = "ed25519-sha256"
#: RFC 4648 base 32, in small letters.
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
#: Signed before the hash of the header, so that a signature means nothing elsewhere.
CONTEXT = b"emergency-entry-1:"


def key_path(store_path: str) -> str:
    """Where the key of a store lies."""
    return store_path + ".key"


def feed_id(public: bytes) -> str:
    """The name of the feed that this key signs: 20 letters and digits, 100 bits of its hash."""
    number = int.from_bytes(hashlib.sha256(public).digest())
    return "".join(_LETTERS[number >> shift & 31] for shift in range(251, 151, -5))


class Signer:
    """Signs entries with a private key of 32 bytes."""

    def __init__(self, private: bytes) -> None:
        self._private = private
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(private)
        self.public = self._key.public_key().public_bytes_raw()
        self.feed = feed_id(self.public)

    @classmethod
    def create(cls) -> Signer:
        """A new key, nowhere but in memory."""
        return cls(os.urandom(32))

    def save(self, store_path: str) -> None:
        """Write the key beside the store, readable by its owner alone."""
        path = key_path(store_path)
        temporary = f"{path}.{os.getpid()}"
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(self._private.hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)

    @classmethod
    def load(cls, store_path: str) -> Signer:
        """The key beside the store. Raises BadStore where it is missing or damaged."""
        path = key_path(store_path)
        try:
            with open(path, "rb") as file:
                return cls(bytes.fromhex(file.read(200).decode("ascii").strip()))
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

    def sign(self, digest: bytes) -> bytes:
        """64 bytes over the hash of a header."""
        return self._key.sign(CONTEXT + digest)


def verify(public: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether the holder of the key signed this hash of a header."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, CONTEXT + digest)
    except (InvalidSignature, ValueError):
        return False
    return True
