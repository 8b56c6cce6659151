"""A hub's own certificate authority and certificate, for an office that has none (docs/security.md).

The authority is told to a station at enrolment, proved by the code, and pinned: no other will do.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography import x509

#: How long they are good, in days.
AUTHORITY_DAYS, CERTIFICATE_DAYS = 3650, 397


class Files(NamedTuple):
    """Where they lie."""

    ca: str
    certificate: str
    key: str

    @property
    def ca_text(self) -> str:
        """The authority in PEM."""
        with open(self.ca, encoding="ascii") as file:
            return file.read()


def files(place: str, host: str, now: datetime.datetime) -> Files:
    """The certificate for a host, made where there is none, or none for this host, or it runs out in a month."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    folder = place + ".tls"
    os.makedirs(folder, mode=0o700, exist_ok=True)
    out = Files(*(os.path.join(folder, name) for name in ("ca.pem", "hub.pem", "hub.key")))
    ca_key_path = os.path.join(folder, "ca.key")
    names = sorted({"localhost", "127.0.0.1", "::1", socket.gethostname(), *([host] if host else [])})
    if not os.path.exists(ca_key_path):
        _make_authority(out.ca, ca_key_path, now)
    if os.path.exists(out.certificate):
        with open(out.certificate, "rb") as file:
            present = x509.load_pem_x509_certificate(file.read())
        left = present.not_valid_after_utc - now
        if left.days > 30 and _names_of(present) >= {n for n in names if n not in ("0.0.0.0", "::")}:
            return out
    with open(out.ca, "rb") as file:
        authority = x509.load_pem_x509_certificate(file.read())
    with open(ca_key_path, "rb") as file:
        ca_key = load_pem_private_key(file.read(), None)
    _make_certificate(out, authority, ca_key, names, now)
    return out


def _names_of(certificate: object) -> set[str]:
    from cryptography import x509

    assert isinstance(certificate, x509.Certificate)
    told = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(n.value) for n in told}


def _make_authority(path: str, key_path: str, now: datetime.datetime) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "emergency hub authority")])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _save_key(key_path, key)
    _save(path, certificate)


def _make_certificate(
    out: Files, authority: object, ca_key: object, names: list[str], now: datetime.datetime
) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    assert isinstance(authority, x509.Certificate) and isinstance(ca_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "emergency hub")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(list(map(_general_name, names))), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    _save_key(out.key, key)
    _save(out.certificate, certificate)


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _save_key(path: str, key: object) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    assert isinstance(key, ec.EllipticCurvePrivateKey)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _save(path: str, certificate: object) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    assert isinstance(certificate, x509.Certificate)
    with open(path, "wb") as file:
        file.write(certificate.public_bytes(Encoding.PEM))
