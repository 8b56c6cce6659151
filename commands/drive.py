"""`emergency drive`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("drive", help=commands()["drive"].help)
