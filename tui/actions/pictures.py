"""What can be done in a picture while it has the keys: rows of the table of actions."""

from __future__ import annotations

from emergency.store.words import _
from emergency.tui.actions.kinds import Action, Where
from emergency.tui.actions.reading import reading

#: The map, on its own screen, on the board and beside a plan; and the charts.
MAP, CHARTS = "map", "charts"


def _picked(where: Where) -> str:
    return "" if where.target else _("nothing is picked")


def in_pictures() -> tuple[Action, ...]:
    """Of the map, then of the charts."""
    of_map, of_charts = _("Map"), _("Charts")
    return (
        Action("map_west", ("left", "h"), _("west"), of_map, picture=MAP),
        Action("map_south", ("down", "j"), _("south"), of_map, picture=MAP),
        Action("map_north", ("up", "k"), _("north"), of_map, picture=MAP),
        Action("map_east", ("right", "l"), _("east"), of_map, picture=MAP),
        Action("map_nearer", ("plus",), _("nearer"), of_map, picture=MAP),
        Action("map_farther", ("minus",), _("farther"), of_map, picture=MAP),
        Action("map_all", ("equals_sign",), _("all"), of_map, picture=MAP),
        Action("map_next", ("n",), _("next thing"), of_map, picture=MAP),
        Action("map_previous", ("p",), _("thing before"), of_map, picture=MAP),
        Action("map_open", ("enter",), _("details"), of_map, _picked, reading, picture=MAP),
        Action("next_chart", ("n", "right"), _("next chart"), of_charts, picture=CHARTS),
        Action("previous_chart", ("p", "left"), _("chart before"), of_charts, picture=CHARTS),
        Action("shorter", ("plus",), _("shorter time"), of_charts, picture=CHARTS),
        Action("longer", ("minus",), _("longer time"), of_charts, picture=CHARTS),
    )


def in_picture(name: str) -> tuple[Action, ...]:
    """Those of one."""
    return tuple(action for action in in_pictures() if action.picture == name)
