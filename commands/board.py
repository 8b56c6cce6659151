"""`emergency board`: the screens on a terminal; plain lines or JSON for everyone else.

The plain lines tell what the screen tells, in words and marks and never by colour: for
screen readers, logs, and terminals that can do no more.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb
from emergency.commands.output import dump, json_option
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store.words import _, language, ngettext

if TYPE_CHECKING:
    from emergency.store.board import Board, Incident, Line, Need
    from emergency.store.store import Store
    from emergency.store.tally import District
    from emergency.tui.actions.keymap import Keymap
    from emergency.tui.places import Place

#: Seconds between two looks of `--follow`.
EVERY = 1.0


class Section(NamedTuple):
    """A heading and the lines under it."""

    heading: str
    lines: tuple[str, ...]


@click.command(
    "board",
    cls=Verb,
    help=commands()["board"].help
    + "\n\n"
    + _("On a terminal this opens the screens; --plain, --json and a pipe print instead.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency board\n  emergency board --plain --follow\n  emergency board --json",
)
@click.option("--plain", is_flag=True, help=_("Plain lines, also on a terminal."))
@click.option("--follow", is_flag=True, help=_("Go on, and print what changes; Ctrl+C ends it."))
@click.option(
    "--low-bandwidth",
    is_flag=True,
    help=_("For a thin line: the terminal's own colours, few bytes; by itself over SSH."),
)
@json_option
@as_of_option
@pass_session
def cli(session: Session, plain: bool, follow: bool, low_bandwidth: bool, as_json: bool) -> None:
    """See the help above."""
    if low_bandwidth:
        os.environ["EMERGENCY_LOW_BANDWIDTH"] = "1"
    if follow:
        _follow(session, as_json)
    elif as_json:
        from emergency.store.board import as_dict, gather

        click.echo(dump(as_dict(gather(session.store))))
    elif plain or not (sys.stdout.isatty() and sys.stdin.isatty()):
        _print(session)
    else:
        open_screens(session)


def _print(session: Session) -> None:
    from emergency.store.board import gather

    click.echo("\n".join(lines(gather(session.store))))


def open_screens(session: Session) -> None:
    """Open the TUI over the session's store. Raises BadStore before the terminal is touched."""
    if os.environ.get("TERM") == "dumb":
        _print(session)
        return
    session.store.close()
    from emergency.tui import style

    # Before Textual is imported: it reads its settings then.
    style.prepare(os.environ, thin=style.thin_line())
    sys.stdout.write(style.MEND)
    sys.stdout.flush()
    from emergency.commands.inside import runner
    from emergency.tui.app import EmergencyApp

    prefix = _prefix(session)
    EmergencyApp(
        session.path,
        session.as_of,
        prefix=prefix,
        run=runner(prefix[1:]),
        keymap=_keymap(session),
        more=more_screens(),
    ).run()


def _prefix(session: Session) -> list[str]:
    """What a command line begins with that does the same on this store, at this time, as this officer."""
    words = ["emergency"]
    if session.path != Session().path:
        words += ["--store", session.path]
    if session.as_of is not None:
        from emergency.store import times

        words += ["--as-of", times.format_time(session.as_of)]
    if session.officer:
        words += ["--officer", session.officer]
    return words


def _keymap(session: Session) -> Keymap:
    """The person's own keys; a map that cannot be read is named and left alone."""
    from emergency.store.errors import BadSettings
    from emergency.tui.actions import keymap

    try:
        return keymap.read(os.path.join(session.settings, keymap.FILE))[0]
    except BadSettings as error:
        session.note(error.message)
        return {}


def more_screens() -> list[Place]:
    """The screens that plugins add."""
    from emergency.plugins import load, third_party

    if not third_party():
        return []
    from emergency.tui.lists import place

    return [place(screen) for screen in load().screens()]


# -- following ------------------------------------------------------------------------------------


