"""Alert files as they come: several by one line, joined, of two colours, with codes that are none."""

from __future__ import annotations

import pathlib
from typing import Any

from tests.commands.conftest import Officer, Stage
from tests.plugins.alert_samples import CAP, HEAD, INFO, cap, element, numbered, reference


def files(folder: pathlib.Path, *texts: str) -> list[str]:
    """The names of files with these texts, `1.xml` first."""
    out = []
    for n, text in enumerate(texts, 1):
        file = folder / f"{n}.xml"
        file.write_text(text, encoding="utf-8")
        out.append(str(file))
    return out


def test_several_files_are_taken_in_as_one_operation(say: Officer, tmp_path: pathlib.Path) -> None:
    named = files(tmp_path, *map(numbered, (1, 2, 3)))
    before = say.entries()
    taken = say.done("alert", "import", *named, named[0], "--json").json
    assert (taken["new"], taken["known"]) == (3, 0)
    assert [a["identifier"] for a in taken["alerts"]] == ["TEST-1", "TEST-2", "TEST-3"]
    assert say.entries() == before + 1
    say.done("undo", taken["op"])
    assert say.done("alert", "list", "--json").json == []


def test_a_file_that_cannot_be_read_keeps_no_other_out_and_is_named(
    say: Officer, tmp_path: pathlib.Path
) -> None:
    one, empty, bomb, two = files(tmp_path, numbered(1), "", "<!DOCTYPE x><alert/>", numbered(2))
    gone = str(tmp_path / "gone.xml")
    taken = say("alert", "import", one, empty, bomb, gone, two)
    assert taken.code == 5
    assert [line.split()[1] for line in taken.out.splitlines()] == ["new", "new"]
    told = [line for line in taken.err.splitlines() if line.startswith("not taken in")]
    assert len(told) == 3 and "2.xml" in told[0] and "3.xml" in told[1]
    again = say("alert", "import", one, empty, two, "--json")
    assert again.code == 5 and again.json["known"] == 2
    assert [(r["file"], r["identifier"]) for r in again.json["refused"]] == [("2.xml", "")]


def test_where_no_file_can_be_read_nothing_is_written_and_each_is_named(
    say: Officer, tmp_path: pathlib.Path
) -> None:
    empty, bomb = files(tmp_path, "", "<!DOCTYPE x><alert/>")
    before = say.entries()
    refused = say("alert", "import", empty, bomb)
    assert refused.code == 2 and "1.xml" in refused.err and "2.xml" in refused.err
    assert "empty" in say.refused(2, "alert", "import", empty)
    assert say.entries() == before


def test_files_joined_by_cat_are_read_from_standard_input(say: Officer) -> None:
    joined = "".join(f"<?xml version='1.0' encoding='UTF-8'?>\n{numbered(n)}" for n in (1, 2))
    assert say.done("alert", "import", "-", "--json", stdin=joined.encode()).json["new"] == 2


# -- one message of two colours -------------------------------------------------------------------


def block(**said: str) -> str:
    """An `info` block for one district."""
    code, desc = said.pop("code"), said.pop("desc")
    words = "".join(element(k, said.get(k, v)) for k, v in INFO.items())
    place = (
        element("areaDesc", desc)
        + f"<geocode><valueName>GB/T 2260</valueName><value>{code}</value></geocode>"
    )
    return element("info", words + element("area", place))


def two_colours(identifier: str = "TWO", **head: str) -> str:
    """房山 orange until nine, and 丰台 red until the end of August."""
    orange = block(code="110111", desc="房山区", expires="2026-07-31T09:00:00+08:00")
    red = block(
        code="110106",
        desc="丰台区",
        severity="Extreme",
        expires="2026-08-29T06:00:00+08:00",
        headline="北京市气象台发布暴雨红色预警",
    )
    said = HEAD | {"identifier": identifier} | head
    words = "".join(element(k, v) for k, v in said.items())
    return f'<alert xmlns="{CAP}1.2">{words}{orange}{red}</alert>'


def heads(say: Officer, *more: str) -> list[tuple[Any, ...]]:
    rows = say.done("alert", "list", "--json", *more).json
    return [(r["identifier"], r["part"], r["state"], r["colour"], r["area"]) for r in rows]


