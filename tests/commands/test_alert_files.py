"""Several alert files by one line: one import, all of them read before anything is written."""

from __future__ import annotations

import pathlib

from tests.commands.conftest import Officer
from tests.plugins.alert_samples import numbered


def test_several_files_are_taken_in_as_one_operation_or_not_at_all(
    say: Officer, tmp_path: pathlib.Path
) -> None:
    files = [tmp_path / f"{n}.xml" for n in (1, 2, 3)]
    for n, file in enumerate(files, 1):
        file.write_text(numbered(n))
    before = say.entries()
    say.refused(2, "alert", "import", str(files[0]), str(tmp_path / "none.xml"))
    assert say.entries() == before
    taken = say.done("alert", "import", *map(str, files), str(files[0]), "--json").json
    assert (taken["new"], taken["known"]) == (3, 0)
    assert [a["identifier"] for a in taken["alerts"]] == ["TEST-1", "TEST-2", "TEST-3"]
    assert say.entries() == before + 1
    say.done("undo", taken["op"])
    assert say.done("alert", "list", "--json").json == []
