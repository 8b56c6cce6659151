"""What a file is written in is told by its bytes, whatever it says; pages, and files one after the other."""

from __future__ import annotations

import json

import pytest

from emergency.plugins.alerts import read
from emergency.store.errors import UnreadableInput

from .alert_reading import alerts, one, says
from .alert_samples import BEIJING, cap, numbered


def declared(encoding: str) -> str:
    return f"<?xml version='1.0' encoding='{encoding}'?>\n{cap()}"


@pytest.mark.parametrize("says_it_is", ["GB2312", "GBK", "GB18030", "ISO-8859-1", "windows-1252", "utf-16", "Big5", "us-ascii"])  # fmt: skip
@pytest.mark.parametrize("written", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_a_file_says_of_its_encoding_never_wins_over_its_bytes(says_it_is: str, written: str) -> None:
    says(one(declared(says_it_is).encode(written)), event="暴雨", area="房山区、丰台区", colour="orange")


@pytest.mark.parametrize("says_it_is", ["UTF-8", "ISO-8859-1", "windows-1252", "us-ascii", "utf-16"])
def test_gbk_that_says_it_is_something_else(says_it_is: str) -> None:
    says(one(declared(says_it_is).encode("gbk")), event="暴雨", headline="北京市气象台发布暴雨橙色预警")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(encoding: str) -> None:
    for said in ("UTF-16", "UTF-8"):
        says(one(declared(said).encode(encoding)), event="暴雨")
    says(one(cap().encode(encoding)), event="暴雨")
    says(one(json.dumps(BEIJING, ensure_ascii=False).encode(encoding)), event="雷电")


def test_accents_of_a_western_encoding_stay_what_they_are() -> None:
    text = f"<?xml version='1.0' encoding='ISO-8859-1'?>{cap(headline='', event='', description='', senderName='', area='')}"
    text = text.replace("<info>", "<info><event>Crue à Besançon, pluie et vent d'été</event>")
    says(one(text.encode("latin-1")), event="Crue à Besançon, pluie et vent d'été")


def test_bytes_of_no_encoding_that_is_read_are_refused() -> None:
    for data in (
        declared("Big5").replace("发", "發").replace("预", "預").encode("big5", "replace"),
        cap().encode("utf-8") + b"\xff\xff",
        b"\xff\xfe<\x00\x00\xd8",
    ):
        with pytest.raises(UnreadableInput):
            read(data, "x")


def test_an_encoding_hides_no_document_type() -> None:
    attack = '<?xml version="1.0" encoding="{}"?><!DOCTYPE a [<!ENTITY x "y">]>' + cap(headline="&x;")
    for said, written in (("GBK", "utf-8"), ("utf-7", "utf-8"), ("UTF-8", "utf-16-le"), ("latin-1", "gbk")):
        with pytest.raises(UnreadableInput, match="document type"):
            read(attack.replace("{}", said).encode(written), "x")


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><head><title>404</title></head><body><p>x<br></body></html>",
        "<html><body>x</body></html>",
        '\ufeff<!-- a login -->\n<!doctype HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">\n<p>',
        '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"/>',
    ],
)
def test_a_web_page_is_called_one_and_no_attack(page: str) -> None:
    with pytest.raises(UnreadableInput, match="web page"):
        read(page.encode(), "x")


def test_files_one_after_the_other_as_cat_joins_them() -> None:
    files = [f"<?xml version='1.0' encoding='UTF-8'?>\n{numbered(n)}" for n in (1, 2, 3)]
    for joined in ("".join(files), "\n".join(files), "\n\n".join(numbered(n) for n in (1, 2, 3))):
        assert [m.values["identifier"] for m in alerts(joined)] == ["TEST-1", "TEST-2", "TEST-3"]
    with pytest.raises(UnreadableInput, match="line 3, column 7"):
        read(f"{numbered(1)}\n\n <a></b>".encode(), "x")
    with pytest.raises(UnreadableInput, match="document type"):
        read(f"{numbered(1)}\n<!DOCTYPE a [<!ENTITY x 'y'>]>{numbered(2)}".encode(), "x")


def test_json_one_after_the_other_and_a_line_each() -> None:
    rows = [
        {"title": f"{place}气象台发布暴雨红色预警", "content": "x", "publishTime": "2026-07-31 06:00:00"}
        for place in ("房山区", "怀柔区")
    ]
    for between in ("\n", "\r\n\r\n", " ", ""):
        found = alerts(between.join(json.dumps(r, ensure_ascii=False) for r in rows) + between)
        assert [m.values["area"] for m in found] == ["房山区", "怀柔区"]
    with pytest.raises(UnreadableInput, match="line 2, column"):
        read((json.dumps(rows[0]) + '\n{"title":').encode(), "x")


@pytest.mark.parametrize("blank", ["\n" * 250, "\ufeff" + "\r\n" * 400, " " * 1000])
def test_blanks_before_a_file_are_no_empty_file(blank: str) -> None:
    assert len(alerts(blank + json.dumps([BEIJING], ensure_ascii=False))) == 1
