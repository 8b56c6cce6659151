"""`emergency team`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("team", help=commands()["team"].help)
