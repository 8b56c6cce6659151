"""Folders of other machines: no database is written there, since what two of them write is lost without a word.

SQLite's WAL is shared by memory, which machines do not share (sqlite.org/wal.html, "WAL does not work over a network
filesystem"). Two that wrote by turns into a store on a network folder gave the same number to two teams, of which one was gone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from emergency.store.errors import BadStore
from emergency.store.text import safe
from emergency.store.words import _

#: Set to `alone` by whoever knows that no other machine opens it, such as one with its home folder on a server.
VARIABLE = "EMERGENCY_NETWORK_FOLDER"
#: What is mounted where, as Linux tells; other systems are not asked.
MOUNTS = "/proc/self/mountinfo"
#: File systems that several machines may have mounted.
KINDS = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "glusterfs", "davfs", "fuse.sshfs",
     "fuse.glusterfs", "fuse.ceph", "fuse.davfs", "fuse.rclone", "fuse.smbnetfs", "fuse.gvfsd-fuse", "fuse.s3fs")
)  # fmt: skip


def kind(path: str) -> str:
    """The file system, if a file lies in a network folder; "" for any other, and where it is not known."""
    try:
        device = os.stat(os.path.dirname(os.path.realpath(path))).st_dev
        with open(MOUNTS, encoding="utf-8", errors="replace") as mounts:
            lines = [line.partition(" - ") for line in mounts]
    except OSError:
        return ""
    mounted = f"{os.major(device)}:{os.minor(device)}"
    found = [told.split()[0] for about, _dash, told in lines if about.split()[2] == mounted]
    return found[0] if found and found[0] in KINDS else ""


def advice() -> str:
    """What to do about it."""
    return _(
        "keep it on a disk of this machine, and sync or carry bundles; EMERGENCY_NETWORK_FOLDER=alone where no other"
        " machine ever opens it"
    )


def shared(path: str, environ: Mapping[str, str] = os.environ) -> str:
    """The file system, if other machines may write into a database there, too; "" where nobody does."""
    return "" if environ.get(VARIABLE) == "alone" else kind(path)


def refuse(path: str) -> None:
    """Raises BadStore where other machines may write into a database, too."""
    if not (found := shared(path)):
        return
    said = _(
        "{path} lies in a network folder ({kind}): what is written there can be lost, as other machines may write it too"
    )
    raise BadStore(said.format(path=safe(path), kind=found), hint=advice())
