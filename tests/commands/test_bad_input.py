"""What people hand the program by mistake or in malice: one line of error, the right code, nothing changed."""

from __future__ import annotations

import contextlib
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator

import pytest

from tests.commands.conftest import Officer, harmless

SHEET = "队伍名称,队伍总人数\n甲队,12\n乙队,9\n"


def xlsx(folder: pathlib.Path, rows: list[list[object]], name: str = "book.xlsx") -> pathlib.Path:
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path = folder / name
    book.save(path)
    return path


#: What stands in the file: (bytes, its ending).
BAD_FILES = {
    "empty": (b"", ".csv"),
    "only blanks": (b" \r\n \n", ".csv"),
    "only a BOM": (b"\xef\xbb\xbf", ".csv"),
    "only commas": (b",,,\n,,,\n", ".csv"),
    "NUL bytes": ("队伍名称\n甲\0队\n".encode(), ".csv"),
    "NUL everywhere": (b"\0" * 4096, ".csv"),
    "random bytes": (random.Random(1).randbytes(5000), ".csv"),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + bytes(200), ".csv"),
    "a JPEG": (b"\xff\xd8\xff\xe0" + bytes(200), ".xlsx"),
    "a PDF": (b"%PDF-1.7\n" + bytes(200), ".xls"),
    "a program": (b"\x7fELF" + bytes(200), ".csv"),
    "gzip": (b"\x1f\x8b\x08" + bytes(200), ".csv"),
    "a web page": (b"<html><table><tr><td>x</td></tr></table></html>", ".xls"),
    "XML": (b"<?xml version='1.0'?><a/>", ".csv"),
    "JSON": (b'{"team": "x"}', ".csv"),
    "UTF-8 cut off": (SHEET.encode()[:-8] + "乙".encode()[:2], ".csv"),
    "UTF-8 with GBK inside": (
        "队伍名称,备注\n甲队排水抢险,说明文字在此\n".encode() * 9 + "乙队\n".encode("gbk"),
        ".csv",
    ),
    "neither": (b"name\n" + bytes([0x81, 0x20, 0xFF, 0xFE, 0x80, 0x0A]), ".csv"),
    "a quotation mark never closed": ('队伍名称,备注\n"甲队,x\n乙队,y\n'.encode(), ".csv"),
    "a zip that is no workbook": (b"PK\x03\x04" + bytes(300), ".xlsx"),
    "an OLE that is no workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".xls"),
    "one enormous cell": (b"name\n" + b"x" * 2_000_000 + b"\n", ".csv"),
}


@pytest.mark.parametrize("what", sorted(BAD_FILES))
@pytest.mark.parametrize("way", ["file", "stdin"])
def test_a_file_that_is_no_sheet(say: Officer, tmp_path: pathlib.Path, what: str, way: str) -> None:
    data, ending = BAD_FILES[what]
    path = tmp_path / f"sheet{ending}"
    path.write_bytes(data)
    if what == "one enormous cell":
        result = say("team", "import", str(path))
        assert result.code in (2, 5) and harmless(result.err)
        assert say.ids("team", "list") == []
        return
    if way == "file":
        said = say.refused(2, "team", "import", str(path))
        assert str(path) in said
    else:
        say.refused(2, "team", "import", "-", stdin=data)


def test_what_is_no_file(say: Officer, tmp_path: pathlib.Path) -> None:
    assert "folder" in say.refused(2, "team", "import", str(tmp_path))
    say.refused(2, "team", "import", str(tmp_path / "none.csv"))
    say.refused(2, "team", "import", "/dev/null")
    say.refused(2, "team", "import", str(tmp_path / ("x" * 300 + ".csv")))
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    say.refused(2, "team", "import", str(loop))


def test_a_named_pipe_is_read(say: Officer, tmp_path: pathlib.Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    writer = subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'w').write({SHEET!r})"])
    say.done("team", "import", str(pipe))
    assert writer.wait(10) == 0
    assert len(say.ids("team", "list")) == 2


