"""Why a hub's database cannot be used, for whoever runs the hub: in our words, and the database's own only as quoted.

PostgreSQL gives no code for a connection that did not come about, so its words are known by what stands in
them, in English and in the Chinese of a server that speaks it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from emergency.store.text import safe
from emergency.store.words import _


class Cause(NamedTuple):
    """What is wrong, and what to do about it."""

    why: str
    #: "" where nobody knows.
    hint: str = ""


#: Which cause speaks out of what a database says. Of several hosts each has said something: what a server
#: said counts before that another does not answer.
_SIGNS = (
    ("no-database", r'database ".*" does not exist|数据库 ?".*" ?不存在'),
    ("no-user", r'role ".*" (does not exist|is not permitted to log in)|角色 ?".*" ?(不存在|进行登录)'),
    ("password", r"password authentication failed|no password supplied|Password 认证失败"),
    ("not-admitted", r"pg_hba\.conf"),
    ("no-right", r"permission denied|must be owner|权限不够"),
    ("slots", r"too many (clients|connections)|connection slots|太多的客户|连接位置"),
    ("starting", r"the database system is|数据库系统(启动|停止)中"),
    ("read-only", r"read-only|只读"),
    ("no-host", r"failed to resolve host|could not translate host name"),
    (
        "no-server",
        r"Connection refused|Is the server running|timed? ?out|timeout expired|No route to host"
        r"|is unreachable|closed the connection unexpectedly",
    ),
)


def cause(error: BaseException) -> Cause:
    """What an Unavailable means."""
    said = str(error)
    known = said if said in _causes() else next((c for c, sign in _SIGNS if re.search(sign, said)), "")
    if known:
        return _causes()[known]
    words = safe(said.split("\n")[0])
    return Cause(_('the database says "{words}"').format(words=words))


def _causes() -> dict[str, Cause]:
    check = _("check that it runs, and the address after --database")
    later = _("nothing was changed; try again in a moment")
    return {
        "no-server": Cause(_("no PostgreSQL server answers there"), check),
        "no-host": Cause(_("no machine has that name"), check),
        "no-database": Cause(
            _("the server has no such database"),
            _("make one there, empty: createdb NAME; or check the address after --database"),
        ),
        "no-user": Cause(
            _("the server has no such user, or does not let it log in"),
            _("check the address after --database: postgresql://USER@HOST/DATABASE"),
        ),
        "password": Cause(
            _("the password is wrong or missing"), _("a password is best told by PGPASSWORD or ~/.pgpass")
        ),
        "not-admitted": Cause(
            _("the server does not let this user in from this machine"),
            _("whoever runs it allows that in its pg_hba.conf"),
        ),
        "no-right": Cause(
            _("this user has no right to it"), _("the database is best owned by the hub's user")
        ),
        "slots": Cause(_("the server has no connection left"), later),
        "starting": Cause(_("the server is starting or stopping"), later),
        "read-only": Cause(_("no server there takes what is written"), check),
        "busy": Cause(_("another process is writing to it"), later),
        "unconfirmed": Cause(
            _("no standby has confirmed what was written"), _("look whether it is there before you try again")
        ),
    }
