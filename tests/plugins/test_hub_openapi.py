"""The hub's answers are those its OpenAPI document tells of, whatever is asked; generated from the document."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests as http
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.plugins.hub.app import OWN, PATHS
from emergency.plugins.hub.openapi import document
from emergency.plugins.hub.service import SIGNED
from emergency.store import frames, requests
from emergency.store.keys import Signer
from emergency.store.link import HttpLink

from .hubs import Caller, Real, Written, pushing, real

schemathesis = pytest.importorskip("schemathesis")
BLOCKS = "application/x-emergency-blocks"
#: Cases of each operation and mode.
CASES = 8

_cursors = st.lists(
    st.tuples(
        st.text(max_size=70), st.integers(-1, 2**60), st.text(alphabet="0123456789abcdef", max_size=33)
    ),
    max_size=5,
)
_stretches = st.lists(st.tuples(st.text(max_size=70), st.integers(-1, 2**60)), max_size=5)
_blocks = st.one_of(
    st.binary(max_size=300),
    _cursors.map(lambda heads: frames.json_block({"heads": heads})),
    _stretches.map(lambda want: frames.json_block({"want": want})),
    st.binary(max_size=300).map(lambda raw: frames.block(b"E", frames.deflate(raw))),
    st.binary(max_size=300).map(lambda raw: frames.block(b"J", raw)),
    st.text(max_size=5).map(lambda name: pushing(Written(name=name).first)),
)
schemathesis.openapi.media_type(BLOCKS, _blocks)
DOCUMENT = schemathesis.openapi.from_dict(document())
OPERATIONS = [found.ok() for found in DOCUMENT.get_all_operations()]
CHECKS = [
    getattr(schemathesis.checks, name)
    if hasattr(schemathesis.checks, name)
    else schemathesis.checks.CHECKS.get_one(name)
    for name in (
        "not_a_server_error", "status_code_conformance", "content_type_conformance",
        "response_headers_conformance", "response_schema_conformance",
    )
]  # fmt: skip


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    with real(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture(scope="module")
def caller(hub: Real, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    link = HttpLink(hub.url)
    with hub.enrol(tmp_path_factory.mktemp("station")) as store:
        yield Caller(link, Signer.load(store.path))
    link.close()


def test_every_endpoint_is_in_the_document(hub: Real) -> None:
    told = http.get(f"{hub.url}/v1/openapi.json", timeout=30).json()
    assert told == document()
    listed = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    assert listed == {(m, p) for p, m in PATHS.items() if p not in OWN or p == "/v1/live"}


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.path)
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
def test_answers_conform(hub: Real, caller: Caller, operation: Any, mode: Any, signed: bool) -> None:
    if signed and (operation.method.upper(), operation.path) not in SIGNED:
        pytest.skip("nobody signs this, or it has no end")
    if mode is schemathesis.GenerationMode.NEGATIVE and operation.path in (
        "/v1/info",
        "/v1/health",
        "/v1/introduce",
    ):
        pytest.skip("there is nothing in it to get wrong")

    @settings(
        max_examples=CASES,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def conforms(case: Any) -> None:
        prepared = http.Request(**case.as_transport_kwargs(base_url=hub.url)).prepare()
        if signed:
            body = prepared.body if isinstance(prepared.body, bytes) else str(prepared.body or "").encode()
            for name in (requests.FEED, requests.NONCE, requests.TURN, requests.SIGNATURE):
                prepared.headers.pop(name, None)
            prepared.headers.update(caller.headers(operation.path, body))
        with http.Session() as session:
            session.trust_env = False
            answer = session.send(prepared, timeout=30)
        case.validate_response(answer, checks=CHECKS)
        assert not signed or answer.status_code in (200, 400)

    conforms()
    assert hub.process.poll() is None


@pytest.mark.parametrize("path", [*PATHS, "/", "/v1", "/v1/nothing", "/v1/info/", "/v1/%2e%2e/info"])
def test_methods_and_paths_that_are_none_are_refused_as_json(hub: Real, path: str) -> None:
    for method in ("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE", "QUERY"):
        if PATHS.get(path) == method:
            continue
        answer = http.request(method, hub.url + path, timeout=30)
        signed = path in PATHS and method == PATHS[path]
        assert signed or answer.status_code in ((405,) if path in PATHS else (404,)), (method, path)
        assert answer.status_code != 405 or PATHS[path] in answer.headers["allow"]
        assert method == "HEAD" or answer.json() == {"error": "no-such-endpoint"}


def test_noise_for_headers_is_no_error_of_the_hub(hub: Real) -> None:
    for _n in range(40):
        with hub.connect() as line:
            line.sendall(b"POST /v1/heads HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n")
            line.sendall(
                b"emergency-feed: " + os.urandom(40).replace(b"\n", b"").replace(b"\r", b"") + b"\r\n\r\nxx"
            )
            assert line.recv(12) in (b"HTTP/1.1 401", b"HTTP/1.1 400")
    assert hub.process.poll() is None and pathlib.Path(hub.database).exists()
