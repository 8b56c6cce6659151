"""Routing servers: what they are asked, what is believed of them, and what is kept (row G6)."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import httpx
import pytest

from emergency.store import routing, times
from emergency.store.errors import InvalidValue
from emergency.store.link import Offline
from emergency.store.places import Point

A, B, C = (Point(39_700_000, 115_900_000 + i) for i in (0, 100_000, 200_000))


class Server:
    """Answers like OSRM or Valhalla: a minute for each ten-thousandth of a degree, no way where there is none."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answer: Any = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.answer is not None:
            return (
                self.answer
                if isinstance(self.answer, httpx.Response)
                else httpx.Response(200, json=self.answer)
            )
        if request.url.path.startswith("/table/"):
            places = [p.split(",") for p in request.url.path.rpartition("/")[2].split(";")]
            some, others = (request.url.params[k].split(";") for k in ("sources", "destinations"))
            rows = [
                [_seconds(float(places[int(a)][0]), float(places[int(b)][0])) for b in others] for a in some
            ]
            return httpx.Response(200, json={"code": "Ok", "durations": rows})
        body = json.loads(request.content)
        cells = [[{"time": _seconds(a["lon"], b["lon"])} for b in body["targets"]] for a in body["sources"]]
        return httpx.Response(200, json={"sources_to_targets": cells})


def _seconds(a: float, b: float) -> float | None:
    return None if b < a - 1e-9 else round((b - a) * 10_000) * 60


@pytest.mark.parametrize("kind", ["osrm", "valhalla"])
def test_minutes_come_row_by_row_and_no_way_is_none(kind: str) -> None:
    server = Server()
    ask = routing.table(
        f"{kind}:http://roads:5000", client=httpx.Client(transport=httpx.MockTransport(server))
    )
    rows, source = ask([A, B], [B, C])
    assert rows == [[1000.0, 2000.0], [0.0, 1000.0]]
    assert ask([C], [A])[0] == [[None]]
    assert "roads:5000" in source and routing.NAMES[kind] in source


def test_many_places_are_asked_in_blocks() -> None:
    server = Server()
    ask = routing.table("osrm:http://roads", client=httpx.Client(transport=httpx.MockTransport(server)))
    many = [Point(39_700_000, 115_900_000 + i * 100) for i in range(120)]
    rows, _source = ask(many[:70], many)
    assert len(server.asked) == 6
    assert len(rows) == 70 and rows[3][5] == 2 and rows[69][119] == 50 and rows[0][119] == 119


def test_what_was_said_is_kept_for_a_week_with_its_time(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    client = httpx.Client(transport=httpx.MockTransport(server))
    ask = routing.table("osrm:http://roads", str(tmp_path / "d.db"), client)
    monkeypatch.setenv("EMERGENCY_NOW", "2026-07-01T08:00:00+08:00")
    first = ask([A], [B])
    monkeypatch.setenv("EMERGENCY_NOW", "2026-07-03T08:00:00+08:00")
    assert ask([A], [B]) == first and len(server.asked) == 1
    assert "2026-07-01" in first[1]
    monkeypatch.setenv("EMERGENCY_NOW", "2026-07-09T08:00:00+08:00")
    assert "2026-07-09" in ask([A], [B])[1] and len(server.asked) == 2
    assert times.DAY * 7 == routing.KEPT


@pytest.mark.parametrize(
    "answer",
    [
        {"code": "NoRoute"},
        {"durations": [[1.0, 2.0]]},
        {"durations": [[-5]]},
        {"durations": [["x"]]},
        {"durations": None},
        [1],
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b'{"durations": [[NaN]]}'),
        httpx.Response(502),
    ],
)
def test_an_answer_that_is_none_is_not_believed(answer: Any) -> None:
    server = Server()
    server.answer = answer
    ask = routing.table("osrm:http://roads", client=httpx.Client(transport=httpx.MockTransport(server)))
    with pytest.raises(Offline):
        ask([A], [B])


@pytest.mark.parametrize("text", ["", "osrm", "osrm:", "google:http://x", "osrm:ftp://x", "http://x"])
def test_what_names_no_server_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        routing.table(text)
