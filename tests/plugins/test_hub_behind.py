"""A hub behind nginx, which ends TLS and has no other settings but where the hub is: what will mostly stand before one."""

from __future__ import annotations

import datetime
import os
import pathlib
import shutil
import socket
import subprocess
from collections.abc import Generator, Iterator
from typing import NamedTuple, cast

import pytest

from emergency.plugins.hub import tls
from emergency.store import hubs
from emergency.store.keys import Signer
from emergency.store.link import HttpLink
from emergency.store.store import Store
from emergency.store.syncing import sync

from .hubs import Caller, Real, real, station, until
from .test_rounds import written

CONFIGURATION = """
{user} pid {folder}/pid; error_log {folder}/errors; daemon off; worker_processes 1;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    location /hub/ {{ proxy_pass {hub}/; proxy_set_header X-Forwarded-For $remote_addr; }}
  }}
}}
"""


class Before(NamedTuple):
    """A web server before a hub: where it is called, and whose certificate it shows."""

    hub: Real
    url: str
    ca: str

    def enrolled(self, folder: pathlib.Path, name: str) -> tuple[Store, HttpLink]:
        """A station with one team, enrolled through it, and its line."""
        store, line = station(folder / name, name), HttpLink(self.url, self.ca)
        hubs.enrol(store, line, self.url, self.hub.code(name), self.ca)
        return store, line


@pytest.fixture
def hub(tmp_path: pathlib.Path) -> Iterator[Real]:
    with real(tmp_path / "hub", "--proxy", "127.0.0.1") as running:
        yield running


@pytest.fixture
def before(hub: Real, tmp_path: pathlib.Path) -> Iterator[Before]:
    """The web server before the hub."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        pytest.skip("no nginx is installed here")
    folder = tmp_path / "nginx"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    file = folder / "nginx.conf"
    # Of root it would work as somebody else, who may not write here.
    user = "user root;" if os.geteuid() == 0 else ""
    made = tls.files(str(folder / "own"), "127.0.0.1", datetime.datetime.now(datetime.UTC))
    told = {"certificate": made.certificate, "key": made.key, "port": port, "hub": hub.url}
    file.write_text(CONFIGURATION.format(user=user, folder=folder, **told))
    process = subprocess.Popen([nginx, "-c", str(file), "-e", str(folder / "errors")])

    def answers() -> bool:
        assert process.poll() is None, (folder / "errors").read_text()
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", port)) == 0

    try:
        until(answers, "nginx")
        yield Before(hub, f"https://127.0.0.1:{port}/hub", pathlib.Path(made.ca).read_text("ascii"))
    finally:
        process.terminate()
        process.wait()


def test_rounds_of_any_size_go_through_a_web_server(before: Before, tmp_path: pathlib.Path) -> None:
    (giver, there), (taker, back) = (before.enrolled(tmp_path, name) for name in ("FT", "HD"))
    # More than nginx takes of a request.
    written(giver, 9, 100)
    for store, line in ((giver, there), (taker, back)):
        assert sync(store, hubs.hubs(store.connection)[0], line).state == "synced"
        line.close()
    assert len(taker.rows("SELECT id FROM team")) == 1 + 1 + 900


def test_what_is_told_as_it_happens_is_not_held_back_on_the_way(
    before: Before, tmp_path: pathlib.Path
) -> None:
    (giver, there), (taker, back) = (before.enrolled(tmp_path, name) for name in ("FT", "HD"))
    for store, line in ((giver, there), (taker, back)):
        sync(store, hubs.hubs(store.connection)[0], line)
    headers = Caller(back, Signer.load(taker.path)).headers("/v1/live", b"", "GET")
    lines = cast("Generator[str]", back.events("/v1/live", headers))
    assert next(lines) == "open"
    with giver.write("team add") as writer:
        writer.new("team", {"name": "新队", "region": "110106", "strength": 20})
    sync(giver, hubs.hubs(giver.connection)[0], there)
    assert next(line for line in lines if line.startswith("data: ")).startswith("data: entries ")
    lines.close()
    for line in (there, back):
        line.close()
