"""What a person should know of an import besides its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emergency.store.records import RECORDS
from emergency.store.text import safe
from emergency.store.words import _, listed


def _first(words: list[str]) -> str:
    """The first five, and a sign of more."""
    return listed(words[:5]) + (" ..." if len(words) > 5 else "")


def remarks(value: Mapping[str, Any]) -> list[str]:
    """A line for each thing worth a word in what `emergency <noun> import --json` tells."""
    out = []
    if value["unread"]:
        out.append(_("columns not read: {names}").format(names=listed(map(safe, value["unread"]))))
    if value["repeated"]:
        out.append(_("rows that say again what a row above says: {count}").format(count=value["repeated"]))
    if value["made"]:
        out.append(
            _("also registered: {made}").format(made=listed(f"{k} {n}" for k, n in value["made"].items()))
        )
    if value["merged"]:
        out.append(
            _("registered twice, counted once: {names}").format(names=listed(map(safe, value["merged"])))
        )
    if value["several"]["rows"]:
        out.append(
            _("rows that stand for several items: {rows}; items in them: {items}").format(**value["several"])
        )
    if value["holders"]:
        out.append(
            _("holders nobody knows, kept as owner: {count}: {names}").format(
                count=len(value["holders"]), names=_first([safe(h) for h in value["holders"]])
            )
        )
    for kind, words in value["unknown"].items():
        if words:
            said = [f"{safe(word)} ({hint})" for word, hint in words.items()]
            out.append(
                _("words that name no {record}, kept as written: {names}").format(
                    record=RECORDS[kind].label, names=_first(said)
                )
            )
    if value["added"]:
        out.append(_("rows added to a row above of the same stock: {count}").format(count=value["added"]))
    if value["figures"]:
        shown = [f"{safe(f['id'])} {f['was']:.15g} -> {f['now']:.15g}" for f in value["figures"][:6]]
        out.append(
            _("stock that is now another figure: {count}: {lines}").format(
                count=len(value["figures"]), lines=_first(shown)
            )
        )
    if value["converted"]:
        out.append(
            _("coordinates converted from {datum} to WGS-84").format(datum=value["coordinates"].upper())
        )
    if value["swapped"]:
        out.append(
            _("{count} positions had latitude and longitude swapped; put right").format(
                count=value["swapped"]
            )
        )
    if value["outside_china"]:
        out.append(_("{count} positions lie outside China").format(count=value["outside_china"]))
    if value["doubtful_phones"]:
        out.append(
            _("{count} telephone numbers are doubtful; kept as read").format(count=value["doubtful_phones"])
        )
    return out
