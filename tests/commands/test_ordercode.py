"""Orders that travel as a short code: `callup code` at the sender, `callup from-code` at the receiver."""

from __future__ import annotations

import pathlib
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from emergency.store import authority, journal
from emergency.store.creating import create
from emergency.store.ordercode import EPOCH, CodedLine, CodedOrder, encode
from emergency.store.records.callup import CODE_CHANNELS
from emergency.store.store import Store
from tests.commands.conftest import Officer, Stage, harmless
from tests.commands.orders import BIG, FOR, SMALL, TEAM, steps
from tests.store.replicas import Replica
from tests.store.stations import visit

ORDERED = (
    *FOR,
    "--team",
    TEAM,
    "--equipment",
    BIG,
    "--people",
    "6",
    "--report-to",
    "城关街道",
    "--by",
    "90min",
)


class Far:
    """Station HD, which hears of FT's orders by code, and of its journal when a stick comes."""

    def __init__(self, desk: Officer) -> None:
        self.desk = desk
        self.path = desk.store.parent / "hd.db"
        create(str(self.path), station="HD", region="110108", name="海淀", who="赵敏").close()

    def __call__(self, *arguments: str, **more: Any) -> Any:
        return self.desk("--store", str(self.path), *arguments, **more)

    def done(self, *arguments: str, **more: Any) -> Any:
        return self.desk.done("--store", str(self.path), *arguments, **more)

    def json(self, *arguments: str) -> Any:
        return self.done(*arguments, "--json").json

    def refused(self, code: int, *arguments: str) -> str:
        before = self.facts()
        said = self.desk.refused(code, "--store", str(self.path), *arguments)
        assert self.facts() == before
        return said

    def facts(self) -> int:
        with Store(str(self.path)) as store:
            return int(store.connection.execute("SELECT count(*) FROM entry").fetchone()[0])

    def hear(self, sender: pathlib.Path) -> None:
        """Everything the sender wrote arrives."""
        with Store(str(sender)) as store:
            envelopes = [e for *_n, e in journal.read(store.connection, "f.own=1", (), "e.seq")]
        visit(str(self.path), envelopes)

    def apart(self) -> list[Any]:
        return [row for row in self.json("conflict", "list") if row["kind"] in ("field", "claim", "line")]


@pytest.fixture
def far(desk: Officer) -> Far:
    return Far(desk)


def code_of(desk: Callable[..., Any], order: str, *more: str) -> str:
    return str(desk("callup", "code", order, "--json", *more).json["code"])


def without_arrival(order: Any) -> Any:
    """What an order says, whoever holds it."""
    names = ("id", "incident", "kind", "report_to", "basis", "approver", "state")
    lines = [
        {n: line[n] for n in ("id", "team", "equipment", "item", "depot", "quantity", "people", "state")}
        for line in order["lines"]
    ]
    minutes = {n: order[n] and order[n][:16] for n in ("issued_at", "by", "until", "ack_by")}
    return {n: order[n] for n in names} | minutes | {"lines": lines}


# -- the code --------------------------------------------------------------------------------------------


def test_an_order_becomes_a_code_that_fits_a_short_message(desk: Officer) -> None:
    order = desk.issue(*ORDERED, "--approver", "李局长", "--basis", "EREL-73")
    told = desk.done("callup", "code", order, "--json").json
    assert told["code"].isascii() and len(told["code"]) == told["bytes"] <= told["most"] == 70
    assert "".join(told["groups"]) == told["code"]
    assert [len(words) for words in told["spoken"]["en"]] == [len(g) for g in told["groups"]]
    assert len(told["read_back"]["en"]) == 4
    assert all(channel["fits"] for channel in told["channels"])
    assert (told["says"]["report_to"], told["says"]["approver"]) == ("城关街道", "李局长")
    shown = desk.done("callup", "code", order).out
    assert shown.splitlines()[0] == told["code"]
    assert all(group in shown for group in told["groups"])
    assert " ".join(told["read_back"]["en"]) in shown
    assert "fits Beidou global, Beidou regional, text message" in shown
    shown = desk.done("--lang", "zh", "callup", "code", order).out
    assert "北斗全球短报文、北斗区域短报文、短信" in shown and "beidou" not in shown
    spoken = desk.done("--lang", "zh", "callup", "code", order).out
    assert "幺" in spoken and "wun" not in spoken


