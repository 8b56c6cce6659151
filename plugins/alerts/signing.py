"""Signatures of alerts: XML digital signature against certificates that this office trusts.

signxml (extra `alerts`) checks them. Without it, or with no certificate kept, an alert with a signature is
`unchecked` and never valid. One whose content is not what was signed is refused.
"""

from __future__ import annotations

import datetime
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import times
from emergency.store.errors import BadSettings, InvalidValue
from emergency.store.text import safe
from emergency.store.words import _

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

ENDINGS = (".pem", ".crt", ".cer")


class Verdict(NamedTuple):
    """What a signature is worth: a code of the field `signature`."""

    state: str
    signer: str = ""
    remark: str = ""
    #: The bytes that are signed, where it is valid.
    signed: bytes | None = None


class Trust:
    """The certificates in a folder: of those who sign alerts. Each is trusted itself; none vouches for others."""

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        self._known: list[Certificate] | None = None

    def certificates(self) -> list[Certificate]:
        """All of them. Raises BadSettings for a file that holds none."""
        if self._known is None:
            from cryptography import x509

            self._known = []
            names = sorted(os.listdir(self.folder)) if os.path.isdir(self.folder) else []
            for path in (os.path.join(self.folder, n) for n in names if n.lower().endswith(ENDINGS)):
                with open(path, "rb") as file:
                    data = file.read(1 << 20)
                try:
                    pem = b"-----BEGIN" in data
                    found = (
                        x509.load_pem_x509_certificates(data)
                        if pem
                        else [x509.load_der_x509_certificate(data)]
                    )
                except ValueError:
                    raise BadSettings(
                        _("{path} holds no certificate").format(path=safe(path)),
                        hint=_("certificates of those who sign alerts are PEM or DER files"),
                    ) from None
                self._known += found
        return self._known

    def judge(self, data: bytes, nth: int) -> Verdict:
        """The verdict on the alert that is the nth of a document. Raises InvalidValue where it is wrong."""
        try:
            import signxml  # noqa: F401
        except ImportError:
            return Verdict(
                "unchecked", remark=_("its signature is not checked: the extra `alerts` is not installed")
            )
        element = _element(data, nth)
        if element is None:
            return Verdict("unchecked", remark=_("its signature is not checked"))
        return _verdict(
            element, self.certificates(), datetime.datetime.fromtimestamp(times.now() / 1000, datetime.UTC)
        )


def _element(data: bytes, nth: int) -> bytes | None:
    """The nth alert of a document by itself, with the namespaces that reach it."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None
    count = 0
    skipped: Any = None
    for element in root.iter():
        if not isinstance(element.tag, str) or (skipped is not None and skipped in element.iterancestors()):
            continue
        name = etree.QName(element).localname.lower()
        if name == "alert" and any(
            isinstance(c.tag, str) and etree.QName(c).localname.lower() in _MARKS for c in element
        ):
            if count == nth:
                return data if element is root else etree.tostring(element, with_tail=False)
            count += 1
            skipped = element
    return None


#: As in cap.py, which finds the alerts that are read.
_MARKS = frozenset(("identifier", "sender", "sent", "msgtype", "info"))


def _verdict(data: bytes, trusted: list[Certificate], at: datetime.datetime) -> Verdict:
    for certificate in trusted:
        signed, _why = _tried(data, certificate, at)
        if signed is not None:
            return Verdict("valid", _named(certificate), signed=signed)
    state = "untrusted" if trusted else "unchecked"
    embedded = _embedded(data)
    if embedded is None:
        return Verdict(
            state, remark=_("its signature names no certificate, and fits none that is trusted here")
        )
    signed, why = _tried(data, embedded, _within(embedded, at))
    if signed is not None and not trusted:
        return Verdict(
            state, _named(embedded), _("its signature is not checked: no certificate is trusted here")
        )
    if signed is not None:
        return Verdict(state, _named(embedded), _("it is signed by one who is not trusted here"))
    if why:
        # A method that is not accepted, SHA-1 among them, says nothing about the content.
        remark = _("its signature cannot be checked: {why}").format(why=why)
        return Verdict("unchecked", _named(embedded), remark)
    raise InvalidValue(
        _("its signature is wrong: what it says is not what was signed"),
        hint=_("nothing of it was taken in; ask the sender, or fetch it again"),
    )


def _tried(data: bytes, certificate: Certificate, at: datetime.datetime) -> tuple[bytes | None, str]:
    """(the signed bytes, or None where the signature does not fit; why it could not be asked at all)."""
    from signxml.exceptions import InvalidInput

    try:
        return _verified(data, certificate, at), ""
    except InvalidInput as error:
        return None, safe(str(error))[:120] or type(error).__name__
    except Exception:  # noqa: BLE001 - a stranger's signature may break a library in many ways; none makes it fit
        return None, ""


def _verified(data: bytes, certificate: Certificate, at: datetime.datetime) -> bytes | None:
    """The signed bytes, if they are the whole alert. Raises what signxml raises."""
    from signxml.algorithms import DigestAlgorithm, SignatureMethod
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    methods = frozenset(
        m for m in SignatureMethod if m.name.startswith(("RSA_SHA", "ECDSA_SHA")) and "SHA1" not in m.name
    )
    expected = SignatureConfiguration(
        location="./",
        signature_methods=methods,
        digest_algorithms=frozenset(d for d in DigestAlgorithm if "SHA1" not in d.name),
        ignore_ambiguous_key_info=True,
        verification_time=at,
    )
    result: Any = XMLVerifier().verify(data, x509_cert=certificate, expect_config=expected)
    root = result.signed_xml
    whole = root is not None and str(root.tag).rpartition("}")[2].lower() == "alert"
    return bytes(result.signed_data) if whole else None


def _embedded(data: bytes) -> Certificate | None:
    """The certificate that the signature brings along, if it does."""
    import base64

    from cryptography import x509
    from lxml import etree

    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    path = (
        "./{http://www.w3.org/2000/09/xmldsig#}Signature//{http://www.w3.org/2000/09/xmldsig#}X509Certificate"
    )
    text = root.findtext(path)
    try:
        return x509.load_der_x509_certificate(base64.b64decode(text)) if text else None
    except ValueError:
        return None


def _within(certificate: Certificate, at: datetime.datetime) -> datetime.datetime:
    """A moment at which a certificate is valid: whether content fits is asked apart from whether it ran out."""
    return min(max(at, certificate.not_valid_before_utc), certificate.not_valid_after_utc)


def _named(certificate: Certificate) -> str:
    return safe(certificate.subject.rfc4514_string())[:300]
