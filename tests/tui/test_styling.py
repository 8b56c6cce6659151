"""Style sheets are read once for each set of colours."""

from __future__ import annotations

from typing import Any

import pytest
from textual.css.parse import parse

from . import walk
from .screen import on_duty


async def test_no_sheet_is_read_twice_until_the_colours_change(
    busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[object, ...]] = []

    def noted(scope: str, css: str, read_from: tuple[str, str], **more: Any) -> Any:
        read.append((scope, css, read_from, more["tie_breaker"]))
        return parse(scope, css, read_from, **more)

    monkeypatch.setattr("textual.css.stylesheet.parse", noted)
    async with on_duty(busy) as duty:
        began = len(read)
        for place in ("teams", "map", "teams", "charts"):
            await walk.opened(duty, place)
        assert began < len(read) == len(set(read))
        table, names = (
            duty.app.screen,
            [theme for theme in duty.app.available_themes if theme != duty.app.theme],
        )
        colour = table.styles.background
        read.clear()
        duty.app.theme = next(
            n for n in names if duty.app.available_themes[n].background not in (None, colour.hex)
        )
        await walk.settled(duty)
        assert len(set(read)) == len(duty.app.stylesheet.source)
        assert table.styles.background != colour
