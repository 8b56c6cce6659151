"""How this store stands with others: its hubs, its own key, what waits; a round now, and bundles on a stick."""

from __future__ import annotations

from typing import NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal

from emergency.store import chains, exchange, hubs, keys, notices, reasons, requests, times
from emergency.store.board import moment
from emergency.store.errors import EmergencyError
from emergency.store.records.types import Text
from emergency.store.store import Store
from emergency.store.words import _, told
from emergency.tui.actions import Action, Question, Where
from emergency.tui.doing import Ran
from emergency.tui.opened import reading
from emergency.tui.panel import Column, Panel, Row, Target
from emergency.tui.preview import BundlePreview, export, preview
from emergency.tui.screens import DutyScreen
from emergency.tui.style import mark
from emergency.tui.watch import Seen
from emergency.tui.words import Words


class Told(NamedTuple):
    """What the panels show."""

    hubs: tuple[Row, ...]
    station: tuple[Row, ...]
    waiting: tuple[Row, ...]


def read(store: Store) -> Told:
    """How the store stands, asking nobody: what the last rounds found."""
    known = hubs.hubs(store.connection)
    now = moment(store)
    return Told(
        tuple(_hub(store, hub, now) for hub in known),
        tuple(_station(store)),
        tuple(_waiting(store, known)),
    )


def _hub(store: Store, hub: hubs.Hub, now: int) -> Row:
    state = str(hub.told.get("state", "never"))
    words = {"never": _("never met"), "synced": _("synced"), "offline": _("offline"), "refused": _("refused")}
    tone = {"synced": "good", "refused": "late"}.get(state, "ask")
    met = _("never") if hub.synced is None else times.format_short(hub.synced, now)
    cells = (
        mark(tone), hub.name, words.get(state, "?"), met, str(hubs.unsent(store.connection, hub)),
        hubs.clock_words(hubs.clock_ahead(hub)), hub.url, reasons.told(hub.told),
    )  # fmt: skip
    return Row(cells, "" if tone == "good" else tone, Target("hub", hub.name))


def _station(store: Store) -> list[Row]:
    own = [feed for feed in chains.feeds(store.connection).values() if feed.own]
    name = store.row("station", store.meta("prefix")) or {}
    rows = [
        Row(("", _("Station"), "  ".join(filter(None, (store.meta("prefix"), str(name.get("name") or ""))))))
    ]
    try:
        signer = keys.Signer.load(store.path)
    except EmergencyError as error:
        rows.append(Row((mark("late"), _("Key"), f"{error.message}  {error.hint}"), "late"))
    else:
        rows.append(Row(("", _("Key words"), requests.check_words(signer.public))))
        rows.append(Row(("", _("Feed"), signer.feed)))
    rows.append(Row(("", _("Entries"), str(sum(feed.seq - feed.base for feed in own)))))
    if without := exchange.withheld(store.connection):
        words = _("{count} of others: a hub gives what region and role may have").format(count=without)
        rows.append(Row(("", _("Without facts"), words)))
    return rows


def _waiting(store: Store, known: list[hubs.Hub]) -> list[Row]:
    """What a person may have to see to; nothing where all is well."""
    connection = store.connection
    rows = []
    for hub in known:
        for feed in hub.told.get("waiting") or ():
            said = (
                _("another hub, and no peer of {hub}: emergency hub peer add there makes it one")
                if chains.is_hub(connection, str(feed))
                else _("not enrolled at {hub}: emergency hub admit there lets others have it")
            )
            rows.append(Row((mark("ask"), str(feed), said.format(hub=hub.name)), "ask"))
    for feed in chains.feeds(connection).values():
        if feed.parent is not None:
            words = _("{station}: two machines wrote as one; both are kept").format(
                station=feed.station or "?"
            )
            rows.append(Row((mark("ask"), feed.id, words), "ask"))
    for why, count in connection.execute("SELECT why, count(*) FROM aside GROUP BY why ORDER BY why"):
        tone = "late" if why == "forged" else "ask"
        rows.append(
            Row((mark(tone), str(count), _("entries set aside: {why}").format(why=_aside(str(why)))), tone)
        )
    if newer := notices.newer(connection):
        words = _("entries of a newer program: update this one")
        rows.append(Row((mark("ask"), str(newer), words), "ask", Target("newer", "")))
    return rows


