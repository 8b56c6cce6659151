"""Signed alerts: valid, changed on the way, wrapped, of nobody trusted, and where nothing can check them."""

from __future__ import annotations

import datetime
import pathlib
import sys
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from emergency.plugins.alerts import Reading, Trust, read
from emergency.store.errors import BadSettings

from .alert_samples import cap, numbered

signxml = pytest.importorskip("signxml", reason="the extra `alerts` is not installed")

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
WHEN = datetime.datetime(2026, 7, 31, tzinfo=datetime.UTC)


class Signer(NamedTuple):
    """A key and the certificate of it."""

    key: Key
    certificate: x509.Certificate

    def sign(self, text: str, **how: Any) -> str:
        """The alert with an enveloped signature, as bytes of text."""
        from lxml import etree

        method = "rsa-sha256" if isinstance(self.key, rsa.RSAPrivateKey) else "ecdsa-sha256"
        signer = signxml.XMLSigner(signature_algorithm=how.pop("algorithm", method), **how)
        signed = signer.sign(etree.fromstring(text.encode()), key=self.key, cert=[self.certificate])
        return etree.tostring(signed).decode()

    @property
    def pem(self) -> bytes:
        """The certificate as a file."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def signer(key: Key, name: str, *, days: int = 365) -> Signer:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(WHEN - datetime.timedelta(days=30))
        .not_valid_after(WHEN + datetime.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return Signer(key, built)


@pytest.fixture(scope="module")
def office() -> Signer:
    return signer(rsa.generate_private_key(65537, 2048), "样例气象台")


@pytest.fixture(scope="module")
def stranger() -> Signer:
    return signer(ec.generate_private_key(ec.SECP256R1()), "stranger")


@pytest.fixture(autouse=True)
def hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMERGENCY_NOW", "2026-07-31T08:00:00+08:00")


@pytest.fixture
def trust(tmp_path: pathlib.Path, office: Signer) -> Trust:
    (tmp_path / "office.pem").write_bytes(office.pem)
    (tmp_path / "notes.txt").write_text("no certificate")
    return Trust(str(tmp_path))


def state(reading: Reading) -> list[tuple[Any, Any]]:
    assert reading.refused == ()
    return [(m.values["identifier"], m.values["signature"]) for m in reading.messages]


def test_a_valid_signature_names_who_signed(office: Signer, trust: Trust) -> None:
    (message,) = read(office.sign(cap()).encode(), "x", trust).messages
    assert (message.values["signature"], message.values["signed_by"]) == ("valid", "CN=样例气象台")
    assert message.remarks == ()
    assert (
        message.values["headline"] == "北京市气象台发布暴雨橙色预警" and message.values["colour"] == "orange"
    )


@pytest.mark.parametrize(
    ("said", "written"), [("UTF-8", "utf-8"), ("GBK", "gbk"), ("GBK", "utf-8"), ("UTF-8", "utf-16")]
)
def test_a_signature_is_of_what_is_said_in_whatever_encoding_it_came(
    office: Signer, trust: Trust, said: str, written: str
) -> None:
    from lxml import etree

    signed = etree.tostring(etree.fromstring(office.sign(cap()).encode()), encoding="unicode")
    text = f"<?xml version='1.0' encoding='{said}'?>\n{signed}"
    (message,) = read(text.encode(written), "x", trust).messages
    assert (message.values["signature"], message.values["area"]) == ("valid", "房山区、丰台区")
    assert len(read(text.replace("橙色", "红色").encode(written), "x", trust).refused) == 1


def test_of_signed_files_one_after_the_other_each_is_checked(office: Signer, trust: Trust) -> None:
    files = [office.sign(cap()), numbered(2), office.sign(numbered(3))]
    found = state(read("\n".join(files).encode(), "x", trust))
    assert found == [("TEST-1", "valid"), ("TEST-2", "unsigned"), ("TEST-3", "valid")]


def test_ecdsa_is_checked_too(tmp_path: pathlib.Path, stranger: Signer) -> None:
    (tmp_path / "s.crt").write_bytes(stranger.certificate.public_bytes(serialization.Encoding.DER))
    assert state(read(stranger.sign(cap()).encode(), "x", Trust(str(tmp_path)))) == [("TEST-1", "valid")]


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("暴雨橙色", "暴雨蓝色"),
        ("<status>Actual</status>", "<status>Exercise</status>"),
        ("110111", "110108"),
        ("<msgType>Alert</msgType>", "<msgType>Cancel</msgType>"),
        ("</info>", "<web>http://evil.example</web></info>"),
    ],
)
def test_what_was_changed_on_the_way_is_refused(
    office: Signer, trust: Trust, before: str, behind: str
) -> None:
    text = office.sign(cap()).replace("&#", "&#")
    from lxml import etree

    text = etree.tostring(etree.fromstring(text.encode()), encoding="unicode")
    assert before in text
    reading = read(text.replace(before, behind).encode(), "x", trust)
    assert reading.messages == ()
    assert [("wrong" in r.why) for r in reading.refused] == [True]
    # One that is wrong keeps nothing from the others of its feed.
    whole = f"<alerts>{text.replace(before, behind)}{numbered(2)}</alerts>"
    reading = read(whole.encode(), "x", trust)
    assert [m.values["identifier"] for m in reading.messages] == ["TEST-2"] and len(reading.refused) == 1


def test_a_valid_one_within_a_feed(office: Signer, trust: Trust) -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>x</title><content>'
        f"{office.sign(cap())}</content></entry><entry><id>2</id><title>y</title><content><![CDATA["
        f"{office.sign(numbered(2))}]]></content></entry><entry><id>3</id><title>z</title><content>"
        f"{numbered(3)}</content></entry></feed>"
    )
    assert state(read(feed.encode(), "x", trust)) == [
        ("TEST-1", "valid"),
        ("TEST-2", "valid"),
        ("TEST-3", "unsigned"),
    ]


def test_one_who_is_not_trusted_is_told_and_never_valid(stranger: Signer, trust: Trust) -> None:
    (message,) = read(stranger.sign(cap()).encode(), "x", trust).messages
    assert (message.values["signature"], message.values["signed_by"]) == ("untrusted", "CN=stranger")
    assert any("not trusted" in r for r in message.remarks)
    # By one's own certificate a change is seen all the same.
    from lxml import etree

    text = etree.tostring(etree.fromstring(stranger.sign(cap()).encode()), encoding="unicode")
    assert len(read(text.replace("暴雨橙色", "暴雨蓝色").encode(), "x", trust).refused) == 1


def test_without_any_certificate_nothing_is_valid(office: Signer, tmp_path: pathlib.Path) -> None:
    for folder in ("", str(tmp_path), str(tmp_path / "none")):
        assert state(read(office.sign(cap()).encode(), "x", Trust(folder))) == [("TEST-1", "unchecked")]


def test_without_the_extra_nothing_is_valid(
    office: Signer, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = office.sign(cap())
    monkeypatch.setitem(sys.modules, "signxml", None)
    (message,) = read(text.encode(), "x", trust).messages
    assert message.values["signature"] == "unchecked"
    assert any("not checked" in r for r in message.remarks)


def test_a_certificate_that_ran_out_is_not_trusted(tmp_path: pathlib.Path) -> None:
    old = signer(ec.generate_private_key(ec.SECP256R1()), "old", days=-1)
    (tmp_path / "old.pem").write_bytes(old.pem)
    assert state(read(old.sign(cap()).encode(), "x", Trust(str(tmp_path)))) == [("TEST-1", "untrusted")]


def test_an_alert_wrapped_round_a_signed_one_is_not_signed(office: Signer, trust: Trust) -> None:
    """Signature wrapping: the signature fits an alert that is hidden in another, which nobody signed."""
    signed = office.sign(cap())
    start, end = signed.index("<ds:Signature"), signed.index("</ds:Signature>") + len("</ds:Signature>")
    signature, original = signed[start:end], signed[:start] + signed[end:]
    evil = cap(headline="解除暴雨橙色预警", msgType="Cancel").replace(
        "</alert>", f"<x>{original}</x>{signature}</alert>"
    )
    reading = read(evil.encode(), "x", trust)
    assert not any(m.values.get("signature") == "valid" for m in reading.messages)
    within = signature.replace("</ds:Signature>", f"<ds:Object>{original}</ds:Object></ds:Signature>")
    evil = cap(headline="解除暴雨橙色预警", msgType="Cancel").replace("</alert>", f"{within}</alert>")
    reading = read(evil.encode(), "x", trust)
    assert not any(m.values.get("signature") == "valid" for m in reading.messages)


def test_a_signature_of_a_part_is_no_signature_of_the_alert(office: Signer, trust: Trust) -> None:
    from lxml import etree

    root = etree.fromstring(cap().replace("<info>", '<info Id="part">').encode())
    signed = signxml.XMLSigner().sign(root, key=office.key, cert=[office.certificate], reference_uri="part")
    text = etree.tostring(signed, encoding="unicode").replace(
        "<status>Actual</status>", "<status>Test</status>"
    )
    reading = read(text.encode(), "x", trust)
    assert not any(m.values.get("signature") == "valid" for m in reading.messages)


def test_rubbish_in_the_place_of_a_signature(trust: Trust) -> None:
    for inner in (
        "",
        "<x/>",
        "<SignedInfo/>",
        "<SignedInfo><Reference/></SignedInfo><SignatureValue>!!</SignatureValue>",
    ):
        bad = f'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">{inner}</Signature>'
        reading = read(cap().replace("</alert>", f"{bad}</alert>").encode(), "x", trust)
        assert not any(m.values.get("signature") in ("valid", "unsigned") for m in reading.messages)


def test_a_file_that_is_no_certificate_is_named(tmp_path: pathlib.Path, office: Signer) -> None:
    (tmp_path / "bad.pem").write_text("-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n")
    with pytest.raises(BadSettings, match=r"bad\.pem"):
        Trust(str(tmp_path)).certificates()