def _follow(session: Session, as_json: bool) -> None:
    from emergency.store.board import as_dict

    def wait() -> bool:
        sys.stdout.flush()
        time.sleep(EVERY)
        return True

    last: list[Section] | None = None
    for board in changes(session.store, wait):
        if as_json:
            click.echo(json.dumps(as_dict(board), ensure_ascii=False))
            continue
        shown = sections(board)
        click.echo("\n".join(lines(board) if last is None else news(board, last, shown)))
        last = shown


def changes(store: Store, wait: Callable[[], bool]) -> Iterator[Board]:
    """The board, and again whenever anything on it is different; `wait` ends it by returning False."""
    from emergency.store.board import gather

    last: Board | None = None
    while True:
        store.connection.execute("BEGIN")
        try:
            board = gather(store)
        finally:
            store.connection.execute("COMMIT")
        if last is None or board._replace(header=last.header) != last:
            last = board
            yield board
        version = _version(store)
        looks = 0
        # What is late depends on the clock too, so we look again now and then without a change.
        while version == _version(store) and looks < 30:
            looks += 1
            if not wait():
                return


def _version(store: Store) -> int:
    return int(store.connection.execute("PRAGMA data_version").fetchone()[0])


def news(board: Board, before: list[Section], now: list[Section]) -> list[str]:
    """What a listener must hear: the lines that came, then those that went, each with its section."""
    from emergency.store import times

    old = {(s.heading, line) for s in before for line in s.lines}
    new = {(s.heading, line) for s in now for line in s.lines}
    out = [times.format_time(board.header.now)]
    out += [f"+ {s.heading}: {line}" for s in now for line in s.lines if (s.heading, line) not in old]
    out += [f"- {s.heading}: {line}" for s in before for line in s.lines if (s.heading, line) not in new]
    return out


# -- plain lines ----------------------------------------------------------------------------------


def lines(board: Board, width: int = 0) -> list[str]:
    """The whole board as lines; cut to `width` cells when one is given."""
    from emergency.store.text import fit

    out = [headline(board)]
    for section in sections(board):
        out += ["", section.heading]
        out += [f"  {line}" for line in section.lines] or ["  " + _("none")]
    if board.empty:
        out += ["", _("nothing is registered here yet: emergency demo, or emergency team import FILE")]
    return [fit(line, width) for line in out] if width else out


def headline(board: Board) -> str:
    """Whose board it is, of what moment, and how far it can be trusted."""
    from emergency.store import times, wording
    from emergency.store.text import safe

    header = board.header
    parts = [safe(f"{header.station} {header.name}".strip()), times.format_time(header.now)]
    if header.as_of is not None:
        parts.append(_("AS OF"))
    if header.exercise:
        parts.append("EXERCISE 演练")
    if header.sample:
        parts.append("样例 SAMPLE")
    parts.append(wording.synced(header))
    written = "-" if header.written is None else times.format_short(header.written, header.now)
    parts.append(
        ngettext("{n} entry, last {time}", "{n} entries, last {time}", header.entries).format(
            n=header.entries, time=written
        )
    )
    return " | ".join(parts)


def sections(board: Board) -> list[Section]:
    """The board's parts, most pressing first."""
    from emergency.store.records.steps import STATES

    zh = language() == "zh"
    states = [f"{STATES[s][1 if zh else 0]} {n}" for s, n in board.states.items()]
    return [
        Section(_("Needs a person now"), tuple(_needing(board))),
        Section(_("Incidents and shortfalls"), tuple(_incidents(board))),
        Section(_("Open call-ups"), (*([", ".join(states)] if states else []), *_callups(board))),
        Section(_("Readiness"), tuple(_readiness(board))),
        Section(_("Equipment and papers"), tuple(_counts(board))),
    ]


def _mark(sign: str) -> str:
    """A mark that this output can carry."""
    try:
        sign.encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return {"✓": "+", "✗": "x"}.get(sign, "?")
    return sign


def _tags(exercise: bool, sample: bool) -> list[str]:
    return ["EXERCISE 演练"] * exercise + ["样例 SAMPLE"] * sample


