"""The line between a station and a hub, and everything that happens to messages on it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

from emergency.plugins.hub.service import MOST_BODY
from emergency.store import frames
from emergency.store.entries import digest, pack, parsed
from emergency.store.errors import NoRoom
from emergency.store.hubs import hubs
from emergency.store.link import MOST_ANSWER, Offline
from emergency.store.reasons import Reason
from emergency.store.rounds import Outcome
from emergency.store.syncing import sync

from .ledger import Broken
from .traps import Crash
from .world import HubHost, Station, World

#: What may happen to one request, and how often where the network is bad.
FATES = {
    "lost": 3,
    "answer lost": 4,
    "answer cut": 3,
    "answer damaged": 2,
    "repeated": 4,
    "late": 3,
    "busy": 2,
    "well": 60,
}
#: Fates that no outcome but offline may follow.
SILENT = ("lost", "answer lost", "late")


class Early:
    """See link.Ahead: it was asked at once, and is told when it is called for."""

    def __init__(self, ask: Callable[[], bytes]) -> None:
        self._answer = b""
        self._error: Reason | None = None
        try:
            self._answer = ask()
        except Reason as error:
            self._error = error

    def leave(self) -> None:
        """It came already, or did not."""

    def __call__(self) -> bytes:
        """What came. Raises Offline, Refusal."""
        if self._error is not None:
            raise self._error
        return self._answer


class Line:
    """A link to a hub over a network that loses, repeats, reorders, delays and cuts."""

    def __init__(self, world: World, hub: HubHost, *, bad: bool) -> None:
        self.world, self.hub, self.bad = world, hub, bad
        #: The requests, of which all that ask for the pages of one pull count as one.
        self.calls = 0
        self._pulls = False
        #: What befell the messages of this round.
        self.fates: set[str] = set()

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """See Link."""
        self.calls += not (self._pulls and path == "/v1/pull")
        self._pulls = path == "/v1/pull"
        self.world.now += self.world.r.randrange(1, 400)
        if self.hub.down:
            raise Offline("nobody answers")
        self._deliver_late()
        fate = "well"
        if self.bad:
            fate = self.world.r.choices(list(FATES), list(FATES.values()))[0]
            self.fates.add(fate)
            self.world.count(f"message {fate}")
        if fate == "late":
            self.hub.late.append((method, path, dict(headers), body))
        if fate in ("lost", "late"):
            raise Offline("it has stopped listening")
        if fate == "busy":
            return self.world.r.choice((429, 502, 503, 504)), b"<html>"
        status, answer = self._served(method, path, dict(headers), body)
        if fate == "repeated":
            status, answer = self._served(method, path, dict(headers), body)
        if fate == "answer lost":
            raise Offline("it has stopped answering")
        return status, self._spoiled(fate, answer)

    def ahead(self, ask: Callable[[], bytes]) -> Early:
        """See HttpLink: what the hub does for it, it does before the station takes in what came before."""
        return Early(ask)

    @property
    def spoiled(self) -> bool:
        """Whether an answer came that was not the hub's."""
        return bool(self.fates & {"answer cut", "answer damaged"})

    def _deliver_late(self) -> None:
        while self.hub.late and self.world.r.random() < 0.3:
            late = self.hub.late.pop(self.world.r.randrange(len(self.hub.late)))
            self._served(*late)

    def _served(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if len(body) > MOST_BODY:
            return 413, pack({"error": "too-large"})
        try:
            answer = self.hub.serve(method, path, headers, body)
        except Crash as crash:
            if crash.folder != self.hub.folder:
                raise
            raise Offline("the line was cut") from None
        if path == "/v1/push" and answer.status == 200:
            self._promised(body, parsed(answer.body) or {})
        if len(answer.body) > MOST_ANSWER:
            raise Broken(f"{path}: an answer of {len(answer.body)} bytes, which no station takes")
        return answer.status, answer.body

    def _promised(self, body: bytes, told: dict[str, object]) -> None:
        """A push was answered: what was not put aside is promised, and lies in the hub's database."""
        came = [e for found in frames.read(io.BytesIO(body)) for e in frames.entries_of(found)]
        aside = told.get("aside")
        kept = sum(aside.values()) if isinstance(aside, dict) else 0
        hashes = {digest(e.header) for e in came}
        there = hashes & self.hub.hashes()
        told_of = int(str(told["new"])) + int(str(told["known"]))
        if told_of + kept != len(came) or len(hashes) - len(there) > kept:
            raise Broken(f"hub {self.hub.name} has {len(there)} of {len(hashes)} entries and told {told}")
        self.hub.promised |= there
        self.world.ledger.promised |= there & set(self.world.ledger.every)

    def _spoiled(self, fate: str, answer: bytes) -> bytes:
        r = self.world.r
        if fate == "answer cut" and answer:
            return answer[: r.randrange(len(answer))]
        if fate == "answer damaged" and answer.startswith(frames.MARKER):
            at = r.randrange(len(answer))
            return answer[:at] + bytes([answer[at] ^ 1 << r.randrange(8)]) + answer[at + 1 :]
        return answer


def meet(world: World, station: Station, hub: HubHost, *, bad: bool) -> tuple[Outcome, Line] | None:
    """A round of a station with a hub; None where the station stopped in it, or has no room."""
    line = Line(world, hub, bad=bad)

    def round_() -> Outcome | None:
        with station.acting() as store:
            known = next(h for h in hubs(store.connection) if h.name == hub.name)
            try:
                return sync(store, known, line)
            except NoRoom:
                if station.path not in world.machine.full:
                    raise
                world.count("round stopped by a full disk")
                return None

    outcome = world.guarded(round_)
    if outcome is None:
        return None
    outcome_counted(world, "round", outcome)
    _check(world, station, hub, line, outcome)
    return outcome, line


def outcome_counted(world: World, what: str, outcome: Outcome) -> None:
    """Note what came of a round."""
    world.count(f"{what} {outcome.state}")
    world.count(f"{what}: entries sent", outcome.sent)
    world.count(f"{what}: entries received", outcome.received)


def _check(world: World, station: Station, hub: HubHost, line: Line, outcome: Outcome) -> None:
    """What a round may come to. Raises Broken."""
    anew = (station.restored > 1 or hub.name in station.without_code) and "sync enrol" in outcome.why
    may = anew or station.name in world.revoked or hub.rebuilt or line.spoiled
    if outcome.state == "refused" and not may:
        raise Broken(f"{station.place} with {hub.name}: refused, {outcome.why}")
    quiet = not line.fates - {"well"} and not hub.down
    if outcome.state == "offline" and hub.path in world.machine.full and quiet and "full" not in outcome.why:
        raise Broken(f"hub {hub.name} has no room, and says: {outcome.why}")
    if outcome.state == "synced" and line.fates & set(SILENT):
        raise Broken(f"{station.place} with {hub.name}: synced, though a message was lost")
    wrong = set(outcome.aside) - {"waits", "forged", "facts-changed", "malformed", "newer"}
    if wrong or (set(outcome.aside) - {"waits"} and not world.ledger.poison):
        raise Broken(f"{station.place} put aside {outcome.aside} of what hub {hub.name} gave it")
    wrong = set(outcome.refused) - ({"revoked", "not-enrolled"} if world.revoked else set())
    if wrong:
        raise Broken(f"hub {hub.name} put aside {outcome.refused} of what {station.place} gave it")
