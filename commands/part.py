"""`emergency part`: what kits must hold, as a register; `emergency kit part` states a line of it."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("part", help=commands()["part"].help)
