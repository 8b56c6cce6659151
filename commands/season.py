"""`emergency season`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("season", help=commands()["season"].help)
