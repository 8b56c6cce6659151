"""What is said of alerts, on every face of the program: how one stands, whether it is real, what is in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emergency.store import times
from emergency.store.alertlist import REPLACED, Listed
from emergency.store.alerts import Chain
from emergency.store.records import RECORDS
from emergency.store.showing import SAMPLE_MARK
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _

Row = Mapping[str, Any]


def field(row: Row, name: str) -> str:
    """A field of an alert for a person."""
    declared = RECORDS["alert"].field(name)
    assert declared is not None
    return declared.type.show(row[name])


#: How grave a colour is, so that it is told without colour; of a warning alone, never of a response (row E5).
COLOUR_MARKS = {"red": "!!!", "orange": "!!", "yellow": "!", "blue": "-"}


def colour(row: Row) -> str:
    """The colour of a warning, a mark first: `!! orange`."""
    code = row["colour"]
    return f"{COLOUR_MARKS.get(code, '-')} {field(row, 'colour')}" if code else "? " + _("no colour")


def signature(row: Row) -> str:
    """Whether an alert is signed, a mark first; only one that is valid counts for anything."""
    code = row["signature"] or "unsigned"
    mark = {"valid": "✓", "untrusted": "✗", "unchecked": "?"}.get(code, "-")
    return f"{mark} {field({'signature': code}, 'signature')}"


def event(row: Row) -> str:
    """What an alert warns of, and before it what keeps it from being the real thing, or that it is made up."""
    what = str(row["event"] or row["headline"] or row.get("identifier") or row["id"])
    return " ".join(filter(None, (reality(row), SAMPLE_MARK if row["sample"] else "", what)))


def moment(at: int | None, now: int) -> str:
    """A time for a narrow column; "" where there is none."""
    return "" if at is None else times.format_short(at, now)


def reality(row: Row) -> str:
    """What keeps an alert from being the real thing, in capital letters (row E4); "" where nothing does."""
    status = row["status"]
    if status == "Actual":
        return ""
    return field(row, "status") if status else "? " + _("not said whether it is real")


def standing(one: Listed) -> str:
    """How an alert stands, a mark first, and nothing of whether it is real."""
    if one.state == REPLACED:
        ended = one.chain.state == "cancelled"
        words = _("cancelled by {id}") if ended else _("replaced by {id}")
        return "- " + words.format(id=one.chain.head["id"])
    return {
        "current": "! " + _("stands"),
        "to-come": "> " + _("to come"),
        "undated": "? " + _("no end stated, old"),
        "cancelled": "- " + _("cancelled"),
        "expired": "- " + _("expired"),
        "notice": "- " + _("a notice"),
    }[one.state]


def listed(one: Listed) -> str:
    """The same; what is not real says so before anything else."""
    mark = reality(one.row)
    return f"{mark} {standing(one)}" if mark else standing(one)


def state(chain: Chain) -> str:
    """How the alert of a chain stands, in the words of `listed`."""
    return listed(Listed(chain.head, chain, chain.state))


def short(row: Row, now: int) -> str:
    """An alert in one line: id, kind, colour, time, headline."""
    parts = [
        str(row["id"]),
        reality(row),
        field(row, "msg_type"),
        field(row, "colour"),
        moment(row["sent"], now),
    ]
    return safe(" ".join(p for p in (*parts, str(row["headline"] or row["event"] or "")) if p))


def doubts(chain: Chain) -> list[tuple[str, str]]:
    """(label, words) of what is not here, and of what would end it were it of the same sender."""
    out = [
        (
            _("Not here"),
            _("{id} of {sender}, which it refers to").format(id=safe(m[1]), sender=safe(m[0]) or "?"),
        )
        for m in chain.missing
    ]
    out += [
        ("! " + _("In doubt"), _("{id} of another sender would end it: a person decides").format(id=id_))
        for id_ in chain.doubted_by
    ]
    return out


def orders(store: Store, chain: Chain) -> list[dict[str, Any]]:
    """The orders that were drafted from the alerts of a chain."""
    out: list[dict[str, Any]] = []
    for id_ in chain.ids:
        out += store.rows(
            "SELECT id, note, issued_at FROM callup WHERE ref >= ? AND ref < ? AND retired IS NULL ORDER BY length(id), id",
            (f"{id_}/", f"{id_}0"),
        )
    return out


def outcome(told: Mapping[str, Any]) -> str:
    """What became of one alert of an import, in one line."""
    words = {
        "new": _("new"),
        "known": _("known already"),
        "verified": _("known already, its signature is valid"),
        "differs": _("! known already, and it says something else now: the first stays"),
    }[told["outcome"]]
    said = dict.fromkeys(("status", "colour", "event"), None) | dict(told)
    parts = [str(told["id"]), words, reality(said), field(said, "colour"), str(told["event"] or "")]
    signature = told["signature"]
    if signature not in (None, "unsigned"):
        parts.append(_("signature: {words}").format(words=field(said, "signature")))
    return "  ".join(p for p in (*parts, str(told["headline"] or told["identifier"])) if p)
