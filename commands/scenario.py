"""`emergency scenario`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("scenario", help=commands()["scenario"].help)
