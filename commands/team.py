"""`emergency team`: the register, and readiness computed beside what teams report."""

from emergency.commands.catalog import commands
from emergency.commands.readinessview import readiness_command
from emergency.commands.register import register
from emergency.commands.restview import rest_command

cli = register("team", help=commands()["team"].help)
cli.add_command(readiness_command)
cli.add_command(rest_command)
