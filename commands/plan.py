"""`emergency plan`: what should be done, reckoned from the registers; only --issue writes, and only drafts."""

from __future__ import annotations

from emergency.commands.catalog import commands
from emergency.commands.front import Verbs
from emergency.commands.plancallup import callup
from emergency.commands.stage import stage

cli = Verbs("plan", help=commands()["plan"].help, context_settings={"help_option_names": ["-h", "--help"]})
cli.add_command(callup)
cli.add_command(stage)
