"""Certificates, and hubs that speak TLS or do not: what is no more the hub we enrolled at is refused, with the next step."""

from __future__ import annotations

import datetime
import pathlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from emergency.plugins.hub import tls
from emergency.store import hubs, syncing
from emergency.store.errors import NoHub, Refused
from emergency.store.link import HttpLink
from emergency.store.store import Store
from tests.store.stations import run, told

from .hubs import real, station, until


def test_tls_pins_the_authority_told_at_enrolment(tmp_path: pathlib.Path) -> None:
    with real(tmp_path / "one", "--tls") as one, real(tmp_path / "two", "--tls") as two:
        with one.enrol(tmp_path, "FT") as enrolled:
            hub = hubs.hubs(enrolled.connection)[0]
            assert hub.ca.startswith("-----BEGIN CERTIFICATE-----")
            assert one.sync(enrolled).state == "synced"
            # The same address, answered by a hub with another authority; and without the authority.
            for url, ca in ((two.url, hub.ca), (one.url, "")):
                refused_as_uncertified(enrolled, hub, url, ca, "certificate" if ca else "certificate-public")
            # TLS asked in plain words gets no answer.
            plain = one.url.replace("https", "http")
            line = HttpLink(plain)
            outcome = syncing.sync(enrolled, hub, line)
            assert (outcome.state, outcome.code) == ("offline", "cut-plain") and "https://" in outcome.why
            with pytest.raises(NoHub, match="https://"):
                hubs.enrol(enrolled, line, plain, one.code("HD"))
            line.close()
            line = HttpLink(one.url, two_ca(tmp_path / "two"))
            with pytest.raises(Refused, match="not of the authority that --ca names"):
                hubs.enrol(enrolled, line, one.url, one.code("HD"))
            line.close()
        modes = {p.name: p.stat().st_mode & 0o777 for p in one.home.rglob("*.key")}
        assert set(modes.values()) == {0o600} and len(modes) == 3


def two_ca(folder: pathlib.Path) -> str:
    """The authority of the hub in a folder."""
    return next(folder.rglob("ca.pem")).read_text("ascii")


def refused_as_uncertified(store: Store, hub: hubs.Hub, url: str, ca: str, code: str) -> None:
    """A round there is refused for the certificate at once, and nothing was handed over."""
    line = HttpLink(url, ca)
    outcome = syncing.sync(store, hub, line)
    line.close()
    assert (outcome.state, outcome.code, outcome.sent, line.calls) == ("refused", code, 0, 1)
    assert outcome.why.startswith("its certificate") and "somebody may stand between" in outcome.why


def test_a_hub_that_went_plain_is_refused_and_the_next_step_told(tmp_path: pathlib.Path) -> None:
    with real(tmp_path / "tls", "--tls") as secure, secure.enrol(tmp_path, "FT") as enrolled:
        known = hubs.hubs(enrolled.connection)[0]
        with real(tmp_path / "plain") as plain:
            line = HttpLink(plain.url.replace("http:", "https:"), known.ca)
            outcome = syncing.sync(enrolled, known, line)
            line.close()
        assert (outcome.state, outcome.code) == ("refused", "no-tls")
        assert "answers without TLS" in outcome.why and "http://" in outcome.why


def test_a_certificate_of_the_right_authority_for_another_host_is_refused(tmp_path: pathlib.Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    made = tls.files(str(tmp_path / "hub"), "", now)
    authority = x509.load_pem_x509_certificate(made.ca_text.encode())
    key = load_pem_private_key((tmp_path / "hub.tls" / "ca.key").read_bytes(), None)
    tls._make_certificate(made, authority, key, ["elsewhere.example"], now)
    words = ("--certificate", made.certificate, "--certificate-key", made.key)
    with real(tmp_path, *words) as running, running.enrol(tmp_path, "FT") as enrolled:
        known = hubs.hubs(enrolled.connection)[0]
        refused_as_uncertified(enrolled, known, running.url, made.ca_text, "certificate-name")


def test_the_authority_that_was_named_at_enrolment_is_gone_by_ever_after(tmp_path: pathlib.Path) -> None:
    made = tls.files(str(tmp_path / "own"), "127.0.0.1", datetime.datetime.now(datetime.UTC))
    authority = str(tmp_path / "own.tls" / "ca.pem")
    words = ("--certificate", made.certificate, "--certificate-key", made.key)
    path = str(tmp_path / "FT.db")
    station(tmp_path).close()
    with real(tmp_path, *words) as running:
        assert run(path, "sync", "enrol", running.url, running.code()).returncode == 0
        # It tells of no authority, and this machine knows none that signed its certificate.
        refused = run(path, "sync")
        assert (refused.returncode, "enrol anew with --ca FILE" in refused.stdout) == (1, True)
        assert run(path, "sync", "enrol", running.url, running.code(), "--ca", authority).returncode == 0
        done = run(path, "sync", "--require-sync")
        assert (done.returncode, done.stdout[:10]) == (0, "HUB: sent "), done


def test_a_peer_served_by_the_certificate_of_others_is_met_by_the_authority_named(
    tmp_path: pathlib.Path,
) -> None:
    made = tls.files(str(tmp_path / "own"), "127.0.0.1", datetime.datetime.now(datetime.UTC))
    words = ("--certificate", made.certificate, "--certificate-key", made.key)
    with real(tmp_path / "one") as one, real(tmp_path / "two", *words) as two:
        here = ("--database", one.database)
        added = run(
            str(tmp_path / "none.db"), "hub", "peer", "add", two.url, two.code("ONE", "hub"),
            "--ca", str(tmp_path / "own.tls" / "ca.pem"), *here,
        )  # fmt: skip
        assert added.returncode == 0, added
        until(lambda: told(one.database, "hub", "peer", "list", *here)[0]["state"] == "synced", "never met")
