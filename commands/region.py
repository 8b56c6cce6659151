"""`emergency region`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("region", help=commands()["region"].help)