def test_what_no_code_carries_is_said(desk: Officer) -> None:
    order = desk.issue(*ORDERED, "--note", "带上油料", "--ref", "京应急2026-7")
    result = desk.done("callup", "code", order, "--json")
    assert result.json["not_carried"] == ["ref", "note"]
    assert "ref, note" in result.err


def test_what_does_not_fit_is_named_before_anything_is_sent(desk: Officer, far: Far) -> None:
    place = "房山区大石窝镇南尚乐村村委会东侧停车场西北角"
    order = desk.issue(*FOR, "--team", TEAM, "--equipment", BIG, "--equipment", SMALL, "--report-to", place)
    said = desk.refused(1, "callup", "code", order)
    assert re.search(r"\d+ too many \(report_to \d+", said)
    assert "--leave-out report_to" in said
    code = code_of(desk, order, "--leave-out", "report_to")
    came = far.json("callup", "from-code", code)
    assert came["says"]["left_out"] == ["report_to"]
    assert "left out: report_to" in far.done("callup", "show", order).out
    # Who passes it on does not say that there is no place to report to.
    assert code_of(far.done, order) == code
    far.hear(desk.store)
    assert far.json("callup", "show", order)["report_to"] == place


def test_lines_sent_apart_come_together_as_one_order(desk: Officer, far: Far) -> None:
    order = desk.issue(*ORDERED)
    first = far.json("callup", "from-code", code_of(desk, f"{order}/1"))
    assert (first["new"], first["says"]["whole"]) == ([f"{order}/1"], False)
    assert code_of(far.done, order) == code_of(desk, f"{order}/1")
    second = far.json("callup", "from-code", code_of(desk, f"{order}/2"))
    assert second["new"] == [f"{order}/2"]
    assert [line["id"] for line in far.json("callup", "show", order)["lines"]] == [f"{order}/1", f"{order}/2"]


def test_there_is_no_code_of_a_draft_of_what_has_ended_or_is_not_there(desk: Officer) -> None:
    drafted = desk.done("callup", "draft", *FOR, "--team", TEAM, "--json").json["id"]
    desk.refused(1, "callup", "code", drafted)
    desk.done("callup", "issue-draft", drafted)
    desk.done("callup", "code", drafted)
    desk.done("callup", "cancel", drafted)
    assert "ended" in desk.refused(1, "callup", "code", drafted)
    desk.refused(3, "callup", "code", "FT-999")
    desk.refused(3, "callup", "code", f"{drafted}/9")


# -- the order out of it ---------------------------------------------------------------------------------


def test_the_order_that_arrives_is_the_order_that_was_sent(desk: Officer, far: Far) -> None:
    desk.at("08:10")
    order = desk.issue(*ORDERED, "--approver", "李局长", "--basis", "EREL-73", "--until", "20:00")
    code = code_of(desk, order)
    came = far.json("callup", "from-code", code, "--channel", "beidou", "--at", "08:05")
    assert came["new"] == [f"{order}/1", f"{order}/2"]
    assert came["read_back"] == desk.done("callup", "code", order, "--json").json["read_back"]
    there = far.json("callup", "show", order)
    assert without_arrival(there) == without_arrival(desk.show("callup", order))
    assert [(d["channel"], d["at"][11:16], d["lines"]) for d in there["deliveries"]] == [
        ("beidou", "08:05", [f"{order}/1", f"{order}/2"])
    ]
    assert code_of(far.done, order) == code
    story = far.json("callup", "history", order)
    assert {row["why"] for row in story} == {f"code {code}"}
    steps_there = {step["step"] for line in there["lines"] for step in line["steps"]}
    assert steps_there == {"issue", "deliver"}


def test_stock_by_the_lot_travels_too(desk: Officer, far: Far) -> None:
    order = desk.issue(*FOR, "--item", "sandbag", "--qty", "500", "--report-to", "39.73,116.14")
    far.done("callup", "from-code", code_of(desk, order))
    line = far.json("callup", "show", order)["lines"][0]
    assert (line["item"], line["quantity"], line["depot"]) == ("sandbag", 500, Stage.DEPOT)
    assert far.json("callup", "show", order)["report_to"] == "39.73,116.14"