def test_a_workbook_that_is_a_bomb_or_torn(say: Officer, tmp_path: pathlib.Path) -> None:
    whole = xlsx(tmp_path, [["队伍名称"], ["甲队"]])
    torn = tmp_path / "torn.xlsx"
    torn.write_bytes(whole.read_bytes()[:-400])
    say.refused(2, "team", "import", str(torn))
    other = tmp_path / "other.xlsx"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("hello.txt", "not a workbook")
    say.refused(2, "team", "import", str(other))
    empty = xlsx(tmp_path, [], "empty.xlsx")
    say.refused(2, "team", "import", str(empty))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--sheet", "没有"], "没有"),
        (["--sheet", "9"], "9"),
        (["--header-row", "99"], "99"),
        (["--map", "没有=name"], "没有"),
    ],
)
def test_a_wrong_option_about_a_workbook_names_what_is_wrong(
    say: Officer, tmp_path: pathlib.Path, options: list[str], word: str
) -> None:
    book = xlsx(tmp_path, [["队伍名称"], ["甲队"]])
    assert word in say.refused(2, "team", "import", str(book), *options)


def test_formulas_in_a_workbook_are_read_as_what_they_show_or_refused(
    say: Officer, tmp_path: pathlib.Path
) -> None:
    book = xlsx(tmp_path, [["队伍名称", "队伍总人数"], ["甲队", "=1+1"], ["乙队", 12]])
    result = say("team", "import", str(book))
    rows = {r["name"]: r["strength"] for r in say.done("team", "list", "--json").json}
    assert rows["乙队"] == 12
    assert (result.code == 5 and "甲队" not in rows) or rows["甲队"] is None


@pytest.mark.parametrize(
    "text",
    ["队伍名称,队伍总人数\n", "队伍名称,队伍总人数\n\n\n", "队伍名称,队伍总人数\n合计,\n"],
)
def test_a_header_alone_is_no_rows(say: Officer, tmp_path: pathlib.Path, text: str) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(text, encoding="utf-8")
    entries = say.entries()
    result = say("team", "import", str(path), "--json")
    assert result.code in (0, 2)
    if result.code == 0:
        assert (result.json["new"], result.json["bad"]) == (0, 0)
    assert say.entries() == entries


