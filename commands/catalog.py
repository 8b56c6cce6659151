"""Every command: its module, its group in the help, and its one line of help.

Help and completion read this table and import none of the commands.
"""

from __future__ import annotations

from typing import NamedTuple

from emergency.store.words import _


class Entry(NamedTuple):
    """A command that is typed after `emergency`."""

    module: str
    group: str
    help: str


def groups() -> dict[str, str]:
    """The headings of the help, in order."""
    return {
        "follow": _("Incidents and orders"),
        "registers": _("Registers"),
        "journal": _("Journal and store"),
        "other": _("Other"),
    }


def commands() -> dict[str, Entry]:
    """{name: Entry}, in the order of the help, in the language spoken."""
    return {
        "board": Entry("board", "follow", _("What needs a person now")),
        "incident": Entry("incident", "follow", _("Open, log and close incidents; state their needs")),
        "area": Entry("area", "follow", _("Sub-areas, staging areas and forward posts of incidents")),
        "need": Entry("need", "follow", _("What incidents need, and what is short")),
        "callup": Entry("callup", "follow", _("Give call-up orders and follow them from draft to return")),
        "assembly": Entry(
            "assembly", "follow", _("Teams under one leader and call sign, called up and let go as one")
        ),
        "plan": Entry("plan", "follow", _("Reckon whom to call for incidents, and whom to place ahead")),
        "expiring": Entry(
            "expiring", "follow", _("Insurance, agreements, qualifications and lots that run out")
        ),
        "chart": Entry("chart", "follow", _("Readiness, stock and deployment over time")),
        "alert": Entry(
            "alert", "follow", _("Warnings as they come, and the standby orders drafted from them")
        ),
        "team": Entry("team", "registers", _("Rescue teams, where they are and whether they are ready")),
        "member": Entry("member", "registers", _("Members of teams and their qualifications")),
        "duty": Entry("duty", "registers", _("Readiness reports and the duty roster")),
        "equipment": Entry("equipment", "registers", _("Equipment, what it can do and who has it")),
        "kit": Entry("kit", "registers", _("Kits: what goes out together, and whether it is complete")),
        "part": Entry("part", "registers", _("What kits must hold")),
        "depot": Entry("depot", "registers", _("Depots of reserves")),
        "reserve": Entry("reserve", "registers", _("Stock of reserves, by movements and counts")),
        "stocktake": Entry("stocktake", "registers", _("What was counted, and waits for approval")),
        "item": Entry("item", "registers", _("Kinds of equipment and reserves")),
        "standard": Entry(
            "standard", "registers", _("What teams must have, as files; and what they have of it")
        ),
        "recovery": Entry(
            "recovery", "registers", _("Recovery programmes after a disaster, and what they lack")
        ),
        "loss": Entry("loss", "registers", _("What recovery programmes are to replace, line by line")),
        "region": Entry("region", "registers", _("Administrative divisions and their codes")),
        "season": Entry(
            "season", "registers", _("Flood season, fire season, major events: windows and checklists")
        ),
        "task": Entry("task", "registers", _("What must be in place before a season, and by when")),
        "keyarea": Entry("keyarea", "registers", _("Key areas, and how much each counts")),
        "site": Entry("site", "registers", _("Sites where teams can be placed ahead of an event")),
        "drive": Entry(
            "drive", "registers", _("Driving times that win over every estimate; speeds from recorded trips")
        ),
        "pace": Entry("pace", "registers", _("Driving speeds of regions, which estimates go by")),
        "barrier": Entry("barrier", "registers", _("Rivers and railways, and where one gets across")),
        "scenario": Entry("scenario", "registers", _("The ten scenarios of the plans")),
        "grant": Entry("grant", "registers", _("What hubs allow stations, and up to when")),
        "station": Entry("station", "registers", _("Stations that keep a journal")),
        "officer": Entry("officer", "registers", _("Officers and their roles")),
        "init": Entry("init", "journal", _("Make a store for this station")),
        "journal": Entry("journal", "journal", _("Show, verify and export the journal")),
        "undo": Entry("undo", "journal", _("Take back an operation, by later entries")),
        "conflict": Entry("conflict", "journal", _("Claims and fields that stand against each other")),
        "sync": Entry("sync", "journal", _("Hand over and take in entries with regional hubs")),
        "bundle": Entry("bundle", "journal", _("Carry entries on a stick where there is no network")),
        "hub": Entry("hub", "journal", _("Run a regional hub, enrol and revoke stations")),
        "doctor": Entry("doctor", "journal", _("Check the store and this machine")),
        "backup": Entry("backup", "journal", _("Write a whole copy of the store")),
        "restore": Entry("restore", "journal", _("Bring a backup back, as a feed of its own")),
        "web": Entry("web", "other", _("Show the board in a browser, as on the wall of a command centre")),
        "demo": Entry("demo", "other", _("Build a sample store and open its board")),
        "keys": Entry("keys", "other", _("The keys of the screens, and a key map of your own")),
        "plugin": Entry("plugin", "other", _("List plugins and what they add")),
        "help": Entry("topics", "other", _("Help on a topic: exit-codes, environment, formats, time")),
        "spec": Entry("spec", "other", _("The whole command line as JSON")),
    }