def test_case_7_one_order_arrives_three_times(desk: Officer, far: Far) -> None:
    order = desk.issue(*ORDERED, "--note", "带上油料", "--approver", "李局长")
    far.done("callup", "from-code", code_of(desk, order), "--channel", "sms")
    far.hear(desk.store)
    far.done("callup", "deliver", order, "--channel", "http")
    far.hear(desk.store)
    far.done("callup", "deliver", order, "--channel", "usb")
    there = far.json("callup", "show", order)
    assert [d["channel"] for d in there["deliveries"]] == ["sms", "http", "usb"]
    assert without_arrival(there) == without_arrival(desk.show("callup", order))
    assert (there["note"], there["state"]) == ("带上油料", "issued")
    assert len(far.json("callup", "list")) == 2
    assert far.json("equipment", "show", BIG)["claimed_by"] == [f"{order}/1"]
    assert far.apart() == []
    shown = far.done("callup", "show", order).out
    assert shown.count("Delivery") == 3 and "said again" in shown
    assert far.json("journal", "verify")["problems"] == []
    # The other way round it is the same: the journal first, the code behind it.
    other = far.path.parent / "late.db"
    create(str(other), station="CY", region="110105", name="朝阳", who="钱进").close()
    far.path = other
    far.hear(desk.store)
    came = far.json("callup", "from-code", code_of(desk, order))
    assert (came["new"], came["deliveries"], came["differs"]) == ([], 1, {})
    assert far.apart() == []


@pytest.mark.parametrize("times", [1, 2, 3])
def test_the_same_code_again_is_one_more_delivery_and_nothing_else(
    desk: Officer, far: Far, times: int
) -> None:
    order = desk.issue(*ORDERED)
    code = code_of(desk, order)
    for channel in CODE_CHANNELS[:times]:
        came = far.json("callup", "from-code", code, "--channel", channel)
    assert came["deliveries"] == times
    assert len(far.json("callup", "list")) == 2
    # At the sender it is on record as well.
    assert desk.done("callup", "from-code", code, "--json").json["new"] == []


def test_a_delivery_is_put_on_record_in_any_state_and_asks_for_nobody(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM)
    code = code_of(desk, order)
    steps(desk, order, "accept", "depart", "arrive", "release", "return", "close")
    desk.done("callup", "from-code", code)
    shown = desk.show("callup", order)
    assert (shown["state"], shown["lines"][0]["flags"], len(shown["deliveries"])) == ("closed", [], 1)


def test_what_the_sender_changed_meanwhile_stands_above_the_code(desk: Officer, far: Far) -> None:
    order = desk.issue(*ORDERED)
    far.done("callup", "from-code", code_of(desk, order))
    desk.at("08:20")
    desk.done("callup", "set", order, "report_to=长阳镇")
    later = code_of(desk, order)
    desk.at("08:30")
    far.hear(desk.store)
    assert far.json("callup", "show", order)["report_to"] == "长阳镇"
    assert far.apart() == []
    # The old code once more, from a slow channel: on record, and said to differ.
    desk.done("callup", "set", order, "report_to=窦店镇")
    far.hear(desk.store)
    result = far.done("callup", "from-code", later, "--json")
    assert result.json["differs"] == {"report_to": {"here": "窦店镇", "code": "长阳镇"}}
    assert "长阳镇" in result.err
    assert far.json("callup", "show", order)["report_to"] == "窦店镇"


def test_a_later_code_corrects_an_earlier_one(desk: Officer, far: Far) -> None:
    order = desk.issue(*ORDERED)
    far.done("callup", "from-code", code_of(desk, order))
    desk.at("08:20")
    desk.done("callup", "set", order, "report_to=长阳镇")
    far.done("callup", "from-code", code_of(desk, order))
    assert far.json("callup", "show", order)["report_to"] == "长阳镇"


def test_the_receiver_answers_before_the_journal_comes(desk: Officer, far: Far) -> None:
    order = desk.issue(*ORDERED)
    far.done("callup", "from-code", code_of(desk, order))
    # Its clock is ten minutes behind that of the sender.
    desk.at("07:50")
    for step in ("ack", "accept", "depart"):
        far.done("callup", step, order)
    desk.at("08:30")
    far.hear(desk.store)
    lines = far.json("callup", "show", order)["lines"]
    assert [(line["state"], line["flags"]) for line in lines] == [("en_route", []), ("en_route", [])]


