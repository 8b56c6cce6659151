"""`emergency station`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("station", help=commands()["station"].help)
