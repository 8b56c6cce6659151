"""Sealing a bundle to those who may open it: sticks get lost.

The contents are encrypted once (ChaCha20-Poly1305, RFC 8439) and their key is wrapped for each
receiver by X25519 (RFC 7748) and HKDF-SHA-256 (RFC 5869). A receiver needs no key besides the
one it signs with: the two curves are one in other coordinates (RFC 7748, 4.1), so whoever
knows a feed can seal to it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from emergency.store.keys import Signer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

#: The prime of both curves, and what a wrapped key is bound to.
_P = 2**255 - 19
_CONTEXT = b"emergency-bundle-1:"


class Sealed(Exception):
    """Sealed to others, or not whole."""


def _public(signing: bytes) -> X25519PublicKey:
    """The key to seal to, of a public signing key. Raises ValueError for what is none."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    y = int.from_bytes(signing, "little") & (2**255 - 1)
    if len(signing) != 32 or (1 - y) % _P == 0:
        raise ValueError("not a public key")
    u = (1 + y) * pow(1 - y, -1, _P) % _P
    return X25519PublicKey.from_public_bytes(u.to_bytes(32, "little"))


def _private(signing: bytes) -> X25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(hashlib.sha512(signing).digest()[:32])


def _wrapping(shared: bytes, ephemeral: bytes, receiver: bytes, bundle: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt=ephemeral + receiver, info=_CONTEXT + bundle).derive(shared)


class Seal:
    """The key of one bundle."""

    def __init__(self, bundle: bytes, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        self.bundle, self.key = bundle, key
        self._cipher = ChaCha20Poly1305(key)

    @classmethod
    def new(cls, bundle: bytes) -> Seal:
        """One that nobody has yet."""
        return cls(bundle, os.urandom(32))

    def close(self, number: int, payload: bytes) -> bytes:
        """The sealed form of the block with this number; no number may be used for two blocks."""
        return number.to_bytes(8) + self._cipher.encrypt(number.to_bytes(12), payload, self.bundle)

    def open(self, sealed: bytes) -> bytes:
        """What a block says. Raises Sealed where it was changed, or belongs to another bundle."""
        from cryptography.exceptions import InvalidTag

        number = sealed[:8]
        try:
            return self._cipher.decrypt(bytes(4) + number, sealed[8:], self.bundle)
        except (InvalidTag, ValueError):
            raise Sealed("changed") from None

    def wrapped(self, receivers: Iterable[bytes]) -> tuple[str, list[str]]:
        """(ephemeral key, the bundle's key wrapped for each receiver's signing key), in hexadecimal."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        mine = X25519PrivateKey.generate()
        ephemeral = mine.public_key().public_bytes_raw()
        out = []
        for signing in receivers:
            shared = mine.exchange(_public(signing))
            wrapping = _wrapping(shared, ephemeral, signing, self.bundle)
            out.append(ChaCha20Poly1305(wrapping).encrypt(bytes(12), self.key, self.bundle).hex())
        return ephemeral.hex(), out


def unwrapped(signer: Signer, bundle: bytes, ephemeral: str, wrapped: Iterable[str]) -> Seal:
    """The key of a bundle that was wrapped for this station, or for a key it had before. Raises Sealed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        theirs = X25519PublicKey.from_public_bytes(bytes.fromhex(ephemeral))
        keys = [bytes.fromhex(text) for text in wrapped]
    except ValueError:
        raise Sealed("changed") from None
    for private, public in signer.pairs():
        try:
            shared = _private(private).exchange(theirs)
        except ValueError:
            raise Sealed("changed") from None
        cipher = ChaCha20Poly1305(_wrapping(shared, bytes.fromhex(ephemeral), public, bundle))
        for key in keys:
            try:
                return Seal(bundle, cipher.decrypt(bytes(12), key, bundle))
            except (InvalidTag, ValueError):
                continue
    raise Sealed("others")