def test_a_cancel_that_comes_with_the_journal_ends_what_came_by_code(desk: Officer, far: Far) -> None:
    order = desk.issue(*ORDERED)
    code = code_of(desk, order)
    desk.done("callup", "cancel", order)
    far.done("callup", "from-code", code)
    far.hear(desk.store)
    shown = far.json("callup", "show", order)
    assert (shown["state"], [line["flags"] for line in shown["lines"]]) == ("cancelled", [[], []])
    assert far.json("equipment", "show", BIG)["claimed_by"] == []
    # The journal first, then the code: it is cancelled, and stays so.
    far.done("callup", "from-code", code)
    assert far.json("callup", "show", order)["state"] == "cancelled"


def test_a_code_decides_no_contest(desk: Officer, far: Far) -> None:
    """Whoever types a code in has seen his own order, but did not decide against it (CASES 2)."""
    far.hear(desk.store)
    mine = far.json("callup", "issue", *FOR, "--equipment", BIG)["id"]
    desk.at("08:10")
    order = desk.issue(*ORDERED)
    far.done("callup", "from-code", code_of(desk, order))
    thing = f"equipment:{BIG}"
    contested = [{"id": thing, "kind": "claim", "what": thing, "sides": [f"{order}/1", f"{mine}/1"]}]
    assert far.apart() == contested
    far.hear(desk.store)
    assert far.apart() == contested


def test_a_drill_is_never_taken_for_the_real_thing(desk: Officer, far: Far) -> None:
    desk.done(
        "incident", "open", "演练", "--scenario", "flood", "--level", "IV", "--region", "110111", "--exercise"
    )
    drill = desk.done("incident", "list", "--json").json[-1]["id"]
    order = desk.issue("--incident", drill, "--team", TEAM)
    code = code_of(desk, order)
    assert "EXERCISE 演练" in desk.done("callup", "code", order).out
    assert "EXERCISE 演练" in far.done("callup", "from-code", code).out
    assert code_of(far.done, order) == code
    for noun in ("incident", "need", "callup"):
        far.done(noun, "list" if noun != "need" else "board", *([drill] if noun == "need" else []))
    assert "EXERCISE" in far.done("board").out
    far.hear(desk.store)
    assert far.json("incident", "show", drill)["title"] == "演练"
    assert far.apart() == []


# -- what is refused -------------------------------------------------------------------------------------


def test_a_wrong_code_writes_nothing_and_says_where(desk: Officer, far: Far) -> None:
    code = code_of(desk, desk.issue(*ORDERED))
    wrong = code[:9] + ("Z" if code[9] != "Z" else "Y") + code[10:]
    said = far.refused(2, "callup", "from-code", wrong)
    assert f"place 10 is wrong, it is {code[9]}" in said
    swapped = next(n for n in range(10, 40) if code[n] != code[n + 1])
    far.refused(
        2, "callup", "from-code", code[:swapped] + code[swapped + 1] + code[swapped] + code[swapped + 2 :]
    )
    far.refused(2, "callup", "from-code", code[:-1])
    far.refused(2, "callup", "from-code", "\x1b]0;x\x07")
    far.refused(2, "callup", "from-code", code, "--channel", "smoke")
    far.refused(2, "callup", "from-code", code, "--at", "09:00")
    assert far("callup", "from-code", "--json", wrong).err.startswith('{"error": "invalid-value"')


def test_a_number_that_is_another_order_here_is_refused(
    desk: Officer, far: Far, template: pathlib.Path
) -> None:
    order = desk.issue(*ORDERED)
    far.done("callup", "from-code", code_of(desk, order))
    # The sender's store was set up anew, and gives its numbers again.
    before = desk.store.with_suffix(".before")
    shutil.move(desk.store, before)
    for file in template.iterdir():
        shutil.copy2(file, desk.store.parent / file.name)
    desk.add("team", "name=另一支队伍", "region=110106")
    desk.done("incident", "open", "另一事件", "--scenario", "flood", "--level", "II", "--region", "110106")
    while (other := desk.issue("--incident", "另一事件", "--team", "FT-1", "--people", "1")) != order:
        pass
    said = far.refused(4, "callup", "from-code", code_of(desk, other))
    assert order in said and "another" in said


