"""XML that attacks: refused with one clear line, in bounded memory and time, before anything of it is kept."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from emergency.plugins.alerts import MOST_BYTES, read
from emergency.store.errors import UnreadableInput

from .alert_samples import cap

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
ATTACKS = {
    "billion laughs": BOMB + cap(headline="&j;"),
    "one large entity": '<!DOCTYPE a [<!ENTITY x "' + "y" * 50_000 + '">]>' + cap(headline="&x;" * 500),
    "a file": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + cap(headline="&x;"),
    "the network": '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>' + cap(headline="&x;"),
    "a parameter entity": '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>' + cap(),
    "an external DTD": '<!DOCTYPE alert SYSTEM "http://127.0.0.1:9/cap.dtd">' + cap(),
    "a public DTD": '<!DOCTYPE alert PUBLIC "-//x//y" "http://127.0.0.1:9/cap.dtd">' + cap(),
    "a harmless DTD": "<!DOCTYPE alert>" + cap(),
    "an entity of no document": cap(headline="&x;"),
    "depth": cap(more="<a>" * 5000 + "</a>" * 5000),
    "width": cap(more="<a/>" * 110_000),
    "attributes": cap(more="<a " + " ".join(f'a{n}="1"' for n in range(5000)) + "/>"),
    "a huge attribute": cap(more=f'<a b="{"x" * 3_000_000}"/>'),
    "a huge text": cap(description="暴" * 1_500_000),
    "a huge headline": cap(headline="x" * 100_000),
    "cut off": cap()[:-20],
    "two roots": cap() + cap(),
    "an entity in a feed": '<!DOCTYPE feed [<!ENTITY x "1">]><feed xmlns="http://www.w3.org/2005/Atom"/>',
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_in_one_line(attack: str) -> None:
    data = ATTACKS[attack].encode()
    # To trace each of 110,000 elements takes long, and they are bounded by their number.
    traced = attack != "width"
    if traced:
        tracemalloc.start()
    try:
        reading = read(data, "file.xml")
        # Where one alert of a file is at fault, the others are read: it is named, and not among them.
        assert reading.messages == () and len(reading.refused) == 1, reading
        why = reading.refused[0].why
    except UnreadableInput as error:
        why = error.message
        assert "file.xml" in why
    finally:
        _now, most = tracemalloc.get_traced_memory() if traced else (0, 0)
        tracemalloc.stop()
    assert "\n" not in why and len(why) < 300
    assert "root:" not in why
    # Bounded by the size of the file, not by what it would grow into.
    assert most < 40 * len(data) + (16 << 20)


def test_what_is_larger_than_any_feed_is_not_parsed() -> None:
    for start in (b"<alert>", b"["):
        with pytest.raises(UnreadableInput, match="larger"):
            read(start + b" " * MOST_BYTES, "x")


def test_half_a_character_becomes_the_mark_of_what_is_lost() -> None:
    whole = {
        "title": "\U0001f300北京市气象台发布暴雨红色预警",
        "content": "C:\\ud800",
        "pub_time": "2026-07-31 06:00",
    }
    (message,) = read(json.dumps({"alerts": [whole]}).encode(), "feed").messages
    assert (message.values["headline"], message.values["description"]) == (whole["title"], whole["content"])
    halves = {**whole, "title": whole["title"] + "\ud800", "content": "\udc00 \ud83c"}
    (message,) = read(json.dumps({"alerts": [halves]}).encode(), "feed").messages
    assert message.values["headline"] == whole["title"] + "\ufffd"
    assert message.values["description"] == "\ufffd \ufffd"


def test_json_without_end_is_refused() -> None:
    for text in (
        "[" * 200_000,
        "[" * 2000 + "]" * 2000,
        '{"a":' * 50_000,
        "[1e999999]",
        '{"alerts":[' + "9" * 6000 + "]}",
    ):
        with pytest.raises(UnreadableInput):
            read(text.encode(), "x")


def test_a_text_in_a_text_is_not_opened_without_end() -> None:
    inner = cap()
    for _step in range(6):
        inner = f"<item><x>{inner.replace('&', '&amp;').replace('<', '&lt;')}</x></item>"
    with pytest.raises(UnreadableInput, match="no alert"):
        read(inner.encode(), "x")


def test_an_attack_within_a_text_is_not_run() -> None:
    hidden = ATTACKS["billion laughs"].replace("&", "&amp;").replace("<", "&lt;")
    reading = read(
        f"<rss><channel><item><description>{hidden}</description></item></channel></rss>".encode(), "x"
    )
    assert reading.messages == ()


def test_hostile_text_is_kept_as_it_is_and_never_parsed_for_more() -> None:
    said = "\u202e[red]\u200b[@click=app.quit]x[/]"
    (message,) = read(cap(headline=said).encode(), "x").messages
    assert message.values["headline"] == said
    (message,) = read(
        json.dumps(
            {
                "alerts": [
                    {
                        "title": said + "橙色预警",
                        "type": "暴雨",
                        "pub_time": "2026-07-31 06:00",
                        "level": "橙色",
                    }
                ]
            }
        ).encode(),
        "x",
    ).messages
    assert message.values["headline"] == said + "橙色预警"