def test_unknown_columns_are_named_and_left_out(say: Officer, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("队伍名称,微信群,队长星座\n甲队,有,白羊\n", encoding="utf-8")
    result = say.done("team", "import", str(path))
    assert "微信群" in result.err and "队长星座" in result.err


def test_two_columns_of_one_name_feed_one_field_and_the_other_is_named(
    say: Officer, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("队伍名称,队伍总人数,队伍总人数\n甲队,12,99\n", encoding="utf-8")
    result = say.done("team", "import", str(path), "--json").json
    assert say.done("team", "list", "--json").json[0]["strength"] == 12
    assert len(result["unread"]) == 1 and "队伍总人数" in result["unread"][0]


@pytest.mark.parametrize("encoding", ["klingon", "utf-16", "ascii", "base64", "big5", "rot13", ""])
def test_an_encoding_that_does_not_fit(say: Officer, tmp_path: pathlib.Path, encoding: str) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(SHEET, encoding="gb18030")
    result = say("team", "import", str(path), "--encoding", encoding)
    assert result.code in (0, 2) if encoding in ("big5", "") else result.code == 2
    assert harmless(result.err)


def test_rows_shorter_and_longer_than_the_header(say: Officer, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("队伍名称,队伍总人数,备注\n甲队\n乙队,9\n丙队,9,x,,\n丁队,9,x,多,余\n", encoding="utf-8")
    result = say("team", "import", str(path))
    assert result.code == 5
    assert f"{path}:5" in result.err
    assert [r["name"] for r in say.done("team", "list", "--json").json] == ["甲队", "乙队", "丙队"]


# -- stores -----------------------------------------------------------------------------------------------

READS = (
    ["team", "list"],
    ["callup", "list"],
    ["journal", "verify"],
    ["doctor"],
    ["board"],
    ["journal", "log"],
)


def test_no_store_yet_says_how_to_make_one(bare: Officer) -> None:
    for line in (*READS, ["team", "add", "name=x"], ["backup", "x.db"]):
        said = bare.refused(78, *line)
        assert "init" in said
    assert list(bare.store.parent.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"hello, this is not a database at all" * 40, b"SQLite format 3\0" + bytes(80), bytes(8192)],
)
def test_a_store_that_is_not_a_store(bare: Officer, content: bytes) -> None:
    bare.store.write_bytes(content)
    for line in (*READS, ["team", "add", "name=x"]):
        bare.refused(78, *line)
    assert bare.store.read_bytes() == content


def test_another_program_s_database_is_left_alone(bare: Officer) -> None:
    connection = sqlite3.connect(bare.store)
    connection.execute("CREATE TABLE team(id)")
    connection.close()
    content = bare.store.read_bytes()
    for line in (*READS, ["team", "add", "name=x"], ["doctor", "--refold"]):
        bare.refused(78, *line)
    assert bare.store.read_bytes() == content


def test_a_store_that_is_a_directory(bare: Officer) -> None:
    bare.store.mkdir()
    for line in (*READS, ["team", "add", "name=x"]):
        bare.refused(78, *line)


def test_a_store_of_a_newer_program_is_not_touched(say: Officer) -> None:
    connection = sqlite3.connect(say.store)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    for line in (*READS, ["team", "add", "name=x"]):
        result = say(*line)
        assert (result.code, result.out) == (78, "")
        assert "newer" in result.err
    connection = sqlite3.connect(say.store)
    assert connection.execute("PRAGMA user_version").fetchone() == (99,)
    connection.close()


def test_a_torn_store_is_told_and_not_made_worse(say: Officer) -> None:
    say.add("team", "name=甲队")
    connection = sqlite3.connect(say.store)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(say.store.read_bytes())
    for at in range(4096, len(content), 4096):
        content[at : at + 64] = bytes(64)
    say.store.write_bytes(bytes(content))
    for line in (["team", "list"], ["doctor"], ["team", "add", "name=乙队"], ["journal", "log"]):
        result = say(*line)
        assert result.code in (1, 78), (line, result)
        assert harmless(result.err)


def test_a_store_without_its_key_reads_but_does_not_write(say: Officer) -> None:
    os.remove(f"{say.store}.key")
    assert say("team", "list").code == 0
    said = say.refused(78, "team", "add", "name=x")
    assert "key" in said
    pathlib.Path(f"{say.store}.key").write_text("nonsense")
    say.refused(78, "team", "add", "name=x")


def bound_by_permissions(say: Officer, *arguments: str) -> tuple[int, str]:
    """Run it bound by the permissions of files, which root is not: without CAP_DAC_OVERRIDE and its like."""

    def drop() -> None:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (1, 2, 3):
            libc.prctl(24, capability, 0, 0, 0)

    done = subprocess.run(
        [sys.executable, "-m", "emergency", *arguments],
        capture_output=True,
        text=True,
        cwd=say.store.parent,
        timeout=60,
        preexec_fn=drop,
    )
    return done.returncode, done.stderr


#: What of a store may not be written.
READ_ONLY = ("the folder and its files", "the folder", "the file")


@contextlib.contextmanager
def read_only(store: pathlib.Path, what: str) -> Iterator[None]:
    """What is READ_ONLY of a store is so meanwhile."""
    folder = store.parent
    if what != "the folder":
        for file in folder.iterdir():
            file.chmod(0o444)
    if what != "the file":
        folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(0o755)
        for file in folder.iterdir():
            file.chmod(0o600)


@pytest.mark.parametrize("what", READ_ONLY)
def test_a_read_only_store_reads_and_refuses_to_write(say: Officer, what: str) -> None:
    say.add("team", "name=甲队")
    connection = sqlite3.connect(say.store)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with read_only(say.store, what):
        code, said = bound_by_permissions(say, "team", "list")
        assert code == 0, said
        code, said = bound_by_permissions(say, "team", "add", "name=乙队")
        assert code == 78, said
        assert said.startswith("emergency: ") and "Traceback" not in said
        assert "read-only" in said or "permission" in said.lower()
        assert len(said.splitlines()) <= 2
    assert len(say.ids("team", "list")) == 1


def test_a_disk_that_fills_up_changes_nothing(say: Officer, tmp_path: pathlib.Path) -> None:
    """The size of a file is limited, as a full disk limits it."""
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "队伍名称,备注\n" + "".join(f"第{n}队,{'说明' * 50}\n" for n in range(3000)), encoding="utf-8"
    )
    entries = say.entries()
    limit = say.store.stat().st_size + 200_000
    code = (
        f"import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "from emergency.commands import run; sys.exit(run(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "team", "import", str(sheet)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode in (1, 78), done
    assert "Traceback" not in done.stderr and done.stderr.startswith("emergency: ")
    assert say.entries() == entries
    say.done("team", "import", str(sheet))
    assert len(say.ids("team", "list")) == 3000


def test_backup_and_restore_of_what_is_none(say: Officer, tmp_path: pathlib.Path) -> None:
    there = tmp_path / "there.db"
    there.write_bytes(b"precious")
    say.refused(2, "backup", str(there))
    assert there.read_bytes() == b"precious"
    say.refused(78, "backup", str(tmp_path / "no" / "such" / "folder.db"))
    for what in (str(there), str(tmp_path), str(tmp_path / "none.db")):
        say.refused(78, "restore", what)
    assert say.ids("team", "list") == []


def test_a_backup_is_a_store_that_goes_on_as_a_feed_of_its_own(say: Officer, tmp_path: pathlib.Path) -> None:
    say.add("team", "name=甲队")
    copy = tmp_path / "copy.db"
    entries = say.done("backup", str(copy), "--json").json["entries"]
    assert entries == say.entries()
    other = ["--store", str(tmp_path / "restored.db")]
    say.done(*other, "restore", str(copy))
    new = say.done(*other, "team", "add", "name=乙队", "--json").json["id"]
    mine = say.add("team", "name=丙队")
    assert new != mine and new.startswith("FT") and len(new.split("-")[0]) == 4
    assert say.done(*other, "journal", "verify", "--json").json["problems"] == []
    result = say.done("restore", str(copy))
    assert "kept as" in result.err
    assert [r["name"] for r in say.done("team", "list", "--json").json] == ["甲队"]


def test_init_twice_leaves_the_first_alone(say: Officer) -> None:
    content = say.store.read_bytes()
    say.refused(78, "init", "--station", "HD", "--region", "110108", "--name", "海淀")
    assert say.store.read_bytes() == content


@pytest.mark.parametrize(
    ("code", "station", "region"),
    [(2, "TOOLONG", "110106"), (2, "丰台", "110106"), (2, "F-T", "110106"), (2, "", "110106"), (3, "FT", "999999"), (3, "FT", "丰台"),
     (3, "FT", "110103"), (3, "FT", "")],
)  # fmt: skip
def test_a_station_that_cannot_be_is_not_made(bare: Officer, code: int, station: str, region: str) -> None:
    bare.refused(code, "init", "--station", station, "--region", region, "--name", "x")
    assert list(bare.store.parent.iterdir()) == []


def test_one_changed_byte_of_the_journal_is_named(say: Officer) -> None:
    say.add("team", "name=甲队")
    say.add("team", "name=乙队")
    connection = sqlite3.connect(say.store)
    n, header = connection.execute("SELECT n, header FROM entry ORDER BY n DESC LIMIT 1").fetchone()
    changed = bytes(header)[:-3] + bytes([header[-3] ^ 1]) + bytes(header)[-2:]
    connection.execute("UPDATE entry SET header=? WHERE n=?", (changed, n))
    connection.commit()
    connection.close()
    result = say("journal", "verify")
    assert result.code == 1
    assert f"entry {n} " in result.out
    told = say("journal", "verify", "--json")
    assert told.code == 1 and n in {p["n"] for p in told.json["problems"]}
    assert say("doctor").code == 1


@pytest.mark.slow
def test_200_megabytes(say: Officer, tmp_path: pathlib.Path) -> None:
    """A sheet of 200 MB is read without holding it, and a binary of that size is refused at once."""
    sheet = tmp_path / "big.csv"
    row = "甲队{n},12," + "说明" * 300 + "\n"
    with open(sheet, "w", encoding="utf-8") as file:
        file.write("队伍名称,队伍总人数,备注\n")
        for n in range(115_000):
            file.write(row.format(n=n))
    assert sheet.stat().st_size > 200e6
    code = (
        "import resource, sys; from emergency.commands import run; code = run(sys.argv[1:])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "team", "import", str(sheet), "--map", "备注=", "--json"],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stderr.split()[-1]) < 1000
    binary = tmp_path / "big.bin"
    with open(binary, "wb") as out:
        out.write(random.Random(2).randbytes(1 << 20) * 200)
    say.refused(2, "team", "import", str(binary))
    shutil.rmtree(tmp_path, ignore_errors=True)