@pytest.mark.parametrize("number", ["FT-1\x1b[2J", "FT-1/2", " FT-1", "FT-1\u202e"])
def test_a_made_up_code_drives_no_terminal(far: Far, number: str) -> None:
    line = CodedLine(1, "T\x1b[2J", people=1)
    text = encode(CodedOrder(number, "callup", EPOCH + 1, (line,), report_to="\x1b]0;x\x07"))
    far.refused(2, "callup", "from-code", text)
    sound = encode(CodedOrder("FT-1", "callup", EPOCH + 1, (line,), report_to="\x1b]0;x\x07"))
    far.done("callup", "from-code", sound)
    assert harmless(far.done("callup", "show", "FT-1").out)
    assert harmless(far.done("callup", "from-code", sound).out)
    assert harmless(far.done("callup", "code", "FT-1", "--json").out)


def test_it_is_read_however_it_is_typed(desk: Officer, far: Far) -> None:
    order = desk.issue(*ORDERED)
    told = desk.done("callup", "code", order, "--json").json
    code = told["code"]
    far.done("callup", "from-code", *[group.lower() for group in told["groups"]])
    far.done("callup", "from-code", "-", stdin=("\n".join(told["groups"]) + "\r\n").encode())
    far.done("callup", "from-code", "-".join(told["groups"]).replace("0", "O").replace("1", "l"))
    far.done("callup", "from-code", "".join(chr(ord(c) + 0xFEE0) for c in code))
    assert len(far.json("callup", "show", order)["deliveries"]) == 4
    assert far("callup", "from-code", "-", stdin=b"\xff\xfe\x00").code == 2


# -- at a team's own station -----------------------------------------------------------------------------


def made_a(role: str, far: Far) -> None:
    """The hub of the far station grants it this role."""
    hub = Replica("BJ")
    with Store(str(far.path)) as store:
        (feed,) = store.connection.execute("SELECT id FROM feed WHERE own").fetchone()
        with store.noting() as connection:
            connection.execute(
                "INSERT INTO hub(feed, url, key, name) VALUES(?, '', x'', 'BJ')", (hub.signer.feed,)
            )
            authority.learn(connection)
    hub.write(1, [["new", "grant", feed, {"station": "HD", "role": role}]])
    visit(str(far.path), hub.has(hub.signer.feed))


def test_a_team_takes_in_its_order_by_code_and_answers_it(desk: Officer, far: Far) -> None:
    order = desk.issue(*ORDERED)
    made_a("team", far)
    came = far.json("callup", "from-code", code_of(desk, order))
    assert came["new"] == [f"{order}/1", f"{order}/2"]
    assert {line["state"] for line in far.json("callup", "show", order)["lines"]} == {"issued"}
    far.done("callup", "accept", order)
    far.done("callup", "depart", order)
    # What whoever gave the order says of it stands over what was told, and the answers stand with it.
    far.hear(desk.store)
    there = far.json("callup", "show", order)
    assert {line["state"] for line in there["lines"]} == {"en_route"}
    assert far.apart() == []
    with Store(str(far.path)) as store:
        mine = [e for *_n, e in journal.read(store.connection, "f.own=1", (), "e.seq")]
    visit(str(desk.store), mine)
    assert {line["state"] for line in desk.show("callup", order)["lines"]} == {"en_route"}


def test_a_team_gives_no_order_by_telling_of_one(desk: Officer, far: Far) -> None:
    """A draft of the desk is no order because a team says that it was delivered; and nothing is taken."""
    drafted = desk.done("callup", "draft", *FOR, "--equipment", BIG, "--json").json["id"]
    made_a("team", far)
    told = CodedOrder(
        id=drafted, kind="callup", issued=(EPOCH + 1), lines=(CodedLine(number=1, equipment=BIG),)
    )
    far.done("callup", "from-code", encode(told))
    with Store(str(far.path)) as store:
        mine = [e for *_n, e in journal.read(store.connection, "f.own=1", (), "e.seq")]
    visit(str(desk.store), mine)
    assert {line["state"] for line in desk.show("callup", drafted)["lines"]} == {"draft"}
    assert BIG in {row["id"] for row in desk.done("equipment", "list", "free", "--json").json}


def test_a_guest_tells_of_nobodys_orders(desk: Officer, far: Far) -> None:
    order = desk.issue(*ORDERED)
    code = code_of(desk, order)
    made_a("guest", far)
    assert "guest" in far.refused(77, "callup", "from-code", code)