def _joined(*parts: str | None) -> str:
    from emergency.store.text import safe

    return "  ".join(safe(p) for p in parts if p)


def _line(line: Line, mark: str, words: str, now: int) -> str:
    from emergency.store import times, wording

    due = line.deadline
    by = None if due is None else _("by {time}").format(time=times.format_short(due, now))
    return _joined(
        mark,
        line.id,
        words,
        wording.called(line),
        line.incident,
        by,
        line.report_to,
        *_tags(line.exercise, line.sample),
    )


def _needing(board: Board) -> Iterator[str]:
    from emergency.store import wording

    now = board.header.now
    for line in board.overdue:
        yield _line(line, "!", wording.standing(line), now)
    for contest in board.contests:
        orders = " / ".join(f"{c.line} ({c.incident or '-'})" for c in contest.lines)
        words = _("settled apart") if contest.settled_apart else _("contested")
        hint = f"emergency conflict show {shlex.quote(contest.thing)}"
        yield _joined("!", words, contest.id, contest.name, orders, hint)
    for line in board.flagged:
        yield _line(line, "?", ", ".join(map(wording.asking, line.flags)), now)


def _incidents(board: Board) -> Iterator[str]:
    for incident in board.incidents:
        yield _incident(incident)
        for need in incident.needs:
            yield "  " + _need(need)


def _incident(incident: Incident) -> str:
    from emergency.store.records.incident import LEVELS

    level = LEVELS.get(incident.level, (incident.level, incident.level))[1 if language() == "zh" else 0]
    return _joined(
        incident.id,
        incident.title,
        level,
        incident.scenario_name,
        incident.region_name,
        incident.place,
        *_tags(incident.exercise, incident.sample),
    )


def _need(need: Need) -> str:
    from emergency.store import needs

    if need.short:
        mark, words = "!", _("short {amount}").format(amount=needs.amount(need.short, need.unit))
    else:
        mark, words = _mark("✓"), _("covered")
    more = _("needed {needed}, asked {asked}, accepted {committed}, on scene {there}").format(
        needed=needs.amount(need.needed, ""),
        asked=needs.amount(need.asked, ""),
        committed=needs.amount(need.committed, ""),
        there=needs.amount(need.on_scene, ""),
    )
    return _joined(mark, need.label, words, more)


def _callups(board: Board) -> Iterator[str]:
    from emergency.store import wording

    for line in board.lines:
        mark = "!" if line.overdue else _mark("✓") if line.state == "on_scene" else "-"
        yield _line(line, mark, wording.standing(line), board.header.now)


def _readiness(board: Board) -> Iterator[str]:
    if board.districts:
        yield _standing(_("all"), board.standings)
    for district in board.districts:
        yield _district(district)


def _district(district: District) -> str:
    return _standing(f"{district.region} {district.name or _('no region')}".strip(), dict(district.counts))


def _standing(name: str, counts: dict[str, int]) -> str:
    from emergency.store.records.team import READINESS

    words = {code: pair[1 if language() == "zh" else 0] for code, pair in READINESS.items()}
    words |= {"stale": _("stale"), "never": _("never reported")}
    told = ", ".join(f"{words[s]} {n}" for s, n in counts.items() if n)
    if not counts.get("ready"):
        told = ", ".join(filter(None, (_("none ready"), told)))
    return _joined(_mark("✓") if counts.get("ready") else "?", name, told)


def _counts(board: Board) -> Iterator[str]:
    counts = board.counts
    yield _("equipment: {free} free, {claimed} claimed, {out} out of service, {away} away").format(
        free=counts.equipment.free,
        claimed=counts.equipment.claimed,
        out=counts.equipment.out_of_service,
        away=counts.equipment.away,
    )
    yield _("expired: {n}").format(n=counts.expired)
    yield _("expiring in 30 days: {n}").format(n=counts.expiring)
    yield _("registered twice: {n}").format(n=counts.twice)
