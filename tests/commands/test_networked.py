"""A store in a network folder: it is read, and not written, since what two machines write there is lost."""

from __future__ import annotations

import os
import pathlib

import pytest

from emergency.store import networked

from .conftest import Officer


@pytest.fixture(params=["nfs4", "cifs", "fuse.sshfs"])
def shared(request: pytest.FixtureRequest, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The disk of this test is one that others have, too: its file system."""
    kind = str(request.param)
    mounted(tmp_path, monkeypatch, kind)
    return kind


def mounted(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """As Linux tells it (proc_pid_mountinfo(5)), after another that lies elsewhere."""
    device = os.stat(folder).st_dev
    told = folder / "mountinfo"
    told.write_text(
        "22 1 0:9999 / /net rw,relatime shared:1 - nfs4 server:/x rw\n"
        f"23 1 {os.major(device)}:{os.minor(device)} / / rw,relatime - {kind} server:/home rw,vers=4.2\n"
    )
    monkeypatch.setattr(networked, "MOUNTS", str(told))


def test_a_store_in_a_network_folder_is_read_and_not_written(
    desk: Officer, monkeypatch: pytest.MonkeyPatch, shared: str
) -> None:
    said = desk.refused(78, "team", "add", "name=一队", "region=110106")
    assert f"lies in a network folder ({shared})" in said and "on a disk of this machine" in said
    desk.done("team", "list")
    checks = {c["check"]: (c["ok"], c["found"]) for c in desk("doctor", "--json").json["checks"]}
    assert checks["folder"] == (False, shared)
    assert f"✗ folder: in a network folder ({shared})" in desk("doctor").out
    # Who knows better says so.
    monkeypatch.setenv("EMERGENCY_NETWORK_FOLDER", "alone")
    desk.done("team", "add", "name=一队", "region=110106")
    assert "✓ folder: of this machine alone" in desk("doctor").out


@pytest.mark.usefixtures("shared")
def test_no_store_and_no_hub_begins_there(desk: Officer, tmp_path: pathlib.Path) -> None:
    there = tmp_path / "there"
    new = ("init", "--station", "HD", "--region", "110108", "--name", "海淀")
    said = desk.refused(78, "--store", str(there / "new.db"), *new)
    assert f"{there / 'new.db'} lies in" in said
    assert "hub.db lies in" in desk.refused(78, "hub", "serve", "--database", str(there / "hub.db"))
    # A copy may lie there, and is brought back elsewhere.
    desk.done("backup", str(there / "copy.db"))
    before = desk.store.read_bytes()
    assert "lies in" in desk.refused(78, "restore", str(there / "copy.db"))
    assert desk.store.read_bytes() == before
    assert [file.name for file in there.iterdir()] == ["copy.db"]


def test_a_disk_of_this_machine_is_as_good_as_ever(
    desk: Officer, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted(tmp_path, monkeypatch, "ext4")
    desk.done("team", "add", "name=一队", "region=110106")
    assert "✓ folder: of this machine alone" in desk("doctor").out
    # Where nothing is told of mounts, nothing is in the way.
    monkeypatch.setattr(networked, "MOUNTS", str(tmp_path / "none"))
    desk.done("team", "add", "name=二队", "region=110106")
