"""`emergency pace`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("pace", help=commands()["pace"].help)
