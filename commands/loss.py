"""`emergency loss`: the lines of recovery programmes, as a register to fill from sheets."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("loss", help=commands()["loss"].help)