def test_a_red_block_stands_after_the_orange_one_beside_it_has_ended(desk: Officer) -> None:
    taken = desk.done("alert", "import", "-", "--json", stdin=two_colours().encode()).json
    assert (taken["new"], taken["refused"]) == (2, [])
    red, orange = ("TWO", 2, "current", "red", "丰台区"), ("TWO", None, "current", "orange", "房山区")
    assert heads(desk, "--standing") == [red, orange]
    desk.at("11:00")
    assert heads(desk, "--standing") == [red]
    assert heads(desk) == [red, ("TWO", None, "expired", "orange", "房山区")]
    which = next(a["id"] for a in taken["alerts"] if a["colour"] == "red")
    plan = desk.done("alert", "draft", which, "--no-equipment", "--json").json
    assert [(o["team"], o["inside_by"]) for o in plan["orders"]] == [(Stage.RESCUERS, "region")]
    # The same again is known, part by part.
    again = desk.done("alert", "import", "-", "--json", stdin=two_colours().encode()).json
    assert (again["new"], again["known"]) == (0, 2)


def test_an_update_and_a_cancel_of_a_message_end_all_its_parts(say: Officer) -> None:
    refers = {
        "sent": "2026-07-31T07:00:00+08:00",
        "references": "11000041600000,TWO,2026-07-31T06:00:00+08:00",
    }
    say.done("alert", "import", "-", stdin=two_colours().encode())
    update = two_colours("U", msgType="Update", **refers)
    say.done("alert", "import", "-", stdin=update.encode())
    assert heads(say) == [("U", 2, "current", "red", "丰台区"), ("U", None, "current", "orange", "房山区")]
    cancel = cap(identifier="C", msgType="Cancel", **(refers | {"sent": "2026-07-31T07:30:00+08:00"}))
    say.done("alert", "import", "-", stdin=cancel.encode())
    assert heads(say, "--standing") == []
    assert [i for i, *_rest in heads(say)] == ["C"]


# -- where it applies -----------------------------------------------------------------------------


def test_codes_that_are_none_are_told_and_the_named_area_is_drafted_for(desk: Officer) -> None:
    bad = (
        "<area><areaDesc>门头沟区、房山区</areaDesc><geocode><valueName>GB/T 2260</valueName><value>119999</value>"
        "</geocode><geocode><valueName>GB/T 2260</valueName><value>11O111</value></geocode></area>"
    )
    (told,) = desk.done("alert", "import", "-", "--json", stdin=cap(area=bad).encode()).json["alerts"]
    (remark,) = told["remarks"]
    assert "119999" in remark and "11O111" in remark
    assert desk.show("alert", told["id"])["regions"] == ["110109", "110111"]
    plan = desk.done("alert", "draft", told["id"], "--no-equipment", "--json").json
    assert [o["team"] for o in plan["orders"]] == [Stage.DRAINERS]


def test_a_second_district_of_a_feed_takes_nothing_from_the_first(say: Officer) -> None:
    def entry(n: int, title: str) -> str:
        return (
            f"<entry><id>urn:{n}</id><title>{title}</title><updated>2026-07-31T07:0{n}:00+08:00</updated>"
            "<author><name>国家预警信息发布中心</name></author></entry>"
        )

    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        + entry(0, "北京市房山区气象台发布暴雨红色预警")
        + entry(5, "北京市怀柔区气象台发布暴雨蓝色预警")
        + "</feed>"
    )
    say.done("alert", "import", "-", stdin=feed.encode())
    assert [r[2:] for r in heads(say, "--standing")] == [
        ("current", "red", "北京市房山区"),
        ("current", "blue", "北京市怀柔区"),
    ]
    assert [r["regions"] for r in say.done("alert", "list", "--json").json] == [["110111"], ["110116"]]


def test_a_reference_to_a_message_is_kept_where_it_has_not_come(say: Officer) -> None:
    say.done("alert", "import", "-", stdin=numbered(2, msgType="Cancel", references=reference(1)).encode())
    assert say.show("alert", "TEST-2")["missing"] == [
        ["11000041600000", "TEST-1", "2026-07-31T01:00:00+08:00"]
    ]