def _aside(why: str) -> str:
    """Why an entry was set aside; a word of another program as it stands."""
    return {
        "waits": _("what comes before them has not come"),
        "forged": _("their signature does not fit"),
        "newer": _("a newer program wrote them"),
        "malformed": _("they are no sense"),
        "revoked": _("their key was revoked"),
    }.get(why, why)


class SyncScreen(DutyScreen):
    """See the module."""

    DEFAULT_CSS = """
    SyncScreen {
        #hubs { height: 2fr; }
        #below { height: 3fr; layout: vertical; }
        &.-wide #below { layout: horizontal; }
        #doing { text-style: bold; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
        self._busy = False

    def body(self) -> ComposeResult:
        """The hubs, this station, what waits."""
        columns = (
            Column(), Column(_("hub"), least=6), Column(_("state")), Column(_("last synced")),
            Column(_("not sent"), right=True), Column(_("clock")), Column("URL", least=10, optional=True),
            Column(_("reason"), least=8),
        )  # fmt: skip
        three = (Column(), Column(least=8), Column(least=10))
        nothing = _("this store is not enrolled at any hub: emergency sync enrol URL CODE")
        yield Panel(columns, id="hubs", empty=nothing)
        with Horizontal(id="below"):
            yield Panel(three, id="station")
            yield Panel(three, id="waiting", empty=_("nothing: all that came is taken in"))
        yield Words(id="doing")

    def on_mount(self) -> None:
        """Read it."""
        named = [self.duty.action(name) for name in ("sync", "export", "import")]
        shown = "   ".join(f"{a.shown} {a.label}" for a in named)
        self.query_one("#doing", Words).say(f" {shown}")
        self._idle = f" {shown}"
        self.query_one("#hubs", Panel).focus()
        self.read()

    def renew(self, seen: Seen) -> None:
        """Read it again."""
        self.read()

    @work(thread=True, exclusive=True, group="reading")
    def read(self) -> None:
        """With a connection of the thread's own."""
        try:
            with reading(self.duty.path, self.duty.as_of) as store:
                told = read(store)
        except EmergencyError as error:
            told = Told((), (Row((mark("late"), "", f"{error.message}  {error.hint}"), "late"),), ())
        self.answer(self.tell, told)

    def tell(self, told: Told) -> None:
        """Show what was read."""
        self.query_one("#hubs", Panel).show(_("Hubs"), told.hubs)
        self.query_one("#station", Panel).show(_("This station"), told.station)
        self.query_one("#waiting", Panel).show(_("What waits"), told.waiting)

    # -- doing -----------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        if self.is_running:
            self.query_one("#doing", Words).say(text or self._idle)

    async def do_with_command(self, action: Action, where: Where) -> Ran | None:
        """A round is watched, and goes on when the screen is left."""
        if action.id != "sync":
            return await super().do_with_command(action, where)
        if self._busy:
            self.app.notify(_("a round is under way"), markup=False)
        else:
            self._busy = True
            self.app.run_worker(self._round(action.command(where)), group="syncing")
        return None

    async def _round(self, words: list[str]) -> None:
        self._say(" " + _("meeting the hubs"))
        try:
            await self.duty.do(words, lambda line: self._say(" " + told(_("meeting the hubs"), line)))
        finally:
            self._busy = False
            self._say("")
        self.read()

    @work(group="doing")
    async def do_import(self) -> None:
        """A bundle: what it says it is first."""
        await preview(self, BundlePreview())

    @work(group="doing")
    async def do_export(self) -> None:
        """A bundle, sealed to whom it is for."""
        action = self.duty.action("export")
        to = Question(
            "to",
            _("For which station; open: for anybody; empty: all that may have everything"),
            Text(),
            required=False,
        )
        await export(self, action._replace(asks=(*action.asks, to)))
